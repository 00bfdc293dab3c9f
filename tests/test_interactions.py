"""Practices together: by hand where they cannot meet, and where hours are what they share."""

import dataclasses

import pytest
from worlds import changing, small_store

from simulator.interactions import alone_together_and_left_out, interactions
from simulator.measures import Horizon
from simulator.practices import ComplaintRecovery, ExceedingExpectations, ReferralAsks, VipScheme
from simulator.store import Desks
from simulator.twins import TOGETHER, compare

HORIZON = Horizon(weeks=20, window_weeks=10)
FEES = [changing("discount", amount, "greet", name) for name, amount in (("one", 2.0), ("two", 3.0))]


def test_practices_that_only_cost_add_up_exactly() -> None:
    """Two fees a visit change nobody: alone, added last and together they cost the same, and nothing in company."""
    comparison = compare(small_store(), alone_together_and_left_out(FEES), replicates=2, horizon=HORIZON)
    table = interactions(comparison).set_index("practice")
    visits = comparison.measures.set_index(["option", "measure"]).loc[("one", "purchases"), "on"]
    assert table.loc["one", "alone"] == pytest.approx(-2.0 * visits)
    assert table.loc[TOGETHER, "added_last"] == pytest.approx(-5.0 * visits)
    assert table["in_company"].abs().max() < 1e-6


def test_practices_that_share_scarce_hours_lose_by_company() -> None:
    """Answers to complaints wait behind first-use help: with hours to spare they do not."""
    practices = [
        ComplaintRecovery(answer_minutes=30.0),
        ExceedingExpectations(first_use_share=1.0, first_use_minutes=60.0),
    ]

    def delay(hours: float) -> float:
        store = small_store(desks=Desks(count=2, hours_per_week=hours, wage_per_hour=0.0))
        options = alone_together_and_left_out(practices)
        table = interactions(compare(store, options, replicates=4, horizon=HORIZON), "retention").set_index("practice")
        return float(table.loc["Complaint recovery", "in_company"])

    assert delay(4.0) < delay(400.0)


def test_all_four_can_be_told_apart() -> None:
    practices = [VipScheme(), ExceedingExpectations(), ComplaintRecovery(), ReferralAsks()]
    options = alone_together_and_left_out(practices)
    assert len(options) == 9 and len(options["all but Referral asks"]) == 3
    table = interactions(compare(small_store(), options, replicates=2, horizon=HORIZON), "desk_hours")
    assert table["practice"].tolist() == [each.name for each in practices] + [TOGETHER]
    assert (table["low"] <= table["in_company"]).all() and (table["in_company"] <= table["high"]).all()


def test_too_few_practices_and_other_options_are_refused() -> None:
    with pytest.raises(ValueError, match="at least two, each of another kind"):
        alone_together_and_left_out([VipScheme(), dataclasses.replace(VipScheme(), card_cost=1.0)])
    with pytest.raises(ValueError, match="need the options of alone_together_and_left_out"):
        interactions(compare(small_store(), [FEES[0]], replicates=2, horizon=HORIZON))
