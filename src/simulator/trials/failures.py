"""Trials about visits that go wrong: who leaves, who says so, what an answer and what words do (C09 to C12)."""

import numpy as np
import pandas as pd

from simulator import luck
from simulator.clock import Floats
from simulator.closed_forms import beta_quadrature, leaving_table, solve_base_log_odds
from simulator.evidence import presets
from simulator.parameters import replaced
from simulator.practices import ComplaintRecovery, ExceedingExpectations
from simulator.store import Service, Store
from simulator.trials.trial import Trial, believable_range, inside, of_practice, per_cent, turn, turning

_GONE_IN_SILENCE = 0.8  # claim C10
_FOR_WANT_OF_CARE = 2 / 3  # claim C11


def failure_shares(service: Service) -> tuple[Floats, Floats]:
    """Customers' failure shares and their weights, as points and weights of a quadrature."""
    mean, alike = service.failure_share, service.failure_concentration
    if mean == 0:
        return np.zeros(1), np.ones(1)
    return beta_quadrature(mean * alike, (1 - mean) * alike, nodes=48)


def base_log_odds(store: Store) -> tuple[Floats, Floats]:
    """Log odds of leaving after a visit that went fine, by customers' failure share and leaning; and their weights."""
    service, (failing, f_weight) = store.service, failure_shares(store.service)
    p, p_weight = beta_quadrature(store.visits.a, store.visits.b)
    heard = service.heard_share
    shares = np.stack([1 - failing, failing * (1 - heard), failing * heard], axis=-1)[:, None, :]
    base = solve_base_log_odds(p, shares, [0.0, service.silent_log_odds, service.complained_log_odds])
    return base, f_weight[:, None] * p_weight


def leave_after(store: Store, log_odds: float) -> float:
    """Chance that those who meet a failure leave, at a first visit that adds `log_odds`; 0 to 1, NaN without failures.

    With 0 log odds it is what the same people do after a visit that went fine.

    >>> round(leave_after(Store(), Store().service.complained_log_odds), 3)  # as in leaving_table
    0.258
    """
    if store.service.failure_share == 0:
        return float("nan")
    base, weight = base_log_odds(store)
    met = weight * failure_shares(store.service)[0][:, None]
    return float((met / (1 + np.exp(-base - log_odds))).sum() / met.sum())


def answered(store: Store, recovery: ComplaintRecovery) -> tuple[float, float, float, float]:
    """Chance of leaving of those who complain: had the visit gone fine, as today, answered well at once, badly."""
    today = store.service.complained_log_odds
    added = (0.0, today, (1 - recovery.offset_share) * today, today + recovery.poor_answer_log_odds)
    fine, now, well, badly = (leave_after(store, each) for each in added)
    return fine, now, well, badly


def helped_complainers(store: Store, seed: int, recovery: ComplaintRecovery | None = None) -> Trial:
    """C09: do those who complained and were helped at once leave less than after a visit that went fine?

    >>> helped_complainers(Store(), seed=0).turns_at
    1.0
    """
    recovery = recovery or ComplaintRecovery()
    chances = answered(store, recovery)
    rows = ["the visit went fine", "complained, as handled today", "answered well at once", "answered badly"]
    table = pd.DataFrame({"after": rows, "leave, share of customers": np.round(chances, 3)})
    fine, _, well, _ = chances
    says = (f"Of those who complain {per_cent(well, 1)} leave if they are answered well at once; after a visit that "
            f"went fine it is {per_cent(fine, 1)} of the same people.")  # fmt: skip
    at = 1.0 if store.service.failure_share and store.service.complained_log_odds else None
    end = of_practice(recovery, "offset_share", at, "above it a good answer takes off more than the failure added")
    return Trial(table, says, well < fine - 1e-9, *end)


