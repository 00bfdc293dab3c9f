"""Checks for notebook 00, "Start here"."""

from typing import Any

import pandas as pd

from simulator import metrics
from simulator.checks import Mistake, choice, number
from simulator.closed_forms import expected_repeats
from simulator.measures import customers_of_week_0
from simulator.world import World


def exercise_1(answer: Any, world: World) -> None:
    """How many customers the store truly has when week 0 begins."""
    crowd = world.truth.customers
    ever = (crowd["first_week"] < 0).sum()
    number(answer, len(customers_of_week_0(world)), within=0.5, unit="customers", mistakes=(
        Mistake(ever, "That is everybody in the file before week 0. Some of them have already left without a word."),
        Mistake(len(crowd), "That counts newcomers who first come after week 0 as well, and those who have left."),
        Mistake(crowd["left_week"].isna().sum(), "That is who is still a customer at the end, not at week 0."),
        Mistake((crowd["first_week"].lt(0) & crowd["left_week"].isna()).sum(),
                "That is who stayed to the end. Those who left after week 0 were customers at week 0 too."),
        Mistake((crowd["first_week"].lt(0) & crowd["left_week"].ge(0)).sum(),
                "Those left later. Who has not left at all (left_week empty) was a customer at week 0 too."),
    ))  # fmt: skip


def exercise_2(answer: Any, world: World) -> None:
    """The shop's repeat share over half a year around week 0, from the order log."""
    log, at = world.order_log(), pd.Timestamp(world.store.week_0)
    known = log.loc[log["time"] <= at, "customer_id"].nunique()
    later = metrics.bought_in(log, at, at + 26 * metrics.WEEK)
    old = metrics.bought_in(log, at - 1000 * metrics.WEEK, at)
    number(answer, metrics.repeat_share(log, at, 26), within=0.002, unit="share", mistakes=(
        Mistake(old.isin(later).sum() / known, "You divided by everybody ever seen, not by the window's buyers."),
        Mistake(metrics.repeat_share(log, at, 13), "That is the share for windows of 13 weeks."),
        Mistake(metrics.repeat_share(log, at, 52), "That is the share for windows of 52 weeks."),
    ))  # fmt: skip


def exercise_3(answer: Any, world: World) -> None:
    """Expected repeat visits of a new customer in the first year."""
    visits = world.store.visits
    number(answer, float(expected_repeats(visits, 52)), within=0.02, unit="visits", mistakes=(
        Mistake(52 * visits.visits_per_week, "That is the rate times 52 weeks: right only if nobody ever left."),
        Mistake(1 + float(expected_repeats(visits, 52)), "The first visit is no repeat visit."),
    ))  # fmt: skip


def exercise_4(answer: Any) -> None:
    """What a difference between twins can be put down to."""
    choice(answer, "the practice", {
        "luck": "Both twins have the same luck, visit by visit.",
        "other customers": "Both twins have the same customers.",
        "the season": "Both twins live through the same weeks.",
    })  # fmt: skip
