"""What is measured on a world, against closed forms and hand counts."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from worlds import MBG, small_store

from simulator import closed_forms
from simulator.clock import YEAR_WEEKS
from simulator.customers import born_at
from simulator.engine import simulate
from simulator.measures import (
    UNITS,
    Horizon,
    customers_of_week_0,
    measure,
    money_by_week,
    share_of_wallet,
    still_customers_by_week,
)
from simulator.practices import ComplaintRecovery, VipScheme
from simulator.store import Store

HORIZON = Horizon(weeks=60, window_weeks=20)


def test_every_measure_has_a_unit_and_every_unit_a_measure() -> None:
    world = simulate(small_store(), [VipScheme(), ComplaintRecovery()], weeks=60)
    assert list(measure(world, HORIZON).index) == list(UNITS)


def test_retention_of_a_cohort_meets_the_closed_form() -> None:
    """Customers all born just before week 0: R(t; W) and S(t) by formula; six standard errors (2 in 10^9)."""
    store, n = dataclasses.replace(Store(), visits=MBG), 60_000
    crowd = born_at(store, 5, np.full(n, -1e-9))
    world = simulate(store, seed=5, weeks=60, customers=crowd)
    by_truth = world.truth.customers["left_week"]
    expected = float(closed_forms.retention(MBG, 40.0, 20.0))
    # those who left at their first visit, before week 0, are no customers of week 0: put them back
    got = measure(world, HORIZON)["retention"] * len(customers_of_week_0(world)) / n
    assert got == pytest.approx(expected, abs=6 * np.sqrt(expected * (1 - expected) / n))
    still = float(closed_forms.still_customer(MBG, 60.0))
    assert by_truth.isna().mean() == pytest.approx(still, abs=6 * np.sqrt(still * (1 - still) / n))


def test_mean_p_alive_is_the_share_truly_alive_when_nothing_is_practised() -> None:
    """P(alive) is calibrated: its mean over customers known at week 0 is the share still there; six standard errors."""
    world = simulate(Store(), seed=3, weeks=60)
    crowd = world.truth.customers
    known = crowd[crowd["first_week"] < 0]
    share = known["left_week"].isna().mean()
    assert measure(world, HORIZON)["p_alive"] == pytest.approx(share, abs=6 * np.sqrt(share * (1 - share) / len(known)))


def test_money_by_hand() -> None:
    world = simulate(small_store(), [VipScheme(), ComplaintRecovery()], weeks=60)
    orders = world.orders[world.orders["week"] >= 0]
    table = money_by_week(world, 60)
    assert table["revenue"].sum() == pytest.approx(orders["paid"].sum())
    assert table["margin_at_list"].sum() == pytest.approx(0.4 * orders["list_price"].sum())
    assert table["costs"].sum() == pytest.approx(world.costs["amount"].sum())
    week = orders[orders["week"].between(7, 8, inclusive="left")]
    costs = world.costs[world.costs["week"].between(7, 8, inclusive="left")]["amount"].sum()
    by_hand = 0.4 * week["list_price"].sum() - week["discount"].sum() - costs
    assert table.loc[7, "margin"] == pytest.approx(by_hand)


def test_lifetime_value_is_discounted_margin_a_customer_served() -> None:
    world = simulate(small_store(), weeks=60)
    crowd = world.truth.customers
    served = len(customers_of_week_0(world)) + (crowd["first_week"] >= 0).sum()
    margin = money_by_week(world, 60)["margin"].to_numpy()
    by_hand = sum(m / 1.1 ** ((week + 0.5) / YEAR_WEEKS) for week, m in enumerate(margin)) / served
    assert measure(world, HORIZON)["lifetime_value"] == pytest.approx(by_hand)


def test_still_customers_by_week_ends_where_the_measure_does() -> None:
    world = simulate(small_store(), weeks=60)
    path = still_customers_by_week(world, 60)
    assert (np.diff(path) <= 0).all()
    assert path[-1] == pytest.approx(measure(world, HORIZON)["still_customers"])


def test_share_of_wallet_is_the_rate_weighted_mean_when_off_and_rises_with_what_is_won() -> None:
    off = simulate(Store(), seed=1, weeks=60)
    on = simulate(Store(), [dataclasses.replace(VipScheme(), wallet_shift_share=0.3)], seed=1, weeks=60)
    assert 0.3 < share_of_wallet(off, 60) < 0.6
    assert share_of_wallet(on, 60) > share_of_wallet(off, 60) + 0.01


def test_nobody_at_all_is_no_error() -> None:
    store = small_store()
    empty = simulate(store, weeks=10, customers=born_at(store, 0, np.empty(0)))
    values = measure(empty, Horizon(weeks=10, window_weeks=5))
    assert values["purchases"] == 0 and np.isnan(values["repeat_share"])
    assert isinstance(empty.orders, pd.DataFrame)
