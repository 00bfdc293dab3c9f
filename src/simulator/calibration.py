"""From an order log to a store: visits, spends, season, arrivals; and in plain words what the log cannot tell."""

import dataclasses
import datetime
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from simulator import fit_notes
from simulator.clock import YEAR_WEEKS, Floats, Integers, SeasonClock
from simulator.closed_forms import p_alive
from simulator.cohorts import LEAST_WEEKS, FitError, arrivals_of, check_enough, without_old_customers
from simulator.fit_draws import both_models, resampled, spenders, stores_of_draws
from simulator.likelihood import (
    LEAVING_SHARE_LEAST,
    Estimate,
    Rows,
    fit_spend,
    fit_visits,
    fit_without_leaving,
    leaving_share_upper,
)
from simulator.orders import OrderLog, monday_after, summary
from simulator.seasons import SEASON_GAIN, Repeats, season_of
from simulator.store import Arrivals, Spend, Store, Visits

__all__ = ["ASSUMED_CONCENTRATION", "Fit", "FitError", "ModelFit", "both_models", "fit", "posterior_parameters",
           "stores_of_draws"]  # fmt: skip

ASSUMED_CONCENTRATION = 8.0  # of Beta(a, b) where the chance of leaving is assumed: customers differ a good deal
_GAIN = 1.92  # log-likelihood that leaving must add to count as seen (5 %, one degree of freedom)


@dataclasses.dataclass(frozen=True)
class ModelFit:
    """One model at its maximum. visits: None where the log shows no leaving, since a and b then mean nothing."""

    visits: Visits | None
    log_likelihood: float
    dropout_identified: bool


@dataclasses.dataclass(frozen=True)
class Fit:
    """What a log says, and what it does not.

    summary: a row a customer fitted (see `orders.summary`). bg, mbg: both models. no_dropout_log_likelihood: of NBD,
    where nobody leaves. visits: the chosen model's, or those assumed; None without either. spend: None without amounts.
    season: 52 numbers from the week of week_0, or none. leaving_share_upper: 95 % upper limit of the mean chance that
    a visit is the last. bootstrap: a row a draw. holdout: a row a week, cumulative repeats actual and expected.
    """

    name: str
    week_0: datetime.date
    summary: pd.DataFrame
    bg: ModelFit
    mbg: ModelFit
    no_dropout_log_likelihood: float
    visits: Visits | None
    dropout_identified: bool
    leaving_share_upper: float
    spend: Spend | None
    season: tuple[float, ...]
    arrivals: Arrivals
    bootstrap: pd.DataFrame
    holdout: pd.DataFrame | None
    notes: tuple[str, ...]
    leaving_share_stated: bool
    base: Store

    @property
    def store(self) -> Store:
        """The store. Errors: `FitError` where the log shows no leaving and no share was assumed."""
        if self.visits is None:
            raise FitError(f"{self.name}: {fit_notes.unidentified(self.leaving_share_upper)}")
        return dataclasses.replace(
            self.base, name=self.name, week_0=self.week_0, season=self.season, visits=self.visits,
            spend=self.spend or self.base.spend, arrivals=self.arrivals, fit_notes=self.notes,
            leaving_share_stated=self.leaving_share_stated,
        )  # fmt: skip

    def intervals(self, share: float = 0.9) -> pd.DataFrame:
        """Low, median and high of each parameter over the bootstrap's draws; `share` of the draws lie between."""
        if self.bootstrap.empty:
            raise FitError("bootstrap = 0: there are no draws; fit with bootstrap=200, say")
        tail = (1 - share) / 2
        return self.bootstrap.quantile([tail, 0.5, 1 - tail]).T.set_axis(["low", "median", "high"], axis=1)


@dataclasses.dataclass(frozen=True)
class _Task:
    """What is asked of a fit, apart from the orders."""

    first_visit_can_be_last: bool
    season: str | tuple[float, ...]
    assumed: float | None
    by_day: bool
    week_0: datetime.date


