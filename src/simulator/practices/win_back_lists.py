"""Whom to write to: who is silent by the shop's own records, and in which order."""

import numpy as np

from simulator import closed_forms, luck
from simulator.clock import YEAR_WEEKS, Flags, Floats, Integers
from simulator.customers import TO_STAFF
from simulator.practices.base import Act
from simulator.practices.win_back_rules import WinBackRules
from simulator.run import Round, Run

CHOSEN = luck.purpose("win_back.chosen")


class SilentLists(Act):
    """An act that keeps by customer what its records hold: first and last visit, sums paid, complaints, offers, wishes.

    Whoever has left is in the records as anybody else who has not come for as long.
    """

    def __init__(self, run: Run, rules: WinBackRules) -> None:
        super().__init__(run, rules.name)
        self.rules = rules
        self.first_week: Floats
        self.last_week: Floats
        self.paid: Floats
        self.complained: Flags
        self.failed: Flags
        self.offered_week: Floats
        self.opted_out: Flags
        self.remember(first_week=np.inf, last_week=-np.inf, paid=0.0, complained=False, failed=False,
                      offered_week=-np.inf, opted_out=False)  # fmt: skip
        known = np.flatnonzero(run.visits_made)
        self.first_week[known] = np.minimum(run.customers.first_week[known], 0.0)
        # of customers taken over from a log only this much is known; the others' visits follow
        self.last_week[known] = np.where(run.visits_made[known] > 1, 0.0, self.first_week[known])
        for visits in run.rounds:
            self._enter(visits)

    def _enter(self, visits: Round) -> None:
        """Write visits into the book, and (`failed`) into what only the customers know."""
        rows = visits.rows
        self.first_week[rows] = np.where(np.isinf(self.first_week[rows]), visits.week, self.first_week[rows])
        self.last_week[rows] = visits.week
        self.paid[rows] += visits.list_price - visits.discount
        self.complained[rows], self.failed[rows] = visits.voice >= TO_STAFF, visits.failed

    def part(self, visits: Round) -> None:
        self._enter(visits)

    def to_write(self, week: int) -> Integers:
        """Rows to write to this week: of each desk's silent customers those who come first by the target."""
        rows = np.flatnonzero(self._silent(week))
        keys, desk = self.run.customers.keys[rows], self.run.customers.desk[rows]
        rows = rows[np.lexsort((keys, -self._score(rows, week), desk))]
        desk = np.sort(desk)
        place = np.arange(len(rows)) - np.searchsorted(desk, desk)
        return np.asarray(rows[place < self.rules.offers_per_round])

    def _silent(self, week: int) -> Flags:
        rules, silence = self.rules, week - self.last_week
        rested = week - self.offered_week >= rules.rest_weeks
        allowed = rested & ~self.opted_out & (silence <= rules.longest_silence_weeks)
        return np.asarray(allowed & (silence >= self.silent_after()))

    def silent_after(self) -> Floats:
        """Weeks after the last visit from which each customer counts as silent."""
        usual = np.full(len(self.last_week), self.rules.silence_weeks)
        if self.rules.silence_rule == "own gaps":
            again = np.flatnonzero(self.run.visits_made > 1)
            gaps = (self.last_week[again] - self.first_week[again]) / (self.run.visits_made[again] - 1)
            usual[again] = self.rules.own_gaps * gaps
        return usual

    def _score(self, rows: Integers, week: int) -> Floats:
        """The higher, the sooner on the list."""
        match self.rules.target:
            case "by value":
                return self.value(rows)
            case "shortest silence":
                return self.last_week[rows]
            case "one-time buyers":
                return np.asarray((self.run.visits_made[rows] == 1) + self._freshness(rows, week))
            case "complaints":
                return np.asarray(self.complained[rows] + self._freshness(rows, week))
            case "worth winning":
                return self.value(rows) * (1 - self.chance_still_customer(rows, week))
            case _:
                return luck.uniform(self.run.customers.keys[rows], week, CHOSEN)

    def value(self, rows: Integers) -> Floats:
        """What each paid a year while seen (currency), or in all where that was less than a year."""
        return np.asarray(self.paid[rows] / np.maximum((self.last_week - self.first_week)[rows] / YEAR_WEEKS, 1.0))

    def _freshness(self, rows: Integers, week: int) -> Floats:
        """Below 1, and higher the shorter the silence: an order among equals."""
        return 1 / (2 + week - self.last_week[rows])

    def chance_still_customer(self, rows: Integers, week: int) -> Floats:
        """P(alive) from the records, by the buying model fitted to this store."""
        first, last = (self.run.clock.elapsed(each[rows]) for each in (self.first_week, self.last_week))
        age = self.run.clock.elapsed(week) - first
        repeats: Floats = self.run.visits_made[rows] - np.float64(1)
        return closed_forms.p_alive(self.run.store.visits, repeats, np.minimum(last - first, age), age)
