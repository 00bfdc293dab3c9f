"""The engine: the week's timetable, and `simulate(store, practices, seed) -> World`.

Customers wait in buying time (the season clock) and are served week by week; only those who come are touched. In a
week nobody counts visits twice: a customer whose next visit falls in the same week is served in a further round.
"""

import functools
from collections.abc import Callable, Sequence

import numpy as np
from tqdm import tqdm

from simulator import luck
from simulator.clock import Floats
from simulator.customers import FINE, Customers, draw
from simulator.leaving import leave
from simulator.practices import Practice
from simulator.run import Round, Run
from simulator.store import Service, Store
from simulator.word_of_mouth import VOICE, open_doors, spread, voices
from simulator.world import World, collect

WAIT = luck.purpose("visit.wait")
EXPERIENCE = luck.purpose("visit.experience")
SPEND = luck.purpose("visit.spend")


def first_due(store: Store, customers: Customers) -> Floats:
    """Buying time at which each is due first: at `first_week`, or, of those with `past_visits`, a wait from week 0."""
    due: Floats = np.array(store.clock.elapsed(customers.first_week))
    known = np.flatnonzero(customers.past_visits)
    last = customers.past_visits[known] - 1  # a wait bears the number of the visit before it
    due[known] = luck.exponential(luck.uniform(customers.keys[known], last, WAIT)) / customers.rate_per_week[known]
    return due


# --- the engine's own acts at the stages of a visit ---


def come(run: Run, visits: Round) -> None:
    run.visits_made[visits.rows] += 1
    visits.returns = ~np.isnan(run.left_week[visits.rows])
    run.left_week[visits.rows] = np.nan  # whoever comes is a customer
    shape = run.store.spend.shape_p
    list_price = luck.gamma(run.uniform(visits, SPEND), shape) / run.customers.spend_rate[visits.rows]
    visits.list_price = np.maximum(np.round(list_price, 2), 0.01)


def plan_next_visit(run: Run, visits: Round) -> None:
    wait = luck.exponential(run.uniform(visits, WAIT)) / (run.customers.rate_per_week[visits.rows] * visits.pace)
    visits.next_due = run.due[visits.rows] + wait
    visits.next_week = run.clock.calendar(visits.next_due)


def experience(run: Run, visits: Round) -> None:
    service = run.store.service
    visits.experience = luck.normal(run.uniform(visits, EXPERIENCE)) + visits.service - visits.expectation
    visits.fails_below = luck.normal(run.customers.failure_share[visits.rows])
    visits.failed = visits.experience < visits.fails_below
    visits.if_failed = voices(service, run.uniform(visits, VOICE))
    visits.voice = np.where(visits.failed, visits.if_failed, FINE)
    visits.burden = burdens(service)[visits.voice]


@functools.lru_cache(maxsize=64)
def burdens(service: Service) -> Floats:
    """Log odds of leaving that each voice of `customers.VOICES` adds."""
    return np.array([0.0, *[service.silent_log_odds] * 2, *[service.complained_log_odds] * 2])


def work_through(run: Run, visits: Round) -> None:
    if visits.jobs:
        run.desks.work_through(visits.jobs)
        visits.jobs = []


def set_pace(run: Run, week: int) -> None:
    """Customers' pace is the product of what the practices make of it; the rest of a running wait is rescaled."""
    if not (run.paced or any(act.pace for act in run.acts)):
        return
    run.paced = True
    now, end = run.clock.elapsed(week), run.clock.elapsed(week + 1)
    pace, rate, active = np.ones(len(run.customers)), run.customers.rate_per_week, run.active()
    for cause, factor in (item for act in run.acts for item in act.pace.items()):
        moved = np.flatnonzero(factor != 1)
        pace[moved] *= factor[moved]
        extra = run.extra_expected.setdefault(cause, np.zeros(len(pace)))
        extra[moved] += np.where(active[moved], rate[moved] * (factor[moved] - 1) * (end - now), 0.0)
    waiting = np.flatnonzero((pace != run.pace) & (run.visits_made > 0))
    run.due[waiting] = now + (run.due[waiting] - now) * (run.pace[waiting] / pace[waiting])
    run.pace = pace


# A stage is what the engine does and the name under which practices then speak.
TIMETABLE: tuple[tuple[Callable[[Run, Round], None] | None, str], ...] = (
    (come, "greet"),  # who is here and what it costs; practices set service, expectation, prices
    (plan_next_visit, "plan"),  # when they would come again
    (experience, "listen"),  # how it was, who says so to whom; practices invite voices and hand in work
    (work_through, "answer"),  # when the desks get to it; practices answer: relief
    (None, "settle"),  # money changes hands: points, rewards, costs, ties
    (leave, "part"),  # who was here for the last time
)


def serve_week(run: Run, week: int) -> None:
    """One week: practices open it, customers' pace is set, and rounds of visits run until nobody is due."""
    if run.acts:
        open_doors(run, week)
        run.speak("open_week", week)
        set_pace(run, week)
    end = float(run.clock.elapsed(week + 1))
    while (rows := np.flatnonzero(run.due < end)).size:
        now = run.clock.calendar(run.due[rows])
        visits = Round(rows, run.customers.keys[rows], run.visits_made[rows], now, run.pace[rows])
        for act, stage in TIMETABLE:
            if act is not None:
                act(run, visits)
            run.speak(stage, visits)
        if run.acts:
            work_through(run, visits)  # what was handed in after "answer"
            spread(run, visits)
        run.keep(visits)
    run.desks.close_week()


def before_week_0(store: Store, customers: Customers, desks: Sequence[int] | None = None, stores: int = 1) -> Run:
    """The store's history, practices off: a run that stands at week 0 and can be begun with any practices.

    `desks`: the desks whose customers these are (default: all of the store's), for costs of the whole store.
    `stores`: how many stores side by side they are (see `side_by_side`).
    """
    run = Run(store, customers, first_due(store, customers), desks, stores)
    first = int(np.floor(customers.first_week.min())) if len(customers) else 0
    for week in range(min(first, 0), 0):
        serve_week(run, week)
    return run


def simulate(
    store: Store,
    practices: Sequence[Practice] = (),
    *,
    seed: int = 0,
    weeks: int = 104,
    replicate: int = 0,
    desks: Sequence[int] | None = None,
    customers: Customers | None = None,
) -> World:
    """A store's history and `weeks` weeks from week 0 on, with `practices` on from week 0.

    `seed`, `replicate`: the luck; two worlds with the same have the same customers with the same luck.
    `desks`: only the customers of these desks; runs over all desks put together are the run of the whole.
    `customers`: a population to serve instead of the one drawn from the store.

    >>> world = simulate(Store(), seed=1, weeks=4)
    >>> list(world.orders.columns)[:4]
    ['order_id', 'customer_id', 'desk', 'week']
    """
    crowd = draw(store, seed, weeks, replicate) if customers is None else customers
    if desks is not None:
        crowd = crowd.at_desks(desks)
    return go_on(before_week_0(store, crowd, desks), practices, weeks)


def go_on(history: Run, practices: Sequence[Practice], weeks: int, progress: bool = False) -> World:
    """The world that follows from `history` with `practices` on for `weeks` weeks; `history` stays as it is."""
    run = history.begin(practices)
    for week in tqdm(range(weeks), desc="weeks", disable=None if progress else True):
        serve_week(run, week)
    return collect(run, weeks)
