"""Checks for notebook 01, "One customer by hand"."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from simulator import metrics
from simulator.checks import Mistake, choice, justification, not_answered, number, picked, verdict
from simulator.world import World

LIMITS_WEEKS = (4, 8, 13, 26, 39, 52)
MOST_WRONGED_SHARE = 0.3


def exercise_1(answer: Any) -> None:
    """Weeks of silence after which a customer of rate 0.2 and leaving 0.1 is as likely gone as not."""
    number(answer, np.log(9) / 0.2, within=1.6, unit="weeks", mistakes=(
        Mistake(np.log(9), "That is Mr Park, who comes every week."),
        Mistake(np.log(9) / 0.05, "That is Ms Olsen, who comes every 20 weeks."),
        Mistake(5, "That is her mean wait. Read off where her line crosses one half."),
    ))  # fmt: skip


def exercise_2(answer: Any, world: World) -> None:
    """The share of customers known at week 0 who made one visit."""
    if not_answered(answer):
        return
    known, _ = _known(world)
    once = known["orders"] == 1
    number(answer, once.mean(), within=0.006, unit="share", mistakes=(
        Mistake(once.sum(), "That is how many; divide by all customers seen."),
        Mistake((known["orders"] == 2).mean(), "Those made two visits: one and one more."),
        Mistake((known["orders"] > 1).mean(), "Those came more than once."),
    ))  # fmt: skip


def exercise_3(answer: Any, world: World) -> None:
    """Of the one-time buyers, the share who are still customers."""
    if not_answered(answer):
        return
    known, still = _known(world)
    once = known["orders"] == 1
    number(answer, still[once].mean(), within=0.006, unit="share", mistakes=(
        Mistake(1 - still[once].mean(), "That is the share who have left."),
        Mistake((still & once).mean(), "That is among all customers; divide by the one-time buyers."),
        Mistake(still.mean(), "That is among all customers, not the one-time buyers."),
        Mistake(once[still].mean(), "That is the other way round: of those still customers, who came once."),
        Mistake(1.0, "Some models say so of every one-time buyer. The truth of this world says otherwise."),
    ))  # fmt: skip


def exercise_4(answer_store: Any, answer_other: Any, world: World, other: World) -> None:
    """The shortest rule that wrongs at most three in ten, for two shops."""
    if given := picked((answer_store, answer_other), LIMITS_WEEKS):
        right = [shortest_limit(world), shortest_limit(other)]
        verdict(given == right, "right for both shops", _wrong_limits(given, right))


def _wrong_limits(given: Sequence[float], right: Sequence[float | None]) -> str:
    if given == right[::-1]:
        return "You have the two shops the wrong way round."
    for shop, mine, best in zip(("this store", "the café"), given, right, strict=True):
        if best is not None and mine != best:
            which = "A shorter rule keeps to it as well" if mine > best else "That rule wrongs more than three in ten"
            return f"Look at {shop} again. {which}."
    return ""


def shortest_limit(world: World) -> int | None:
    """The shortest rule of `LIMITS_WEEKS` that keeps to `MOST_WRONGED_SHARE` in this world at week 0."""
    known, still = _known(world)
    kept = (each for each in LIMITS_WEEKS if still[known["recency_weeks"] > each].mean() <= MOST_WRONGED_SHARE)
    return next(kept, None)


def reason_4(answer: Any) -> None:
    """Why two shops need different rules."""
    justification(answer, (
        "the same silence means different things to customers of different rates",
        "where customers come seldom, long gaps are normal, so the slow look like the gone",
        "how many leave at all matters too: where few leave, most of the silent are slow",
    ))  # fmt: skip


def exercise_5(answer: Any) -> None:
    """Why more of the silent come back to one of two shops that do nothing."""
    choice(answer, "our customers come more seldom", {
        "our letters": "No letter was sent.",
        "our customers come more often": "Then such a silence would mostly be a farewell, and fewer come back.",
        "they lose fewer": "Who loses fewer has more slow customers among the silent, and more who come back.",
    })  # fmt: skip


def _known(world: World) -> tuple[pd.DataFrame, pd.Series]:
    """Customers seen before week 0, and whether each is still one (the truth)."""
    known = metrics.customer_table(world.order_log(), pd.Timestamp(world.store.week_0))
    left_week = world.truth.customers.set_index("customer_id")["left_week"].reindex(known.index)
    return known, ~(left_week < 0)
