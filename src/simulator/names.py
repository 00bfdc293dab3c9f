"""Names, phones and cities for customers, for display only: nothing in a simulation depends on them.

They are invented when they are shown and never stored: whoever asks for a customer gets the same ones, whoever else is
asked for, as long as the version of Faker is the same; another version may know other names. Nobody can be called by
them: North American numbers are of the block 555-01xx, which is kept free for fiction; China keeps none free, so that
the middle four digits of a Chinese number are hidden, as shops there do on lists.
"""

from collections.abc import Iterable

import pandas as pd
from faker import Faker

LOCALES = ("en_US", "zh_CN")


def names(customer_ids: Iterable[int], locale: str = "en_US", store: str = "") -> pd.DataFrame:
    """Name, phone and city of each customer (index: customer_id), invented and the same each time.

    `locale`: "en_US" or "zh_CN". `store`: any text; customers with the same number have other names in another store.
    Errors: `ValueError` for another locale.

    >>> names([7]).equals(names([7]))
    True
    """
    if locale not in LOCALES:
        raise ValueError(f"locale = {locale!r}: allowed are {', '.join(LOCALES)}")
    faker = Faker(locale)
    rows = {}
    for each in map(int, customer_ids):
        faker.seed_instance(f"{store} {each}" if store else each)
        rows[each] = {"name": faker.name(), "phone": _nobodys(faker.phone_number(), locale), "city": faker.city()}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["name", "phone", "city"])
    return table.rename_axis("customer_id")


def _nobodys(phone: str, locale: str) -> str:
    """A phone number like `phone` that belongs to nobody."""
    if locale == "zh_CN":
        return f"{phone[:3]}****{phone[-4:]}"
    digits = "".join(each for each in phone.partition("x")[0] if each.isdigit())[-10:]  # x: an extension
    first = digits[0] if digits[0] < "8" else "2"  # of 800 and 900, numbers without an area, the block is not kept free
    return f"({first}{digits[1:3]}) 555-01{digits[-2:]}"


def with_names(frame: pd.DataFrame, locale: str = "en_US", store: str = "") -> pd.DataFrame:
    """`frame` with name, phone and city behind its column customer_id; empty where that is nobody (−1 or missing).

    >>> with_names(pd.DataFrame({"customer_id": [7, 7, -1], "paid": [1.0, 2.0, 3.0]})).columns.tolist()
    ['customer_id', 'name', 'phone', 'city', 'paid']
    """
    ids = frame["customer_id"]
    shown = names(ids[ids >= 0].unique(), locale, store)
    at = frame.columns.get_loc("customer_id") + 1
    named = frame.copy()
    for offset, column in enumerate(shown.columns):
        named.insert(at + offset, column, ids.map(shown[column]))
    return named
