"""Draws of the assumptions: within their ranges, the same each time, and honest about what is known."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from worlds import small_store

from simulator.ignorance import apply, drivers, explore, ranges, swings, swings_of_each
from simulator.measures import Horizon
from simulator.practices import ComplaintRecovery, VipScheme
from simulator.store import Store
from simulator.twins import Comparison, compare

OPTIONS = {"recovery": (ComplaintRecovery(),)}


def result(store: Store | None = None) -> Comparison:
    return compare(store or small_store(), OPTIONS, replicates=2, horizon=Horizon(weeks=20, window_weeks=8))


def test_ranges_leave_out_decisions_and_what_has_been_set() -> None:
    space = ranges(Store(), OPTIONS)
    assert ("Complaint recovery", "offset_share") in space
    assert ("Complaint recovery", "answer_minutes") not in space
    known = {"recovery": (ComplaintRecovery(offset_share=0.9),)}
    assert ("Complaint recovery", "offset_share") not in ranges(Store(), known)


def test_draws_stay_in_their_ranges_and_repeat() -> None:
    one, two = (explore(result(), draws=4).ignorance for _ in range(2))
    assert one is not None and two is not None
    pd.testing.assert_frame_equal(one, two)
    for (owner, path), (low, high) in ranges(small_store(), OPTIONS).items():
        assert one[f"{owner}.{path}"].between(low, high).all()
    assert one.groupby("draw")["Complaint recovery.offset_share"].nunique().eq(1).all()
    assert one["draw"].nunique() == 4


def test_ignorance_stands_beside_the_other_uncertainties() -> None:
    table = explore(result(), draws=4).measures
    assert {"mc_low", "luck_low", "ignorance_low"} <= set(table)
    assert table["ignorance_low"].notna().all()


def test_apply_changes_only_what_was_drawn() -> None:
    chosen = {("store", "service.failure_share"): 0.2, ("Complaint recovery", "offset_share"): 0.1}
    store, options = apply(Store(), OPTIONS, chosen)
    assert store == dataclasses.replace(Store(), service=dataclasses.replace(Store().service, failure_share=0.2))
    assert options["recovery"][0] == ComplaintRecovery(offset_share=0.1)


@pytest.mark.parametrize("order", [("central", "paradox"), ("paradox", "central")])
def test_what_one_preset_has_set_is_its_own(order: tuple[str, str]) -> None:
    """Two presets of one practice: what is open in one is drawn there, and stays as set in the other."""
    presets = {"central": ComplaintRecovery(), "paradox": ComplaintRecovery(offset_share=1.3)}
    options = {name: (presets[name],) for name in order}
    key = ("Complaint recovery", "offset_share")
    assert key in ranges(Store(), options)
    _, drawn = apply(Store(), options, {key: 0.4, ("Complaint recovery", "memory_weeks"): 30.0})
    central, paradox = drawn["central"][0], drawn["paradox"][0]
    assert isinstance(central, ComplaintRecovery) and isinstance(paradox, ComplaintRecovery)
    assert (central.offset_share, paradox.offset_share) == (0.4, 1.3)
    assert central.memory_weeks == paradox.memory_weeks == 30.0


def test_drawn_stores_are_used_in_turn() -> None:
    stores = [small_store(name="a"), small_store(name="b", spend=dataclasses.replace(Store().spend, scale_gamma=1.0))]
    table = explore(result(), draws=4, stores=stores).ignorance
    assert table is not None
    revenue = table[table["measure"] == "revenue"].set_index("draw")["off"]
    assert revenue[[0, 2]].min() > 10 * revenue[[1, 3]].max()


def test_drivers_find_the_parameter_that_matters() -> None:
    """A made-up table in which the difference is 3·x + a little of y: x explains nearly all, low to high is 3·range."""
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0, 2, 64), rng.uniform(0, 2, 64)
    table = pd.DataFrame({"draw": range(64), "option": "recovery", "measure": "lifetime_value", "off": 0.0, "on": 0.0,
                          "difference": 3 * x + 0.1 * y, "p.x": x, "p.y": y})  # fmt: skip
    found = drivers(dataclasses.replace(result(), ignorance=table))
    assert found["parameter"].tolist() == ["p.x", "p.y"]
    assert found.loc[0, "low_to_high"] == pytest.approx(3 * np.ptp(x), rel=0.05)
    assert found.loc[0, "share"] > 0.95 > 0.2 > found.loc[1, "share"]
    assert found["clear"].tolist() == [True, False]


def test_what_chance_explains_is_not_called_a_driver() -> None:
    """Thirty unrelated parameters, sixteen draws: the luckiest explains a third, and is not clear (5 % over all)."""
    rng = np.random.default_rng(2)
    noise = {f"p.{k}": rng.uniform(size=16) for k in range(30)}
    table = pd.DataFrame({"draw": range(16), "option": "recovery", "measure": "lifetime_value", "off": 0.0, "on": 0.0,
                          "difference": rng.normal(size=16), **noise})  # fmt: skip
    found = drivers(dataclasses.replace(result(), ignorance=table))
    assert found["share"].max() > 0.2
    assert not found["clear"].any()


def test_swings_move_one_assumption_at_a_time() -> None:
    paths = ["Complaint recovery.offset_share", "store.service.silent_log_odds"]
    table = swings(result(), paths=paths).set_index("parameter")
    assert set(table.index) == set(paths)
    row = table.loc[paths[0]]
    assert row["at_high"] > row["at_low"]
    low = ComplaintRecovery(offset_share=row["low"])
    by_hand = compare(small_store(), {"recovery": [low]}, replicates=2, horizon=Horizon(weeks=20, window_weeks=8))
    first = by_hand.by_replicate.query("replicate == 0 and measure == 'lifetime_value'")["difference"].iloc[0]
    assert row["at_low"] == pytest.approx(first)


def test_swings_of_many_options_are_those_of_each_alone() -> None:
    """They share runs; each is what it would be by itself, also in two processes."""
    presets = {"central": (ComplaintRecovery(),), "slow": (ComplaintRecovery(half_life_hours=24.0),)}
    both = {**presets, "together": (ComplaintRecovery(), VipScheme())}
    compared = compare(small_store(), both, replicates=2, horizon=Horizon(weeks=10, window_weeks=4))
    found = swings_of_each(compared, processes=2)
    assert set(found) == set(presets)
    for name in presets:
        pd.testing.assert_frame_equal(found[name], swings(compared, name, measure="margin"))
    assert "Complaint recovery.half_life_hours" not in set(found["slow"]["parameter"])


def test_numbers_that_nobody_confirmed_are_open_although_they_are_set() -> None:
    path = "service.failure_share"

    def failing(share: float) -> Store:
        return dataclasses.replace(Store(), service=dataclasses.replace(Store().service, failure_share=share))

    assert ("store", path) not in ranges(failing(0.2), {})
    assert ranges(failing(0.2), {}, [path])["store", path] == (0.02, 0.25)
    assert ("store", path) not in ranges(failing(0.5), {}, [path])  # beyond what the ledger believes: set on purpose


def test_swings_of_what_is_known_are_refused() -> None:
    with pytest.raises(ValueError, match=r"store.service.failure_share: no open assumption"):
        swings(result(), paths=["store.service.failure_share"])  # small_store sets it


def test_drivers_need_draws() -> None:
    with pytest.raises(ValueError, match=r"call ignorance\.explore first"):
        drivers(result())
