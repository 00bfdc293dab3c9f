"""A case adapted to a client: a store fitted to his order log, with his answers, and the case's options tried on it."""

import dataclasses
from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import Any

import pandas as pd

from simulator import fit_notes
from simulator.amounts import Placed, in_other_money, placed
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
_HERE = {"are not in the log: they are the base store's.": "are not in the log: they stand in client.toml.",
         "the store keeps the spends of its base": "the store keeps the spends of the case"}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Plan:
    """How an adaptation is worked out. holdout_weeks: None for the log's last quarter, 0 for none.

    bootstrap: draws of the fit; None for as many as `draws`. leaving_shares: the mean chance that a visit is the last,
    stated in place of the log's; of two, the store has the middle and the draws take both in turn.
    first_visit_can_be_last, old_customers: as for `calibration.fit`. swings: whether each assumption is also tried
    alone at both ends of its range, most of the time it all takes.
    """

    replicates: int = 10
    draws: int = 16
    bootstrap: int | None = None
    holdout_weeks: int | None = None
    leaving_shares: tuple[float, ...] = ()
    first_visit_can_be_last: bool = True
    old_customers: str | int = "auto"
    seed: int = 0
    horizon: Horizon = dataclasses.field(default_factory=Horizon)
    processes: int = 1
    swings: bool = True

    @property
    def leaving_share(self) -> float | None:
        """The middle of what was stated."""
        return sum(self.leaving_shares) / len(self.leaving_shares) if self.leaving_shares else None


@dataclasses.dataclass(frozen=True)
class Adapted:
    """What came out. swings: of each option that is a single practice. draws: those of the fit, or None.

    inputs: sha256 of each input file by name. command: what to type to repeat it. money_factor: what the case's
    amounts of money are multiplied by; those of edited options are as edited.
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
    money_factor: float = 1.0

    @property
    def store(self) -> Store:
        return self.comparison.store

    @property
    def money(self) -> list[Placed]:
        """Every amount of money in the options, and whether it is the case's still."""
        return placed(self.comparison.options, in_other_money(self.case.options, self.money_factor))


def adapt(
    log: OrderLog, case: Case, client: Client | None = None, *,
    options: Mapping[str, tuple[Practice, ...]] | None = None, plan: Plan | None = None,
    inputs: Mapping[str, str] | None = None, command: str = "",
) -> Adapted:  # fmt: skip
    """Fit a store to `log` on the case's store and the client's answers, and compare the case's options on it.

    client: default the case's own numbers. options: default the case's, in the client's money. Errors: `FitError` for a
    log too thin, and where leaving is not identified and no share is assumed; `FileError` for answers that cannot be.
    """
    plan, client = plan or Plan(), client or Client.of(case.store)
    found = _fitted(log, client.into(case.store), plan)
    drawn = _draws_of_fit(log, found, plan)
    if drawn is not None:
        told = "tables/" + fit_notes.about_draws(drawn, plan.leaving_share is not None)
        found = dataclasses.replace(found, notes=(*found.notes, told))
    store = _with_answers(found, client)
    factor = _money_factor(found, case, client)
    tried = options or in_other_money(case.options, factor)
    compared = compare(store, tried, replicates=plan.replicates, seed=plan.seed, horizon=plan.horizon,
                       processes=plan.processes)  # fmt: skip
    swings: dict[str, pd.DataFrame] = {}
    if plan.draws:
        stores = [] if drawn is None else stores_of_draws(store, drawn)
        how: dict[str, Any] = {"unconfirmed": _unconfirmed(store, case, client), "processes": plan.processes}
        compared = explore(compared, draws=plan.draws, stores=stores, **how)
        swings = swings_of_each(compared, **how) if plan.swings else {}
    return Adapted(log, case, client, plan, found, compared, swings, drawn, dict(inputs or {}), command, factor)


def _money_factor(found: Fit, case: Case, client: Client) -> float:
    """What the case's amounts are multiplied by: as stated, or as the mean spends compare, to two digits."""
    if client.money_scale:
        return client.money_scale
    return 1.0 if found.spend is None else float(f"{found.spend.mean / case.store.spend.mean:.2g}")


def _unconfirmed(store: Store, case: Case, client: Client) -> set[str]:
    """The store's doubtful numbers that nobody has stated for this client, whatever the case says of its own shop."""
    return {each.path for each in uncertain(store)} - set(client.stated_places(Client.of(case.store)))


def _with_answers(found: Fit, client: Client) -> Store:
    store = dataclasses.replace(found.store, name=client.name.strip() or found.name)
    if not client.new_customers_per_week:
        return store
    arrivals = dataclasses.replace(store.arrivals, new_customers_per_week=client.new_customers_per_week)
    return dataclasses.replace(store, arrivals=arrivals)


