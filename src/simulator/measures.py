"""What is measured on one world: the shop's own measures and the truth, each with its unit."""

import dataclasses

import numpy as np
import pandas as pd

from simulator import closed_forms
from simulator.clock import YEAR_WEEKS, Floats
from simulator.customers import TOLD_OTHERS
from simulator.returning import absences
from simulator.world import World

UNITS = {
    "retention": "share of customers of week 0",
    "still_customers": "share of customers of week 0",
    "repeat_share": "share of buyers before week 0",
    "p_alive": "share of customers known at week 0",
    "purchases": "orders",
    "first_visits": "customers",
    "share_of_wallet": "share of need",
    "revenue": "currency",
    "margin_at_list": "currency",
    "discounts": "currency",
    "costs": "currency",
    "margin": "currency",
    "lifetime_value": "currency a customer",
    "desk_hours": "hours",
    "failed_share": "share of visits",
    "told_others": "failures",
}
SEEN_BY_SHOP = ("repeat_share", "p_alive", "purchases", "first_visits", "revenue", "margin_at_list", "discounts",
                "costs", "margin", "lifetime_value", "desk_hours")  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Horizon:
    """How long, and with which window, a comparison looks: `weeks` from week 0, retention's window W."""

    weeks: int = 104
    window_weeks: int = 26

    @property
    def retention_week(self) -> int:
        """t of R(t; W): the last week from which a whole window can be seen."""
        return self.weeks - self.window_weeks


def measure(world: World, horizon: Horizon) -> pd.Series:
    """The measures of one world over the horizon, named and with units as in `UNITS`.

    `retention` is R(t; W): of the customers of week 0, the share still a customer at t who buy within (t, t+W].
    `repeat_share` and `p_alive` are what the shop would compute; `still_customers`, `failed_share` and
    `told_others` it cannot see.
    `margin` = margin at list price − discounts − costs. `lifetime_value` is that margin, discounted, over the horizon
    and per customer served (customers of week 0 and newcomers alike): a horizon is compulsory, since undiscounted
    lifetime value is infinite for a ≤ 1.
    """
    by_week = money_by_week(world, horizon.weeks)
    money = by_week.sum()
    factor = (1 + world.store.discount_rate_per_year) ** -((by_week.index + 0.5) / YEAR_WEEKS)
    return pd.Series(
        retention_measures(world, horizon)
        | {
            "p_alive": mean_p_alive(world, horizon.weeks),
            "purchases": float(len(world.orders_between(0, horizon.weeks))),
            "first_visits": float(first_visits(world, horizon.weeks)),
            "share_of_wallet": share_of_wallet(world, horizon.weeks),
        }
        | {name: float(money[name]) for name in ("revenue", "margin_at_list", "discounts", "costs", "margin")}
        | {
            "lifetime_value": float((by_week["margin"] * factor).sum() / customers_served(world, horizon.weeks)),
            "desk_hours": float(world.records["desk_hours"]["hours"].sum()),
            "failed_share": float(_visits_from_week_0(world)["failed"].mean()),
            "told_others": float((_visits_from_week_0(world)["voice"] == TOLD_OTHERS).sum()),
        }
    )


def _visits_from_week_0(world: World) -> pd.DataFrame:
    visits = world.truth.visits
    return visits.iloc[np.searchsorted(visits["week"].to_numpy(), 0.0) :]


def customers_of_week_0(world: World) -> pd.DataFrame:
    """The truth's rows of those who were customers when week 0 began."""
    crowd = world.truth.customers
    return crowd[(crowd["first_week"] < 0) & ~(first_left(crowd) < 0)]  # nobody comes back before week 0


def first_left(crowd: pd.DataFrame) -> "pd.Series[float]":
    """When each of the truth's customers left for the first time (week; empty = never)."""
    return crowd["first_left_week"] if "first_left_week" in crowd else crowd["left_week"]


def times_away(world: World) -> pd.DataFrame:
    """Each time somebody was away: customer_id, left_week, returned_week (empty = not back by the end)."""
    crowd = world.truth.customers
    if "returned_week" in crowd:
        return absences(world.truth.visits)
    return crowd.loc[crowd["left_week"].notna(), ["customer_id", "left_week"]].assign(returned_week=np.nan)


def still_customers(world: World, crowd: pd.DataFrame, week: float) -> "pd.Series[bool]":
    """Who of `crowd` has not left by `week`, or is back by then."""
    away = times_away(world)
    gone = away[(away["left_week"] <= week) & ~(away["returned_week"] <= week)]
    return ~crowd["customer_id"].isin(gone["customer_id"])


def customers_served(world: World, weeks: int) -> int:
    """Customers of week 0 and those who first come within `weeks`."""
    return max(len(customers_of_week_0(world)) + first_visits(world, weeks), 1)


