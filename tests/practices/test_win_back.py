"""Win-back: who is written to, who comes back and for how long, the merely slow, and two opposite stores."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from worlds import assert_same_world, small_store

from simulator.customers import TO_STAFF
from simulator.engine import go_on, simulate
from simulator.evidence import presets
from simulator.parameters import ParameterError
from simulator.practices import WinBack
from simulator.store import Arrivals, Desks, Response, Spend, Store, Visits
from simulator.twins import compare, history_of

WEEKS = 40
ALIKE = Response(responsiveness_spread=0.0, deal_seeker_share=0.0)
STORE = small_store(desks=Desks(count=2, hours_per_week=500.0), response=ALIKE,
                    arrivals=Arrivals(new_customers_per_week=30.0, history_weeks=60))  # fmt: skip
EVERYBODY = {"offers_per_round": 100_000, "every_weeks": 520, "silence_weeks": 1e-9, "opts_out_share": 0.0}
PLAIN = {"discount": 0.0, "odds_half_life_weeks": 2600.0, "failure_log_odds": 0.0}


def with_and_without(practice: WinBack, store: Store = STORE, seed: int = 0, weeks: int = WEEKS):
    history = history_of(store, weeks, seed)
    return go_on(history, (), weeks), go_on(history, [practice], weeks)


def returned(world) -> pd.DataFrame:
    crowd = world.truth.customers
    return crowd[crowd["returned_week"].notna()]


def gone_at_0(world) -> pd.DataFrame:
    crowd = world.truth.customers
    return crowd[crowd["first_left_week"] < 0]


# --- placebos ---


def assert_same_but_for_the_columns_of_returns(on, off) -> None:
    crowd = on.truth.customers.drop(columns=["first_left_week", "returned_week", "times_left"])
    records = {name: on.records[name] for name in off.records}
    truth = dataclasses.replace(on.truth, customers=crowd)
    assert_same_world(dataclasses.replace(on, records=records, truth=truth), off)


def test_without_offers_the_world_is_the_same_byte_for_byte() -> None:
    off, on = with_and_without(WinBack(offers_per_round=0, fixed_cost_per_round=0.0))
    assert_same_but_for_the_columns_of_returns(on, off)
    assert on.records["offers"].empty


@pytest.mark.parametrize("target", ["at random", "by value", "shortest silence", "one-time buyers", "complaints",
                                    "worth winning"])  # fmt: skip
def test_offers_that_do_nothing_and_cost_nothing_change_no_byte(target: str) -> None:
    null = dataclasses.replace(presets(WinBack)["null"].practice, target=target, discount=0.0, upgrade=True,
                               apology=True, silence_weeks=2.0, rest_weeks=4.0, message_cost=0.0, upgrade_cost=0.0,
                               apology_minutes=0.0, fixed_cost_per_round=0.0)  # fmt: skip
    off, on = with_and_without(null)
    assert len(on.records["offers"]) > 200 and (on.costs["amount"] == 0).all()
    for name in ("costs", "desk_hours"):
        on.records[name] = off.records[name]
    assert_same_but_for_the_columns_of_returns(on, off)


# --- who is written to ---


def test_the_list_holds_the_silent_of_the_records_and_no_more_than_the_budget() -> None:
    rules = WinBack(offers_per_round=20, silence_weeks=8.0, longest_silence_weeks=30.0, rest_weeks=12.0)
    _, world = with_and_without(rules)
    offers = world.records["offers"]
    past = world.orders.rename(columns={"week": "bought"})[["customer_id", "bought"]]
    last = pd.merge_asof(offers.sort_values("week"), past, left_on="week", right_on="bought", by="customer_id",
                         allow_exact_matches=False)  # fmt: skip
    assert (last["week"] - last["bought"]).to_numpy() == pytest.approx(last["silent_weeks"].to_numpy())
    assert offers["silent_weeks"].between(8.0, 30.0).all()
    desk = world.truth.customers.set_index("customer_id")["desk"].loc[offers["customer_id"]].to_numpy()
    assert offers.groupby([offers["week"].to_numpy(), desk]).size().max() == 20
    assert set(offers["week"] % 4) == {0.0}
    gaps = offers.sort_values("week").groupby("customer_id")["week"].diff().dropna()
    assert len(gaps) and gaps.min() >= 12
    out = offers[offers["opted_out"]].set_index("customer_id")["week"]
    assert not (offers["week"] > out.reindex(offers["customer_id"]).to_numpy()).any()


def test_by_own_gaps_whoever_comes_often_is_silent_sooner() -> None:
    _, world = with_and_without(WinBack(**EVERYBODY | {"silence_rule": "own gaps", "silence_weeks": 9.0}, own_gaps=2.0))
    past = world.orders[world.orders["week"] < 0].groupby("customer_id")["week"].agg(["min", "max", "size"])
    gap = ((past["max"] - past["min"]) / (past["size"] - 1)).where(past["size"] > 1)
    silent = -past["max"] >= (2.0 * gap).fillna(9.0)
    assert set(world.records["offers"]["customer_id"]) == set(past.index[silent & (-past["max"] <= 104)])


@pytest.mark.parametrize("target", ["by value", "shortest silence", "one-time buyers", "complaints"])
def test_the_first_of_the_list_are_those_the_target_names(target: str) -> None:
    _, world = with_and_without(WinBack(target=target, offers_per_round=30, silence_weeks=8.0, every_weeks=520))
    past = world.orders[world.orders["week"] < 0].groupby("customer_id")
    known = past.agg(first=("week", "min"), last=("week", "max"), paid=("paid", "sum"), orders=("week", "size"))
    seen = world.truth.visits.query("week < 0").drop_duplicates("customer_id", keep="last").set_index("customer_id")
    known["complained"] = seen["voice"] >= TO_STAFF
    known["value"] = known["paid"] / ((known["last"] - known["first"]) / 52).clip(lower=1)
    known["once"] = known["orders"] == 1
    order = {"by value": ["value"], "shortest silence": ["last"], "one-time buyers": ["once", "last"],
             "complaints": ["complained", "last"]}[target]  # fmt: skip
    silent = known[(known["last"] <= -8) & (known["last"] >= -104)]
    silent = silent.join(world.truth.customers.set_index("customer_id")["desk"])
    first = silent.sort_values(order, ascending=False).groupby("desk").head(30)
    assert set(world.records["offers"]["customer_id"]) == set(first.index)


# --- who comes back ---


def test_the_share_that_comes_back_is_the_odds_added_up_by_hand() -> None:
    """Binomial, errs once in a thousand: on a message, on a price cut, on an upgrade, after a failure, in time."""
    message = WinBack(**EVERYBODY | PLAIN, comes_back_share=0.1, upgrade_pull=0.7, discount_pull=0.4)
    priced, upgraded = (dataclasses.replace(message, **each) for each in ({"discount": 0.3}, {"upgrade": True}))
    cases = {message: 0.0, priced: 1.2, upgraded: 0.7}
    for rules, pull in cases.items():
        _, world = with_and_without(rules)
        away = gone_at_0(world).query("first_left_week >= -104")
        share = 1 / (1 + 9 * np.exp(-pull))
        assert stats.binomtest(int(away["returned_week"].notna().sum()), len(away), share).pvalue > 1e-3
        assert returned(world)["returned_week"].between(0, 6 + 1e-9).all()


def test_failures_and_time_make_coming_back_rarer() -> None:
    """Each one's chance by hand: sum of chances against the count, four standard deviations (6 in 100,000)."""
    rules = WinBack(**EVERYBODY, discount=0.0, comes_back_share=0.4, failure_log_odds=1.5, odds_half_life_weeks=20.0)
    _, world = with_and_without(rules)
    away = gone_at_0(world)
    seen = world.truth.visits.query("week < 0").drop_duplicates("customer_id", keep="last").set_index("customer_id")
    failed = seen["failed"].loc[away["customer_id"]].to_numpy()
    odds = 0.4 / 0.6 * 0.5 ** (-away["first_left_week"].to_numpy() / 20) * np.exp(-1.5 * failed)
    chance = odds / (1 + odds)
    for which in (failed, ~failed):
        gap = away["returned_week"].notna().to_numpy()[which].sum() - chance[which].sum()
        assert abs(gap) < 4 * np.sqrt((chance * (1 - chance))[which].sum())


