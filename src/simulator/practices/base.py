"""What every practice is: parameters, and an act that speaks at the stages it has something to say at."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from simulator.clock import Flags, Floats, Integers
from simulator.desks import Jobs
from simulator.run import Round, Run, grown


class Act:
    """A practice at work in one store. Give it a method named after a stage of `engine.TIMETABLE` and it is called.

    `pace` is what it makes customers come faster (above 1) or slower, by cause: one array over customers a cause.
    `arrivals` is what it makes more (above 1) or fewer newcomers come, by cause: one number a cause. What it keeps of
    each customer it declares by `remember`, so that there is room for customers who are admitted later.
    """

    def __init__(self, run: Run, name: str) -> None:
        self.run = run
        self.name = name
        self.pace: dict[str, Floats] = {}
        self.arrivals: dict[str, float] = {}
        self._fills: dict[str, Any] = {}

    def remember(self, **fills: Any) -> None:
        """Keep an array over customers under each name, filled with what holds for a customer not yet seen."""
        for name, fill in fills.items():
            setattr(self, name, np.full((len(self.run.customers), *np.shape(fill)), fill))
        self._fills |= fills

    def grow(self, by: int) -> None:
        """Make room for `by` more customers in all that is remembered."""
        for name, fill in self._fills.items():
            setattr(self, name, grown(getattr(self, name), by, fill))
        self.pace = {cause: grown(factor, by, 1.0) for cause, factor in self.pace.items()}

    def has_time(self, visits: Round, patience_weeks: float = 1 / 7) -> Flags:
        """Whether the desk of each customer is behind by less than `patience_weeks`, as the week began."""
        return np.asarray(self.run.behind(visits) <= patience_weeks)

    def ask_desk(self, visits: Round, which: Integers | Flags, kind: str, minutes: float) -> Jobs:
        """Hand in `minutes` of desk work for each of the visits `which`, and book its wages."""
        jobs = self.run.hand_in(visits, which, kind, minutes)
        if len(jobs.hours):
            wages = jobs.hours * self.run.store.desks.wage_per_hour
            self.run.book(self.name, "desk hours", visits.rows[which], jobs.handed_in_weeks, wages.round(4))
        return jobs

    def ask_desk_between(self, rows: Integers, week: float, kind: str, minutes: float) -> Jobs:
        """Hand in `minutes` of desk work for each customer in `rows` outside any visit, as the week opens; book it."""
        run = self.run
        desk, ids = run.customers.desk[rows], run.customers.customer_id[rows]
        jobs = Jobs(kind, desk, np.full(len(rows), float(week)), np.full(len(rows), minutes / 60), ids)
        run.desks.work_through([jobs])
        run.book(self.name, "desk hours", rows, week, (jobs.hours * run.store.desks.wage_per_hour).round(4))
        return jobs

    def records(self) -> dict[str, pd.DataFrame]:
        """The frames this practice leaves in the shop's records, by name."""
        return {}


def frame_of(kinds: Mapping[str, type], parts: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """A frame with the columns `kinds` from `parts`, each part one array a column; without parts, an empty one.

    >>> frame_of({"customer_id": int, "answer": str}, [([7], ["good"]), ([8], ["poor"])])["answer"].tolist()
    ['good', 'poor']
    """
    columns = zip(*([np.empty(0, object)] * len(kinds), *parts), strict=True)
    joined = {name: np.concatenate(column) for name, column in zip(kinds, columns, strict=True)}
    return pd.DataFrame(joined).astype(dict(kinds))


class Practice:
    """A practice's parameters. Subclasses are `checked` dataclasses with a `start`."""

    @property
    def name(self) -> str:
        """The practice's name in tables and records: the class name in words, unless a practice says otherwise."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(self).__name__).capitalize()

    def start(self, run: Run) -> Any:
        """An act for one run; it may draw luck only under purposes of its own."""
        raise TypeError(f"{type(self).__name__} is no practice: it has no start(run)")
