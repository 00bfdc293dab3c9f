"""How fast the engine is, and what it takes, beside the aims: every number of RESULTS.md in one run.

    python benchmarks/run.py [--customers 100000] [--repeats 3] [--quick]

The pieces of work stand in works.py, memory in memory.py, the aims in aims.py, what was tried in TRIED.md. Ratios are
of seconds of one processor, medians over repeats, all contenders in turn in one process; seconds that a reader waits
are of the clock. `--quick` leaves out the million-customer twin and takes a tenth of the customers. Needs the extra
`bench`. Writes RESULTS.md beside this file; no test asserts any of it.
"""

import argparse
import cProfile
import datetime
import importlib.metadata
import os
import platform
import pstats
import statistics
import sys
from pathlib import Path

import aims
import works
from memory import peak_of_twin, while_running
from works import BUSY, CDNOW, Contender, every_practice

from simulator.parameters import write_text

HERE = Path(__file__).parent


def contenders(crowd: works.Crowd, size: int) -> dict[str, Contender]:
    """Ours and the others on the customers of `crowd`; the slowest is given fewer and compared by the customer."""
    practices = every_practice()
    return {
        "off": Contender("our engine, no practice", lambda n: works.engine(crowd, n), size),
        "all": Contender(f"our engine, {len(practices)} practices", lambda n: works.engine(crowd, n, practices), size),
        "bare": Contender("bare NumPy loop: buy and leave, nothing else", lambda n: works.bare_loop(crowd, n), size),
        "mesa": Contender("Mesa agents: buy and leave, nothing else", lambda n: works.mesa_agents(crowd, n), size),
        "lifetimes": Contender("`lifetimes` generator (repaired)", lambda n: works.lifetimes_generator(crowd, n),
                               size // 6, most_runs=1),
    }  # fmt: skip


def in_turn(found: dict[str, Contender], repeats: int) -> None:
    for each in found.values():
        each.run(min(200, each.customers))  # imports and tables, before anything is measured
    for _ in range(repeats):
        for each in found.values():
            each.once()


def waits(repeats: int) -> dict[str, float]:
    """What a reader waits for: slider moves, pairs of twins, and how much a second process helps; seconds, ratio."""
    practices, history = every_practice(), works.slider_history()
    works.slider_move(history, practices)
    moves = [works.wall(lambda: works.slider_move(history, practices)) for _ in range(10 * repeats)]
    runs = {processes: [works.wall(lambda n=processes: works.twin_pairs(20, n)) for _ in range(repeats)]
            for processes in (1, 2)}  # fmt: skip
    one, two = (statistics.median(runs[processes]) for processes in (1, 2))
    return {
        "slider": statistics.median(moves),
        "slider_most": max(moves),
        "pairs": min(one, two),
        "two_processes": one / two,
    }


def table(found: dict[str, Contender]) -> list[str]:
    ours = found["off"].microseconds
    lines = ["| | customers | visits a customer | seconds, median (lowest–highest) | µs a customer | ns a visit "
             "| ours = 1, by the customer |", "|---|---:|---:|---:|---:|---:|---:|"]  # fmt: skip
    for each in found.values():
        spread = f"{each.median:.3g} ({min(each.seconds):.3g}–{max(each.seconds):.3g})"
        row = (each.label, f"{each.customers:,}", f"{each.visits / each.customers:.2f}", spread,
               f"{each.microseconds:,.1f}", f"{each.nanoseconds:,.0f}", f"{each.microseconds / ours:,.2f}")  # fmt: skip
        lines.append(f"| {' | '.join(row)} |")
    return lines


def profile(lines: int = 16) -> list[str]:
    """Where the time of a slider's move goes: own time of the functions that take most."""
    practices, history = every_practice(), works.slider_history()
    works.slider_move(history, practices)
    with cProfile.Profile() as watch:
        works.slider_move(history, practices)
    stats = pstats.Stats(watch)
    most = sorted(stats.stats.items(), key=lambda item: -item[1][2])[:lines]
    rows = [f"| {Path(file).name}: {name} | {calls:,} | {100 * own / stats.total_tt:.1f} % |"
            for (file, _, name), (_, calls, own, _, _) in most]  # fmt: skip
    return ["| function | calls | own time |", "|---|---:|---:|", *rows]


def machine() -> str:
    names = ("numpy", "scipy", "pandas", "pyarrow", "mesa", "lifetimes")
    libraries = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    return (f"{datetime.date.today().isoformat()}, {os.cpu_count()} cores ({platform.machine()}), {platform.system()}, "
            f"Python {platform.python_version()}, {libraries}")  # fmt: skip


REPORT = """# How fast the engine is

Written by `python benchmarks/run.py`, whose first lines, and those of works.py, say what the work is.

{machine}.
{repeats} runs of each, in turn. Other work on the machine moves single runs by a fifth.

## Aims

{aims}

## Frequent customers: {busy_weeks} weeks, {busy_visits:.1f} visits a customer

{busy}

## CDNOW-like customers: {cdnow_weeks} weeks

{cdnow}

`lifetimes` was given fewer customers, once, and is compared by the customer; its time grows faster than their number,
so its ratio is the least one.

## Where a slider's move spends its time

All practices, 5,000 customers, 156 weeks; with the profiler on, which makes small functions look larger than they are.

{profile}

{tried}"""


def report(busy: dict[str, Contender], cdnow: dict[str, Contender], found: dict[str, float], repeats: int) -> str:
    return REPORT.format(
        machine=machine(), repeats=repeats, aims="\n".join(aims.table(found)), profile="\n".join(profile()),
        busy="\n".join(table(busy)), busy_weeks=BUSY.weeks, busy_visits=busy["bare"].visits / busy["bare"].customers,
        cdnow="\n".join(table(cdnow)), cdnow_weeks=CDNOW.weeks,
        tried=(HERE / "TRIED.md").read_text(encoding="utf-8"),
    )  # fmt: skip


def measure(busy: dict[str, Contender], cdnow: dict[str, Contender], asked: argparse.Namespace) -> dict[str, float]:
    """The number behind each aim, by its name in aims.py."""
    in_turn(busy, asked.repeats)
    in_turn(cdnow, asked.repeats)
    memory = while_running(CDNOW, asked.customers, every_practice())
    found = {
        "bare": busy["all"].nanoseconds / busy["bare"].nanoseconds,
        "mesa": busy["mesa"].microseconds / busy["all"].microseconds,
        "lifetimes": busy["lifetimes"].microseconds / busy["all"].microseconds,
        "customer_bytes": memory["a customer"],
        "event_bytes": memory["an event"],
    } | waits(asked.repeats)
    if not asked.quick:
        peak, _, written = peak_of_twin(1_000_000)
        found |= {"twin_gb": peak / 1024, "parquet_bytes": written}
    return found


def main() -> None:
    ask = argparse.ArgumentParser(description="Measure the engine beside others and its aims, and write RESULTS.md.")
    ask.add_argument("--customers", type=int, default=100_000)
    ask.add_argument("--repeats", type=int, default=3)
    ask.add_argument("--quick", action="store_true", help="a tenth of the customers, and no million-customer twin")
    asked = ask.parse_args()
    asked.customers //= 10 if asked.quick else 1
    busy, cdnow = contenders(BUSY, asked.customers), contenders(CDNOW, asked.customers)
    told = report(busy, cdnow, measure(busy, cdnow, asked), asked.repeats)
    write_text(HERE / "RESULTS.md", told)
    sys.stdout.write(told)


if __name__ == "__main__":
    main()
