"""Placebos, splits and paired luck: a practice changes what it acts on and nothing else.

Simulations are seeded and so never change; the chance stated is that of a right engine failing with its seed.
"""

import concurrent.futures
import functools
import math
import multiprocessing

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy import special
from worlds import (
    STAGES,
    Calls,
    Scripted,
    as_bytes,
    assert_same_world,
    changing,
    faster,
    in_both,
    part,
    seeded,
    small_store,
)

from simulator import luck
from simulator.customers import draw
from simulator.engine import before_week_0, go_on, simulate
from simulator.options import practice_classes
from simulator.practices import Tier
from simulator.store import Visits
from simulator.world import World, merge

SEASON = tuple(1 + 0.6 * math.sin(2 * math.pi * week / 52) for week in range(52))


# --- practices and luck ---


def placebo(told: list[object]) -> Scripted:
    """Something to say at every stage, luck of its own, work for nobody, and nothing changed."""
    use = luck.purpose("test.placebo")

    def stage(name, act, visits):
        told.append(name)
        act.run.uniform(visits, use)
        act.run.hand_in(visits, np.zeros(len(visits.rows), bool), "nothing", minutes=10)
        act.run.book("placebo", "nothing", visits.rows[:0], 0.0, 0.0)

    def open_week(act, week):
        told.append(week)
        act.pace = {}
        luck.uniform(act.run.customers.keys, week, use)

    return Scripted("placebo", open_week=open_week, **{name: functools.partial(stage, name) for name in STAGES})


@pytest.mark.parametrize("practices", [(), (Calls(),)], ids=["alone", "beside another"])
def test_a_placebo_changes_no_byte(practices):
    store = small_store(season=SEASON)
    told = []
    without = simulate(store, practices, seed=3, weeks=30)
    assert_same_world(simulate(store, (*practices, placebo(told)), seed=3, weeks=30), without)
    assert len(told) > 6 * 30


