"""Pseudonyms: a pseudonymised log is read as the log itself, and without the key no line can be tried out."""

import datetime
import hashlib
import hmac
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from logs import wholesaler, workbook

from simulator.folders import harmless
from simulator.orders import OrderLog, read_orders
from simulator.orders.columns import NAMES
from simulator.orders.money import written
from simulator.parameters import FileError
from simulator.pseudonyms import LINE, _money, pseudonym, pseudonymise, write_pseudonymised

KEY, TODAY = b"k" * 16, datetime.date(2024, 6, 30)
THREE = """order,article,customer,date,quantity,price
1,red cup,a,2024-03-01,2,3.00
1,blue cup,a,2024-03-01,2,3.00
1,red cup,a,2024-03-01,2,3.00
"""


def pseudonymised(path: Path, **how: Any) -> Path:
    out = path.with_name("out.csv")
    out.unlink(missing_ok=True)
    write_pseudonymised(pseudonymise(path, KEY, **how), out)
    return out


def assert_same(before: OrderLog, after: OrderLog) -> None:
    """The same report, orders and spends, ids being pseudonyms."""
    reports = [log.report.sort_values("reason").reset_index(drop=True) for log in (before, after)]
    pd.testing.assert_frame_equal(*reports, rtol=1e-12)
    orders = before.orders.assign(customer_id=[pseudonym(each, KEY) for each in before.orders["customer_id"]])
    tables = [frame.drop(columns="order_id").sort_values([*frame.columns[1:]]).reset_index(drop=True)
              for frame in (orders, after.orders)]  # fmt: skip
    pd.testing.assert_frame_equal(*tables, rtol=1e-12)
    assert before.orders_before_merging == after.orders_before_merging
    assert before.without_id_share == pytest.approx(after.without_id_share, rel=1e-12)
    assert before.columns["role"].tolist() == after.columns["role"].tolist()


def read_as(path: Path, **how: Any) -> OrderLog | str:
    """What is read, or why nothing is."""
    try:
        return read_orders(path, today=TODAY, **how)
    except FileError as error:
        return str(error)


