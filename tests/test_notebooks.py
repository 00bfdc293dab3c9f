"""Every notebook, run as other readers would run it, and as a student who has answered nothing."""

import json
import os
import re
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from simulator.workbook import BEGIN, student_copy

NOTEBOOKS = sorted(Path(__file__).resolve().parents[1].joinpath("notebooks").glob("*.ipynb"))
PROMISED = {"00_start_here.ipynb", "05_vip_schemes.ipynb", "06_exceeding_expectations.ipynb",
            "07_complaint_recovery.ipynb", "08_referral_asks.ipynb"}  # fmt: skip
OTHER_READERS = (1, 2, 3)
CELL_SECONDS = 120
HELD, FAILED, UNANSWERED = "✓", "✗", "not answered yet"
ABSOLUTE_PATH = re.compile(
    r"""(?<![\w.:/<])(?:/(?:home|root|Users|tmp|work|opt|usr|var|mnt|srv)/|[A-Za-z]:\\(?!n))[^\s"'<>]*"""
)

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_the_promised_notebooks_are_there() -> None:
    assert {path.name for path in NOTEBOOKS} >= PROMISED


# --- as it is stored ---


@every_notebook
def test_stored_outputs_hold_no_error(path: Path) -> None:
    wrong = [f"cell {number}: {output['output_type']} {output.get('name', '')}"
             for number, cell in code_cells(stored(path)) for output in cell["outputs"]
             if output["output_type"] == "error" or output.get("name") == "stderr"]  # fmt: skip
    assert not wrong


@every_notebook
def test_every_code_cell_was_run_in_order(path: Path) -> None:
    counts = [cell["execution_count"] for _, cell in code_cells(stored(path)) if text(cell["source"]).strip()]
    assert counts == list(range(1, len(counts) + 1))


@every_notebook
def test_stored_outputs_name_no_place_on_the_machine_that_made_them(path: Path) -> None:
    found = {f"cell {number}: {hit}" for number, cell in code_cells(stored(path))
             for said in texts(cell) for hit in ABSOLUTE_PATH.findall(said)}  # fmt: skip
    assert not found


@every_notebook
def test_code_cells_are_short(path: Path) -> None:
    # solutions are the teacher's; what the reader sees is the student's copy
    cells = [text(cell["source"]) for _, cell in code_cells(student_copy(stored(path)))]
    lengths = [sum(bool(line.strip()) for line in cell.splitlines()) for cell in cells]
    assert statistics.median(lengths) <= 3, lengths
    assert sum(length < 9 for length in lengths) >= 0.9 * len(lengths), lengths


@every_notebook
def test_stored_answers_hold(path: Path) -> None:
    told = [said for _, cell in code_cells(stored(path)) for said in texts(cell)]
    assert not [said for said in told if FAILED in said or UNANSWERED in said]


# --- as others run it ---


@every_notebook
@pytest.mark.parametrize("reader", OTHER_READERS)
def test_it_runs_and_answers_hold_for_another_reader(path: Path, reader: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOYALTY_READER_SEED", str(reader))
    ran = executed(stored(path), path.parent)
    failed = [f"cell {number}: {said}" for number, cell in code_cells(ran) for said in texts(cell) if FAILED in said]
    assert not failed


@every_notebook
def test_a_student_who_answers_nothing_meets_no_exception(path: Path) -> None:
    solved, asked = stored(path), student_copy(stored(path))
    ran = executed(asked, path.parent)
    for (number, before), (_, after) in zip(code_cells(solved), code_cells(ran), strict=True):
        said = " ".join(texts(after))
        if BEGIN in text(before["source"]) and HELD in " ".join(texts(before)):
            assert FAILED in said or UNANSWERED in said, f"cell {number} says of no answer: {said!r}"


# --- what a notebook holds ---


def stored(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


def executed(notebook: dict[str, Any], folder: Path, tries: int = 3) -> dict[str, Any]:
    """`notebook` run from above in a fresh kernel standing in `folder`; a cell that raises fails the test."""
    made = nbformat.reads(json.dumps(notebook), as_version=4)
    options = {"timeout": CELL_SECONDS, "kernel_name": "python3", "resources": {"metadata": {"path": str(folder)}}}
    try:
        return dict(NotebookClient(made, **options).execute(env=os.environ.copy()))
    except CellExecutionError as error:
        pytest.fail(ANSI.sub("", str(error)), pytrace=False)
    except RuntimeError as error:  # a kernel that did not start; a cell that raised is no RuntimeError
        if tries == 1 or isinstance(error, DeadKernelError):
            raise
    return executed(notebook, folder, tries - 1)


def code_cells(notebook: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Code cells with their number among all cells, from 1."""
    return ((number, cell) for number, cell in enumerate(notebook["cells"], 1) if cell["cell_type"] == "code")


def texts(cell: dict[str, Any]) -> list[str]:
    """Everything a code cell shows as text: printed, shown, raised."""
    shown: list[Any] = []
    for output in cell["outputs"]:
        shown += [output.get("text", ""), output.get("traceback", "")]
        shown += [value for kind, value in output.get("data", {}).items() if kind.startswith("text/")]
    return [text(each) for each in shown if each]


def text(lines: Any) -> str:
    return lines if isinstance(lines, str) else "".join(lines)
