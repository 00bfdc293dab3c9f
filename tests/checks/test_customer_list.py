"""Exercises of notebook 02 know their right answers and the typical wrong ones, whatever the reader's seed."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from simulator.checks import customer_list
from simulator.engine import simulate
from simulator.store import Store
from simulator.world import World

Output = Callable[[], str]
TODAY = pd.Timestamp(Store().week_0)


@pytest.fixture(scope="module", params=[0, 5])
def world(request: pytest.FixtureRequest) -> World:
    return simulate(Store(), seed=request.param, weeks=52)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Output:
    return lambda: capsys.readouterr().out.strip()


def spent(world: World, weeks: int) -> "pd.Series[float]":
    orders = world.orders[(world.orders["week"] < 0) & (world.orders["week"] >= -weeks)]
    return orders.groupby("customer_id")["paid"].sum().sort_values(ascending=False)


def test_best_forty_per_cent(world: World, said: Output) -> None:
    best = spent(world, 52)
    head = best.iloc[: round(0.4 * len(best))].sum() / best.sum()
    customer_list.exercise_1(head + 0.03, world)
    assert said() == "✓ right"
    customer_list.exercise_1(1 - head, world)
    assert "what the others made" in said()
    customer_list.exercise_1(0.4, world)
    assert "share of customers" in said()


def test_top_tenth_of_half_a_year(world: World, said: Output) -> None:
    half, year = spent(world, 26), spent(world, 52)
    tenth = half.iloc[: -(-len(half) // 10)].sum() / half.sum()
    customer_list.exercise_2(round(tenth, 2), world)
    assert said() == "✓ right"
    customer_list.exercise_2(half.iloc[: len(half) // 5].sum() / half.sum(), world)
    assert "a tenth is asked" in said()
    customer_list.exercise_2(year.iloc[: len(year) // 10].sum() / year.sum(), world)
    assert "window of 52" in said()


@pytest.mark.parametrize("answer, part", [
    (1 / 3, "right"), (0.33, "right"), (0.75, "brought the card"), (3.0, "Turn it round"), (1.0, "pass 600"),
    (-2 / 3, "the change"),
])  # fmt: skip
def test_the_year_after_a_good_one(answer: float, part: str, said: Output) -> None:
    customer_list.exercise_3(answer)
    assert part in said()


def test_the_best_window_depends_on_the_shop(world: World, said: Output) -> None:
    furniture = replace(Store(), visits=replace(Store().visits, alpha_weeks=24.0, a=0.1, b=9.9))
    log, other = (each.order_log() for each in (world, simulate(furniture, seed=0, weeks=52)))
    best = [max(customer_list.WINDOWS_WEEKS, key=lambda weeks, log=each: customer_list.share_caught(log, weeks, TODAY))
            for each in (log, other)]  # fmt: skip
    assert best[0] < best[1]
    customer_list.exercise_4(*best, log, other, TODAY)
    assert said().count("✓") == 2
    customer_list.exercise_4(4, 4, log, other, TODAY)
    assert said().count("another catches more") == 2
    customer_list.exercise_4(30, 52, log, other, TODAY)
    assert "one may come twice" in said()


def test_what_a_window_catches_by_hand() -> None:
    """Two customers, one card: a quarter's window gives it to b, a year's to a; b buys all of next year's sales."""
    days = pd.to_datetime(["2024-02-05", "2024-12-02", "2025-03-03"])
    log = pd.DataFrame({"customer_id": ["a", "b", "b"], "time": days, "amount": [90.0, 10.0, 50.0]})
    assert customer_list.share_caught(log, 13, TODAY, cards=0.5) == 1
    assert customer_list.share_caught(log, 52, TODAY, cards=0.5) == 0


def test_cards_that_seem_to_work(said: Output) -> None:
    customer_list.exercise_5("the cards")
    assert "nobody sent anything" in said()
    customer_list.reason_4("Luck.")
    assert "people who have left" in said()
