"""Student copies of the notebooks: the same cells with the solutions taken out. Notebooks are JSON and stay so.

The copies hold what nbgrader's `generate_assignment` would write, with `notebooks/nbgrader_config.py`: the same cells,
and the metadata of answer and check cells as they are.
"""

import copy
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from simulator.parameters import FileError, write_text

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
ANSWER_HERE = "...  # your answer here"
BESIDE = ("*.md", "nbgrader_config.py")  # what notebooks link to, and how nbgrader is set
_OURS = "student_copy"


def student_copy(notebook: dict[str, Any]) -> dict[str, Any]:
    """`notebook` without solutions and outputs; all else stays. The argument is not changed.

    Each block from a line `### BEGIN SOLUTION` to a line `### END SOLUTION` of a code cell becomes one line to fill in,
    indented as the first mark was. The notebook's metadata take a digest of the cells, by which an edited copy is told
    from an untouched one. Errors: `ValueError` naming the cell whose marks do not match.

    >>> cell = {"cell_type": "code", "outputs": [], "execution_count": 3, "metadata": {},
    ...         "source": "def half(x):\\n    ### BEGIN SOLUTION\\n    return x / 2\\n    ### END SOLUTION"}
    >>> print(student_copy({"cells": [cell], "metadata": {}})["cells"][0]["source"])
    def half(x):
        ...  # your answer here
    """
    made = copy.deepcopy(notebook)
    for number, cell in enumerate(made["cells"], start=1):
        if cell["cell_type"] == "code":
            _empty(cell, number)
    metadata = made.setdefault("metadata", {})
    metadata.pop("widgets", None)  # the state of widgets is output too
    metadata[_OURS] = {"cells": _digest(made)}
    return made


def write_student_copies(source_dir: str | Path, target_dir: str | Path, *, force: bool = False) -> list[Path]:
    """Write a student copy of every notebook of `source_dir` into `target_dir`; the paths written, in order of name.

    Texts beside the notebooks (the glossary) and the settings for nbgrader go with them as they are. Nothing is written
    unless all can be. A copy that was only run is replaced; one in which a cell was changed, or another text, is left
    alone unless `force`. Errors: `FileError` naming the file, and the cell where marks do not match.
    """
    source, target = Path(source_dir), Path(target_dir)
    if source.resolve() == target.resolve():
        raise FileError(f"{target}: the notebooks themselves are here; choose another folder for the copies")
    copies = {target / path.name: _copy_of(path) for path in sorted(source.glob("*.ipynb"))}
    if not copies:
        raise FileError(f"{source}: there is no notebook (*.ipynb) in this folder")
    texts = {target / path.name: path.read_text(encoding="utf-8") for name in BESIDE for path in source.glob(name)}
    kept = {path: "has been edited" for path in copies if path.exists() and _edited(path)}
    kept |= {path: "differs from the workbook's" for path, text in texts.items() if _differs(path, text)}
    if kept and not force:
        raise FileError("\n".join(f"{path}: {why}; move it, or force its replacement" for path, why in kept.items()))
    texts |= {path: json.dumps(made, ensure_ascii=False, indent=1) + "\n" for path, made in copies.items()}
    for path in sorted(texts):
        write_text(path, texts[path])
    return sorted(texts)


def without_solutions(lines: Iterable[str]) -> Iterator[str]:
    """`lines` with every marked block replaced by one line. Errors: `ValueError` where marks do not match.

    >>> list(without_solutions(["a = 1", "  ### BEGIN SOLUTION", "  b = 2", "  ### END SOLUTION"]))
    ['a = 1', '  ...  # your answer here']
    """
    opened = 0  # the line of the mark that waits for its end; 0 = none
    for number, line in enumerate(lines, start=1):
        if BEGIN in line:
            if opened:
                raise ValueError(f"line {number}: {BEGIN} inside the solution begun on line {opened}")
            opened = number
            yield line[: len(line) - len(line.lstrip())] + ANSWER_HERE
        elif END in line:
            if not opened:
                raise ValueError(f"line {number}: {END} without {BEGIN}")
            opened = 0
        elif not opened:
            yield line
    if opened:
        raise ValueError(f"line {opened}: {BEGIN} without {END}")


def _empty(cell: dict[str, Any], number: int) -> None:
    """Take solutions and outputs out of a code cell; its source stays a text or a list of lines, as it was."""
    try:
        text = "\n".join(without_solutions(_text(cell).split("\n")))
    except ValueError as error:
        raise ValueError(f"cell {number}, {error}") from None
    cell["source"] = text.splitlines(keepends=True) if isinstance(cell["source"], list) else text
    cell["outputs"], cell["execution_count"] = [], None


def _text(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def _digest(notebook: dict[str, Any]) -> str:
    cells = [[cell["cell_type"], _text(cell)] for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def _copy_of(path: Path) -> dict[str, Any]:
    try:
        return student_copy(_read(path))
    except ValueError as error:
        raise FileError(f"{path}: {error}") from None


def _read(path: Path) -> dict[str, Any]:
    """A notebook file. Errors: `ValueError` where it is not one."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise ValueError("is not a notebook of format 4: it has no cells")
    return notebook


def _differs(path: Path, text: str) -> bool:
    """Whether a file at `path` holds another text, whatever ends its lines."""
    try:
        return path.exists() and path.read_text(encoding="utf-8") != text
    except ValueError:  # no UTF-8
        return True


def _edited(path: Path) -> bool:
    """Whether `path` is anything but a student copy with all cells as they were written."""
    try:
        notebook = _read(path)
        return bool(notebook["metadata"][_OURS]["cells"] != _digest(notebook))
    except (ValueError, KeyError, TypeError):
        return True
