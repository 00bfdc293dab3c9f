"""The files people keep: options in a practices file (TOML), and folders of results.

    [[option]]
    name = "VIP scheme"
    [option.VipScheme]
    preset = "optimistic"
    card_cost = 2.0

An option is a named set of practices. A practice's table is named after its class; fields not given keep their
defaults, or those of the preset. A folder of results says in its README.txt who wrote it; others are left alone.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

import simulator.practices
from simulator.evidence import presets
from simulator.measures import UNITS
from simulator.parameters import FileError, from_table, read_toml, to_toml, write_text
from simulator.practices import ComplaintRecovery, Practice, VipScheme
from simulator.twins import Comparison
from simulator.world import World

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
    """The options to begin with: each of the two practices alone, and both together.

    >>> list(standard_options())
    ['VIP scheme', 'Complaint recovery', 'Both']
    """
    vip, recovery = VipScheme(), ComplaintRecovery()
    return {"VIP scheme": (vip,), "Complaint recovery": (recovery,), "Both": (vip, recovery)}


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


# --- folders of results ---

_README, _MARK = "README.txt", "Written by the command loyalty"

LABELS = {
    "retention": "retention",
    "still_customers": "still customers at the end",
    "repeat_share": "repeat share, as the shop counts it",
    "p_alive": "mean P(alive), as a buying model says",
    "purchases": "orders",
    "share_of_wallet": "share of wallet",
    "revenue": "revenue",
    "margin_at_list": "margin at list price",
    "discounts": "discounts",
    "costs": "costs",
    "margin": "margin after all costs",
    "lifetime_value": "lifetime value over the horizon",
    "desk_hours": "desk hours",
    "told_others": "failures told to others",
}

_COLUMNS = {
    "order_id": "number of the order", "customer_id": "number of the customer; -1: nobody in particular",
    "desk": "the account manager's desk", "week": "weeks from week 0, with fraction; below 0 is the shop's history",
    "date": "date and hour", "list_price": "currency", "discount": "currency", "paid": "currency",
    "channel": "to whom it was said", "practice": "what it was spent on", "kind": "what for",
    "amount": "currency; negative = released", "hours": "hours of work", "joined_week": "when the card was handed over",
    "level": "level of the card", "points": "points on the card", "points_owed": "what they will cost, currency",
    "waited_hours": "hours until the answer", "answer": "how it was taken", "first_week": "first visit, in weeks",
    "rate_per_week": "visits a week while a customer", "leaving_share": "chance that a visit is the last, 0 to 1",
    "failure_share": "share of visits that go wrong", "wallet_share": "share of the customer's need bought here",
    "deal_seeker": "follows the price", "response": "how strongly practices are felt, mean 1",
    "birthday_week": "week of the year, 0 to 51", "mean_spend": "currency a visit", "visits": "visits made",
    "left_week": "week of the last visit; empty = still a customer", "left_after": "what happened at that visit",
    "number": "visits before this one", "experience": "standard deviations; low is bad", "failed": "it went wrong",
    "voice": "0 fine, 1 silent, 2 told others, 3 to staff, 4 to third parties",
    "burden": "log odds of leaving that the failure adds", "relief": "log odds that the answer takes off",
    "credit": "log odds that ties take off", "leave_chance": "chance that this visit is the last",
    "leaves": "this visit is the last", "pace": "visits against the customer's own rate, ratio",
    "extra_won_from_rivals": "visits expected to be won", "extra_brought_forward": "visits expected to come sooner",
    "option": "option compared", "measure": "what is measured", "unit": "its unit", "off": "without", "on": "with",
    "difference": "with less without", "mc_low": "95 % interval of the mean", "mc_high": "its upper end",
    "luck_low": "90 % of single stores lie above ...", "luck_high": "... and below",
    "ignorance_low": "90 % over draws of the assumptions lie above ...", "ignorance_high": "... and below",
    "cause": "why the money differs", "margin": "currency, part of the difference", "replicate": "number of the store",
    "estimate": "what the records invite to conclude", "naive": "what they suggest", "truth": "what is true",
}  # fmt: skip


def world_files(world: World, seed: int) -> dict[str, str]:
    """The shop's records as CSV texts by file name; the truth apart, under `truth/`; the store; a list of columns."""
    truth = {"truth/customers": world.truth.customers, "truth/visits": world.truth.visits}
    records = {name: _rounded(frame) for name, frame in world.records.items()}
    about = f"{world.store.name}: {world.weeks} weeks, practices {', '.join(world.practices) or 'none'}, seed {seed}."
    return _files(about, records, truth) | {"store.toml": world.store.to_toml()}


