"""Checks for notebook 16, "From a client's log"."""

from typing import Any

import pandas as pd

from simulator.checks import (
    HOURS_AND_MONEY,
    Mistake,
    best_of,
    choice,
    justification,
    no_number,
    not_answered,
    number,
    refuse,
)
from simulator.orders import OrderLog


def exercise_1(answer: Any, log: OrderLog) -> None:
    """How many lines of a file are dropped, counted by hand; `log` is the file as it is read."""
    if no_number(answer):
        return
    rows = log.report.groupby("fate")["rows"].sum()
    dropped, merged = int(rows.get("dropped", 0)), log.orders_before_merging - len(log.orders)
    number(answer, dropped, within=0.4, unit="lines", mistakes=(
        Mistake(dropped + merged, "Two orders of one customer on one day are one visit: merged, with their money."),
        Mistake(int(rows["kept"]), "Those are kept; count the others."),
        Mistake(dropped - 1, "Look again for all three kinds: cancelled, without a customer, the same line twice."),
        Mistake(dropped + 1, "Of two lines that are the same, one stays; lines of one order may differ."),
    ))  # fmt: skip


def exercise_2(answer: Any, orders: pd.DataFrame, complaints: pd.DataFrame, told: float) -> None:
    """The share of visits that go wrong before week 0, from the complaints heard by the staff, if `told` are told."""
    if no_number(answer):
        return
    before = complaints[complaints["week"] < 0]
    heard, visits = int((before["channel"] == "to staff").sum()), int((orders["week"] < 0).sum())
    all_heard = int((complaints["channel"] == "to staff").sum())
    number(answer, heard / visits / told, within=0.0015, unit="share of visits", mistakes=(
        Mistake(heard / visits, "Those are the failures that were told to the staff; most are not told."),
        Mistake(heard / visits * told, "Many failures are never told: there must be more of them than complaints."),
        Mistake(all_heard / len(orders) / told, "From week 0 the salon asks for complaints: take the weeks before."),
        Mistake(len(before) / visits / told, "The client spoke of those told to the staff; leave the others out."),
        Mistake(len(complaints) / len(orders) / told, "Only what the staff was told, and only before week 0."),
    ))  # fmt: skip


def exercise_3(answer: Any, by: pd.DataFrame) -> None:
    """Which option, or none, by a run; `by`: margin gained, a row a store and a column an option."""
    if not_answered(answer):
        return
    if type(answer) is not str or by is None or answer not in by:
        refuse("answer with the name of a column of the table, as a text")
        return
    hints = {
        "procedure": "Each of its answers takes most of an hour's wage and part of the bill; see what one brings.",
        "short message": "It loses less than the procedure. Look at its sign, beside the column that costs nothing.",
    }
    best_of(by, answer, hints.get(answer, HOURS_AND_MONEY))


def reason_3(answer: Any) -> None:
    """Why; the reader compares."""
    justification(answer, [
        "what an answer takes, in minutes and money, beside the margin that it brings",
        "that most failures are never told, so most leave without an answer",
        "how far the stores of the run differ, and that a small difference is luck",
        "which numbers nobody has confirmed, and whether the choice would turn with them",
    ])  # fmt: skip


def exercise_4(answer: Any) -> None:
    """What went wrong in a report whose range is too narrow."""
    choice(answer, "nobody was asked", {
        "too few draws": "Few draws make a range rough. Ask why this number is not drawn at all.",
        "the log is too short": "No log of any length holds this number.",
        "the wrong currency": "The sign stands at every amount and was right. Ask who said the number.",
    })  # fmt: skip
