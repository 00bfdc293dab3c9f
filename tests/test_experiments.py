"""Studies against outside truth: scipy's tests, published sample sizes, tables small enough to work out by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from worlds import small_store

from simulator import experiments, luck
from simulator.engine import go_on
from simulator.practices import ReferralAsks, VipScheme
from simulator.twins import history_of

OTHER = luck.purpose("test_experiments")


def numbers(count: int, seed: int = 1) -> np.ndarray:
    keys = luck.customer_keys(luck.store_key(seed), np.arange(count))
    return luck.normal(luck.uniform(keys, 0, OTHER))


def test_the_interval_is_that_of_welch() -> None:
    outcome = pd.Series(np.append(numbers(30), 1 + 3 * numbers(50, 2)))
    treated = pd.Index(range(30, 80))
    mine = experiments.difference(outcome, treated)
    theirs = stats.ttest_ind(outcome[30:], outcome[:30], equal_var=False).confidence_interval(0.95)
    assert (mine.low, mine.high) == pytest.approx((theirs.low, theirs.high))
    assert not experiments.Estimate(0.1, -0.1, 0.3).clear and experiments.Estimate(-0.2, -0.3, -0.1).clear


@pytest.mark.parametrize("treated", [pd.Index([]), pd.Index([0]), pd.Index([0, 1, 2])])
def test_a_group_of_one_has_no_interval(treated: pd.Index) -> None:
    with pytest.raises(ValueError, match="at least two of each"):
        experiments.difference(pd.Series([1.0, 2.0, 3.0]), treated)


@pytest.mark.parametrize("shares, size", [((0.22, 0.24), 6947), ((0.10, 0.15), 683), ((0.5, 0.6), 385)])
def test_published_sample_sizes(shares: tuple[float, float], size: int) -> None:
    """Without continuity correction, unpooled: 0.10 against 0.15 is the textbook case (683 by this formula)."""
    assert experiments.customers_per_arm(*shares) == size


def test_the_power_is_what_was_asked_for() -> None:
    """400 experiments of the size found: 80 % clear. Binomial 99.9 % limits of 400 draws: 73 to 86 %."""
    size = experiments.customers_per_arm_of_means(spread=1.0, gap=0.5)
    clear = []
    for seed in range(400):
        drawn = numbers(2 * size, seed)
        drawn[size:] += 0.5
        clear.append(experiments.difference(pd.Series(drawn), pd.Index(range(size, 2 * size))).clear)
    assert 0.73 < np.mean(clear) < 0.86


def test_the_lot_is_fair_exact_and_the_same_each_time() -> None:
    """Each of 40 is chosen in half of 1,000 lots, within 0.5 ± 0.065 (99.99 % for one, so 99.8 % for all)."""
    ids = pd.Index(range(40))
    chosen = experiments.by_lot(ids, 0.25, seed=3)
    assert len(chosen) == 10 and chosen.equals(experiments.by_lot(ids, 0.25, seed=3))
    often = sum(ids.isin(experiments.by_lot(ids, 0.5, seed)).astype(int) for seed in range(1000))
    assert (abs(often / 1000 - 0.5) < 0.065).all()


def test_matching_by_hand() -> None:
    """Two cells: the treated are +1 and +3 above their own kind, though below the others on the whole."""
    outcome = pd.Series([2.0, 1.0, 1.0, 13.0, 9.0, 11.0, 50.0])
    like = pd.DataFrame({"kind": ["a", "a", "a", "b", "b", "b", "c"]})
    found = experiments.matched(outcome, pd.Index([0, 3, 6]), like)  # nobody is like 6
    assert found.difference == pytest.approx((1 + 3) / 2)
    with pytest.raises(ValueError, match="nobody treated has a counterpart"):
        experiments.matched(outcome, pd.Index([6]), like)


def test_matching_removes_what_the_cells_hold() -> None:
    """Outcome = 10 · kind, treatment only chosen by kind: naive sees it, matching does not."""
    kind = pd.Series(np.repeat([0, 1], 200))
    outcome = 10.0 * kind + numbers(400)
    treated = pd.Index([*range(0, 200, 4), *range(201, 400, 2)])
    assert experiments.difference(outcome, treated).low > 1
    fair = experiments.matched(outcome, treated, pd.DataFrame({"kind": kind}))
    assert fair.low < 0 < fair.high


def test_what_all_shops_share_falls_out() -> None:
    before = pd.Series([10.0, 20.0, 30.0, 40.0])
    after = before * 1 + 7 + pd.Series([0.0, 0.1, 2.0, 2.1])
    found = experiments.difference_in_differences(before, after, pd.Index([2, 3]))
    assert found.difference == pytest.approx(2.0) and found.low < 2 < found.high


def test_an_experiment_takes_each_from_his_world() -> None:
    off, on = pd.Series([1.0, 2.0, 3.0], index=[7, 8, 9]), pd.Series([10.0, 20.0, 30.0], index=[7, 8, 9])
    assert experiments.outcome_by_lot(off, on, pd.Index([8])).to_dict() == {7: 1.0, 8: 20.0, 9: 3.0}


def test_margin_a_customer_adds_up_to_the_store_less_what_belongs_to_nobody() -> None:
    history = history_of(small_store(), 30, seed=2)
    world = go_on(history, [VipScheme(), ReferralAsks()], 30)
    everybody = pd.Index(world.truth.customers["customer_id"])
    orders = world.orders_between(0, 30)
    gross = (orders["list_price"] * world.store.spend.gross_margin_share - orders["discount"]).sum()
    costs = world.costs.loc[world.costs["customer_id"] >= 0, "amount"].sum()
    assert experiments.margin_of(world, everybody, 0, 30).sum() == pytest.approx(gross - costs)
    assert experiments.orders_of(world, everybody, 0, 30).sum() == len(orders)
