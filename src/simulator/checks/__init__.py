"""Answers to exercises, checked at once: right, or wrong with the misconception that leads there.

Each notebook has a module here with one function an exercise. The truth is computed from the reader's own worlds, so
nobody can copy a neighbour's number. Only plain numbers and texts are compared: an object that claims to be equal to
everything is not an answer.

Checks print and go on. Only where nbgrader runs a notebook for its points, an answer that is not right also raises,
after the words were printed: nbgrader takes points from errors.
"""

import math
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from simulator import luck

GRADER = "NBGRADER_EXECUTION"  # set by nbgrader, and by nobody else, where it grades ("autograde") or validates
_NUMBERS = (int, float, *(np.dtype(code).type for code in np.typecodes["AllInteger"] + np.typecodes["Float"]))
NOT_YET = "· not answered yet: put your answer where the dots are and run the cell again"


class NotRight(AssertionError):  # noqa: N818 - told to students, whose answer is no error of a program
    """No point for this answer; raised for nbgrader only."""

    def _render_traceback_(self) -> list[str]:
        """What Jupyter shows of it: not the lines of the check, which hold the answer."""
        return [f"NotRight: {self}"]


class Mistake(NamedTuple):
    """A wrong number, and what a reader who found it has probably mistaken."""

    value: float
    hint: str


def reader_seed() -> int:
    """The seed of this reader's worlds: the environment variable LOYALTY_READER_SEED, or 0.

    Errors: `ValueError` when the variable is not a whole number.
    """
    text = os.environ.get("LOYALTY_READER_SEED", "0")
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"LOYALTY_READER_SEED = {text!r}: allowed is a whole number") from None


def number(answer: Any, truth: float, *, within: float, unit: str = "", mistakes: tuple[Mistake, ...] = ()) -> None:
    """Print whether `answer` is within `within` of `truth`; a known mistake gets its hint.

    >>> number(0.36, 4 / 11, within=0.01, mistakes=(Mistake(0.27, "The gained sales get the discount too."),))
    ✓ right
    >>> number(0.27, 4 / 11, within=0.01, mistakes=(Mistake(0.27, "The gained sales get the discount too."),))
    ✗ not yet. The gained sales get the discount too.
    >>> number(..., 4 / 11, within=0.01)
    · not answered yet: put your answer where the dots are and run the cell again
    """
    if no_number(answer, unit):
        return
    found = float(answer)
    if math.isclose(found, truth, rel_tol=0, abs_tol=within):
        _say("✓ right")
    else:
        _deny("✗ not yet." + _hint(found, truth, within, mistakes))


def choice(answer: Any, right: str, hints: Mapping[str, str]) -> None:
    """Print whether the text `answer` is `right`; each other allowed answer has its hint.

    >>> choice("b", "a", {"b": "That is who joined, not what joining did."})
    ✗ not yet. That is who joined, not what joining did.
    """
    allowed = sorted({right, *hints})
    if not_answered(answer):
        return
    if type(answer) is not str or answer.strip().lower() not in allowed:
        refuse(f"answer with one of: {', '.join(repr(each) for each in allowed)}")
    elif answer.strip().lower() == right:
        _say("✓ right")
    else:
        _deny(f"✗ not yet. {hints[answer.strip().lower()]}")


def justification(reason: Any, points: Sequence[str]) -> None:
    """Print the reader's `reason` beside the points a good one names. Nothing is marked: the reader compares.

    It never raises, not even for nbgrader.

    >>> justification("Members bought more before they joined.", ["who joins", "what joining changes"])
    Your reason: Members bought more before they joined.
    Compare it with these points; a good reason names most of them, in any words:
      - who joins
      - what joining changes
    """
    if _missing(reason):
        _say(NOT_YET)
    elif type(reason) is not str or not reason.strip():
        _say("✗ give your reason as a text, in quotation marks")
    else:
        _say(f"Your reason: {reason.strip()}")
        _say("Compare it with these points; a good reason names most of them, in any words:")
        for point in points:
            _say(f"  - {point}")


def verdict(holds: bool, praise: str, hint: str) -> None:
    """Print the outcome of an exercise that was judged by a run."""
    if holds:
        _say(f"✓ {praise}")
    else:
        _deny(f"✗ not yet. {hint}")


HOURS_AND_MONEY = "Compare what each brings with what it takes, in hours and money."


