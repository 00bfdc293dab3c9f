"""Stores side by side: each comes out as a run of its own would have made it."""

import dataclasses

import pytest
from worlds import Calls, assert_same_world, faster, small_store

from simulator import Horizon, simulate
from simulator.engine import go_on
from simulator.options import practice_classes
from simulator.practices import VipScheme
from simulator.side_by_side import apart, histories
from simulator.store import WordOfMouth
from simulator.twins import Twins, twins_of

BUSIER = {
    "WinBack": {"silence_weeks": 3.0, "rest_weeks": 8.0, "comes_back_share": 0.3, "upgrade": True, "apology": True},
    "ContactCalls": {"rest_weeks": 4.0, "one_script": True, "cross_selling": True},
    "ComplaintRecovery": {"invite_share": 0.5},
    "ExceedingExpectations": {"promise": 0.5, "guarantee": True},
    "ReferralAsks": {"ask_share": 0.9, "would_have_come_share": 0.3},
}
EVERY = tuple(kind(**BUSIER.get(name, {})) for name, kind in practice_classes().items())
HALVES = (0.6,) * 26 + (1.4,) * 26


@pytest.mark.parametrize("practices", [(), EVERY, (Calls(), faster(1.2))], ids=["none", "every", "test's own"])
def test_each_store_is_byte_for_byte_a_run_of_its_own(practices):
    talk = WordOfMouth(first_visits_per_good_tale=0.5, first_visits_lost_per_bad_tale=1.0)
    store = small_store(season=HALVES, talk=talk)
    together = apart(go_on(histories(store, 30, 5, [3, 0, 7]), practices, 30), 3)
    for replicate, world in zip([3, 0, 7], together, strict=True):
        assert_same_world(world, simulate(store, practices, seed=5, weeks=30, replicate=replicate))


def test_members_of_whom_no_data_is_kept_belong_to_no_store():
    store, practices = small_store(), [VipScheme(data_kept=False)]
    world, _ = apart(go_on(histories(store, 10, 5, [0, 1]), practices, 10), 2)
    assert len(simulate(store, practices, seed=5, weeks=10).records["members"]) > 0
    assert len(world.records["members"]) == 0


def test_twins_side_by_side_tell_what_each_pair_tells_alone():
    asked = small_store(), {"every": EVERY, "card": (VipScheme(data_kept=False),)}, Horizon(weeks=20, window_weeks=8), 5
    together, alone = twins_of(*asked, [2, 4]), [twins_of(*asked, [replicate]) for replicate in (2, 4)]
    for each in dataclasses.fields(Twins):
        frames = getattr(together, each.name), *(getattr(one, each.name) for one in alone)
        both, first, second = (frame.reset_index(drop=True) for frame in frames)
        assert both.iloc[: len(first)].equals(first), each.name
        assert both.iloc[len(first) :].reset_index(drop=True).equals(second), each.name
