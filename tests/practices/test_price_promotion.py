"""Price promotion by hand: visits moved and won, prices remembered; and stores where it pays and where it does not."""

import dataclasses

import numpy as np
import pytest
from scipy import stats
from worlds import assert_same_world, in_both, small_store

from simulator.causes import causes
from simulator.engine import go_on, simulate
from simulator.evidence import ledger, presets
from simulator.practices import PricePromotion
from simulator.run import FIRST_ADMITTED_ID
from simulator.store import Arrivals, Response, Spend, Store, WordOfMouth
from simulator.twins import compare, history_of

WEEKS = 60
DULL = WordOfMouth(first_visits_per_good_tale=0.0, first_visits_lost_per_bad_tale=0.0)
STORE = small_store(talk=DULL, arrivals=Arrivals(new_customers_per_week=20.0, history_weeks=30))
HALVES = (0.6,) * 26 + (1.4,) * 26
QUIET = dataclasses.replace(presets(PricePromotion)["null"].practice, announcement_cost=0.0)  # nobody responds
ONCE = dataclasses.replace(QUIET, every_weeks=520)


def with_and_without(practice: PricePromotion, store: Store = STORE, seed: int = 0, weeks: int = WEEKS):
    history = history_of(store, weeks, seed)
    return go_on(history, (), weeks), go_on(history, [practice], weeks)


def visits_of(world, begin: float, end: float):
    """Visits of those weeks by customers who had come before them, beside what the customers are like."""
    crowd = world.truth.customers.rename(columns={"visits": "made"})
    visits = world.truth.visits.merge(crowd, on="customer_id")
    return visits[(visits["week"] >= begin) & (visits["week"] < end) & (visits["first_week"] < begin)]


def chance_after(chance: float, log_odds: float) -> float:
    odds = chance / (1 - chance) * np.exp(log_odds)
    return float(odds / (1 + odds))


# --- the calendar ---


def test_the_calendar_by_hand() -> None:
    rules = PricePromotion(first_week=3, every_weeks=5, lasts_weeks=2)
    assert [week for week in range(16) if rules.number_at(week) is not None] == [3, 4, 8, 9, 13, 14]
    assert [week for week in range(16) if rules.waits_at(week)] == [6, 7, 11, 12]  # not before the first
    for wait, waits in ((0.0, []), (1.0, [7, 12]), (9.0, [5, 6, 7, 10, 11, 12, 15])):
        other = dataclasses.replace(rules, wait_weeks=wait)
        assert [week for week in range(16) if other.waits_at(week)] == waits


def test_irregular_dates_lie_anywhere_in_their_period_and_nobody_waits_for_them() -> None:
    """Eight places, 400 periods: each is drawn 50 times on average; chi-square, errs once in a thousand calendars."""
    rules = PricePromotion(dates="irregular", every_weeks=9, lasts_weeks=2, first_week=0)
    places = [rules.begins(number) - 9 * number for number in range(400)]
    assert set(places) == set(range(8)) and stats.chisquare(np.bincount(places)).pvalue > 1e-3
    assert not any(rules.waits_at(week) for week in range(200))


# --- nothing, and the price ---


def test_a_promotion_of_nothing_changes_no_byte() -> None:
    nothing = PricePromotion(depth=0.0, wait_share=0.0, announcement_cost=0.0)
    without, on = with_and_without(nothing)
    promotions = on.records.pop("promotions")
    crowd = on.truth.customers
    extra = crowd[[name for name in crowd if name.startswith("extra_")]]
    assert len(extra.columns) == 2 and (extra == 0).all(axis=None)
    on = dataclasses.replace(on, truth=dataclasses.replace(on.truth, customers=crowd.drop(columns=extra.columns)))
    assert promotions["week"].tolist() == [week for week in range(4, WEEKS, 8) for _ in range(14)]
    assert_same_world(on, dataclasses.replace(without, practices=on.practices))


