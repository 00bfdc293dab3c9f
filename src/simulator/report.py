"""Reports for people: HTML pages that stand alone (no scripts, figures inside)."""

import base64
import dataclasses
import importlib.metadata
import io
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from simulator import closed_forms, ignorance, plots
from simulator.calibration import Fit
from simulator.causes import CAUSES
from simulator.evidence import assumptions
from simulator.orders import OrderLog
from simulator.parameters import FileError, describe, write_text
from simulator.practices import Practice
from simulator.sentences import MINUS, headline, measure_rows, misleading, of_option, plain, quantity, records
from simulator.store import Store
from simulator.twins import Comparison

MOST_SWINGS = 8


def assumption_rows(owner: Store | Practice) -> list[dict[str, str]]:
    """Every parameter of a store or practice as texts: parameter, value, unit, range, kind, source, findings.

    A practice of one's own, which the ledger does not know, is shown with its bounds.
    """
    try:
        rows = records(assumptions(owner))
    except FileError:
        return [{"parameter": each.path, "value": plain(each.value), "unit": each.unit, "range": each.bounds,
                 "kind": "not in the ledger", "source": "", "findings": ""} for each in describe(owner)]  # fmt: skip
    return [{"parameter": row["parameter"], "value": plain(row["value"]), "unit": row["unit"],
             "range": f"{row['low']:g} … {row['high']:g}" if math.isfinite(row["low"]) else "–",
             "kind": row["kind"], "source": row["source"], "findings": row["findings"]} for row in rows]  # fmt: skip


def practices_in(
    comparison: Comparison, rows: Callable[[Practice], list[dict[str, str]]] = assumption_rows
) -> list[dict[str, Any]]:
    """Each different practice once, with the options it is in; `rows`: what is told of each."""
    found: list[tuple[Practice, list[str]]] = []
    for option, practices in comparison.options.items():
        for practice in practices:
            names = next((names for known, names in found if known == practice), None)
            if names is None:
                found.append((practice, [option]))
            else:
                names.append(option)
    return [{"title": f"{practice.name} (in {', '.join(names)})", "rows": rows(practice)}
            for practice, names in found]  # fmt: skip


class Figures:
    """Draws plots one after another on a single sheet and hands them out as text for a page.

    `keep`: also hold each, as PNG and SVG, in `files` by name: the plot's, after `part` if that is set.
    """

    def __init__(self, keep: bool = False) -> None:
        plots.use_style()
        self.sheet: Any = None
        self.keep, self.part, self.files = keep, "", dict[str, bytes]()

    def __call__(self, draw: Callable[..., Any], *what: Any, height: float = 4.2, **how: Any) -> str:
        """The figure `draw` makes, as a PNG in base64; `height` in inches."""
        ax = draw(*what, **how, ax=None if self.sheet is None else self.sheet.subplots())
        self.sheet = ax.figure
        plots.keep_apart(self.sheet)
        self.sheet.set_size_inches(8.5, height)
        image = self._saved("png", dpi=110)
        if self.keep:
            name = f"{self.part}{draw.__name__}"
            layout = self.sheet.get_layout_engine()
            self.sheet.set_layout_engine("none")  # it is laid out already
            self.files |= {f"{name}.png": image, f"{name}.svg": self._saved("svg", metadata={"Date": None})}
            self.sheet.set_layout_engine(layout)
        self.sheet.clear()
        return base64.b64encode(image).decode("ascii")

    def _saved(self, kind: str, **how: Any) -> bytes:
        image = io.BytesIO()
        self.sheet.savefig(image, format=kind, **how)
        return image.getvalue()


def section(comparison: Comparison, option: str, draw: Figures, swings: pd.DataFrame | None) -> dict[str, Any]:
    """All that the page says about one option."""
    naive, causes = of_option(comparison.naive, option), of_option(comparison.causes, option)
    found: dict[str, Any] = {
        "name": option, "headline": headline(comparison, option), "measures": measure_rows(comparison, option),
        "misleading": list(misleading(comparison, option)), "naive": naive, "causes": causes, "meaning": CAUSES,
        "practices": ", ".join(each.name for each in comparison.options[option]), "swings": None, "drivers": None,
        "causes_figure": draw(plots.causes, comparison, option),
        "still_figure": draw(plots.still_customers, comparison, option),
    }  # fmt: skip
    if naive:
        found["naive_figure"] = draw(plots.naive_against_truth, comparison, option, height=2.2 + 0.7 * len(naive))
    if swings is not None and len(swings):
        found |= _swings(swings, draw)
    if comparison.ignorance is not None:
        found |= _drivers(comparison, option, draw)
    return found


