"""Trials about friends: what customers tell, whom they bring, and what a new customer costs (C01, C04 to C06)."""

import dataclasses
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from simulator.clock import YEAR_WEEKS, Floats
from simulator.customers import born_at
from simulator.engine import go_on, simulate
from simulator.evidence import presets
from simulator.parameters import replaced
from simulator.practices import ComplaintRecovery, ReferralAsks
from simulator.run import Run
from simulator.store import Store
from simulator.trials.failures import answered
from simulator.trials.trial import Trial, believable_range, inside, of_practice, per_cent, three_digits, turn
from simulator.trials.value import good_tales
from simulator.twins import history_of

_DEARER = 5.0  # times; claim C01 at the least
_CONTENTED, _DISCONTENTED = 4.0, 14.5  # claim C04: people told
_BRINGS = 4  # claim C05
_HALF = 0.5  # claim C06
_YEARS = 5
_CROWD = 1000  # newcomers who are followed
_BEST = "with everybody asked and every other response at its favourable end"
_EVERYBODY: dict[str, Any] = {"ask_when": "at random", "ask_share": 1.0, "least_visits": 1}


def best_asks() -> ReferralAsks:
    """Everybody is asked at every visit, twice a year at most, and every response is at its favourable end.

    >>> best_asks().ask_when, best_asks().would_have_come_share
    ('at random', 0.0)
    """
    return dataclasses.replace(presets(ReferralAsks)["optimistic"].practice, **_EVERYBODY)


def _ways(best: ReferralAsks) -> dict[str, ReferralAsks]:
    return {"as in the ledger": ReferralAsks(), "everybody asked": ReferralAsks(**_EVERYBODY),
            "best responses": presets(ReferralAsks)["optimistic"].practice, "both": best}  # fmt: skip


class Asked(NamedTuple):
    """What asking does in five years, per new customer: asks, names given, new customers brought."""

    asks: float
    names: float
    brought: float


def asked(store: Store, seed: int, rules: ReferralAsks) -> Asked:
    """Asks, names and expected new customers brought, per new customer in five years, with hours to spare.

    The names are counted in a run whose friends stay away; whom they would bring is then exact, without luck.
    """
    alone = replaced(store, {"arrivals.history_weeks": 0, "arrivals.new_customers_per_week": 0.0,
                             "arrivals.index_before_week_0": (), "desks.hours_per_week": 1000.0})  # fmt: skip
    crowd = born_at(alone, seed, np.linspace(0, 26, _CROWD))
    nobody_comes = dataclasses.replace(rules, would_have_come_share=1.0)
    world = simulate(alone, [nobody_comes], seed=seed, weeks=_YEARS * YEAR_WEEKS, customers=crowd)
    asks = world.records["asks"]
    names = asks.groupby("customer_id")["names_given"].sum().to_numpy()
    return Asked(len(asks) / _CROWD, names.sum() / _CROWD, brought_by_names(rules, names).sum() / _CROWD)


def brought_by_names(rules: ReferralAsks, names: Floats) -> Floats:
    """Expected new customers whom so many names of one customer bring: each next name is worth less.

    >>> brought_by_names(ReferralAsks(), np.array([0, 1, 2])).round(3).tolist()
    [0.0, 0.2, 0.34]
    """
    ratio, first = rules.next_name_ratio, rules.name_becomes_share * (1 - rules.would_have_come_share)
    first *= rules.writes_first_ratio if rules.friend_writes_first else 1.0
    return np.asarray(first * (names if ratio == 1 else (1 - ratio**names) / (1 - ratio)))


# --- C01 ---


