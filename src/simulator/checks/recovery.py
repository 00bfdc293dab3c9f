"""Checks for notebook 07, "Complaint recovery"."""

from typing import Any

import pandas as pd

from simulator.checks import Mistake, best_of, choice, justification, number, picked
from simulator.clock import HOURS_PER_WEEK
from simulator.customers import SILENT, TO_STAFF, TO_THIRD_PARTIES
from simulator.practices import ComplaintRecovery
from simulator.store import Store
from simulator.twins import compare
from simulator.world import World


def exercise_1(answer: Any) -> None:
    """Cost of an answer against the leaving it must prevent."""
    number(answer, 30 / 500, within=0.002, unit="share", mistakes=(
        Mistake(30 / 1250, "A customer is worth the margin, not the sales: 40 % of 1,250 is 500."),
        Mistake(500 / 30, "Turn it round: cost over value."),
    ))  # fmt: skip


def exercise_2(answer: Any, world: World) -> None:
    """The part of failures at visits of 500 and more that the shop hears of."""
    visits = _since_week_0(world)
    dear = visits[visits["list_price"] >= 500]
    failed = dear[dear["failed"]]
    heard = _heard(failed)
    number(answer, heard, within=0.002, unit="share of failures", mistakes=(
        Mistake(_heard(visits[visits["failed"]]), "That is for visits of any price."),
        Mistake(_heard(dear), "That is complaints among all such visits; divide by those that failed."),
        Mistake((failed["voice"] != SILENT).mean(), "Those who told others did not tell the shop."),
        Mistake((failed["voice"] == TO_STAFF).mean(), "Complaints to third parties reach the shop as well."),
        Mistake(1 - heard, "That is the part it does not hear of."),
    ))  # fmt: skip


def _heard(visits: pd.DataFrame) -> float:
    return float(visits["voice"].isin([TO_STAFF, TO_THIRD_PARTIES]).mean())


def exercise_3(answer: Any, world: World) -> None:
    """The share of departures that follow a failed visit."""
    visits = _since_week_0(world)
    departures = visits[visits["leaves"]]
    known = departures["voice"].isin([TO_STAFF, TO_THIRD_PARTIES])
    number(answer, departures["failed"].mean(), within=0.005, unit="share of departures", mistakes=(
        Mistake(visits.loc[visits["failed"], "leaves"].mean(),
                "That is how many leave after a failure. Of those who leave, how many had one?"),
        Mistake(visits["failed"].mean(), "That is the share of all visits that fail."),
        Mistake(1 - departures["failed"].mean(), "That is the part without a failure."),
        Mistake((departures["failed"] & known).mean(),
                "Those are departures after a failure the shop heard of; count the silent ones as well."),
    ))  # fmt: skip


def exercise_4(answer: Any, world: World) -> None:
    """How busy answering keeps the desks."""
    hours = world.records["desk_hours"]["hours"].sum()
    desks, available = world.store.desks.count, world.store.desks.hours_per_week
    number(answer, hours / (desks * available * world.weeks), within=0.005, unit="share of the hours", mistakes=(
        Mistake(hours / (available * world.weeks), "There are several desks: multiply by `store.desks.count`."),
        Mistake(hours / (desks * HOURS_PER_WEEK * world.weeks), "A desk has `store.desks.hours_per_week`, not 168."),
        Mistake(hours / (desks * world.weeks), "Those are hours a week; divide by the hours a desk has."),
        Mistake(hours / (desks * available), "Divide by the weeks as well."),
    ))  # fmt: skip


GOOD = {10.0: 0.75, 20.0: 0.9}  # share of good answers by minutes


def exercise_5(ours: Any, busy: Any, store: Store, busy_store: Store, seed: int) -> None:
    """Which of two ways to answer is better for each of two stores, by runs."""
    minutes = picked((ours, busy), tuple(GOOD))
    if minutes is not None:
        for chosen, shop in zip(minutes, (store, busy_store), strict=True):
            _judge(chosen, shop, seed)


def _judge(minutes: float, store: Store, seed: int) -> None:
    options = {_name(each): [ComplaintRecovery(answer_minutes=each, good_answer_share=GOOD[each])] for each in GOOD}
    rows = compare(store, options, replicates=8, seed=seed).by_replicate.query("measure == 'margin'")
    by_store = rows.pivot_table("difference", "replicate", "option")
    gap = by_store[_name(20.0)] - by_store[_name(10.0)]
    pairs = ", ".join(f"{each:+,.0f}" for each in gap)
    print(
        f"{store.desks.hours_per_week:g} hours a desk; 20 minutes less 10, store by store ({store.currency}): {pairs}"
    )
    best_of(by_store, _name(minutes))


def _name(minutes: float) -> str:
    return f"{minutes:.0f} minutes"


def reason_5(answer: Any) -> None:
    """The reason given for the way to answer, beside what a good one names."""
    justification(answer, (
        "what further minutes buy: more good answers, so fewer who leave",
        "what they do to a desk with few hours: everyone waits longer, and a late answer takes off less",
        "what they cost in wages, for complainers who would have stayed as well",
        "the hours, or the kind of answers, with which you would decide otherwise",
    ))  # fmt: skip


def exercise_6(answer: Any) -> None:
    """Why complainers look so loyal in the records."""
    choice(answer, "who comes often", {
        "recovery": "That is part of it, and the smaller one: see the truth beside the naive figure.",
        "complaining": "Nobody comes more often because of having complained; look at the twins.",
        "luck": "Luck can move such a gap by a few points, not by this much.",
    })  # fmt: skip


def _since_week_0(world: World) -> pd.DataFrame:
    return world.truth.visits[world.truth.visits["week"] >= 0]
