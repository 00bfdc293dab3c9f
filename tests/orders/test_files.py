"""Files of many kinds with the same orders in them: encodings, separators, packing, workbooks, and lines that count."""

import datetime
import gzip

import pandas as pd
import pytest
from logs import workbook

from simulator.orders import read_orders
from simulator.orders.files import open_log
from simulator.orders.table import Column, read_table
from simulator.orders.text import to_utf8
from simulator.parameters import FileError

ROWS = [["订单号", "客户", "日期", "金额"], ["D1", "王芳", "2024-03-01", "12.50"], ["D2", "张伟", "2024-03-09", "3.00"]]


def text_of(separator: str = ",", end: str = "\n") -> str:
    return "".join(separator.join(row) + end for row in ROWS)


def read_bytes(folder, data, name="log.csv", **how):
    path = folder / name
    path.write_bytes(data)
    return read_orders(path, **how)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
@pytest.mark.parametrize(
    ("encoding", "called"),
    [
        ("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("gbk", "GB18030"), ("gb18030", "GB18030"), ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16-LE"), ("utf-16-be", "UTF-16-BE"), ("utf-32", "UTF-32"),
    ],
)  # fmt: skip
def test_encodings_and_separators_are_seen_and_said(tmp_path, encoding, called, separator):
    for end in ("\n", "\r\n", "\r"):
        log = read_bytes(tmp_path, text_of(separator, end).encode(encoding))
        assert log.orders["customer_id"].tolist() == ["张伟", "王芳"] and log.orders["amount"].tolist() == [3.0, 12.5]
        assert log.notes[0].startswith(f"Read as {called} text, cells separated by ")


def test_an_encoding_can_be_told(tmp_path):
    data = "customer,date,amount\nRenée,2024-01-01,£12.50\n".encode("cp1252")
    log = read_bytes(tmp_path, data, encoding="cp1252")
    assert log.orders["customer_id"].tolist() == ["Renée"]
    assert "Read as CP1252, as told text" in log.notes[0] and "Amounts are in GBP." in log.notes
    for wrong, words in (("ascii", "line 2: byte 24 is not ASCII"), ("zip", "no such encoding; allowed: utf-8"),
                         ("nonsense", "encoding='nonsense': there is no such encoding")):  # fmt: skip
        with pytest.raises(FileError, match=words):
            read_bytes(tmp_path, data, encoding=wrong)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("Müller,Straße,Köln", "cp1252"), ("Łódź,Gdańsk,Kraków", "cp1250"), ("Иван Петров", "cp1251"), ("東京都のお客様",
     "shift_jis"),
     ("客戶姓名與電話號碼", "big5")],
)  # fmt: skip
def test_other_encodings_are_not_taken_for_chinese(text, encoding):
    with pytest.raises(FileError, match="not UTF-8, and the file does not look like UTF-16 or GBK"):
        to_utf8(f"customer,date\n{text}\n".encode(encoding), "log.csv")


def test_a_wrong_byte_far_down_is_found_with_its_line():
    lines = b"abcdefghij,2024-01-01\n" * 100_000
    with pytest.raises(FileError, match=r"log.csv: line 100001: byte 2200000 is not UTF-8"):
        to_utf8(lines + b"\xff\n", "log.csv")
    wide = lines.decode().encode("utf-16-le") + b"\x00\xd8\n\x00"
    with pytest.raises(FileError, match=r"line 100001: byte 4400000 is not UTF-16-LE"):
        to_utf8(wide, "log.csv")
    assert to_utf8(("客" * 2_000_001).encode("gbk"), "log.csv")[0].decode() == "客" * 2_000_001


def test_lines_are_counted_as_an_editor_counts_them(tmp_path):
    text = '\n\nsep=;\ncustomer;note;date\na;"two\nlines";2024-01-01\n\nb;x;31/31/2024\nc;y;soon\n'
    source = open_log(written(tmp_path, text))
    assert source.headings == ("customer", "note", "date")
    assert read_table(source, [0, 2]).lines.tolist() == [5, 8, 9]
    assert read_table(open_log(written(tmp_path, "a,b\r\n1,2\r\n\r\n3,4")), [0]).lines.tolist() == [2, 4]
    with pytest.raises(FileError, match=r"line 5 has more columns|Expected 3 fields in line 5, saw 4"):
        read_orders(written(tmp_path, "\n\ncustomer,date,x\na,2024-01-01,1\nb,2024-01-01,1,2\n"))


def written(folder, text):
    path = folder / "log.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_what_a_file_holds_counts_and_not_what_its_name_ends_in(tmp_path):
    plain = text_of().encode()
    packed = gzip.compress(plain)
    book = workbook({"Orders": ROWS})
    for name, data in (("a.xlsx", plain), ("b.csv", packed), ("c.csv", book), ("d.csv.gz", gzip.compress(book))):
        assert read_bytes(tmp_path, data, name).orders["amount"].tolist() == [3.0, 12.5]


