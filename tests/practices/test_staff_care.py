"""Staff care by hand: teams against closed forms, service and load to the digit, stores where it pays or does not."""

import dataclasses

import numpy as np
import pytest
from scipy import special, stats
from worlds import as_bytes, small_store

from simulator import luck
from simulator.engine import simulate
from simulator.evidence import presets
from simulator.measures import Horizon
from simulator.naive import naive_estimates
from simulator.parameters import ParameterError
from simulator.practices import ComplaintRecovery, StaffCare
from simulator.practices.staff_care import usual_takings
from simulator.practices.staff_teams import Team, as_today, places, skill_after
from simulator.store import Arrivals, Desks, Service, Spend, Store
from simulator.twins import compare, history_of

STORE = small_store(desks=Desks(count=3, hours_per_week=2.0, wage_per_hour=40.0))
WEEKS = 30
IDLE = {"training_hours_per_month": 0.0, "care_share": 0.0, "fixed_cost_per_week": 0.0}
STAYING = {"turnover_per_year": 0.0, "vacancy_weeks": 0.0}  # nobody leaves, all places are filled
ALL_PEOPLE = {"product_failures_share": 0.0, "after_sale_failures_share": 0.0}


def run(*practices, store=STORE, weeks=WEEKS, seed=2):
    return simulate(store, practices, seed=seed, weeks=weeks)


def since_week_0(world):
    return world.truth.visits.query("week >= 0").set_index("order_id")


def assert_same_truth(one, other) -> None:
    for frame in ("customers", "visits"):
        left, right = getattr(one.truth, frame), getattr(other.truth, frame)
        assert [as_bytes(left[name]) for name in left] == [as_bytes(right[name]) for name in left], frame
    assert one.orders.equals(other.orders) and one.records["complaints"].equals(other.records["complaints"])


# --- placebos ---


@pytest.mark.parametrize("others", [(), (ComplaintRecovery(answer_minutes=120.0),)], ids=["alone", "busy desks"])
def test_a_shop_that_changes_nothing_about_its_staff_is_the_same_byte_for_byte(others) -> None:
    """People come and go, are overworked and forget: all of that is so today, and in the fitted store already."""
    idle = StaffCare(**IDLE, turnover_per_year=2.0, load_today=1.2)
    without, world = run(*others), run(*others, idle)
    assert_same_truth(without, world)
    assert world.costs.equals(without.costs)
    assert world.records["staff"]["left"].sum() > 3 and len(world.records["faults"]) > 20


def test_training_and_care_that_nobody_feels_change_nothing_but_the_costs() -> None:
    null = dataclasses.replace(presets(StaffCare)["null"].practice, turnover_per_year=2.0)
    without, world = run(), run(null)
    assert_same_truth(without, world)
    assert world.costs["amount"].sum() > 0


def test_more_weeks_leave_the_staff_as_it_was() -> None:
    short, long = (run(StaffCare(turnover_per_year=3.0), weeks=weeks).records["staff"] for weeks in (12, 30))
    assert short.equals(long.query("week < 12").reset_index(drop=True))


# --- teams, by hand and by closed forms ---


def test_three_people_by_hand() -> None:
    """Half of what is lacking is learned a week, nine tenths are kept; the second leaves for two weeks."""
    team = Team(np.array([[0.0, 0.4, 0.8]]), np.full((1, 3), -np.inf), np.zeros((1, 3)))
    team.learn(0, 0.5, 0.9, np.array([True]))
    np.testing.assert_allclose(team.skill, [[0.45, 0.63, 0.81]])
    left = team.let_go(0, 52 * np.log(2), np.array([[0.9, 0.4, 0.51]]), 2.0)  # a chance of one half a week
    assert left.tolist() == [1] and team.people(1).tolist() == [2] and team.people(3).tolist() == [3]
    assert team.mean_skill(1) == pytest.approx(0.63) and team.mean_skill(3) == pytest.approx((0.45 + 0.81) / 3)
    assert team.trained_weeks.tolist() == [[1.0, 0.0, 1.0]]


@pytest.mark.parametrize(("unlearned", "kept"), [(0.98, 0.987), (0.5, 1.0), (1.0, 0.9)])
def test_skill_after_so_many_weeks_is_the_recursion(unlearned: float, kept: float) -> None:
    team = Team(np.zeros((1, 1)), np.full((1, 1), -np.inf), np.zeros((1, 1)))
    for week in range(40):
        team.learn(week, unlearned, kept, np.array([False]))
    assert team.skill[0, 0] == pytest.approx(skill_after(np.array([40.0]), unlearned, kept)[0], abs=1e-12)


