"""A world: the records a shop could have, and, apart from them, what is true."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from simulator.clock import HOURS_PER_WEEK, Floats
from simulator.customers import TO_STAFF, TO_THIRD_PARTIES, VOICES
from simulator.run import Run
from simulator.store import Store

# columns that put the rows of each frame in an order that does not depend on how the work was split
SORTED_BY = {
    "orders": ["week", "customer_id", "order_id"],
    "complaints": ["week", "customer_id", "order_id"],
    "costs": ["week", "desk", "practice", "kind", "customer_id", "amount"],
    "desk_hours": ["week", "desk", "kind"],
    "customers": ["customer_id"],
    "visits": ["week", "customer_id", "number"],
}


@dataclasses.dataclass(frozen=True)
class Truth:
    """What nobody in the shop can see.

    `customers`: one row a customer with its parameters (units in `customers.Customers`), `visits`, `left_week` (when it
    left, empty = still a customer), `left_after` (what happened at that last visit) and, for each cause of a changed
    pace, `extra_…` (visits expected to be gained by it). `visits`: one row a visit with its number, experience, voice,
    the log odds behind leaving, the chance, and whether it was the last.
    """

    customers: pd.DataFrame
    visits: pd.DataFrame


@dataclasses.dataclass(frozen=True)
class World:
    """A store's history and the weeks that were simulated.

    `records`: frames by name. `orders` (order_id, customer_id, desk, week with fraction, date in whole hours,
    list_price, discount, paid: currency), `complaints` (order_id, customer_id, week, date, channel), `costs` (week,
    desk, customer_id or −1, practice, kind, amount: currency, negative = released), `desk_hours` (week, desk, kind,
    hours), and what the practices add (`members`, `answers`, …). `truth` is apart.
    """

    store: Store
    practices: tuple[str, ...]
    weeks: int
    records: dict[str, pd.DataFrame]
    truth: Truth

    @property
    def orders(self) -> pd.DataFrame:
        return self.records["orders"]

    @property
    def costs(self) -> pd.DataFrame:
        return self.records["costs"]

    def order_log(self) -> pd.DataFrame:
        """The orders as any shop could export them: order_id, customer_id, time, amount (paid, currency)."""
        names = {"date": "time", "paid": "amount"}
        return self.orders[["order_id", "customer_id", "date", "paid"]].rename(columns=names)


def collect(run: Run, weeks: int) -> World:
    """The world of a finished run."""
    visits = _visits(run, weeks)
    records = {
        "orders": _orders(run, visits),
        "complaints": _complaints(run, visits),
        "costs": _costs(run, weeks),
        "desk_hours": _desk_hours(run),
    }
    for act in run.acts:
        records |= act.records()
    truth = Truth(_in_order("customers", _customers(run)), _in_order("visits", visits))
    records = {name: _in_order(name, frame) for name, frame in records.items()}
    return World(run.store, tuple(act.name for act in run.acts), weeks, records, truth)


def merge(worlds: Sequence[World]) -> World:
    """One world from the worlds of its desks."""
    first = worlds[0]
    records = {
        name: _in_order(name, pd.concat([world.records[name] for world in worlds], ignore_index=True))
        for name in first.records
    }
    truth = Truth(
        _in_order("customers", pd.concat([world.truth.customers for world in worlds], ignore_index=True)),
        _in_order("visits", pd.concat([world.truth.visits for world in worlds], ignore_index=True)),
    )
    return dataclasses.replace(first, records=records, truth=truth)


def date_of(store: Store, week: Floats) -> pd.Series:
    """Dates in whole hours of calendar weeks counted from week 0."""
    hours = np.floor(np.asarray(week) * HOURS_PER_WEEK).astype(np.int64)
    return pd.Series(pd.Timestamp(store.week_0) + pd.to_timedelta(hours, unit="h"))


def _in_order(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    keys = SORTED_BY.get(name, [column for column in ("week", "customer_id") if column in frame])
    return frame.sort_values(keys, kind="stable", ignore_index=True)


def _visits(run: Run, weeks: int) -> pd.DataFrame:
    """One row a visit, in the order served, both before and after week 0."""
    types = {"rows": np.int64, "number": np.int64, "voice": np.int64, "failed": np.bool_, "leaves": np.bool_}
    columns = ("rows", "number", "week", "experience", "failed", "voice", "list_price", "discount",
               "burden", "relief", "credit", "leave_chance", "leaves", "pace")  # fmt: skip
    parts = {name: [getattr(visits, name) for visits in run.rounds] for name in columns}
    frame = pd.DataFrame({name: _joined(part, types.get(name, np.float64)) for name, part in parts.items()})
    rows = frame.pop("rows").to_numpy(dtype=np.int64)
    frame.insert(0, "customer_id", run.customers.customer_id[rows])
    frame.insert(0, "order_id", frame["customer_id"] * 100_000 + frame["number"].astype(np.int64))
    frame["desk"] = run.customers.desk[rows]
    return frame


def _orders(run: Run, visits: pd.DataFrame) -> pd.DataFrame:
    frame = visits[["order_id", "customer_id", "desk", "week", "list_price", "discount"]].copy()
    frame.insert(4, "date", date_of(run.store, visits["week"].to_numpy()))
    frame["paid"] = (frame["list_price"] - frame["discount"]).round(2)
    return frame


def _complaints(run: Run, visits: pd.DataFrame) -> pd.DataFrame:
    heard = visits[visits["voice"].isin([TO_STAFF, TO_THIRD_PARTIES])]
    frame = heard[["order_id", "customer_id", "week"]].reset_index(drop=True)
    frame["date"] = date_of(run.store, frame["week"].to_numpy())
    frame["channel"] = np.asarray(VOICES, dtype=object)[heard["voice"].to_numpy(dtype=np.int64)]
    return frame.astype({"channel": str})


def _costs(run: Run, weeks: int) -> pd.DataFrame:
    sizes = [len(booking.amount) for booking in run.costs]
    frame = pd.DataFrame({
        "week": _joined([booking.week for booking in run.costs], np.float64),
        "desk": _joined([booking.desk for booking in run.costs], np.int64),
        "customer_id": _joined([booking.customer_id for booking in run.costs], np.int64),
        "practice": np.repeat(np.array([booking.practice for booking in run.costs], dtype=object), sizes),
        "kind": np.repeat(np.array([booking.kind for booking in run.costs], dtype=object), sizes),
        "amount": _joined([booking.amount for booking in run.costs], np.float64),
    })  # fmt: skip
    return frame.astype({"practice": str, "kind": str})[frame["week"] < weeks]


def _joined(parts: list[Any], dtype: type) -> Any:
    return np.concatenate([np.empty(0, dtype), *parts]).astype(dtype)


def _desk_hours(run: Run) -> pd.DataFrame:
    done = run.desks.done
    kinds = np.repeat(np.array([jobs.kind for jobs in done], dtype=object), [len(jobs.desk) for jobs in done])
    frame = pd.DataFrame({
        "week": np.floor(_joined([jobs.handed_in_weeks for jobs in done], np.float64)).astype(np.int64),
        "desk": _joined([jobs.desk for jobs in done], np.int64),
        "kind": kinds,
        "hours": _joined([jobs.hours for jobs in done], np.float64),
    })  # fmt: skip
    return frame.astype({"kind": str}).groupby(["week", "desk", "kind"], as_index=False)["hours"].sum()


def _customers(run: Run) -> pd.DataFrame:
    crowd = run.customers
    names = [each.name for each in dataclasses.fields(crowd) if each.name not in ("keys", "base_log_odds")]
    frame = pd.DataFrame({name: getattr(crowd, name) for name in names})
    frame["mean_spend"] = run.store.spend.shape_p / frame.pop("spend_rate")
    frame["visits"], frame["left_week"] = run.visits_made, run.left_week
    frame["left_after"] = _left_after(run)
    for cause, extra in run.extra_expected.items():
        frame[f"extra_{cause}"] = extra
    return frame


def _left_after(run: Run) -> np.ndarray:
    after = np.full(len(run.customers), "", dtype=object)
    for visits in run.rounds:
        after[visits.rows[visits.leaves]] = np.asarray(VOICES, dtype=object)[visits.voice[visits.leaves]]
    return after.astype(str)
