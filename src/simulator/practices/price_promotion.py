"""Price promotion (P09): the calendar of price cuts, visits moved and won, and what becomes the normal price."""

import dataclasses
from typing import Literal

import numpy as np
import pandas as pd
import pydantic

from simulator import luck
from simulator.clock import Flags, Floats, Integers
from simulator.customers import Customers, base_log_odds, born
from simulator.parameters import checked, parameter
from simulator.practices.base import Act, Practice, frame_of
from simulator.run import Round, Run

DATES = luck.purpose("price_promotion.dates")
DRAWN = luck.purpose("price_promotion.drawn")
FRIEND = luck.purpose("price_promotion.newcomer")
SEEKS = luck.purpose("price_promotion.seeks_deals")
WITHIN = luck.purpose("price_promotion.within")

_STEP = 0.10  # of list price: what "per 10 %" counts
_MOST = 0.9  # of purchases, here or elsewhere, that prices can move in a week

Dates = Literal["regular", "irregular"]


@checked
class PricePromotion(Practice):
    """Cut all prices for a time, again and again; only what is added to the price cuts the shop makes today counts.

    In a promotion customers come faster: part of these visits are borrowed from later weeks, the rest won from rivals,
    of whom only those have any to give who buy elsewhere. Each promotion lowers the price that feels normal. No
    customer is held by a low price but one: who first comes in a promotion. Ranges, kinds and sources of the fields
    stand in the evidence ledger (`simulator.evidence`).

    >>> PricePromotion(lasts_weeks=9)
    Traceback (most recent call last):
    ...
    simulator.parameters.ParameterError: PricePromotion: lasts_weeks = 9; allowed: at most every_weeks = 8
    """

    # what the shop decides
    first_week: int = parameter(default=4, unit="week", help="Week in which the first promotion begins", ge=0, le=520)
    every_weeks: int = parameter(
        default=8, unit="weeks", help="From the beginning of one promotion to the next", ge=1, le=520
    )
    lasts_weeks: int = parameter(default=1, unit="weeks", help="How long a promotion lasts", ge=1, le=520)
    depth: float = parameter(default=0.2, unit="share of list price", help="Price cut on everything", ge=0, le=0.9)
    dates: Dates = parameter(
        default="regular", unit="regular, irregular",
        help="Regular: whoever knows one date can wait for the next; irregular: on some week of each period",
    )  # fmt: skip
    announcement_cost: float = parameter(
        default=150.0, unit="currency a promotion", help="Letters, posters and new labels", ge=0
    )
    # how customers respond
    lift_deal_seekers: float = parameter(
        default=0.5, unit="share for 10 % off",
        help="How much faster deal seekers come who buy half of their need here", ge=0, le=3,
    )  # fmt: skip
    lift_others: float = parameter(
        default=0.12, unit="share for 10 % off", help="The same of all other customers", ge=0, le=3
    )
    borrowed_share: float = parameter(
        default=0.5, unit="share of visits gained", help="Of those visits, the ones missing later; others: from rivals",
        ge=0, le=1,
    )  # fmt: skip
    dip_share: float = parameter(
        default=0.5, unit="share of visits", help="The most by which visits fall while there is stock at home",
        gt=0, le=0.9,
    )  # fmt: skip
    wait_share: float = parameter(
        default=0.2, unit="share of visits", help="Put off by deal seekers who wait for a date they know", ge=0, le=0.9
    )
    wait_weeks: float = parameter(
        default=2.0, unit="weeks", help="How long before the date they begin to wait", ge=0, le=52
    )
    bulk_depth: float = parameter(
        default=0.5, unit="share of list price", help="Price cut at which deal seekers fill their cupboards", gt=0, le=1
    )
    bulk_weeks: float = parameter(
        default=6.0, unit="weeks of need", help="What is then in their cupboards; bought here, missing later",
        ge=0, le=104,
    )  # fmt: skip
    reference_share: float = parameter(
        default=0.15, unit="share a promotion", help="How far a promotion moves the price felt as normal to its own",
        ge=0, le=1,
    )  # fmt: skip
    memory_half_life_weeks: float = parameter(
        default=13.0, unit="weeks", help="Time in which half of what a price left behind is forgotten", gt=0, le=520
    )
    dearer_pace: float = parameter(
        default=0.04, unit="share for 10 %", help="Visits that go elsewhere when the price is so much above the normal",
        ge=0, le=1,
    )  # fmt: skip
    dearer_log_odds: float = parameter(
        default=0.02, unit="log odds for 10 %", help="What that adds to leaving, before losses weigh more than gains",
        ge=0, le=1,
    )  # fmt: skip
    first_price_log_odds: float = parameter(
        default=0.05, unit="log odds for 10 %", help="What a first visit at a lower price takes off leaving", ge=0, le=1
    )
    drawn_newcomers: float = parameter(
        default=0.1, unit="share for 10 % off", help="More first visits in the weeks of a promotion", ge=0, le=3
    )
    drawn_deal_seekers: float = parameter(
        default=0.6, unit="share of newcomers drawn", help="Deal seekers among those whom the promotion draws",
        ge=0, le=1,
    )  # fmt: skip
    drawn_leaving_log_odds: float = parameter(
        default=0.3, unit="log odds", help="How much readier to leave they are by themselves than other newcomers",
        ge=0, le=3,
    )  # fmt: skip

    @pydantic.model_validator(mode="after")
    def _one_after_the_other(self) -> "PricePromotion":
        if self.lasts_weeks > self.every_weeks:
            raise ValueError(f"lasts_weeks = {self.lasts_weeks}; allowed: at most every_weeks = {self.every_weeks}")
        return self

    def begins(self, number: int) -> int:
        """Week in which promotion `number` (0, 1, …) begins; irregular dates are the same in every world.

        >>> [PricePromotion().begins(number) for number in range(3)]
        [4, 12, 20]
        """
        period = self.first_week + number * self.every_weeks
        if self.dates == "regular":
            return period
        free = self.every_weeks - self.lasts_weeks + 1
        return period + int(luck.uniform(luck.customer_keys(luck.store_key(0), [0]), number, DATES)[0] * free)

    def number_at(self, week: int) -> int | None:
        """Number of the promotion that runs in `week`; None: the list price holds.

        >>> [PricePromotion(lasts_weeks=2).number_at(week) for week in (3, 4, 5, 6, 12)]
        [None, 0, 0, None, 1]
        """
        number = (week - self.first_week) // self.every_weeks
        runs = number >= 0 and 0 <= week - self.begins(number) < self.lasts_weeks
        return number if runs else None

    def waits_at(self, week: int) -> bool:
        """Whether deal seekers wait in `week` for the next promotion: its date is known once there was one."""
        number = (week - self.first_week) // self.every_weeks + 1
        soon = self.begins(number) - week <= self.wait_weeks
        return self.dates == "regular" and number >= 1 and soon and self.number_at(week) is None

    def start(self, run: Run) -> "Promoting":
        return Promoting(run, self)