def _swings(table: pd.DataFrame, draw: Figures) -> dict[str, Any]:
    """The assumptions that move the difference most, one at a time, and how many move it not at all."""
    moving = table[table["at_low"] != table["at_high"]]
    top = moving.head(MOST_SWINGS)
    figure = draw(plots.swings, top, height=1.9 + 0.75 * len(top)) if len(top) else ""
    return {"swings": records(top), "swings_figure": figure, "in_play": len(table), "idle": len(table) - len(moving),
            "as_set": table["as_set"].iloc[0]}  # fmt: skip


def _drivers(comparison: Comparison, option: str, draw: Figures) -> dict[str, Any]:
    """The assumptions that explain more of the spread over the draws than the luckiest of so many would by chance."""
    table = ignorance.drivers(comparison, "margin")
    table = table[table["option"] == option]
    top = table[table["clear"]].head(MOST_SWINGS)
    figure = draw(plots.drivers, top, height=1.4 + 0.7 * len(top)) if len(top) else ""
    return {"drivers": records(top), "drivers_figure": figure, "tried": len(table)}


def comparison_page(
    comparison: Comparison, *, swings: Mapping[str, pd.DataFrame] | None = None, stores: Sequence[Store] = ()
) -> str:
    """The comparison as one HTML page: what was compared, what came out, how sure, what it rests on, how to repeat it.

    `swings`: from `ignorance.swings`, by option, for some of the options or none. `stores`: those that
    `ignorance.explore` was given. Sets the workbook's figure style (`plots.use_style`).
    """
    draw, store, options = Figures(), comparison.store, list(comparison.options)
    draws = 0 if comparison.ignorance is None else comparison.ignorance["draw"].nunique()
    kinds = [each.visits.first_visit_can_be_last for each in stores[:draws]]
    return render(
        "comparison.html", comparison=comparison, store=store, draws=draws, version=version_of_package(),
        fitted={"BG/NBD": kinds.count(False), "MBG/NBD": kinds.count(True)} if kinds else None,
        sections=[section(comparison, option, draw, (swings or {}).get(option)) for option in options],
        margin_figure=draw(plots.margin_gained, comparison),
        value_figure=draw(plots.uncertainties, comparison, "margin", height=2.4 + 0.8 * len(options)),
        leaving=closed_forms.leaving_table(store).items(),
        store_rows=assumption_rows(store), practices=practices_in(comparison),
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
        tracking = Figures()(plots.tracking, fit.holdout)
    return render("fit.html", fit=fit, log=log, store=store, tables=log_tables(log) | fit_tables(fit),
                   tracking=tracking, version=version_of_package())  # fmt: skip


def _glued(text: str) -> str:
    """Signs stay with their numbers, and numbers with their units, where a browser breaks lines."""
    for sign in ("+", MINUS):
        text = text.replace(sign, sign + "\u2060")
    return text.replace(" %", "\u00a0%").replace(" pp", "\u00a0pp")


def version_of_package() -> str:
    """The version of this workbook."""
    return importlib.metadata.version("loyalty-workbook")


def render(template: str, **values: Any) -> str:
    """A page from a template; every value is escaped."""
    pages = jinja2.Environment(loader=jinja2.PackageLoader("simulator"), autoescape=True, trim_blocks=True,
                               lstrip_blocks=True, undefined=jinja2.StrictUndefined)  # fmt: skip
    pages.filters |= {"plain": plain, "quantity": quantity, "glued": _glued}
    return pages.get_template(template).render(**values)


def write_page(comparison: Comparison, path: str | Path, **more: Any) -> None:
    """Write the comparison's page to an HTML file (UTF-8), whole or not at all; `more` as for `comparison_page`."""
    write_text(path, comparison_page(comparison, **more))
