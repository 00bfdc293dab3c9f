"""Sheets of .xlsx workbooks: values as the spreadsheet last worked them out; nothing in them is ever evaluated."""

import datetime
import io
import itertools
import re
import string
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from xml.parsers import expat

import numpy as np
import pandas as pd
import python_calamine

from simulator.orders.table import MOST_COLUMNS, Block, Cell, Source
from simulator.parameters import FileError

MOST_CELLS = 30_000_000  # of the rectangle from the first filled cell to the last: it is held whole
_MOST_PARTS, _STEP_BYTES, _ROWS_AT_ONCE = 5_000, 1 << 22, 100_000
_NEEDED = re.compile(
    r"(?i)/?(\[content_types\]\.xml|_rels/\.rels|xl/(_rels/)?[^/]*\.(xml|rels)|xl/worksheets/.*\.(xml|rels))"
)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)


class _Contents:
    """What a sheet's XML holds, noted as it is parsed.

    first, last: (row, column) from 1, the corners of the filled cells. unworked: by column, the first cell with a
    formula that has no value. errors: cells such as #DIV/0!.
    """

    def __init__(self) -> None:
        self.first, self.last = (1 << 30, 1 << 30), (0, 0)
        self.unworked: dict[int, str] = {}
        self.errors: list[str] = []
        self._columns: dict[str, int] = {}
        self._at, self._kind = (0, 0), "n"
        self._formula = self._filled = self._inside = False

    def scan(self, xml: bytes) -> None:
        parser = _parser()
        parser.StartElementHandler = self._start
        if b"<f" in xml or b":f" in xml or b'"e"' in xml or b"'e'" in xml:  # else not worth the time it takes
            parser.EndElementHandler = self._end
            parser.CharacterDataHandler = self._text
        parser.Parse(xml, True)

    def _start(self, tag: str, values: dict[str, str]) -> None:
        if (tag := tag.rpartition(":")[2]) == "c":
            self._start_cell(values.get("r", ""))
            self._kind, self._formula, self._filled = values.get("t", "n"), False, False
        elif tag == "row":
            self._at = (int(values["r"]) if "r" in values else self._at[0] + 1, 0)
        elif tag == "f":
            self._formula = True
        elif tag == "v" or tag == "is":
            self._inside, self._filled = True, self._kind == "str"  # a formula's text may be empty
            self._stretch(*self._at)

    def _start_cell(self, name: str) -> None:
        letters = name.rstrip(string.digits)
        if letters not in self._columns:
            self._columns[letters] = _column(letters)
        row, column = self._at
        self._at = (int(name[len(letters) :]), self._columns[letters]) if name else (row, column + 1)

    def _stretch(self, row: int, column: int) -> None:
        if row < self.first[0] or column < self.first[1]:
            self.first = (min(row, self.first[0]), min(column, self.first[1]))
        if row > self.last[0] or column > self.last[1]:
            self.last = (max(row, self.last[0]), max(column, self.last[1]))

    def _text(self, data: str) -> None:
        self._filled = self._filled or self._inside

    def _end(self, tag: str) -> None:
        self._inside = False
        if tag.rpartition(":")[2] == "c" and (self._formula or self._kind == "e"):
            row, column = self._at
            if self._kind == "e":
                self.errors.append(f"{_letters(column)}{row}")
            elif not self._filled:
                self.unworked.setdefault(column, f"{_letters(column)}{row}")


