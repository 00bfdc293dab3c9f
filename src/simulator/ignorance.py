"""What we do not know: the comparison repeated over quasi-random draws of the assumptions from the ledger's ranges."""

import dataclasses
from collections.abc import Collection, Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import qmc

from simulator import luck
from simulator.clock import Floats
from simulator.evidence import uncertain
from simulator.measures import UNITS
from simulator.parameters import describe, replaced
from simulator.practices import Practice
from simulator.store import Store
from simulator.twins import Comparison, Options, measure_options, run_all

STORE = "store"
Key = tuple[str, str]  # whose assumption, and its path


def explore(
    comparison: Comparison,
    *,
    draws: int = 16,
    replicates: int = 1,
    stores: Sequence[Store] = (),
    unconfirmed: Collection[str] = (),
    processes: int = 1,
) -> Comparison:
    """`comparison` with its `ignorance`: each draw takes every uncertain parameter anew from its believable range.

    Draws are a scrambled Sobol sequence (Sobol' 1967), `draws` best a power of 2; every draw meets the same luck.
    `stores`: draws of the fitted store (its bootstrap, BG or MBG), used in turn. `unconfirmed`: as for `ranges`.
    `ignorance` has columns draw, option, measure, off, on, difference and one for each parameter drawn.
    """
    space = ranges(comparison.store, comparison.options, unconfirmed)
    points = qmc.Sobol(len(space), seed=comparison.seed).random(draws)
    low, high = (np.array([each[side] for each in space.values()]) for side in (0, 1))
    values = low + points * (high - low)
    tasks, drawn = [], []
    for draw, row in enumerate(values):
        chosen = dict(zip(space, row, strict=True))
        base = stores[draw % len(stores)] if stores else comparison.store
        drawn.append({f"{owner}.{path}": value for (owner, path), value in chosen.items()} | {"draw": draw})
        store, options = apply(base, comparison.options, chosen)
        tasks.append((store, options, comparison.horizon, comparison.seed, range(replicates)))
    found = run_all(measure_options, tasks, processes, "draws of the assumptions")
    table = pd.concat([frame.assign(draw=at) for at, frames in enumerate(found) for frame in frames], ignore_index=True)
    return dataclasses.replace(comparison, ignorance=table.merge(pd.DataFrame(drawn), on="draw"))


def ranges(store: Store, options: Options, unconfirmed: Collection[str] = ()) -> dict[Key, tuple[float, float]]:
    """Believable ranges of every assumption in play: (owner, path) to (low, high).

    An assumption that has been set to something else than its default counts as known, and is left as it is; but those
    of the store whose paths are in `unconfirmed` are drawn all the same, if what was set lies within the range.
    """
    space = {(STORE, path): limits for path, limits in _open_ranges(store, unconfirmed)}
    for practice in (each for practices in options.values() for each in practices):
        space |= {(practice.name, path): limits for path, limits in _open_ranges(practice)}
    return space


def _open_ranges(owner: Any, unconfirmed: Collection[str] = ()) -> Iterator[tuple[str, tuple[float, float]]]:
    default = type(owner)()
    for each in uncertain(owner):
        field = attrgetter(each.path)
        doubted = each.path in unconfirmed and each.low <= field(owner) <= each.high
        if doubted or field(owner) == field(default):
            yield each.path, (each.low, each.high)


def apply(store: Store, options: Options, chosen: dict[Key, float]) -> tuple[Store, dict[str, tuple[Practice, ...]]]:
    """The store and the options with the drawn values in place; what an option has set stays as it is."""

    def changed(practice: Practice) -> Practice:
        doubtful = dict(_open_ranges(practice))
        return replaced(practice, {path: value for (name, path), value in chosen.items()
                                   if name == practice.name and path in doubtful})  # fmt: skip

    of_store = {path: value for (name, path), value in chosen.items() if name == STORE}
    return replaced(store, of_store), {
        name: tuple(changed(practice) for practice in practices) for name, practices in options.items()
    }


