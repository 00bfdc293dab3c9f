"""Dates as clients write them: read by one rule for the whole column; where two rules fit, a question, no guess."""

import datetime
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from simulator.clock import Flags, Integers
from simulator.orders.date_forms import (
    NOT,
    YEAR_FIRST,
    YEAR_LAST,
    YEAR_SHORT,
    Times,
    all_figures,
    days,
    seconds_of,
    whole_years,
)
from simulator.orders.table import FEW_LINES, FEW_SHARE, Cell, Column, shown
from simulator.parameters import FileError

EARLIEST = datetime.date(1970, 1, 1)
EXCEL = "excel"  # as date_format: days since the end of 1899, as Excel stores them
_ORDERS = {"day": (2, 1, 0), "month": (2, 0, 1), "year": (0, 1, 2)}  # where year, month and day stand
_SIGNS = ("%Y", "%m", "%d")


def read_dates(
    column: Column, date_format: str | None = None, *, today: datetime.date | None = None
) -> tuple["pd.Series[pd.Timestamp]", str]:
    """The time of each line, missing where unreadable, and a sentence on how they were read.

    The year first (also 年月日, and 20240105), months by name, and real dates of a workbook need no rule. Figures with
    the year last (or three of two figures) are read in the one order that fits every date of the column. `date_format`:
    as in `datetime.strptime`, or "excel" for bare day numbers. `today`: the day of reading (default: today's). Time
    zones are passed over: the shop's own clock counts.
    Errors: `FileError` with the line where no order fits or more than one does; where real or year-first dates stand
    beside dates with the year last (a spreadsheet has perhaps swapped day and month); where many cannot be read.

    >>> read_dates(Column.of(["31/12/2023", "1/2/2024 9:30"]))[0].astype(str).tolist()
    ['2023-12-31 00:00:00', '2024-02-01 09:30:00']
    """
    if date_format is None:
        times, said = _by_column(column, today or datetime.date.today())
    else:
        times, said = _by_format(column, date_format), f"as {date_format}"
    wrong = np.isnat(times) & ~column.is_nothing
    if wrong.any():
        first = int(np.argmax(wrong))
        if np.isnat(times).all():
            raise FileError(f"{column.place(first)}: date {shown(column.cells[first])} cannot be read; "
                            f"{_allowed(column.cells[first])}")  # fmt: skip
        column.check_few(wrong, "cannot be read as a date", _allowed(column.cells[first]))
    return pd.Series(column.spread(times, NOT), index=column.lines), f"Dates were read {said}."


def check_range(column: Column, times: "pd.Series[pd.Timestamp]", today: datetime.date) -> tuple[Flags, Flags]:
    """Lines before 1970, and lines after `today`: a few are left to be dropped. Errors: `FileError` where many are."""
    early = (times < pd.Timestamp(EARLIEST)).to_numpy()
    late = (times >= pd.Timestamp(today) + pd.Timedelta(days=1)).to_numpy()
    for which, said, allowed in (
        (early, f"is before {EARLIEST.year}", "leave a date empty where there is none"),
        (late, f"is in the future (after {today})", f"allowed: up to {today}; leave out what is only planned"),
    ):
        values = np.zeros(len(column.cells), dtype=bool)
        values[column.codes[which]] = True
        column.check_few(values, said, allowed)
    return early, late


def _allowed(cell: Cell) -> str:
    if isinstance(cell, float) or (isinstance(cell, str) and re.fullmatch(r"\s*\d{5}(\.\d+)?\s*", cell)):
        return ("a bare number is not taken for a date; format the column as dates and save the file again, or say "
                "--date-format excel / date_format='excel' if these are Excel's day numbers")  # fmt: skip
    return ("allowed: 2024-03-01, 2024/3/1, 2024年3月1日, 31.12.2024 and their like; for others give --date-format / "
            "date_format=…, for example '%d.%m.%Y'")  # fmt: skip


def _real(values: Sequence[Cell]) -> Times:
    """Times of a workbook's real dates; NaT for other cells."""
    real = [each.replace(microsecond=0) if isinstance(each, datetime.datetime) else None for each in values]
    return np.array(real, dtype="M8[us]")


def _texts(values: Sequence[Cell]) -> list[str]:
    return [each.strip() if isinstance(each, str) else "" for each in values]


def _by_format(column: Column, date_format: str) -> Times:
    real, texts = _real(column.cells), _texts(column.cells)
    if date_format == EXCEL:
        times = _from_excel([each if isinstance(each, float) else text
                             for each, text in zip(column.cells, texts, strict=True)])  # fmt: skip
    else:
        times = _parsed(texts, date_format, column.file)
        heads = [text.partition(" ")[0] for text in texts]  # the format of a date reads it with a time of day, too
        seconds = np.array(
            [seconds_of(text[len(head) :]) for text, head in zip(texts, heads, strict=True)], dtype="m8[s]"
        )
        split = _parsed(heads, date_format, column.file) + seconds
        times = np.where(np.isnat(times) & (seconds >= np.timedelta64(0, "s")), split, times)
    return np.where(np.isnat(real), times, real)


def _parsed(texts: list[str], date_format: str, file: str) -> Times:
    try:
        times = pd.to_datetime(pd.Series(texts, dtype=str), format=date_format, errors="coerce")
        times = times.dt.tz_localize(None) if times.dt.tz is not None else times
    except (ValueError, TypeError, AttributeError, re.error) as error:
        raise FileError(f"{file}: date_format={date_format!r}: {str(error)[:120]}; allowed: signs as %d, %m, %Y, %H, "
                        "%M, %S, or 'excel'") from None  # fmt: skip
    return np.asarray(times.to_numpy(dtype="M8[us]"))


