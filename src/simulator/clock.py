"""The season clock: calendar weeks to weeks of buying time and back. A year has 52 weeks and averages 1."""

import dataclasses
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

YEAR_WEEKS = 52
HOURS_PER_WEEK = 168

Floats: TypeAlias = NDArray[np.float64]
Short: TypeAlias = NDArray[np.float32]  # half as long, where seven digits are enough
Integers: TypeAlias = NDArray[np.signedinteger[Any]]  # of any width
Flags: TypeAlias = NDArray[np.bool_]


@dataclasses.dataclass(frozen=True)
class SeasonClock:
    """Buying time τ runs `week_index[k]` times as fast as the calendar in week k of each year.

    `week_index`: 52 positive numbers that average 1, or empty for no season. Week 0 is the first.

    >>> slow_then_fast = SeasonClock((0.5,) * 26 + (1.5,) * 26)
    >>> float(slow_then_fast.elapsed(26.0)), float(slow_then_fast.calendar(13.0))
    (13.0, 26.0)
    """

    week_index: tuple[float, ...] = ()

    def elapsed(self, week: ArrayLike) -> Floats:
        """Buying time at calendar `week` (weeks; negative before week 0), zero at week 0."""
        time = np.asarray(week, dtype=np.float64)
        if not self.week_index:
            return time
        year, within = np.divmod(time, YEAR_WEEKS)
        return year * YEAR_WEEKS + np.interp(within, *self._knots())

    def calendar(self, elapsed: ArrayLike) -> Floats:
        """Calendar week at which buying time reaches `elapsed`: the inverse of `elapsed`."""
        time = np.asarray(elapsed, dtype=np.float64)
        if not self.week_index:
            return time
        year, within = np.divmod(time, YEAR_WEEKS)
        weeks, buying = self._knots()
        return year * YEAR_WEEKS + np.interp(within, buying, weeks)

    def _knots(self) -> tuple[Floats, Floats]:
        buying = np.concatenate([[0.0], np.cumsum(self.week_index)])
        return np.arange(YEAR_WEEKS + 1.0), buying * (YEAR_WEEKS / buying[-1])
