"""A client's order log: read, checked, cleaned, every dropped line accounted for; and one row a customer from it."""

import dataclasses
import datetime
import gzip
import io
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from simulator.clock import Floats, SeasonClock
from simulator.order_columns import choose_columns, read_dates, read_ids, read_numbers
from simulator.parameters import FileError

_DAY = pd.Timedelta(days=1)
_SEPARATORS = ",;\t|"


@dataclasses.dataclass(frozen=True)
class OrderLog:
    """Orders as the fit takes them, and how they came from the file.

    orders: one row an order, by customer and time: order_id, customer_id (text), time, amount (currency; the column is
    absent when the file has no amounts). report: what became of the file's lines: reason, rows, amount, fate ("kept" or
    "dropped"); `rows` add up to the lines read. columns: role, column, how ("given" or "guessed").
    """

    name: str
    orders: pd.DataFrame
    report: pd.DataFrame
    columns: pd.DataFrame
    notes: tuple[str, ...]
    orders_before_merging: int
    merged_same_day: bool

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
    date_format: str | None = None, merge_same_day: bool = True,
) -> OrderLog:  # fmt: skip
    """Read a CSV file of orders or of order lines (plain or .gz, UTF-8; separated by comma, semicolon, tab or bar).

    Columns not named are guessed from their headings (English or Chinese) and stated. The amount is its own column or
    `quantity` × `price`, summed over the lines of an order. `date_format`: as in `datetime.strptime`, for dates that
    can be read in two ways. `merge_same_day`: several orders of a customer on a day count as one visit, the field's
    convention. Cancelled and returned lines are dropped, not subtracted, and their amount is reported.
    Errors: `FileError` with the file, the line or the column, and what is allowed.
    """
    lines = _read_lines(Path(path))
    given = {"customer": customer, "date": date, "amount": amount, "order": order, "quantity": quantity, "price": price}
    columns = choose_columns(list(lines.columns), given, str(path))
    role = dict(zip(columns["role"], columns["column"], strict=True))
    tidy, notes = _tidy(lines, role, str(path), date_format)
    reason = _reasons(lines, tidy, role)
    kept = tidy[reason == "kept"]
    if kept.empty:
        worst = reason.value_counts().to_dict()
        raise FileError(f"{path}: no line is left as an order; lines by reason: {worst}")
    orders, found = _orders(kept, "order" in role)
    merged = _merge_same_day(orders) if merge_same_day else orders
    notes += _remarks(lines, tidy, reason, role, merged)
    notes.append(f"{len(kept):,} lines kept make {found:,} orders of {kept['customer_id'].nunique():,} customers"
                 + (f"; {found - len(merged):,} orders were merged with another of the same customer and day."
                    if merge_same_day else "."))  # fmt: skip
    report = _report(tidy, reason)
    return OrderLog(Path(path).name, merged, report, columns, tuple(notes), found, merge_same_day)


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
    visits = frame.assign(_weeks=buying_time).groupby("customer_id", sort=True)
    table = pd.DataFrame({"repeats": visits.size() - 1, "first_time": visits["time"].first()})
    table["last_weeks"] = visits["_weeks"].last() - visits["_weeks"].first()
    table["age_weeks"] = np.maximum(finish - visits["_weeks"].first(), table["last_weeks"])
    if "amount" in frame:
        first, total = visits["amount"].first(), visits["amount"].sum()
        table["first_spend"] = first
        table["mean_repeat_spend"] = ((total - first) / table["repeats"]).where(table["repeats"] > 0)
    return table


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


def _read_lines(path: Path) -> pd.DataFrame:
    """The file as text, a row a line; the index is the row, so that line = index + 2."""
    text = _decode(path)
    header = text[: text.find("\n")] if "\n" in text else text
    separator = max(_SEPARATORS, key=header.count)
    if header.count(separator) == 0:
        raise FileError(f"{path}: line 1: {header[:80]!r} names one column only; allowed: headings separated by comma, "
                        "semicolon, tab or |")  # fmt: skip
    try:
        lines = pd.read_csv(io.StringIO(text), sep=separator, dtype=str, low_memory=False, skip_blank_lines=False,
                            keep_default_na=False, na_values=[""], skipinitialspace=True)  # fmt: skip
    except pd.errors.ParserError as error:
        raise FileError(f"{path}: {str(error).removeprefix('Error tokenizing data. C error: ').strip()}; "
                        "each line should have the heading's columns") from None  # fmt: skip
    if not isinstance(lines.index, pd.RangeIndex):  # pandas would shift the columns without a word
        raise FileError(f"{path}: line 2 has more columns than the heading; they should be the same")
    lines.columns = lines.columns.str.strip()
    lines = lines[lines.notna().any(axis=1)]
    if lines.empty:
        raise FileError(f"{path}: there is no line below the heading; allowed: one line an order or an order line")
    return lines


def _decode(path: Path) -> str:
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        text = data.decode("utf-8-sig").lstrip("\r\n")
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: byte {error.start} is not UTF-8; save the file as CSV UTF-8") from None
    except (OSError, EOFError, zlib.error) as error:
        said = getattr(error, "strerror", None) or error
        raise FileError(f"{path}: cannot be read ({said}); give a CSV file") from None
    if not text.strip():
        raise FileError(f"{path}: the file is empty; allowed: a heading and one line an order or an order line")
    return text


