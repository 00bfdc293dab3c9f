"""Desks: queues by hand, against a plain loop, and against the theory of a queue with one server."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import seeded

from simulator import luck
from simulator.desks import Desks, Jobs, finish_times, waited_hours

moments = st.floats(0, 100)
jobs_of_three_desks = st.lists(st.tuples(st.integers(0, 2), moments, st.floats(0, 20)), min_size=1, max_size=25)


def jobs(rows: list[tuple[int, float, float]], kind: str = "call") -> Jobs:
    """Jobs from rows of desk, week handed in, hours; the customer's number is the row's."""
    desk, at, hours = (np.array(column) for column in zip(*rows, strict=True))
    return Jobs(kind, desk.astype(np.int64), at.astype(float), hours.astype(float), np.arange(len(rows)))


def plain(rows: list[tuple[int, float, float]], hours_per_week: float) -> list[float]:
    """When each job ends, one after the other."""
    free, ends = dict.fromkeys(range(3), -math.inf), [0.0] * len(rows)
    for n in sorted(range(len(rows)), key=lambda n: (rows[n][1], n)):
        desk, at, hours = rows[n]
        free[desk] = ends[n] = max(at, free[desk]) + hours / hours_per_week
    return ends


def test_lindley_by_hand():
    """Handed in at 0, 1, 2, 10, 10; taking 3, 1, 1, 2, ½."""
    ends = finish_times(np.array([0.0, 1, 2, 10, 10]), np.array([3.0, 1, 1, 2, 0.5]))
    assert ends.tolist() == [3.0, 4.0, 5.0, 12.0, 12.5]
    busy = finish_times(np.array([0.0, 1, 2, 10, 10]), np.array([3.0, 1, 1, 2, 0.5]), free_at=6.0)
    assert busy.tolist() == [9.0, 10.0, 11.0, 13.0, 13.5]


def test_queues_side_by_side_are_those_queues_alone():
    at, takes = np.array([[0.0, 1, 2], [5, 5, 9]]), np.array([[3.0, 1, 1], [0.1, 0.2, 0.3]])
    both = finish_times(at, takes, np.array([[6.0], [-np.inf]]))
    assert both.tolist() == [finish_times(at[0], takes[0], 6.0).tolist(), finish_times(at[1], takes[1]).tolist()]


def test_a_desk_of_84_hours_a_week_works_half_the_time():
    desks, work = Desks(1, hours_per_week=84.0), jobs([(0, 1.0, 10.5), (0, 1.0, 10.5)])
    desks.work_through([work])
    assert work.finish_weeks.tolist() == [1.125, 1.25]
    assert waited_hours(work).tolist() == [21.0, 42.0]


@seeded
@given(st.lists(st.tuples(moments, st.floats(0, 20)), min_size=1, max_size=40), st.one_of(moments, st.just(-math.inf)))
def test_finish_times_are_those_of_a_plain_loop(rows, free_at):
    rows.sort()
    ends = []
    free = free_at
    for at, takes in rows:
        free = max(at, free) + takes
        ends.append(free)
    at, takes = np.array(rows).T
    assert finish_times(at, takes, free_at) == pytest.approx(ends, abs=1e-9)


@seeded
@given(jobs_of_three_desks, st.floats(0.5, 168))
def test_three_desks_are_three_plain_queues(rows, hours_per_week):
    desks, work = Desks(3, hours_per_week), jobs(rows)
    desks.work_through([work])
    assert work.finish_weeks == pytest.approx(plain(rows, hours_per_week), abs=1e-9)


@seeded
@given(jobs_of_three_desks, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows, random):
    shuffled = list(range(len(rows)))
    random.shuffle(shuffled)
    one, other = jobs(rows), jobs([rows[n] for n in shuffled])
    other.order = np.array(shuffled)
    Desks(3, 10.0).work_through([one])
    Desks(3, 10.0).work_through([other])
    assert other.finish_weeks.tolist() == one.finish_weeks[shuffled].tolist()


@seeded
@given(jobs_of_three_desks, st.integers(0, 25))
def test_kinds_of_work_share_one_queue(rows, cut):
    cut = min(cut, len(rows))
    together, parts = jobs(rows), [jobs(part) for part in (rows[:cut], rows[cut:]) if part]
    parts[-1].order = np.arange(len(rows) - len(parts[-1].desk), len(rows))
    Desks(3, 10.0).work_through([together])
    Desks(3, 10.0).work_through(parts)
    assert np.concatenate([part.finish_weeks for part in parts]).tolist() == together.finish_weeks.tolist()


def test_work_waits_behind_that_of_earlier_weeks():
    desks, early, late = Desks(2, hours_per_week=1.0), jobs([(0, 0.0, 3.0)]), jobs([(0, 1.0, 1.0), (1, 1.0, 1.0)])
    desks.work_through([early])
    desks.close_week()
    desks.work_through([late])
    assert late.finish_weeks.tolist() == [4.0, 2.0]
    desks.close_week()
    assert desks.free_at.tolist() == [4.0, 2.0]


def test_work_of_one_week_is_queued_by_time_although_it_comes_in_batches():
    """A job handed in at 0.1 in the second batch goes before the one of 0.2, whose end was told and stands."""
    desks, first, second = Desks(1, hours_per_week=1.0), jobs([(0, 0.0, 1.0), (0, 0.2, 1.0)]), jobs([(0, 0.1, 1.0)])
    desks.work_through([first])
    desks.work_through([second])
    assert first.finish_weeks.tolist() == [1.0, 2.0]
    assert second.finish_weeks.tolist() == [2.0]
    desks.close_week()
    assert desks.free_at.tolist() == [3.0]  # the work itself is all carried over


@seeded
@given(jobs_of_three_desks, jobs_of_three_desks)
def test_later_work_queues_behind_and_changes_nothing_before(rows, later):
    desks, first, second = Desks(3, 0.5), jobs(rows), jobs([(desk, at + 100, hours) for desk, at, hours in later])
    desks.work_through([first])
    desks.close_week()
    ended = first.finish_weeks.tolist()
    desks.work_through([second])
    both = plain([*rows, *((desk, at + 100, hours) for desk, at, hours in later)], 0.5)
    assert first.finish_weeks.tolist() == ended
    assert second.finish_weeks == pytest.approx(both[len(rows) :], abs=1e-9)
    assert desks.done == [first, second]


@seeded
@given(jobs_of_three_desks)
def test_a_desk_does_not_feel_the_others(rows):
    whole = jobs(rows)
    Desks(3, 10.0).work_through([whole])
    for desk in {row[0] for row in rows}:
        mine = [n for n, row in enumerate(rows) if row[0] == desk]
        alone = jobs([rows[n] for n in mine])
        Desks(3, 10.0).work_through([alone])
        assert alone.finish_weeks.tolist() == whole.finish_weeks[mine].tolist()


def test_no_work_is_no_work():
    desks, none = Desks(2, 10.0), jobs([(0, 1.0, 1.0)])
    none.desk, none.handed_in_weeks, none.hours, none.order = (np.empty(0, np.int64),) * 4
    desks.work_through([])
    desks.work_through([none])
    assert desks.done == [] and (desks.free_at == -np.inf).all()


@pytest.mark.parametrize("busy", [0.5, 0.8])
def test_the_mean_wait_is_that_of_random_work_of_equal_length(busy):
    """M/D/1: jobs that come at random and all take s wait ρ/(2(1 − ρ))·s before they begin (Pollaczek-Khinchine).

    Standard error from 200 batches of 2,000 jobs, handed in a batch at a time; at six of them (Student's t with 199
    degrees) it fails by chance once in 10^8.
    """
    takes, batches, size = 1 / 20, 200, 2000  # half an hour at ten hours a week
    u = luck.uniform(luck.customer_keys(luck.store_key(3), np.arange(batches * size)), 0, luck.purpose("test.queue"))
    at = np.cumsum(luck.exponential(u)) * takes / busy
    desks, waits = Desks(1, hours_per_week=10.0), []
    for batch in np.split(at, batches):
        work = jobs([(0, week, 0.5) for week in batch])
        desks.work_through([work])
        desks.close_week()
        waits.append((work.finish_weeks - batch - takes).mean())
    error = np.std(waits, ddof=1) / math.sqrt(batches)
    assert abs(np.mean(waits) - busy / (2 * (1 - busy)) * takes) < 6 * error
    assert error < 0.03 * np.mean(waits)
