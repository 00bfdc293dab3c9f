"""Logs made at random, whose truth is known: what is read is the truth or a question in plain words, never else."""

import dataclasses
import datetime
import gzip
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from logs import workbook

from simulator.orders import OrderLog, read_orders
from simulator.parameters import FileError

TODAY = datetime.date(2024, 6, 30)
IDS = ["7", "007", "A-1", "王芳", "o'Neil", "c 9", "X;Y", 'say "hi"', "a,b"]
NO_ID = ["", "NaN", "null", "无", "-"]
HEADINGS = {
    "customer": ["customer_id", "Client", "客户", "会员号"], "date": ["date", "Order Date", "下单时间", "日期"],
    "amount": ["amount", "Total", "金额（元）", "销售额"], "order": ["order_no", "Invoice", "订单号"],
    "note": ["remarks", "备注", "x"],
}  # fmt: skip
DATES = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M",
"%d %b %Y", "%b %d, %Y",
         "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y %H:%M", "%d-%m-%y", "%m/%d/%y %I:%M %p", "%y/%m/%d"]  # fmt: skip
ENCODINGS = ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]


def european(text: str) -> str:
    return text.translate(str.maketrans(",.", ".,"))


MONEY: dict[str, Callable[[float], str]] = {
    "plain": lambda number: f"{number:.2f}", "grouped": lambda number: f"{number:,.2f}",
    "whole": lambda number: f"{number:,.0f}", "european": lambda number: european(f"{number:,.2f}"),
    "comma": lambda number: european(f"{number:.2f}"), "spaced": lambda number: f"{number:,.2f}".replace(",", " "),
    "euro": lambda number: european(f"{number:,.2f} €"), "yuan": lambda number: f"￥{number:,.2f}",
    "accountant": lambda number: f"({-number:,.2f})" if number < 0 else f"{number:,.2f}",
    "wide": lambda number: f"{number:,.2f}".translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789.,-"}),
    "short": lambda number: f"{number:.6g}", "thousandths": lambda number: f"{number:,.3f}",
}  # fmt: skip


@dataclasses.dataclass
class Made:
    """A log and the way it is written."""

    lines: list[dict[str, Any]]
    columns: list[str]
    headings: dict[str, str]
    date: str
    money: str

    def cells(self) -> list[list[str]]:
        write = {"customer": str, "order": str, "note": str, "amount": MONEY[self.money],
                 "date": lambda time: time.strftime(self.date)}  # fmt: skip
        rows = [[write[column](line[column]) for column in self.columns] for line in self.lines]
        return [[self.headings[column] for column in self.columns], *rows]

    def day(self, time: datetime.datetime) -> datetime.datetime:
        """The time as far as it is written."""
        return datetime.datetime.strptime(time.strftime(self.date), self.date)

    def amount(self, number: float) -> float:
        return {"whole": round(number), "short": float(f"{number:.6g}")}.get(self.money, number)


@st.composite
def logs(draw: st.DrawFn) -> Made:
    money = draw(st.sampled_from([*MONEY]))
    line = st.fixed_dictionaries({
        "customer": st.one_of(st.sampled_from(IDS), st.sampled_from(IDS), st.sampled_from(NO_ID)),
        "date": st.datetimes(datetime.datetime(2022, 1, 1), datetime.datetime(2024, 6, 29)).map(
            lambda time: time.replace(microsecond=0)),
        "amount": st.integers(-2_000, 3_000_000).map(lambda cents: cents / 100),
        "note": st.sampled_from(["", "ok", "a,b;c\td|e", "two\nlines", '"', "=1+1"]),
    })  # fmt: skip
    lines = [each | {"order": f"B{at}"} for at, each in enumerate(draw(st.lists(line, min_size=1, max_size=25)))]
    columns = draw(st.permutations(["customer", "date", "amount", "order", "note"]))
    headings = {column: draw(st.sampled_from(HEADINGS[column])) for column in columns}
    return Made(lines, columns, headings, draw(st.sampled_from(DATES)), money)


def as_csv(rows: list[list[str]], separator: str, end: str) -> str:
    def cell(text: str) -> str:
        quoted = any(sign in text for sign in f'"\n{separator}') or text.startswith(" ")
        return '"' + text.replace('"', '""') + '"' if quoted else text

    return "".join(separator.join(map(cell, row)) + end for row in rows)


def truth(made: Made) -> dict[str, tuple[str, datetime.datetime, float]]:
    kept = {}
    for line in made.lines:
        if line["customer"] not in NO_ID and not made.amount(line["amount"]) < 0:
            kept[line["order"]] = (line["customer"], made.day(line["date"]), made.amount(line["amount"]))
    return kept


