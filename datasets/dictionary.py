"""The dictionary of the data: which columns each table has, in which store, how rounded, and who may use them."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from simulator.parameters import FileError, checked, from_table, read_toml

PATH = Path(__file__).parent / "dictionary.toml"
TYPES = {
    "integer": pa.int64(),
    "decimal": pa.float64(),
    "text": pa.string(),
    "yes or no": pa.bool_(),
    "time": pa.timestamp("ms"),
}


@checked
class Column:
    """A column as it is written; `stores`: only in these (empty: in all that have the table)."""

    unit: str
    type: Literal["integer", "decimal", "text", "yes or no", "time"]
    meaning: str
    digits: int | None = None
    stores: tuple[str, ...] = ()


@checked
class Table:
    """A table: who may use it, its columns in order, and the columns that are left out, with the reason."""

    who: Literal["record", "truth"]
    says: str
    columns: dict[str, Column]
    left_out: dict[str, str] = dataclasses.field(default_factory=dict)
    stores: tuple[str, ...] = ()

    def written_in(self, store: str) -> dict[str, Column]:
        """The columns that the table has in a store."""
        return {name: each for name, each in self.columns.items() if store in (each.stores or (store,))}


def read(path: Path = PATH) -> dict[str, Table]:
    """The tables of the dictionary by name. Errors: `FileError` with the table, the column and what is allowed."""
    tables = {name: from_table(Table, table, f"{path.name}: {name}") for name, table in read_toml(path).items()}
    for name, table in tables.items():
        for column, each in table.columns.items():
            if (each.digits is not None) != (each.type == "decimal"):
                raise FileError(f"{path.name}: {name}.{column}: digits = {each.digits}: to be given for decimals only")
    return tables


def place(name: str, table: Table) -> str:
    """Where a table is written below the store's folder, without its ending; the truth is kept apart."""
    return f"truth/{name}" if table.who == "truth" else name


def arrange(frames: Mapping[str, pd.DataFrame], store: str, tables: Mapping[str, Table]) -> dict[str, pd.DataFrame]:
    """The frames of a store as they are written: tables and columns of the dictionary, in its order, rounded.

    Errors: `FileError` for a table or a column of which the dictionary says nothing, or which it promises in vain.
    """
    if unknown := sorted(set(frames) - set(tables)):
        raise FileError(f"table {unknown[0]} of {store} has no entry in {PATH.name}; give it one, or do not write it")
    wanted = {name: table for name, table in tables.items() if store in (table.stores or (store,))}
    for name, frame in frames.items():
        if name not in wanted:
            raise FileError(f"{PATH.name}: {name}.stores = {tables[name].stores}: {store} has this table, {len(frame)} "
                            "rows of it; add the store")  # fmt: skip
    for name in wanted:
        if name not in frames:
            raise FileError(f"{PATH.name}: {name}: {store} has no such table; name those that have it under stores")
    return {name: arranged(frames[name], name, table, store) for name, table in wanted.items()}


def arranged(frame: pd.DataFrame, name: str, table: Table, store: str) -> pd.DataFrame:
    """One frame with the dictionary's columns, in its order, of its types, rounded as it says."""
    for column in frame.columns:
        if column not in table.columns and column not in table.left_out:
            raise FileError(f"column {column} of {name} has no line in {PATH.name}: add it to [{name}.columns] to "
                            f"write it, or with a reason to [{name}.left_out]")  # fmt: skip
    written = table.written_in(store)
    for column in written:
        if column not in frame:
            raise FileError(f"{PATH.name}: {name}.{column}: {store} has no such column; found: {', '.join(frame)}")
    return pd.DataFrame({column: _typed(frame[column], each) for column, each in written.items()})


def _typed(values: pd.Series, column: Column) -> pd.Series:
    if column.type == "decimal":
        # 0 is added because −0.0 would be written with its sign
        return pd.Series(np.round(values.to_numpy(dtype=np.float64), column.digits or 0) + 0.0)
    kinds = {"integer": "Int64", "text": "str", "yes or no": "bool", "time": "datetime64[ms]"}
    typed = values.reset_index(drop=True).astype(kinds[column.type])
    return typed.mask(typed == "") if column.type == "text" else typed  # CSV knows no text without letters


def schema(columns: Mapping[str, Column]) -> pa.Schema:
    """The columns as Parquet holds them, the same whatever wrote them."""
    return pa.schema([(name, TYPES[each.type]) for name, each in columns.items()])
