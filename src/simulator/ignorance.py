"""What we do not know: the comparison repeated over quasi-random draws of the assumptions from the ledger's ranges."""

import dataclasses
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import qmc

from simulator.clock import Floats
from simulator.evidence import uncertain
from simulator.parameters import replaced
from simulator.practices import Practice
from simulator.store import Store
from simulator.twins import Comparison, Options, measure_options, run_all

STORE = "store"


def explore(
    comparison: Comparison,
    *,
    draws: int = 16,
    replicates: int = 1,
    stores: Sequence[Store] = (),
    processes: int = 1,
) -> Comparison:
    """`comparison` with its `ignorance`: each draw takes every uncertain parameter anew from its believable range.

    Draws are a scrambled Sobol sequence (Sobol' 1967), `draws` best a power of 2; every draw meets the same luck.
    `stores`: draws of the fitted store (its bootstrap, BG or MBG), used in turn. `ignorance` has columns draw, option,
    measure, off, on, difference and one for each parameter drawn.
    """
    space = ranges(comparison.store, comparison.options)
    points = qmc.Sobol(len(space), seed=comparison.seed).random(draws)
    low, high = (np.array([each[side] for each in space.values()]) for side in (0, 1))
    values = low + points * (high - low)
    tasks, drawn = [], []
    for draw, row in enumerate(values):
        chosen = dict(zip(space, row, strict=True))
        base = stores[draw % len(stores)] if stores else comparison.store
        drawn.append({f"{owner}.{path}": value for (owner, path), value in chosen.items()} | {"draw": draw})
        store, options = apply(base, comparison.options, chosen)
        tasks += [(store, options, comparison.horizon, comparison.seed, replicate) for replicate in range(replicates)]
    frames = run_all(measure_options, tasks, processes, "draws of the assumptions")
    table = pd.concat([frame.assign(draw=at // replicates) for at, frame in enumerate(frames)], ignore_index=True)
    return dataclasses.replace(comparison, ignorance=table.merge(pd.DataFrame(drawn), on="draw"))


def ranges(store: Store, options: Options) -> dict[tuple[str, str], tuple[float, float]]:
    """Believable ranges of every assumption in play: (owner, path) to (low, high).

    An assumption that has been set to something else than its default counts as known, and is left as it is.
    """
    space = {(STORE, path): limits for path, limits in _open_ranges(store)}
    for practice in {each.name: each for practices in options.values() for each in practices}.values():
        space |= {(practice.name, path): limits for path, limits in _open_ranges(practice)}
    return space


def _open_ranges(owner: Any) -> Iterator[tuple[str, tuple[float, float]]]:
    default = type(owner)()
    for each in uncertain(owner):
        name = attrgetter(each.path)
        if name(owner) == name(default):
            yield each.path, (each.low, each.high)


def apply(
    store: Store, options: Options, chosen: dict[tuple[str, str], float]
) -> tuple[Store, dict[str, tuple[Practice, ...]]]:
    """The store and the options with the drawn values in place."""

    def changed(owner: str, thing: Any) -> Any:
        return replaced(thing, {path: value for (name, path), value in chosen.items() if name == owner})

    return changed(STORE, store), {
        name: tuple(changed(practice.name, practice) for practice in practices) for name, practices in options.items()
    }


def drivers(comparison: Comparison, measure: str = "lifetime_value") -> pd.DataFrame:
    """Which assumptions matter: option, parameter, and what moving it from low to high does to the difference.

    Linear regression on the draws, one parameter after another beside the mean (draws are near-orthogonal);
    `share` is the part of the spread over draws that it explains, 0 to 1. Errors: `ValueError` without draws.
    """
    if comparison.ignorance is None:
        raise ValueError("drivers need draws of the assumptions: call ignorance.explore first")
    table = comparison.ignorance[comparison.ignorance["measure"] == measure]
    names = [column for column in table.columns if "." in column]
    rows = []
    for option, group in table.groupby("option", sort=False):
        mean = group.groupby("draw")[[*names, "difference"]].mean()
        for name in names:
            effect, share = _slope(mean[name].to_numpy(), mean["difference"].to_numpy())
            rows.append((option, name, effect, share))
    found = pd.DataFrame(rows, columns=["option", "parameter", "low_to_high", "share"])
    return found.sort_values(["option", "share"], ascending=[True, False], kind="stable", ignore_index=True)


def _slope(x: Floats, y: Floats) -> tuple[float, float]:
    spread = np.ptp(x)
    if spread == 0 or np.ptp(y) == 0:
        return 0.0, 0.0
    slope = np.polyfit(x, y, 1)[0]
    return float(slope * spread), float(np.corrcoef(x, y)[0, 1] ** 2)