def test_everybody_pays_less_in_the_promotion_also_who_would_have_come_anyway() -> None:
    without, on = with_and_without(dataclasses.replace(QUIET, announcement_cost=70.0))
    weeks = np.floor(on.orders["week"])
    assert on.orders["order_id"].tolist() == without.orders["order_id"].tolist()
    expected = np.where(weeks.isin(range(4, WEEKS, 8)), (0.2 * on.orders["list_price"]).round(2), 0.0)
    assert on.orders["discount"].tolist() == expected.tolist()
    assert on.costs["amount"].sum() == pytest.approx(70.0 * 7) and set(on.costs["kind"]) == {"announcement"}
    table = causes(without, on).set_index("cause")["margin"]
    assert table["rewarded without need"] == pytest.approx(-expected.sum())
    assert table.drop(["rewarded without need", "running the practice"]).abs().max() < 1e-6


# --- visits moved and won ---


def test_pace_in_a_promotion_by_hand() -> None:
    """1 + borrowed · lift + won · lift · (elsewhere / here), at most nine tenths of what is bought elsewhere."""
    rules = dataclasses.replace(ONCE, lift_deal_seekers=0.8, lift_others=0.2, borrowed_share=0.4, depth=0.3)
    _, on = with_and_without(rules)
    seen = visits_of(on, 4, 5)
    lift = np.where(seen["deal_seeker"], 0.8, 0.2) * 3 * seen["response"]
    won = np.minimum(0.6 * lift, 0.9) * (1 - seen["wallet_share"]) / seen["wallet_share"]
    assert len(seen) > 100 and (0.6 * lift > 0.9).any()
    np.testing.assert_allclose(seen["pace"], 1 + 0.4 * lift + won, rtol=1e-9)
    assert (visits_of(on, 0, 4)["pace"] == 1).all() and (visits_of(on, 30, WEEKS)["pace"] == 1).all()


@pytest.mark.parametrize("season", [(), HALVES], ids=["even", "season"])
def test_what_is_borrowed_is_missing_later_to_the_last_visit(season) -> None:
    """Visits expected to come sooner, less those missing, are none for whoever stays; a dip follows the promotion."""
    store = dataclasses.replace(STORE, season=season)
    rules = dataclasses.replace(ONCE, lift_deal_seekers=0.8, lift_others=0.4, borrowed_share=1.0)
    _, on = with_and_without(rules, store)
    stays = on.truth.customers[on.truth.customers["left_week"].isna()]
    assert len(stays) > 100 and stays["extra_brought_forward"].abs().max() < 1e-9
    assert (stays["extra_won_from_rivals"] == 0).all()
    assert visits_of(on, 4, 5)["pace"].min() > 1 and visits_of(on, 5, 7)["pace"].min() == pytest.approx(0.5)


@pytest.mark.parametrize("kappa", [0.0, 0.5, 1.0])
def test_what_is_only_moved_in_time_ends_nobodys_stay_sooner_or_later(kappa: float) -> None:
    """Each visit has the chance of leaving that it has in the twin; who leaves in both does so at the same visit."""
    store = dataclasses.replace(STORE, response=Response(risk_follows_visits=kappa))
    rules = dataclasses.replace(QUIET, lift_deal_seekers=1.0, lift_others=0.5, borrowed_share=1.0, wait_share=0.5,
                                depth=0.5, bulk_weeks=5.0)  # fmt: skip
    without, on = with_and_without(rules, store)
    left, right = in_both(without, on)
    np.testing.assert_allclose(left["leave_chance"], right["leave_chance"], rtol=1e-12)
    assert (left["leaves"] == right["leaves"]).all() and right["pace"].max() > 2 > 0.9 > right["pace"].min()
    table = causes(without, on).set_index("cause")["visits"]
    assert table["saved"] == table["lost"] == table["won from rivals"] == 0 != table["brought forward"]


