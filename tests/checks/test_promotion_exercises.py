"""Exercises of notebook 13: right answers, typical wrong ones, decisions that follow the store."""

import dataclasses
from collections.abc import Callable

import pandas as pd
import pytest

from simulator.checks import promotions
from simulator.engine import go_on
from simulator.measures import Horizon
from simulator.naive import naive_estimates
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
    promotions.exercise_2(here / usual - 1, off, on)
    assert said() == RIGHT
    twin = (off.orders["week"] // 1).isin(range(4, 104, 8)).sum() / 13
    for answer, words in ((here / usual, "how much *more*"), (here / twin - 1, "not with the twin"), (-1, "fraction"),
                          (here / 2 / usual - 1, "once for each desk")):  # fmt: skip
        promotions.exercise_2(answer, off, on)
        assert words in said()
    gained = (len(on.orders) - len(off.orders)) / (13 * (here - usual))
    promotions.exercise_3(gained, off, on)
    assert said() == RIGHT
    promotions.exercise_3(1 - gained, off, on)
    assert "*not* gained" in said()
    promotions.exercise_3(0.5, off, on)
    assert "That is the parameter" in said()


@pytest.mark.parametrize("seed", range(4))
def test_who_bought_in_those_weeks_looks_loyal_without_promotions_too(seed: int) -> None:
    """The gap is there in the twin; among those who come alike and are still there next to nothing is left of it."""
    history = history_of(Store(), 104, seed)
    off, on = go_on(history, (), 104), go_on(history, [PricePromotion()], 104)
    gaps = []
    for world in (on, off):
        crowd = promotions.buyers_of_the_weeks(world, on)
        gaps.append(crowd.groupby("bought_then")["buys_again"].mean().diff()[True])
    naive = naive_estimates(off, on, Horizon()).set_index("estimate")["naive"]
    assert gaps[0] == pytest.approx(naive["customers who bought in a promotion against the others"])
    assert gaps[1] > 0.85 * gaps[0] > 0.1
    seekers = crowd.groupby("bought_then")["deal_seeker"].mean()
    assert abs(seekers[True] - seekers[False]) < 0.04
    stayed = crowd[crowd["still_customer"]]
    tenth = pd.qcut(stayed["visits_a_week"], 10)
    alike = stayed.pivot_table("buys_again", tenth, "bought_then", observed=True)
    assert (alike[True] - alike[False]).abs().mean() < 0.05


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
    promotions.exercise_6("who comes often and has stayed")
    assert said().split("\n") == [RIGHT, RIGHT]
    for check, wrong in ((promotions.exercise_4, "lost"), (promotions.exercise_6, "the lower price")):
        check(wrong)
        assert said().startswith("✗ not yet. ")
