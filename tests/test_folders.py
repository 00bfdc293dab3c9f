"""Folders of results."""

import pandas as pd
import pytest

from simulator.folders import as_csv, check_folder, find_notebooks, harmless, write_folder
from simulator.parameters import FileError


def test_folders_of_others_are_refused_and_inputs_are_left_alone(tmp_path):
    folder = tmp_path / "a b"
    check_folder(folder)
    check_folder(None)
    assert set(write_folder(folder, {"x.csv": "1"})) == {"README.txt", "x.csv"}
    check_folder(folder)
    write_folder(folder, {"x.csv": "2", "README.txt": "columns"})
    assert (folder / "x.csv").read_text() == "2"
    assert "columns" in (folder / "README.txt").read_text()
    other = tmp_path / "other"
    other.mkdir()
    mine = other / "store.toml"
    mine.write_text("mine")
    with pytest.raises(FileError, match=r"other: holds other files \(store.toml\); allowed: a new or an empty folder"):
        check_folder(other)
    check_folder(other, mine, None)
    assert "store.toml" not in write_folder(other, {"store.toml": "new", "y.csv": "1"}, mine)
    assert mine.read_text() == "mine"
    with pytest.raises(FileError, match="is a file"):
        check_folder(mine)


def test_notebooks_are_found_from_the_folder_upward(tmp_path):
    inner = tmp_path / "notebooks" / "solutions"
    inner.mkdir(parents=True)
    (tmp_path / "notebooks" / "01.ipynb").write_text("{}")
    assert find_notebooks(inner) == find_notebooks(tmp_path) == tmp_path / "notebooks"


def test_harmless_cells():
    for cell in ("=1", "+cmd", "-cmd|x", "@a", "\ta", "\rb", " =1", "-1+1", "+1 555-CALL", "＝1", "\n=1"):
        assert harmless(cell) == f"'{cell}"
    for same in (-1.5, "-1.5", "+2", "-¥1,234.50", "−1", "a=b", "", None, 7, "王", "-1 %"):
        assert harmless(same) == same
    assert as_csv(pd.DataFrame({"=x": ["=1", None], "y": [-1.0, 2.5]})) == "'=x,y\n'=1,-1.0\n,2.5\n"
