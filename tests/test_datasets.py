"""The data of `datasets/`: made anew they are the same, small, in two formats alike, and every column is explained."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from simulator.options import read_options
from simulator.orders import read_orders
from simulator.parameters import FileError
from simulator.store import Store

DATA = Path(__file__).resolve().parents[1] / "datasets"
STORES = ("department-store", "beauty-salon", "online-shop")
MOST_BYTES = 10_000_000
TABLES = sorted(path for store in STORES for path in (DATA / store).rglob("*.parquet"))

each_table = pytest.mark.parametrize("path", TABLES, ids=lambda path: path.relative_to(DATA).as_posix())
each_store = pytest.mark.parametrize("store", STORES)


@pytest.fixture(scope="module")
def scripts() -> Iterator[SimpleNamespace]:
    """The scripts of the folder, as they find each other when make.py is run."""
    names = ("make", "dictionary", "files", "pages", "contents")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(DATA))
        yield SimpleNamespace(**{name: __import__(name) for name in names})
        for name in names:
            sys.modules.pop(name)


@pytest.fixture(scope="module")
def made(scripts: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything made anew, in a folder of its own."""
    folder = tmp_path_factory.mktemp("made")
    scripts.files.put_in_place(scripts.make.write, folder)
    return folder


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    """A copy of what was made, to be altered."""
    return Path(shutil.copytree(made, tmp_path / "copy"))


def read_csv(path: Path) -> pd.DataFrame:
    """A CSV with its dates as dates, whole numbers whole also where some are missing."""
    frame = pd.read_csv(path.with_suffix(".csv"), dtype_backend="numpy_nullable", keep_default_na=False, na_values=[""])
    return frame.astype({name: "datetime64[ms]" for name in frame if name.endswith("date")})


# --- reproducible ---


def test_the_stored_data_are_what_make_makes(scripts: SimpleNamespace, made: Path) -> None:
    """What `make.py --check` says, without making all of it once more."""
    assert scripts.files.first_difference(DATA, made) is None, "run `python datasets/make.py`"


def test_the_command_finds_the_file_and_the_row_that_were_altered(copy: Path) -> None:
    orders = copy / "beauty-salon" / "orders.csv"
    lines = orders.read_text(encoding="utf-8").splitlines()
    cells = lines[7].split(",")
    lines[7] = ",".join([*cells[:-1], "1.23"])
    orders.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [sys.executable, str(DATA / "make.py"), "--check", "--out", str(copy)]
    done = subprocess.run(command, capture_output=True, check=False)
    said = done.stderr.decode("utf-8")
    assert done.returncode == 1
    assert f"beauty-salon/orders.csv: row 7 (line 8), paid: is '1.23', should be '{cells[-1]}'" in said
    assert "python datasets/make.py" in said


def test_an_altered_parquet_file_is_found(scripts: SimpleNamespace, made: Path, copy: Path) -> None:
    path = copy / "online-shop" / "complaints.parquet"
    frame = pd.read_parquet(path)
    frame.loc[2, "channel"] = "to nobody"
    frame.to_parquet(path, index=False)
    assert "online-shop/complaints.parquet: row 3 (line 4), channel: is 'to nobody'" in told(scripts, copy, made)


def test_numbers_kept_as_text_in_parquet_are_found(scripts: SimpleNamespace, made: Path, copy: Path) -> None:
    path = copy / "online-shop" / "complaints.parquet"
    pd.read_parquet(path).astype({"order_id": str}).to_parquet(path, index=False)
    assert "online-shop/complaints.parquet: row" in told(scripts, copy, made)
    assert "should be 'types: int64, int64, timestamp[ms], int64, string'" in told(scripts, copy, made)


