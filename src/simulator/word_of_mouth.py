"""Newcomers: how promises and talk make more or fewer come than were drawn with the store.

Today's newcomers include those whom today's promise and talk bring, so only what differs from today counts. More
newcomers are admitted, each with luck from a newcomer who was drawn; of fewer, each stays away by its own luck.
"""

import dataclasses
import functools

import numpy as np

from simulator import luck
from simulator.clock import YEAR_WEEKS, Flags, Floats, Integers
from simulator.customers import SILENT, TO_STAFF, TO_THIRD_PARTIES, TOLD_OTHERS, born
from simulator.run import Round, Run
from simulator.store import Service

VOICE = luck.purpose("visit.voice")
TELLS = luck.purpose("visit.tells")
COMES = luck.purpose("newcomer.comes")
EXTRA = luck.purpose("newcomer.extra")
WITHIN = luck.purpose("newcomer.within")

TALK = "word of mouth"
_NEVER = np.inf
_CODES = np.array([TO_STAFF, TO_THIRD_PARTIES, TOLD_OTHERS, SILENT])


def voices(service: Service, u: Floats) -> Integers:
    """Who is told of a failure (codes of `customers.VOICES`), by uniform numbers `u`."""
    return _CODES[np.searchsorted(_heard(service), u, side="right")]


@functools.lru_cache(maxsize=64)
def _heard(service: Service) -> Floats:
    return np.cumsum([service.to_staff_share, service.to_third_parties_share, service.to_others_share])


# --- talk: after each visit ---


def spread(run: Run, visits: Round) -> None:
    """Add to each desk's talk what these visits are told of beyond what they would have been told of today."""
    good, bad = tales(run, visits)
    rules = run.store.talk
    change = rules.first_visits_per_good_tale * good - rules.first_visits_lost_per_bad_tale * bad
    if change.any():
        desk = run.customers.desk[visits.rows]
        run.talk += np.bincount(desk, weights=change, minlength=len(run.talk))


def tales(run: Run, visits: Round) -> tuple[Floats, Floats]:
    """Good and bad tales of each visit less those the same visit would have made today: −1, 0 or 1."""
    today = visits.experience - visits.service + visits.expectation
    failed = today < visits.fails_below
    told = failed & (visits.if_failed == TOLD_OTHERS)
    u = run.uniform(visits, TELLS)
    bad = (visits.voice == TOLD_OTHERS).astype(np.float64) - told
    good = _told_as_good(run, visits.experience, visits.failed, u).astype(np.float64)
    return good - _told_as_good(run, today, failed, u), bad


def _told_as_good(run: Run, experience: Floats, failed: Flags, u: Floats) -> Flags:
    rules = run.store.talk
    share = np.where(experience >= rules.delighted_at, rules.delighted_told_share, rules.fine_told_share)
    return np.asarray((u < share) & ~failed)


# --- newcomers: as each week opens ---


def open_doors(run: Run, week: int) -> None:
    """Keep away or admit newcomers of the week where promises or talk make fewer or more of them."""
    factors = {TALK: _by_talk(run, week)}
    for cause, factor in (item for act in run.acts for item in act.arrivals.items()):
        factors[cause] = factors.get(cause, np.ones(len(run.talk))) * factor
    index: Floats = np.prod(list(factors.values()), axis=0)
    if (index == 1).all():
        return
    rows = _newcomers(run, week)
    u = luck.uniform(run.customers.keys[rows], 0, COMES)
    factor = index[run.customers.desk[rows]]
    run.due[rows[u >= factor]] = _NEVER
    more = np.floor(factor - u).astype(np.int64)  # below 1 visitor each: none; at 1.3, one more in three of ten cases
    strongest = np.argmax(list(factors.values()), axis=0)[run.customers.desk[rows]]
    for number, cause in enumerate(factors):
        _admit_more(run, np.repeat(rows, np.where(strongest == number, np.maximum(more, 0), 0)), week, cause)


def _by_talk(run: Run, week: int) -> Floats:
    """Newcomers of the week at each desk, as a ratio to those drawn, that follow from talk; what has come is spent."""
    arrivals, season = run.store.arrivals.new_customers_per_week, run.store.season
    mean = arrivals * (season[week % YEAR_WEEKS] if season else 1.0) / run.store.desks.count
    due = run.talk * (1 - 0.5 ** (1 / run.store.talk.half_life_weeks))
    run.talk = run.talk - due
    return np.maximum(1 + due / mean, 0.0) if mean > 0 else np.ones(len(run.talk))


def _newcomers(run: Run, week: int) -> Integers:
    begin, end = run.clock.elapsed(week), run.clock.elapsed(week + 1)
    due = run.due[: run.drawn]
    return np.flatnonzero((due >= begin) & (due < end) & (run.visits_made[: run.drawn] == 0))


def _admit_more(run: Run, sources: Integers, week: int, cause: str) -> None:
    """Admit a newcomer beside each of `sources` (rows, in order; a row may stand there more than once)."""
    if not len(sources):
        return
    which = np.arange(len(sources)) - np.searchsorted(sources, sources)
    keys = luck.friend_keys(run.customers.keys[sources], which, EXTRA)
    crowd = born(run.store, keys, np.zeros(len(keys), np.int64), week + luck.uniform(keys, 0, WITHIN))
    crowd = dataclasses.replace(crowd, desk=run.customers.desk[sources])
    run.admit(crowd, cause, np.full(len(keys), -1))
