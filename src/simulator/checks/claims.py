"""Checks for notebook 11, "Claims on trial"."""

from typing import Any

import pandas as pd

from simulator import trials
from simulator.checks import Mistake, choice, justification, no_number, not_answered, number, refuse, verdict
from simulator.practices import ComplaintRecovery
from simulator.store import Store


def exercise_1(answer: Any, turns: pd.DataFrame) -> None:
    """How many verdicts turn within the range worth believing."""
    if no_number(answer):
        return
    inside, nowhere = int(turns["inside"].sum()), int(turns["turns_at"].isna().sum())
    number(answer, inside, within=0.5, unit="rows", mistakes=(
        Mistake(len(turns) - inside, "Those turn outside of it, or nowhere."),
        Mistake(nowhere, "Those turn nowhere."),
        Mistake(len(turns) - nowhere, "That counts all circles; look which lie on the grey bar."),
        Mistake(len(turns), "Those are all rows."),
        Mistake(inside + 1, "One too many: look closely at the circles near an end of their bar, or at the table."),
        Mistake(inside - 1, "One too few: look closely at the circles near an end of their bar, or at the table."),
    ))  # fmt: skip


def exercise_2(answer: Any, sums: pd.DataFrame) -> None:
    """What counting later money for less takes off 62,400."""
    if no_number(answer):
        return
    claimed, margin, later = sums.iloc[:3, 1]
    number(answer, (margin - later) / claimed, within=0.006, unit="share of the claim", mistakes=(
        Mistake((margin - later) / margin, "That is a share of the second row; of the 62,400 is asked for."),
        Mistake(later / claimed, "That is what is left after it."),
        Mistake((claimed - margin) / claimed, "That is what the margin takes off, the step before."),
        Mistake((claimed - later) / claimed, "That is margin and later money together."),
    ))  # fmt: skip


def exercise_3(answer: Any, luxury: Store, seed: int) -> None:
    """Concentration of a year in a shop whose customers spend very unlike sums."""
    if no_number(answer):
        return
    shares = trials.TRIALS["C03"](luxury, seed).table.set_index("window, weeks").iloc[:, 0]
    ours = trials.TRIALS["C03"](Store(), seed).table.set_index("window, weeks").iloc[:, 0]
    number(answer, float(shares[52]), within=0.006, unit="share of sales", mistakes=(
        Mistake(float(ours[52]), "That is the corner store; run the trial on `luxury`."),
        Mistake(float(shares[156]), "That is the window of 156 weeks."),
        Mistake(float(shares[26]), "That is the window of 26 weeks."),
    ))  # fmt: skip


def exercise_4(answer: Any, answer_better: Any, store: Store, seed: int) -> None:
    """Whether C09 holds for answers as good as believable, and for better ones."""
    if not_answered(answer) or not_answered(answer_better):
        return
    if any(type(each) is not str or each not in ("holds", "does not") for each in (answer, answer_better)):
        refuse("answer each with 'holds' or 'does not'")
        return
    for share, mine in ((0.95, answer), (1.2, answer_better)):
        holds = trials.TRIALS["C09"](store, seed, ComplaintRecovery(offset_share=share)).holds
        hint = f"offset_share {share}: run the trial with this practice and look at `.holds`."
        verdict((mine == "holds") == holds, f"offset_share {share}: {mine}", hint)


def reason_4(answer: Any) -> None:
    """What a simulator shows about the recovery paradox."""
    justification(answer, (
        "a simulator shows what follows from what was put in; it proves nothing about customers",
        "the run says what the claim needs: answers that take off more than the failure added",
        "whether customers respond so is a matter of measurement, and studies of purchases found less",
    ))  # fmt: skip


def exercise_5(answer: Any) -> None:
    """Which of three questions a sentence of a supplier answers."""
    choice(answer, "measured how", {
        "compared with what": "With whom are those with the app compared? The sentence does not say.",
        "where would it turn": "Nothing in it says under which conditions it would be false.",
        "none": "One it does answer: look at the verb before \"buy again\".",
    })  # fmt: skip
