"""Closed forms against published numbers, another program (`lifetimes`), brute simulation and plain integration."""

import dataclasses

import numpy as np
import pytest
from scipy import integrate, special, stats

from simulator import closed_forms
from simulator.store import Service, Spend, Store, Visits

BG = Visits(r=0.24259, alpha_weeks=4.4135, a=0.79288, b=2.42574, first_visit_can_be_last=False)
MBG = Visits(r=0.5248, alpha_weeks=6.1831, a=0.8914, b=1.6140)
WEEKS = [26, 39, 52, 78, 156]


def brute(visits: Visits, customers: int, weeks: float, seed: int = 0) -> tuple[list[np.ndarray], np.ndarray]:
    """Repeat-visit times before leaving, and the leaving time, of customers drawn one by one."""
    rng = np.random.default_rng(seed)
    times, left = [], np.full(customers, np.inf)
    for i in range(customers):
        rate, p = rng.gamma(visits.r) / visits.alpha_weeks, rng.beta(visits.a, visits.b)
        seen = []
        t = 0.0
        if visits.first_visit_can_be_last and rng.random() < p:
            left[i] = 0.0
        while left[i] == np.inf:
            t += rng.exponential(1 / max(rate, 1e-300))
            if t > weeks:
                break
            seen.append(t)
            if rng.random() < p:
                left[i] = t
        times.append(np.array(seen))
    return times, left


@pytest.fixture(scope="module", params=[BG, MBG], ids=["BG", "MBG"])
def world(request):
    return request.param, *brute(request.param, 40_000, weeks=80.0)


def test_published_expected_repeats():
    bg, mbg = [0.9013, 1.1950, 1.4440, 1.8580, 2.7549], [0.8981, 1.1823, 1.4189, 1.8036, 2.6029]
    assert closed_forms.expected_repeats(BG, WEEKS) == pytest.approx(bg, abs=6e-5)
    assert closed_forms.expected_repeats(MBG, WEEKS) == pytest.approx(mbg, abs=3e-4)  # its parameters have 4 digits


def test_still_a_customer_depends_on_whether_the_first_visit_can_be_the_last():
    assert closed_forms.still_customer(BG, 52) == pytest.approx(0.76, abs=0.006)
    assert closed_forms.still_customer(MBG, 52) == pytest.approx(0.40, abs=0.006)


def test_expected_repeats_matches_the_published_closed_form_and_passes_a_equal_1():
    a, b, r, alpha, t = 0.79288, 2.42574, 0.24259, 4.4135, 52.0
    hyper = special.hyp2f1(r, b, a + b - 1, t / (alpha + t))
    published = (a + b - 1) / (a - 1) * (1 - (alpha / (alpha + t)) ** r * hyper)
    assert closed_forms.expected_repeats(BG, t) == pytest.approx(published, rel=1e-10)
    near = [float(closed_forms.expected_repeats(dataclasses.replace(BG, a=a), t)) for a in (1 - 1e-6, 1.0, 1 + 1e-6)]
    assert near[1] == pytest.approx((near[0] + near[2]) / 2, rel=1e-9)


ODD = [Visits(r=1, alpha_weeks=2, a=1, b=950), Visits(r=30, a=0.05, b=90)]


@pytest.mark.parametrize("visits", [BG, MBG, Visits(), *ODD])
def test_survival_and_retention_match_integration_over_p(visits):
    points, weights = closed_forms.beta_quadrature(visits.a, visits.b, 400)
    outlive = 1 - points if visits.first_visit_can_be_last else np.ones_like(points)
    t, window, alpha, r = 60.0, 13.0, visits.alpha_weeks, visits.r
    still = weights @ (outlive * (alpha / (alpha + points * t)) ** r)
    silent = weights @ (outlive * (alpha / (alpha + points * t + window)) ** r)
    repeats = weights @ (outlive * (1 - (alpha / (alpha + points * t)) ** r) / points)
    assert closed_forms.still_customer(visits, t) == pytest.approx(still, rel=1e-9)
    assert closed_forms.retention(visits, t, window) == pytest.approx(still - silent, rel=1e-9)
    assert closed_forms.expected_repeats(visits, t) == pytest.approx(repeats, rel=1e-9)


def test_brute_simulation_agrees(world):
    visits, times, left = world
    n = len(times)
    counts = np.array([(each <= 40).sum() for each in times])
    error = counts.std() / n**0.5
    assert closed_forms.expected_repeats(visits, 40) == pytest.approx(counts.mean(), abs=4 * error)
    assert closed_forms.still_customer(visits, 40) == pytest.approx((left > 40).mean(), abs=4 * 0.5 / n**0.5)
    comes = [(each > 40).any() and (each[each > 40][0] <= 53) for each in times]
    assert closed_forms.retention(visits, 40, 13) == pytest.approx(np.mean(comes), abs=4 * 0.5 / n**0.5)
    shares = closed_forms.repeat_count_shares(visits, 40.0, most=5)
    found = np.bincount(np.minimum(counts, 5), minlength=6) / n
    assert shares == pytest.approx(found, abs=4 * 0.5 / n**0.5)


