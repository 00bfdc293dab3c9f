"""Figures: `figure(table, ax=None) -> ax`. One style, readable on a projector, told apart without colour."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from simulator.measures import UNITS
from simulator.twins import Comparison
from simulator.world import World

# fonts that hold Chinese as well; the first that is installed is put before matplotlib's own
_CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "SimHei",
    "WenQuanYi Micro Hei",
)
_BLUE, _ORANGE, _GREEN, _RED = sns.color_palette("colorblind")[:4]
_GREY = "0.45"


def use_style() -> None:
    """Set the workbook's figure style: seaborn's white grid, colour-blind palette, large type."""
    sns.set_theme(context="notebook", style="whitegrid", palette="colorblind", font_scale=1.1)
    installed = {font.name for font in font_manager.fontManager.ttflist}
    chinese = [name for name in _CHINESE_FONTS if name in installed][:1]
    plt.rcParams["font.family"] = [*chinese, "DejaVu Sans"]
    plt.rcParams["axes.unicode_minus"] = True
    plt.rcParams["text.parse_math"] = False  # names of shops and options may hold dollar signs
    plt.rcParams["figure.figsize"] = (8.5, 4.5)
    plt.rcParams["figure.constrained_layout.use"] = True


def draw_without_screen() -> None:
    """Draw for files only, as on a machine without a screen; what other programs are told of screens stays as it is."""
    plt.switch_backend("agg")


def _axes(ax: Axes | None) -> Axes:
    return plt.subplots()[1] if ax is None else ax


def _mean_and_spread(comparison: Comparison, measure: str, option: str) -> pd.DataFrame:
    paths = comparison.paths
    mine = paths[(paths["measure"] == measure) & (paths["option"] == option)]
    mine = mine.assign(difference=mine["on"] - mine["off"])
    by_week = mine.groupby("week")[["off", "on", "difference"]]
    return by_week.mean().join(by_week.std().add_suffix("_spread"))


def still_customers(comparison: Comparison, option: str | None = None, ax: Axes | None = None) -> Axes:
    """Share of the customers of week 0 who are still customers, with and without; band: luck of one store (90 %)."""
    ax, option = _axes(ax), option or next(iter(comparison.options))
    path = _mean_and_spread(comparison, "still_customers", option)
    for name, label, style, colour in (("off", "without", "--", _GREY), ("on", f"with {option}", "-", _BLUE)):
        ax.plot(path.index, path[name], style, color=colour, label=label)
        width = 1.645 * path[f"{name}_spread"]
        ax.fill_between(path.index, path[name] - width, path[name] + width, color=colour, alpha=0.15, lw=0)
    ax.set(xlabel="week", ylabel="still customers\n(share of those of week 0)", xlim=(0, path.index.max()))
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    ax.legend(frameon=False)
    return ax


def margin_gained(comparison: Comparison, ax: Axes | None = None) -> Axes:
    """Cumulative margin after cost against the twin without, by option; band: luck of one store (90 %)."""
    ax = _axes(ax)
    styles = ("-", "--", "-.", ":")
    for at, option in enumerate(comparison.options):
        path = _mean_and_spread(comparison, "margin", option)
        line = ax.plot(path.index, path["difference"], styles[at % 4], label=option)[0]
        width = 1.645 * path["difference_spread"]
        low, high = path["difference"] - width, path["difference"] + width
        ax.fill_between(path.index, low, high, color=line.get_color(), alpha=0.15, lw=0)
    ax.axhline(0, color="black", lw=1)
    ax.set(xlabel="week", ylabel=f"margin gained since week 0\n({comparison.store.currency}, after all costs)")
    ax.yaxis.set_major_formatter(FuncFormatter(_thousands))
    ax.legend(frameon=False)
    return ax


def _thousands(value: float, _: Any = None) -> str:
    return f"{value:,.0f}".replace("-", "−")


def _write_thousands(ax: Axes) -> None:
    """Large numbers along x are written with separators, and few of them so that they do not run into each other."""
    if max(map(abs, ax.get_xlim())) >= 10_000:
        ax.xaxis.set_major_formatter(FuncFormatter(_thousands))
        ax.xaxis.set_major_locator(MaxNLocator(5))


def causes(comparison: Comparison, option: str | None = None, ax: Axes | None = None) -> Axes:
    """What the difference in margin is made of, cause by cause; hatched bars cost money, the last is the sum."""
    ax, option = _axes(ax), option or next(iter(comparison.options))
    table = comparison.causes[comparison.causes["option"] == option]
    table = table[table["margin"] != 0]
    labels = [*table["cause"], "all together"]
    values = np.append(table["margin"].to_numpy(), table["margin"].sum())
    colours = [_BLUE if value >= 0 else _ORANGE for value in values[:-1]] + ["0.3"]
    bars = ax.barh(labels, values, color=colours)
    for bar, value in zip(bars, values, strict=True):
        bar.set_hatch("//" if value < 0 else "")
        side = "left" if value >= 0 else "right"
        ax.annotate(_thousands(value), (value, bar.get_y() + bar.get_height() / 2), xytext=(4 if value >= 0 else -4, 0),
                    textcoords="offset points", va="center", ha=side, fontsize="small")  # fmt: skip
    ax.invert_yaxis()
    ax.margins(x=0.24)
    ax.axvline(0, color="black", lw=1)
    ax.set(xlabel=f"margin over {comparison.horizon.weeks} weeks ({comparison.store.currency})", title=option)
    _write_thousands(ax)
    ax.grid(axis="y", visible=False)
    return ax


def given_and_expected(worlds: Mapping[str, World], ax: Axes | None = None) -> Axes:
    """What a practice gives beyond the agreed (solid) and what has come to be expected (dashed), mean of visits."""
    ax = _axes(ax)
    for colour, marker, (name, world) in zip((_BLUE, _ORANGE, _GREEN, _RED), "osDv", worlds.items(), strict=False):
        visits = world.truth.visits[world.truth.visits["week"] >= 0]
        mean = visits.groupby(visits["week"] // 8 * 8 + 4)[["service", "expectation"]].mean()
        ax.plot(mean.index, mean["service"], "-", marker=marker, color=colour, label=f"{name}: given")
        ax.plot(
            mean.index, mean["expectation"], "--", marker=marker, mfc="white", color=colour, label=f"{name}: expected"
        )
    ax.set(xlabel="week", ylabel="beyond today\n(standard deviations)", ylim=(0, None))
    ax.legend(frameon=False, ncols=2, fontsize="small", loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return ax


_KINDS = (("mc", "mean of many such stores (95 %)", "o", 7.0), ("luck", "one store like this (90 %)", "s", 3.5),
          ("ignorance", "over believable assumptions (90 %)", "D", 1.5))  # fmt: skip


def uncertainties(comparison: Comparison, measure: str = "lifetime_value", ax: Axes | None = None) -> Axes:
    """The difference an option makes, with the three kinds of uncertainty side by side."""
    ax, table = _axes(ax), comparison.measures
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
    _write_thousands(ax)
    ax.legend(frameon=False, fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.2))
    ax.grid(axis="y", visible=False)
    return ax


def naive_against_truth(comparison: Comparison, option: str | None = None, ax: Axes | None = None) -> Axes:
    """What the records suggest (open circle) beside what is true (filled diamond): the estimates that are shares."""
    ax, option = _axes(ax), option or next(iter(comparison.options))
    table = comparison.naive[comparison.naive["option"] == option]
    table = table[~table["unit"].str.startswith("orders")].reset_index(drop=True)
    y = np.arange(len(table))
    ax.hlines(y, table["naive"], table["truth"], color=_GREY, lw=1.5)
    ax.plot(table["naive"], y, "o", ms=10, mfc="white", mec=_ORANGE, mew=2.5, label="what the records suggest")
    ax.plot(table["truth"], y, "D", ms=8, color=_BLUE, label="what is true")
    ax.axvline(0, color="black", lw=1)
    labels = [f"{_wrapped(name)}\n({unit})" for name, unit in zip(table["estimate"], table["unit"], strict=True)]
    ax.set_yticks(y, labels, fontsize="small")
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set(xlabel="estimate, in the unit named")
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.4, -0.15), ncols=2, fontsize="small")
    ax.grid(axis="y", visible=False)
    return ax


def _wrapped(text: str, width: int = 36) -> str:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def _range_labels(table: pd.DataFrame) -> list[str]:
    """Each assumption with the ends of its range; whose it is, only where there are several."""
    labels = table["label"].str.split(": ", n=1, expand=True)
    several = (labels[0] != labels[0].iloc[0]).any()
    names = table["label"] if several else labels[1]
    ends = zip(names, table["low"], table["high"], strict=True)
    return [f"{_wrapped(name, 34)}\n({low:g} … {high:g})" for name, low, high in ends]


def swings(table: pd.DataFrame, most: int = 8, ax: Axes | None = None) -> Axes:
    """What each assumption does alone: the difference at the low (circle) and high (diamond) end of its range.

    `table` from `ignorance.swings` of one option; the dashed line is the difference with all at their values.
    """
    ax = _axes(ax)
    top = table.head(most)
    y = np.arange(len(top))
    ax.hlines(y, top["at_low"], top["at_high"], color=_BLUE, lw=5, alpha=0.5)
    ax.plot(top["at_low"], y, "o", ms=9, mfc="white", mec=_ORANGE, mew=2.5, label="at its low end")
    ax.plot(top["at_high"], y, "D", ms=8, color=_BLUE, label="at its high end")
    ax.axvline(0, color="black", lw=1)
    ax.axvline(top["as_set"].iloc[0], color=_GREY, lw=1.5, ls="--", label="all as set")
    ax.set_yticks(y, _range_labels(top), fontsize="small")
    ax.set_ylim(len(top) - 0.4, -0.6)
    ax.set(xlabel=f"difference in {top['measure'].iloc[0].replace('_', ' ')} ({top['unit'].iloc[0]})")
    _write_thousands(ax)
    ax.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.4, -0.15), ncols=3, fontsize="small")
    ax.grid(axis="y", visible=False)
    return ax


def drivers(table: pd.DataFrame, most: int = 8, ax: Axes | None = None) -> Axes:
    """The assumptions that stand out from chance in a regression on the draws (see `ignorance.drivers`)."""
    ax = _axes(ax)
    top = table[table["clear"]].head(most)
    if top.empty:
        ax.text(0.5, 0.5, "no assumption stands out from chance:\ndraw more of them", ha="center", va="center")
        ax.set_axis_off()
        return ax
    colours = [_BLUE if value >= 0 else _ORANGE for value in top["low_to_high"]]
    bars = ax.barh([_wrapped(name, 34) for name in top["label"]], top["low_to_high"], color=colours)
    for bar, value in zip(bars, top["low_to_high"], strict=True):
        bar.set_hatch("//" if value < 0 else "")
    ax.invert_yaxis()
    ax.axvline(0, color="black", lw=1)
    unit = top["unit"].iloc[0]
    ax.set(xlabel=f"change of the difference from the low to the high end\nof the believable range ({unit})")
    ax.tick_params(axis="y", labelsize="small")
    ax.grid(axis="y", visible=False)
    return ax


def tracking(holdout: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Cumulative repeat orders: the log's own (solid), what the fitted model expected (dashed); see `Fit.holdout`."""
    ax = _axes(ax)
    weeks = np.arange(1, len(holdout) + 1)
    ax.plot(weeks, holdout["actual"], "-", color=_BLUE, label="orders in the log")
    ax.plot(weeks, holdout["expected"], "--", color=_ORANGE, label="expected by the fitted model")
    ax.set(xlabel="week of the log", ylabel="repeat orders so far")
    ax.yaxis.set_major_formatter(FuncFormatter(_thousands))
    ax.legend(frameon=False)
    return ax
