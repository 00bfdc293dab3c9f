"""What becomes of a log's lines: which are orders, which are dropped and why, and what a reader should know of it."""

import dataclasses
import datetime
from collections.abc import Mapping

import numpy as np
import pandas as pd

from simulator.clock import Flags
from simulator.orders.columns import read_ids
from simulator.orders.currency import check_one_currency
from simulator.orders.dates import check_range, read_dates
from simulator.orders.money import read_amounts
from simulator.orders.table import Column, Table

_NO_ID, _AGAIN = "missing customer id", "exact duplicate of a line above"
COLLECTIVE_SHARE, BACK_SHARE, SAME_SHARE, AGAIN_SHARE = 0.05, 0.02, 0.9, 0.02  # from which share on a remark is made


@dataclasses.dataclass(frozen=True)
class How:
    """How to read what can be read in several ways; see `orders.read_orders`."""

    date_format: str | None
    decimal: str | None
    today: datetime.date


@dataclasses.dataclass(frozen=True)
class Lines:
    """A log's lines as read. tidy: customer_id, order_id, time, perhaps amount (currency); its index is the line.

    reason: "kept", or the first reason that drops the line. again: whether it repeats one above. roles: those that have
    a column. without_id_share: share of the turnover (without amounts: of the lines) that has no customer id and could
    else be kept.
    """

    tidy: pd.DataFrame
    reason: "pd.Series[str]"
    again: Flags
    roles: frozenset[str]
    without_id_share: float
    notes: tuple[str, ...]

    @property
    def kept(self) -> pd.DataFrame:
        return self.tidy[self.reason == "kept"]


def read_lines(table: Table, places: Mapping[str, int], how: How) -> Lines:
    """The lines with their columns read, each kept or dropped. `places`: the position of each role's column."""
    column = {role: table.columns[at] for role, at in places.items()}
    times, said = read_dates(column["date"], how.date_format, today=how.today)
    early, late = check_range(column["date"], times, how.today)
    tidy = pd.DataFrame({"customer_id": read_ids(column["customer"]), "time": times}, index=table.lines)
    tidy["order_id"] = read_ids(column["order"], in_order=False) if "order" in column else table.lines.astype(str)
    money, notes = _money(column, how.decimal)
    if money is not None:
        tidy["amount"] = money["amount"]
    if "order" not in column:
        notes.append("The file has no order numbers: each line is taken as an order.")
    out_of_range = {"date before 1970": early, f"date after {how.today}": late}
    reason, share = _judged(tidy, _tests(tidy, column, money, out_of_range, table.again))
    return Lines(tidy, reason, table.again, frozenset(column), share, (said, *notes))


def _money(column: Mapping[str, Column], decimal: str | None) -> tuple[dict[str, np.ndarray] | None, list[str]]:
    """The amount of each line, and its quantity if there is one; None without amounts; and notes."""
    has_price = "quantity" in column and "price" in column
    if "amount" not in column and not has_price:
        return None, ["The file has no amounts: visits can be fitted, spends cannot."]
    roles = [role for role in ("amount", "quantity", "price") if role in column]
    columns = [column[role] for role in roles]
    numbers, signs, said = read_amounts(columns, decimal)
    money = dict(zip(roles, numbers, strict=True))
    notes = [said, check_one_currency(columns, signs, column.get("currency"))]
    if "amount" not in column:
        money["amount"] = money["quantity"] * money["price"]
        notes.append("The amount of a line is quantity × price.")
    return money, [note for note in notes if note]


def _cancelled(tidy: pd.DataFrame) -> Flags:
    if not isinstance(tidy["order_id"].dtype, pd.CategoricalDtype):
        return np.zeros(len(tidy), dtype=bool)  # numbers of lines
    each = tidy["order_id"].cat
    return np.asarray(np.append(each.categories.str.match(r"[Cc]-?\d"), False)[each.codes], dtype=bool)


def _tests(
    tidy: pd.DataFrame, column: Mapping[str, Column], money: "dict[str, np.ndarray] | None",
    out_of_range: Mapping[str, Flags], again: Flags,
) -> dict[str, Flags]:  # fmt: skip
    """By reason, which lines it drops. The first reason counts."""
    undated = tidy["time"].isna().to_numpy()
    tests = {
        _NO_ID: tidy["customer_id"].isna().to_numpy(),
        "missing date": undated & _empty(column["date"]),
        "unreadable date": undated,
        **out_of_range,
        "cancelled (order number C…)": _cancelled(tidy),
    }
    if money is not None:
        missing = np.isnan(money["amount"])
        tests["returned (negative)"] = np.any([each < 0 for each in money.values()], axis=0)
        tests["missing amount"] = missing & np.any([_empty(column[role]) for role in money if role in column], axis=0)
        tests["unreadable amount"] = missing
        if "amount" not in column:  # an order of amount 0 is a visit; a line of an order at price 0 is none
            tests["price or quantity zero"] = money["amount"] == 0
    if "order" in column:  # without order numbers two equal lines may be two orders
        tests[_AGAIN] = again
    return tests


