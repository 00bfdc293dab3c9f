"""Checks for notebook 12, "Contact calls"."""

from typing import Any

from simulator.checks import Mistake, best_of, choice, justification, no_number, not_answered, number, refuse
from simulator.practices import ContactCalls
from simulator.practices.call_rules import Target
from simulator.store import Store
from simulator.twins import Comparison, compare
from simulator.world import World


def exercise_1(answer: Any, result: Comparison, option: str) -> None:
    """What the calls bring for each unit of money they cost, read off the figure of causes."""
    if no_number(answer):
        return
    cause = result.causes[result.causes["option"] == option].set_index("cause")["margin"]
    saved, lost, cost = cause["saved"], cause["lost"], -cause["running the practice"]
    number(answer, (saved + lost) / cost, within=0.15, unit="¥ for each ¥", mistakes=(
        Mistake(saved / cost, "Some visits are lost as well: take their bar off."),
        Mistake((saved + lost - cost) / cost, "That is what is left once they are paid; asked is what they bring."),
        Mistake(cost / (saved + lost), "That is the cost of each ¥ brought: turn it round."),
        Mistake((saved - lost) / cost, "The bar of lost visits points the other way: it is taken off."),
    ))  # fmt: skip


def exercise_2(answer: Any, world: World) -> None:
    """The share of answered calls in which a failure was told that nobody had heard of."""
    calls = world.records["calls"]
    found, reached = int(calls["found_failure"].sum()), int(calls["reached"].sum())
    good = int((calls["answer"] == "good").sum())
    number(answer, found / reached, within=0.0005, unit="share of calls answered", mistakes=(
        Mistake(found / len(calls), "That divides by all calls tried; whoever was not reached could tell nothing."),
        Mistake(good / reached, "Those were settled well; count all that were told."),
        Mistake(good / found, "That is the share settled well; asked is how many calls tell of a failure at all."),
        Mistake(world.store.service.failure_share, "That is the share of visits that fail; count what was told."),
        Mistake(reached / len(calls), "That is the share of calls that were answered."),
    ))  # fmt: skip


def exercise_3(answer: Any, world: World) -> None:
    """The share of calls that went to people who had left already, which only the truth knows."""
    calls, left = world.records["calls"], world.truth.customers.set_index("customer_id")["left_week"]
    when = left.loc[calls["customer_id"]].to_numpy()
    gone = float((when < calls["week"].to_numpy()).mean())
    among = calls["customer_id"].drop_duplicates()
    number(answer, gone, within=0.002, unit="share of calls", mistakes=(
        Mistake(float(left.loc[calls["customer_id"]].notna().mean()), "Some left after the call: compare the weeks."),
        Mistake(1 - gone, "That is the share of calls to people who were still there."),
        Mistake(float(left.loc[among].notna().mean()), "Count calls, and only those made after the customer had left."),
        Mistake(float(left.notna().mean()), "That is of all customers; look at those who were called."),
    ))  # fmt: skip


TARGETS: tuple[Target, ...] = ("lapsing", "new", "by expected gain")


def exercise_4(answer: Any, store: Store, seed: int) -> None:
    """Whom to call, by a run."""
    if not_answered(answer):
        return
    if type(answer) is not str or answer not in TARGETS:
        refuse(f"answer with one of {', '.join(map(repr, TARGETS))}")
        return
    options = {str(each): [ContactCalls(target=each)] for each in TARGETS}
    worlds = compare(store, options, replicates=3, seed=seed).by_replicate
    by = worlds[worlds["measure"] == "margin"].pivot_table("difference", "replicate", "option", sort=False)
    best_of(by, answer)


def reason_4(answer: Any) -> None:
    """Why these are the customers to call; the reader compares."""
    justification(answer, [
        "how many of them are still customers when the telephone rings",
        "what a visit of theirs is worth, and how many are still to come",
        "whether a call can still reach them before they would have been back",
        "how sure the runs are: which lists three stores can tell apart and which they cannot",
    ])  # fmt: skip


def exercise_5(answer: Any) -> None:
    """Why customers called by expected gain look so loyal in the records."""
    choice(answer, "who is chosen", {
        "the attention": "That is in the true figure, which is small; look at what the list starts from.",
        "failures put right": "Few calls find one in time; the true figure holds them too.",
        "luck": "Luck moves such a share by a point or two, not by this much.",
    })  # fmt: skip