def _from_excel(cells: Sequence[Cell]) -> Times:
    found = pd.to_numeric(pd.Series(cells, dtype=object), errors="coerce").to_numpy(dtype=np.float64)
    right = (found >= 61) & (found < 2_958_466)  # Excel's 1900 had a 29 February, day 60; its last day is in 9999
    seconds = np.round(np.where(right, found, 0) * 86_400).astype("m8[s]")
    return np.where(right, np.datetime64("1899-12-30", "us") + seconds, NOT)


def _by_column(column: Column, today: datetime.date) -> tuple[Times, str]:
    parts = all_figures(_texts(column.cells))
    form, seconds = parts[:, 0], parts[:, 4].astype("m8[s]")
    times = np.where(form == YEAR_FIRST, days(*parts[:, 1:4].T), _real(column.cells))
    last = np.flatnonzero(form >= YEAR_LAST)
    if not len(last):
        return times + seconds, "with the year first" if (form == YEAR_FIRST).any() else "as the workbook's dates"
    _refuse_both(column, form, ~np.isnat(times))
    read = {name: days(whole_years(parts[last, year + 1]), parts[last, month + 1], parts[last, day + 1])
            for name, (year, month, day) in _ORDERS.items()
            if name != "year" or (form[last] == YEAR_SHORT).all()}  # fmt: skip
    chosen = _order(read, column, last, today)
    times[last] = read[chosen]
    return times + seconds, f"with the {chosen} first"


def _refuse_both(column: Column, form: Integers, read: Flags) -> None:
    """Errors: `FileError` where dates with the year first, or real ones, stand beside dates with the year last.

    Months by name may stand beside anything: no spreadsheet can have swapped them.
    """
    named = np.array([re.search("[A-Za-z]{3}", each) is not None for each in _texts(column.cells)], dtype=bool)
    first = read & ~named
    if first.any():
        one, other = int(np.argmax(first)), int(np.argmax(form >= YEAR_LAST))
        raise FileError(f"{column.place(one)}: date {shown(column.cells[one])} has the year first, {column.word} "
                        f"{column.line(other)}: {shown(column.cells[other])} has it last: a spreadsheet has perhaps "
                        "turned some into dates and swapped day and month; go back to the file as exported, or give "
                        "--date-format / date_format=… to read one kind only")  # fmt: skip


def _order(read: dict[str, Times], column: Column, last: Integers, today: datetime.date) -> str:
    """The one order that fits every date that any order fits. Errors: `FileError` where there is none, or several."""
    some = np.any([~np.isnat(each) for each in read.values()], axis=0)
    fitting = [name for name, times in read.items() if not np.isnat(times[some]).any()]
    if not fitting:
        raise FileError(_contradiction(read, column, last, some))
    fitting = _within_range({name: read[name] for name in fitting}, today) if "year" in fitting else fitting
    differ = np.any([some & (read[name] != read[fitting[0]]) for name in fitting], axis=0)
    if differ.any():
        first = int(last[np.argmax(differ)])
        formats = " or ".join(repr(_format(column.cells[first], name)) for name in fitting)
        raise FileError(f"{column.place(first)}: date {shown(column.cells[first])} can be "
                        f"{' or '.join(f'{name} first' for name in fitting)}, and so can every date in the file; give "
                        f"--date-format / date_format={formats} (as the dates are written)")  # fmt: skip
    return fitting[0]


def _within_range(read: dict[str, Times], today: datetime.date) -> list[str]:
    """Of years in two figures: the orders by which at most a few dates lie in the future or before 1970.

    A few may be slips of the pen, and say nothing about the order.
    """
    low, high = np.datetime64(EARLIEST, "us"), np.datetime64(today + datetime.timedelta(days=1), "us")
    outside = {name: int(((times < low) | (times >= high)).sum()) for name, times in read.items()}
    most = max(FEW_LINES, FEW_SHARE * len(next(iter(read.values()))))
    return [name for name, count in outside.items() if count <= most] or list(read)


def _contradiction(read: dict[str, Times], column: Column, last: Integers, some: Flags) -> str:
    best = min(read, key=lambda name: int(np.isnat(read[name][some]).sum()))
    one = int(np.argmax(some & np.isnat(read[best])))
    other = next(name for name in read if not np.isnat(read[name][one]))
    two = int(np.argmax(some & np.isnat(read[other])))
    (first, its), (second, others) = sorted(
        [(one, other), (two, best)], key=lambda each: column.line(int(last[each[0]]))
    )
    place, line = column.place(int(last[first])), column.line(int(last[second]))
    return (f"{place}: date {shown(column.cells[last[first]])} has the {its} first, {column.word} {line}: date "
            f"{shown(column.cells[last[second]])} the {others}; correct them, or give --date-format / date_format=… to "
            "read one kind only")  # fmt: skip


def _format(cell: Cell, order: str) -> str:
    """The format in which a date of figures is written, if `order` is its order."""
    plain = str(cell).strip()
    sign = next((each for each in plain if not each.isdigit()), "/")
    places = dict(zip(_ORDERS[order], _SIGNS, strict=True))
    short = re.match(r"\d+\D+\d+\D+\d{4}", plain) is None
    return sign.join(places[at] for at in range(3)).replace("%Y", "%y" if short else "%Y")
