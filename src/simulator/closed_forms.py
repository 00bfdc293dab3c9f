"""Exact results for a store whose practices are off: repeat visits, retention, lifetime value, leaving by experience.

All times are weeks of buying time (`SeasonClock.elapsed`); without a season that is calendar time. Counts are repeat
visits: the first visit, at age 0, is not counted. Formulas: Fader, Hardie & Lee 2005, Marketing Science 24(2) for
BG/NBD; Batislam, Denizel & Filiztekin 2007, International Journal of Research in Marketing 24(3) for MBG/NBD.

One step turns MBG/NBD into BG/NBD: a share b / (a + b) of customers outlives the first visit, and among those the
chance of leaving is Beta(a, b + 1) and everything goes on as in BG/NBD. Each formula below is therefore BG/NBD's.
"""

import math

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import linalg, special, stats

from simulator.clock import YEAR_WEEKS, Floats
from simulator.store import Service, Spend, Store, Visits  # noqa: F401  (Service: doctest)

_NODES = 96  # of the quadratures below, whose integrands are smooth: halving it changes nothing before the tenth digit


def still_customer(visits: Visits, weeks: ArrayLike) -> Floats:
    """S(t): share of new customers who have not left by age `weeks` (≥ 0); the shape of `weeks`, 0 to 1.

    >>> still_customer(Visits(r=0.5248, alpha_weeks=6.1831, a=0.8914, b=1.6140), [0, 52]).round(3).tolist()
    [0.644, 0.399]
    """
    outlive, b = _after_first(visits)
    return np.asarray(outlive * _survival(visits.r, visits.alpha_weeks, visits.a, b, _times(weeks)))


def retention(visits: Visits, weeks: ArrayLike, window_weeks: ArrayLike) -> Floats:
    """R(t; W): share of new customers who at age t = `weeks` have not left and visit within (t, t + `window_weeks`].

    Shape: `weeks` and `window_weeks` broadcast; 0 to 1.

    >>> round(float(retention(Visits(r=1.0, alpha_weeks=8.0, a=0.8, b=7.2), 52, 13)), 3)
    0.343
    """
    outlive, b = _after_first(visits)
    times, window = _times(weeks), _times(window_weeks)
    r, alpha, a = visits.r, visits.alpha_weeks, visits.a
    silent = (alpha / (alpha + window)) ** r * _survival(r, alpha + window, a, b, times)
    return np.asarray(outlive * (_survival(r, alpha, a, b, times) - silent))


def expected_repeats(visits: Visits, weeks: ArrayLike) -> Floats:
    """Expected number of repeat visits of a new customer by age `weeks` (≥ 0); the shape of `weeks`.

    >>> cdnow = Visits(r=0.24259, alpha_weeks=4.4135, a=0.79288, b=2.42574, first_visit_can_be_last=False)
    >>> expected_repeats(cdnow, [26, 52]).round(4).tolist()
    [0.9013, 1.444]
    """
    outlive, b = _after_first(visits)
    return np.asarray(outlive * _repeats(visits.r, visits.alpha_weeks, visits.a, b, _times(weeks)))


def p_alive(visits: Visits, repeats: ArrayLike, last_weeks: ArrayLike, age_weeks: ArrayLike) -> Floats:
    """P(alive): chance that a customer has not left, given repeat visits x, last visit at age t_x, age T now (weeks).

    Shapes broadcast; 0 to 1. Under BG/NBD it is 1 for everybody without a repeat, because that model lets nobody
    leave at the first visit: an assumption, not a finding.

    >>> bg = Visits(r=0.24259, alpha_weeks=4.4135, a=0.79288, b=2.42574, first_visit_can_be_last=False)
    >>> p_alive(bg, repeats=[0, 2], last_weeks=[0, 30.43], age_weeks=38.86).round(4).tolist()
    [1.0, 0.7266]
    """
    x, last, age = _history(repeats, last_weeks, age_weeks)
    chances = x + visits.first_visit_can_be_last  # visits so far that could have been the last one
    log_ratio = (visits.r + x) * np.log((visits.alpha_weeks + age) / (visits.alpha_weeks + last))
    log_odds_left = math.log(visits.a) - np.log(visits.b + np.maximum(chances, 1) - 1) + log_ratio
    return np.where(chances > 0, special.expit(-log_odds_left), 1.0)


