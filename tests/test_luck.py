"""The quality of addressed luck: published vectors, uniform, independent and well-mixed draws, exact distributions.

The tests on draws are seeded and so never change; the chance stated is that of a perfect generator failing one of them.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats
from worlds import seeded

from simulator import luck

WORD = 2**64
GOLDEN = 0x9E3779B97F4A7C15
RARE = 1e-9  # a p-value below this is taken for a defect; some thirty are looked at, so a false alarm is one in 10^7
DRAWS = 200_000
KEYS = luck.customer_keys(luck.store_key(1), np.arange(DRAWS))
USE = luck.purpose("visit.wait")


def split_mix(word: int) -> int:
    """SplitMix64's finaliser in Python's own whole numbers."""
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 % WORD
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB % WORD
    return word ^ (word >> 31)


def child(parent: int, number: int, use: int) -> int:
    return split_mix((split_mix(parent ^ use) + number * GOLDEN) % WORD)


def unmix(word: int) -> int:
    """The word that `mix` turns into `word`."""
    word ^= (word >> 31) ^ (word >> 62)
    word = word * pow(0x94D049BB133111EB, -1, WORD) % WORD
    word ^= (word >> 27) ^ (word >> 54)
    word = word * pow(0xBF58476D1CE4E5B9, -1, WORD) % WORD
    return word ^ (word >> 30) ^ (word >> 60)


def neighbouring(kind: str, number: int) -> np.ndarray:
    """Draws at addresses that differ in one thing only, by one step each."""
    if kind == "customers":
        return luck.uniform(KEYS[:number], 3, USE)
    if kind == "occasions":
        return luck.uniform(np.full(number, KEYS[7]), np.arange(number), USE)
    if kind == "weeks before and after week 0":
        return luck.uniform(np.full(number, luck.store_key(1)), np.arange(number) - number // 2, USE)
    few = [luck.uniform(KEYS[:20], 0, luck.purpose(f"test.{n}")) for n in range(number // 20)]
    return np.stack(few, axis=1).ravel()  # a customer's purposes stand next to each other


KINDS = ["customers", "occasions", "weeks before and after week 0", "purposes"]


def test_the_mix_gives_the_published_splitmix64_sequence():
    """The first numbers of SplitMix64 from seed 1234567, as published with its reference implementation."""
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    states = np.array([(1234567 + n * GOLDEN) % WORD for n in range(1, 5)], dtype=np.uint64)
    assert luck.mix(states).tolist() == published


@seeded
@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 10**6), st.integers(-(10**6), 10**6))
def test_an_address_is_worked_out_in_whole_numbers(seed, customer, occasion):
    store = child(child(0, seed, int(luck.purpose("store"))), 4, int(luck.purpose("number")))
    key = child(store, customer, int(luck.purpose("customer")))
    expected = ((child(key, occasion, int(USE)) >> 12) + 0.5) / 2**52
    keys = luck.customer_keys(luck.store_key(seed, 4), [customer])
    assert keys.tolist() == [key]
    assert luck.uniform(keys, occasion, USE).tolist() == [expected]


def test_purposes_have_addresses_of_their_own():
    names = [f"{place}.{n}" for place in ("visit", "customer", "") for n in range(2000)]
    assert len({int(luck.purpose(name)) for name in names}) == len(names)
    assert luck.purpose("visit.wait") == luck.purpose("visit.wait")


@pytest.mark.parametrize("kind", KINDS)
def test_draws_are_uniform(kind):
    u = neighbouring(kind, 100_000)
    assert stats.kstest(u, "uniform").pvalue > RARE
    assert stats.chisquare(np.bincount((u * 1000).astype(int), minlength=1000)).pvalue > RARE
    fine = (u * 2**40 % 1 * 64).astype(int)  # bits 41 to 46
    assert stats.chisquare(np.bincount(fine, minlength=64)).pvalue > RARE


@pytest.mark.parametrize("kind", KINDS)
def test_neighbouring_draws_know_nothing_of_each_other(kind):
    u = neighbouring(kind, 100_000)
    for lag in (1, 2, 3, 7, 20, 52):
        rho = stats.pearsonr(u[:-lag], u[lag:]).statistic
        assert abs(rho) * math.sqrt(len(u) - lag) < 6  # six standard errors: by chance twice in 10^9
    cells = (u[:-1] * 32).astype(int) * 32 + (u[1:] * 32).astype(int)
    assert stats.chisquare(np.bincount(cells[::2], minlength=1024)).pvalue > RARE
    sums = u.reshape(-1, 20).sum(axis=1)  # nearly normal, with mean 10 and variance 20/12
    assert abs(sums.mean() - 10) / math.sqrt(20 / 12 / len(sums)) < 6
    # its kurtosis is 3 - 6/5/20, so the sample variance has relative variance (2 - 0.06) / n
    assert abs(sums.var() / (20 / 12) - 1) / math.sqrt(1.94 / len(sums)) < 6


def test_one_customers_draws_for_neighbouring_addresses_are_uncorrelated_over_customers():
    ways = [(0, "visit.wait"), (1, "visit.wait"), (2, "visit.wait"), (-1, "visit.wait"), (0, "visit.spend"),
            (1, "visit.spend"), (0, "visit.leave"), (1, "visit.leave"), (0, "visit.waiu")]  # fmt: skip
    draws = [luck.uniform(KEYS, occasion, luck.purpose(name)) for occasion, name in ways]
    for seed, replicate in [(2, 0), (1, 1), (0, 1)]:
        draws.append(luck.uniform(luck.customer_keys(luck.store_key(seed, replicate), np.arange(DRAWS)), 0, USE))
    rho = np.corrcoef(draws) - np.eye(len(draws))
    assert np.abs(rho).max() * math.sqrt(DRAWS) < 6.5  # 66 pairs at 8e-11 each: by chance five times in 10^9


def test_every_bit_of_an_address_moves_every_bit_of_the_key():
    """Avalanche: 2 × 64 × 64 pairs, each within 7.5 standard errors of ½: by chance five times in 10^10."""
    index = KEYS[:20_000].view(np.int64)
    plain = luck.customer_keys(USE, index)
    for bit in np.uint64(1) << np.arange(64, dtype=np.uint64):
        by_number = luck.customer_keys(USE, (index.view(np.uint64) ^ bit).view(np.int64))
        by_store = luck._child(index.view(np.uint64) ^ bit, 5, USE)  # customer_keys takes one store at a time
        for moved in (by_number ^ plain, by_store ^ luck._child(index.view(np.uint64), 5, USE)):
            flips = np.unpackbits(moved.view(np.uint8)).reshape(len(index), 64)
            assert np.abs(flips.mean(axis=0) - 0.5).max() < 7.5 * 0.5 / math.sqrt(len(index))


def test_small_numbers_next_to_each_other_have_keys_as_unlike_as_any():
    moved = luck.customer_keys(USE, np.arange(100_000)) ^ luck.customer_keys(USE, np.arange(1, 100_001))
    flips = np.bitwise_count(moved).astype(float)
    assert abs(flips.mean() - 32) < 6 * 4 / math.sqrt(len(flips))  # binomial(64, ½): six standard errors


@pytest.mark.parametrize("changed", ["seed", "replicate"])
def test_every_bit_of_a_seed_moves_half_the_key(changed):
    def key(number: int) -> np.uint64:
        return luck.store_key(number, 3) if changed == "seed" else luck.store_key(3, number)

    flips = [int(key(seed) ^ key(seed ^ (1 << bit))).bit_count() for seed in range(40) for bit in range(63)]
    assert abs(np.mean(flips) - 32) < 6 * 4 / math.sqrt(len(flips))  # six standard errors: by chance twice in 10^9
    assert min(flips) > 4  # below five of 64 by chance 4e-14 for each of 2,520


def test_ten_million_customers_have_ten_million_keys():
    """A hundred stores of 100,000. An ideal hash would collide with chance n²/2/2^64 = 2.7e-6."""
    stores = [luck.store_key(seed, replicate) for seed in range(10) for replicate in range(10)]
    keys = np.concatenate([luck.customer_keys(store, np.arange(100_000)) for store in stores])
    assert len(keys) == 10**7
    keys.sort()  # much faster than np.unique
    assert (keys[1:] != keys[:-1]).all()


def test_stores_of_all_seeds_and_replicates_differ():
    keys = {int(luck.store_key(seed, replicate)) for seed in range(-50, 150) for replicate in range(50)}
    assert len(keys) == 200 * 50
    assert luck.store_key(3, 4) != luck.store_key(4, 3)


def test_the_smallest_draw_is_above_0():
    """The key whose bits at occasion 0 are all zero, found by undoing the mix."""
    lowest = unmix(unmix(0)) ^ int(USE)
    u = luck.uniform(np.array([lowest], dtype=np.uint64), 0, USE)
    assert 0 < u[0] < 1e-15
    assert np.isfinite(luck.exponential(u)).all()
    assert np.isfinite(luck.normal(u)).all()


@seeded
@given(st.permutations(range(30)), st.integers(1, 29))
def test_a_draw_depends_on_its_address_alone(order, cut):
    occasion = np.arange(30) % 4
    together = luck.uniform(KEYS[:30], occasion, USE)
    order = np.array(order)
    assert luck.uniform(KEYS[order], occasion[order], USE).tolist() == together[order].tolist()
    parts = [luck.uniform(KEYS[:cut], occasion[:cut], USE), luck.uniform(KEYS[cut:30], occasion[cut:], USE)]
    assert np.concatenate(parts).tolist() == together.tolist()
    assert luck.uniform(KEYS[:1], occasion[0], USE)[0] == together[0]


def test_draws_for_several_purposes_at_once_are_those_drawn_one_by_one():
    uses = [luck.purpose(name) for name in ("visit.wait", "visit.spend", "visit.leave")]
    together = luck.uniform(KEYS[:50], np.arange(50), np.array(uses)[:, None])
    assert together.tolist() == [luck.uniform(KEYS[:50], np.arange(50), use).tolist() for use in uses]


@pytest.mark.parametrize("size", [0, 1, 50, 5000])
def test_few_and_many_keys_have_the_same_numbers(size):
    uses = [luck.purpose(name) for name in ("visit.wait", "visit.spend", "visit.leave")]
    keys = luck.customer_keys(luck.store_key(3), np.arange(size))
    for numbers, use in zip(luck.uniforms(keys, np.arange(size), uses), uses, strict=True):
        assert numbers.tolist() == luck.uniform(keys, np.arange(size), use).tolist()


QUANTILES = np.concatenate([[1e-15, 1e-9, 1e-4], np.linspace(0.001, 0.999, 333), [1 - 1e-4, 1 - 1e-9, 1 - 1e-15]])


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (luck.exponential(QUANTILES), stats.expon.isf(QUANTILES)),
        (luck.normal(QUANTILES), stats.norm.ppf(QUANTILES)),
    ],
)
def test_distributions_have_scipys_quantiles(ours, theirs):
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-300)


SHAPES = [0.05, 0.08, 0.25, 0.5248, 1, 3.74, 6.25, 50, 1000.0]
EVERYWHERE = np.concatenate([QUANTILES, special.expit(np.linspace(-36.73, 36.73, 3001)), [2.0**-53, 1 - 2.0**-53]])


def furthest(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The largest error of numbers that are not all but 0, as a share of the number."""
    seen = theirs > 1e-290
    assert (ours[~seen] < 2e-290).all()
    return float(np.abs(ours[seen] / theirs[seen] - 1).max())


