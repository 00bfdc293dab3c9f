"""What the tests of the ledger stand on: its classes and fields, its text, its presets."""

import dataclasses
import importlib.resources
import math

import pytest

from simulator.evidence import ledger, presets
from simulator.options import practice_classes
from simulator.practices import Layer, Tier
from simulator.store import Arrivals, Desks, Response, Service, Spend, Store, Visits, WordOfMouth

PRACTICES = tuple(practice_classes().values())
CLASSES = (Store, Visits, Spend, Arrivals, Service, WordOfMouth, Response, Desks, Tier, Layer, *PRACTICES)
OWNERS = {"store": Store()} | {practice.__name__: practice() for practice in PRACTICES}
NO_PAPER = {"practitioner text, unverified", "set by the shop", "read in the shop's books", "the shop's order log",
            "assumption of this project"}  # fmt: skip
FOLDER = importlib.resources.files("simulator") / "ledger"
TEXTS = {each.name: each.read_text(encoding="utf-8") for each in FOLDER.iterdir()}
FIELDS = ledger().fields
NOTES = " ".join(each.note for each in FIELDS.values())
PRESETS = [pytest.param(practice, name, id=f"{practice.__name__}.{name}")
           for practice in PRACTICES for name in presets(practice)]  # fmt: skip


def plain_fields():
    """Every field of the classes that is not itself made of checked objects: name in the ledger, class and name."""
    for owner in CLASSES:
        for each in dataclasses.fields(owner):
            default = owner.__pydantic_fields__[each.name].default
            inside = default[0] if isinstance(default, tuple) and default else default
            if not dataclasses.is_dataclass(inside):
                yield f"{owner.__name__}.{each.name}", (owner, each.name)


PLAIN = dict(plain_fields())


def default_of(key):
    owner, name = PLAIN[key]
    return owner.__pydantic_fields__[name].default


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def log_odds(share):
    return math.log(share / (1 - share))
