"""Points by nbgrader: what it releases is our student copy, a solved one earns them all, one left as it was none."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from notebook_files import NOTEBOOKS, UNANSWERED, checked, code_cells, every_notebook, stored, text, texts

from simulator.workbook import ANSWER_HERE, student_copy, write_student_copies

pytest.importorskip("nbgrader", reason="nbgrader is not installed; it comes with the extra `grading`")

from nbgrader.preprocessors import CheckCellMetadata, ClearOutput, ClearSolutions
from traitlets.config import PyFileConfigLoader

SETTINGS = NOTEBOOKS[0].parent / "nbgrader_config.py"
START = "00_start_here.ipynb"


@every_notebook
def test_nbgrader_takes_out_what_student_copies_take_out(path: Path) -> None:
    made, config = nbformat.read(path, as_version=4), PyFileConfigLoader(str(SETTINGS)).load_config()
    for step in (ClearSolutions, ClearOutput, CheckCellMetadata):  # of those of generate_assignment, what touches cells
        made, _ = step(config=config).preprocess(made, {})
    assert sources(made) == sources(student_copy(stored(path)))


# --- a course, from the notebook to the points ---


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course of one notebook: released, handed in by two, one of whom did nothing, and graded."""
    folder = tmp_path_factory.mktemp("一 course")
    shutil.copy(SETTINGS, folder)
    put(SETTINGS.with_name(START), folder / "source" / "start")
    nbgrader(folder, "generate_assignment", "start")
    write_student_copies(SETTINGS.parent, folder / "copies")
    put(SETTINGS.with_name(START), folder / "submitted" / "solved" / "start")
    put(folder / "copies" / START, folder / "submitted" / "untouched" / "start")
    nbgrader(folder, "autograde", "start")
    nbgrader(folder, "export")
    return folder


def test_the_release_is_our_student_copy(course: Path) -> None:
    released = stored(course / "release" / "start" / START)
    assert sources(released) == sources(stored(course / "copies" / START))
    assert ANSWER_HERE in "".join(sources(released))


def test_solved_earns_every_point_and_untouched_none(course: Path) -> None:
    exercises = sum(len(checked(cell)) for _, cell in code_cells(stored(SETTINGS.with_name(START))))
    grades = pd.read_csv(course / "grades.csv").set_index("student_id")
    assert grades["score"].to_dict() == {"solved": exercises, "untouched": 0}
    assert set(grades["max_score"]) == {exercises}


def test_points_are_lost_at_the_checks_only_and_show_no_line_of_them(course: Path) -> None:
    for who, raised in (("solved", False), ("untouched", True)):
        graded = stored(course / "autograded" / who / "start" / START)
        for number, cell in code_cells(graded):
            errors = [output for output in cell["outputs"] if output["output_type"] == "error"]
            assert bool(errors) == (raised and bool(checked(cell))), f"{who}, cell {number}"
            assert not errors or UNANSWERED in " ".join(texts(cell))
            assert all(text(error["traceback"]) == f"NotRight: {error['evalue']}" for error in errors)


def sources(notebook: dict[str, Any]) -> list[str]:
    return [text(cell["source"]) for cell in notebook["cells"]]


def put(path: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    shutil.copy(path, folder)


def nbgrader(course: Path, *words: str) -> None:
    """The command, as a trainer runs it in the folder of his course."""
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])  # it calls other commands
    environment = os.environ | {"PATH": path, "JUPYTER_CONFIG_DIR": str(course / "none")}
    ran = subprocess.run([sys.executable, "-m", "nbgrader", *words], cwd=course, env=environment, capture_output=True)
    assert ran.returncode == 0, ran.stderr.decode("utf-8", "replace")
