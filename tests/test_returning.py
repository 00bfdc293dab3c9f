"""Coming back: customers who had left, by hand; what measures and causes then say; worlds apart and side by side."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from worlds import Scripted, assert_same_world, changing, frames, part, small_store

from simulator.causes import causes
from simulator.engine import go_on, simulate
from simulator.measures import (
    Horizon,
    customers_of_week_0,
    measure,
    money_by_week,
    still_customers,
    still_customers_by_week,
)
from simulator.returning import absences, come_back, may_come_back
from simulator.side_by_side import apart, histories
from simulator.twins import history_of
from simulator.world import merge

WEEKS = 30


def back_in(*weeks: int) -> Scripted:
    """In each of `weeks` everybody who is away comes back, a week and a half later."""

    def open_week(act, week: int) -> None:
        if week in weeks:
            gone = np.flatnonzero(~np.isnan(act.run.left_week) & np.isinf(act.run.due))
            come_back(act.run, gone, np.full(len(gone), act.run.clock.elapsed(week + 1.5)))

    return Scripted("Back", begin=lambda act: may_come_back(act.run), open_week=open_week)


@pytest.fixture(scope="module")
def twins():
    history = history_of(small_store(), WEEKS, 1)
    return go_on(history, (), WEEKS), go_on(history, [back_in(5, 15)], WEEKS)


def left_by(world, week: float) -> pd.Series:
    crowd = world.truth.customers
    return crowd.loc[crowd["left_week"] < week, "customer_id"]


# --- the engine ---


def test_everybody_away_comes_at_the_time_set_with_the_number_that_follows(twins) -> None:
    off, on = twins
    away = left_by(off, 5.0)
    there = on.orders[on.orders["week"].round(9) == 6.5]
    assert len(away) > 50 and sorted(there["customer_id"]) == sorted(away)
    visits = off.truth.customers.set_index("customer_id")["visits"]
    assert (there["order_id"] % 100_000 == visits.loc[there["customer_id"]].to_numpy()).all()


def test_visits_after_the_return_have_the_luck_of_their_numbers(twins) -> None:
    """In a world in which nobody ever leaves the same visit costs the same, to the cent, and goes the same."""
    _, on = twins
    staying = simulate(small_store(), [changing("relief", 60.0)], seed=1, weeks=WEEKS).truth.visits
    both = on.truth.visits.merge(staying, on="order_id", suffixes=("", "_staying"))
    second = both[both["order_id"].isin(on.truth.visits["order_id"]) & (both["week"] > 6.5)]
    assert len(second) > 100
    for name in ("list_price", "failed", "voice"):
        assert (second[name] == second[f"{name}_staying"]).all()


def test_whoever_has_not_left_cannot_come_back() -> None:
    def open_week(act, week: int) -> None:
        come_back(act.run, np.flatnonzero(act.run.active())[:1], np.array([week + 1.0]))

    with pytest.raises(ValueError, match="come_back: somebody among these has not left"):
        simulate(small_store(), [Scripted(open_week=open_week)], seed=1, weeks=2)


def test_without_returns_nothing_changes_but_the_columns_that_tell_of_them() -> None:
    history = history_of(small_store(), WEEKS, 1)
    off, on = go_on(history, (), WEEKS), go_on(history, [back_in()], WEEKS)
    crowd = on.truth.customers
    assert crowd["returned_week"].isna().all()
    pd.testing.assert_series_equal(crowd["first_left_week"], crowd["left_week"], check_names=False)
    plain = crowd.drop(columns=["first_left_week", "returned_week", "times_left"])
    assert_same_world(dataclasses.replace(on, truth=dataclasses.replace(on.truth, customers=plain)), off)
    assert measure(on, Horizon(WEEKS, 8)).equals(measure(off, Horizon(WEEKS, 8)))


def test_splits_and_stores_side_by_side_come_out_as_alone() -> None:
    back = (back_in(5, 15),)
    whole = simulate(small_store(), back, seed=5, weeks=WEEKS)
    assert_same_world(merge([part(tuple(range(k, 14, 3)), back) for k in range(3)]), whole)
    together = apart(go_on(histories(small_store(), WEEKS, 5, [3, 0]), back, WEEKS), 2)
    for replicate, world in zip([3, 0], together, strict=True):
        assert_same_world(world, simulate(small_store(), back, seed=5, weeks=WEEKS, replicate=replicate))
    assert "times_left" in frames(whole)["truth.customers"]


# --- the truth ---


def test_the_truth_keeps_the_first_leaving_and_the_return(twins) -> None:
    off, on = (world.truth.customers.set_index("customer_id") for world in twins)
    crowd = on.loc[left_by(twins[0], 5.0)]
    assert (crowd["first_left_week"] == off.loc[crowd.index, "left_week"]).all()
    assert set(crowd["returned_week"].round(9)) == {6.5, 16.5} and crowd["times_left"].max() == 3
    stayed = crowd[crowd["left_week"].isna()]
    assert len(stayed) > 10 and (stayed["left_after"] == "").all()
    assert (crowd["times_left"] >= 1).all() and (crowd["left_week"].dropna() >= 6.5 - 1e-9).all()


def by_hand(world, week: float) -> set[int]:
    """Who is a customer at the end of `week`: whose latest visit by then did not end it."""
    made = world.truth.visits[world.truth.visits["week"] <= week]
    last = made.drop_duplicates("customer_id", keep="last")
    return set(last.loc[~last["leaves"], "customer_id"])


@pytest.mark.parametrize("week", [6.0, 7.0, 12.0, 17.0, 30.0])
def test_who_was_won_back_is_a_customer_again(twins, week: float) -> None:
    _, on = twins
    crowd = on.truth.customers
    known = crowd[crowd["first_week"] <= week]
    assert set(known.loc[still_customers(on, known, week), "customer_id"]) == by_hand(on, week)
    of_week_0 = customers_of_week_0(on)
    assert of_week_0["customer_id"].tolist() == customers_of_week_0(twins[0])["customer_id"].tolist()
    share = len(by_hand(on, week) & set(of_week_0["customer_id"])) / len(of_week_0)
    assert still_customers_by_week(on, 30)[int(week) - 1] == pytest.approx(share)


def test_times_away_by_hand() -> None:
    visits = pd.DataFrame({"order_id": [100_000, 200_000, 100_001, 100_002], "customer_id": [1, 2, 1, 1],
                           "week": [1.0, 2.0, 4.0, 9.0], "leaves": [True, True, False, True]})  # fmt: skip
    away = absences(visits).sort_values(["customer_id", "left_week"])
    assert away["left_week"].tolist() == [1.0, 9.0, 2.0]
    assert away["returned_week"].fillna(-1).tolist() == [4.0, -1, -1]


def test_share_of_wallet_counts_the_weeks_as_a_customer(twins) -> None:
    """Weeks as a customer from 0 on, added up week by week by hand, weigh each customer's need."""
    _, on = twins
    crowd = on.truth.customers
    steps = 40
    weeks = np.zeros(len(crowd))
    for k in range(WEEKS * steps):
        at = (k + 0.5) / steps
        weeks += crowd["customer_id"].isin(by_hand(on, at)).to_numpy() / steps if k % 8 == 0 else 0.0
    weeks *= 8
    need = crowd["rate_per_week"] * weeks
    share = need.sum() / (need / crowd["wallet_share"]).sum()
    assert measure(on, Horizon(WEEKS, 8))["share_of_wallet"] == pytest.approx(share, abs=2e-3)


