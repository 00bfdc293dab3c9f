"""An order log with pseudonyms in place of ids: keyed hashes, whose key the consultant keeps."""

import dataclasses
import datetime
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from simulator import folders
from simulator.orders.columns import choose_columns, read_ids
from simulator.orders.files import open_log
from simulator.orders.table import Cell, Column, read_table
from simulator.parameters import FileError, write_text

DIGITS, LEAST_KEY = 16, 16  # hex digits of a pseudonym; letters of a key
_IDS = ("customer", "order")
_CANCELLED = re.compile(r"[Cc]-?\d")


@dataclasses.dataclass(frozen=True)
class Pseudonymised:
    """What was made: the table, the columns by role, and those dropped."""

    table: pd.DataFrame
    columns: pd.DataFrame
    dropped: tuple[str, ...]


def pseudonymise(
    path: str | Path, key: bytes, given: Mapping[str, str | None] | None = None, *, keep: Sequence[str] = (),
    encoding: str | None = None, sheet: str | None = None,
) -> Pseudonymised:  # fmt: skip
    """The log's lines with pseudonyms for customers and orders, date, amount (or quantity, price), currency; no more.

    given: columns by role, as for `orders.read_orders`. keep: further columns to be copied as they are. Order numbers
    of cancelled lines (C…) stay recognisable as such. Errors: `FileError` as from `orders.read_orders`.
    """
    source = open_log(path, sheet, encoding)
    columns, places = choose_columns(source.headings, given or {}, source.file)
    if unknown := [name for name in keep if name not in source.headings]:
        raise FileError(f"{source.file}: --keep {', '.join(unknown)}: there is no such column; found: "
                        f"{', '.join(source.headings)}")  # fmt: skip
    kept = {name: source.headings.index(name) for name in keep}
    found = read_table(source, sorted({*places.values(), *kept.values()})).columns
    table = {source.headings[at]: _hashed(found[at], role, key) if role in _IDS else _texts(found[at])
             for role, at in places.items()}  # fmt: skip
    table |= {name: _texts(found[at]) for name, at in kept.items() if name not in table}
    dropped = tuple(heading for heading in source.headings if heading not in table)
    return Pseudonymised(pd.DataFrame(table), columns, dropped)


def pseudonym(text: str, key: bytes, role: str = "customer") -> str:
    """The first 16 hex digits of the HMAC-SHA256 of an id; of an order with a letter before them.

    >>> pseudonym("VIP-1", b"k" * 16), pseudonym("C512", b"k" * 16, "order")[:2]
    ('30bc5194ac6bad58', 'C0')
    """
    said = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:DIGITS]
    if role == "customer":
        return said
    return f"C0{said}" if _CANCELLED.match(text) else f"o{said}"  # "o": a hash can begin with c1


def _hashed(column: Column, role: str, key: bytes) -> "pd.Series[str]":
    ids = read_ids(column, in_order=False)
    texts = [*(pseudonym(str(each), key, role) for each in ids.categories), None]
    return pd.Series([texts[code] for code in ids.codes], dtype=object)


def _texts(column: Column) -> "pd.Series[str]":
    texts = [*(_text(cell) for cell in column.cells), None]
    return pd.Series([texts[code] for code in column.codes], dtype=object)


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
