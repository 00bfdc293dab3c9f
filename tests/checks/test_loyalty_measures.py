"""Exercises of notebook 03 know their right answers and the typical wrong ones, whatever the reader's seed."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from simulator.checks import loyalty_measures
from simulator.engine import simulate
from simulator.store import Store
from simulator.world import World

Output = Callable[[], str]


@pytest.fixture(scope="module", params=[0, 5])
def world(request: pytest.FixtureRequest) -> World:
    return simulate(Store(), seed=request.param, weeks=104)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Output:
    return lambda: capsys.readouterr().out.strip()


def repeat_share(world: World, at: float, weeks: float) -> float:
    week, who = world.orders["week"], world.orders["customer_id"]
    before, after = (set(who[(week > at + a) & (week <= at + b)]) for a, b in ((-weeks, 0), (0, weeks)))
    return len(before & after) / len(before)


def test_the_shortest_window_above_55_per_cent(world: World, said: Output) -> None:
    assert repeat_share(world, 0, 8) < 0.55 < repeat_share(world, 0, 13)
    loyalty_measures.exercise_1(13, world)
    assert said() == "✓ right"
    loyalty_measures.exercise_1(26, world)
    assert "a shorter one does" in said()
    loyalty_measures.exercise_1(8, world)
    assert "height of 55" in said()


def test_repeat_share_half_a_year_on(world: World, said: Output) -> None:
    loyalty_measures.exercise_2(round(repeat_share(world, 26, 13), 3), world)
    assert said() == "✓ right"
    loyalty_measures.exercise_2(repeat_share(world, 26, 26), world)
    assert "window of 26" in said()


@pytest.mark.parametrize(
    "answer, part", [(0.4, "right"), (0.5, "mean of the shares"), (2 / 3, "all purchases"), (0.6, "elsewhere")]
)
def test_share_of_wallet_of_three(answer: float, part: str, said: Output) -> None:
    loyalty_measures.exercise_3(answer)
    assert part in said()


def test_the_window_depends_on_the_shop(world: World, said: Output) -> None:
    furniture = simulate(
        replace(Store(), visits=replace(Store().visits, alpha_weeks=24.0, a=0.1, b=9.9)), seed=1, weeks=52
    )
    assert loyalty_measures.shortest_window(world) == 26 and loyalty_measures.shortest_window(furniture) == 52
    loyalty_measures.exercise_4(26, 52, world, furniture)
    assert said().count("✓") == 2
    loyalty_measures.exercise_4(52, 13, world, furniture)
    assert "a shorter window does as well" in (text := said()) and "fewer than six in ten" in text
    loyalty_measures.exercise_4(26, 60, world, furniture)
    assert "one may come twice" in said()
    loyalty_measures.reason_4("One window misleads.")
    assert "looks disloyal" in said()


def test_who_is_counted(said: Output) -> None:
    loyalty_measures.exercise_5("the service")
    assert "What else changes" in said()