@pytest.mark.parametrize("shape", SHAPES)
def test_gamma_numbers_are_within_the_error_that_is_stated(shape):
    """The tables beside scipy's inverse, from the smallest to the largest u there is; shapes from 0.05 on."""
    assert furthest(luck.gamma(EVERYWHERE, shape), special.gammaincinv(shape, EVERYWHERE)) < 1e-8


@pytest.mark.parametrize("b", SHAPES)
@pytest.mark.parametrize("a", SHAPES)
def test_beta_numbers_are_within_the_error_that_is_stated(a, b):
    assert furthest(luck.beta(EVERYWHERE, a, b), special.betaincinv(a, b, EVERYWHERE)) < 3e-7


@pytest.mark.parametrize("shape", SHAPES)
def test_the_tables_keep_the_mean(shape):
    """Integrated over log odds of u in steps that never meet the tables' own; a trapezoid is all but exact there."""
    odds, step = np.linspace(-36.7, 36.7, 200_003, retstep=True)
    u, weight = special.expit(odds), special.expit(odds) * special.expit(-odds) * step
    assert (luck.gamma(u, shape) * weight).sum() == pytest.approx(shape, rel=1e-8)
    assert (luck.beta(u, shape, 2.5) * weight).sum() == pytest.approx(shape / (shape + 2.5), rel=1e-8)


