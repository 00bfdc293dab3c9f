"""Figures of single customers and of what a shop sees of them."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, PercentFormatter

from simulator.plots.style import BLUE, GREY, ORANGE, axes_or_new, thousands
from simulator.world import World

LINES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (1, 2)))
MARKERS = "osD^vP"


def lines(table: pd.DataFrame, xlabel: str, ylabel: str, percent: bool = False, markers: bool = False,
          ax: Axes | None = None) -> Axes:  # fmt: skip
    """One line a column over the index, told apart by dashes (and markers); `percent` writes shares as percentages."""
    ax = axes_or_new(ax)
    for style, marker, name in zip(LINES, MARKERS, table, strict=False):
        ax.plot(table.index, table[name], ls=style, marker=marker if markers else "", ms=8, lw=2.5, label=name)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.set_ylim(bottom=0)
    if len(table) <= 6:  # a point each, and its number below it
        ax.set_xticks(table.index)
    if percent:
        ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    else:
        ax.yaxis.set_major_formatter(FuncFormatter(thousands))
    ax.legend(frameon=False, loc="best" if table.shape[1] < 5 else "center left",
              bbox_to_anchor=None if table.shape[1] < 5 else (1, 0.5))  # fmt: skip
    return ax


def bars(values: "pd.Series[float]", xlabel: str, ylabel: str, percent: bool = False, ax: Axes | None = None) -> Axes:
    """One bar a row of `values`; those below zero are hatched. `percent` writes shares as percentages."""
    ax = axes_or_new(ax)
    colours = [BLUE if value >= 0 else ORANGE for value in values]
    drawn = ax.bar([str(name) for name in values.index], values, color=colours, width=0.6)
    for bar, value in zip(drawn, values, strict=True):
        bar.set_hatch("//" if value < 0 else "")
        text = f"{value:.0%}" if percent else thousands(value)
        ax.annotate(text, (bar.get_x() + bar.get_width() / 2, value), xytext=(0, 4 if value >= 0 else -4),
                    textcoords="offset points", ha="center", va="bottom" if value >= 0 else "top")  # fmt: skip
    ax.axhline(0, color="black", lw=1)
    ax.margins(y=0.15)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0) if percent else FuncFormatter(thousands))
    ax.grid(axis="x", visible=False)
    return ax


def silence(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Chance of still being a customer (0 to 1) by weeks since the last visit (index), one line a customer (column)."""
    ax = lines(table, "weeks since the last visit", "chance of still being\na customer", percent=True, ax=ax)
    ax.set(xlim=(0, table.index.max()), ylim=(0, 1))
    return ax


def visit_lines(world: World, ids: Iterable[int], today: float = 0, truth: bool = False, weeks_after: float = 52,
                ax: Axes | None = None) -> Axes:  # fmt: skip
    """One row a customer, one dot a visit up to week `today`; with `truth` also later ones (open) and last ones (×)."""
    ax = axes_or_new(ax)
    for row, customer in enumerate(ids):
        mine = world.truth.visits[world.truth.visits["customer_id"] == customer]
        _row(ax, row, mine[mine["week"] < today + weeks_after], today, truth)
    ax.axvline(today, color="black", lw=1.5, ls="--")
    begin = ax.get_xlim()[0]
    ax.set(xlabel="week (dashed: today)", ylabel="customer", xlim=(begin, today + (weeks_after if truth else 5)))
    ax.set_yticks(range(row + 1), [str(number) for number in range(1, row + 2)])
    ax.invert_yaxis()
    if truth:
        handles, names = ax.get_legend_handles_labels()
        unique = dict(zip(names, handles, strict=True))
        ax.legend(unique.values(), unique.keys(), frameon=False, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1))
    return ax


def _row(ax: Axes, row: int, visits: pd.DataFrame, today: float, truth: bool) -> None:
    """One customer's visits; crosses and what comes after today only with the truth."""
    week, last = visits["week"].to_numpy(), visits["leaves"].to_numpy()
    height = np.full(len(week), row)
    ax.plot(week[week < today], height[week < today], "o", color=BLUE, ms=8, label="visit")
    if truth:
        ax.plot(
            week[week >= today], height[week >= today], "o", mfc="white", mec=GREY, mew=2, ms=8, label="later visit"
        )
        ax.plot(week[last], height[last], "x", color=ORANGE, ms=15, mew=3.5, label="last visit: left")
