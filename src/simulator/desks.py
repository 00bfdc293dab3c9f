"""Desks: work handed in waits for the desk's hours, first come, first served."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from simulator.clock import HOURS_PER_WEEK, Floats, Integers


@dataclasses.dataclass
class Jobs:
    """Pieces of work of one kind, one row a job; `finish_weeks` is filled when the desks have taken them in."""

    kind: str
    desk: Integers
    handed_in_weeks: Floats
    hours: Floats
    order: Integers
    finish_weeks: Floats = dataclasses.field(default_factory=lambda: np.empty(0))


class Desks:
    """The desks of one run: when each is free, and what each has been asked to do.

    A desk with h hours a week works h/168 of the time, so a job of m hours takes m/h weeks of the calendar. Jobs of a
    week come in several batches (a customer's second visit of the week after everybody's first), not in order of time:
    each new job is queued by its time among all jobs of the week so far. What was told of earlier ones stands; the
    work itself is all carried over.
    """

    def __init__(self, count: int, hours_per_week: float) -> None:
        self.hours_per_week = hours_per_week
        self.free_at = np.full(count, -np.inf)
        self.done: list[Jobs] = []
        self._week: list[Jobs] = []

    def close_week(self) -> None:
        """Carry what is unfinished over to the next week."""
        if self._week:
            desk, at, takes, order = self._columns(self._week)
            for each, queue in _queues(desk, at, order):
                self.free_at[each] = finish_times(at[queue], takes[queue], self.free_at[each])[-1]
        self._week = []

    def work_through(self, batch: list[Jobs]) -> None:
        """Queue the jobs of `batch` by desk and time handed in, and set when each ends."""
        batch = [jobs for jobs in batch if len(jobs.desk)]
        if not batch:
            return
        self._week += batch
        desk, at, takes, order = self._columns(self._week)
        finish = np.empty(len(desk))
        for each, queue in _queues(desk, at, order):
            finish[queue] = finish_times(at[queue], takes[queue], self.free_at[each])
        sizes = [len(jobs.desk) for jobs in self._week]
        for jobs, ends in zip(self._week, np.split(finish, np.cumsum(sizes)[:-1]), strict=True):
            if not len(jobs.finish_weeks):
                jobs.finish_weeks = ends
        self.done += batch

    def _columns(self, batch: list[Jobs]) -> tuple[Integers, Floats, Floats, Integers]:
        desk = np.concatenate([jobs.desk for jobs in batch])
        at = np.concatenate([jobs.handed_in_weeks for jobs in batch])
        takes = np.concatenate([jobs.hours for jobs in batch]) / self.hours_per_week
        return desk, at, takes, np.concatenate([jobs.order for jobs in batch])


def _queues(desk: Integers, at: Floats, order: Integers) -> Iterator[tuple[int, Integers]]:
    """Each desk with its jobs in order of time; ties by the customer's number, never by row, so that splits agree."""
    queue = np.lexsort((order, at, desk))
    for each in np.unique(desk):
        yield int(each), queue[desk[queue] == each]


def finish_times(at: Floats, takes: Floats, free_at: float = -np.inf) -> Floats:
    """When each job of one queue ends: Lindley's recursion finish = max(at, previous finish) + takes, unrolled.

    All in the same unit of time; `at` ascending.

    >>> finish_times(np.array([0.0, 1.0, 10.0]), np.array([3.0, 3.0, 3.0])).tolist()
    [3.0, 6.0, 13.0]
    """
    worked = np.cumsum(takes)
    begin = np.maximum.accumulate(np.maximum(at - (worked - takes), free_at))
    return begin + worked


def waited_hours(jobs: Jobs) -> Floats:
    """Hours of the clock between handing in and the end of each job."""
    return (jobs.finish_weeks - jobs.handed_in_weeks) * HOURS_PER_WEEK
