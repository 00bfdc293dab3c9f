"""Practices: one file each, a frozen dataclass of parameters and what it does at each stage of the week."""

from simulator.practices.base import Act, Practice

__all__ = ["Act", "Practice"]
