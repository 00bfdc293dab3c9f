"""A client's order log: read, checked, cleaned, every dropped line accounted for; and one row a customer from it."""

import dataclasses
import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from simulator.clock import Floats, SeasonClock
from simulator.orders.columns import choose_columns
from simulator.orders.files import open_log
from simulator.orders.lines import How, Lines, orders_of, read_lines, remarks, report_of
from simulator.orders.table import read_table
from simulator.parameters import FileError

_DAY = pd.Timedelta(days=1)


@dataclasses.dataclass(frozen=True)
class OrderLog:
    """Orders as the fit takes them, and how they came from the file.

    orders: one row an order, by customer and time: order_id, customer_id (text), time, amount (currency; the column is
    absent when the file has no amounts). report: what became of the file's lines: reason, rows, amount, fate ("kept" or
    "dropped"); `rows` add up to the lines read. columns: role, column, how ("given" or "guessed").
    without_id_share: share of the turnover (without amounts, of the lines) that has no customer id.
    """

    name: str
    orders: pd.DataFrame
    report: pd.DataFrame
    columns: pd.DataFrame
    notes: tuple[str, ...]
    orders_before_merging: int
    merged_same_day: bool
    without_id_share: float = 0.0

    @property
    def has_amounts(self) -> bool:
        return "amount" in self.orders

    @property
    def customers(self) -> int:
        """Number of customers."""
        return int(self.orders["customer_id"].nunique())

    @property
    def end(self) -> datetime.date:
        """Last day with an order: where the log is taken to end."""
        last: datetime.date = self.orders["time"].max().date()
        return last


def read_orders(
    path: str | Path, *, customer: str | None = None, date: str | None = None, amount: str | None = None,
    order: str | None = None, quantity: str | None = None, price: str | None = None,
    date_format: str | None = None, decimal: str | None = None, encoding: str | None = None, sheet: str | None = None,
    today: datetime.date | None = None, merge_same_day: bool = True,
) -> OrderLog:  # fmt: skip
    """Read a file of orders or of order lines: .csv, .csv.gz (UTF-8, UTF-16, GBK / GB18030; , ; tab or |) or .xlsx.

    Columns not named are guessed from their headings (English or Chinese) and stated. The amount is its own column or
    `quantity` × `price`, summed over the lines of an order. Cancelled and returned lines are dropped, not subtracted,
    and their amount is reported. `merge_same_day`: several orders of a customer on a day count as one visit, the
    field's convention. Where a file leaves a choice, it is an error until told: `date_format` as in
    `datetime.strptime` or "excel" for day numbers, `decimal` "." or ",", `encoding`, `sheet` of a workbook (default the
    first). `today`: the day of reading (default: today's); a few dates after it, or before 1970, are dropped.
    Errors: `FileError` with the file, the line or the column, the value and what is allowed.
    """
    source = open_log(path, sheet, encoding)
    given = {"customer": customer, "date": date, "amount": amount, "order": order, "quantity": quantity, "price": price}
    columns, places = choose_columns(source.headings, given, source.file)
    table = read_table(source, list(places.values()))
    lines = read_lines(table, places, How(date_format, decimal, today or datetime.date.today()))
    del table
    orders = _orders(lines, source.file)
    merged = _merge_same_day(orders) if merge_same_day else orders
    notes = [*source.notes, *lines.notes, *remarks(lines, merged), _counted(lines, orders, merged)]
    text = merged.assign(order_id=merged["order_id"].astype(str), customer_id=merged["customer_id"].astype(str))
    return OrderLog(Path(path).name, text, report_of(lines), columns, tuple(notes), len(orders), merge_same_day,
                    lines.without_id_share)  # fmt: skip


def _orders(lines: Lines, file: str) -> pd.DataFrame:
    orders = orders_of(lines)
    if orders.empty:
        raise FileError(
            f"{file}: no line is left as an order; lines by reason: {lines.reason.value_counts().to_dict()}"
        )
    return orders


