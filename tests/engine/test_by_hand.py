"""Small worlds worked out in plain Python from the addressed uniform numbers alone.

Simulations are seeded and so never change; the chance stated is that of a right engine failing with its seed.
"""

import dataclasses
import datetime
import math
import statistics
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from worlds import (
    in_both,
    voices,
)

from simulator import luck
from simulator.clock import HOURS_PER_WEEK
from simulator.customers import Customers, born_at
from simulator.engine import simulate
from simulator.store import Arrivals, Service, Spend, Store, Visits
from simulator.world import World

SEASON = tuple(1 + 0.6 * math.sin(2 * math.pi * week / 52) for week in range(52))


# --- worlds worked out in plain Python ---

HAND = Store(
    visits=Visits(r=1.0, alpha_weeks=2.5, a=1.0, b=3.0),
    spend=Spend(shape_p=1.0, shape_q=2.0, scale_gamma=40.0),
    arrivals=Arrivals(new_customers_per_week=0.0, history_weeks=0),
    service=Service(failure_share=0.4, failure_concentration=2.5, silent_log_odds=1.4, complained_log_odds=0.8),
)
NORMAL = statistics.NormalDist()


def number(key: np.uint64, occasion: int, purpose: str) -> float:
    return float(luck.uniform(np.array([key], dtype=np.uint64), occasion, luck.purpose(purpose))[0])


def root(rising, low: float, high: float) -> float:
    """Where a rising function is zero, by halving."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return middle


def odds_to_chance(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


@dataclasses.dataclass
class Person:
    """A customer of `HAND`, whose shapes are 1 and 2, where quantiles can be written down."""

    key: np.uint64
    first_week: float

    def __post_init__(self) -> None:
        self.rate = -math.log(1 - number(self.key, 0, "customer.rate")) / 2.5
        self.p = 1 - (1 - number(self.key, 0, "customer.leaving")) ** (1 / 3)
        u_spend = number(self.key, 0, "customer.spend")
        self.spend_rate = root(lambda x: 1 - (1 + x) * math.exp(-x) - u_spend, 0.0, 100.0) / 40
        self.f = 1 - (1 - number(self.key, 0, "customer.failure")) ** (1 / 1.5)
        parts = {0.0: 1 - self.f, 1.4: self.f * 0.68, 0.8: self.f * 0.32}
        self.eta = root(lambda x: sum(s * odds_to_chance(x + b) for b, s in parts.items()) - self.p, -60.0, 60.0)

    def life(self, weeks: float) -> Iterator[dict[str, object]]:
        time, n, leaves = self.first_week, 0, False
        while time < weeks and not leaves:
            z = NORMAL.inv_cdf(number(self.key, n, "visit.experience"))
            failed = z < NORMAL.inv_cdf(self.f)
            voice, burden = self.voice(n) if failed else ("fine", 0.0)
            chance = odds_to_chance(self.eta + burden)
            leaves = number(self.key, n, "visit.leave") < chance
            price = max(round(-math.log(1 - number(self.key, n, "visit.spend")) / self.spend_rate, 2), 0.01)
            yield {"number": n, "week": time, "experience": z, "failed": failed, "voice": voice, "list_price": price,
                   "burden": burden, "leave_chance": chance, "leaves": leaves}  # fmt: skip
            time += -math.log(number(self.key, n, "visit.wait")) / self.rate
            n += 1

    def voice(self, n: int) -> tuple[str, float]:
        u = number(self.key, n, "visit.voice")
        if u < 0.30:
            return "to staff", 0.8
        if u < 0.32:
            return "to third parties", 0.8
        return ("told others", 1.4) if u < 0.72 else ("silent", 1.4)


def people(seed: int, first_weeks: list[float]) -> tuple[Customers, list[Person]]:
    crowd = born_at(HAND, seed, np.array(first_weeks))
    return crowd, [Person(key, first) for key, first in zip(crowd.keys, first_weeks, strict=True)]


def assert_lived(world: World, persons: list[Person], weeks: float) -> pd.DataFrame:
    """The world's true visits are those worked out for each person; gives them back."""
    lived = [{"customer_id": i, **visit} for i, person in enumerate(persons) for visit in person.life(weeks)]
    expected = pd.DataFrame(lived).sort_values(["week", "customer_id"], ignore_index=True)
    actual = world.truth.visits.assign(voice=voices(world))
    pd.testing.assert_frame_equal(actual[expected.columns], expected, check_dtype=False, rtol=1e-9, atol=1e-9)
    return expected


