"""Figures of single customers and of what a shop sees of them."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from simulator.plots.style import BLUE, GREY, ORANGE, axes_or_new
from simulator.world import World

LINES = ("-", "--", "-.", ":")


def silence(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Chance of still being a customer (0 to 1) by weeks since the last visit (index), one line a customer (column)."""
    ax = axes_or_new(ax)
    for style, name in zip(LINES, table, strict=False):
        ax.plot(table.index, table[name], style, label=name, lw=2.5)
    ax.set(xlabel="weeks since the last visit", ylabel="chance of still being\na customer", ylim=(0, 1),
           xlim=(0, table.index.max()))  # fmt: skip
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    ax.legend(frameon=False)
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
