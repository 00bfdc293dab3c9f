"""Coming faster or slower, practices together, work and costs.

Simulations are seeded and so never change; the chance stated is that of a right engine failing with its seed.
"""

import math

import numpy as np
import pytest
from scipy import special
from worlds import (
    Scripted,
    as_bytes,
    assert_same_world,
    changing,
    faster,
    in_both,
    small_store,
)

from simulator.customers import born_at, draw
from simulator.engine import simulate
from simulator.practices import Practice
from simulator.store import Desks, Response, Store, Visits
from simulator.world import merge

SEASON = tuple(1 + 0.6 * math.sin(2 * math.pi * week / 52) for week in range(52))
STEADY = Visits(r=1.0, alpha_weeks=2.0, a=1e-6, b=1.0)  # nobody leaves: p is 1e-12 for all


# --- pace ---


@pytest.mark.parametrize("season", [(), SEASON], ids=["flat", "season"])
def test_twice_the_pace_is_half_the_time_from_week_0_on(season):
    """Visits of customers who came before week 0 and never leave: buying time t after week 0 becomes t / 2."""
    store = Store(visits=STEADY, season=season)
    crowd = born_at(store, 3, np.linspace(-20, -0.1, 300))
    plain = simulate(store, seed=3, weeks=104, customers=crowd)
    paced = simulate(store, [faster(2.0)], seed=3, weeks=52, customers=crowd)
    left, right = in_both(plain, paced)
    assert len(left) == len(plain.orders) == len(paced.orders)
    elapsed, halved = (store.clock.elapsed(frame["week"].to_numpy()) for frame in (left, right))
    assert halved == pytest.approx(np.where(elapsed < 0, elapsed, elapsed / 2), abs=1e-9)
    assert (elapsed > 0).sum() > 10_000


def test_a_change_of_pace_rescales_the_rest_of_a_wait():
    """Pace 3 from week 10 and the old pace again from week 14: a week then counts three."""
    store = Store(visits=STEADY)
    crowd = born_at(store, 3, np.linspace(-20, -0.1, 300))

    def open_week(act, week):
        act.pace = {"push": np.full(300, 3.0)} if 10 <= week < 14 else {}

    plain = simulate(store, seed=3, weeks=60, customers=crowd)
    paced = simulate(store, [Scripted(open_week=open_week)], seed=3, weeks=52, customers=crowd)
    left, right = in_both(plain, paced)
    assert len(left) == len(plain.orders) == len(paced.orders)
    expected = np.interp(left["week"], [-20, 10, 22, 60], [-20, 10, 14, 52])
    assert right["week"].to_numpy() == pytest.approx(expected, abs=1e-9)


def test_pace_touches_those_it_is_meant_for():
    store = Store(visits=STEADY)
    crowd = born_at(store, 3, np.linspace(-20, -0.1, 300))
    chosen = np.arange(300) % 3 == 0

    def begin(act):
        act.pace = {"push": np.where(chosen, 2.0, 1.0)}

    plain = simulate(store, seed=3, weeks=20, customers=crowd).truth.visits
    paced = simulate(store, [Scripted(begin=begin)], seed=3, weeks=20, customers=crowd).truth
    others = [visits[~chosen[visits["customer_id"]]] for visits in (plain, paced.visits)]
    assert as_bytes(others[0]["week"]) == as_bytes(others[1]["week"])
    ratio = paced.visits["pace"].to_numpy()
    assert (ratio == np.where(chosen[paced.visits["customer_id"]] & (paced.visits["week"] >= 0), 2.0, 1.0)).all()
    # visits gained are expected at λ a week for those who come at twice the pace
    gained = np.where(chosen, crowd.rate_per_week * 20, 0.0)
    assert paced.customers["extra_push"].to_numpy() == pytest.approx(gained, rel=1e-9)


