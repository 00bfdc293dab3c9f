"""Amounts of money in options: which they are, and the same options in another shop's money."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from simulator.parameters import replaced, unit_of
from simulator.practices import Practice

Options = Mapping[str, tuple[Practice, ...]]
_PER_MONEY = "points per currency unit"


@dataclasses.dataclass(frozen=True)
class Amount:
    """A number of a practice that is money: its path below the practice, unit, meaning and value."""

    path: str
    unit: str
    help: str
    value: float


def amounts(practice: Practice) -> list[Amount]:
    """All money in a practice, also in its levels and layers, nothing left out but zeros.

    >>> from simulator.practices import ComplaintRecovery
    >>> [each.path for each in amounts(ComplaintRecovery())]
    ['fixed_cost_per_week', 'public_case_cost']
    """
    return sorted(_amounts(practice, ""), key=lambda each: each.path)


def _amounts(owner: Any, above: str) -> Iterator[Amount]:
    for name, info in owner.__pydantic_fields__.items():
        value, unit = getattr(owner, name), unit_of(info)
        if dataclasses.is_dataclass(value):
            yield from _amounts(value, f"{above}{name}.")
        elif isinstance(value, tuple):
            for at, each in enumerate(value):
                if dataclasses.is_dataclass(each):
                    yield from _amounts(each, f"{above}{name}.{at}.")
        elif (unit.startswith("currency") or unit == _PER_MONEY) and value:
            of = f"{label}: " if (label := getattr(owner, "label", "")) else ""  # of which level or layer
            yield Amount(f"{above}{name}", unit, f"{of}{info.description or ''}", float(value))


class Placed(NamedTuple):
    """An amount, the option and the practice it is in, and whether it is as in the options it was taken from."""

    option: str
    practice: str
    amount: Amount
    unchanged: bool


def placed(options: Options, taken_from: Options) -> list[Placed]:
    """Every amount of `options`; unchanged: the option of that name in `taken_from` has it, too."""
    known = {(option, each.name, amount) for option, practices in taken_from.items() for each in practices
             for amount in amounts(each)}  # fmt: skip
    return [Placed(option, each.name, amount, (option, each.name, amount) in known)
            for option, practices in options.items() for each in practices for amount in amounts(each)]  # fmt: skip


def in_other_money(options: Options, factor: float) -> dict[str, tuple[Practice, ...]]:
    """The options with every amount of money times `factor`, to two digits; points for money divided by it.

    Errors: `ParameterError` where an amount leaves its bounds.

    >>> from simulator.practices import ComplaintRecovery
    >>> answer = ComplaintRecovery(fixed_cost_per_week=25.0)
    >>> in_other_money({"answer": (answer,)}, 0.31)["answer"][0].fixed_cost_per_week
    7.8
    """
    if factor == 1:
        return dict(options)
    return {name: tuple(_scaled(each, factor) for each in practices) for name, practices in options.items()}


def _scaled(practice: Practice, factor: float) -> Practice:
    by = {True: 1 / factor, False: factor}
    values = {each.path: float(f"{each.value * by[each.unit == _PER_MONEY]:.2g}") for each in amounts(practice)}
    return replaced(practice, values)
