"""The store in which calls are tried, and what makes them exact: everybody is called, at no cost, to no effect."""

from worlds import small_store

from simulator.engine import go_on
from simulator.practices import ContactCalls
from simulator.store import Arrivals, Desks, Store
from simulator.twins import history_of

WEEKS = 40
STORE = small_store(desks=Desks(count=2, hours_per_week=500.0),
                    arrivals=Arrivals(new_customers_per_week=15.0, history_weeks=30))  # fmt: skip
EVERYBODY = {"calls_per_month": 10_000, "rest_weeks": 0.0, "seen_within_weeks": 520.0, "reached_share": 1.0,
             "opts_out_share": 0.0}  # fmt: skip
NO_TIME = {"call_minutes": 0.0, "try_minutes": 0.0, "answer_minutes": 0.0, "fixed_cost_per_week": 0.0}
NO_TIES = {"attention_log_odds": 0.0, "woken_share": 0.0}


def with_and_without(practice: ContactCalls, store: Store = STORE, seed: int = 0, weeks: int = WEEKS):
    history = history_of(store, weeks, seed)
    return go_on(history, (), weeks), go_on(history, [practice], weeks)
