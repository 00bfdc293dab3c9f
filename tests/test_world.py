"""Worlds: records and truth agree, have their documented columns, their order and their types, also when empty."""

import dataclasses
import functools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import Calls, Scripted, assert_same_world, frames, part, seeded, small_store

from simulator.clock import HOURS_PER_WEEK
from simulator.customers import TO_STAFF, TO_THIRD_PARTIES, VOICES, born_at
from simulator.engine import simulate
from simulator.practices import Act, Practice
from simulator.world import SORTED_BY, Truth, World, date_of, merge, order_of

DOCUMENTED = {
    "orders": "order_id customer_id desk week date list_price discount paid",
    "complaints": "order_id customer_id week date channel",
    "costs": "week desk customer_id practice kind amount",
    "desk_hours": "week desk kind hours",
    "truth.customers": "visits left_week left_after extra_",
    "truth.visits": "number experience voice",
}
WHOLE, FLAG, DATE = "int64", "bool", "datetime64"
WHOLE_COLUMNS = ("order_id", "customer_id", "desk", "number", "voice", "visits", "birthday_week", "past_visits",
                 "referrer_id")  # fmt: skip
TYPES = dict.fromkeys(WHOLE_COLUMNS, WHOLE)
TYPES |= {"failed": FLAG, "leaves": FLAG, "deal_seeker": FLAG, "date": DATE, "practice": "str", "origin": "str",
          "kind": "str", "channel": "str", "left_after": "str"}  # fmt: skip


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(small_store(), [Calls()], seed=5, weeks=30)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_documented_columns_exist_and_are_documented(world, name):
    said = (Truth if name.startswith("truth") else World).__doc__
    for column in DOCUMENTED[name].split():
        assert column in said
        assert any(each == column or each.startswith(column) for each in frames(world)[name])
    if name in world.records:
        assert set(world.records[name].columns) == set(DOCUMENTED[name].split())


def test_columns_have_their_types(world):
    for name, frame in frames(world).items():
        for column, kind in frame.dtypes.items():
            whole_week = (name, column) == ("desk_hours", "week")
            expected = WHOLE if whole_week else TYPES.get(str(column), "float64")
            assert str(kind).startswith(expected), f"{name}.{column} is {kind}"


def test_every_visit_is_one_order(world):
    orders, visits = world.orders, world.truth.visits
    assert orders["order_id"].is_unique
    assert sorted(orders["order_id"]) == sorted(visits["order_id"])
    assert (orders["order_id"] // 100_000 == orders["customer_id"]).all()
    for name in ("list_price", "discount", "desk", "week"):
        assert orders.set_index("order_id")[name].equals(visits.set_index("order_id")[name].loc[orders["order_id"]])


def test_orders_sum_to_what_customers_did(world):
    customers = world.truth.customers.set_index("customer_id")
    counts = world.orders.groupby("customer_id").size().reindex(customers.index, fill_value=0)
    assert (counts == customers["visits"]).all()
    numbers = world.truth.visits.sort_values(["customer_id", "number"]).groupby("customer_id")["number"]
    assert (numbers.cumcount() == world.truth.visits.sort_values(["customer_id", "number"])["number"]).all()
    first = world.orders.groupby("customer_id")["week"].min()
    assert first.to_numpy() == pytest.approx(customers["first_week"].loc[first.index].to_numpy(), abs=1e-12)


def test_money_is_in_cents_and_adds_up():
    def settle(act, visits):
        visits.discount[:] = np.round(visits.list_price * 0.1, 2)

    orders = simulate(small_store(), [Scripted(settle=settle)], seed=5, weeks=10).orders
    cents = {name: np.round(orders[name] * 100) for name in ("list_price", "discount", "paid")}
    for name, rounded in cents.items():
        assert (orders[name] == rounded / 100).all(), name  # no crumbs of floating point
    assert (cents["list_price"] == cents["discount"] + cents["paid"]).all()
    assert orders["list_price"].min() >= 0.01 and (orders["discount"] > 0).sum() > 100


def test_dates_are_in_whole_hours_and_fit_the_week(world):
    start = pd.Timestamp(world.store.week_0)
    for frame in (world.orders, world.records["complaints"]):
        assert (frame["date"] == frame["date"].dt.floor("h")).all()
        late = frame["week"] - (frame["date"] - start) / pd.Timedelta(weeks=1)
        assert late.between(-1e-9, 1 / HOURS_PER_WEEK).all()
    assert (world.orders["date"] < start).any() and (world.orders["date"] >= start).any()


def test_dates_by_hand():
    dates = date_of(small_store(), np.array([0.0, 0.5, 1.0, -1 / 168, -0.001, 1 / 168 + 1e-9]))
    said = ["2025-01-06 00", "2025-01-09 12", "2025-01-13 00", "2025-01-05 23", "2025-01-05 23", "2025-01-06 01"]
    assert dates.dt.strftime("%Y-%m-%d %H").tolist() == said


def test_complaints_are_the_visits_the_shop_heard_of(world):
    heard = world.truth.visits[world.truth.visits["voice"].isin([TO_STAFF, TO_THIRD_PARTIES])]
    complaints = world.records["complaints"]
    assert complaints["order_id"].tolist() == heard["order_id"].tolist()
    assert complaints["channel"].tolist() == [VOICES[code] for code in heard["voice"]]
    assert set(complaints["channel"]) == {"to staff", "to third parties"}


def test_who_left_left_at_the_last_visit(world):
    visits, customers = world.truth.visits, world.truth.customers.set_index("customer_id")
    last = visits.loc[visits.groupby("customer_id")["number"].idxmax()].set_index("customer_id")
    left = customers["left_week"].notna()
    assert visits["leaves"].sum() == left.sum() > 50
    assert last["leaves"].reindex(customers.index, fill_value=False).tolist() == left.tolist()
    assert (customers["left_week"][left] == last["week"][customers.index[left]]).all()
    said = [VOICES[code] for code in last["voice"][customers.index[left]]]
    assert customers["left_after"][left].tolist() == said
    assert (customers["left_after"][~left] == "").all()


def test_frames_are_in_order(world):
    assert set(SORTED_BY) == {name.removeprefix("truth.") for name in frames(world)} - {"calls"}
    for name, frame in frames(world).items():
        keys = SORTED_BY.get(name.removeprefix("truth."), ["week", "customer_id"])
        rows = list(frame[keys].itertuples(index=False, name=None))
        assert rows == sorted(rows) and len(rows) > 10, name
        assert frame.index.tolist() == list(range(len(frame))), name


@seeded
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from("ab"), st.integers(0, 1)), max_size=30))
def test_rows_are_ordered_as_pandas_orders_them(rows):
    """With many ties, in numbers and in text, and rows that are alike, which stay as they were."""
    frame = pd.DataFrame(rows, columns=["week", "kind", "amount"]).astype({"week": float, "kind": str})
    expected = frame.sort_values(["week", "kind", "amount"], kind="stable").index
    assert order_of([frame[name] for name in frame]).tolist() == expected.tolist()