@seeded
@given(st.floats(0.05, 50), st.floats(0.05, 50), st.floats(2.0**-53, 1 - 2.0**-53))
def test_a_gamma_or_beta_number_knows_nothing_of_those_drawn_with_it(a, b, u):
    assert luck.gamma([u], a)[0] == luck.gamma([0.5, u, 0.1, 1 - u], a)[1]
    assert luck.beta([u], a, b)[0] == luck.beta([0.5, u, 0.1, 1 - u], a, b)[1]
    assert luck.gamma([u], a)[0] == pytest.approx(special.gammaincinv(a, u), rel=1e-8, abs=1e-290)
    assert luck.beta([u], a, b)[0] == pytest.approx(special.betaincinv(a, b, u), rel=3e-7, abs=1e-290)


def test_an_array_of_shapes_or_a_very_small_one_is_left_to_scipy():
    shapes = np.full(len(QUANTILES), 0.7)
    assert luck.gamma(QUANTILES, shapes).tolist() == special.gammaincinv(0.7, QUANTILES).tolist()
    assert luck.beta(QUANTILES, shapes, 3.0).tolist() == special.betaincinv(0.7, 3.0, QUANTILES).tolist()
    assert luck.gamma(QUANTILES, 0.01).tolist() == special.gammaincinv(0.01, QUANTILES).tolist()
    assert luck.beta(QUANTILES, 0.01, 2.0).tolist() == special.betaincinv(0.01, 2.0, QUANTILES).tolist()


