"""The numbers that notes quote: those of the default store, of the surveys, or plain arithmetic."""

import math
import re
from statistics import NormalDist

import pytest
from ledger_parts import FIELDS, NOTES, default_of, log_odds

from simulator.closed_forms import leaving_table
from simulator.evidence import ledger
from simulator.parameters import replaced
from simulator.practices import ReferralAsks, VipScheme
from simulator.store import Store


def per_cent(share, digits=0):
    return f"{share:.{digits}%}".replace("%", " %")


def note(key):
    return FIELDS[key].note


# --- leaving ---


def test_quoted_chances_of_leaving_are_those_of_the_default_store():
    table = leaving_table(Store())
    quoted = re.findall(r"(P\(leave \| [a-z ]+\)) = (0\.\d{3})", NOTES)
    assert {name for name, _ in quoted} == {name for name in table.index if "|" in name}
    for name, value in quoted:
        assert float(value) == round(table[name], 3)
    heard = table["share of departures with a failure the shop heard of"]
    assert f"{per_cent(table['share of departures with a failure'])} of departures" in NOTES
    assert f"{per_cent(heard)} with one the shop heard of" in NOTES


@pytest.mark.parametrize("name", ["silent_log_odds", "complained_log_odds"])
def test_quoted_chances_at_the_ends_of_the_range_are_the_stores(name):
    entry = FIELDS[f"Service.{name}"]
    quoted = re.findall(r"(0\.5|3) log odds it is (0\.\d{3})", entry.note)
    assert [float(at) for at, _ in quoted] == [entry.low, entry.high]
    for at, chance in quoted:
        table = leaving_table(replaced(Store(), {f"service.{name}": float(at)}))
        assert float(chance) == round(table[f"P(leave | {name.removesuffix('_log_odds')})"], 3)


def test_what_log_odds_make_of_a_chance_of_a_tenth():
    tens = re.findall(
        r"(\d[.\d]*) takes a chance of leaving of 10 % (down|up) to (\d[.\d]*) %(?:, (\S+) to (\S+) %)?", NOTES
    )
    assert len(tens) >= 7
    for shift, way, chance, further, then in tens:
        for size, quoted in [(shift, chance), *([(further, then)] if further else [])]:
            now = 1 / (1 + math.exp(-log_odds(0.1) + float(size) * (1 if way == "down" else -1)))
            assert float(quoted) == round(100 * now, len(quoted.partition(".")[2])), (size, quoted)


# --- complaints ---


def test_the_ends_of_speaking_are_those_of_the_two_surveys():
    entry = FIELDS["ComplaintRecovery.speaking_log_odds"]
    large, small = log_odds(0.09) - log_odds(0.19), log_odds(0.37) - log_odds(0.46)
    assert f"{large:.2f} and {small:.2f}" in entry.note
    assert entry.low == round(large, 2)
    assert entry.high == round(log_odds(0.61) - log_odds(0.39), 1)  # 22 points, about one half


def test_the_range_of_the_half_life_is_what_the_survey_allows():
    kept = [(log_odds(slow) - log_odds(none)) / (log_odds(quick) - log_odds(none))
            for none, slow, quick in [(0.19, 0.54, 0.82), (0.46, 0.70, 0.95)]]  # fmt: skip
    said = note("ComplaintRecovery.half_life_hours")
    assert f"{per_cent(kept[0])} (large" in said and f"{per_cent(kept[1])} (small" in said
    half_lives = [-math.log2(part) for part in kept]
    assert f"{half_lives[0]:.1f} and {half_lives[1]:.1f} half-lives" in said
    assert f"{72 / half_lives[1]:.0f} to {336 / half_lives[0]:.0f} hours" in said


def test_recovery_is_believed_to_take_off_less_than_the_complaint_added():
    assert default_of("ComplaintRecovery.offset_share") < 1
    assert FIELDS["ComplaintRecovery.offset_share"].high < 1


# --- the card ---


def test_the_quoted_shifts_of_purchases_are_the_schemes():
    rules, entry = VipScheme(), FIELDS["VipScheme.wallet_shift_share"]
    points = rules.points_per_currency * rules.reward_value / rules.reward_points
    worth = (rules.tiers[0].discount_share + points) * rules.rules_followed_share
    usual, most = (1 - (1 - share) ** (worth / 0.10) for share in (rules.wallet_shift_share, entry.high))
    assert per_cent(usual, 1) in entry.note and per_cent(most, 1) in entry.note
    assert f"{usual / 2 * 100:.1f} and {most / 2 * 100:.1f} points" in entry.note


# --- tales, promises, delight ---