def test_orders_between_two_weeks(world):
    orders = world.orders
    week = float(orders["week"][100])
    assert world.orders_between(0, 7).equals(orders[(orders["week"] >= 0) & (orders["week"] < 7)])
    assert world.orders_between(week, 99)["week"].min() == week
    assert world.orders_between(-99, week, closed="right")["week"].max() == week
    assert len(world.orders_between(40, 50)) == 0


def test_costs_are_what_was_booked():
    """Three visits' worth of flowers, half of it released, and rent: by hand."""

    def settle(act, visits):
        act.run.book("post", "flowers", visits.rows, visits.week, 3.0)
        act.run.book("post", "flowers", visits.rows, visits.week + 1, -1.5)

    store = small_store()
    crowd = born_at(store, 1, np.array([0.5, 2.5, 3.5]))
    world = simulate(store, [Scripted(settle=settle)], seed=1, weeks=4, customers=crowd)
    orders, costs = world.orders, world.costs
    assert costs["amount"].eq(3.0).sum() == len(orders)
    assert costs["amount"].eq(-1.5).sum() == (orders["week"] + 1 < 4).sum() < len(orders)  # not after the last week
    assert set(zip(costs["practice"], costs["kind"], strict=True)) == {("post", "flowers")}
    desk_of = dict(zip(crowd.customer_id.tolist(), crowd.desk.tolist(), strict=True))
    assert [desk_of[customer] for customer in costs["customer_id"]] == costs["desk"].tolist()


def test_desk_hours_are_the_hours_handed_in(world):
    hours, calls = world.records["desk_hours"], world.records["calls"]
    assert hours["hours"].sum() == pytest.approx(len(calls) * 50 / 60)
    assert set(hours["kind"]) == {"call"} and hours["desk"].between(0, 13).all()
    a_week = calls.groupby(np.floor(calls["week"]).astype(int)).size() * 50 / 60
    assert hours.groupby("week")["hours"].sum().to_dict() == pytest.approx(a_week.to_dict())


def types(world: World) -> dict[str, dict[str, str]]:
    return {name: frame.dtypes.astype(str).to_dict() for name, frame in frames(world).items()}


class SilentAct(Act):
    def records(self) -> dict[str, pd.DataFrame]:
        return {"calls": pd.DataFrame({"customer_id": np.empty(0, np.int64), "week": np.empty(0)})}


class Silent(Practice):
    """A practice that has a frame and nothing to put into it."""

    def start(self, run):
        return SilentAct(run, "Silent")


def test_empty_frames_have_the_types_of_full_ones(world):
    store = dataclasses.replace(small_store(), service=dataclasses.replace(small_store().service, failure_share=0.0))
    quiet = simulate(store, [Silent()], seed=5, weeks=30)
    for name in ("complaints", "costs", "desk_hours", "calls"):
        assert quiet.records[name].empty
        assert types(quiet)[name] == types(world)[name], name


def test_empty_frames_keep_their_types_when_desks_are_put_together():
    whole = part(tuple(range(14)), (Silent(),))
    assert_same_world(merge([part((n,), (Silent(),)) for n in range(14)]), whole)
    assert whole.records["calls"].dtypes.astype(str).to_dict() == {"customer_id": "int64", "week": "float64"}


def test_one_world_put_together_is_itself(world):
    assert_same_world(merge([world]), world)


def test_a_world_cannot_be_changed(world):
    with pytest.raises(dataclasses.FrozenInstanceError):
        world.weeks = 3
    assert world.practices == ("Calls",) and world.weeks == 30


@functools.cache
def nobody() -> World:
    return simulate(small_store(), seed=1, weeks=3, customers=born_at(small_store(), 1, np.empty(0)))


def test_a_world_without_customers_is_empty():
    assert all(frame.empty for frame in frames(nobody()).values())
