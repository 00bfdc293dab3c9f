"""The pieces of work that are timed: our engine, a bare NumPy loop, Mesa's agents, the generator of `lifetimes`.

All serve the same kind of customers (BG/NBD), who first come in weeks 0–11. Ours also gives each visit its experience,
voice, price and desk, and makes the frames of records and truth; the others only buy and leave.
"""

import dataclasses
import multiprocessing
import statistics
import time
from collections.abc import Callable
from unittest import mock

import lifetimes.generate_data
import mesa
import numpy as np
import pandas as pd

from simulator import Horizon, Practice, Store, World, simulate
from simulator.customers import born_at, draw
from simulator.engine import before_week_0, go_on
from simulator.measures import measure
from simulator.options import practice_classes
from simulator.run import Run
from simulator.store import Arrivals, Desks, Visits
from simulator.twins import batches, measure_options, run_all

FIRST_WEEKS = 12
multiprocessing.set_start_method(multiprocessing.get_all_start_methods()[0], force=True)  # Mesa has set another


@dataclasses.dataclass(frozen=True)
class Crowd:
    """How customers come, and for how many weeks they are followed."""

    name: str
    visits: Visits
    weeks: int

    @property
    def store(self) -> Store:
        return dataclasses.replace(Store(), visits=self.visits, desks=Desks(count=20))


CDNOW = Crowd("CDNOW-like", Visits(r=0.24259, alpha_weeks=4.4135, a=0.79288, b=2.42574, first_visit_can_be_last=False),
              78)  # fmt: skip
BUSY = Crowd("frequent", Visits(r=1.0, alpha_weeks=3.5, a=0.8, b=7.2, first_visit_can_be_last=False), 156)


def every_practice() -> tuple[Practice, ...]:
    """All practices the package has, with their defaults."""
    return tuple(kind() for _, kind in sorted(practice_classes().items()))


def first_weeks(size: int) -> np.ndarray:
    return np.linspace(0, FIRST_WEEKS, size, endpoint=False)


def engine(crowd: Crowd, size: int, practices: tuple[Practice, ...] = ()) -> int:
    """Ours: customers drawn, visits served, records and truth in frames. The number of visits."""
    return len(world(crowd, size, practices).orders)


def world(crowd: Crowd, size: int, practices: tuple[Practice, ...]) -> World:
    customers = born_at(crowd.store, 1, first_weeks(size))
    return simulate(crowd.store, practices, weeks=crowd.weeks, customers=customers)


def bare_loop(crowd: Crowd, size: int) -> int:
    """NumPy, week by week: who is due buys, and perhaps leaves."""
    v, rng = crowd.visits, np.random.default_rng(1)
    rate, leaving = rng.gamma(v.r, 1 / v.alpha_weeks, size), rng.beta(v.a, v.b, size)
    due, visits, log = first_weeks(size), np.zeros(size, np.int64), []
    for week in range(crowd.weeks):
        while (rows := np.flatnonzero(due < week + 1)).size:
            log.append((rows, due[rows]))
            leaves = (rng.random(rows.size) < leaving[rows]) & (visits[rows] > 0)
            visits[rows] += 1
            due[rows] = np.where(leaves, np.inf, due[rows] + rng.exponential(size=rows.size) / rate[rows])
    orders = pd.DataFrame({"customer_id": np.concatenate([each[0] for each in log]),
                           "week": np.concatenate([each[1] for each in log])})  # fmt: skip
    return len(orders)


class Buyer(mesa.Agent):
    """A customer as a Mesa agent."""

    def __init__(self, model: mesa.Model, first_week: float) -> None:
        super().__init__(model)
        v = model.visits
        self.rate = model.random.gammavariate(v.r, 1 / v.alpha_weeks)
        self.leaving = model.random.betavariate(v.a, v.b)
        self.due, self.made = first_week, 0

    def step(self) -> None:
        while self.due < self.model.week + 1:
            self.model.log.append((self.unique_id, self.due))
            leaves = self.made > 0 and self.model.random.random() < self.leaving
            self.made += 1
            wait = float("inf") if leaves or not self.rate else self.model.random.expovariate(1.0) / self.rate
            self.due += wait


class Shop(mesa.Model):
    """A shop of Mesa agents, all asked every week."""

    def __init__(self, visits: Visits, size: int) -> None:
        super().__init__(seed=1)
        self.visits, self.week, self.log = visits, 0, []
        Buyer.create_agents(self, size, first_weeks(size).tolist())


def mesa_agents(crowd: Crowd, size: int) -> int:
    shop = Shop(crowd.visits, size)
    for shop.week in range(crowd.weeks):
        shop.agents.do("step")
    return len(pd.DataFrame(shop.log, columns=["customer_id", "week"]))


def append(self: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """What `lifetimes` calls on every customer and pandas 2 took away."""
    return pd.concat([self, other]) if len(self) else other


def lifetimes_generator(crowd: Crowd, size: int) -> int:
    np.random.seed(1)  # noqa: NPY002 (lifetimes draws from NumPy's global state)
    make, v = lifetimes.generate_data.beta_geometric_nbd_model_transactional_data, crowd.visits
    with mock.patch.object(pd.DataFrame, "append", append, create=True):
        return len(make(crowd.weeks - first_weeks(size), v.r, v.alpha_weeks, v.a, v.b, freq="W", size=size))


# --- a comparison as a notebook asks for it ---

SLIDER = Horizon(weeks=156, window_weeks=26)
_HISTORY = 52


def slider_store(customers: int = 5000) -> Store:
    """About `customers` CDNOW-like customers, who first come evenly over a year before week 0 and all weeks after."""
    arrivals = Arrivals(new_customers_per_week=customers / (_HISTORY + SLIDER.weeks), history_weeks=_HISTORY)
    return dataclasses.replace(CDNOW.store, arrivals=arrivals, desks=Desks())


def slider_history(customers: int = 5000) -> Run:
    """The store at week 0, from which every move of a slider begins; it is made once."""
    store = slider_store(customers)
    return before_week_0(store, draw(store, 1, SLIDER.weeks))


def slider_move(history: Run, practices: tuple[Practice, ...]) -> pd.Series:
    """A slider that changes a practice is moved: the weeks from week 0 on, their records and their measures."""
    return measure(go_on(history, practices, SLIDER.weeks), SLIDER)


def twin_pairs(count: int, processes: int) -> None:
    """Stores of that size and their twins, simulated and measured."""
    list(run_all(measure_options, twin_tasks(count, processes), processes, "pairs"))


def twin_tasks(count: int, processes: int) -> list[tuple[object, ...]]:
    store, options = slider_store(), {"all": every_practice()}
    return [(store, options, SLIDER, 1, some) for some in batches(store, SLIDER, count, processes)]


# --- timing ---


def wall(work: Callable[[], object]) -> float:
    """Seconds of the clock that a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@dataclasses.dataclass
class Contender:
    """A piece of work that is done for so many customers, and the seconds of one processor it took each time."""

    label: str
    run: Callable[[int], int]
    customers: int
    most_runs: int = 100
    seconds: list[float] = dataclasses.field(default_factory=list)
    visits: int = 0

    def once(self) -> None:
        if len(self.seconds) == self.most_runs:
            return
        start = time.process_time()
        self.visits = self.run(self.customers)
        self.seconds.append(time.process_time() - start)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def microseconds(self) -> float:
        """A customer."""
        return 1e6 * self.median / self.customers

    @property
    def nanoseconds(self) -> float:
        """A visit."""
        return 1e9 * self.median / self.visits