def check(log: OrderLog, made: Made) -> None:
    found = {row.order_id: (row.customer_id, row.time.to_pydatetime(), row.amount) for row in log.orders.itertuples()}
    expected = truth(made)
    assert found.keys() == expected.keys()
    for order, (customer, time, amount) in expected.items():
        assert found[order][:2] == (customer, time) and found[order][2] == pytest.approx(amount, abs=1e-9), order
    assert log.report["rows"].sum() == len(made.lines)
    usable = [line for line in made.lines if made.amount(line["amount"]) >= 0]
    total = sum(made.amount(line["amount"]) for line in usable)
    without = sum(made.amount(line["amount"]) for line in usable if line["customer"] in NO_ID)
    assert log.without_id_share == pytest.approx(without / total if total else 0.0)


LAWFUL = ("can be read in two ways", "can be day first or", "can be month first or", "no line is left as an order",
          "does not look like UTF-16 or GBK")  # fmt: skip
modest = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@modest
@given(made=logs(), separator=st.sampled_from(",;\t|"), end=st.sampled_from(["\n", "\r\n"]),
       encoding=st.sampled_from(ENCODINGS), packed=st.booleans())  # fmt: skip
def test_what_is_read_is_the_truth_or_a_question(tmp_path, made, separator, end, encoding, packed):
    data = as_csv(made.cells(), separator, end).encode(encoding)
    path = tmp_path / "log.csv"
    path.write_bytes(gzip.compress(data) if packed else data)
    told: dict[str, str] = {}
    for _ in range(4):  # a question is answered, as a consultant would, and then there is no other
        try:
            return check(read_orders(path, today=TODAY, merge_same_day=False, **told), made)
        except FileError as error:
            said = str(error)
            assert said.startswith(f"{path}: ") and any(words in said for words in LAWFUL), said
            if "no line is left" in said:
                assert not truth(made)
                return None
            told |= answer(said, made, encoding)
    raise AssertionError(f"asked again though told {told}")


def answer(said: str, made: Made, encoding: str) -> dict[str, str]:
    if "can be read in two ways" in said:
        return {"decimal": "," if made.money in ("european", "comma", "euro") else "."}
    if "does not look like" in said:
        return {"encoding": encoding}
    return {"date_format": made.date}


@modest
@given(made=logs(), as_text=st.sets(st.sampled_from(["customer", "date", "amount"])))
def test_a_workbook_gives_the_truth_whatever_kind_its_cells_are(tmp_path, made, as_text):
    texts = made.cells()
    rows: list[list[Any]] = [list(row) for row in texts]
    for at, line in enumerate(made.lines, start=1):
        for column, name in enumerate(made.columns):
            if name == "amount" and name not in as_text:
                rows[at][column] = made.amount(line[name])
            elif name == "date" and name not in as_text:
                rows[at][column] = made.day(line[name])
    path = tmp_path / "log.xlsx"
    path.write_bytes(workbook({"Orders": rows}))
    told = {"date_format": made.date} if "date" in as_text else {}
    told |= {"decimal": answer("can be read in two ways", made, "")["decimal"]} if "amount" in as_text else {}
    try:
        check(read_orders(path, today=TODAY, merge_same_day=False, **told), made)
    except FileError as error:
        assert "no line is left" in str(error) and not truth(made)


@modest
@given(data=st.one_of(
    st.binary(max_size=300),
    st.text(st.sampled_from('ab,;\t\n\r"0123456789-/.¥€ 客户日期金额\0\ufeff'), max_size=200).map(str.encode),
    st.text(st.sampled_from(',\n"0123456789-/.¥€ a'),
    max_size=200).map(lambda text: f"customer,date,amount\n{text}".encode()),
    st.binary(max_size=200).map(gzip.compress),
))  # fmt: skip
def test_any_bytes_end_in_a_log_or_a_file_error(tmp_path, data):
    path = tmp_path / "log"
    path.write_bytes(data)
    try:
        assert len(read_orders(path, today=TODAY).orders)
    except FileError as error:
        assert str(path) in str(error)


@modest
@given(
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=6),
    cut=st.integers(0, 900),
)
def test_a_damaged_workbook_ends_in_a_log_or_a_file_error(tmp_path, changes, cut):
    rows = [["customer", "date", "amount"], ["a", datetime.datetime(2024, 1, 1), 5.0], ["b", "2024-01-02", ("=1", 2)]]
    data = bytearray(workbook({"Orders": rows}))
    for at, byte in changes:
        data[at % len(data)] = byte
    path = tmp_path / "log.xlsx"
    path.write_bytes(bytes(data[: len(data) - cut if cut < 300 else None]))
    try:
        assert len(read_orders(path, today=TODAY).orders)
    except FileError as error:
        assert str(path) in str(error)
