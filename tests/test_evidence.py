"""The evidence ledger: complete, in the fields' own units and bounds, its ids real, its numbers those of the store."""

import dataclasses
import importlib.resources
import math
import re

import numpy as np
import pandas as pd
import pytest

from simulator import evidence
from simulator.closed_forms import leaving_table
from simulator.engine import simulate
from simulator.evidence import KINDS, assumptions, ledger, presets, read_ledger, uncertain
from simulator.parameters import FileError, replaced, unit_of
from simulator.practices import ComplaintRecovery, Practice, Tier, VipScheme
from simulator.store import Arrivals, Desks, Response, Service, Spend, Store, Visits

CLASSES = (Store, Visits, Spend, Arrivals, Service, Response, Desks, Tier, VipScheme, ComplaintRecovery)
NO_PAPER = {"practitioner text, unverified", "set by the shop", "read in the shop's books", "the shop's order log",
            "assumption of this project"}  # fmt: skip
TEXT = (importlib.resources.files("simulator") / "evidence.toml").read_text(encoding="utf-8")
FIELDS = ledger().fields
OWNERS = {"store": Store(), "VIP scheme": VipScheme(), "complaint recovery": ComplaintRecovery()}
PRESETS = [pytest.param(practice, name, id=f"{practice.__name__}.{name}")
           for practice in (VipScheme, ComplaintRecovery) for name in presets(practice)]  # fmt: skip


def plain_fields():
    """Every field of the classes that is not itself made of checked objects: name in the ledger, class and name."""
    for owner in CLASSES:
        for each in dataclasses.fields(owner):
            default = owner.__pydantic_fields__[each.name].default
            inside = default[0] if isinstance(default, tuple) and default else default
            if not dataclasses.is_dataclass(inside):
                yield f"{owner.__name__}.{each.name}", owner, each.name


PLAIN = {key: (owner, name) for key, owner, name in plain_fields()}


def default(key):
    owner, name = PLAIN[key]
    return owner.__pydantic_fields__[name].default


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def log_odds(share):
    return math.log(share / (1 - share))


# --- every field has its entry ---


def test_every_field_has_an_entry_and_no_entry_is_left_over():
    assert sorted(FIELDS) == sorted(PLAIN)


@pytest.mark.parametrize("key", PLAIN)
def test_the_unit_is_the_fields_own(key):
    owner, name = PLAIN[key]
    assert FIELDS[key].unit == unit_of(owner.__pydantic_fields__[name])


@pytest.mark.parametrize("key", PLAIN)
def test_the_kind_is_known_and_the_words_are_there(key):
    entry = FIELDS[key]
    assert entry.kind in KINDS
    assert entry.source and entry.setting and entry.note


@pytest.mark.parametrize("key", PLAIN)
def test_what_is_in_doubt_has_a_range_around_its_default(key):
    entry = FIELDS[key]
    if entry.kind == "decision" or not is_number(default(key)):
        assert entry.low is None and entry.high is None
    else:
        assert entry.low < entry.high
        assert entry.low <= default(key) <= entry.high


@pytest.mark.parametrize("key", [key for key in PLAIN if FIELDS[key].low is not None])
def test_the_range_respects_the_fields_bounds(key):
    owner, name = PLAIN[key]
    for value in (FIELDS[key].low, FIELDS[key].high):
        bounded = int(value) if isinstance(default(key), int) else value
        part = {"index_before_week_0": ()} if owner is Arrivals else {}
        voices = {"to_staff_share": 0.0, "to_third_parties_share": 0.0, "to_others_share": 0.0}
        part |= voices if owner is Service else {}
        assert getattr(owner(**(part | {name: bounded})), name) == value


@pytest.mark.parametrize("key", PLAIN)
def test_a_range_that_rests_on_research_names_it(key):
    entry = FIELDS[key]
    if entry.kind in ("behaviour", "intention", "model"):
        measured = {ledger().findings[each].measured for each in entry.findings}
        assert entry.kind in measured
        assert entry.source not in NO_PAPER


# --- ids and sources ---


@pytest.mark.parametrize("key", PLAIN)
def test_entries_name_findings_and_claims_that_exist(key):
    assert set(FIELDS[key].findings) <= set(ledger().findings)
    assert set(FIELDS[key].claims) <= set(ledger().claims)


