"""Fits against published numbers and `lifetimes`, on logs whose truth is known, and what a fit must refuse to say."""

import dataclasses
import datetime
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from logs import CDNOW_CUT, END, log_of, made_log
from scipy import optimize, special

from simulator import closed_forms, likelihood
from simulator.calibration import FitError, fit, posterior_parameters
from simulator.clock import SeasonClock
from simulator.likelihood import Rows, fit_spend, fit_visits, visits_log_likelihood
from simulator.orders import read_orders, summary
from simulator.seasons import Repeats
from simulator.store import Store, Visits


def test_cdnow_as_published(cdnow_fit):
    assert cdnow_fit.bg.log_likelihood == pytest.approx(-9582.4, abs=0.05)
    assert cdnow_fit.mbg.log_likelihood == pytest.approx(-9582.1, abs=0.05)
    bg, mbg = cdnow_fit.bg.visits, cdnow_fit.mbg.visits
    assert [bg.r, bg.alpha_weeks, bg.a, bg.b] == pytest.approx([0.24259, 4.4135, 0.79288, 2.42574], rel=2e-4)
    assert [mbg.r, mbg.alpha_weeks, mbg.a, mbg.b] == pytest.approx([0.5248, 6.1831, 0.8914, 1.6140], rel=2e-4)
    spend = cdnow_fit.spend
    assert [spend.shape_p, spend.shape_q, spend.scale_gamma] == pytest.approx([6.25, 3.74, 15.44], abs=0.01)
    assert cdnow_fit.dropout_identified
    said = " ".join(cdnow_fit.notes)
    assert "The log cannot tell them apart" in said and "not a finding" in said and "1,411 of 2,357" in said


def test_cdnow_store(cdnow_fit):
    store = cdnow_fit.store
    assert store.visits == cdnow_fit.mbg.visits and store.spend.gross_margin_share == Store().spend.gross_margin_share
    assert store.week_0 == datetime.date(1997, 10, 6) and store.name == "cdnow"
    assert store.arrivals.history_weeks == 40
    births = np.array(store.arrivals.index_before_week_0) * store.arrivals.new_customers_per_week
    assert births.sum() == pytest.approx(2357, rel=1e-3) and births[-20:].sum() == 0
    assert "looks like a group chosen" in " ".join(cdnow_fit.notes)


def test_bootstrap_is_seeded_and_surrounds_the_fit(cdnow, cdnow_fit):
    table = cdnow_fit.intervals(0.98)
    for name, value in (("r", 0.5248), ("alpha_weeks", 6.1831), ("leaving_share", 0.3558), ("shape_p", 6.25)):
        assert table.loc[name, "low"] < value < table.loc[name, "high"]
    again = fit(cdnow, end=CDNOW_CUT, bootstrap=2)
    assert again.bootstrap.equals(cdnow_fit.bootstrap.head(2))
    assert not fit(cdnow, end=CDNOW_CUT, bootstrap=1, seed=1).bootstrap.equals(again.bootstrap.head(1))
    with pytest.raises(FitError, match="bootstrap = 0: there are no draws"):
        dataclasses.replace(again, bootstrap=pd.DataFrame()).intervals()


def test_bg_can_be_chosen_and_a_contradicted_assumption_is_labelled(cdnow, cdnow_fit):
    assert fit(cdnow, end=CDNOW_CUT, first_visit_can_be_last=False).store.visits == cdnow_fit.bg.visits
    assumed = fit(cdnow, end=CDNOW_CUT, assumed_leaving_share=0.6)
    assert assumed.store.visits.leaving_share == pytest.approx(0.6)
    assert any("contradicts the log" in note for note in assumed.notes)
    assert 0.36 < cdnow_fit.leaving_share_upper < 0.6


def test_holdout_tracks_cdnow(cdnow):
    fitted = fit(cdnow, holdout_weeks=39, season="none")
    tracked = fitted.holdout
    assert tracked["held_out"].sum() == 39 and tracked["actual"].is_monotonic_increasing
    at_cut = tracked[~tracked["held_out"]].iloc[-1]
    assert at_cut["expected"] == pytest.approx(at_cut["actual"], rel=0.05)
    last = tracked.iloc[-1]
    assert last["actual"] == summary(cdnow)["repeats"].sum()
    assert last["expected"] == pytest.approx(last["actual"], rel=0.10)  # the model is known to fall a little short
    assert any("weeks held out there were" in note for note in fitted.notes)
    with pytest.raises(FitError, match="holdout_weeks = 75: should leave at least 8 weeks"):
        fit(cdnow, holdout_weeks=75, season="none")


