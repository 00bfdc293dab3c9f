"""Causes add up to the difference, by hand and for any pair of twins."""

import dataclasses

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import seeded, small_store

from simulator.causes import CAUSES, by_spend, causes
from simulator.engine import go_on
from simulator.measures import money_by_week
from simulator.practices import ComplaintRecovery, ExceedingExpectations, ReferralAsks, Tier, VipScheme, WinBack
from simulator.twins import history_of
from simulator.world import Truth, World

BUSY = VipScheme(
    tiers=(Tier(label="a", threshold=0.0, discount_share=0.1), Tier(label="b", threshold=900.0, discount_share=0.2)),
    staff_offer_share=0.9, join_effort=5.0, wallet_shift_share=0.3, rules_followed_share=0.8,
)  # fmt: skip
PRACTICES = {"vip": [BUSY], "recovery": [ComplaintRecovery(invite_share=0.5)], "both": [BUSY, ComplaintRecovery()],
             "newcomers": [ExceedingExpectations(promise=-0.5),
                           ReferralAsks(ask_when="at random", ask_share=1.0)],
             "win-back": [WinBack(silence_weeks=3.0, rest_weeks=8.0, comes_back_share=0.3, upgrade=True),
                          ComplaintRecovery()]}  # fmt: skip


@seeded
@given(seed=st.integers(0, 40), name=st.sampled_from(sorted(PRACTICES)))
def test_causes_add_up_to_the_whole_difference(seed: int, name: str) -> None:
    history = history_of(small_store(), 30, seed)
    off, on = go_on(history, (), 30), go_on(history, PRACTICES[name], 30)
    table = causes(off, on)
    whole = money_by_week(on, 30)["margin"].sum() - money_by_week(off, 30)["margin"].sum()
    assert table["cause"].tolist() == [each for each in CAUSES if each != "won back" or name == "win-back"]
    assert table["margin"].sum() == pytest.approx(whole, abs=1e-6)
    since = [(world.orders["week"] >= 0).sum() for world in (off, on)]
    assert table["visits"].sum() == pytest.approx(since[1] - since[0])


def hand_world(
    visits: list[tuple[int, int, float, float]], left: dict[int, float], costs: list[tuple[int, float, float]]
):
    """A world from rows (customer, visit, week, discount), who left when, costs (customer, week, amount)."""
    columns = ["customer_id", "number", "week", "discount"]
    orders = pd.DataFrame(visits, columns=columns).astype({"discount": float})
    orders["order_id"] = orders["customer_id"] * 100_000 + orders.pop("number")
    orders["list_price"] = 100.0
    orders["paid"] = orders["list_price"] - orders["discount"]
    booked = pd.DataFrame(costs, columns=["customer_id", "week", "amount"]).astype({"amount": float})
    crowd = pd.DataFrame({"customer_id": [1, 2, 3]})
    crowd["left_week"] = crowd["customer_id"].map(left)
    crowd["extra_won_from_rivals"], crowd["extra_brought_forward"] = 0.3, 0.1
    return World(small_store(), (), 10, {"orders": orders, "costs": booked}, Truth(crowd, pd.DataFrame()))


def test_three_customers_by_hand() -> None:
    """1 would have left after visit 1 and stays (saved: 1 visit); 2 comes once more (0.75 rivals, 0.25 sooner);
    3 leaves one visit early (lost). Margin 40 of 100; a discount of 10 on member visits; a gift of 5 at none."""
    off = hand_world([(1, 1, 1.0, 0), (2, 1, 1.5, 0), (3, 1, 2.0, 0), (3, 2, 4.0, 0)], {1: 1.0}, [])
    on = hand_world(
        [(1, 1, 1.0, 10), (1, 2, 5.0, 10), (2, 1, 1.5, 0), (2, 2, 6.0, 0), (3, 1, 2.0, 0)], {3: 2.0},
        [(1, 1.0, 2.0), (1, 3.0, 5.0), (-1, 0.0, 7.0)],
    )  # fmt: skip
    table = causes(off, on).set_index("cause")["margin"]
    assert table.to_dict() == pytest.approx({
        "saved": 40.0, "won from rivals": 30.0, "brought forward": 10.0, "lost": -40.0,
        "brought": 0.0, "kept away": 0.0,
        "rewarded without need": -12.0, "cost of gained visits": -10.0, "running the practice": -12.0,
    })  # fmt: skip


def test_by_spend_counts_everybody_once() -> None:
    history = history_of(small_store(), 30, 0)
    off, on = go_on(history, (), 30), go_on(history, [BUSY], 30)
    table = by_spend(off, on, groups=4)
    assert table.index.tolist() == [1, 2, 3, 4]
    assert table["benefits_share"].sum() == pytest.approx(1.0)
    assert table["visits_without"].is_monotonic_increasing
    assert table["customers"].max() - table["customers"].min() <= 1


def test_a_practice_that_does_nothing_has_no_causes() -> None:
    history = history_of(small_store(), 30, 0)
    nothing = dataclasses.replace(ComplaintRecovery(), offset_share=0.0, poor_answer_log_odds=0.0, answer_minutes=0.0,
                                  compensation_share=0.0, fixed_cost_per_week=0.0, escalation_share=0.0)  # fmt: skip
    table = causes(go_on(history, (), 30), go_on(history, [nothing], 30))
    assert (table[["visits", "margin"]] == 0).all(axis=None)
