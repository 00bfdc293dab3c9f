"""A case adapted to a client: a store fitted to his order log, with his answers, and the case's options tried on it."""

import dataclasses
from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import Any

import pandas as pd

from simulator import fit_notes
from simulator.calibration import Fit, FitError, both_models, fit, stores_of_draws
from simulator.casebook import Case
from simulator.client import ASKED, Client
from simulator.evidence import Uncertain, uncertain
from simulator.ignorance import explore, ranges, swings_of_each
from simulator.measures import Horizon
from simulator.orders import OrderLog
from simulator.parameters import describe
from simulator.practices import Practice
from simulator.store import Store
from simulator.twins import Comparison, compare

MOST_HELD_OUT, LEAST_LOG_WEEKS = 26, 32  # weeks: held out unless told, the log's last quarter; of a log of at least


@dataclasses.dataclass(frozen=True)
class Plan:
    """How an adaptation is worked out. holdout_weeks: None for the log's last quarter, 0 for none.

    bootstrap: draws of the fit; None for as many as `draws`. leaving_share, first_visit_can_be_last, old_customers: as
    for `calibration.fit`.
    """

    replicates: int = 10
    draws: int = 16
    bootstrap: int | None = None
    holdout_weeks: int | None = None
    leaving_share: float | None = None
    first_visit_can_be_last: bool = True
    old_customers: str | int = "auto"
    seed: int = 0
    horizon: Horizon = dataclasses.field(default_factory=Horizon)
    processes: int = 1


@dataclasses.dataclass(frozen=True)
class Adapted:
    """What came out. swings: of each option that is a single practice. draws: those of the fit, or None.

    inputs: sha256 of each input file by name. command: what to type to repeat it.
    """

    log: OrderLog
    case: Case
    client: Client
    plan: Plan
    fit: Fit
    comparison: Comparison
    swings: Mapping[str, pd.DataFrame]
    draws: pd.DataFrame | None
    inputs: Mapping[str, str]
    command: str

    @property
    def store(self) -> Store:
        return self.comparison.store


def adapt(
    log: OrderLog, case: Case, client: Client | None = None, *,
    options: Mapping[str, tuple[Practice, ...]] | None = None, plan: Plan | None = None,
    inputs: Mapping[str, str] | None = None, command: str = "",
) -> Adapted:  # fmt: skip
    """Fit a store to `log` on the case's store and the client's answers, and compare the case's options on it.

    client: default the case's own numbers. options: default the case's. Errors: `FitError` for a log too thin, and
    where leaving is not identified and no share is assumed; `FileError` for answers that cannot be.
    """
    plan, client = plan or Plan(), client or Client.of(case.store)
    found = _fitted(log, client.into(case.store), plan)
    drawn = both_models(found) if len(found.bootstrap) else None
    if drawn is not None:
        told = fit_notes.about_draws(drawn, plan.leaving_share is not None)
        found = dataclasses.replace(found, notes=(*found.notes, told))
    store = _with_answers(found, client)
    compared = compare(store, options or case.options, replicates=plan.replicates, seed=plan.seed,
                       horizon=plan.horizon, processes=plan.processes)  # fmt: skip
    swings: dict[str, pd.DataFrame] = {}
    if plan.draws:
        stores = [] if drawn is None else stores_of_draws(store, drawn)
        how: dict[str, Any] = {"unconfirmed": _unconfirmed(store, case, client), "processes": plan.processes}
        compared = explore(compared, draws=plan.draws, stores=stores, **how)
        swings = swings_of_each(compared, **how)
    return Adapted(log, case, client, plan, found, compared, swings, drawn, dict(inputs or {}), command)


def _unconfirmed(store: Store, case: Case, client: Client) -> set[str]:
    """The store's doubtful numbers that nobody has stated for this client, whatever the case says of its own shop."""
    return {each.path for each in uncertain(store)} - set(client.stated_places(Client.of(case.store)))


def _with_answers(found: Fit, client: Client) -> Store:
    store = dataclasses.replace(found.store, name=client.name.strip() or found.name)
    if not client.new_customers_per_week:
        return store
    arrivals = dataclasses.replace(store.arrivals, new_customers_per_week=client.new_customers_per_week)
    return dataclasses.replace(store, arrivals=arrivals)


