"""A case adapted to an order log: nobody's data leave it, what is assumed is called assumed, edits are kept."""

import dataclasses
import re
import shutil
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from clients import HORIZON, NAMES, found_in, make_case, secrets_of
from nbclient import NotebookClient

from simulator import plots
from simulator.adapt import Plan, adapt, answers, kept_fixed
from simulator.adapt_folder import Folder, write
from simulator.calibration import FitError
from simulator.casebook import load
from simulator.client import ASKED, Client
from simulator.folders import as_csv, harmless
from simulator.options import read_options
from simulator.orders import read_orders
from simulator.parameters import FileError, replaced
from simulator.store import Store

plots.draw_without_screen()
PLAN = Plan(replicates=2, draws=2, horizon=HORIZON)
QUICK = dataclasses.replace(PLAN, draws=0, holdout_weeks=0)
EVIL = "<script>alert(1)</script>"


def adapted_into(out, case, orders, plan=QUICK, force=False):
    """The whole path from log to folder."""
    folder = Folder.at(out, case, orders, force)
    found = adapt(read_orders(orders), case, folder.client(case), options=folder.options(case), plan=plan,
                  inputs=folder.inputs(case, orders), command="loyalty adapt …")  # fmt: skip
    return found, write(found, folder)


@pytest.fixture(scope="module")
def whole(orders, tmp_path_factory):
    """An adaptation with all that belongs to one: its folder, what was found, and the files written."""
    place = tmp_path_factory.mktemp("whole")
    found, written = adapted_into(place / "out", load(make_case(place / "corner")), orders, PLAN)
    assert not list(place.glob(".adapt-*"))
    return place / "out", found, written


def page_of(out: Path) -> str:
    return (out / "report.html").read_text(encoding="utf-8")


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


def test_the_report_says_all_it_should(whole):
    out, found, _ = whole
    page = page_of(out)
    text = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    for words in ("What was read and dropped", "were kept and 0 dropped", "weeks held out there were",
                  "Nobody said what the shop already runs", "chance of a loss", "mean (95 %)", "one store (90 %)",
                  "assumptions (90 %)", "lifetime value", "Which assumptions drive the result",
                  "true in the simulated store", "All assumptions with their sources", "seed 0",
                  "loyalty adapt …", *found.inputs.values(), *found.inputs):  # fmt: skip
        assert words in text, words
    assert page.count("data:image/png") >= 8 and "<script" not in page and "http" not in page and "@page" in page
    assert "the corner's own card" not in page.replace("&#39;", "'")  # what the case's shop runs, the client need not


@pytest.mark.usefixtures("no_figures")
def test_what_the_log_cannot_tell_is_assumed_until_stated(tmp_path, case, orders):
    found, _ = adapted_into(tmp_path / "out", case, orders)
    assert {row["field"] for row in answers(found) if not row["stated"]} == set(ASKED) - {"new_customers_per_week"}
    page = page_of(tmp_path / "out")
    for field in ("failure_share", "to_staff_share", "hours_per_week", "gross_margin_share", "already_runs"):
        row = re.search(rf'<span class="small">{field}</span>.*?</tr>', page)
        assert row and "<td>assumed</td>" in row[0]


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
    assert made.store == found.store and made.options == case.options and "What now?" in made.story
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


def test_what_a_client_states_is_not_drawn_and_what_a_case_says_is(tmp_path, orders):
    """The corner's share of wallet is not this client's, until the client says so."""
    case = load(make_case(tmp_path / "corner"))
    case = dataclasses.replace(case, store=replaced(case.store, {"response.share_of_wallet": 0.35}))
    told = dataclasses.replace(Client.of(case.store), confirmed=("share_of_wallet",))
    drawn = {}
    for name, client in {"assumed": None, "confirmed": told}.items():
        found = adapt(read_orders(orders), case, client, plan=dataclasses.replace(QUICK, draws=2, bootstrap=0))
        assert found.comparison.ignorance is not None
        drawn[name] = "store.response.share_of_wallet" in found.comparison.ignorance
        kept = {row["parameter"]: row["why"] for row in kept_fixed(found)}
        assert (kept.get("store: response.share_of_wallet") == "stated by the client") is (name == "confirmed")
        assert kept["store: service.failure_share"] == "set by the case"  # 30 %: beyond what the ledger believes
    assert drawn == {"assumed": True, "confirmed": False}


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