def expected_repeats_given(
    visits: Visits, repeats: ArrayLike, last_weeks: ArrayLike, age_weeks: ArrayLike, weeks_ahead: ArrayLike
) -> Floats:
    """Expected visits in the next `weeks_ahead` weeks of a customer with that past (as in `p_alive`); shapes broadcast.

    >>> bg = Visits(r=0.24259, alpha_weeks=4.4135, a=0.79288, b=2.42574, first_visit_can_be_last=False)
    >>> round(float(expected_repeats_given(bg, 2, 30.43, 38.86, 39)), 3)
    1.226
    """
    x, last, age = _history(repeats, last_weeks, age_weeks)
    b = visits.b + x + visits.first_visit_can_be_last
    if_alive = _repeats(visits.r + x, visits.alpha_weeks + age, visits.a, b, _times(weeks_ahead))
    return np.asarray(p_alive(visits, x, last, age) * if_alive)


def repeat_count_shares(visits: Visits, age_weeks: ArrayLike, most: int) -> Floats:
    """P(X(t) = x) for x = 0 … `most` − 1 repeat visits by age t, and the chance of `most` or more as the last entry.

    Shape: that of `age_weeks` and one axis more, of `most` + 1; sums to 1 along it. `most` ≥ 1.

    >>> repeat_count_shares(Visits(), 26.0, most=2).round(3).tolist()
    [0.312, 0.209, 0.48]
    """
    if most < 1:
        raise ValueError(f"most = {most}: should be at least 1")
    outlive, b = _after_first(visits)
    x = np.arange(most)
    keep = visits.alpha_weeks / (visits.alpha_weeks + _times(age_weeks)[..., None])
    alive = np.exp(special.betaln(visits.a, b + x) - special.betaln(visits.a, b))
    left_at_x = np.concatenate([[0.0], alive[:-1] - alive[1:]])
    shares = alive * stats.nbinom.pmf(x, visits.r, keep) + left_at_x * stats.nbinom.sf(x - 1, visits.r, keep)
    shares = outlive * shares + (1 - outlive) * (x == 0)
    return np.concatenate([shares, 1 - shares.sum(axis=-1, keepdims=True)], axis=-1)


def expected_spend(spend: Spend, mean_spend: ArrayLike, count: ArrayLike) -> Floats:
    """Expected spend a visit of a customer whose `count` visits (≥ 0) averaged `mean_spend`, currency; broadcast.

    Gamma-Gamma: a weighted mean of the customer's own and everybody's. With `count` 0, `mean_spend` does not matter.

    >>> published = Spend(shape_p=6.25, shape_q=3.74, scale_gamma=15.44)
    >>> expected_spend(published, [0.0, 22.35], [0, 2]).round(2).tolist()
    [35.22, 24.66]
    """
    seen = np.asarray(count, dtype=np.float64)
    total = np.where(seen > 0, np.asarray(mean_spend, dtype=np.float64) * seen, 0.0)
    return np.asarray(spend.shape_p * (spend.scale_gamma + total) / (spend.shape_p * seen + spend.shape_q - 1))


def lifetime_value(store: Store, weeks: float) -> float:
    """Expected gross margin of a new customer, first visit included, over `weeks` (≥ 0), discounted; currency.

    A horizon is asked for because the undiscounted value without one is infinite for a ≤ 1. A year has 52 weeks;
    the season is left out (a customer born at an average time of year).

    >>> store = Store(visits=Visits(r=1.0, alpha_weeks=8.0, a=0.8, b=7.2), spend=Spend(), discount_rate_per_year=0.1)
    >>> round(lifetime_value(store, 156) / (store.spend.mean * store.spend.gross_margin_share), 2)
    8.85
    """
    if not weeks >= 0:
        raise ValueError(f"weeks = {weeks}: should be at least 0")
    outlive, b = _after_first(store.visits)
    ages, widths = _ages(store.visits.alpha_weeks, np.asarray(float(weeks)))
    rate = outlive * _visit_rate(store.visits.r, store.visits.alpha_weeks, store.visits.a, b, ages)
    discount = (1 + store.discount_rate_per_year) ** (-ages / YEAR_WEEKS)
    return float(store.spend.mean * store.spend.gross_margin_share * (1 + (rate * discount * widths).sum()))


