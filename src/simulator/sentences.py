"""Results in words: numbers as people write them, and what an option does, in sentences made of the numbers."""

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from simulator.folders import LABELS
from simulator.measures import SEEN_BY_SHOP
from simulator.twins import Comparison

_NONE, MINUS = "–", "−"


def quantity(value: float, unit: str, currency: str = "", change: bool = False) -> str:
    """A number with its unit, rounded for reading; `change`: with its sign, shares in percentage points (pp).

    >>> quantity(-1234.5, "currency", "¥"), quantity(0.0123, "share of need", change=True), quantity(12.0, "orders")
    ('−¥1,234', '+1.23 pp', '12')
    """
    if not math.isfinite(value):
        return _NONE
    size = abs(value)
    if unit.startswith(("share", "growth")):
        text = f"{100 * size:.{2 if change else 1}f} {'pp' if change else '%'}"
    elif unit.startswith("currency"):
        text = currency + f"{size:,.{0 if size >= 1000 or unit != 'currency a customer' else 2}f}"
    else:
        text = f"{size:,.{0 if size >= 100 or size == int(size) else 1 if size >= 10 else 2}f}"
    if not any(digit in text for digit in "123456789"):
        return text
    return (MINUS if value < 0 else "+" if change else "") + text


def span(low: float, high: float, unit: str, currency: str = "") -> str:
    """A range of changes: "−¥12 … +¥5"; a dash where there is none."""
    if not math.isfinite(low):
        return _NONE
    return f"{quantity(low, unit, currency, True)} … {quantity(high, unit, currency, True)}"


