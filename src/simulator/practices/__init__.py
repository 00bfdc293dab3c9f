"""Practices: one file each, a frozen dataclass of parameters and what it does at each stage of the week."""

from simulator.practices.base import Act, Practice
from simulator.practices.complaint_recovery import ComplaintRecovery
from simulator.practices.contact_calls import ContactCalls
from simulator.practices.exceeding_expectations import ExceedingExpectations, Layer
from simulator.practices.price_promotion import PricePromotion
from simulator.practices.referral_asks import ReferralAsks
from simulator.practices.staff_care import StaffCare
from simulator.practices.vip_rules import Tier
from simulator.practices.vip_scheme import VipScheme
from simulator.practices.win_back import WinBack

__all__ = [
    "Act",
    "ComplaintRecovery",
    "ContactCalls",
    "ExceedingExpectations",
    "Layer",
    "Practice",
    "PricePromotion",
    "ReferralAsks",
    "StaffCare",
    "Tier",
    "VipScheme",
    "WinBack",
]
