"""Why the money differs: each visit of one world set beside the same customer's visit in its twin."""

import numpy as np
import pandas as pd

from simulator.measures import customers_of_week_0
from simulator.world import World

CAUSES = {
    "saved": "visits of customers who would have left",
    "won from rivals": "visits that would have been made elsewhere",
    "brought forward": "visits made sooner than they would have been (less those missing later)",
    "lost": "visits of customers who left earlier than they would have",
    "rewarded without need": "discounts and costs on visits that would have come anyway",
    "cost of gained visits": "discounts and costs on the visits gained",
    "running the practice": "fixed costs, upkeep, gifts, work that belongs to no single visit",
}


def causes(off: World, on: World) -> pd.DataFrame:
    """The difference in margin between a world and its twin without the practice, by named causes.

    One row a cause (see `CAUSES`): `visits` gained (negative = lost) and `margin` (currency). The rows add up to the
    whole difference. Visits are paired on customer and number: a further visit of a customer who has left in the other
    world is saved (or lost); of one who has not, it came sooner, shared between rivals and later weeks by what was
    expected of each.
    """
    share = on.store.spend.gross_margin_share
    both = _paired(off, on)
    at_list = both["list_price"] * share
    extra = both["only"] == "on"
    gone = both["only"] == "off"
    saved, lost = extra & both["left_off"], gone & both["left_on"]
    faster = (extra & ~saved).astype(int) - (gone & ~lost).astype(int)
    rivals = both["rival_share"]
    costs = _costs_by_visit(on, both)
    rows = {
        "saved": (saved.sum(), at_list[saved].sum()),
        "won from rivals": ((faster * rivals).sum(), (faster * rivals * at_list).sum()),
        "brought forward": ((faster * (1 - rivals)).sum(), (faster * (1 - rivals) * at_list).sum()),
        "lost": (-lost.sum(), -at_list[lost].sum()),
        "rewarded without need": (0, -costs[~extra & ~gone].sum()),
        "cost of gained visits": (0, -costs[extra].sum()),
        "running the practice": (0, -(on.costs["amount"].sum() + both["discount"].sum() - costs.sum())),
    }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["visits", "margin"]).astype(float)
    return table.rename_axis("cause").reset_index()


def _paired(off: World, on: World) -> pd.DataFrame:
    columns = ["order_id", "customer_id", "week", "list_price"]
    ours = on.orders.loc[on.orders["week"] >= 0, [*columns, "discount"]]
    theirs = off.orders.loc[off.orders["week"] >= 0, columns]
    both = ours.merge(theirs, on="order_id", how="outer", suffixes=("", "_off"), indicator="only")
    both["only"] = both["only"].map({"left_only": "on", "right_only": "off", "both": "both"}).astype(str)
    for name in ("customer_id", "list_price"):
        both[name] = both[name].fillna(both.pop(f"{name}_off"))
    both["discount"] = both["discount"].fillna(0.0)
    both["customer_id"] = both["customer_id"].astype(np.int64)
    for name, world in (("left_off", off), ("left_on", on)):
        left = world.truth.customers.set_index("customer_id")["left_week"].notna()
        both[name] = left.reindex(both["customer_id"]).to_numpy(dtype=bool)
    both["rival_share"] = _rival_share(on).reindex(both["customer_id"]).to_numpy()
    return both


def _rival_share(on: World) -> pd.Series:
    """Of the visits each customer was expected to gain by coming faster, the share won from rivals."""
    crowd = on.truth.customers.set_index("customer_id")
    won = crowd.get("extra_won_from_rivals", pd.Series(0.0, crowd.index)).clip(lower=0)
    sooner = crowd.get("extra_brought_forward", pd.Series(0.0, crowd.index)).clip(lower=0)
    total = won + sooner
    return (won / total.where(total > 0)).fillna(0.0)


def _costs_by_visit(on: World, both: pd.DataFrame) -> pd.Series:
    """Discount plus the costs booked for the customer at the very moment of each visit."""
    booked = on.costs[on.costs["customer_id"] >= 0].groupby(["customer_id", "week"])["amount"].sum()
    moments = pd.MultiIndex.from_frame(both[["customer_id", "week"]])
    return both["discount"] + pd.Series(booked.reindex(moments).fillna(0.0).to_numpy(), both.index)


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
