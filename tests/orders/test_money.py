"""Amounts in the ways clients write them, and the questions where the columns do not say which way it is."""

import numpy as np
import pytest

from simulator.orders import read_orders
from simulator.orders.currency import currency_of
from simulator.orders.money import read_amounts, written
from simulator.orders.table import Column
from simulator.parameters import FileError


def numbers_of(*cells, **how):
    return read_amounts([Column.of(cells, heading="amount")], **how)[0][0].tolist()


@pytest.mark.parametrize(
    ("text", "number"),
    [("1234.5", 1234.5), ("1,234.50", 1234.5), ("1.234,50", 1234.5), ("1 234,50", 1234.5), ("1\u00a0234,50", 1234.5),
     ("1\u202f234,50", 1234.5), ("1'234.50", 1234.5), ("1’234.50", 1234.5), ("12,34,567.80", 1234567.8),
     ("1,234,567", 1234567), ("1.234.567", 1234567), ("12,5", 12.5), ("12.", 12), (".5", 0.5), ("0,125", 0.125),
     ("¥1,234.00", 1234), ("$12", 12), ("12 EUR", 12), ("EUR12", 12), ("12元", 12), ("￥１２３", 123),
     ("１２３￥", 123),
     ("１，２３４．５０", 1234.5), ("人民币 12.5", 12.5), ("US$ 1,000.25", 1000.25), ("Fr. 12.50", 12.5),
     ("RMB ¥ 12", 12),
     ("(12.00)", -12), ("($5)", -5), ("-5", -5), ("−5", -5), ("－５", -5), ("5-", -5), ("- $5", -5), ("$-5", -5),
     ("-$5.5", -5.5),
     ("+3", 3), ("1.5E+05", 150000), ("007", 7), ("0", 0), ("-.5", -0.5), ("١٢", 12)],
)  # fmt: skip
def test_an_amount_is_read(text, number):
    assert numbers_of(text) == [pytest.approx(number)]


@pytest.mark.parametrize(
    "text",
    ["free", "1.2.3", "1,00,0", "1,000,00", "12,345.678,9", "(5", "(-5)", "--5", "5--", "12 pcs", "12%", "inf",
     "-inf", "1e999",
     "EUR 12 USD", "¥¥5", "1 23", "1/2", "=1+1", "12:30", "2024-01-05", "0x1F", "1_000", "9" * 400, " " * 50_000 + "1"],
)  # fmt: skip
def test_what_is_no_amount_is_none(text):
    assert np.isnan(numbers_of("1", text)[1])


def test_the_columns_together_say_which_sign_is_of_decimals():
    assert numbers_of("1.234", "99,50") == [1234, 99.5]
    assert numbers_of("1.234", "99.50") == [1.234, 99.5]
    assert numbers_of("1,234", "0.5") == [1234, 0.5]
    columns = [Column.of(["1,000"], heading="quantity"), Column.of(["0.50"], heading="price")]
    numbers, _, said = read_amounts(columns)
    assert [each.tolist() for each in numbers] == [[1000], [0.5]] and said == "Amounts were read with a decimal point."
    assert numbers_of("1.234", 0.5, decimal=",") == [1234, 0.5]  # a workbook's numbers say nothing


def test_where_they_do_not_it_is_asked():
    for text in ("1.234", "1,234", "-¥123,456"):
        with pytest.raises(
            FileError, match=r"line 3: amount .* can be read in two ways.*--decimal / decimal='.' or ','"
        ):
            numbers_of("5", text, "7")
    assert numbers_of("5", "1.234", decimal=".") == [5, 1.234] and numbers_of("5", "1.234", decimal=",") == [5, 1234]
    with pytest.raises(
        FileError, match=r"line 2: amount '1.50' has a decimal point, line 3: amount '1,50' a decimal comma"
    ):
        numbers_of("1.50", "1,50")
    assert np.isnan(numbers_of("1.50", "1,50", decimal=".")[1])
    with pytest.raises(FileError, match=r"decimal='x': allowed: '.' or ','"):
        numbers_of("1", decimal="x")


