"""Trials about who buys and why: the best fifth, cards, prices, and those who came before (C03, C07, C08, C15)."""

import dataclasses
import functools
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from simulator import luck, metrics
from simulator.clock import Floats, Integers
from simulator.closed_forms import expected_repeats
from simulator.engine import go_on, simulate
from simulator.evidence import presets
from simulator.measures import Horizon, customers_of_week_0, retention_measures
from simulator.naive import naive_estimates
from simulator.parameters import replaced
from simulator.practices import PricePromotion, VipScheme
from simulator.run import Run
from simulator.store import Store, Visits
from simulator.trials.trial import Trial, believable_range, per_cent, turn, turning
from simulator.twins import history_of
from simulator.world import World

AMOUNT = luck.purpose("trials.amount")
EVENNESS = luck.purpose("trials.evenness")

_DRAWS = 20  # of all spends of a year
_WINDOWS = (13, 26, 52, 104, 156)  # weeks
_YEAR = 52
_HALVES = Horizon(weeks=52, window_weeks=26)
_FOUR_FIFTHS = 0.8  # claim C03
_EARLIER = 0.65  # claim C15
_HALF = 0.5  # of what claim C07 says would be something
_LEAST_WALLET = 0.05  # of their need, that customers buy in a shop they hardly use
_NO_MORE = 0.005  # half a point: within the luck of a store's leavers
_OLDEST = 520  # weeks


# --- C03 ---


def concentration_by_window(store: Store, seed: int) -> Trial:
    """C03: what share of sales does the best fifth of customers make, by the length of the window?

    All five windows end on the same day. Sales in place of profit: the margin is the same for all goods here. The turn
    is the mean of many stores whose customers came as often as here and drew their spends anew.
    """
    log, at = _recorded(store, seed)
    shares = [metrics.concentration(log, at=at, window_weeks=window) for window in _WINDOWS]
    table = pd.DataFrame({"window, weeks": _WINDOWS, "sales of the best fifth of buyers, share": np.round(shares, 3)})
    year = shares[_WINDOWS.index(_YEAR)]
    says = (f"The best fifth of buyers make {per_cent(shares[0])} of sales in {_WINDOWS[0]} weeks, {per_cent(year)} in "
            f"a year and {per_cent(shares[-1])} in {_WINDOWS[-1]} weeks.")  # fmt: skip
    drawn_anew = shares_by_evenness(store, seed, _visits_in_a_year(log, at))
    turns_at = turning(lambda shape: drawn_anew(shape) >= _FOUR_FIFTHS, 1.05, 8.0)
    unlike = f"with visits as unlike as is believable they make {per_cent(_unlike_visits(store, seed))}"
    then = f"below it, with a few big spenders, they make {per_cent(_FOUR_FIFTHS)} of a year's sales, while {unlike}"
    holds = drawn_anew(store.spend.shape_q) >= _FOUR_FIFTHS
    return Trial(table, says, holds, *turn(store, "spend.shape_q", turns_at, then, unlike))


def _recorded(store: Store, seed: int) -> tuple[pd.DataFrame, pd.Timestamp]:
    """The order log and the day on which the longest window is recorded."""
    weeks = max(max(_WINDOWS) - store.arrivals.history_weeks, 0)
    log = simulate(store, seed=seed, weeks=weeks).order_log()
    return log, pd.Timestamp(store.week_0) + weeks * metrics.WEEK


def _visits_in_a_year(log: pd.DataFrame, at: pd.Timestamp) -> Integers:
    year = log[(log["time"] > at - _YEAR * metrics.WEEK) & (log["time"] <= at)]
    return np.asarray(year.groupby("customer_id").size(), dtype=np.int64)


def shares_by_evenness(store: Store, seed: int, visits: Integers) -> Callable[[float], float]:
    """Share of the best fifth of buyers who came so often, as a function of `shape_q`: mean over draws of spends."""
    buyers = np.tile(visits, _DRAWS)
    keys = luck.customer_keys(luck.store_key(seed, 0), np.arange(len(buyers)))
    amounts = luck.gamma(luck.uniform(keys, 0, AMOUNT), store.spend.shape_p * buyers.astype(np.float64))
    evenness = luck.uniform(keys, 0, EVENNESS)
    best = int(np.ceil(len(visits) / 5))

    def share(shape_q: float) -> float:
        spent = np.sort((amounts / luck.gamma(evenness, shape_q)).reshape(_DRAWS, -1))
        return float((spent[:, -best:].sum(axis=1) / spent.sum(axis=1)).mean()) if best else float("nan")

    return share