def test_files_that_miss_break_or_are_too_many_are_named(scripts: SimpleNamespace, made: Path, copy: Path) -> None:
    (copy / "online-shop" / "orders.bak.csv").write_text("a\n", encoding="utf-8")
    assert told(scripts, copy, made) == "online-shop/orders.bak.csv: is not made by make.py; remove it"
    (copy / "online-shop" / "orders.parquet").write_bytes(b"PAR1 broken")
    assert told(scripts, copy, made).startswith("online-shop/orders.parquet: cannot be read (")
    (copy / "beauty-salon" / "costs.csv").unlink()
    assert told(scripts, copy, made) == "beauty-salon/costs.csv: is missing"


def test_rows_cut_off_and_pages_edited_are_found(scripts: SimpleNamespace, made: Path, copy: Path) -> None:
    costs = copy / "department-store" / "costs.csv"
    rows = costs.read_text(encoding="utf-8").splitlines()
    costs.write_text("\n".join(rows[:-1]) + "\n", encoding="utf-8")
    assert f"department-store/costs.csv: row {len(rows) - 1}: is None" in told(scripts, copy, made)
    page = copy / "README.md"
    page.write_text(page.read_text(encoding="utf-8").replace("% of the sales", "% or so"), encoding="utf-8")
    assert re.match(r"README.md: line \d+: is '[\d.]+ % or so are made", told(scripts, copy, made))


def test_data_made_alike_by_an_earlier_version_are_no_difference(
    scripts: SimpleNamespace, made: Path, copy: Path
) -> None:
    page = copy / "README.md"
    older = re.sub(r"version \d+\.\d+\.\d+", "version 0.0.9", page.read_text(encoding="utf-8"))
    assert older != page.read_text(encoding="utf-8")
    page.write_text(older, encoding="utf-8")
    assert scripts.files.first_difference(copy, made) is None