def test_teams_begin_as_they_stand_in_the_long_run() -> None:
    """Skill s·k/(k + r) on average, empty places r·v/(1 + r·v); of 40,000 places, errs once in 10,000 seeds."""
    keys = luck.customer_keys(luck.store_key(3), np.arange(40_000)).reshape(-1, 4)
    rate, unlearned, kept, empty = 0.8 / 52, 0.97, 0.99, 6.0
    team = as_today(keys, 0.8, empty, unlearned, kept)
    limit, decay = kept * (1 - unlearned) / (1 - unlearned * kept), -np.log(unlearned * kept)
    skill = team.skill[team.staffed(0)]
    assert skill.mean() == pytest.approx(limit * decay / (decay + rate), abs=4 * skill.std() / 200)
    share = rate * empty / (1 + rate * empty)
    assert (~team.staffed(0)).mean() == pytest.approx(share, abs=4 * np.sqrt(share / 40_000))
    before = team.mean_skill(0).mean()
    for week in range(104):
        team.learn(week, unlearned, kept, np.zeros(len(keys), bool))
        team.let_go(week, 0.8, luck.uniform(keys.ravel(), week, luck.purpose("test")).reshape(keys.shape), empty)
    assert team.mean_skill(104).mean() == pytest.approx(before, abs=0.01)


def test_each_place_has_luck_of_its_own() -> None:
    keys = places(history_of(STORE, WEEKS, 2), 4)
    assert keys.shape == (3, 4) and len(np.unique(keys)) == 12


def test_people_leave_as_often_as_the_shop_says_and_those_cared_for_less_often() -> None:
    """Poisson; a right program fails once in a thousand seeds."""
    rules = StaffCare(**IDLE, turnover_per_year=1.5, vacancy_weeks=0.0, staff_per_desk=20)
    usual = run(rules, weeks=52).records["staff"]
    expected = -np.expm1(-1.5 / 52) * usual["staffed"].sum()
    assert stats.poisson.sf(usual["left"].sum() - 1, expected) > 5e-4
    assert stats.poisson.cdf(usual["left"].sum(), expected) > 5e-4
    cared = run(dataclasses.replace(rules, care_share=0.2), weeks=52).records["staff"]
    assert (cared["left"].to_numpy() <= usual["left"].to_numpy()).all()  # places are all filled: the same luck
    assert cared["left"].sum() < 0.8 * usual["left"].sum()


# --- what a visit is like ---


def test_service_rises_with_what_was_learned_and_by_nothing_else() -> None:
    """Nobody leaves and nobody is overworked: the lift is in closed form, to the last digits."""
    rules = StaffCare(**STAYING, **ALL_PEOPLE, training_hours_per_month=13.0, load_today=0.2)
    visits = since_week_0(run(rules))
    kept, learned_today = 0.5 ** (1 / 52), 0.5 ** (2 * 12 / 52 / 20)
    learned = 0.5 ** (15 * 12 / 52 / 20)
    skill = [skill_after(np.array([np.inf]), learned_today, kept)[0]]
    for _ in range(WEEKS):
        skill.append((1 - (1 - skill[-1]) * learned) * kept)
    lift = 0.6 * (np.array(skill) - skill[0])
    np.testing.assert_allclose(visits["service"], lift[np.floor(visits["week"]).astype(int)], atol=1e-12)
    assert lift[-1] > 0.2


def test_hours_taken_from_the_floor_cost_service_until_learning_makes_up_for_it() -> None:
    """Load by hand from the orders: visits of four weeks against those of last year, over the hours that are left."""
    rules = StaffCare(**STAYING, **ALL_PEOPLE, training_hours_per_month=26.0, load_today=1.0, skill_lift=0.0)
    world = run(rules)
    orders, visits = world.orders, since_week_0(world)
    orders = orders.assign(floor=np.floor(orders["week"]))
    for desk in range(3):
        here = orders[orders["desk"] == desk]
        a_week = ((here["week"] < 0) & (here["week"] >= -20)).sum() / 20
        for week in (0, 3, 17, 29):
            busy = here["floor"].between(week - 4, week - 1).sum() / 4 / a_week
            over, usual = (np.clip(busy * 35 / hours - 0.85, 0, 1) for hours in (35 - 6, 35))
            felt = visits[(visits["desk"] == desk) & (np.floor(visits["week"]) == week)]["service"]
            np.testing.assert_allclose(felt, -0.2 * (over - usual) / 0.1, atol=1e-12)
    paid = since_week_0(run(dataclasses.replace(rules, training_hours_from="overtime")))
    assert (paid["service"] == 0).all() and visits["service"].min() < -0.2