def test_talk_is_least_between_the_ends_and_worse_when_bad():
    fine, good = FIELDS["WordOfMouth.fine_told_share"], default_of("WordOfMouth.delighted_told_share")
    assert fine.high < good < Store().service.to_others_share
    brings, costs = (default_of(f"WordOfMouth.first_visits_{way}_tale") for way in ("per_good", "lost_per_bad"))
    assert costs == 2 * brings
    claimed = 14.5 / 4
    said = note("WordOfMouth.first_visits_lost_per_bad_tale")
    assert f"{claimed:.1f} times as much: {brings * claimed:.4f}" in said
    assert brings * claimed < FIELDS["WordOfMouth.first_visits_lost_per_bad_tale"].high


def test_the_two_pulls_of_a_promise_may_turn_the_claim_round():
    raises, colours = (FIELDS[f"ExceedingExpectations.promise_{pull}"] for pull in ("raises", "colours"))
    assert default_of("ExceedingExpectations.promise_raises") > default_of("ExceedingExpectations.promise_colours")
    assert raises.low < colours.high
    assert "C12" in raises.claims and "C12" in colours.claims


@pytest.mark.parametrize("name", ["promise_first_visits", "guarantee_first_visits"])
def test_quoted_gains_in_first_visits_are_those_of_the_log_ratios(name):
    key = f"ExceedingExpectations.{name}"
    usual, most = (per_cent(math.exp(size) - 1) for size in (default_of(key), FIELDS[key].high))
    assert f"{usual} more first visits, at most {most}" in note(key)


def test_quoted_ranks_are_those_of_standard_deviations():
    above = {at: per_cent(1 - NormalDist().cdf(at)) for at in (1.0, 1.5, 1.8)}
    assert f"the best {above[1.0]} and the best {above[1.8]}" in note("WordOfMouth.delighted_at")
    assert f"1.5 among the best {above[1.5]}" in note("Layer.lift")
    assert f"at 1.5 a middling visit falls among the worst {above[1.5]}" in note("ExceedingExpectations.broken_drop")
    assert f"the better half and the best {above[1.0]}" in note("ReferralAsks.pleased_at")


# --- friends ---


def test_quoted_shares_of_intention_act_and_customer_are_those_of_the_finding():
    intend, act, bring = ((0.68, 0.81), (0.33, 0.30), (0.14, 0.12))
    for said in (ledger().findings["E44"].says, note("ReferralAsks.acts_share")):
        assert all(re.search(rf"\b{100 * share:.0f}\b", said) for share in (*intend, *act))
    acts, brings = ([a / b for a, b in zip(*pair, strict=True)] for pair in ((act, intend), (bring, act)))
    assert f"{100 * acts[0]:.0f} and {per_cent(acts[1])} of those who meant to" in note("ReferralAsks.acts_share")
    assert f"{100 * brings[0]:.0f} and {per_cent(brings[1])} of those who" in note("ReferralAsks.name_becomes_share")


def test_quoted_shares_of_acts_and_names_are_those_of_the_defaults():
    rules, further = ReferralAsks(), FIELDS["ReferralAsks.further_name_ratio"]
    assert f"{per_cent(rules.acts_share * rules.further_name_ratio)} act at the default" in note(
        "ReferralAsks.acts_share"
    )
    assert f"With five names {per_cent(rules.further_name_ratio**4)}" in further.note
    assert f"at the low end {per_cent(further.low**4)}" in further.note
    first = rules.name_becomes_share
    either = 1 - (1 - first) * (1 - first * rules.next_name_ratio)
    assert f"two names {per_cent(either)} do at the default" in note("ReferralAsks.name_becomes_share")


def test_four_new_customers_a_regular_are_at_the_very_end_of_the_ranges():
    becomes, fades = FIELDS["ReferralAsks.name_becomes_share"], FIELDS["ReferralAsks.next_name_ratio"]
    rules = ReferralAsks()
    usual, most = rules.name_becomes_share / (1 - rules.next_name_ratio), becomes.high / (1 - fades.high)
    assert f"{usual:.2f} friends at the default, and {most:.1f} at the top" in fades.note
    assert "C05" in fades.claims and usual < 4 < most


def test_the_quoted_gap_between_those_who_recommend_and_others_is_that_of_the_finding():
    gap = log_odds(0.19) - log_odds(0.07)
    entry = FIELDS["ReferralAsks.recommended_log_odds"]
    assert f"{gap:.2f} in log odds" in entry.note and entry.high < gap
    assert default_of("ReferralAsks.recommended_log_odds") == pytest.approx(gap / 4, abs=0.05)