def test_deal_seekers_come_for_the_price_and_nobody_else_does_if_nothing_pulls_them() -> None:
    half = dataclasses.replace(STORE, response=dataclasses.replace(ALIKE, deal_seeker_share=0.5))
    pulls = {"discount_pull": 0.0, "discount_pull_deal_seekers": 3.0, "comes_back_share": 1e-9}
    _, world = with_and_without(WinBack(**EVERYBODY | PLAIN | pulls | {"discount": 0.9}), half)
    back, away = returned(world), gone_at_0(world).query("first_left_week >= -104")
    assert back["deal_seeker"].all() and len(back) > 0.9 * away["deal_seeker"].sum() > 50


def test_an_apology_reaches_complaints_on_record_only() -> None:
    rules = {"discount": 0.0, "comes_back_share": 1e-9, "put_right_pull": 4.0, "put_right_share": 1.0, "apology": True}
    sure = WinBack(**EVERYBODY | PLAIN | rules | {"comes_back_share": 0.02})
    _, world = with_and_without(sure)
    away = gone_at_0(world).query("first_left_week >= -104")
    complained = away["left_after"].isin(["to staff", "to third parties"]) | away["left_week"].isna()
    seen = world.truth.visits.query("week < 0").drop_duplicates("customer_id", keep="last").set_index("customer_id")
    complained = (seen["voice"] >= TO_STAFF).loc[away["customer_id"]].to_numpy()
    came = away["returned_week"].notna().to_numpy()
    expected = 1 / (1 + 49 * np.exp(-4.0))
    assert stats.binomtest(int(came[complained].sum()), int(complained.sum()), expected).pvalue > 1e-3
    assert came[~complained].mean() < 0.05 < came[complained].mean()
    offers = world.records["offers"]
    assert set(offers.loc[offers["apology"], "customer_id"]) >= set(away["customer_id"][complained])
    minutes = world.records["desk_hours"].query("kind == 'apologies'")["hours"].sum() * 60
    assert minutes == pytest.approx(20.0 * offers["apology"].sum())


