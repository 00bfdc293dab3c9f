"""Columns of an order log: which one is the customer, the date, the money; and who a customer is."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

import pandas as pd

from simulator.orders.table import Cell, Column, shown
from simulator.parameters import FileError

ROLES = ("customer", "date", "amount", "order", "quantity", "price", "currency")

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
        amountpaid paidamount sales revenue turnover spend spending value paid
        订单金额 实付金额 支付金额 付款金额 消费金额 交易金额 销售金额 成交金额 总金额 金额
        销售额 总额 总价 合计 小计""",
    "order": """orderid orderno ordernumber order invoiceno invoiceid invoicenumber invoice transactionid transaction
        transactionno receiptid receiptno receipt ticketid basketid
        订单号 订单编号 订单id 订单 销售单号 单号 发票号 发票号码 流水号 交易号 小票号""",
    "quantity": "quantity qty units pieces items 数量 件数 购买数量 销售数量",
    "price": "unitprice price itemprice 单价 价格 销售单价 商品单价",
    "currency": "currency currencycode currencyname curr 币种 币别 货币 货币代码 货币种类 结算币种 交易币种",
}
NAMES: Mapping[str, tuple[str, ...]] = {role: tuple(words.split()) for role, words in _NAMES.items()}

_NOT_NAME = re.compile(r"\(.*\)|\[.*\]|[^0-9a-z\u4e00-\u9fff]")  # units in brackets, blanks, dashes
_SPOILT = re.compile(r"(^|\0)\d(\.\d+[eE]\+?|[eE]\+)\d+(\0|$)|[\r\n]")  # 1.23457E+17; a line end within


def choose_columns(
    found: Sequence[str], given: Mapping[str, str | None], file: str
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Which column is what: a frame of role, column, how ("given" or "guessed"); and each role's position, from 0.

    Errors: `FileError` when a column given is not in the file; when no customer or date can be guessed; when a heading
    that is needed stands over several columns, or several headings are the same but for signs and brackets.
    """
    places: dict[str, int] = {}
    for role in ROLES:
        name = given.get(role)
        if role == "price" and name is None and "amount" in places:
            continue  # the amount is there: no price is needed
        fitting = _named(role, name, found, file) if name is not None else _guess(role, found, set(places.values()))
        if len(fitting) > 1 and not (role == "quantity" and "amount" in places):
            raise FileError(_several(role, fitting, found, file))
        if len(fitting) == 1:
            places[role] = fitting[0]
        elif role in ("customer", "date"):
            raise FileError(f"{file}: cannot tell which column is the {role}; name it with --{role} / {role}=…; found: "
                            f"{_listed(found)}")  # fmt: skip
    rows = [(role, found[at], "guessed" if given.get(role) is None else "given") for role, at in places.items()]
    return pd.DataFrame(rows, columns=["role", "column", "how"]), places


def _named(role: str, name: str, found: Sequence[str], file: str) -> list[int]:
    places = [at for at, heading in enumerate(found) if heading == name]
    if not places:
        raise FileError(f"{file}: {role}={name!r}: there is no such column; found: {_listed(found)}")
    return places


def _guess(role: str, found: Sequence[str], taken: set[int]) -> list[int]:
    """The columns whose heading is the likeliest name of the role that any of them has."""
    plain: dict[str, list[int]] = {}
    for at, heading in enumerate(found):
        if at not in taken:
            plain.setdefault(_NOT_NAME.sub("", unicodedata.normalize("NFKC", heading).lower()), []).append(at)
    return next((plain[name] for name in NAMES[role] if name in plain), [])


def _several(role: str, fitting: list[int], found: Sequence[str], file: str) -> str:
    names = {found[at] for at in fitting}
    where = " and ".join(str(at + 1) for at in fitting)
    if len(names) == 1:
        return (f"{file}: the heading {shown(names.pop())} stands over columns {where}; allowed: once, since it is "
                f"needed for the {role}; rename or leave out the others")  # fmt: skip
    said = " and ".join(shown(found[at]) for at in fitting)
    return f"{file}: {said} (columns {where}) could each be the {role}; name one with --{role} / {role}=…"


def _listed(found: Sequence[str]) -> str:
    return ", ".join(each[:60] for each in found[:40]) + (f", … ({len(found):,} in all)" if len(found) > 40 else "")


def read_ids(column: Column, *, in_order: bool = True) -> pd.Categorical:
    """Customer ids or order numbers of the lines, as text, missing where the cell stands for nothing.

    Its categories are the different ids: `in_order` of the text, or as they come, which is quicker.

    Blanks around them go, and ".0" where all have it (they passed through a spreadsheet). Errors: `FileError` with the
    line for a number that a spreadsheet has rounded (1.23457E+17), since it stands for several, and for an id that runs
    over lines.
    """
    texts = ["" if nothing else _id(cell) for cell, nothing in zip(column.cells, column.is_nothing, strict=True)]
    if _SPOILT.search("\0".join(texts)):  # in one go: there may be a million
        _refuse_spoilt(column, texts)
    if all(not text or re.fullmatch(r"\d+\.0", text) for text in texts):
        texts = [text.removesuffix(".0") for text in texts]
    codes, known = pd.factorize(pd.Series([text or None for text in texts], dtype=object), sort=in_order)
    return pd.Categorical.from_codes(column.spread(codes, -1), categories=pd.Index(known, dtype=str))


def _refuse_spoilt(column: Column, texts: list[str]) -> None:
    at = next(at for at, text in enumerate(texts) if _SPOILT.search(text))
    why = ("runs over several lines; close its quotation mark" if re.search(r"[\r\n]", texts[at])
           else "has been rounded by a spreadsheet and stands for several; export it as text")  # fmt: skip
    raise FileError(f"{column.place(at)}: {column.heading} {shown(texts[at])} {why}")


def _id(cell: Cell) -> str:
    if isinstance(cell, float):
        return f"{cell:.0f}" if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return str(cell).strip()
