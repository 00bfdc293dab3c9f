"""The report for a client: one HTML page that stands alone and prints; its tables and figures as files beside it."""

import dataclasses
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from simulator import folders, ignorance, plots
from simulator.adapt import Adapted, answers, by_leaving, in_draws, kept_fixed
from simulator.amounts import Amount, in_other_money
from simulator.client import Client
from simulator.client_warnings import warnings
from simulator.parameters import describe
from simulator.practices import Practice
from simulator.report import (
    Figures,
    assumption_rows,
    fit_tables,
    log_tables,
    practices_in,
    render,
    section,
    version_of_package,
)
from simulator.sentences import loss_among, of_option, plain, quantity, span
from simulator.store import Store

_NO_ASSUMPTIONS = ("name", "week_0", "fit_notes", "already_runs", "leaving_share_stated")  # told elsewhere
_SHOWN = ("retention", "margin", "lifetime_value", "desk_hours")


def client_page(adapted: Adapted) -> tuple[str, dict[str, bytes]]:
    """The page, and its figures by file name (PNG and SVG). Sets the workbook's figure style."""
    draw, compared, store, fit = Figures(keep=True), adapted.comparison, adapted.store, adapted.fit
    tracking = draw(plots.tracking, fit.holdout) if fit.holdout is not None else ""
    margin = draw(plots.margin_gained, compared)
    value = draw(plots.uncertainties, compared, "margin", height=2.4 + 0.8 * len(compared.options))
    sections = [_section(adapted, option, draw, number) for number, option in enumerate(compared.options, start=1)]
    asked = answers(adapted)
    page = render(
        "client.html", adapted=adapted, store=store, fit=fit, log=adapted.log, plan=adapted.plan, case=adapted.case,
        version=version_of_package(), tracking=tracking, margin_figure=margin, value_figure=value, sections=sections,
        asked=asked, assumed=[row for row in asked if not row["stated"]],
        stated=[row for row in asked if row["stated"]], fixed=kept_fixed(adapted), draws=_draws(adapted),
        log_tables=log_tables(adapted.log), fit_tables=fit_tables(fit), overview=overview(adapted),
        store_rows=_told(adapted, store), practices=practices_in(compared, partial(_told, adapted)),
        weeks=adapted.plan.horizon.weeks,
        unidentified=not fit.dropout_identified, kept_rows=_rows(adapted, "kept"), lines=_rows(adapted, None),
        warnings=warnings(adapted), money=_money(adapted), capacity=_desk_hours(store, adapted.plan.horizon.weeks),
        mean_spend=quantity(store.spend.mean, "currency a customer", store.currency),
        runs_stated=any(row["field"] == "already_runs" and row["stated"] for row in asked),
        by_leaving=_by_leaving(adapted), leaving_stated=_shares(adapted),
        kept=[name for name in adapted.inputs if name in ("client.toml", "case/practices.toml")],
    )  # fmt: skip
    return page, draw.files


def _shares(adapted: Adapted) -> str:
    """The stated share who leave, or both."""
    shares = adapted.plan.leaving_shares or (adapted.store.visits.leaving_share,)
    return " to ".join(f"{100 * share:.1f} %" for share in sorted(set(shares)))


def _by_leaving(adapted: Adapted) -> dict[str, Any]:
    table, currency = by_leaving(adapted), adapted.store.currency
    if table.empty:
        return {}
    return {"shares": [f"{100 * share:.2g} % of visits are the last" for share in table.columns],
            "rows": [{"option": option, "texts": [quantity(value, "currency", currency, True) for value in row]}
                     for option, row in zip(table.index, table.to_numpy(), strict=True)]}  # fmt: skip


def _desk_hours(store: Store, weeks: int) -> float:
    return store.desks.count * store.desks.hours_per_week * weeks


def _money(adapted: Adapted) -> list[dict[str, Any]]:
    """Every amount of money in the options once, with the options it is in and who it is from."""
    found: dict[tuple[str, Amount, bool], list[str]] = {}
    for each in adapted.money:
        found.setdefault((each.practice, each.amount, each.unchanged), []).append(each.option)
    sign, every, case = adapted.store.currency, list(adapted.comparison.options), f"the case × {adapted.money_factor:g}"
    return [{"practice": practice, "path": amount.path, "help": amount.help, "value": amount.value,
             "unit": amount.unit.replace("currency", sign), "source": case if unchanged else "edited",
             "options": "all" if names == every else "; ".join(names)}
            for (practice, amount, unchanged), names in found.items()]  # fmt: skip


def _case_options(adapted: Adapted) -> Iterable[tuple[Practice, ...]]:
    return in_other_money(adapted.case.options, adapted.money_factor).values()


