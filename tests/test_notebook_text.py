"""What stands in every notebook: stored outputs, exercises and their checks, figures, the top, the rhythm."""

import re
import statistics
from itertools import pairwise
from pathlib import Path
from typing import Any

from notebook_files import FAILED, UNANSWERED, checked, code_cells, every_notebook, lines_of, prose, stored, text, texts

from simulator.workbook import BEGIN, student_copy

ABSOLUTE_PATH = re.compile(
    r"""(?<![\w.:/<])(?:/(?:home|root|Users|tmp|work|opt|usr|var|mnt|srv)/|[A-Za-z]:\\(?!n))[^\s"'<>]*"""
)
LEAST_EXERCISES = 4
WORDS_PER_LINE = (10, 20)  # of prose, per line of code: fewer and it is a program, more and it is an article


# --- outputs ---


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
def test_stored_answers_hold(path: Path) -> None:
    told = [said for _, cell in code_cells(stored(path)) for said in texts(cell)]
    assert not [said for said in told if FAILED in said or UNANSWERED in said]


@every_notebook
def test_every_figure_has_its_words_as_alternative_text_and_printed_under_it(path: Path) -> None:
    for number, cell in code_cells(stored(path)):
        for place, output in enumerate(cell["outputs"]):
            if "image/png" in output.get("data", {}):
                words = output["metadata"].get("image/png", {}).get("alt")
                assert words, f"cell {number}: a figure without words; show it with plots.show(ax, words)"
                under = "".join(texts({"outputs": cell["outputs"][place + 1 :]}))
                assert squeezed(f"Figure: {words}") in squeezed(under), f"cell {number}: {words}"


def squeezed(words: str) -> str:
    return "".join(words.split())  # lines are wrapped at spaces and hyphens


# --- exercises ---


@every_notebook
def test_there_are_enough_exercises(path: Path) -> None:
    exercises = {name for _, cell in code_cells(stored(path)) for name in checked(cell) if name.startswith("exercise")}
    assert len(exercises) >= LEAST_EXERCISES, sorted(exercises)


@every_notebook
def test_each_answer_has_its_cell_and_the_next_one_checks_it(path: Path) -> None:
    cells = stored(path)["cells"]
    for before, cell in pairwise(cells):
        for name in checked(cell):
            assert before["metadata"].get("nbgrader") == answering(name), name
            assert cell["metadata"].get("nbgrader") == checking(name), name
            assert cell["outputs"] and "..." in text(before["source"]), name
    called = [name for cell in cells for name in checked(cell)]
    assert len(called) == len(set(called)), called
    assert len(called) == sum("nbgrader" in cell["metadata"] for cell in cells) / 2


@every_notebook
def test_solutions_stand_in_answer_cells_only(path: Path) -> None:
    """nbgrader refuses to take them out of others, and empties an answer cell that has none."""
    for number, cell in code_cells(stored(path)):
        solution = cell["metadata"].get("nbgrader", {}).get("solution", False)
        assert solution == (BEGIN in text(cell["source"])), f"cell {number}"


def answering(name: str) -> dict[str, Any]:
    """What tells nbgrader that a cell holds the answer."""
    place = f"answer-{name.replace('_', '-')}"
    return {"grade": False, "grade_id": place, "locked": False, "schema_version": 3, "solution": True, "task": False}


def checking(name: str) -> dict[str, Any]:
    """What tells nbgrader that a cell makes a point, if it checks an exercise; a reason is compared, not marked."""
    graded = name.startswith("exercise")
    told = answering(name) | {"grade_id": name.replace("_", "-"), "grade": graded, "locked": True, "solution": False}
    return told | ({"points": 1} if graded else {})


# --- how it reads ---


@every_notebook
def test_the_top_says_how_long_it_takes_and_where_words_are_explained(path: Path) -> None:
    top = prose(stored(path))[0]
    assert re.search(r"\*\*Time:\*\*[^.]*\b\d+\b[^.]*\bminutes\b", top), top
    assert "](glossary.md" in top, top


@every_notebook
def test_links_lead_to_files_that_are_there(path: Path) -> None:
    links = {link for said in prose(stored(path)) for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", said)}
    assert not [link for link in sorted(links) if not (path.parent / link).is_file()]


@every_notebook
def test_code_cells_are_short(path: Path) -> None:
    # solutions are the teacher's; what the reader sees is the student's copy
    lengths = [lines_of(cell) for _, cell in code_cells(student_copy(stored(path)))]
    assert statistics.median(lengths) <= 3, lengths
    assert sum(length < 9 for length in lengths) >= 0.9 * len(lengths), lengths


@every_notebook
def test_prose_and_code_keep_a_rhythm(path: Path) -> None:
    notebook = stored(path)
    words = sum(len(said.split()) for said in prose(notebook))
    lines = sum(lines_of(cell) for _, cell in code_cells(notebook))
    least, most = WORDS_PER_LINE
    assert least <= words / lines <= most, f"{words} words to {lines} lines of code"
