"""Service and staff care (P13, P15, P16) at work: each desk's people, against the same desk as it is today."""

from typing import Any

import numpy as np
import pandas as pd

from simulator import luck
from simulator.clock import YEAR_WEEKS, Flags, Floats, Integers
from simulator.closed_forms import expected_repeats
from simulator.desks import Jobs
from simulator.parameters import checked
from simulator.practices.base import Act, frame_of
from simulator.practices.staff_rules import StaffRules
from simulator.practices.staff_teams import LEAVES, as_today, places, week_of
from simulator.run import Round, Run
from simulator.store import Store

FAULT = luck.purpose("staff_care.fault")
ASKED = luck.purpose("staff_care.asked")

PEOPLE, PRODUCT, AFTER_SALE = range(3)
FAULTS = ("people", "product", "after the sale")

QUARTER_WEEKS = 13
_LATELY_WEEKS = 4  # load follows the visits of so many weeks
_LEAST_FLOOR = 0.25  # of a full team's hours: somebody from elsewhere fills in
_TINY = 1e-12


class Serving(Act):
    """Two teams at every desk with the same luck: `team` as the practice makes it, `usual` as the shop is today.

    What acts on a visit is the difference between them, so that nothing done changes nothing. By desk: `shift` of this
    week's service (standard deviations), `lately` (visits of the last weeks) and `a_week` (visits of an ordinary week).
    """

    def __init__(self, run: Run, rules: StaffRules) -> None:
        super().__init__(run, rules.name)
        self.rules, self.desks = rules, len(run.desks.free_at)
        self.keys = places(run, rules.staff_per_desk)
        self.kept = 0.5 ** (1 / rules.forgotten_half_life_weeks)
        self.usual = as_today(self.keys, rules.turnover_per_year, rules.vacancy_weeks, self._unlearned(0.0), self.kept)
        self.team = self.usual.copy()
        self.shift = np.zeros(self.desks)
        self.lately = np.zeros((_LATELY_WEEKS, self.desks))
        self.a_week = np.zeros(self.desks)
        self._remember_last_year()
        self.week_rows: list[tuple[Any, ...]] = []
        self.faults: list[tuple[Any, ...]] = []
        self.marks: list[tuple[Any, ...]] = []

    def _unlearned(self, hours_per_month: Floats | float) -> Any:
        """Of what is lacking, the share that is lacking after a week with so much training beyond today's."""
        hours = week_of(1.0) * (self.rules.learned_today_hours_per_month + hours_per_month)
        return 0.5 ** (hours / self.rules.half_learned_hours)

    # --- the records of last year: how busy each desk is, and who is to be trained ---

    def _remember_last_year(self) -> None:
        run, (visits, heard, paid) = self.run, np.zeros((3, self.desks))
        weeks = min(YEAR_WEEKS, run.store.arrivals.history_weeks)
        for each in run.rounds:
            recent = each.week >= -weeks
            desk = run.customers.desk[each.rows[recent]]
            visits += self._at_desks(desk)
            heard += self._at_desks(desk[each.voice[recent] >= 3])
            paid += np.bincount(desk, (each.list_price - each.discount)[recent], self.desks)
            week = np.floor(each.week[recent]).astype(np.int64)
            lately = week >= -_LATELY_WEEKS
            np.add.at(self.lately, (week[lately] % _LATELY_WEEKS, desk[lately]), 1.0)
        self.a_week = visits / max(weeks, 1)
        self.chosen = self._chosen(visits, heard, paid)

    def _at_desks(self, desk: Integers) -> Floats:
        return np.bincount(desk, minlength=self.desks).astype(np.float64)

    def _chosen(self, visits: Floats, heard: Floats, paid: Floats) -> Flags:
        """Desks to train: each is set against what is usual in such a store, never against another desk."""
        store = self.run.store
        match self.rules.train_where:
            case "worst desks":
                return np.asarray(heard > visits * store.service.failure_share * store.service.heard_share)
            case "best desks":
                known = self._at_desks(self.run.customers.desk[self.run.visits_made > 0])
                return np.asarray(paid > known * usual_takings(store))
            case _:
                return np.ones(self.desks, np.bool_)

    # --- the week ---

    def open_week(self, week: int) -> None:
        hours = self._training_hours(week)
        over, over_usual = self._overloads(week, hours)
        self._set_shift(week, over - over_usual)
        self._book(week, hours)
        self._pass_the_week(week, hours, over - over_usual)
        self.lately[week % _LATELY_WEEKS] = 0.0

    def _training_hours(self, week: int) -> Floats:
        """Hours of training a person at each desk in this week."""
        goes_on = week < self.rules.training_weeks
        return np.where(self.chosen & goes_on, week_of(self.rules.training_hours_per_month), 0.0)

    def _overloads(self, week: int, training: Floats) -> tuple[Floats, Floats]:
        """By how much load is beyond what people bear, with the practice and as today, on the same visits and work."""
        rules, full = self.rules, self.rules.staff_per_desk * self.rules.floor_hours_per_week
        lately = self.lately.mean(axis=0) / np.maximum(self.a_week, _TINY)
        busy = np.where(self.a_week > 0, np.minimum(lately, 3.0), 1.0)
        left_over = np.clip(self.run.desks.free_at - week, 0.0, 1.0) * self.run.desks.hours_per_week
        work = rules.load_today * full * busy + left_over
        taken = training if rules.training_hours_from == "the floor" else 0.0
        hours = self.team.people(week) * (rules.floor_hours_per_week - taken) + rules.extra_hours_per_week
        usual = self.usual.people(week) * rules.floor_hours_per_week
        over, over_usual = (np.clip(work / np.maximum(each, _LEAST_FLOOR * full) - rules.busy_from, 0.0, 1.0)
                            for each in (hours, usual))  # fmt: skip
        return over, over_usual

    def _set_shift(self, week: int, more_load: Floats) -> None:
        gained = self.team.mean_skill(week) - self.usual.mean_skill(week)
        self.shift = self.rules.skill_lift * gained - self.rules.overload_drop * more_load / 0.1

    def _pass_the_week(self, week: int, hours: Floats, more_load: Floats) -> None:
        """Who leaves, what is learned and forgotten: it counts from next week on."""
        rules, u = self.rules, luck.uniform(self.keys.ravel(), week, LEAVES).reshape(self.keys.shape)
        team, usual, rate = self.team, self.usual, rules.turnover_per_year
        people, trained = team.people(week), (team.trained_weeks >= QUARTER_WEEKS).sum(axis=1)
        team.learn(week, self._unlearned(hours / week_of(1.0)), self.kept, hours > 0)
        usual.learn(week, self._unlearned(0.0), self.kept, np.zeros(self.desks, np.bool_))
        stay = rules.care_turnover_ratio ** (rules.care_share / 0.1)
        haste = rules.overload_turnover_ratio ** (more_load / 0.1)
        left = team.let_go(week, rate * stay * haste, u, rules.vacancy_weeks)
        left_usual = usual.let_go(week, rate, u, rules.vacancy_weeks)
        self._book_by_desk("hiring", week, (left - left_usual) * rules.hiring_cost)
        here = self.run.open_desks
        self.week_rows.append((here, np.full(len(here), week), people[here], trained[here], left[here]))

    # --- money ---

    def _book(self, week: int, hours: Floats) -> None:
        rules, wage = self.rules, self.run.store.desks.wage_per_hour
        people, usual = self.team.people(week), self.usual.people(week)
        paid_hours = rules.floor_hours_per_week * wage
        self._book_by_desk("places filled", week, (people - usual) * paid_hours)
        self._book_by_desk("care", week, rules.care_share * people * paid_hours)
        self._book_by_desk("extra hours", week, np.full(self.desks, rules.extra_hours_per_week * wage))
        self._book_by_desk("training", week, people * hours * rules.training_cost_per_hour)
        if rules.training_hours_from == "overtime":
            self._book_by_desk("training overtime", week, people * hours * wage)
        if rules.training_hours_from == "desk hours":
            self._train_at_desks(week, people * hours)
        if rules.fixed_cost_per_week:
            self.run.book_for_store(self.name, "fixed", week, rules.fixed_cost_per_week)

    def _book_by_desk(self, kind: str, week: int, amount: Any) -> None:
        here = self.run.open_desks[np.abs(amount[self.run.open_desks]) > 0]
        self.run.book(self.name, kind, -1 - here, week, amount[here].round(2))

    def _train_at_desks(self, week: int, hours: Floats) -> None:
        """Training is work of the desk like any other: what customers hand in waits behind it."""
        here = self.run.open_desks[hours[self.run.open_desks] > 0]
        at, first = np.full(len(here), float(week)), np.full(len(here), -1)
        self.run.desks.work_through([Jobs("training", here, at, hours[here], first)])
        self._book_by_desk("desk hours", week, hours * self.run.store.desks.wage_per_hour)

    # --- a visit ---

    def greet(self, visits: Round) -> None:
        """What can go wrong at a visit has one source, drawn by its address; only what touches that source helps."""
        rules, run = self.rules, self.run
        u = run.uniform(visits, FAULT)
        product = rules.product_failures_share
        after_sale = product + (1 - product) * rules.after_sale_failures_share
        fault = np.where(u < product, PRODUCT, np.where(u < after_sale, AFTER_SALE, PEOPLE))
        self.fault = fault
        visits.service += np.where(fault == PEOPLE, self.shift[run.customers.desk[visits.rows]], 0.0)
        self._repair(visits, fault == PRODUCT, rules.product_repair_share, rules.product_repair_cost, "better goods")
        self._repair(visits, fault == AFTER_SALE, rules.after_sale_repair_share, rules.after_sale_repair_cost,
                     "after the sale")  # fmt: skip

    def _repair(self, visits: Round, which: Flags, share: float, cost: float, kind: str) -> None:
        """Raise service by just as much as takes `share` of these failures away."""
        if cost:
            self.run.book(self.name, kind, visits.rows, visits.week, cost)
        if share:
            fails = np.clip(self.run.customers.failure_share[visits.rows], _TINY, 1 - _TINY)
            left = np.maximum(fails * (1 - share), _TINY)
            visits.service += np.where(which, luck.normal(fails) - luck.normal(left), 0.0)

    def settle(self, visits: Round) -> None:
        run, desk = self.run, self.run.customers.desk[visits.rows]
        week = np.floor(visits.week).astype(np.int64)
        np.add.at(self.lately, (week % _LATELY_WEEKS, desk), 1.0)
        heard = np.flatnonzero(visits.heard())
        ids = run.customers.customer_id[visits.rows[heard]]
        order_ids = ids * 100_000 + visits.number[heard]
        self.faults.append((order_ids, ids, visits.week[heard], np.array(FAULTS, object)[self.fault[heard]]))
        self._ask_for_marks(visits, desk, week)

    def _ask_for_marks(self, visits: Round, desk: Integers, week: Integers) -> None:
        """Marks of 1 to 5 follow experience, 3 being middling."""
        asked = self.run.uniform(visits, ASKED) < self.rules.survey_share
        mark = np.clip(np.rint(3.0 + visits.experience[asked]), 1, 5).astype(np.int64)
        self.marks.append((week[asked] // QUARTER_WEEKS, desk[asked].astype(np.int64), mark))

    # --- records ---

    def records(self) -> dict[str, pd.DataFrame]:
        """`staff`: desk, week, staffed, trained, left. `survey`: desk, week (first of a quarter), answers, mark (mean).

        `faults`: order_id, customer_id, week, fault (people, product, after the sale) of what was complained of.
        """
        whole = np.int64
        staff = frame_of({"desk": whole, "week": whole, "staffed": whole, "trained": whole, "left": whole},
                         self.week_rows)  # fmt: skip
        faults = frame_of({"order_id": whole, "customer_id": whole, "week": float, "fault": str}, self.faults)
        return {"staff": staff, "survey": self._survey(), "faults": faults}

    def _survey(self) -> pd.DataFrame:
        marks = frame_of({"quarter": np.int64, "desk": np.int64, "mark": np.int64}, self.marks)
        by = marks.groupby(["quarter", "desk"])["mark"].agg(["size", "mean"]).reset_index()
        return pd.DataFrame({"desk": by["desk"], "week": by["quarter"] * QUARTER_WEEKS, "answers": by["size"],
                             "mark": by["mean"].round(2)})  # fmt: skip


def usual_takings(store: Store) -> float:
    """What a customer in the books at week 0 has paid in the last 52 weeks, on average over such stores (currency)."""
    age = np.arange(store.arrivals.history_weeks, 0, -1) - 0.5
    came = np.asarray(store.arrivals.index_before_week_0 or np.ones(len(age)))
    older = expected_repeats(store.visits, np.maximum(age - YEAR_WEEKS, 0.0))
    visits = expected_repeats(store.visits, age) - older + (age < YEAR_WEEKS)
    return float(came @ visits / max(came.sum(), _TINY) * store.spend.mean)


@checked
class StaffCare(StaffRules):
    """Train those who serve, take care that they stay, and mend what no service can cure.

    Changes are counted from the shop's staff as it is today. Fields: `staff_rules.StaffRules`; their ranges, kinds and
    sources stand in the evidence ledger (`simulator.evidence`).

    >>> StaffCare(staff_per_desk=0)
    Traceback (most recent call last):
    ...
    simulator.parameters.ParameterError: StaffCare.staff_per_desk = 0: should be greater than or equal to 1
    """

    def start(self, run: Run) -> Serving:
        return Serving(run, self)
