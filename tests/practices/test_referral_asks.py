"""Referral asks by hand, the findings they must be able to show, and stores where they pay and where they do not."""

import dataclasses

import numpy as np
import pytest
from scipy import stats
from worlds import small_store

from simulator.causes import causes
from simulator.engine import go_on, simulate
from simulator.parameters import ParameterError
from simulator.practices import ComplaintRecovery, ReferralAsks
from simulator.run import FIRST_ADMITTED_ID
from simulator.store import Arrivals, Desks, Spend, Store, Visits, WordOfMouth
from simulator.twins import compare, history_of

WEEKS = 60
DULL = WordOfMouth(first_visits_per_good_tale=0.0, first_visits_lost_per_bad_tale=0.0)
AMPLE = Desks(count=2, hours_per_week=500.0)
STORE = small_store(desks=AMPLE, talk=DULL, arrivals=Arrivals(new_customers_per_week=20.0, history_weeks=30))
EAGER = ReferralAsks(ask_when="at random", ask_share=1.0, least_visits=1, rest_weeks=8.0, mood_read_share=1.0)


def with_and_without(practice: ReferralAsks, store: Store = STORE, seed: int = 0, weeks: int = WEEKS):
    history = history_of(store, weeks, seed)
    return go_on(history, (), weeks), go_on(history, [practice], weeks)


def asked_visits(world):
    """The asks beside the truth of the visit."""
    return world.records["asks"].merge(world.truth.visits.drop(columns=["week", "customer_id"]), on="order_id")


# --- the three steps ---


def test_saying_yes_follows_the_mood_and_acting_follows_saying() -> None:
    """Shares of yes by mood are σ(log odds + weight · experience); chi-square, errs once in a thousand seeds."""
    practice = dataclasses.replace(EAGER, intends_share=0.6, mood_log_odds=0.8, names_asked=1, acts_share=0.5,
                                   attached_log_odds=0.6)  # fmt: skip
    _, world = with_and_without(practice)
    asks = asked_visits(world)
    wallet = world.truth.customers.set_index("customer_id")["wallet_share"].loc[asks["customer_id"]].to_numpy()
    chance = 1 / (1 + np.exp(-(np.log(1.5) + 0.8 * asks["experience"] + 0.6 * (wallet - 0.5) / 0.5)))
    z = (asks["said_yes"].sum() - chance.sum()) / np.sqrt((chance * (1 - chance)).sum())
    assert len(asks) > 1000 and abs(z) < 3.3
    acted = asks["names_given"] > 0
    assert not (acted & ~asks["said_yes"]).any()
    assert stats.binomtest(int(acted.sum()), int(asks["said_yes"].sum()), 0.5).pvalue > 1e-3


def test_each_name_of_a_customer_is_worth_less_than_the_one_before() -> None:
    """With a chance of one half and a ratio of one half, the first two names bring 3/4 of a friend on average."""
    practice = dataclasses.replace(
        EAGER, names_asked=2, name_becomes_share=0.5, next_name_ratio=0.5, would_have_come_share=0.0, rest_weeks=520.0,
        further_name_ratio=1.0,
    )  # fmt: skip
    _, world = with_and_without(practice)
    asks, friends = world.records["asks"], world.truth.customers.query("origin == 'referral'")
    early = asks[(asks["names_given"] > 0) & (asks["week"] < 20) & (asks["customer_id"] < FIRST_ADMITTED_ID)]
    brought = friends["referrer_id"].isin(early["customer_id"]).sum()
    assert brought / len(early) == pytest.approx(0.75, abs=4 * np.sqrt(0.4375 / len(early)))


def test_asks_come_at_their_moment() -> None:
    share, pleased = {}, {}
    for when in ("satisfied", "at random", "after a failure"):
        _, world = with_and_without(dataclasses.replace(EAGER, ask_when=when))
        asks = asked_visits(world)
        share[when], pleased[when] = asks["said_yes"].mean(), (asks["experience"] >= 0.5).mean()
        assert when != "after a failure" or asks["failed"].all()
    assert pleased["satisfied"] == 1 and pleased["after a failure"] < 0.05
    assert share["after a failure"] < share["at random"] < share["satisfied"]


def test_staff_who_misread_moods_ask_the_wrong_people() -> None:
    readings = []
    for read in (1.0, 0.5, 0.0):
        _, world = with_and_without(dataclasses.replace(EAGER, ask_when="satisfied", mood_read_share=read))
        readings.append(asked_visits(world))
    pleased = [(asks["experience"] >= 0.5).mean() for asks in readings]
    assert pleased[0] == 1 > pleased[1] > pleased[2]
    base = stats.norm.sf(0.5)
    assert pleased[2] == pytest.approx(base, abs=4 * np.sqrt(base / len(readings[2])))