def test_three_lines_two_articles_at_one_price(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(THREE)
    made = pd.read_csv(out := pseudonymised(path))
    assert list(made.columns) == ["customer", "date", "order", "quantity", "price", "line"]
    assert made["line"][0] == made["line"][2] != made["line"][1]
    assert read_orders(out).orders["amount"].tolist() == [12.0]  # two articles at 6, and one of them told twice
    assert_same(read_orders(path), read_orders(out))


def test_a_line_cannot_be_tried_out_without_the_key(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(THREE)
    hashes = pseudonymise(path, KEY).table[LINE]
    assert hashes[0] != pseudonymise(path, b"other" * 4).table[LINE][0]
    message = "line\n" + "".join(f"{len(cell)}:{cell}" for cell in THREE.splitlines()[1].split(","))
    assert hashes[0] == "h" + hmac.new(KEY, message.encode(), hashlib.sha256).hexdigest()[:16]
    assert hashlib.sha256(message.encode()).hexdigest()[:16] not in hashes[0]


def test_pseudonyms_begin_with_a_letter_and_stay_as_they_are():
    assert pseudonym("VIP-1", KEY) == "p30bc5194ac6bad58"  # changed, all pseudonyms given out would be
    assert pseudonym("512", KEY, "order") == "o99851ea027d63b2c"
    assert pseudonym("C512", KEY, "order").startswith("C0") and pseudonym("Cup", KEY, "order").startswith("o")
    for role in ("customer", "order", "line"):
        assert all(pseudonym(str(each), KEY, role)[0].isalpha() for each in range(200))


def test_no_role_is_guessed_from_the_column_of_hashes_and_no_other_column_is_lost(tmp_path):
    assert all(LINE not in names for names in NAMES.values())
    path = tmp_path / "log.csv"
    path.write_text("customer,date,line,line_2\na,2024-01-01,1,x\na,2024-01-01,2,x\n")
    made = pseudonymise(path, KEY, keep=["line", "line_2"])
    assert made.line == "line_3" and made.table["line"].tolist() == ["1", "2"] and made.dropped == ()
    made = pseudonymise(path, KEY)
    assert made.line == LINE and made.dropped == ("line", "line_2") and made.table["line"].nunique() == 2


def test_a_line_with_nothing_but_an_article_is_counted_as_before(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("order,article,customer,date,amount\n1,cup,a,2024-01-01,5\n,cup,,,\n\n,nan,,,\n,,,,\n2,,-,-,-\n")
    before, after = read_orders(path), read_orders(pseudonymised(path))
    assert before.report["rows"].sum() == 4
    assert_same(before, after)


def test_a_pseudonymised_log_can_be_pseudonymised_again(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(THREE)
    once = pseudonymised(path).rename(tmp_path / "once.csv")
    assert_same(read_orders(once), read_orders(pseudonymised(once)))


CELLS = {
    "order": ["1", "2", "007", "7", "C8", "c-9", "o1", "", "null"],
    "article": ["red cup", "blue cup", "", "nan", "=1+1", " x", "12:3"],
    "customer": ["a", "007", "7", "王芳", "", "-", "=x", "C1"],
    "date": ["2024-03-01", "2024-03-01 09:30", "2024年3月1日 下午1:05", "\t2024/3/2", "", "无", "soon",
             "2999-01-01", "-"],
    "amount": ["5", "5.00", "-5", "¥5.50", "-5 €", "-RMB 5", "(5.00)", "−5", "－５", "-5e3", "+.5", "1,234.50", "-",
               "--", "1.234", "1,234", "99,50", "", "some", "+5 kg", "'5", "0"],
    "currency": ["EUR", "€", "", "-", "USD"],
}  # fmt: skip


@st.composite
def files(draw: st.DrawFn, cells: dict[str, list[Any]]) -> tuple[list[str], list[list[Any]]]:
    """Headings and lines, of which few are different, so that many repeat one above wholly or but for the article."""
    wanted = ["customer", "date", "article", *draw(st.sets(st.sampled_from(["order", "amount", "currency"])))]
    names = draw(st.permutations(wanted))
    plain = draw(st.booleans())  # else nearly every file holds something that is refused
    few = {name: draw(st.lists(st.sampled_from(cells[name][:4] if plain else cells[name]), min_size=1, max_size=3))
           for name in names}  # fmt: skip
    line = st.tuples(*(st.sampled_from(few[name]) for name in names)).map(list)
    return names, draw(st.lists(line, min_size=1, max_size=30))


modest = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def check(path: Path, **how: Any) -> None:
    """Both are read alike, or neither is; also where the sign of decimals is told."""
    try:
        made: Path | str = pseudonymised(path, **how)
    except FileError as error:
        made = str(error)
    for told in ({}, {"decimal": "."}, {"merge_same_day": False}):
        before = read_as(path, **told, **how)
        after = read_as(made, **told) if isinstance(made, Path) else made
        assert isinstance(before, str) == isinstance(after, str), (before, after)
        if isinstance(before, OrderLog) and isinstance(after, OrderLog):
            assert_same(before, after)


@modest
@given(file=files(CELLS), encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
def test_a_pseudonymised_log_is_read_as_the_log_itself(tmp_path, file, encoding):
    names, lines = file
    path = tmp_path / "log.csv"
    path.write_bytes(pd.DataFrame(lines, columns=names).to_csv(index=False).replace("−5", "-5").encode(encoding))
    check(path, encoding=encoding)


REAL: dict[str, list[Any]] = {
    "order": [1.0, 2.0, "1", "C8", None], "article": ["1.0", 1.0, None, "nan", datetime.datetime(2024, 1, 1), 0.5],
    "customer": [7.0, "007", "a", None], "currency": ["EUR", None],
    "date": [datetime.datetime(2024, 3, 1), datetime.datetime(2024, 3, 1, 9, 30), "2024-03-01", None, 20240105.0,
             "soon"],
    "amount": [5.0, 0.1 + 0.2, 1.234, 12.345, -5.5, 1e-5, "5.5", "99,50", "1.234", "-5 €", None],
}  # fmt: skip


@modest
@given(file=files(REAL))
def test_so_is_a_workbook_with_real_numbers_and_dates(tmp_path, file):
    names, lines = file
    path = tmp_path / "log.xlsx"
    path.write_bytes(workbook({"Orders": [names, *lines]}))
    check(path)


def test_real_numbers_with_three_decimals_are_not_taken_for_thousands(tmp_path):
    rows = [[f"c{at}", "2024-01-01", 1.001 + at if at % 2 else float(at + 1)] for at in range(80)]
    path = tmp_path / "log.xlsx"
    path.write_bytes(workbook({"Orders": [["customer", "date", "amount"], *rows]}))
    assert_same(read_orders(path), read_orders(pseudonymised(path)))


@modest
@given(st.text(st.sampled_from("0123456789.,+-−－()' \t¥€eERMB元％５"), max_size=12))
def test_an_amount_that_could_be_a_formula_is_written_to_be_read_alike(text):
    made = _money(text, False)
    assert repr(written(made).value) == repr(written(text).value) and written(made).currency == written(text).currency
    assert harmless(made) == made or repr(written(text).value) == "nan"


def test_the_wholesalers_log_keeps_its_orders_and_its_money(tmp_path):
    before = read_orders(path := wholesaler())
    out = tmp_path / "out.csv"
    write_pseudonymised(pseudonymise(path, KEY), out)
    after = read_orders(out)
    assert_same(before, after)
    rows = after.report.set_index("reason")["rows"]
    assert rows["exact duplicate of a line above"] == 5_194 and rows["kept"] == 392_690
    assert not any("repeat a line above exactly" in note for note in after.notes)
