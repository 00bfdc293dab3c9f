"""Exercises of notebooks 06 and 08: right answers, typical wrong ones, decisions that follow the store."""

import dataclasses
from collections.abc import Callable

import pandas as pd
import pytest

from simulator.checks import best_of, expectations, referrals
from simulator.engine import go_on
from simulator.practices import ExceedingExpectations, ReferralAsks
from simulator.store import Store
from simulator.twins import history_of

Output = Callable[[], str]
RIGHT = "✓ right"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Output:
    return lambda: capsys.readouterr().out.strip()


def world_of(practice, seed: int):
    return go_on(history_of(Store(), 104, seed), [practice], 104)


def test_a_promise_by_hand(said: Output) -> None:
    expectations.exercise_1(0.217)
    assert said() == RIGHT
    for shift, words in ((-1.0, "colours"), (-0.7, "0.2 off again"), (0.5, "The sign")):
        expectations.exercise_1(expectations.failing(shift))
        assert words in said()
    expectations.exercise_1(2 * expectations.failing(-0.25))
    assert "does not double" in said()


@pytest.mark.parametrize("seed", [0, 5])
def test_who_was_surprised(said: Output, seed: int) -> None:
    world = world_of(ExceedingExpectations(first_use_share=0.0), seed)
    visits = world.truth.visits[world.truth.visits["week"] >= 0]
    expectations.exercise_2((visits["service"] > 0).groupby(visits["customer_id"]).any().mean(), world)
    assert said() == RIGHT
    expectations.exercise_2(0.15, world)
    assert "share of visits" in said()


def test_what_a_guarantee_pays_out(said: Output) -> None:
    price = Store().spend.mean
    expectations.exercise_3(round(0.04 * price), Store())
    assert said() == RIGHT
    expectations.exercise_3(0.05 * price, Store())
    assert "80 % do" in said()
    expectations.exercise_3(0.04 * 0.4 * price, Store())
    assert "not the margin" in said()


@pytest.mark.parametrize(
    ("answer", "words"), [("often", "answer with one of"), (True, "answer with one of"), (..., "not answered")]
)
def test_decisions_are_one_of_those_named(said: Output, answer: object, words: str) -> None:
    for check in (expectations.exercise_4, expectations.exercise_5, referrals.exercise_5):
        check(answer, Store(), 0)
        assert words in said()


def test_how_much_to_promise_depends_on_who_comes(said: Output) -> None:
    """With hardly any newcomers less is better; where newcomers are nearly all there is, it is not."""
    arrivals = dataclasses.replace(
        Store().arrivals, new_customers_per_week=3.0, index_before_week_0=(10.0,) * Store().arrivals.history_weeks
    )
    quiet = dataclasses.replace(Store(), arrivals=arrivals)
    expectations.exercise_5(-0.5, quiet, 0)
    assert said().startswith("✓")
    expectations.exercise_5(0.5, quiet, 0)
    assert "newcomers gained against the customers lost" in said()


def test_referrals_by_hand(said: Output) -> None:
    acts = 0.5 * 0.85**4
    referrals.exercise_1(referrals.friends_per_ask(0.75, acts, 5))
    assert said() == RIGHT
    referrals.exercise_1(referrals.friends_per_ask(0.75, 0.5 * 0.85, 5))
    assert "here are four" in said()
    referrals.exercise_1(referrals.friends_per_ask(0.75, 0.5, 5))
    assert "Fewer give names" in said()
    referrals.exercise_4(1 / 3)
    assert said() == RIGHT
    referrals.exercise_4(0.5)
    assert "half are referred" in said()


@pytest.mark.parametrize("seed", [0, 5])
def test_referrals_from_records_and_truth(said: Output, seed: int) -> None:
    world = world_of(ReferralAsks(), seed)
    asks, referred = world.records["asks"], world.records["referred"]
    asked = asks["customer_id"].nunique()
    referrals.exercise_2(referred["referrer_id"].nunique() / asked, world)
    assert said() == RIGHT
    referrals.exercise_2((asks.groupby("customer_id")["names_given"].max() > 0).mean(), world)
    assert "That is the act" in said()
    origin = world.truth.customers.set_index("customer_id")["origin"].loc[referred["customer_id"]]
    referrals.exercise_3((origin != "referral").mean(), world)
    assert said() == RIGHT
    referrals.exercise_3((origin == "referral").mean(), world)
    assert "whom the asks brought" in said()


def test_how_many_names_depends_on_what_a_call_costs(said: Output) -> None:
    bank = dataclasses.replace(
        Store(), desks=dataclasses.replace(Store().desks, hours_per_week=4.0, wage_per_hour=120.0)
    )
    referrals.exercise_5(1, bank, 0)
    assert said().startswith("✓")
    referrals.exercise_5(5, bank, 0)
    assert "clearly better" in said()


def test_causes_of_the_gaps(said: Output) -> None:
    expectations.exercise_6("who comes often")
    referrals.exercise_6("who is asked")
    assert said().split("\n") == [RIGHT, RIGHT]
    for check, wrong in ((expectations.exercise_6, "the bar"), (referrals.exercise_6, "recommending")):
        check(wrong)
        assert said().startswith("✗ not yet. ")


def test_the_best_is_found_by_paired_stores(said: Output) -> None:
    table = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [1.5, 2.6, 3.4], "c": [0.0, 9.0, -4.0]})
    best_of(table, "b")
    assert said().startswith("✓ none of the others")
    best_of(table, "a")
    assert "clearly better" in said()
    best_of(table, "c")  # the stores cannot tell
    assert said().startswith("✓")
