"""Figures: `figure(table, ax=None) -> ax`. One style, readable on a projector, told apart without colour."""

from simulator.plots.comparisons import causes, given_and_expected, margin_gained, naive_against_truth, still_customers
from simulator.plots.customers import bars, lines, silence, visit_lines
from simulator.plots.style import draw_without_screen, keep_apart, show, use_style
from simulator.plots.uncertainty import drivers, swings, tracking, turning_values, uncertainties

__all__ = [
    "bars",
    "causes",
    "draw_without_screen",
    "drivers",
    "given_and_expected",
    "keep_apart",
    "lines",
    "margin_gained",
    "naive_against_truth",
    "show",
    "silence",
    "still_customers",
    "swings",
    "tracking",
    "turning_values",
    "uncertainties",
    "use_style",
    "visit_lines",
]