# --- why the money differs ---


def test_visits_after_a_return_are_won_back_and_not_saved(twins) -> None:
    off, on = twins
    table = causes(off, on).set_index("cause")
    away = left_by(off, WEEKS)
    later = on.orders[on.orders["customer_id"].isin(away) & ~on.orders["order_id"].isin(off.orders["order_id"])]
    assert table.loc["won back", "visits"] == len(later) > 100
    assert (table.drop("won back")[["visits", "margin"]] == 0).all(axis=None)
    gain = money_by_week(on, WEEKS)["margin"].sum() - money_by_week(off, WEEKS)["margin"].sum()
    assert table["margin"].sum() == pytest.approx(gain)
    back = causes(on, off).set_index("cause")
    assert back.loc["won back", "visits"] == -len(later) and back["margin"].sum() == pytest.approx(-gain)


def test_saved_and_won_back_are_told_apart() -> None:
    """Relief keeps some, who leave later and come back: their visits up to then are saved, those after won back."""
    history = history_of(small_store(), WEEKS, 1)
    off, on = go_on(history, (), WEEKS), go_on(history, [changing("relief", 1.0), back_in(15)], WEEKS)
    table = causes(off, on).set_index("cause")["visits"]
    extra = on.truth.visits[~on.truth.visits["order_id"].isin(off.orders["order_id"])]
    first = on.truth.visits[on.truth.visits["leaves"]].groupby("customer_id")["number"].min()
    after = extra["number"] > first.reindex(extra["customer_id"]).to_numpy()
    assert table["won back"] == after.sum() > 20 and table["saved"] == (~after).sum() > 20