def _tidy(
    lines: pd.DataFrame, role: dict[str, str], path: str, date_format: str | None
) -> tuple[pd.DataFrame, list[str]]:
    times, said = read_dates(lines[role["date"]], path, date_format)
    tidy = pd.DataFrame({"customer_id": read_ids(lines[role["customer"]]), "time": times})
    tidy["order_id"] = read_ids(lines[role["order"]]) if "order" in role else (lines.index + 2).astype(str)
    notes = [said]
    if "amount" in role:
        tidy["amount"] = read_numbers(lines[role["amount"]])
    elif "quantity" in role and "price" in role:
        tidy["amount"] = read_numbers(lines[role["quantity"]]) * read_numbers(lines[role["price"]])
        notes.append("The amount of a line is quantity × price.")
    else:
        notes.append("The file has no amounts: visits can be fitted, spends cannot.")
    if "order" not in role:
        notes.append("The file has no order numbers: each line is taken as an order.")
    return tidy, notes


def _reasons(lines: pd.DataFrame, tidy: pd.DataFrame, role: dict[str, str]) -> "pd.Series[str]":
    """For each line the first reason that drops it, or "kept"."""
    negative = tidy["amount"] < 0 if "amount" in tidy else pd.Series(False, index=tidy.index)
    if "quantity" in role:
        negative = negative | (read_numbers(lines[role["quantity"]]) < 0)
    tests = {
        "missing customer id": tidy["customer_id"].isna(),
        "unreadable date": tidy["time"].isna(),
        "cancelled (order number C…)": tidy["order_id"].str.match(r"[Cc]-?\d", na=False) & ("order" in role),
        "returned (negative)": negative,
    }
    if "amount" in tidy:
        tests["unreadable amount"] = tidy["amount"].isna()
        if "amount" not in role:  # an order of amount 0 is a visit; a line of an order at price 0 is none
            tests["price or quantity zero"] = tidy["amount"] == 0
    if "order" in role:  # without order numbers two equal lines may be two orders
        tests["exact duplicate of a line above"] = lines.duplicated()
    reason = np.select([test.to_numpy(dtype=bool) for test in tests.values()], list(tests), default="kept")
    return pd.Series(reason, index=tidy.index)


def _report(tidy: pd.DataFrame, reason: "pd.Series[str]") -> pd.DataFrame:
    amounts = tidy["amount"] if "amount" in tidy else pd.Series(np.nan, index=tidy.index)
    report = amounts.groupby(reason).agg(rows="size", amount=lambda each: each.sum(min_count=1))
    report = report.sort_values("rows", ascending=False).rename_axis("reason").reset_index()
    return report.assign(fate=np.where(report["reason"] == "kept", "kept", "dropped"))


def _orders(kept: pd.DataFrame, has_numbers: bool) -> tuple[pd.DataFrame, int]:
    """Lines summed to orders, by customer and time. A line without an order number is an order of its own."""
    names = kept["order_id"].fillna("line " + (kept.index + 2).astype(str).to_series(index=kept.index))
    kept = kept.assign(order_id=names)
    if has_numbers:
        how = {"time": ("time", "min"), **({"amount": ("amount", "sum")} if "amount" in kept else {})}
        kept = kept.groupby(["customer_id", "order_id"], sort=False).agg(**how).reset_index()
    columns = ["order_id", "customer_id", "time", *(["amount"] if "amount" in kept else [])]
    orders = kept[columns].sort_values(["customer_id", "time", "order_id"], kind="stable").reset_index(drop=True)
    return orders, len(orders)


def _merge_same_day(orders: pd.DataFrame) -> pd.DataFrame:
    merged = _by_day(orders)
    return merged.assign(time=orders.loc[merged.index, "time"]).reset_index(drop=True)


def _remarks(
    lines: pd.DataFrame, tidy: pd.DataFrame, reason: "pd.Series[str]", role: dict[str, str], orders: pd.DataFrame
) -> list[str]:
    """What a reader of the fit should know about this log."""
    remarks = []
    if "order" not in role and (equal := int(lines.duplicated().sum())):
        remarks.append(f"{equal:,} lines repeat another one exactly; without order numbers they are taken as orders.")
    if "order" in role and "amount" in role:
        by_order = tidy[reason == "kept"].groupby(["customer_id", "order_id"])["amount"].agg(["size", "nunique"])
        several = by_order[by_order["size"] > 1]
        if len(several) and (several["nunique"] == 1).mean() > 0.9:
            remarks.append("Lines of an order nearly always show the same amount: if that is the order's total, the "
                           "sums are too large; give a file with one line an order.")  # fmt: skip
    biggest = orders["customer_id"].value_counts()
    if len(biggest) >= 100 and biggest.iloc[0] > 0.05 * len(orders):
        remarks.append(f"Customer {biggest.index[0]} has {biggest.iloc[0]:,} of {len(orders):,} visits: perhaps not a "
                       "customer but a collective account.")  # fmt: skip
    back = float(tidy["amount"].clip(upper=0).sum()) if "amount" in tidy else 0.0
    if "amount" in tidy and -back > 0.02 * float(tidy.loc[reason == "kept", "amount"].sum()):
        remarks.append(f"Cancelled and returned lines came to {-back:,.0f}: spends are before returns.")
    return remarks