@dataclasses.dataclass(frozen=True)
class _Found:
    """What the orders of some customers up to some day give. used: mine, or what was assumed in its place."""

    customers: pd.DataFrame
    rows: Rows
    season: tuple[float, ...]
    nobody: Estimate
    bg: Estimate
    mbg: Estimate
    mine: Estimate
    used: Estimate
    season_notes: list[str]

    def identified(self, estimate: Estimate) -> bool:
        gain = estimate.log_likelihood - self.nobody.log_likelihood
        return gain >= _GAIN and estimate.leaving_share > 1.01 * LEAVING_SHARE_LEAST


def fit(
    log: OrderLog, *, holdout_weeks: int | None = None, bootstrap: int = 0, season: str | Sequence[float] = "auto",
    old_customers: str | int = "auto", assumed_leaving_share: float | None = None, first_visit_can_be_last: bool = True,
    seed: int = 0, end: datetime.date | None = None, base: Store | None = None,
) -> Fit:  # fmt: skip
    """Fit both models of visits, spends, season and arrivals to an order log by maximum likelihood.

    holdout_weeks: fit again without the last weeks and compare. bootstrap: draws by resampling customers (the season
    stays). season: "auto" (needs 52 weeks), "none", or 52 numbers from the week after the log. old_customers: "auto"
    leaves out those first seen at the log's beginning when first visits are crowded there, a number those first seen
    in as many weeks, "keep" none.
    assumed_leaving_share: mean chance that a visit is the last, in place of the log's. first_visit_can_be_last: the
    store's model, MBG/NBD or BG/NBD. end: last day that counts (default the log's). base: what no order log tells
    (service, response, desks, margin, currency). Errors: `FitError` for a log too thin.
    """
    asked = _checked_season(season)
    _check_options(old_customers, assumed_leaving_share)
    last = end if end is not None else log.end
    orders = log.orders[log.orders["time"] < pd.Timestamp(last) + pd.Timedelta(days=1)]
    orders = orders.assign(customer_id=pd.Categorical(orders["customer_id"]))  # texts are slow to sort and compare
    check_enough(orders, last, log.name)
    run_in = old_customers if isinstance(old_customers, int) else None
    chosen, notes = (orders, []) if old_customers == "keep" else without_old_customers(orders, last, run_in)
    check_enough(chosen, last, log.name)
    task = _Task(first_visit_can_be_last, asked, assumed_leaving_share, log.merged_same_day, monday_after(last))
    found = _estimate(chosen, last, task)
    upper = leaving_share_upper(found.rows, found.rows.weights(), first_visit_can_be_last, found.mine)
    identified = found.identified(found.mine)
    stated = identified or assumed_leaving_share is not None
    spend = _spend(found.customers, base or Store())
    arrivals, arrival_notes = arrivals_of(chosen, last)
    tracked = _holdout(chosen, last, holdout_weeks, task, log.name) if holdout_weeks else None
    tracked_notes = fit_notes.about_holdout(tracked) if tracked is not None else []
    notes = [*tracked_notes, *notes, *found.season_notes,
             *fit_notes.about_leaving(found.mine, found.used, identified, upper, assumed_leaving_share),
             *fit_notes.about_models(found.customers, found.bg, found.mbg, found.nobody),
             *fit_notes.about_spend(found.customers, spend), *arrival_notes,
             *fit_notes.about_missing_ids(log.without_id_share, log.has_amounts)]  # fmt: skip
    return Fit(
        name=_shop_name(log.name), week_0=task.week_0,
        summary=found.customers, bg=_model(found, found.bg, False), mbg=_model(found, found.mbg, True),
        no_dropout_log_likelihood=found.nobody.log_likelihood,
        visits=found.used.visits(first_visit_can_be_last) if stated else None,
        dropout_identified=identified, leaving_share_upper=upper, spend=spend, season=found.season, arrivals=arrivals,
        bootstrap=_draws(found, task, spend, bootstrap, seed, stated), holdout=tracked, notes=tuple(notes),
        leaving_share_stated=assumed_leaving_share is not None,
        base=base or Store(),
    )  # fmt: skip