class Promoting(Act):
    """Promotions at work.

    By customer: `reference` (share below list price that feels normal), `owed` (visits borrowed from later weeks; below
    0: put off), `goodwill` and since when (of a first visit at a lower price), `established` when a promotion began.
    """

    def __init__(self, run: Run, rules: PricePromotion) -> None:
        super().__init__(run, rules.name)
        self.rules = rules
        self.reference: Floats
        self.owed: Floats
        self.goodwill: Floats
        self.goodwill_week: Floats
        self.established: Flags
        self.remember(reference=0.0, owed=0.0, goodwill=0.0, goodwill_week=0.0, established=False)
        self.number: int | None = None
        self.depth = 0.0
        self.weeks: list[int] = []

    def open_week(self, week: int) -> None:
        before, self.number = self.number, self.rules.number_at(week)
        begins = self.number is not None and self.number != before
        self._remember_prices(ended=before is not None and self.number != before)
        if begins:
            self.established = self.run.active()
        self.depth = 0.0 if self.number is None else self.rules.depth
        if self.number is not None:
            self.weeks.append(week)
            self._draw_newcomers(week)
        if begins and self.rules.announcement_cost:
            self.run.book_for_store(self.name, "announcement", week, self.rules.announcement_cost)
        self._set_pace(week, begins)

    def _remember_prices(self, ended: bool) -> None:
        """What was normal to customers when a promotion began is lower at its end; with time it is the list price."""
        if ended:
            seen = self.established
            self.reference[seen] += self.rules.reference_share * (self.rules.depth - self.reference[seen])
        self.reference *= 0.5 ** (1 / self.rules.memory_half_life_weeks)

    # --- who comes sooner, from rivals, or goes to them ---

    def _set_pace(self, week: int, begins: bool) -> None:
        run = self.run
        rows, length = np.flatnonzero(run.active()), float(run.clock.elapsed(week + 1) - run.clock.elapsed(week))
        lift = self._lift(rows)
        rivals = 1 + self._won(rows, lift) - self._dearer(rows)
        usual = run.customers.rate_per_week[rows] * length
        moved = self.rules.borrowed_share * lift + self._moved_here(rows, usual, length, begins)
        moved = np.maximum(moved - self._missing(rows, usual, week), -_MOST * rivals)
        self.owed[rows] += usual * moved
        won, sooner = np.ones(len(run.customers)), np.ones(len(run.customers))
        won[rows], sooner[rows] = rivals, 1 + moved / rivals  # together: rivals + moved
        self.pace = {"won_from_rivals": won, "brought_forward": sooner}

    def _lift(self, rows: Integers) -> Floats:
        """How much faster each comes, of whom half is bought here, by how far the price lies below the normal."""
        rules, crowd = self.rules, self.run.customers
        below = np.maximum(self.depth - self.reference[rows], 0.0) / _STEP
        lift = np.where(crowd.deal_seeker[rows], rules.lift_deal_seekers, rules.lift_others)
        return lift * below * crowd.response[rows]

    def _won(self, rows: Integers, lift: Floats) -> Floats:
        """Part of the purchases elsewhere, as a share of those here: who buys all here has none to move."""
        wallet = self.run.customers.wallet_share[rows].astype(np.float64)
        return np.minimum((1 - self.rules.borrowed_share) * lift, _MOST) * (1 - wallet) / wallet

    def _dearer(self, rows: Integers) -> Floats:
        above = np.maximum(self.reference[rows] - self.depth, 0.0) / _STEP
        return np.minimum(self.rules.dearer_pace * above * self.run.customers.response[rows], _MOST)

    def _moved_here(self, rows: Integers, usual: Floats, length: float, begins: bool) -> Floats:
        """When a promotion begins: visits put off till now, and cupboards filled; as a share of the usual visits."""
        if not begins:
            return np.zeros(len(rows))
        crowd, stock = self.run.customers, self.owed[rows]
        near = np.clip(round((self.depth - self.rules.bulk_depth) / _STEP + 1, 9), 0.0, 1.0)
        room = near * self.rules.bulk_weeks * crowd.response[rows] / length - np.maximum(stock, 0.0) / usual
        filled = np.where(crowd.deal_seeker[rows], np.maximum(room, 0.0), 0.0)
        return filled + np.maximum(-stock, 0.0) / usual

    def _missing(self, rows: Integers, usual: Floats, week: int) -> Floats:
        """Visits that were made before, or are put off, as a share of the usual ones."""
        crowd, rules = self.run.customers, self.rules
        paid_back = np.clip(self.owed[rows] / usual, 0.0, rules.dip_share)
        if not rules.waits_at(week):
            return paid_back
        return paid_back + np.where(crowd.deal_seeker[rows], rules.wait_share * crowd.response[rows], 0.0)

    # --- newcomers ---

    def _draw_newcomers(self, week: int) -> None:
        """Beside newcomers of the week others come for the price: more of them deal seekers, and readier to leave."""
        run, more = self.run, self.rules.drawn_newcomers * self.depth / _STEP
        begin, end = run.clock.elapsed(week), run.clock.elapsed(week + 1)
        due = run.due[: run.drawn]
        beside = np.flatnonzero((due >= begin) & (due < end) & (run.visits_made[: run.drawn] == 0))
        keys = run.customers.keys[beside]
        beside = np.repeat(beside, np.ceil(more - luck.uniform(keys, 0, DRAWN)).clip(0).astype(np.int64))
        if len(beside):
            which = np.arange(len(beside)) - np.searchsorted(beside, beside)
            keys = luck.friend_keys(run.customers.keys[beside], which, FRIEND)
            run.admit(self._drawn(keys, run.customers.desk[beside], week), "promotion", np.full(len(keys), -1))

    def _drawn(self, keys: luck.Keys, desk: Integers, week: int) -> Customers:
        rules, service = self.rules, self.run.store.service
        crowd = born(self.run.store, keys, np.zeros(len(keys), np.int64), week + luck.uniform(keys, 0, WITHIN))
        stay = np.exp(-rules.drawn_leaving_log_odds)
        leaving = crowd.leaving_share / (crowd.leaving_share + (1 - crowd.leaving_share) * stay)
        seeks = luck.uniform(keys, 0, SEEKS) < rules.drawn_deal_seekers
        odds = base_log_odds(leaving, crowd.failure_share, service)
        return dataclasses.replace(crowd, desk=desk, leaving_share=leaving, base_log_odds=odds, deal_seeker=seeks)

    # --- a visit ---

    def greet(self, visits: Round) -> None:
        if self.depth:
            visits.discount += (visits.list_price * self.depth).round(2)

    def settle(self, visits: Round) -> None:
        """What prices leave behind; and visits that are only moved in time carry their risk of leaving with them."""
        rows, rules = visits.rows, self.rules
        first = np.flatnonzero((visits.number == 0) & ~self.run.customers.deal_seeker[rows])
        self.goodwill[rows[first]] = rules.first_price_log_odds * self.depth / _STEP
        self.goodwill_week[rows[first]] = visits.week[first]
        faded = 0.5 ** ((visits.week - self.goodwill_week[rows]) / rules.memory_half_life_weeks)
        above = np.maximum(self.reference[rows] - self.depth, 0.0) / _STEP
        loss = self.run.store.response.loss_weight * rules.dearer_log_odds * above
        visits.credit += self.goodwill[rows] * faded - loss
        moved = self.pace["brought_forward"][rows]
        self.true_pace = visits.pace
        visits.pace = np.where(moved == 1, visits.pace, (visits.pace / moved).round(12))

    def part(self, visits: Round) -> None:
        visits.pace = self.true_pace

    def records(self) -> dict[str, pd.DataFrame]:
        """`promotions`: desk, week, depth (share of list price); a row for each week of a promotion at each desk."""
        desks = self.run.open_desks
        rows = np.tile(desks, len(self.weeks)), np.repeat(self.weeks, len(desks))
        part = (*rows, np.full(len(rows[0]), self.rules.depth))
        return {"promotions": frame_of({"desk": np.int64, "week": np.int64, "depth": float}, [part])}
