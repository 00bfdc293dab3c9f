"""The season in an order log: how many more or fewer repeat visits each time of year has than the model expects."""

import dataclasses
import datetime

import numpy as np
import pandas as pd
from scipy import stats

from simulator.clock import YEAR_WEEKS, Floats, Integers, SeasonClock
from simulator.closed_forms import expected_repeats
from simulator.orders import monday_after
from simulator.store import Visits

PERIOD_WEEKS = 4
_PRIOR_VISITS = 20.0  # a period with few expected visits is drawn to 1 as if it had seen this many more, as expected
SEASON_GAIN = float(stats.chi2.ppf(0.99, YEAR_WEEKS // PERIOD_WEEKS - 1)) / 2  # log-likelihood; 1 % level


@dataclasses.dataclass(frozen=True)
class Repeats:
    """Repeat visits of a log by calendar week, weeks counted from week 0 (the log lies before it).

    births: week (with fraction) of each customer's first visit. visits: the weeks of all repeat visits. end: last day.
    """

    births: Floats
    visits: Floats
    end: float

    @classmethod
    def of(cls, orders: pd.DataFrame, end: datetime.date, week_0: datetime.date | None = None) -> "Repeats":
        """From orders (customer_id, time) up to `end`, one visit a customer and day; the order of rows is no matter."""
        start = pd.Timestamp(week_0 if week_0 is not None else monday_after(end))
        days = orders[["customer_id"]].assign(day=orders["time"].dt.normalize())
        days = days[days["day"] <= pd.Timestamp(end)].drop_duplicates().sort_values(["customer_id", "day"])
        weeks = ((days["day"] - start) / pd.Timedelta(weeks=1)).to_numpy(dtype=np.float64)
        again = days["customer_id"].duplicated().to_numpy()
        return cls(weeks[~again], weeks[again], (pd.Timestamp(end) - start) / pd.Timedelta(weeks=1))

    @property
    def weeks(self) -> Integers:
        """The calendar weeks of the log, as whole numbers: the first birth's to the end's."""
        return np.arange(int(np.floor(self.births.min())), int(np.floor(self.end)) + 1)

    def actual(self) -> Floats:
        """Repeat visits in each week of `weeks`."""
        return np.bincount(np.floor(self.visits).astype(int) - self.weeks[0], minlength=len(self.weeks)).astype(float)

    def log_density(self, index: tuple[float, ...]) -> float:
        """What to add to a log-likelihood in buying time to compare it with one in calendar time."""
        return float(np.log(index)[np.floor(self.visits).astype(int) % YEAR_WEEKS].sum()) if index else 0.0

    def expected(self, visits: Visits, clock: SeasonClock) -> Floats:
        """Repeat visits the model expects in each week of `weeks`, given when customers first came."""
        edges = clock.elapsed(np.append(self.weeks, np.minimum(self.weeks[-1] + 1, self.end + 1 / 7)))
        born, count = np.unique(self.births, return_counts=True)
        ages = np.maximum(edges[:, None] - clock.elapsed(born), 0.0)
        grid = np.linspace(0.0, np.sqrt(max(ages.max(), 1.0)), 600) ** 2  # dense where the curve bends most
        return np.diff(np.interp(ages, grid, expected_repeats(visits, grid)) @ count)


def season_of(repeats: Repeats, visits: Visits, index: tuple[float, ...]) -> tuple[float, ...]:
    """A better season index (52 numbers from week 0's, average 1) than `index`, with which `visits` were fitted.

    Steps of 4 weeks: actual over expected visits, times the index so far.
    """
    actual, expected = _by_period(repeats, visits, index)
    ratio = (actual + _PRIOR_VISITS) / (expected * actual.sum() / expected.sum() + _PRIOR_VISITS)
    now = np.repeat(ratio, PERIOD_WEEKS) * (np.array(index) if index else 1.0)
    return tuple(float(each) for each in now / now.mean())


def _by_period(repeats: Repeats, visits: Visits, index: tuple[float, ...]) -> tuple[Floats, Floats]:
    period = repeats.weeks % YEAR_WEEKS // PERIOD_WEEKS
    many = YEAR_WEEKS // PERIOD_WEEKS
    expected = repeats.expected(visits, SeasonClock(index))
    actual, hoped = (np.bincount(period, each, many).astype(np.float64) for each in (repeats.actual(), expected))
    return actual, hoped
