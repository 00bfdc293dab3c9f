"""How one date may be written: its figures and its time of day, found in a text without deciding what is the month."""

import functools
import re
import unicodedata
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from simulator.clock import Integers

Times: TypeAlias = NDArray[np.datetime64]  # to the microsecond
NOT = np.datetime64("NaT", "us")
_LONGEST, _NONE = 80, (0, 0, 0, 0, 0)
YEAR_FIRST, YEAR_LAST, YEAR_SHORT = 1, 2, 3  # the year stands first (or the month has a name); last; last, two figures

_YEAR_FIRST = re.compile(r"(\d{4}|\d{2}(?=\s*年))\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)(?:\s*日)?")
_YEAR_LAST = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4}|\d{2})(?!\d)")
_FIGURES = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?(?!\d)")
_DAY_NAME = re.compile(r"(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})[\s.-]*([A-Za-z]{3,9})[\s.,-]*(\d{4}|\d{2})(?!\d)")
_NAME_DAY = re.compile(r"(?:[A-Za-z]{3,9},?\s+)?([A-Za-z]{3,9})\.?\s+(\d{1,2})\s*,?\s+(\d{4})(?!\d)")
_TIME = re.compile(
    r"\s*[T,]?\s*(?P<half>AM|PM|上午|下午)?\s*(?P<hour>\d{1,2})\s*[:时点]\s*(?P<minute>\d{1,2})\s*分?"
    r"(?:\s*:?\s*(?P<second>\d{1,2})(?:[.,]\d+)?\s*秒?)?\s*(?P<after>AM|PM)?\s*(?:Z|UTC|GMT)?\s*(?:[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
           "december")  # fmt: skip
_NAMES = (
    {name: at + 1 for at, name in enumerate(_MONTHS)}
    | {name[:3]: at + 1 for at, name in enumerate(_MONTHS)}
    | {"sept": 9}
)


def figures(text: str) -> tuple[int, int, int, int, int]:
    """Form, three figures and seconds of the day; form 0 for what is no date.

    `YEAR_FIRST`: the figures are year, month, day; otherwise as they stand.

    >>> figures("2024年3月1日 9:30"), figures("01/03/24")
    ((1, 2024, 3, 1, 34200), (3, 1, 3, 24, 0))
    """
    plain = (
        " ".join((text if text.isascii() else unicodedata.normalize("NFKC", text)).split()) if len(text) < 80 else ""
    )
    form, *parts, rest = _date(plain)
    seconds = seconds_of(rest) if form else -1
    return (form, *parts, seconds) if seconds >= 0 else (0, 0, 0, 0, 0)  # type: ignore[return-value]


def _date(text: str) -> tuple[int, int, int, int, str]:
    if found := _YEAR_FIRST.match(text):
        year = _whole_year(found[1]) if len(found[1]) == 2 else int(found[1])
        return YEAR_FIRST, year, int(found[2]), int(found[3]), _rest(text, found)
    if found := _YEAR_LAST.match(text):
        form = YEAR_LAST if len(found[3]) == 4 else YEAR_SHORT
        return form, int(found[1]), int(found[2]), int(found[3]), _rest(text, found)
    if found := _FIGURES.match(text):
        time = f" {found[4]}:{found[5]}:{found[6]}" if found[4] else _rest(text, found)
        return YEAR_FIRST, int(found[1]), int(found[2]), int(found[3]), time
    if found := _DAY_NAME.match(text):
        day, name, year_text = found.groups()
    elif found := _NAME_DAY.match(text):
        name, day, year_text = found.groups()
    if not found or name.lower() not in _NAMES:
        return 0, 0, 0, 0, ""
    return YEAR_FIRST, _whole_year(year_text), _NAMES[name.lower()], int(day), _rest(text, found)


def _whole_year(text: str) -> int:
    """Two figures are of 1970 to 2069."""
    return int(text) if len(text) > 2 else int(text) + (1900 if int(text) >= 70 else 2000)


def _rest(text: str, found: "re.Match[str]") -> str:
    """What follows a date; a figure right after it, without 日 between, belongs to no time of day."""
    rest = text[found.end() :]
    return "?" if rest[:1].isdigit() and not found[0].endswith("日") else rest


@functools.lru_cache(maxsize=1 << 17)
def seconds_of(rest: str) -> int:
    """Seconds of the day from what stands after a date: 0 where nothing stands, -1 where it is no time of day.

    >>> seconds_of(" 1:05 PM"), seconds_of("T10:30:00.5+08:00"), seconds_of(" 25:00")
    (47100, 37800, -1)
    """
    if not rest.strip():
        return 0
    found = _TIME.fullmatch(rest.rstrip())
    if found is None:
        return -1
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if half := (found["half"] or found["after"] or "").lower():
        if not 1 <= hour <= 12:
            return -1 if half in ("am", "pm") or hour > 23 else hour * 3600 + minute * 60 + second
        hour = hour % 12 + (12 if half in ("pm", "下午") else 0)
    return hour * 3600 + minute * 60 + second if hour < 24 and minute < 60 and second < 60 else -1


def days(year: Integers, month: Integers, day: Integers) -> Times:
    """Midnights, NaT where the calendar has no such day.

    >>> days(np.array([2024, 2023]), np.array([2, 2]), np.array([29, 29])).astype("M8[D]").astype(str).tolist()
    ['2024-02-29', 'NaT']
    """
    months = ((year - 1970) * 12 + month - 1).astype("M8[M]")
    found = months.astype("M8[D]") + (day - 1)
    wrong = (month < 1) | (month > 12) | (day < 1) | (found.astype("M8[M]") != months) | (year < 1)
    return np.where(wrong, NOT, found.astype("M8[us]"))


def whole_years(years: Integers) -> Integers:
    """Years of two figures as of 1970 to 2069; others as they are.

    >>> whole_years(np.array([69, 70, 1999])).tolist()
    [2069, 1970, 1999]
    """
    return np.where(years > 99, years, years + np.where(years >= 70, 1900, 2000))


def all_figures(texts: Sequence[str]) -> Integers:
    """`figures` of each text: an array of len(texts) × 5."""
    return np.array([figures(text) for text in texts], dtype=np.int64).reshape(-1, 5)