# --- the second life ---


def second_visits(world) -> pd.DataFrame:
    back = returned(world).set_index("customer_id")["returned_week"]
    visits = world.truth.visits[world.truth.visits["customer_id"].isin(back.index)]
    return visits[visits["week"] >= back.loc[visits["customer_id"]].to_numpy() - 1e-9]


def test_what_brought_them_back_sets_the_chance_of_leaving_and_fades() -> None:
    """On a message nothing is felt; after an upgrade or a price cut exactly what is set, halved with the half-life."""
    base = WinBack(**EVERYBODY | PLAIN, comes_back_share=0.2, second_life_half_life_weeks=10.0)
    assert (second_visits(with_and_without(base)[1])["credit"] == 0).all()
    for rules, felt in ((dataclasses.replace(base, upgrade=True), {0.4}),
                        (dataclasses.replace(base, discount=0.5), {-0.8, 0.0})):  # fmt: skip
        made = second_visits(with_and_without(rules)[1])
        start = made.groupby("customer_id")["week"].transform("min")
        at_start = (made["credit"] / 0.5 ** ((made["week"] - start) / 10.0)).round(9)
        assert set(at_start) == felt and len(made) > 200


def test_as_many_come_for_the_price_alone_as_the_price_adds() -> None:
    """Those it adds and no others: who comes without it is the same in both worlds and feels nothing."""
    base = WinBack(**EVERYBODY | PLAIN, comes_back_share=0.1)
    plain, priced = (with_and_without(each)[1] for each in (base, dataclasses.replace(base, discount=0.5)))
    first = second_visits(priced).drop_duplicates("customer_id").set_index("customer_id")["credit"]
    assert set(first.index[first == 0]) == set(returned(plain)["customer_id"])
    assert (first < 0).sum() > 50


