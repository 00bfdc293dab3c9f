"""From an order log to a store: visits, spends, season and arrivals fitted, and in plain words what the log cannot tell."""

import dataclasses
import datetime
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special
from tqdm import tqdm

from simulator.clock import YEAR_WEEKS, SeasonClock
from simulator.closed_forms import p_alive
from simulator.likelihood import (
    CONCENTRATION_MOST,
    Estimate,
    Rows,
    fit_spend,
    fit_visits,
    fit_without_leaving,
    leaving_share_upper,
)
from simulator.orders import OrderLog, monday_after, summary
from simulator.seasons import Repeats, season_is_seen, season_of
from simulator.store import Arrivals, Spend, Store, Visits

LEAST_CUSTOMERS, LEAST_REPEATERS, LEAST_WEEKS = 100, 30, 8
LEAST_LATER_CUSTOMERS = 300  # first seen after the run-in, to be fitted without the others
RUN_IN_RATIO = 1.5
ASSUMED_CONCENTRATION = 8.0  # of Beta(a, b), when the chance of leaving is assumed: customers differ a good deal
_GAIN = 1.92  # log-likelihood that leaving must add to count as seen (5 %, one degree of freedom)


class FitError(ValueError):
    """A log that cannot be fitted, or a fit that is no store yet: the message says why and what would help."""


@dataclasses.dataclass(frozen=True)
class ModelFit:
    """One model at its maximum. visits: None where the log shows no leaving, since a and b then mean nothing."""

    visits: Visits | None
    log_likelihood: float
    dropout_identified: bool


@dataclasses.dataclass(frozen=True)
class Fit:
    """What a log says, and what it does not.

    summary: a row a customer fitted (as `orders.summary`). bg, mbg: both models. no_dropout_log_likelihood: NBD's, where
    nobody leaves. visits: the chosen model's, or those assumed; None without either. spend: None without amounts.
    season: 52 numbers from the week of week_0, or none. leaving_share_upper: 95 % upper limit of the mean chance that a
    visit is the last. bootstrap: a row a draw. holdout: a row a week with cumulative actual and expected repeats.
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
    base: Store

    @property
    def store(self) -> Store:
        """The store. Errors: `FitError` where the log shows no leaving and no share was assumed."""
        if self.visits is None:
            raise FitError(_unidentified(self.name, self.leaving_share_upper))
        return dataclasses.replace(
            self.base, name=self.name, week_0=self.week_0, season=self.season, visits=self.visits,
            spend=self.spend or self.base.spend, arrivals=self.arrivals,
        )  # fmt: skip

    def intervals(self, share: float = 0.9) -> pd.DataFrame:
        """Low, median and high of each parameter over the bootstrap's draws; `share` of them lie between."""
        if self.bootstrap.empty:
            raise FitError("there are no draws; fit with bootstrap=200, say")
        tail = (1 - share) / 2
        return self.bootstrap.quantile([tail, 0.5, 1 - tail]).T.set_axis(["low", "median", "high"], axis=1)


def fit(
    log: OrderLog, *, holdout_weeks: int | None = None, bootstrap: int = 0, season: str | Sequence[float] = "auto",
    old_customers: str = "auto", assumed_leaving_share: float | None = None, first_visit_can_be_last: bool = True,
    seed: int = 0, end: datetime.date | None = None, base: Store | None = None,
) -> Fit:  # fmt: skip
    """Fit both models of visits, spends, season and arrivals to an order log by maximum likelihood.

    holdout_weeks: fit again without the last weeks and compare. bootstrap: draws by resampling customers. season: "auto"
    (52 weeks or more are needed), "none", or 52 numbers. old_customers: "auto" leaves out those first seen in the run-in
    when first visits are crowded there, "keep" keeps them. assumed_leaving_share: mean chance that a visit is the last,
    instead of the log's. first_visit_can_be_last: the model of the store, MBG/NBD or BG/NBD. end: last day that counts.
    base: what no order log tells (service, response, desks, margin, currency). Errors: `FitError` for a log too thin.
    """
    _check_options(season, old_customers, assumed_leaving_share)
    base = base if base is not None else Store()
    orders = log.orders if end is None else log.orders[log.orders["time"] < pd.Timestamp(end) + pd.Timedelta(days=1)]
    last = end if end is not None else log.end
    _check_enough(orders, last, log.name)
    chosen, notes = _without_old_customers(orders, last) if old_customers == "auto" else (orders, [])
    week_0 = monday_after(last)
    index, said = _season(chosen, last, week_0, season, first_visit_can_be_last)
    customers = summary(chosen, end=last, clock=SeasonClock(index), week_0=week_0, merge_same_day=log.merged_same_day)
    rows = Rows.of(customers)
    nobody = fit_without_leaving(rows, rows.weights())
    bg, mbg = (fit_visits(rows, rows.weights(), kind) for kind in (False, True))
    mine = mbg if first_visit_can_be_last else bg
    upper = leaving_share_upper(rows, rows.weights(), first_visit_can_be_last, mine)
    identified = _is_identified(mine, nobody)
    visits, about = _visits(rows, mine, identified, upper, assumed_leaving_share, first_visit_can_be_last, log.name)
    spend, about_spend = _spend(customers, base)
    arrivals, about_arrivals = _arrivals(chosen, last, week_0)
    notes += said + about + _about_models(customers, bg, mbg, nobody) + about_spend + about_arrivals
    free = (ASSUMED_CONCENTRATION, assumed_leaving_share) if assumed_leaving_share is not None else (None, None)
    draws = _bootstrap(customers, rows, mine, spend, first_visit_can_be_last, bootstrap, seed, free,
                       identified or assumed_leaving_share is not None)  # fmt: skip
    tracked = None
    if holdout_weeks:
        tracked = _holdout(chosen, last, holdout_weeks, index, season, first_visit_can_be_last, log)
        notes.append(_about_holdout(tracked))
    return Fit(
        name=Path(log.name).stem, week_0=week_0, summary=customers, bg=_model(bg, nobody, False),
        mbg=_model(mbg, nobody, True), no_dropout_log_likelihood=nobody.log_likelihood, visits=visits,
        dropout_identified=identified, leaving_share_upper=upper, spend=spend, season=index, arrivals=arrivals,
        bootstrap=draws, holdout=tracked, notes=tuple(notes), base=base,
    )  # fmt: skip
