"""An order log with pseudonyms in place of ids: keyed hashes, whose key the consultant keeps."""

import dataclasses
import datetime
import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from simulator import folders
from simulator.orders.columns import choose_columns, read_ids
from simulator.orders.files import open_log
from simulator.orders.money import written
from simulator.orders.table import Block, Cell, Column, Source, read_table, spelt
from simulator.parameters import FileError, write_text

DIGITS, LEAST_KEY = 16, 16  # hex digits of a pseudonym; letters of a key
LINE = "line"  # heading of the lines' hashes: no role is guessed from it
_IDS, _MONEY = ("customer", "order"), ("amount", "quantity", "price")
_LETTERS = {"customer": "p", "order": "o", "line": "h"}  # a spreadsheet would round figures, and take 12e34 for one
_CANCELLED = re.compile(r"[Cc]-?\d")


@dataclasses.dataclass(frozen=True)
class Pseudonymised:
    """What was made: the table, the columns by role, those dropped, and the heading of the lines' hashes."""

    table: pd.DataFrame
    columns: pd.DataFrame
    dropped: tuple[str, ...]
    line: str


def pseudonymise(
    path: str | Path, key: bytes, given: Mapping[str, str | None] | None = None, *, keep: Sequence[str] = (),
    encoding: str | None = None, sheet: str | None = None,
) -> Pseudonymised:  # fmt: skip
    """The log's lines with pseudonyms for customers and orders, date, amount (or quantity, price), currency; no more.

    A further column, `LINE` (with a number where that heading is taken), holds a keyed hash of the whole original line:
    lines that differ only in what is dropped, such as the article, stay different, and exact duplicates stay such, so
    that orders and spends are the same as before. given: columns by role, as for `orders.read_orders`. keep: further
    columns to be copied as they are. Order numbers of cancelled lines (C…) stay recognisable as such.
    Errors: `FileError` as from `orders.read_orders`.
    """
    source = open_log(path, sheet, encoding)
    columns, places = choose_columns(source.headings, given or {}, source.file)
    if unknown := [name for name in keep if name not in source.headings]:
        raise FileError(f"{source.file}: --keep {', '.join(unknown)}: there is no such column; found: "
                        f"{', '.join(source.headings)}")  # fmt: skip
    kept = {name: source.headings.index(name) for name in keep}
    hashes = len(source.headings)
    found = read_table(_with_hashes(source, key), sorted({*places.values(), *kept.values(), hashes})).columns
    signs = any(_has_sign(cell) for role in _MONEY if role in places for cell in found[places[role]].cells)
    table = {source.headings[at]: _hashed(found[at], role, key) if role in _IDS else _read_alike(found[at], role, signs)
             for role, at in places.items()}  # fmt: skip
    table |= {name: _texts(found[at], [_text(cell) for cell in found[at].cells])
              for name, at in kept.items() if name not in table}  # fmt: skip
    dropped = tuple(heading for heading in source.headings if heading not in table)
    line = next(name for name in (LINE, *(f"{LINE}_{at}" for at in range(2, hashes + 3))) if name not in table)
    table[line] = _texts(found[hashes], found[hashes].cells)
    return Pseudonymised(pd.DataFrame(table), columns, dropped, line)


def pseudonym(text: str, key: bytes, role: str = "customer") -> str:
    """A letter and the first 16 hex digits of the HMAC-SHA256 of an id. It stays the same for a key, in all versions.

    >>> pseudonym("VIP-1", b"k" * 16), pseudonym("512", b"k" * 16, "order"), pseudonym("C512", b"k" * 16, "order")[:2]
    ('p30bc5194ac6bad58', 'o99851ea027d63b2c', 'C0')
    """
    said = hmac.digest(key, text.encode(), "sha256").hex()[:DIGITS]
    return f"C0{said}" if role == "order" and _CANCELLED.match(text) else _LETTERS[role] + said


def _with_hashes(source: Source, key: bytes) -> Source:
    """The file with a further column, the last: a keyed hash of each line, of all its cells; none of an empty line."""
    at = len(source.headings)

    def blocks(positions: Sequence[int]) -> Iterator[Block]:
        for numbers, cells in source.blocks([each for each in positions if each < at]):
            hashes = pd.Series(_line_hashes(cells, key), index=cells.index, dtype=object, name=at)
            yield numbers, pd.concat([cells, hashes], axis=1)

    return dataclasses.replace(source, headings=(*source.headings, LINE), blocks=blocks)


