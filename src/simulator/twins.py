"""Two worlds at once: `compare` runs a store with and without practices, same customers, same luck."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeAlias

import numpy as np
import pandas as pd
from tqdm import tqdm

from simulator import luck
from simulator.causes import causes
from simulator.customers import draw
from simulator.engine import before_week_0, go_on
from simulator.measures import UNITS, Horizon, measure, money_by_week, still_customers_by_week
from simulator.naive import naive_estimates
from simulator.practices import Practice
from simulator.run import Run
from simulator.side_by_side import apart, histories
from simulator.store import Store
from simulator.world import World

Options: TypeAlias = Mapping[str, Sequence[Practice]]

TOGETHER = "all together"
HEADLINES = ("retention", "still_customers", "repeat_share", "purchases", "margin_at_list", "discounts", "costs",
             "margin", "lifetime_value", "desk_hours")  # fmt: skip
_INTERVALS = {"mc": "counting error", "luck": "one store", "ignorance": "assumptions"}
_NORMAL_90 = 1.645
_MOST_CUSTOMERS = 200_000  # side by side; of each option some hundred MB are then at work


@dataclasses.dataclass(frozen=True)
class Twins:
    """What one replicate of the store shows; frames have an `option` column."""

    measures: pd.DataFrame
    paths: pd.DataFrame
    causes: pd.DataFrame
    naive: pd.DataFrame


@dataclasses.dataclass(frozen=True)
class Comparison:
    """The outcome of `compare`; all frames are tidy.

    `by_replicate`: replicate, option, measure, off, on, difference. `paths`: replicate, option, week, measure (share
    still customers; cumulative margin in currency), off, on. `causes`: option, cause, visits, margin (currency), means
    over replicates. `naive`: option, estimate, unit, naive, truth, means over replicates. `ignorance`: by draw of the
    assumptions (see `ignorance.explore`), or None.
    """

    store: Store
    options: dict[str, tuple[Practice, ...]]
    horizon: Horizon
    seed: int
    replicates: int
    by_replicate: pd.DataFrame
    paths: pd.DataFrame
    causes: pd.DataFrame
    naive: pd.DataFrame
    ignorance: pd.DataFrame | None = None

    @property
    def measures(self) -> pd.DataFrame:
        """One row an option and measure: unit, off, on, difference, and the three uncertainties of the difference.

        `mc_low`–`mc_high`: 95 % interval of the mean, shrinks with replicates. `luck_low`–`luck_high`: where 90 % of
        single stores of this size would come out. `ignorance_low`–`ignorance_high`: middle 90 % over draws of the
        assumptions, missing where none were drawn.
        """
        return summarise(self.by_replicate, self.ignorance)

    def readable(self, option: str | None = None, measures: Sequence[str] = HEADLINES) -> pd.DataFrame:
        """The measures of an option as text for people: shares in per cent, differences of shares in points.

        Columns: without, with, difference, counting error (95 % interval of the mean), one store (90 %), assumptions
        (90 %, where drawn).
        """
        table = self.measures
        table = table[table["option"] == (option or next(iter(self.options)))].set_index("measure").loc[list(measures)]
        columns = {
            "without": _texts(table, "off"),
            "with": _texts(table, "on"),
            "difference": _texts(table, "difference"),
        }
        for name, label in _INTERVALS.items():
            if f"{name}_low" in table:
                low, high = _texts(table, f"{name}_low"), _texts(table, f"{name}_high")
                columns[label] = [f"{a} … {b}" for a, b in zip(low, high, strict=True)]
        return pd.DataFrame(columns, index=[name.replace("_", " ") for name in table.index])

    def sign(self, option: str | None = None, measure: str = "margin") -> int:
        """1 if the option raises the measure, −1 if it lowers it, 0 if the 95 % interval of the mean holds zero."""
        low, high = self._row(option, measure)[["mc_low", "mc_high"]]
        return int(low > 0) - int(high < 0)

    def outcome(self, option: str | None = None, measure: str = "margin") -> str:
        """The difference in a measure as a sentence's end, with its 95 % interval."""
        row, sign = self._row(option, measure), self.sign(option, measure)
        low, high, mean = (as_text(row[name], row["unit"], False) for name in ("mc_low", "mc_high", "difference"))
        unit = "" if row["unit"].startswith("share") else f" {self.store.currency}"
        said = {1: f"gains {mean[1:]}", 0: f"no clear difference: {mean}", -1: f"loses {mean[1:]}"}[sign]
        return f"{said}{unit} of {measure.replace('_', ' ')} in {self.horizon.weeks} weeks ({low} … {high})"

    def _row(self, option: str | None, measure: str) -> pd.Series:
        table = self.measures.set_index(["option", "measure"])
        return table.loc[(option or next(iter(self.options)), measure)]

    def chance_of_loss(self) -> pd.Series:
        """Share of single stores in which margin after cost is lower with the option than without, 0 to 1."""
        worlds = self.by_replicate if self.ignorance is None else self.ignorance
        margin = worlds[worlds["measure"] == "margin"]
        return (margin["difference"] < 0).groupby(margin["option"], sort=False).mean().rename("chance_of_loss")

    def return_on_cost(self) -> pd.Series:
        """Margin at list price gained for each unit of money spent on discounts and costs; above 1 it pays."""
        mean = self.by_replicate.pivot_table("difference", "option", "measure", sort=False)
        return (mean["margin_at_list"] / (mean["discounts"] + mean["costs"])).rename("return_on_cost")


