"""Exercises of notebook 13: right answers, typical wrong ones, decisions that follow the store."""

import dataclasses
from collections.abc import Callable

import pytest

from simulator.checks import promotions
from simulator.engine import go_on
from simulator.practices import PricePromotion
from simulator.store import Response, Spend, Store
from simulator.twins import history_of

Output = Callable[[], str]
RIGHT = "✓ right"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Output:
    return lambda: capsys.readouterr().out.strip()


def test_what_ten_per_cent_must_gain(said: Output) -> None:
    """At a margin of 40 of 100 a visit earns 30 after the cut: four thirds of the visits earn what all did."""
    promotions.exercise_1(0.333)
    assert said() == RIGHT
    for answer, words in ((0.25, "earn 30 of 100"), (4 / 3, "how many more"), (3.0, "Turn it round")):
        promotions.exercise_1(answer)
        assert words in said()


@pytest.mark.parametrize("seed", [0, 5])
def test_the_bump_and_what_of_it_is_gained(said: Output, seed: int) -> None:
    history = history_of(Store(), 104, seed)
    off, on = go_on(history, (), 104), go_on(history, [PricePromotion()], 104)
    weeks = on.orders.loc[on.orders["week"] >= 0, "week"] // 1
    cheap = weeks.isin(range(4, 104, 8))
    here, usual = cheap.sum() / 13, (~cheap).sum() / 91
    promotions.exercise_2(here / usual - 1, on)
    assert said() == RIGHT
    promotions.exercise_2(here / usual, on)
    assert "how much *more*" in said()
    gained = (len(on.orders) - len(off.orders)) / (13 * (here - usual))
    promotions.exercise_3(gained, off, on)
    assert said() == RIGHT
    promotions.exercise_3(1 - gained, off, on)
    assert "*not* gained" in said()


def test_which_calendar_depends_on_what_there_is_to_win(said: Output) -> None:
    rich = Store(
        spend=dataclasses.replace(Spend(), gross_margin_share=0.7),
        response=Response(share_of_wallet=0.15, share_of_wallet_concentration=20.0, deal_seeker_share=0.5),
    )
    for store, right, wrong in ((rich, "every other month", "none"), (Store(), "none", "half-price clearance")):
        promotions.exercise_5(right, store, 0)
        assert said().startswith("✓")
        promotions.exercise_5(wrong, store, 0)
        assert "clearly better" in said()
    promotions.exercise_5("often", Store(), 0)
    assert "answer with one of" in said()


def test_what_takes_most_and_who_looks_loyal(said: Output) -> None:
    promotions.exercise_4("rewarded without need")
    promotions.exercise_6("who comes often")
    assert said().split("\n") == [RIGHT, RIGHT]
    for check, wrong in ((promotions.exercise_4, "lost"), (promotions.exercise_6, "the lower price")):
        check(wrong)
        assert said().startswith("✗ not yet. ")
