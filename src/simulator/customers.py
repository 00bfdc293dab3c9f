"""The columns of a population: who the customers are, when they first come, how they would respond."""

import dataclasses
from collections.abc import Iterable

import numpy as np
import pandas as pd

from simulator import luck
from simulator.clock import YEAR_WEEKS, Flags, Floats, Integers, Short
from simulator.closed_forms import solve_base_log_odds
from simulator.store import Response, Service, Store

ARRIVALS = luck.purpose("arrivals.count")
FIRST_TIME = luck.purpose("arrivals.time")
RATE = luck.purpose("customer.rate")
LEAVING = luck.purpose("customer.leaving")
SPEND = luck.purpose("customer.spend")
FAILURE = luck.purpose("customer.failure")
WALLET = luck.purpose("customer.wallet")
DEALS = luck.purpose("customer.deals")
RESPONSE = luck.purpose("customer.response")
BIRTHDAY = luck.purpose("customer.birthday")
DESK = luck.purpose("customer.desk")
_BORN_WITH = (RATE, LEAVING, SPEND, FAILURE, WALLET, DEALS, RESPONSE, BIRTHDAY, DESK)
ALIVE_AFTER = luck.purpose("customer.after.alive")
RATE_AFTER = luck.purpose("customer.after.rate")
LEAVING_AFTER = luck.purpose("customer.after.leaving")

_DAY = 1 / 7  # weeks
_LEAST_RATE = 1e-9  # visits a week

FINE, SILENT, TOLD_OTHERS, TO_STAFF, TO_THIRD_PARTIES = range(5)
VOICES = ("fine", "silent", "told others", "to staff", "to third parties")


@dataclasses.dataclass(frozen=True)
class Customers:
    """One row a customer, one array a column (all of the same length), 80 bytes a customer.

    `keys` address the customer's luck; `customer_id` is its number in the store; `first_week` is when it first comes
    (weeks from week 0); `rate_per_week` λ; `leaving_share` p; `spend_rate` ν (1/currency); `failure_share` f;
    `base_log_odds` η with Σ shares·σ(η+β) = p; `wallet_share`; `deal_seeker`; `response` (mean 1);
    `birthday_week` 0…51; `desk`; `past_visits`: visits made before the run, 0 for all who first come in it. Whoever has
    some is a customer at week 0 and waits from there for visit number `past_visits` (numbers begin at 0).
    """

    keys: luck.Keys
    customer_id: Integers
    first_week: Floats
    desk: Integers
    rate_per_week: Floats
    leaving_share: Floats
    spend_rate: Floats
    failure_share: Floats
    base_log_odds: Floats
    wallet_share: Short
    deal_seeker: Flags
    response: Short
    birthday_week: Integers
    past_visits: Integers

    def __len__(self) -> int:
        return len(self.keys)

    def take(self, rows: Integers | Flags) -> "Customers":
        """The customers in `rows`, with everything they have."""
        columns = {each.name: getattr(self, each.name)[rows] for each in dataclasses.fields(self)}
        return Customers(**columns)

    def with_room(self, rows: int) -> "Customers":
        """These customers and `rows` more to be written over; until then they are like the first."""
        return self.take(np.concatenate([np.arange(len(self)), np.zeros(rows, np.int64)]))

    def at_desks(self, desks: Iterable[int]) -> "Customers":
        """The customers that belong to `desks`."""
        return self.take(np.isin(self.desk, list(desks)))


def draw(store: Store, seed: int, weeks: int, replicate: int = 0) -> Customers:
    """All who first come between the beginning of the store's history and week `weeks`, in order of number.

    `replicate` numbers stores that are alike but for their luck.

    >>> crowd = draw(Store(), seed=1, weeks=52)
    >>> bool((crowd.first_week[1:] >= crowd.first_week[:-1] - 1).all())
    True
    """
    first_weeks = arrivals(store, luck.store_key(seed, replicate), weeks)
    return born_at(store, seed, first_weeks, replicate)


def arrivals(store: Store, key: np.uint64, weeks: int) -> Floats:
    """The calendar weeks at which new customers first come: Poisson numbers a week, even within the week."""
    calendar = np.arange(-store.arrivals.history_weeks, weeks)
    mean = np.full(len(calendar), store.arrivals.new_customers_per_week)
    if store.season:
        mean = mean * np.asarray(store.season)[calendar % YEAR_WEEKS]
    before = store.arrivals.index_before_week_0
    mean[: len(before)] *= before
    counts = luck.poisson(luck.uniform(np.full(len(calendar), key), calendar, ARRIVALS), mean)
    week = np.repeat(calendar, counts.astype(np.int64))
    return week + luck.uniform(luck.customer_keys(key, np.arange(len(week))), 0, FIRST_TIME)


def born_at(store: Store, seed: int, first_weeks: Floats, replicate: int = 0) -> Customers:
    """Customers numbered 0, 1, … who first come at `first_weeks` (weeks from week 0)."""
    numbers = np.arange(len(first_weeks))
    return born(store, luck.customer_keys(luck.store_key(seed, replicate), numbers), numbers, first_weeks)


