"""Populations: leaving stays what it was, columns follow their distributions, arrivals follow their weeks.

The statistical tests are seeded and so never change; the chance stated is that of right code failing them.
"""

import dataclasses
import datetime
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats
from worlds import BG, MBG, faster, seeded

from simulator import closed_forms, luck
from simulator.calibration import posterior_parameters
from simulator.customers import Customers, arrivals, base_log_odds, born_at, draw, from_posterior
from simulator.engine import before_week_0, first_due, serve_week, simulate
from simulator.measures import Horizon, measure
from simulator.orders import summary
from simulator.store import Arrivals, Desks, Response, Service, Spend, Store, Visits

SIZE = 200_000
STORE = Store(
    visits=Visits(r=0.5248, alpha_weeks=6.1831, a=0.8914, b=1.6140),
    spend=Spend(shape_p=6.25, shape_q=3.74, scale_gamma=15.44),
    service=Service(failure_share=0.15, failure_concentration=8.0),
    response=Response(wallet_rate_correlation=0.4, share_of_wallet=0.6, responsiveness_spread=0.7),
    desks=Desks(count=14),
)
CROWD = born_at(STORE, seed=1, first_weeks=np.zeros(SIZE))
RARE = 1e-9  # fails by chance once in 10^9


@seeded
@given(
    st.one_of(st.floats(1e-12, 1 - 1e-12), st.sampled_from([1e-12, 1e-9, 1e-6, 1 - 1e-6, 1 - 1e-9, 1 - 1e-12])),
    st.one_of(st.floats(0, 1), st.sampled_from([0.0, 1e-15, 1 - 1e-15, 1.0])),
    st.floats(0, 1),
    st.floats(0, 6),
    st.floats(0, 6),
)
def test_leaving_stays_what_it_is_whatever_failures_weigh(p, failing, heard, silent, complained):
    service = Service(
        to_staff_share=heard,
        to_third_parties_share=0.0,
        to_others_share=1 - heard,
        silent_log_odds=silent,
        complained_log_odds=complained,
    )
    eta = base_log_odds(np.array([p]), np.array([failing]), service)[0]
    parts = [1 - failing, failing * (1 - heard), failing * heard]
    leaving = [special.expit(eta + odds) for odds in (0.0, silent, complained)]
    mean = math.fsum(part * chance for part, chance in zip(parts, leaving, strict=True))
    assert mean == pytest.approx(p, abs=1e-12, rel=1e-9)


@seeded
@given(st.floats(1e-9, 1 - 1e-9), st.floats(0, 1))
def test_without_weights_the_base_is_the_plain_log_odds(p, failing):
    service = Service(silent_log_odds=0.0, complained_log_odds=0.0)
    eta = base_log_odds(np.array([p]), np.array([failing]), service)[0]
    assert eta == pytest.approx(math.log(p) - math.log1p(-p), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("column", "theory"),
    [
        ("rate_per_week", stats.gamma(0.5248, scale=1 / 6.1831)),
        ("leaving_share", stats.beta(0.8914, 1.6140)),
        ("spend_rate", stats.gamma(3.74, scale=1 / 15.44)),
        ("failure_share", stats.beta(0.15 * 8, 0.85 * 8)),
        ("response", stats.gamma(0.7**-2, scale=0.7**2)),
    ],
)
def test_a_column_follows_its_distribution(column, theory):
    values = getattr(CROWD, column)
    mean, variance, kurtosis = (float(moment) for moment in theory.stats("mvk"))
    assert stats.kstest(values, theory.cdf).pvalue > RARE
    assert abs(values.mean() - mean) < 6 * math.sqrt(variance / SIZE)  # six standard errors: by chance twice in 10^9
    assert abs(values.var() / variance - 1) < 6 * math.sqrt((kurtosis + 2) / SIZE)


def test_the_mean_spend_is_that_of_the_store():
    """A customer's mean spend is shape_p/ν, inverse Gamma over customers."""
    spends = STORE.spend.shape_p / CROWD.spend_rate
    error = stats.invgamma.std(3.74, scale=6.25 * 15.44) / math.sqrt(SIZE)
    assert abs(spends.mean() - 35.22) < 6 * error + 0.005  # 35.22 is rounded; six standard errors


def test_shares_of_wallet_follow_beta_and_hang_together_with_the_rate():
    """A Gaussian copula with correlation ρ has the rank correlation 6/π·asin(ρ/2)."""
    alike = STORE.response.share_of_wallet_concentration
    inside = CROWD.wallet_share[CROWD.wallet_share > 0.01]  # shares below 1 % are lifted to it
    theory = stats.beta(0.6 * alike, 0.4 * alike)
    rare = theory.cdf(0.01)
    assert stats.kstest(inside, lambda x: (theory.cdf(x) - rare) / (1 - rare)).pvalue > RARE
    assert CROWD.wallet_share.min() >= 0.01
    rank = stats.spearmanr(CROWD.wallet_share, CROWD.rate_per_week).statistic
    assert abs(rank - 6 / math.pi * math.asin(0.2)) * math.sqrt(SIZE) < 6  # its standard error is below 1/√n


