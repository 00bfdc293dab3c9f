"""Checks for notebook 08, "Referral asks"."""

from typing import Any

from simulator.checks import Mistake, best_of, choice, justification, not_answered, number, refuse
from simulator.practices import ReferralAsks
from simulator.store import Store
from simulator.twins import compare
from simulator.world import World


def friends_per_ask(yes: float, acts: float, names: int, becomes: float = 0.25, next_name: float = 0.7) -> float:
    """Friends who become customers per ask: yes × acts × (first name + second + …), each next name worth less.

    >>> round(friends_per_ask(yes=0.75, acts=0.5, names=1), 3)
    0.094
    """
    return yes * acts * sum(becomes * next_name**name for name in range(names))


def exercise_1(answer: Any) -> None:
    """Friends per ask when five names are asked for."""
    acts = 0.5 * 0.85**4
    number(answer, friends_per_ask(0.75, acts, 5), within=0.005, unit="friends an ask", mistakes=(
        Mistake(friends_per_ask(0.75, 0.5, 5), "Fewer give names when five are asked for: 0.85 for each further one."),
        Mistake(0.75 * acts * 5 * 0.25, "Each next name is worth 0.7 of the one before."),
        Mistake(friends_per_ask(0.75, 0.5 * 0.85**5, 5), "Five names are four further ones."),
        Mistake(friends_per_ask(0.75, 0.5 * 0.85, 5), "0.85 is for one further name; here are four."),
        Mistake(friends_per_ask(1.0, acts, 5), "Only 75 % say yes."),
    ))  # fmt: skip


def exercise_2(answer: Any, world: World) -> None:
    """The share of asked customers who brought at least one friend."""
    asks, referred = world.records["asks"], world.records["referred"]
    asked = asks["customer_id"].nunique()
    share = referred["referrer_id"].nunique() / asked
    number(answer, share, within=0.005, unit="share of customers asked", mistakes=(
        Mistake(_truly_brought(world) / asked, "Those are friends the asks brought; the records count all who came."),
        Mistake(len(referred) / asked, "Some brought two: count each referrer once."),
        Mistake(referred["referrer_id"].nunique() / len(asks), "Divide by customers asked, not by asks."),
        Mistake(len(referred) / len(asks), "That is friends an ask; count customers, each once."),
        Mistake(asks.groupby("customer_id")["said_yes"].any().mean(), "That is intention: who said yes."),
        Mistake((asks.groupby("customer_id")["names_given"].max() > 0).mean(), "That is the act: who gave names."),
    ))  # fmt: skip


def _truly_brought(world: World) -> int:
    """Customers who brought a friend who would not have come."""
    crowd = world.truth.customers
    friends = crowd.loc[crowd["origin"] == "referral", "customer_id"]
    referred = world.records["referred"]
    return int(referred.loc[referred["customer_id"].isin(friends), "referrer_id"].nunique())


def exercise_3(answer: Any, world: World) -> None:
    """The share of referred customers who would have come unasked."""
    crowd = world.truth.customers.set_index("customer_id")
    origin = crowd.loc[world.records["referred"]["customer_id"], "origin"]
    share = float((origin != "referral").mean())
    number(answer, share, within=0.003, unit="share of referred customers", mistakes=(
        Mistake(1 - share, "That is those whom the asks brought."),
        Mistake(0.2, "0.2 is the assumption; count what came of it in this world."),
    ))  # fmt: skip


def exercise_4(answer: Any) -> None:
    """Friends each customer must bring in a lifetime for a third of all customers to be referred."""
    number(answer, 1 / 3, within=0.005, unit="friends a customer", mistakes=(
        Mistake(0.5, "With 0.5 each, half are referred: of 1 + 1/2 + 1/4 + … = 2 customers, 1 is."),
        Mistake(0.25, "With 0.25 each, of 1 + 1/4 + 1/16 + … = 1.33 customers a quarter are referred."),
        Mistake(3.0, "With three each the crowd would treble with every generation."),
    ))  # fmt: skip


NAMES = (1, 5)
CALL_MINUTES = 45.0


def exercise_5(answer: Any, store: Store, seed: int) -> None:
    """How many names to ask for where each call is long and dear, by a run."""
    if not_answered(answer):
        return
    if type(answer) is not int or answer not in NAMES:
        refuse(f"answer with one of {', '.join(map(str, NAMES))}")
        return
    options = {str(each): [ReferralAsks(names_asked=each, contact_minutes=CALL_MINUTES)] for each in NAMES}
    worlds = compare(store, options, replicates=4, seed=seed).by_replicate
    by = worlds[worlds["measure"] == "margin"].pivot_table("difference", "replicate", "option", sort=False)
    best_of(by, str(answer))


def reason_5(answer: Any) -> None:
    """Why that many names are right where calls are long and dear; the reader compares."""
    justification(answer, [
        "what one more call takes, in wages and in hours of the desk",
        "what a further name is worth beside the first: fewer people give any, and the best friend is named first",
        "that hours are few here, so a call takes the place of another",
        "how sure the runs are: which options they can tell apart and which they cannot",
    ])  # fmt: skip


def exercise_6(answer: Any) -> None:
    """Why those who recommend look so loyal in the records."""
    choice(answer, "who is asked", {
        "recommending": "That is part of it, and the smaller one: see the truth beside the naive figure.",
        "the reward": "Nothing was given here.",
        "luck": "Luck moves such a gap by a few points, not by this much.",
    })  # fmt: skip
