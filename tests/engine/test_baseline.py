"""The engine with practices off against closed forms and published figures.

Simulations are seeded and so never change; the chance stated is that of a right engine failing with its seed.
"""

import dataclasses
import importlib.util
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from worlds import (
    BG,
    MBG,
)

from simulator import closed_forms
from simulator.customers import born_at
from simulator.engine import simulate
from simulator.store import Spend, Store, Visits

SIZE = 150_000
RARE = 1e-9


@dataclasses.dataclass
class Lives:
    """The simulated lives of many customers born at week 0, practices off."""

    visits: Visits
    spend: Spend
    customers: pd.DataFrame
    repeats: pd.DataFrame
    first_price: np.ndarray

    def counts(self, weeks: float) -> np.ndarray:
        return np.bincount(self.repeats["customer_id"][self.repeats["week"] <= weeks], minlength=SIZE)

    def alive(self, weeks: float) -> np.ndarray:
        return ~(self.customers["left_week"].to_numpy() <= weeks)  # empty = still a customer

    def past(self, age: float) -> tuple[np.ndarray, np.ndarray]:
        """Repeat visits by `age`, and the week of the last of them."""
        seen = self.repeats[self.repeats["week"] <= age]
        last = seen.groupby("customer_id")["week"].max().reindex(range(SIZE), fill_value=0.0)
        return self.counts(age), last.to_numpy()


@pytest.fixture(scope="module", params=[BG, MBG], ids=["BG", "MBG"])
def lives(request) -> Lives:
    store = Store(visits=request.param, spend=Spend(shape_p=6.25, shape_q=3.74, scale_gamma=15.44))
    crowd = born_at(store, seed=4, first_weeks=np.zeros(SIZE))
    world = simulate(store, seed=4, weeks=156, customers=crowd)
    first = world.truth.visits["number"] == 0
    prices = world.truth.visits[first].sort_values("customer_id")["list_price"].to_numpy()
    return Lives(store.visits, store.spend, world.truth.customers, world.truth.visits[~first], prices)


def assert_mean(values: np.ndarray, expected: float) -> None:
    """Within six standard errors, measured on the values: fails by chance about twice in 10^9."""
    assert abs(values.mean() - expected) < 6 * values.std() / math.sqrt(len(values))


# --- closed forms ---


def test_repeats_are_those_published(lives):
    """BG/NBD with its published CDNOW parameters, MBG/NBD with ours; expected repeats to four digits."""
    published = {BG: [0.9013, 1.1950, 1.4440, 1.8580, 2.7549], MBG: [0.8981, 1.1823, 1.4189, 1.8036, 2.6029]}
    for weeks, expected in zip([26, 39, 52, 78, 156], published[lives.visits], strict=True):
        assert_mean(lives.counts(weeks), expected)


def test_repeat_counts_have_their_distribution(lives):
    """Chi-square over 0…9 and 10 or more repeats: fails by chance once in 10^9."""
    for weeks in (10, 156):
        seen = np.bincount(np.minimum(lives.counts(weeks), 10), minlength=11)
        expected = SIZE * closed_forms.repeat_count_shares(lives.visits, weeks, most=10)
        assert stats.chisquare(seen, expected, sum_check=False).pvalue > RARE


def test_the_share_still_a_customer(lives):
    for weeks in (0, 4, 13, 52, 104, 155.5):
        share = float(closed_forms.still_customer(lives.visits, weeks))
        error = math.sqrt(share * (1 - share) / SIZE)  # six of them: by chance twice in 10^9
        assert abs(lives.alive(weeks).mean() - share) <= 6 * error


@pytest.mark.parametrize(("weeks", "window"), [(0, 4), (13, 13), (52, 13), (52, 52), (100, 56)])
def test_retention_is_being_a_customer_and_coming(lives, weeks, window):
    within = lives.repeats[(lives.repeats["week"] > weeks) & (lives.repeats["week"] <= weeks + window)]
    came = np.isin(np.arange(SIZE), within["customer_id"])
    assert_mean(came & lives.alive(weeks), float(closed_forms.retention(lives.visits, weeks, window)))


def test_p_alive_is_right_about_customers_of_every_past(lives):
    """In ten bins of P(alive), the number alive is a sum of Bernoullis: six standard errors, by chance four in 10^8."""
    x, last = lives.past(39)
    said, true = closed_forms.p_alive(lives.visits, x, last, 39.0), lives.alive(39)
    certain = said == 1
    assert true[certain].all()
    assert certain.sum() == ((x == 0).sum() if lives.visits is BG else 0)
    for rows in np.array_split(np.flatnonzero(~certain)[np.argsort(said[~certain])], 10):
        assert abs((true[rows] - said[rows]).sum()) < 6 * math.sqrt((said[rows] * (1 - said[rows])).sum())


def test_expected_repeats_given_the_past(lives):
    """In ten bins of the expectation, and at three pasts; six standard errors each: by chance five in 10^8."""
    x, last = lives.past(39)
    said = closed_forms.expected_repeats_given(lives.visits, x, last, 39.0, 39.0)
    came = lives.counts(78) - lives.counts(39)
    bins = np.array_split(np.argsort(said, kind="stable"), 10)
    pasts = [x == 0, (x == 1) & (last > 30), (x >= 2) & (last < 20)]
    for rows in [*bins, *map(np.flatnonzero, pasts)]:
        assert len(rows) > 1000
        assert_mean(came[rows] - said[rows], 0.0)


def test_expected_spend_given_the_past(lives):
    """By number of visits paid, what customers' true means average; six standard errors, by chance twice in 10^9."""
    seen = lives.repeats[lives.repeats["week"] <= 39]
    total = np.bincount(seen["customer_id"], seen["list_price"], minlength=SIZE) + lives.first_price
    count = lives.counts(39) + 1
    said = closed_forms.expected_spend(lives.spend, total / count, count)
    for visits in (1, 2, 3, 6):
        rows = count == visits
        assert_mean(lives.customers["mean_spend"].to_numpy()[rows] - said[rows], 0.0)
        rows &= total / count > 50  # those who paid much are drawn to the mean
        assert_mean(lives.customers["mean_spend"].to_numpy()[rows] - said[rows], 0.0)


def cdnow_first_days() -> np.ndarray:
    """The day of the year of each of the 2,357 customers' first purchase."""
    place = importlib.util.find_spec("lifetimes").origin  # not imported: only its data is read
    log = pd.read_csv(Path(place).parent / "datasets/CDNOW_sample.txt", sep=r"\s+", header=None, dtype=str)
    first = pd.to_datetime(log[2]).groupby(log[1]).min()
    return (first - pd.Timestamp("1996-12-31")).dt.days.to_numpy()


def test_frequencies_of_the_cdnow_customers():
    """BG/NBD's published frequencies 0…6 and 7+ for CDNOW's 2,357 customers, each from its own first day to week 39.

    Forty copies of them; chi-square with 7 degrees, fails by chance once in 10^9. Published to one digit, which moves
    an expected count by at most 2 of a standard deviation of 32.
    """
    published = np.array([1407.7, 460.3, 192.5, 101.2, 59.9, 38.1, 25.6, 71.9])
    days = cdnow_first_days()
    assert len(days) == 2357
    store = Store(visits=BG)
    crowd = born_at(store, seed=11, first_weeks=np.tile(days / 7, 40))
    world = simulate(store, seed=11, weeks=39, customers=crowd)
    seen = np.bincount(np.minimum(world.truth.customers["visits"] - 1, 7), minlength=8)
    assert stats.chisquare(seen, published * seen.sum() / published.sum()).pvalue > RARE
