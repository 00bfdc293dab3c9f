"""Student copies: what is taken out, what stays, and what is never overwritten."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.parameters import FileError
from simulator.workbook import ANSWER_HERE, BEGIN, END, student_copy, without_solutions, write_student_copies


def code(source: str | list[str]) -> dict[str, Any]:
    outputs = [{"output_type": "stream", "name": "stdout", "text": ["42\n"]}]
    return {"cell_type": "code", "id": "c0", "metadata": {"tags": ["exercise"]}, "execution_count": 7,
            "outputs": outputs, "source": source}  # fmt: skip


def prose(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": "m0", "metadata": {}, "source": source}


def notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    metadata = {"kernelspec": {"name": "python3"}, "widgets": {"state": {}}}
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


SOLVED = f"share = None\n{BEGIN}\nshare = 0.5\n{END}\nprint(share)"


def put(folder: Path, name: str, *cells: dict[str, Any]) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(json.dumps(notebook(*cells)), encoding="utf-8")
    return path


def change(path: Path, source: str) -> None:
    made = json.loads(path.read_text(encoding="utf-8"))
    made["cells"][0]["source"] = source
    path.write_text(json.dumps(made), encoding="utf-8")


def test_a_solution_becomes_one_line_and_the_rest_stays() -> None:
    made = student_copy(notebook(prose("Predict."), code(SOLVED)))
    assert made["cells"][0] == prose("Predict.")
    assert made["cells"][1]["source"] == f"share = None\n{ANSWER_HERE}\nprint(share)"
    assert made["cells"][1]["metadata"] == {"tags": ["exercise"]}
    assert made["metadata"]["kernelspec"] == {"name": "python3"}


def test_outputs_counts_and_widgets_are_cleared() -> None:
    made = student_copy(notebook(code("6 * 7")))
    assert (made["cells"][0]["outputs"], made["cells"][0]["execution_count"]) == ([], None)
    assert "widgets" not in made["metadata"]


def test_the_notebook_given_is_not_changed() -> None:
    given_one = notebook(code(SOLVED))
    student_copy(given_one)
    assert given_one == notebook(code(SOLVED))


def test_source_as_a_list_of_lines_stays_one() -> None:
    made = student_copy(notebook(code(SOLVED.splitlines(keepends=True))))
    assert made["cells"][0]["source"] == ["share = None\n", f"{ANSWER_HERE}\n", "print(share)"]


def test_two_solutions_in_one_cell_and_a_second_copy_is_the_same() -> None:
    twice = f"def f(x):\n    {BEGIN}\n    return x\n    {END}\n\ndef g(x):\n\t{BEGIN}\n\treturn x\n\t{END}\n"
    once = student_copy(notebook(code(twice)))
    ast.parse(once["cells"][0]["source"])
    assert once["cells"][0]["source"] == f"def f(x):\n    {ANSWER_HERE}\n\ndef g(x):\n\t{ANSWER_HERE}\n"
    assert student_copy(once) == once


def test_marks_in_prose_are_prose() -> None:
    told = prose(f"Write between `{BEGIN}` and `{END}`.")
    assert student_copy(notebook(told))["cells"][0] == told


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (f"x = 1\n{BEGIN}\nx = 2", "line 2: ### BEGIN SOLUTION without ### END SOLUTION"),
        (f"x = 1\n{END}", "line 2: ### END SOLUTION without ### BEGIN SOLUTION"),
        (f"{BEGIN}\n{BEGIN}\n{END}", "line 2: ### BEGIN SOLUTION inside the solution begun on line 1"),
    ],
)
def test_marks_that_do_not_match_name_file_and_cell(tmp_path: Path, source: str, words: str) -> None:
    path = put(tmp_path / "from", "01.ipynb", prose("One."), code(source))
    with pytest.raises(FileError) as told:
        write_student_copies(tmp_path / "from", tmp_path / "to")
    assert str(told.value) == f"{path}: cell 2, {words}"
    assert not (tmp_path / "to").exists()


@given(st.lists(st.tuples(st.lists(st.sampled_from(["a = 1", "", "    b = '答'"])), st.booleans())))
def test_what_stands_outside_solutions_is_kept_in_order(parts: list[tuple[list[str], bool]]) -> None:
    lines = [line for part, solved in parts for line in ([BEGIN, *part, END] if solved else part)]
    kept = [line for part, solved in parts for line in ([ANSWER_HERE] if solved else part)]
    assert list(without_solutions(lines)) == kept


def test_copies_are_written_as_utf8_in_order_of_name(tmp_path: Path) -> None:
    put(tmp_path / "from", "02.ipynb", code("x = '留存'"))
    put(tmp_path / "from", "01.ipynb", code(SOLVED))
    written = write_student_copies(tmp_path / "from", tmp_path / "to")
    assert written == [tmp_path / "to" / "01.ipynb", tmp_path / "to" / "02.ipynb"]
    assert "留存" in written[1].read_text(encoding="utf-8")
    assert sorted(tmp_path.joinpath("to").iterdir()) == written


def test_a_copy_that_was_only_run_is_replaced(tmp_path: Path) -> None:
    put(tmp_path / "from", "01.ipynb", code(SOLVED))
    (path,) = write_student_copies(tmp_path / "from", tmp_path / "to")
    ran = json.loads(path.read_text(encoding="utf-8"))
    ran["cells"][0] |= {"outputs": [{"output_type": "error"}], "execution_count": 1}
    path.write_text(json.dumps(ran), encoding="utf-8")
    put(tmp_path / "from", "01.ipynb", code("better = 1"))
    write_student_copies(tmp_path / "from", tmp_path / "to")
    assert "better" in path.read_text(encoding="utf-8")


def test_an_edited_copy_is_kept_and_then_nothing_is_written(tmp_path: Path) -> None:
    put(tmp_path / "from", "01.ipynb", code(SOLVED))
    put(tmp_path / "from", "02.ipynb", code(SOLVED))
    first, second = write_student_copies(tmp_path / "from", tmp_path / "to")
    change(second, "my_answer = 1")
    first.unlink()
    with pytest.raises(FileError, match=r"02\.ipynb: has been edited; move it, or force"):
        write_student_copies(tmp_path / "from", tmp_path / "to")
    assert not first.exists()
    assert "my_answer" in second.read_text(encoding="utf-8")
    write_student_copies(tmp_path / "from", tmp_path / "to", force=True)
    assert "my_answer" not in second.read_text(encoding="utf-8")


def test_texts_and_settings_beside_the_notebooks_go_along_and_nothing_else(tmp_path: Path) -> None:
    put(tmp_path / "from", "01.ipynb", code(SOLVED))
    beside = {"glossary.md": "# 词汇 Glossary\n", "nbgrader_config.py": "c = get_config()\n"}
    for name, said in (beside | {"solutions.txt": "0.5", "make.py": "0.5"}).items():
        (tmp_path / "from" / name).write_text(said, encoding="utf-8")
    for _ in range(2):  # the second time they are there, unchanged
        written = write_student_copies(tmp_path / "from", tmp_path / "to")
        assert [path.name for path in written] == ["01.ipynb", "glossary.md", "nbgrader_config.py"]
        assert sorted(tmp_path.joinpath("to").iterdir()) == written
    assert {path.name: path.read_text(encoding="utf-8") for path in written[1:]} == beside


@pytest.mark.parametrize("notes", [b"# Glossary, and what I think of it\n", b"\xff"])
def test_another_text_of_the_same_name_is_kept_unless_forced(tmp_path: Path, notes: bytes) -> None:
    put(tmp_path / "from", "01.ipynb", code(SOLVED))
    (tmp_path / "from" / "glossary.md").write_text("# Glossary\n", encoding="utf-8")
    (tmp_path / "to").mkdir()
    mine = tmp_path / "to" / "glossary.md"
    mine.write_bytes(notes)
    with pytest.raises(FileError, match=r"glossary\.md: differs from the workbook's; move it, or force"):
        write_student_copies(tmp_path / "from", tmp_path / "to")
    assert list(tmp_path.joinpath("to").iterdir()) == [mine] and mine.read_bytes() == notes
    write_student_copies(tmp_path / "from", tmp_path / "to", force=True)
    assert mine.read_text(encoding="utf-8") == "# Glossary\n"


@pytest.mark.parametrize("contents", ["my notes", "[]", '{"cells": []}', json.dumps(notebook(code("mine = 1")))])
def test_a_file_that_is_no_copy_of_ours_is_kept(tmp_path: Path, contents: str) -> None:
    put(tmp_path / "from", "01.ipynb", code(SOLVED))
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / "01.ipynb").write_text(contents, encoding="utf-8")
    with pytest.raises(FileError, match="has been edited"):
        write_student_copies(tmp_path / "from", tmp_path / "to")


def test_the_notebooks_are_never_their_own_copies(tmp_path: Path) -> None:
    put(tmp_path, "01.ipynb", code(SOLVED))
    with pytest.raises(FileError, match="the notebooks themselves are here"):
        write_student_copies(tmp_path, tmp_path / ".", force=True)


@pytest.mark.parametrize(("contents", "words"), [("{", "Expecting"), ('{"worksheets": []}', "has no cells")])
def test_a_source_that_is_no_notebook_is_named(tmp_path: Path, contents: str, words: str) -> None:
    (tmp_path / "bad.ipynb").write_text(contents, encoding="utf-8")
    with pytest.raises(FileError, match=rf"bad\.ipynb: .*{words}"):
        write_student_copies(tmp_path, tmp_path / "to")


def test_a_folder_without_notebooks_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no notebook"):
        write_student_copies(tmp_path, tmp_path / "to")
