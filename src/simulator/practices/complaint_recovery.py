"""Complaint recovery (P04): who is heard, how fast and how well the answer comes, and what it takes off leaving."""

from typing import Any

import numpy as np
import pandas as pd

from simulator import luck
from simulator.clock import HOURS_PER_WEEK, Flags, Floats
from simulator.customers import FINE, TO_STAFF, TO_THIRD_PARTIES
from simulator.parameters import checked, parameter
from simulator.practices.base import Act, Practice, frame_of
from simulator.run import Round, Run

ASKED = luck.purpose("complaint_recovery.asked")
SPEAKS = luck.purpose("complaint_recovery.speaks")
QUALITY = luck.purpose("complaint_recovery.quality")
ESCALATES = luck.purpose("complaint_recovery.escalates")


@checked
class ComplaintRecovery(Practice):
    """Answer complaints fast and well, and invite them from those who would keep silent.

    Changes are counted from the way the shop handles complaints today. Ranges, kinds and sources of the fields stand in
    the evidence ledger (`simulator.evidence`).

    >>> ComplaintRecovery(good_answer_share=1.2)
    Traceback (most recent call last):
    ...
    simulator.parameters.ParameterError: ComplaintRecovery.good_answer_share = 1.2: should be less than or equal to 1
    """

    answer_minutes: float = parameter(
        default=20.0, unit="minutes a complaint", help="Desk work to listen, settle and report back", ge=0, le=2400
    )
    good_answer_share: float = parameter(
        default=0.8, unit="share of answers", help="Answers that settle the matter; the rest disappoint", ge=0, le=1
    )
    compensation_share: float = parameter(
        default=0.05, unit="share of list price", help="Given back with each answer", ge=0, le=2
    )
    invite_share: float = parameter(
        default=0.0,
        unit="share of visits",
        help="Visits after which the customer is asked whether all was well",
        ge=0,
        le=1,
    )
    invite_minutes: float = parameter(
        default=2.0, unit="minutes a visit", help="Desk work to ask one customer", ge=0, le=240
    )
    fixed_cost_per_week: float = parameter(
        default=25.0, unit="currency a week", help="Training and a person in charge, for the whole shop", ge=0
    )
    public_case_cost: float = parameter(
        default=300.0, unit="currency a case", help="What a complaint to third parties costs the shop", ge=0
    )
    offset_share: float = parameter(
        default=0.6, unit="share", help="Part of what a complaint adds that a good answer at once takes off",
        ge=0, le=3,
    )  # fmt: skip
    half_life_hours: float = parameter(
        default=96.0, unit="hours", help="Wait after which an answer takes off half as much", gt=0, le=10_000
    )
    poor_answer_log_odds: float = parameter(
        default=0.5, unit="log odds", help="What a disappointing answer adds to leaving (double deviation)", ge=0, le=4
    )
    repeat_ratio: float = parameter(
        default=0.25,
        unit="ratio",
        help="How much a good answer still takes off after an earlier failure answered",
        ge=0,
        le=1,
    )
    memory_weeks: float = parameter(
        default=52.0, unit="weeks", help="How long an earlier answered failure is remembered", ge=0, le=520
    )
    speaks_when_invited_share: float = parameter(
        default=0.45, unit="share of failures", help="Of the silent who are asked, those who speak", ge=0, le=1
    )
    speaking_log_odds: float = parameter(
        default=0.0, unit="log odds", help="What having spoken adds against silence, unanswered; below 0 it eases",
        ge=-2, le=2,
    )  # fmt: skip
    escalation_share: float = parameter(
        default=0.03, unit="share of poor answers", help="Those taken on to third parties", ge=0, le=1
    )

    def start(self, run: Run) -> "Recovery":
        return Recovery(run, self)


