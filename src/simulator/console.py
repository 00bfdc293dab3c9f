"""What the command prints: tables and sentences, on consoles of any encoding."""

import codecs
import io
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from simulator.folders import LABELS
from simulator.measures import UNITS, Horizon, measure
from simulator.parameters import replaced
from simulator.sentences import decides, headline, measure_rows, misleading, plain, quantity
from simulator.store import Store
from simulator.twins import Comparison
from simulator.world import World

_PLAIN = {"−": "-", "–": "-", "…": "...", "≥": ">=", "≤": "<=", "¥": "￥", "≈": "~", "γ": "gamma", "•": "-"}

NOT_TOLD = "not told when the store was fitted"


def tolerate_any_encoding() -> None:
    """From now on a sign that the console lacks is printed as a plain one in its place, or as a question mark."""
    codecs.register_error("plainer", _plainer)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plainer")


def _plainer(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    text = "".join(_PLAIN.get(sign, "?") for sign in error.object[error.start : error.end])
    try:
        text.encode(error.encoding)
    except UnicodeEncodeError:
        text = "?" * (error.end - error.start)
    return text, error.end


def show(title: str, frame: pd.DataFrame) -> None:
    """Print a table."""
    table = Table(title=escape(title), title_justify="left", show_edge=False)
    for at, head in enumerate(frame.columns):
        table.add_column(escape(str(head)), justify="right" if at else "left", overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(*(escape(plain(value)) for value in row))
    Console(width=None if sys.stdout.isatty() else 140).print(table, "")


def print_tables(tables: Mapping[str, pd.DataFrame], notes: Iterable[str]) -> None:
    """Print tables by title, then notes."""
    for title, table in tables.items():
        show(title, table)
    print("\n".join(f"- {note}" for note in notes) + "\n")


def print_measures(world: World, horizon: Horizon) -> None:
    """Print what is measured on one world."""
    sign, found = world.store.currency, measure(world, horizon)
    rows = [(LABELS[name], quantity(value, UNITS[name], sign), UNITS[name].replace("currency", sign))
            for name, value in found.items()]  # fmt: skip
    title = f"{world.store.name}, {world.weeks} weeks, {', '.join(world.practices) or 'no practices'}"
    show(title, pd.DataFrame(rows, columns=["measure", "value", "unit"]))
    print(f"Retention: of the customers of week 0, those still customers in week {horizon.retention_week} who buy "
          f"within {horizon.window_weeks} weeks.")  # fmt: skip


def print_comparison(comparison: Comparison, swings: Mapping[str, pd.DataFrame]) -> None:
    """Print what a comparison found; `swings`: `ignorance.swings` of some of its options."""
    names = {"label": "measure", "off": "without", "on": "with", "difference": "difference", "luck": "one store (90 %)"}
    shown = ["retention", "margin", "lifetime_value", "desk_hours"]
    if comparison.ignorance is not None:
        names["ignorance"] = "assumptions (90 %)"
    for option in comparison.options:
        table = pd.DataFrame(measure_rows(comparison, option)).set_index("measure")
        show(option, table.loc[shown, list(names)].rename(columns=names))
        deciding = decides(swings[option], comparison.store.currency) if option in swings else ()
        for sentence in (*headline(comparison, option), *deciding, *misleading(comparison, option)):
            print(f"- {sentence}")
        print()
    runs = "; ".join(comparison.store.already_runs)
    print(f"Options are changes from what the shop does already{': ' + runs if runs else ''}. A simulator shows what "
          "follows if its mechanisms hold; it proves nothing about a real shop.")  # fmt: skip


def say_where(out: Path, written: Iterable[str]) -> None:
    """Print which files were written."""
    print(f"Written to {out}: {', '.join(written)}")


def command(*words: object) -> str:
    """A command to copy, words with blanks in quotation marks.

    >>> command("compare", "--out", "my shop")
    'loyalty compare --out "my shop"'
    """
    return " ".join(["loyalty", *(f'"{word}"' if " " in f"{word}" else f"{word}" for word in words)])


def ask_what_runs(runs: list[str] | None) -> tuple[str, ...]:
    """What the shop already runs, asked for if somebody is there to answer."""
    if runs is None and sys.stdin is not None and sys.stdin.isatty():
        question = "What does the shop already run for its customers (several: part them by ;)"
        runs = typer.prompt(question, default="", show_default=False).split(";")
    return tuple(each.strip() for each in runs or () if each.strip()) or (NOT_TOLD,)


def base_of_fit(out: Path | None, name: str | None, currency: str | None, margin: float | None) -> Store:
    """The store a fit begins from: the one in the folder, if there is one, with what was said on the command line."""
    there = out is not None and (out / "store.toml").is_file()
    base = Store.read(out / "store.toml") if out is not None and there else Store()
    if there:
        print(f"What stands in {out}/store.toml and no log can tell is kept: margin, failures, response, desks.")
    values: dict[str, Any] = {"name": base.name if name is None else name}
    if currency is not None:
        values["currency"] = currency
    if margin is not None:
        values["spend.gross_margin_share"] = margin
    return replaced(base, values)
