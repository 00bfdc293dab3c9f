"""What the ledger hands out: assumptions of stores and practices, the numbers in doubt, and errors in its files."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from ledger_parts import OWNERS, PLAIN, PRACTICES

from simulator import evidence
from simulator.evidence import assumptions, read_ledger, uncertain
from simulator.parameters import FileError, replaced
from simulator.practices import ExceedingExpectations, Layer, Tier, VipScheme
from simulator.store import Store

# --- assumptions ---


def test_assumptions_have_a_row_a_field_with_tiers_and_layers_inside():
    table = assumptions(*OWNERS.values())
    assert list(table.columns) == ["owner", "parameter", "value", "unit", "low", "high", "kind", "source", "findings",
                                   "note"]  # fmt: skip
    assert table["owner"].unique().tolist() == ["store", *(practice().name for practice in PRACTICES)]
    further = (len(VipScheme().tiers) - 1, Tier), (len(ExceedingExpectations().layers) - 1, Layer)
    assert len(table) == len(PLAIN) + sum(parts * len(dataclasses.fields(kind)) for parts, kind in further)
    row = table.set_index("parameter").loc["tiers.1.discount_share"]
    assert (row["value"], row["unit"], row["kind"]) == (0.06, "share of list price", "decision")
    assert np.isnan(row["low"]) and not table.duplicated(["owner", "parameter"]).any()


def test_assumptions_of_nothing_are_an_empty_table():
    assert isinstance(assumptions(), pd.DataFrame) and assumptions().empty


def test_assumptions_show_the_owners_own_value():
    table = assumptions(replaced(Store(), {"service.silent_log_odds": 1.25})).set_index("parameter")
    assert table.loc["service.silent_log_odds", "value"] == 1.25


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


# --- the numbers in doubt ---


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
PRESET = "[presets.A.central]\nvalues = {}\nsource = 's'\nsays = 's'\n"
WRONG = {
    "low = 1.0": r"^tea\.toml\.fields\.A\.b: low = 1\.0, high = None; give both or neither$",
    "low = 2.0\nhigh = 1.0": r"^tea\.toml\.fields\.A\.b\.low = 2\.0: should be at most high = 1\.0$",
    "findings = ['E99']": r"^tea\.toml\.fields\.A\.b\.findings = 'E99': there is no such finding$",
    "claims = ['C99']": r"^tea\.toml\.fields\.A\.b\.claims = 'C99': there is no such claim$",
    "colour = 'red'": r"^tea\.toml\.fields\.A\.b\.colour: there is no such field",
    "low = 'a'": r"^tea\.toml\.fields\.A\.b\.low = 'a': should be a valid number",
    f"{PRESET}claims = ['C99']": r"^tea\.toml\.presets\.A\.central\.claims = 'C99': there is no such claim$",
    "[colours]": r"^tea\.toml\.colours: there is no such field; allowed: findings, claims, practices, fields, presets$",
}


@pytest.mark.parametrize("line", WRONG)
def test_errors_name_the_file_the_field_and_the_value(line):
    with pytest.raises(FileError, match=WRONG[line]):
        read_ledger({"a.toml": "", "tea.toml": f"[fields.'A.b']\n{ENTRY}{line}\n", "z.toml": PRESET.replace("A", "Z")})


def test_a_file_may_name_what_stands_in_another():
    claim = "claims.C99 = { source = 's', says = 's', verdict = 'arithmetic', because = 'b' }"
    read = read_ledger({"tea.toml": f"[fields.'A.b']\n{ENTRY}claims = ['C99']", "who.toml": claim})
    assert read.homes == {"fields.A.b": "tea.toml", "claims.C99": "who.toml"}


@pytest.mark.parametrize(("text", "place"), [(f"[fields.'A.b']\n{ENTRY}", r"fields\.A\.b"), (PRESET, r"presets\.A")])
def test_what_stands_in_two_files_is_refused_and_both_are_named(text, place):
    with pytest.raises(FileError, match=rf"^tea\.toml\.{place}: stands in cake\.toml too$"):
        read_ledger({"tea.toml": text, "cake.toml": text})


def test_text_that_is_no_toml_is_refused_with_its_place():
    with pytest.raises(FileError, match=r"^tea\.toml: .*line 1.*not valid TOML"):
        read_ledger({"tea.toml": "findings = = 1"})


def test_the_ledger_is_read_once():
    assert evidence.ledger() is evidence.ledger()
