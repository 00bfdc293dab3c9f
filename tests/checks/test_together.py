"""Exercises of notebook 09 know their right answers and the typical wrong ones."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from simulator.checks import together
from simulator.interactions import alone_together_and_left_out
from simulator.measures import Horizon
from simulator.practices import ComplaintRecovery, ReferralAsks
from simulator.store import Store
from simulator.twins import Comparison, compare

Output = Callable[[], str]


@pytest.fixture(scope="module")
def tight() -> Comparison:
    store = replace(Store(), desks=replace(Store().desks, hours_per_week=3.0))
    options = alone_together_and_left_out([ComplaintRecovery(), ReferralAsks()])
    return compare(store, options, replicates=3, horizon=Horizon(52, 26))


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Output:
    return lambda: capsys.readouterr().out.strip()


@pytest.mark.parametrize("answer, part", [
    (1960, "right"), (1306, "line of 40"), (2439, "520 weeks"),
])  # fmt: skip
def test_lifetime_value_read_off(answer: float, part: str, said: Output) -> None:
    """1,306 at 40 % comes from the closed form; value goes with the margin, so 60 % is half as much again."""
    together.exercise_1(answer, Store())
    assert part in said()


@pytest.mark.parametrize("answer, part", [
    (5 * (100 + 80 / 1.1 + 64 / 1.21 + sum(100 * (0.8 / 1.1) ** k for k in range(3, 99))), "right"),  # year by year
    (2500, "Later money"), (366.67, "for 100 a year"), (611.1, "not with 20"),
])  # fmt: skip
def test_a_value_by_hand(answer: float, part: str, said: Output) -> None:
    together.exercise_2(answer)
    assert part in said()


def test_margin_an_hour_there_is(tight: Comparison, said: Output) -> None:
    margin = tight.by_replicate.query("option == 'all together' and measure == 'margin'")["difference"].mean()
    together.exercise_3(margin / (3 * 2 * 52), tight)
    assert said() == "✓ right"
    together.exercise_3(margin / (3 * 52), tight)
    assert "two desks" in said()


def test_the_option_to_choose(tight: Comparison, said: Output) -> None:
    margin = tight.measures.query("measure == 'margin'").set_index("option")["difference"]
    together.exercise_4(margin.idxmax(), tight)
    assert said().startswith("✓")
    together.exercise_4("Complaint recovery", tight)
    assert "clearly better" in said()
    together.exercise_4("everything", tight)
    assert "answer with one of" in said()


def test_what_a_gift_changes(said: Output) -> None:
    together.exercise_5("the cost of the gift")
    assert "It is given" in said()
    together.reason_4("It takes hours.")
    assert "adds to the others" in said()