def _judged(tidy: pd.DataFrame, tests: dict[str, Flags]) -> tuple["pd.Series[str]", float]:
    """For each line the first reason that drops it, or "kept"; and the share of the turnover without a customer id."""
    reason = pd.Categorical.from_codes(
        np.select(list(tests.values()), np.arange(len(tests)), default=len(tests)), categories=[*tests, "kept"]
    )
    others = np.any([test for name, test in tests.items() if name != _NO_ID], axis=0)
    amounts = tidy["amount"].to_numpy() if "amount" in tidy else np.ones(len(tidy))
    has, lacks = (amounts[~others & which].sum() for which in (~tests[_NO_ID], tests[_NO_ID]))
    share = float(lacks / (has + lacks)) if has + lacks > 0 else 0.0
    return pd.Series(reason.astype(object), index=tidy.index), share


def _empty(column: Column) -> Flags:
    return np.asarray(column.spread(column.is_nothing, True), dtype=bool)


def report_of(lines: Lines) -> pd.DataFrame:
    """The lines by reason: reason, rows, amount (currency), fate ("kept" or "dropped"), most rows first."""
    tidy = lines.tidy
    amounts = tidy["amount"] if "amount" in tidy else pd.Series(np.nan, index=tidy.index)
    report = amounts.groupby(lines.reason.to_numpy()).agg(rows="size", amount=lambda each: each.sum(min_count=1))
    report = report.sort_values("rows", ascending=False).rename_axis("reason").reset_index()
    return report.assign(fate=np.where(report["reason"] == "kept", "kept", "dropped"))


def orders_of(lines: Lines) -> pd.DataFrame:
    """The kept lines summed to orders, by customer and time. A line without an order number is an order of its own."""
    kept = lines.kept
    if "order" in lines.roles:
        alone = kept["order_id"].isna()
        how = {"time": ("time", "min"), **({"amount": ("amount", "sum")} if "amount" in kept else {})}
        rest = kept[alone].assign(order_id="line " + kept.index[alone].astype(str))
        kept = kept[~alone]
        if kept.duplicated(["customer_id", "order_id"]).any():
            kept = kept.groupby(["customer_id", "order_id"], sort=False, observed=True).agg(**how).reset_index()
        kept = pd.concat([kept, rest], ignore_index=True) if len(rest) else kept
    columns = ["order_id", "customer_id", "time", *(["amount"] if "amount" in kept else [])]
    return kept[columns].sort_values(["customer_id", "time", "order_id"], kind="stable").reset_index(drop=True)


def remarks(lines: Lines, orders: pd.DataFrame) -> list[str]:
    """What a reader of the fit should know about this log. `orders`: as they go into the fit."""
    kept = lines.kept
    said = [_without_id(lines), *_dropped_as_double(lines)]
    if "order" not in lines.roles and (equal := int(lines.again.sum())):
        said.append(f"{equal:,} lines repeat another one exactly; without order numbers they are taken as orders.")
    if {"order", "amount"} <= lines.roles:
        by_order = kept.groupby(["customer_id", "order_id"], observed=True, sort=False)["amount"]
        size, low, high = by_order.size(), by_order.min(), by_order.max()
        several = size > 1
        if several.any() and (low == high)[several].mean() > SAME_SHARE:
            said.append("Lines of an order nearly always show the same amount: if that is the order's total, the sums "
                        "are too large; give a file with one line an order.")  # fmt: skip
    biggest = orders["customer_id"].value_counts()
    if (biggest > 0).sum() >= 100 and biggest.iloc[0] > COLLECTIVE_SHARE * len(orders):
        said.append(f"The busiest customer id has {biggest.iloc[0]:,} of {len(orders):,} visits: perhaps not a "
                    "customer but a collective account.")  # fmt: skip  # notes are passed on: no id
    back = float(lines.tidy["amount"].clip(upper=0).sum()) if "amount" in lines.tidy else 0.0
    if -back > BACK_SHARE * float(kept["amount"].sum() if "amount" in kept else np.inf):
        said.append(f"Cancelled and returned lines came to {-back:,.0f}: spends are before returns.")
    return said


def _dropped_as_double(lines: Lines) -> list[str]:
    double = (lines.reason == _AGAIN).to_numpy()
    count, of = int(double.sum()), len(double)
    if count <= AGAIN_SHARE * of:
        return []
    worth = f" worth {lines.tidy['amount'].to_numpy()[double].sum():,.0f}" if "amount" in lines.tidy else ""
    return [
        f"{count:,} lines{worth} ({count / of:.1%} of all lines) repeat a line above exactly and were dropped. In a "
        "file without article numbers these may be different articles of one order with the same quantity and price; "
        "then spends come out too small. Look at a few of them, and give a file with the article numbers or a number "
        "for each line, or with one line an order; a log pseudonymised before version 0.5.0 should be made anew."
    ]


def _without_id(lines: Lines) -> str:
    share, of = lines.without_id_share, "the turnover" if "amount" in lines.tidy else "the lines"
    if not (lines.reason == _NO_ID).any():
        return f"Every line has a customer id: no part of {of} is left out for want of one."
    return (f"{share:.1%} of {of} has no customer id. Whatever follows is about the other {1 - share:.1%}: those who "
            "buy without an id may come and leave otherwise.")  # fmt: skip