def _unlike_visits(store: Store, seed: int) -> float:
    """A year's share of the best fifth with visit rates as unlike as is believable, and the same mean rate."""
    low, _ = believable_range(store, "visits.r")
    unlike = {"visits.r": low, "visits.alpha_weeks": low / store.visits.visits_per_week}
    log, at = _recorded(replaced(store, unlike), seed)
    return metrics.concentration(log, at=at, window_weeks=_YEAR)


# --- C07 ---


def card_sales(store: Store, seed: int, scheme: VipScheme | None = None) -> Trial:
    """C07: of the sales made on the card, how much would not have been made without it? Twins over a year.

    It holds if half of them are owed to the card. What turns it is how little of their need customers buy here today,
    with as much of it moving here as is believable.
    """
    scheme, path = scheme or VipScheme(), "response.share_of_wallet"
    most = dataclasses.replace(scheme, wallet_shift_share=believable_range(scheme, "wallet_shift_share")[1])
    low, high = believable_range(store, path)
    now = _on_card_and_owed(store, seed, scheme)
    run = functools.cache(lambda share: _on_card_and_owed(replaced(store, {path: share}), seed, most))
    found = {share: run(share) for share in (high, store.response.share_of_wallet, low, _LEAST_WALLET)}
    table = pd.DataFrame([now, *found.values()], columns=["sales on the card, share", "sales owed to it, share"]).round(
        3
    )
    table.insert(0, "need bought here today, share", [store.response.share_of_wallet, *found])
    shifts = [scheme.wallet_shift_share] + [most.wallet_shift_share] * len(found)
    table.insert(1, "of purchases elsewhere that move here, share", shifts)
    says = f"In a year {per_cent(now[0])} of sales are made on the card, and {per_cent(now[1], 1)} are owed to it."
    at = turning(lambda share: _half_is_owed(*run(share)), _LEAST_WALLET, high, steps=4)
    then = "below it half of the sales on the card are owed to it, if as much moves here as is believable"
    nowhere = f"even at {_LEAST_WALLET} {per_cent(found[_LEAST_WALLET][1])} are owed to it"
    holds = _half_is_owed(*found[store.response.share_of_wallet])
    return Trial(table, says, holds, *turn(store, path, at, then, nowhere))


def _half_is_owed(on_card: float, owed: float) -> bool:
    return on_card > 0 and owed >= _HALF * on_card


def _on_card_and_owed(store: Store, seed: int, scheme: VipScheme) -> tuple[float, float]:
    """Share of a year's sales made on the card, and share that the twin without the scheme does not have."""
    history = history_of(store, _YEAR, seed)
    off, on = (go_on(history, practices, _YEAR) for practices in ((), [scheme]))
    rows = naive_estimates(off, on, Horizon(_YEAR, 26)).set_index("estimate")
    name = "sales on the card, taken as the scheme's"
    return (float(rows.loc[name, "naive"]), float(rows.loc[name, "truth"])) if name in rows.index else (0.0, 0.0)


# --- C08 ---


def price_alone(store: Store, seed: int, rules: PricePromotion | None = None) -> Trial:
    """C08: does a price cut keep customers? Promotions for a year, twins, by two measures of keeping.

    It holds if of the customers of week 0 neither the share who stay nor the share retained (still there and buying in
    the last half-year) rises by more than half a point. What turns it is how much of their need they buy here.
    """
    rules, best = rules or PricePromotion(), presets(PricePromotion)["optimistic"].practice
    path = "response.share_of_wallet"
    low, high = believable_range(store, path)
    histories = functools.cache(lambda wallet: history_of(replaced(store, {path: wallet}), _YEAR, seed))
    kept = functools.cache(lambda wallet, practice: _kept_by_price(histories(wallet), practice))
    now = store.response.share_of_wallet
    tried = {"as set": (now, rules), "every response at its favourable end": (now, best),
             f"as set, where customers buy {per_cent(low)} of their need here": (low, rules)}  # fmt: skip
    table = pd.DataFrame([kept(*each) for each in tried.values()], columns=list(_KEPT_BY_PRICE)).round(4)
    table.insert(0, "how customers respond", list(tried))
    visits, retained, known, new, _ = kept(now, rules)
    says = (f"With promotions for a year customers come {per_cent(visits, 1)} more often. Of those known before, those "
            f"who are still there and buy in the second half-year change by {points(retained)}, those still customers "
            f"at its end by {points(known)}; of those who would have come first in a week of promotion, by "
            f"{points(new)}.")  # fmt: skip
    at = turning(lambda wallet: max(kept(wallet, rules)[1:3]) <= _NO_MORE, low, high, steps=4)
    then = "below it more than half a point more are retained, since they come oftener"
    return Trial(table, says, max(retained, known) <= _NO_MORE, *turn(store, path, at, then, "no value changes it"))


