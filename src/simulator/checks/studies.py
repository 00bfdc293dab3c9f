"""Checks for notebook 10, "Does it work?"."""

from typing import Any

import numpy as np
import pandas as pd

from simulator import experiments
from simulator.checks import Mistake, best_of, choice, justification, no_number, not_answered, number, refuse


def exercise_1(answer: Any, sales: pd.DataFrame, started: pd.Index) -> None:
    """How far two groups of shops are apart in quarter 1, relative to their own past."""
    if no_number(answer):
        return
    own = sales.loc[:, -8:-1].mean(axis=1)
    relative = sales.div(own, axis=0)
    mine = relative.index.isin(started)
    gap = relative[mine].mean() - relative[~mine].mean()
    number(answer, float(gap[1]), within=0.02, unit="share", mistakes=(
        Mistake(float(relative[mine].mean()[1]), "That is the height of one line; the distance is asked for."),
        Mistake(float(relative[~mine].mean()[1]), "That is the height of one line; the distance is asked for."),
        Mistake(float(gap[-1]), "That is before the start."),
    ))  # fmt: skip


def exercise_2(answer: Any, seen: pd.Series, offered: pd.Index) -> None:
    """Difference of the shares who order four times or more."""
    if no_number(answer):
        return
    mine = seen.index.isin(offered)
    bought = seen >= 4
    number(answer, bought[mine].mean() - bought[~mine].mean(), within=0.0015, unit="difference of shares", mistakes=(
        Mistake(seen[mine].mean() - seen[~mine].mean(), "That is in orders. What share ordered four times or more?"),
        Mistake(bought[mine].mean(), "That is the share among those offered; take off the others'."),
        Mistake(bought[mine].mean() - bought.mean(), "Take off the share of those not offered, not of all."),
    ))  # fmt: skip


def exercise_3(answer: Any) -> None:
    """The smallest share that 2,500 in each half can tell from 10 %."""
    shares = np.arange(0.1005, 0.2, 0.0005)
    right = next(each for each in shares if experiments.customers_per_arm(0.10, float(each)) <= 2500)
    all_in_one = next(each for each in shares if experiments.customers_per_arm(0.10, float(each)) <= 5000)
    number(answer, float(right), within=0.0026, unit="share", mistakes=(
        Mistake(float(all_in_one), "With 5,000 customers in all there are 2,500 in each half."),
        Mistake(float(right) - 0.1, "That is the rise; which share would it be?"),
    ))  # fmt: skip


def exercise_4(answer: Any, answer_other: Any, ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    """Whom to offer the card, in two shops, judged by the stores of the tables."""
    if not_answered(answer) or not_answered(answer_other):
        return
    for each, margin in ((answer, ours), (answer_other, theirs)):
        if type(each) is not str or each not in margin:
            refuse(f"answer with two of: {', '.join(map(repr, margin))}")
            return
    best_of(ours, answer)
    best_of(theirs, answer_other)


def reason_4(answer: Any) -> None:
    """Why not those at risk."""
    justification(answer, (
        "many of those at risk have left already, and nothing changes for them",
        "what counts is the change the card makes for a customer (uplift), not his risk",
        "the change must be worth more than the discounts and gifts that go with it, in this shop",
    ))  # fmt: skip


def exercise_5(answer: Any) -> None:
    """What goes wrong when takers are compared."""
    choice(answer, "takers were compared, not all who were offered", {
        "the lot": "The lot was fair. Who decided about taking the card?",
        "too few customers": "More of them would give the same answer with a narrower interval.",
        "the season": "Both halves live through the same season.",
    })  # fmt: skip
