"""Every case of the casebook is complete, can be run, and says what is known, borrowed and assumed."""

import json
import re
from pathlib import Path

import pytest

from simulator import casebook
from simulator.casebook import ANALYSIS, FILES, TEACHING
from simulator.measures import Horizon

FOLDER = Path(__file__).resolve().parents[1] / "casebook"
PROMISED: set[str] = {
    "apparel-vip-that-failed",
    "bank-account-managers",
    "beauty-salon",
    "department-store-vip",
    "home-store-monthly-calls",
    "hotel-complaints",
    "online-shop-winback",
    "spare-parts-48-hours",
}
CASES = sorted(path.parent for path in FOLDER.glob("*/case.md"))
HEADINGS = ("The story", "The people", "The decision", "The data", "What is known, borrowed and assumed", "Questions")
TAUGHT = ("Purpose", "Timing", "Board plan", "Expected answers", "Three wrong recommendations", "A defensible minority")

every_case = pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)


def headings(path: Path) -> list[str]:
    return re.findall(r"^## (.+?)\s*$", path.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_promised_cases_are_there() -> None:
    assert {folder.name for folder in CASES} >= PROMISED


@every_case
def test_it_is_complete(folder: Path) -> None:
    assert [name for name in FILES if not (folder / name).is_file()] == []
    assert headings(folder / "case.md") == list(HEADINGS)
    assert headings(folder / TEACHING) == list(TAUGHT)


@every_case
def test_its_options_run(folder: Path) -> None:
    case = casebook.load(folder)
    assert len(case.options) >= 3
    found = casebook.run(case, replicates=2, horizon=Horizon(12, 6))
    assert set(found.measures["option"]) == set(case.options)


@every_case
def test_wrong_recommendations_name_the_numbers_that_tempted(folder: Path) -> None:
    wrong = (folder / TEACHING).read_text(encoding="utf-8").split("## Three wrong recommendations")[1].split("\n## ")[0]
    found = re.findall(r"^\d\. .*$", wrong, re.MULTILINE)
    assert len(found) == 3 and all(re.search(r"\d", each.split(".", 1)[1]) for each in found)


@every_case
def test_its_analysis_ends_in_a_recommendation_and_names_no_company(folder: Path) -> None:
    cells = json.loads((folder / ANALYSIS).read_text(encoding="utf-8"))["cells"]
    prose = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert re.search(r"^## .*[Rr]ecommendation", prose, re.MULTILINE)
    told = prose + "".join((folder / name).read_text(encoding="utf-8") for name in ("case.md", TEACHING))
    assert not re.search(r"Dell|友谊|Friendship Store|IBM|China Mobile|ICBC|Metro Group|王老吉|Haier", told)


def test_no_two_cases_share_a_decisive_mechanism() -> None:
    """Each teaching note names its own in one line: "Decisive mechanism: …"."""
    named = [re.findall(r"^Decisive mechanism: (.+)$", (folder / TEACHING).read_text(encoding="utf-8"), re.MULTILINE)
             for folder in CASES]  # fmt: skip
    assert all(len(each) == 1 for each in named), named
    assert len({each[0] for each in named}) == len(named)


@every_case
def test_a_copy_for_students_holds_no_answers(folder: Path, tmp_path: Path) -> None:
    written = {path.name for path in casebook.copy(casebook.load(folder), tmp_path / "class", for_students=True)}
    assert written == set(FILES) - {TEACHING}
    cells = json.loads((tmp_path / "class" / ANALYSIS).read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert not any(cell["outputs"] for cell in code)
    assert not any("SOLUTION" in "".join(cell["source"]) for cell in code)
    assert sum("your answer here" in "".join(cell["source"]) for cell in code) >= 2