def test_whole_numbers_are_even_and_flags_have_their_share():
    assert stats.chisquare(np.bincount(CROWD.desk, minlength=14)).pvalue > RARE
    assert stats.chisquare(np.bincount(CROWD.birthday_week, minlength=52)).pvalue > RARE
    assert len(np.bincount(CROWD.desk)) == 14 and len(np.bincount(CROWD.birthday_week)) == 52
    share = STORE.response.deal_seeker_share
    assert abs(CROWD.deal_seeker.mean() - share) < 6 * math.sqrt(share * (1 - share) / SIZE)


def test_columns_that_should_not_hang_together_do_not():
    names = ("rate_per_week", "leaving_share", "spend_rate", "failure_share", "response", "birthday_week", "desk")
    ranks = stats.spearmanr(np.stack([getattr(CROWD, name) for name in names], axis=1)).statistic
    assert np.abs(ranks - np.eye(len(names))).max() * math.sqrt(SIZE) < 6  # 21 pairs: by chance four in 10^8


def test_a_customer_takes_eighty_bytes():
    assert sum(getattr(CROWD, each.name).nbytes for each in dataclasses.fields(CROWD)) == 80 * SIZE


def test_a_store_without_failures_or_differences():
    plain = Store(service=Service(failure_share=0.0), response=Response(responsiveness_spread=0.0))
    crowd = born_at(plain, seed=1, first_weeks=np.zeros(1000))
    assert (crowd.failure_share == 0).all() and (crowd.response == 1).all()
    assert crowd.base_log_odds == pytest.approx(special.logit(np.maximum(crowd.leaving_share, 1e-12)), rel=1e-9)


def test_arrivals_are_poisson_in_each_week():
    """6,000 weeks of 4 customers: each count's share against the Poisson distribution, by chi-square."""
    store = Store(arrivals=Arrivals(new_customers_per_week=4.0, history_weeks=1000))
    first = arrivals(store, luck.store_key(1), weeks=5000)
    counts = np.bincount(np.floor(first).astype(int) + 1000, minlength=6000)
    seen = np.bincount(np.minimum(counts, 12), minlength=13)
    expected = 6000 * np.append(stats.poisson.pmf(np.arange(12), 4.0), stats.poisson.sf(11, 4.0))
    assert stats.chisquare(seen, expected).pvalue > RARE
    assert stats.kstest(first - np.floor(first), "uniform").pvalue > RARE
    assert stats.kstest(first, "uniform", args=(-1000, 6000)).pvalue > RARE


def test_arrivals_follow_season_and_history():
    season = tuple(1 + 0.8 * math.sin(2 * math.pi * week / 52) for week in range(52))
    history = (0.0,) * 10 + (2.0,) * 42 + (1.0,) * 52
    store = Store(
        season=season,
        arrivals=Arrivals(new_customers_per_week=500.0, history_weeks=104, index_before_week_0=history),
    )
    first = arrivals(store, luck.store_key(2), weeks=52)
    counts = np.bincount(np.floor(first).astype(int) + 104, minlength=156)
    mean = 500 * np.array(season * 3) * np.array(history + (1.0,) * 52)
    assert counts[:10].sum() == 0
    errors = (counts[10:] - mean[10:]) / np.sqrt(mean[10:])
    assert np.abs(errors).max() < 8  # 146 Poisson counts of 100 or more, one beyond eight standard errors: below 10^-9
    # the sum of squared errors is chi-square with 146 degrees but for the Poisson's own kurtosis
    assert abs((errors**2).sum() - 146) < 6 * math.sqrt((2 + (1 / mean[10:]).mean()) * 146)


def columns(crowd: Customers) -> dict[str, list[object]]:
    return {each.name: getattr(crowd, each.name).tolist() for each in dataclasses.fields(crowd)}


@seeded
@given(st.integers(0, 2**32), st.integers(0, 40), st.integers(0, 40))
def test_more_weeks_leave_earlier_customers_as_they_are(seed, weeks, more):
    store = Store(arrivals=Arrivals(new_customers_per_week=3.0, history_weeks=5))
    short, long = draw(store, seed, weeks), draw(store, seed, weeks + more)
    assert columns(long.take(np.arange(len(short)))) == columns(short)
    assert (long.first_week[len(short) :] >= weeks).all()
    assert ((long.first_week >= -5) & (long.first_week < weeks + more)).all()


