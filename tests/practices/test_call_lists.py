"""Whom the lists choose: from orders and earlier calls alone, within the month's quota and the desk's hours."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from calling import STORE, WEEKS, with_and_without

from simulator import closed_forms
from simulator.clock import YEAR_WEEKS
from simulator.practices import ContactCalls
from simulator.store import Desks


def test_the_quota_is_kept_every_month_and_nobody_is_called_too_soon_or_against_his_wish() -> None:
    _, world = with_and_without(ContactCalls(rest_weeks=6.0, calls_per_month=26, opts_out_share=0.3))
    calls = world.records["calls"].sort_values(["customer_id", "week"])
    desk = world.truth.customers.set_index("customer_id")["desk"].loc[calls["customer_id"]].to_numpy()
    assert np.bincount(desk).tolist() == [WEEKS * 6] * 2  # 26 a month are 6 a week
    assert calls.groupby("customer_id")["week"].diff().min() > 5.9
    out = calls[calls["opted_out"]].drop_duplicates("customer_id").set_index("customer_id")["week"]
    after = calls["week"] > out.reindex(calls["customer_id"]).to_numpy()
    assert len(out) > 50 and not after.any()


def list_from_orders(world, week: int, target: str) -> set[int]:
    """Whom the list of `week` should hold, worked out from the orders and the earlier calls alone."""
    orders, store = world.orders.query("week < @week"), world.store
    table = orders.groupby("customer_id").agg(first=("week", "min"), last=("week", "max"), n=("week", "size"),
                                              paid=("paid", "sum"), desk=("desk", "first"))  # fmt: skip
    called = world.records["calls"].query("week < @week and week >= @week - 25")["customer_id"]  # called on Mondays
    table = table[(week - table["last"] <= 52) & ~table.index.isin(called)]
    past = table["n"] - 1, table["last"] - table["first"], week - table["first"]
    alive = pd.Series(closed_forms.p_alive(store.visits, *past), table.index)
    rate = (store.visits.r + past[0]) / (store.visits.alpha_weeks + past[2])
    spend = closed_forms.expected_spend(store.spend, table["paid"] / table["n"], table["n"])
    score = -alive if target == "lapsing" else alive * rate * spend * YEAR_WEEKS
    ranks = score.groupby(table["desk"]).rank(ascending=False)
    return set(table.index[ranks <= 6])


@pytest.mark.parametrize("target", ["lapsing", "by expected gain"])
def test_lists_are_made_from_orders_alone_and_hold_people_who_have_left(target: str) -> None:
    rules = ContactCalls(target=target, calls_per_month=26, opts_out_share=0.0)
    _, world = with_and_without(rules)
    calls = world.records["calls"]
    for week in (5, 20, 39):
        assert set(calls.query("@week <= week < @week + 1")["customer_id"]) == list_from_orders(world, week, target)
    left = world.truth.customers.set_index("customer_id")["left_week"].loc[calls["customer_id"]].to_numpy()
    gone = (left < calls["week"].to_numpy()).mean()
    assert gone > 0.5 if target == "lapsing" else 0.05 < gone < 0.5


def test_new_means_after_one_visit_and_value_means_spent_in_a_year() -> None:
    _, world = with_and_without(ContactCalls(target="new", new_weeks=3.0))
    first = world.orders.groupby("customer_id")["week"].min()
    calls = world.records["calls"]
    since = calls["week"].to_numpy() - first.loc[calls["customer_id"]].to_numpy()
    assert len(calls) > 200 and since.max() < 3.5 and calls["customer_id"].is_unique
    _, world = with_and_without(ContactCalls(target="by value", calls_per_month=26))
    paid = world.orders.query("week < 0").groupby("customer_id")["paid"].sum()  # the history is shorter than a year
    called = world.records["calls"].query("week < 1")["customer_id"]
    assert paid.loc[called].min() > paid.quantile(0.9)


def test_minutes_stand_in_the_hours_and_a_desk_that_is_behind_calls_nobody() -> None:
    rules = ContactCalls(calls_per_month=130, rest_weeks=4.0)
    counts = []
    for hours in (500.0, 1.0):
        store = dataclasses.replace(STORE, desks=Desks(count=2, hours_per_week=hours))
        _, world = with_and_without(rules, store)
        calls = world.records["calls"]
        minutes = 6 * calls["reached"].sum() + (~calls["reached"]).sum() + 15 * calls["found_failure"].sum()
        assert world.records["desk_hours"]["hours"].sum() == pytest.approx(minutes / 60)
        wages = world.costs.query("kind == 'desk hours'")["amount"].sum()
        assert wages == pytest.approx(minutes / 60 * 40, rel=1e-3)
        counts.append(len(calls))
    assert counts[0] == 2 * WEEKS * 30 and counts[1] < counts[0] / 2
