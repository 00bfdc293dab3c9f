"""The season clock: by hand, and as a bijection of the line of weeks onto itself."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import seeded

from simulator.clock import HOURS_PER_WEEK, YEAR_WEEKS, SeasonClock

indices = st.lists(st.floats(0.05, 20.0), min_size=YEAR_WEEKS, max_size=YEAR_WEEKS)
weeks = st.lists(st.floats(-5000, 5000), min_size=1, max_size=20)


def averaging_1(numbers: list[float]) -> SeasonClock:
    mean = math.fsum(numbers) / len(numbers)
    return SeasonClock(tuple(number / mean for number in numbers))


def test_three_weeks_by_hand():
    """Weeks of index ½, 2, 1½ and forty-nine of 48/49, which make 52 together."""
    clock = SeasonClock((0.5, 2.0, 1.5) + (48 / 49,) * 49)
    times = [0.0, 0.5, 1.0, 1.25, 2.0, 3.0, 52.0, 52.5, -52.0, -51.5]
    assert clock.elapsed(times) == pytest.approx([0.0, 0.25, 0.5, 1.0, 2.5, 4.0, 52.0, 52.25, -52.0, -51.75], abs=1e-12)
    assert clock.calendar([0.25, 1.0, 2.5, 4.0, -51.75]) == pytest.approx([0.5, 1.25, 2.0, 3.0, -51.5], abs=1e-12)


def test_the_week_before_week_0_is_the_last_of_the_year():
    clock = SeasonClock((0.5,) + (1.0,) * 50 + (1.5,))
    assert clock.elapsed([-1.0, -0.5, 1.0]) == pytest.approx([-1.5, -0.75, 0.5], abs=1e-12)


def test_a_year_has_52_weeks_even_if_the_index_is_a_little_off():
    clock = SeasonClock((1.0005,) * YEAR_WEEKS)
    assert clock.elapsed([26.0, 520.0]) == pytest.approx([26.0, 520.0], abs=1e-9)
    assert clock.elapsed(519.999) == pytest.approx(519.999, abs=1e-9)


@seeded
@given(indices, weeks)
def test_calendar_is_the_inverse_of_elapsed(numbers, times):
    clock = averaging_1(numbers)
    # the slowest week may run at 1/20,000 of the clock, which magnifies rounding (1e-12 at week 5,000)
    assert clock.calendar(clock.elapsed(times)) == pytest.approx(times, abs=1e-6)
    assert clock.elapsed(clock.calendar(times)) == pytest.approx(times, abs=1e-6)


@seeded
@given(indices, st.floats(-5000, 5000))
def test_any_52_weeks_hold_52_weeks_of_buying_time(numbers, start):
    clock = averaging_1(numbers)
    assert float(clock.elapsed(start + YEAR_WEEKS) - clock.elapsed(start)) == pytest.approx(52, abs=1e-6)


@seeded
@given(indices, weeks)
def test_buying_time_never_runs_backwards(numbers, times):
    steps = np.diff(averaging_1(numbers).elapsed(np.sort(times)))
    assert (steps >= -1e-9).all()  # where a year ends, rounding may take back 1e-12


@seeded
@given(indices, st.integers(-200, 200), st.floats(0, 1))
def test_within_a_week_buying_time_runs_at_that_weeks_index(numbers, week, within):
    clock = averaging_1(numbers)
    ran = float(clock.elapsed(week + within) - clock.elapsed(week))
    assert ran == pytest.approx(within * clock.week_index[week % YEAR_WEEKS], abs=1e-9)


@seeded
@given(weeks)
def test_without_a_season_both_clocks_are_one(times):
    flat, ones = SeasonClock(), SeasonClock((1.0,) * YEAR_WEEKS)
    assert flat.elapsed(times).tolist() == flat.calendar(times).tolist() == times
    assert ones.elapsed(times) == pytest.approx(times, abs=1e-9)


def test_a_week_has_168_hours():
    assert HOURS_PER_WEEK == 7 * 24
