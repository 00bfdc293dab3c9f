"""Order logs for tests: made ones whose truth is known, a large one, CDNOW's sample; and workbooks made by hand."""

import datetime
import io
import os
import zipfile
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
import pytest

from simulator.calibration import Fit, fit
from simulator.clock import SeasonClock
from simulator.orders import OrderLog, read_orders
from simulator.store import Visits

CDNOW_CUT = datetime.date(1997, 9, 30)
END = datetime.date(2024, 12, 29)  # a Sunday: week 0 is the next day


def wholesaler() -> Path:
    """The wholesaler's log, if it is beside the repository; else the test is skipped."""
    beside = Path(__file__).parents[1] / "shared/data/online_retail_lines.csv.gz"
    path = Path(os.environ.get("LOYALTY_WHOLESALER_LOG", beside))
    if not path.exists():
        pytest.skip(f"the wholesaler's log is not at {path}; say where with LOYALTY_WHOLESALER_LOG")
    return path


def log_of(orders: pd.DataFrame, name: str = "made.csv") -> OrderLog:
    """An order log without the reading."""
    tidy = orders.assign(order_id=[str(i) for i in range(len(orders))])
    return OrderLog(name, tidy, pd.DataFrame(), pd.DataFrame(), (), len(tidy), True)


def made_log(
    visits: Visits, customers: int, weeks: int, *, clock: SeasonClock | None = None, seed: int = 0, before: int = 0
) -> OrderLog:
    """Orders of customers first seen evenly over `weeks` (and over `before` weeks that the log does not show)."""
    rng, clock = np.random.default_rng(seed), clock or SeasonClock()
    born = rng.uniform(-weeks - before, 0, customers)
    rate = rng.gamma(visits.r, 1 / visits.alpha_weeks, customers)
    p = rng.beta(visits.a, visits.b, customers)
    life = rng.geometric(np.maximum(p, 1e-12)) + (not visits.first_visit_can_be_last)  # visits in a life, the first too
    who, when = [], []
    for i in range(customers):
        most = int(min(life[i], 30 + 3 * rate[i] * (weeks + before)))
        gaps = rng.exponential(1 / max(rate[i], 1e-9), most - 1)
        calendar = np.append(born[i], clock.calendar(clock.elapsed(born[i]) + gaps.cumsum()))
        calendar = calendar[(calendar < 0) & (calendar >= -weeks)]
        who += [f"c{i:05d}"] * len(calendar)
        when.append(calendar)
    days = pd.Timestamp(END) + pd.Timedelta(days=1) + pd.to_timedelta(np.concatenate(when) * 7, unit="D")
    amounts = np.random.default_rng(seed + 1).gamma(5.0, 10.0, len(who))
    frame = pd.DataFrame({"customer_id": who, "time": days, "amount": amounts})
    return log_of(frame.sort_values(["customer_id", "time"], ignore_index=True))


@pytest.fixture(scope="module")
def cdnow(tmp_path_factory) -> OrderLog:
    datasets = pytest.importorskip("lifetimes.datasets", reason="lifetimes (extra `test`) is not installed")
    raw = Path(datasets.__file__).parent / "CDNOW_sample.txt"
    rows = [line.split() for line in raw.read_text().splitlines() if line.strip()]
    path = tmp_path_factory.mktemp("cdnow") / "cdnow.csv"
    path.write_text("customer,date,amount\n" + "".join(f"{row[1]},{row[2]},{row[4]}\n" for row in rows))
    return read_orders(path)


@pytest.fixture(scope="module")
def cdnow_fit(cdnow) -> Fit:
    return fit(cdnow, end=CDNOW_CUT, bootstrap=40)


@pytest.fixture(scope="module")
def nobody_leaves() -> OrderLog:
    return made_log(Visits(r=1.0, alpha_weeks=10.0, a=1e-9, b=1.0, first_visit_can_be_last=True), 1500, 45, seed=6)


@pytest.fixture(scope="module")
def nobody_fit(nobody_leaves) -> Fit:
    return fit(nobody_leaves, bootstrap=2)


