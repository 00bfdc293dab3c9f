"""Checks for notebook 04, "Why customers leave"."""

from typing import Any

import numpy as np
import pandas as pd

from simulator import metrics
from simulator.checks import Mistake, choice, justification, not_answered, number, picked, verdict
from simulator.world import World

LISTS_WEEKS = (0, 8, 13, 26, 39, 52)
WON_SHARE, WORTH, VOUCHER, LETTER, REDEEM_WEEKS = 0.03, 500, 40, 2, 8
NEAR = 700  # currency: lists this near the best are as good, for one store's luck


def exercise_1(answer: Any, world: World) -> None:
    """Share still customers a year after the first visit."""
    if not_answered(answer):
        return
    crowd = world.truth.customers.query("first_week < 0")
    stayed = (crowd["left_week"] - crowd["first_week"]).fillna(np.inf)
    number(answer, (stayed > 52).mean(), within=0.03, unit="share", mistakes=(
        Mistake(1 - (stayed > 52).mean(), "That is the share who have left."),
        Mistake((stayed > 26).mean(), "That is half a year after the first visit."),
        Mistake((stayed > 104).mean(), "That is two years after the first visit."),
    ))  # fmt: skip


def exercise_2(answer: Any, world: World) -> None:
    """Share of customers silent for more than 39 weeks."""
    if not_answered(answer):
        return
    silent = metrics.customer_table(world.order_log(), pd.Timestamp(world.store.week_0))["recency_weeks"]
    number(answer, (silent > 39).mean(), within=0.006, unit="share", mistakes=(
        Mistake((silent > 39).sum(), "That is how many; divide by all customers seen."),
        Mistake((silent <= 39).mean(), "Those have been here within 39 weeks."),
        Mistake((silent > 26).mean(), "That is more than 26 weeks."),
    ))  # fmt: skip


def exercise_3(answer: Any) -> None:
    """Departures that perfect service prevents."""
    number(answer, 24, within=0.5, unit="customers a month", mistakes=(
        Mistake(60, "So many leave after a failure; part of them would have left anyway."),
        Mistake(36, "Those would have left all the same."),
        Mistake(200 * 0.4, "First take the departures that follow a failure."),
        Mistake(140, "Those leave without a failure."),
        Mistake(0.12, "That is the share; how many of the 200 is asked for."),
    ))  # fmt: skip


def exercise_4(answer: Any, second: Any, third: Any, world: World, cafe: World, furniture: World) -> None:
    """The list for a win-back letter, in three shops."""
    answers = picked((answer, second, third), LISTS_WEEKS)
    names = ("this store", "the café", "the furniture shop")
    for name, mine, shop in zip(names, answers or (), (world, cafe, furniture), strict=False):
        gains: dict[float, float] = {weeks: gain(shop, weeks) for weeks in LISTS_WEEKS}
        found = ", ".join(f"{weeks}: {value:+,.0f}" for weeks, value in gains.items())
        verdict(gains[mine] >= max(gains.values()) - NEAR, f"{name}: none of the others gains clearly more ({found})",
                f"{name}: another list gains more, or loses less; print `letter(…)` for each.")  # fmt: skip


def gain(world: World, weeks: int) -> float:
    """What the letter to those silent for more than `weeks` gains (currency); 0 weeks = no letter."""
    if not weeks:
        return 0.0
    log, today = world.order_log(), pd.Timestamp(world.store.week_0)
    table = metrics.customer_table(log, today)
    ids = table.index[table["recency_weeks"] > weeks]
    gone = (world.truth.customers.set_index("customer_id")["left_week"].reindex(ids) < 0).sum()
    anyway = ids.isin(metrics.bought_in(log, today, today + REDEEM_WEEKS * metrics.WEEK)).sum()
    return float(WON_SHARE * gone * (WORTH - VOUCHER) - LETTER * len(ids) - VOUCHER * anyway)


def reason_4(answer: Any) -> None:
    """Why the furniture shop sends no letter, and what the 3 % rests on."""
    justification(answer, (
        "where people come seldom and few leave, most of the silent are still customers",
        "the voucher is paid to those who would have come anyway",
        "how many of the gone can be won is supposed here, not known; a lot over half the list would tell",
    ))  # fmt: skip


def exercise_5(answer: Any) -> None:
    """What the app and the repairs have in common with the fifth visit."""
    choice(answer, "who gets there differs from who does not", {
        "too few customers": "With a million customers the sentences would be as wrong.",
        "no season": "The season has no part in it. Who installs an app, who comes a third time?",
        "costs are missing": "True as well, but the effect itself is not shown yet.",
    })  # fmt: skip