def test_findings_claims_and_practices_are_all_there():
    numbers = [*range(1, 5), *range(10, 15), *range(20, 28), *range(30, 36), *range(40, 46), *range(50, 59)]
    assert list(ledger().findings) == [f"E{number:02}" for number in [*numbers, *range(60, 72)]]
    assert list(ledger().claims) == ["C01", "C02a", "C02b", *(f"C{number:02}" for number in range(3, 18))]
    assert list(ledger().practices) == [f"P{number:02}" for number in range(1, 21)]


def sources():
    """Every source in the ledger with its place."""
    table = ledger()
    variants = {f"{practice}.{name}": each for practice, named in table.presets.items() for name, each in named.items()}
    return [(place, each.source) for place, each in (table.findings | table.fields | variants).items()]


@pytest.mark.parametrize(("place", "source"), sources())
def test_a_source_is_a_dated_work_or_says_that_there_is_none(place, source):
    assert source in NO_PAPER or re.search(r"\b(19|20)\d\d\b", source)


def test_claims_are_marked_as_practitioners_unverified_text():
    assert {each.source for each in ledger().claims.values()} == {"practitioner text, unverified"}


def test_nothing_points_at_working_notes():
    for text in (TEXT, importlib.resources.files("simulator").joinpath("evidence.py").read_text(encoding="utf-8")):
        assert not re.search(r"\bshared\b|practices\.md|evidence\.md|design\.md|dossier", text, re.IGNORECASE)


def test_figures_known_from_memory_only_are_not_printed():
    assert not re.search(r"\d", ledger().findings["E04"].says + ledger().findings["E58"].says)
    assert "18 %" not in ledger().findings["E40"].says


# --- the numbers that notes quote ---


def test_quoted_chances_of_leaving_are_those_of_the_default_store():
    table = leaving_table(Store())
    notes = " ".join(each.note for each in FIELDS.values())
    quoted = re.findall(r"(P\(leave \| [a-z ]+\)) = (0\.\d{3})", notes)
    assert {name for name, _ in quoted} == {name for name in table.index if "|" in name}
    for name, value in quoted:
        assert float(value) == round(table[name], 3)
    heard = table["share of departures with a failure the shop heard of"]
    assert f"{table['share of departures with a failure']:.0%}".replace("%", " % of departures") in notes
    assert f"{heard:.0%}".replace("%", " % with one the shop heard of") in notes


@pytest.mark.parametrize("name", ["silent_log_odds", "complained_log_odds"])
def test_quoted_chances_at_the_ends_of_the_range_are_the_stores(name):
    entry = FIELDS[f"Service.{name}"]
    quoted = re.findall(r"(0\.5|3) log odds it is (0\.\d{3})", entry.note)
    assert [float(at) for at, _ in quoted] == [entry.low, entry.high]
    for at, chance in quoted:
        table = leaving_table(replaced(Store(), {f"service.{name}": float(at)}))
        assert float(chance) == round(table[f"P(leave | {name.removesuffix('_log_odds')})"], 3)


def test_the_ends_of_speaking_are_those_of_the_two_surveys():
    entry = FIELDS["ComplaintRecovery.speaking_log_odds"]
    large, small = log_odds(0.09) - log_odds(0.19), log_odds(0.37) - log_odds(0.46)
    assert f"{large:.2f} and {small:.2f}" in entry.note
    assert entry.low == round(large, 2)
    assert entry.high == round(log_odds(0.61) - log_odds(0.39), 1)  # 22 points, about one half


def test_the_range_of_the_half_life_is_what_the_survey_allows():
    entry = FIELDS["ComplaintRecovery.half_life_hours"]
    kept = [(log_odds(slow) - log_odds(none)) / (log_odds(quick) - log_odds(none))
            for none, slow, quick in [(0.19, 0.54, 0.82), (0.46, 0.70, 0.95)]]  # fmt: skip
    assert f"{kept[0]:.0%}".replace("%", " % (large") in entry.note
    assert f"{kept[1]:.0%}".replace("%", " % (small") in entry.note
    half_lives = [-math.log2(part) for part in kept]
    assert f"{half_lives[0]:.1f} and {half_lives[1]:.1f} half-lives" in entry.note
    assert f"{72 / half_lives[1]:.0f} to {336 / half_lives[0]:.0f} hours" in entry.note