def test_a_run_that_breaks_leaves_everything_as_it_was(scripts: SimpleNamespace, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("old\n", encoding="utf-8")

    def breaks(folder: Path) -> None:
        (folder / "orders.csv").write_text("half of the n", encoding="utf-8")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        scripts.files.put_in_place(breaks, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["orders.csv"]
    assert (tmp_path / "orders.csv").read_text(encoding="utf-8") == "old\n"


def told(scripts: SimpleNamespace, stored: Path, made: Path) -> str:
    return str(scripts.files.first_difference(stored, made))


# --- small, and alike in both formats ---


def test_all_three_stores_take_less_than_10_mb() -> None:
    assert sum(path.stat().st_size for store in STORES for path in (DATA / store).rglob("*")) < MOST_BYTES


@each_table
def test_csv_and_parquet_hold_the_same(path: Path) -> None:
    parquet = pd.read_parquet(path, dtype_backend="numpy_nullable")
    pd.testing.assert_frame_equal(read_csv(path), parquet, check_dtype=False, check_exact=True)


@each_table
def test_money_is_whole_cents_and_dates_are_whole_hours(path: Path) -> None:
    frame = pd.read_parquet(path)
    for name in frame.columns.intersection(["list_price", "discount", "paid", "amount", "points_owed", "margin_with"]):
        assert (frame[name] == frame[name].round(2)).all(), name
    for name in frame.select_dtypes("datetime"):
        assert (frame[name].dropna() == frame[name].dropna().dt.floor("h")).all(), name


# --- the dictionary ---


def test_the_dictionary_has_each_column_of_every_file_and_nothing_else(scripts: SimpleNamespace) -> None:
    there = {store: {path.stem: list(pd.read_parquet(path).columns) for path in TABLES if store in path.parts}
             for store in STORES}  # fmt: skip
    said = {store: {name: list(table.written_in(store)) for name, table in scripts.dictionary.read().items()
                    if store in (table.stores or STORES)} for store in STORES}  # fmt: skip
    assert there == said


def test_the_page_explains_each_column_of_every_file_and_nothing_else() -> None:
    parts = DATA.joinpath("DICTIONARY.md").read_text(encoding="utf-8").split("\n## ")[1:]
    said = {part.split("\n")[0]: re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) for part in parts}
    there: dict[str, set[str]] = {}
    for path in TABLES:
        there.setdefault(path.stem, set()).update(pd.read_parquet(path).columns)
    assert {name: set(columns) for name, columns in said.items()} == there
    assert all(len(columns) == len(set(columns)) for columns in said.values())


def test_a_column_the_dictionary_does_not_know_is_named(scripts: SimpleNamespace) -> None:
    table = scripts.dictionary.read()["truth_visits"]
    frame = pd.DataFrame({name: [] for name in [*table.columns, "mood"]})
    with pytest.raises(FileError, match=r"column mood of truth_visits has no line in dictionary.toml: add it to"):
        scripts.dictionary.arranged(frame, "truth_visits", table, "online-shop")


def test_a_column_the_dictionary_promises_in_vain_is_named(scripts: SimpleNamespace) -> None:
    table = scripts.dictionary.read()["truth_visits"]
    frame = pd.DataFrame({name: [] for name in table.columns if name != "leaves"})
    with pytest.raises(FileError, match=r"dictionary.toml: truth_visits.leaves: online-shop has no such column"):
        scripts.dictionary.arranged(frame, "truth_visits", table, "online-shop")


def test_tables_and_dictionary_must_match(scripts: SimpleNamespace) -> None:
    known = scripts.dictionary.read()
    with pytest.raises(FileError, match=r"table calls of online-shop has no entry in dictionary.toml"):
        scripts.dictionary.arrange({"calls": pd.DataFrame()}, "online-shop", known)
    with pytest.raises(FileError, match=r"members.stores = .*: online-shop has this table, 0 rows"):
        scripts.dictionary.arrange({"members": pd.DataFrame()}, "online-shop", known)
    with pytest.raises(FileError, match=r"dictionary.toml: orders: online-shop has no such table"):
        scripts.dictionary.arrange({}, "online-shop", known)


def test_wrong_lines_of_the_dictionary_are_named(scripts: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "dictionary.toml"
    line = 'a = { type = "integer", unit = "hours", meaning = "A", digits = 2 }'
    for text, said in {
        line: r"dictionary.toml: calls.a: digits = 2: to be given for decimals only",
        line.replace("integer", "number"): r"dictionary.toml: calls.columns.a.type = 'number': should be 'integer'",
    }.items():
        path.write_text(f'[calls]\nwho = "record"\nsays = "…"\n[calls.columns]\n{text}\n', encoding="utf-8")
        with pytest.raises(FileError, match=said):
            scripts.dictionary.read(path)


# --- records and truth ---


def test_the_truth_is_apart_and_says_so(scripts: SimpleNamespace) -> None:
    truth = {name for name, table in scripts.dictionary.read().items() if table.who == "truth"}
    for path in TABLES:
        inside = (path.stem in truth, path.parent.name == "truth", path.stem.startswith("truth_"))
        assert all(inside) or not any(inside), path


def test_no_record_holds_a_column_of_the_truth(scripts: SimpleNamespace) -> None:
    tables = scripts.dictionary.read().values()
    hidden = {name for table in tables if table.who == "truth" for name in [*table.columns, *table.left_out]}
    seen = {name for path in TABLES if path.parent.name != "truth" for name in pd.read_parquet(path).columns}
    # what stands in both, because the one is joined to the other by it, or because the truth leaves it out as known
    both = {"order_id", "customer_id", "birthday_week", "first_date", "date", "week", "desk", "list_price", "discount"}
    assert hidden & seen <= both


def test_the_department_store_knows_the_birthdays_of_members_only() -> None:
    customers = pd.read_parquet(DATA / "department-store/customers.parquet").set_index("customer_id")["birthday_week"]
    members = pd.read_parquet(DATA / "department-store/members.parquet")["customer_id"]
    assert set(customers.dropna().index) == set(members)
    true = pd.read_parquet(DATA / "department-store/truth/truth_customers.parquet").set_index("customer_id")
    assert (customers[members] == true.loc[members, "birthday_week"]).all()


@pytest.mark.parametrize("store", ["department-store", "beauty-salon"])
def test_the_twin_adds_up(store: str) -> None:
    """What customers were spent on, what they bought and what the twin has are the same sums in every file."""
    orders = pd.read_parquet(DATA / store / "orders.parquet")
    costs = pd.read_parquet(DATA / store / "costs.parquet")
    twin = pd.read_parquet(DATA / store / "truth" / "truth_twin.parquet")
    since, shop = orders[orders["week"] >= 0], Store.read(DATA / "stores" / f"{store}.toml")
    assert twin["visits_with"].sum() == len(since)
    assert (twin["visits_gained"] == twin["visits_with"] - twin["visits_without"]).all()
    earned = since["list_price"].sum() * shop.spend.gross_margin_share - since["discount"].sum()
    booked = costs["amount"].sum() - costs.loc[costs["kind"] == "fixed", "amount"].sum()
    assert twin["margin_with"].sum() == pytest.approx(earned - booked, abs=0.02 * len(twin))


@each_store
def test_every_row_belongs_to_a_known_order_and_customer(store: str) -> None:
    frames = {path.stem: pd.read_parquet(path) for path in TABLES if store in path.parts}
    for name, frame in frames.items():
        if "order_id" in frame:
            assert frame["order_id"].isin(frames["orders"]["order_id"]).all(), name
            assert frame["order_id"].is_unique, name
        if "customer_id" in frame and name != "truth_twin":  # the twin may have customers whom the practice kept away
            assert frame["customer_id"].isin(frames["customers"]["customer_id"]).all(), name
    assert len(frames["truth_visits"]) == len(frames["orders"])


# --- read by the package, and as the pages say ---


def test_the_order_reader_finds_every_order_of_the_online_shop() -> None:
    log = read_orders(DATA / "online-shop/orders.csv", amount="paid")
    orders = pd.read_parquet(DATA / "online-shop/orders.parquet")
    assert log.report.set_index("reason")["rows"].to_dict() == {"kept": len(orders)}
    assert log.orders_before_merging == len(orders)
    assert log.customers == orders["customer_id"].nunique()
    assert log.orders["amount"].sum() == pytest.approx(orders["paid"].sum())


@each_store
def test_stores_and_options_are_files_the_package_reads_and_their_heads_warn(store: str) -> None:
    path = DATA / "stores" / f"{store}.toml"
    assert "(invented)" in Store.read(path).name
    assert "INVENTED FOR TEACHING" in path.read_text(encoding="utf-8")[:600]
    if (options := path.with_suffix(".practices.toml")).is_file():
        assert len(read_options(options)) == 1
        assert "Invented for teaching" in options.read_text(encoding="utf-8")[:200]


def test_the_lines_of_python_in_the_readme_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[Any]
) -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```", DATA.joinpath("README.md").read_text(encoding="utf-8"),
                          re.MULTILINE | re.DOTALL)  # fmt: skip
    monkeypatch.chdir(DATA.parent)
    exec(compile(block, "README.md", "exec"), {})
    shown = capsys.readouterr().out
    assert re.search(r"[\u4e00-\u9fff]{2}", shown) and "margin_gained" in shown
    orders = pd.read_parquet(DATA / "online-shop/orders.parquet")
    assert f"{len(orders)} orders of" in shown


def test_shares_are_written_as_in_the_workbook(scripts: SimpleNamespace) -> None:
    assert scripts.pages.percent(0.6283) == "62.8 %"
    assert scripts.pages.percent(-0.018, "+") == "−1.8 %"


def test_marks_that_miss_in_the_readme_are_named(scripts: SimpleNamespace) -> None:
    page = "<!-- made by make.py: rows -->\nold\n<!-- end -->"
    assert scripts.pages.fill(page, {"rows": "new"}) == page.replace("old", "new")
    with pytest.raises(FileError, match=r"marks 'made by make.py' are \['rows'\]; should be \['cards', 'rows'\]"):
        scripts.pages.fill(page, {"rows": "new", "cards": "new"})
