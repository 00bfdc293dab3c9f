"""Parameters with units and bounds: objects made of them, checked when made, read from and written to TOML.

A store and a practice are frozen dataclasses whose fields are made by `parameter`. What-if is a changed copy
(`dataclasses.replace`), and every copy is checked again.
"""

import dataclasses
import difflib
import os
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, dataclass_transform, get_args

import pydantic
import tomlkit
from pydantic.fields import FieldInfo

T = TypeVar("T")


class ParameterError(ValueError):
    """A parameter that cannot be: the message names the field, the value and what is allowed."""


class FileError(ValueError):
    """A file that cannot be used: the message names the file, the place in it and what is allowed."""


def parameter(*, default: Any = ..., unit: str, help: str, **bounds: Any) -> Any:
    """A field with its default, unit, meaning and bounds (`ge`, `gt`, `le`, `lt`, `min_length`, `max_length`).

    >>> @checked
    ... class Shelf:
    ...     width_m: float = parameter(default=2.0, unit="metres", help="Width of the shelf", gt=0)
    >>> Shelf(width_m=-1.0)
    Traceback (most recent call last):
    ...
    simulator.parameters.ParameterError: Shelf.width_m = -1.0: should be greater than 0
    """
    return pydantic.Field(default=default, description=help, json_schema_extra={"unit": unit}, **bounds)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(parameter,))
def checked(cls: type[T]) -> type[T]:
    """Make `cls` a frozen dataclass with keyword fields whose values are checked when it is made.

    Errors: `ParameterError` with one line for each field that is wrong; an unknown field is wrong too.
    """
    config = pydantic.ConfigDict(extra="forbid", allow_inf_nan=False)
    made = pydantic.dataclasses.dataclass(frozen=True, kw_only=True, config=config)(cls)
    build: Callable[..., None] = made.__init__

    def __init__(self: object, **values: Any) -> None:  # noqa: N807
        try:
            build(self, **values)
        except pydantic.ValidationError as error:
            raise ParameterError("\n".join(problems(error, cls.__name__, cls))) from None

    __init__.__wrapped__ = build  # type: ignore[attr-defined]
    made.__init__ = __init__  # type: ignore[method-assign]
    return made  # type: ignore[return-value]


def problems(error: pydantic.ValidationError, where: str, kind: Any) -> Iterator[str]:
    """One line a wrong field of a `kind`: its path below `where`, its value, and what is allowed."""
    for each in error.errors():
        path = ".".join([where, *(str(part) for part in each["loc"])])
        said = each["msg"].removeprefix("Input ").removeprefix("Value error, ")
        if each["type"] in ("unexpected_keyword_argument", "missing"):
            yield f"{path}: {_no_such_field(kind, each['loc']) if each['type'] != 'missing' else 'must be given'}"
        elif not each["loc"]:  # of the whole, not of one field
            yield f"{path}: {said}"
        else:
            yield f"{path} = {_short(each['input'])}: {said[0].lower()}{said[1:]}{_as_share(each)}"


def _as_share(each: Any) -> str:
    """A hint where somebody wrote a percentage for a share."""
    number = each["input"]
    if each["type"] not in ("less_than_equal", "less_than") or not isinstance(number, int | float):
        return ""
    most = each["ctx"].get("le", each["ctx"].get("lt"))
    return f" (a share: write {number / 100:g} for {number:g} %)" if most == 1 and 2 <= number <= 100 else ""


def _no_such_field(kind: Any, path: Sequence[int | str]) -> str:
    """That the last part of `path` is no field: with the nearest one, or all that there are."""
    for part in path[:-1]:
        kind = _inside(kind, part)
    allowed = list(getattr(kind, "__pydantic_fields__", {}))
    if near := difflib.get_close_matches(str(path[-1]), allowed, n=1):
        return f"there is no such field; did you mean {near[0]}?"
    return f"there is no such field; allowed: {', '.join(allowed)}" if allowed else "there is no such field"


def _inside(kind: Any, part: int | str) -> Any:
    """What stands at `part` of a `kind`: a field's kind, or that of all rows (tuple) or all entries (dict)."""
    fields = getattr(kind, "__pydantic_fields__", {})
    if part in fields:
        return fields[part].annotation
    return next((each for each in get_args(kind) if hasattr(each, "__pydantic_fields__")), None)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


@dataclasses.dataclass(frozen=True)
class Described:
    """A parameter as it is shown to people: path below its owner, unit, meaning, bounds and value."""

    path: str
    unit: str
    help: str
    bounds: str
    value: Any


