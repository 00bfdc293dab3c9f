"""Columns of an order log: which one is the customer, the date, the money, and how their text is read."""

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from simulator.parameters import FileError

ROLES = ("customer", "date", "amount", "order", "quantity", "price")

_NAMES = {
    "customer": """customerid customerno customernumber customercode customer custid custno clientid client memberid
        memberno member userid user buyerid buyer accountid account cardno cardnumber shopperid loyaltyid contactid
        客户id 客户编号 客户编码 客户号 客户代码 客户 客户名称 客户姓名 会员id 会员编号 会员号 会员卡号 会员
        顾客id 顾客编号 顾客 用户id 用户编号 用户 买家id 买家 买家会员名 手机号 手机 联系电话""",
    "date": """orderdate orderdatetime ordertime invoicedate purchasedate transactiondate saledate salesdate visitdate
        datetime date timestamp time createdat day
        订单日期 下单日期 下单时间 订单时间 交易日期 交易时间 购买日期 购买时间 消费日期 消费时间 付款时间 支付时间
        销售日期 开票日期 创建时间 订单创建时间 日期 时间""",
    "amount": """orderamount ordertotal ordervalue totalamount netamount lineamount linetotal amount total totalprice
        sales revenue turnover spend spending value
        订单金额 实付金额 支付金额 付款金额 消费金额 交易金额 销售金额 成交金额 总金额 金额
        销售额 总额 总价 合计 小计""",
    "order": """orderid orderno ordernumber order invoiceno invoiceid invoicenumber invoice transactionid transaction
        transactionno receiptid receiptno receipt ticketid basketid
        订单号 订单编号 订单id 订单 销售单号 单号 发票号 发票号码 流水号 交易号 小票号""",
    "quantity": "quantity qty units pieces items 数量 件数 购买数量 销售数量",
    "price": "unitprice price itemprice 单价 价格 销售单价 商品单价",
}
NAMES: Mapping[str, tuple[str, ...]] = {role: tuple(words.split()) for role, words in _NAMES.items()}


_NOT_NAME = re.compile(r"\(.*\)|（.*）|\[.*\]|[^0-9a-z\u4e00-\u9fff]")  # units in brackets, blanks, dashes


def choose_columns(found: list[str], given: Mapping[str, str | None], file: str) -> pd.DataFrame:
    """Which column is what: a frame of role, column, how ("given" or "guessed"), a row for each role found.

    Errors: `FileError` when a column given is not in the file, or no customer or date can be guessed.
    """
    rows: list[tuple[str, str, str]] = []
    for role in ROLES:
        asked = given.get(role)
        if asked is not None and asked not in found:
            raise FileError(f"{file}: {role}={asked!r}: there is no such column; found: {', '.join(found)}")
        column = asked if asked is not None else _guess(role, found, {row[1] for row in rows})
        if column is not None:
            rows.append((role, column, "given" if asked is not None else "guessed"))
        elif role in ("customer", "date"):
            raise FileError(
                f"{file}: cannot tell which column is the {role}; name it with {role}=…; found: {', '.join(found)}"
            )
    return pd.DataFrame(rows, columns=["role", "column", "how"])


def _guess(role: str, found: list[str], taken: set[str]) -> str | None:
    plain = {_NOT_NAME.sub("", column.lower()): column for column in reversed(found)}
    return next((plain[name] for name in NAMES[role] if name in plain and plain[name] not in taken), None)


def read_ids(text: "pd.Series[str]") -> "pd.Series[str]":
    """Customer ids or order numbers: blanks around them go, what stands for nothing becomes missing."""
    ids = text.str.strip()
    ids = ids.mask(ids.str.lower().isin(["", "nan", "null", "none", "n/a", "na", "-", "无", "未知"]))
    known = ids.dropna()
    whole = len(known) > 0 and known.str.fullmatch(r"\d+\.0").all()  # numbers that passed through a spreadsheet
    return ids.str.removesuffix(".0") if whole else ids


def read_numbers(text: "pd.Series[str]") -> "pd.Series[float]":
    """Money or counts; missing where unreadable. Currency signs, thousands separators, decimal commas are read.

    >>> read_numbers(pd.Series(["¥1,234.50", "12,50", "(3.00)", "free"])).tolist()
    [1234.5, 12.5, -3.0, nan]
    """
    numbers = pd.to_numeric(text, errors="coerce")
    rest = text[numbers.isna() & text.notna()]
    if len(rest):
        plain = rest.str.replace(r"[\s¥￥$€£元]|RMB|CNY|USD|EUR|GBP", "", regex=True)
        plain = plain.str.replace(r"^\((.*)\)$", r"-\1", regex=True)
        comma = plain.str.fullmatch(r"-?\d+(\.\d{3})*,\d{1,2}")
        decimal = plain.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
        thousands = plain.str.replace(",", "", regex=False).where(plain.str.fullmatch(r"-?\d{1,3}(,\d{3})*(\.\d*)?"))
        numbers = numbers.astype(float)
        numbers.loc[rest.index] = pd.to_numeric(thousands.mask(comma, decimal), errors="coerce")
    return numbers.astype(float).replace([np.inf, -np.inf], np.nan)


