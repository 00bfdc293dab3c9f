"""How fast the engine is beside a bare loop, Mesa's agents and the generator of `lifetimes`, on the same work.

    python benchmarks/run.py [--customers 100000] [--repeats 3]

The work: CDNOW-like customers (BG/NBD, r .243, α 4.414 weeks, a .793, b 2.426) who first come in weeks 0–11 and are
followed to week 78. Our engine also gives each visit its experience, voice, price and desk, and writes records and the
truth; the others only buy and leave. Times are seconds of one processor, medians over repeats, all runs in turn in
one process. Needs the extra `bench`. Writes RESULTS.md beside this file; no test asserts any of it.
"""

import argparse
import dataclasses
import datetime
import importlib.metadata
import os
import platform
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import lifetimes.generate_data
import mesa
import numpy as np
import pandas as pd

from simulator import ComplaintRecovery, Practice, Tier, VipScheme, cdnow, simulate
from simulator.customers import Customers, born_at
from simulator.engine import Round, Run, before_week_0, serve_week
from simulator.store import Desks, Visits

WEEKS, FIRST_WEEKS = 78, 12
R, ALPHA, A, B = 0.24259, 4.4135, 0.79288, 2.42574
SLOW = 50  # lifetimes is given one customer in so many; its time grows faster than its customers, in its favour

VISITS = Visits(r=R, alpha_weeks=ALPHA, a=A, b=B, first_visit_can_be_last=False)
STORE = dataclasses.replace(cdnow(), visits=VISITS, desks=Desks(count=20))
BOTH: tuple[Practice, ...] = (
    VipScheme(tiers=(Tier(label="silver", threshold=50.0), Tier(label="gold", threshold=200.0, discount_share=0.05))),
    ComplaintRecovery(),
)


def first_weeks(size: int) -> np.ndarray:
    return np.linspace(0, FIRST_WEEKS, size, endpoint=False)


def engine(size: int, practices: tuple[Practice, ...] = ()) -> int:
    """Ours: customers drawn, visits served, records and truth written. The number of visits."""
    crowd = born_at(STORE, 1, first_weeks(size))
    return len(simulate(STORE, practices, weeks=WEEKS, customers=crowd).orders)


def bare_loop(size: int) -> int:
    """NumPy, week by week: who is due buys, and perhaps leaves."""
    rng = np.random.default_rng(1)
    rate, leaving = rng.gamma(R, 1 / ALPHA, size), rng.beta(A, B, size)
    due, visits, log = first_weeks(size), np.zeros(size, np.int64), []
    for week in range(WEEKS):
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
        self.rate = model.random.gammavariate(R, 1 / ALPHA)
        self.leaving = model.random.betavariate(A, B)
        self.due, self.visits = first_week, 0

    def step(self) -> None:
        while self.due < self.model.week + 1:
            self.model.log.append((self.unique_id, self.due))
            leaves = self.visits > 0 and self.model.random.random() < self.leaving
            self.visits += 1
            self.due = float("inf") if leaves else self.due + self.model.random.expovariate(1.0) / self.rate


class Shop(mesa.Model):
    """A shop of Mesa agents, all asked every week."""

    def __init__(self, size: int) -> None:
        super().__init__(seed=1)
        self.week, self.log = 0, []
        Buyer.create_agents(self, size, first_weeks(size).tolist())


def mesa_agents(size: int) -> int:
    shop = Shop(size)
    for shop.week in range(WEEKS):
        shop.agents.do("step")
    return len(pd.DataFrame(shop.log, columns=["customer_id", "week"]))