def new_against_kept(store: Store, seed: int, rules: ReferralAsks | None = None) -> Trial:
    """C01: what does a customer brought by asking for friends cost, against one kept by answering a complaint?

    It holds, in direction, if it costs more. One way of winning and one of keeping, without their fixed costs; other
    ways cost something else.
    """
    rules = rules or ReferralAsks()
    found, hour = asked(store, seed, rules), store.desks.wage_per_hour
    asking = (found.asks * rules.ask_minutes + found.names * rules.contact_minutes) / 60 * hour
    tries = np.array([[asking, found.brought], _kept_by_answers(store, ComplaintRecovery())])
    money, customers = tries.T
    brought, kept = (float(each) for each in np.divide(money, customers, out=np.full(2, np.inf), where=customers > 0))
    table = pd.DataFrame({"customer": ["brought, by asks in 5 years", "kept, by an answered complaint"],
                          f"cost of that, {store.currency}": money.round(1), "customers by it": customers.round(3),
                          f"cost of a customer, {store.currency}": np.round([brought, kept])})  # fmt: skip
    ratio = brought / max(kept, 1e-9)
    says = (f"A customer brought by asking for friends costs {store.currency}{brought:,.0f}, one kept by an answered "
            f"complaint {store.currency}{kept:,.0f}: winning costs {ratio:.2f} times what keeping does.")  # fmt: skip
    once, dearer = (_minutes_a_name(found, rules, times * kept, hour) for times in (1, _DEARER))
    then = f"from there winning costs more than keeping; {_DEARER:g} times as much it would from {dearer:.0f}"
    end = of_practice(rules, "contact_minutes", inside(once, 0, 240), then)
    return Trial(table, says, ratio > 1, *end)


def _minutes_a_name(found: Asked, rules: ReferralAsks, cost: float, hour: float) -> float:
    """Minutes of work a name at which a customer brought costs `cost` (currency)."""
    if not hour * found.names:
        return float("nan")
    return (cost * found.brought / hour * 60 - found.asks * rules.ask_minutes) / found.names


def _kept_by_answers(store: Store, recovery: ComplaintRecovery) -> tuple[float, float]:
    """Cost of an answer that comes at once (currency), and customers it keeps."""
    _, today, well, badly = answered(store, recovery)
    good, poor = recovery.good_answer_share, 1 - recovery.good_answer_share
    money = (
        recovery.compensation_share * store.spend.mean + poor * recovery.escalation_share * recovery.public_case_cost
    )
    cost = recovery.answer_minutes / 60 * store.desks.wage_per_hour + money
    return cost, good * (today - well) + poor * (today - badly)


# --- C04 ---


def tales_by_visit(store: Store, seed: int) -> Trial:
    """C04: is a bad visit told 14.5 times for 4 times that a very good one is?

    >>> tales_by_visit(Store(), seed=0).turns_at
    0.11
    """
    bad, delighted, fine = store.service.to_others_share, store.talk.delighted_told_share, store.talk.fine_told_share
    well, path = good_tales(store), "talk.delighted_told_share"
    told = np.array([bad, delighted, fine, well])
    rows = ["that failed", "that delighted", "between", "that went well, delighted or not"]
    ratios = np.divide(bad, told, out=np.full(4, np.inf), where=told > 0)
    table = pd.DataFrame({"visits": rows, "told to others, share": told.round(3),
                          "bad tales to one of these, ratio": ratios.round(1)})  # fmt: skip
    says = (f"{per_cent(bad)} of failed visits are told, {per_cent(delighted)} of those that delighted: "
            f"{ratios[1]:.1f} to 1; against all visits that went well it is {ratios[3]:.1f} to 1.")  # fmt: skip
    claimed = _DISCONTENTED / _CONTENTED
    then = f"up to there a bad visit is told {claimed:.1f} times as often as one that delighted, as claimed"
    end = turn(store, path, inside(bad / claimed, 0, 1), then)
    return Trial(table, says, bool(bad >= claimed * delighted), *end)


# --- C05 ---


def friends_of_friends(store: Store, seed: int, best: ReferralAsks | None = None) -> Trial:
    """C05: if each brings 4 there is no end; how many does a customer bring, and where does growth without end begin?

    `best`: the last row's way of asking, whose turn is looked for; default `best_asks`.
    """
    best = best or best_asks()
    found = {name: asked(store, seed, rules) for name, rules in _ways(best).items()}
    brought = np.array([each.brought for each in found.values()] + [_BRINGS])
    ends = np.divide(1.0, 1 - brought, out=np.full(len(brought), np.inf), where=brought < 1)
    table = pd.DataFrame({"way of asking": [*found, "as claimed"],
                          "asks a customer in 5 years": [*(round(each.asks, 2) for each in found.values()), np.nan],
                          "new customers brought by one": brought.round(2),
                          "customers one becomes in the end": ends.round(2)})  # fmt: skip
    says = (f"If each brought {_BRINGS}, one would be {_BRINGS**5:,} in the fifth round and {_BRINGS**15:,} in the "
            f"fifteenth; asked as in the ledger one brings {brought[0]:.2f} in {_YEARS} years, at the most favourable "
            f"{brought[3]:.2f}.")  # fmt: skip
    at = inside(best.name_becomes_share / brought[3], 0, 1) if brought[3] else None
    then = f"{_BEST} each customer brings one who brings one, without end"
    nowhere = f"{_BEST} and every name a customer one brings {brought[3] / max(best.name_becomes_share, 1e-9):.2f}"
    end = of_practice(best, "name_becomes_share", at, then, nowhere, now=_middle())
    return Trial(table, says, bool(brought[3] >= 1), *end)


