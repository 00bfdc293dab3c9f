"""Exercises of notebook 10 know their right answers and the typical wrong ones."""

from collections.abc import Callable

import pandas as pd
import pytest

from simulator.checks import studies

Output = Callable[[], str]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Output:
    return lambda: capsys.readouterr().out.strip()


def test_how_far_the_lines_are_apart(said: Output) -> None:
    """Four shops of 100 a quarter; after the start two sell 120 and two 110."""
    sales = pd.DataFrame(100.0, index=range(4), columns=range(-8, 4))
    sales.loc[[0, 1], 0:], sales.loc[[2, 3], 0:] = 120.0, 110.0
    studies.exercise_1(0.10, sales, pd.Index([0, 1]))
    assert said() == "✓ right"
    studies.exercise_1(1.2, sales, pd.Index([0, 1]))
    assert "height of one line" in said()
    studies.exercise_1(0.0, sales, pd.Index([0, 1]))
    assert "before the start" in said()


def test_share_who_order_four_times(said: Output) -> None:
    seen = pd.Series([3.0, 5.0, 4.0, 6.0, 0.0, 3.0, 0.0, 4.0])
    offered = pd.Index([0, 1, 2, 3])
    studies.exercise_2(0.75 - 0.25, seen, offered)
    assert said() == "✓ right"
    studies.exercise_2(0.75, seen, offered)
    assert "take off the others" in said()
    studies.exercise_2(0.25, seen, offered)
    assert "not of all" in said()


@pytest.mark.parametrize("answer, part", [(0.1245, "right"), (0.117, "2,500 in each half"), (0.0245, "the rise")])
def test_the_smallest_share_that_can_be_shown(answer: float, part: str, said: Output) -> None:
    studies.exercise_3(answer)
    assert part in said()


def test_whom_to_offer_depends_on_the_shop(said: Output) -> None:
    ours = pd.DataFrame({"at risk": [1.0, 2, 1], "spent most": [50.0, 60, 55], "nobody": 0.0})
    theirs = pd.DataFrame({"at risk": [-1.0, -2, -1], "spent most": [-50.0, -60, -55], "nobody": 0.0})
    studies.exercise_4("spent most", "nobody", ours, theirs)
    assert said().count("✓") == 2
    studies.exercise_4("at risk", "spent most", ours, theirs)
    assert said().count("clearly better") == 2
    studies.exercise_4("everybody", "nobody", ours, theirs)
    assert "answer with two of" in said()


def test_takers_are_not_the_offered(said: Output) -> None:
    studies.exercise_5("the lot")
    assert "Who decided" in said()
    studies.reason_4("They have left.")
    assert "uplift" in said()
