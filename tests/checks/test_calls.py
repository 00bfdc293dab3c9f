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


@pytest.mark.parametrize("seed", [0, 5])
def test_calls_from_records_and_truth(said: Output, seed: int) -> None:
    world = go_on(history_of(Store(), 52, seed), [ContactCalls()], 52)
    made = world.records["calls"]
    calls.exercise_2(made.loc[made["reached"], "found_failure"].mean(), world)
    assert said() == RIGHT
    calls.exercise_2(made["found_failure"].mean(), world)
    assert "could tell nothing" in said()
    left = world.truth.customers.set_index("customer_id")["left_week"].loc[made["customer_id"]].to_numpy()
    calls.exercise_3((left < made["week"].to_numpy()).mean(), world)
    assert said() == RIGHT
    calls.exercise_3((left >= 0).mean() + (left < 0).mean(), world)
    assert "compare the weeks" in said()


def test_whom_to_call_and_why_they_look_loyal(said: Output) -> None:
    for answer, words in (("often", "answer with one of"), (3, "answer with one of"), (..., "not answered")):
        calls.exercise_4(answer, Store(), 0)
        assert words in said()
    calls.exercise_4("by expected gain", Store(), 0)
    assert said().startswith("✓")
    calls.exercise_5("who is chosen")
    calls.exercise_5("the attention")
    first, second = said().split("\n")
    assert first == RIGHT and second.startswith("✗ not yet. ")
