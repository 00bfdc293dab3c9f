"""Checks for notebook 09, "Putting practices together"."""

import dataclasses
from typing import Any

from simulator import closed_forms
from simulator.checks import Mistake, best_of, choice, justification, not_answered, number, refuse
from simulator.store import Store
from simulator.twins import TOGETHER, Comparison


def exercise_1(answer: Any, store: Store) -> None:
    """Lifetime value over 260 weeks at a margin of 60 %."""
    if not_answered(answer):
        return
    number(answer, _value(store, 0.6, 260), within=100, unit="¥", mistakes=(
        Mistake(_value(store, 0.4, 260), "That is the line of 40 %."),
        Mistake(_value(store, 0.6, 104), "That is over 104 weeks."),
        Mistake(_value(store, 0.6, 520), "That is over 520 weeks, the end of the figure."),
    ))  # fmt: skip


def _value(store: Store, margin: float, weeks: float) -> float:
    spend = dataclasses.replace(store.spend, gross_margin_share=margin)
    return closed_forms.lifetime_value(dataclasses.replace(store, spend=spend), weeks)


def exercise_2(answer: Any) -> None:
    """Value of 500 a year, kept with chance 0.8, discounted by 10 %."""
    number(answer, 500 / (1 - 0.8 / 1.1), within=10, unit="¥", mistakes=(
        Mistake(500 / (1 - 0.8), "Later money counts for less: divide the chance of staying by 1.1."),
        Mistake(100 / (1 - 0.8 / 1.1), "That is for 100 a year."),
        Mistake(500 / (1 - 0.2 / 1.1), "He stays with 80 %, not with 20 %."),
    ))  # fmt: skip


def exercise_3(answer: Any, tight: Comparison) -> None:
    """Margin of all practices together an hour there is."""
    if not_answered(answer):
        return
    desks, weeks = tight.store.desks, tight.horizon.weeks
    found = tight.measures.set_index(["option", "measure"])["difference"]
    margin, per_desk = found[TOGETHER, "margin"], desks.hours_per_week * weeks
    number(answer, margin / (per_desk * desks.count), within=5, unit="¥ an hour", mistakes=(
        Mistake(margin / per_desk, "There are two desks."),
        Mistake(found["Referral asks", "margin"] / (per_desk * desks.count), "That is of asks alone."),
        Mistake(margin / (per_desk * desks.count) * weeks, "Divide by the weeks as well."),
    ))  # fmt: skip


def exercise_4(answer: Any, middle: Comparison) -> None:
    """The option to choose with the hours of `middle`, judged by its own stores."""
    if not_answered(answer):
        return
    margin = middle.by_replicate[middle.by_replicate["measure"] == "margin"]
    by_option = margin.pivot_table("difference", "replicate", "option", sort=False)
    if type(answer) is not str or answer not in by_option:
        refuse(f"answer with one of: {', '.join(map(repr, by_option))}")
        return
    best_of(by_option, answer)


def reason_4(answer: Any) -> None:
    """Why a practice that pays alone is left out."""
    justification(answer, (
        "what counts is what the practice adds to the others, not what it earns alone",
        "it takes hours in which another practice earns more",
        "the choice depends on the hours: with more of them it may come in",
    ))  # fmt: skip


def exercise_5(answer: Any) -> None:
    """What a customer's value does not say about a gift."""
    choice(answer, "how many more stay because of it", {
        "the cost of the gift": "It is given: ¥200.",
        "the discount rate": "It changes the ¥2,000 a little; it is not what is missing.",
        "how long they stay": "That is in the ¥2,000 already.",
    })  # fmt: skip
