"""Exercises of notebook 11 know their right answers and the typical wrong ones."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from simulator import metrics, trials
from simulator.checks import claims
from simulator.engine import simulate
from simulator.store import Store

Output = Callable[[], str]
TURNS = pd.DataFrame({"turns_at": [1.0, 2.0, float("nan"), 4.0, 5.0], "inside": [True, True, False, False, False]})


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Output:
    return lambda: capsys.readouterr().out.strip()


@pytest.mark.parametrize("answer, part", [
    (2, "right"), (3, "outside of it"), (1, "turn nowhere"), (4, "which lie on the grey bar"), (5, "all rows"),
])  # fmt: skip
def test_how_many_turn_inside(answer: int, part: str, said: Output) -> None:
    claims.exercise_1(answer, TURNS)
    assert part in said()


def test_what_later_money_takes_off(said: Output) -> None:
    """62,400 × 0.4 = 24,960; of 40 equal years at 10 %, paid in the middle, 10.26 are left: 24,960 → 6,400."""
    left = 624 * sum(1.1 ** -(year + 0.5) for year in range(40))
    sums = trials.TRIALS["C17"](Store(), 0).table
    claims.exercise_2((24_960 - left) / 62_400, sums)
    assert said() == "✓ right"
    claims.exercise_2((24_960 - left) / 24_960, sums)
    assert "of the 62,400" in said()
    claims.exercise_2(0.6, sums)
    assert "the step before" in said()
    claims.exercise_2(left / 62_400, sums)
    assert "what is left" in said()


def test_a_shop_of_big_spenders(said: Output) -> None:
    luxury = replace(Store(), spend=replace(Store().spend, shape_q=1.6))
    log = simulate(luxury, seed=2, weeks=1).order_log()
    claims.exercise_3(metrics.concentration(log, 0.2, pd.Timestamp(luxury.week_0), 52), luxury, 2)
    assert said() == "✓ right"
    claims.exercise_3(trials.TRIALS["C03"](Store(), 2).table.iloc[2, 1], luxury, 2)
    assert "the corner store" in said()


def test_whether_a_helped_complainer_becomes_loyal(said: Output) -> None:
    claims.exercise_4("does not", "holds", Store(), 0)
    assert said().count("✓") == 2
    claims.exercise_4("holds", "holds", Store(), 0)
    assert "offset_share 0.95: run the trial" in said()
    claims.exercise_4(True, "holds", Store(), 0)
    assert "'holds' or" in said()


def test_what_a_sentence_answers(said: Output) -> None:
    claims.exercise_5("compared with what")
    assert "does not say" in said()
    claims.reason_4("It proves nothing.")
    assert "more than the failure added" in said()