def test_won_visits_follow_the_house_rule_of_risk_and_borrowed_ones_do_not() -> None:
    rules = dataclasses.replace(ONCE, lift_deal_seekers=0.8, lift_others=0.8, borrowed_share=0.5)
    _, on = with_and_without(rules)
    seen = visits_of(on, 4, 5)
    kept = np.minimum(0.8 * seen["response"], 0.9)
    won = 1 + kept * (1 - seen["wallet_share"]) / seen["wallet_share"]
    twin = visits_of(simulate(dataclasses.replace(STORE, response=Response(risk_follows_visits=1.0)), [rules], seed=0,
                              weeks=WEEKS), 4, 5)  # fmt: skip
    both = seen.merge(twin, on="order_id", suffixes=("", "_a_visit"))
    won = won.to_numpy()[seen["order_id"].isin(both["order_id"])]
    expected = 1 - (1 - both["leave_chance_a_visit"]) ** (won**-0.5)
    assert len(both) > 100
    np.testing.assert_allclose(both["leave_chance"], expected, rtol=1e-6)


def test_deal_seekers_fill_their_cupboards_at_half_price_and_no_fuller_the_next_time() -> None:
    """Six weeks of need above the usual one: pace 7 for a response of 1; none at 40 % off; then a dip."""
    rules = dataclasses.replace(QUIET, bulk_weeks=6.0, every_weeks=6, depth=0.5)
    _, on = with_and_without(rules)
    seen = visits_of(on, 4, 5)
    np.testing.assert_allclose(seen["pace"], np.where(seen["deal_seeker"], 1 + 6 * seen["response"], 1.0), rtol=1e-6)
    again = visits_of(on, 10, 11).query("deal_seeker and first_week < 4")
    used = np.minimum(6 * again["response"], 5 * 0.5)  # five weeks at half the usual pace; half of the sixth
    paid_back = np.clip(6 * again["response"] - used, 0, 0.5)
    np.testing.assert_allclose(again["pace"], 1 + used - paid_back, rtol=1e-6)
    less = [dataclasses.replace(rules, depth=depth) for depth in (0.45, 0.4)]
    half_way, none = (visits_of(with_and_without(each)[1], 4, 5) for each in less)
    seekers = half_way.query("deal_seeker")
    np.testing.assert_allclose(seekers["pace"], 1 + 3 * seekers["response"], rtol=1e-6)
    assert (none["pace"] == 1).all()


def test_who_knows_the_date_waits_and_buys_then() -> None:
    rules = dataclasses.replace(QUIET, wait_share=0.3)
    _, on = with_and_without(rules, weeks=18)
    assert (visits_of(on, 2, 4)["pace"] == 1).all()
    early, waits, comes = (visits_of(on, *weeks).query("first_week < 10") for weeks in ((6, 10), (10, 12), (12, 13)))
    assert (early["pace"] == 1).all()
    put_off = [np.where(seen["deal_seeker"], np.minimum(0.3 * seen["response"], 0.9), 0.0) for seen in (waits, comes)]
    np.testing.assert_allclose(waits["pace"], 1 - put_off[0], rtol=1e-6)
    np.testing.assert_allclose(comes["pace"], 1 + 2 * put_off[1], rtol=1e-6)
    stays = on.truth.customers[on.truth.customers["left_week"].isna()]
    assert stays.query("first_week < 10")["extra_brought_forward"].abs().max() < 1e-9


# --- prices remembered ---


