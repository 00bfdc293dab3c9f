"""The state of a store at work: what a round of visits holds, and what a run knows about every customer.

The engine moves it on, practices read and change it at the stages they speak at, `world` collects what is left.
"""

import copy
import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from simulator import luck
from simulator.clock import Flags, Floats, Integers
from simulator.customers import Customers
from simulator.desks import Desks, Jobs
from simulator.store import Store


@dataclasses.dataclass
class Round:
    """The visits served together: one row a visit, no customer twice. Practices read and change the columns.

    `rows` of the customers; `number` of the visit (0 = the first); `week` it falls in (with fraction);
    `service` and `expectation` (standard deviations of experience); `experience`; `failed`; `voice` (see
    `customers.VOICES`); `list_price` and `discount` (currency); `burden`, `relief`, `credit` (log odds of leaving: what
    the failure adds, what the answer takes off, what ties take off); `next_week` (the next visit, if there is one);
    `leaves`; `jobs` handed to the desks.
    """

    rows: Integers
    number: Integers
    week: Floats
    service: Floats
    expectation: Floats
    experience: Floats
    failed: Flags
    voice: Integers
    list_price: Floats
    discount: Floats
    burden: Floats
    relief: Floats
    credit: Floats
    next_due: Floats
    next_week: Floats
    leave_chance: Floats
    leaves: Flags
    pace: Floats
    jobs: list[Jobs]

    @classmethod
    def open(cls, rows: Integers, number: Integers, week: Floats, pace: Floats) -> "Round":
        size = len(rows)
        kinds = {"failed": bool, "leaves": bool, "voice": np.int64}
        given = ("rows", "number", "week", "pace", "jobs")
        names = [each.name for each in dataclasses.fields(cls) if each.name not in given]
        columns: dict[str, Any] = {name: np.zeros(size, kinds.get(name, np.float64)) for name in names}
        return cls(rows=rows, number=number, week=week, pace=pace, jobs=[], **columns)


class Booking(NamedTuple):
    """Costs of one kind booked together, one row a customer (or a desk, with customer −1)."""

    practice: str
    kind: str
    desk: Integers
    customer_id: Integers
    week: Floats
    amount: Floats


class Run:
    """A store at work: the state of every customer, the desks, the costs booked so far."""

    def __init__(self, store: Store, customers: Customers, due: Floats, desks: Sequence[int] | None = None) -> None:
        size = len(customers)
        self.store, self.customers, self.clock = store, customers, store.clock
        self.due = due
        self.visits_made = customers.past_visits.copy()
        self.left_week = np.full(size, np.nan)
        self.pace = np.ones(size)
        self.extra_expected: dict[str, Floats] = {}
        self.desks = Desks(store.desks.count, store.desks.hours_per_week)
        self.open_desks: Integers = np.arange(store.desks.count) if desks is None else np.unique(desks)
        self.acts: list[Any] = []
        self.rounds: list[Round] = []
        self.costs: list[Booking] = []

    def begin(self, practices: Sequence[Any]) -> "Run":
        """A copy of this run, in which `practices` start now; this one can be begun again with others."""
        run = copy.copy(self)
        for name in ("due", "visits_made", "left_week", "pace"):
            setattr(run, name, getattr(self, name).copy())
        run.extra_expected, run.rounds, run.costs = {}, list(self.rounds), list(self.costs)
        run.desks = Desks(self.store.desks.count, self.store.desks.hours_per_week)
        run.acts = [practice.start(run) for practice in practices]
        return run

    def speak(self, stage: str, *about: Any) -> None:
        """Let every practice that has something to say at `stage` say it, in the order they were given."""
        for act in self.acts:
            if (say := getattr(act, stage, None)) is not None:
                say(*about)

    def uniform(self, visits: Round, use: np.uint64) -> Floats:
        """One uniform number a visit of the round, for the purpose `use`."""
        return luck.uniform(self.customers.keys[visits.rows], visits.number, use)

    def active(self) -> Flags:
        """Who has come at least once and not left."""
        return np.asarray((self.visits_made > 0) & np.isnan(self.left_week))

    def hand_in(self, visits: Round, which: Integers | Flags, kind: str, minutes: float) -> Jobs:
        """Give the desks work of `minutes` for each of the visits `which`; its end is known after "listen"."""
        rows = visits.rows[which]
        hours = np.full(len(rows), minutes / 60)
        jobs = Jobs(kind, self.customers.desk[rows], visits.week[which], hours, self.customers.customer_id[rows])
        visits.jobs.append(jobs)
        return jobs

    def book(self, practice: str, kind: str, rows: Integers, week: Any, amount: Any) -> None:
        """Book a cost (currency; negative = released) for each customer in `rows`, when it arises."""
        if len(rows):
            week, amount = np.broadcast_to(week, rows.shape), np.broadcast_to(amount, rows.shape)
            desk, customer_id = self.customers.desk[rows], self.customers.customer_id[rows]
            self.costs.append(Booking(practice, kind, desk, customer_id, week, amount))

    def book_for_store(self, practice: str, kind: str, week: float, amount: float) -> None:
        """Book a cost of the whole store, an equal part to each desk."""
        desks, each = self.open_desks, amount / self.store.desks.count
        nobody, size = np.full(len(desks), -1), len(desks)
        self.costs.append(Booking(practice, kind, desks, nobody, np.full(size, week), np.full(size, each)))
