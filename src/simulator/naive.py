"""What the shop would conclude from its own records, beside what is true in the twin worlds."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from simulator.clock import Flags, Floats, Integers
from simulator.measures import Horizon, buyers_between, times_away
from simulator.world import World

_ACTIVE_WEEKS = 13  # after an offer, in which a shop looks for orders


class Estimate(NamedTuple):
    """A conclusion drawn from the records (`naive`) and the same quantity from the twins (`truth`)."""

    estimate: str
    unit: str
    naive: float
    truth: float


def naive_estimates(off: World, on: World, horizon: Horizon) -> pd.DataFrame:
    """One row an estimate the records invite: members against others, before against after, complainers against others.

    `off` is the twin without the practices; only `truth` looks at it.
    """
    rows = list(_of_the_store(off, on))
    if len(on.records.get("members", ())) and (on.records["members"]["customer_id"] >= 0).all():
        rows += _of_members(off, on, horizon)
    if len(on.records.get("answers", ())):
        rows += _of_complainers(off, on, horizon)
    if len(on.records.get("asks", ())):
        rows += _of_referrals(off, on, horizon)
    if "reached" in on.records.get("calls", ()):
        rows += _of_called(off, on, horizon)
    if len(on.records.get("promotions", ())):
        rows += _of_promotions(off, on, horizon)
    if len(on.records.get("offers", ())):
        rows += _of_offers(off, on, horizon)
    if len(on.records.get("staff", ())):
        rows += _of_trained_desks(off, on, horizon)
    if (on.costs["kind"] == "surprises").any():
        rows += _of_surprised(off, on, horizon)
    return pd.DataFrame(rows, columns=list(Estimate._fields))


def _of_the_store(off: World, on: World) -> Iterator[Estimate]:
    year = min(52, on.weeks, on.store.arrivals.history_weeks)
    before, after = _revenue(on, -year, 0), _revenue(on, 0, year)
    if before:
        truth = after / _revenue(off, 0, year) - 1
        yield Estimate("after the start against before it", "growth of sales", after / before - 1, truth)


def _of_members(off: World, on: World, horizon: Horizon) -> Iterator[Estimate]:
    members = on.records["members"]
    early = members[members["joined_week"] <= horizon.retention_week]
    known = pd.Index(on.orders.loc[on.orders["week"] < 0, "customer_id"].unique())
    ours = known[known.isin(early["customer_id"])]
    others = known.difference(ours)
    window = (horizon.retention_week, horizon.weeks)
    bought = _bought_share(on, ours, *window)
    yield Estimate("members against others", "share who buy in the last window",
                   bought - _bought_share(on, others, *window), bought - _bought_share(off, ours, *window))  # fmt: skip
    weeks = min(26, horizon.window_weeks)
    twins = early[early["customer_id"].isin(off.truth.customers["customer_id"])]
    before, after = _orders_around(on, early, -weeks), _orders_around(on, early, weeks)
    yield Estimate("members before against after joining", f"orders in {weeks} weeks",
                   after - before, _orders_around(on, twins, weeks) - _orders_around(off, twins, weeks))  # fmt: skip
    sold = _revenue(on, 0, horizon.weeks)
    yield Estimate("sales on the card, taken as the scheme's", "share of sales",
                   _sold_on_the_card(on, horizon.weeks) / sold, 1 - _revenue(off, 0, horizon.weeks) / sold)  # fmt: skip


def _sold_on_the_card(world: World, weeks: int) -> float:
    """What members paid once they held the card (currency)."""
    since = _weeks_since_joining(world, world.records["members"])
    with_card = (since >= 0) & (world.orders["week"].to_numpy() < weeks)
    return float(world.orders["paid"].to_numpy()[with_card].sum())


def _weeks_since_joining(world: World, members: pd.DataFrame) -> Floats:
    """Of each order, weeks since the customer joined; NaN for those who are no members."""
    row = pd.Index(members["customer_id"]).get_indexer(world.orders["customer_id"])
    joined = np.append(members["joined_week"].to_numpy(dtype=np.float64), np.nan)[row]  # row −1: nobody's
    return np.asarray(world.orders["week"].to_numpy() - joined)


def _of_complainers(off: World, on: World, horizon: Horizon) -> Iterator[Estimate]:
    answers = on.records["answers"][on.records["answers"]["week"] <= horizon.retention_week]
    first = answers.drop_duplicates("customer_id")
    known = pd.Index(on.orders.loc[on.orders["week"] < horizon.retention_week, "customer_id"].unique())
    window = (horizon.retention_week, horizon.weeks)

    def seen_and_true(answer: str) -> tuple[float, float]:
        ids = pd.Index(first.loc[first["answer"] == answer, "customer_id"])
        bought = _bought_share(on, ids, *window)
        return bought, _effect(off, on, ids, *window)

    (good, good_effect), (poor, poor_effect) = seen_and_true("good"), seen_and_true("poor")
    silent = _bought_share(on, known.difference(pd.Index(answers["customer_id"])), *window)
    unit = "share who buy in the last window"
    yield Estimate("those answered well against those who never complained", unit, good - silent, good_effect)
    yield Estimate("those answered well against those answered badly", unit, good - poor, good_effect - poor_effect)


def _of_referrals(off: World, on: World, horizon: Horizon) -> Iterator[Estimate]:
    asks, referred = on.records["asks"], on.records["referred"]
    bought_by = _orders_from_week_0(on, horizon.weeks)["customer_id"]
    crowd = on.truth.customers
    brought = crowd.loc[crowd["origin"] == "referral", "customer_id"]
    yield Estimate("orders of referred customers, taken as brought by the asks", "share of orders",
                   bought_by.isin(referred["customer_id"]).mean(), bought_by.isin(brought).mean())  # fmt: skip
    gave = asks[(asks["names_given"] > 0) & (asks["week"] <= horizon.retention_week)]
    yield _against_others("those who gave names against the other customers", gave["customer_id"], off, on, horizon)


def _of_promotions(off: World, on: World, horizon: Horizon) -> Iterator[Estimate]:
    """Sales above those of ordinary weeks, and customers who bought at the lower price, taken as the promotions'."""
    orders = _orders_from_week_0(on, horizon.weeks)
    weeks = np.arange(horizon.weeks)
    cheap = np.isin(weeks, on.records["promotions"]["week"])
    week = np.floor(orders["week"].to_numpy()).astype(np.int64)
    sold = np.bincount(week, orders["paid"], minlength=horizon.weeks)
    if cheap.any() and not cheap.all() and sold.sum() > 0:
        above = (sold[cheap].mean() - sold[~cheap].mean()) * cheap.sum() / sold.sum()
        yield Estimate("sales of promotion weeks above ordinary weeks, taken as gained", "share of sales",
                       float(above), 1 - _revenue(off, 0, horizon.weeks) / float(sold.sum()))  # fmt: skip
    chosen = orders["customer_id"][cheap[week] & (orders["week"] <= horizon.retention_week)]
    if len(chosen):
        yield _against_others("customers who bought in a promotion against the others", chosen, off, on, horizon)


