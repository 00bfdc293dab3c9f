"""The evidence ledger: what is known about each parameter, where from, and the range worth believing.

The data stand in the folder `ledger` beside this file: research findings (E01 …), claims of practitioners (C01 …) and
the practices (P01 …), an entry for every field of the store, and one file a practice with its entries and its presets.
A new practice brings its file and changes none.
"""

import dataclasses
import functools
import importlib.resources
import itertools
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Generic, Literal, TypeVar

import pandas as pd

from simulator.parameters import FileError, checked, from_table, parameter
from simulator.practices import Practice
from simulator.store import Store

P = TypeVar("P", bound=Practice)

FOLDER = "ledger"

Measured = Literal["behaviour", "intention", "model", "perception", "none"]
Kind = Literal["decision", "fitted", "behaviour", "intention", "model", "assumption", "example"]
KINDS: tuple[Kind, ...] = ("decision", "fitted", "behaviour", "intention", "model", "assumption", "example")
_CHOSEN_OR_FITTED = ("decision", "fitted")
Verdict = Literal["arithmetic", "follows under stated ranges", "contradicted by evidence", "not testable here"]


@checked
class Finding:
    """A result of research: what was found, where, and whether behaviour was measured or something weaker.

    >>> ledger().findings["E50"].measured
    'behaviour'
    """

    source: str = parameter(unit="text", help="Authors, year, journal or book", min_length=1)
    setting: str = parameter(unit="text", help="Who was studied, and where", min_length=1)
    measured: Measured = parameter(unit="text", help="What was measured; where several things were, the weakest")
    says: str = parameter(unit="text", help="The finding in a sentence or two", min_length=1)


@checked
class Claim:
    """Something practitioners say, and what this workbook makes of it; the run behind it is in `trials`.

    >>> ledger().claims["C05"].verdict
    'arithmetic'
    """

    says: str = parameter(unit="text", help="The claim in a sentence", min_length=1)
    source: str = parameter(unit="text", help="Where it comes from", min_length=1)
    verdict: Verdict = parameter(unit="text", help="What became of it")
    because: str = parameter(unit="text", help="Why, in one to three sentences", min_length=1)
    findings: tuple[str, ...] = parameter(default=(), unit="ids", help="Findings the verdict rests on")
    notebook: str = parameter(default="", unit="number", help="Notebook with more about it", pattern=r"^(\d\d)?$")
    turns: str = parameter(default="", unit="text", help="Which parameter turns the verdict; empty without a run")


@checked
class Entry:
    """What is known about one field of a store or a practice.

    `kind` is "decision" (the shop chooses it, or reads it in its books), "fitted" (estimated from the order log), or
    what the range rests on: "behaviour", "intention" or "model" of research, or "assumption"; "example" is a number of
    a store fitted to no shop. `low` and `high`, in the field's own unit, bound the values worth believing, if in doubt.

    >>> entry = ledger().fields["ComplaintRecovery.offset_share"]
    >>> entry.kind, entry.high
    ('behaviour', 0.95)
    """

    unit: str = parameter(unit="text", help="The field's own unit", min_length=1)
    kind: Kind = parameter(unit="text", help="Decision, fitted, or what the range rests on")
    low: float | None = parameter(default=None, unit="that of the field", help="Lowest value worth believing")
    high: float | None = parameter(default=None, unit="that of the field", help="Highest value worth believing")
    source: str = parameter(unit="text", help="Paper or book, or what stands for one", min_length=1)
    findings: tuple[str, ...] = parameter(default=(), unit="ids", help="Findings the range rests on or departs from")
    claims: tuple[str, ...] = parameter(default=(), unit="ids", help="Claims of practitioners about it")
    setting: str = parameter(unit="text", help="Where the evidence comes from", min_length=1)
    note: str = parameter(unit="text", help="Why this value and this range", min_length=1)


@checked
class Variant:
    """A preset as the file holds it: the fields that differ from the practice's defaults."""

    values: dict[str, Any] = parameter(unit="", help="Changed fields and their values")
    findings: tuple[str, ...] = parameter(default=(), unit="ids", help="Findings it rests on")
    claims: tuple[str, ...] = parameter(default=(), unit="ids", help="Claims of practitioners it rests on")
    source: str = parameter(unit="text", help="Paper or book, or what stands for one", min_length=1)
    says: str = parameter(unit="text", help="What is supposed, in a sentence or two", min_length=1)


