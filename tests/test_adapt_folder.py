"""The folder of an adaptation: nobody's data leave it, edits are kept, nothing is half-written."""

import re
import shutil
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from clients import NAMES, adapted_into, found_in, page_of, secrets_of
from nbclient import NotebookClient

from simulator import plots
from simulator.adapt import answers
from simulator.adapt_folder import Folder
from simulator.amounts import in_other_money
from simulator.casebook import load
from simulator.options import read_options
from simulator.parameters import FileError
from simulator.store import Store

plots.draw_without_screen()


def test_no_id_name_or_phone_of_the_log_is_in_any_file(whole, personal):
    out, _, written = whole
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert files == set(written)
    assert {Path(name).suffix for name in files} == {".html", ".csv", ".toml", ".md", ".txt", ".png", ".svg", ".ipynb"}
    assert len(secrets_of(personal)) > 1000
    assert found_in(out, secrets_of(personal)) == []


def test_a_secret_would_be_found(tmp_path, personal):
    (tmp_path / "a.svg").write_text(f"<text>{NAMES[0]}</text>", encoding="utf-8")
    (tmp_path / "b.png").write_bytes(b"\x89PNG" + personal["customer_id"].iloc[0].encode())
    assert {name for name, _ in found_in(tmp_path, secrets_of(personal))} == {"a.svg", "b.png"}


@pytest.mark.usefixtures("no_figures")
def test_a_collective_account_is_remarked_on_without_its_id(tmp_path, case, orders, personal):
    frame = personal.copy()
    frame.loc[frame.index[::5], "customer_id"] = "王小明 & walk-in"
    frame.to_csv(tmp_path / "log.csv", index=False)
    adapted_into(tmp_path / "out", case, tmp_path / "log.csv")
    assert "collective account" in page_of(tmp_path / "out")
    assert found_in(tmp_path / "out", ["walk-in", "王小明"]) == []


@pytest.mark.usefixtures("no_figures")
def test_an_edited_answer_counts_and_is_kept(tmp_path, case, orders):
    out = tmp_path / "out"
    first, _ = adapted_into(out, case, orders)
    text = (out / "client.toml").read_text(encoding="utf-8")
    text = re.sub(r"^gross_margin_share = .*", "gross_margin_share = 0.9 # said the boss", text, flags=re.MULTILINE)
    text = re.sub(r"^already_runs = .*", 'already_runs = ["=points <b>card</b>"]', text, flags=re.MULTILINE)
    text = re.sub(r"^confirmed = .*", 'confirmed = ["failure_share"]', text, flags=re.MULTILINE)
    (out / "client.toml").write_text(text, encoding="utf-8")
    second, written = adapted_into(out, case, orders)
    assert "client.toml" not in written and (out / "client.toml").read_text(encoding="utf-8") == text
    before, after = (each.comparison.by_replicate.set_index("measure")["off"] for each in (first, second))
    assert after["margin"].sum() > 1.5 * before["margin"].sum()
    assert Store.read(out / "case" / "store.toml").spend.gross_margin_share == 0.9
    assert {row["field"] for row in answers(second) if row["stated"]} == {"gross_margin_share", "already_runs",
                                                                         "failure_share"}  # fmt: skip
    page = page_of(out)
    row = re.search(r'<span class="small">gross_margin_share</span>.*?</tr>', page)
    assert row and "<td>stated</td>" in row[0]
    assert "=points &lt;b&gt;card&lt;/b&gt;" in page and "Stopping it is an assumption, not a finding" in page
    assert "client.toml" in second.inputs and "client.toml" not in first.inputs


@pytest.mark.usefixtures("no_figures")
def test_an_edited_case_is_never_overwritten_without_force(tmp_path, case, orders):
    out = tmp_path / "out"
    adapted_into(out, case, orders)
    assert [each.name for each in (out / "case").iterdir()]
    options = (out / "case" / "practices.toml").read_text(encoding="utf-8").replace('"card"', '"our card"')
    (out / "case" / "practices.toml").write_text(options, encoding="utf-8")
    (out / "case" / "case.md").write_text("# Ours\n", encoding="utf-8")
    found, _ = adapted_into(out, case, orders)
    assert list(found.comparison.options) == ["=answer", "our card"]
    assert load(out / "case").title == "Ours" and "our card" in read_options(out / "case" / "practices.toml")
    text = (out / "case" / "store.toml").read_text(encoding="utf-8")
    edited = text.replace("failure_share = 0.3", "failure_share = 0.2")
    (out / "case" / "store.toml").write_text(edited, encoding="utf-8")
    with pytest.raises(FileError, match=r"store\.toml: was edited since it was written.*--force"):
        adapted_into(out, case, orders)
    assert (out / "case" / "store.toml").read_text(encoding="utf-8") == edited
    adapted_into(out, case, orders, force=True)
    assert list(read_options(out / "case" / "practices.toml")) == ["=answer", "card"]
    assert load(out / "case").store.service.failure_share == 0.3


