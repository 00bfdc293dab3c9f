"""Pages about the data, with the numbers in them computed: DICTIONARY.md, and the parts of README.md between marks."""

import re
from collections.abc import Mapping

import dictionary
import pandas as pd
from contents import sales_on_the_card

from simulator.measures import money_by_week
from simulator.parameters import FileError
from simulator.world import World

Frames = Mapping[str, Mapping[str, pd.DataFrame]]  # store → table → frame

WHO = {
    "record": "anybody; the shop could have it on file (record)",
    "truth": "nobody who analyses, only who judges the answer; no shop could see it (truth)",
}
_PART = re.compile(r"(<!-- made by make\.py: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

_TITLE = """\
# Dictionary

Made by `python datasets/make.py` from `dictionary.toml`; do not edit here.

**All three stores are invented for teaching; none is a real shop.** Which numbers lean on research or on a
practitioner's word stands at the head of each file in `stores/`; all others are made up. `¥` is the currency of the
department store and the salon, `$` that of the online shop. Each table is there twice, as `.csv` (UTF-8, comma,
decimal point) and as `.parquet`, with the same content. An empty cell means: not known, or has not happened.

* **record**: the shop could have it on file. Anybody may use it.
* **truth**: no shop could see it. It must not be used in an analysis, only to judge one. Its tables stand in `truth/`
  and are called `truth_…`. The files in `stores/` are truth too.
"""


def dictionary_page(frames: Frames) -> str:
    """DICTIONARY.md: a part for each table, a row for each of its columns."""
    tables = dictionary.read()
    return "\n".join([_TITLE, *(_table_part(name, table, frames) for name, table in tables.items())])


def _table_part(name: str, table: dictionary.Table, frames: Frames) -> str:
    having = [store for store in frames if name in frames[store]]
    files = ", ".join(f"`{store}/{dictionary.place(name, table)}`" for store in having)
    lines = [f"## {name}\n", f"{table.says}\n", f"Files: {files}.\n", f"Who may use it: {WHO[table.who]}.\n"]
    rows = [[f"`{column}`", each.unit, _type(each), each.meaning,
             ", ".join(store for store in having if column in frames[store][name]), table.who]
            for column, each in table.columns.items()]  # fmt: skip
    everywhere = ", ".join(having)
    rows = [[*row[:4], "all" if row[4] == everywhere else row[4], row[5]] for row in rows]
    return "\n".join([*lines, markdown(["column", "unit", "type", "meaning", "in", "who may use it"], rows), ""])


def _type(column: dictionary.Column) -> str:
    return f"decimal, {column.digits} digits" if column.type == "decimal" else column.type


def markdown(heading: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [heading, ["---"] * len(heading), *rows])


def fill(page: str, parts: Mapping[str, str]) -> str:
    """`page` with each part between its marks put in anew. Errors: `FileError` when marks and parts do not match."""
    if (marked := sorted(found[2] for found in _PART.finditer(page))) != sorted(parts):
        raise FileError(f"README.md: the marks 'made by make.py' are {marked}; should be {sorted(parts)}")
    return _PART.sub(lambda found: f"{found[1]}{parts[found[2]]}\n{found[3]}", page)


def rows_part(frames: Frames) -> str:
    """How many rows each table has in each store."""
    rows = [[f"`{dictionary.place(name, table)}`", *(_rows(frames[store].get(name)) for store in frames)]
            for name, table in dictionary.read().items()]  # fmt: skip
    return markdown(["rows", *frames], rows)


def _rows(frame: pd.DataFrame | None) -> str:
    return "–" if frame is None else f"{len(frame):,}"


def members_part(on: World, off: World) -> str:
    """The share of sales made on the card, beside the share of the same customers in the twin without a card."""
    begin = max(on.weeks - 52, 0)
    theirs, sold, twins, sold_without = sales_on_the_card(on, off, begin, on.weeks)
    share, without = theirs / sold, twins / sold_without
    rows = [["sales to members, since they hold the card", *_money(theirs, twins, on)],
            ["sales to all customers", *_money(sold, sold_without, on)],
            ["**members' share of sales**", f"**{percent(share)}**", f"**{percent(without)}**", ""],
            ["margin after all costs", *_money(margin(on, begin), margin(off, begin), on)]]  # fmt: skip
    heading = [f"weeks {begin} to {on.weeks - 1}", "with the card", "twin without", "difference"]
    words = (
        f"{percent(share)} of the sales are made on the card. Without any card the same customers would have made\n"
        f"{percent(without)} of them: of what members buy, {percent(1 - twins / theirs)} is the scheme's doing (before "
        "what it costs), the rest\nis who joins."
    )
    return f"{markdown(heading, rows)}\n\n{words}"


def percent(share: float, sign: str = "") -> str:
    """A share in per cent, as the workbook writes it."""
    return f"{100 * share:{sign}.1f} %".replace("-", "−")


def margin(world: World, begin: int) -> float:
    """Margin at list price, less discounts and all costs, of the weeks from `begin` on (currency)."""
    return float(money_by_week(world, world.weeks).loc[begin:, "margin"].sum())


def _money(with_it: float, without: float, world: World) -> list[str]:
    sign = world.store.currency
    return [f"{sign}{with_it:,.0f}", f"{sign}{without:,.0f}", percent(with_it / without - 1, "+")]
