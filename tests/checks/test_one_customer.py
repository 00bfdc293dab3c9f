"""Exercises of notebook 01 know their right answers and the typical wrong ones, whatever the reader's seed."""

import math
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from simulator.checks import one_customer
from simulator.engine import simulate
from simulator.store import Store
from simulator.world import World

Output = Callable[[], str]
CAFE = replace(Store(), visits=replace(Store().visits, alpha_weeks=4.0))


@pytest.fixture(scope="module", params=[0, 5])
def world(request: pytest.FixtureRequest) -> World:
    return simulate(Store(), seed=request.param, weeks=26)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Output:
    return lambda: capsys.readouterr().out.strip()


@pytest.mark.parametrize("answer, part", [
    (10, "right"), (11, "right"), (12, "right"),  # 0.1 = 0.9 e^(−0.2 t) at t = 11
    (2, "Mr Park"), (44, "Ms Olsen"), (5, "mean wait"), (30, "Too high"),
])  # fmt: skip
def test_weeks_until_gone_is_as_likely_as_not(answer: float, part: str, said: Output) -> None:
    one_customer.exercise_1(answer)
    assert part in said()
    assert 0.9 * math.exp(-0.2 * math.log(9) / 0.2) == pytest.approx(0.1)


def test_one_time_buyers(world: World, said: Output) -> None:
    log = world.order_log()
    orders = log[log["time"] < pd.Timestamp(Store().week_0)].groupby("customer_id").size()
    once = orders.index[orders == 1]
    one_customer.exercise_2(len(once) / len(orders), world)
    assert said() == "✓ right"
    one_customer.exercise_2(len(once), world)
    assert "divide by all" in said()
    one_customer.exercise_2((orders == 2).mean(), world)
    assert "two visits" in said()
    truth = world.truth.customers.set_index("customer_id")["left_week"]
    still = ~(truth.reindex(orders.index) < 0)
    one_customer.exercise_3(still[once].mean(), world)
    assert said() == "✓ right"
    one_customer.exercise_3(1.0, world)
    assert "Some models say so" in said()
    one_customer.exercise_3(1 - still[once].mean(), world)
    assert "who have left" in said()


def test_the_rule_depends_on_the_shop(world: World, said: Output) -> None:
    cafe = simulate(CAFE, seed=3, weeks=26)
    ours, theirs = one_customer.shortest_limit(world), one_customer.shortest_limit(cafe)
    assert ours == 39 and theirs in (8, 13)
    one_customer.exercise_4(ours, theirs, world, cafe)
    assert said().startswith("✓ right for both")
    one_customer.exercise_4(theirs, ours, world, cafe)
    assert "wrong way round" in said()
    one_customer.exercise_4(26, theirs, world, cafe)
    assert "this store" in said() or "three in ten" in said()
    one_customer.exercise_4(ours, 52, world, cafe)
    assert "café again. A shorter rule" in said()
    one_customer.exercise_4(20, theirs, world, cafe)
    assert "one may come twice" in said()


def test_who_comes_back_by_himself(said: Output) -> None:
    one_customer.exercise_5("our letters")
    assert "No letter" in said()
    one_customer.reason_4("Long gaps are normal there.")
    assert "Compare it with these points" in said()