def test_practices_speak_at_each_stage_in_order():
    told = []
    simulate(small_store(), [placebo(told)], seed=3, weeks=30)
    assert [each for each in told if not isinstance(each, str)] == list(range(30))
    assert STAGES == ["greet", "plan", "listen", "answer", "settle", "part"]
    rounds = [each for each in told if isinstance(each, str)]
    assert rounds == STAGES * (len(rounds) // 6) and len(rounds) > 6 * 30  # more rounds than weeks


def test_practices_speak_in_the_order_given():
    said = []
    names = ("c", "a", "b")
    practices = [Scripted(name, settle=lambda act, visits: said.append(act.name)) for name in names]
    world = simulate(small_store(), practices, seed=3, weeks=5)
    assert said == list(names) * (len(said) // 3) and said
    assert world.practices == names


def test_a_purpose_asked_for_now_and_then_has_the_numbers_of_its_address():
    """Rounds draw at once for all purposes asked for before; these are asked for late, seldom, or twice in a round."""
    uses, seen = [luck.purpose(f"test.now and then.{n}") for n in range(3)], []

    def settle(act, visits):
        for use in uses[: len(act.run.rounds) % 4]:
            numbers = act.run.uniform(visits, use)
            keys = act.run.customers.keys[visits.rows]
            assert numbers.tolist() == luck.uniform(keys, visits.number, use).tolist()
            assert act.run.uniform(visits, use) is numbers
            seen.append(use)

    simulate(small_store(), [Scripted(settle=settle)], seed=3, weeks=20)
    assert set(seen) == set(uses)


def test_the_small_practice_does_something():
    """Otherwise the tests of splitting below would show nothing."""
    world, without = part(tuple(range(14)), (Calls(),)), part(tuple(range(14)))
    assert len(world.records["calls"]) > 50 and world.records["desk_hours"]["hours"].sum() > 50
    assert set(world.costs["kind"]) == {"rent", "flowers"}
    assert len(world.orders) > len(without.orders)
    relief = world.truth.visits["relief"]
    assert relief.max() < 1.5 and relief[relief > 0].min() < 0.5 * relief.max()  # some answers were late


SPLITS = {"2": [range(7), range(7, 14)], "7": [(n, 13 - n) for n in range(7)], "14": [(n,) for n in range(14)]}


BUSIER = {  # so that something happens in a small store
    "WinBack": {"silence_weeks": 3.0, "rest_weeks": 8.0, "comes_back_share": 0.3, "upgrade": True, "apology": True},
    "ContactCalls": {"rest_weeks": 4.0, "cross_selling": True},
    "VipScheme": {"tiers": (Tier(label="card", threshold=0.0, discount_share=0.1),)},
    "ExceedingExpectations": {"promise": 0.5},
    "ReferralAsks": {"ask_when": "at random", "ask_share": 1.0, "rest_weeks": 4.0},
}
EVERY = tuple(kind(**BUSIER.get(name, {})) for name, kind in practice_classes().items())


@pytest.mark.parametrize("practices", [(), (Calls(),), EVERY], ids=["off", "on", "every"])
@pytest.mark.parametrize("parts", SPLITS)
def test_desks_apart_are_the_whole(parts, practices):
    whole = simulate(small_store(), practices, seed=5, weeks=30)
    assert_same_world(merge([part(tuple(desks), practices) for desks in SPLITS[parts]]), whole)


def test_desks_in_other_processes_are_the_whole():
    """Fresh interpreters, with other hashes of text and other memory."""
    desks = [tuple(range(start, 14, 2)) for start in range(2)]
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        parts = list(pool.map(part, desks, [(Calls(),)] * 2))
    assert_same_world(merge(parts), part(tuple(range(14)), (Calls(),)))


def test_practices_do_bring_and_keep_newcomers():
    """Otherwise the test of splitting would show nothing of them."""
    origins = simulate(small_store(), EVERY, seed=5, weeks=30).truth.customers["origin"].value_counts()
    assert origins["referral"] > 10 and origins["promise"] + origins.get("word of mouth", 0) > 5


def test_the_order_in_which_desks_are_put_together_does_not_matter():
    parts = [part((n, n + 1), (Calls(),)) for n in range(0, 14, 2)]
    assert_same_world(merge(parts[::-1]), merge(parts))


def test_one_history_serves_many_futures():
    """A history can be begun with several practices, one after the other, and each world is as if it came first."""
    store = small_store()
    history = before_week_0(store, draw(store, 9, 30))
    for practices in ((Calls(),), (), (faster(2.0),), (Calls(),)):
        assert_same_world(go_on(history, practices, 30), simulate(store, practices, seed=9, weeks=30))


def test_more_weeks_leave_the_earlier_ones_as_they_are():
    short, long = (simulate(small_store(), [Calls()], seed=3, weeks=weeks) for weeks in (20, 30))
    left, right = short.truth.visits, long.truth.visits
    for name in left:
        assert as_bytes(left[name]) == as_bytes(right[right["week"] < 20][name]), name


def test_practices_do_not_touch_the_time_before_week_0():
    one, other = (simulate(small_store(), practices, seed=3, weeks=10) for practices in ((), (Calls(), faster(3.0))))
    for frame in ("orders", "complaints"):
        left, right = (world.records[frame] for world in (one, other))
        pd.testing.assert_frame_equal(left[left["week"] < 0], right[right["week"] < 0], check_exact=True)
    left, right = (world.truth.visits[world.truth.visits["week"] < 0] for world in (one, other))
    pd.testing.assert_frame_equal(left, right, check_exact=True)
    assert len(left) > 100 and len(one.orders) != len(other.orders)


def test_better_service_moves_experience_and_no_other_luck():
    """Every visit that happens in both worlds is at the same time, of the same price, and one step better."""
    without = simulate(small_store(), seed=3, weeks=30)
    better = simulate(small_store(), [changing("service", 0.5, stage="greet")], seed=3, weeks=30)
    left, right = in_both(without, better)
    assert len(left) == len(without.orders) < len(better.orders)  # who fails less often leaves later, and never sooner
    for name in ("week", "list_price", "desk", "number", "pace", "discount"):
        assert as_bytes(left[name]) == as_bytes(right[name]), name
    lifted = (left["week"] >= 0) * 0.5
    assert right["experience"].to_numpy() == pytest.approx((left["experience"] + lifted).to_numpy(), abs=1e-12)
    assert not (right["failed"] & ~left["failed"]).any() and right["failed"].sum() < left["failed"].sum()
    both = left["failed"] & right["failed"]
    assert (left["voice"][both] == right["voice"][both]).all()


def test_expectation_takes_from_experience_what_service_adds():
    plain = simulate(small_store(), seed=3, weeks=10)
    practices = [changing("service", 0.25, "greet"), changing("expectation", 0.25, "greet")]
    same = simulate(small_store(), practices, seed=3, weeks=10)
    assert (plain.truth.visits["failed"] == same.truth.visits["failed"]).all()
    assert (plain.truth.visits["leaves"] == same.truth.visits["leaves"]).all()


def last_numbers(world: World) -> np.ndarray:
    """At which visit each customer left; infinity for who did not."""
    left = world.truth.visits[world.truth.visits["leaves"]].set_index("customer_id")["number"]
    return left.reindex(world.truth.customers["customer_id"]).fillna(math.inf).to_numpy()


@settings(seeded, max_examples=25, phases=[Phase.generate])
@given(st.sampled_from(["credit", "relief"]), st.floats(0, 8), st.integers(0, 10**6), st.booleans())
def test_what_holds_customers_never_makes_one_leave_earlier(column, amount, seed, can):
    visits = Visits(r=1.0, alpha_weeks=3.0, a=0.8, b=5.0, first_visit_can_be_last=can)
    store = small_store(visits=visits)
    without = simulate(store, seed=seed, weeks=20)
    held = simulate(store, [changing(column, amount)], seed=seed, weeks=20)
    assert (last_numbers(held) >= last_numbers(without)).all()
    left, right = in_both(without, held)
    assert len(left) == len(without.orders)
    assert as_bytes(left["week"]) == as_bytes(right["week"])


@pytest.mark.parametrize(("column", "amount"), [("credit", 0.7), ("relief", 0.7), ("credit", -0.7)])
def test_log_odds_of_leaving_by_hand(column, amount):
    """σ(η + burden − relief − L·tanh(response · credit / L)), for every visit from week 0 on."""
    store = small_store()
    crowd = draw(store, 3, 20)
    world = simulate(store, [changing(column, amount)], seed=3, weeks=20)
    visits = world.truth.visits
    rows = visits["customer_id"].to_numpy()  # a customer's number is its row
    off = amount * (visits["week"].to_numpy() >= 0)
    if column == "credit":
        off = 1.5 * np.tanh(crowd.response[rows] * off / 1.5)
    chance = special.expit(crowd.base_log_odds[rows] + visits["burden"] - off)
    assert visits["leave_chance"].to_numpy() == pytest.approx(chance.to_numpy(), rel=1e-12)
    assert (visits[column] == amount).sum() == (visits["week"] >= 0).sum() > 100
