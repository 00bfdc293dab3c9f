"""Cases: found, checked, copied and run; a small case made here, so that the real ones may change."""

from pathlib import Path

import pytest
from commands import refused, run
from worlds import small_store

from simulator import casebook
from simulator.measures import Horizon
from simulator.options import options_to_toml
from simulator.parameters import FileError
from simulator.practices import ComplaintRecovery, VipScheme


@pytest.fixture
def corner(tmp_path: Path) -> Path:
    folder = tmp_path / "casebook" / "corner"
    folder.mkdir(parents=True)
    (folder / "case.md").write_text("# The corner 街角\n\nWhat now?\n", encoding="utf-8")
    small_store(name="Corner").write(folder / "store.toml")
    options = {"answer": [ComplaintRecovery()], "card": [VipScheme()]}
    (folder / "practices.toml").write_text(options_to_toml(options), encoding="utf-8")
    return folder


def test_a_case_is_what_its_folder_holds(corner: Path) -> None:
    case = casebook.load(corner)
    assert (case.name, case.title) == ("corner", "The corner 街角")
    assert case.store == small_store(name="Corner") and case.options["card"] == (VipScheme(),)
    assert [each.name for each in casebook.cases(corner.parent)] == ["corner"]
    assert casebook.find_casebook(corner) == corner.parent


def test_a_dataset_is_found_above_or_beside_the_source(tmp_path: Path) -> None:
    mine = tmp_path / "datasets" / "mine"
    mine.mkdir(parents=True)
    (mine / "orders.csv").write_text("order_id\n")
    assert casebook.find_dataset("mine", tmp_path / "notebooks") == mine
    beside = Path(__file__).resolve().parents[1] / "datasets" / "online-shop"
    assert casebook.find_dataset("online-shop", tmp_path) == beside
    with pytest.raises(FileError, match="there is no folder datasets/theirs"):
        casebook.find_dataset("theirs", tmp_path)


@pytest.mark.parametrize("name", casebook.NEEDED)
def test_what_is_missing_is_named(corner: Path, name: str) -> None:
    (corner / name).unlink()
    with pytest.raises(FileError, match=f"corner: {name}: a case needs"):
        casebook.load(corner)


def test_a_case_needs_a_title(corner: Path) -> None:
    (corner / "case.md").write_text("no title\n")
    with pytest.raises(FileError, match="its title is missing"):
        casebook.load(corner)


def test_a_copy_can_be_edited_and_run_elsewhere(corner: Path, tmp_path: Path) -> None:
    copied = tmp_path / "somewhere" / "我的 case"
    written = casebook.copy(casebook.load(corner), copied)
    assert sorted(path.name for path in written) == ["case.md", "practices.toml", "store.toml"]
    small_store(name="Mine").write(copied / "store.toml")
    found = casebook.run(casebook.load(copied), replicates=2, horizon=Horizon(20, 8))
    assert found.store.name == "Mine" and list(found.options) == ["answer", "card"]
    assert casebook.load(corner).store.name == "Corner"


def test_a_copy_never_overwrites(corner: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(FileError, match="is there already"):
        casebook.copy(casebook.load(corner), tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]
    assert not list(tmp_path.glob(".case-*"))


def test_an_unknown_case_names_those_there_are(corner: Path) -> None:
    with pytest.raises(FileError, match="allowed: corner"):
        casebook.choose("square", corner.parent.parent)


def test_the_commands_list_copy_and_run(corner: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "corner\n    The corner 街角\n    options: answer, card" in run("cases").stdout
    assert "case.md" in run("case", "copy", "corner", "mine").stdout
    told = run("case", "run", "mine", "--replicates", 2, "--draws", 0, "--out", "out").stdout
    assert "The corner 街角" in told and (tmp_path / "out" / "comparison.html").is_file()
    assert "allowed: corner" in refused("case", "run", "square")
    assert "is there already" in refused("case", "copy", "corner", "mine")