def test_brute_simulation_agrees_about_customers_with_a_past(world):
    visits, times, left = world
    last = np.array([max(each[each <= 40], default=0.0) for each in times])
    counts = np.array([(each <= 40).sum() for each in times])
    later = np.array([((each > 40) & (each <= 80)).sum() for each in times])
    alive = closed_forms.p_alive(visits, counts, last, 40.0)
    expected = closed_forms.expected_repeats_given(visits, counts, last, 40.0, 40.0)
    for group in (counts == 0, counts == 1, counts > 1, (counts > 1) & (last < 20), last > 35):
        n = group.sum()
        assert alive[group].mean() == pytest.approx((left[group] > 40).mean(), abs=4 * 0.5 / n**0.5)
        assert expected[group].mean() == pytest.approx(later[group].mean(), abs=4 * later[group].std() / n**0.5)


def test_shares_of_repeat_counts_sum_to_the_expectation():
    x = np.arange(4001)
    shares = closed_forms.repeat_count_shares(MBG, 39.0, most=4000)
    assert shares.sum() == pytest.approx(1) and shares[-1] < 1e-9
    assert shares @ x == pytest.approx(float(closed_forms.expected_repeats(MBG, 39.0)), rel=1e-6)


def test_shares_of_repeat_counts_of_the_cdnow_sample():
    datasets = pytest.importorskip("lifetimes.datasets", reason="lifetimes (extra `test`) is not installed")
    ages = datasets.load_cdnow_summary()["T"].to_numpy()
    found = closed_forms.repeat_count_shares(BG, ages, most=7).sum(axis=0)
    assert found == pytest.approx([1407.7, 460.3, 192.5, 101.2, 59.9, 38.1, 25.6, 71.9], abs=0.06)


@pytest.mark.parametrize("visits", [BG, MBG], ids=["BG", "MBG"])
def test_lifetimes_agrees(visits):
    lifetimes = pytest.importorskip("lifetimes", reason="lifetimes (extra `test`) is not installed")
    kind = lifetimes.ModifiedBetaGeoFitter if visits.first_visit_can_be_last else lifetimes.BetaGeoFitter
    other = kind()
    other.params_ = {"r": visits.r, "alpha": visits.alpha_weeks, "a": visits.a, "b": visits.b}
    x, last, age = np.array([1, 2, 7]), np.array([1.5, 30.43, 20.0]), np.array([27.0, 38.86, 38.0])
    ours = closed_forms.expected_repeats_given(visits, x, last, age, 39.0)
    with np.errstate(all="ignore"):
        assert ours == pytest.approx(
            np.asarray(other.conditional_expected_number_of_purchases_up_to_time(39.0, x, last, age)), rel=1e-6
        )
        assert closed_forms.p_alive(visits, x, last, age) == pytest.approx(
            np.asarray(other.conditional_probability_alive(x, last, age)), rel=1e-9
        )


def test_one_time_buyers_are_alive_by_assumption_under_bg_only():
    assert closed_forms.p_alive(BG, 0, 0, [1, 500]).tolist() == [1.0, 1.0]
    assert closed_forms.p_alive(MBG, 0, 0, 0) == pytest.approx(MBG.b / (MBG.a + MBG.b))
    assert closed_forms.p_alive(MBG, 0, 0, 500) < 0.2


def test_impossible_pasts_are_named():
    with pytest.raises(ValueError, match=r"last_weeks = 9.0: at most age_weeks, 8.0"):
        closed_forms.p_alive(BG, 1, [1.0, 9.0], 8.0)
    with pytest.raises(ValueError, match=r"weeks = -1.0: should be at least 0"):
        closed_forms.still_customer(BG, -1)
    with pytest.raises(ValueError, match="most = 0: should be at least 1"):
        closed_forms.repeat_count_shares(BG, 4.0, most=0)


def test_expected_spend_is_the_mean_of_the_posterior():
    spend = Spend(shape_p=6.25, shape_q=3.74, scale_gamma=15.44)
    rng = np.random.default_rng(1)
    rate = rng.gamma(spend.shape_q, 1 / spend.scale_gamma, size=400_000)
    three = rng.gamma(spend.shape_p * 3, 1 / rate) / 3
    near = abs(three - 50) < 1
    truth = (spend.shape_p / rate)[near]
    error = truth.std() / near.sum() ** 0.5
    assert closed_forms.expected_spend(spend, 50.0, 3) == pytest.approx(truth.mean(), abs=4 * error)
    assert closed_forms.expected_spend(spend, np.nan, 0) == pytest.approx(spend.mean)


