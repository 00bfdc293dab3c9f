"""Opening whatever file a client sends: what kind it is, within what limits, and a text file's lines."""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from simulator.orders.sheets import open_sheet
from simulator.orders.table import MOST_COLUMNS, MOST_LINES, Block, Source, shown
from simulator.orders.text import to_utf8
from simulator.parameters import FileError

MOST_BYTES = 500_000_000  # of a file, unpacked: some five million orders with a dozen columns
_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_CELLS_AT_ONCE = 2_000_000
_STEP_BYTES = 1 << 22
_GZIP, _ZIP, _OLD_OFFICE = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_WEB_PAGE = re.compile(rb"\s*(<!doctype|<html|<table|<\?xml|<meta|<head)", re.IGNORECASE)
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # what Excel writes before the headings


def open_log(path: str | Path, sheet: str | None = None, encoding: str | None = None) -> Source:
    """A client's file opened as what it holds, whatever its name ends in: text, gzipped text, or an .xlsx workbook.

    Errors: `FileError` for anything else (folders, archives, old .xls, web pages, binary), for what is larger than
    `MOST_BYTES` once unpacked, and for more than `MOST_COLUMNS` columns.
    """
    file = str(path)
    data = _unpacked(_bytes(Path(path)), file)
    if not data.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe"):
        raise FileError(f"{file}: the file is empty; allowed: a heading and one line an order or an order line")
    if data.startswith(_OLD_OFFICE):
        raise FileError(
            f"{file}: is an old .xls workbook or one with a password; save it as .xlsx without password, or CSV"
        )
    if data.startswith(_ZIP):
        return _limited(open_sheet(data, file, sheet, MOST_BYTES))
    if sheet is not None:
        raise FileError(f"{file}: sheet={sheet!r}: the file is text and has no sheets; leave it out")
    if _WEB_PAGE.match(data[:1000]):
        raise FileError(f"{file}: is a web page (HTML or XML), whatever its name says; open it in a spreadsheet and "
                        "save it as .xlsx or CSV UTF-8")  # fmt: skip
    return _limited(_open_text(data, file, encoding))


