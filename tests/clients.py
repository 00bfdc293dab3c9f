"""A small client for tests: a log with ids, names and phones that nobody else may see, and a case to adapt."""

import dataclasses
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from worlds import small_store

from simulator.adapt import Adapted, Plan, adapt
from simulator.adapt_folder import Folder, write
from simulator.casebook import Case, load
from simulator.engine import simulate
from simulator.measures import Horizon
from simulator.options import options_to_toml
from simulator.orders import read_orders
from simulator.practices import ComplaintRecovery, VipScheme

EVIL = "<script>alert(1)</script>"
HORIZON = Horizon(weeks=10, window_weeks=5)
PLAN = Plan(replicates=2, draws=2, horizon=HORIZON)
QUICK = dataclasses.replace(PLAN, draws=0, holdout_weeks=0)
FEW = ["--weeks", 10, "--window-weeks", 5, "--replicates", 2, "--draws", 2, "--processes", 1]
NAMES = ("欧阳娜娜", "Zebedee O'Hara", "<i>Quintana</i>")
PHONES = ("=139001", "+8613912345678", "@13912345679")
NAME_COLUMN, PHONE_COLUMN = "Contact's full name", "Their mobile"


def client_log() -> pd.DataFrame:
    """Orders of a small simulated store, with names and phones."""
    log = simulate(small_store(name="log"), seed=3, weeks=44).order_log()
    number = log["customer_id"].astype(int) % 10_000
    log["customer_id"] = [f"VIP-王小明-{each:04d}" for each in number]
    log["order_id"] = [f"ORD-{each:06d}-x" for each in range(len(log))]
    log[NAME_COLUMN] = [NAMES[each % 3] for each in number]
    log[PHONE_COLUMN] = [f"{PHONES[each % 3]}{each}" for each in number]
    return log


@pytest.fixture(scope="session")
def personal() -> pd.DataFrame:
    return client_log()


@pytest.fixture(scope="session")
def orders(personal: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "订单 client.csv"
    personal.to_csv(path, index=False, encoding="utf-8")
    return path


@pytest.fixture
def case_folder(tmp_path: Path) -> Path:
    return make_case(tmp_path / "casebook" / "corner")


def make_case(folder: Path) -> Path:
    """A tiny case."""
    folder.mkdir(parents=True)
    (folder / "case.md").write_text("# The corner 街角\n\nWhat now?\n", encoding="utf-8")
    (folder / "teaching.md").write_text("# For teachers\n\nMargin: 12.\n", encoding="utf-8")
    small_store(name="Corner", already_runs=("the corner's own card",)).write(folder / "store.toml")
    options = {"=answer": [ComplaintRecovery()], "card": [VipScheme()]}
    (folder / "practices.toml").write_text(options_to_toml(options), encoding="utf-8")
    return folder


@pytest.fixture
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures take most of the time and are not what the test is about."""

    def blank(self: Any, draw: Any, *_what: Any, **_how: Any) -> str:
        self.files |= {f"{self.part}{draw.__name__}.png": b"PNG"}
        return "UE5H"

    monkeypatch.setattr("simulator.report.Figures.__call__", blank)


@pytest.fixture
def case(case_folder: Path) -> Case:
    return load(case_folder)


def secrets_of(log: pd.DataFrame) -> list[str]:
    """Every id, order number, name and phone of a log."""
    columns = ["customer_id", "order_id", NAME_COLUMN, PHONE_COLUMN]
    every = {str(each) for column in columns for each in log[column]}
    return sorted(every | {"王小明", "Quintana", "O'Hara", "O&#39;Hara"})


def found_in(folder: Path, secrets: list[str]) -> list[tuple[str, str]]:
    """Where a secret stands in a file below `folder`, in its bytes or its name."""
    sought = [(each, code) for each in secrets for code in {each.encode(), each.encode("utf-16-le")}]
    return [(path.name, each) for path in folder.rglob("*") if path.is_file()
            for data in [path.read_bytes()] for each, code in sought if code in data or each in path.name]  # fmt: skip


def adapted_into(
    out: Path, case: Case, orders: Path, plan: Plan = QUICK, force: bool = False
) -> tuple[Adapted, list[str]]:
    """The whole path from log to folder."""
    folder = Folder.at(out, case, orders, force)
    found = adapt(read_orders(orders), case, folder.client(case), options=folder.options(), plan=plan,
                  inputs=folder.inputs(case, orders), command="loyalty adapt …")  # fmt: skip
    return found, write(found, folder)


@pytest.fixture(scope="session")
def whole(orders: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Adapted, list[str]]:
    """An adaptation with all that belongs to one: its folder, what was found, and the files written."""
    place = tmp_path_factory.mktemp("whole")
    found, written = adapted_into(place / "out", load(make_case(place / "corner")), orders, PLAN)
    assert not list(place.glob(".adapt-*"))
    return place / "out", found, written


def page_of(out: Path) -> str:
    return (out / "report.html").read_text(encoding="utf-8")
