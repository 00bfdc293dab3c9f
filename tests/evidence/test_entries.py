"""The ledger's entries: complete, in the fields' own units and bounds, their ids and sources real."""

import re
from pathlib import Path

import pytest
from ledger_parts import FIELDS, NO_PAPER, PLAIN, TEXTS, default_of, is_number

from simulator import evidence
from simulator.evidence import KINDS, ledger
from simulator.parameters import unit_of
from simulator.store import Arrivals, Service

# what a finding has to have measured for a range to be called so; who watched behaviour may have asked first
RESTS_ON = {"behaviour": {"behaviour"}, "intention": {"intention", "behaviour"}, "model": {"model"}}


# --- every field has its entry ---


def test_every_field_has_an_entry_and_no_entry_is_left_over():
    assert sorted(FIELDS) == sorted(PLAIN)


def test_a_practices_entries_stand_in_its_file_with_its_presets():
    homes = ledger().homes
    parts = {"Tier": "VipScheme", "Layer": "ExceedingExpectations"}
    for key in FIELDS:
        owner = parts.get(key.split(".")[0], key.split(".")[0])
        assert homes[f"fields.{key}"] == homes.get(f"presets.{owner}", "ledger/store.toml")
    assert homes["presets.ReferralAsks"] == "ledger/referral_asks.toml"


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
    if entry.kind == "decision" or not is_number(default_of(key)):
        assert entry.low is None and entry.high is None
    else:
        assert entry.low < entry.high
        assert entry.low <= default_of(key) <= entry.high


@pytest.mark.parametrize("key", [key for key in FIELDS if FIELDS[key].low is not None])
def test_the_range_respects_the_fields_bounds(key):
    owner, name = PLAIN[key]
    for value in (FIELDS[key].low, FIELDS[key].high):
        bounded = int(value) if isinstance(default_of(key), int) else value
        part = {"index_before_week_0": ()} if owner is Arrivals else {}
        voices = {"to_staff_share": 0.0, "to_third_parties_share": 0.0, "to_others_share": 0.0}
        part |= voices if owner is Service else {}
        assert getattr(owner(**(part | {name: bounded})), name) == value


@pytest.mark.parametrize("key", [key for key in FIELDS if FIELDS[key].kind in RESTS_ON])
def test_a_range_that_rests_on_research_names_it(key):
    entry = FIELDS[key]
    assert RESTS_ON[entry.kind] & {ledger().findings[each].measured for each in entry.findings}
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
    for text in (*TEXTS.values(), Path(evidence.__file__).read_text(encoding="utf-8")):
        assert not re.search(r"\bshared\b|practices\.md|evidence\.md|design\.md|dossier", text, re.IGNORECASE)


def test_figures_known_from_memory_only_are_not_printed():
    assert not re.search(r"\d", ledger().findings["E04"].says + ledger().findings["E58"].says)
    assert not any("18 %" in text for text in TEXTS.values())
