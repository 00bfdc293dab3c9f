"""What a client must know before the numbers of a report: in plain sentences, the gravest first."""

from collections.abc import Iterator

import pandas as pd

from simulator.adapt import Adapted, in_draws
from simulator.client import Client
from simulator.fit_notes import LARGE_GAP
from simulator.sentences import quantity

LEAST_DRAWS, LEAST_COVERED, RECENT_WEEKS = 8, 0.8, 13


def warnings(adapted: Adapted) -> list[str]:
    """Sentences on what the numbers rest on and nobody has checked."""
    return [*_money(adapted), *_coverage(adapted), *_forecast(adapted), *_newcomers(adapted), *_alike(adapted),
            *_few_draws(adapted)]  # fmt: skip


def _money(adapted: Adapted) -> Iterator[str]:
    client, case = adapted.client, adapted.case
    stated = dict(client.stated(Client.of(case.store)))
    unasked = [name.replace("_", " ") for name in ("gross_margin_share", "wage_per_hour") if not stated[name]]
    if unasked:
        yield f"{' and '.join(unasked).capitalize()}: nobody has said; they are the case's, a shop of another kind."
    if not stated["currency"]:
        yield f"The sign of the money, {client.currency}, is the case's; nobody has said which money the log is in."
    if ours := sum(each.unchanged for each in adapted.money):
        mean = quantity(adapted.store.spend.mean, "currency a customer", client.currency)
        theirs = quantity(case.store.spend.mean, "currency a customer", case.store.currency)
        how = f"as the mean spend a visit, {mean}, compares with the case's, {theirs}"
        yield (f"{ours} of the {len(adapted.money)} costs, rewards and thresholds in the options are the case's times "
               f"{adapted.money_factor:g} ({'as stated' if client.money_scale else how}). Check each one (“Money in "
               "the options”) before any result is used.")  # fmt: skip


def _coverage(adapted: Adapted) -> Iterator[str]:
    orders = adapted.log.orders
    of_fitted = orders["customer_id"].isin(adapted.fit.summary.index)
    weight = orders["amount"] if adapted.log.has_amounts else pd.Series(1.0, orders.index)
    share = float(weight[of_fitted].sum() / weight.sum())
    if share < LEAST_COVERED:
        yield (f"The customers that the store was fitted to made {share:.0%} of the "
               f"{'sales' if adapted.log.has_amounts else 'visits'} in the log: the others were there from its "
               "beginning, and how long they had been customers is not known. The simulated store "
               "begins with the newer ones and fills up, so that its sales grow without any option: no forecast of "
               "this shop's.")  # fmt: skip


def _forecast(adapted: Adapted) -> Iterator[str]:
    tracked = adapted.fit.holdout
    if tracked is None:
        yield "No weeks were held out: nothing shows how well the model forecasts this shop."
        return
    actual, expected = (tracked[name].diff()[tracked["held_out"]].sum() for name in ("actual", "expected"))
    if abs(actual / expected - 1) > LARGE_GAP:
        since = tracked.loc[tracked["held_out"], "week_start"].min()
        yield (f"The model forecasts this shop badly: {actual:,.0f} repeat visits in the weeks held out, from "
               f"{since:%d %B %Y} on, {expected:,.0f} expected. Take every amount of money as rough.")  # fmt: skip


def _newcomers(adapted: Adapted) -> Iterator[str]:
    if adapted.client.new_customers_per_week:
        return
    rate, end = adapted.store.arrivals.new_customers_per_week, pd.Timestamp(adapted.log.end)
    first = adapted.log.orders.groupby("customer_id", observed=True)["time"].min()
    recent = float((first > end - pd.Timedelta(weeks=RECENT_WEEKS)).sum() / RECENT_WEEKS)
    if not 2 / 3 < recent / rate < 1.5:
        yield (f"The store goes on with {rate:.1f} new customers a week, the mean of the log; in its last "
               f"{RECENT_WEEKS} weeks there were {recent:.1f} a week. Say which is right: new_customers_per_week in "
               "client.toml.")  # fmt: skip


def _alike(adapted: Adapted) -> Iterator[str]:
    """Options that make no difference to each other: what sets them apart is never reached."""
    margins = adapted.comparison.by_replicate.query("measure == 'margin'").groupby("option", sort=False)["difference"]
    seen: dict[tuple[float, ...], str] = {}
    for option, found in margins:
        before = seen.setdefault(tuple(found), str(option))
        if before != option:
            yield (f"“{option}” comes out exactly as “{before}”: what sets them apart, such as a threshold, is never "
                   "reached in this shop.")  # fmt: skip


def _few_draws(adapted: Adapted) -> Iterator[str]:
    draws = in_draws(adapted.comparison)
    if not draws:
        yield "What nobody knows was not looked at (no draws of the assumptions): every range here is too narrow."
    elif draws < LEAST_DRAWS:
        yield f"Only {draws} draws of the assumptions were made: their ranges and the chance of a loss are rough."
