"""From a world and its twin to the tables of a store: the records, what the shop knows of customers, and the truth."""

import numpy as np
import pandas as pd

from simulator.clock import HOURS_PER_WEEK
from simulator.customers import VOICES
from simulator.world import World


def contents(on: World, off: World | None, asks_birthdays: bool) -> dict[str, pd.DataFrame]:
    """Every table by name, empty ones left away. `off`: the twin without practices, where `on` has any."""
    found = {name: dated(on, frame) for name, frame in on.records.items() if name != "costs"}
    found["costs"] = costs_by_week(on.costs)
    found["customers"] = known_customers(on, asks_birthdays)
    found["truth_customers"] = dated(on, on.truth.customers)
    voice = np.asarray(VOICES, dtype=object)[on.truth.visits["voice"].to_numpy()]
    found["truth_visits"] = dated(on, on.truth.visits).assign(voice=voice)
    if off is not None:
        found["truth_twin"] = twin(on, off)
    return {name: frame for name, frame in found.items() if len(frame)}


def dated(world: World, frame: pd.DataFrame) -> pd.DataFrame:
    """Weeks with a fraction become dates in whole hours: `week` → `date` and the whole week, `left_week` → `left_date`.

    A fraction of a week is more than a shop writes down, and its last digits differ between machines.
    """
    frame = frame.copy()
    for column in frame.select_dtypes("floating").columns:
        if column == "week":
            frame["date"] = dates(world, frame["week"])
            frame["week"] = np.floor(frame["week"]).astype(np.int64)
        elif column.endswith("_week") and not column.endswith("_per_week"):
            frame[f"{column.removesuffix('week')}date"] = dates(world, frame.pop(column))
    return frame


def dates(world: World, weeks: pd.Series) -> pd.Series:
    """Dates in whole hours of weeks counted from week 0; missing stays missing."""
    hours = np.floor(weeks * HOURS_PER_WEEK)
    return pd.Timestamp(world.store.week_0) + pd.to_timedelta(hours, unit="h")


def costs_by_week(costs: pd.DataFrame) -> pd.DataFrame:
    """Costs summed over customers."""
    by = [column for column in costs.columns if column not in ("customer_id", "amount")]
    whole = costs.assign(week=np.floor(costs["week"]).astype(np.int64), amount=hundredths_of_cents(costs["amount"]))
    return in_currency(whole.groupby(by, as_index=False)["amount"].sum())


def hundredths_of_cents(amount: pd.Series) -> pd.Series:
    """Money as whole numbers, so that a sum does not hang on the order of its parts."""
    return np.round(amount * 10_000).astype(np.int64)


def in_currency(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(amount=np.floor((frame["amount"] + 50) / 100) / 100)


def known_customers(world: World, asks_birthdays: bool) -> pd.DataFrame:
    """What the shop knows of each customer besides orders; birthdays of members where there is a card, or of all."""
    first = world.orders.groupby("customer_id", as_index=False).agg(desk=("desk", "first"), first_date=("date", "min"))
    if not asks_birthdays:
        return first
    known = world.truth.customers[["customer_id", "birthday_week"]]
    if "members" in world.records:
        known = known[known["customer_id"].isin(world.records["members"]["customer_id"])]
    return first.merge(known.astype("Int64"), on="customer_id", how="left")


def twin(on: World, off: World) -> pd.DataFrame:
    """What each customer did and brought from week 0 on, with the practice and in the twin without it.

    A practice may bring customers whom the twin does not have, or keep some away: a row for everybody in either.
    """
    ids = pd.Index(np.union1d(on.truth.customers["customer_id"], off.truth.customers["customer_id"]))
    table = pd.DataFrame({"customer_id": ids}, index=ids)
    for side, world in {"with": on, "without": off}.items():
        orders = world.orders[world.orders["week"] >= 0]
        table[f"visits_{side}"] = orders.groupby("customer_id").size().reindex(ids, fill_value=0)
        table[f"margin_{side}"] = margins(world, orders).reindex(ids, fill_value=0.0)
        crowd = world.truth.customers
        table[f"still_customer_{side}"] = ids.isin(crowd.loc[crowd["left_week"].isna(), "customer_id"])
    for what in ("visits", "margin"):
        table[f"{what}_gained"] = table[f"{what}_with"] - table[f"{what}_without"]
    return table


def margins(world: World, orders: pd.DataFrame) -> pd.Series:
    """Margin by customer (currency): at list price, less discounts, less costs booked to this customer."""
    share = world.store.spend.gross_margin_share
    earned = orders.assign(amount=orders["list_price"] * share - orders["discount"])
    spent = world.costs.assign(amount=-world.costs["amount"])
    parts = pd.concat([frame[["customer_id", "amount"]] for frame in (earned, spent) if len(frame)])
    parts["amount"] = hundredths_of_cents(parts["amount"])
    return in_currency(parts.groupby("customer_id", as_index=False)["amount"].sum()).set_index("customer_id")["amount"]


def sales_on_the_card(on: World, off: World, begin: int, end: int) -> tuple[float, float, float, float]:
    """Sales (currency) of weeks `begin` to `end`: of members since they hold the card, of all; the same in the twin.

    In the twin nobody holds a card: there it is what the same customers buy from the same dates on.
    """
    joined = on.records["members"].set_index("customer_id")["joined_week"]
    found: list[float] = []
    for world in (on, off):
        orders = world.orders[(world.orders["week"] >= begin) & (world.orders["week"] < end)]
        theirs = orders["week"] >= orders["customer_id"].map(joined)
        found += [float(orders.loc[theirs, "paid"].sum()), float(orders["paid"].sum())]
    return found[0], found[1], found[2], found[3]
