"""Figures of twin worlds: what differs, why, and what the records would say."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, PercentFormatter

from simulator.plots.style import BLUE, GREEN, GREY, ORANGE, RED, axes_or_new, thousands, wrapped, write_thousands
from simulator.twins import Comparison
from simulator.world import World


def _mean_and_spread(comparison: Comparison, measure: str, option: str) -> pd.DataFrame:
    paths = comparison.paths
    mine = paths[(paths["measure"] == measure) & (paths["option"] == option)]
    mine = mine.assign(difference=mine["on"] - mine["off"])
    by_week = mine.groupby("week")[["off", "on", "difference"]]
    return by_week.mean().join(by_week.std().add_suffix("_spread"))


def still_customers(comparison: Comparison, option: str | None = None, ax: Axes | None = None) -> Axes:
    """Share of the customers of week 0 who are still customers, with and without; band: luck of one store (90 %)."""
    ax, option = axes_or_new(ax), option or next(iter(comparison.options))
    path = _mean_and_spread(comparison, "still_customers", option)
    for name, label, style, colour in (("off", "without", "--", GREY), ("on", f"with {option}", "-", BLUE)):
        ax.plot(path.index, path[name], style, color=colour, label=label)
        width = 1.645 * path[f"{name}_spread"]
        ax.fill_between(path.index, path[name] - width, path[name] + width, color=colour, alpha=0.15, lw=0)
    ax.set(xlabel="week", ylabel="still customers\n(share of those of week 0)", xlim=(0, path.index.max()))
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    ax.legend(frameon=False)
    return ax


def margin_gained(comparison: Comparison, ax: Axes | None = None) -> Axes:
    """Cumulative margin after cost against the twin without, by option; band: luck of one store (90 %)."""
    ax = axes_or_new(ax)
    styles = ("-", "--", "-.", ":")
    for at, option in enumerate(comparison.options):
        path = _mean_and_spread(comparison, "margin", option)
        line = ax.plot(path.index, path["difference"], styles[at % 4], label=option)[0]
        width = 1.645 * path["difference_spread"]
        low, high = path["difference"] - width, path["difference"] + width
        ax.fill_between(path.index, low, high, color=line.get_color(), alpha=0.15, lw=0)
    ax.axhline(0, color="black", lw=1)
    ax.set(xlabel="week", ylabel=f"margin gained since week 0\n({comparison.store.currency}, after all costs)")
    ax.yaxis.set_major_formatter(FuncFormatter(thousands))
    ax.legend(frameon=False)
    return ax


def causes(comparison: Comparison, option: str | None = None, ax: Axes | None = None) -> Axes:
    """What the difference in margin is made of, cause by cause; hatched bars cost money, the last is the sum."""
    ax, option = axes_or_new(ax), option or next(iter(comparison.options))
    table = comparison.causes[comparison.causes["option"] == option]
    table = table[table["margin"] != 0]
    labels = [*table["cause"], "all together"]
    values = np.append(table["margin"].to_numpy(), table["margin"].sum())
    colours = [BLUE if value >= 0 else ORANGE for value in values[:-1]] + ["0.3"]
    bars = ax.barh(labels, values, color=colours)
    for bar, value in zip(bars, values, strict=True):
        bar.set_hatch("//" if value < 0 else "")
        side = "left" if value >= 0 else "right"
        ax.annotate(thousands(value), (value, bar.get_y() + bar.get_height() / 2), xytext=(4 if value >= 0 else -4, 0),
                    textcoords="offset points", va="center", ha=side, fontsize="small")  # fmt: skip
    ax.invert_yaxis()
    ax.margins(x=0.24)
    ax.axvline(0, color="black", lw=1)
    ax.set(xlabel=f"margin over {comparison.horizon.weeks} weeks ({comparison.store.currency})", title=option)
    write_thousands(ax)
    ax.grid(axis="y", visible=False)
    return ax


def given_and_expected(worlds: Mapping[str, World], ax: Axes | None = None) -> Axes:
    """What a practice gives beyond the agreed (solid) and what has come to be expected (dashed), mean of visits."""
    ax = axes_or_new(ax)
    for colour, marker, (name, world) in zip((BLUE, ORANGE, GREEN, RED), "osDv", worlds.items(), strict=False):
        visits = world.truth.visits[world.truth.visits["week"] >= 0]
        mean = visits.groupby(visits["week"] // 8 * 8 + 4)[["service", "expectation"]].mean()
        ax.plot(mean.index, mean["service"], "-", marker=marker, color=colour, label=f"{name}: given")
        ax.plot(
            mean.index, mean["expectation"], "--", marker=marker, mfc="white", color=colour, label=f"{name}: expected"
        )
    ax.set(xlabel="week", ylabel="beyond today\n(standard deviations)", ylim=(0, None))
    ax.legend(frameon=False, ncols=2, fontsize="small", loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return ax


def naive_against_truth(comparison: Comparison, option: str | None = None, ax: Axes | None = None) -> Axes:
    """What the records suggest (open circle) beside what is true (filled diamond): the estimates that are shares."""
    ax, option = axes_or_new(ax), option or next(iter(comparison.options))
    table = comparison.naive[comparison.naive["option"] == option]
    table = table[~table["unit"].str.startswith("orders")].reset_index(drop=True)
    y = np.arange(len(table))
    ax.hlines(y, table["naive"], table["truth"], color=GREY, lw=1.5)
    ax.plot(table["naive"], y, "o", ms=10, mfc="white", mec=ORANGE, mew=2.5, label="what the records suggest")
    ax.plot(table["truth"], y, "D", ms=8, color=BLUE, label="what is true")
    ax.axvline(0, color="black", lw=1)
    labels = [f"{wrapped(name)}\n({unit})" for name, unit in zip(table["estimate"], table["unit"], strict=True)]
    ax.set_yticks(y, labels, fontsize="small")
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set(xlabel="estimate, in the unit named")
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.4, -0.15), ncols=2, fontsize="small")
    ax.grid(axis="y", visible=False)
    return ax