def _draws_of_fit(log: OrderLog, found: Fit, plan: Plan) -> pd.DataFrame | None:
    """The fit's draws; where two shares who leave were stated, those of either in turn."""
    if found.bootstrap.empty:
        return None
    if len(set(plan.leaving_shares)) < 2:
        return both_models(found)
    ends = [both_models(fit(log, **_how(found.base, plan, share))) for share in plan.leaving_shares]
    return pd.concat(ends).sort_index(kind="stable").reset_index(drop=True)


def _how(base: Store, plan: Plan, share: float | None) -> dict[str, Any]:
    return {
        "assumed_leaving_share": share, "first_visit_can_be_last": plan.first_visit_can_be_last,
        "old_customers": plan.old_customers, "seed": plan.seed, "base": base,
        "bootstrap": plan.draws if plan.bootstrap is None else plan.bootstrap,
    }  # fmt: skip


def _fitted(log: OrderLog, base: Store, plan: Plan) -> Fit:
    """The fit, its notes and errors in the words of the command."""
    how = _how(base, plan, plan.leaving_share)
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
                       f"assumption: --leaving-share X, X above 0 and up to {upper:.3f} agrees with the log; better, "
                       f"the lowest and the highest that you believe, such as --leaving-share {upper / 4:.3f} "
                       f"--leaving-share {upper:.3f}")  # fmt: skip
    return dataclasses.replace(found, notes=tuple(_for_client(note, plan) for note in found.notes))


def _for_client(note: str, plan: Plan) -> str:
    """A note of the fit for whoever adapts: the command's options, and what stands in client.toml."""
    for before, after in _HERE.items():
        note = note.replace(before, after)
    if len(set(plan.leaving_shares)) > 1:
        both = " and ".join(map(str, plan.leaving_shares))
        note = note.replace(fit_notes.SAME_IN_DRAWS, f"The draws take {both} in turn.")
    return fit_notes.for_command(note)


def _default_holdout(log: OrderLog) -> int:
    weeks = (log.end - log.orders["time"].min().date()).days // 7
    return min(MOST_HELD_OUT, weeks // 4) if weeks >= LEAST_LOG_WEEKS else 0


def answers(adapted: Adapted) -> list[dict[str, Any]]:
    """What the log could not tell, a row each: field, help, value, unit, bounds, stated, source."""
    about = {each.path: each for each in describe(adapted.client)}
    stated = dict(adapted.client.stated(Client.of(adapted.case.store)))
    optional = ("new_customers_per_week", "money_scale")  # worked out from the log unless stated
    rows = [{"field": name, "help": about[name].help, "value": about[name].value, "unit": about[name].unit,
             "bounds": about[name].bounds, "stated": stated[name], "source": _source(name, stated[name], adapted)}
            for name in ASKED if name not in optional or stated[name]]  # fmt: skip
    return [*rows, *_from_the_fit(adapted)]


def _source(name: str, stated: bool, adapted: Adapted) -> str:
    if stated or name in adapted.client.estimated:
        return "client.toml" if stated else "client.toml, an estimate"
    return "nobody was asked" if name == "already_runs" else f"the case {adapted.case.name}"


def _from_the_fit(adapted: Adapted) -> Iterator[dict[str, Any]]:
    """What a log mostly tells, and this one does not."""
    none = {"bounds": "", "stated": False}
    if stated := adapted.plan.leaving_shares:
        yield {"field": "leaving_share", "help": "Mean chance that a visit is the last", "unit": "share of visits",
               "value": " to ".join(f"{share:g}" for share in stated), "stated": True,
               "bounds": f"≤ {adapted.fit.leaving_share_upper:.3f} agrees",
               "source": "--leaving-share, in place of the log's"}  # fmt: skip
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


def in_draws(comparison: Comparison) -> int:
    """How many draws of the assumptions a comparison holds."""
    return 0 if comparison.ignorance is None else int(comparison.ignorance["draw"].nunique())


def by_leaving(adapted: Adapted) -> pd.DataFrame:
    """Where two shares who leave were stated: each option's mean difference in margin over the draws of either.

    Index: option; a column for each share. Empty where one share or none was stated, or nothing was drawn.
    """
    table, shares = adapted.comparison.ignorance, adapted.plan.leaving_shares
    if table is None or len(set(shares)) < 2 or adapted.draws is None:
        return pd.DataFrame()
    margin = table[table["measure"] == "margin"]
    of = margin["draw"].map(lambda draw: shares[draw % len(shares)]).rename("share")
    table = margin.assign(share=of).pivot_table("difference", "option", "share", sort=False)
    return table.reindex(list(adapted.comparison.options))


def _is_set(owner: Any, path: str) -> bool:
    return bool(attrgetter(path)(owner) != attrgetter(path)(type(owner)()))


def _fixed(name: str, owner: Any, each: Uncertain, why: str) -> dict[str, Any]:
    return {"parameter": f"{name}: {each.path}", "value": attrgetter(each.path)(owner), "low": each.low,
            "high": each.high, "why": why}  # fmt: skip