_KEPT_BY_PRICE = ("more visits, share", "more retained of those known before, share",
                  "more still customers of those known before, share", "of first visits in a promotion, share",
                  "of all, share")  # fmt: skip


def _kept_by_price(history: Run, practice: PricePromotion) -> tuple[float, float, float, float, float]:
    """More visits; of those known before, more retained and more still customers; the second of two other groups.

    These are those whose first visit was to fall in a promotion, and all who come.
    """
    off, on = (go_on(history, practices, _YEAR) for practices in ((), [practice]))
    visits = [len(world.orders_between(0, _YEAR)) for world in (off, on)]
    twin = off.truth.customers
    first = np.floor(twin["first_week"]).to_numpy()
    cheap = np.array([week >= 0 and practice.number_at(int(week)) is not None for week in first], dtype=bool)
    new = twin.loc[cheap, "customer_id"]
    known = customers_of_week_0(off)["customer_id"]
    retained = [retention_measures(world, _HALVES)["retention"] for world in (on, off)] if len(known) else [0.0, 0.0]
    gains = [_still(on, ids) - _still(off, ids) for ids in (known, new)]
    everybody = _still(on, _served(on)) - _still(off, _served(off))
    return visits[1] / max(visits[0], 1) - 1, retained[0] - retained[1], gains[0], gains[1], everybody


def _served(world: World) -> "pd.Series[int]":
    """Customers of week 0 and those who come later."""
    crowd = world.truth.customers
    return crowd.loc[~(crowd["left_week"] < 0), "customer_id"]


def _still(world: World, ids: "pd.Series[int]") -> float:
    """Of some customers, the share who have not left; none, where there are none."""
    crowd = world.truth.customers.set_index("customer_id")
    return float(crowd.loc[ids, "left_week"].isna().mean()) if len(ids) else 0.0


def points(share: float) -> str:
    """A change of a share in percentage points.

    >>> points(-0.0053), points(-0.0001)
    ('-0.5 points', '+0.0 points')
    """
    return f"{round(100 * share, 1) + 0.0:+.1f} points"


# --- C15 ---


def earlier_buyers(store: Store, seed: int) -> Trial:
    """C15: what share of orders comes from earlier buyers in a shop that does nothing for it, by how long it is open?

    With as many newcomers each week: their number is then of no account. Seasons are left out.

    >>> earlier_buyers(Store(), seed=0).turns_at
    20.0
    """
    now = store.arrivals.history_weeks
    ages = sorted({13, 26, 52, 104, 156, 520, now})
    shares = repeat_share(store.visits, ages)
    table = pd.DataFrame({"open for, weeks": ages, "orders by earlier buyers, share": shares.round(3)})
    share = shares[ages.index(now)]
    says = f"After {now} weeks {per_cent(share)} of orders come from earlier buyers, though nothing is done for it."
    reached = np.flatnonzero(repeat_share(store.visits, np.arange(_OLDEST + 1)) >= _EARLIER)
    at = float(reached[0]) if len(reached) else None
    then = f"from then on {per_cent(_EARLIER)} of orders are by earlier buyers, with as many newcomers each week"
    return Trial(table, says, bool(share >= _EARLIER), *turn(store, "arrivals.history_weeks", at, then))


def repeat_share(visits: Visits, weeks: ArrayLike) -> Floats:
    """Share of orders by earlier buyers in a shop open for `weeks`: M / (1 + M), M the repeat visits by that age.

    Each week brings n newcomers, and n · M repeat visits by all who came before.

    >>> repeat_share(Visits(), [52.0]).round(3).tolist()
    [0.804]
    """
    repeats = expected_repeats(visits, weeks)
    return np.asarray(repeats / (1 + repeats))