def test_a_workbook_keeps_what_kind_a_cell_is(tmp_path):
    day = datetime.datetime
    rows = [["customer", "date", "amount", "order", "paid"], [13800138000, day(2024, 5, 3, 10, 30), 1.234, 7, True],
            [13800138001, day(2024, 5, 3), 1234.5, 8, False], [None, None, None, None, None],
            ["007", day(2024, 3, 31, 23, 59, 59), 2.5, "C9", True], [None, day(2024, 5, 4), 3.5, 10, True]]  # fmt: skip
    log = read_bytes(tmp_path, workbook({"Orders": rows}))
    assert log.orders["customer_id"].tolist() == ["13800138000", "13800138001"]
    assert log.orders["amount"].tolist() == [1.234, 1234.5]  # numbers are numbers: no sign of decimals to doubt
    assert log.orders["time"][0] == pd.Timestamp("2024-05-03 10:30") and log.orders["order_id"].tolist() == ["7", "8"]
    assert log.report.set_index("reason")["rows"].to_dict() == {
        "kept": 2, "missing customer id": 1, "cancelled (order number C…)": 1,
    }  # fmt: skip
    assert log.without_id_share == pytest.approx(3.5 / (3.5 + 1235.734))


def test_rows_of_a_sheet_that_begins_further_down_are_its_rows(tmp_path):
    rows = [[None] * 3, [None, "customer", "date"], [None, "a", "2024-01-01"], [None, None, None], [None, "b", "soon"]]
    path = tmp_path / "log.xlsx"
    path.write_bytes(workbook({"Orders": rows}))
    assert read_table(open_log(path), [0, 1]).lines.tolist() == [3, 5]
    with pytest.raises(FileError, match=r"log.xlsx: row 3: date '2024-01-01' cannot be read"):
        read_orders(path, date_format="%d.%m.%Y")


def test_a_formula_counts_only_where_its_column_is_needed(tmp_path):
    rows = [["customer", "date", "helper"], ["a", datetime.datetime(2024, 1, 1), ("=B2+1", None)]]
    assert len(read_bytes(tmp_path, workbook({"Orders": rows})).orders) == 1
    rows = [["customer", "date", "amount"], ["a", datetime.datetime(2024, 1, 1), ("=B2*2", None)]]
    with pytest.raises(FileError, match=r"cell C2: holds a formula without a stored value"):
        read_bytes(tmp_path, workbook({"Orders": rows}))
    rows[0][0], rows[1][2] = ("=A9", None), 5.0
    with pytest.raises(FileError, match=r"cell A1: holds a formula without a stored value"):
        read_bytes(tmp_path, workbook({"Orders": rows}))


def test_lines_are_read_block_by_block_as_in_one(tmp_path, monkeypatch):
    text = "customer,date,amount,note\n" + "".join(
        f"c{i % 7},2024-01-{i % 28 + 1:02d},{i}.50,n{i % 3}\n" for i in range(5000)
    )
    whole = read_orders(written(tmp_path, text + text.partition("\n")[2]))
    monkeypatch.setattr("simulator.orders.files._CELLS_AT_ONCE", 4000)
    pieces = read_orders(written(tmp_path, text + text.partition("\n")[2]))
    assert pieces.orders.equals(whole.orders) and pieces.report.equals(whole.report) and pieces.notes == whole.notes
    assert "5,000 lines repeat another one exactly" in " ".join(whole.notes)


def test_lines_that_differ_in_a_column_that_is_not_needed_are_no_duplicates(tmp_path):
    head = "order,customer,date,amount,item\n"
    log = read_orders(written(tmp_path, head + "1,a,2024-01-01,5,x\n1,a,2024-01-01,5,y\n1,a,2024-01-01,5,x\n"))
    assert log.orders["amount"].tolist() == [10.0]
    assert log.report.set_index("reason")["rows"].to_dict() == {"kept": 2, "exact duplicate of a line above": 1}


def test_headings_may_be_full_width_quoted_or_dirty(tmp_path):
    log = read_orders(written(tmp_path, '\ufeff" Customer_ID " ; "Order Date";Amount (RMB)\na;2024-01-01;1,50\n'))
    assert log.columns["column"].tolist() == ["Customer_ID", "Order Date", "Amount (RMB)"]
    log = read_orders(written(tmp_path, "会员ＩＤ,日期\na,2024-01-01\n"))
    assert log.columns["column"].tolist() == ["会员ＩＤ", "日期"]


def test_a_few_wrong_cells_are_left_and_many_are_refused():
    column = Column.of(["a"] * 996 + ["x"] * 4, heading="amount")
    column.check_few(column.codes[[0, 999]] == 1, "is wrong", "allowed: a")
    column = Column.of(["a"] * 396 + ["x"] * 4, heading="amount")
    column.check_few(pd.Series([False, True]).to_numpy(), "is wrong", "allowed: a")
    column = Column.of(["a"] * 395 + ["x"] * 5, heading="amount")
    with pytest.raises(
        FileError, match=r"log.csv: line 397: amount 'x' is wrong, one of 5 such lines in 400; allowed: a"
    ):
        column.check_few(pd.Series([False, True]).to_numpy(), "is wrong", "allowed: a")


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = written(tmp_path, text_of())

    def refuse(*how):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "read_bytes", refuse)
    with pytest.raises(FileError, match=r"log.csv: cannot be read \(Permission denied\)"):
        read_orders(path)
