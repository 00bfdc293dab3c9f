"""Exercises of notebook 16: right answers and typical wrong ones."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from simulator.casebook import find_dataset
from simulator.checks import client_log
from simulator.orders import read_orders

Output = Callable[[], str]
RIGHT = "✓ right"
LINES = """order,customer,date,amount
1,A,2024-01-05,20
1,A,2024-01-05,20
C2,B,2024-01-06,-35
3,,2024-01-08,15
4,A,2024-01-20,30
5,A,2024-01-20,10
"""


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Output:
    return lambda: capsys.readouterr().out.strip()


def test_lines_that_are_dropped_are_not_those_that_are_merged(said: Output, tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(LINES)
    log = read_orders(tmp_path / "log.csv")
    client_log.exercise_1(3, log)
    assert said() == RIGHT
    for wrong, words in ((4, "Two orders of one customer"), (2, "all three kinds"), (9, "Too high")):
        client_log.exercise_1(wrong, log)
        assert words in said()


def test_failures_from_complaints(said: Output) -> None:
    salon = find_dataset("beauty-salon", Path.cwd())
    orders, complaints = pd.read_csv(salon / "orders.csv"), pd.read_csv(salon / "complaints.csv")
    before = complaints[complaints["week"] < 0]
    heard = (before["channel"] == "to staff").sum() / (orders["week"] < 0).sum()
    client_log.exercise_2(heard / 0.3, orders, complaints, 0.3)
    assert said() == RIGHT
    all_weeks = (complaints["channel"] == "to staff").sum() / len(orders) / 0.3
    for wrong, words in ((heard, "most are not told"), (0.3 * heard, "more of them"), (all_weeks, "weeks before"),
                         (len(before) / (orders["week"] < 0).sum() / 0.3, "leave the others out")):  # fmt: skip
        client_log.exercise_2(wrong, orders, complaints, 0.3)
        assert words in said()


def test_a_decision_by_a_run(said: Output) -> None:
    by = pd.DataFrame({"nothing": [0.0, 0.0, 0.0], "a letter": [-90.0, -110.0, -100.0]})
    by = by.assign(**{"procedure": [-900.0, -910.0, -905.0], "short message": [-50.0, -60.0, -55.0]})
    for answer, words in (("nothing", "✓"), ("procedure", "what one brings"), ("short message", "Look at its sign"),
                          ("a letter", "Another does clearly better"), ("often", "a column")):  # fmt: skip
        client_log.exercise_3(answer, by)
        assert words in said()


def test_who_was_asked(said: Output) -> None:
    client_log.exercise_4("nobody was asked")
    client_log.exercise_4("too few draws")
    first, second = said().split("\n")
    assert first == RIGHT and second.startswith("✗ not yet. ")
