"""Which money a client's amounts are in: from signs and codes beside the figures, or from a column that names it."""

from collections import Counter
from collections.abc import Mapping, Sequence

from simulator.orders.table import Column, stands_for_nothing
from simulator.parameters import FileError

_DOLLARS = "USD CAD AUD NZD HKD SGD TWD MXN ARS CLP COP"
_CODES = f"""{_DOLLARS} EUR GBP CNY JPY CHF SEK NOK DKK PLN CZK HUF RON BGN RUB UAH TRY INR IDR MYR THB VND PHP KRW BRL
    PEN ZAR EGP NGN KES AED SAR QAR KWD BHD OMR JOD ILS KZT PKR BDT LKR MOP MMK KHR LAK MNT"""
_SIGNS = """$ $  US$ USD  HK$ HKD  NT$ TWD  S$ SGD  A$ AUD  AU$ AUD  C$ CAD  CA$ CAD  NZ$ NZD  R$ BRL  MX$ MXN  € EUR
    EURO EUR  EUROS EUR  £ GBP  ¥ ¥  CN¥ CNY  RMB CNY  RMB¥ CNY  元 CNY  块 CNY  人民币 CNY  人民币元 CNY  美元 USD
    欧元 EUR  英镑 GBP  日元 JPY  円 JPY  圓 TWD  港币 HKD  港元 HKD  ₹ INR  RS INR  ₽ RUB  ₩ KRW  원 KRW  ฿ THB  ₫ VND
    ₺ TRY  ₴ UAH  ₱ PHP  ₪ ILS  ZŁ PLN  KČ CZK  FT HUF  LEI RON  FR CHF  SFR CHF  KR KR  RM MYR  RP IDR  TL TRY"""
_KNOWN = {code: code for code in _CODES.split()} | dict(zip(_SIGNS.split()[::2], _SIGNS.split()[1::2], strict=True))
_ONE_OF = {"$": frozenset(_DOLLARS.split()), "¥": frozenset(["CNY", "JPY"]),
           "KR": frozenset(["SEK", "NOK", "DKK"])}  # fmt: skip


def currency_of(text: str) -> str | None:
    """The currency that a sign, code or word beside an amount means: a code, or $, ¥ or KR for those that share it.

    >>> currency_of("RMB"), currency_of("us$"), currency_of("¥"), currency_of("pieces")
    ('CNY', 'USD', '¥', None)
    """
    plain = text.strip().upper()
    words = [plain] if plain in _KNOWN else plain.split()
    if not all(word in _KNOWN for word in words):
        return None
    meant = list(_merged({_KNOWN[word]: 1 for word in words}))  # of two, such as RMB ¥, the one that both can mean
    return meant[0] if len(meant) == 1 else None


def check_one_currency(amounts: Sequence[Column], signs: Sequence[Sequence[str]], named: Column | None = None) -> str:
    """A sentence on the currency, "" where nothing tells it. `signs`: of each cell of each column of `amounts`.

    Errors: `FileError` with the lines of each where there are several: amounts are never converted.
    """
    counts: Counter[str] = Counter()
    for column, of_cells in zip(amounts, signs, strict=True):
        for sign, lines in zip(of_cells, column.counts().tolist(), strict=True):
            counts[sign] += lines
    if named is not None:
        for cell, lines in zip(named.cells, named.counts().tolist(), strict=True):
            if not stands_for_nothing(cell):
                counts[currency_of(str(cell)) or str(cell).strip().upper()] += lines
    unsigned = counts.pop("", 0)
    found = _merged({name: lines for name, lines in counts.items() if lines})
    if len(found) > 1:
        most = sorted(found.items(), key=lambda each: -each[1])
        each = ", ".join(f"{name} {lines:,}" for name, lines in most[:8]) + (", …" if len(most) > 8 else "")
        rest = f", without a sign {unsigned:,}" if unsigned and named is None else ""
        raise FileError(f"{amounts[0].file}: amounts are in several currencies (lines: {each}{rest}); allowed: one; "
                        "give a file for each currency, since amounts are not converted")  # fmt: skip
    return f"Amounts are in {next(iter(found))}." if found else ""


def _merged(counts: Mapping[str, int]) -> dict[str, int]:
    """$, ¥ and KR counted with the one currency they can stand for, where there is just one."""
    merged = dict(counts)
    for sign, codes in _ONE_OF.items():
        there = [code for code in merged if code in codes]
        if sign in merged and len(there) == 1:
            merged[there[0]] += merged.pop(sign)
    return merged
