"""Rules for all exercises of all notebooks; a new notebook's join by themselves.

In the signature of an exercise, what the reader answers is `Any`. All else has a kind, and gets a small thing of that
kind here, or None where the kind is unknown: such an exercise must look at the answer first.
"""

import functools
import importlib
import inspect
import pkgutil
import typing
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from worlds import small_store

from simulator import checks
from simulator.checks import GRADER, NOT_YET, NotRight, verdict
from simulator.engine import simulate
from simulator.measures import Horizon
from simulator.options import practice_classes, standard_options
from simulator.practices import Practice
from simulator.store import Store
from simulator.twins import Comparison, compare
from simulator.world import World

Check = Callable[..., None]


def found(start: str) -> dict[str, Check]:
    """The functions of all modules of `checks` whose name begins with `start`, by "module.name"."""
    functions = {}
    for each in pkgutil.iter_modules(checks.__path__):
        module = importlib.import_module(f"{checks.__name__}.{each.name}")
        members = inspect.getmembers(module, inspect.isfunction)
        functions |= {f"{each.name}.{name}": function for name, function in members if name.startswith(start)}
    return functions


EXERCISES, REASONS = found("exercise_"), found("reason_")
each_exercise = pytest.mark.parametrize("check", EXERCISES.values(), ids=list(EXERCISES))
each_reason = pytest.mark.parametrize("check", REASONS.values(), ids=list(REASONS))


# --- answers that are none ---


class Agreeable:
    """Says yes to whatever it is asked, and is whatever one does with it."""

    def __getattr__(self, _: str) -> Any:
        return self

    def yes(self, *_: Any) -> bool:
        return True

    def no(self, *_: Any) -> bool:
        return False

    def itself(self, *_: Any) -> Any:
        return self

    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __bool__ = yes
    __ne__ = no
    __call__ = __getitem__ = __abs__ = __neg__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = itself

    def __hash__(self) -> int:
        return hash("the practice")

    def __float__(self) -> float:
        return 0.5

    def __int__(self) -> int:
        return 1

    __index__ = __int__

    def __iter__(self) -> Any:
        return iter((self,))


class PassesForNumpy(Agreeable):
    __class__ = property(lambda self: np.float64)  # what isinstance believes
    dtype = np.dtype(float)


class OfFloat(float):
    __eq__, __ne__, __hash__ = Agreeable.yes, Agreeable.no, float.__hash__


class OfNumpy(np.float64):
    __eq__, __ne__, __hash__ = Agreeable.yes, Agreeable.no, np.float64.__hash__


class OfInt(int):
    __eq__, __ne__, __hash__ = Agreeable.yes, Agreeable.no, int.__hash__


class OfText(str):
    __eq__, __ne__, __hash__ = Agreeable.yes, Agreeable.no, Agreeable.__hash__
    strip = lower = Agreeable.itself


NO_ANSWERS = [Agreeable(), PassesForNumpy(), OfFloat(0.5), OfNumpy(0.5), OfInt(1), OfText("luck"), Agreeable, True,
              [0.5], np.array([0.5]), float("nan"), float("inf"), 10**400, ""]  # fmt: skip


# --- what exercises are given ---


@functools.cache
def world() -> World:
    return simulate(small_store(), [practice() for practice in practice_classes().values()], seed=3, weeks=30)


@functools.cache
def comparison() -> Comparison:
    return compare(small_store(), standard_options(), replicates=2, horizon=Horizon(30, 10), processes=1)


def table() -> pd.DataFrame:
    return pd.DataFrame({"an option": [1.0, 2.0]})


def given(kind: Any) -> Any:
    """A small thing of a kind; None of kinds unknown here."""
    if isinstance(kind, type) and issubclass(kind, Practice):
        return kind()
    makers = {World: world, Store: small_store, Comparison: comparison, int: int, pd.DataFrame: table}
    return makers.get(kind, lambda: None)()


def arguments(check: Check, answer: Any) -> list[Any]:
    kinds = typing.get_type_hints(check)
    return [answer if kinds[name] is Any else given(kinds[name]) for name in inspect.signature(check).parameters]


def told(check: Check, answer: Any, capsys: pytest.CaptureFixture[str]) -> list[str]:
    check(*arguments(check, answer))
    return capsys.readouterr().out.splitlines()


# --- the rules ---


def test_the_exercises_are_found() -> None:
    assert {"start.exercise_1", "vip.exercise_5", "referrals.exercise_6"} <= set(EXERCISES)
    assert {"vip.reason_5"} <= set(REASONS)
    assert None not in arguments(EXERCISES["vip.exercise_5"], ...)


@pytest.mark.parametrize("check", [*EXERCISES.values(), *REASONS.values()], ids=[*EXERCISES, *REASONS])
def test_dots_are_not_answered_yet(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(check, ..., capsys) == [NOT_YET]


@each_exercise
def test_what_only_claims_to_be_right_is_no_answer(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    for answer in NO_ANSWERS:
        (line,) = told(check, answer, capsys)
        assert line.startswith("✗"), type(answer)


@each_reason
def test_a_reason_is_a_text(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    for answer in (7, Agreeable(), OfText("because"), "  "):
        assert told(check, answer, capsys) == ["✗ give your reason as a text, in quotation marks"]
    said = told(check, "Because.", capsys)
    assert said[0] == "Your reason: Because." and len(said) > 3


@each_exercise
def test_nbgrader_gives_no_point_for_dots(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(GRADER, "autograde")
    with pytest.raises(NotRight):
        check(*arguments(check, ...))


@each_reason
def test_nbgrader_marks_no_reason(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(GRADER, "autograde")
    for answer in (..., 7, "Because."):
        check(*arguments(check, answer))


@pytest.mark.parametrize("careless", [
    lambda answer: verdict(answer == 0.123, "right", "wrong"),
    lambda answer: verdict(isinstance(answer, float | np.floating) and answer == 0.123, "right", "wrong"),
    lambda answer: verdict(abs(answer - 0.123) < 0.01, "right", "wrong"),
    lambda answer: verdict(answer.strip().lower() in ("luck", "the season"), "right", "wrong"),
], ids=["equal", "kind", "near", "text"])  # fmt: skip
def test_a_careless_check_would_be_taken_in(careless: Check, capsys: pytest.CaptureFixture[str]) -> None:
    careless(PassesForNumpy())
    assert capsys.readouterr().out == "✓ right\n"