@pytest.mark.parametrize("kind", [False, True], ids=["BG", "MBG"])
def test_log_likelihood_is_the_one_of_lifetimes(cdnow_fit, kind):
    lifetimes = pytest.importorskip("lifetimes", reason="lifetimes (extra `test`) is not installed")
    table = cdnow_fit.summary
    visits = Visits(r=0.4, alpha_weeks=5.0, a=0.7, b=2.0, first_visit_can_be_last=kind)
    fitter = lifetimes.ModifiedBetaGeoFitter if kind else lifetimes.BetaGeoFitter
    x, last, age = (table[each].to_numpy(dtype=float) for each in ("repeats", "last_weeks", "age_weeks"))
    theirs = fitter._negative_log_likelihood(np.log([0.4, 5.0, 0.7, 2.0]), x, last, age, np.ones(len(x)), 0.0)
    assert visits_log_likelihood(visits, table) == pytest.approx(-theirs * len(x), rel=1e-9)


@pytest.mark.parametrize("kind", [False, True], ids=["BG", "MBG"])
def test_a_plain_simplex_search_finds_nothing_better(cdnow_fit, kind):
    table = cdnow_fit.summary
    rows = Rows.of(table)
    found = fit_visits(rows, rows.weights(), kind)
    assert rows.weights().sum() == len(table)

    def loss(logs):
        r, alpha, a, b = np.exp(logs)
        return -visits_log_likelihood(Visits(r=r, alpha_weeks=alpha, a=a, b=b, first_visit_can_be_last=kind), table)

    search = optimize.minimize(loss, np.log([1.0, 10.0, 1.0, 1.0]), method="Nelder-Mead", options={"maxiter": 600})
    assert found.log_likelihood >= -search.fun - 1e-6


@pytest.mark.parametrize("kind", [False, True], ids=["BG", "MBG"])
def test_gradients_are_exact(cdnow_fit, kind):
    rows = Rows.of(cdnow_fit.summary)
    at = (0.4, 5.0, 0.7, 2.0)
    _, gradient = likelihood._visits_value(at, rows, rows.weights(), kind)

    def value(natural):
        return likelihood._visits_value(tuple(natural), rows, rows.weights(), kind)[0]

    assert gradient == pytest.approx(optimize.approx_fprime(at, value, 1e-7), rel=1e-4, abs=1e-2)


def test_gamma_gamma_finds_what_was_drawn():
    rng = np.random.default_rng(4)
    count = rng.integers(1, 12, 20_000).astype(float)
    mean = rng.gamma(6.0 * count, 1 / rng.gamma(4.0, 1 / 20.0, 20_000)) / count
    spend, _ = fit_spend(count, mean, np.ones(20_000))
    assert [spend.shape_p, spend.shape_q, spend.scale_gamma] == pytest.approx([6.0, 4.0, 20.0], rel=0.15)
    few, their = count[:500], mean[:500]
    doubled, _ = fit_spend(np.tile(few, 2), np.tile(their, 2), np.ones(1000))
    weighted, _ = fit_spend(few, their, np.full(500, 2.0))
    assert weighted.shape_p == pytest.approx(doubled.shape_p, rel=1e-4)


def test_a_made_log_gives_its_parameters_and_season_back():
    season = np.repeat([0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.2, 1.1, 1.0, 0.9, 0.9, 0.9], 4)
    truth = Visits(r=1.0, alpha_weeks=6.0, a=0.8, b=5.2)
    log = made_log(truth, 3000, 156, clock=SeasonClock(tuple(season)))
    found = fit(log)
    assert not any("long standing" in note for note in found.notes)
    assert found.visits.leaving_share == pytest.approx(truth.leaving_share, abs=0.02)
    assert found.visits.visits_per_week == pytest.approx(truth.visits_per_week, rel=0.08)
    assert np.corrcoef(found.season, season)[0, 1] > 0.97
    assert np.mean(found.season) == pytest.approx(1.0) and found.store.season == found.season
    assert found.arrivals.new_customers_per_week == pytest.approx(3000 / 156, rel=0.01)
    given = fit(log, season=season.tolist())
    assert given.season == tuple(season) and given.visits.r == pytest.approx(found.visits.r, rel=0.1)


def test_an_even_log_gets_no_season():
    found = fit(made_log(Visits(r=1.0, alpha_weeks=6.0, a=0.8, b=5.2), 1500, 110, seed=5))
    assert found.season == () and any("no more than by chance" in note for note in found.notes)