def test_training_in_the_desks_hours_keeps_complaints_waiting() -> None:
    recovery = ComplaintRecovery(answer_minutes=10.0)
    waited = {}
    for source in ("the floor", "desk hours"):
        rules = StaffCare(training_hours_per_month=2.0, training_hours_from=source)
        world = run(recovery, rules)
        waited[source] = world.records["answers"]["waited_hours"].median()
        booked = world.records["desk_hours"].query("kind == 'training'")["hours"].sum()
        staffed = world.records["staff"]["staffed"].sum()
        assert booked == pytest.approx(staffed * 2 * 12 / 52 if source == "desk hours" else 0.0)
    assert waited["desk hours"] > 1.5 * waited["the floor"]


# --- what no service can cure ---


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_repaired_products_fail_less_often_by_just_that_share(share: float) -> None:
    """Whoever would have failed with rank u below f now fails with u below f·(1 − share): the same luck at each."""
    rules = StaffCare(**IDLE, product_failures_share=1.0, product_repair_share=share, product_repair_cost=3.0)
    world = run(rules)
    visits = since_week_0(world)
    fails = world.truth.customers.set_index("customer_id")["failure_share"].loc[visits["customer_id"]].to_numpy()
    rank = special.ndtr(visits["experience"] - visits["service"])
    assert (visits["failed"].to_numpy() == (rank < fails * (1 - share))).all()
    assert world.costs["amount"].sum() == pytest.approx(3.0 * len(visits))


def test_training_cures_no_failure_that_comes_from_the_product_or_after_the_sale() -> None:
    rules = StaffCare(product_failures_share=0.5, after_sale_failures_share=1.0, training_hours_per_month=20.0)
    assert_same_truth(run(), run(rules))


def test_faults_are_recorded_for_what_was_complained_of_in_their_shares() -> None:
    """Binomial; a right program fails once in a thousand seeds."""
    world = run(StaffCare(product_failures_share=0.4, after_sale_failures_share=0.5, skill_lift=0.0), weeks=52)
    faults, complaints = world.records["faults"], world.records["complaints"].query("week >= 0")
    assert faults["order_id"].tolist() == complaints["order_id"].tolist()
    for fault, share in (("product", 0.4), ("people", 0.3), ("after the sale", 0.3)):
        assert stats.binomtest(int((faults["fault"] == fault).sum()), len(faults), share).pvalue > 3e-4


# --- money and records ---


def test_what_is_spent_on_people_is_booked() -> None:
    rules = StaffCare(turnover_per_year=2.0, care_share=0.1, extra_hours_per_week=5.0, training_hours_from="overtime",
                      care_turnover_ratio=0.4)  # fmt: skip
    usual, world = (run(each) for each in (StaffCare(**IDLE, turnover_per_year=2.0), rules))
    staff, before = world.records["staff"], usual.records["staff"]
    costs, hours = world.costs.groupby("kind")["amount"].sum(), 4 * 12 / 52 * staff["staffed"].sum()
    more = staff["staffed"].sum() - before["staffed"].sum()
    fewer = staff["left"].sum() - before["left"].sum()
    expected = {"care": 0.1 * 35 * 40 * staff["staffed"].sum(), "extra hours": 5 * 40 * 3 * WEEKS,
                "training": 15 * hours, "training overtime": 40 * hours, "fixed": 15 * WEEKS,
                "places filled": 35 * 40 * more, "hiring": 4000 * fewer}  # fmt: skip
    assert more > 0 > fewer
    for kind, amount in expected.items():
        assert costs[kind] == pytest.approx(amount, abs=1.0), kind


def test_marks_are_those_of_the_visits_asked_about() -> None:
    world = run(StaffCare(survey_share=1.0))
    visits, survey = since_week_0(world), world.records["survey"]
    assert survey["answers"].sum() == len(visits)
    first = visits[(visits["desk"] == 1) & (visits["week"] < 13)]["experience"]
    row = survey.query("desk == 1 and week == 0").iloc[0]
    assert row["mark"] == pytest.approx(np.clip(np.rint(3 + first), 1, 5).mean(), abs=0.006)


