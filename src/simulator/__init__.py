"""Synthetic customers for the Loyalty Workbook: stores, practices, twin worlds, and the evidence behind them."""

from simulator.engine import simulate
from simulator.evidence import assumptions, presets
from simulator.ignorance import drivers, explore, swings
from simulator.measures import Horizon
from simulator.practices import Act, ComplaintRecovery, Practice, Tier, VipScheme
from simulator.store import Store, cdnow
from simulator.twins import Comparison, compare
from simulator.world import World

__all__ = [
    "Act",
    "Comparison",
    "ComplaintRecovery",
    "Horizon",
    "Practice",
    "Store",
    "Tier",
    "VipScheme",
    "World",
    "assumptions",
    "cdnow",
    "compare",
    "drivers",
    "explore",
    "presets",
    "simulate",
    "swings",
]
