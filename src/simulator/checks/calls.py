"""Checks for notebook 12, "Contact calls"."""

from typing import Any

import numpy as np

from simulator.checks import Mistake, best_of, choice, justification, no_number, not_answered, number, refuse
from simulator.clock import YEAR_WEEKS
from simulator.practices import ContactCalls
from simulator.twins import Comparison
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


def exercise_2(answer: Any, result: Comparison, option: str, wage: float) -> None:
    """How many visits 100 calls must bring to pay, at another wage an hour than the store's."""
    if no_number(answer):
        return
    shop, weeks = result.store, result.horizon.weeks
    (rules,) = result.options[option]
    assert isinstance(rules, ContactCalls)
    worlds = result.by_replicate[result.by_replicate["option"] == option]
    hours = worlds.loc[worlds["measure"] == "desk_hours", "difference"].mean()
    made = rules.calls_per_month * 12 / YEAR_WEEKS * weeks * shop.desks.count
    fixed = rules.fixed_cost_per_week * weeks
    a_visit = made * shop.spend.mean * shop.spend.gross_margin_share / 100
    of_calls = rules.reached_share * rules.call_minutes + (1 - rules.reached_share) * rules.try_minutes
    truth = (hours * wage + fixed) / a_visit
    number(answer, truth, within=0.06, unit="visits of 100 calls", mistakes=(
        Mistake(hours * wage / a_visit, "The list and the training cost as well."),
        Mistake((hours * shop.desks.wage_per_hour + fixed) / a_visit, "That is at the old wage."),
        Mistake(truth * shop.spend.gross_margin_share, "A visit leaves its margin, not all that is spent."),
        Mistake((made * of_calls / 60 * wage + fixed) / a_visit, "Following up takes hours, too: see the table."),
        Mistake(truth / 100, "That is for one call; asked is for 100."),
        Mistake(100 / truth, "That is how many calls one visit pays for: turn it round."),
        Mistake(100 * (hours * wage + fixed) / made, "That is what 100 calls cost in ¥; how many visits is that?"),
    ))  # fmt: skip


def exercise_3(answer: Any, world: World) -> None:
    """Of the calls in which a failure was told, the share that came after the customer had left."""
    if no_number(answer):
        return
    calls, left = world.records["calls"], world.truth.customers.set_index("customer_id")["left_week"]
    when = left.loc[calls["customer_id"]].to_numpy()
    late, told, reached = when < calls["week"].to_numpy(), calls["found_failure"], calls["reached"]
    share = float(late[told].mean())
    number(answer, share, within=0.006, unit="share of calls", mistakes=(
        Mistake(1 - share, "That is the share that came in time."),
        Mistake(float(late.mean()), "That is of all calls; take those in which a failure was told."),
        Mistake(float(late[reached].mean()), "That is of all answered calls; take those in which a failure was told."),
        Mistake(float((~np.isnan(when[told])).mean()), "Some left after the call: compare the weeks."),
        Mistake(float((late & told).sum() / reached.sum()), "Divide by the calls in which a failure was told."),
        Mistake(float((late & told).mean()), "Divide by the calls in which a failure was told, not by all calls."),
    ))  # fmt: skip


LISTS = ("expected gain", "at random", "lapsing")
NOBODY = "nobody"


def exercise_4(answer: Any, result: Comparison, price: float, calls: int) -> None:
    """Whom to have called at a price for each call, or nobody: what calls bring before costs, less the price."""
    if not_answered(answer):
        return
    if type(answer) is not str or answer not in (*LISTS, NOBODY):
        refuse(f"answer with one of {', '.join(map(repr, (*LISTS, NOBODY)))}")
        return
    worlds = result.by_replicate[result.by_replicate["measure"] == "margin_at_list"]
    by = worlds.pivot_table("difference", "replicate", "option", sort=False)[list(LISTS)] - price * calls
    best_of(by.assign(**{NOBODY: 0.0}), answer)


def reason_4(answer: Any) -> None:
    """Why these are the customers to call, or why none; the reader compares."""
    justification(answer, [
        "what a call of the best list brings before costs, in ¥, beside the price of a call",
        "that the best list is not yet one that pays: calling nobody is an answer, too",
        "how sure: whether the interval over four stores reaches the price",
        "what might turn it: a larger effect of attention than we chose, or a visit that leaves more",
        "who is likeliest to leave is no reason by itself, nor is what the records show of those called",
    ])  # fmt: skip


def exercise_5(answer: Any) -> None:
    """Why the lapsing tell of more failures."""
    choice(answer, "who is chosen", {
        "the lapsing talk more": "Here all who have something to tell do so with the same chance; see who is called.",
        "the calls cause failures": "What is told happened at the last visit, before the call.",
        "luck": "Luck moves such a share by a point or two, not by this much.",
    })  # fmt: skip