def leaving_table(store: Store) -> "pd.Series[float]":
    """What a failure does at a new customer's first visit that can be the last, all customers together, 0 to 1.

    Averages over p ~ Beta(a, b) and each customer's failure share; the experience is drawn as the engine draws it.
    A chance given a failure is NaN where the store has no failures.

    >>> even = Service(failure_share=0.1, silent_log_odds=0.0, complained_log_odds=0.0)
    >>> round(float(leaving_table(Store(visits=Visits(a=0.8, b=7.2), service=even))["P(leave | complained)"]), 3)
    0.1
    """
    service = store.service
    p, p_weight = beta_quadrature(store.visits.a, store.visits.b)
    failing, f_weight = _failure_shares(store)
    shares = _category_shares(failing, service.heard_share)[:, None, :]
    log_odds = np.array([0.0, service.silent_log_odds, service.complained_log_odds])
    leave = special.expit(solve_base_log_odds(p, shares, log_odds)[..., None] + log_odds)
    seen = np.einsum("i,j,ijk->k", f_weight, p_weight, np.broadcast_to(shares, leave.shape))
    left = np.einsum("i,j,ijk->k", f_weight, p_weight, shares * leave)
    return pd.Series({
        "P(leave)": left.sum(),
        "P(leave | no failure)": left[0] / seen[0],
        "P(leave | failure)": _ratio(left[1:].sum(), seen[1:].sum()),
        "P(leave | silent)": _ratio(left[1], seen[1]),
        "P(leave | complained)": _ratio(left[2], seen[2]),
        "share of departures with a failure": left[1:].sum() / left.sum(),
        "share of departures with a failure the shop heard of": left[2] / left.sum(),
    })  # fmt: skip


def solve_base_log_odds(p: ArrayLike, shares: ArrayLike, log_odds: ArrayLike) -> Floats:
    """η with Σ_k shares_k σ(η + log_odds_k) = p: the log odds of leaving in the category whose log odds ratio is 0.

    p: (…), between 0 and 1. shares: (…, K), sum to 1. log_odds: (K,) or (…, K). All broadcast; η has p's broadcast
    shape and gives p back to better than 1e-12, for any p from 1e-300 up to the float below 1.

    >>> float(solve_base_log_odds(0.5, [0.9, 0.07, 0.03], [0.0, 0.0, 0.0]))
    0.0
    """
    chance, share, beta = (np.asarray(each, dtype=np.float64) for each in (p, shares, log_odds))
    shape = np.broadcast_shapes(chance.shape, share.shape[:-1], beta.shape[:-1])
    chance = np.broadcast_to(np.clip(chance, 1e-300, 1 - 2**-53), shape)
    target = special.logit(chance)
    parts = [(share[..., k], beta[..., k]) for k in range(share.shape[-1])]
    low, high = target - beta.max(axis=-1), target - beta.min(axis=-1)
    eta = target - _mean_log_odds(chance, parts)
    for _ in range(100):  # Newton on the scale of log odds, where the curve is nearly straight: four rounds
        gap, slope = _gap(np.exp(eta), parts, target)
        solved = np.abs(gap) < 1e-12 * np.maximum(1.0, np.abs(target))
        if solved.all():
            break
        low, high = np.where(gap < 0, eta, low), np.where(gap > 0, eta, high)
        step = eta - gap / np.maximum(slope, 1e-12)
        better = np.where((step >= low) & (step <= high), step, (low + high) / 2)
        eta = np.where(solved, eta, better)  # so that nobody's depends on who else is solved for
    return np.asarray(eta)


def _mean_log_odds(chance: Floats, parts: list[tuple[Floats, Floats]]) -> Floats:
    """Roughly what the categories add to the log odds of leaving: right where the chance is near 0 and near 1."""
    rare = np.log(sum(share * np.exp(beta) for share, beta in parts))
    frequent = -np.log(sum(share * np.exp(-beta) for share, beta in parts))
    return np.asarray((1 - chance) * rare + chance * frequent)


def _gap(odds: Floats, parts: list[tuple[Floats, Floats]], target: Floats) -> tuple[Floats, Floats]:
    """How far the log odds of all who leave are from the target, and how fast that changes with the base log odds."""
    leave, stay, bend = np.zeros_like(odds), np.zeros_like(odds), np.zeros_like(odds)
    for share, beta in parts:
        of_part = odds * np.exp(beta)
        stays = 1 / (1 + of_part)
        staying = share * stays
        leaving = staying * of_part
        stay += staying
        leave += leaving
        bend += leaving * stays
    return np.log(leave / stay) - target, bend / (leave * stay)


