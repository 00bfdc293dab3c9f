"""What customers and events take: bytes in memory while a run is at work, bytes in Parquet, the peak of a large twin.

`python benchmarks/memory.py 1000000` makes a twin of a million customers: of each of its two worlds the events and the
bytes an event in Parquet, then the MB at the highest.
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from works import CDNOW, Crowd, every_practice, first_weeks, world

from simulator import Practice, World
from simulator.clock import HOURS_PER_WEEK
from simulator.customers import born_at
from simulator.engine import before_week_0, serve_week

_CENTS = 100
# by trial: bytes of the same weight side by side, and hours, which stand in order, as differences
_PACKED = dict.fromkeys(("customer_id", "number", "desk", "list_cents", "discount_cents"), "BYTE_STREAM_SPLIT")
_PACKED |= {"hour": "DELTA_BINARY_PACKED"}


def while_running(crowd: Crowd, size: int, practices: tuple[Practice, ...] = ()) -> dict[str, float]:
    """Bytes of our engine at work: the customers with the run's state, and what is kept of each visit."""
    run = before_week_0(crowd.store, born_at(crowd.store, 1, first_weeks(size))).begin(practices)
    for week in range(crowd.weeks):
        serve_week(run, week)
    visits = sum(len(each.rows) for each in run.rounds)
    seen: set[int] = set()
    of_customers = array_bytes(run.customers, seen) + sum(array_bytes(each, seen) for each in state_of(run))
    return {"a customer": of_customers / len(run.customers), "an event": array_bytes(run.rounds, seen) / visits}


def state_of(run: object) -> list[np.ndarray]:
    return [each for each in vars(run).values() if isinstance(each, np.ndarray)]


def array_bytes(owner: object, seen: set[int]) -> int:
    """Bytes of all arrays that belong to something, each counted once."""
    if id(owner) in seen:
        return 0
    seen.add(id(owner))
    if isinstance(owner, np.ndarray):
        return owner.nbytes if owner.base is None else array_bytes(owner.base, seen)
    if isinstance(owner, dict):
        return sum(array_bytes(each, seen) for each in owner.values())
    if isinstance(owner, list | tuple):
        return sum(array_bytes(each, seen) for each in owner)
    return array_bytes(vars(owner), seen) if hasattr(owner, "__dict__") else 0


def write_orders(of: World, path: Path) -> float:
    """The orders in Parquet, hours and cents as whole numbers (paid = list price − discount). Bytes an event."""
    orders = of.orders
    hours = np.floor(orders["week"] * HOURS_PER_WEEK)
    columns = {
        "customer_id": orders["customer_id"].astype(np.int64),
        "number": (orders["order_id"] % 100_000).astype(np.uint16),
        "desk": orders["desk"].astype(np.uint16),
        "hour": hours.astype(np.int32),
        "list_cents": (orders["list_price"] * _CENTS).round().astype(np.int32),
        "discount_cents": (orders["discount"] * _CENTS).round().astype(np.int32),
    }
    table = pa.Table.from_pandas(pd.DataFrame(columns), preserve_index=False)
    pq.write_table(table, path, compression="zstd", use_dictionary=False, column_encoding=_PACKED)
    return path.stat().st_size / max(len(orders), 1)


def large_twin(size: int) -> None:
    """Both worlds of a store of `size` customers, one after the other, each written to Parquet."""
    for practices in ((), every_practice()):
        with tempfile.TemporaryDirectory() as folder:
            one = world(CDNOW, size, practices)
            print(len(one.orders), write_orders(one, Path(folder) / "orders.parquet"))
        del one
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def peak_of_twin(size: int) -> tuple[float, int, float]:
    """MB at the highest of a process that makes the twin, its events, and bytes an event in Parquet."""
    told = subprocess.run([sys.executable, __file__, str(size)], check=True, capture_output=True, text=True).stdout
    without, practised, (peak,) = (line.split() for line in told.splitlines())
    events = int(without[0]) + int(practised[0])
    written = (int(without[0]) * float(without[1]) + int(practised[0]) * float(practised[1])) / events
    return float(peak), events, written


if __name__ == "__main__":
    large_twin(int(sys.argv[1]))