def compare(
    store: Store,
    practices: Sequence[Practice] | Options,
    *,
    replicates: int = 20,
    seed: int = 0,
    horizon: Horizon | None = None,
    processes: int = 1,
) -> Comparison:
    """Run a store and its twins with each option over `replicates` stores of the same kind.

    `practices`: a list (each alone, and all together when there are several) or named options, each a list.
    `replicates` ≥ 2. Differences are between twins: everyone treated against nobody. Errors: `ValueError`.

    >>> from simulator.practices import ComplaintRecovery
    >>> small = dataclasses.replace(Store(), arrivals=dataclasses.replace(Store().arrivals, history_weeks=10))
    >>> result = compare(small, [ComplaintRecovery()], replicates=2, horizon=Horizon(weeks=8, window_weeks=4))
    >>> result.measures["measure"].tolist()[:3]
    ['retention', 'still_customers', 'repeat_share']
    """
    if replicates < 2:
        raise ValueError(f"replicates = {replicates}: at least 2, so that the spread can be told")
    options, horizon = named(practices), horizon or Horizon()
    tasks = [(store, options, horizon, seed, some) for some in batches(store, horizon, replicates, processes)]
    frames = gather(run_all(twins_of, tasks, processes, "twin stores"))
    return Comparison(store, options, horizon, seed, replicates, frames.measures, frames.paths,
                      _mean_over_replicates(frames.causes, ["option", "cause"]),
                      _mean_over_replicates(frames.naive, ["option", "estimate", "unit"]))  # fmt: skip


def named(practices: Sequence[Practice] | Options) -> dict[str, tuple[Practice, ...]]:
    """Options by name: as given, or each practice alone and, of several, all together."""
    if isinstance(practices, Mapping):
        options = {name: tuple(each) for name, each in practices.items()}
    else:
        options = {practice.name: (practice,) for practice in practices}
        if len(practices) > 1:
            options[TOGETHER] = tuple(practices)
    if not options:
        raise ValueError("no practices to compare: give at least one")
    return options


def run_all(work, tasks: Sequence[tuple], processes: int, what: str) -> Iterator:  # type: ignore[no-untyped-def,type-arg]
    """`work(*task)` for each task in order, in several processes if asked, with a progress bar on a terminal."""
    if processes <= 1:
        yield from (work(*task) for task in tqdm(tasks, desc=what, disable=None, leave=False))
        return
    with ProcessPoolExecutor(processes) as pool:
        results = pool.map(work, *zip(*tasks, strict=True))
        yield from tqdm(results, total=len(tasks), desc=what, disable=None, leave=False)