def _line_hashes(cells: pd.DataFrame, key: bytes) -> list[str | None]:
    """The hash of each line. A cell's length stands before it, so that only equal lines come to the same text."""
    columns = [_spelt(cells[name]) for name in cells.columns]
    filled = cells.notna().any(axis=1).to_numpy().tolist()
    return [pseudonym("line\n" + "".join(line), key, "line") if some else None  # no id has a line end within
            for some, line in zip(filled, zip(*columns, strict=True), strict=True)]  # fmt: skip


def _spelt(cells: "pd.Series[Any]") -> list[str]:
    codes, different = pd.factorize(cells)
    texts = [*(f"{len(text)}:{text}" for text in map(spelt, different.tolist())), "-"]
    return [texts[code] for code in codes.tolist()]


def _hashed(column: Column, role: str, key: bytes) -> "pd.Series[str]":
    ids = read_ids(column, in_order=False)
    texts = [*(pseudonym(str(each), key, role) for each in ids.categories), None]
    return pd.Series([texts[code] for code in ids.codes.tolist()], dtype=object)


def _texts(column: Column, cells: Sequence[Any]) -> "pd.Series[str]":
    """What `cells` says of the column's different cells, for each line; where it is empty, nothing."""
    texts = [*cells, None]
    return pd.Series([texts[code] for code in column.codes.tolist()], dtype=object)


def _read_alike(column: Column, role: str, signs: bool) -> "pd.Series[str]":
    """A column such that each line is read from the CSV file as from the client's. signs: see `_money`."""
    cells = [None if nothing else _money(cell, signs) if role in _MONEY else _date(cell)
             for cell, nothing in zip(column.cells, column.is_nothing.tolist(), strict=True)]  # fmt: skip
    return _texts(column, cells)


def _date(cell: Cell) -> str:
    """Blanks go: a tab would be taken for a formula's. A bare number of a workbook gets no text of a date: 20240105."""
    return cell.strip() if isinstance(cell, str) else repr(cell) if isinstance(cell, float) else _text(cell)


def _money(cell: Cell, signs: bool) -> str:
    """An amount that is no formula and is read as before. signs: whether amounts written as text show a sign between
    figures; a workbook's real numbers should then show none.

    >>> _money("-5 €", False), _money("-1.5", False), _money(2.125, False), _money(2.125, True)
    ('(5 €)', '-1.5', '2.1250', '2.125e0')
    """
    if isinstance(cell, float):
        return _figure(cell, signs)
    text = _text(cell)
    if folders.harmless(text) == text:
        return text
    plain = unicodedata.normalize("NFKC", text).replace("−", "-").strip()
    bare = plain.lstrip("+-").strip()
    fitting = [each for each in (f"({bare})", bare, plain)
               if folders.harmless(each) == each and repr(written(each)) == repr(written(text))]  # fmt: skip
    return fitting[0] if fitting else text


def _figure(number: float, signs: bool) -> str:
    if number.is_integer() and abs(number) < 1e15:
        return f"{number:.0f}"
    text = repr(number)
    if "e" in text or "n" in text:  # 1e-05; inf
        return text
    return f"{text}e0" if signs else f"{text}0" if len(text.partition(".")[2]) == 3 else text  # 1.234: thousands?


def _has_sign(cell: Cell) -> bool:
    return isinstance(cell, str) and bool((number := written(cell)).decimal or number.doubtful)


def _text(cell: Cell) -> str:
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    return f"{cell:.15g}" if isinstance(cell, float) else cell


def write_pseudonymised(made: Pseudonymised, out: str | Path) -> None:
    """Write the table as CSV (UTF-8), no cell a formula. Errors: `FileError` where there is a file already."""
    if Path(out).exists():
        raise FileError(f"{out}: is there already and is not overwritten; choose a new file")
    write_text(out, folders.as_csv(made.table))


def key_in(path: str | Path) -> tuple[bytes, bool]:
    """The key in a file, and whether it was made now: 256 bits, readable by the owner only. Errors: `FileError`."""
    path = Path(path)
    try:
        if not path.exists():
            return _new_key(path), True
        key = path.read_text(encoding="utf-8").strip().encode()
    except UnicodeDecodeError:
        raise FileError(f"{path}: is no text; allowed: a key as this command writes it") from None
    except OSError as error:
        raise FileError(f"{path}: cannot be used ({error.strerror}); give a file for the key") from None
    if len(key) < LEAST_KEY:
        raise FileError(f"{path}: the key has {len(key)} letters; allowed: at least {LEAST_KEY}")
    return key, False


def _new_key(path: Path) -> bytes:
    key = secrets.token_hex(32)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=False)  # before there is anything to read
    path.write_text(key + "\n", encoding="ascii")
    return key.encode()
