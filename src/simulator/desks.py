"""Desks: work handed in waits for the desk's hours, first come, first served."""

import dataclasses

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
        self._lines: _Lines | None = None

    def close_week(self) -> None:
        """Carry what is unfinished over to the next week."""
        if self._lines:
            self.free_at[self._lines.desk] = self._lines.ends  # of each desk's the last stays
        self._week, self._lines = [], None

    def work_through(self, batch: list[Jobs]) -> None:
        """Queue the jobs of `batch` by desk and time handed in, and set when each ends."""
        batch = [jobs for jobs in batch if len(jobs.desk)]
        if not batch:
            return
        self._week += batch
        self._lines = _Lines(self._week, self)
        end = 0
        for jobs in self._week:
            begin, end = end, end + len(jobs.desk)
            if not len(jobs.finish_weeks):
                jobs.finish_weeks = self._lines.finish[begin:end]
        self.done += batch


class _Lines:
    """Jobs before all desks, a line of each desk in order of time; ties by the customer's number, never by row.

    So splits agree. `finish`: when each job ends; `desk` and `ends`: whose it is and when it ends, line by line.
    """

    def __init__(self, batch: list[Jobs], office: Desks) -> None:
        desk = np.concatenate([jobs.desk for jobs in batch])
        at = np.concatenate([jobs.handed_in_weeks for jobs in batch])
        takes = np.concatenate([jobs.hours for jobs in batch]) / office.hours_per_week
        queue = np.lexsort((np.concatenate([jobs.order for jobs in batch]), at, desk))
        self.desk = desk[queue]
        place = np.arange(len(queue)) - np.searchsorted(self.desk, self.desk)
        grid = np.zeros((2, len(office.free_at), place.max() + 1))  # a row a desk; behind its last job nobody looks
        grid[:, self.desk, place] = at[queue], takes[queue]
        self.ends = finish_times(grid[0], grid[1], office.free_at[:, np.newaxis])[self.desk, place]
        self.finish = np.empty(len(queue))
        self.finish[queue] = self.ends


def finish_times(at: Floats, takes: Floats, free_at: float | Floats = -np.inf) -> Floats:
    """When each job of one queue ends: Lindley's recursion finish = max(at, previous finish) + takes, unrolled.

    All in the same unit of time; `at` ascending. Of several queues each is a row, and `free_at` a column.

    >>> finish_times(np.array([0.0, 1.0, 10.0]), np.array([3.0, 3.0, 3.0])).tolist()
    [3.0, 6.0, 13.0]
    """
    worked = np.cumsum(takes, axis=-1)
    begin = np.maximum.accumulate(np.maximum(at - (worked - takes), free_at), axis=-1)
    return begin + worked


def waited_hours(jobs: Jobs) -> Floats:
    """Hours of the clock between handing in and the end of each job."""
    return (jobs.finish_weeks - jobs.handed_in_weeks) * HOURS_PER_WEEK
