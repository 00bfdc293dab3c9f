"""The notebooks as they are stored, for tests that read or run them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted(Path(__file__).resolve().parents[1].joinpath("notebooks").glob("*.ipynb"))
HELD, FAILED, UNANSWERED = "✓", "✗", "not answered yet"

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def stored(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


def code_cells(notebook: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Code cells with their number among all cells, from 1."""
    return ((number, cell) for number, cell in enumerate(notebook["cells"], 1) if cell["cell_type"] == "code")


def prose(notebook: dict[str, Any]) -> list[str]:
    return [text(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown"]


def checked(cell: dict[str, Any]) -> list[str]:
    """The exercises and reasons that a cell checks: "exercise_1", "reason_4"."""
    return re.findall(r"\.((?:exercise|reason)_\w+)\(", text(cell["source"])) if cell["cell_type"] == "code" else []


def lines_of(cell: dict[str, Any]) -> int:
    """Lines of code of a cell, empty ones apart."""
    return sum(bool(line.strip()) for line in text(cell["source"]).splitlines())


def texts(cell: dict[str, Any]) -> list[str]:
    """Everything a code cell shows as text: printed, shown, raised."""
    shown: list[Any] = []
    for output in cell["outputs"]:
        shown += [output.get("text", ""), output.get("traceback", "")]
        shown += [value for kind, value in output.get("data", {}).items() if kind.startswith("text/")]
    return [text(each) for each in shown if each]


def text(lines: Any) -> str:
    return lines if isinstance(lines, str) else "".join(lines)