def append(self: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """What `lifetimes` calls on every customer and pandas 2 took away."""
    return pd.concat([self, other]) if len(self) else other


def lifetimes_generator(size: int) -> int:
    np.random.seed(1)  # noqa: NPY002 (lifetimes draws from NumPy's global state)
    make = lifetimes.generate_data.beta_geometric_nbd_model_transactional_data
    with mock.patch.object(pd.DataFrame, "append", append, create=True):
        return len(make(WEEKS - first_weeks(size), R, ALPHA, A, B, freq="W", size=size))


@dataclasses.dataclass
class Contender:
    label: str
    run: Callable[[int], int]
    customers: int
    seconds: list[float] = dataclasses.field(default_factory=list)
    visits: int = 0

    def once(self) -> None:
        start = time.process_time()
        self.visits = self.run(self.customers)
        self.seconds.append(time.process_time() - start)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def microseconds(self) -> float:
        return 1e6 * self.median / self.customers


def contenders(size: int) -> list[Contender]:
    return [
        Contender("our engine, no practice", engine, size),
        Contender("our engine, VIP scheme and complaint recovery", lambda n: engine(n, BOTH), size),
        Contender("bare NumPy loop: buy and leave, nothing else", bare_loop, size),
        Contender("Mesa agents: buy and leave, nothing else", mesa_agents, size),
        Contender("`lifetimes` generator (repaired)", lifetimes_generator, max(size // SLOW, 1)),
    ]


def memory(size: int) -> dict[str, float]:
    """Bytes of our engine without practices, by what they belong to; and the highest of one whole run."""
    crowd = born_at(STORE, 1, first_weeks(size))
    run = before_week_0(STORE, crowd).begin(())
    for week in range(WEEKS):
        serve_week(run, week)
    visits = sum(len(each.rows) for each in run.rounds)
    tracemalloc.start()
    engine(size)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {
        "a customer while running": (array_bytes(crowd) + array_bytes(run)) / size,
        "a visit while running": sum(array_bytes(each) for each in run.rounds) / visits,
        "the highest of a whole run with its records, a visit": peak / visits,
    }


def array_bytes(owner: Customers | Run | Round) -> int:
    return sum(value.nbytes for value in vars(owner).values() if isinstance(value, np.ndarray))


def table(found: list[Contender]) -> list[str]:
    ours = found[0].microseconds()
    lines = ["| | customers | visits a customer | seconds, median (lowest–highest) | µs a customer | ours = 1 |",
             "|---|---:|---:|---:|---:|---:|"]  # fmt: skip
    for each in found:
        spread = f"{each.median:.3g} ({min(each.seconds):.3g}–{max(each.seconds):.3g})"
        lines.append(f"| {each.label} | {each.customers:,} | {each.visits / each.customers:.2f} | {spread} "
                     f"| {each.microseconds():,.1f} | {each.microseconds() / ours:,.2f} |")  # fmt: skip
    return lines


def machine() -> str:
    names = ("numpy", "pandas", "mesa", "lifetimes")
    libraries = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    return (f"{datetime.date.today().isoformat()}, {os.cpu_count()} cores ({platform.machine()}), {platform.system()}, "
            f"Python {platform.python_version()}, {libraries}")  # fmt: skip


REPORT = """# How fast the engine is

Written by `python benchmarks/run.py`, whose first lines say what the work is.

{machine}.
{repeats} runs of each, in turn; seconds of one processor. Other work on the machine moves single runs by a fifth.

{table}

`lifetimes` was given {slow:,} customers and is compared by the customer; its time grows faster than their number, so
its ratio is the least one.

## Memory of our engine

| bytes for | |
|---|---:|
{memory}
"""


def report(found: list[Contender], bytes_of: dict[str, float], repeats: int) -> str:
    memory_rows = "\n".join(f"| {name} | {size:,.0f} |" for name, size in bytes_of.items())
    return REPORT.format(machine=machine(), repeats=repeats, table="\n".join(table(found)),
                         slow=found[-1].customers, memory=memory_rows)  # fmt: skip


def main() -> None:
    ask = argparse.ArgumentParser(description="Measure the engine beside others and write RESULTS.md.")
    ask.add_argument("--customers", type=int, default=100_000)
    ask.add_argument("--repeats", type=int, default=3)
    asked = ask.parse_args()
    found = contenders(asked.customers)
    for each in found:
        each.run(min(200, each.customers))  # imports and tables, before anything is measured
    for _ in range(asked.repeats):
        for each in found:
            each.once()
    told = report(found, memory(asked.customers), asked.repeats)
    Path(__file__).with_name("RESULTS.md").write_text(told, encoding="utf-8")
    sys.stdout.write(told)


if __name__ == "__main__":
    main()
