"""Maximum likelihood of visits (BG/NBD, MBG/NBD, NBD without leaving) and of spends (Gamma-Gamma).

Visits are fitted in log r, log α, the log odds of the mean chance of leaving m = a / (a + b) and log(a + b), each
within bounds wide enough for any shop: where a log says nothing about leaving, m runs to its lower bound instead of b
running to infinity. Gradients are exact, equal rows are counted once with a weight.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize, special

from simulator.clock import Floats, Integers
from simulator.store import Spend, Visits

LEAVING_SHARE_LEAST = 1e-4
CONCENTRATION_MOST = 1000.0  # of Beta(a, b): beyond it customers are alike, and no log can tell how much beyond
_BOUNDS = [(-7.0, 6.0), (-6.0, 14.0), (float(special.logit(LEAVING_SHARE_LEAST)), 5.0),
           (-4.0, float(np.log(CONCENTRATION_MOST)))]  # fmt: skip
_SPEND_BOUNDS = [(-4.0, 8.0), (float(np.log(0.01)), 6.0), (-20.0, 30.0)]  # log p, log(q − 1), log γ
_FAR = 1.353  # half of 2.706: how far the log-likelihood falls at a one-sided 95 % limit


@dataclasses.dataclass(frozen=True)
class Rows:
    """Different (repeats, last visit, age) of customers, and for each customer the row that is his.

    counts, count_of: the different numbers of repeats and which of them each row has, so that the costly functions
    are worked out once a number.
    """

    repeats: Floats
    last_weeks: Floats
    age_weeks: Floats
    row_of: Integers
    counts: Floats
    count_of: Integers

    @classmethod
    def of(cls, summary: pd.DataFrame) -> "Rows":
        """From a frame with repeats, last_weeks, age_weeks."""
        columns = summary[["repeats", "last_weeks", "age_weeks"]].to_numpy(dtype=np.float64)
        found, row_of = np.unique(columns.round(9), axis=0, return_inverse=True)
        counts, count_of = np.unique(found[:, 0], return_inverse=True)
        return cls(found[:, 0], found[:, 1], found[:, 2], np.ravel(row_of), counts, np.ravel(count_of))

    def weights(self, customers: Integers | None = None) -> Floats:
        """How many of the `customers` (numbers, repeated at will; default all once) have each row."""
        rows = self.row_of if customers is None else self.row_of[customers]
        return np.bincount(rows, minlength=len(self.repeats)).astype(np.float64)


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A maximum: the free parameters (log r, log α, log odds of m, log(a + b)) and the log-likelihood."""

    free: Floats
    log_likelihood: float

    @property
    def leaving_share(self) -> float:
        return float(special.expit(self.free[2]))

    def visits(self, first_visit_can_be_last: bool) -> Visits:
        r, alpha, a, b = _natural(self.free)
        return Visits(r=r, alpha_weeks=alpha, a=a, b=b, first_visit_can_be_last=first_visit_can_be_last)


def visits_log_likelihood(visits: Visits, summary: pd.DataFrame) -> float:
    """Log-likelihood of customers' repeats, last_weeks, age_weeks; constants of the counts left out, as is usual.

    >>> one = pd.DataFrame({"repeats": [2], "last_weeks": [30.43], "age_weeks": [38.86]})
    >>> bg = Visits(r=0.24259, alpha_weeks=4.4135, a=0.79288, b=2.42574, first_visit_can_be_last=False)
    >>> round(visits_log_likelihood(bg, one), 3)
    -9.46
    """
    rows = Rows.of(summary)
    values = (visits.r, visits.alpha_weeks, visits.a, visits.b)
    return _visits_value(values, rows, rows.weights(), visits.first_visit_can_be_last)[0]


def fit_visits(
    rows: Rows, weights: Floats, first_visit_can_be_last: bool,
    *, start: Floats | None = None, leaving_share: float | None = None, concentration: float | None = None,
) -> Estimate:  # fmt: skip
    """The maximum over all parameters, or over those that `leaving_share` (m) and `concentration` (a + b) leave free.

    `start`: where to begin (as `Estimate.free`); default several places.
    """
    fixed = [None, None, _maybe(special.logit, leaving_share), _maybe(np.log, concentration)]
    open_ = np.array([each is None for each in fixed])
    bounds = [bound for bound, free in zip(_BOUNDS, open_, strict=True) if free]
    whole = np.array([0.0 if each is None else each for each in fixed])

    def objective(values: Floats) -> tuple[float, Floats]:
        whole[open_] = values
        value, gradient = _visits_value(_natural(whole), rows, weights, first_visit_can_be_last)
        return -value / weights.sum(), -_to_free(gradient, whole)[open_] / weights.sum()

    starts = _starts(rows, weights) if start is None else [start]
    value, free = _best(objective, [each[open_] for each in starts], bounds)
    whole[open_] = free
    return Estimate(whole.copy(), -value * float(weights.sum()))


