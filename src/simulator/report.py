"""Reports for people: HTML pages that stand alone (no scripts, figures inside), and the words and numbers in them."""

import base64
import dataclasses
import importlib.metadata
import io
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from simulator import closed_forms, ignorance, plots
from simulator.calibration import Fit
from simulator.causes import CAUSES
from simulator.evidence import assumptions
from simulator.measures import SEEN_BY_SHOP
from simulator.options import LABELS
from simulator.orders import OrderLog
from simulator.parameters import FileError, describe, write_text
from simulator.practices import Practice
from simulator.store import Store
from simulator.twins import Comparison

_NONE, _MINUS = "–", "−"


def quantity(value: float, unit: str, currency: str = "", change: bool = False) -> str:
    """A number with its unit, rounded for reading; `change`: with its sign, shares in percentage points (pp).

    >>> quantity(-1234.5, "currency", "¥"), quantity(0.0123, "share of need", change=True), quantity(12.0, "orders")
    ('−¥1,234', '+1.23 pp', '12')
    """
    if not math.isfinite(value):
        return _NONE
    size = abs(value)
    if unit.startswith(("share", "growth")):
        text = f"{100 * size:.{2 if change else 1}f} {'pp' if change else '%'}"
    elif unit.startswith("currency"):
        text = currency + f"{size:,.{0 if size >= 1000 or unit != 'currency a customer' else 2}f}"
    else:
        text = f"{size:,.{0 if size >= 100 or size == int(size) else 1 if size >= 10 else 2}f}"
    if not any(digit in text for digit in "123456789"):
        return text
    return (_MINUS if value < 0 else "+" if change else "") + text


def span(low: float, high: float, unit: str, currency: str = "") -> str:
    """A range of changes: "−¥12 … +¥5"; a dash where there is none."""
    if not math.isfinite(low):
        return _NONE
    return f"{quantity(low, unit, currency, True)} … {quantity(high, unit, currency, True)}"


