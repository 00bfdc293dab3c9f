"""Trials about what a customer is worth: retention, satisfaction and profit, and a whole life's spending (C02, C17)."""

import numpy as np
import pandas as pd

from simulator import luck
from simulator.clock import YEAR_WEEKS, Floats
from simulator.closed_forms import lifetime_value, still_customer
from simulator.parameters import replaced
from simulator.practices import ExceedingExpectations
from simulator.store import Store
from simulator.trials.failures import base_log_odds
from simulator.trials.trial import Trial, Turn, believable_range, inside, per_cent, turn, turning

_POINTS = 0.05  # claim C02a: five points more retention
_LIFT = 0.4  # claim C02a: and two fifths more profit
_HORIZON = 260  # weeks; five years
_WEEKLY_SPEND, _LIFE_YEARS = 30.0, 40  # claim C17
_NEARLY = 0.9  # a sum that is right to a tenth passes for right


# --- C02a ---


def yearly_retention(store: Store) -> float:
    """Of the customers who are one a year after their first visit, the share who are one another year later.

    >>> round(yearly_retention(Store()), 3)
    0.822
    """
    first, second = still_customer(store.visits, [float(YEAR_WEEKS), 2.0 * YEAR_WEEKS])
    return float(second / first)


def more_value(retention: float | Floats, more: float | Floats, discount: float) -> Floats:
    """How much more a customer is worth when the share kept from year to year rises from `retention` by `more`.

    The same margin at the beginning of each year, without end: margin · (1 + d) / (1 + d − retention).

    >>> float(more_value(0.90, 0.05, 0.10).round(3))
    0.333
    """
    lost = np.asarray(1 + discount - retention)
    return np.asarray(np.where(lost > more + 1e-9, lost / np.maximum(lost - more, 1e-9) - 1, np.inf))


def retention_and_profit(store: Store, seed: int, retention: float | None = None) -> Trial:
    """C02a: do five points (or five per cent) more yearly retention make a customer worth 40 % more?

    `retention` is the yearly one; default the store's.

    >>> retention_and_profit(Store(), seed=0).turns_at
    0.925
    """
    now = yearly_retention(store) if retention is None else retention
    discount = store.discount_rate_per_year
    shares = np.array([0.5, 0.6, 0.7, 0.8, 0.9, 0.925])
    table = pd.DataFrame({
        "yearly retention, share": shares,
        "worth more with five points more, share": more_value(shares, _POINTS, discount).round(3),
        "worth more with five per cent more, share": more_value(shares, _POINTS * shares, discount).round(3),
    })  # fmt: skip
    points, relative = (float(more_value(now, more, discount)) for more in (_POINTS, _POINTS * now))
    says = (f"Of customers of a year's standing {per_cent(now)} are still there a year later; five points more make "
            f"one worth {per_cent(points)} more, five per cent more {per_cent(relative)}.")  # fmt: skip
    return Trial(table, says, points >= _LIFT, *_turn_of_retention(now, discount))


def _turn_of_retention(now: float, discount: float) -> Turn:
    exact = 1 + discount - _POINTS * (1 + _LIFT) / _LIFT
    relative = (1 + discount) * _LIFT / (_LIFT + _POINTS * (1 + _LIFT))
    at = inside(exact, 0, 1 - _POINTS)
    where = f"It turns at a yearly retention of {exact:.1%} (five points) or {relative:.1%} (five per cent)"
    if at is None:
        where = "It turns at no yearly retention"
    said = f"{where}, with money a year later worth {per_cent(discount)} less; here it is {now:.1%}."
    return Turn("yearly retention", at, "share of customers", said.replace("%", " %").replace("  %", " %"))


# --- C02b ---


def satisfaction_and_profit(store: Store, seed: int) -> Trial:
    """C02b, bound from above: by how much does the margin rise if service were perfect at every visit, for nothing?

    Margin of a new customer in five years; perfect: no visit fails; best of all: each delights for ever as well, by as
    much as the ledger believes at most, and is talked of.

    >>> satisfaction_and_profit(Store(), seed=0).holds
    False
    """
    today = lifetime_value(store, _HORIZON)
    perfect, best = _perfect(store, 0.0), _perfect(store, _most_delight())
    talked = best * (1 + _brought_by_talk(store, best))
    table = pd.DataFrame({
        "service": ["as today", "no visit fails", "every visit delights as well", "and is talked of"],
        f"margin of a new customer in {_HORIZON} weeks, {store.currency}": np.round([today, perfect, best, talked]),
        "against today, ratio": np.round([1.0, perfect / today, best / today, talked / today], 2),
    })  # fmt: skip
    more, most = per_cent(perfect / today - 1), per_cent(talked / today - 1)
    says = (f"If no visit failed, for nothing, a new customer would bring {more} more margin in five years; if each "
            f"delighted and was talked of as well, {most} more.")  # fmt: skip
    at = turning(lambda share: _doubles(replaced(store, {"service.failure_share": share})), 0.001, 0.95)
    then = "below it not even the best of service doubles the margin"
    nowhere = "with no share of failures today is it otherwise"
    return Trial(table, says, _doubles(store), *turn(store, "service.failure_share", at, then, nowhere))


def _most_delight() -> float:
    """The most, in log odds, that an excellent visit is believed to take off leaving."""
    return believable_range(ExceedingExpectations(), "delight_log_odds")[1]