def test_beyond_the_outermost_draws_the_tables_go_no_further():
    outermost = np.array([2.0**-53, 1 - 2.0**-53])
    assert luck.gamma([0.0, 1.0], 2.0).tolist() == luck.gamma(outermost, 2.0).tolist()
    assert luck.beta([0.0, 1.0], 2.0, 3.0).tolist() == luck.beta(outermost, 2.0, 3.0).tolist()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (luck.exponential, stats.expon()),
        (luck.normal, stats.norm()),
        (lambda u: luck.gamma(u, 0.5248), stats.gamma(0.5248)),
        (lambda u: luck.gamma(u, 6.25), stats.gamma(6.25)),
        (lambda u: luck.beta(u, 0.8, 7.2), stats.beta(0.8, 7.2)),
        (lambda u: luck.poisson(u, 3.3), stats.poisson(3.3)),
    ],
    ids=["exponential", "normal", "gamma 0.5", "gamma 6.25", "beta", "poisson"],
)
def test_drawn_distributions_have_their_moments(ours, theirs):
    draws = ours(luck.uniform(KEYS, 0, luck.purpose("test.moments")))
    mean, variance, kurtosis = (float(moment) for moment in theirs.stats("mvk"))
    assert abs(draws.mean() - mean) < 6 * math.sqrt(variance / DRAWS)  # six standard errors: by chance twice in 10^9
    assert abs(draws.var() / variance - 1) < 6 * math.sqrt((kurtosis + 2) / DRAWS)


def test_poisson_is_exactly_scipys():
    u, means = np.meshgrid(QUANTILES, [0.0, 1e-6, 0.01, 0.5, 1.0, 3.3, 30.0, 187.5, 1000.0, 12345.6])
    assert luck.poisson(u, means).tolist() == stats.poisson.ppf(u, means).tolist()


@seeded
@given(st.floats(1e-6, 1 - 1e-6), st.floats(0.01, 50))
def test_poisson_is_the_smallest_count_that_reaches_u(u, mean):
    count, term, reached = 0, math.exp(-mean), math.exp(-mean)
    while reached < u - 1e-12:
        count += 1
        term *= mean / count
        reached += term
    allowed = {count} if reached > u + 1e-12 else {count, count + 1}  # u on a step: both sides of it
    assert float(luck.poisson(np.array([u]), mean)[0]) in allowed


def test_cumulative_normal_undoes_normal():
    assert luck.cumulative_normal(luck.normal(QUANTILES)) == pytest.approx(QUANTILES, rel=1e-12)


def test_even_the_largest_and_smallest_words_lie_strictly_between_0_and_1() -> None:
    keys = np.array([unmix(unmix(word)) ^ int(USE) for word in (2**64 - 1, 0)], dtype=np.uint64)
    largest, smallest = luck.uniform(keys, 0, USE)
    assert largest == 1 - 2.0**-53 and smallest == 2.0**-53
    assert np.isfinite(luck.normal(np.array([largest, smallest]))).all()
