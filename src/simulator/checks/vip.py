"""Checks for notebook 05, "VIP schemes"."""

from typing import Any

import pandas as pd

from simulator.checks import Mistake, justification, not_answered, number, refuse, verdict
from simulator.measures import Horizon
from simulator.practices import VipScheme
from simulator.store import Store
from simulator.twins import compare
from simulator.world import World


def exercise_1(answer: Any) -> None:
    """Break-even of an eight per cent discount at thirty per cent margin."""
    number(answer, 0.08 / 0.22, within=0.005, unit="share", mistakes=(
        Mistake(0.08 / 0.30, "The additional sales get the discount too: each earns 22, not 30."),
        Mistake(0.08, "Eight per cent more sales bring eight per cent more margin; how much margin was given away?"),
        Mistake(0.22, "That is the margin after the discount, not the sales needed."),
    ))  # fmt: skip


def exercise_2(answer: Any, world: World) -> None:
    """The part of sales from week 0 on that was made on the card."""
    now = _since_week_0(world).merge(world.records["members"], on="customer_id", how="left")
    card = now["week"] >= now["joined_week"]
    number(answer, _part(now["paid"], card), within=0.005, unit="share of sales", mistakes=(
        Mistake(_part(now["paid"], now["joined_week"].notna()),
                "That counts what members bought before they held the card. Compare `week` with `joined_week`."),
        Mistake(card.mean(), "That is the part of orders. Sales are money: sum `paid`."),
        Mistake(now.loc[card, "customer_id"].nunique() / now["customer_id"].nunique(),
                "That is the part of customers. Sales are money: sum `paid`."),
        Mistake(_part(now["list_price"], card), "That is at list prices. What customers paid stands in `paid`."),
    ))  # fmt: skip


def exercise_3(answer: Any, without: World, world: World) -> None:
    """By how much the scheme truly raised sales."""
    true, base = _since_week_0(world)["paid"].sum(), _since_week_0(without)["paid"].sum()
    member = _since_week_0(world)["customer_id"].isin(world.records["members"]["customer_id"])
    before = world.orders.loc[(world.orders["week"] >= -104) & (world.orders["week"] < 0), "paid"].sum()
    of_members = _part(_since_week_0(world)["paid"], member)
    number(answer, true / base - 1, within=0.0005, unit="share", mistakes=(
        Mistake(of_members, "That is what members buy, and most of it needs no card."),
        Mistake(true / before - 1, "That is growth since the two years before; the shop grew anyway."),
        Mistake(true - base, "That is money. Divide by the sales without the scheme."),
        Mistake(true / base, "That is the ratio. Subtract 1 to get the growth."),
        Mistake(len(_since_week_0(world)) / len(_since_week_0(without)) - 1, "That is orders; sales are `paid`."),
        Mistake(_since_week_0(world)["list_price"].sum() / base - 1, "That is at list prices; customers paid less."),
    ))  # fmt: skip


def exercise_4(answer: Any, without: World, world: World) -> None:
    """What part of the discounts went to visits that would have come anyway."""
    now = _since_week_0(world)
    members = now["customer_id"].isin(world.records["members"]["customer_id"])
    anyway = now["order_id"].isin(without.orders["order_id"])
    number(answer, _part(now["discount"], anyway), within=0.005, unit="share of discounts", mistakes=(
        Mistake(1 - _part(now["discount"], anyway), "That part went to visits the scheme brought. Turn it round."),
        Mistake(_part(now["discount"], members),
                "All discounts go to members. Ask which of their visits exist in the twin without the scheme."),
        Mistake(anyway.mean(), "That is the part of visits. Weigh them by their discount."),
    ))  # fmt: skip


def exercise_5(answer: Any, store: Store, scheme: VipScheme, seed: int) -> None:
    """A scheme of the reader's own that keeps its members and saves the shop at least half of what `scheme` loses."""
    if not_answered(answer):
        return
    if not isinstance(answer, VipScheme):
        refuse(f"the answer is a {type(answer).__name__}; give a VipScheme, for instance from dataclasses.replace")
    elif changed := _behaviours_changed(answer, scheme):
        refuse(f"{', '.join(changed)}: that is how customers behave, not something the shop decides")
    else:
        _judge(answer, store, scheme, seed)


def reason_5(answer: Any) -> None:
    """The reason given for the scheme, beside what a good one names."""
    justification(answer, (
        "whom the scheme stops rewarding, and that most of them would come anyway",
        "what still makes members come more often, or move purchases here",
        "what is given up: members who no longer join, visits no longer won",
        "the kind of shop (margin, share of need bought here) in which you would decide otherwise",
    ))  # fmt: skip


BEHAVIOURS = ("join_effort", "wallet_shift_share", "deal_seeker_ratio", "near_reward_pace", "near_reward_from",
              "borrowed_share", "status_log_odds", "gift_log_odds", "goodwill_half_life_weeks", "points_tie_log_odds",
              "refusal_log_odds")  # fmt: skip


def _behaviours_changed(answer: VipScheme, scheme: VipScheme) -> list[str]:
    return [name for name in BEHAVIOURS if getattr(answer, name) != getattr(scheme, name)]


def _judge(answer: VipScheme, store: Store, scheme: VipScheme, seed: int) -> None:
    options = {"yours": [answer], "given": [scheme]}
    result = compare(store, options, replicates=2, seed=seed, horizon=Horizon(104, 26))
    table = result.by_replicate.pivot_table("difference", "option", "measure")
    hours = table["desk_hours"]
    yours, given = table.loc["yours", "margin"], table.loc["given", "margin"]
    enough = yours >= given + abs(given) / 2
    keeps = hours["yours"] >= 0.25 * hours["given"]
    hint = "It leaves the shop worse off: where does the money go that is given without need?"
    if yours > given:
        hint = "Better, but not half of the loss is gone. What is given most, and to whom?"
    if enough and not keeps:
        hint = "Better for the shop, but hardly anybody is enrolled any more. Keep it a scheme that has members."
    gained = f"{yours:+,.0f} against {given:+,.0f} {store.currency}"
    verdict(
        bool(enough and keeps), f"better, and people still join: {gained} of margin", f"{hint} ({gained} of margin.)"
    )


def _since_week_0(world: World) -> pd.DataFrame:
    return world.orders[world.orders["week"] >= 0]


def _part(amount: pd.Series, which: pd.Series) -> float:
    return float(amount[which].sum() / amount.sum())
