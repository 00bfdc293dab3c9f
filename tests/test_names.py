"""Names for display: invented, stable for a customer, in two languages."""

import re

import pytest

from simulator.names import names


def test_stable_for_a_customer_whoever_else_is_asked_for() -> None:
    assert names([3, 4, 5]).loc[4].equals(names([4]).loc[4])


def test_chinese_names_are_chinese() -> None:
    assert all(re.fullmatch(r"[\u4e00-\u9fff]{2,4}", name) for name in names(range(5), "zh_CN")["name"])


def test_other_locales_are_refused() -> None:
    with pytest.raises(ValueError, match="locale = 'xx': allowed are en_US, zh_CN"):
        names([1], "xx")