def _settings(practice: Practice, currency: str) -> str:
    """A practice in a line: its name, and what is set to something else than by default."""
    default = {each.path: each.value for each in describe(type(practice)())}
    told = [f"{each.path.replace('_', ' ')} {plain(each.value)} {each.unit.replace('currency', currency)}".strip()
            for each in describe(practice) if each.value != default[each.path]
            and not dataclasses.is_dataclass(each.value) and not _nested(each.value)]  # fmt: skip
    return f"{practice.name} ({'; '.join(told)})" if told else practice.name


def _nested(value: Any) -> bool:
    return isinstance(value, tuple) and any(dataclasses.is_dataclass(each) for each in value)


def _told(adapted: Adapted, owner: Store | Practice) -> list[dict[str, str]]:
    """The assumptions of a store or practice; what nobody of the client's has said or decided is called the case's."""
    rows, case = assumption_rows(owner), adapted.case.name
    stated = set(adapted.client.stated_places(Client.of(adapted.case.store)))
    ours = not isinstance(owner, Store) and all(owner not in each for each in _case_options(adapted))
    default = {each.path: plain(each.value) for each in describe(type(owner)())}
    rows = [row for row in rows if row["parameter"] not in _NO_ASSUMPTIONS]
    for row in rows:
        path = row["parameter"]
        if path in stated:
            row["source"] = "stated by the client"
        elif row["kind"] == "decision" or (row["kind"] != "fitted" and row["value"] != default.get(path)):
            whose = "case/practices.toml, edited" if ours else f"the case {case}, not the client"
            row["source"] = f"{whose}{'; ' + row['source'] if row['kind'] != 'decision' else ''}"
    return rows


def _section(adapted: Adapted, option: str, draw: Figures, number: int) -> dict[str, Any]:
    draw.part = f"option-{number}-"
    found = section(adapted.comparison, option, draw, adapted.swings.get(option))
    rows = {row["measure"]: row for row in found["measures"]}
    about = "; ".join(_settings(each, adapted.store.currency) for each in adapted.comparison.options[option])
    return found | {"about": about, "shown": [rows[name] for name in _SHOWN]}


def _draws(adapted: Adapted) -> int:
    return in_draws(adapted.comparison)


def _rows(adapted: Adapted, fate: str | None) -> int:
    report = adapted.log.report
    if "rows" not in report:  # a log that was made, not read
        return len(adapted.log.orders)
    return int(report["rows"].sum() if fate is None else report.loc[report["fate"] == fate, "rows"].sum())


def overview(adapted: Adapted) -> list[dict[str, str]]:
    """A row an option as texts: option, what it changes of retention, margin and lifetime value, chance of a loss."""
    compared, currency = adapted.comparison, adapted.store.currency
    loss, found = compared.chance_of_loss(), []
    for option in compared.options:
        rows = {row["measure"]: row for row in of_option(compared.measures, option)}
        texts = {name: quantity(rows[name]["difference"], rows[name]["unit"], currency, True) for name in _SHOWN}
        sure = "ignorance" if _draws(adapted) else "luck"
        low, high = (rows["margin"][f"{sure}_{end}"] for end in ("low", "high"))
        found.append({"option": option, **texts, "margin_span": span(low, high, "currency", currency),
                      "loss": loss_among(compared, float(loss[option]), short=True)})  # fmt: skip
    return found


def client_tables(adapted: Adapted) -> dict[str, str]:
    """The report's tables as CSV texts by file name, with a README.txt that lists their columns."""
    compared, log = adapted.comparison, adapted.log
    titles = fit_tables(adapted.fit)
    tables = {"lines": log.report, "columns": log.columns,
              **{_file_name(title): table for title, table in titles.items()},
              "answers": _as_texts(answers(adapted)), "kept_fixed": pd.DataFrame(kept_fixed(adapted)),
              "money": pd.DataFrame(_money(adapted)),
              "chance_of_loss": compared.chance_of_loss().rename_axis("option").reset_index()}  # fmt: skip
    if adapted.fit.holdout is not None:
        tables["holdout"] = adapted.fit.holdout
    if compared.ignorance is not None:
        tables["drivers"] = ignorance.drivers(compared, "margin")
    ours = folders.comparison_files(compared, adapted.swings, adapted.draws)
    about = f"{adapted.store.name}: the case {adapted.case.name} adapted to {log.name}.\n"
    mine = folders.csv_files(about, {name: table for name, table in tables.items() if len(table.columns)})
    readme = mine["README.txt"] + "\n" + ours["README.txt"]
    return {name: text for name, text in {**ours, **mine}.items() if name.endswith(".csv")} | {"README.txt": readme}


def _file_name(title: str) -> str:
    return title.split(":")[0].lower().replace(" ", "_")


def _as_texts(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame([row | {"value": plain(row["value"])} for row in rows])


def report_files(adapted: Adapted) -> Mapping[str, bytes]:
    """The report, its tables and its figures by path below the folder of the adaptation."""
    page, figures = client_page(adapted)
    files = {"report.html": page.encode()}
    files |= {f"tables/{name}": text.encode() for name, text in client_tables(adapted).items()}
    return files | {Path("figures", name).as_posix(): image for name, image in figures.items()}