def test_the_normal_price_by_hand() -> None:
    """Two promotions of 20 %, three tenths of the way each, half forgotten in 8 weeks: the list price feels dear."""
    rules = dataclasses.replace(
        QUIET, reference_share=0.3, memory_half_life_weeks=8.0, dearer_pace=0.1, dearer_log_odds=0.05
    )
    _, on = with_and_without(rules)
    weekly = 0.5 ** (1 / 8)
    first = 0.3 * 0.2 * weekly  # as week 5 opens
    before = first * weekly**7  # as week 12 opens
    second = (before + 0.3 * (0.2 - before)) * weekly  # as week 13 opens
    for week, normal in ((5, first), (13, second), (14, second * weekly)):
        seen = visits_of(on, week, week + 1).query("first_week < 4")
        np.testing.assert_allclose(seen["pace"], 1 - 0.1 * normal / 0.1 * seen["response"], rtol=1e-9)
        np.testing.assert_allclose(seen["credit"], -2.0 * 0.05 * normal / 0.1, rtol=1e-9)
    assert (visits_of(on, 12, 13)["credit"] == 0).all()  # cheaper than normal: no loss, and no tie either
    assert on.truth.customers["extra_won_from_rivals"].max() <= 0


def test_a_promotion_that_never_ends_becomes_the_price() -> None:
    """The lift is what is below the normal price: after forty weeks little of it is left."""
    rules = dataclasses.replace(QUIET, every_weeks=1, first_week=0, lift_deal_seekers=0.5, lift_others=0.5,
                                borrowed_share=0.0, reference_share=0.3, memory_half_life_weeks=520.0)  # fmt: skip
    _, on = with_and_without(rules)
    gained = [(visits_of(on, week, week + 1)["pace"] - 1).median() for week in (0, 40)]
    assert 0 < gained[1] < 0.05 * gained[0]


def test_a_first_visit_at_a_lower_price_ties_for_a_while_but_not_deal_seekers() -> None:
    rules = dataclasses.replace(ONCE, first_price_log_odds=0.1, memory_half_life_weeks=10.0, depth=0.4)
    _, on = with_and_without(rules)
    crowd = on.truth.customers.rename(columns={"visits": "made"})
    seen = on.truth.visits.merge(crowd, on="customer_id").query("week >= 0")
    came = (seen["first_week"] >= 4) & (seen["first_week"] < 5) & ~seen["deal_seeker"]
    assert came.sum() > 30 and (seen.loc[~came, "credit"] == 0).all()
    expected = 0.1 * 4 * 0.5 ** ((seen["week"] - seen["first_week"])[came] / 10)
    np.testing.assert_allclose(seen.loc[came, "credit"], expected, rtol=1e-9)


def test_deeper_discounts_raise_later_buying_of_first_timers_and_lower_that_of_the_established() -> None:
    """Finding E60, as direction: visits in the half-year after one promotion, in a large store.

    Nothing is moved in time here, so that later weeks show what remains; twins have the same luck.
    """
    rules = dataclasses.replace(
        ONCE, reference_share=0.4, memory_half_life_weeks=26.0, dearer_pace=0.1, dearer_log_odds=0.05,
        first_price_log_odds=0.2, lasts_weeks=4,
    )  # fmt: skip
    store = dataclasses.replace(Store(), arrivals=Arrivals(new_customers_per_week=150.0, history_weeks=60))
    history = history_of(store, 34, 0)
    later = {}
    for depth in (0.1, 0.3, 0.6):
        on = go_on(history, [dataclasses.replace(rules, depth=depth)], 34)
        visits = on.orders[on.orders["week"] >= 8].merge(on.truth.customers, on="customer_id")
        new = (visits["first_week"] >= 4) & (visits["first_week"] < 8)
        later[depth] = new.sum(), (visits["first_week"] < 4).sum()
    assert later[0.1][0] < later[0.3][0] < later[0.6][0]
    assert later[0.1][1] > later[0.3][1] > later[0.6][1]


# --- newcomers ---