def best_of(margin: pd.DataFrame, mine: str, hint: str = HOURS_AND_MONEY) -> None:
    """Print whether the option `mine` is as good as the best: unless another does clearly better, by paired stores.

    `margin`: one row a store, one column an option (currency). Clearly: by the 95 % interval of the paired difference.

    >>> best_of(pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [11.0, 12.0, 13.5]}), "b")
    ✓ none of the others does clearly better here (means: a +2, b +12)
    """
    gap = margin.sub(margin[mine], axis=0).drop(columns=mine)
    half = luck.student_t(0.975, len(gap) - 1) * gap.std() / np.sqrt(len(gap))
    better = gap.mean() > half
    means = ", ".join(f"{name} {value:+,.0f}" for name, value in margin.mean().items())
    praise = f"none of the others does clearly better here (means: {means})"
    verdict(not better.any(), praise, f"Another does clearly better. {hint}")


def not_answered(answer: Any) -> bool:
    """Whether the dots still stand in place of an answer; says so."""
    missing = _missing(answer)
    if missing:
        _deny(NOT_YET)
    return missing


def picked(answers: Sequence[Any], allowed: Sequence[float]) -> list[float] | None:
    """The answers as numbers, if each is one of `allowed`; None, and says so, if one is not or is missing.

    >>> picked((13, 26), (4, 13, 26))
    [13, 26]
    >>> picked((13, 27), (4, 13, 26))
    ✗ answer with 2 of the numbers 4, 13, 26; one may come twice
    """
    if any(each is Ellipsis or each is None for each in answers) and not_answered(None):
        return None
    found = [_as_number(each) for each in answers]
    if any(each is None or each not in allowed for each in found):
        refuse(f"answer with {len(answers)} of the numbers {', '.join(map(str, allowed))}; one may come twice")
        return None
    return [allowed[allowed.index(each)] for each in found if each is not None]


def no_number(answer: Any, unit: str = "") -> bool:
    """Whether `answer` is no plain number; says so. For checks that must know before they work out the truth."""
    if not_answered(answer):
        return True
    if _as_number(answer) is None:
        refuse(f"that is of the kind {type(answer).__name__}; give one plain number{' in ' + unit if unit else ''}")
        return True
    return False


def refuse(reason: str) -> None:
    """Say that what was given is no answer of the kind asked for."""
    _deny(f"✗ {reason}")


def said(statements: Mapping[str, bool]) -> None:
    """Print, for each statement of the text, whether it is true of this reader's worlds. Nothing is marked.

    >>> said({"most discounts go to visits that come anyway": True})
    ✓ most discounts go to visits that come anyway
    """
    for statement, holds in statements.items():
        _say(f"✓ {statement}" if holds else f"✗ not in your worlds: {statement}")


def _say(text: str) -> None:
    """Print, also on a console whose encoding (GBK, say) has no check mark."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        plain = text.replace("✓", "[right]").replace("✗", "[wrong]").replace("·", "-")
        text = plain.encode(encoding, "replace").decode(encoding)
    print(text)


def _deny(text: str) -> None:
    """Say that an answer is not right. Errors: `NotRight`, only where nbgrader counts."""
    _say(text)
    if os.environ.get(GRADER):
        raise NotRight("no point; what to mend stands above")


def _missing(answer: Any) -> bool:
    return answer is Ellipsis or answer is None


def _as_number(answer: Any) -> float | None:
    """A finite number of Python's or numpy's own; nothing of a class that only passes for one (`isinstance` would)."""
    if not any(type(answer) is kind for kind in _NUMBERS):
        return None
    try:
        return float(answer) if math.isfinite(answer) else None
    except OverflowError:  # a whole number beyond all floats
        return None


def _hint(answer: float, truth: float, within: float, mistakes: tuple[Mistake, ...]) -> str:
    for mistake in mistakes:
        if math.isclose(answer, mistake.value, rel_tol=0, abs_tol=within):
            return " " + mistake.hint
    if 0 < abs(truth) <= 1 and math.isclose(answer, 100 * truth, rel_tol=0.02, abs_tol=100 * within):
        return " Give a share between 0 and 1, not a percentage."
    if truth and math.isclose(answer, -truth, rel_tol=0.02):
        return " The size is right, the sign is not."
    return " Too high." if answer > truth else " Too low."