def test_small_numbers_without_a_sign_show_that_it_parts_thousands():
    small, large = [str(number) for number in range(100, 140)], [f"{number},{number + 100}" for number in range(1, 41)]
    assert numbers_of(*small, *large)[-1] == 40140
    assert numbers_of(*small, *[each.replace(",", ".") for each in large])[-1] == 40140
    for cells in ([*small, *large[:9]], [*small[:9], *large], [*small, *large, "1500"]):
        with pytest.raises(FileError, match="can be read in two ways"):
            numbers_of(*cells)


def test_many_unreadable_amounts_are_refused_and_a_few_are_not():
    assert np.isnan(numbers_of(*["5.00"] * 10, "x", "", "NaN")).sum() == 3
    with pytest.raises(FileError, match=r"line 12: amount 'x' cannot be read as a number, one of 4 such lines in 14"):
        numbers_of(*["5.00"] * 10, "x", "y", "z", "z", "", "nan")


@pytest.mark.parametrize(
    ("text", "code"),
    [("usd", "USD"), ("€", "EUR"), ("Rs", "INR"), ("kr", "KR"), ("元", "CNY"), ("HK$", "HKD"), ("¥ CNY", "CNY"),
     ("$ AUD", "AUD"),
     ("JPY CNY", None), ("pcs", None)],
)  # fmt: skip
def test_currencies_are_known_by_code_sign_and_word(text, code):
    assert currency_of(text) == code


def log_with(folder, *amounts, head="customer,date,amount", **how):
    path = folder / "log.csv"
    path.write_text(
        f"{head}\n" + "".join(f"c{at},2024-01-01,{each}\n" for at, each in enumerate(amounts)), encoding="utf-8"
    )
    return read_orders(path, **how)


@pytest.mark.parametrize(
    ("amounts", "said"),
    [(["¥5", "6元", "7"], "Amounts are in CNY."), (["$5", "6 AUD"], "Amounts are in AUD."), (["5", "6"], None),
     (["￥5", "¥6"], "Amounts are in ¥.")],
)  # fmt: skip
def test_one_currency_in_several_ways_is_one(tmp_path, amounts, said):
    notes = log_with(tmp_path, *amounts).notes
    assert [note for note in notes if note.startswith("Amounts are in")] == ([said] if said else [])


@pytest.mark.parametrize(
    ("amounts", "words"),
    [(["$5", "€6", "€7", "8"], r"log.csv: amounts are in several currencies \(lines: EUR 2, \$ 1, without a sign 1\)"),
     (["¥5", "6 CNY", "7 JPY"], r"lines: ¥ 1, CNY 1, JPY 1"), (["$5", "6 USD", "7 CAD"], r"lines: \$ 1, USD 1, CAD 1")],
)  # fmt: skip
def test_several_currencies_are_refused_with_their_counts(tmp_path, amounts, words):
    with pytest.raises(FileError, match=words):
        log_with(tmp_path, *amounts)


def test_a_column_can_name_the_currency(tmp_path):
    head = "customer,date,amount,币种"
    log = log_with(tmp_path, "5,CNY", "6,人民币", "¥7,RMB", "8,", head=head)
    assert "Amounts are in CNY." in log.notes and log.columns["role"].tolist()[-1] == "currency"
    with pytest.raises(FileError, match=r"lines: CNY 2, POINTS 1"):
        log_with(tmp_path, "5,CNY", "6,CNY", "7,points", head=head)
    with pytest.raises(FileError, match=r"lines: USD 1, CNY 1"):
        log_with(tmp_path, "US$5,CNY", head=head)


def test_values_in_doubt_are_shown():
    assert (written("1.234").value, written("1.234").other, written("-1,234").other) == (1.234, 1234, -1234)