def test_the_quoted_shifts_of_purchases_are_the_schemes():
    rules, entry = VipScheme(), FIELDS["VipScheme.wallet_shift_share"]
    points = rules.points_per_currency * rules.reward_value / rules.reward_points
    worth = (rules.tiers[0].discount_share + points) * rules.rules_followed_share
    usual, most = (1 - (1 - share) ** (worth / 0.10) for share in (rules.wallet_shift_share, entry.high))
    assert f"{usual:.1%}".replace("%", " %") in entry.note and f"{most:.1%}".replace("%", " %") in entry.note
    assert f"{usual / 2 * 100:.1f} and {most / 2 * 100:.1f} points" in entry.note


def test_recovery_is_believed_to_take_off_less_than_the_complaint_added():
    assert presets(ComplaintRecovery)["central"].practice.offset_share < 1
    assert FIELDS["ComplaintRecovery.offset_share"].high < 1


# --- presets ---


@pytest.mark.parametrize(("practice", "name"), PRESETS)
def test_a_preset_builds_and_names_what_exists(practice, name):
    preset = presets(practice)[name]
    assert isinstance(preset.practice, practice) and isinstance(preset.practice, Practice)
    assert preset.says and set(preset.findings) <= set(ledger().findings)
    assert set(preset.claims) <= set(ledger().claims)
    assert preset.findings or preset.source in NO_PAPER


def test_the_presets_are_those_promised_and_central_is_the_default():
    usual = ["central", "optimistic", "null", "backfire"]
    failures = ["discount_only", "price_for_everyone", "no_data", "rules_differ", "staff_neglect"]
    assert list(presets(VipScheme)) == usual + failures
    disputed = ["paradox", "speaking_relieves", "complaining_in_vain"]
    assert list(presets(ComplaintRecovery)) == usual + disputed
    assert presets(VipScheme)["central"].practice == VipScheme()
    assert presets(ComplaintRecovery)["central"].practice == ComplaintRecovery()


@pytest.mark.parametrize(("practice", "name"), PRESETS)
def test_presets_stay_in_the_believable_ranges_but_where_that_is_their_point(practice, name):
    preset = presets(practice)[name].practice
    outside = {each.path for each in uncertain(preset) if not each.low <= getattr(preset, each.path) <= each.high}
    allowed = {"null": {"offset_share", "near_reward_pace", "refusal_log_odds"}, "paradox": {"offset_share"},
               "backfire": {"good_answer_share"}}  # fmt: skip
    assert outside <= allowed.get(name, set())


@pytest.mark.parametrize("practice", [VipScheme, ComplaintRecovery])
def test_under_null_customers_do_as_they_would_have_and_the_costs_stay(practice):
    off, on = (simulate(Store(), practices, seed=4, weeks=30)
               for practices in ([], [presets(practice)["null"].practice]))  # fmt: skip
    assert len(off.orders) == len(on.orders)
    assert (off.orders["week"].to_numpy() == on.orders["week"].to_numpy()).all()
    assert on.records["costs"]["amount"].sum() > off.records["costs"]["amount"].sum()


def test_the_two_surveys_differ_in_speaking_only_and_both_invite():
    eased, hurt = (presets(ComplaintRecovery)[name].practice for name in ("speaking_relieves", "complaining_in_vain"))
    assert eased.speaking_log_odds < 0 < hurt.speaking_log_odds
    assert eased.invite_share > 0
    assert dataclasses.replace(eased, speaking_log_odds=0.0) == dataclasses.replace(hurt, speaking_log_odds=0.0)


def test_discount_only_puts_what_points_were_worth_into_the_price():
    usual, only = VipScheme(), presets(VipScheme)["discount_only"].practice
    point = usual.points_per_currency * usual.reward_value / usual.reward_points
    for tier, bare in zip(usual.tiers, only.tiers, strict=True):
        assert bare.discount_share == pytest.approx(tier.discount_share + tier.points_multiple * point)


def test_answers_are_slow_when_recovery_backfires():
    usual, slow = (
        simulate(Store(), [presets(ComplaintRecovery)[name].practice], seed=1, weeks=52).records["answers"]
        for name in ("central", "backfire")
    )
    assert usual["waited_hours"].median() < 24 < 72 < slow["waited_hours"].median()


def test_a_practice_without_presets_is_refused():
    class Nothing(Practice):
        pass

    with pytest.raises(FileError, match=r"evidence\.toml\.presets\.Nothing: must be given; there are VipScheme"):
        presets(Nothing)


# --- what is handed out ---