class Recovery(Act):
    """Complaint recovery at work."""

    def __init__(self, run: Run, rules: ComplaintRecovery) -> None:
        super().__init__(run, rules.name)
        self.rules = rules
        self.answered_week: Floats
        self.remember(answered_week=-np.inf)
        self.answers: list[tuple[Any, ...]] = []

    def open_week(self, week: int) -> None:
        if self.rules.fixed_cost_per_week:
            self.run.book_for_store(self.name, "fixed", week, self.rules.fixed_cost_per_week)

    def listen(self, visits: Round) -> None:
        if self.rules.invite_share:
            self._invite(visits)
        self.heard = np.flatnonzero(visits.heard())
        self.jobs = self.ask_desk(visits, self.heard, "answers", self.rules.answer_minutes)

    def _invite(self, visits: Round) -> None:
        rules, run = self.rules, self.run
        asked = run.uniform(visits, ASKED) < rules.invite_share
        self.ask_desk(visits, asked, "invitations", rules.invite_minutes)
        unheard = asked & (visits.voice != FINE) & (visits.voice != TO_STAFF)
        speaks = unheard & (run.uniform(visits, SPEAKS) < rules.speaks_when_invited_share)
        public = speaks & (visits.voice == TO_THIRD_PARTIES)
        run.book(self.name, "public cases", visits.rows[public], visits.week[public], -rules.public_case_cost)
        silent = speaks & ~public
        visits.burden[silent] = np.maximum(visits.burden[silent] + rules.speaking_log_odds, 0.0)
        visits.voice[speaks] = TO_STAFF

    def answer(self, visits: Round) -> None:
        rules, heard = self.rules, self.heard
        if not len(heard):
            return
        good = self.run.uniform(visits, QUALITY)[heard] < rules.good_answer_share
        waited = (self.jobs.finish_weeks - visits.week[heard]) * HOURS_PER_WEEK
        # an answer that comes after she would have been back comes too late for this decision
        in_time = visits.week[heard] + waited / HOURS_PER_WEEK < visits.next_week[heard]
        visits.relief[heard] += np.where(in_time, self._relief(visits, waited, good), 0.0)
        visits.solved[heard] = good & in_time
        self.answered_week[visits.rows[heard]] = visits.week[heard]
        self._pay(visits, good & in_time, ~good & in_time)
        self._note(visits, waited, good, in_time)

    def _relief(self, visits: Round, waited: Floats, good: Flags) -> Floats:
        rules = self.rules
        repeated = visits.week[self.heard] - self.answered_week[visits.rows[self.heard]] <= rules.memory_weeks
        share = rules.offset_share * 0.5 ** (waited / rules.half_life_hours)
        share = share * np.where(repeated, rules.repeat_ratio, 1.0)
        return np.where(good, share * visits.burden[self.heard], -rules.poor_answer_log_odds)

    def _pay(self, visits: Round, good: Flags, poor: Flags) -> None:
        run, rules = self.run, self.rules
        paid = self.heard[good | poor]
        amount = rules.compensation_share * visits.list_price[paid]
        run.book(self.name, "compensation", visits.rows[paid], visits.week[paid], amount.round(2))
        escalates = self.heard[poor & (run.uniform(visits, ESCALATES)[self.heard] < rules.escalation_share)]
        run.book(self.name, "public cases", visits.rows[escalates], visits.week[escalates], rules.public_case_cost)

    def _note(self, visits: Round, waited: Floats, good: Flags, in_time: Flags) -> None:
        crowd, rows = self.run.customers, visits.rows[self.heard]
        outcome = np.where(in_time, np.where(good, "good", "poor"), "too late")
        ids = crowd.customer_id[rows]
        order_ids = ids * 100_000 + visits.number[self.heard]
        self.answers.append((order_ids, ids, visits.week[self.heard], waited, outcome))

    def records(self) -> dict[str, pd.DataFrame]:
        """`answers`: order_id, customer_id, week, waited_hours, answer (good, poor, too late)."""
        kinds = {"order_id": np.int64, "customer_id": np.int64, "week": float, "waited_hours": float, "answer": str}
        return {"answers": frame_of(kinds, self.answers)}