def fit_without_leaving(rows: Rows, weights: Floats) -> Estimate:
    """The maximum when nobody ever leaves (NBD): what leaving has to beat."""

    def objective(values: Floats) -> tuple[float, Floats]:
        r, alpha = np.exp(values)
        x, age = rows.repeats, rows.age_weeks
        value = _count_part(r, alpha, rows.counts)[rows.count_of] - (r + x) * np.log(alpha + age)
        by_r = (special.digamma(r + rows.counts) - special.digamma(r))[rows.count_of] + np.log(alpha / (alpha + age))
        by_alpha = r / alpha - (r + x) / (alpha + age)
        total = weights.sum()
        gradient = np.array([_sum(weights, by_r) * r, _sum(weights, by_alpha) * alpha])
        return -_sum(weights, value) / total, -gradient / total

    value, free = _best(objective, [each[:2] for each in _starts(rows, weights)[:3]], _BOUNDS[:2])
    return Estimate(np.array([*free, -np.inf, 0.0]), -value * float(weights.sum()))


def leaving_share_upper(rows: Rows, weights: Floats, first_visit_can_be_last: bool, best: Estimate) -> float:
    """95 % upper limit of the mean chance that a visit is the last, by profile likelihood, 0 to 1.

    The share at which the log-likelihood, maximised over everything else, is 1.35 below its maximum `best`.
    """

    starts = [np.array([*best.free[:3], size]) for size in (best.free[3], 0.0)]

    def above(log_odds: float) -> float:
        share = float(special.expit(log_odds))
        rest = [fit_visits(rows, weights, first_visit_can_be_last, start=each, leaving_share=share) for each in starts]
        highest = max(rest, key=lambda each: each.log_likelihood)
        starts[1] = highest.free  # the next share is near this one
        return highest.log_likelihood - best.log_likelihood + _FAR

    low, step = float(best.free[2]), 0.5
    while (high := low + step) < _BOUNDS[2][1] and above(high) > 0:
        low, step = high, step * 1.5
    if high >= _BOUNDS[2][1]:
        return 1.0
    return float(special.expit(optimize.brentq(above, low, high, xtol=5e-3)))


def fit_spend(count: Floats, mean_spend: Floats, weights: Floats, start: Spend | None = None) -> tuple[Spend, float]:
    """Gamma-Gamma by maximum likelihood from customers' number of spends (> 0) and mean spend (> 0), and its maximum.

    The gross margin is not in an order log: it keeps the default of `Spend`.
    """
    log_mean = np.log(mean_spend)
    different, of = np.unique(count, return_inverse=True)
    level = float(np.exp(np.average(log_mean, weights=weights)))

    def objective(values: Floats) -> tuple[float, Floats]:
        p, q, gamma = np.exp(values[0]), 1 + np.exp(values[1]), np.exp(values[2])
        shape, each, scale = p * count, p * different, gamma + mean_spend * count
        log_scale = np.log(scale)
        counted = special.gammaln(each + q) - special.gammaln(each) - special.gammaln(q) + each * np.log(different)
        value = counted[of] + q * np.log(gamma) + (shape - 1) * log_mean - (shape + q) * log_scale
        both = special.digamma(each + q)[of] - log_scale
        by_p = count * (both + (np.log(different) - special.digamma(each))[of] + log_mean)
        by_q = both - special.digamma(q) + np.log(gamma)
        by_gamma = q / gamma - (shape + q) / scale
        gradient = np.array([_sum(weights, by_p) * p, _sum(weights, by_q) * (q - 1), _sum(weights, by_gamma) * gamma])
        return -_sum(weights, value) / weights.sum(), -gradient / weights.sum()

    starts = [np.log([p, q - 1, level * (q - 1) / p]) for p, q in ((6.0, 4.0), (1.0, 2.0), (20.0, 8.0))]
    if start is not None:
        starts = [np.log([start.shape_p, start.shape_q - 1, start.scale_gamma])]
    value, free = _best(objective, starts, _SPEND_BOUNDS)
    p, q, gamma = (float(each) for each in np.exp(free))
    return Spend(shape_p=p, shape_q=1 + q, scale_gamma=gamma), -value * float(weights.sum())


