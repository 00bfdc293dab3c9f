"""Leaving: the chance at each visit, and thinking it over before one would have been back."""

from typing import Any

import numpy as np

from simulator import luck
from simulator.clock import Flags, Floats, Integers
from simulator.run import Round, Run

LEAVE = luck.purpose("visit.leave")


def leave(run: Run, visits: Round) -> None:
    """Who is here for the last time; the others wait for their next visit."""
    visits.leave_chance = leaving_chance(run, visits)
    visits.leaves = _leaves(run, visits, run.uniform(visits, LEAVE))
    run.due[visits.rows] = np.where(visits.leaves, np.inf, visits.next_due)
    run.left_week[visits.rows[visits.leaves]] = visits.week[visits.leaves]


def _leaves(run: Run, visits: Round, u: Floats) -> Flags:
    may_leave = (visits.number > 0) | run.store.visits.first_visit_can_be_last
    return np.asarray((u < visits.leave_chance) & may_leave)


def leaving_chance(run: Run, visits: Round) -> Floats:
    """P(leave) at each visit: σ(η + burden − relief − Δ), and, where visits come faster, kept a visit or a week."""
    limit, kappa = run.store.response.credit_limit_log_odds, run.store.response.risk_follows_visits
    tie = limit * np.tanh(run.customers.response[visits.rows] * visits.credit / limit)
    odds = run.customers.base_log_odds[visits.rows] + visits.burden - visits.relief - tie
    chance = 1 / (1 + np.exp(-odds))
    if kappa < 1 and (visits.pace != 1).any():
        log_stays = -np.logaddexp(0.0, odds)  # log(1 − σ(odds)), also where leaving is all but certain
        kept_a_week = -np.expm1(log_stays * visits.pace ** (kappa - 1))
        chance = np.where(visits.pace == 1, chance, kept_a_week)
    return chance


def think_again(run: Run, visits: Any, which: Integers, relief: Floats, next_due: Floats) -> None:
    """Let the visits `which` of a round that was kept be thought over, with `relief` (log odds) more than there was.

    It comes out as if the relief had been foreseen at the visit: the same luck, another chance. Whoever then stays is
    due at `next_due` (buying time), which must lie ahead; whoever then leaves has left at that visit. Only for rounds
    of the run's own weeks, as many worlds may follow from one history, and for each customer's last visit.
    """
    rows = visits.rows[which].astype(np.int64)
    again = Round(rows, run.customers.keys[rows], visits.number[which], visits.week[which], visits.pace[which])
    again.burden, again.credit = visits.burden[which], visits.credit[which]
    again.relief = visits.relief[which] + relief
    again.leave_chance = leaving_chance(run, again)
    again.leaves = _leaves(run, again, luck.uniform(again.keys, again.number, LEAVE))
    changed = again.leaves != visits.leaves[which]
    run.due[rows[changed]] = np.where(again.leaves, np.inf, next_due)[changed]
    run.left_week[rows[changed]] = np.where(again.leaves, again.week, np.nan)[changed]
    for name in ("relief", "leave_chance", "leaves"):
        getattr(visits, name)[which] = getattr(again, name)
