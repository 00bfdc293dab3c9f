"""Checks for notebook 14, "Win-back"."""

from typing import Any

import numpy as np

from simulator.checks import Mistake, best_of, choice, justification, no_number, not_answered, number, refuse
from simulator.practices import WinBack
from simulator.practices.win_back_rules import Target
from simulator.store import Store
from simulator.twins import Comparison, compare
from simulator.world import World


def exercise_1(answer: Any, result: Comparison, option: str) -> None:
    """What visits won back bring for each unit of money given to visits that would have come, read off the figure."""
    if no_number(answer):
        return
    cause = result.causes[result.causes["option"] == option].set_index("cause")["margin"]
    won, given = cause["won back"], -cause["rewarded without need"]
    own, running = -cause["cost of gained visits"], -cause["running the practice"]
    number(answer, won / given, within=0.15, unit="¥ for each ¥", mistakes=(
        Mistake(given / won, "That is what is given away for each ¥ won: turn it round."),
        Mistake(won / own, "Those discounts went to the visits won back; asked is what went to the others."),
        Mistake(won / running, "That is what making the list and sending it takes; asked is what was given away."),
        Mistake(won / (given + own + running), "That takes all costs; asked is what went to visits coming anyway."),
        Mistake((won - given) / given, "That is what is left over; asked is what they bring."),
    ))  # fmt: skip


def exercise_2(answer: Any, world: World) -> None:
    """The share of offers after which the customer bought within 13 weeks, which the shop would call reactivated."""
    offers = world.records["offers"][["customer_id", "week"]].reset_index(names="offer")
    both = offers.merge(world.orders[["customer_id", "week"]], on="customer_id", suffixes=("", "_bought"))
    wait = both["week_bought"] - both["week"]
    after, ever = (both.loc[(wait >= 0) & (wait <= most), "offer"].nunique() for most in (13, np.inf))
    ids = both.loc[(wait >= 0) & (wait <= 13), "customer_id"].nunique()
    orders = int(((wait >= 0) & (wait <= 13)).sum())
    used = int((world.orders["discount"] > 0).sum())
    number(answer, after / len(offers), within=0.002, unit="share of offers", mistakes=(
        Mistake(ever / len(offers), "That counts orders at any time after the offer: 13 weeks are asked for."),
        Mistake(orders / len(offers), "Some bought more than once in the 13 weeks: count offers, not orders."),
        Mistake(ids / offers["customer_id"].nunique(), "That is of customers; some had several offers."),
        Mistake(used / len(offers), "Those used the price cut; asked is who bought within 13 weeks, used or not."),
    ))  # fmt: skip


def exercise_3(answer: Any, world: World) -> None:
    """The share of offers that went to customers who had left at least once before, which only the truth knows."""
    offers, crowd = world.records["offers"], world.truth.customers.set_index("customer_id")
    mine = crowd.loc[offers["customer_id"]]
    gone = float((mine["first_left_week"].to_numpy() < offers["week"].to_numpy()).mean())
    among = crowd.loc[offers["customer_id"].unique()]
    number(answer, gone, within=0.005, unit="share of offers", mistakes=(
        Mistake(1 - gone, "That is the share that went to customers who were still there."),
        Mistake(float(mine["left_week"].notna().mean()), "Some left later, and some came back: compare the weeks."),
        Mistake(float(mine["first_left_week"].notna().mean()), "Some left after the offer: compare the weeks."),
        Mistake(float(among["first_left_week"].notna().mean()), "Count offers, and those left before theirs only."),
        Mistake(float(crowd["first_left_week"].notna().mean()), "That is of all customers; look at those written to."),
    ))  # fmt: skip


TARGETS: tuple[Target, ...] = ("shortest silence", "by value", "worth winning")
NOBODY = "to nobody"


def exercise_4(answer: Any, store: Store, seed: int) -> None:
    """Whom to write to first, if to anybody, by a run."""
    if not_answered(answer):
        return
    if type(answer) is not str or answer not in (*TARGETS, NOBODY):
        refuse(f"answer with one of {', '.join(map(repr, (*TARGETS, NOBODY)))}")
        return
    options = {str(each): [WinBack(target=each, offers_per_round=25)] for each in TARGETS}
    worlds = compare(store, options, replicates=4, seed=seed).by_replicate
    by = worlds[worlds["measure"] == "margin"].pivot_table("difference", "replicate", "option", sort=False)
    best_of(by.assign(**{NOBODY: 0.0}), answer, "Compare what each wins back with what it gives away, store by store.")


def reason_4(answer: Any) -> None:
    """Why these come first on the list; the reader compares."""
    justification(answer, [
        "how many of those on the list have left, and how many are only slow",
        "what is given away to those who would have come anyway",
        "what a second life of theirs is worth",
        "how sure the runs are: which of the four these stores can tell apart and which they cannot",
    ])  # fmt: skip


def exercise_5(answer: Any) -> None:
    """Why the list of those last seen looks so good in the records."""
    choice(answer, "most who bought had not left", {
        "the offer pulls them most": "Slightly, by the true figures: far too little for the many more in the records.",
        "they are worth most": "The list does not look at what they spend.",
        "their second life is longest": "How long it lasts shows later than 13 weeks; and few of them have one.",
    })  # fmt: skip
