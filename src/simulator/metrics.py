"""Tables from records: what a shop can compute from any order log.

An order log is a frame with `customer_id`, `time` (dates) and, where amounts are known, `amount` (currency); a world
gives one by `world.order_log()`, a client's file by `orders.read_orders`.
"""

import numpy as np
import pandas as pd

from simulator import closed_forms
from simulator.store import Store

WEEK = pd.Timedelta(weeks=1)


def customer_table(log: pd.DataFrame, at: pd.Timestamp | None = None) -> pd.DataFrame:
    """One row a customer: first and last order, orders, amount, and weeks since the last order at `at`.

    `at`: the day of looking (default: the last order of the log); later orders are left out.

    >>> days = pd.to_datetime(["2025-01-01", "2025-01-15", "2025-01-08"])
    >>> log = pd.DataFrame({"customer_id": [1, 1, 2], "time": days, "amount": [10.0, 20.0, 5.0]})
    >>> customer_table(log)["recency_weeks"].tolist()
    [0.0, 1.0]
    """
    at = log["time"].max() if at is None else at
    past = log[log["time"] <= at]
    table = past.groupby("customer_id")["time"].agg(first="min", last="max", orders="size")
    if "amount" in log:
        table["amount"] = past.groupby("customer_id")["amount"].sum()
    table["recency_weeks"] = (at - table["last"]) / WEEK
    return table


def chance_still_customer(log: pd.DataFrame, store: Store, at: pd.Timestamp | None = None) -> pd.Series:
    """P(alive) of each customer seen up to `at`: the chance, 0 to 1, of still being one, from the orders alone.

    `store` gives the buying model (fit it to the log first) and the seasons. Sources: those of `store.Visits`.

    >>> days = pd.to_datetime(["2025-01-06", "2025-01-13", "2025-01-20", "2025-01-06"])
    >>> log = pd.DataFrame({"customer_id": [1, 1, 1, 2], "time": days})
    >>> chance_still_customer(log, Store(), pd.Timestamp("2025-03-31")).round(2).tolist()
    [0.59, 0.78]
    """
    table = customer_table(log, at)
    at = log["time"].max() if at is None else at
    now, first, last = (store.clock.elapsed(np.asarray((time - pd.Timestamp(store.week_0)) / WEEK, np.float64))
                        for time in (pd.Series(at, table.index), table["first"], table["last"]))  # fmt: skip
    chance = closed_forms.p_alive(store.visits, table["orders"] - 1, last - first, now - first)
    return pd.Series(chance, table.index, name="chance")


def rfm(log: pd.DataFrame, at: pd.Timestamp | None = None, groups: int = 5) -> pd.DataFrame:
    """Recency, frequency and money of each customer, each scored 1 (worst) to `groups` (best) by rank.

    Source: Hughes 1994, Strategic Database Marketing. Customers who are equal get equal scores.
    """
    table = customer_table(log, at)
    table["r"] = _scores(-table["recency_weeks"], groups)
    table["f"] = _scores(table["orders"], groups)
    table["m"] = _scores(table["amount"], groups)
    return table


def _scores(values: pd.Series, groups: int) -> pd.Series:
    return np.ceil(values.rank(pct=True, method="average") * groups).astype(int)


def bought_in(log: pd.DataFrame, begin: pd.Timestamp, end: pd.Timestamp) -> pd.Index:
    """Customers with an order after `begin` and not after `end`."""
    return pd.Index(log.loc[(log["time"] > begin) & (log["time"] <= end), "customer_id"].unique())


def repeat_share(log: pd.DataFrame, at: pd.Timestamp, window_weeks: float) -> float:
    """Of those who bought in the window before `at`, the share who buy in the window after it, 0 to 1.

    The shop's own "retention": it counts those who come less often than the window as lost. NaN if nobody bought.
    """
    before = bought_in(log, at - window_weeks * WEEK, at)
    after = bought_in(log, at, at + window_weeks * WEEK)
    return float(before.isin(after).mean()) if len(before) else float("nan")


def spent_in(log: pd.DataFrame, begin: pd.Timestamp, end: pd.Timestamp) -> "pd.Series[float]":
    """What each customer who bought after `begin` and not after `end` spent in that time (currency)."""
    within = log[(log["time"] > begin) & (log["time"] <= end)]
    return within.groupby("customer_id")["amount"].sum()


def top(spent: "pd.Series[float]", share: float = 0.2) -> pd.Index:
    """The `share` of customers (0 to 1, rounded up) who spent most.

    >>> top(pd.Series([100, 50, 30, 10, 10], index=list("abcde"))).tolist()
    ['a']
    """
    return spent.nlargest(int(np.ceil(share * len(spent)))).index


def concentration(log: pd.DataFrame, top_share: float = 0.2, at: pd.Timestamp | None = None,
                  window_weeks: float | None = None) -> float:  # fmt: skip
    """Share of sales made by the `top_share` of customers who spent most in the window before `at`.

    It depends on the window: the longer, the more concentrated (say it with the number).
    """
    at = log["time"].max() if at is None else at
    begin = log["time"].min() - WEEK if window_weeks is None else at - window_weeks * WEEK
    spent = spent_in(log, begin, at)
    return float(spent[top(spent, top_share)].sum() / spent.sum()) if spent.sum() else float("nan")


def concentration_curve(spent: "pd.Series[float]") -> "pd.Series[float]":
    """Share of sales (0 to 1) of the best 0, 1, 2 … 100 % of customers (index: 0 to 1).

    >>> concentration_curve(pd.Series([100, 50, 30, 10, 10]))[[0.2, 0.4, 1.0]].tolist()
    [0.5, 0.75, 1.0]
    """
    from_the_best = np.append(0, np.sort(spent)[::-1].cumsum())
    shares = np.arange(101) / 100
    heads = np.arange(len(spent) + 1) / len(spent)
    return pd.Series(np.interp(shares, heads, from_the_best / from_the_best[-1]), shares)


def cohorts(log: pd.DataFrame, period_weeks: int = 13) -> pd.DataFrame:
    """Share of each cohort (row: period of the first order) that buys in each later period (column: 0, 1, …)."""
    period = ((log["time"] - log["time"].min()) / (period_weeks * WEEK)).astype(int)
    first = period.groupby(log["customer_id"]).transform("min")
    pairs = pd.DataFrame({"cohort": first, "age": period - first, "customer_id": log["customer_id"]}).drop_duplicates()
    counts = pairs.groupby(["cohort", "age"]).size().unstack()  # noqa: PD010
    return counts.div(counts[0], axis=0)


def sales_by_week(log: pd.DataFrame) -> pd.DataFrame:
    """Orders, customers and amount of each week (index: the week's first day)."""
    weeks = log.groupby(pd.Grouper(key="time", freq="W-MON", closed="left", label="left"))
    table = weeks.agg(orders=("customer_id", "size"), customers=("customer_id", "nunique"))
    if "amount" in log:
        table["amount"] = weeks["amount"].sum()
    return table