_DATE = (
    r"^(?P<first>\d{1,4})-(?P<second>\d{1,2})-(?P<third>\d{1,4})"
    r"(?:[ T]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second_of>\d{2})(?:\.\d+)?)?\s*(?P<half>[AaPp][Mm])?)?"
    r"\s*(?:Z|[+-]\d{2}:?\d{2})?$"
)


def read_dates(text: "pd.Series[str]", file: str, date_format: str | None) -> tuple["pd.Series[pd.Timestamp]", str]:
    """Dates, missing where unreadable, and a sentence on how they were read. Index: row of the file, from 0.

    Year first is read as such; otherwise day or month first, whichever reads every row. Time zones are ignored: the
    shop's own clock counts. Errors: `FileError` when day first and month first both read every row and differ.
    """
    written = text.dropna().str.strip()
    unique = pd.Series(written.unique(), dtype=str)
    if date_format is not None:
        times, said = pd.to_datetime(unique, format=date_format, errors="coerce"), f"as {date_format}"
    else:
        times, said = _parse(unique, written, file)
    times = times.astype("datetime64[us]")
    times = times.where(times.dt.year.between(1970, 2100))
    lookup = pd.Series(times.to_numpy(), index=unique)
    if len(unique) and times.isna().all():
        raise FileError(f"{file}: line {written.index[0] + 2}: date {unique[0]!r} cannot be read; give date_format=…, "
                        "for example date_format='%d.%m.%Y'")  # fmt: skip
    return written.map(lookup).reindex(text.index), f"Dates were read {said}."


def _parse(unique: "pd.Series[str]", written: "pd.Series[str]", file: str) -> tuple["pd.Series[pd.Timestamp]", str]:
    plain = unique.str.replace(r"^(\d{4})(\d{2})(\d{2})$", r"\1-\2-\3", regex=True)
    plain = plain.str.replace(r"[年月/.](?=\d{1,4})", "-", n=2, regex=True).str.replace("日", " ").str.strip()
    parts = plain.str.extract(_DATE)
    year_first = parts["first"].str.len() == 4
    times = _times(parts, "first", "second", "third").where(year_first)
    named = parts["first"].isna() & plain.str.contains(r"[A-Za-z]{3}", regex=True)
    if named.any():
        times = times.fillna(pd.to_datetime(plain.where(named), format="mixed", errors="coerce", utc=False))
    rest = parts[~year_first & parts["first"].notna()]
    if not len(rest):
        return times, "with the year first" if year_first.any() else "with names of months"
    by_day, by_month = _times(rest, "third", "second", "first"), _times(rest, "third", "first", "second")
    day_first = _is_day_first(by_day, by_month, unique, written, file)
    return times.fillna(by_day if day_first else by_month), f"with the {'day' if day_first else 'month'} first"


def _is_day_first(
    by_day: "pd.Series[pd.Timestamp]", by_month: "pd.Series[pd.Timestamp]",
    unique: "pd.Series[str]", written: "pd.Series[str]", file: str,
) -> bool:  # fmt: skip
    only_day, only_month = by_month.isna() & by_day.notna(), by_day.isna() & by_month.notna()

    def line(which: "pd.Series[bool]") -> str:
        value = unique[which.index[which][0]]
        return f"line {written.index[written == value][0] + 2}: date {value!r}"

    if only_day.any() and only_month.any():
        raise FileError(f"{file}: {line(only_day)} has the day first, {line(only_month)} the month; give date_format=…")
    differ = by_day.notna() & (by_day != by_month)
    if not only_day.any() and not only_month.any() and differ.any():
        raise FileError(f"{file}: {line(differ)} can be day first or month first, and so can every date in the file; "
                        "give date_format='%d/%m/%Y' or date_format='%m/%d/%Y' (as the dates are written)")  # fmt: skip
    return bool(only_day.any())


def _times(parts: pd.DataFrame, year: str, month: str, day: str) -> "pd.Series[pd.Timestamp]":
    numbers = parts.drop(columns="half").apply(pd.to_numeric)
    hours = numbers["hour"].fillna(0)
    afternoon, morning = parts["half"].str.lower() == "pm", parts["half"].str.lower() == "am"
    hours = hours.where(~(morning & (hours == 12)), 0).where(~(afternoon & (hours < 12)), hours + 12)
    years = numbers[year].where(numbers[year] > 99, numbers[year] + 2000)
    columns = {"year": years, "month": numbers[month], "day": numbers[day], "hour": hours,
               "minute": numbers["minute"].fillna(0), "second": numbers["second_of"].fillna(0)}  # fmt: skip
    return pd.to_datetime(pd.DataFrame(columns), errors="coerce")
