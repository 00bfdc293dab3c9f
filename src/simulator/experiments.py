"""Whether a practice works, judged as a shop could: by lot, by matching, by differences of changes; how many it takes.

An experiment on customers is put together from twin worlds: those whom the lot treats live in the world with the
practice, the others in the world without. That is exact as long as customers do not touch each other (friends who are
referred, desks with too few hours).
"""

import dataclasses

import numpy as np
import pandas as pd

from simulator import luck
from simulator.clock import Floats
from simulator.world import World

LOT = luck.purpose("experiments.lot")


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A difference with its 95 % interval, in the unit of the outcome.

    >>> str(Estimate(0.5, -0.25, 1.25))
    '+0.50 (-0.25 … +1.25)'
    """

    difference: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0

    def __str__(self) -> str:
        return f"{self.difference:+.2f} ({self.low:+.2f} … {self.high:+.2f})"


def by_lot(ids: pd.Index, share: float = 0.5, seed: int = 0) -> pd.Index:
    """The customers (or shops) whom a lot chooses: exactly `share` of them (0 to 1, rounded), the same for a seed.

    >>> len(by_lot(pd.Index(range(1000)), 0.5, seed=7))
    500
    """
    keys = luck.customer_keys(luck.store_key(seed), np.asarray(ids, np.int64))
    drawn = np.argsort(luck.uniform(keys, 0, LOT))[: round(share * len(ids))]
    return ids[np.sort(drawn)]


def outcome_by_lot(off: "pd.Series[float]", on: "pd.Series[float]", treated: pd.Index) -> "pd.Series[float]":
    """What is seen of each customer (index): the treated as in the world with the practice, the others as in its twin.

    >>> outcome_by_lot(pd.Series([1.0, 1.0]), pd.Series([5.0, 5.0]), pd.Index([1])).tolist()
    [1.0, 5.0]
    """
    return off.where(~off.index.isin(treated), on)


def orders_of(world: World, ids: pd.Index, begin: float, end: float) -> "pd.Series[float]":
    """Orders of each of `ids` with `begin` ≤ week < `end`."""
    made = world.orders_between(begin, end).groupby("customer_id").size()
    return made.reindex(ids, fill_value=0).astype(float)


def margin_of(world: World, ids: pd.Index, begin: float, end: float) -> "pd.Series[float]":
    """Margin of each of `ids` in these weeks: at list price, less discounts and what was spent on them (currency)."""
    orders = world.orders_between(begin, end)
    earned = orders["list_price"] * world.store.spend.gross_margin_share - orders["discount"]
    costs = world.costs[(world.costs["week"] >= begin) & (world.costs["week"] < end)]
    spent = costs.groupby("customer_id")["amount"].sum().reindex(ids, fill_value=0.0)
    return earned.groupby(orders["customer_id"]).sum().reindex(ids, fill_value=0.0) - spent


def difference(outcome: "pd.Series[float]", treated: pd.Index) -> Estimate:
    """Mean of the treated less mean of the others, with the 95 % interval of Welch 1947, Biometrika 34.

    Errors: `ValueError` when either group has fewer than two.

    >>> str(difference(pd.Series([1.0, 2.0, 3.0, 2.0, 3.0, 4.0]), pd.Index([3, 4, 5])))
    '+1.00 (-1.27 … +3.27)'
    """
    mine = outcome.index.isin(treated)
    if min(mine.sum(), (~mine).sum()) < 2:
        raise ValueError(f"treated: {mine.sum()}, others: {(~mine).sum()}; at least two of each are needed")
    return _gap(outcome.to_numpy()[mine], outcome.to_numpy()[~mine])


def _gap(treated: Floats, others: Floats) -> Estimate:
    gap = treated.mean() - others.mean()
    parts = treated.var(ddof=1) / len(treated), others.var(ddof=1) / len(others)
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (len(treated) - 1) + parts[1] ** 2 / (len(others) - 1))
    half = luck.student_t(0.975, freedom) * np.sqrt(sum(parts))
    return Estimate(float(gap), float(gap - half), float(gap + half))


def matched(outcome: "pd.Series[float]", treated: pd.Index, like: pd.DataFrame) -> Estimate:
    """Treated less the mean of the others with equal values in all columns of `like`; who has no such is left out.

    `like`: one row a customer, columns with few values (bands). The interval counts the treated's own luck and, as if
    it were independent, that of their counterparts. Errors: `ValueError` when nobody has a counterpart.
    """
    mine = pd.Series(outcome.index.isin(treated), outcome.index)
    groups = [like[name] for name in like]
    others = outcome[~mine].groupby([each[~mine] for each in groups], observed=True).agg(["mean", "var", "size"])
    keys = pd.MultiIndex.from_frame(like[mine]) if like.shape[1] > 1 else pd.Index(like.loc[mine, like.columns[0]])
    theirs = others.reindex(keys)
    found = theirs["size"].to_numpy() > 1
    if not found.any():
        raise ValueError("nobody treated has a counterpart: use fewer columns or wider bands")
    gaps = outcome[mine].to_numpy()[found] - theirs["mean"].to_numpy()[found]
    used = theirs[found].groupby(level=list(range(theirs.index.nlevels))).agg(n=("size", "size"), var=("var", "first"),
                                                                              size=("size", "first"))  # fmt: skip
    spread = gaps.var(ddof=1) / len(gaps) + ((used["n"] / len(gaps)) ** 2 * used["var"] / used["size"]).sum()
    half = luck.student_t(0.975, len(gaps) - 1) * np.sqrt(spread)
    return Estimate(float(gaps.mean()), float(gaps.mean() - half), float(gaps.mean() + half))


def difference_in_differences(before: "pd.Series[float]", after: "pd.Series[float]", treated: pd.Index) -> Estimate:
    """Mean change of the treated shops less mean change of the others (index: shops), with its 95 % interval.

    >>> before, after = pd.Series([10.0, 10.0, 10.0, 10.0]), pd.Series([12.0, 13.0, 15.0, 16.0])
    >>> difference_in_differences(before, after, pd.Index([2, 3])).difference
    3.0
    """
    return difference(after - before, treated)


def customers_per_arm(without: float, with_practice: float, power: float = 0.8) -> int:
    """Customers needed in each half to show that a share moves from `without` to `with_practice` (5 %, two-sided).

    Source: Fleiss, Levin & Paik 2003, Statistical Methods for Rates and Proportions, without continuity correction.

    >>> customers_per_arm(0.22, 0.24)
    6947
    """
    noise = without * (1 - without) + with_practice * (1 - with_practice)
    return _per_arm(noise, with_practice - without, power)


def customers_per_arm_of_means(spread: float, gap: float, power: float = 0.8) -> int:
    """The same for a mean: `spread` is the standard deviation of the outcome, `gap` the difference to be shown.

    >>> customers_per_arm_of_means(spread=1.0, gap=0.5)
    63
    """
    return _per_arm(2 * spread**2, gap, power)


def _per_arm(noise: float, gap: float, power: float) -> int:
    sure, seen = luck.normal(np.array([0.975, power]))
    return int(np.ceil((sure + seen) ** 2 * noise / gap**2))