def test_where_nobody_leaves_the_fit_says_so_and_is_no_store(nobody_fit):
    found = nobody_fit
    assert not found.dropout_identified
    assert found.visits is None and found.bg.visits is None and found.mbg.visits is None
    assert 0 < found.leaving_share_upper < 0.09
    assert list(found.bootstrap.columns) == ["r", "alpha_weeks", "shape_p", "shape_q", "scale_gamma"]
    with pytest.raises(FitError, match=r"made: leaving is not identified.*assumed_leaving_share") as error:
        _ = found.store
    assert f"{found.leaving_share_upper:.1%}" in str(error.value)


def test_an_assumed_share_makes_a_store_and_is_labelled(nobody_leaves):
    found = fit(nobody_leaves, assumed_leaving_share=0.10, bootstrap=2)
    visits = found.store.visits
    assert visits.leaving_share == pytest.approx(0.10) and visits.a + visits.b == pytest.approx(8.0)
    assert not found.dropout_identified
    assert any("10.0%, is assumed" in note and "contradicts the log" in note for note in found.notes)
    assert found.bootstrap["leaving_share"].to_numpy() == pytest.approx(0.10)
    low = fit(nobody_leaves, assumed_leaving_share=found.leaving_share_upper / 4)
    assert not any("contradicts" in note for note in low.notes)


def test_the_upper_limit_lies_where_the_likelihood_says(nobody_fit):
    found = nobody_fit
    rows = Rows.of(found.summary)
    there = fit_visits(rows, rows.weights(), True, leaving_share=found.leaving_share_upper)
    assert 2 * (found.mbg.log_likelihood - there.log_likelihood) == pytest.approx(2.706, abs=0.05)


def test_old_customers_are_left_out_of_the_fit():
    truth = Visits(r=1.0, alpha_weeks=6.0, a=0.5, b=4.5)
    log = made_log(truth, 6000, 60, before=150, seed=7)
    auto, keep, longer = (fit(log, season="none", old_customers=each) for each in ("auto", "keep", 30))
    assert any("Only the" in note and "long standing" in note for note in auto.notes)
    assert any("of the orders" in note and "of the sales; they spent" in note for note in auto.notes)
    assert len(auto.summary) < len(keep.summary) == log.customers
    assert keep.visits.leaving_share < auto.visits.leaving_share < truth.leaving_share + 0.01
    assert auto.arrivals.history_weeks in (47, 48)
    found = [each.arrivals.new_customers_per_week for each in (longer, auto, keep)]
    assert 6000 / 210 < found[0] < found[1] < found[2]  # seldom-comers of long standing keep turning up
    assert "Customers of long standing who come seldom may still be among them" in auto.notes[0]
    few = log_of(log.orders[log.orders["customer_id"] < "c00700"])
    assert any("so all are fitted as if new" in note for note in fit(few, season="none").notes)


def test_the_fit_says_whom_it_leaves_out_for_want_of_an_id(cdnow, cdnow_fit):
    assert not any("customer id" in note for note in cdnow_fit.notes)
    found = fit(dataclasses.replace(cdnow, name="cdnow.xlsx", without_id_share=0.155), end=CDNOW_CUT, season="none")
    said = "15.5% of the turnover in the log has no customer id"
    assert any(said in note and "conclusions hold for them only, the other 84.5%" in note for note in found.notes)
    assert found.store.name == "cdnow" and any(said in note for note in found.store.fit_notes)


def test_a_log_without_amounts_gives_visits_only(cdnow):
    bare = dataclasses.replace(cdnow, orders=cdnow.orders.drop(columns="amount"))
    found = fit(bare, end=CDNOW_CUT, bootstrap=1)
    assert found.spend is None and found.store.spend == Store().spend
    assert "shape_p" not in found.bootstrap and any("No spends were fitted" in note for note in found.notes)


@pytest.mark.parametrize(
    ("customers", "days", "words"),
    [
        (99, [0, 10, 70], "99 customers; at least 100 are needed"),
        (150, [0], r"0 customers who came on more than one day; at least 30"),
        (150, [0, 20], r"2.9 weeks from the first order to the last; at least 8"),
    ],
)
def test_thin_logs_are_refused(customers, days, words):
    rows = [(f"c{i}", pd.Timestamp("2024-01-01") + pd.Timedelta(days=day)) for i in range(customers) for day in days]
    log = log_of(pd.DataFrame(rows, columns=["customer_id", "time"]))
    with pytest.raises(FitError, match=r"made.csv: " + words):
        fit(log)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"season": "yes"}, "season = 'yes': allowed are 'auto', 'none' or 52 numbers"),
        ({"season": [1.0, 2.0]}, "Store.season"),
        ({"old_customers": "drop"}, "old_customers = 'drop': allowed are 'auto', 'keep' or a number of weeks"),
        ({"assumed_leaving_share": 1.5}, "assumed_leaving_share = 1.5: should be between"),
    ],
)
def test_wrong_options_are_named(nobody_leaves, options, words):
    with pytest.raises(ValueError, match=words):
        fit(nobody_leaves, **options)