def describe(owner: Any) -> list[Described]:
    """Every parameter of `owner` (and of the checked objects inside it), in the order of its fields."""
    found: list[Described] = []
    for name, info in _fields(owner).items():
        value = getattr(owner, name)
        if dataclasses.is_dataclass(value):
            found += [dataclasses.replace(each, path=f"{name}.{each.path}") for each in describe(value)]
        else:
            found.append(Described(name, unit_of(info), info.description or "", _bounds(info), value))
    return found


def unit_of(info: FieldInfo) -> str:
    extra = info.json_schema_extra
    return str(extra["unit"]) if isinstance(extra, dict) else ""


def _fields(owner: Any) -> dict[str, FieldInfo]:
    fields: dict[str, FieldInfo] = owner.__pydantic_fields__
    return fields


_BOUNDS = {"Ge": "≥ {ge}", "Gt": "> {gt}", "Le": "≤ {le}", "Lt": "< {lt}",
           "MinLen": "at least {min_length}", "MaxLen": "at most {max_length}"}  # fmt: skip


def _bounds(info: FieldInfo) -> str:
    words = [_BOUNDS[type(rule).__name__].format(**dataclasses.asdict(rule))
             for rule in info.metadata if type(rule).__name__ in _BOUNDS]  # fmt: skip
    return ", ".join(words)


def replaced(owner: T, values: Mapping[str, Any]) -> T:
    """A changed copy of `owner`: `values` by path, such as "service.failure_share" or "tiers.0.threshold"."""
    own: dict[str, Any] = {}
    inner: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        name, _, rest = path.partition(".")
        if rest:
            inner.setdefault(name, {})[rest] = value
        else:
            own[name] = value
    for name, below in inner.items():
        own[name] = _replaced_within(getattr(owner, name), below)
    return dataclasses.replace(owner, **own)  # type: ignore[type-var]


def _replaced_within(value: Any, values: Mapping[str, Any]) -> Any:
    if not isinstance(value, tuple):
        return replaced(value, values)
    rows = list(value)
    for path, new in values.items():
        at, _, rest = path.partition(".")
        rows[int(at)] = replaced(rows[int(at)], {rest: new})
    return tuple(rows)


def to_toml(owner: Any, title: str = "") -> str:
    """`owner` as TOML text, a comment with unit, bounds and meaning over each field."""
    document = tomlkit.document()
    if title:
        document.add(tomlkit.comment(title))
        document.add(tomlkit.nl())
    _fill(document, owner)
    return tomlkit.dumps(document)


def _fill(table: Any, owner: Any) -> None:
    nested: list[tuple[str, Any]] = []
    for name, info in _fields(owner).items():
        value = getattr(owner, name)
        if dataclasses.is_dataclass(value) or _is_rows(value):
            nested.append((name, value))
        elif value is not None:
            table.add(tomlkit.comment(_comment(info)))
            table.add(name, list(value) if isinstance(value, tuple) else value)
    for name, value in nested:  # tables come after plain values, as TOML demands
        table.add(name, _rows(value) if _is_rows(value) else _table(value))


def _comment(info: FieldInfo) -> str:
    bounds = _bounds(info)
    return f"{info.description} [{unit_of(info)}{'; ' + bounds if bounds else ''}]"


def _is_rows(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and dataclasses.is_dataclass(value[0])


def _rows(values: tuple[Any, ...]) -> Any:
    rows = tomlkit.aot()
    for each in values:
        rows.append(_table(each))
    return rows


def _table(owner: Any) -> Any:
    table = tomlkit.table()
    _fill(table, owner)
    return table


def read_toml(path: str | Path) -> dict[str, Any]:
    """The contents of a TOML file (UTF-8). Errors: `FileError` with file and line."""
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror}); give a TOML file") from None
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise FileError(f"{path}: {error}; this is not valid TOML") from None


def from_table(kind: type[T], table: Any, where: str) -> T:
    """`table` as a checked object of `kind`. Errors: `FileError`, one line a wrong field below `where`."""
    try:
        return pydantic.TypeAdapter(kind).validate_python(table)
    except pydantic.ValidationError as error:
        raise FileError("\n".join(problems(error, where, kind))) from None


def write_text(path: str | Path, text: str) -> None:
    """Write `text` (UTF-8) beside `path` and rename it into place, so that nothing is ever half-written."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(aside).chmod(0o644)
        Path(aside).replace(target)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