def _bytes(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            kind = "a folder" if path.is_dir() else "no ordinary file"
            raise FileError(f"{path}: is {kind}; give a .csv, .csv.gz or .xlsx file")
        if (size := path.stat().st_size) > MOST_BYTES:
            raise FileError(f"{path}: {_too_large(size)}")
        return path.read_bytes()
    except OSError as error:
        raise FileError(
            f"{path}: cannot be read ({error.strerror or error}); give a .csv, .csv.gz or .xlsx file"
        ) from None
    except ValueError as error:  # a zero within the name
        raise FileError(f"{path!r}: cannot be read ({error}); give a .csv, .csv.gz or .xlsx file") from None


def _too_large(size: int | None = None) -> str:
    has = f"has {size:,} bytes" if size is not None else "is larger, once unpacked, than it may be"
    return f"{has}; allowed: up to {MOST_BYTES:,} bytes unpacked; leave out columns that are not needed, or years"


def _unpacked(data: bytes, file: str) -> bytes:
    """What a gzipped file holds, as far as it may be unpacked; other files as they are."""
    if not data.startswith(_GZIP):
        return data
    pieces, size = [], 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            while piece := packed.read(_STEP_BYTES):
                pieces.append(piece)
                if (size := size + len(piece)) > MOST_BYTES:
                    raise FileError(f"{file}: {_too_large()}")
    except (OSError, EOFError, zlib.error) as error:
        raise FileError(f"{file}: cannot be read (gzip: {error}); send it again, or give a CSV file") from None
    unpacked = b"".join(pieces)
    if unpacked.startswith(_GZIP):
        raise FileError(f"{file}: is packed twice; unpack it once and give the .csv.gz in it")
    return unpacked


def _limited(source: Source) -> Source:
    if len(source.headings) > MOST_COLUMNS:
        raise FileError(f"{source.file}: has {len(source.headings):,} columns; allowed: up to {MOST_COLUMNS}; one "
                        f"{source.word} an order, with its customer, date and amount")  # fmt: skip
    return source


def _open_text(data: bytes, file: str, encoding: str | None) -> Source:
    text, name = to_utf8(data, file, encoding)
    begin = len(text) - len(text.lstrip(b"\r\n"))
    before = max(text[:begin].count(b"\n"), text[:begin].count(b"\r"))
    told = _SEPARATOR_LINE.match(text[begin : begin + 10].decode("utf-8", "replace"))
    if told:
        begin, before = begin + len(told[0]), before + 1
    separator = told[1] if told and told[1] in _SEPARATORS else _separator(text[begin:], file, before + 1)
    ends = max(text.count(b"\n"), text.count(b"\r"))
    if ends > MOST_LINES:
        raise FileError(f"{file}: has {ends:,} lines; allowed: up to {MOST_LINES:,}; give fewer years")
    headings = _headings(text[begin:], separator)
    notes = (f"Read as {name} text, cells separated by {_SEPARATORS[separator]}.",)

    def blocks(positions: Sequence[int]) -> Iterator[Block]:
        return _blocks(text[begin:], separator, headings, file, before + 2)

    return Source(file, "line", headings, notes, blocks)


def _separator(text: bytes, file: str, line: int) -> str:
    header = re.split(r"[\r\n]", text[:_STEP_BYTES].decode("utf-8", "ignore"), maxsplit=1)[0]
    plain = re.sub(r'"[^"]*"', "", header)
    separator = max(_SEPARATORS, key=plain.count)
    if plain.count(separator) == 0:
        raise FileError(f"{file}: line {line}: {shown(header)} names one column only; allowed: headings separated by "
                        "comma, semicolon, tab or |")  # fmt: skip
    return separator


def _headings(text: bytes, separator: str) -> tuple[str, ...]:
    head = text[:_STEP_BYTES].decode("utf-8", "ignore")
    try:
        row = next(csv.reader(io.StringIO(head, newline=None), delimiter=separator, skipinitialspace=True), [])
    except csv.Error:  # a cell longer than 131,072 signs: no heading
        row = head.split("\n")[0].split(separator)
    return tuple(each.strip() for each in row)


def _blocks(text: bytes, separator: str, headings: tuple[str, ...], file: str, first: int) -> Iterator[Block]:
    """The lines below the heading, block by block. first: the number of the first of them."""
    numbers, done = _line_numbers(text, separator, first), 0
    rows_at_once = max(1000, _CELLS_AT_ONCE // len(headings))
    try:
        reader = pd.read_csv(io.BytesIO(text), sep=separator, dtype=str, chunksize=rows_at_once, skip_blank_lines=False,
                             keep_default_na=False, na_values=[""], skipinitialspace=True)  # fmt: skip
        for block in reader:
            if not isinstance(block.index, pd.RangeIndex) or len(block.columns) != len(
                headings
            ):  # pandas would shift the columns without a word
                raise FileError(f"{file}: line {first} has more columns than the heading; they should be the same")
            where = numbers[done : done + len(block)] if numbers is not None else np.arange(len(block)) + done + first
            done += len(block)
            yield where, block.set_axis(range(len(block.columns)), axis=1)
    except pd.errors.ParserError as error:
        raise FileError(f"{file}: {_parser_said(str(error), first)}; each line should have the heading's columns, and "
                        "quotation marks should come in pairs") from None  # fmt: skip
    except pd.errors.EmptyDataError:
        return


def _parser_said(said: str, first: int) -> str:
    """What pandas says, with its number of the line (the heading's is 1) as the file's."""
    said = said.removeprefix("Error tokenizing data. C error: ").strip()
    said = re.sub(r"line (\d+)", lambda found: f"line {int(found[1]) + first - 2}", said)
    return re.sub(r"row (\d+)", lambda found: f"line {int(found[1]) + first - 1}", said)


def _line_numbers(text: bytes, separator: str, first: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]] | None":
    """The line in which each row begins, where cells in quotation marks run over several lines; None where none can."""
    if b'"' not in text:
        return None
    begins, last = [], 0
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline=""), delimiter=separator,
                        skipinitialspace=True)  # fmt: skip
    try:
        for _ in reader:
            begins.append(last + 1)
            last = reader.line_num
    except csv.Error:
        return None
    return np.array(begins[1:], dtype=np.int64) + first - 2 if last > len(begins) else None
