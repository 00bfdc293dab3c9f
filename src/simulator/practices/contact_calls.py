"""Contact calls (P05) at work: who is called and reached, what they tell, and what the call leaves behind."""

from typing import Any

import numpy as np
import pandas as pd

from simulator import luck
from simulator.clock import Flags, Floats, Integers
from simulator.customers import SILENT, TOLD_OTHERS
from simulator.leaving import think_again
from simulator.parameters import checked
from simulator.practices.base import frame_of
from simulator.practices.call_lists import Lists
from simulator.practices.call_rules import CallRules
from simulator.run import Round, Run

REACHED = luck.purpose("contact_calls.reached")
TELLS = luck.purpose("contact_calls.tells")
QUALITY = luck.purpose("contact_calls.quality")
WOKEN = luck.purpose("contact_calls.woken")
BUYS = luck.purpose("contact_calls.buys")
OPTS_OUT = luck.purpose("contact_calls.opts_out")


class Calling(Lists):
    """State by customer: the last visit (`round_at`, `place` in that round, how it went, when the next is due), and
    what calls left behind (`tie`, log odds as of `tie_week`; `tie_before`: what earlier calls had left by then).
    """

    def __init__(self, run: Run, rules: CallRules) -> None:
        super().__init__(run, rules)
        self.round_at: Integers
        self.place: Integers
        self.failed: Flags
        self.untold: Flags
        self.next_due: Floats
        self.paced: Floats
        self.tie: Floats
        self.tie_before: Floats
        self.tie_week: Floats
        self.remember(round_at=-1, place=0, failed=False, untold=False, next_due=-np.inf, paced=1.0, tie=0.0,
                      tie_before=0.0, tie_week=0.0)  # fmt: skip
        self.paced[:] = run.pace
        for visits in run.rounds:
            self._remember_how_it_went(visits)
        self.calls: list[tuple[Any, ...]] = []

    # --- a visit ---

    def settle(self, visits: Round) -> None:
        """What calls left behind fades; a visit made before this week's call is done feels only the earlier ones."""
        rows, since = visits.rows, visits.week - self.tie_week[visits.rows]
        tie = np.where(since >= 0, self.tie[rows], self.tie_before[rows])
        visits.credit += tie * 0.5 ** (since / self.rules.attention_half_life_weeks)

    def part(self, visits: Round) -> None:
        super().part(visits)
        self._remember_how_it_went(visits)
        rows = visits.rows
        self.round_at[rows], self.place[rows] = len(self.run.rounds), np.arange(len(rows))
        self.next_due[rows], self.paced[rows] = visits.next_due, visits.pace

    def _remember_how_it_went(self, visits: Any) -> None:
        self.failed[visits.rows] = visits.failed
        self.untold[visits.rows] = (visits.voice == SILENT) | (visits.voice == TOLD_OTHERS)

    # --- the calls of a week ---

    def open_week(self, week: int) -> None:
        if self.rules.fixed_cost_per_week:
            self.run.book_for_store(self.name, "fixed", week, self.rules.fixed_cost_per_week)
        self._keep_pace(week)
        called = self.to_call(week)
        if len(called):
            self._call(called, week)

    def _keep_pace(self, week: int) -> None:
        """The rest of every wait is rescaled as the engine does it, also of those who would not have come again."""
        then, moved = self.run.clock.elapsed(week - 1), np.flatnonzero(self.run.pace != self.paced)
        ratio = self.paced[moved] / self.run.pace[moved]
        self.next_due[moved] = then + (self.next_due[moved] - then) * ratio
        self.paced[moved] = self.run.pace[moved]

    def _call(self, called: Integers, week: int) -> None:
        rules = self.rules
        reached = self._luck(called, week, REACHED) < rules.reached_share
        ends = np.empty(len(called))
        for which, minutes in ((reached, rules.call_minutes), (~reached, rules.try_minutes)):
            ends[which] = self.ask_desk_between(called[which], week, "calls", minutes).finish_weeks
        rows, done, again = called[reached], ends[reached], np.isfinite(self.called_week[called[reached]])
        self.called_week[called] = week
        told = self.untold[rows] & (self._luck(rows, week, TELLS) < rules.tells_share)
        good = told & (self._luck(rows, week, QUALITY) < rules.good_answer_share)
        follow_up = self.ask_desk_between(rows[told], week, "following up", rules.answer_minutes)
        self._answer(rows[told], follow_up.finish_weeks, good[told])
        self._leave_behind(rows, done, week, told & ~good, again & rules.one_script)
        self._sell(rows, week)
        out = self._luck(rows, week, OPTS_OUT) < rules.opts_out_share
        self.opted_out[rows[out]] = True
        self._note(called, ends, reached, told, good, out)

    def _luck(self, rows: Integers, week: int, use: np.uint64) -> Floats:
        return luck.uniform(self.run.customers.keys[rows], week, use)

    def _answer(self, rows: Integers, done: Floats, good: Flags) -> None:
        """What was told is answered; who would not have been back before may think again about leaving."""
        rules, run = self.rules, self.run
        self.untold[rows] = False
        in_time = (self.round_at[rows] >= 0) & (run.clock.elapsed(done) < self.next_due[rows])
        rows, done, good = rows[in_time], done[in_time], good[in_time]
        for at in np.unique(self.round_at[rows]):
            these = self.round_at[rows] == at
            mine, visits = rows[these], run.rounds[at]
            place = self.place[mine]
            left = np.maximum(visits.burden[place] - visits.relief[place], 0.0)
            share = rules.offset_share * 0.5 ** ((done[these] - visits.week[place]) / rules.half_life_weeks)
            relief = np.where(good[these], share * left, -rules.poor_answer_log_odds)
            think_again(run, visits, place, relief, self.next_due[mine])

    def _leave_behind(self, rows: Integers, done: Floats, week: int, poor: Flags, again: Flags) -> None:
        """Attention ties who can be tied; a contented customer may be woken; script and sale take from it."""
        rules, run = self.rules, self.run
        woken = ~self.failed[rows] & (self._luck(rows, week, WOKEN) < rules.woken_share)
        tied = ~run.customers.deal_seeker[rows] & ~woken & ~poor
        felt = np.where(tied, rules.attention_log_odds, 0.0) - np.where(woken, rules.woken_log_odds, 0.0)
        loss = np.where(again, rules.script_log_odds, 0.0) + rules.selling_log_odds * rules.cross_selling
        fades = 0.5 ** ((done - self.tie_week[rows]) / rules.attention_half_life_weeks)
        self.tie_before[rows] = self.tie[rows] * fades
        self.tie[rows] = self.tie_before[rows] + felt - run.store.response.loss_weight * loss
        self.tie_week[rows] = done

    def _sell(self, rows: Integers, week: int) -> None:
        """The margin of what is sold on the phone, booked as a cost below zero; who has left buys nothing."""
        rules, run = self.rules, self.run
        if not rules.cross_selling:
            return
        buys = (self._luck(rows, week, BUYS) < rules.sells_share) & np.isnan(run.left_week[rows])
        mean = run.store.spend.shape_p / run.customers.spend_rate[rows[buys]]
        margin = rules.sale_ratio * mean * run.store.spend.gross_margin_share
        run.book(self.name, "sold on the phone", rows[buys], week, -margin.round(2))

    def _note(self, called: Integers, ends: Floats, reached: Flags, told: Flags, good: Flags, out: Flags) -> None:
        found, asked = np.zeros((2, len(called)), np.bool_)
        found[reached], asked[reached] = told, out
        answer = np.full(len(called), "", object)
        answer[reached] = np.where(told, np.where(good, "good", "poor"), "")
        ids = self.run.customers.customer_id[called]
        self.calls.append((ids, ends, reached, found, answer, asked))

    def records(self) -> dict[str, pd.DataFrame]:
        """`calls`: customer_id, week, reached, found_failure, answer (good, poor or empty), opted_out."""
        kinds = {"customer_id": np.int64, "week": float, "reached": bool, "found_failure": bool, "answer": str,
                 "opted_out": bool}  # fmt: skip
        return {"calls": frame_of(kinds, self.calls)}


@checked
class ContactCalls(CallRules):
    """Call customers between their visits, ask how it was, and follow up what went wrong.

    Fields: `call_rules.CallRules`; their ranges, kinds and sources stand in the evidence ledger
    (`simulator.evidence`).

    >>> ContactCalls(reached_share=1.2)
    Traceback (most recent call last):
    ...
    simulator.parameters.ParameterError: ContactCalls.reached_share = 1.2: should be less than or equal to 1
    """

    def start(self, run: Run) -> Calling:
        return Calling(run, self)