def comparison_files(comparison: Comparison) -> dict[str, str]:
    """The tables of a comparison as CSV texts by file name, its store and its options, and a list of columns."""
    by_replicate = comparison.by_replicate.assign(unit=comparison.by_replicate["measure"].map(UNITS))
    tables = {"measures": comparison.measures, "causes": comparison.causes, "naive": comparison.naive,
              "by_replicate": by_replicate}  # fmt: skip
    about = (
        f"{comparison.store.name}: {len(comparison.options)} options, {comparison.replicates} replicates, "
        f"{comparison.horizon.weeks} weeks, window {comparison.horizon.window_weeks}, seed {comparison.seed}."
    )
    return _files(about, tables, {}) | {"store.toml": comparison.store.to_toml(),
                                        "practices.toml": options_to_toml(comparison.options)}  # fmt: skip


def _rounded(frame: pd.DataFrame) -> pd.DataFrame:
    """Money to cents, hours to hundredths, weeks to ten-thousandths (a minute)."""
    digits = {name: 4 if name.endswith("week") else 2 for name in frame.select_dtypes("float").columns}
    return frame.round(digits)


def _files(about: str, plain: Mapping[str, pd.DataFrame], fine: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    lines = [about, "Text is UTF-8; money is in the store's currency (store.toml).", ""]
    for name, frame in {**plain, **fine}.items():
        lines += [f"{name}.csv", *(f"    {column}: {_COLUMNS.get(column, '')}" for column in frame.columns), ""]
    texts = {f"{name}.csv": frame.to_csv(index=False, lineterminator="\n") for name, frame in plain.items()}
    texts |= {f"{name}.csv": frame.to_csv(index=False, lineterminator="\n", float_format="%.6g")
              for name, frame in fine.items()}  # fmt: skip
    return texts | {_README: "\n".join(lines)}


def check_folder(folder: Path | None, *inputs: Path | None) -> None:
    """Refuse a folder for results that holds files of others, `inputs` apart. Errors: `FileError`."""
    if folder is None or not folder.exists():
        return
    if not folder.is_dir():
        raise FileError(f"{folder}: is a file; allowed: a folder")
    readme = folder / _README
    if readme.is_file() and readme.read_text(encoding="utf-8", errors="replace").startswith(_MARK):
        return
    known = _resolved(inputs)
    if others := sorted(each.name for each in folder.iterdir() if each.resolve() not in known):
        raise FileError(f"{folder}: holds other files ({', '.join(others[:3])}); allowed: a new or an empty folder, "
                        "or one written by this command before")  # fmt: skip


def write_folder(folder: Path, files: Mapping[str, str], *inputs: Path | None) -> list[str]:
    """Write each file whole, README.txt first; `inputs` are never written over. The names of the files written."""
    known = _resolved(inputs)
    readme = f"{_MARK}: {', '.join(files)}\n\n{files.get(_README, '')}".rstrip() + "\n"
    written = {name: text for name, text in ({_README: readme} | dict(files) | {_README: readme}).items()
               if (folder / name).resolve() not in known}  # fmt: skip
    for name, text in written.items():
        write_text(folder / name, text)
    return list(written)


def find_notebooks(start: Path) -> Path:
    """The folder `notebooks` with notebooks in it, from `start` upward or beside the source. Errors: `FileError`."""
    for folder in (each / "notebooks" for each in [start, *start.parents, *Path(__file__).resolve().parents[2:3]]):
        if folder.is_dir() and any(folder.glob("*.ipynb")):
            return folder
    raise FileError(f"{start}: there is no folder notebooks with notebooks in it, here or above; change to the folder "
                    "of the workbook first")  # fmt: skip


def _resolved(paths: Sequence[Path | None]) -> set[Path]:
    return {path.resolve() for path in paths if path is not None}