def open_sheet(data: bytes, file: str, sheet: str | None, most_bytes: int) -> Source:
    """A sheet of a workbook (default the first one), its first filled row as headings.

    Errors: `FileError` for a zip file that is no workbook, is broken or unpacks to more than `most_bytes`, whatever
    sizes it claims; for a sheet that is not there; for a formula without a stored value in a column that is needed.
    """
    parts = _parts(data, file, most_bytes)
    book = _guarded(lambda: python_calamine.CalamineWorkbook.from_filelike(_plain_zip(parts)), file)
    names = [each.name for each in book.sheets_metadata if each.typ == python_calamine.SheetTypeEnum.WorkSheet]
    name = _chosen(names, sheet, file)
    contents = _contents(parts, name, file)
    rows = _guarded(lambda: book.get_sheet_by_name(name), file)
    row, column = (each + 1 for each in rows.start or (-1, -1))  # of the first cell with a value
    for cell in contents.unworked.values():
        if (row, column) != contents.first or cell.lstrip(string.ascii_uppercase) == str(row):  # a heading
            raise FileError(f"{file}: {_unworked(cell)}")
    cells = itertools.dropwhile(lambda each: set(each) == {""}, rows.iter_rows() if row else iter(()))
    headings = tuple(str(_cell(each) or "").strip() for each in next(cells, []))
    note = f"Read from the sheet {name!r}, " + (
        "the only one." if len(names) == 1 else f"one of {len(names)}: {names}."
    )

    def blocks(positions: Sequence[int]) -> Iterator[Block]:
        _check_formulas(contents, positions, column, file)
        return _blocks(cells, row + 1, len(headings), file)

    where = file if len(names) == 1 else f"{file}: sheet {name!r}"
    return Source(where, "row", headings, (note, *_about_errors(contents)), blocks)


