"""The columns of a client's file by their different cells: each text is read once, however many lines have it."""

import dataclasses
import datetime
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from simulator.clock import Flags, Integers
from simulator.parameters import FileError

Cell: TypeAlias = str | float | datetime.datetime  # text; from a workbook also numbers and dates that are real ones
Block: TypeAlias = tuple[Integers, pd.DataFrame]  # numbers of some lines of the file and their cells

MOST_COLUMNS, MOST_LINES = 500, 10_000_000
FEW_SHARE, FEW_LINES = 0.01, 3
_NOTHING = frozenset(["", "nan", "nat", "null", "none", "n/a", "#n/a", "na", "-", "--", r"\n", "无", "未知"])


@dataclasses.dataclass(frozen=True)
class Source:
    """A file opened: its headings are known, its lines not yet read.

    file: the path as given. word: what a line is called ("line", in a sheet "row"). notes: how the file was read.
    blocks: yields the lines below the heading, in order; empty cells are missing.
    """

    file: str
    word: str
    headings: tuple[str, ...]
    notes: tuple[str, ...]
    blocks: Callable[[Sequence[int]], Iterator[Block]]


@dataclasses.dataclass(frozen=True)
class Column:
    """A column of a file.

    cells: the different ones. codes: which of them each line has, -1 for an empty one. lines: the lines' numbers.
    """

    file: str
    word: str
    heading: str
    cells: Sequence[Cell]
    codes: Integers
    lines: Integers

    @classmethod
    def of(cls, cells: Sequence[Any], file: str = "log.csv", heading: str = "column") -> "Column":
        """From cells in order (None for an empty one), as lines 2, 3, … of a file.

        >>> Column.of(["a", None, "a"]).codes.tolist()
        [0, -1, 0]
        """
        codes, different = pd.factorize(np.array(cells, dtype=object))
        return cls(file, "line", heading, different.tolist(), codes.astype(np.int64), np.arange(2, len(cells) + 2))

    def place(self, cell: int) -> str:
        """The file and the first line with the cell of that number: where an error message begins."""
        return f"{self.file}: {self.word} {self.line(cell)}"

    def named(self, cell: int) -> str:
        """The heading and the cell of that number: what an error message speaks of."""
        return f"{self.heading} {shown(self.cells[cell])}"

    def line(self, cell: int) -> int:
        """The first line with the cell of that number."""
        return int(self.lines[np.argmax(self.codes == cell)])

    def counts(self) -> Integers:
        """How many lines have each cell."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.cells))

    def spread(self, of_cells: Any, empty: Any) -> Any:
        """For each line what `of_cells` (an array, an entry a cell) says of its cell; `empty` for empty ones."""
        return np.append(of_cells, empty)[self.codes]

    @functools.cached_property
    def is_nothing(self) -> Flags:
        """For each cell whether it stands for nothing: blanks, "NaN", "null", "无" and their like."""
        return np.array([stands_for_nothing(each) for each in self.cells], dtype=bool)

    def check_few(self, wrong: Flags, said: str, allowed: str) -> None:
        """Errors: `FileError` with the first line where more than a few of the filled lines have a `wrong` cell.

        A few: 1 % of them, or three. Those are left to be dropped and counted; more mean that the column is misread.
        """
        counts = self.counts() * ~self.is_nothing
        found, of = int(counts[wrong].sum()), int(counts.sum())
        if found > max(FEW_LINES, FEW_SHARE * of):
            first = int(np.argmax(wrong))
            raise FileError(f"{self.place(first)}: {self.named(first)} {said}, one of {found:,} such {self.word}s in "
                            f"{of:,}; {allowed}; up to {FEW_SHARE:.0%} would be dropped and counted")  # fmt: skip


def stands_for_nothing(cell: Cell) -> bool:
    """Whether a cell means that there is nothing.

    >>> [stands_for_nothing(each) for each in (" ", "NaN", "无", "0", 0.0)]
    [True, True, True, False, False]
    """
    if not isinstance(cell, str) or (len(cell) > 4 and not cell[0].isspace() and not cell[-1].isspace()):
        return False  # this comes first because it is quick: there may be a million different cells
    return cell.strip().lower() in _NOTHING


def shown(cell: Cell) -> str:
    """A cell as an error message shows it: short, in quotation marks if it is text.

    >>> shown("x" * 100)[-6:], shown(12.0)
    ("xx...'", '12')
    """
    if isinstance(cell, str):
        return repr(cell if len(cell) <= 60 else cell[:57] + "...")
    return f"{cell:.15g}" if isinstance(cell, float) else str(cell)


@dataclasses.dataclass(frozen=True)
class Table:
    """The columns asked for, by position; the lines' numbers; which lines repeat an earlier one in all columns."""

    columns: dict[int, Column]
    lines: Integers
    again: Flags


def read_table(source: Source, positions: Sequence[int]) -> Table:
    """Read the columns at `positions` (0 is the first); lines without any cell are passed over.

    The other columns only decide which lines repeat another, and are not kept. Errors: `FileError` without a line.
    """
    known: dict[int, dict[Cell, int]] = {position: {} for position in positions}
    codes: dict[int, list[Integers]] = {position: [] for position in positions}
    lines, others = [], []
    for numbers, cells in source.blocks(positions):
        filled = cells.notna().any(axis=1).to_numpy()
        lines.append(numbers[filled])
        cells = cells[filled]
        for position in positions:
            codes[position].append(_coded(cells[position], known[position]))
        others.append(_fingerprint(cells.drop(columns=list(positions))))
    if not sum(map(len, lines)):
        raise FileError(f"{source.file}: there is no {source.word} below the heading; allowed: one {source.word} an "
                        "order or order line")  # fmt: skip
    all_lines, joined = np.concatenate(lines), {position: np.concatenate(each) for position, each in codes.items()}
    again = pd.DataFrame(joined).assign(others=np.concatenate(others)).duplicated().to_numpy()
    columns = {position: Column(source.file, source.word, source.headings[position], list(known[position]),
                                joined[position], all_lines) for position in positions}  # fmt: skip
    return Table(columns, all_lines, again)


def _coded(cells: "pd.Series[Any]", known: dict[Cell, int]) -> Integers:
    """The number of each cell; those not known yet are added to `known`."""
    codes, different = pd.factorize(cells)
    numbers = [known.setdefault(cell, len(known)) for cell in different.tolist()]
    return np.asarray(np.array([*numbers, -1], dtype=np.int64)[codes])


def _fingerprint(cells: pd.DataFrame) -> "np.ndarray[Any, np.dtype[np.uint64]]":
    """A number for each line that (but for one chance in 10¹⁹) only equal lines share."""
    if not len(cells.columns):
        return np.zeros(len(cells), dtype=np.uint64)
    plain = cells.apply(lambda column: column if _is_text(column) else column.map(spelt, na_action="ignore"))
    return np.asarray(pd.util.hash_pandas_object(plain, index=False), dtype=np.uint64)


def _is_text(column: "pd.Series[Any]") -> bool:
    return pd.api.types.infer_dtype(column, skipna=True) in ("string", "empty")


def spelt(cell: Cell) -> str:
    """A cell as text, such that only equal cells are spelt alike: no text of a client's file begins with a zero.

    >>> spelt("1.0") == spelt(1.0), spelt(0.0) == spelt(-0.0)
    (False, True)
    """
    return cell if isinstance(cell, str) else f"\0{cell + 0.0!r}" if isinstance(cell, float) else f"\0{cell}"