@pytest.mark.usefixtures("no_figures")
def test_html_and_markdown_escape_what_comes_from_outside(tmp_path, case, orders):
    out = tmp_path / "out"
    out.mkdir()
    (out / "client.toml").write_text(f'name = "{EVIL} [x](y)"\ncurrency = "<b>"\n', encoding="utf-8")
    evil = dataclasses.replace(case, title=f"Corner {EVIL}")
    adapted_into(out, evil, orders)
    page = page_of(out)
    assert EVIL not in page and "&lt;script&gt;alert(1)" in page and "<b>" not in page
    story = (out / "case" / "case.md").read_text(encoding="utf-8")
    assert "&lt;script&gt;" in story and "[x](y)" not in story


def test_formulas_are_neutralised_in_every_table(whole):
    out, names = whole[0], set()
    for path in (out / "tables").glob("*.csv"):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        cells = [*table.columns, *table.to_numpy().ravel().tolist()]
        assert not [each for each in cells if re.match(r"[=@\t\r]|[+-](?![\d.]+(e[+-]?\d+)?$|inf)", each)], path.name
        names |= {each for each in cells if "=answer" in each}
    assert names == {"'=answer"}


def test_harmless_cells():
    for cell in ("=1", "+cmd", "-cmd|x", "@a", "\ta", "\rb", " =1", "-1+1", "+1 555-CALL", "＝1", "\n=1"):
        assert harmless(cell) == f"'{cell}"
    for same in (-1.5, "-1.5", "+2", "-¥1,234.50", "−1", "a=b", "", None, 7, "王", "-1 %"):
        assert harmless(same) == same
    assert as_csv(pd.DataFrame({"=x": ["=1", None], "y": [-1.0, 2.5]})) == "'=x,y\n'=1,-1.0\n,2.5\n"


@pytest.mark.usefixtures("no_figures")
def test_leaving_that_is_not_identified_is_refused_or_said(tmp_path, case, nobody_leaves):
    with pytest.raises(FitError, match=r"leaving is not identified.*--leaving-share X"):
        adapt(nobody_leaves, case, plan=QUICK)
    found = adapt(nobody_leaves, case, plan=dataclasses.replace(QUICK, leaving_share=0.01))
    write(found, Folder.at(tmp_path / "out", case))
    page = page_of(tmp_path / "out")
    assert "Leaving is not identified" in page and "was stated\n(1.0 %), not found" in page
    row = re.search(r'<span class="small">leaving_share</span>.*?</tr>', page)
    assert row and "<td>stated</td>" in row[0] and "No weeks were held out" in page


@pytest.mark.usefixtures("no_figures")
def test_a_log_without_amounts_has_the_spends_of_the_case_and_says_so(tmp_path, case, personal):
    personal[["customer_id", "time"]].to_csv(tmp_path / "log.csv", index=False)
    found, _ = adapted_into(tmp_path / "out", case, tmp_path / "log.csv")
    assert found.store.spend == case.store.spend
    assert "spend" in {row["field"] for row in answers(found) if not row["stated"]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("failure_share = 20", r"client\.toml: client\.failure_share = 20: should be less than 1 \(a share"),
        ("failure_shar = 0.2", r"failure_shar: there is no such field; did you mean failure_share"),
        ('confirmed = ["margin"]', r"confirmed = margin: there is no such field; allowed: currency"),
        ("to_staff_share = 0.9", r"to_others_share = 1\.32; at most 1"),
        ("desks = [", r"client\.toml: .*not valid TOML"),
    ],
)
def test_a_wrong_answer_is_named(tmp_path, case, text, words):
    (tmp_path / "client.toml").write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match=words):
        Client.read(tmp_path / "client.toml", Client.of(case.store))


def test_answers_are_written_as_they_are_read(tmp_path, case):
    defaults = Client.of(case.store)
    assert defaults.failure_share == 0.3 and defaults.already_runs == ()
    path = tmp_path / "client.toml"
    path.write_text(defaults.to_toml('a "shop"\nname', "corner"), encoding="utf-8")
    assert Client.read(path) == defaults
    assert path.read_text(encoding="utf-8").count("# ") > len(ASKED)
    more = dataclasses.replace(defaults, new_customers_per_week=3.0, already_runs=("calls",))
    assert more.into(case.store).already_runs == ("calls",)


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
