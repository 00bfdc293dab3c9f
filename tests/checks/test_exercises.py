"""Every exercise knows its right answer and the typical wrong ones, whatever the reader's seed."""

import dataclasses
from collections.abc import Callable

import pytest

from simulator.checks import recovery, start, vip
from simulator.closed_forms import expected_repeats
from simulator.engine import go_on
from simulator.practices import ComplaintRecovery, VipScheme
from simulator.store import Store
from simulator.twins import history_of

Output = Callable[[], str]


@pytest.fixture(params=[0, 5])
def twins(request: pytest.FixtureRequest):
    history = history_of(Store(), 104, request.param)
    return go_on(history, (), 104), go_on(history, [VipScheme()], 104), request.param


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Output:
    return lambda: capsys.readouterr().out.strip()


def test_start(twins, said: Output) -> None:
    world = twins[0]
    crowd = world.truth.customers
    start.exercise_1(((crowd["first_week"] < 0) & ~(crowd["left_week"] < 0)).sum(), world)
    assert said() == "✓ right"
    start.exercise_1((crowd["first_week"] < 0).sum(), world)
    assert "already left" in said()
    start.exercise_3(expected_repeats(world.store.visits, 52).item(), world)
    assert said() == "✓ right"
    start.exercise_3(52 * world.store.visits.visits_per_week, world)
    assert "nobody ever left" in said()
    start.exercise_4("luck")
    assert "same luck" in said()


def test_vip_numbers(twins, said: Output) -> None:
    without, world, _ = twins
    vip.exercise_1(0.08 / 0.30)
    assert "discount too" in said()
    now = world.orders[world.orders["week"] >= 0]
    joined = now["customer_id"].map(world.records["members"].set_index("customer_id")["joined_week"])
    card = now["week"] >= joined
    vip.exercise_2(now.loc[card, "paid"].sum() / now["paid"].sum(), world)
    assert said() == "✓ right"
    vip.exercise_2(now.loc[joined.notna(), "paid"].sum() / now["paid"].sum(), world)
    assert "before they held the card" in said()
    vip.exercise_2(card.mean(), world)
    assert "Sales are money" in said()
    growth = now["paid"].sum() / without.orders.loc[without.orders["week"] >= 0, "paid"].sum() - 1
    vip.exercise_3(growth, without, world)
    assert said() == "✓ right"
    vip.exercise_3(1 + growth, without, world)
    assert "Subtract 1" in said()
    anyway = now["order_id"].isin(without.orders["order_id"])
    share = now.loc[anyway, "discount"].sum() / now["discount"].sum()
    vip.exercise_4(share, without, world)
    assert said() == "✓ right"
    vip.exercise_4(1 - share, without, world)
    assert "Turn it round" in said()


def test_vip_decision(said: Output) -> None:
    scheme, store = VipScheme(), Store()
    cheaper = tuple(dataclasses.replace(tier, discount_share=tier.discount_share / 2) for tier in scheme.tiers)
    vip.exercise_5(dataclasses.replace(scheme, tiers=cheaper), store, scheme, 0)
    assert said().startswith("✓")
    silver, gold = scheme.tiers
    later = (dataclasses.replace(silver, threshold=1000.0), gold)
    vip.exercise_5(dataclasses.replace(scheme, tiers=later), store, scheme, 0)
    assert "not half of the loss" in said()
    vip.exercise_5(dataclasses.replace(scheme, staff_offer_share=0.0), store, scheme, 0)
    assert "hardly anybody is enrolled" in said()
    vip.exercise_5(dataclasses.replace(scheme, wallet_shift_share=0.9), store, scheme, 0)
    assert "wallet_shift_share: that is how customers behave" in said()
    vip.exercise_5("a scheme", store, scheme, 0)
    assert said().startswith("✗ the answer is a str")


def test_recovery_numbers(twins, said: Output) -> None:
    without, _, seed = twins
    world = go_on(history_of(Store(), 104, seed), [ComplaintRecovery()], 104)
    visits = without.truth.visits[without.truth.visits["week"] >= 0]
    failed = visits[visits["failed"]]
    recovery.exercise_1(0.06)
    assert said() == "✓ right"
    recovery.exercise_1(30 / 1250)
    assert "worth the margin" in said()
    dear = visits[visits["list_price"] >= 500]
    recovery.exercise_2((dear.loc[dear["failed"], "voice"] >= 3).mean(), without)
    assert said() == "✓ right"
    recovery.exercise_2((dear["voice"] >= 3).mean(), without)
    assert "divide by those that failed" in said()
    recovery.exercise_2((failed["voice"] >= 3).mean(), without)
    assert "any price" in said()
    recovery.exercise_3(visits.loc[visits["leaves"], "failed"].mean(), without)
    assert said() == "✓ right"
    recovery.exercise_3(failed["leaves"].mean(), without)
    assert "Of those who leave" in said()
    hours = world.records["desk_hours"]["hours"].sum()
    recovery.exercise_4(hours / (2 * 10 * 104), world)
    assert said() == "✓ right"
    recovery.exercise_4(hours / (10 * 104), world)
    assert "several desks" in said()
    recovery.exercise_6("recovery")
    assert "the smaller one" in said()


def test_recovery_decision_depends_on_the_store(said: Output) -> None:
    """With time to spare the longer answer is better; where hours are short it is clearly worse."""
    store = Store()
    busy = dataclasses.replace(store, desks=dataclasses.replace(store.desks, hours_per_week=1.6))
    recovery.exercise_5(20, 10.0, store, busy, 0)
    assert "✗" not in (told := said()) and told.count("✓ none of the others") == 2
    recovery.exercise_5(20, 20, store, busy, 0)
    assert "✓" in (told := said()) and "✗ not yet. Another does clearly better" in told
    recovery.exercise_5(10, 10, store, busy, 0)
    assert said().count("✗") == 1
    recovery.exercise_5(1.0, 20, store, busy, 0)
    assert "answer with 2 of the numbers" in said()


def test_behaviours_named_in_the_check_are_those_of_the_ledger() -> None:
    from simulator.evidence import ledger

    fields = {
        name.split(".")[1]: entry.kind for name, entry in ledger().fields.items() if name.startswith("VipScheme.")
    }
    assert set(vip.BEHAVIOURS) == {name for name, kind in fields.items() if kind != "decision" and name != "tiers"}