def _fitted(log: OrderLog, base: Store, plan: Plan) -> Fit:
    """The fit, its notes and errors in the words of the command."""
    how: dict[str, Any] = {
        "assumed_leaving_share": plan.leaving_share, "first_visit_can_be_last": plan.first_visit_can_be_last,
        "old_customers": plan.old_customers, "seed": plan.seed, "base": base,
        "bootstrap": plan.draws if plan.bootstrap is None else plan.bootstrap,
    }  # fmt: skip
    held_out = _default_holdout(log) if plan.holdout_weeks is None else plan.holdout_weeks
    try:
        found = fit(log, holdout_weeks=held_out or None, **how)
    except FitError as error:
        if plan.holdout_weeks is not None or "holdout_weeks" not in str(error):
            raise FitError(fit_notes.for_command(str(error))) from None
        found = fit(log, **how)  # the customers fitted came too late for weeks to be held out
    if found.visits is None:
        upper = found.leaving_share_upper
        raise FitError(f"{log.name}: leaving is not identified: the log is as likely if nobody ever leaves; at most "
                       f"{upper:.1%} of visits are the last (95 % upper limit). Nothing was written. State an "
                       f"assumption: --leaving-share X, X above 0 and up to {upper:.3f} agrees with the "
                       "log")  # fmt: skip
    return dataclasses.replace(found, notes=tuple(fit_notes.for_command(note) for note in found.notes))


def _default_holdout(log: OrderLog) -> int:
    weeks = (log.end - log.orders["time"].min().date()).days // 7
    return min(MOST_HELD_OUT, weeks // 4) if weeks >= LEAST_LOG_WEEKS else 0


def answers(adapted: Adapted) -> list[dict[str, Any]]:
    """What the log could not tell, a row each: field, help, value, unit, bounds, stated, source."""
    about = {each.path: each for each in describe(adapted.client)}
    stated = dict(adapted.client.stated(Client.of(adapted.case.store)))
    rows = [{"field": name, "help": about[name].help, "value": about[name].value, "unit": about[name].unit,
             "bounds": about[name].bounds, "stated": stated[name],
             "source": "client.toml" if stated[name] else _default_from(name, adapted.case)}
            for name in ASKED if name != "new_customers_per_week" or stated[name]]  # fmt: skip
    return [*rows, *_from_the_fit(adapted)]


def _default_from(name: str, case: Case) -> str:
    return "nobody was asked" if name == "already_runs" else f"the case {case.name}"


def _from_the_fit(adapted: Adapted) -> Iterator[dict[str, Any]]:
    """What a log mostly tells, and this one does not."""
    none = {"bounds": "", "stated": False}
    if adapted.plan.leaving_share is not None:
        yield {"field": "leaving_share", "help": "Mean chance that a visit is the last", "unit": "share of visits",
               "value": adapted.plan.leaving_share, "bounds": f"≤ {adapted.fit.leaving_share_upper:.3f} agrees",
               "stated": True, "source": "--leaving-share, in place of the log's"}  # fmt: skip
    if adapted.fit.spend is None:
        yield none | {"field": "spend", "help": "Mean spend a visit: the log has none that could be fitted",
                      "value": round(adapted.store.spend.mean, 2), "unit": "currency a visit",
                      "source": f"the case {adapted.case.name}"}  # fmt: skip
    for scheme in adapted.client.already_runs:
        yield none | {"field": "stopping it", "help": f"What stopping “{scheme}” would do", "value": "not known",
                      "unit": "", "source": "nobody: its effect is in the log, mixed with the rest"}  # fmt: skip


def kept_fixed(adapted: Adapted) -> list[dict[str, Any]]:
    """Doubtful numbers that were not drawn: stated by the client, part of an option, or off the believable range."""
    store = adapted.store
    drawn = {path for _, path in ranges(store, {}, _unconfirmed(store, adapted.case, adapted.client))}
    stated = set(adapted.client.stated_places(Client.of(adapted.case.store)))
    rows = [_fixed("store", store, each, "stated by the client" if each.path in stated else "set by the case")
            for each in uncertain(store) if each.path not in drawn]  # fmt: skip
    for option, practices in adapted.comparison.options.items():
        rows += [_fixed(practice.name, practice, each, f"part of the option “{option}”") for practice in practices
                 for each in uncertain(practice) if _is_set(practice, each.path)]  # fmt: skip
    return rows


def _is_set(owner: Any, path: str) -> bool:
    return bool(attrgetter(path)(owner) != attrgetter(path)(type(owner)()))


def _fixed(name: str, owner: Any, each: Uncertain, why: str) -> dict[str, Any]:
    return {"parameter": f"{name}: {each.path}", "value": attrgetter(each.path)(owner), "low": each.low,
            "high": each.high, "why": why}  # fmt: skip
