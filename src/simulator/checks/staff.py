"""Checks for notebook 15, "Service and staff"."""

from typing import Any

from simulator.checks import Mistake, best_of, choice, justification, no_number, not_answered, number, refuse
from simulator.practices import StaffCare
from simulator.store import Store
from simulator.twins import Comparison, compare
from simulator.world import World


def exercise_1(answer: Any, world: World) -> None:
    """The share of complaints that are about people, from the records."""
    if no_number(answer):
        return
    fault = world.records["faults"]["fault"]
    share = {each: float((fault == each).mean()) for each in ("people", "product", "after the sale")}
    visits = int((world.orders["week"] >= 0).sum())
    number(answer, share["people"], within=0.0005, unit="share of complaints", mistakes=(
        Mistake(1 - share["product"], "What goes wrong after the sale has a cause of its own: delivery, installation."),
        Mistake(share["product"], "That is what the product causes."),
        Mistake(float((fault == "people").sum()) / visits, "That divides by visits; divide by complaints."),
        Mistake(world.store.service.failure_share, "That is the share of visits that go wrong; sort the complaints."),
    ))  # fmt: skip


def exercise_2(answer: Any, result: Comparison, option: str) -> None:
    """What the training brings for each unit of money it costs, read off the figure of causes."""
    if no_number(answer):
        return
    cause = result.causes[result.causes["option"] == option].set_index("cause")["margin"]
    gained, cost = float(cause.sum() - cause["running the practice"]), -float(cause["running the practice"])
    number(answer, gained / cost, within=0.06, unit="¥ for each ¥", mistakes=(
        Mistake((gained - cost) / cost, "That is what is left once it is paid; asked is what it brings."),
        Mistake(cost / gained, "That is the cost of each ¥ brought: turn it round."),
        Mistake(float(cause["saved"]) / cost, "More bars than one show what it brings: newcomers, too."),
    ))  # fmt: skip


def exercise_3(answer: Any, world: World) -> None:
    """Turnover from the records: departures a year for each filled place."""
    if no_number(answer):
        return
    staff = world.records["staff"]
    left, years = float(staff["left"].sum()), world.weeks / 52
    filled, desks = float(staff["staffed"].sum()) / 52, staff["desk"].nunique()
    places = float(staff["staffed"].max() * desks)
    number(answer, left / filled, within=0.005, unit="departures a year a place", mistakes=(
        Mistake(left / float(staff["staffed"].sum()), "That is for each week of a person; a year has 52 of them."),
        Mistake(left / years, "That is a year's departures of the whole shop; divide by its people as well."),
        Mistake(left, "Those are all departures; divide by years and people."),
        Mistake(left / years / desks, "That is for each desk; divide by the people at work."),
        Mistake(left / years / places, "That counts empty places, too; count only places filled, week by week."),
    ))  # fmt: skip


HOURS = ("the floor", "overtime", "none")


def exercise_4(answer: Any, store: Store, rules: StaffCare, seed: int) -> None:
    """Where the hours of training are to come from, by a run."""
    if not_answered(answer):
        return
    if type(answer) is not str or answer not in HOURS:
        refuse(f"answer with one of {', '.join(map(repr, HOURS))}")
        return
    by_hours: dict[str, dict[str, Any]] = {
        "the floor": {"training_hours_from": "the floor"},
        "overtime": {"training_hours_from": "overtime"},
    }
    options = {name: [StaffCare(**vars(rules) | changed)] for name, changed in by_hours.items()}
    worlds = compare(store, options, replicates=3, seed=seed).by_replicate
    margin = worlds[worlds["measure"] == "margin"].pivot_table("difference", "replicate", "option", sort=False)
    best_of(margin.assign(none=0.0), answer)  # nobody trained, and nobody in charge: the shop as it is


def reason_4(answer: Any) -> None:
    """Why the hours should come from there; the reader compares."""
    justification(answer, [
        "how much there is to do: whether anybody waits when somebody is missing",
        "that hours on the floor are not free, even if nobody pays for them: failures, and people who leave",
        "what paid hours cost against that",
        "how sure the runs are: which of these ways three stores can tell apart",
    ])  # fmt: skip


def exercise_5(answer: Any) -> None:
    """Why complaints fall at the worst desks where nobody was trained."""
    choice(answer, "regression to the mean", {
        "training": "Nobody was trained in these worlds.",
        "selection": "Desks that are worse for good would stay worse: how far from the others are they a year later?",
        "more skill": "Staff is as it was, at these desks as at the others; why would it have stayed longer at these?",
    })  # fmt: skip
