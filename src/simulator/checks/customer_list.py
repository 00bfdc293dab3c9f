"""Checks for notebook 02, "Know your customers"."""

from typing import Any

import pandas as pd

from simulator import metrics
from simulator.checks import Mistake, choice, justification, not_answered, number, picked, verdict
from simulator.world import World

WINDOWS_WEEKS = (4, 13, 26, 52, 104, 156)
NEAR_SHARE = 0.015  # windows that catch this much less than the best are as good, for one store's luck


def exercise_1(answer: Any, world: World) -> None:
    """Share of a year's sales made by the best 40 %."""
    if not_answered(answer):
        return
    spent = _spent_before(world, 52)
    curve = metrics.concentration_curve(spent)
    number(answer, curve[0.4], within=0.05, unit="share of sales", mistakes=(
        Mistake(curve[0.2], "That is the top fifth. Go along to 0.4."),
        Mistake(0.4, "That is the share of customers; read the share of sales above it."),
        Mistake(1 - curve[0.4], "That is what the others made."),
    ))  # fmt: skip


def exercise_2(answer: Any, world: World) -> None:
    """Share of half a year's sales made by the top tenth."""
    if not_answered(answer):
        return
    spent, year = _spent_before(world, 26), _spent_before(world, 52)
    number(answer, _of_top(spent, 0.1), within=0.006, unit="share of sales", mistakes=(
        Mistake(_of_top(spent, 0.2), "That is the top fifth; a tenth is asked for."),
        Mistake(_of_top(year, 0.1), "That is the window of 52 weeks; 26 are asked for."),
        Mistake(spent[metrics.top(year, 0.1).intersection(spent.index)].sum() / spent.sum(),
                "You took the top tenth of another window's buyers."),
    ))  # fmt: skip


def exercise_3(answer: Any) -> None:
    """What follows a year that was better than usual."""
    number(answer, 300 / 900, within=0.02, unit="ratio", mistakes=(
        Mistake(300 / 400, "The year before the card is the one that brought the card, not the mean of all years."),
        Mistake(3.0, "Turn it round: new over old."),
        Mistake(1.0, "In which year did he pass 600, and what did he spend in the next?"),
        Mistake(300 / 900 - 1, "That is the change; the ratio of new to old is asked for."),
    ))  # fmt: skip


def exercise_4(answer: Any, answer_other: Any, log: pd.DataFrame, other: pd.DataFrame, today: pd.Timestamp) -> None:
    """The past window that best finds next year's buyers, for two shops."""
    answers = picked((answer, answer_other), WINDOWS_WEEKS)
    for name, mine, orders in zip(("this store", "the furniture shop"), answers or (), (log, other), strict=False):
        caught: dict[float, float] = {weeks: share_caught(orders, weeks, today) for weeks in WINDOWS_WEEKS}
        found = ", ".join(f"{weeks} weeks {share:.0%}" for weeks, share in caught.items())
        holds = caught[mine] >= max(caught.values()) - NEAR_SHARE
        verdict(
            holds,
            f"{name}: none of the others catches clearly more ({found})",
            f"{name}: another catches more; print `caught` for each window.",
        )


def share_caught(log: pd.DataFrame, weeks: int, today: pd.Timestamp, cards: float = 0.1) -> float:
    """Share of next year's sales to customers known today made by the best `cards` of them in the past window."""
    known = metrics.customer_table(log, today).index
    later = metrics.spent_in(log, today, today + 52 * metrics.WEEK).reindex(known, fill_value=0.0)
    past = metrics.spent_in(log, today - weeks * metrics.WEEK, today)
    chosen = past.nlargest(int(cards * len(known))).index
    return float(later[chosen].sum() / later.sum())


def reason_4(answer: Any) -> None:
    """Why windows have a best length, and why shops differ in it."""
    justification(answer, (
        "a short window holds much luck and misses customers who come seldom",
        "a long window still holds people who have left",
        "the more seldom people come and the fewer leave, the longer the best window",
    ))  # fmt: skip


def exercise_5(answer: Any) -> None:
    """Why those who spent least spend more."""
    choice(answer, "regression to the mean", {
        "the cards": "Look at the lowest fifth of section 7: it rose as well, and nobody sent anything.",
        "inflation": "Prices do not double in a year, and the top fifth fell.",
        "those who stopped": "They spend nothing now, so they pull the figure down, not up.",
    })  # fmt: skip


def _spent_before(world: World, weeks: int) -> "pd.Series[float]":
    today = pd.Timestamp(world.store.week_0)
    return metrics.spent_in(world.order_log(), today - weeks * metrics.WEEK, today)


def _of_top(spent: "pd.Series[float]", share: float) -> float:
    return float(spent[metrics.top(spent, share)].sum() / spent.sum())
