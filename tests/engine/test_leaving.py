"""Leaving by experience, failure and voice: the marginal exact, the links as stated.

Simulations are seeded and so never change; the chance stated is that of a right engine failing with its seed.
"""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simulator import closed_forms
from simulator.customers import VOICES, born_at
from simulator.engine import simulate
from simulator.store import Service, Store, Visits

RARE = 1e-9


# --- leaving and failures ---

ANGRY = Store(
    visits=Visits(r=1.0, alpha_weeks=1e6, a=0.8, b=3.2),
    service=Service(failure_share=0.2, failure_concentration=4.0, silent_log_odds=1.6, complained_log_odds=0.7),
)


@pytest.fixture(scope="module")
def first_visits() -> pd.DataFrame:
    """300,000 first visits; hardly anybody comes again within the week."""
    world = simulate(ANGRY, seed=6, weeks=1, customers=born_at(ANGRY, 6, np.zeros(300_000)))
    return world.truth.visits[world.truth.visits["number"] == 0]


def test_leaving_by_experience_is_that_of_the_table(first_visits):
    """Each measured share within six binomial standard errors: fails by chance about twice in 10^9 each."""
    visits, table = first_visits, closed_forms.leaving_table(ANGRY)
    voice = visits["voice"].map(dict(enumerate(VOICES)))
    complained = voice.isin(["to staff", "to third parties"])
    silent = voice.isin(["silent", "told others"])
    assert (visits["failed"] == (complained | silent)).all()
    measured = {
        "P(leave)": visits["leaves"],
        "P(leave | no failure)": visits["leaves"][voice == "fine"],
        "P(leave | failure)": visits["leaves"][visits["failed"]],
        "P(leave | silent)": visits["leaves"][silent],
        "P(leave | complained)": visits["leaves"][complained],
        "share of departures with a failure": visits["failed"][visits["leaves"]],
        "share of departures with a failure the shop heard of": complained[visits["leaves"]],
    }
    assert set(measured) == set(table.index)
    for name, flags in measured.items():
        assert abs(flags.mean() - table[name]) < 6 * math.sqrt(table[name] * (1 - table[name]) / len(flags)), name


def test_voices_have_their_shares(first_visits):
    """Of failures, .30 to the staff, .02 to third parties, .40 told others, the rest silent: chi-square."""
    seen = np.bincount(first_visits["voice"][first_visits["failed"]], minlength=5)[1:]
    assert stats.chisquare(seen, seen.sum() * np.array([0.28, 0.40, 0.30, 0.02])).pvalue > RARE
    failed = first_visits["failed"]
    assert abs(failed.mean() - 0.2) < 6 * math.sqrt(0.2 * 0.8 / len(failed))  # f averages 0.2 over customers


def test_leaving_is_a_chance_of_p_whatever_went_before():
    """Visit n's leaving, given earlier failures and p, is Bernoulli(p): twelve groups, each within six standard errors.

    p is each customer's own, so the errors are those of a sum of independent flags: by chance two in 10^8.
    """
    store = dataclasses.replace(ANGRY, visits=Visits(r=2.0, alpha_weeks=1.0, a=0.8, b=3.2))
    world = simulate(store, seed=8, weeks=6, customers=born_at(store, 8, np.zeros(40_000)))
    visits = world.truth.visits.sort_values(["customer_id", "number"])
    earlier = (visits.groupby("customer_id")["failed"].cumsum() - visits["failed"]).clip(upper=2)
    p = world.truth.customers.set_index("customer_id")["leaving_share"].loc[visits["customer_id"]].to_numpy()
    repeat = visits["number"].to_numpy() > 0
    surprise = pd.DataFrame({"gap": visits["leaves"].to_numpy() - p, "variance": p * (1 - p)})
    groups = surprise[repeat].groupby([earlier.to_numpy()[repeat], np.digitize(p, [0.05, 0.15, 0.35])[repeat]]).sum()
    assert len(groups) == 12
    assert (groups["variance"] > 20).all()
    assert (groups["gap"].abs() < 6 * np.sqrt(groups["variance"])).all()


def test_a_failed_first_visit_can_end_the_relationship_under_mbg_alone():
    under = {}
    for can in (True, False):
        store = dataclasses.replace(ANGRY, visits=dataclasses.replace(ANGRY.visits, first_visit_can_be_last=can))
        world = simulate(store, seed=6, weeks=1, customers=born_at(store, 6, np.zeros(5000)))
        under[can] = world.truth.visits[(world.truth.visits["number"] == 0) & world.truth.visits["failed"]]
    assert under[True]["leaves"].sum() > 100
    assert not under[False]["leaves"].any()
    assert (under[True]["experience"].to_numpy() == under[False]["experience"].to_numpy()).all()