@pytest.mark.usefixtures("no_figures")
def test_the_adapted_case_says_where_it_comes_from_and_runs(tmp_path, case, orders):
    out = tmp_path / "out"
    found, _ = adapted_into(out, case, orders)
    made = load(out / "case")
    assert made.title.startswith("The corner 街角 (adapted to ") and "Adapted from the case `corner`" in made.story
    assert made.store == found.store and made.options == found.comparison.options and "What now?" in made.story
    assert made.options == in_other_money(case.options, found.money_factor)
    teaching = (out / "case" / "teaching.md").read_text(encoding="utf-8")
    assert (
        teaching.startswith("> The numbers in this text are those of the original case") and "Margin: 12." in teaching
    )


def test_its_analysis_runs_elsewhere(whole, tmp_path):
    """Cell by cell in a copied folder, as its reader would; it ends in a recommendation that is still to be written."""
    home = shutil.copytree(whole[0] / "case", tmp_path / "a copy")
    notebook = nbformat.read(home / "analysis.ipynb", as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(home)}}).execute()
    said = "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", ()))
    assert "The corner 街角 (adapted to " in said and "=answer" in said
    assert "".join(cell.source for cell in notebook.cells).count("## The recommendation") == 1


def test_the_same_inputs_give_the_same_files(tmp_path, case, orders):
    for name in ("one", "two"):
        adapted_into(tmp_path / name, case, orders)
    for path in (path for path in (tmp_path / "one").rglob("*") if path.is_file()):
        assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes(), path.name


@pytest.mark.usefixtures("no_figures")
def test_tables_of_options_that_are_gone_go_and_other_files_stay(tmp_path, case, orders):
    out = tmp_path / "out"
    adapted_into(out, case, orders)
    (out / "tables" / "mine.csv").write_text("x")
    options = (out / "case" / "practices.toml").read_text(encoding="utf-8")
    (out / "case" / "practices.toml").write_text(
        options[: options.index('[[option]]\nname = "card"')], encoding="utf-8"
    )
    adapted_into(out, case, orders)
    assert not list((out / "figures").glob("option-2-*")) and (out / "tables" / "mine.csv").is_file()


def test_formulas_are_neutralised_in_every_table(whole):
    out, names = whole[0], set()
    for path in (out / "tables").glob("*.csv"):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        cells = [*table.columns, *table.to_numpy().ravel().tolist()]
        assert not [each for each in cells if re.match(r"[=@\t\r]|[+-](?![\d.]+(e[+-]?\d+)?$|inf)", each)], path.name
        names |= {each for each in cells if "=answer" in each}
    assert names == {"'=answer", "part of the option “=answer”"}


@pytest.mark.usefixtures("no_figures")
def test_the_folder_of_somebody_else_is_left_alone(tmp_path, case, orders):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letters.txt").write_text("keep")
    with pytest.raises(FileError, match=r"holds other files \(letters\.txt\)"):
        Folder.at(tmp_path / "out", case, orders)
    adapted_into(tmp_path / "mine", case, orders)
    with pytest.raises(FileError, match="an earlier run wrote it"):
        Folder.at(tmp_path / "mine", load(tmp_path / "mine" / "case"), orders)


@pytest.mark.usefixtures("no_figures")
def test_nothing_is_half_written(tmp_path, case, orders, monkeypatch):
    def broken(*_args):
        raise OSError("disk full")

    monkeypatch.setattr("simulator.adapt_folder._into_place", broken)
    with pytest.raises(OSError, match="disk full"):
        adapted_into(tmp_path / "out", case, orders)
    assert not (tmp_path / "out").exists() and not list(tmp_path.glob(".adapt-*"))