def large_log(path: Path, customers: int = 220_000, weeks: int = 104, seed: int = 0) -> Path:
    """A CSV file of about 4.6 orders a customer (the default: a million in all), to the second, in no order.

    For measuring: `/usr/bin/time -v loyalty fit FILE` after `python -c "from logs import *; large_log(Path('FILE'))"`.
    """
    rng = np.random.default_rng(seed)
    rate, leaving = rng.gamma(0.9, 1 / 7, customers), rng.beta(0.6, 3.6, customers)
    visits = np.minimum(rng.geometric(np.maximum(leaving, 1e-9)), 400)
    who, first = np.repeat(np.arange(customers), visits), visits.cumsum() - visits
    gaps = rng.exponential(1.0, len(who)) / rate[who]
    gaps[first] = 0.0
    waited = gaps.cumsum()
    week = waited - np.repeat(waited[first], visits) + rng.uniform(-weeks, 0, customers)[who]
    who, week = who[week < 0], week[week < 0]
    time = pd.Timestamp(END) + pd.to_timedelta((week * 7 * 86_400).astype(np.int64), unit="s")
    frame = pd.DataFrame({"order_id": np.arange(len(who)) + 10_000_000, "customer_id": [f"C{each}" for each in who],
                          "order_date": time.strftime("%Y-%m-%d %H:%M:%S"),
                          "amount": rng.gamma(6.0, rng.gamma(4.0, 5.0, customers)[who] / 3).round(2)})  # fmt: skip
    frame.sample(frac=1, random_state=seed).to_csv(path, index=False)
    return path


_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_SHEET = f"<worksheet {_MAIN}><sheetData>{{}}</sheetData></worksheet>"
_STYLES = (
    f'<styleSheet {_MAIN}><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs>'
    "</styleSheet>"
)
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'


def workbook(sheets: dict[str, list[list[Any]]], **parts: str) -> bytes:
    """An .xlsx file by hand: text, numbers, dates, None; ("=A1+1", 3) is a formula and its stored value (None: none).

    A cell that begins with "<c" is put in as it is. `parts`: contents in place of those made, by last name.
    """
    names = [f"sheet{number}" for number in range(1, len(sheets) + 1)]
    made = {"[Content_Types].xml": _TYPES, "xl/styles.xml": _STYLES,
            "_rels/.rels": _RELATIONS.format(
                f'<Relationship Id="r0" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'),
            "xl/workbook.xml": _book(list(sheets)),
            "xl/_rels/workbook.xml.rels": _RELATIONS.format("".join(
                f'<Relationship Id="r{at}" Type="{_OFFICE}/worksheet" Target="worksheets/{name}.xml"/>'
                for at, name in enumerate(names, start=1)))}  # fmt: skip
    for name, rows in zip(names, sheets.values(), strict=True):
        made[f"xl/worksheets/{name}.xml"] = _SHEET.format("".join(
            f'<row r="{at}">{"".join(_cell(cell, column, at) for column, cell in enumerate(row))}</row>'
            for at, row in enumerate(rows, start=1)))  # fmt: skip
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for path, text in made.items():
            file.writestr(path, parts.get(Path(path).stem, text))
    return packed.getvalue()


def _book(names: list[str]) -> str:
    listed = "".join(f'<sheet name="{name}" sheetId="{at}" r:id="r{at}"/>' for at, name in enumerate(names, start=1))
    return (f'<workbook {_MAIN} xmlns:r="{_OFFICE}">'
            f"<sheets>{listed}</sheets></workbook>")  # fmt: skip


def _cell(cell: Any, column: int, row: int) -> str:
    at = f"{chr(ord('A') + column)}{row}"
    if cell is None:
        return ""
    if isinstance(cell, tuple):
        value = "" if cell[1] is None else f"<v>{cell[1]}</v>"
        return f'<c r="{at}"><f>{escape(cell[0].removeprefix("="))}</f>{value}</c>'
    if isinstance(cell, datetime.datetime):
        return f'<c r="{at}" s="1"><v>{(cell - datetime.datetime(1899, 12, 30)) / datetime.timedelta(days=1)!r}</v></c>'
    if isinstance(cell, str):
        return cell if cell.startswith("<c") else f'<c r="{at}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
    return f'<c r="{at}"><v>{cell!r}</v></c>'