@pytest.mark.parametrize("pace", [0.5, 2.0, 3.0])
@pytest.mark.parametrize("kappa", [0.0, 0.4, 1.0])
def test_risk_follows_visits_or_weeks(kappa, pace):
    """κ = 1 keeps the chance p a visit; κ = 0 keeps it a week, 1 − (1 − p)^(1/m); between, the power m^(κ − 1)."""
    store = small_store(response=Response(risk_follows_visits=kappa))
    world = simulate(store, [faster(pace)], seed=3, weeks=20)
    visits = world.truth.visits
    eta = draw(store, 3, 20).base_log_odds[visits["customer_id"]]
    p = special.expit(eta + visits["burden"].to_numpy())
    power = visits["pace"].to_numpy() ** (kappa - 1)
    assert visits["leave_chance"].to_numpy() == pytest.approx(1 - (1 - p) ** power, rel=1e-9, abs=1e-12)
    if kappa == 0:
        twice = visits["pace"] == pace
        assert twice.sum() > 100
        surviving_a_week = (1 - visits["leave_chance"][twice]) ** pace
        assert surviving_a_week.to_numpy() == pytest.approx(1 - p[twice], rel=1e-9)


def test_leaving_a_week_stays_what_it_was_under_kappa_0():
    """With κ = 0 and small p, twice the pace leaves survival over the weeks as it was; with κ = 1 it falls.

    Each share stays within six standard errors of two independent ones: by chance twice in 10^9.
    """
    shares = {}
    for kappa in (0.0, 1.0):
        visits = Visits(r=50.0, alpha_weeks=50.0, a=20.0, b=1980.0)
        store = Store(visits=visits, response=Response(risk_follows_visits=kappa))
        crowd = born_at(store, 3, np.full(4000, -0.01))
        for practices in ((), (faster(2.0),)):
            world = simulate(store, practices, seed=3, weeks=52, customers=crowd)
            shares[kappa, len(practices)] = world.truth.customers["left_week"].isna().mean()
    error = math.sqrt(2 * 0.6 * 0.4 / 4000)
    assert abs(shares[0.0, 1] - shares[0.0, 0]) < 6 * error
    assert shares[1.0, 1] < shares[1.0, 0] - 15 * error
    assert shares[0.0, 0] == shares[1.0, 0]


# --- practices together ---


def test_paces_multiply():
    store = Store(visits=STEADY)
    crowd = born_at(store, 3, np.linspace(-20, -0.1, 200))
    plain = simulate(store, seed=3, weeks=60, customers=crowd)
    both = [faster(2.0, called="post"), faster(1.5, called="price")]
    paced = simulate(store, both, seed=3, weeks=20, customers=crowd)
    left, right = in_both(plain, paced)
    assert len(left) == len(plain.orders) == len(paced.orders)
    expected = np.where(left["week"] < 0, left["week"], left["week"] / 3)
    assert right["week"].to_numpy() == pytest.approx(expected, abs=1e-9)
    assert paced.truth.visits["pace"].unique().tolist() == [1.0, 3.0]


def test_visits_gained_are_counted_for_each_cause():
    """λ(m − 1) a week for each cause of pace m, as long as somebody is a customer."""
    store = small_store()
    crowd = draw(store, 3, 1)
    both = [faster(2.0, called="post"), faster(1.5, called="price")]
    truth = simulate(store, both, seed=3, weeks=10, customers=crowd).truth
    # weeks at whose beginning it had come and had not left
    left = truth.customers["left_week"].fillna(math.inf)
    begun = np.maximum(np.ceil(crowd.first_week), 0)
    active = np.clip(np.minimum(np.ceil(left), 10) - begun, 0, None)
    assert (active == 0).any() and ((active > 0) & (active < 10)).any()
    for cause, gain in (("extra_post", 1.0), ("extra_price", 0.5)):
        expected = (crowd.rate_per_week * gain * active).to_numpy()
        assert truth.customers[cause].to_numpy() == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_credits_add():
    store = small_store()
    two = simulate(store, [changing("credit", 0.25), changing("credit", 0.5, called="other")], seed=3, weeks=20)
    assert_same_world(two, simulate(store, [changing("credit", 0.75)], seed=3, weeks=20))


def test_discounts_leave_list_prices_alone():
    plain = simulate(small_store(), seed=3, weeks=10)
    cheaper = simulate(small_store(), [changing("discount", 0.01)], seed=3, weeks=10)
    left, right = plain.orders, cheaper.orders
    assert as_bytes(left["list_price"]) == as_bytes(right["list_price"])
    after = right["week"] >= 0
    assert (left["paid"] - right["paid"])[after].to_numpy() == pytest.approx(0.01, abs=1e-9)
    assert (left["paid"] == right["paid"])[~after].all()


def test_a_practice_without_a_start_says_so():
    with pytest.raises(TypeError, match=r"Practice .*no start\(run\)"):
        simulate(small_store(), [Practice()], seed=3, weeks=1)


