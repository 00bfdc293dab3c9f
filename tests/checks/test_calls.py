"""Exercises of notebook 12: right answers, typical wrong ones, a decision by a run."""

from collections.abc import Callable

import pytest

from simulator.checks import calls
from simulator.engine import go_on
from simulator.practices import ContactCalls
from simulator.store import Store
from simulator.twins import compare, history_of

Output = Callable[[], str]
RIGHT = "✓ right"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Output:
    return lambda: capsys.readouterr().out.strip()


def test_what_the_calls_bring_for_each_unit_of_money(said: Output) -> None:
    result = compare(Store(), {"gain": [ContactCalls(target="by expected gain")]}, replicates=2)
    cause = result.causes.set_index("cause")["margin"]
    saved, lost, cost = cause["saved"], cause["lost"], -cause["running the practice"]
    calls.exercise_1((saved + lost) / cost, result, "gain")
    assert said() == RIGHT
    for wrong, words in ((saved / cost, "take their bar off"), ((saved + lost - cost) / cost, "once they are paid")):
        calls.exercise_1(wrong, result, "gain")
        assert words in said()


def test_what_100_calls_must_bring_at_another_wage(said: Output) -> None:
    """By hand: hours at the wage and the fixed cost of 104 weeks, over 3,600 calls, in visits' margin."""
    result = compare(Store(), {"gain": [ContactCalls(target="by expected gain")]}, replicates=2)
    hours = result.measures.set_index("measure").loc["desk_hours", "difference"]
    of_100, a_visit = (hours * 80 + 10 * 104) / 36, Store().spend.mean * Store().spend.gross_margin_share
    calls.exercise_2(round(of_100 / a_visit, 1), result, "gain", 80.0)
    assert said() == RIGHT
    for wrong, words in ((hours * 80 / 36 / a_visit, "cost as well"), (of_100, "how many visits is that"),
                         ((hours * 40 + 1040) / 36 / a_visit, "the old wage"),
                         (of_100 / Store().spend.mean, "not all that is spent")):  # fmt: skip
        calls.exercise_2(wrong, result, "gain", 80.0)
        assert words in said()


@pytest.mark.parametrize("seed", [0, 5])
def test_calls_that_come_too_late(said: Output, seed: int) -> None:
    world = go_on(history_of(Store(), 52, seed), [ContactCalls(target="lapsing")], 52)
    left_week = world.truth.customers.set_index("customer_id")["left_week"]
    made = world.records["calls"]
    late = made["week"] > made["customer_id"].map(left_week)
    calls.exercise_3(round(late[made["found_failure"]].mean(), 2), world)
    assert said() == RIGHT
    late_and_told = (late & made["found_failure"]).sum()
    for wrong, words in ((late.mean(), "of all calls"), (late[made["reached"]].mean(), "of all answered calls"),
                         (late_and_told / made["reached"].sum(), "Divide by the calls")):  # fmt: skip
        calls.exercise_3(wrong, world)
        assert words in said()


def test_whom_to_have_called_at_a_price_and_why_the_lapsing_tell_of_more(said: Output) -> None:
    each = {"expected gain": "by expected gain", "at random": "at random", "lapsing": "lapsing"}
    result = compare(Store(), {name: [ContactCalls(target=target)] for name, target in each.items()}, replicates=2)
    for answer, words in (("often", "answer with one of"), (3, "answer with one of"), (..., "not answered")):
        calls.exercise_4(answer, result, 1000.0, 3600)
        assert words in said()
    for price, right in ((1000.0, "nobody"), (-1000.0, "expected gain")):  # paid for calling, one calls
        calls.exercise_4(right, result, price, 3600)
        assert said().startswith("✓")
    for price, wrong in ((1000.0, "expected gain"), (-1000.0, "nobody")):
        calls.exercise_4(wrong, result, price, 3600)
        assert "Another does clearly better" in said()
    calls.exercise_5("who is chosen")
    calls.exercise_5("the calls cause failures")
    first, second = said().split("\n")
    assert first == RIGHT and second.startswith("✗ not yet. ")
