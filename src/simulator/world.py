"""A world: the records a shop could have, and, apart from them, what is true."""

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from simulator.clock import HOURS_PER_WEEK, Floats, Integers
from simulator.customers import TO_STAFF, TO_THIRD_PARTIES, VOICES
from simulator.returning import second_lives
from simulator.run import KEPT, Run
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
    left, empty = still a customer), `left_after` (what happened at that last visit), `origin` (what brought those who
    were not drawn with the store, else empty), `referrer_id` (or −1) and, for each cause of a changed pace, `extra_…`
    (visits expected to be gained by it). Where customers may be won back also `first_left_week`, `returned_week` (the
    last visit after a time away) and `times_left`; who came back and stayed has no `left_week`. `visits`: one row a
    visit with its number, what practices added to `service`
    and `expectation`, experience, voice, the log odds behind leaving, the chance, and whether it was the last.
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

    def orders_between(self, begin: float, end: float, closed: Literal["left", "right"] = "left") -> pd.DataFrame:
        """The orders with `begin` ≤ week < `end`, or, closed at the right, `begin` < week ≤ `end`."""
        first, last = np.searchsorted(self.orders["week"].to_numpy(), [begin, end], side=closed)
        return self.orders.iloc[first:last]  # orders stand in order of week

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
        records |= _of_its_own(act.name, act.records(), records)
    truth = Truth(_customers(run, visits), visits)
    for name in set(records) - {"orders", "complaints", "costs", "desk_hours"}:  # these four are in order already
        records[name] = _in_order(name, records[name])
    return World(run.store, tuple(act.name for act in run.acts), weeks, records, truth)


def _of_its_own(practice: str, frames: dict[str, pd.DataFrame], others: dict[str, pd.DataFrame]) -> Any:
    if taken := sorted(set(frames) & set(others)):
        raise ValueError(
            f"{practice}: records are called {', '.join(taken)}, and so are others; give them another name"
        )
    return frames


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
    return pd.Series(np.datetime64(store.week_0, "us") + hours.astype("timedelta64[h]"))


