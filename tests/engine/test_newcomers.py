"""Newcomers: kept away or admitted by promises and talk; counted against what would have come today."""

import dataclasses

import numpy as np
import pytest
from scipy import stats
from worlds import Scripted, assert_same_world, changing, small_store

from simulator import luck, run
from simulator.customers import TOLD_OTHERS, draw
from simulator.engine import simulate
from simulator.practices import Practice
from simulator.store import Arrivals, WordOfMouth
from simulator.word_of_mouth import COMES

WEEKS = 60
DULL = WordOfMouth(first_visits_per_good_tale=0.0, first_visits_lost_per_bad_tale=0.0)
BUSY = small_store(arrivals=Arrivals(new_customers_per_week=60.0, history_weeks=5), talk=DULL)


def index(factor: float) -> Practice:
    return Scripted("Index", begin=lambda act: act.arrivals.update(promise=factor))


def newcomers(world):
    crowd = world.truth.customers
    return crowd[crowd["first_week"] >= 0].set_index("customer_id")


def test_fewer_newcomers_are_those_of_least_luck_and_the_rest_is_untouched() -> None:
    without, world = (simulate(BUSY, each, seed=1, weeks=WEEKS) for each in ((), [index(0.6)]))
    crowd = draw(BUSY, 1, WEEKS)
    comes = crowd.customer_id[(luck.uniform(crowd.keys, 0, COMES) < 0.6) & (crowd.first_week >= 0)]
    assert newcomers(world).index.tolist() == comes.tolist()
    kept = without.orders[without.orders["customer_id"].isin(world.truth.customers["customer_id"])]
    assert kept.reset_index(drop=True).equals(world.orders)


def test_more_newcomers_come_beside_those_who_would_have_come_anyway() -> None:
    """A binomial number of them; the test errs once in a thousand seeds, and the seed is fixed."""
    without, world = (simulate(BUSY, each, seed=1, weeks=WEEKS) for each in ((), [index(1.3)]))
    drawn = newcomers(without)
    extra = newcomers(world).drop(drawn.index)
    assert stats.binomtest(len(extra), len(drawn), 0.3).pvalue > 1e-3
    assert set(extra["origin"]) == {"promise"} and (extra["referrer_id"] == -1).all()
    ours = world.orders[world.orders["customer_id"].isin(without.truth.customers["customer_id"])]
    assert ours.drop(columns="order_id").reset_index(drop=True).equals(without.orders.drop(columns="order_id"))
    assert stats.ks_2samp(extra["rate_per_week"], drawn["rate_per_week"]).pvalue > 1e-3


def test_two_practices_with_one_cause_multiply() -> None:
    once, twice = (
        simulate(BUSY, [index(each) for each in factors], seed=1, weeks=20) for factors in ([1.5], [0.5, 3.0])
    )
    assert once.orders.equals(twice.orders)


def test_two_and_a_half_times_as_many_is_one_more_and_a_half() -> None:
    without, world = (simulate(BUSY, each, seed=2, weeks=20) for each in ((), [index(2.5)]))
    assert len(newcomers(world)) / len(newcomers(without)) == pytest.approx(2.5, abs=0.06)


def test_talk_by_hand() -> None:
    """Each bad tale more than today costs its share of a first visit, each good one brings its own."""
    talk = WordOfMouth(first_visits_per_good_tale=0.5, first_visits_lost_per_bad_tale=0.25, half_life_weeks=104)
    store = small_store(talk=talk, arrivals=Arrivals(new_customers_per_week=150.0, history_weeks=20))
    pools = []
    spy = Scripted("Worse", greet=lambda act, visits: visits.expectation.__iadd__(0.4),
                   open_week=lambda act, week: pools.append(act.run.talk.sum()))  # fmt: skip
    world = simulate(store, [spy], seed=3, weeks=2)
    visits = world.truth.visits[lambda each: (each["week"] >= 0) & (each["week"] < 1)]
    assert len(pools) == 2
    today = visits["experience"] + 0.4
    crowd = world.truth.customers.set_index("customer_id").loc[visits["customer_id"]]
    failed = today.to_numpy() < stats.norm.ppf(crowd["failure_share"].to_numpy())
    only_now = visits["failed"].to_numpy() & ~failed
    bad = (visits["voice"].to_numpy() == TOLD_OTHERS)[only_now].sum()
    assert bad > 5
    u = luck.uniform(keys_of(store, visits), visits["number"].to_numpy(), luck.purpose("visit.tells"))
    told_today = (u < np.where(today >= 1.3, 0.3, 0.05)) & ~failed
    told_now = (u < np.where(visits["experience"] >= 1.3, 0.3, 0.05)) & ~visits["failed"].to_numpy()
    lost = told_today.sum() - told_now.sum()
    assert lost > 5
    assert pools[1] == pytest.approx((-0.25 * bad - 0.5 * lost) * 0.5 ** (1 / 104))  # one week of it has come


def keys_of(store, visits):
    crowd = draw(store, 3, 2)  # nobody is admitted in week 0
    return crowd.keys[np.searchsorted(crowd.customer_id, visits["customer_id"])]


def test_what_talk_brings_is_spread_by_its_half_life() -> None:
    """A pool of 1,400 first visits, half-life four weeks: half come within four, all but a sixteenth within sixteen."""
    store = dataclasses.replace(BUSY, talk=dataclasses.replace(DULL, half_life_weeks=4.0))

    def fill(act) -> None:
        act.run.talk += 1400 / len(act.run.talk)

    without, world = (simulate(store, each, seed=4, weeks=16) for each in ((), [Scripted("Rumour", begin=fill)]))
    extra = newcomers(world).drop(newcomers(without).index)["first_week"]
    assert len(extra) == pytest.approx(1400 * 15 / 16, abs=4 * np.sqrt(1400))
    assert (extra < 4).sum() == pytest.approx(700, abs=4 * np.sqrt(700))
    assert set(newcomers(world)["origin"]) == {"", "word of mouth"}


def test_better_service_brings_newcomers_and_worse_keeps_them_away() -> None:
    store = small_store(talk=WordOfMouth(first_visits_per_good_tale=0.3, first_visits_lost_per_bad_tale=0.3))
    counts = [len(newcomers(simulate(store, [changing("service", lift, "greet")], seed=5, weeks=40)))
              for lift in (-1.0, 0.0, 1.0)]  # fmt: skip
    assert counts[0] < counts[1] < counts[2]
    assert counts[1] == len(newcomers(simulate(store, seed=5, weeks=40)))


@pytest.mark.parametrize("room", [1e-9, 3.0])
def test_room_for_newcomers_changes_nothing_else(monkeypatch, room: float) -> None:
    """Rows are added in steps; however large they are, the world is the same."""
    store = small_store(talk=WordOfMouth(first_visits_per_good_tale=0.3))
    practices = [changing("service", 0.5, "greet"), index(1.5)]
    usual = simulate(store, practices, seed=6, weeks=40)
    monkeypatch.setattr(run, "_ROOM", room)
    assert_same_world(simulate(store, practices, seed=6, weeks=40), usual)


def test_every_newcomer_has_a_number_of_his_own() -> None:
    world = simulate(BUSY, [index(2.5)], seed=2, weeks=20)
    ids = world.truth.customers["customer_id"]
    assert ids.is_unique and (ids >= run.FIRST_ADMITTED_ID).sum() > 500
    assert world.orders["order_id"].is_unique
