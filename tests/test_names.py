"""Names for display: invented, stable for a customer, in two languages, and nobody's; never in the engine."""

import re
import subprocess
import sys

import pandas as pd
import pytest

from simulator.names import names, with_names


def test_stable_for_a_customer_whoever_else_is_asked_for() -> None:
    assert names([3, 4, 5]).loc[4].equals(names([4]).loc[4])
    assert names([5, 4, 3], "zh_CN", store="salon").loc[4].equals(names([4], "zh_CN", store="salon").loc[4])


def test_customers_of_another_store_have_other_names() -> None:
    here, there = names(range(20), store="salon"), names(range(20), store="shop")
    assert (here["name"] != there["name"]).mean() > 0.9
    assert (here["name"] != names(range(20))["name"]).mean() > 0.9


def test_chinese_names_are_chinese() -> None:
    assert all(re.fullmatch(r"[\u4e00-\u9fff]{2,4}", name) for name in names(range(5), "zh_CN")["name"])


def test_american_phones_are_of_the_block_kept_free_for_fiction() -> None:
    assert names(range(200))["phone"].str.fullmatch(r"\([0-7]\d\d\) 555-01\d\d").all()


def test_chinese_phones_hide_four_digits() -> None:
    assert names(range(200), "zh_CN")["phone"].str.fullmatch(r"1[3-9]\d\*{4}\d{4}").all()


def test_other_locales_are_refused() -> None:
    with pytest.raises(ValueError, match="locale = 'xx': allowed are en_US, zh_CN"):
        names([1], "xx")


def test_a_frame_is_shown_with_names_and_otherwise_as_it_was() -> None:
    frame = pd.DataFrame({"week": [1, 2, 3], "customer_id": [7, -1, 7], "paid": [1.0, 2.0, 3.0]}, index=[9, 8, 7])
    named = with_names(frame, "zh_CN", store="salon")
    assert named.columns.tolist() == ["week", "customer_id", "name", "phone", "city", "paid"]
    assert named[frame.columns.tolist()].equals(frame)
    assert named["name"].isna().tolist() == [False, True, False]
    assert named.loc[9, "name"] == names([7], "zh_CN", "salon").loc[7, "name"]


def test_an_empty_frame_gets_the_columns_too() -> None:
    assert with_names(pd.DataFrame({"customer_id": []})).columns.tolist() == ["customer_id", "name", "phone", "city"]


def test_neither_the_package_nor_the_engine_knows_names() -> None:
    """In a process of its own, because tests before this one have imported Faker."""
    ask = "import sys, simulator, simulator.engine; sys.exit(bool({'faker', 'simulator.names'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", ask], check=False).returncode == 0