def posterior_parameters(visits: Visits, summary: pd.DataFrame) -> pd.DataFrame:
    """For drawing each customer's own parameters after his past (repeats, last_weeks, age_weeks), by customer.

    `customers.from_posterior` draws from it; past_visits and age_weeks are the past it needs. He is still a customer
    with chance p_alive. If so p ~ Beta(alive_a, alive_b) and λ ~ Gamma(shape, weeks) with shape rate_shape and scale
    1 / alive_weeks; if he has left, Beta(left_a, left_b) and scale 1 / left_weeks (NaN where the model lets nobody
    leave: no repeat under BG/NBD). Source: Bayes' rule on the likelihoods of BG/NBD and MBG/NBD.

    >>> past = pd.DataFrame({"repeats": [2], "last_weeks": [30.0], "age_weeks": [38.0]})
    >>> posterior_parameters(Visits(a=1.0, b=3.0, r=0.5, alpha_weeks=6.0), past).drop(columns="p_alive").loc[0].tolist()
    [1.0, 6.0, 2.5, 44.0, 2.0, 5.0, 36.0, 3.0, 38.0]
    """
    x = summary["repeats"]
    chances = x + int(visits.first_visit_can_be_last)
    could_leave = chances > 0
    return pd.DataFrame(index=summary.index).assign(
        p_alive=p_alive(visits, x, summary["last_weeks"], summary["age_weeks"]),
        alive_a=visits.a, alive_b=visits.b + chances, rate_shape=visits.r + x,
        alive_weeks=visits.alpha_weeks + summary["age_weeks"],
        left_a=(x * 0.0 + visits.a + 1).where(could_leave), left_b=(visits.b + chances - 1).where(could_leave),
        left_weeks=(visits.alpha_weeks + summary["last_weeks"]).where(could_leave),
        past_visits=x + 1, age_weeks=summary["age_weeks"],
    )  # fmt: skip


def _shop_name(file: str) -> str:
    """The file's name without what says its kind."""
    return re.sub(r"(?<=.)(\.csv|\.txt|\.tsv|\.xlsx)?(\.gz)?$", "", Path(file).name, flags=re.IGNORECASE)


def _checked_season(season: str | Sequence[float]) -> str | tuple[float, ...]:
    if isinstance(season, str):
        if season not in ("auto", "none"):
            raise FitError(f"season = {season!r}: allowed are 'auto', 'none' or {YEAR_WEEKS} numbers")
        return season
    return Store(season=tuple(season)).season


def _check_options(old_customers: str | int, assumed: float | None) -> None:
    if old_customers not in ("auto", "keep") and not (isinstance(old_customers, int) and old_customers > 0):
        raise FitError(f"old_customers = {old_customers!r}: allowed are 'auto', 'keep' or a number of weeks")
    if assumed is not None and not LEAVING_SHARE_LEAST <= assumed <= 0.95:
        raise FitError(f"assumed_leaving_share = {assumed}: should be between {LEAVING_SHARE_LEAST} and 0.95")


def _estimate(orders: pd.DataFrame, end: datetime.date, task: _Task) -> _Found:
    index, notes = _season(orders, end, task)
    customers = _summary(orders, end, task, index)
    rows = Rows.of(customers)
    weights = rows.weights()
    bg, mbg = (fit_visits(rows, weights, kind) for kind in (False, True))
    mine = mbg if task.first_visit_can_be_last else bg
    used = mine if task.assumed is None else _assumed(rows, weights, task, mine.free)
    return _Found(customers, rows, index, fit_without_leaving(rows, weights), bg, mbg, mine, used, notes)


def _assumed(rows: Rows, weights: Floats, task: _Task, start: Floats) -> Estimate:
    return fit_visits(rows, weights, task.first_visit_can_be_last, start=start,
                      leaving_share=task.assumed, concentration=ASSUMED_CONCENTRATION)  # fmt: skip


def _summary(orders: pd.DataFrame, end: datetime.date, task: _Task, index: tuple[float, ...]) -> pd.DataFrame:
    clock = SeasonClock(index)
    return summary(orders, end=end, clock=clock, week_0=task.week_0, merge_same_day=task.by_day)


