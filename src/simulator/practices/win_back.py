"""Win-back (P08) at work: offers to the silent, of whom some have left and some are only slow, and second lives."""

from typing import Any

import numpy as np
import pandas as pd

from simulator import luck
from simulator.clock import Flags, Floats, Integers
from simulator.parameters import checked
from simulator.practices.base import frame_of
from simulator.practices.win_back_lists import SilentLists
from simulator.practices.win_back_rules import WinBackRules
from simulator.returning import come_back, may_come_back
from simulator.run import Round, Run

RETURNS = luck.purpose("win_back.returns")
WHEN = luck.purpose("win_back.when")
PUT_RIGHT = luck.purpose("win_back.put_right")
SOONER = luck.purpose("win_back.sooner")
OPTS_OUT = luck.purpose("win_back.opts_out")

_STEP = 0.10  # of list price: what "for 10 % off" counts


class WinningBack(SilentLists):
    """State by customer: until when the offer holds (`until`, week), what the second life would start with (`felt`, log
    odds), what offers left behind (`tie`, log odds as of `tie_week`), and buying time by which a visit was brought
    forward (`owed`).
    """

    def __init__(self, run: Run, rules: WinBackRules) -> None:
        super().__init__(run, rules)
        may_come_back(run)
        self.until: Floats
        self.felt: Floats
        self.tie: Floats
        self.tie_week: Floats
        self.owed: Floats
        self.remember(until=-np.inf, felt=0.0, tie=0.0, tie_week=0.0, owed=0.0)
        self.offers: list[tuple[Any, ...]] = []

    # --- a round of offers ---

    def open_week(self, week: int) -> None:
        since = week - self.rules.first_week
        if since < 0 or since % self.rules.every_weeks:
            return
        if self.rules.fixed_cost_per_round:
            self.run.book_for_store(self.name, "fixed", week, self.rules.fixed_cost_per_round)
        written = self.to_write(week)
        if len(written):
            self._write_to(written, week)

    def _write_to(self, rows: Integers, week: int) -> None:
        rules, run = self.rules, self.run
        begin, sorry = self._apologise(rows, week)
        run.book(self.name, "messages", rows, week, rules.message_cost)
        self.offered_week[rows], self.until[rows] = week, begin + rules.valid_weeks
        away, waits = ~np.isnan(run.left_week[rows]), np.isfinite(run.due[rows])
        self._invite_back(rows, begin, sorry, away & ~waits, week)
        self._bring_forward(rows, begin, ~away & waits, week)
        out = self._luck(rows, week, OPTS_OUT) < rules.opts_out_share
        self.opted_out[rows[out]] = True
        self._leave_behind(rows[out], week, -run.store.response.loss_weight * rules.annoyed_log_odds)
        self._note(rows, week, sorry, out)

    def _luck(self, rows: Integers, week: int, use: np.uint64) -> Floats:
        return luck.uniform(self.run.customers.keys[rows], week, use)

    def _apologise(self, rows: Integers, week: int) -> tuple[Floats, Flags]:
        """When each offer is out, and to whom it says that a cause was looked into: where the desk has time for it."""
        begin, desk = np.full(len(rows), float(week)), self.run.customers.desk[rows]
        in_time = self.run.desks.free_at[desk] - week <= 1 / 7
        sorry = self.complained[rows] & in_time & self.rules.apology
        begin[sorry] = self.ask_desk_between(rows[sorry], week, "apologies", self.rules.apology_minutes).finish_weeks
        return begin, sorry

    # --- who had left ---

    def _invite_back(self, rows: Integers, begin: Floats, sorry: Flags, which: Flags, week: int) -> None:
        """Some of those who have left come back while the offer holds, each by one number of luck.

        Whoever would have stayed away but for the price cut came for the price alone.
        """
        right = sorry & (self._luck(rows, week, PUT_RIGHT) < self.rules.put_right_share)
        rows, begin, right = rows[which], begin[which], right[which]
        unpriced, u = self._readiness(rows, right, week), self._luck(rows, week, RETURNS)
        priced = unpriced + self._price_pull(rows)
        back = u < 1 / (1 + np.exp(-priced))
        for_price = u >= 1 / (1 + np.exp(-unpriced))
        rules = self.rules
        felt = right * rules.put_right_log_odds - for_price * rules.price_log_odds
        rows, felt, begin = rows[back], felt[back], begin[back]
        self.felt[rows] = felt
        come_back(self.run, rows, self._within(rows, begin, week))

    def _readiness(self, rows: Integers, right: Flags, week: int) -> Floats:
        """Log odds of coming back without a price cut."""
        rules, gone_weeks = self.rules, week - self.run.left_week[rows]
        with np.errstate(divide="ignore"):
            start = np.log(rules.comes_back_share) - np.log1p(-rules.comes_back_share)
        pull = rules.upgrade_pull * rules.upgrade * self.run.customers.response[rows] + rules.put_right_pull * right
        against = rules.failure_log_odds * self.failed[rows] + np.log(2) * gone_weeks / rules.odds_half_life_weeks
        return np.asarray(start + pull - against)

    def _price_pull(self, rows: Integers) -> Floats:
        rules, crowd = self.rules, self.run.customers
        pull = np.where(crowd.deal_seeker[rows], rules.discount_pull_deal_seekers, rules.discount_pull)
        return np.asarray(pull * crowd.response[rows] * rules.discount / _STEP)

    def _within(self, rows: Integers, begin: Floats, week: int) -> Floats:
        """A buying time while the offer holds, at any moment alike."""
        when = begin + self._luck(rows, week, WHEN) * self.rules.valid_weeks
        return np.asarray(self.run.clock.elapsed(when), dtype=np.float64)

    # --- who was only slow ---

    def _bring_forward(self, rows: Integers, begin: Floats, which: Flags, week: int) -> None:
        """Some who would have come later come while the offer holds; the visit after that comes when it would have."""
        rows, begin, run = rows[which], begin[which], self.run
        later = run.due[rows] > run.clock.elapsed(begin + self.rules.valid_weeks)
        share = self.rules.sooner_share * self.rules.discount / _STEP * run.customers.response[rows]
        moved = later & (self._luck(rows, week, SOONER) < share)
        rows, due = rows[moved], self._within(rows[moved], begin[moved], week)
        self.owed[rows] += run.due[rows] - due
        run.due[rows] = due

    # --- a visit ---

    def greet(self, visits: Round) -> None:
        """The offer is used at the first visit while it holds."""
        rules, rows = self.rules, visits.rows
        self.uses = visits.week <= self.until[rows]
        self.until[rows] = -np.inf
        visits.discount += np.where(self.uses, (visits.list_price * rules.discount).round(2), 0.0)
        if rules.upgrade:
            self.run.book(self.name, "upgrades", rows[self.uses], visits.week[self.uses], rules.upgrade_cost)

    def plan(self, visits: Round) -> None:
        owed = self.owed[visits.rows]
        if owed.any():
            visits.next_due = visits.next_due + owed
            visits.next_week = self.run.clock.calendar(visits.next_due)
            self.owed[visits.rows] = 0.0

    def settle(self, visits: Round) -> None:
        """What offers left behind fades; a second life begins with what it was that brought the customer back."""
        rows = visits.rows
        felt = np.where(visits.returns, self.felt[rows], 0.0)
        if self.rules.upgrade:
            felt += self.rules.upgrade_log_odds * (self.uses & ~self.run.customers.deal_seeker[rows])
        self.felt[rows] = 0.0
        self._leave_behind(rows, visits.week, felt)
        visits.credit += self.tie[rows]

    def _leave_behind(self, rows: Integers, week: Any, felt: Any) -> None:
        faded = 0.5 ** ((week - self.tie_week[rows]) / self.rules.second_life_half_life_weeks)
        self.tie[rows] = self.tie[rows] * faded + felt
        self.tie_week[rows] = week

    # --- records ---

    def _note(self, rows: Integers, week: int, sorry: Flags, out: Flags) -> None:
        ids, same = self.run.customers.customer_id[rows], np.ones(len(rows))
        silent, rules = week - self.last_week[rows], self.rules
        self.offers.append((ids, same * week, silent, same * rules.discount, same * rules.upgrade, sorry, out))

    def records(self) -> dict[str, pd.DataFrame]:
        """`offers`: customer_id, week, silent_weeks, discount (share), upgrade, apology, opted_out."""
        kinds = {"customer_id": np.int64, "week": float, "silent_weeks": float, "discount": float, "upgrade": bool,
                 "apology": bool, "opted_out": bool}  # fmt: skip
        return {"offers": frame_of(kinds, self.offers)}


@checked
class WinBack(WinBackRules):
    """Write to customers who have fallen silent and offer them something for coming again.

    The shop sees silence only. Of those it writes to some have left, and may come back to a second life; others would
    have come anyway, and use the offer too. Fields: `win_back_rules.WinBackRules`; their ranges, kinds and sources
    stand in the evidence ledger (`simulator.evidence`).

    >>> WinBack(discount=0.95)
    Traceback (most recent call last):
    ...
    simulator.parameters.ParameterError: WinBack.discount = 0.95: should be less than or equal to 0.9
    """

    def start(self, run: Run) -> WinningBack:
        return WinningBack(run, self)
