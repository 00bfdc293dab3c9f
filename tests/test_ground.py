"""The ground rules of the house: what every file keeps to, and what the first reader finds."""

import ast
import inspect
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import simulator
from simulator.options import practice_classes

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(ROOT.joinpath("src").rglob("*.py"))
LEFT_BY_TOOLS = {".git", ".venv", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".ipynb_checkpoints",
                 "__pycache__", "out", "build", "dist"}  # fmt: skip
BINARY = {".png", ".jpg", ".xlsx", ".gz", ".zip", ".npz", ".parquet", ".pdf", ".ttf", ".otf", ".woff2"}
# where the house was built is nobody's business
ELSEWHERE = re.compile(r"(?<![\w.])/(?:work|root|opt)/|(?<![\w-])shared/|\.library\b")

each_source = pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())


def files() -> list[Path]:
    """Every file that is, or is about to be, part of the project: as git says, or all but what tools leave behind."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        return [path for path in ROOT.rglob("*") if path.is_file() and not _left_by_tools(path)]
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


def _left_by_tools(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return any(part in LEFT_BY_TOOLS or part.endswith(".egg-info") for part in parts)


def read(name: str) -> str:
    return ROOT.joinpath(name).read_text(encoding="utf-8")


def project() -> dict[str, object]:
    return dict(tomllib.loads(read("pyproject.toml"))["project"])


# --- what the first reader finds ---


def test_the_newest_entry_of_the_changelog_is_this_version() -> None:
    newest = re.search(r"^## \[?(\d+\.\d+\.\d+)", read("CHANGELOG.md"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == project()["version"]


def test_the_first_screen_of_the_readme_names_both_commands() -> None:
    first_screen = "\n".join(read("README.md").splitlines()[:40])
    assert "make run" in first_screen
    assert "make test" in first_screen


def test_the_license_is_the_one_declared() -> None:
    assert project()["license"] == read("LICENSE").split()[0] == "MIT"


def test_the_practice_in_contributing_runs_and_its_test_passes() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", read("CONTRIBUTING.md"), re.MULTILINE | re.DOTALL)
    names: dict[str, object] = {"__name__": "contributing"}
    for block in blocks:
        exec(compile(block, "CONTRIBUTING.md", "exec"), names)
    tests = [value for name, value in names.items() if name.startswith("test_")]
    assert tests
    for test in tests:
        test()  # type: ignore[operator]


def test_the_lines_of_python_in_the_readme_run(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```", read("README.md"), re.MULTILINE | re.DOTALL)
    assert len(block.splitlines()) == 6
    faster = block.replace("replicates=10", "replicates=2")
    assert faster != block
    exec(compile(faster, "README.md", "exec"), {})
    shown = capsys.readouterr().out
    assert "lifetime value" in shown and "sales on the card" in shown


def test_every_file_contributing_names_is_there() -> None:
    rows = [line for line in read("CONTRIBUTING.md").splitlines() if line.startswith("|")]
    named = {name for row in rows for name in re.findall(r"`([a-z_]+\.(?:py|toml))`", row)}
    assert not [name for name in sorted(named) if not list(ROOT.joinpath("src").rglob(name))]


# --- what was checked before the tests ---


def test_ruff_and_mypy_found_nothing() -> None:
    """`make test` runs both first and says here which of them failed."""
    assert os.environ.get("LOYALTY_FAILED_CHECKS", "").split() == []


# --- what every file keeps to ---


def test_every_text_file_is_utf8_and_names_no_place_outside() -> None:
    for path in files():
        if path.suffix not in BINARY and "bad_logs" not in path.parts:
            told = path.read_bytes().decode("utf-8")  # an error names the byte
            place = ELSEWHERE.search(told)
            assert place is None or "tests" in path.relative_to(ROOT).parts, f"{path}: {place}"


def test_every_dependency_has_a_lower_bound() -> None:
    wanted = dict(main=project()["dependencies"], **project()["optional-dependencies"])  # type: ignore[dict-item]
    loose = [each for group in wanted.values() for each in group if not re.search(r">=\d|loyalty-workbook", each)]
    assert not loose


def test_few_public_names_each_with_a_docstring() -> None:
    practices = set(practice_classes())
    assert len(set(simulator.__all__) - practices) <= 25
    assert practices <= set(simulator.__all__), "a practice is imported in simulator/__init__.py, too"
    assert sorted(simulator.__all__, key=str.lower) == sorted(set(simulator.__all__), key=str.lower)
    assert not [name for name in simulator.__all__ if not inspect.getdoc(getattr(simulator, name))]


@pytest.mark.parametrize("practice", sorted(practice_classes()))
def test_a_practice_is_whole(practice: str) -> None:
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", practice).lower()
    for path in (
        f"src/simulator/practices/{name}.py",
        f"src/simulator/ledger/{name}.toml",
        f"tests/practices/test_{name}.py",
    ):
        assert (ROOT / path).exists(), f"{practice}: there is no {path}; CONTRIBUTING.md says what belongs into it"


@each_source
def test_sources_say_what_they_are(path: Path) -> None:
    """How long they may be, and who may import whom, is in test_layout.py."""
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@each_source
def test_files_are_opened_with_an_encoding(path: Path) -> None:
    bare = [f"{path.name}:{call.lineno}" for call in text_openings(ast.parse(path.read_text(encoding="utf-8")))
            if not any(word.arg in ("encoding", None) for word in call.keywords)]  # fmt: skip
    assert not bare


def text_openings(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls that open a file as text: open, fdopen, read_text, write_text; not in binary mode, not our own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and opens_a_file(node.func) and not opens_bytes(node):
            yield node


def opens_a_file(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in ("open", "fdopen")  # parameters.write_text is ours, always UTF-8
    if not isinstance(function, ast.Attribute) or function.attr not in ("open", "fdopen", "read_text", "write_text"):
        return False
    owner = function.value.id if isinstance(function.value, ast.Name) else ""
    return owner != "webbrowser" and not owner[:1].isupper()  # a class of ours, such as Round.open


def opens_bytes(call: ast.Call) -> bool:
    given = [*call.args, *(word.value for word in call.keywords if word.arg == "mode")]
    modes = [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return any(re.fullmatch(r"[rwax+]*b[rwax+]*", mode) for mode in modes)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("open('x')", 1),
        ("open('x', 'rb')", 0),
        ("path.open(mode='wb')", 0),
        ("os.fdopen(3, 'w')", 1),
        ("path.read_text()", 1),
        ("write_text(path, told)", 0),
        ("Round.open(rows)", 0),
        ("webbrowser.open(address)", 0),
    ],
)
def test_text_openings_are_found(source: str, found: int) -> None:
    assert len(list(text_openings(ast.parse(source)))) == found
