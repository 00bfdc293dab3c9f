"""A client's order log: opened, read, checked and cleaned, whatever way it was written."""

from simulator.orders.log import OrderLog, monday_after, read_orders, summary

__all__ = ["OrderLog", "monday_after", "read_orders", "summary"]