@checked
class Part:
    """What one file of the ledger holds. `fields` are named "Class.field"; `presets` by practice, then by name."""

    findings: dict[str, Finding] = parameter(default={}, unit="", help="Findings by id")
    claims: dict[str, Claim] = parameter(default={}, unit="", help="Claims by id")
    practices: dict[str, str] = parameter(default={}, unit="", help="Titles of the practices by id")
    fields: dict[str, Entry] = parameter(default={}, unit="", help="Entries by class and field")
    presets: dict[str, dict[str, Variant]] = parameter(default={}, unit="", help="Presets by practice and name")


@checked
class Ledger(Part):
    """All files together, and the file in which each thing stands.

    >>> ledger().homes["presets.VipScheme"]
    'ledger/vip_scheme.toml'
    """

    homes: dict[str, str] = parameter(unit="", help="Names of files by section and key")


@dataclasses.dataclass(frozen=True)
class Preset(Generic[P]):
    """A practice under stated suppositions; `findings` and `claims` are ids of the ledger."""

    practice: P
    findings: tuple[str, ...]
    claims: tuple[str, ...]
    source: str
    says: str


@dataclasses.dataclass(frozen=True)
class Uncertain:
    """A number that is not known: its path below the owner, and the range worth believing, in its own unit."""

    path: str
    low: float
    high: float
    unit: str


@functools.cache
def ledger() -> Ledger:
    """The ledger that comes with the package, read and checked once.

    Errors: `FileError` with the file, the field and the value.

    >>> ledger().practices["P04"]
    'Complaint recovery (投诉处理)'
    """
    files = (importlib.resources.files("simulator") / FOLDER).iterdir()
    return read_ledger({f"{FOLDER}/{each.name}": each.read_text(encoding="utf-8")
                        for each in files if each.name.endswith(".toml")})  # fmt: skip


def read_ledger(files: Mapping[str, str]) -> Ledger:
    """A ledger from TOML texts by the name of their file.

    Errors: `FileError` with the file and the place in it, one line for each field that is wrong (in the first file that
    has any), or each key that stands in two files, or each id that does not exist and each range upside down.

    >>> read_ledger({"late.toml": "findings.E99 = {says = 'Late?', source = '', setting = 'here', measured = 'none'}"})
    Traceback (most recent call last):
    ...
    simulator.parameters.FileError: late.toml.findings.E99.source = '': string should have at least 1 character
    """
    read = _joined({name: _part(name, text) for name, text in sorted(files.items())})
    _refuse([*_wrong_ranges(read), *_unknown_ids(read)])
    return read


def _part(name: str, text: str) -> Part:
    try:
        return from_table(Part, tomllib.loads(text), name)
    except tomllib.TOMLDecodeError as error:
        raise FileError(f"{name}: {error}; this is not valid TOML") from None


def _joined(parts: Mapping[str, Part]) -> Ledger:
    whole: dict[str, dict[str, Any]] = {each.name: {} for each in dataclasses.fields(Part)}
    homes: dict[str, str] = {}
    twice = []
    for file, section in itertools.product(parts, whole):
        for key, value in getattr(parts[file], section).items():
            if (first := homes.setdefault(f"{section}.{key}", file)) != file:
                twice.append(f"{file}.{section}.{key}: stands in {first} too")
            whole[section][key] = value
    _refuse(twice)
    return Ledger(homes=homes, **whole)


def _refuse(wrong: list[str]) -> None:
    if wrong:
        raise FileError("\n".join(wrong))


def _wrong_ranges(read: Ledger) -> Iterator[str]:
    for place, each in _places(read):
        if not isinstance(each, Entry):
            continue
        if (each.low is None) != (each.high is None):
            yield f"{place}: low = {each.low}, high = {each.high}; give both or neither"
        elif each.low is not None and each.high is not None and each.low > each.high:
            yield f"{place}.low = {each.low}: should be at most high = {each.high}"


def _unknown_ids(read: Ledger) -> Iterator[str]:
    cited = [(place, each.findings) for place, each in _places(read)]
    cited += [(f"{read.homes[f'claims.{key}']}.claims.{key}", each.findings) for key, each in read.claims.items()]
    yield from (f"{place}.findings = '{one}': there is no such finding"
                for place, findings in cited for one in findings if one not in read.findings)  # fmt: skip
    yield from (f"{place}.claims = '{one}': there is no such claim"
                for place, each in _places(read) for one in each.claims if one not in read.claims)  # fmt: skip


def _places(read: Ledger) -> Iterator[tuple[str, Entry | Variant]]:
    """Entries and presets, each with its file and its place there."""
    for key, entry in read.fields.items():
        yield f"{read.homes[f'fields.{key}']}.fields.{key}", entry
    for practice, variants in read.presets.items():
        home = f"{read.homes[f'presets.{practice}']}.presets.{practice}"
        yield from ((f"{home}.{name}", variant) for name, variant in variants.items())


