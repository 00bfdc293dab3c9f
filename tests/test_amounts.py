"""Amounts of money in options: all are found, and in other money they are worth as many visits as before."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import seeded

from simulator import practices
from simulator.amounts import amounts, in_other_money
from simulator.parameters import ParameterError, describe
from simulator.practices import ComplaintRecovery, ExceedingExpectations, Practice, VipScheme

EVERY = [each for each in vars(practices).values()
         if isinstance(each, type) and issubclass(each, Practice) and each is not Practice]  # fmt: skip


def test_money_is_found_also_in_levels_and_layers() -> None:
    found = {each.path: each.unit for each in amounts(VipScheme())}
    assert found["points_per_currency"] == "points per currency unit" and "reward_points" not in found
    assert any(path.startswith("tiers.") and path.endswith("threshold") for path in found)
    assert any(path.startswith("layers.") and path.endswith("cost") for path in
               (each.path for each in amounts(ExceedingExpectations())))  # fmt: skip


@pytest.mark.parametrize("practice", EVERY, ids=lambda each: each.__name__)
def test_no_money_of_any_practice_is_forgotten(practice: type[Practice]) -> None:
    """Every field whose unit is money and that is not zero is listed; so is whatever a practice of tomorrow brings."""
    money = {each.path for each in describe(practice()) if each.unit.startswith("currency") and each.value}
    assert money <= {each.path for each in amounts(practice())}


@seeded
@given(st.floats(0.01, 100))
def test_a_reward_takes_as_many_visits_in_other_money(factor: float) -> None:
    """Points a visit at `factor` times the spend, and the reward's worth in visits: the same but for two digits."""
    before = VipScheme()
    (after,) = in_other_money({"card": (before,)}, factor)["card"]
    assert isinstance(after, VipScheme)
    assert after.points_per_currency * factor == pytest.approx(before.points_per_currency, rel=0.06)
    assert after.reward_value / factor == pytest.approx(before.reward_value, rel=0.06)
    assert after.reward_points == before.reward_points


def test_nothing_but_money_changes() -> None:
    before = ComplaintRecovery(fixed_cost_per_week=25.0, public_case_cost=300.0)
    (after,) = in_other_money({"answer": (before,)}, 2.0)["answer"]
    assert after == dataclasses.replace(before, fixed_cost_per_week=50.0, public_case_cost=600.0)
    assert in_other_money({"answer": (before,)}, 1.0) == {"answer": (before,)}


def test_an_amount_beyond_its_bounds_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"fixed_cost_per_week"):
        in_other_money({"answer": (ComplaintRecovery(),)}, -1.0)
