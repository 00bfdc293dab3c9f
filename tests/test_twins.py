"""Comparisons: paired worlds, three uncertainties kept apart, the same bytes in one process or two."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from worlds import small_store

from simulator.measures import UNITS, Horizon
from simulator.practices import ComplaintRecovery, VipScheme
from simulator.twins import TOGETHER, Comparison, as_text, compare, named, summarise

HORIZON = Horizon(weeks=30, window_weeks=10)
BOTH = [VipScheme(), ComplaintRecovery()]


@pytest.fixture(scope="module")
def result():
    return compare(small_store(), BOTH, replicates=4, seed=1, horizon=HORIZON)


def test_options_are_each_alone_and_all_together(result) -> None:
    assert list(result.options) == ["VIP scheme", "Complaint recovery", TOGETHER]
    assert list(named({"mine": BOTH})) == ["mine"]
    with pytest.raises(ValueError, match="give at least one"):
        named([])


def test_one_replicate_has_no_spread() -> None:
    with pytest.raises(ValueError, match=r"replicates = 1: at least 2"):
        compare(small_store(), BOTH, replicates=1)


def test_frames_are_complete_and_tidy(result) -> None:
    assert len(result.by_replicate) == 4 * 3 * len(UNITS)
    table = result.measures
    assert table["measure"].drop_duplicates().tolist() == list(UNITS)
    assert {"mc_low", "mc_high", "luck_low", "luck_high"} <= set(table)
    np.testing.assert_allclose(table["difference"], table["on"] - table["off"], rtol=1e-9, atol=1e-9)
    assert set(result.paths["week"]) == set(range(1, 31))
    last = result.paths[(result.paths["week"] == 30) & (result.paths["measure"] == "margin")]
    whole = result.by_replicate[result.by_replicate["measure"] == "margin"]
    np.testing.assert_allclose(np.sort(last["on"]), np.sort(whole["on"]))


def test_two_processes_give_the_same_frames(result) -> None:
    again = compare(small_store(), BOTH, replicates=4, seed=1, horizon=HORIZON, processes=2)
    for name in ("by_replicate", "paths", "causes", "naive"):
        pd.testing.assert_frame_equal(getattr(result, name), getattr(again, name), check_exact=True)


def test_replicates_differ_and_the_same_seed_repeats(result) -> None:
    again = compare(small_store(), [ComplaintRecovery()], replicates=2, seed=1, horizon=HORIZON)
    mine = result.by_replicate.query("option == 'Complaint recovery' and replicate < 2").reset_index(drop=True)
    pd.testing.assert_frame_equal(mine[again.by_replicate.columns], again.by_replicate)
    assert result.by_replicate.query("measure == 'margin'")["off"].nunique() == 4


def test_twins_tell_a_difference_that_separate_stores_cannot(result) -> None:
    """The spread of the difference between twins is far below the spread between stores."""
    worlds = result.by_replicate.query("measure == 'purchases' and option == 'Complaint recovery'")
    assert worlds["difference"].std() < worlds["off"].std() / 3


def test_intervals_by_hand() -> None:
    """Four differences 1, 2, 3, 4: mean 2.5, sd 1.291; t(3) = 3.182: ±2.054; one store ±1.645 sd."""
    rows = [("a", "margin", 0.0, d, d) for d in (1.0, 2.0, 3.0, 4.0)]
    table = summarise(pd.DataFrame(rows, columns=["option", "measure", "off", "on", "difference"])).iloc[0]
    assert table["mc_low"] == pytest.approx(2.5 - 2.054, abs=1e-3)
    assert table["luck_high"] == pytest.approx(2.5 + 1.645 * 1.29099, abs=1e-3)


def test_counting_error_shrinks_with_replicates_and_luck_does_not() -> None:
    rng = np.random.default_rng(0)
    widths = []
    for n in (20, 2000):
        draws = rng.normal(5.0, 2.0, n)
        frame = pd.DataFrame({"option": "a", "measure": "margin", "off": 0.0, "on": draws, "difference": draws})
        row = summarise(frame).iloc[0]
        widths.append((row["mc_high"] - row["mc_low"], row["luck_high"] - row["luck_low"]))
    assert widths[1][0] < widths[0][0] / 5
    assert widths[1][1] == pytest.approx(2 * 1.645 * 2.0, rel=0.1)


def test_chance_of_loss_and_return_on_cost(result) -> None:
    margin = result.by_replicate.query("measure == 'margin' and option == 'VIP scheme'")["difference"]
    assert result.chance_of_loss()["VIP scheme"] == (margin < 0).mean()
    mean = result.by_replicate.query("option == 'VIP scheme'").groupby("measure")["difference"].mean()
    expected = mean["margin_at_list"] / (mean["discounts"] + mean["costs"])
    assert result.return_on_cost()["VIP scheme"] == pytest.approx(expected)


def test_outcome_says_no_more_than_the_interval() -> None:
    def with_differences(*values: float) -> Comparison:
        rows = [(at, "a", "margin", 0.0, value, value) for at, value in enumerate(values)]
        names = ["replicate", "option", "measure", "off", "on", "difference"]
        empty = pd.DataFrame()
        frame = pd.DataFrame(rows, columns=names)
        return Comparison(small_store(), {"a": ()}, HORIZON, 0, len(values), frame, empty, empty, empty)

    assert with_differences(9.0, 10.0, 11.0).sign() == 1
    assert with_differences(-9.0, -10.0, -11.0).outcome().startswith("loses 10 ¥ of margin in 30 weeks (-12 … -8)")
    assert with_differences(-9.0, 10.0, 11.0).outcome().startswith("no clear difference: +4 ¥")


def test_readable_has_units_in_words(result) -> None:
    table = result.readable("VIP scheme")
    assert table.loc["retention", "without"].endswith("%")
    assert table.loc["retention", "difference"].endswith("points")
    assert "…" in table.loc["margin", "one store"]
    assert as_text(-1234.5, "currency", level=False) == "-1,234"


def test_history_is_shared_and_left_alone() -> None:
    off = compare(small_store(), [ComplaintRecovery()], replicates=2, horizon=HORIZON).by_replicate
    more = compare(small_store(), BOTH, replicates=2, horizon=HORIZON).by_replicate
    first = off.query("measure == 'margin'")["off"].tolist()
    assert more.query("measure == 'margin' and option == 'all together'")["off"].tolist() == first


def test_practices_combine_and_do_not_simply_add(result) -> None:
    hours = result.by_replicate.query("measure == 'desk_hours'").groupby("option")["difference"].mean()
    assert hours[TOGETHER] == pytest.approx(hours["VIP scheme"] + hours["Complaint recovery"], rel=0.1)
    assert dataclasses.is_dataclass(result)