def test_newcomers_drawn_are_of_another_mix() -> None:
    """Half as many again in a promotion, nine in ten of them deal seekers; each share within four standard errors."""
    rules = dataclasses.replace(ONCE, drawn_newcomers=0.25, drawn_deal_seekers=0.9, lasts_weeks=10, every_weeks=520,
                                drawn_leaving_log_odds=1.0)  # fmt: skip
    _, on = with_and_without(rules)
    crowd = on.truth.customers
    drawn, usual = crowd[crowd["origin"] == "promotion"], crowd.query("4 <= first_week < 14 and origin == ''")
    assert len(drawn) / len(usual) == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(len(usual)))
    assert drawn["deal_seeker"].mean() == pytest.approx(0.9, abs=4 * 0.3 / np.sqrt(len(drawn)))
    assert (drawn["customer_id"] >= FIRST_ADMITTED_ID).all() and drawn["first_week"].between(4, 14).all()
    shares = [each["leaving_share"] for each in (drawn, crowd[crowd["origin"] == ""])]
    odds = [np.log(share / (1 - share)) for share in shares]
    gap, error = odds[0].mean() - odds[1].mean(), odds[1].std() / np.sqrt(len(drawn))
    assert gap == pytest.approx(1.0, abs=4 * error)


def test_who_is_drawn_is_brought_and_no_cause_is_left_over() -> None:
    without, on = with_and_without(PricePromotion())
    table = causes(without, on).set_index("cause")["visits"]
    drawn = on.truth.customers.query("origin == 'promotion'")["customer_id"]
    assert table["brought"] == on.orders["customer_id"].isin(drawn).sum() > 0
    assert table.sum() == len(on.orders) - len(without.orders)


def test_visits_lost_to_rivals_are_told_as_such() -> None:
    without, on = with_and_without(dataclasses.replace(QUIET, reference_share=0.4, dearer_pace=0.12, depth=0.4))
    table = causes(without, on).set_index("cause")["visits"]
    assert table["won from rivals"] < -20 and table["brought forward"] == 0


# --- where it pays ---

CORNER = Store(
    spend=dataclasses.replace(Spend(), gross_margin_share=0.7),
    response=Response(share_of_wallet=0.15, deal_seeker_share=0.5, share_of_wallet_concentration=20.0),
)
REGULARS = Store(
    spend=dataclasses.replace(Spend(), gross_margin_share=0.25),
    response=Response(share_of_wallet=0.8, deal_seeker_share=0.1),
)


def test_two_stores_two_recommendations() -> None:
    """The same promotions pay where customers buy most elsewhere and a sale earns much, and cost where they buy here.

    Asserted by the 95 % interval of the mean. The reason by causes: in the first what rivals lose is more than what is
    given away to those who come anyway; in the second there is next to nothing to win, and the price is given to all.
    """
    pays, costs = (compare(store, [PricePromotion()], replicates=4) for store in (CORNER, REGULARS))
    assert pays.measures.set_index("measure").loc["margin", "mc_low"] > 0
    assert costs.measures.set_index("measure").loc["margin", "mc_high"] < 0
    won, given = ([each.causes.set_index("cause")["margin"][cause] for each in (pays, costs)]
                  for cause in ("won from rivals", "rewarded without need"))  # fmt: skip
    assert won[0] > -given[0] > 0 and won[1] < -0.1 * given[1]


# --- words of the ledger ---


def test_numbers_in_the_ledger_are_those_of_the_defaults() -> None:
    fields, rules = ledger().fields, PricePromotion()
    note = {name: fields[f"PricePromotion.{name}"].note for name in vars(rules)}
    dear = chance_after(0.1, Response().loss_weight * rules.dearer_log_odds)
    assert f"of 10 % up to {100 * dear:.1f} %" in note["dearer_log_odds"]
    assert f"down to {100 * chance_after(0.1, -rules.first_price_log_odds):.1f} %" in note["first_price_log_odds"]
    drawn = chance_after(0.1, rules.drawn_leaving_log_odds)
    assert f"10 % one of {100 * drawn:.0f} %" in note["drawn_leaving_log_odds"]
    assert rules.lift_deal_seekers * rules.depth / 0.1 == 1 and "comes twice as often" in note["lift_deal_seekers"]
    assert round(10 * (1 - (1 - rules.reference_share) ** 6)) == 6 and "six tenths" in note["reference_share"]
    assert 1 / rules.dip_share == 2 and "within two weeks" in note["dip_share"]
