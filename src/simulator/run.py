"""The state of a store at work: what a round of visits holds, and what a run knows about every customer.

The engine moves it on, practices read and change it at the stages they speak at, `world` collects what is left.
"""

import copy
import dataclasses
import types
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from simulator import luck
from simulator.clock import Flags, Floats, Integers
from simulator.customers import TO_STAFF, Customers
from simulator.desks import Desks, Jobs
from simulator.store import Store


class Round:
    """The visits served together: one row a visit, no customer twice. Practices read and change the columns.

    `rows` of the customers; `number` of the visit (0 = the first); `week` it falls in (with fraction);
    `service` and `expectation` (standard deviations of experience); `experience`; `fails_below` (the experience below
    which it fails); `failed`; `voice` (see `customers.VOICES`) and `if_failed` (what it would be after a failure);
    `list_price` and `discount` (currency); `returns` (the customer had left before it, and is one again); `burden`,
    `relief`, `credit` (log odds of leaving: what the failure adds, what the answer takes off, what ties take off);
    `solved` (a complaint answered well, in time); `next_due` and `next_week` (the next visit, if there is one, in
    buying time and by the calendar); `leaves`; `jobs` handed to the desks; `keys` and `luck`, what is drawn so far, by
    purpose (see `Run.uniform`). What is not known yet at a stage is no attribute yet.
    """

    experience: Floats
    fails_below: Floats
    failed: Flags
    if_failed: Integers
    voice: Integers
    list_price: Floats
    returns: Flags
    burden: Floats
    next_due: Floats
    next_week: Floats
    leave_chance: Floats
    leaves: Flags

    def __init__(self, rows: Integers, keys: luck.Keys, number: Integers, week: Floats, pace: Floats) -> None:
        self.rows, self.keys, self.number, self.week, self.pace = rows, keys, number, week, pace
        self.luck: dict[np.uint64, Floats] = {}
        self.service, self.expectation, self.discount, self.relief, self.credit = (
            np.zeros(len(rows)) for _ in range(5)
        )
        self.solved = np.zeros(len(rows), np.bool_)
        self.jobs: list[Jobs] = []
        self.behind: Floats | None = None

    def heard(self) -> Flags:
        """Visits after which the shop was told of a failure."""
        return np.asarray(self.voice >= TO_STAFF)


def grown(column: Any, by: int, fill: Any) -> Any:
    """A column with `by` more rows of `fill`."""
    return np.concatenate([column, np.full((by, *column.shape[1:]), fill, column.dtype)])


# what is kept of a visit, and how
KEPT = {
    "rows": np.int32,
    "number": np.int32,
    "week": np.float64,
    "service": np.float64,
    "expectation": np.float64,
    "experience": np.float64,
    "failed": np.bool_,
    "voice": np.int8,
    "list_price": np.float64,
    "discount": np.float64,
    "burden": np.float64,
    "relief": np.float64,
    "credit": np.float64,
    "leave_chance": np.float64,
    "leaves": np.bool_,
    "pace": np.float64,
}
_ZERO, _ONE = np.zeros(()), np.ones(())  # one number for all visits of a round

# the state of a customer who never comes
_STATE = {"due": np.inf, "visits_made": 0, "left_week": np.nan, "pace": 1.0}


class Booking(NamedTuple):
    """Costs of one kind booked together: for each customer in `rows`, or for each desk, which then stands as −1 − desk.

    `week` and `amount` (currency): one a row, or one for all.
    """

    practice: str
    kind: str
    rows: Integers
    week: Any
    amount: Any


FIRST_ADMITTED_ID = 1_000_000_000  # customers drawn with the store are numbered below it
ID_BLOCK = 10_000_000_000  # and all of one store below this; of stores side by side each has its own block
_ROOM = 1 / 8  # rows made free at a time for customers who are admitted, as a share of those there are


class Arrival(NamedTuple):
    """Customers admitted together: their rows, what brought them, and the rows of those who did (−1: nobody)."""

    rows: Integers
    origin: str
    brought_by: Integers


