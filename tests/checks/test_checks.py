"""Checks of exercises: plain values only, hints for known mistakes, nothing that claims to equal everything."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simulator.checks import (
    GRADER,
    NOT_YET,
    Mistake,
    NotRight,
    choice,
    justification,
    not_answered,
    number,
    reader_seed,
    refuse,
    said,
    verdict,
)


class AlwaysEqual:
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]

    def __float__(self) -> float:
        return 0.25


class Flattering(float):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


def printed(capsys: pytest.CaptureFixture[str], answer: Any, **more: Any) -> str:
    number(answer, 0.25, within=0.01, unit="share", **more)
    return capsys.readouterr().out.strip()


@pytest.mark.parametrize("answer", [0.25, 0.259, np.float64(0.25), np.float32(0.25)])
def test_right(capsys: pytest.CaptureFixture[str], answer: Any) -> None:
    assert printed(capsys, answer) == "✓ right"


@pytest.mark.parametrize(
    "answer",
    [AlwaysEqual(), Flattering(3), "0.25", True, [0.25], np.array([0.25]), float("nan"), float("inf"), 0.3, 10**400],
)
def test_wrong(capsys: pytest.CaptureFixture[str], answer: Any) -> None:
    assert printed(capsys, answer).startswith("✗")


@pytest.mark.parametrize("answer", [..., None])
def test_not_answered_yet(capsys: pytest.CaptureFixture[str], answer: Any) -> None:
    assert printed(capsys, answer) == NOT_YET


def test_hints(capsys: pytest.CaptureFixture[str]) -> None:
    mistakes = (Mistake(0.75, "Turn it round."),)
    assert "Turn it round." in printed(capsys, 0.75, mistakes=mistakes)
    assert "not a percentage" in printed(capsys, 25.0)
    assert "sign" in printed(capsys, -0.25)
    assert "Too high" in printed(capsys, 0.5)
    assert "Too low" in printed(capsys, 0.1)


def test_choice(capsys: pytest.CaptureFixture[str]) -> None:
    for answer in ("a", " a ", "b", "c", AlwaysEqual(), ...):
        choice(answer, "a", {"b": "Because."})
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["✓ right", "✓ right"]
    assert lines[2] == "✗ not yet. Because."
    assert all(line == "✗ answer with one of: 'a', 'b'" for line in lines[3:5])
    assert lines[5] == NOT_YET


def test_verdict_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    verdict(True, "good", "bad")
    verdict(False, "good", "bad")
    said({"it rains": False, "it pours": True})
    expected = ["✓ good", "✗ not yet. bad", "✗ not in your worlds: it rains", "✓ it pours"]
    assert capsys.readouterr().out.splitlines() == expected


DENIED = [
    lambda: number(0.5, 0.25, within=0.01),
    lambda: number("0.25", 0.25, within=0.01),
    lambda: number(..., 0.25, within=0.01),
    lambda: choice("b", "a", {"b": "Because."}),
    lambda: choice("c", "a", {"b": "Because."}),
    lambda: verdict(False, "good", "bad"),
    lambda: not_answered(...),
    lambda: refuse("one of three"),
]


@pytest.mark.parametrize("check", DENIED)
def test_only_under_nbgrader_what_is_not_right_raises_after_its_words(
    check: Callable[[], Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(GRADER, raising=False)
    check()
    words = capsys.readouterr().out
    assert words.startswith(("✗", "·"))
    for value in ("autograde", "validate"):
        monkeypatch.setenv(GRADER, value)
        with pytest.raises(NotRight, match="no point"):
            check()
        assert capsys.readouterr().out == words


def test_under_nbgrader_what_is_right_or_not_marked_raises_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(GRADER, "autograde")
    number(0.25, 0.25, within=0.01)
    choice("a", "a", {"b": "Because."})
    verdict(True, "good", "bad")
    said({"it rains": False})
    for reason in (..., 7, "Because."):
        justification(reason, ["what causes what"])


def test_reader_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOYALTY_READER_SEED", raising=False)
    assert reader_seed() == 0
    monkeypatch.setenv("LOYALTY_READER_SEED", "17")
    assert reader_seed() == 17
    monkeypatch.setenv("LOYALTY_READER_SEED", "mine")
    with pytest.raises(ValueError, match="LOYALTY_READER_SEED = 'mine': allowed is a whole number"):
        reader_seed()


def test_marks_print_on_a_console_that_is_not_utf8() -> None:
    """A Chinese Windows console is GBK, which has no ✓: the check must answer all the same."""
    code = "from simulator.checks import number; number(1, 1, within=0.1); number(2, 1, within=0.1)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, env={"PYTHONIOENCODING": "gbk", "PATH": ""})
    assert run.returncode == 0, run.stderr.decode("gbk", "replace")