def _counted(lines: Lines, orders: pd.DataFrame, merged: pd.DataFrame) -> str:
    kept = int((lines.reason == "kept").sum())
    said = f"{kept:,} lines kept make {len(orders):,} orders of {orders['customer_id'].nunique():,} customers"
    again = len(orders) - len(merged)
    return said + (f"; {again:,} orders were merged with another of the same customer and day." if again else ".")


def monday_after(day: datetime.date) -> datetime.date:
    """The first Monday later than `day`: week 0 of a store whose log ends on `day`.

    >>> monday_after(datetime.date(2011, 12, 9))
    datetime.date(2011, 12, 12)
    """
    return day + datetime.timedelta(days=7 - day.weekday())


def summary(
    orders: OrderLog | pd.DataFrame, *, end: datetime.date | None = None, clock: SeasonClock | None = None,
    week_0: datetime.date | None = None, merge_same_day: bool | None = None,
) -> pd.DataFrame:  # fmt: skip
    """One row a customer (index customer_id): what the models of visits and spends take.

    repeats: visits after the first. last_weeks, age_weeks: last visit and `end`, weeks of buying time after the first
    visit. first_time: when that was. first_spend, mean_repeat_spend: currency (NaN without a repeat; absent when there
    are no amounts). `orders`: a log, or a frame with customer_id, time and perhaps amount. `end`: last day that
    counts; default the last with an order. `clock` runs from `week_0` (default the Monday after `end`).
    Orders of one day are one visit and weeks are days / 7, unless `merge_same_day` is False (default: as the log was
    read; True for a frame): then times count to the second.
    """
    frame, merged = (orders.orders, orders.merged_same_day) if isinstance(orders, OrderLog) else (orders, True)
    by_day = merged if merge_same_day is None else merge_same_day
    last_day = end if end is not None else frame["time"].max().date()
    frame = frame[frame["time"] < pd.Timestamp(last_day) + _DAY].sort_values(["customer_id", "time"], kind="stable")
    frame = _by_day(frame) if by_day else frame
    buying_time = _weeks(frame["time"], clock or SeasonClock(), week_0 or monday_after(last_day))
    finish_time = pd.Timestamp(last_day) + (0 if by_day else 1) * _DAY
    finish = _weeks(pd.Series([finish_time]), clock or SeasonClock(), week_0 or monday_after(last_day))[0]
    visits = frame.assign(_weeks=buying_time).groupby("customer_id", sort=True, observed=True)
    table = pd.DataFrame({"repeats": visits.size() - 1, "first_time": visits["time"].first()})
    table["last_weeks"] = visits["_weeks"].last() - visits["_weeks"].first()
    table["age_weeks"] = np.maximum(finish - visits["_weeks"].first(), table["last_weeks"])
    if "amount" in frame:
        first, total = visits["amount"].first(), visits["amount"].sum()
        table["first_spend"] = first
        table["mean_repeat_spend"] = ((total - first) / table["repeats"]).where(table["repeats"] > 0)
    return table.set_axis(pd.Index(np.asarray(table.index), name="customer_id"))  # plain, also where ids are categories


def _by_day(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a customer and day; the frame is sorted by customer and time."""
    days = frame.assign(time=frame["time"].dt.normalize())
    again = days.duplicated(["customer_id", "time"])
    once = days[~again]
    if not again.any() or "amount" not in days:
        return once
    return once.assign(amount=days["amount"].groupby((~again).cumsum().to_numpy()).sum().to_numpy())


def _weeks(times: "pd.Series[pd.Timestamp]", clock: SeasonClock, week_0: datetime.date) -> Floats:
    days = (times - pd.Timestamp(week_0)) / _DAY
    return clock.elapsed(days.to_numpy(dtype=np.float64) / 7)


def _merge_same_day(orders: pd.DataFrame) -> pd.DataFrame:
    merged = _by_day(orders)
    return merged.assign(time=orders.loc[merged.index, "time"]).reset_index(drop=True)
