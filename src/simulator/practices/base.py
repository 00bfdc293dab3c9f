"""What every practice is: parameters, and an act that speaks at the stages it has something to say at."""

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from simulator.engine import Run


class Act:
    """A practice at work in one store. Give it a method named after a stage of `engine.TIMETABLE` and it is called.

    `pace` is what it makes customers come faster (above 1) or slower, by cause: one array over customers a cause.
    """

    def __init__(self, run: "Run", name: str) -> None:
        self.run = run
        self.name = name
        self.pace: dict[str, Any] = {}

    def records(self) -> dict[str, pd.DataFrame]:
        """The frames this practice leaves in the shop's records, by name."""
        return {}


class Practice:
    """A practice's parameters. Subclasses are `checked` dataclasses with a `name` and a `start`."""

    @property
    def name(self) -> str:
        """The practice's name in tables and records."""
        return type(self).__name__

    def start(self, run: "Run") -> Act:
        """An act for one run; it may draw luck only under purposes of its own."""
        raise NotImplementedError(f"{type(self).__name__} has no start(run)")