def test_assumptions_have_a_row_a_field_with_the_tiers_inside():
    table = assumptions(Store(), VipScheme(), ComplaintRecovery())
    assert list(table.columns) == ["owner", "parameter", "value", "unit", "low", "high", "kind", "source", "findings",
                                   "note"]  # fmt: skip
    assert table["owner"].unique().tolist() == ["store", VipScheme().name, ComplaintRecovery().name]
    assert len(table) == len(PLAIN) + len(dataclasses.fields(Tier))  # two tiers
    row = table.set_index("parameter").loc["tiers.1.discount_share"]
    assert (row["value"], row["unit"], row["kind"]) == (0.06, "share of list price", "decision")
    assert np.isnan(row["low"]) and not table.duplicated(["owner", "parameter"]).any()


def test_assumptions_of_nothing_are_an_empty_table():
    assert isinstance(assumptions(), pd.DataFrame) and assumptions().empty


def test_assumptions_show_the_owners_own_value():
    table = assumptions(replaced(Store(), {"service.silent_log_odds": 1.25})).set_index("parameter")
    assert table.loc["service.silent_log_odds", "value"] == 1.25


@pytest.mark.parametrize("name", OWNERS)
def test_uncertain_are_the_numbers_neither_decided_nor_fitted(name):
    table = assumptions(OWNERS[name])
    doubtful = table[~table["kind"].isin(["decision", "fitted"]) & table["low"].notna()]
    assert [each.path for each in uncertain(OWNERS[name])] == doubtful["parameter"].tolist()
    assert all(each.low < each.high for each in uncertain(OWNERS[name]))


@pytest.mark.parametrize("name", OWNERS)
@pytest.mark.parametrize("end", ["low", "high"])
def test_every_corner_of_the_ranges_can_be_built(name, end):
    """Bounds on sums only bind from above, so the two extreme corners stand for all."""
    drawn = {each.path: getattr(each, end) for each in uncertain(OWNERS[name])}
    assert drawn
    made = assumptions(replaced(OWNERS[name], drawn)).set_index("parameter")["value"]
    assert {path: made[path] for path in drawn} == drawn


# --- files that cannot be used ---

ENTRY = "kind = 'assumption'\nunit = 'share'\nsource = 's'\nsetting = 's'\nnote = 'n'\n"
WRONG = {
    "low = 1.0": r"evidence\.toml\.fields\.A\.b: low = 1\.0, high = None; give both or neither",
    "low = 2.0\nhigh = 1.0": r"evidence\.toml\.fields\.A\.b\.low = 2\.0: should be at most high = 1\.0",
    "findings = ['E99']": r"evidence\.toml\.fields\.A\.b\.findings = 'E99': there is no such finding",
    "claims = ['C99']": r"evidence\.toml\.fields\.A\.b\.claims = 'C99': there is no such claim",
    "colour = 'red'": r"evidence\.toml\.fields\.A\.b\.colour: there is no such field",
    "low = 'a'": r"evidence\.toml\.fields\.A\.b\.low = 'a': should be a valid number",
}


@pytest.mark.parametrize("line", WRONG)
def test_errors_name_the_file_the_field_and_the_value(line):
    text = f"findings = {{}}\nclaims = {{}}\npractices = {{}}\npresets = {{}}\n[fields.'A.b']\n{ENTRY}{line}\n"
    with pytest.raises(FileError, match=WRONG[line]):
        read_ledger(text)


def test_text_that_is_no_toml_is_refused_with_its_place():
    with pytest.raises(FileError, match=r"evidence\.toml: .*line 1.*not valid TOML"):
        read_ledger("findings = = 1")


def test_the_ledger_is_read_once():
    assert evidence.ledger() is evidence.ledger()


def test_nothing_is_called_fitted_that_was_made_up_or_stated() -> None:
    """A store's own numbers: an example until it was fitted, stated where the log showed no leaving."""

    def kinds(store: Store) -> dict[str, str]:
        return assumptions(store).set_index("parameter")["kind"].to_dict()

    assert kinds(Store())["visits.r"] == "example"
    fitted = Store(fit_notes=("fitted",))
    assert kinds(fitted)["visits.r"] == kinds(fitted)["visits.a"] == "fitted"
    stated = dataclasses.replace(fitted, leaving_share_stated=True)
    assert kinds(stated)["visits.r"] == "fitted"
    assert kinds(stated)["visits.a"] == kinds(stated)["visits.b"] == "assumption"
    source = assumptions(stated).set_index("parameter").loc["visits.a", "source"]
    assert "stated" in source and "Fader" not in source
