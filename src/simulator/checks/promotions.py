"""Checks for notebook 13, "Price promotion"."""

from typing import Any

import numpy as np
import pandas as pd

from simulator.checks import Mistake, best_of, choice, justification, no_number, not_answered, number, refuse
from simulator.evidence import presets
from simulator.measures import Horizon, buyers_between
from simulator.practices import PricePromotion
from simulator.store import Store
from simulator.twins import compare
from simulator.world import World


def break_even(margin: float, depth: float) -> float:
    """More visits, as a share of the usual ones, at which a price cut of `depth` earns as much as none.

    >>> round(break_even(margin=0.4, depth=0.2), 3)
    1.0
    """
    return depth / (margin - depth)


def exercise_1(answer: Any) -> None:
    """The visits that 10 % off must gain where the margin is 40 %."""
    number(answer, break_even(0.4, 0.1), within=0.005, unit="share of the usual visits", mistakes=(
        Mistake(0.25, "The gained visits get the lower price, too: they earn 30 of 100 and not 40."),
        Mistake(0.1, "A tenth of the price is a quarter of this margin; begin with what a visit earns."),
        Mistake(4 / 3, "That is all visits against the usual ones; asked is how many more."),
        Mistake(3.0, "Turn it round: what is given away, over what a visit still earns."),
    ))  # fmt: skip


def sold_by_week(world: World, column: str = "") -> tuple[float, float]:
    """Orders a week (or the sum of a column) from week 0 on, in promotion weeks and in ordinary ones."""
    orders = world.orders[world.orders["week"] >= 0]
    week = np.floor(orders["week"]).astype(int)
    weights = orders[column] if column else None
    sold = np.bincount(week, weights, minlength=world.weeks)
    cheap = np.isin(np.arange(world.weeks), world.records["promotions"]["week"])
    return float(sold[cheap].mean()), float(sold[~cheap].mean())


def exercise_2(answer: Any, off: World, on: World) -> None:
    """How many more orders a promotion week has than an ordinary week, by the records."""
    if no_number(answer):
        return
    (cheap, usual), (paid, paid_usual) = sold_by_week(on), sold_by_week(on, "paid")
    weeks = on.records["promotions"]["week"]
    all_weeks, rows_a_week = len(on.orders_between(0, on.weeks)) / on.weeks, len(weeks) / weeks.nunique()
    same_weeks = sum(len(off.orders_between(week, week + 1)) for week in weeks.unique()) / weeks.nunique()
    other = "Compare with the ordinary weeks of the records: not with all weeks, and not with the twin."
    number(answer, cheap / usual - 1, within=0.02, unit="share", mistakes=(
        Mistake(cheap / usual, "That is the ratio; how much *more* is it?"),
        Mistake(cheap / same_weeks - 1, other),
        Mistake(cheap / all_weeks - 1, other),
        Mistake(cheap / rows_a_week / usual - 1, "Each week is listed once for each desk; count the weeks once."),
        Mistake(paid / paid_usual - 1, "That is money; count orders."),
        Mistake(1 - usual / cheap, "Take the share of an ordinary week, not of a promotion week."),
        Mistake(-1, "No order was found: its week has a fraction, and a promotion's has none."),
    ))  # fmt: skip


def exercise_3(answer: Any, off: World, on: World) -> None:
    """Of the orders that promotion weeks have above ordinary ones, the share that the twin did not make anyway."""
    if no_number(answer):
        return
    cheap, usual = sold_by_week(on)
    above = (cheap - usual) * on.records["promotions"]["week"].nunique()
    gained = len(on.orders) - len(off.orders)
    put_in = "That is the parameter, for a customer who buys half of his need here; count what the twins show."
    number(answer, gained / above, within=0.02, unit="share of the orders above ordinary weeks", mistakes=(
        Mistake(1 - gained / above, "That is the part that is *not* gained."),
        Mistake(above / len(on.orders), "That is the bump as a share of all orders; set the twins beside it."),
        Mistake(gained / len(off.orders), "That is the gain as a share of all orders; asked is its share of the bump."),
        Mistake(1 - PricePromotion().borrowed_share, put_in),
    ))  # fmt: skip


def exercise_4(answer: Any) -> None:
    """The cause that takes most in the figure of causes."""
    choice(answer, "rewarded without need", {
        "lost": "Some leave sooner; compare the lengths of the bars.",
        "cost of gained visits": "Gained visits get the lower price, too, and there are few of them.",
        "running the practice": "Letters and labels cost little beside what is given at the till.",
    })  # fmt: skip


CALENDARS = ("none", "every other month", "half-price clearance")


def exercise_5(answer: Any, store: Store, seed: int) -> None:
    """Which calendar earns most in a store, by a run."""
    if not_answered(answer):
        return
    if type(answer) is not str or answer not in CALENDARS:
        refuse(f"answer with one of: {', '.join(map(repr, CALENDARS))}")
        return
    clearance = presets(PricePromotion)["half_price_clearance"].practice
    options = dict(zip(CALENDARS[1:], ([PricePromotion()], [clearance]), strict=True))
    found = compare(store, options, replicates=3, seed=seed).by_replicate
    by: pd.DataFrame = found[found["measure"] == "margin"].pivot_table("difference", "replicate", "option", sort=False)
    best_of(by.assign(none=0.0), answer, "Compare what each wins from rivals with what it gives away.")


def reason_5(answer: Any) -> None:
    """Why that calendar is right for the store; the reader compares."""
    justification(answer, [
        "how much of their need customers buy elsewhere, for that is all there is to win",
        "what a sale still earns at the lower price",
        "how many would have come anyway, now or in a later week, and pay less",
        "how sure the runs are: which calendars they can tell apart",
    ])  # fmt: skip


def buyers_of_the_weeks(world: World, on: World, horizon: Horizon | None = None) -> pd.DataFrame:
    """Customers who came since week 0, in `world`, by whether they bought in the promotion weeks of `on`.

    Columns: bought_then, visits_a_week (the true rate), deal_seeker, still_customer (when the last window opens),
    buys_again (in the last window). Index: customer_id.
    """
    horizon = horizon or Horizon()
    orders = world.orders_between(0, horizon.retention_week)
    cheap = np.isin(np.floor(orders["week"]), on.records["promotions"]["week"])
    ids = pd.Index(orders["customer_id"].unique(), name="customer_id")
    crowd = world.truth.customers.set_index("customer_id").loc[ids]
    return pd.DataFrame({
        "bought_then": ids.isin(orders.loc[cheap, "customer_id"]),
        "visits_a_week": crowd["rate_per_week"],
        "deal_seeker": crowd["deal_seeker"],
        "still_customer": ~(crowd["left_week"] <= horizon.retention_week),
        "buys_again": ids.isin(buyers_between(world, horizon.retention_week, horizon.weeks)),
    }, index=ids)  # fmt: skip


def exercise_6(answer: Any) -> None:
    """Why customers who bought in a promotion look so loyal in the records."""
    choice(answer, "who comes often and has stayed", {
        "the lower price": "In the twin nothing was cheaper, and the gap is there.",
        "deal seekers": "In the twin they are as common in the one row as in the other.",
        "luck": "Thousands of customers: luck moves such a gap by a few points, not by this much.",
    })  # fmt: skip