def swings(
    comparison: Comparison,
    option: str | None = None,
    *,
    measure: str = "lifetime_value",
    paths: Sequence[str] = (),
    unconfirmed: Collection[str] = (),
    replicates: int = 1,
    processes: int = 1,
) -> pd.DataFrame:
    """What each assumption does alone: the difference an option makes with it at the low and at the high end.

    Everything else stays as set, and all runs meet the same luck. `paths`: only these ("store.response.…", or the
    practice's name and field); default all. `unconfirmed`: as for `ranges`. Columns: parameter, label, measure, unit,
    low, high (of the parameter), as_set, at_low, at_high (of the difference); the widest first.
    """
    name = option or next(iter(comparison.options))
    how: dict[str, Any] = {"measure": measure, "paths": paths, "unconfirmed": unconfirmed}
    return _swings(comparison, [name], replicates=replicates, processes=processes, **how)[name]


def swings_of_each(
    comparison: Comparison, *, unconfirmed: Collection[str] = (), processes: int = 1
) -> dict[str, pd.DataFrame]:
    """`swings` of the margin of every option that is a single practice, by name: what they share is run once."""
    single = [name for name, practices in comparison.options.items() if len(practices) == 1]
    return _swings(comparison, single, measure="margin", unconfirmed=unconfirmed, processes=processes)


class End(NamedTuple):
    """An option with one assumption at one end of its range; key None: with all as set."""

    option: str
    key: Key | None = None
    value: float = 0.0


def _swings(
    comparison: Comparison, names: Sequence[str], *, measure: str, paths: Sequence[str] = (),
    unconfirmed: Collection[str] = (), replicates: int = 1, processes: int = 1,
) -> dict[str, pd.DataFrame]:  # fmt: skip
    options = {name: comparison.options[name] for name in names}
    spaces = {name: _chosen_from(ranges(comparison.store, {name: practices}, unconfirmed), paths)
              for name, practices in options.items()}  # fmt: skip
    runs = list(_runs(comparison.store, options, spaces, processes))
    tasks = [(store, tried, comparison.horizon, comparison.seed, range(replicates)) for store, tried, _ in runs]
    found: dict[End, float] = {}
    for (_, tried, ends), tables in zip(
        runs, run_all(measure_options, tasks, processes, "ends of ranges"), strict=True
    ):
        table = pd.concat(tables).query("measure == @measure").groupby("option")["difference"].mean()
        found |= dict(zip(ends, table[list(tried)], strict=True))
    return {name: _table(comparison, name, space, measure, found) for name, space in spaces.items()}


def _chosen_from(space: dict[Key, tuple[float, float]], paths: Sequence[str]) -> dict[Key, tuple[float, float]]:
    known = {".".join(key): key for key in space}
    if unknown := [path for path in paths if path not in known]:
        raise ValueError(f"{', '.join(unknown)}: no open assumption; allowed are {', '.join(known)}")
    return {known[path]: space[known[path]] for path in (paths or known)}