def test_the_richest_bundle_wins_most_for_the_shortest_time_and_an_upgrade_fewest_for_the_longest() -> None:
    """E67 by direction. Chances of leaving at the first visit back: three standard errors apart (errs once in 700)."""
    store = dataclasses.replace(STORE, response=Response())
    rich, up = (presets(WinBack)[name].practice for name in ("richest_bundle", "upgrade_only"))
    more = EVERYBODY | {"comes_back_share": 0.1, "odds_half_life_weeks": 104.0}
    made = {name: second_visits(with_and_without(dataclasses.replace(each, **more), store)[1])
            for name, each in (("rich", rich), ("up", up))}  # fmt: skip
    first = {name: each.drop_duplicates("customer_id") for name, each in made.items()}
    assert len(first["rich"]) > 1.5 * len(first["up"]) > 150
    gap = first["rich"]["leave_chance"].mean() - first["up"]["leave_chance"].mean()
    assert gap > 3 * np.sqrt(sum(each["leave_chance"].var() / len(each) for each in first.values()))


# --- who was only slow ---


@pytest.mark.parametrize("season", [(), (0.6,) * 26 + (1.4,) * 26])
def test_what_is_brought_forward_is_missing_afterwards_visit_for_visit(season: tuple[float, ...]) -> None:
    store = dataclasses.replace(STORE, season=season, visits=Visits(r=3.0, alpha_weeks=30.0, a=0.3, b=6.0))
    rules = WinBack(**EVERYBODY, comes_back_share=0.0, sooner_share=1.0, discount=0.9, valid_weeks=2.0,
                    longest_silence_weeks=2600.0)  # fmt: skip
    off, on = with_and_without(rules, store)
    both = on.orders.merge(off.orders, on="order_id", suffixes=("", "_off"))
    moved = both["week_off"] - both["week"]
    sooner = both[moved > 1e-9]
    assert len(sooner) > 300 and sooner["week"].max() <= 2.0 and (moved > -1e-9).all()
    again = both[both["customer_id"].isin(sooner["customer_id"]) & (both["week"] > 2.0)]
    assert len(again) > 100
    np.testing.assert_allclose(again["week"], again["week_off"], atol=1e-9)
    late = ~on.orders["order_id"].isin(off.orders["order_id"])
    assert on.orders.loc[late, "week"].max() <= 2.0 < WEEKS
    assert off.orders["order_id"].isin(on.orders["order_id"]).all()


def test_the_offer_is_used_once_while_it_holds_and_by_the_slow_as_well() -> None:
    rules = WinBack(**EVERYBODY, comes_back_share=0.0, sooner_share=0.0, discount=0.25, upgrade=True, valid_weeks=5.0)
    off, on = with_and_without(rules)
    used = on.orders[on.orders["discount"] > 0]
    first = on.orders[on.orders["week"] >= 0].drop_duplicates("customer_id")
    within = first[(first["week"] <= 5) & first["customer_id"].isin(on.records["offers"]["customer_id"])]
    assert sorted(used["order_id"]) == sorted(within["order_id"]) and len(used) > 100
    np.testing.assert_allclose(used["discount"], 0.25 * used["list_price"], atol=0.006)
    costs = on.costs.groupby("kind")["amount"].sum()
    assert costs["upgrades"] == 15.0 * len(used) and costs["messages"] == 0.5 * len(on.records["offers"])
    assert off.orders["discount"].sum() == 0