def _parts(data: bytes, file: str, most_bytes: int) -> dict[str, bytes]:
    """The parts of a workbook that hold its cells, unpacked within the limit."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = {info.filename for info in packed.infolist()}
            if not any(name.lower().endswith("xl/workbook.xml") for name in names):
                raise FileError(f"{file}: is a zip archive, no .xlsx workbook; " + (
                    "save the .xlsb workbook as .xlsx" if any("workbook.bin" in name for name in names) else
                    "unpack it and give the .csv or .xlsx file in it"))  # fmt: skip
            claimed = sum(info.file_size for info in packed.infolist())
            if claimed > most_bytes or len(names) > _MOST_PARTS:
                raise FileError(f"{file}: {_too_large(claimed, most_bytes)}")
            return _unpacked(packed, file, most_bytes)
    except _BROKEN as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{file}: cannot be read (zip: {error}); open it in a spreadsheet and save it again") from None


def _unpacked(packed: zipfile.ZipFile, file: str, most_bytes: int) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    left, bytes_of = most_bytes, packed.open  # the bytes of a part, no text
    for info in packed.infolist():
        if not _NEEDED.fullmatch(info.filename.replace("\\", "/")):
            continue
        with bytes_of(info) as part:  # reads no more than the part claims, and checks its sum
            parts[info.filename] = part.read(left + 1)
        if (left := left - len(parts[info.filename])) < 0:
            raise FileError(f"{file}: {_too_large(most_bytes + 1, most_bytes)}")
    return parts


def _too_large(size: int, most: int) -> str:
    return f"unpacks to {size:,} bytes or more; allowed: up to {most:,} bytes; give a CSV file with the columns needed"


def _plain_zip(parts: dict[str, bytes]) -> io.BytesIO:
    """The parts as an unpacked zip: the library that reads the sheet sees nothing but what was within the limit."""
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_STORED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    plain.seek(0)
    return plain


def _guarded(read: Callable[[], Any], file: str) -> Any:
    """What `read` gives; whatever is wrong inside a workbook becomes a `FileError`, also a panic of the library."""
    try:
        return read()
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:
        raise FileError(f"{file}: cannot be read as a workbook ({str(error)[:200]}); open it in a spreadsheet and "
                        "save it again") from None  # fmt: skip


def _chosen(names: list[str], sheet: str | None, file: str) -> str:
    if not names:
        raise FileError(f"{file}: the workbook has no sheet with cells; allowed: one with a heading and a row an order")
    if sheet is not None and sheet not in names:
        raise FileError(f"{file}: sheet={sheet!r}: there is no such sheet; found: {', '.join(names)}")
    return names[0] if sheet is None else sheet


def _contents(parts: dict[str, bytes], name: str, file: str) -> _Contents:
    part = _guarded(lambda: _part_of_sheet(parts, name), file)
    contents = _Contents()
    if part is None:
        raise FileError(f"{file}: the cells of sheet {name!r} are missing; open it in a spreadsheet and save it again")
    _guarded(lambda: contents.scan(part), file)
    height, width = (last - first + 1 for first, last in zip(contents.first, contents.last, strict=True))
    if height < 1:
        raise FileError(f"{file}: the file is empty: sheet {name!r} has no cell; allowed: a heading and a row an "
                        "order; other sheets by --sheet / sheet=…")  # fmt: skip
    if width > MOST_COLUMNS or width * height > MOST_CELLS:
        raise FileError(f"{file}: sheet {name!r} has {width:,} columns and {height:,} rows from its first filled cell "
                        f"to its last; allowed: up to {MOST_COLUMNS} columns and {MOST_CELLS:,} cells; give a CSV file "
                        "with the columns needed")  # fmt: skip
    return contents


def _part_of_sheet(parts: dict[str, bytes], name: str) -> bytes | None:
    """The XML of a sheet, found as the workbook says."""
    base = next(each for each in parts if each.lower().endswith("xl/workbook.xml")).removesuffix("workbook.xml")
    ids = {each["name"]: value for each in _elements(parts[f"{base}workbook.xml"], "sheet")
           for key, value in each.items() if key.rpartition(":")[2] == "id"}  # fmt: skip
    targets = {
        each["Id"]: each["Target"] for each in _elements(parts[f"{base}_rels/workbook.xml.rels"], "Relationship")
    }
    target = targets[ids[name]]
    return parts.get(target.removeprefix("/") if target.startswith("/") else base + target)


def _elements(xml: bytes, wanted: str) -> list[dict[str, str]]:
    """The attributes of each element of that name."""
    found: list[dict[str, str]] = []
    parser = _parser()
    parser.StartElementHandler = lambda tag, values: found.append(values) if tag.rpartition(":")[2] == wanted else None
    parser.Parse(xml, True)
    return found


def _parser() -> Any:
    """A reader of XML that refuses declarations of entities, of which a few can blow up to gigabytes."""
    parser = expat.ParserCreate()

    def refuse(*declared: Any) -> None:
        raise ValueError("it declares entities")

    parser.EntityDeclHandler = refuse
    return parser


def _column(letters: str) -> int:
    """
    >>> _column("A"), _column("AB")
    (1, 28)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _letters(column: int) -> str:
    letters = ""
    while column > 0:
        column, digit = divmod(column - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


def _check_formulas(contents: _Contents, positions: Sequence[int], first_column: int, file: str) -> None:
    for position in positions:
        if cell := contents.unworked.get(first_column + position):
            raise FileError(f"{file}: {_unworked(cell)}")


def _unworked(cell: str) -> str:
    return (f"cell {cell}: holds a formula without a stored value, and formulas are not worked out here; open the "
            "file in a spreadsheet and save it, or paste the values")  # fmt: skip


def _about_errors(contents: _Contents) -> list[str]:
    if not (cells := contents.errors):
        return []
    return [f"{len(cells):,} cells hold an error such as #DIV/0! (the first: {cells[0]}) and count as empty."]


def _blocks(cells: Iterator[list[Any]], first: int, width: int, file: str) -> Iterator[Block]:
    """The rows below the heading, block by block. first: the number of the first of them."""
    while rows := _guarded(lambda: list(itertools.islice(cells, _ROWS_AT_ONCE)), file):
        frame = pd.DataFrame([[_cell(each) for each in row] for row in rows], columns=range(width), dtype=object)
        yield np.arange(first, first + len(rows)), frame
        first += len(rows)


def _cell(value: Any) -> Cell | None:
    """A cell's value: text, a number, a date and time of day, or nothing."""
    if value == "":
        return None
    if isinstance(value, str | datetime.datetime):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, datetime.date):
        return datetime.datetime(value.year, value.month, value.day)
    return str(value)