def test_lifetime_value_is_spend_times_discounted_visits():
    store = Store(visits=MBG, discount_rate_per_year=0.0)
    margin = store.spend.mean * store.spend.gross_margin_share
    repeats = float(closed_forms.expected_repeats(MBG, 300.0))
    assert closed_forms.lifetime_value(store, 300.0) == pytest.approx(margin * (1 + repeats), rel=1e-9)
    dear = dataclasses.replace(store, discount_rate_per_year=0.15)
    ages = np.linspace(0, 300, 15_001)
    discounted = integrate.trapezoid(1.15 ** (-ages / 52), closed_forms.expected_repeats(MBG, ages))
    assert closed_forms.lifetime_value(dear, 300.0) == pytest.approx(margin * (1 + discounted), rel=1e-6)
    assert closed_forms.lifetime_value(dear, 0.0) == pytest.approx(margin)


def test_base_log_odds_give_p_back_everywhere():
    rng = np.random.default_rng(2)
    n = 100_000
    p = np.concatenate([special.expit(rng.uniform(-27, 27, n)), [1e-12, 1 - 1e-12, 0.5]])
    failing = np.concatenate([rng.beta(0.1, 0.4, n), [0.0, 1.0, 0.3]])
    shares = np.stack([1 - failing, failing * 0.7, failing * 0.3], axis=-1)
    for log_odds in ([0.0, 1.4, 1.2], [0.0, 6.0, 6.0], [0.0, -6.0, 6.0]):
        base = closed_forms.solve_base_log_odds(p, shares, log_odds)
        back = (shares * special.expit(base[:, None] + log_odds)).sum(axis=-1)
        assert abs(back - p).max() < 1e-12
        assert (abs(back / p - 1) < 1e-9).all()
        assert np.isfinite(base).all()


def test_base_log_odds_take_certainties():
    base = closed_forms.solve_base_log_odds([0.0, 1.0], [0.9, 0.07, 0.03], [0.0, 1.4, 1.2])
    assert special.expit(base) == pytest.approx([0.0, 1.0], abs=1e-12)


def test_beta_quadrature_gives_the_moments_of_beta():
    for a, b in ((0.8, 7.2), (0.01, 0.02), (1.0, 1.0), (300.0, 1e5)):
        points, weights = closed_forms.beta_quadrature(a, b)
        assert weights.sum() == pytest.approx(1)
        for power in (1, 2, 5):
            assert weights @ points**power == pytest.approx(stats.beta(a, b).moment(power), rel=1e-8)


def test_leaving_table_matches_simulated_first_visits():
    service = Service(failure_share=0.1, failure_concentration=20.0, silent_log_odds=1.4, complained_log_odds=1.2)
    store = Store(visits=Visits(a=0.8, b=7.2), service=service)
    table = closed_forms.leaving_table(store)
    rng = np.random.default_rng(3)
    n = 400_000
    p = rng.beta(store.visits.a, store.visits.b, n)
    failing = rng.beta(0.1 * 20, 0.9 * 20, n)
    heard = store.service.heard_share
    shares = np.stack([1 - failing, failing * (1 - heard), failing * heard], axis=-1)
    log_odds = np.array([0.0, 1.4, 1.2])
    base = closed_forms.solve_base_log_odds(p, shares, log_odds)
    kind = (rng.random(n)[:, None] > shares.cumsum(axis=-1)[:, :2]).sum(axis=-1)
    left = rng.random(n) < special.expit(base + log_odds[kind])
    brute_force = [left.mean(), left[kind == 0].mean(), left[kind > 0].mean(), left[kind == 1].mean(),
                   left[kind == 2].mean(), (kind[left] > 0).mean(), (kind[left] == 2).mean()]  # fmt: skip
    assert table.to_numpy() == pytest.approx(brute_force, abs=0.012)
    assert table["P(leave)"] == pytest.approx(store.visits.leaving_share, rel=1e-9)


def test_leaving_table_without_failures_or_effects():
    visits = Visits(a=0.8, b=7.2)
    none = closed_forms.leaving_table(Store(visits=visits, service=Service(failure_share=0.0)))
    assert none["P(leave | no failure)"] == pytest.approx(0.1) and np.isnan(none["P(leave | failure)"])
    assert none["share of departures with a failure"] == 0
    service = Service(silent_log_odds=0.0, complained_log_odds=0.0)
    flat = closed_forms.leaving_table(Store(visits=visits, service=service))
    assert flat[["P(leave | failure)", "P(leave | silent)", "P(leave | no failure)"]].to_numpy() == pytest.approx(0.1)
