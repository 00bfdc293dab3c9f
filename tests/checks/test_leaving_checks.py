"""Exercises of notebook 04 know their right answers and the typical wrong ones, whatever the reader's seed."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from simulator.checks import leaving
from simulator.closed_forms import still_customer
from simulator.engine import simulate
from simulator.store import Store
from simulator.world import World

Output = Callable[[], str]


def shop(seed: int = 0, **visits: float) -> World:
    return simulate(replace(Store(), visits=replace(Store().visits, **visits)), seed=seed, weeks=60)


@pytest.fixture(scope="module", params=[0, 5])
def world(request: pytest.FixtureRequest) -> World:
    return shop(request.param)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Output:
    return lambda: capsys.readouterr().out.strip()


def test_a_year_after_the_first_visit(world: World, said: Output) -> None:
    """The formula is near enough to the truth of one store, since the check allows three points."""
    leaving.exercise_1(float(still_customer(Store().visits, 52)), world)
    assert said() == "✓ right"
    leaving.exercise_1(1 - float(still_customer(Store().visits, 52)), world)
    assert "who have left" in said()


def test_silent_for_39_weeks(world: World, said: Output) -> None:
    last = world.orders[world.orders["week"] < 0].groupby("customer_id")["week"].max()
    leaving.exercise_2(round((last < -39).mean(), 2), world)
    assert said() == "✓ right"
    leaving.exercise_2((last < -39).sum(), world)
    assert "how many" in said()
    leaving.exercise_2((last < -26).mean(), world)
    assert "more than 26" in said()


@pytest.mark.parametrize("answer, part", [(24, "right"), (60, "left anyway"), (36, "all the same"), (80, "First take")])
def test_what_perfect_service_prevents(answer: float, part: str, said: Output) -> None:
    leaving.exercise_3(answer)
    assert part in said()


def test_the_list_for_a_letter_depends_on_the_shop(world: World, said: Output) -> None:
    cafe, furniture = shop(1, alpha_weeks=4.0), shop(1, alpha_weeks=24.0, a=0.1, b=9.9)
    leaving.exercise_4(39, 26, 0, world, cafe, furniture)
    assert said().count("✓") == 3
    leaving.exercise_4(8, 8, 52, world, cafe, furniture)
    assert said().count("another list gains more, or loses less") == 3
    leaving.exercise_4(39, 26, ..., world, cafe, furniture)
    assert "not answered yet" in said()
    leaving.exercise_4(39, 26, "nobody", world, cafe, furniture)
    assert "one may come twice" in said()


def test_the_gain_of_a_letter_by_hand() -> None:
    """Two silent customers: one has left, one comes within eight weeks; a letter each, a voucher to the second."""
    orders = pd.DataFrame({"order_id": [1, 2, 3], "customer_id": [1, 2, 2], "week": [-30.0, -20.0, 3.0], "paid": 10.0})
    orders["date"] = pd.Timestamp(Store().week_0) + pd.to_timedelta(orders["week"] * 7, unit="D")
    world = shop()
    world.records["orders"] = orders
    crowd = pd.DataFrame({"customer_id": [1, 2], "left_week": [-30.0, float("nan")]})
    made = replace(world, records=world.records, truth=replace(world.truth, customers=crowd))
    assert leaving.gain(made, 13) == pytest.approx(0.03 * 460 - 2 * 2 - 40)
    assert leaving.gain(made, 0) == 0


def test_who_gets_there(said: Output) -> None:
    leaving.exercise_5("costs are missing")
    assert "not shown yet" in said()
    leaving.reason_4("They come seldom.")
    assert "a lot over half the list" in said()
