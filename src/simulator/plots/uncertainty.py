"""Figures of what is not known: intervals, assumptions, and how a fit tracks its log."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from simulator.measures import UNITS
from simulator.plots.style import BLUE, GREY, ORANGE, axes_or_new, thousands, wrapped, write_thousands
from simulator.twins import Comparison

_KINDS = (("mc", "mean of many such stores (95 %)", "o", 7.0), ("luck", "one store like this (90 %)", "s", 3.5),
          ("ignorance", "over believable assumptions (90 %)", "D", 1.5))  # fmt: skip


def uncertainties(comparison: Comparison, measure: str = "lifetime_value", ax: Axes | None = None) -> Axes:
    """The difference an option makes, with the three kinds of uncertainty side by side."""
    ax, table = axes_or_new(ax), comparison.measures
    table = table[table["measure"] == measure].reset_index(drop=True)
    shown = [kind for kind in _KINDS if f"{kind[0]}_low" in table]
    for at, (name, label, marker, width) in enumerate(shown):
        y = np.arange(len(table)) + 0.22 * (at - (len(shown) - 1) / 2)
        colour = sns.color_palette("colorblind")[at]
        ax.hlines(y, table[f"{name}_low"], table[f"{name}_high"], color=colour, lw=width, label=label)
        ax.plot(table["difference"], y, marker, color="black", ms=5)
    ax.axvline(0, color="black", lw=1)
    ax.set_yticks(np.arange(len(table)), table["option"])
    ax.set_ylim(len(table) - 0.4, -0.6)
    unit = UNITS[measure].replace("currency", comparison.store.currency)
    ax.set(xlabel=f"difference in {measure.replace('_', ' ')} ({unit})")
    write_thousands(ax)
    ax.legend(frameon=False, fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.2))
    ax.grid(axis="y", visible=False)
    return ax


def _range_labels(table: pd.DataFrame) -> list[str]:
    """Each assumption with the ends of its range; whose it is, only where there are several."""
    labels = table["label"].str.split(": ", n=1, expand=True)
    several = (labels[0] != labels[0].iloc[0]).any()
    names = table["label"] if several else labels[1]
    ends = zip(names, table["low"], table["high"], strict=True)
    return [f"{wrapped(name, 34)}\n({low:g} … {high:g})" for name, low, high in ends]


def swings(table: pd.DataFrame, most: int = 8, ax: Axes | None = None) -> Axes:
    """What each assumption does alone: the difference at the low (circle) and high (diamond) end of its range.

    `table` from `ignorance.swings` of one option; the dashed line is the difference with all at their values.
    """
    ax = axes_or_new(ax)
    top = table.head(most)
    y = np.arange(len(top))
    ax.hlines(y, top["at_low"], top["at_high"], color=BLUE, lw=5, alpha=0.5)
    ax.plot(top["at_low"], y, "o", ms=9, mfc="white", mec=ORANGE, mew=2.5, label="at its low end")
    ax.plot(top["at_high"], y, "D", ms=8, color=BLUE, label="at its high end")
    ax.axvline(0, color="black", lw=1)
    ax.axvline(top["as_set"].iloc[0], color=GREY, lw=1.5, ls="--", label="all as set")
    ax.set_yticks(y, _range_labels(top), fontsize="small")
    ax.set_ylim(len(top) - 0.4, -0.6)
    ax.set(xlabel=f"difference in {top['measure'].iloc[0].replace('_', ' ')} ({top['unit'].iloc[0]})")
    write_thousands(ax)
    ax.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.4, -0.15), ncols=3, fontsize="small")
    ax.grid(axis="y", visible=False)
    return ax


def drivers(table: pd.DataFrame, most: int = 8, ax: Axes | None = None) -> Axes:
    """The assumptions that stand out from chance in a regression on the draws (see `ignorance.drivers`)."""
    ax = axes_or_new(ax)
    top = table[table["clear"]].head(most)
    if top.empty:
        ax.text(0.5, 0.5, "no assumption stands out from chance:\ndraw more of them", ha="center", va="center")
        ax.set_axis_off()
        return ax
    colours = [BLUE if value >= 0 else ORANGE for value in top["low_to_high"]]
    bars = ax.barh([wrapped(name, 34) for name in top["label"]], top["low_to_high"], color=colours)
    for bar, value in zip(bars, top["low_to_high"], strict=True):
        bar.set_hatch("//" if value < 0 else "")
    ax.invert_yaxis()
    ax.axvline(0, color="black", lw=1)
    unit = top["unit"].iloc[0]
    ax.set(xlabel=f"change of the difference from the low to the high end\nof the believable range ({unit})")
    write_thousands(ax)
    ax.tick_params(axis="y", labelsize="small")
    ax.grid(axis="y", visible=False)
    return ax


def tracking(holdout: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Cumulative repeat orders: the log's own (solid), what the fitted model expected (dashed); see `Fit.holdout`."""
    ax = axes_or_new(ax)
    weeks = np.arange(1, len(holdout) + 1)
    ax.plot(weeks, holdout["actual"], "-", color=BLUE, label="orders in the log")
    ax.plot(weeks, holdout["expected"], "--", color=ORANGE, label="expected by the fitted model")
    ax.set(xlabel="week of the log", ylabel="repeat orders so far")
    ax.yaxis.set_major_formatter(FuncFormatter(thousands))
    ax.legend(frameon=False)
    return ax


def turning_values(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Where verdicts turn (circle) and where the store is (diamond), on the range worth believing of each parameter.

    `table` from `trials.turns`. Each range is drawn as long as the others; a value far outside stands at the edge with
    its number, and "nowhere" where no value turns the verdict.
    """
    ax = ax or plt.subplots(figsize=(8.5, 1.8 + 0.6 * len(table)))[1]
    y = np.arange(len(table))
    width = table["high"] - table["low"]
    at, now = ((table[name] - table["low"]) / width for name in ("turns_at", "present"))
    # a circle near an end stands clearly on its side of it
    inside, below = table["turns_at"].between(table["low"], table["high"]), table["turns_at"] < table["low"]
    shown = at.clip(0.03, 0.97).where(inside, at.clip(-0.25, -0.06).where(below, at.clip(1.06, 1.25)))
    ax.hlines(y, 0, 1, color=GREY, lw=8, alpha=0.3, label="worth believing")
    ax.plot(now, y, "D", ms=8, color=BLUE, label="this store")
    ax.plot(shown, y, "o", ms=11, mfc="white", mec=ORANGE, mew=2.5, label="the run comes out the other way")
    for row, (value, place) in enumerate(zip(table["turns_at"], shown, strict=True)):
        text, x = ("nowhere", 1.28) if np.isnan(value) else (f"{value:g}", place + 0.04)
        ax.annotate(text, (x, row), va="center", fontsize="small")
    labels = [f"{row.claim} {row.parameter}\n({row.low:g} … {row.high:g})" for row in table.itertuples()]
    ax.set_yticks(y, labels, fontsize="small")
    ax.set(ylim=(len(table) - 0.4, -0.6), xlim=(-0.35, 1.65), xticks=[0, 1])
    ax.set_xticklabels(["low end", "high end"])
    ax.set_xlabel("range worth believing (ends in brackets)")
    ax.legend(frameon=False, fontsize="small", loc="upper center", bbox_to_anchor=(0.3, -0.17), ncols=3)
    ax.grid(axis="y", visible=False)
    return ax
