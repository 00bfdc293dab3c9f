"""Exercises of notebook 14: right answers, typical wrong ones, a decision by a run."""

import dataclasses
from collections.abc import Callable

import pytest

from simulator.checks import win_back
from simulator.engine import go_on
from simulator.practices import WinBack
from simulator.store import Arrivals, Store
from simulator.twins import compare, history_of

Output = Callable[[], str]
RIGHT = "✓ right"
STORE = dataclasses.replace(Store(), arrivals=Arrivals(new_customers_per_week=10.0))


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Output:
    return lambda: capsys.readouterr().out.strip()


def test_what_is_won_for_each_unit_given_away(said: Output) -> None:
    result = compare(STORE, {"fifth": [WinBack()]}, replicates=2)
    cause = result.causes.set_index("cause")["margin"]
    won, given = cause["won back"], -cause["rewarded without need"]
    win_back.exercise_1(won / given, result, "fifth")
    assert said() == RIGHT
    for wrong, words in ((given / won, "turn it round"), (won / -cause["cost of gained visits"], "to the others")):
        win_back.exercise_1(wrong, result, "fifth")
        assert words in said()
    win_back.exercise_1(..., result, "fifth")
    assert "not answered" in said()


@pytest.mark.parametrize("seed", [0, 5])
def test_offers_from_records_and_truth(said: Output, seed: int) -> None:
    world = go_on(history_of(STORE, 60, seed), [WinBack()], 60)
    offers, orders = world.records["offers"], world.orders
    weeks = {customer: made.to_numpy() for customer, made in orders.groupby("customer_id")["week"]}
    after = [min((week for week in weeks[each.customer_id] if week >= each.week), default=1e9) - each.week
             for each in offers.itertuples()]  # fmt: skip
    bought = sum(wait <= 13 for wait in after)
    win_back.exercise_2(bought / len(offers), world)
    assert said() == RIGHT
    win_back.exercise_2(sum(wait < 1e8 for wait in after) / len(offers), world)
    assert "13 weeks are asked for" in said()
    crowd = world.truth.customers.set_index("customer_id")
    left = crowd.loc[offers["customer_id"], "first_left_week"].to_numpy()
    gone = float((left < offers["week"].to_numpy()).mean())
    win_back.exercise_3(gone, world)
    assert said() == RIGHT
    win_back.exercise_3(1 - gone, world)
    assert "still there" in said()


def test_whom_to_write_to_and_why_the_last_seen_look_good(said: Output) -> None:
    for answer, words in (("often", "answer with one of"), (3, "answer with one of"), (..., "not answered")):
        win_back.exercise_4(answer, STORE, 0)
        assert words in said()
    win_back.exercise_4("worth winning", STORE, 0)
    assert said().startswith("✓")
    win_back.exercise_5("most who bought had not left")
    win_back.exercise_5("they are worth most")
    win_back.exercise_5("the offer pulls them most")
    first, *others = said().split("\n")
    assert first == RIGHT and all(each.startswith("✗ not yet. ") for each in others)


def test_where_every_list_loses_nobody_is_the_one_to_write_to(said: Output) -> None:
    visits = dataclasses.replace(STORE.visits, r=3.0, alpha_weeks=60.0, a=0.3, b=6.0)  # twice a year, for long
    rare = dataclasses.replace(STORE, visits=visits)
    win_back.exercise_4("to nobody", rare, 0)
    assert said().startswith("✓")
    for answer in win_back.TARGETS:
        win_back.exercise_4(answer, rare, 0)
        assert said().startswith("✗ not yet. Another does clearly better.")