def _season(orders: pd.DataFrame, end: datetime.date, task: _Task) -> tuple[tuple[float, ...], list[str]]:
    if not isinstance(task.season, str):
        return task.season, ["The season was given, not estimated."]
    weeks = (pd.Timestamp(end) - orders["time"].min()) / pd.Timedelta(weeks=1)
    if task.season == "none" or weeks < YEAR_WEEKS:
        return (), [] if task.season == "none" else [fit_notes.no_season(weeks)]
    repeats = Repeats.of(orders, end, task.week_0)
    index: tuple[float, ...] = ()
    even = best = _fit_on_clock(orders, end, task, index, None)
    for _ in range(8):  # each round fits the visits on the clock so far; the changes shrink from round to round
        before, index = index, season_of(repeats, best.visits(task.first_visit_can_be_last), index)
        best = _fit_on_clock(orders, end, task, index, best.free)
        if before and max(abs(np.array(index) - np.array(before))) < 0.005:
            break
    gain = best.log_likelihood + repeats.log_density(index) - even.log_likelihood
    if gain < SEASON_GAIN:
        return (), ["Visits differ over the year no more than by chance: no season is put in."]
    return index, [fit_notes.season(index, weeks)]


def _fit_on_clock(
    orders: pd.DataFrame, end: datetime.date, task: _Task, index: tuple[float, ...], start: Floats | None
) -> Estimate:
    rows = Rows.of(_summary(orders, end, task, index))
    return fit_visits(rows, rows.weights(), task.first_visit_can_be_last, start=start)


def _model(found: _Found, estimate: Estimate, first_visit_can_be_last: bool) -> ModelFit:
    identified = found.identified(estimate)
    visits = estimate.visits(first_visit_can_be_last) if identified else None
    return ModelFit(visits, estimate.log_likelihood, identified)


def _spend(customers: pd.DataFrame, base: Store) -> Spend | None:
    if "mean_repeat_spend" not in customers or len((known := spenders(customers))[0]) < 30:
        return None
    spend, _ = fit_spend(*known[:2], np.ones(len(known[0])))
    return dataclasses.replace(spend, gross_margin_share=base.spend.gross_margin_share)


def _draws(found: _Found, task: _Task, spend: Spend | None, draws: int, seed: int, stated: bool) -> pd.DataFrame:
    """Parameters fitted to customers drawn with replacement; those of leaving only where they mean something."""
    kind = task.first_visit_can_be_last

    def refit(sample: Integers) -> Visits:
        weights = found.rows.weights(sample)
        if task.assumed is not None:
            return _assumed(found.rows, weights, task, found.used.free).visits(kind)
        return fit_visits(found.rows, weights, kind, start=found.mine.free).visits(kind)

    table = resampled(found.customers, refit, spend, draws, seed, "bootstrap")
    return table if stated or table.empty else table.drop(columns=["a", "b", "leaving_share"])


def _holdout(orders: pd.DataFrame, end: datetime.date, weeks: int, task: _Task, name: str) -> pd.DataFrame:
    """Cumulative repeat visits of customers known before the last `weeks`, actual and as expected from before."""
    cut = task.week_0 - datetime.timedelta(weeks=weeks, days=1)
    early = orders[orders["time"] < pd.Timestamp(cut) + pd.Timedelta(days=1)]
    if weeks < 1 or early.empty or (pd.Timestamp(cut) - early["time"].min()).days < 7 * LEAST_WEEKS:
        raise FitError(f"{name}: holdout_weeks = {weeks}: should leave at least {LEAST_WEEKS} weeks before them")
    check_enough(early, cut, f"{name} before the holdout")
    found = _estimate(early, cut, task)
    first = orders.groupby("customer_id", observed=True)["time"].transform("min")
    repeats = Repeats.of(orders[first < pd.Timestamp(cut) + pd.Timedelta(days=1)], end, task.week_0)
    expected = repeats.expected(found.used.visits(task.first_visit_can_be_last), SeasonClock(found.season))
    start = pd.Timestamp(task.week_0) + pd.to_timedelta(repeats.weeks * 7, unit="D")
    return pd.DataFrame({"week_start": start, "actual": repeats.actual().cumsum(), "expected": expected.cumsum(),
                         "held_out": repeats.weeks >= -weeks})  # fmt: skip