def test_whoever_opts_out_is_annoyed_and_left_alone() -> None:
    rules = WinBack(silence_weeks=4.0, rest_weeks=0.0, opts_out_share=0.3, annoyed_log_odds=0.25, comes_back_share=0.0,
                    discount=0.0, second_life_half_life_weeks=520.0)  # fmt: skip
    _, world = with_and_without(rules)
    out = world.records["offers"].query("opted_out").set_index("customer_id")["week"]
    visits = world.truth.visits.query("week >= 0")
    after = visits["week"] >= out.reindex(visits["customer_id"]).to_numpy()
    assert after.sum() > 20 and (visits.loc[~after, "credit"] == 0).all()
    assert visits.loc[after, "credit"].between(-0.5, -0.46).all()  # a loss weighs twice


# --- where it pays ---


def opposite_stores() -> tuple[Store, Store]:
    """Customers who come every fortnight until they stop; and some who come twice or three times a year for long."""
    spend = Spend(shape_q=12.0, scale_gamma=200.0, gross_margin_share=0.4)
    small = Arrivals(new_customers_per_week=15.0)
    return (Store(visits=Visits(r=2.0, alpha_weeks=4.0, a=0.8, b=6.0), spend=spend, arrivals=small),
            Store(visits=Visits(r=3.0, alpha_weeks=60.0, a=0.3, b=6.0), spend=spend, arrivals=small))  # fmt: skip


def test_two_stores_two_recommendations() -> None:
    """The same offer pays in one store and loses in the other, each clear of zero by the 95 % interval of the mean.

    The reason by causes: where silence means gone, few offers go to visits that would have come anyway; where it means
    slow, nearly all of them do, and by the records those look won back.
    """
    for store, pays in zip(opposite_stores(), (True, False), strict=True):
        result = compare(store, [WinBack()], replicates=4)
        assert result.sign() == (1 if pays else -1)
        cause = result.causes.set_index("cause")["margin"]
        assert (cause["won back"] > -5 * cause["rewarded without need"]) == pays
        assert (cause["won back"] < -0.3 * cause["rewarded without need"]) != pays
        seen = result.naive.set_index("estimate").loc["who bought within 13 weeks of an offer, taken as won back"]
        assert (seen["naive"] > 0.3 > 20 * seen["truth"]) != pays


def test_the_deepest_cut_is_right_in_one_store_and_the_message_alone_in_the_other() -> None:
    options = {"deep": [WinBack(discount=0.4)], "message": [WinBack(discount=0.0)]}
    for store, best in zip(opposite_stores(), ("deep", "message"), strict=True):
        by = compare(store, options, replicates=4).by_replicate.query("measure == 'margin'")
        wide = by.pivot_table("difference", "replicate", "option")
        gap = wide["deep"] - wide["message"]
        assert (gap.mean() if best == "deep" else -gap.mean()) > 3.2 * gap.std() / 2  # t of 3 degrees, 95 %


@pytest.mark.parametrize(
    ("values", "words"),
    [({"comes_back_share": 1.0}, r"WinBack\.comes_back_share = 1\.0: should be less than 1"),
     ({"target": "by mood"}, r"WinBack\.target = 'by mood': .*'at random', 'by value'")],
)  # fmt: skip
def test_impossible_values_are_named(values: dict, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        WinBack(**values)


def test_customers_taken_over_from_a_log_can_be_written_to() -> None:
    """Their past is a number of visits only; lists can still be made of them."""
    from simulator.customers import from_posterior

    rows = pd.DataFrame({"p_alive": 1.0, "alive_a": 0.8, "alive_b": 9.2, "rate_shape": 3.0, "alive_weeks": 400.0,
                         "age_weeks": 32.0, "past_visits": [1, 3] * 40})  # fmt: skip
    store = dataclasses.replace(STORE, arrivals=Arrivals(new_customers_per_week=0.0, history_weeks=0))
    crowd = from_posterior(store, rows, 1)
    for target in ("worth winning", "by value"):
        world = simulate(store, [WinBack(target=target, silence_weeks=6.0)], seed=1, weeks=20, customers=crowd)
        assert len(world.records["offers"]) > 40
