"""The claims of practitioners: each has one verdict, a reason without numbers of its own, and findings that exist."""

import re
from typing import get_args

import pytest

from simulator.evidence import Verdict, ledger, read_ledger
from simulator.parameters import FileError

CLAIMS = ledger().claims
CLAIM = "[claims.C99]\nsource = 's'\nsays = 's'\nverdict = 'arithmetic'\nbecause = 'b'\n"
WRONG = {
    f"{CLAIM}findings = ['E99']": r"^tea\.toml\.claims\.C99\.findings = 'E99': there is no such finding$",
    f"{CLAIM}notebook = '7'": r"^tea\.toml\.claims\.C99\.notebook = '7': string should match pattern",
    CLAIM.replace("arithmetic", "true"): r"^tea\.toml\.claims\.C99\.verdict = 'true': should be 'arithmetic', 'follows",
    CLAIM.replace("because = 'b'", ""): r"^tea\.toml\.claims\.C99\.because: must be given$",
}


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:[.,:]\d+)*", text))


@pytest.mark.parametrize("text", WRONG)
def test_errors_name_the_claim_the_field_and_the_value(text):
    with pytest.raises(FileError, match=WRONG[text]):
        read_ledger({"tea.toml": text})


def test_all_four_verdicts_are_given_and_no_other():
    assert {each.verdict for each in CLAIMS.values()} == set(get_args(Verdict))


@pytest.mark.parametrize("key", CLAIMS)
def test_a_reason_has_one_to_three_sentences_and_no_number_of_its_own(key):
    claim = CLAIMS[key]
    known = numbers(claim.says) | {each for cited in claim.findings for each in numbers(ledger().findings[cited].says)}
    known |= {f"{100 - int(each)}" for each in known if each.isdigit() and int(each) <= 100}  # the rest of a hundred
    assert numbers(claim.because) <= known
    assert 1 <= len(re.findall(r"[.](?=\s|$)", claim.because)) <= 3 and claim.because.endswith(".")


@pytest.mark.parametrize("key", CLAIMS)
def test_what_turns_a_verdict_is_named_without_its_value(key):
    assert not numbers(CLAIMS[key].turns)
    assert not CLAIMS[key].turns or CLAIMS[key].turns.endswith(".")


@pytest.mark.parametrize("key", [key for key, each in CLAIMS.items() if each.verdict == "contradicted by evidence"])
def test_what_evidence_contradicts_rests_on_something_measured(key):
    assert any(
        ledger().findings[each].measured in ("behaviour", "intention", "perception") for each in CLAIMS[key].findings
    )


def test_a_claim_that_evidence_speaks_of_names_it():
    """Whatever stands behind an entry about the claim, a verdict without any finding says that there is none."""
    without = {key for key, each in CLAIMS.items() if not each.findings}
    assert without == {"C11", "C14", "C15", "C16", "C17"}
