"""What every act has to hand: desk work outside a visit, records of its own."""

import numpy as np
import pandas as pd
import pytest
from worlds import Scripted, small_store

from simulator.desks import waited_hours
from simulator.engine import simulate
from simulator.practices.base import frame_of
from simulator.store import Desks

STORE = small_store(desks=Desks(count=2, hours_per_week=2.0, wage_per_hour=30.0))


def test_desk_work_outside_a_visit_waits_costs_and_stands_in_the_hours() -> None:
    """Ten half hours at each desk of two hours a week: the last of each desk is done after two and a half weeks."""
    ends = {}

    def call(act, week: int) -> None:
        if week == 3:
            rows = np.concatenate([np.flatnonzero(act.run.customers.desk == desk)[:10] for desk in (0, 1)])
            jobs = act.ask_desk_between(rows, week, "calls", minutes=30.0)
            ends["waited"] = waited_hours(jobs)

    world = simulate(STORE, [Scripted("Calls", open_week=call)], seed=1, weeks=6)
    assert ends["waited"].max() == pytest.approx(2.5 * 168) and ends["waited"].min() == pytest.approx(0.25 * 168)
    hours = world.records["desk_hours"]
    assert hours["hours"].tolist() == [5.0, 5.0] and set(hours["week"]) == {3} and set(hours["kind"]) == {"calls"}
    assert world.costs["amount"].tolist() == [15.0] * 20


def test_two_practices_cannot_leave_records_of_one_name() -> None:
    def notes(called: str) -> Scripted:
        return Scripted(called, records=lambda act: {"notes": pd.DataFrame({"customer_id": [1]})})

    assert "notes" in simulate(STORE, [notes("one")], seed=1, weeks=2).records
    with pytest.raises(ValueError, match="two: records are called notes, and so are others; give them another name"):
        simulate(STORE, [notes("one"), notes("two")], seed=1, weeks=2)


def test_a_frame_without_parts_has_its_columns_and_types() -> None:
    empty = frame_of({"customer_id": np.int64, "week": float, "answer": str}, [])
    assert len(empty) == 0 and [str(kind) for kind in empty.dtypes] == ["int64", "float64", "str"]