# --- what the shop would conclude ---


@pytest.mark.parametrize("history_weeks", [30, 104])
def test_usual_takings_are_those_of_stores_on_average(history_weeks: int) -> None:
    """Closed form against 40,000 customers; some 5 standard errors."""
    store = Store(arrivals=Arrivals(new_customers_per_week=40_000 / history_weeks, history_weeks=history_weeks))
    orders = simulate(store, seed=4, weeks=1).orders.query("week < 0")
    paid = orders.query("week >= -52")["paid"].sum() / orders["customer_id"].nunique()
    assert usual_takings(store) == pytest.approx(paid, rel=0.03)


DESKS = Store(desks=Desks(count=24), arrivals=Arrivals(new_customers_per_week=30.0, history_weeks=104))


@pytest.mark.parametrize(("where", "estimate", "least"), [
    ("best desks", "takings a customer at the desks trained against the others", 0.03),
    ("worst desks", "complaints at the desks trained, after against before", -0.001),
])  # fmt: skip
def test_training_that_does_nothing_looks_well_where_the_desks_were_chosen(where, estimate, least) -> None:
    """Selection among the best, regression to the mean among the worst; desks are alike but for their luck."""
    null = dataclasses.replace(presets(StaffCare)["null"].practice, train_where=where)
    for seed in (1, 2, 3):
        off, on = run(store=DESKS, weeks=60, seed=seed), run(null, store=DESKS, weeks=60, seed=seed)
        table = naive_estimates(off, on, Horizon(weeks=60, window_weeks=20)).set_index("estimate")
        assert table.loc[estimate, "truth"] == 0.0 and table.loc[estimate, "naive"] / least > 1
        trained = on.records["staff"].groupby("desk")["trained"].max() > 0
        assert 5 < trained.sum() < 19


# --- where it pays ---


def opposite_stores() -> tuple[tuple[Store, StaffCare], tuple[Store, StaffCare]]:
    """Much goes wrong, all of it with people, at a high margin; less goes wrong, most with the goods, at a low one."""
    rude = Store(service=Service(failure_share=0.25), spend=dataclasses.replace(Spend(), gross_margin_share=0.6))
    thin = Store(spend=dataclasses.replace(Spend(), gross_margin_share=0.2))
    people, product = ({"product_failures_share": share, "after_sale_failures_share": 0.0} for share in (0.0, 0.8))
    return (rude, StaffCare(**people, care_share=0.0)), (thin, StaffCare(**product, care_share=0.0))


def test_two_stores_two_recommendations() -> None:
    """The same training pays where failures come from people and loses where they come from the product.

    Each clear of zero by the 95 % interval of the mean. The reason by causes: what it saves against what it takes.
    """
    for (store, rules), pays in zip(opposite_stores(), (True, False), strict=True):
        result = compare(store, [rules], replicates=4)
        assert result.sign() == (1 if pays else -1)
        cause = result.causes.set_index("cause")["margin"]
        assert (cause["saved"] + cause["lost"] > -2 * cause["running the practice"]) == pays
        assert (cause["saved"] < -0.8 * cause["running the practice"]) != pays


def test_training_from_the_floor_of_desks_with_too_much_to_do_backfires() -> None:
    """By direction: more visits go wrong, and more people leave, than if nothing had been done."""
    worse = presets(StaffCare)["backfire"].practice
    store = dataclasses.replace(DESKS, service=Service(failure_share=0.25))
    off, on = run(store=store, weeks=52), run(worse, store=store, weeks=52)
    idle = dataclasses.replace(worse, **IDLE)
    assert since_week_0(on)["failed"].mean() > since_week_0(off)["failed"].mean() + 0.01
    left = [run(each, store=store, weeks=52).records["staff"]["left"].sum() for each in (worse, idle)]
    assert left[0] > left[1]


@pytest.mark.parametrize(
    ("values", "words"),
    [({"care_share": -0.1}, r"StaffCare\.care_share = -0\.1: should be greater than or equal to 0"),
     ({"train_where": "where I like"}, r"StaffCare\.train_where = 'where I like': .*'everywhere', 'worst desks'")],
)  # fmt: skip
def test_impossible_values_are_named(values: dict, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        StaffCare(**values)