def test_three_customers_by_hand():
    """Every order, complaint, visit and customer of a three-customer world, from the addressed numbers alone."""
    crowd, persons = people(seed=14, first_weeks=[0.0, 0.25, 3.5])
    world = simulate(HAND, seed=14, weeks=30, customers=crowd)
    expected = assert_lived(world, persons, 30)
    assert {"fine", "to staff"} < set(expected["voice"])  # the seed gives a world in which things happen
    assert len(expected) > 15 and 0 < expected["leaves"].sum() < 3

    orders = world.orders
    assert orders["order_id"].tolist() == [100_000 * i + n for i, n in expected[["customer_id", "number"]].to_numpy()]
    assert orders["paid"].tolist() == orders["list_price"].tolist() == expected["list_price"].tolist()
    assert (orders["discount"] == 0).all()
    hours = [math.floor(week * HOURS_PER_WEEK) for week in expected["week"]]
    assert orders["date"].tolist() == [datetime.datetime(2025, 1, 6) + datetime.timedelta(hours=h) for h in hours]

    heard = expected[expected["voice"].isin(["to staff", "to third parties"])]
    assert world.records["complaints"]["channel"].tolist() == heard["voice"].tolist()
    assert world.records["complaints"]["week"].tolist() == pytest.approx(heard["week"].tolist())

    last = expected[expected["leaves"]].set_index("customer_id")
    for i, (person, row) in enumerate(zip(persons, world.truth.customers.to_dict("records"), strict=True)):
        seen = (row["rate_per_week"], row["leaving_share"], row["failure_share"], row["mean_spend"])
        assert seen == pytest.approx((person.rate, person.p, person.f, 1 / person.spend_rate), rel=1e-9)
        assert row["visits"] == (expected["customer_id"] == i).sum()
        assert row["left_week"] == pytest.approx(last["week"].get(i, math.nan), nan_ok=True)
        assert row["left_after"] == last["voice"].get(i, "")
    assert world.costs.empty and world.records["desk_hours"].empty


def test_week_steps_change_nothing():
    """Two hundred customers who come up to several times a week, some before week 0: continuous time, to rounding."""
    store = dataclasses.replace(HAND, visits=dataclasses.replace(HAND.visits, alpha_weeks=0.5))
    crowd = born_at(store, 21, np.linspace(-8.0, 11.9, 200))
    persons = [Person(key, first) for key, first in zip(crowd.keys, crowd.first_week, strict=True)]
    for person in persons:
        person.rate *= 2.5 / 0.5
    expected = assert_lived(simulate(store, seed=21, weeks=12, customers=crowd), persons, 12)
    a_week = expected.groupby(["customer_id", expected["week"] // 1]).size()
    assert a_week.max() > 5 and (expected["week"] < 0).sum() > 100  # several rounds a week were needed


def test_a_season_is_another_clock_and_nothing_else():
    """The same customers with the same luck, born at the same buying times: every visit is at the same buying time."""
    flat = Store(visits=Visits(r=1.0, alpha_weeks=2.0, a=0.8, b=7.2))
    season = dataclasses.replace(flat, season=SEASON)
    first = np.linspace(-60, 100, 1000)
    one = simulate(flat, seed=3, weeks=104, customers=born_at(flat, 3, first))
    calendar = season.clock.calendar(first)
    other = simulate(season, seed=3, weeks=104, customers=born_at(season, 3, calendar))
    left, right = in_both(one, other)
    assert len(left) == len(one.orders) == len(other.orders)  # both end with a whole year, where the clocks agree
    assert season.clock.elapsed(right["week"].to_numpy()) == pytest.approx(left["week"].to_numpy(), abs=1e-9)
    assert np.abs(right["week"] - left["week"]).max() > 3
    same = [name for name in left.columns if name != "week"]
    pd.testing.assert_frame_equal(left[same], right[same])
