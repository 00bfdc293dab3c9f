"""Checks for notebook 06, "Exceeding expectations"."""

from typing import Any

import numpy as np

from simulator import luck
from simulator.checks import Mistake, choice, justification, not_answered, number, refuse, verdict
from simulator.practices import ExceedingExpectations
from simulator.store import Store
from simulator.twins import compare
from simulator.world import World

NOTHING_ELSE: dict[str, Any] = {"first_use_share": 0.0, "surprise_when": "never"}


def failing(shift: float, usual: float = 0.10) -> float:
    """Share of visits that go wrong when `shift` is added to every experience (standard deviations).

    `usual` is the share that goes wrong today.

    >>> round(failing(0.0), 3), round(failing(-0.25), 3)
    (0.1, 0.151)
    """
    return float(luck.cumulative_normal(luck.normal(np.array(usual)) - shift))


def exercise_1(answer: Any) -> None:
    """Visits that go wrong when one standard deviation more is promised."""
    number(answer, failing(-0.5), within=0.004, unit="share of visits", mistakes=(
        Mistake(failing(-1.0), "A promise raises what should be by 0.7 of it and colours what is seen by 0.2."),
        Mistake(failing(-0.7), "The promise also colours what is seen: take 0.2 off again."),
        Mistake(failing(-0.9), "Colouring works the other way: 0.7 less 0.2."),
        Mistake(failing(0.5), "The sign: more is promised, so experience falls."),
        Mistake(2 * failing(-0.25), "The share does not double with the promise: use `failing` with the new shift."),
        Mistake(failing(0) + 2 * (failing(-0.25) - failing(0)), "It grows faster than that: use `failing`."),
    ))  # fmt: skip


def exercise_2(answer: Any, world: World) -> None:
    """The share of customers who came since week 0 and were surprised at least once."""
    visits = world.truth.visits[world.truth.visits["week"] >= 0]
    given = visits["service"] > 0
    share = float(given.groupby(visits["customer_id"]).any().mean())
    number(answer, share, within=0.005, unit="share of customers", mistakes=(
        Mistake(float(given.mean()), "That is the share of visits; count customers."),
        Mistake(1 - share, "That is those who never were."),
        Mistake(float(given.groupby(world.truth.visits["customer_id"]).any().sum() / len(world.truth.customers)),
                "Leave out customers who never came since week 0."),
    ))  # fmt: skip


def exercise_3(answer: Any, store: Store) -> None:
    """What a guarantee of the whole price costs a visit."""
    price, margin = store.spend.mean, store.spend.gross_margin_share
    number(answer, 0.05 * 0.8 * price, within=0.2, unit="currency a visit", mistakes=(
        Mistake(0.05 * price, "Not everybody asks for the money: 80 % do."),
        Mistake(0.05 * 0.8 * price * (1 - margin), "The whole price is paid back, not only what the goods cost."),
        Mistake(0.05 * 0.8 * price * margin, "The whole price is paid back, not the margin; the goods are gone too."),
        Mistake(0.8 * price, "That is what one broken promise costs; one visit in twenty has one."),
        Mistake(0.95 * 0.8 * price, "95 % are kept; 5 % are broken."),
    ))  # fmt: skip


KEPT = (0.98, 0.99, 0.995)


def exercise_4(answer: Any, store: Store, seed: int) -> None:
    """The least reliability from which the guarantee pays in this store, by a run."""
    if not_answered(answer):
        return
    if type(answer) is not float or answer not in KEPT:
        refuse(f"answer with one of {', '.join(map(str, KEPT))}")
        return
    options = {str(kept): [ExceedingExpectations(guarantee=True, kept_share=kept, **NOTHING_ELSE)] for kept in KEPT}
    worlds = compare(store, options, replicates=3, seed=seed)
    margin = worlds.measures.query("measure == 'margin'").set_index("option")["difference"]
    pays = [kept for kept in KEPT if margin[str(kept)] > 0]
    found = ", ".join(f"{name}: {value:+,.0f}" for name, value in margin.items())
    sure = "clear of zero" if worlds.sign(str(answer)) == 1 else "but three stores do not tell it from zero"
    lower = "It gains, but a lower one gains as well."
    hint = lower if answer in pays else "At that share the payouts are larger than the gain."
    verdict(bool(pays) and answer == pays[0], f"by the mean the first that gains here, {sure} ({found})", hint)


PROMISES = (-0.5, 0.0, 0.5)


def exercise_5(answer: Any, store: Store, seed: int) -> None:
    """How much a shop should promise, by a run."""
    if not_answered(answer):
        return
    if type(answer) not in (int, float) or answer not in PROMISES:
        refuse(f"answer with one of {', '.join(map(str, PROMISES))}")
        return
    options = {str(each): [ExceedingExpectations(promise=each, **NOTHING_ELSE)] for each in PROMISES if each}
    worlds = compare(store, options, replicates=4, seed=seed).by_replicate
    by = worlds[worlds["measure"] == "margin"].pivot_table("difference", "replicate", "option", sort=False)
    by, mine = by.assign(**{"0.0": 0.0}), str(float(answer))
    gap = by.sub(by[mine], axis=0).drop(columns=mine)
    better = gap.mean() > luck.student_t(0.975, len(gap) - 1) * gap.std() / np.sqrt(len(gap))
    means = ", ".join(f"{name} {value:+,.0f}" for name, value in by.mean().items())
    hint = "Another does clearly better. Weigh the newcomers gained against the customers lost."
    verdict(not better.any(), f"neither of the others does clearly better here (means: {means})", hint)


def reason_5(answer: Any) -> None:
    """Why a shop with hardly any newcomers should promise that much; the reader compares."""
    justification(answer, [
        "whom a promise acts on: people who have not come yet, and the customers who are there",
        "how large each of the two groups is in this shop",
        "that the service stays the same, so what is expected decides how often a visit goes wrong, and who leaves",
        "that the answer belongs to this shop: where most visits are made by newcomers it may turn",
    ])  # fmt: skip


def exercise_6(answer: Any) -> None:
    """Why surprised customers look so loyal in the records."""
    choice(answer, "who comes often", {
        "the surprise": "Its effect is the diamond of the figure; the gap in the records is far wider.",
        "the bar": "The raised bar works against the shop; it cannot make the surprised look loyal.",
        "luck": "Luck moves such a gap by a few points, not by this much.",
    })  # fmt: skip