def test_after_a_solved_complaint_needs_somebody_who_solves() -> None:
    solved = dataclasses.replace(EAGER, ask_when="solved")
    assert len(simulate(STORE, [solved], seed=0, weeks=WEEKS).records["asks"]) == 0
    world = simulate(STORE, [ComplaintRecovery(), solved], seed=0, weeks=WEEKS)
    answers = world.records["answers"].set_index("order_id")["answer"]
    asks = world.records["asks"]
    assert len(asks) > 50 and (answers.loc[asks["order_id"]] == "good").all()


def test_nobody_is_asked_again_too_soon_or_too_early() -> None:
    _, world = with_and_without(dataclasses.replace(EAGER, rest_weeks=12.0, least_visits=3))
    asks = asked_visits(world).sort_values(["customer_id", "number"])
    assert asks["number"].min() >= 2
    gaps = asks.groupby("customer_id")["week"].diff().dropna()
    assert len(gaps) > 50 and gaps.min() >= 12.0


# --- friends ---


def test_friends_come_after_the_desk_has_called_them_and_belong_to_it() -> None:
    slow = dataclasses.replace(STORE, desks=Desks(count=2, hours_per_week=3.0))
    delays = {}
    for name, store in (("slow", slow), ("ample", STORE)):
        _, world = with_and_without(dataclasses.replace(EAGER, ask_share=0.3), store)
        crowd = world.truth.customers.set_index("customer_id")
        friends = crowd[crowd["origin"] == "referral"]
        assert (friends["desk"].to_numpy() == crowd.loc[friends["referrer_id"], "desk"].to_numpy()).all()
        first_ask = world.records["asks"].groupby("customer_id")["week"].min()
        delays[name] = (friends["first_week"] - first_ask.loc[friends["referrer_id"]].to_numpy()).min()
        assert delays[name] > 0
    hours = world.records["desk_hours"].groupby("kind")["hours"].sum()
    assert hours["contacts"] == pytest.approx(world.records["asks"]["names_given"].sum() * 8 / 60)


def test_friends_who_would_have_come_are_newcomers_anyway() -> None:
    practice = dataclasses.replace(EAGER, would_have_come_share=1.0)
    without, world = with_and_without(practice)
    assert (world.truth.customers["customer_id"] < FIRST_ADMITTED_ID).all()
    referred = world.records["referred"]
    assert len(referred) > 30 and referred["customer_id"].is_unique
    came = without.truth.customers.set_index("customer_id")["first_week"]
    assert (came.loc[referred["customer_id"]] >= 0).all()
    _, all_new = with_and_without(dataclasses.replace(EAGER, would_have_come_share=0.0))
    assert len(all_new.records["referred"]) == (all_new.truth.customers["origin"] == "referral").sum()


def test_likeness_copies_how_often_and_for_how_much_and_margins_can_be_smaller() -> None:
    alike = dataclasses.replace(EAGER, likeness_share=1.0, friend_spend_ratio=0.8, would_have_come_share=0.0)
    _, world = with_and_without(alike)
    crowd = world.truth.customers.set_index("customer_id")
    friends = crowd[(crowd["origin"] == "referral") & (crowd["referrer_id"] < FIRST_ADMITTED_ID)]
    theirs = crowd.loc[friends["referrer_id"]]
    np.testing.assert_allclose(friends["rate_per_week"], theirs["rate_per_week"])
    np.testing.assert_allclose(friends["mean_spend"], 0.8 * theirs["mean_spend"])
    _, unlike = with_and_without(dataclasses.replace(EAGER, likeness_share=0.0, would_have_come_share=0.0))
    crowd = unlike.truth.customers
    strangers, drawn = (crowd.loc[crowd["origin"] == origin, "rate_per_week"] for origin in ("referral", ""))
    assert stats.ks_2samp(strangers, drawn).pvalue > 1e-3


def test_friends_stay_longer_only_while_the_referrer_stays() -> None:
    """Findings E40 and E42: the credit of a friend is the bond until the referrer leaves, then nothing."""
    practice = dataclasses.replace(
        EAGER, bond_log_odds=0.6, would_have_come_share=0.0, recommended_log_odds=0.0, valued_log_odds=0.0,
        annoyed_log_odds=0.0, pestered_log_odds=0.0,
    )  # fmt: skip
    _, world = with_and_without(practice)
    crowd = world.truth.customers.set_index("customer_id")
    visits = world.truth.visits[world.truth.visits["customer_id"] >= FIRST_ADMITTED_ID]
    referrer = crowd.loc[visits["customer_id"], "referrer_id"]
    gone = crowd.loc[referrer, "left_week"].to_numpy() < visits["week"].to_numpy()
    assert set(visits.loc[~gone, "credit"].round(9)) == {0.6} and gone.sum() > 20
    # within a round of visits, who leaves at the very visit counts as there
    assert (visits.loc[gone, "credit"] == 0).mean() > 0.98


