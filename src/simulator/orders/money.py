"""Amounts as clients write them: signs of money, of thousands and of decimals; one way for all columns of a file."""

import dataclasses
import functools
import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from simulator.clock import Flags, Floats
from simulator.orders.currency import currency_of
from simulator.orders.table import Cell, Column
from simulator.parameters import FileError

SIGNS = {".": "point", ",": "comma"}
_LONGEST = 60  # signs of an amount
_ENOUGH = 30  # different numbers with and as many without a sign, for its absence in small ones to tell what it means
_PLAIN = re.compile(r"-?\d{1,15}(\.\d{1,2})?")
_POWER = re.compile(r"[-+]?\d+(\.\d+)?[eE][-+]?\d{1,3}")
_FORM = re.compile(
    r"(?P<open>\()?\s*(?P<one>[-+])?\s*(?P<before>[^\d\s.,()'+-][^\d.,()'+-]*?)?(?:\.(?=\s))?\s*(?P<two>[-+])?\s*"
    r"(?P<number>\d[\d.,' ]*|[.,]\d+)\s*(?P<three>-)?\s*(?P<after>[^\d\s.,()'+-][^\d()+-]*?)?\s*(?P<close>\))?"
)
_GROUPS = {".": re.compile(r"\d{1,3}(,\d{2,3})*,\d{3}"), ",": re.compile(r"\d{1,3}(\.\d{3})+")}
_SPACED = re.compile(r"(\d{1,3}([ ']\d{3})+)([.,]\d*)?")


@dataclasses.dataclass(frozen=True)
class Written:
    """A number as written. value: NaN where unreadable. decimal: the sign that can only be of decimals, "" if none.

    other: the value if the sign, which is `doubtful`, is one of thousands. currency: see `order_currency`.
    """

    value: float
    decimal: str = ""
    doubtful: str = ""
    other: float = np.nan
    currency: str = ""


UNREADABLE = Written(np.nan)


@functools.lru_cache(maxsize=1 << 17)
def written(text: str) -> Written:
    """One amount. Blanks, ' and groups of three part thousands; (1), 1- and −1 are negative; ￥１２ is ¥12.

    >>> written("¥1,234.50").value, written("(12,5)").value, written("1 234 EUR").currency
    (1234.5, -12.5, 'EUR')
    >>> written("1.234")
    Written(value=1.234, decimal='', doubtful='.', other=1234.0, currency='')
    """
    if _PLAIN.fullmatch(text):
        return _number(text)
    if len(text) > _LONGEST:
        return UNREADABLE
    plain = " ".join(unicodedata.normalize("NFKC", text).replace("−", "-").replace("’", "'").split())
    if _POWER.fullmatch(plain):
        return _finite(Written(float(plain)))
    found = _FORM.fullmatch(plain)
    if found is None:
        return UNREADABLE
    minus = [found["one"], found["two"], found["three"], found["open"]]
    currencies = {currency_of(each) for each in (found["before"], found["after"]) if each}
    if (
        sum(map(bool, minus)) > 1
        or bool(found["open"]) != bool(found["close"])
        or len(currencies) > 1
        or None in currencies
    ):
        return UNREADABLE
    number = _number(found["number"].strip())
    sign = -1 if any(each in ("-", "(") for each in minus) else 1
    return _finite(dataclasses.replace(number, value=sign * number.value, other=sign * number.other,
                                       currency=(currencies or {""}).pop() or ""))  # fmt: skip


def _finite(number: Written) -> Written:
    return number if np.isfinite(number.value) else UNREADABLE


def _number(text: str) -> Written:
    """Figures with signs between them."""
    if found := _SPACED.fullmatch(text):
        rest = found[3] or ""
        return Written(float(re.sub("[ ']", "", found[1]) + rest.replace(",", ".")), rest[:1])
    if " " in text or "'" in text:
        return UNREADABLE
    points, commas = text.count("."), text.count(",")
    if points and commas:
        return _with_both(text, "." if text.rfind(".") > text.rfind(",") else ",")
    sign = "." if points else ","
    if points + commas > 1:
        decimal = "," if points else "."  # what comes more than once parts thousands, and the other one decimals
        return Written(float(text.replace(sign, "")), decimal) if _GROUPS[decimal].fullmatch(text) else UNREADABLE
    if not points and not commas:
        return Written(float(text))
    before, _, after = text.partition(sign)
    value = float(f"{before or 0}.{after or 0}")
    if len(after) == 3 and 1 <= len(before.lstrip("-")) <= 3 and before.lstrip("-")[0] != "0":
        return Written(value, doubtful=sign, other=float(before + after))
    return Written(value if not before.startswith("-") else float(text.replace(",", ".")), sign)