def beta_quadrature(a: float, b: float, nodes: int = _NODES) -> tuple[Floats, Floats]:
    """Points in (0, 1) and weights summing to 1 such that Σ weight f(point) is the mean of f under Beta(a, b).

    Gauss-Jacobi by the eigenvalues of the recurrence (Golub & Welsch 1969), which stays exact for any a, b > 0.

    >>> points, weights = beta_quadrature(0.8, 7.2)
    >>> round(float(points @ weights), 12)
    0.1
    """
    n = np.arange(1, nodes, dtype=np.float64)
    total = a + b - 2
    centre = (a - b) * total / ((2 * n + total) * (2 * n + total + 2))
    diagonal = np.concatenate([[(a - b) / (a + b)], centre])
    first = 4 * a * b / ((a + b) ** 2 * (a + b + 1))
    m = n[1:]
    later = 4 * m * (m + b - 1) * (m + a - 1) * (m + total)
    later = later / ((2 * m + total) ** 2 * (2 * m + total + 1) * (2 * m + total - 1))
    points, vectors = linalg.eigh_tridiagonal(diagonal, np.sqrt(np.concatenate([[first], later])))
    return np.clip((1 + points) / 2, 0.0, 1.0), vectors[0] ** 2


def _after_first(visits: Visits) -> tuple[float, float]:
    """Share of customers who outlive the first visit, and their second shape of p."""
    if not visits.first_visit_can_be_last:
        return 1.0, visits.b
    return visits.b / (visits.a + visits.b), visits.b + 1


def _times(weeks: ArrayLike) -> Floats:
    times = np.asarray(weeks, dtype=np.float64)
    if not np.all(times >= 0):
        raise ValueError(f"weeks = {times[~(times >= 0)].flat[0]}: should be at least 0")
    return times


def _history(repeats: ArrayLike, last_weeks: ArrayLike, age_weeks: ArrayLike) -> tuple[Floats, Floats, Floats]:
    x, last, age = np.broadcast_arrays(_times(repeats), _times(last_weeks), _times(age_weeks))
    if np.any(last > age):
        where = int(np.argmax(np.ravel(last > age)))
        raise ValueError(f"last_weeks = {np.ravel(last)[where]}: at most age_weeks, {np.ravel(age)[where]}")
    return x, last, age


def _survival(r: float | Floats, alpha: float | Floats, a: float, b: float | Floats, times: Floats) -> Floats:
    """E[exp(−λ p t)] = ₂F₁(r, a; a + b; −t / α), by Pfaff's rule so that the series' argument stays below 1."""
    shrink = alpha / (alpha + times)
    series = special.hyp2f1(a + b - r, a, a + b, 1 - shrink)
    if np.isnan(series).any():  # scipy gives up at some whole numbers of r and a, and is right beside them
        series = np.where(np.isnan(series), special.hyp2f1(a + b - r * (1 + 1e-12), a, a + b, 1 - shrink), series)
    return np.asarray(shrink**a * series)


def _visit_rate(r: float | Floats, alpha: float | Floats, a: float, b: float | Floats, ages: Floats) -> Floats:
    """Visits a week at an age, of those who outlived the first visit: E[λ exp(−λ p t)]."""
    return np.asarray(r / alpha * _survival(r + 1, alpha, a, b, ages))


def _repeats(r: float | Floats, alpha: float | Floats, a: float, b: float | Floats, times: Floats) -> Floats:
    """∫₀ᵗ visit rate: unlike the published closed form it needs no exception at a = 1."""
    r, alpha, b, times = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in (r, alpha, b, times)))
    ages, widths = _ages(alpha, times)
    return np.asarray((_visit_rate(r[..., None], alpha[..., None], a, b[..., None], ages) * widths).sum(axis=-1))


def _ages(alpha: ArrayLike, times: Floats) -> tuple[Floats, Floats]:
    """Ages in (0, t) and widths of a Gauss-Legendre rule even in log(1 + age / α), the scale on which rates decay."""
    points, weights = np.polynomial.legendre.leggauss(_NODES // 2)
    scale = np.asarray(alpha, dtype=np.float64)[..., None]
    span = np.log1p(times[..., None] / scale)
    stretched = span * (points + 1) / 2
    return scale * np.expm1(stretched), scale * np.exp(stretched) * span * weights / 2


def _failure_shares(store: Store) -> tuple[Floats, Floats]:
    mean, concentration = store.service.failure_share, store.service.failure_concentration
    if mean == 0:
        return np.zeros(1), np.ones(1)
    return beta_quadrature(mean * concentration, (1 - mean) * concentration, nodes=_NODES // 2)


def _category_shares(failing: Floats, heard_share: float) -> Floats:
    return np.stack([1 - failing, failing * (1 - heard_share), failing * heard_share], axis=-1)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else math.nan