# --- work and costs ---


def test_work_handed_in_ends_when_the_desk_gets_to_it():
    """One desk, ten hours for each visit: each is told when it ends in a plain queue of all handed in so far."""
    store = small_store(desks=Desks(count=1, hours_per_week=84.0))
    queue: list[tuple[float, int]] = []
    told: list[float] = []
    expected: list[float] = []

    def listen(act, visits):
        act.jobs = act.run.hand_in(visits, np.ones(len(visits.rows), bool), "call", minutes=600)

    def answer(act, visits):
        mine = list(zip(act.jobs.handed_in_weeks.tolist(), visits.rows.tolist(), strict=True))
        queue.extend(mine)
        free, ends = -math.inf, {}
        for at, row in sorted(queue):
            free = ends[at, row] = max(at, free) + 10 / 84
        told.extend(act.jobs.finish_weeks.tolist())
        expected.extend(ends[job] for job in mine)

    world = simulate(store, [Scripted(listen=listen, answer=answer)], seed=3, weeks=12)
    assert len(told) == (world.orders["week"] >= 0).sum() > 50
    assert told == pytest.approx(expected, abs=1e-9)
    assert world.records["desk_hours"]["hours"].sum() == pytest.approx(10 * len(told))
    waits = np.array(told) - [at for at, _ in queue] - 10 / 84
    assert waits.min() < 1e-9 and waits.max() > 0.2


def test_costs_of_the_store_fall_on_its_desks_in_equal_parts():
    store = small_store(desks=Desks(count=4))

    def open_week(act, week):
        act.run.book_for_store("post", "rent", float(week), 100.0)

    world = simulate(store, [Scripted(open_week=open_week)], seed=3, weeks=3)
    assert world.costs.groupby("week")["amount"].sum().tolist() == [100.0] * 3
    assert world.costs["amount"].unique().tolist() == [25.0]
    assert world.costs["desk"].tolist() == [0, 1, 2, 3] * 3
    assert (world.costs["customer_id"] == -1).all()


def test_a_desk_without_customers_changes_no_type_and_loses_no_money() -> None:
    """Three customers on three of fourteen desks, and rent for the whole store: parts put together are the whole."""
    store = small_store()
    crowd = born_at(store, 1, np.array([-1.0, 0.5, 2.0]))
    rent = Scripted(open_week=lambda act, week: act.run.book_for_store("rent", "rent", week, 100.0))
    whole = simulate(store, [rent], weeks=5, customers=crowd)
    parts = [simulate(store, [rent], weeks=5, customers=crowd, desks=[desk]) for desk in range(14)]
    assert_same_world(merge(parts), whole)
    assert whole.costs["amount"].sum() == pytest.approx(500.0)


def test_visits_expected_to_be_gained_follow_the_season() -> None:
    """Steady customers at twice the pace: gained visits are those stated, in a slow half-year as in a busy one.

    50,000 expected visits gained, Poisson: six standard errors are below 3 % (fails by chance 2 in 10^9).
    """
    steady = Visits(r=1e6, alpha_weeks=1e6, a=1e-9, b=1.0)
    store = small_store(visits=steady, season=(0.2,) * 26 + (1.8,) * 26)
    crowd = born_at(store, 1, np.full(10_000, -1.0))
    double = Scripted(open_week=lambda act, week: act.pace.update(x=np.full(len(act.run.customers), 2.0)))
    off = simulate(store, weeks=26, customers=crowd)
    on = simulate(store, [double], weeks=26, customers=crowd)
    gained = len(on.orders) - len(off.orders)
    assert on.truth.customers["extra_x"].sum() == pytest.approx(gained, rel=0.03)


def test_all_but_certain_leaving_is_computed_without_a_warning() -> None:
    store = small_store(
        visits=Visits(r=1, alpha_weeks=1, a=5, b=0.01, first_visit_can_be_last=False),
        response=Response(credit_limit_log_odds=6.0, risk_follows_visits=0.5),
    )

    def hurt(act, visits):
        visits.credit -= 50.0

    rush = Scripted(settle=hurt, open_week=lambda act, week: act.pace.update(x=np.full(len(act.run.customers), 2.0)))
    chance = simulate(store, [rush], seed=3, weeks=5).truth.visits["leave_chance"]
    assert chance.between(0, 1).all() and chance.max() > 0.99