def _with_both(text: str, decimal: str) -> Written:
    whole, _, rest = text.rpartition(decimal)
    if decimal in whole or not _GROUPS[decimal].fullmatch(whole):
        return UNREADABLE
    return Written(float(re.sub("[.,]", "", whole) + "." + (rest or "0")), decimal)


def read_amounts(columns: Sequence[Column], decimal: str | None = None) -> tuple[list[Floats], list[list[str]], str]:
    """For each column the number of each line (NaN where empty or unreadable) and each cell's currency; and a sentence.

    `decimal`: the sign of decimals, "." or ","; without it, the one that the columns' numbers show, taken together,
    since a file is written in one way. Errors: `FileError` with the lines where they show both, or where all that have
    a sign could be read in two ways (1.234 and 1,234), and where many amounts are unreadable.

    >>> read_amounts([Column.of(["1.234", "99,50"])])[0][0].tolist()
    [1234.0, 99.5]
    """
    if decimal is not None and decimal not in SIGNS:
        raise FileError(f"{columns[0].file}: decimal={decimal!r}: allowed: '.' or ','")
    all_written = [[_of_cell(cell) for cell in column.cells] for column in columns]
    sign = decimal or _shown_sign(columns, all_written)
    numbers = []
    for column, cells in zip(columns, all_written, strict=True):
        values = np.array([_value(each, sign, decimal is not None) for each in cells], dtype=np.float64)
        column.check_few(np.isnan(values) & ~column.is_nothing, "cannot be read as a number", _ALLOWED)
        numbers.append(column.spread(values, np.nan))
    said = f"Amounts were read with a decimal {SIGNS[sign]}." if sign else ""
    return numbers, [[each.currency for each in cells] for cells in all_written], said


_ALLOWED = "allowed: 1234.5, 1,234.50, 1.234,50, ¥1,234, 12 EUR, (12.00) and their like"


def _of_cell(cell: Cell) -> Written:
    if isinstance(cell, float):
        return _finite(Written(cell))
    return written(cell) if isinstance(cell, str) else UNREADABLE


def _value(number: Written, sign: str, told: bool) -> float:
    """The value where `sign` parts decimals; what contradicts a sign that was told is unreadable."""
    if told and number.decimal not in ("", sign):
        return np.nan
    return number.other if number.doubtful and number.doubtful != sign else number.value


def _shown_sign(columns: Sequence[Column], all_written: list[list[Written]]) -> str:
    """The sign of decimals that the numbers show; "" where it does not matter."""
    doubtful = [np.array([bool(each.doubtful) for each in cells], dtype=bool) for cells in all_written]
    shows = {
        sign: [np.array([each.decimal == sign for each in cells], dtype=bool) for cells in all_written]
        for sign in SIGNS
    }
    found = [sign for sign in SIGNS if any(each.any() for each in shows[sign])]
    if len(found) == 2:
        (one, its), (two, others) = (_first(columns, shows[sign]) for sign in SIGNS)
        raise FileError(f"{one.place(its)}: {one.named(its)} has a decimal point, {two.word} {two.line(others)}: "
                        f"{two.named(others)} a decimal comma; correct them, or give --decimal / decimal='.' or ',' to "
                        "read one kind only")  # fmt: skip
    if found or not any(each.any() for each in doubtful):
        return found[0] if found else ""
    if other := _by_small_numbers([each for cells in all_written for each in cells]):
        return other
    column, cell = _first(columns, doubtful)
    raise FileError(f"{column.place(cell)}: {column.named(cell)} can be read in two ways, and nothing in the file says "
                    "which; give --decimal / decimal='.' or ',' (the sign before decimals)")  # fmt: skip


def _first(columns: Sequence[Column], which: list[Flags]) -> tuple[Column, int]:
    at = next(number for number, each in enumerate(which) if each.any())
    return columns[at], int(np.argmax(which[at]))


def _by_small_numbers(numbers: list[Written]) -> str:
    """The sign of decimals where the other one must part thousands: large numbers all have it, small ones never do.

    Were it one of decimals, some would have one or two of them, or numbers without decimals would reach the thousands.
    """
    signs = {each.doubtful for each in numbers if each.doubtful}
    plain = [abs(each.value) for each in numbers if not each.doubtful and np.isfinite(each.value)]
    many = sum(bool(each.doubtful) for each in numbers)
    if len(signs) > 1 or many < _ENOUGH or len(plain) < _ENOUGH or max(plain) >= 1000:
        return ""
    return "." if signs == {","} else ","
