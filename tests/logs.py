"""Order logs for tests of fits: made ones whose truth is known, and CDNOW's sample."""

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator.calibration import Fit, fit
from simulator.clock import SeasonClock
from simulator.orders import OrderLog, read_orders
from simulator.store import Visits

CDNOW_CUT = datetime.date(1997, 9, 30)
END = datetime.date(2024, 12, 29)  # a Sunday: week 0 is the next day


def log_of(orders: pd.DataFrame, name: str = "made.csv") -> OrderLog:
    """An order log without the reading."""
    tidy = orders.assign(order_id=[str(i) for i in range(len(orders))])
    return OrderLog(name, tidy, pd.DataFrame(), pd.DataFrame(), (), len(tidy), True)


def made_log(
    visits: Visits, customers: int, weeks: int, *, clock: SeasonClock | None = None, seed: int = 0, before: int = 0
) -> OrderLog:
    """Orders of customers first seen evenly over `weeks` (and over `before` weeks that the log does not show)."""
    rng, clock = np.random.default_rng(seed), clock or SeasonClock()
    born = rng.uniform(-weeks - before, 0, customers)
    rate = rng.gamma(visits.r, 1 / visits.alpha_weeks, customers)
    p = rng.beta(visits.a, visits.b, customers)
    life = rng.geometric(np.maximum(p, 1e-12)) + (not visits.first_visit_can_be_last)  # visits in a life, the first too
    who, when = [], []
    for i in range(customers):
        most = int(min(life[i], 30 + 3 * rate[i] * (weeks + before)))
        gaps = rng.exponential(1 / max(rate[i], 1e-9), most - 1)
        calendar = np.append(born[i], clock.calendar(clock.elapsed(born[i]) + gaps.cumsum()))
        calendar = calendar[(calendar < 0) & (calendar >= -weeks)]
        who += [f"c{i:05d}"] * len(calendar)
        when.append(calendar)
    days = pd.Timestamp(END) + pd.Timedelta(days=1) + pd.to_timedelta(np.concatenate(when) * 7, unit="D")
    amounts = np.random.default_rng(seed + 1).gamma(5.0, 10.0, len(who))
    frame = pd.DataFrame({"customer_id": who, "time": days, "amount": amounts})
    return log_of(frame.sort_values(["customer_id", "time"], ignore_index=True))


@pytest.fixture(scope="module")
def cdnow(tmp_path_factory) -> OrderLog:
    datasets = pytest.importorskip("lifetimes.datasets", reason="lifetimes (extra `test`) is not installed")
    raw = Path(datasets.__file__).parent / "CDNOW_sample.txt"
    rows = [line.split() for line in raw.read_text().splitlines() if line.strip()]
    path = tmp_path_factory.mktemp("cdnow") / "cdnow.csv"
    path.write_text("customer,date,amount\n" + "".join(f"{row[1]},{row[2]},{row[4]}\n" for row in rows))
    return read_orders(path)


@pytest.fixture(scope="module")
def cdnow_fit(cdnow) -> Fit:
    return fit(cdnow, end=CDNOW_CUT, bootstrap=40)


@pytest.fixture(scope="module")
def nobody_leaves() -> OrderLog:
    return made_log(Visits(r=1.0, alpha_weeks=10.0, a=1e-9, b=1.0, first_visit_can_be_last=True), 1500, 45, seed=6)


@pytest.fixture(scope="module")
def nobody_fit(nobody_leaves) -> Fit:
    return fit(nobody_leaves, bootstrap=2)