def first_visits(world: World, weeks: int) -> int:
    """Customers who come for the first time within `weeks` from week 0."""
    first = world.truth.customers["first_week"]
    return int(((first >= 0) & (first < weeks)).sum())


def retention_measures(world: World, horizon: Horizon) -> dict[str, float]:
    crowd, t = customers_of_week_0(world), horizon.retention_week
    still = still_customers(world, crowd, t)
    buyers = buyers_between(world, t, horizon.weeks)
    known = buyers_between(world, -horizon.window_weeks, 0)
    return {
        "retention": float((still & crowd["customer_id"].isin(buyers)).mean()),
        "still_customers": float(still_customers(world, crowd, horizon.weeks).mean()),
        "repeat_share": float(known.isin(buyers).mean()) if len(known) else float("nan"),
    }


def buyers_between(world: World, begin: float, end: float) -> pd.Index:
    """Customers with an order in (`begin`, `end`]."""
    return pd.Index(world.orders_between(begin, end, closed="right")["customer_id"].unique())


def mean_p_alive(world: World, weeks: int) -> float:
    """Mean P(alive) at the end of those known at week 0, by the store's buying model and the records alone."""
    orders, clock = world.orders_between(-np.inf, weeks), world.store.clock
    week = orders["week"].to_numpy()
    who, ids = pd.factorize(orders["customer_id"])  # numbered as they come, so that those known at week 0 are the first
    known = len(np.unique(who[week < 0]))
    if not known:
        return float("nan")
    times = np.empty((2, len(ids)))
    times[0, who[::-1]], times[1, who] = week[::-1], week  # of several orders the last one written stays
    first, last = clock.elapsed(times[:, :known])
    repeats = np.bincount(who)[:known] - 1
    alive = closed_forms.p_alive(world.store.visits, repeats, last - first, clock.elapsed(float(weeks)) - first)
    return float(np.mean(alive))


def share_of_wallet(world: World, weeks: int) -> float:
    """Purchases here as a share of all purchases of the kind by customers while they are customers (expected).

    A customer of rate λ and share s buys λ(1−s)/s a week elsewhere; what practices win from rivals is no longer there.
    """
    crowd = world.truth.customers
    begin = np.maximum(crowd["first_week"], 0)
    exposure = np.maximum(np.minimum(first_left(crowd).fillna(weeks), weeks) - begin, 0) + _second_lives(world, weeks)
    here = (crowd["rate_per_week"] * exposure).sum()
    elsewhere = (crowd["rate_per_week"] * exposure * (1 / crowd["wallet_share"] - 1)).sum()
    won = crowd["extra_won_from_rivals"].sum() if "extra_won_from_rivals" in crowd else 0.0
    return float((here + won) / (here + elsewhere)) if here + elsewhere else float("nan")


def _second_lives(world: World, weeks: int) -> Floats:
    """Weeks that each of the truth's customers spent as a customer after coming back."""
    away = times_away(world).sort_values(["customer_id", "left_week"])
    again = away.groupby("customer_id")["left_week"].shift(-1).fillna(np.inf)
    spans = (np.minimum(again, weeks) - away["returned_week"]).clip(lower=0).groupby(away["customer_id"]).sum()
    return np.asarray(spans.reindex(world.truth.customers["customer_id"], fill_value=0.0), dtype=np.float64)


def money_by_week(world: World, weeks: int) -> pd.DataFrame:
    """Revenue, margin at list price, discounts, costs and margin after cost of each week from 0 (currency)."""
    orders = world.orders_between(0, weeks)
    names = ("revenue", "list_price", "discounts")
    columns = ("paid", "list_price", "discount")
    table = pd.DataFrame({name: _by_week(orders["week"], orders[column], weeks)
                          for name, column in zip(names, columns, strict=True)})  # fmt: skip
    table.insert(1, "margin_at_list", table.pop("list_price") * world.store.spend.gross_margin_share)
    table["costs"] = _by_week(world.costs["week"], world.costs["amount"], weeks)
    table["margin"] = table["margin_at_list"] - table["discounts"] - table["costs"]
    return table.rename_axis("week")


def _by_week(week: pd.Series, amount: pd.Series, weeks: int) -> Floats:
    at = np.floor(week.to_numpy()).astype(np.int64)
    return np.asarray(np.bincount(at, weights=amount, minlength=weeks)[:weeks], dtype=np.float64)


def still_customers_by_week(world: World, weeks: int) -> Floats:
    """Share of the customers of week 0 who are still customers at the end of each week."""
    crowd, away = customers_of_week_0(world), times_away(world)
    away = away[away["customer_id"].isin(crowd["customer_id"])]
    left, back = (np.searchsorted(away[name].sort_values(), np.arange(1, weeks + 1))  # empty ones come last
                  for name in ("left_week", "returned_week"))  # fmt: skip
    return np.asarray(1 - (left - back) / max(len(crowd), 1))
