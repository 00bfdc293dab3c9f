"""Options in a practices file (TOML).

    [[option]]
    name = "VIP scheme"
    [option.VipScheme]
    preset = "optimistic"
    card_cost = 2.0

An option is a named set of practices. A practice's table is named after its class; fields not given keep their
defaults, or those of the preset.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import simulator.practices
from simulator.evidence import presets
from simulator.parameters import FileError, from_table, read_toml, to_toml
from simulator.practices import Practice, VipScheme
from simulator.twins import named

_TITLE = """\
# Options: what to compare with the store as it is. Numbers are checked when the file is read.
# Each [[option]] has a name and one table a practice, named after it: {practices}.
# Fields left out keep their defaults. A table may start from a preset of the evidence ledger, for example
#     preset = "{preset}"
# and then every field that is written here as well overrides the preset's.
"""


def practice_classes() -> dict[str, type[Practice]]:
    """Every practice that `simulator.practices` exports, by class name.

    >>> practice_classes()["VipScheme"].__name__
    'VipScheme'
    """
    exported = (getattr(simulator.practices, name) for name in simulator.practices.__all__)
    return {each.__name__: each for each in exported
            if isinstance(each, type) and issubclass(each, Practice) and each is not Practice}  # fmt: skip


def standard_options() -> dict[str, tuple[Practice, ...]]:
    """The options to begin with: each practice alone, and all together.

    >>> print(*standard_options(), sep=", ")  # doctest: +NORMALIZE_WHITESPACE
    Complaint recovery, Contact calls, Exceeding expectations, Price promotion, Referral asks, Staff care, VIP scheme,
    Win back, all together
    """
    return named([kind() for _, kind in sorted(practice_classes().items())])


def read_options(path: str | Path) -> dict[str, tuple[Practice, ...]]:
    """Options by name from a practices file (TOML, UTF-8), in the order of the file.

    Errors: `FileError` with the file, the option, the field, its value and what is allowed.
    """
    table = read_toml(path)
    rows = table.pop("option", [])
    if table:
        raise FileError(f"{path}: {', '.join(table)}: there is no such table; allowed: [[option]]")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise FileError(f"{path}: option = {_short(rows)}: allowed: one [[option]] (two brackets) for each option")
    if not rows:
        raise FileError(f"{path}: there is no option in it; give at least one [[option]] with a name and a practice")
    options: dict[str, tuple[Practice, ...]] = {}
    for number, row in enumerate(rows, start=1):
        name = _name(row, f"{path}: option {number}")
        if name in options:
            raise FileError(f"{path}: option {number}: name = {name!r}: taken by an option above; give each its own")
        options[name] = tuple(_practices_of(row, f"{path}: option {name!r}"))
    return options


def _name(row: dict[str, Any], where: str) -> str:
    name = row.get("name")
    if name is None:
        raise FileError(f"{where}: name: must be given")
    if not isinstance(name, str) or not name.strip() or len(name) > 80 or not name.isprintable():
        raise FileError(f"{where}: name = {_short(name)}: allowed: a text of 1 to 80 letters on one line")
    return name.strip()


def _practices_of(row: dict[str, Any], where: str) -> Iterator[Practice]:
    known = practice_classes()
    tables = {name: value for name, value in row.items() if name != "name"}
    if not tables:
        raise FileError(f"{where}: there is no practice in it; give at least one of {', '.join(known)}")
    for name, values in tables.items():
        if name not in known:
            raise FileError(f"{where}: {name}: there is no such practice; allowed: {', '.join(known)}")
        if not isinstance(values, dict):
            raise FileError(f"{where}: {name} = {_short(values)}: allowed: a table [option.{name}]")
        yield _practice(known[name], values, f"{where}: {name}")


def _practice(kind: type[Practice], values: dict[str, Any], where: str) -> Practice:
    """A practice from its table, over the preset it names, if it names one."""
    own = {name: value for name, value in values.items() if name != "preset"}
    if "preset" not in values:
        return from_table(kind, own, where)
    known, asked = presets(kind), values["preset"]
    if not isinstance(asked, str) or asked not in known:
        raise FileError(f"{where}.preset = {_short(asked)}: allowed: {', '.join(known)}")
    return from_table(kind, vars(known[asked].practice) | own, where)


def choose(path: str | Path | None, name: str | None) -> tuple[Practice, ...]:
    """The practices of one option: the one named, or the file's only one; of the standard options without a file.

    Neither file nor name: no practices. Errors: `FileError`.
    """
    if path is None and name is None:
        return ()
    options = standard_options() if path is None else read_options(path)
    if name is None and len(options) == 1:
        return next(iter(options.values()))
    if name is None or name not in options:
        raise FileError(f"{'' if path is None else f'{path}: '}--option = {name!r}: allowed: {', '.join(options)}")
    return options[name]


def options_to_toml(options: Mapping[str, Sequence[Practice]]) -> str:
    """Options as the text of a practices file, with unit, bounds and meaning over each field.

    Errors: `ValueError` for an option with the same kind of practice twice, which a file cannot hold.

    >>> "[[option.VipScheme.tiers]]" in options_to_toml({"Cards": [VipScheme()]})
    True
    """
    known = practice_classes()
    preset = list(presets(VipScheme))[1]
    parts = [_TITLE.format(practices=", ".join(known), preset=preset)]
    for name, practices in options.items():
        if len({type(practice) for practice in practices}) < len(practices):
            raise ValueError(f"option {name!r} has the same kind of practice twice; allowed: once in an option")
        parts.append(f"[[option]]\nname = {_quoted(name)}\n")
        parts += [_table(practice) for practice in practices]
    return "\n".join(parts)


def _table(practice: Practice) -> str:
    """A practice's TOML as a table of an option: its own tables move below it."""
    name = type(practice).__name__
    lines = [_below(line, name) for line in to_toml(practice).splitlines()]
    return f"[option.{name}]\n" + "\n".join(lines) + "\n"


def _below(line: str, name: str) -> str:
    for brackets in ("[[", "["):
        if line.startswith(brackets):
            return f"{brackets}option.{name}.{line.removeprefix(brackets)}"
    return line


def _quoted(text: str) -> str:
    """A TOML string; JSON's escapes are TOML's too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
