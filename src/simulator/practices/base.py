"""What every practice is: parameters, and an act that speaks at the stages it has something to say at."""

import re
from typing import Any

import pandas as pd

from simulator.clock import Flags, Floats, Integers
from simulator.desks import Jobs
from simulator.run import Round, Run


class Act:
    """A practice at work in one store. Give it a method named after a stage of `engine.TIMETABLE` and it is called.

    `pace` is what it makes customers come faster (above 1) or slower, by cause: one array over customers a cause.
    """

    def __init__(self, run: Run, name: str) -> None:
        self.run = run
        self.name = name
        self.pace: dict[str, Floats] = {}

    def ask_desk(self, visits: Round, which: Integers | Flags, kind: str, minutes: float) -> Jobs:
        """Hand in `minutes` of desk work for each of the visits `which`, and book its wages."""
        jobs = self.run.hand_in(visits, which, kind, minutes)
        wages = jobs.hours * self.run.store.desks.wage_per_hour
        self.run.book(self.name, "desk hours", visits.rows[which], visits.week[which], wages.round(4))
        return jobs

    def records(self) -> dict[str, pd.DataFrame]:
        """The frames this practice leaves in the shop's records, by name."""
        return {}


class Practice:
    """A practice's parameters. Subclasses are `checked` dataclasses with a `start`."""

    @property
    def name(self) -> str:
        """The practice's name in tables and records: the class name in words, unless a practice says otherwise."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(self).__name__).capitalize()

    def start(self, run: Run) -> Any:
        """An act for one run; it may draw luck only under purposes of its own."""
        raise TypeError(f"{type(self).__name__} is no practice: it has no start(run)")