def born(store: Store, keys: luck.Keys, customer_ids: Integers, first_weeks: Floats) -> Customers:
    """Customers with these keys and numbers who first come at `first_weeks`; all else is drawn from the keys."""
    u = dict(zip(_BORN_WITH, luck.uniforms(keys, 0, _BORN_WITH), strict=True))
    leaving = luck.beta(u[LEAVING], store.visits.a, store.visits.b)
    rate = luck.gamma(u[RATE], store.visits.r) / store.visits.alpha_weeks
    spend_rate = luck.gamma(u[SPEND], store.spend.shape_q) / store.spend.scale_gamma
    failure = _failure_shares(u[FAILURE], store.service)
    return Customers(
        keys=keys,
        customer_id=customer_ids,
        first_week=np.asarray(first_weeks, dtype=np.float64),
        desk=(u[DESK] * store.desks.count).astype(np.int16),
        rate_per_week=np.maximum(rate, _LEAST_RATE),
        leaving_share=leaving,
        spend_rate=spend_rate,
        failure_share=failure,
        base_log_odds=base_log_odds(leaving, failure, store.service),
        wallet_share=_wallet_shares(u[WALLET], luck.normal(u[RATE]), store.response),
        deal_seeker=u[DEALS] < store.response.deal_seeker_share,
        response=_responses(u[RESPONSE], store.response),
        birthday_week=(u[BIRTHDAY] * YEAR_WEEKS).astype(np.int8),
        past_visits=np.zeros(len(keys), np.int32),
    )


def from_posterior(store: Store, posterior: pd.DataFrame, seed: int, replicate: int = 0) -> Customers:
    """A client's own customers at week 0, those still alive, each drawn after his past; to be given to `simulate`.

    `posterior`: from `calibration.posterior_parameters(store.visits, summary)`, one row a customer; `customer_id` is
    the row's place in it (0, 1, …), whoever has left (chance 1 − p_alive) is missing. p ~ Beta(alive_a, alive_b) and
    λ ~ Gamma(rate_shape) / alive_weeks; all else is drawn as for anybody, spends too. Newcomers are not among them.

    `first_week` lies in the past, where their first visit was. With x repeats, x + 1 visits are made (`past_visits`)
    and the next has number x + 1: never the first, so that it can be the last under BG/NBD as under MBG/NBD. It comes
    an exponential wait of λ (memoryless) of buying time after week 0, whenever the last one was; days between the
    log's end and week 0 (at most six) are passed over. Measures that need orders from before week 0 (repeat_share,
    p_alive) are empty; a season puts `first_week` where `store.clock` has it.

    >>> rows = pd.DataFrame({"p_alive": [1.0, 0.0], "alive_a": 0.8, "alive_b": 9.2, "rate_shape": 3.0,
    ...                      "alive_weeks": 40.0, "age_weeks": 32.0, "past_visits": 3})
    >>> crowd = from_posterior(Store(), rows, seed=1)
    >>> crowd.customer_id.tolist(), crowd.first_week.tolist(), crowd.past_visits.tolist()
    ([0], [-32.0], [3])
    """
    columns = {name: posterior[name].to_numpy(dtype=np.float64) for name in posterior.columns}
    first_weeks = np.minimum(store.clock.calendar(-columns["age_weeks"]), -_DAY)
    crowd = born_at(store, seed, first_weeks, replicate)
    keys = crowd.keys
    rate = luck.gamma(luck.uniform(keys, 0, RATE_AFTER), columns["rate_shape"]) / columns["alive_weeks"]
    leaving = luck.beta(luck.uniform(keys, 0, LEAVING_AFTER), columns["alive_a"], columns["alive_b"])
    crowd = dataclasses.replace(
        crowd,
        rate_per_week=np.maximum(rate, _LEAST_RATE),
        leaving_share=leaving,
        base_log_odds=base_log_odds(leaving, crowd.failure_share, store.service),
        wallet_share=_wallet_shares(luck.uniform(keys, 0, WALLET), _rank_of_rate(store, rate), store.response),
        past_visits=columns["past_visits"].astype(np.int32),
    )
    return crowd.take(luck.uniform(keys, 0, ALIVE_AFTER) < columns["p_alive"])


def _rank_of_rate(store: Store, rate: Floats) -> Floats:
    """Where rates stand among those of all the store's customers, in standard deviations of a normal scale."""
    scale = np.linspace(-8.0, 8.0, 1601)
    rates = luck.gamma(luck.cumulative_normal(scale), store.visits.r) / store.visits.alpha_weeks
    return np.interp(np.log(np.maximum(rate, _LEAST_RATE)), np.log(np.maximum(rates, _LEAST_RATE)), scale)


def base_log_odds(leaving: Floats, failure: Floats, service: Service) -> Floats:
    """η for each customer, so that leaving stays p whatever failures weigh."""
    heard = service.heard_share
    shares = np.stack([1 - failure, failure * (1 - heard), failure * heard], axis=1)
    burdens = np.array([0.0, service.silent_log_odds, service.complained_log_odds])
    return solve_base_log_odds(np.clip(leaving, 1e-12, 1 - 1e-12), shares, burdens)


def _failure_shares(u: Floats, service: Service) -> Floats:
    mean, alike = service.failure_share, service.failure_concentration
    if mean == 0:
        return np.zeros(len(u))
    return luck.beta(u, mean * alike, (1 - mean) * alike)


def _wallet_shares(u: Floats, rank_of_rate: Floats, response: Response) -> Short:
    # a Gaussian copula: who comes often tends to buy more of the need here already
    rho = response.wallet_rate_correlation
    together = rho * rank_of_rate + np.sqrt(1 - rho**2) * luck.normal(u)
    mean, alike = response.share_of_wallet, response.share_of_wallet_concentration
    shares = luck.beta(luck.cumulative_normal(together), mean * alike, (1 - mean) * alike)
    return np.clip(shares, 0.05, 1.0).astype(np.float32)


def _responses(u: Floats, response: Response) -> Short:
    if response.responsiveness_spread == 0:
        return np.ones(len(u), np.float32)
    shape = response.responsiveness_spread**-2
    return (luck.gamma(u, shape) / shape).astype(np.float32)