def _in_order(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    keys = SORTED_BY.get(name, [column for column in ("week", "customer_id", "desk") if column in frame])
    return frame.take(order_of([frame[key] for key in keys])).reset_index(drop=True)


def order_of(columns: Sequence[Any]) -> Integers:
    """Rows in order of the columns, of which the first counts most; rows that are alike stay as they were.

    >>> order_of([np.array([2.0, 1.0, 2.0]), np.array([5, 9, 4])]).tolist()
    [1, 2, 0]
    """
    first = np.asarray(columns[0])
    order = np.argsort(first)  # many times faster than a sort by all columns, which only ties need
    like_above = np.append(False, first[order[1:]] == first[order[:-1]])[: len(order)]
    for column in [*columns[1:], np.arange(len(order))]:
        tied = np.flatnonzero(like_above | np.append(like_above[1:], False)[: len(order)])
        if not len(tied):
            break
        ranks, ties = _ranks(column.take(order[tied])), like_above[tied]
        if (ties[1:] & (ranks[1:] < ranks[:-1])).any():
            within = np.lexsort((ranks, np.cumsum(~ties)))
            order[tied], ranks = order[tied][within], ranks[within]
        like_above[tied[1:]] &= ranks[1:] == ranks[:-1]
    return order


def _ranks(column: Any) -> Any:
    """Numbers in the order of a column's values: itself, or of text the place of each word among them."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return np.asarray(column)
    return pd.factorize(column, sort=True)[0]


def _visits(run: Run, weeks: int) -> pd.DataFrame:
    """One row a visit, in order, both before and after week 0."""
    sizes = [len(visits.rows) for visits in run.rounds]
    columns = {name: _wide(_joined([getattr(visits, name) for visits in run.rounds], kind, sizes))
               for name, kind in KEPT.items()}  # fmt: skip
    rows = columns.pop("rows")
    customer_id = run.customers.customer_id[rows].astype(np.int64)
    order_id = customer_id * 100_000 + columns["number"]
    desk = run.customers.desk[rows].astype(np.int64)
    columns = {"order_id": order_id, "customer_id": customer_id} | columns | {"desk": desk}
    order = order_of([columns["week"], customer_id, columns["number"]])
    return pd.DataFrame({name: column[order] for name, column in columns.items()}, copy=False)


def _texts(words: Sequence[str], which: Any) -> Any:
    """A column of text: the word at each place of `words`."""
    return pd.Series(words, dtype=object).astype(str).array.take(which)


def _orders(run: Run, visits: pd.DataFrame) -> pd.DataFrame:
    frame = visits[["order_id", "customer_id", "desk", "week", "list_price", "discount"]].copy()
    frame.insert(4, "date", date_of(run.store, visits["week"].to_numpy()))
    frame["paid"] = (frame["list_price"] - frame["discount"]).round(2)
    return frame


def _complaints(run: Run, visits: pd.DataFrame) -> pd.DataFrame:
    heard = visits[visits["voice"].isin([TO_STAFF, TO_THIRD_PARTIES])]
    frame = heard[["order_id", "customer_id", "week"]].reset_index(drop=True)
    frame["date"] = date_of(run.store, frame["week"].to_numpy())
    frame["channel"] = _texts(VOICES, heard["voice"].to_numpy(dtype=np.int64))
    return frame


def _costs(run: Run, weeks: int) -> pd.DataFrame:
    """Costs in order, which is found while practices and kinds are still numbers: text is slow to move about."""
    sizes = [len(booking.rows) for booking in run.costs]
    rows = _joined([booking.rows for booking in run.costs], np.int64)
    desk, customer_id, known = -1 - rows, np.full(len(rows), -1), np.flatnonzero(rows >= 0)
    desk[known], customer_id[known] = run.customers.desk[rows[known]], run.customers.customer_id[rows[known]]
    practices, practice = _numbered([booking.practice for booking in run.costs])
    kinds, kind = _numbered([booking.kind for booking in run.costs])
    columns = {
        "week": _joined([booking.week for booking in run.costs], np.float64, sizes),
        "desk": desk,
        "customer_id": customer_id,
        "practice": np.repeat(practice, sizes),
        "kind": np.repeat(kind, sizes),
        "amount": _joined([booking.amount for booking in run.costs], np.float64, sizes),
    }
    within = np.flatnonzero(columns["week"] < weeks)
    order = within[order_of([columns[name][within] for name in SORTED_BY["costs"]])]
    columns = {name: column[order] for name, column in columns.items()}
    columns |= {"practice": _texts(practices, columns["practice"]), "kind": _texts(kinds, columns["kind"])}
    return pd.DataFrame(columns, copy=False)


def _numbered(words: list[str]) -> tuple[list[str], Integers]:
    """The distinct words in order, and which of them each is."""
    distinct, which = np.unique(words or [""], return_inverse=True)
    return distinct.tolist(), which[: len(words)]


def _joined(parts: list[Any], dtype: type, sizes: Sequence[int] = ()) -> Any:
    """One column of its parts; of `sizes` rows, a part may also be one number for all of them."""
    if sizes:
        parts = [
            part if getattr(part, "ndim", 0) else np.full(size, part) for part, size in zip(parts, sizes, strict=True)
        ]
    return np.concatenate([np.empty(0, dtype), *parts], dtype=dtype, casting="unsafe")


def _desk_hours(run: Run) -> pd.DataFrame:
    """Hours by week, desk and kind, which is the order of the whole numbers made of the three."""
    done, count = run.desks.done, len(run.desks.free_at)
    kinds, kind = _numbered([jobs.kind for jobs in done])
    which = np.repeat(kind, [len(jobs.desk) for jobs in done])
    week = np.floor(_joined([jobs.handed_in_weeks for jobs in done], np.float64)).astype(np.int64)
    place = (week * count + _joined([jobs.desk for jobs in done], np.int64)) * len(kinds) + which
    places, place = np.unique(place, return_inverse=True)
    hours = np.bincount(place, _joined([jobs.hours for jobs in done], np.float64), len(places)).astype(np.float64)
    at_desk = places // len(kinds)
    return pd.DataFrame({"week": at_desk // count, "desk": at_desk % count,
                         "kind": _texts(kinds, places % len(kinds)), "hours": hours})  # fmt: skip


def _customers(run: Run, visits: pd.DataFrame) -> pd.DataFrame:
    crowd = run.customers
    names = [each.name for each in dataclasses.fields(crowd) if each.name not in ("keys", "base_log_odds")]
    columns = {name: _wide(getattr(crowd, name)) for name in names}
    columns["mean_spend"] = run.store.spend.shape_p / columns.pop("spend_rate")
    columns |= {"visits": _wide(run.visits_made), "left_week": run.left_week, "left_after": _left_after(run)}
    columns["origin"], columns["referrer_id"] = _origins(run)
    columns |= {f"extra_{cause}": extra for cause, extra in run.extra_expected.items()}
    came = np.flatnonzero(run.visits_made > 0)  # a newcomer kept away, or not yet here, is no customer
    rows = came[np.argsort(crowd.customer_id[came])]
    frame = pd.DataFrame({name: column[rows] for name, column in columns.items()})
    return frame.assign(**second_lives(visits, crowd.customer_id[rows])) if run.some_return else frame


def _wide(column: Any) -> Any:
    """A column with 64 bits a number, as people expect them in a frame."""
    return column if column.dtype == np.bool_ else column.astype(np.float64 if column.dtype.kind == "f" else np.int64)


def _origins(run: Run) -> tuple[Any, Integers]:
    which, referrer = np.zeros(len(run.customers), np.int64), np.full(len(run.customers), -1)
    for number, arrival in enumerate(run.admitted, start=1):
        which[arrival.rows] = number
        by = arrival.brought_by
        referrer[arrival.rows] = np.where(by >= 0, run.customers.customer_id[by], -1)
    return _texts(["", *(arrival.origin for arrival in run.admitted)], which), referrer


def _left_after(run: Run) -> Any:
    after = np.zeros(len(run.customers), np.int64)
    for visits in run.rounds:
        after[visits.rows[visits.leaves]] = visits.voice[visits.leaves] + 1
    after[np.isnan(run.left_week)] = 0  # they came back
    return _texts(("", *VOICES), after)
