"""Why the money differs: each visit of one world set beside the same customer's visit in its twin."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from simulator.clock import Flags, Floats, Integers
from simulator.measures import customers_of_week_0, first_left, times_away
from simulator.world import World, order_of

CAUSES = {
    "saved": "visits of customers who would have left",
    "won back": "visits of customers who had left and came back",
    "won from rivals": "visits that would have been made elsewhere",
    "brought forward": "visits made sooner than they would have been (less those missing later)",
    "lost": "visits of customers who left earlier than they would have",
    "brought": "visits of newcomers who would not have come",
    "kept away": "visits of newcomers who would have come",
    "rewarded without need": "discounts and costs on visits that would have come anyway",
    "cost of gained visits": "discounts and costs on the visits gained, of all these kinds",
    "running the practice": "fixed costs, upkeep, gifts, work that belongs to no single visit",
}


def causes(off: World, on: World) -> pd.DataFrame:
    """The difference in margin between a world and its twin without the practice, by named causes.

    One row a cause (see `CAUSES`): `visits` gained (negative = lost) and `margin` (currency). The rows add up to the
    whole difference. Visits are paired on customer and number: a further visit of a customer who has left in the other
    world is saved (or lost), and won back if it comes after a time away; of one who has not, it came sooner, shared
    between rivals and later weeks by what was expected of each. "Won back" is left out where nobody can be.
    """
    both = _paired(off, on)
    at_list = both.list_price * on.store.spend.gross_margin_share
    extra, gone = both.extra, both.gone
    absent_off, left_off = _whereabouts(off, both.customer_id)
    absent_on, left_on = _whereabouts(on, both.customer_id)
    brought, away = extra & absent_off, gone & absent_on
    back, back_off = _second_life(on, both.customer_id, both.number), _second_life(off, both.customer_id, both.number)
    won, unwon = extra & left_off & back, gone & left_on & back_off
    saved, lost = extra & left_off & ~won, gone & left_on & ~unwon
    faster = (extra & ~saved & ~won & ~brought).astype(int) - (gone & ~lost & ~unwon & ~away).astype(int)
    rivals = _rival_share(on).reindex(both.customer_id, fill_value=0.0).to_numpy()
    costs = both.discount + _costs_by_visit(on, both)
    rows = {
        "saved": (saved.sum(), at_list[saved].sum()),
        "won back": (won.sum() - unwon.sum(), at_list[won].sum() - at_list[unwon].sum()),
        "won from rivals": ((faster * rivals).sum(), (faster * rivals * at_list).sum()),
        "brought forward": ((faster * (1 - rivals)).sum(), (faster * (1 - rivals) * at_list).sum()),
        "lost": (-lost.sum(), -at_list[lost].sum()),
        "brought": (brought.sum(), at_list[brought].sum()),
        "kept away": (-away.sum(), -at_list[away].sum()),
        "rewarded without need": (0, -costs[~extra & ~gone].sum()),
        "cost of gained visits": (0, -costs[extra].sum()),
        "running the practice": (0, -(on.costs["amount"].sum() + both.discount.sum() - costs.sum())),
    }
    if not any("returned_week" in world.truth.customers for world in (off, on)):
        del rows["won back"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["visits", "margin"]).astype(float)
    return table.rename_axis("cause").reset_index()


class Pairs(NamedTuple):
    """Visits from week 0 on: those of the world with practices, then those made only without (`gone`).

    `number` of the visit; `extra`: made only with the practices. `week` and `discount` are those with practices, NaN
    and 0 where gone.
    """

    customer_id: Integers
    number: Integers
    week: Floats
    list_price: Floats
    discount: Floats
    extra: Flags
    gone: Flags


def _paired(off: World, on: World) -> Pairs:
    ours, theirs = (world.orders[world.orders["week"] >= 0] for world in (on, off))
    twin = pd.Index(theirs["order_id"]).get_indexer(ours["order_id"])
    missing = np.ones(len(theirs), np.bool_)
    missing[twin[twin >= 0]] = False
    there = theirs[missing]
    blank = np.zeros(len(there))
    customer_id, list_price = (np.concatenate([ours[name], there[name]]) for name in ("customer_id", "list_price"))
    week, discount = np.concatenate([ours["week"], blank + np.nan]), np.concatenate([ours["discount"], blank])
    extra = np.concatenate([twin < 0, blank > 0])
    number = np.concatenate([ours["order_id"], there["order_id"]]) % 100_000
    return Pairs(customer_id, number, week, list_price, discount, extra, np.arange(len(extra)) >= len(ours))


def _whereabouts(world: World, customer_id: Integers) -> tuple[Flags, Flags]:
    """Who never came in a world, and who left in it, back since or not."""
    crowd = world.truth.customers
    row = pd.Index(crowd["customer_id"]).get_indexer(customer_id)
    left = np.append(first_left(crowd).notna().to_numpy(), False)
    return row < 0, left[row]


def _second_life(world: World, customer_id: Integers, number: Integers) -> Flags:
    """Which visits come after the customer's first time away in a world, by number."""
    away = times_away(world).dropna(subset="returned_week")
    if away.empty:
        return np.zeros(len(number), np.bool_)
    visits = world.truth.visits
    first = visits[visits["leaves"]].groupby("customer_id")["number"].min().reindex(away["customer_id"].unique())
    return np.asarray(number > first.reindex(customer_id).to_numpy(dtype=np.float64))  # empty is never below


