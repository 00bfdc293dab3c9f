"""Synthetic customers for the Loyalty Workbook: stores, practices, twin worlds, and the evidence behind them."""

from simulator.calibration import fit
from simulator.closed_forms import leaving_table
from simulator.engine import simulate
from simulator.evidence import assumptions, presets
from simulator.ignorance import drivers, explore, swings
from simulator.measures import Horizon
from simulator.orders import read_orders
from simulator.practices import (
    Act,
    ComplaintRecovery,
    ContactCalls,
    ExceedingExpectations,
    Layer,
    Practice,
    PricePromotion,
    ReferralAsks,
    StaffCare,
    Tier,
    VipScheme,
    WinBack,
)
from simulator.store import Store, cdnow
from simulator.twins import Comparison, compare
from simulator.world import World

__all__ = [
    "Act",
    "Comparison",
    "ComplaintRecovery",
    "ContactCalls",
    "ExceedingExpectations",
    "Horizon",
    "Layer",
    "Practice",
    "PricePromotion",
    "ReferralAsks",
    "StaffCare",
    "Store",
    "Tier",
    "VipScheme",
    "WinBack",
    "World",
    "assumptions",
    "cdnow",
    "compare",
    "drivers",
    "explore",
    "fit",
    "leaving_table",
    "presets",
    "read_orders",
    "simulate",
    "swings",
]
