"""What a trial is: a small run about a claim, what came out, and where it would come out the other way."""

import dataclasses
import functools
import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import pandas as pd

from simulator.evidence import Entry, ledger
from simulator.parameters import describe


@dataclasses.dataclass(frozen=True)
class Trial:
    """A run about a claim in one store.

    `table`: the run, units in its column names. `says`: what came out. `holds`: whether what is claimed comes out in
    this store. `parameter`: what turns that, a path in the store ("spend.shape_q"), a field of a practice
    ("ReferralAsks.contact_minutes") or a quantity in words. `turns_at`: its value, in `unit`, at which `holds` changes;
    None where no value does. `turn_says`: that in a sentence, with where the store is now. `present`: where it is now,
    `low` and `high`: the range worth believing; None where the ledger has none.
    """

    table: pd.DataFrame
    says: str
    holds: bool
    parameter: str
    turns_at: float | None
    unit: str
    turn_says: str
    present: float | None = None
    low: float | None = None
    high: float | None = None


class Turn(NamedTuple):
    """The end of a trial: what turns it, and where."""

    parameter: str
    turns_at: float | None
    unit: str
    turn_says: str
    present: float | None = None
    low: float | None = None
    high: float | None = None


def turning(holds: Callable[[float], bool], low: float, high: float, steps: int = 12) -> float | None:
    """The value between `low` and `high` at which `holds` changes, by halving; None if it is the same at both ends.

    Three significant digits, so that it prints the same on every machine. Each step is a call; there are two more.

    >>> turning(lambda share: share > 0.3, 0.0, 1.0)
    0.3
    """
    at_low = holds(low)
    if holds(high) == at_low:
        return None
    for _ in range(steps):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) == at_low else (low, middle)
    return three_digits((low + high) / 2)


def three_digits(value: float) -> float:
    """A number with three significant digits.

    >>> three_digits(0.033549), three_digits(419.7)
    (0.0335, 420.0)
    """
    return float(f"{value:.3g}")


def inside(value: float, low: float, high: float) -> float | None:
    """A turning value found by a formula, if it is one that can be.

    >>> inside(1.2, 0, 1) is None
    True
    """
    return three_digits(value) if low <= value <= high else None


def turn(
    owner: Any, path: str, at: float | None, then: str, nowhere: str = "", *, name: str = "", now: str = ""
) -> Turn:
    """The end of a trial that a field of `owner` (a store, a practice) turns at `at`, or nowhere (None).

    `then`: what happens at `at`; `nowhere`: what happens where there is none; `now` stands in place of where the owner
    is. Unit, meaning and range are the ledger's.

    >>> from simulator.store import Store
    >>> turn(Store(), "service.failure_share", 0.5, "above it nobody comes").turn_says[:68]
    'It turns at 0.5 (service.failure_share, visits that go wrong, mean o'
    """
    entry, name = entry_of(owner, path), name or path
    meaning = next(each.help for each in describe(owner) if each.path == path)
    named = f"({name}, {meaning[0].lower()}{meaning[1:]})"
    now = now or f"here it is {value_of(owner, path):.3g}"
    where = f"It turns nowhere {named}: {nowhere}" if at is None else f"It turns at {at:.3g} {named}: {then}"
    says = f"{where.removesuffix(': ')}; {now}{_believable(entry)}."
    return Turn(name, at, entry.unit, says, value_of(owner, path), entry.low, entry.high)


def of_practice(practice: Any, field: str, at: float | None, then: str, nowhere: str = "", *, now: str = "") -> Turn:
    """`turn` for a field of a practice, named "Class.field"."""
    end = turn(practice, field, at, then, nowhere, name=f"{type(practice).__name__}.{field}", now=now)
    return end._replace(present=value_of(type(practice)(), field))


def _believable(entry: Entry) -> str:
    """The range of a ledger entry as the end of a sentence; nothing where the shop decides."""
    return f", believable from {entry.low:g} to {entry.high:g}" if entry.low is not None else ""


def believable_range(owner: Any, path: str) -> tuple[float, float]:
    """The ledger's range for the field at `path` below `owner`. Errors: `ValueError` where the shop decides.

    >>> from simulator.store import Store
    >>> believable_range(Store(), "visits.r")
    (0.2, 3.0)
    """
    entry = entry_of(owner, path)
    if entry.low is None or entry.high is None:
        raise ValueError(f"{path}: the ledger has no range; it is a {entry.kind}")
    return entry.low, entry.high


def value_of(owner: Any, path: str) -> Any:
    """The value at `path` below `owner`."""
    return operator.attrgetter(path)(owner)


def entry_of(owner: Any, path: str) -> Entry:
    """What the ledger knows about the field at `path` below `owner`.

    >>> from simulator.store import Store
    >>> entry_of(Store(), "service.failure_share").high
    0.25
    """
    *above, field = path.split(".")
    holder = functools.reduce(getattr, above, owner)
    return ledger().fields[f"{type(holder).__name__}.{field}"]


def per_cent(share: float, digits: int = 0) -> str:
    """A share as people write it.

    >>> per_cent(0.2788), per_cent(0.0237, 1)
    ('28 %', '2.4 %')
    """
    return f"{round(100 * share, digits) + 0.0:.{digits}f} %"