def _rival_share(on: World) -> pd.Series:
    """Of the visits each customer was expected to gain (or lose) by another pace, the share won from (or by) rivals."""
    crowd = on.truth.customers.set_index("customer_id")
    won = crowd.get("extra_won_from_rivals", pd.Series(0.0, crowd.index)).abs()  # below 0: lost to them
    sooner = crowd.get("extra_brought_forward", pd.Series(0.0, crowd.index)).clip(lower=0)
    total = won + sooner
    return (won / total.where(total > 0)).fillna(0.0)


def _costs_by_visit(on: World, both: Pairs) -> Floats:
    """The costs booked for the customer at the very moment of each visit."""
    booked = on.costs[on.costs["customer_id"] >= 0]
    moments = both.week + 1j * both.customer_id  # complex numbers sort by week, then by customer
    sought = booked["week"].to_numpy() + 1j * booked["customer_id"].to_numpy()
    in_order = order_of([both.week, both.customer_id])
    place = np.searchsorted(moments, sought, sorter=in_order)
    visit = np.append(in_order, -1)[place]
    met = np.append(moments, np.nan)[visit] == sought
    amount = booked["amount"].to_numpy(dtype=np.float64)[met]
    return np.asarray(np.bincount(visit[met], amount, minlength=len(moments)), dtype=np.float64)


def by_spend(off: World, on: World, groups: int = 5) -> pd.DataFrame:
    """Who gains: customers of week 0 in `groups` of equal number by what they spent in the year before week 0.

    Index 1 = spent least. Columns: customers, visits_without and visits_gained a customer, and the share of all
    discounts and costs of these customers that went to the group (`benefits_share`).
    """
    crowd = customers_of_week_0(on).set_index("customer_id")
    past = off.orders[(off.orders["week"] >= -52) & (off.orders["week"] < 0)].groupby("customer_id")["paid"].sum()
    spent = past.reindex(crowd.index).fillna(0.0)
    group = np.ceil(spent.rank(method="first") / len(spent) * groups).astype(int)
    worlds = {"off": off, "on": on}
    later = {name: world.orders[world.orders["week"] >= 0] for name, world in worlds.items()}
    made = {name: orders.groupby("customer_id").size() for name, orders in later.items()}
    made = {name: counts.reindex(crowd.index).fillna(0) for name, counts in made.items()}
    benefits = on.orders.groupby("customer_id")["discount"].sum().reindex(crowd.index).fillna(0.0)
    benefits = benefits + on.costs.groupby("customer_id")["amount"].sum().reindex(crowd.index).fillna(0.0)
    table = (
        pd.DataFrame({"visits_without": made["off"], "visits_gained": made["on"] - made["off"]}).groupby(group).mean()
    )
    table.insert(0, "customers", group.value_counts())
    table["benefits_share"] = benefits.groupby(group).sum() / benefits.sum()
    return table.rename_axis("group")