def test_weekly_expectations_sum_to_the_models():
    visits = Visits(r=0.8, alpha_weeks=5.0, a=0.6, b=3.0)
    log = made_log(visits, 1500, 60, seed=8)
    repeats = Repeats.of(log.orders, END)
    table = summary(log)
    ages = table["age_weeks"] + 1 / 7  # to the end of the last day
    assert repeats.expected(visits, SeasonClock()).sum() == pytest.approx(
        closed_forms.expected_repeats(visits, ages).sum(), rel=2e-3
    )
    assert repeats.actual().sum() == table["repeats"].sum()
    assert repeats.weeks[0] == -60 and repeats.weeks[-1] == -1


@pytest.mark.parametrize("kind", [False, True], ids=["BG", "MBG"])
def test_posterior_is_bayes_rule_on_the_likelihood(kind):
    visits = Visits(r=0.7, alpha_weeks=5.0, a=0.9, b=2.5, first_visit_can_be_last=kind)
    past = pd.DataFrame({"repeats": [0, 1, 6], "last_weeks": [0.0, 4.0, 20.0], "age_weeks": [15.0, 30.0, 33.0]})
    if not kind:
        past = past.iloc[1:]
    table = posterior_parameters(visits, past)
    points, weights = closed_forms.beta_quadrature(visits.a, visits.b)
    scaled, gamma_weights = special.roots_genlaguerre(120, visits.r - 1)
    rate, p = scaled[:, None] / visits.alpha_weeks, points[None, :]
    prior = gamma_weights[:, None] * weights[None, :]
    for name, row in past.iterrows():
        x, chances = row["repeats"], row["repeats"] + kind
        alive = rate**x * np.exp(-rate * row["age_weeks"]) * (1 - p) ** chances * prior
        left = rate**x * np.exp(-rate * row["last_weeks"]) * p * (1 - p) ** (chances - 1) * prior
        mine = table.loc[name]
        assert mine["p_alive"] == pytest.approx(alive.sum() / (alive.sum() + left.sum()), rel=1e-6)
        for part, side in ((alive, "alive"), (left, "left")):
            mean_p = mine[f"{side}_a"] / (mine[f"{side}_a"] + mine[f"{side}_b"])
            assert mean_p == pytest.approx((part * p).sum() / part.sum(), rel=1e-6)
            mean_rate = mine["rate_shape"] / mine[f"{side}_weeks"]
            assert mean_rate == pytest.approx((part * rate).sum() / part.sum(), rel=1e-6)


def test_posterior_of_one_time_buyers_under_bg_has_no_leavers():
    past = pd.DataFrame({"repeats": [0], "last_weeks": [0.0], "age_weeks": [15.0]})
    row = posterior_parameters(Visits(first_visit_can_be_last=False), past).loc[0]
    assert row["p_alive"] == 1.0 and row[["left_a", "left_b", "left_weeks"]].isna().all()


def test_the_wholesalers_year_shows_no_leaving():
    beside = Path(__file__).parents[2] / "shared/data/online_retail_lines.csv.gz"
    path = Path(os.environ.get("LOYALTY_WHOLESALER_LOG", beside))
    if not path.exists():
        pytest.skip(f"the wholesaler's log is not at {path}; say where with LOYALTY_WHOLESALER_LOG")
    log = read_orders(path)
    for options in ({}, {"old_customers": "keep"}):
        found = fit(log, **options)
        assert not found.dropout_identified and found.leaving_share_upper < 0.05
        words = " ".join(found.notes)
        assert "leaving is not identified" in words and not re.search(r"\d{6}|\d,\d{3},\d{3}", words)
        with pytest.raises(FitError, match="not identified"):
            _ = found.store
    assumed = fit(log, assumed_leaving_share=0.05)
    assert assumed.store.visits.leaving_share == pytest.approx(0.05)
    assert any("contradicts the log" in note for note in assumed.notes)