# --- C06 ---


def half_of_orders(store: Store, seed: int, best: ReferralAsks | None = None) -> Trial:
    """C06: can half of all orders come from referred customers within five years?

    `best`: the way of asking whose turn is looked for; default `best_asks`. The store has at most three newcomers a
    week here, so that the run is short.
    """
    best, middle = best or best_asks(), ReferralAsks().name_becomes_share
    history = history_of(_few(store), _YEARS * YEAR_WEEKS, seed)
    shares = {name: _by_year(history, rules) for name, rules in _ways(best).items()}
    fewer = {middle: _by_year(history, dataclasses.replace(best, name_becomes_share=middle))}
    if fewer[middle][-1] >= _HALF:
        low, _ = believable_range(best, "name_becomes_share")
        fewer[low] = _by_year(history, dataclasses.replace(best, name_becomes_share=low))
    rows = shares | {f"both, but {per_cent(value)} of names become customers": each for value, each in fewer.items()}
    table = pd.DataFrame(rows, index=[f"year {year}, share of orders" for year in range(1, _YEARS + 1)]).T
    last = {value: float(each[-1]) for value, each in [*fewer.items(), (best.name_becomes_share, shares["both"])]}
    then = f"{_BEST} half is reached by year {_YEARS}"
    ends = per_cent(min(last.values())), per_cent(max(last.values()))
    nowhere = f"{_BEST} referred customers make {ends[0]} to {ends[1]} of orders in year {_YEARS}"
    end = of_practice(best, "name_becomes_share", _reaches(last, _HALF), then, nowhere, now=_middle())
    table = table.round(2).rename_axis("way of asking").reset_index()
    return Trial(table, _said(shares), bool(shares["both"][-1] >= _HALF), *end)


def _said(shares: dict[str, Floats]) -> str:
    ledger, everybody, best, both = (per_cent(each[-1]) for each in shares.values())
    reached = np.flatnonzero(shares["both"] >= _HALF)
    when = f"half is reached in year {reached[0] + 1}" if len(reached) else f"half is not reached in {_YEARS} years"
    return (f"In year {_YEARS} referred customers make {ledger} of orders as in the ledger, {everybody} if everybody "
            f"is asked, {best} if every response is at its favourable end, {both} with both: {when}.")  # fmt: skip


def _reaches(found: dict[float, float], level: float) -> float | None:
    """Where a rising curve through some points passes `level`, by straight lines; None if it does not.

    >>> _reaches({0.2: 0.4, 0.4: 0.6}, 0.5)
    0.3
    """
    at, height = (np.array(each) for each in zip(*sorted(found.items()), strict=True))
    return three_digits(float(np.interp(level, height, at))) if height[0] < level <= height[-1] else None


def _middle() -> str:
    return f"the ledger's middle is {ReferralAsks().name_becomes_share:g}"


def _few(store: Store) -> Store:
    """The store with at most three newcomers a week and one desk with its share of the hours."""
    part = min(1.0, 3.0 / max(store.arrivals.new_customers_per_week, 1e-9))
    hours = store.desks.count * store.desks.hours_per_week * part
    return replaced(store, {"arrivals.new_customers_per_week": part * store.arrivals.new_customers_per_week,
                            "desks.count": 1, "desks.hours_per_week": hours})  # fmt: skip


def _by_year(history: Run, rules: ReferralAsks) -> Floats:
    """Share of each year's orders that are made by customers whom referrals brought."""
    world = go_on(history, [rules], _YEARS * YEAR_WEEKS)
    friends = world.truth.customers.query("origin == 'referral'")["customer_id"]
    orders = world.orders[world.orders["week"] >= 0]
    by_year = orders["customer_id"].isin(friends).groupby((orders["week"] // YEAR_WEEKS).astype(int)).mean()
    return np.asarray(by_year.reindex(range(_YEARS)).fillna(0.0), dtype=np.float64)