def plain(value: Any) -> str:
    """A value as text for a table's cell: long lists by their length and range, what is missing as nothing.

    >>> plain(0.1), plain(True), plain((0.5,) * 51 + (2.0,))
    ('0.1', 'yes', '52 numbers, 0.5 to 2')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:,.1f}" if abs(value) >= 1e4 else f"{value:,.5g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, tuple):
        if len(value) > 12:
            return f"{len(value)} numbers, {min(value):g} to {max(value):g}"
        return ", ".join(plain(each) for each in value) or "none"
    return str(value)


def measure_rows(comparison: Comparison, option: str) -> list[dict[str, str]]:
    """The measures of an option as texts: label, unit, off, on, difference, mc, luck, ignorance, seen ("yes"/"no")."""
    return [_measure_row(row, comparison.store.currency) for row in _of(comparison.measures, option)]


def _measure_row(row: dict[str, Any], currency: str) -> dict[str, str]:
    unit = row["unit"]
    texts = {"measure": row["measure"], "label": LABELS[row["measure"]], "unit": unit.replace("currency", currency),
             "seen": "yes" if row["measure"] in SEEN_BY_SHOP else "no"}  # fmt: skip
    texts |= {name: quantity(row[name], unit, currency) for name in ("off", "on")}
    texts["difference"] = quantity(row["difference"], unit, currency, True)
    for kind in ("mc", "luck", "ignorance"):
        low, high = (row.get(f"{kind}_{end}", math.nan) for end in ("low", "high"))
        texts[kind] = span(low, high, unit, currency)
    return texts


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _of(table: pd.DataFrame, option: str) -> list[dict[str, Any]]:
    return _records(table[table["option"] == option])


def verdict(comparison: Comparison, option: str) -> str:
    """One word or two on the margin: "gains", "loses", "changes nothing" or "cannot be told apart from zero"."""
    row = _row(comparison, option, "margin")
    if row["mc_low"] > 0:
        return "gains"
    if row["mc_high"] < 0:
        return "loses"
    return "changes nothing" if row["mc_low"] == row["mc_high"] == 0 else "cannot be told apart from zero"


def _row(comparison: Comparison, option: str, measure: str) -> dict[str, Any]:
    return next(row for row in _of(comparison.measures, option) if row["measure"] == measure)


def headline(comparison: Comparison, option: str) -> list[str]:
    """What an option does, in sentences made of the numbers; the first one says whether it pays."""
    return [*_about_margin(comparison, option), _about_retention(comparison, option), *_about_cost(comparison, option)]


def _about_margin(comparison: Comparison, option: str) -> Iterator[str]:
    row, currency, weeks = _row(comparison, option, "margin"), comparison.store.currency, comparison.horizon.weeks
    change = quantity(row["difference"], "currency", currency, True)
    stores = f"over {weeks} weeks, mean of {comparison.replicates} stores of this kind"
    yield {
        "gains": f"It gains money: {change} of margin after all costs {stores}.",
        "loses": f"It loses money: {change} of margin after all costs {stores}.",
        "changes nothing": f"It changes nothing: margin after all costs is the same {stores}.",
        "cannot be told apart from zero": f"Its effect on margin cannot be told apart from zero: {change} {stores}, "
        f"95 % interval {span(row['mc_low'], row['mc_high'], 'currency', currency)}. More replicates would tell.",
    }[verdict(comparison, option)]
    if "ignorance_low" not in row:
        yield "Which way it comes out under other believable assumptions was not looked at: no draws were made."
        return
    low, high = row["ignorance_low"], row["ignorance_high"]
    way = "the sign stays the same" if row["difference"] * (low + high) > 0 else "it comes out the other way"
    way = "it can come out either way" if low <= 0 <= high else way
    yield f"Over the believable assumptions {way}: 90 % of the draws lie in {span(low, high, 'currency', currency)}."


def _about_retention(comparison: Comparison, option: str) -> str:
    row = _row(comparison, option, "retention")
    off, on = (quantity(row[name], row["unit"]) for name in ("off", "on"))
    change = quantity(row["difference"], row["unit"], change=True)
    sure = "" if row["mc_low"] > 0 or row["mc_high"] < 0 else ", which cannot be told apart from zero"
    return f"Retention goes from {off} to {on} ({change}{sure})."


def _about_cost(comparison: Comparison, option: str) -> Iterator[str]:
    currency, loss = comparison.store.currency, comparison.chance_of_loss()[option]
    if (returned := return_on_cost(comparison, option)) is not None:
        yield (f"Each {currency}1 of discounts and costs brought back {currency}{returned:.2f} of margin at list "
               "price; above 1 it pays.").replace(f"{currency}-", f"{_MINUS}{currency}")  # fmt: skip
    among = "the stores" if comparison.ignorance is None else "the draws of the assumptions"
    yield f"It loses money in {100 * loss:.0f} % of {among} that were run."


def return_on_cost(comparison: Comparison, option: str) -> float | None:
    """Margin at list price gained for each unit of discounts and costs; None where nothing was spent."""
    spent = sum(_row(comparison, option, name)["difference"] for name in ("discounts", "costs"))
    return float(comparison.return_on_cost()[option]) if spent > 0 else None


def misleading(comparison: Comparison, option: str) -> Iterator[str]:
    """A sentence on the estimate from the records that is farthest from the truth, among those that are shares."""
    table = comparison.naive[comparison.naive["option"] == option].dropna(subset=["naive", "truth"])
    table = table[table["unit"].str.startswith(("share", "growth"))]
    if table.empty:
        return
    row = table.loc[(table["naive"] - table["truth"]).abs().idxmax()]
    seen, true = (quantity(row[name], row["unit"], change=True) for name in ("naive", "truth"))
    yield f"The records mislead most here: {row['estimate']} ({row['unit']}) suggests {seen}, the truth is {true}."


def assumption_rows(owner: Store | Practice) -> list[dict[str, str]]:
    """Every parameter of a store or practice as texts: parameter, value, unit, range, kind, source, findings.

    A practice of one's own, which the ledger does not know, is shown with its bounds.
    """
    try:
        rows = _records(assumptions(owner))
    except FileError:
        return [{"parameter": each.path, "value": plain(each.value), "unit": each.unit, "range": each.bounds,
                 "kind": "not in the ledger", "source": "", "findings": ""} for each in describe(owner)]  # fmt: skip
    return [{"parameter": row["parameter"], "value": plain(row["value"]), "unit": row["unit"],
             "range": f"{row['low']:g} … {row['high']:g}" if math.isfinite(row["low"]) else _NONE,
             "kind": row["kind"], "source": row["source"], "findings": row["findings"]} for row in rows]  # fmt: skip


def _practices(comparison: Comparison) -> list[dict[str, Any]]:
    """Each different practice once, with the options it is in."""
    found: list[tuple[Practice, list[str]]] = []
    for option, practices in comparison.options.items():
        for practice in practices:
            names = next((names for known, names in found if known == practice), None)
            if names is None:
                found.append((practice, [option]))
            else:
                names.append(option)
    return [{"title": f"{practice.name} (in {', '.join(names)})", "rows": assumption_rows(practice)}
            for practice, names in found]  # fmt: skip


class _Figures:
    """Draws plots one after another on a single sheet and hands them out as text for a page."""

    def __init__(self) -> None:
        plots.use_style()
        # names and currencies may hold dollar signs
        plots.plt.rcParams["text.parse_math"] = False  # type: ignore[attr-defined]
        self.sheet: Any = None

    def __call__(self, draw: Callable[..., Any], *what: Any, height: float = 4.2, **how: Any) -> str:
        """The figure `draw` makes, as a PNG in base64; `height` in inches."""
        ax = draw(*what, **how, ax=None if self.sheet is None else self.sheet.subplots())
        self.sheet = ax.figure
        self.sheet.set_size_inches(8.5, height)
        image = io.BytesIO()
        self.sheet.savefig(image, format="png", dpi=110)
        self.sheet.clear()
        return base64.b64encode(image.getvalue()).decode("ascii")


def _section(comparison: Comparison, option: str, draw: _Figures) -> dict[str, Any]:
    """All that the page says about one option."""
    naive, causes = _of(comparison.naive, option), _of(comparison.causes, option)
    section: dict[str, Any] = {
        "name": option, "headline": headline(comparison, option), "measures": measure_rows(comparison, option),
        "misleading": list(misleading(comparison, option)), "naive": naive, "causes": causes, "meaning": CAUSES,
        "practices": ", ".join(each.name for each in comparison.options[option]),
        "causes_figure": draw(plots.causes, comparison, option),
        "still_figure": draw(plots.still_customers, comparison, option),
    }  # fmt: skip
    if naive:
        section["naive_figure"] = draw(plots.naive_against_truth, comparison, option, height=2.2 + 0.7 * len(naive))
    if comparison.ignorance is not None:
        section |= _drivers(comparison, option, draw)
    return section


def _drivers(comparison: Comparison, option: str, draw: _Figures) -> dict[str, Any]:
    """The assumptions that explain more of the spread over the draws than the luckiest of so many would by chance."""
    table = ignorance.drivers(comparison)
    table = table[table["option"] == option]
    top = table[table["clear"]].head(8)
    figure = draw(plots.drivers, top, height=1.4 + 0.7 * len(top)) if len(top) else ""
    return {"drivers": _records(top), "drivers_figure": figure, "tried": len(table)}


def comparison_page(comparison: Comparison) -> str:
    """The comparison as one HTML page: what was compared, what came out, how sure, what it rests on, how to repeat it.

    Sets the workbook's figure style (`plots.use_style`).
    """
    draw, store, options = _Figures(), comparison.store, list(comparison.options)
    draws = 0 if comparison.ignorance is None else comparison.ignorance["draw"].nunique()
    return _render(
        "comparison.html", comparison=comparison, store=store, draws=draws, version=_version(),
        sections=[_section(comparison, option, draw) for option in options],
        margin_figure=draw(plots.margin_gained, comparison),
        value_figure=draw(plots.uncertainties, comparison, height=2.4 + 0.8 * len(options)),
        leaving=closed_forms.leaving_table(store).items(),
        store_rows=assumption_rows(store), practices=_practices(comparison),
        mean_spend=quantity(store.spend.mean, "currency a customer", store.currency),
    )  # fmt: skip


def log_tables(log: OrderLog) -> dict[str, pd.DataFrame]:
    """What was read, by title: lines by reason, and columns."""
    return {f"Lines of {log.name}": log.report, "Columns": log.columns}


def fit_tables(fit: Fit) -> dict[str, pd.DataFrame]:
    """What was fitted, by title: both models of visits, spends, intervals where there are draws."""
    models = {"BG/NBD: nobody leaves at the first visit": fit.bg, "MBG/NBD: the first visit can be the last": fit.mbg}
    values = [{} if each.visits is None else dataclasses.asdict(each.visits) for each in models.values()]
    visits = pd.DataFrame(values, columns=["r", "alpha_weeks", "a", "b"], index=list(models), dtype=float)
    visits["log-likelihood"] = [each.log_likelihood for each in models.values()]
    visits.loc["nobody ever leaves", "log-likelihood"] = fit.no_dropout_log_likelihood
    tables = {"Models of visits": visits.reset_index(names="model")}
    if fit.spend is not None:
        spends = pd.DataFrame([dataclasses.asdict(fit.spend)]).drop(columns="gross_margin_share")
        tables["Spends"] = spends.assign(**{"mean a visit": fit.spend.mean})
    if not fit.bootstrap.empty:
        tables["Parameters: 90 % of the draws"] = fit.intervals().reset_index(names="parameter")
    return tables


def fit_page(fit: Fit, log: OrderLog, store: Store) -> str:
    """A fit as one HTML page: what was read, both models, the notes, and the holdout's figure if there is one."""
    tracking = None
    if fit.holdout is not None:
        tracking = _Figures()(plots.tracking, fit.holdout.assign(week=range(1, len(fit.holdout) + 1)))
    return _render("fit.html", fit=fit, log=log, store=store, tables=log_tables(log) | fit_tables(fit),
                   tracking=tracking, version=_version())  # fmt: skip


def _glued(text: str) -> str:
    """Signs stay with their numbers, and numbers with their units, where a browser breaks lines."""
    for sign in ("+", _MINUS):
        text = text.replace(sign, sign + "\u2060")
    return text.replace(" %", "\u00a0%").replace(" pp", "\u00a0pp")


def _version() -> str:
    return importlib.metadata.version("loyalty-workbook")


def _render(template: str, **values: Any) -> str:
    pages = jinja2.Environment(loader=jinja2.PackageLoader("simulator"), autoescape=True, trim_blocks=True,
                               lstrip_blocks=True, undefined=jinja2.StrictUndefined)  # fmt: skip
    pages.filters |= {"plain": plain, "quantity": quantity, "glued": _glued}
    return pages.get_template(template).render(**values)


def write_page(comparison: Comparison, path: str | Path) -> None:
    """Write the comparison's page to an HTML file (UTF-8), whole or not at all."""
    write_text(path, comparison_page(comparison))