def presets(practice_class: type[P]) -> dict[str, Preset[P]]:
    """The presets of a practice by name: central first, then optimistic, null, backfire and its own.

    A preset changes conditions or behaviour; whether the practice then pays, and with what sign, is left to the run.
    Errors: `FileError` if the ledger has none for the class or a value cannot be.

    >>> from simulator.practices import ComplaintRecovery
    >>> presets(ComplaintRecovery)["paradox"].practice.offset_share
    1.3
    """
    name = practice_class.__name__
    variants = ledger().presets.get(name)
    if variants is None:
        raise FileError(f"{FOLDER}.presets.{name}: must be given; there are {', '.join(ledger().presets)}")
    home = ledger().homes[f"presets.{name}"]
    return {key: _built(practice_class, each, f"{home}.presets.{name}.{key}") for key, each in variants.items()}


def _built(practice_class: type[P], variant: Variant, where: str) -> Preset[P]:
    practice = from_table(practice_class, variant.values, where)
    return Preset(practice, variant.findings, variant.claims, variant.source, variant.says)


def assumptions(*owners: Any) -> pd.DataFrame:
    """What stands behind each number of stores and practices: one row a field, with what is inside them.

    Columns: owner ("store", or the practice's name), parameter (path), value, unit, low, high (in that unit; NaN where
    nothing is in doubt), kind, source, findings (ids), note. Errors: `FileError` for a field that has no entry.

    >>> from simulator.practices import VipScheme
    >>> assumptions(VipScheme()).loc[4, ["parameter", "value", "kind"]].tolist()
    ['tiers.0.gift_cost_per_quarter', 0.0, 'decision']
    """
    columns = ["owner", "parameter", "value", "unit", "low", "high", "kind", "source", "findings", "note"]
    rows = [(_label(owner), path, value, *_shown(_of_this(owner, path, _entry(key))))
            for owner in owners for path, key, value in _walk(owner)]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).astype({"low": float, "high": float})


def _label(owner: Any) -> str:
    return owner.name if isinstance(owner, Practice) else type(owner).__name__.lower()


def _of_this(owner: Any, path: str, entry: Entry) -> Entry:
    """The entry as it holds for this very store: nothing is called fitted that was made up or stated."""
    if not isinstance(owner, Store) or entry.kind != "fitted":
        return entry
    if owner.leaving_share_stated and path in ("visits.a", "visits.b"):
        source = "stated by whoever fitted the store; the order log does not show it"
        return dataclasses.replace(entry, kind="assumption", source=source, low=None, high=None, findings=())
    if not owner.fit_notes:
        return dataclasses.replace(entry, kind="example", low=None, high=None, source="an example, fitted to no shop")
    return entry


def _shown(entry: Entry) -> tuple[Any, ...]:
    return entry.unit, entry.low, entry.high, entry.kind, entry.source, ", ".join(entry.findings), entry.note


def uncertain(owner: Any) -> list[Uncertain]:
    """The numbers of a store or a practice that are neither decided nor fitted, with the range worth believing.

    The range is the ledger's, whatever value `owner` holds: a preset may lie outside it on purpose. Each field may be
    drawn on its own: every corner of the ranges is a store or a practice that can be built.

    >>> from simulator.store import Store
    >>> [each.path for each in uncertain(Store())][:2]
    ['service.failure_share', 'service.failure_concentration']
    """
    found = []
    for path, key, value in _walk(owner):
        entry = _entry(key)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and entry.kind not in _CHOSEN_OR_FITTED and entry.low is not None and entry.high is not None:
            found.append(Uncertain(path, entry.low, entry.high, entry.unit))
    return [each for each in found if each.low < each.high]


def _entry(key: str) -> Entry:
    entry = ledger().fields.get(key)
    if entry is None:
        raise FileError(f"{FOLDER}.fields.{key}: must be given")
    return entry


def _walk(owner: Any, above: str = "") -> Iterator[tuple[str, str, Any]]:
    """Path, name in the ledger and value of every plain field of `owner`, in order, objects inside it included."""
    for each in dataclasses.fields(owner):
        path, value = f"{above}{each.name}", getattr(owner, each.name)
        if isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
            for number, part in enumerate(value):
                yield from _walk(part, f"{path}.{number}.")
        elif dataclasses.is_dataclass(value):
            yield from _walk(value, f"{path}.")
        else:
            yield path, f"{type(owner).__name__}.{each.name}", value