class Run:
    """A store at work: the state of every customer, the desks, the costs booked so far.

    `stores`: how many stand side by side (see `side_by_side`); their desks are numbered one store after the other.
    Customers whom a practice or talk brings are `admitted` to rows kept free behind those drawn with the store; a free
    row is a customer who never comes (`due` infinite, no visits).
    """

    def __init__(
        self, store: Store, customers: Customers, due: Floats, desks: Sequence[int] | None = None, stores: int = 1
    ) -> None:
        size, desk_count = len(customers), store.desks.count * stores
        self.store, self.customers, self.clock = store, customers, store.clock
        self.due = due
        self.visits_made = customers.past_visits.copy()
        self.left_week = np.full(size, np.nan)
        self.pace = np.ones(size)
        self.extra_expected: dict[str, Floats] = {}
        self.desks = Desks(desk_count, store.desks.hours_per_week)
        self.open_desks: Integers = np.arange(desk_count) if desks is None else np.unique(desks)
        self.acts: list[Any] = []
        self.rounds: list[Any] = []
        self.asked: dict[np.uint64, None] = {}
        self.paced = False
        self.some_return = False  # a practice may bring back customers who had left
        self.costs: list[Booking] = []
        self.drawn = self.rows_used = size
        self.admitted: list[Arrival] = []
        self.admitted_at_desk = np.zeros(desk_count, np.int64)
        self.talk = np.zeros(desk_count)

    def begin(self, practices: Sequence[Any]) -> "Run":
        """A copy of this run, in which `practices` start now; this one can be begun again with others."""
        run = copy.copy(self)
        for name in (*_STATE, "admitted_at_desk", "talk"):
            setattr(run, name, getattr(self, name).copy())
        run.admitted = list(self.admitted)
        run.extra_expected, run.rounds, run.costs = {}, list(self.rounds), list(self.costs)
        run.asked = dict(self.asked)
        run.desks = Desks(len(self.talk), self.store.desks.hours_per_week)
        run.acts = [practice.start(run) for practice in practices]
        return run

    def speak(self, stage: str, *about: Any) -> None:
        """Let every practice that has something to say at `stage` say it, in the order they were given."""
        for act in self.acts:
            if (say := getattr(act, stage, None)) is not None:
                say(*about)

    def admit(self, crowd: Customers, origin: str, brought_by: Integers) -> Integers:
        """Let customers in who were not drawn with the store, each at its `first_week`; the rows they are given.

        `origin`: what brought them, in words; `brought_by`: rows of those who did, −1 for nobody. They are numbered
        desk by desk, so that a run of some desks numbers its own as the run of all does.
        """
        order = np.lexsort((crowd.keys, crowd.desk))
        crowd, brought_by = crowd.take(order), brought_by[order]
        self._make_room(len(crowd))
        rows = np.arange(self.rows_used, self.rows_used + len(crowd))
        for each in dataclasses.fields(crowd):
            getattr(self.customers, each.name)[rows] = getattr(crowd, each.name)
        self.customers.customer_id[rows] = self._numbers(crowd.desk)
        self.due[rows] = self.clock.elapsed(crowd.first_week)
        self.rows_used += len(crowd)
        self.admitted.append(Arrival(rows, origin, brought_by))
        return rows

    def _numbers(self, desk: Integers) -> Integers:
        """Numbers for customers in order of desk: the next of each desk's own."""
        first = np.searchsorted(desk, desk)
        nth = self.admitted_at_desk[desk] + np.arange(len(desk)) - first
        self.admitted_at_desk += np.bincount(desk, minlength=len(self.admitted_at_desk))
        store, own_desk = np.divmod(desk.astype(np.int64), self.store.desks.count)
        return np.asarray(store * ID_BLOCK + FIRST_ADMITTED_ID + nth * self.store.desks.count + own_desk)

    def _make_room(self, need: int) -> None:
        size = len(self.customers)
        if need <= size - self.rows_used:
            return
        by = max(need, 64, int(size * _ROOM))
        self.customers = self.customers.with_room(by)
        for name, fill in _STATE.items():
            setattr(self, name, grown(getattr(self, name), by, fill))
        self.extra_expected = {cause: grown(extra, by, 0.0) for cause, extra in self.extra_expected.items()}
        for act in self.acts:
            act.grow(by)

    def uniform(self, visits: Round, use: np.uint64) -> Floats:
        """One uniform number a visit of the round, for the purpose `use`; not to be written over.

        All that was asked for so far in the run is drawn at the first of these calls.
        """
        if use not in visits.luck:
            self.asked[use] = None
            uses = [each for each in self.asked if each not in visits.luck]
            visits.luck.update(zip(uses, luck.uniforms(visits.keys, visits.number, uses), strict=True))
        return visits.luck[use]

    def keep(self, visits: Round) -> None:
        """Put a finished round away: what `world` collects, as short as it can be."""
        columns: dict[str, Any] = {name: np.asarray(getattr(visits, name), kind) for name, kind in KEPT.items()}
        if not (self.acts or self.paced):  # then nobody has changed these
            columns |= dict.fromkeys(("service", "expectation", "discount", "relief", "credit"), _ZERO) | {"pace": _ONE}
        self.rounds.append(types.SimpleNamespace(**columns))

    def behind(self, visits: Round) -> Floats:
        """Weeks of work that lie before the desk of each visit's customer, as the week began."""
        if visits.behind is None:
            visits.behind = self.desks.free_at[self.customers.desk[visits.rows]] - visits.week
        return visits.behind

    def active(self) -> Flags:
        """Who has come at least once and not left."""
        return np.asarray((self.visits_made > 0) & np.isnan(self.left_week))

    def hand_in(self, visits: Round, which: Integers | Flags, kind: str, minutes: float) -> Jobs:
        """Give the desks work of `minutes` for each of the visits `which`; its end is known after "listen"."""
        rows = visits.rows[which]
        if not len(rows):
            return Jobs(kind, rows, visits.week[:0], visits.week[:0], rows)
        hours = np.full(len(rows), minutes / 60)
        jobs = Jobs(kind, self.customers.desk[rows], visits.week[which], hours, self.customers.customer_id[rows])
        visits.jobs.append(jobs)
        return jobs

    def book(self, practice: str, kind: str, rows: Integers, week: Any, amount: Any) -> None:
        """Book a cost (currency; negative = released) for each customer in `rows`, when it arises."""
        if len(rows):
            self.costs.append(Booking(practice, kind, rows, week, amount))

    def book_for_store(self, practice: str, kind: str, week: float, amount: float) -> None:
        """Book a cost of the whole store, an equal part to each desk."""
        self.costs.append(Booking(practice, kind, -1 - self.open_desks, week, amount / self.store.desks.count))