def _visits_value(
    natural: tuple[float, float, float, float], rows: Rows, weights: Floats, first_can_be_last: bool
) -> tuple[float, Floats]:
    """Log-likelihood and its derivatives by r, α, a, b."""
    r, alpha, a, b = natural
    x, of = rows.counts, rows.count_of
    chances = x + first_can_be_last  # visits that could have been the last
    before = np.maximum(b + chances - 1, 1e-300)
    leaving = np.where(chances > 0, np.log(a) - np.log(before), -np.inf)
    stayed = special.betaln(a, b + chances) - special.betaln(a, b)
    log_age, log_last, outer = np.log(alpha + rows.age_weeks), np.log(alpha + rows.last_weeks), r + rows.repeats
    odds = leaving[of] + outer * (log_age - log_last)  # log odds of having left
    small = np.exp(-np.abs(odds))  # expit and logaddexp of 0 and the odds, from one exponential
    gone = np.where(odds > 0, 1.0, small) / (1 + small)
    value = (_count_part(r, alpha, x) + stayed)[of] - outer * log_age + np.maximum(odds, 0.0) + np.log1p(small)
    by_count = np.bincount(of, weights, len(x))
    gone_by_count = np.bincount(of, weights * gone, len(x))
    both = by_count @ (special.digamma(a + b) - special.digamma(a + b + chances))
    by_r = by_count @ (special.digamma(r + x) - special.digamma(r) + np.log(alpha))
    by_r -= _sum(weights, log_age - gone * (log_age - log_last))
    by_alpha = r / alpha - outer * ((1 - gone) * np.exp(-log_age) + gone * np.exp(-log_last))
    by_a = both + gone_by_count.sum() / a
    by_b = both + by_count @ (special.digamma(b + chances) - special.digamma(b))
    by_b -= np.where(chances > 0, gone_by_count / before, 0.0).sum()
    return _sum(weights, value), np.array([by_r, _sum(weights, by_alpha), by_a, by_b])


def _sum(weights: Floats, values: Floats) -> float:
    """Of products. Not `@`: on long arrays its threads cost more than the sum, and its last bits hang on how many."""
    return float((weights * values).sum())


def _count_part(r: float, alpha: float, x: Floats) -> Floats:
    return np.asarray(special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha))


def _natural(free: Floats) -> tuple[float, float, float, float]:
    size = float(np.exp(free[3]))
    a, b = float(special.expit(free[2])) * size, float(special.expit(-free[2])) * size
    return float(np.exp(free[0])), float(np.exp(free[1])), a, b


def _to_free(gradient: Floats, free: Floats) -> Floats:
    r, alpha, a, b = _natural(free)
    by_r, by_alpha, by_a, by_b = gradient
    return np.array([by_r * r, by_alpha * alpha, (by_a - by_b) * a * b / (a + b), by_a * a + by_b * b])


def _starts(rows: Rows, weights: Floats) -> list[Floats]:
    rate = max(_sum(weights, rows.repeats) / max(_sum(weights, rows.age_weeks), 1e-9), 1e-6)
    places = [(0.5, 0.2, 3.0), (1.0, 0.02, 10.0), (2.0, 0.05, 30.0), (0.5, 0.5, 1.0)]
    return [np.array([np.log(r), np.log(r / rate), special.logit(m), np.log(size)]) for r, m, size in places]


def _best(
    objective: Callable[[Floats], tuple[float, Floats]], starts: list[Floats], bounds: list[tuple[float, float]]
) -> tuple[float, Floats]:
    low, high = np.array(bounds).T

    def descend(start: Floats, rounds: int) -> tuple[float, Floats]:
        # TNC, not L-BFGS-B: that one calls BLAS for its 4 × 4 matrices, whose threads get in each other's way
        found = optimize.minimize(objective, np.clip(start, low, high), jac=True, method="TNC", bounds=bounds,
                                  options={"maxfun": rounds, "ftol": 1e-14, "gtol": 1e-9, "xtol": 1e-12})  # fmt: skip
        return float(found.fun), np.asarray(found.x, dtype=np.float64)

    if len(starts) == 1:
        return descend(starts[0], 2000)
    ahead = min((descend(start, 60) for start in starts), key=lambda each: each[0])
    return descend(ahead[1], 2000)


def _maybe(how: Callable[[float], Any], value: float | None) -> float | None:
    return None if value is None else float(how(value))