@seeded
@given(st.integers(0, 2**32), st.integers(1, 30))
def test_every_customer_belongs_to_one_desk(seed, count):
    store = Store(desks=Desks(count=count), arrivals=Arrivals(new_customers_per_week=5.0, history_weeks=5))
    crowd = draw(store, seed, weeks=5)
    parts = [crowd.at_desks(range(start, count, 3)) for start in range(3)]
    together = np.concatenate([part.customer_id for part in parts])
    assert sorted(together.tolist()) == crowd.customer_id.tolist()
    for start, part in enumerate(parts):
        assert set((part.desk % 3).tolist()) <= {start}
        assert columns(part) == columns(crowd.take(part.customer_id))


def test_stores_that_are_alike_differ_in_their_luck_alone():
    one, other = draw(STORE, seed=1, weeks=4, replicate=0), draw(STORE, seed=1, weeks=4, replicate=1)
    again = draw(STORE, seed=1, weeks=4, replicate=1)
    assert columns(other) == columns(again)
    assert not set(one.keys.tolist()) & set(other.keys.tolist())


AHEAD = 52


@pytest.fixture(scope="module", params=[BG, MBG], ids=["BG", "MBG"])
def client(request):
    """A store whose parameters are known, and the past of its customers as its order log tells it at week 0."""
    store = Store(visits=request.param, arrivals=Arrivals(new_customers_per_week=25.0, history_weeks=60))
    log = simulate(store, seed=11, weeks=1).order_log()
    past = summary(log, end=store.week_0 - datetime.timedelta(days=1), merge_same_day=False)
    return store, past


def test_customers_drawn_after_their_past_come_as_often_as_theory_expects(client):
    """Known parameters: repeat visits of the next year, all together, against `expected_repeats_given`."""
    store, past = client
    posterior = posterior_parameters(store.visits, past)
    x, last, age = (past[name] for name in ("repeats", "last_weeks", "age_weeks"))
    expected = closed_forms.expected_repeats_given(store.visits, x, last, age, AHEAD)
    counts = []
    for replicate in range(30):
        crowd = from_posterior(store, posterior, seed=3, replicate=replicate)
        orders = simulate(store, weeks=AHEAD, customers=crowd).orders
        assert (orders["week"] >= 0).all()
        counts.append(np.bincount(orders["customer_id"], minlength=len(past)))
    found = np.array(counts)
    for some in (np.ones(len(past), bool), (x == 0).to_numpy(), (x == 1).to_numpy(), (x > 3).to_numpy()):
        sums = found[:, some].sum(axis=1)
        error = sums.std(ddof=1) / math.sqrt(len(sums))
        assert error < 0.03 * expected[some].sum()
        assert abs(sums.mean() - expected[some].sum()) < 4.5 * error  # 30 replicates: by chance once in 10,000


def test_customers_drawn_after_their_past_are_customers_of_week_0(client):
    store, past = client
    posterior = posterior_parameters(store.visits, past)
    crowd = from_posterior(store, posterior, seed=5)
    assert abs(len(crowd) - posterior["p_alive"].sum()) < 6 * math.sqrt(len(past)) / 2
    rows = past.iloc[crowd.customer_id]
    assert crowd.past_visits.tolist() == (rows["repeats"] + 1).tolist()
    assert crowd.first_week == pytest.approx(np.minimum(-rows["age_weeks"], -1 / 7))
    world = simulate(store, weeks=AHEAD, customers=crowd)
    first = world.truth.visits.groupby("customer_id")["number"].min()
    assert first.to_dict() == {each: made for each, made in zip(crowd.customer_id, crowd.past_visits, strict=True)
                               if each in first.index}  # fmt: skip
    found = measure(world, Horizon(weeks=AHEAD, window_weeks=13))
    assert 0 < found["retention"] < found["still_customers"] < 1
    assert math.isnan(found["repeat_share"])


def test_luck_of_customers_drawn_after_their_past_is_addressed(client):
    """The same in any company; other replicates differ; a wait that is running is hastened like any other."""
    store, past = client
    posterior = posterior_parameters(store.visits, past)
    crowd = from_posterior(store, posterior, seed=5)
    few = from_posterior(store, posterior.head(40), seed=5)
    assert columns(few) == columns(crowd.take(crowd.customer_id < 40))
    other = from_posterior(store, posterior, seed=5, replicate=1)
    assert not set(other.keys.tolist()) & set(crowd.keys.tolist())
    rank = stats.spearmanr(crowd.wallet_share, crowd.rate_per_week).statistic
    assert 0.2 < rank < 0.55
    due = first_due(store, crowd)
    hastened = before_week_0(store, crowd).begin([faster(2.0)])
    serve_week(hastened, 0)
    later = due >= 1
    assert hastened.due[later] == pytest.approx(np.where(due / 2 < 1, hastened.due, due / 2)[later])
