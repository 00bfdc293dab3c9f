"""Worlds and practices for tests: comparing worlds byte for byte, practices put together in a test."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import settings

from simulator import luck
from simulator.customers import TO_STAFF, VOICES
from simulator.desks import Jobs, waited_hours
from simulator.engine import TIMETABLE, simulate
from simulator.practices import Act, Practice
from simulator.run import Round, Run
from simulator.store import Arrivals, Desks, Service, Store, Visits
from simulator.world import World

BG = Visits(r=0.24259, alpha_weeks=4.4135, a=0.79288, b=2.42574, first_visit_can_be_last=False)
MBG = Visits(r=0.5248, alpha_weeks=6.1831, a=0.8914, b=1.6140)
seeded = settings(derandomize=True, deadline=None)  # the same examples at every run, however busy the machine
STAGES = [stage for _, stage in TIMETABLE]


def small_store(**changes: Any) -> Store:
    """About 300 customers who come often, with many failures; a run of 30 weeks takes a few hundredths of a second."""
    parts = {
        "visits": Visits(r=1.0, alpha_weeks=3.0, a=0.8, b=5.0),
        "arrivals": Arrivals(new_customers_per_week=6.0, history_weeks=20),
        "service": Service(failure_share=0.3, failure_concentration=5.0),
        "desks": Desks(count=14, hours_per_week=2.0),
    }
    return Store(**(parts | changes))


def frames(world: World) -> dict[str, pd.DataFrame]:
    """Every frame of a world by name, records and truth."""
    return world.records | {"truth.customers": world.truth.customers, "truth.visits": world.truth.visits}


def as_bytes(column: "pd.Series[Any]") -> bytes:
    """A column to the last bit: of floats their 64 bits, of text its letters."""
    values = column.to_numpy()
    return repr(values.tolist()).encode() if values.dtype == object else values.tobytes()


def assert_same_world(one: World, other: World) -> None:
    """Both worlds have the same frames, with the same columns of the same types and the same bytes."""
    left, right = frames(one), frames(other)
    assert sorted(left) == sorted(right)
    for name, frame in left.items():
        assert frame.dtypes.to_dict() == right[name].dtypes.to_dict(), name
        assert len(frame) == len(right[name]), name
        for column in frame:
            assert as_bytes(frame[column]) == as_bytes(right[name][column]), f"{name}.{column}"


def in_both(one: World, other: World) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The true visits that happen in both worlds, row by row."""
    left, right = (world.truth.visits.set_index("order_id").sort_index() for world in (one, other))
    common = left.index.intersection(right.index)
    return left.loc[common], right.loc[common]


class Scripted(Practice):
    """A practice put together in a test: `stages` are functions of the act and of what the stage is about.

    A function called `begin` gets the act alone, when it starts.
    """

    def __init__(self, called: str = "Scripted", **stages: Callable[..., None]) -> None:
        self.called, self.stages = called, stages

    @property
    def name(self) -> str:
        return self.called

    def start(self, run: Run) -> Act:
        act = Act(run, self.called)
        for stage, say in self.stages.items():
            setattr(act, stage, functools.partial(say, act))
        if "begin" in self.stages:
            self.stages["begin"](act)
        return act


def changing(column: str, amount: float, stage: str = "settle", called: str = "Scripted") -> Scripted:
    """A practice that adds `amount` to a column of every visit, at a stage."""

    def say(act: Act, visits: Round) -> None:
        getattr(visits, column)[:] += amount

    return Scripted(called, **{stage: say})


def faster(factor: float, from_week: int = 0, called: str = "Scripted") -> Scripted:
    """A practice that makes everybody come `factor` times as fast from a week on."""

    def open_week(act: Act, week: int) -> None:
        if week >= from_week:
            act.pace = {called: np.full(len(act.run.customers), factor)}

    return Scripted(called, open_week=open_week)


class Calls(Practice):
    """A practice that does a little of everything: own luck, work for the desks, relief, costs, pace, a frame."""

    def start(self, run: Run) -> "CallsAct":
        return CallsAct(run, self.name)


class CallsAct(Act):
    CHOSEN, WARMED = luck.purpose("test.calls.chosen"), luck.purpose("test.calls.warmed")

    def __init__(self, run: Run, name: str) -> None:
        super().__init__(run, name)
        self.called: list[pd.DataFrame] = []
        self.jobs: Jobs | None = None

    def open_week(self, week: int) -> None:
        self.run.book_for_store(self.name, "rent", float(week), 70.0)
        warmed = luck.uniform(self.run.customers.keys, week // 10, self.WARMED) < 0.2
        self.pace = {"warmth": np.where(warmed, 1.3, 1.0)}

    def greet(self, visits: Round) -> None:
        visits.service += 0.1

    def listen(self, visits: Round) -> None:
        self.which = visits.failed & (self.run.uniform(visits, self.CHOSEN) < 0.7)
        visits.voice[self.which] = TO_STAFF
        self.jobs = self.run.hand_in(visits, self.which, "call", minutes=50)

    def answer(self, visits: Round) -> None:
        hours = waited_hours(self.jobs) if len(self.jobs.desk) else np.empty(0)
        visits.relief[self.which] += 1.5 * np.exp(-hours / 48)

    def settle(self, visits: Round) -> None:
        rows = visits.rows[self.which]
        self.run.book(self.name, "flowers", rows, visits.week[self.which], visits.list_price[self.which] * 0.1)
        frame = {"customer_id": self.run.customers.customer_id[rows], "week": visits.week[self.which]}
        self.called.append(pd.DataFrame(frame))

    def records(self) -> dict[str, pd.DataFrame]:
        empty = pd.DataFrame({"customer_id": np.empty(0, np.int64), "week": np.empty(0)})
        return {"calls": pd.concat([empty, *self.called], ignore_index=True)}


def part(desks: tuple[int, ...], practices: tuple[Practice, ...] = (), **changes: Any) -> World:
    """The small store's desks for 30 weeks; a function of its own so that another process can run it."""
    return simulate(small_store(**changes), practices, seed=5, weeks=30, desks=desks)


def voices(world: World) -> "pd.Series[str]":
    """What happened at each true visit, in words."""
    return world.truth.visits["voice"].map(dict(enumerate(VOICES)))
