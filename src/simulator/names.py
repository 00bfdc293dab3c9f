"""Names, phones and cities for customers, for display only: nothing in a simulation depends on them."""

from collections.abc import Iterable

import pandas as pd
from faker import Faker

LOCALES = ("en_US", "zh_CN")


def names(customer_ids: Iterable[int], locale: str = "en_US") -> pd.DataFrame:
    """Name, phone and city of each customer (index: customer_id), invented and the same each time.

    `locale`: "en_US" or "zh_CN". Errors: `ValueError` for another one.

    >>> names([7]).equals(names([7]))
    True
    """
    if locale not in LOCALES:
        raise ValueError(f"locale = {locale!r}: allowed are {', '.join(LOCALES)}")
    faker = Faker(locale)
    rows = {}
    for each in customer_ids:
        faker.seed_instance(int(each))
        rows[int(each)] = {"name": faker.name(), "phone": faker.phone_number(), "city": faker.city()}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("customer_id")