def _doubles(store: Store) -> bool:
    best = _perfect(store, _most_delight())
    return bool(best * (1 + _brought_by_talk(store, best)) >= 2 * lifetime_value(store, _HORIZON))


def _perfect(store: Store, delight: float) -> float:
    """Margin of a new customer over the horizon where no visit fails and each takes `delight` off leaving."""
    base, weight = base_log_odds(store)
    return worth(store, _HORIZON, 1 / (1 + np.exp(delight - base)), weight)


def worth(store: Store, weeks: float, leaving: Floats, weight: Floats) -> float:
    """Discounted margin of a new customer over `weeks`, for customers who leave after a visit with these chances.

    >>> round(worth(Store(), 260, np.array([0.1]), np.array([1.0])))
    840
    """
    visits, (ages, widths) = store.visits, _ages(store.visits.alpha_weeks, weeks)
    discount = (1 + store.discount_rate_per_year) ** (-ages / YEAR_WEEKS)
    rate = (visits.alpha_weeks / (visits.alpha_weeks + leaving[..., None] * ages)) ** (visits.r + 1)
    outlive = 1 - leaving if visits.first_visit_can_be_last else 1.0
    made = 1 + outlive * visits.visits_per_week * (rate @ (widths * discount))
    return float((weight * made).sum() * store.spend.mean * store.spend.gross_margin_share)


def _ages(alpha_weeks: float, weeks: float) -> tuple[Floats, Floats]:
    """Points and widths of a quadrature over ages from 0 to `weeks`, even in their logarithm."""
    points, widths = np.polynomial.legendre.leggauss(48)
    span = np.log1p(weeks / alpha_weeks)
    stretched = span * (points + 1) / 2
    return alpha_weeks * np.expm1(stretched), alpha_weeks * np.exp(stretched) * span * widths / 2


def _brought_by_talk(store: Store, margin: float) -> float:
    """Newcomers a customer whose every visit delights brings beyond today's talk, by what he tells."""
    visits = margin / (store.spend.mean * store.spend.gross_margin_share)
    talk, failing = store.talk, store.service.failure_share
    more_good = talk.delighted_told_share - (1 - failing) * good_tales(store)
    bad = failing * store.service.to_others_share
    gained = talk.first_visits_per_good_tale * max(more_good, 0.0) + talk.first_visits_lost_per_bad_tale * bad
    return float(visits * gained)


def good_tales(store: Store) -> float:
    """Share of the visits that went well, delighted ones among them, that are told to others.

    >>> round(good_tales(Store()), 3)
    0.077
    """
    talk, well = store.talk, 1 - store.service.failure_share
    delighted = min(float(luck.cumulative_normal(np.array(-talk.delighted_at))) / well, 1.0)
    return delighted * talk.delighted_told_share + (1 - delighted) * talk.fine_told_share


# --- C17 ---


def spend_for_life(store: Store, seed: int, leaving: float | None = None) -> Trial:
    """C17: what is left of spend × weeks × years when margin, leaving and later money are put in.

    `leaving` is the share of customers who leave in a year; default the store's, for customers of a year's standing.

    >>> float(spend_for_life(Store(), seed=0).table.iloc[0, 1])
    62400.0
    """
    left = 1 - yearly_retention(store) if leaving is None else leaving
    margin, rate = store.spend.gross_margin_share, store.discount_rate_per_year
    whole, later, leaving_too = life_value(0.0, 0.0), life_value(0.0, rate), life_value(left, rate)
    sums = np.array([whole, margin * whole, margin * later, margin * leaving_too])
    rows = ["as claimed: spend × weeks × years", "the margin of it", "and later money counts for less",
            f"and {per_cent(left)} leave a year"]  # fmt: skip
    table = pd.DataFrame({"sum": rows, "worth of a loyal customer, currency": sums.round(),
                          "of the claim, share": (sums / whole).round(3)})  # fmt: skip
    says = (f"Of {sums[0]:,.0f} there remain {sums[3]:,.0f} with a margin of {per_cent(margin)}, money a year later "
            f"worth {per_cent(rate)} less and {per_cent(left)} leaving a year.")  # fmt: skip
    return Trial(table, says, life_value(left, 0.0) >= _NEARLY * whole, *_turn_of_leaving(left))


def life_value(leaving: float, discount: float) -> float:
    """Spending of 30 a week over 40 years by a customer whom the shop loses with chance `leaving` each year.

    >>> life_value(0.0, 0.0), round(life_value(0.1, 0.0))
    (62400.0, 14602)
    """
    kept = (1 - leaving) / (1 + discount)
    return float(_WEEKLY_SPEND * (kept ** (np.arange(_LIFE_YEARS * YEAR_WEEKS) / YEAR_WEEKS)).sum())


def _turn_of_leaving(now: float) -> Turn:
    at = turning(lambda share: life_value(share, 0.0) >= _NEARLY * life_value(0.0, 0.0), 0.0, 0.5, steps=20)
    said = (f"Even with the margin whole and later money counted in full it is right to a tenth only while at most "
            f"{at:.2%} of customers leave in a year; here it is {now:.0%}.")  # fmt: skip
    return Turn("yearly leaving", at, "share of customers", said.replace("%", " %"))
