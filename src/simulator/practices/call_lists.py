"""Whom to call: what a shop's own records say about each customer, and lists made from them."""

import numpy as np

from simulator import closed_forms, luck
from simulator.clock import YEAR_WEEKS, Flags, Floats, Integers
from simulator.practices.base import Act
from simulator.practices.call_rules import CallRules
from simulator.run import Round, Run

CHOSEN = luck.purpose("contact_calls.chosen")

_SLOT_WEEKS, _SLOTS = 4, 13  # a year's sales are kept in thirteen parts


class Lists(Act):
    """An act that keeps by customer what its records hold: first and last visit, sums paid, calls, wishes.

    Whoever has left is in the records as anybody else, and is called as anybody else.
    """

    def __init__(self, run: Run, rules: CallRules) -> None:
        super().__init__(run, rules.name)
        self.rules = rules
        self.first_week: Floats
        self.last_week: Floats
        self.paid: Floats
        self.counted: Floats
        self.year: Floats
        self.called_week: Floats
        self.opted_out: Flags
        self.remember(first_week=np.inf, last_week=-np.inf, paid=0.0, counted=0.0, year=np.zeros(_SLOTS),
                      called_week=-np.inf, opted_out=False)  # fmt: skip
        self.slot = 0
        known = np.flatnonzero(run.visits_made)
        self.first_week[known] = np.minimum(run.customers.first_week[known], 0.0)
        # of customers taken over from a log only this much is known; the others' visits follow
        self.last_week[known] = np.where(run.visits_made[known] > 1, 0.0, self.first_week[known])
        for visits in run.rounds:
            self._enter(visits.rows, visits.week, visits.list_price - visits.discount)

    def _enter(self, rows: Integers, week: Floats, paid: Floats) -> None:
        """Write visits into the book; the weeks of one call lie near each other."""
        self._turn_to(int(np.floor(week.max() / _SLOT_WEEKS)) if len(week) else self.slot)
        new = np.isinf(self.first_week[rows])
        self.first_week[rows[new]] = week[new]
        self.last_week[rows] = week
        self.paid[rows] += paid
        self.counted[rows] += 1
        self.year[rows, self.slot % _SLOTS] += paid

    def _turn_to(self, slot: int) -> None:
        for each in range(max(self.slot, slot - _SLOTS) + 1, slot + 1):
            self.year[:, each % _SLOTS] = 0.0
        self.slot = slot

    def quota(self, week: int) -> int:
        """Calls a desk tries this week: over the weeks of a year it comes to twelve months' calls.

        Each desk's own number, so that what one desk does never depends on another.
        """
        a_week = self.rules.calls_per_month * 12 / YEAR_WEEKS
        return int(np.floor((week + 1) * a_week + 1e-9) - np.floor(week * a_week + 1e-9))

    def to_call(self, week: int) -> Integers:
        """Rows to call this week: of each desk that is not behind, those of the quota who come first by the target."""
        run = self.run
        self._turn_to(week // _SLOT_WEEKS)
        rows = np.flatnonzero(self._may_be_called(week))
        desk = run.customers.desk[rows]
        in_time = run.desks.free_at[desk] - week <= 1 / 7
        rows, desk = rows[in_time], desk[in_time]
        order = np.lexsort((run.customers.keys[rows], -self._score(rows, week), desk))
        rows, desk = rows[order], desk[order]
        place = np.arange(len(rows)) - np.searchsorted(desk, desk)
        return np.asarray(rows[place < self.quota(week)])

    def _may_be_called(self, week: int) -> Flags:
        rules = self.rules
        seen = week - self.last_week <= rules.seen_within_weeks
        rested = week - self.called_week >= rules.rest_weeks
        may = seen & rested & ~self.opted_out
        if rules.target == "new":
            may &= (self.run.visits_made == 1) & (week - self.first_week <= rules.new_weeks)
        return np.asarray(may)

    def _score(self, rows: Integers, week: int) -> Floats:
        """The higher, the sooner on the list."""
        match self.rules.target:
            case "new":
                return self.first_week[rows]
            case "lapsing":
                return -self.chance_still_customer(rows, week)
            case "by value":
                return np.asarray(self.year[rows].sum(axis=1))
            case "by expected gain":
                return self.expected_margin(rows, week)
            case _:
                return luck.uniform(self.run.customers.keys[rows], week, CHOSEN)

    def chance_still_customer(self, rows: Integers, week: int) -> Floats:
        """P(alive) from the records, by the buying model fitted to this store."""
        return closed_forms.p_alive(self.run.store.visits, *self._past(rows, week))

    def expected_margin(self, rows: Integers, week: int) -> Floats:
        """Margin of a year at the rate the records suggest, times the chance of being still a customer (currency)."""
        store = self.run.store
        repeats, last, age = self._past(rows, week)
        rate = (store.visits.r + repeats) / (store.visits.alpha_weeks + age)
        mean = self.paid[rows] / np.maximum(self.counted[rows], 1)
        spend = closed_forms.expected_spend(store.spend, mean, self.counted[rows])
        alive = closed_forms.p_alive(store.visits, repeats, last, age)
        return np.asarray(YEAR_WEEKS * rate * alive * spend * store.spend.gross_margin_share)

    def _past(self, rows: Integers, week: int) -> tuple[Floats, Floats, Floats]:
        """Repeat visits, age at the last visit and age now (weeks of buying time)."""
        first, last = (self.run.clock.elapsed(each[rows]) for each in (self.first_week, self.last_week))
        age = self.run.clock.elapsed(week) - first
        repeats: Floats = self.run.visits_made[rows] - np.float64(1)
        return repeats, np.minimum(last - first, age), age

    def part(self, visits: Round) -> None:
        self._enter(visits.rows, visits.week, visits.list_price - visits.discount)