def plain(value: Any) -> str:
    """A value as text for a table's cell: long lists by their length and range, what is missing as nothing.

    >>> plain(0.1), plain(True), plain((0.5,) * 51 + (2.0,))
    ('0.1', 'yes', '52 numbers, 0.5 to 2')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:,.1f}" if abs(value) >= 1e4 else f"{value:,.5g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, tuple):
        if len(value) > 12:
            return f"{len(value)} numbers, {min(value):g} to {max(value):g}"
        return ", ".join(plain(each) for each in value) or "none"
    return str(value)


def measure_rows(comparison: Comparison, option: str) -> list[dict[str, str]]:
    """The measures of an option as texts: label, unit, off, on, difference, mc, luck, ignorance, seen ("yes"/"no")."""
    return [_measure_row(row, comparison.store.currency) for row in of_option(comparison.measures, option)]


def _measure_row(row: dict[str, Any], currency: str) -> dict[str, str]:
    unit = row["unit"]
    texts = {"measure": row["measure"], "label": LABELS[row["measure"]], "unit": unit.replace("currency", currency),
             "seen": "yes" if row["measure"] in SEEN_BY_SHOP else "no"}  # fmt: skip
    texts |= {name: quantity(row[name], unit, currency) for name in ("off", "on")}
    texts["difference"] = quantity(row["difference"], unit, currency, True)
    for kind in ("mc", "luck", "ignorance"):
        low, high = (row.get(f"{kind}_{end}", math.nan) for end in ("low", "high"))
        texts[kind] = span(low, high, unit, currency)
    return texts


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A table's rows by column name."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def of_option(table: pd.DataFrame, option: str) -> list[dict[str, Any]]:
    """The rows of one option."""
    return records(table[table["option"] == option])


def verdict(comparison: Comparison, option: str) -> str:
    """One word or two on the margin: "gains", "loses", "changes nothing" or "cannot be told apart from zero"."""
    row = _row(comparison, option, "margin")
    if row["mc_low"] > 0:
        return "gains"
    if row["mc_high"] < 0:
        return "loses"
    return "changes nothing" if row["mc_low"] == row["mc_high"] == 0 else "cannot be told apart from zero"


def _row(comparison: Comparison, option: str, measure: str) -> dict[str, Any]:
    return next(row for row in of_option(comparison.measures, option) if row["measure"] == measure)


def headline(comparison: Comparison, option: str) -> list[str]:
    """What an option does, in sentences made of the numbers; the first one says whether it pays."""
    return [*_about_margin(comparison, option), _about_retention(comparison, option), *_about_cost(comparison, option)]


def _about_margin(comparison: Comparison, option: str) -> Iterator[str]:
    row, currency, weeks = _row(comparison, option, "margin"), comparison.store.currency, comparison.horizon.weeks
    change = quantity(row["difference"], "currency", currency, True)
    stores = f"over {weeks} weeks, mean of {comparison.replicates} stores of this kind"
    yield {
        "gains": f"It gains money: {change} of margin after all costs {stores}.",
        "loses": f"It loses money: {change} of margin after all costs {stores}.",
        "changes nothing": f"It changes nothing: margin after all costs is the same {stores}.",
        "cannot be told apart from zero": f"Its effect on margin cannot be told apart from zero: {change} {stores}, "
        f"95 % interval {span(row['mc_low'], row['mc_high'], 'currency', currency)}. More replicates would tell.",
    }[verdict(comparison, option)]
    if "ignorance_low" not in row:
        yield "Which way it comes out under other believable assumptions was not looked at: no draws were made."
        return
    low, high = row["ignorance_low"], row["ignorance_high"]
    way = "the sign stays the same" if row["difference"] * (low + high) > 0 else "it comes out the other way"
    way = "it can come out either way" if low <= 0 <= high or 0 < comparison.chance_of_loss()[option] < 1 else way
    drawn = span(low, high, "currency", currency)
    yield f"Over the assumptions that were drawn {way}: 90 % of the draws lie in {drawn}."


def _about_retention(comparison: Comparison, option: str) -> str:
    row = _row(comparison, option, "retention")
    off, on = (quantity(row[name], row["unit"]) for name in ("off", "on"))
    change = quantity(row["difference"], row["unit"], change=True)
    sure = "" if row["mc_low"] > 0 or row["mc_high"] < 0 else ", which cannot be told apart from zero"
    return f"Retention goes from {off} to {on} ({change}{sure})."


def _about_cost(comparison: Comparison, option: str) -> Iterator[str]:
    currency, loss = comparison.store.currency, comparison.chance_of_loss()[option]
    if (returned := return_on_cost(comparison, option)) is not None:
        yield (f"Each {currency}1 of discounts and costs brought back {currency}{returned:.2f} of margin at list "
               "price; above 1 it pays.").replace(f"{currency}-", f"{MINUS}{currency}")  # fmt: skip
    yield f"It loses money in {loss_among(comparison, loss)}."


def loss_among(comparison: Comparison, loss: float, short: bool = False) -> str:
    """A chance of a loss as what it is: so many of the draws of the assumptions, or of the stores, that were run."""
    draws = 0 if comparison.ignorance is None else comparison.ignorance["draw"].nunique()
    number = draws or comparison.replicates
    among = f"{round(loss * number)} of {number}"
    return among if short else f"{among} draws of the assumptions" if draws else f"{among} stores that were run"


def return_on_cost(comparison: Comparison, option: str) -> float | None:
    """Margin at list price gained for each unit of discounts and costs; None where nothing was spent."""
    spent = sum(_row(comparison, option, name)["difference"] for name in ("discounts", "costs"))
    return float(comparison.return_on_cost()[option]) if spent > 0 else None


def misleading(comparison: Comparison, option: str) -> Iterator[str]:
    """A sentence on the estimate from the records that is farthest from the truth, among those that are shares."""
    table = comparison.naive[comparison.naive["option"] == option].dropna(subset=["naive", "truth"])
    shares, growth = (table[table["unit"].str.startswith(unit)] for unit in ("share", "growth"))
    table = growth if shares.empty else shares  # the two cannot be set against each other
    if table.empty:
        return
    row = table.loc[(table["naive"] - table["truth"]).abs().idxmax()]
    seen, true = (quantity(row[name], row["unit"], change=True) for name in ("naive", "truth"))
    among = "Of the shares, the" if row["unit"].startswith("share") else "The"
    yield f"{among} records mislead most here: {row['estimate']} ({row['unit']}) suggests {seen}, the truth is {true}."


def decides(swings: pd.DataFrame, currency: str, most: int = 3) -> Iterator[str]:
    """A sentence on the assumptions that move the difference most, taken one at a time (`ignorance.swings`)."""
    moving = swings[swings["at_low"] != swings["at_high"]].head(most)
    if moving.empty:
        return
    ends = [f"{row['parameter']} ({row['low']:g}: {quantity(row['at_low'], 'currency', currency, True)}, "
            f"{row['high']:g}: {quantity(row['at_high'], 'currency', currency, True)})"
            for row in records(moving)]  # fmt: skip
    yield f"One at a time, these assumptions move its margin most: {'; '.join(ends)}."
