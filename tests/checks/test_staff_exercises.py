"""Exercises of notebook 15: right answers, typical wrong ones, a decision by a run."""

from collections.abc import Callable

import pytest

from simulator.checks import staff
from simulator.engine import simulate
from simulator.practices import StaffCare
from simulator.store import Service, Store
from simulator.twins import compare

Output = Callable[[], str]
RIGHT = "✓ right"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Output:
    return lambda: capsys.readouterr().out.strip()


def test_faults_and_turnover_from_records(said: Output) -> None:
    world = simulate(Store(), [StaffCare(turnover_per_year=2.0)], seed=1, weeks=78)
    fault, rows = world.records["faults"]["fault"], world.records["staff"]
    staff.exercise_1((fault == "people").mean(), world)
    assert said() == RIGHT
    for wrong, words in (((fault != "product").mean(), "a cause of its own"), ((fault == "product").mean(), "product")):
        staff.exercise_1(wrong, world)
        assert words in said()
    left = rows["left"].sum()
    staff.exercise_3(left / (rows["staffed"].sum() / 52), world)
    assert said() == RIGHT
    places = rows["desk"].nunique() * StaffCare().staff_per_desk
    for wrong, words in ((left / rows["staffed"].sum(), "52"), (left / 1.5, "its people"), (left, "years and people"),
                         (left / 1.5 / places, "only places filled")):  # fmt: skip
        staff.exercise_3(float(wrong), world)
        assert words in said()


def test_what_training_brings_for_each_unit_of_money(said: Output) -> None:
    result = compare(Store(service=Service(failure_share=0.25)), {"train": [StaffCare()]}, replicates=2)
    cause = result.causes.set_index("cause")["margin"]
    cost = -cause["running the practice"]
    staff.exercise_2((cause.sum() + cost) / cost, result, "train")
    assert said() == RIGHT
    staff.exercise_2(cause.sum() / cost, result, "train")
    assert "once it is paid" in said()


def test_where_the_hours_come_from(said: Output) -> None:
    for answer, words in (("home", "answer with one of"), (3, "answer with one of"), (..., "not answered")):
        staff.exercise_4(answer, Store(), StaffCare(), 0)
        assert words in said()
    idle = StaffCare(
        load_today=0.2, care_share=0.0, skill_lift=0.0, training_cost_per_hour=0.0, fixed_cost_per_week=0.0
    )
    staff.exercise_4("overtime", Store(), idle, 0)
    assert said().startswith("✗")  # hours off the floor cost nothing here
    staff.exercise_4("the floor", Store(), idle, 0)
    assert said().startswith("✓")


def test_why_the_worst_desks_come_out_better_where_nobody_was_trained(said: Output) -> None:
    staff.exercise_5("regression to the mean")
    assert said() == RIGHT
    for wrong, words in (("training", "Nobody was trained"), ("selection", "stay worse"), ("more skill", "as it was")):
        staff.exercise_5(wrong)
        assert words in said()
