"""The VIP scheme against hand calculation, its documented failures, and stores that disagree about it."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from worlds import in_both, small_store

from simulator import evidence
from simulator.causes import causes
from simulator.customers import draw
from simulator.engine import before_week_0, go_on
from simulator.parameters import ParameterError
from simulator.practices import Tier, VipScheme
from simulator.practices.vip_scheme import Membership
from simulator.store import Response, Spend, Store
from simulator.twins import compare, history_of

WEEKS = 60
STORE = small_store()
# everybody who may joins at once, and nobody responds: what is left is book-keeping
BOOKS = VipScheme(
    tiers=(Tier(label="only", threshold=0.0, discount_share=0.05),), staff_offer_share=1.0, join_effort=1e-9,
    rules_followed_share=1.0, enrolment_minutes=0.0, reward_points=1e9, reward_value=2e8, wallet_shift_share=0.0,
    near_reward_pace=0.0, gift_log_odds=0.0, points_tie_log_odds=0.0, draw_digits=(), points_life_weeks=1000.0,
)  # fmt: skip


def with_and_without(scheme: VipScheme, store: Store = STORE, seed: int = 0):
    history = history_of(store, WEEKS, seed)
    return go_on(history, (), WEEKS), go_on(history, [scheme], WEEKS)


def preset(name: str) -> VipScheme:
    return evidence.presets(VipScheme)[name].practice


def members_orders(world) -> pd.DataFrame:
    """Orders of members made with the card in hand."""
    orders = world.orders.merge(world.records["members"], on="customer_id")
    return orders[orders["week"] > orders["joined_week"]]


def membership(store: Store = STORE, scheme: VipScheme = BOOKS) -> Membership:
    run = before_week_0(store, draw(store, 0, WEEKS)).begin([scheme])
    act = run.acts[0]
    assert isinstance(act, Membership)
    return act


def test_discounts_points_and_debt_by_hand() -> None:
    _, world = with_and_without(BOOKS)
    bought = members_orders(world)
    assert len(bought) > 500
    np.testing.assert_allclose(bought["discount"], (bought["list_price"] * 0.05).round(2))
    assert world.orders["discount"].sum() == pytest.approx(bought["discount"].sum())
    weekday = bought["date"].dt.day_of_week
    birthday = world.truth.customers.set_index("customer_id")["birthday_week"].reindex(bought["customer_id"]).to_numpy()
    extra = np.where(np.floor(bought["week"]) % 52 == birthday, 2.0, 1.0) * np.where(weekday == 2, 2.0, 1.0)
    points = np.floor((bought["list_price"] - bought["discount"]) * 0.1 * extra)
    per_customer = points.groupby(bought["customer_id"]).sum()
    held = world.records["members"].set_index("customer_id")["points"]
    np.testing.assert_allclose(held[per_customer.index], per_customer, atol=1e-6)
    cost_of_a_point = 0.2 * (1 - STORE.spend.gross_margin_share)
    issued = world.costs.loc[world.costs["kind"] == "points", "amount"].sum()
    assert issued == pytest.approx(points.sum() * cost_of_a_point)
    assert world.records["members"]["points_owed"].sum() == pytest.approx(issued)


def test_nobody_responds_then_nothing_changes_but_the_till() -> None:
    without, world = with_and_without(BOOKS)
    same = ["order_id", "customer_id", "week", "list_price"]
    pd.testing.assert_frame_equal(without.orders[same], world.orders[same])
    null_without, null_world = with_and_without(dataclasses.replace(preset("null"), refusal_log_odds=0.0))
    pd.testing.assert_frame_equal(null_without.orders[same], null_world.orders[same])
    assert null_world.orders["discount"].sum() > 0


def test_the_same_basket_at_the_same_visit_in_both_worlds() -> None:
    before, after = in_both(*with_and_without(VipScheme()))
    assert (before["list_price"] == after["list_price"]).all()
    assert (before["experience"] == after["experience"]).all()
    assert (before["week"] != after["week"]).any()  # members do come at other times


def test_those_who_would_save_more_are_likelier_to_join() -> None:
    _, world = with_and_without(VipScheme(), Store())
    crowd = world.truth.customers
    joined = crowd["customer_id"].isin(world.records["members"]["customer_id"])
    yearly = crowd["rate_per_week"] * crowd["mean_spend"]
    assert yearly[joined].median() > 2 * yearly[~joined].median()


def test_staff_who_do_not_offer_have_no_members() -> None:
    _, world = with_and_without(dataclasses.replace(VipScheme(), staff_offer_share=0.0))
    assert len(world.records["members"]) == 0
    few, many = (len(with_and_without(each)[1].records["members"]) for each in (preset("staff_neglect"), VipScheme()))
    assert few < many


def test_card_is_valid_only_when_the_desk_has_entered_the_form() -> None:
    slow = dataclasses.replace(BOOKS, enrolment_minutes=60.0)
    _, world = with_and_without(slow)
    members = world.records["members"]
    first_use = world.orders[world.orders["discount"] > 0].groupby("customer_id")["week"].min()
    assert (first_use > members.set_index("customer_id")["joined_week"].reindex(first_use.index)).all()


def test_price_for_everyone_takes_the_pull_from_the_card() -> None:
    scheme = dataclasses.replace(
        BOOKS, price_for_everyone=True, wallet_shift_share=0.5, data_kept=False, join_effort=60.0
    )
    _, world = with_and_without(scheme)
    since = world.orders[world.orders["week"] >= 0]
    np.testing.assert_allclose(since["discount"], (since["list_price"] * 0.05).round(2))
    assert len(world.records["members"]) == 0  # no saving, no member


def test_without_data_nobody_knows_who_the_members_are() -> None:
    _, world = with_and_without(preset("no_data"))
    members = world.records["members"]
    assert len(members) > 0
    assert (members["customer_id"] == -1).all()
    assert set(members["level"]) == {"silver"} and (members["points"] == 0).all()
    assert not {"points", "gifts", "prizes", "upkeep"} & set(world.costs["kind"])


def test_rules_that_differ_by_assistant_drive_members_away() -> None:
    kept = [
        with_and_without(dataclasses.replace(VipScheme(), rules_followed_share=share))[1].truth.customers["left_week"]
        .isna().sum() for share in (1.0, 0.5)
    ]  # fmt: skip
    assert kept[0] > kept[1]


def test_levels_rise_at_once_and_fall_only_at_the_review_where_loss_weighs_more() -> None:
    act = membership(scheme=dataclasses.replace(VipScheme(), status_log_odds=0.2, review_weeks=52))
    act.card_week[:3] = 0.0
    rows = np.array([0, 1, 2])
    act.spend[:] = 0.0
    act.spend[0, 0] = 6000.0
    act._set_levels(rows, week=1)
    assert act.level[:3].tolist() == [1, 0, 0]
    act.spend[0, 0] = 100.0
    act._set_levels(rows, week=51)
    assert act.level[0] == 1
    act._set_levels(rows, week=52)
    assert act.level[0] == 0
    assert act.goodwill[0] == pytest.approx(-0.2 * STORE.response.loss_weight)


def test_faster_near_the_reward_and_what_was_borrowed_is_missing_later() -> None:
    """With everything borrowed, the purchases gained before the reward equal those missing after it."""
    scheme = dataclasses.replace(VipScheme(), near_reward_pace=0.2, near_reward_from=0.5, borrowed_share=1.0)
    act = membership(scheme=scheme)
    act.level[:] = len(scheme.tiers) - 1
    row = np.array([int(np.argmax(act.run.customers.rate_per_week))])
    gained = 0.0
    for points in [0.9] * 10 + [0.0] * 200:
        act.points[row] = points * scheme.reward_points
        pace = act._sooner(row)[0]
        assert (pace > 1) == (points > 0) or pace == pytest.approx(1.0) or points == 0.0
        gained += float(act.run.customers.rate_per_week[row[0]] * (pace - 1))
    assert gained == pytest.approx(0.0, abs=1e-9)


def test_light_buyers_have_more_of_their_need_left_to_move() -> None:
    act = membership(scheme=VipScheme())
    act.card_week[:] = 0.0
    rows = np.flatnonzero(~act.run.customers.deal_seeker)
    act._set_pace(rows)
    lift = act.pace["won_from_rivals"][rows] - 1
    wallet = act.run.customers.wallet_share[rows]
    assert lift[wallet < 0.3].mean() > 3 * lift[wallet > 0.7].mean()
    assert (act.pace["won_from_rivals"] >= 1).all()


def test_two_stores_two_recommendations() -> None:
    """The same scheme: it loses where customers buy half their need here at 40 % margin, and pays at 75 % and a fifth.

    Asserted by the 95 % interval of the mean; the reason is stated by the causes.
    """
    cosmetics = Store(
        spend=dataclasses.replace(Spend(), gross_margin_share=0.75),
        response=dataclasses.replace(Response(), share_of_wallet=0.2),
    )
    loses, pays = (compare(store, [VipScheme()], replicates=3) for store in (Store(), cosmetics))
    assert loses.measures.set_index("measure").loc["margin", "mc_high"] < 0
    assert pays.measures.set_index("measure").loc["margin", "mc_low"] > 0
    causes_of = [each.causes.set_index("cause")["margin"] for each in (loses, pays)]
    assert causes_of[0]["won from rivals"] < -causes_of[0]["rewarded without need"]
    assert causes_of[1]["won from rivals"] > -causes_of[1]["rewarded without need"]


def test_a_better_response_pays_less_than_it_seems_the_conclusion_is_no_parameter() -> None:
    """One behaviour, four times as strong: the loss shrinks, and whether it turns depends on the store, not on it."""

    def margin(shift: float, store: Store) -> float:
        without, world = with_and_without(dataclasses.replace(VipScheme(), wallet_shift_share=shift), store)
        return float(causes(without, world)["margin"].sum())

    thin = Store(spend=dataclasses.replace(Spend(), gross_margin_share=0.2))
    rich = Store(spend=dataclasses.replace(Spend(), gross_margin_share=0.75))
    for store, turns in ((thin, False), (rich, True)):
        margins = [margin(shift, store) for shift in (0.04, 0.08, 0.16)]
        assert margins[0] < margins[1] < margins[2]
        assert (margins[2] > 0) == turns


def test_impossible_schemes_are_named() -> None:
    with pytest.raises(ParameterError, match=r"thresholds \[500\.0, 100\.0\]; each must be above the one before"):
        VipScheme(tiers=(Tier(label="a", threshold=500.0), Tier(label="b", threshold=100.0)))
    with pytest.raises(ParameterError, match=r"VipScheme\.reward_points = 0\.0: should be greater than 0"):
        VipScheme(reward_points=0.0)
    with pytest.raises(ParameterError, match=r"draw_digits = \(12,\); allowed: 0 to 9"):
        VipScheme(draw_digits=(12,))
