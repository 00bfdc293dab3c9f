"""Dates in the ways clients write them, and the questions where a column does not say which way it is."""

import datetime

import pandas as pd
import pytest

from simulator.orders.date_forms import figures
from simulator.orders.dates import check_range, read_dates
from simulator.orders.table import Column
from simulator.parameters import FileError

TODAY = datetime.date(2024, 6, 1)


def days_of(*cells, **how):
    times, _ = read_dates(Column.of(cells, heading="date"), today=TODAY, **how)
    return times.dt.strftime("%Y-%m-%d %H:%M:%S").str.removesuffix(" 00:00:00").tolist()


@pytest.mark.parametrize(
    "text",
    ["2024-01-05", "2024/1/5", "2024.1.5", "2024. 1. 5", "2024年1月5日", "2024年01月05日", "20240105", "24年1月5日",
     "5-Jan-24", "05-JAN-2024", "Jan 5, 2024", "January 5 2024", "Fri, 05 Jan 2024", "5 january 2024",
     "２０２４－０１－０５", "2024／1／5"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("time", "seconds"),
    [("", 0), (" 10:30", 37800), (" 10:30:15", 37815), ("T10:30:15.250Z", 37815), (" 10:30:15+08:00", 37815),
     (" 10:30:15 AM", 37815), (" 3:05 pm", 54300), (" 12:05 AM", 300), (" 下午 3:05", 54300), (" 上午10时30分", 37800),
     (" 15：05", 54300)],
)  # fmt: skip
def test_a_date_needs_no_rule_when_the_year_is_first_or_the_month_has_a_name(text, time, seconds):
    expected = pd.Timestamp("2024-01-05") + pd.Timedelta(seconds=seconds)
    assert days_of(text + time)[0] == expected.strftime("%Y-%m-%d %H:%M:%S").removesuffix(" 00:00:00")


def test_figures_in_a_row():
    assert days_of("20240105103015", "2024年1月5日10:30") == ["2024-01-05 10:30:15", "2024-01-05 10:30:00"]


@pytest.mark.parametrize(
    "text",
    ["2024-13-01", "2024-02-30", "2023-02-29", "2024-01", "2024", "12:30", "2024-01-05 25:00", "2024-01-05 10:60",
     "Monday", "May", "2024-01-0510:30", "5 Foo 2024", "1.2.3.4", "0000-01-01", "2024-01-05 noon", "x" * 1000,
     "2024-01-05" + "x" * 500, "99999999"],
)  # fmt: skip
def test_what_is_no_date_is_none(text):
    assert figures(text)[0] == 0 or pd.isna(days_of("2024-01-01", text)[1])


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (["13/02/2024", "5/3/2024"], ["2024-02-13", "2024-03-05"]),
        (["02/13/2024", "3/5/2024"], ["2024-02-13", "2024-03-05"]),
        (["13.2.2024 9:15", "5.3.2024"], ["2024-02-13 09:15:00", "2024-03-05"]),
        (["03/03/2024", "04/04/2024"], ["2024-03-03", "2024-04-04"]),  # both ways say the same
        (["1/13/24", "1/2/24"], ["2024-01-13", "2024-01-02"]),
        ([f"{day}/03/24" for day in (13, 28, 29, 30, 31)], [f"2024-03-{day}" for day in (13, 28, 29, 30, 31)]),
        ([f"24-03-{day}" for day in (13, 28, 29, 30, 31)], [f"2024-03-{day}" for day in (13, 28, 29, 30, 31)]),
        (["31/12/98", "31/12/69"], ["1998-12-31", "2069-12-31"]),
        (["13/02/2024", "32/01/2024", "nan", None], ["2024-02-13"]),
        (["13/02/2024", "5 Mar 2024"], ["2024-02-13", "2024-03-05"]),
    ],
)
def test_the_column_decides(cells, days):
    assert [day for day in days_of(*cells) if not pd.isna(day)] == days


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["03/03/2024", "05/03/2024"], r"line 3: date '05/03/2024' can be day first or month first, .*"
         r"--date-format / date_format='%d/%m/%Y' or '%m/%d/%Y'"),
        (["28/03/24", "13/02/24"], r"line 2: date '28/03/24' can be day first or year first"),  # 2028 may be a slip
        (["5.3.24"], r"can be day first or month first or year first.*'%d.%m.%y' or '%m.%d.%y' or '%y.%m.%d'"),
        (["13/02/2024", "02/14/2024"],
         r"line 2: date '13/02/2024' has the day first, "
         "line 3: date '02/14/2024' the month"),
        (["02/14/2024", "1/1/2024", "13/02/2024", "14/02/2024"],
         r"line 2: date '02/14/2024' has the month first, line 4: date '13/02/2024' the day"),
        (["2024-05-03", "13/03/2024"],
         r"line 2: date '2024-05-03' has the year first, "
         "line 3: '13/03/2024' has it last"),
        (["13/03/2024", datetime.datetime(2024, 5, 3)], r"line 3: date 2024-05-03 00:00:00 has the year first, line 2"),
        (["45292"], r"line 2: date '45292' cannot be read; a bare number is not taken for a date.*--date-format excel"),
        ([45292.0], r"line 2: date 45292 cannot be read; a bare number"),
        (["soon", "later"], r"line 2: date 'soon' cannot be read; allowed: 2024-03-01, .*'%d.%m.%Y'"),
        (["2024-01-01"] * 300 + ["?"] * 4, r"line 302: date '\?' cannot be read as a date, one of 4 such lines in 304"),
    ],
)  # fmt: skip
def test_where_a_column_does_not_decide_it_is_asked(cells, words):
    with pytest.raises(FileError, match=words):
        days_of(*cells)


def test_a_format_that_is_told_is_used():
    assert days_of("05/03/2024", "5/3/2024 9:15", date_format="%d/%m/%Y") == ["2024-03-05", "2024-03-05 09:15:00"]
    assert days_of("05/03/2024 9h", date_format="%m/%d/%Y %Hh") == ["2024-05-03 09:00:00"]
    assert days_of("45292", "45292.5", 45293.0, date_format="excel") == [
        "2024-01-01",
        "2024-01-01 12:00:00",
        "2024-01-02",
    ]
    real = datetime.datetime(2024, 5, 3, 8)
    assert days_of(real, "1/2/2024", date_format="%d/%m/%Y") == ["2024-05-03 08:00:00", "2024-02-01"]
    with pytest.raises(FileError, match=r"date_format='%Q': .*allowed: signs as %d"):
        days_of("1/2/2024", date_format="%Q")
    with pytest.raises(FileError, match=r"line 2: date '1/2/2024' cannot be read"):
        days_of("1/2/2024", date_format="%Y-%m-%d")


def test_the_day_of_reading_is_the_last_that_counts():
    column = Column.of(["2024-06-01 23:59:59", "2024-06-02", "1969-12-31", "1970-01-01", None], heading="date")
    times, _ = read_dates(column, today=TODAY)
    early, late = check_range(column, times, TODAY)
    assert early.tolist() == [False, False, True, False, False] and late.tolist() == [False, True, False, False, False]