def _of_trained_desks(off: World, on: World, horizon: Horizon) -> Iterator[Estimate]:
    """Desks where staff was trained, against the others and against their own past."""
    staff = on.records["staff"]
    trained = np.unique(staff.loc[staff["trained"] > 0, "desk"])
    others = np.setdiff1d(staff["desk"], trained)
    if len(trained) and len(others):
        ours, theirs = (_takings(on, desks, horizon.weeks) for desks in (trained, others))
        yield Estimate("takings a customer at the desks trained against the others", "growth of takings",
                       ours / theirs - 1, ours / _takings(off, trained, horizon.weeks) - 1)  # fmt: skip
    year = min(52, on.weeks, on.store.arrivals.history_weeks)
    if len(trained) and year:
        after, before = (_complained_share(on, trained, *span) for span in ((0, year), (-year, 0)))
        yield Estimate("complaints at the desks trained, after against before", "share of visits",
                       after - before, after - _complained_share(off, trained, 0, year))  # fmt: skip


def _takings(world: World, desks: Integers, weeks: float) -> float:
    """Paid since week 0, for each customer of week 0 and of these desks (currency)."""
    orders = world.orders[world.orders["desk"].isin(desks)]
    known = orders.loc[orders["week"] < 0, "customer_id"].unique()
    later = orders[(orders["week"] >= 0) & (orders["week"] < weeks) & orders["customer_id"].isin(known)]
    return float(later["paid"].sum() / len(known)) if len(known) else float("nan")


def _complained_share(world: World, desks: Integers, begin: float, end: float) -> float:
    visits = world.orders_between(begin, end)
    visits = visits[visits["desk"].isin(desks)]
    heard = visits["order_id"].isin(world.records["complaints"]["order_id"]).sum()
    return float(heard / len(visits)) if len(visits) else float("nan")


def _of_surprised(off: World, on: World, horizon: Horizon) -> Iterator[Estimate]:
    costs = on.costs[(on.costs["kind"] == "surprises") & (on.costs["week"] <= horizon.retention_week)]
    label = "customers surprised against the others who came"
    yield _against_others(label, costs["customer_id"], off, on, horizon)


