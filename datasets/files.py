"""Files of the data: tables written as CSV and Parquet, put in place when all are made, compared with those stored."""

import csv
import io
import re
import tempfile
from collections.abc import Callable, Mapping
from itertools import zip_longest
from pathlib import Path

import dictionary
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

TIME = "%Y-%m-%d %H:%M"
_VERSION = re.compile(r"version \d+(\.\d+)+")


def write_tables(frames: Mapping[str, pd.DataFrame], folder: Path, store: str) -> None:
    """Write each frame of a store, arranged as the dictionary says, as `.csv` and as `.parquet`."""
    tables = dictionary.read()
    for name, frame in frames.items():
        path = folder / dictionary.place(name, tables[name])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".csv").write_text(as_csv(frame), encoding="utf-8", newline="\n")
        schema = dictionary.schema(tables[name].written_in(store))
        # without pandas' own notes, in which its version stands
        table = pa.Table.from_pandas(frame, schema, preserve_index=False).replace_schema_metadata(None)
        pq.write_table(table, path.with_suffix(".parquet"), compression="zstd")


def as_csv(frame: pd.DataFrame) -> str:
    return str(frame.to_csv(index=False, lineterminator="\n", date_format=TIME))


def put_in_place(make: Callable[[Path], None], out: Path) -> None:
    """Have `make` fill a folder aside, then move its files into `out`: a run that breaks leaves `out` as it was."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".making-") as aside:
        make(Path(aside))
        for name in names(Path(aside)):
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(aside) / name).replace(out / name)


def names(folder: Path) -> list[str]:
    """Every file below a folder, by its path from there, in order."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def first_difference(stored: Path, made: Path) -> str | None:
    """The first file and row in which the stored files differ from those made just now, in words; None: they agree.

    What is compared is what the files say, not their bytes: writers of Parquet differ from version to version.
    """
    for name in names(made):
        if not (stored / name).is_file():
            return f"{name}: is missing"
        if (stored / name).read_bytes() == (made / name).read_bytes():
            continue
        try:
            said, should = lines_of(stored / name), lines_of(made / name)
        except (UnicodeDecodeError, pa.ArrowException) as error:
            return f"{name}: cannot be read ({str(error).splitlines()[0]})"
        if said != should:
            return f"{name}: {_where(said, should, name)}"
    folders = {Path(name).parts[0] for name in names(made) if "/" in name}
    for extra in (f"{folder}/{name}" for folder in sorted(folders) for name in names(stored / folder)):
        if not (made / extra).is_file():
            return f"{extra}: is not made by make.py; remove it"
    return None


def lines_of(path: Path) -> list[str]:
    """What a file says, by line: text as it stands, Parquet as the CSV of the same table under a line of its types."""
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        # nullable types keep whole numbers whole where some are missing
        frame = pd.read_parquet(path, dtype_backend="numpy_nullable")
        return [*as_csv(frame).splitlines(), "types: " + ", ".join(str(each) for each in table.schema.types)]
    # data made by an earlier version and made alike by this one are no difference
    return _VERSION.sub("version", path.read_text(encoding="utf-8")).splitlines()


def _where(said: list[str], should: list[str], name: str) -> str:
    """The first line that differs; in a table the row (the first below the heading is 1) and the column."""
    pairs = enumerate(zip_longest(said, should))
    number, (old, new) = next((number, pair) for number, pair in pairs if pair[0] != pair[1])
    if name.endswith(".md"):
        return f"line {number + 1}: is {old!r}, should be {new!r}"
    if old is None or new is None or number == 0 or new.startswith("types: "):
        return f"row {number}: is {old!r}, should be {new!r}"
    heading, *rows = csv.reader(io.StringIO("\n".join([should[0], old, new])))
    cells = [cell for cell in zip(heading, *rows, strict=False) if cell[1] != cell[2]]
    column, was, is_to_be = cells[0] if cells else ("number of cells", str(len(rows[0])), str(len(rows[1])))
    return f"row {number} (line {number + 1}), {column}: is {was!r}, should be {is_to_be!r}"
