"""Checks for notebook 03, "What loyalty is and how to measure it"."""

from typing import Any

import pandas as pd

from simulator import measures, metrics
from simulator.checks import Mistake, choice, justification, not_answered, number, picked, verdict
from simulator.world import World

WINDOWS_WEEKS = (4, 8, 13, 26, 52)
LEAST_SHARE = 0.6


def exercise_1(answer: Any, world: World) -> None:
    """The shortest window with a repeat share above 55 %."""
    if not_answered(answer):
        return
    shares = {weeks: metrics.repeat_share(*_today(world), weeks) for weeks in WINDOWS_WEEKS}
    number(answer, next(weeks for weeks, share in shares.items() if share > 0.55), within=0.1, unit="weeks", mistakes=(
        Mistake(26, "That window does, but a shorter one does as well."),
        Mistake(52, "That window does, but a shorter one does as well."),
        Mistake(8, "Look again at the height of 55 %."),
    ))  # fmt: skip


def exercise_2(answer: Any, world: World) -> None:
    """Repeat share of 13 weeks, half a year after today."""
    if not_answered(answer):
        return
    log, today = _today(world)
    later = today + 26 * metrics.WEEK
    number(answer, metrics.repeat_share(log, later, 13), within=0.0055, unit="share", mistakes=(
        Mistake(metrics.repeat_share(log, later, 26), "That is the window of 26 weeks."),
        Mistake(metrics.repeat_share(log, today, 13), "That is today; add 26 weeks to the date."),
        Mistake(metrics.repeat_share(log, today - 26 * metrics.WEEK, 13), "That is half a year before today."),
    ))  # fmt: skip


def exercise_3(answer: Any) -> None:
    """Share of wallet of three customers together."""
    number(answer, 20 / 50, within=0.006, unit="share", mistakes=(
        Mistake((1 + 0.25 + 0.25) / 3, "That is the mean of the shares; the share of the total is asked for."),
        Mistake(20 / 30, "Divide by all purchases, here and elsewhere."),
        Mistake(30 / 50, "That is the part made elsewhere."),
    ))  # fmt: skip


def exercise_4(answer: Any, answer_other: Any, world: World, other: World) -> None:
    """The shortest window in which six in ten of the customers buy, for two shops."""
    answers = picked((answer, answer_other), WINDOWS_WEEKS)
    for name, mine, shop in zip(("this store", "the furniture shop"), answers or (), (world, other), strict=False):
        best = shortest_window(shop)
        hint = "a shorter window does as well" if mine > best else "in that window fewer than six in ten buy"
        verdict(mine == best, f"{name}: {mine} weeks", f"{name}: {hint}.")


def shortest_window(world: World) -> int:
    """The shortest of `WINDOWS_WEEKS` in which `LEAST_SHARE` of the customers of week 0 buy; the longest if none."""
    ids = measures.customers_of_week_0(world)["customer_id"]
    share = {weeks: ids.isin(measures.buyers_between(world, 0, weeks)).mean() for weeks in WINDOWS_WEEKS}
    return next((weeks for weeks in WINDOWS_WEEKS if share[weeks] >= LEAST_SHARE), WINDOWS_WEEKS[-1])


def reason_4(answer: Any) -> None:
    """One window for two shops."""
    justification(answer, (
        "with a short window the shop where people come seldom looks disloyal, though nobody leaves",
        "with a long window changes show late in the shop where people come often",
        "compare each shop with its own past, or use measures without a window, and say which",
    ))  # fmt: skip


def exercise_5(answer: Any) -> None:
    """Why the repeat share rises when advertising stops."""
    choice(answer, "who is counted", {
        "the service": "Nothing in the sentence measures the service. What else changes when advertising stops?",
        "the window": "The window is the same as before, as far as the sentence says.",
        "the customers' loyalty": "It may be so, but no customer need have changed. Think of section 7 backwards.",
    })  # fmt: skip


def _today(world: World) -> tuple[pd.DataFrame, pd.Timestamp]:
    return world.order_log(), pd.Timestamp(world.store.week_0)