def gone_in_silence(store: Store, seed: int) -> Trial:
    """C10: do four in five of those who were served badly leave and say nothing to the shop?

    >>> float(gone_in_silence(Store(), seed=0).table.iloc[-1, 1])
    0.196
    """
    silent = 1 - store.service.heard_share
    leave = leaving_table(store)
    gone = _silent_leavers(store)
    shares = [silent, leave["P(leave | failure)"], leave["P(leave | silent)"], gone]
    rows = ["say nothing to the shop", "leave", "leave, of those who say nothing", "leave and say nothing"]
    table = pd.DataFrame({"after a visit that went wrong": rows, "share of customers": np.round(shares, 3)})
    path, most = "service.silent_log_odds", 6.0
    at = turning(lambda value: _silent_leavers(replaced(store, {path: value})) >= _GONE_IN_SILENCE, 0.0, most)
    top = per_cent(_silent_leavers(replaced(store, {path: most})))
    nowhere = f"even at {most:g}, the most it can be, and with as many leaving in all, {top} leave and say nothing"
    says = (
        f"Of those served badly {per_cent(silent)} say nothing to the shop, and {per_cent(gone)} say nothing and leave."
    )
    return Trial(table, says, gone >= _GONE_IN_SILENCE, *turn(store, path, at, "above it they do", nowhere))


def _silent_leavers(store: Store) -> float:
    return float((1 - store.service.heard_share) * leaving_table(store)["P(leave | silent)"])


def want_of_care(store: Store, seed: int) -> Trial:
    """C11: how many visits must go wrong before two thirds of departures follow one that did?

    >>> want_of_care(Store(), seed=0).holds
    False
    """
    path = "service.failure_share"
    failing = sorted({0.02, 0.1, 0.25, 0.5, store.service.failure_share})
    found = [_after_failure(store, share) for share in failing]
    table = pd.DataFrame({"visits that go wrong, share": failing,
                          "departures after one that did, share": np.round(found, 3)})  # fmt: skip
    now = _after_failure(store, store.service.failure_share)
    says = (f"Where {per_cent(store.service.failure_share)} of visits go wrong, {per_cent(now)} of departures follow "
            "one that did; that they follow it does not say that it was the reason.")  # fmt: skip
    at = turning(lambda share: _after_failure(store, share) >= _FOR_WANT_OF_CARE, 0.0, 0.95)
    end = turn(store, path, at, "above it two of three departures follow a visit that went wrong")
    return Trial(table, says, now >= _FOR_WANT_OF_CARE, *end)


def _after_failure(store: Store, share: float) -> float:
    changed = leaving_table(replaced(store, {"service.failure_share": share}))
    return float(changed["share of departures with a failure"])


def promised_too_much(store: Store, seed: int, more: ExceedingExpectations | None = None) -> Trial:
    """C12: does more promised and the same service make more visits go wrong?

    >>> promised_too_much(Store(), seed=0).turns_at
    0.7
    """
    more = more or presets(ExceedingExpectations)["over_promise"].practice
    promises = (-more.promise, 0.0, more.promise)
    lower = [(more.promise_raises - more.promise_colours) * promise for promise in promises]
    wrong = [_go_wrong(store, each) for each in lower]
    table = pd.DataFrame({"promised beyond today, standard deviations": promises,
                          "experience, standard deviations": np.round(np.negative(lower) + 0.0, 3),
                          "visits that go wrong, share": np.round(wrong, 3)})  # fmt: skip
    says = (f"With {more.promise:g} standard deviations more promised and the same service {per_cent(wrong[2], 1)} of "
            f"visits go wrong in place of {per_cent(wrong[1], 1)}.")  # fmt: skip
    at = inside(more.promise_raises, 0, 2)
    low, high = believable_range(more, "promise_raises")
    then = (f"from there words colour as much as they raise (promise_raises {more.promise_raises:g}, believable from "
            f"{low:g} to {high:g})")  # fmt: skip
    return Trial(table, says, lower[2] > 1e-9, *of_practice(more, "promise_colours", at, then))


def _go_wrong(store: Store, lower: float) -> float:
    """Share of first visits that go wrong when every experience is lower by so many standard deviations."""
    failing, weight = failure_shares(store.service)
    return float(weight @ luck.cumulative_normal(luck.normal(failing) + lower))
