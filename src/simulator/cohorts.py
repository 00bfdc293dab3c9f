"""Who in an order log can be fitted: enough customers, no old customers taken for new ones; and how new ones arrive."""

import datetime

import numpy as np
import pandas as pd

from simulator.orders import monday_after
from simulator.store import Arrivals

LEAST_CUSTOMERS, LEAST_REPEATERS, LEAST_WEEKS = 100, 30, 8
LEAST_LATER_CUSTOMERS = 300  # first seen after the run-in: fewer are not fitted without the others
RUN_IN_WEEKS, RUN_IN_RATIO = 13, 1.5


class FitError(ValueError):
    """A log that cannot be fitted, or a fit that is no store yet: the message says why and what would help."""


def check_enough(orders: pd.DataFrame, end: datetime.date, name: str) -> None:
    """Errors: `FitError` when the log is too thin for five parameters."""
    by_day = orders[["customer_id"]].assign(day=orders["time"].dt.normalize()).drop_duplicates()
    visits = by_day["customer_id"].value_counts()
    weeks = 0.0 if orders.empty else (pd.Timestamp(end) - by_day["day"].min()) / pd.Timedelta(weeks=1)
    for value, least, words in (
        (len(visits), LEAST_CUSTOMERS, "customers"),
        (int((visits > 1).sum()), LEAST_REPEATERS, "customers who came on more than one day"),
        (round(weeks, 1), LEAST_WEEKS, "weeks from the first order to the last"),
    ):
        if value < least:
            raise FitError(f"{name}: {value:,} {words}; at least {least} are needed for a fit")


def without_old_customers(
    orders: pd.DataFrame, end: datetime.date, run_in_weeks: int | None = None
) -> tuple[pd.DataFrame, list[str]]:
    """Orders of customers first seen after the run-in, and a note, when first visits crowd in the run-in.

    A customer of long standing looks new when the log begins. The run-in is the log's first quarter, at most 13 weeks,
    or the `run_in_weeks` given, which are left out in any case.
    """
    first = orders.groupby("customer_id", observed=True)["time"].transform("min").dt.normalize()
    begin = first.min()
    weeks = (pd.Timestamp(end) - begin) / pd.Timedelta(weeks=1)
    run_in = run_in_weeks if run_in_weeks is not None else int(min(RUN_IN_WEEKS, weeks / 4))
    births = first.groupby(orders["customer_id"], observed=True).first()
    later = begin + pd.Timedelta(weeks=run_in)
    late = births >= later
    early_rate, late_rate = (~late).sum() / max(run_in, 1), late.sum() / max(weeks - run_in, 1)
    if run_in_weeks is None and (run_in == 0 or early_rate <= RUN_IN_RATIO * late_rate):
        return orders, []
    said = (f"First visits a week: {early_rate:.1f} in the log's first {run_in} weeks, {late_rate:.1f} later: many of "
            "the early ones are perhaps customers of long standing.")  # fmt: skip
    if births.max() < begin + pd.Timedelta(weeks=weeks / 2):
        return orders, ["Nobody was first seen in the log's second half: it looks like a group chosen by when they "
                        "first came; all are fitted as new. If they were not, the fit is wrong."]  # fmt: skip
    if late.sum() < LEAST_LATER_CUSTOMERS:
        return orders, [f"{said} Only {late.sum():,} customers were first seen later (at least {LEAST_LATER_CUSTOMERS} "
                        "are needed), so all are fitted as if new."]  # fmt: skip
    kept = orders[first >= later]
    said += _weight(kept, orders)
    return kept, [f"{said} Only the {late.sum():,} customers first seen later are fitted, and arrivals are theirs: the "
                  "store therefore begins with fewer customers than the shop has. Customers of long standing who come "
                  "seldom may still be among them; they make leaving look rarer and arrivals more."]  # fmt: skip


def _weight(kept: pd.DataFrame, orders: pd.DataFrame) -> str:
    """How much of the shop the customers fitted stand for."""
    share = len(kept) / len(orders)
    said = f" The customers fitted made {share:.0%} of the orders"
    if "amount" in orders and orders["amount"].sum() > 0:
        part, mean = kept["amount"].sum() / orders["amount"].sum(), orders["amount"].mean()
        said += (
            f" and {part:.0%} of the sales; they spent {kept['amount'].mean():,.0f} an order, all customers {mean:,.0f}"
        )
    return said + "."


def arrivals_of(orders: pd.DataFrame, end: datetime.date) -> tuple[Arrivals, list[str]]:
    """Customers first seen in each week from the first of `orders` to `end`, as the store's history, and notes."""
    births = orders.groupby("customer_id", observed=True)["time"].min().dt.normalize()
    week = ((births - pd.Timestamp(monday_after(end))) // pd.Timedelta(weeks=1)).to_numpy()
    counts = np.bincount(week - week.min())
    counts = np.pad(counts, (0, int(-week.min()) - len(counts))).astype(np.float64)
    rate = len(births) / ((pd.Timestamp(end) - births.min()).days + 1) * 7
    made = Arrivals(new_customers_per_week=round(rate, 3), history_weeks=len(counts),
                    index_before_week_0=tuple(float(each) for each in (counts / rate).round(4)))  # fmt: skip
    recent = counts[-RUN_IN_WEEKS:].mean()
    if len(counts) > RUN_IN_WEEKS and not 2 / 3 < recent / rate < 1.5:
        return made, [f"New customers a week: {rate:.1f} over the log, {recent:.1f} in its last {RUN_IN_WEEKS} weeks. "
                      "The store goes on with the first; arrivals.new_customers_per_week changes it."]  # fmt: skip
    return made, []