def _runs(
    store: Store, options: Options, spaces: dict[str, dict[Key, tuple[float, float]]], processes: int
) -> Iterator[tuple[Store, Options, list[End]]]:
    """What has to be run: a store, options of any names to try there, and the end each of these stands for.

    An assumption about a practice leaves the shop without it as it is, so that all their ends share one baseline, or
    one a process; an assumption about the store is tried with all the options that are open to it.
    """
    ends = [End(name, key, value) for name, space in spaces.items() for key, pair in space.items() for value in pair]
    of_practices = [End(name) for name in options] + [end for end in ends if end.key and end.key[0] != STORE]
    size = -(-len(of_practices) // processes) or 1
    for part in (of_practices[at : at + size] for at in range(0, len(of_practices), size)):
        yield store, {str(at): _at(options, end) for at, end in enumerate(part)}, part
    for key, value in dict.fromkeys((end.key, end.value) for end in ends if end.key and end.key[0] == STORE):
        there = [name for name, space in spaces.items() if key in space]
        yield (
            apply(store, {}, {key: value})[0],
            {name: options[name] for name in there},
            [End(name, key, value) for name in there],
        )


def _at(options: Options, end: End) -> tuple[Practice, ...]:
    chosen = {} if end.key is None else {end.key: end.value}
    return apply(Store(), {end.option: options[end.option]}, chosen)[1][end.option]


def _table(
    comparison: Comparison, option: str, space: dict[Key, tuple[float, float]], measure: str, found: dict[End, float]
) -> pd.DataFrame:
    unit = UNITS[measure].replace("currency", comparison.store.currency)
    rows = [
        (".".join(key), label(key, comparison), measure, unit, *pair, found[End(option)],
         *(found[End(option, key, value)] for value in pair))
        for key, pair in space.items()
    ]  # fmt: skip
    names = ["parameter", "label", "measure", "unit", "low", "high", "as_set", "at_low", "at_high"]
    table = pd.DataFrame(rows, columns=names)
    width = (table["at_high"] - table["at_low"]).abs()
    return table.loc[width.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def label(key: tuple[str, str], comparison: Comparison) -> str:
    """A parameter in words, with its range: what its `help` says."""
    owner, path = key
    things = {STORE: comparison.store} | {each.name: each for every in comparison.options.values() for each in every}
    return next(f"{owner}: {each.help}" for each in describe(things[owner]) if each.path == path)


def drivers(comparison: Comparison, measure: str = "lifetime_value") -> pd.DataFrame:
    """Which assumptions matter, by regression on the draws: option, parameter, label, unit, low_to_high, share, clear.

    `low_to_high`: what moving it from the low to the high end does to the difference; `share`: the part of the spread
    over draws it explains, 0 to 1; `clear`: whether that is more than the largest of so many would show by chance (5 %,
    Bonferroni). With few draws nothing is clear: use 64 or more, or `swings`. Errors: `ValueError` without draws.
    """
    if comparison.ignorance is None:
        raise ValueError("drivers need draws of the assumptions: call ignorance.explore first")
    table = comparison.ignorance[comparison.ignorance["measure"] == measure]
    names = [column for column in table.columns if "." in column]
    unit = UNITS[measure].replace("currency", comparison.store.currency)
    rows = []
    for option, group in table.groupby("option", sort=False):
        mean = group.groupby("draw")[[*names, "difference"]].mean()
        least = _by_chance(len(mean), len(names))
        for name in names:
            effect, share = _slope(mean[name].to_numpy(), mean["difference"].to_numpy())
            rows.append((option, name, _label(name, comparison), unit, effect, share, share > least))
    columns = ["option", "parameter", "label", "unit", "low_to_high", "share", "clear"]
    found = pd.DataFrame(rows, columns=columns)
    return found.sort_values(["option", "share"], ascending=[True, False], kind="stable", ignore_index=True)


def _label(name: str, comparison: Comparison) -> str:
    owner, _, path = name.partition(".")
    try:
        return label((owner, path), comparison)
    except (KeyError, StopIteration):
        return name


def _by_chance(draws: int, parameters: int) -> float:
    """The share of spread that the luckiest of so many unrelated parameters explains in one case of twenty."""
    if draws < 3:
        return 1.0
    t = luck.student_t(1 - 0.05 / (2 * parameters), draws - 2)
    return t**2 / (draws - 2 + t**2)


def _slope(x: Floats, y: Floats) -> tuple[float, float]:
    spread = np.ptp(x)
    if spread == 0 or np.ptp(y) == 0:
        return 0.0, 0.0
    slope = np.polyfit(x, y, 1)[0]
    return float(slope * spread), float(np.corrcoef(x, y)[0, 1] ** 2)