def _of_called(off: World, on: World, horizon: Horizon) -> Iterator[Estimate]:
    calls = on.records["calls"]
    reached = calls[calls["reached"] & (calls["week"] <= horizon.retention_week)]
    known = pd.Index(on.orders.loc[on.orders["week"] < horizon.retention_week, "customer_id"].unique())
    ids = pd.Index(reached["customer_id"].unique())
    window = (horizon.retention_week, horizon.weeks)
    bought = _bought_share(on, ids, *window)
    yield Estimate("customers called and reached against the others in the records", "share who buy in the last window",
                   bought - _bought_share(on, known.difference(ids), *window),
                   _effect(off, on, ids, *window))  # fmt: skip


def _of_offers(off: World, on: World, horizon: Horizon) -> Iterator[Estimate]:
    """Whoever bought within 13 weeks of an offer, taken as won back, and their sales since, taken as gained."""
    weeks = min(_ACTIVE_WEEKS, horizon.window_weeks)
    offers = on.records["offers"][on.records["offers"]["week"] <= horizon.weeks - weeks]
    again = _bought_after(on, offers, weeks)
    ids = pd.Index(offers["customer_id"].unique())
    away = times_away(on).dropna(subset="returned_week")
    returned = away.set_index("customer_id")["returned_week"].groupby(level=0).max().reindex(offers["customer_id"])
    won = (returned.to_numpy() >= offers["week"].to_numpy()) & again
    yield Estimate(f"who bought within {weeks} weeks of an offer, taken as won back", "share of offers",
                   float(again.mean()), float(won.mean()))  # fmt: skip
    bought = pd.Index(offers["customer_id"][again].unique())
    later = _orders_from_week_0(on, horizon.weeks)
    since = offers.groupby("customer_id")["week"].min().reindex(later["customer_id"]).to_numpy()
    claimed = float(later.loc[later["customer_id"].isin(bought) & (later["week"] >= since), "paid"].sum())
    sold = float(later["paid"].sum())
    gained = sum(sign * _paid_by(world, ids, horizon.weeks) for sign, world in ((1, on), (-1, off)))
    yield Estimate("their sales since the offer, taken as gained", "share of sales", claimed / sold, gained / sold)


def _bought_after(world: World, offers: pd.DataFrame, weeks: int) -> Flags:
    """For each offer, whether the customer bought within `weeks` of it."""
    orders = world.orders[["customer_id", "week"]].rename(columns={"week": "bought"})
    asked = offers[["customer_id", "week"]].astype({"week": float}).reset_index().sort_values("week")
    both = pd.merge_asof(asked, orders, left_on="week", right_on="bought", by="customer_id", direction="forward")
    after = (both["bought"] - both["week"]).set_axis(both["index"]).reindex(offers.index)
    return np.asarray(after <= weeks)


def _paid_by(world: World, ids: pd.Index, weeks: float) -> float:
    orders = _orders_from_week_0(world, weeks)
    return float(orders.loc[orders["customer_id"].isin(ids), "paid"].sum())


def _against_others(label: str, chosen: pd.Series, off: World, on: World, horizon: Horizon) -> Estimate:
    """Those chosen against the others who came since week 0, by who buys in the last window."""
    ids = pd.Index(chosen.unique())
    others = pd.Index(_orders_from_week_0(on, horizon.retention_week)["customer_id"].unique()).difference(ids)
    window = (horizon.retention_week, horizon.weeks)
    bought = _bought_share(on, ids, *window)
    naive, truth = bought - _bought_share(on, others, *window), _effect(off, on, ids, *window)
    return Estimate(label, "share who buy in the last window", naive, truth)


def _orders_from_week_0(world: World, weeks: float) -> pd.DataFrame:
    return world.orders[(world.orders["week"] >= 0) & (world.orders["week"] < weeks)]


def _revenue(world: World, begin: float, end: float) -> float:
    return float(world.orders_between(begin, end)["paid"].sum())


def _bought_share(world: World, ids: pd.Index, begin: float, end: float) -> float:
    return float(ids.isin(buyers_between(world, begin, end)).mean()) if len(ids) else float("nan")


def _effect(off: World, on: World, ids: pd.Index, begin: float, end: float) -> float:
    """What the practices changed of the share of `ids` who buy: among those who come in both worlds.

    A newcomer whom a practice brought has no twin, and is no customer whom it kept.
    """
    both = ids[ids.isin(off.truth.customers["customer_id"])]
    return _bought_share(on, both, begin, end) - _bought_share(off, both, begin, end)


def _orders_around(world: World, members: pd.DataFrame, weeks: int) -> float:
    """Mean orders a member in the `weeks` after joining (before it, when negative)."""
    since = _weeks_since_joining(world, members)
    within = (since >= 0) & (since < weeks) if weeks > 0 else (since < 0) & (since >= weeks)
    return float(np.sum(within) / max(len(members), 1))