def batches(store: Store, horizon: Horizon, replicates: int, processes: int = 1) -> list[range]:
    """Numbers of the replicates that run side by side: as many as memory and an even split over processes allow."""
    expected = store.arrivals.new_customers_per_week * (store.arrivals.history_weeks + horizon.weeks)
    room = int(_MOST_CUSTOMERS / max(expected, 1.0))
    size = max(1, min(room, -(-replicates // max(processes, 1))))
    return [range(begin, min(begin + size, replicates)) for begin in range(0, replicates, size)]


def twin_worlds(
    store: Store, options: Options, horizon: Horizon, seed: int, replicates: Sequence[int]
) -> Iterator[tuple[str, list[World]]]:
    """The worlds of the replicates without practices (named ""), then those of each option, all from one history."""
    history = histories(store, horizon.weeks, seed, replicates)
    for name, practices in {"": (), **options}.items():
        yield name, apart(go_on(history, practices, horizon.weeks), len(replicates))


def history_of(store: Store, weeks: int, seed: int, replicate: int = 0) -> Run:
    """A store at week 0, from which twins can be begun."""
    return before_week_0(store, draw(store, seed, weeks, replicate))


def twins_of(store: Store, options: Options, horizon: Horizon, seed: int, replicates: Sequence[int]) -> Twins:
    """Everything that is told from some replicates of a store and their twins."""
    worlds = twin_worlds(store, options, horizon, seed, replicates)
    _, offs = next(worlds)
    bases = [(measure(off, horizon), _path(off, horizon)) for off in offs]
    found = [[_against(off, base, name, on, horizon) for off, base, on in zip(offs, bases, ons, strict=True)]
             for name, ons in worlds]  # fmt: skip
    return gather(dataclasses.replace(each, **{
        part.name: getattr(each, part.name).assign(replicate=replicate) for part in dataclasses.fields(each)
    }) for replicate, of_store in zip(replicates, zip(*found, strict=True), strict=True)
       for each in of_store)  # fmt: skip


def measure_options(
    store: Store, options: Options, horizon: Horizon, seed: int, replicates: Sequence[int]
) -> list[pd.DataFrame]:
    """The measures of each replicate and its twins, and nothing else: option, measure, off, on, difference."""
    worlds = twin_worlds(store, options, horizon, seed, replicates)
    bases = [measure(off, horizon) for off in next(worlds)[1]]
    tables = [[_differences(base, measure(on, horizon)).assign(option=name)
               for base, on in zip(bases, ons, strict=True)] for name, ons in worlds]  # fmt: skip
    return [pd.concat(of_store, ignore_index=True) for of_store in zip(*tables, strict=True)]


def _differences(off: pd.Series, on: pd.Series) -> pd.DataFrame:
    table = pd.DataFrame({"off": off, "on": on, "difference": on - off})
    return table.rename_axis("measure").reset_index()


def _against(off: World, base: tuple[pd.Series, pd.DataFrame], name: str, on: World, horizon: Horizon) -> Twins:
    table = _differences(base[0], measure(on, horizon))
    path = base[1].merge(_path(on, horizon), on=["week", "measure"], suffixes=("_off", "_on"))
    path = path.rename(columns={"value_off": "off", "value_on": "on"})
    frames = table, path, causes(off, on), naive_estimates(off, on, horizon)
    return Twins(*(frame.assign(option=name) for frame in frames))


def _path(world: World, horizon: Horizon) -> pd.DataFrame:
    margin = money_by_week(world, horizon.weeks)["margin"].cumsum().to_numpy()
    still = still_customers_by_week(world, horizon.weeks)
    table = pd.DataFrame({"week": np.arange(1, horizon.weeks + 1), "still_customers": still, "margin": margin})
    return table.melt("week", var_name="measure")


def gather(parts: Iterable[Twins]) -> Twins:
    """Frames of several replicates or options, one below the other."""
    every = list(parts)
    names = [each.name for each in dataclasses.fields(Twins)]
    return Twins(*(pd.concat([getattr(part, name) for part in every], ignore_index=True) for name in names))


def _texts(table: pd.DataFrame, column: str) -> list[str]:
    level = column in ("off", "on")
    return [as_text(value, str(unit), level) for value, unit in zip(table[column], table["unit"], strict=True)]


def as_text(value: float, unit: str, level: bool = True) -> str:
    """A measure as people write it; a difference (not `level`) has its sign, and of shares is in points.

    >>> as_text(0.4987, "share of customers of week 0"), as_text(-0.002, "share of need", level=False)
    ('49.9 %', '-0.20 points')
    >>> as_text(4252512.2, "currency"), as_text(-21.987, "currency a customer", level=False)
    ('4,252,512', '-21.99')
    """
    sign = "" if level else "+"
    if unit.startswith("share"):
        return f"{100 * value:.1f} %" if level else f"{100 * value:+.2f} points"
    return f"{value:{sign},.2f}" if unit == "currency a customer" else f"{value:{sign},.0f}"


def _mean_over_replicates(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    return frame.drop(columns="replicate").groupby(by, sort=False).mean().reset_index()


def summarise(by_replicate: pd.DataFrame, ignorance: pd.DataFrame | None = None) -> pd.DataFrame:
    """Means over replicates with Monte-Carlo error, luck of one store and (if given) ignorance kept apart."""
    groups = by_replicate.groupby(["option", "measure"], sort=False)
    table = groups[["off", "on", "difference"]].mean()
    spread, count = groups["difference"].std(), groups["difference"].size()
    by_count = {each: luck.student_t(0.975, each - 1) for each in count.unique()}
    widths = {"mc": count.map(by_count) * spread / np.sqrt(count), "luck": _NORMAL_90 * spread}
    for name, width in widths.items():
        table[f"{name}_low"], table[f"{name}_high"] = table["difference"] - width, table["difference"] + width
    if ignorance is not None:
        draws = ignorance.groupby(["option", "measure", "draw"], sort=False)["difference"].mean()
        by_draw = draws.groupby(["option", "measure"], sort=False)
        table["ignorance_low"], table["ignorance_high"] = by_draw.quantile(0.05), by_draw.quantile(0.95)
    table = table.reset_index()
    table.insert(2, "unit", table["measure"].map(UNITS))
    return table