# --- what asking does to the asked, and what it costs ---


def test_the_asked_feel_valued_pestered_or_annoyed_and_recommending_ties() -> None:
    practice = dataclasses.replace(
        EAGER, rest_weeks=520.0, valued_log_odds=0.01, pestered_log_odds=0.02, annoyed_log_odds=0.04,
        recommended_log_odds=0.08, bond_log_odds=0.0,
    )  # fmt: skip
    _, world = with_and_without(practice)
    asks = asked_visits(world)
    pleased, acted = asks["experience"] >= 0.5, asks["names_given"] > 0
    felt = np.where(asks["failed"], -0.04, np.where(pleased, 0.01, np.where(asks["said_yes"], 0.0, -0.02)))
    np.testing.assert_allclose(asks["credit"], felt + 0.08 * acted, atol=1e-12)


def test_rewards_are_paid_when_friends_first_buy() -> None:
    practice = dataclasses.replace(EAGER, referrer_reward=30.0, friend_reward=10.0)
    _, world = with_and_without(practice)
    referred, costs = len(world.records["referred"]), world.costs.groupby("kind")["amount"].sum()
    assert costs["referrers' rewards"] == 30.0 * referred and costs["friends' rewards"] == 10.0 * referred


def test_rewards_raise_the_share_who_say_yes() -> None:
    usual, paid = (with_and_without(dataclasses.replace(EAGER, referrer_reward=money))[1].records["asks"]
                   for money in (0.0, 200.0))  # fmt: skip
    assert paid["said_yes"].mean() > usual["said_yes"].mean() + 0.03


def test_friends_who_write_first_cost_no_calls_and_are_fewer() -> None:
    calls, writes = (
        with_and_without(dataclasses.replace(EAGER, friend_writes_first=each))[1] for each in (False, True)
    )
    assert "contacts" not in set(writes.records["desk_hours"]["kind"])
    assert 0 < len(writes.records["referred"]) < len(calls.records["referred"])


# --- where it pays ---


def test_two_stores_two_recommendations() -> None:
    """The same asks pay where a new customer is worth hundreds, and lose where he is worth less than the asking.

    Asserted by the 95 % interval of the mean; the reason is stated by the causes.
    """
    stall = Store(
        visits=Visits(r=0.5248, alpha_weeks=6.1831, a=0.8914, b=1.6140),
        spend=dataclasses.replace(Spend(), scale_gamma=10.0, gross_margin_share=0.25),
    )
    pays, loses = (compare(store, [ReferralAsks()], replicates=4) for store in (Store(), stall))
    assert pays.measures.set_index("measure").loc["margin", "mc_low"] > 0
    assert loses.measures.set_index("measure").loc["margin", "mc_high"] < 0
    brought = [each.causes.set_index("cause")["margin"] for each in (pays, loses)]
    assert brought[0]["brought"] > -5 * brought[0]["rewarded without need"]
    assert brought[1]["brought"] < -brought[1]["rewarded without need"]


def test_asking_at_the_wrong_time_costs_customers() -> None:
    wrong = dataclasses.replace(EAGER, ask_when="after a failure", annoyed_log_odds=1.0, name_becomes_share=0.0)
    without, world = with_and_without(wrong)
    table = causes(without, world).set_index("cause")
    assert table.loc["lost", "visits"] < -5 * table.loc["saved", "visits"]


def test_causes_add_up_and_friends_are_what_was_brought() -> None:
    without, world = with_and_without(EAGER)
    table = causes(without, world).set_index("cause")
    friends = world.truth.customers.query("origin == 'referral'")["customer_id"]
    assert table.loc["brought", "visits"] == world.orders["customer_id"].isin(friends).sum()
    assert table["visits"].sum() == len(world.orders) - len(without.orders)


@pytest.mark.parametrize(
    ("values", "words"),
    [({"names_asked": 9}, r"ReferralAsks\.names_asked = 9: should be less than or equal to 5"),
     ({"ask_when": "now"}, r"ReferralAsks\.ask_when = 'now': .*'satisfied', 'solved'")],
)  # fmt: skip
def test_impossible_values_are_named(values: dict, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        ReferralAsks(**values)
