"""VIP scheme (P01) at work: who holds which card, points, prices paid, ties, and the money it takes."""

import numpy as np
import pandas as pd

from simulator import luck
from simulator.clock import HOURS_PER_WEEK, YEAR_WEEKS, Flags, Floats, Integers
from simulator.parameters import checked
from simulator.practices.base import Act
from simulator.practices.vip_rules import VipRules
from simulator.run import Round, Run

OFFER = luck.purpose("vip_scheme.offer")
ACCEPT = luck.purpose("vip_scheme.accept")
RULES = luck.purpose("vip_scheme.rules")
DRAW = luck.purpose("vip_scheme.draw")

QUARTER_WEEKS = 13


class Membership(Act):
    """State by customer: card (from which week), level, points, spend by quarter, goodwill, purchases owed."""

    def __init__(self, run: Run, rules: VipRules) -> None:
        super().__init__(run, rules.name)
        self.rules = rules
        self.card_week: Floats
        self.level: Integers
        self.points: Floats
        self.goodwill: Floats
        self.owed: Floats
        self.last_purchase: Floats
        self.spend: Floats
        self.remember(card_week=np.inf, level=0, points=0.0, goodwill=0.0, owed=0.0, last_purchase=-np.inf)
        self.remember(spend=np.zeros(rules.window_quarters))
        self.discounts = np.array([tier.discount_share for tier in rules.tiers])
        self.thresholds = np.array([tier.threshold for tier in rules.tiers])
        self.multiples = np.array([tier.points_multiple for tier in rules.tiers])
        self.gifts = np.array([tier.gift_cost_per_quarter for tier in rules.tiers])
        self.point_value = rules.reward_value / rules.reward_points
        self.point_cost = self.point_value * (1 - run.store.spend.gross_margin_share)
        self._remember_spend()

    def _remember_spend(self) -> None:
        """The shop's books before week 0 count towards the first levels."""
        for visits in self.run.rounds:
            ago = np.floor(-visits.week / QUARTER_WEEKS).astype(np.int64)
            recent = np.flatnonzero((ago >= 0) & (ago < self.rules.window_quarters))
            np.add.at(self.spend, (visits.rows[recent], ago[recent]), visits.list_price[recent])

    # --- the week ---

    def open_week(self, week: int) -> None:
        if week % QUARTER_WEEKS == 0 and week > 0:
            self.spend = np.roll(self.spend, 1, axis=1)
            self.spend[:, 0] = 0.0
        self.goodwill *= 0.5 ** (1 / self.rules.goodwill_half_life_weeks)
        members = self.members(week)
        if self.rules.data_kept:
            self._set_levels(members, week)
            self._let_points_lapse(members, week)
            if week % QUARTER_WEEKS == 0:
                self._give(members, week)
        self.run.book_for_store(self.name, "fixed", week, self.rules.fixed_cost_per_week)
        self._set_pace(members)

    def members(self, week: float) -> Integers:
        """Rows of those who hold a card at `week` and have not left."""
        return np.flatnonzero((self.card_week <= week) & np.isnan(self.run.left_week))

    def _set_levels(self, members: Integers, week: int) -> None:
        earned = np.searchsorted(self.thresholds, self.spend[members].sum(axis=1), side="right") - 1
        earned = np.maximum(earned, 0)
        lose = week % self.rules.review_weeks == 0 and week > 0
        lost = np.where(lose, np.maximum(self.level[members] - earned, 0), 0)
        self.goodwill[members] -= lost * self.rules.status_log_odds * self.run.store.response.loss_weight
        self.level[members] = earned if lose else np.maximum(self.level[members], earned)

    def _let_points_lapse(self, members: Integers, week: int) -> None:
        idle = members[(week - self.last_purchase[members] > self.rules.points_life_weeks) & (self.points[members] > 0)]
        self.run.book(self.name, "points", idle, float(week), -self.points[idle] * self.point_cost)
        self.points[idle] = 0.0

    def _give(self, members: Integers, week: int) -> None:
        """Upkeep, gifts and the prize draw of the quarter."""
        run, rules = self.run, self.rules
        run.book(self.name, "upkeep", members, float(week), rules.member_cost_per_year * QUARTER_WEEKS / YEAR_WEEKS)
        gifts = self.gifts[self.level[members]]
        given = members[gifts > 0]
        run.book(self.name, "gifts", given, float(week), gifts[gifts > 0])
        digits = np.floor(self.points[members]).astype(np.int64) % 10
        enters = np.isin(digits, rules.draw_digits) & (self.points[members] >= 1)
        won = members[enters & (luck.uniform(run.customers.keys[members], week, DRAW) < rules.draw_win_share)]
        run.book(self.name, "prizes", won, float(week), rules.draw_prize_cost)
        self.goodwill[given] += rules.gift_log_odds
        self.goodwill[won] += rules.gift_log_odds

    # --- how members respond ---

    def _set_pace(self, members: Integers) -> None:
        run = self.run
        won, sooner = np.ones(len(run.customers)), np.ones(len(run.customers))
        shift = self._shift(members)
        wallet = run.customers.wallet_share[members]
        won[members] = 1 + shift * (1 - wallet) / wallet
        sooner[members] = self._sooner(members)
        self.pace = {"won_from_rivals": won, "brought_forward": sooner}

    def benefit_share(self, level: Integers) -> Floats:
        """What a card of `level` is worth to its holder, as a share of spend, beyond what everybody gets."""
        rules = self.rules
        price = np.zeros(len(level)) if rules.price_for_everyone else self.discounts[level]
        points = rules.points_per_currency * self.multiples[level] * self.point_value if rules.data_kept else 0.0
        return (price + points) * rules.rules_followed_share

    def _shift(self, members: Integers) -> Floats:
        """Share of each member's purchases elsewhere that comes here for the card's benefits."""
        rules, crowd = self.rules, self.run.customers
        shift = 1 - (1 - rules.wallet_shift_share) ** (self.benefit_share(self.level[members]) / 0.10)
        ratio = np.where(crowd.deal_seeker[members], rules.deal_seeker_ratio, 1.0)
        return np.minimum(shift * ratio * crowd.response[members], 0.9)

    def _sooner(self, members: Integers) -> Floats:
        """Faster on the last part of the way to a reward or a level; what was borrowed is missing afterwards."""
        rules, rate = self.rules, self.run.customers.rate_per_week[members]
        if not (rules.data_kept and rules.near_reward_pace):
            return np.ones(len(members))
        late = np.maximum(self.way_to_goal(members) - rules.near_reward_from, 0) / (1 - rules.near_reward_from)
        faster = rules.near_reward_pace * late * self.run.customers.response[members]
        slower = np.where(late > 0, 0.0, np.minimum(rules.near_reward_pace, self.owed[members] / rate))
        self.owed[members] += rate * (rules.borrowed_share * faster - slower)
        return np.maximum(1 + faster - slower, 0.1)

    def way_to_goal(self, members: Integers) -> Floats:
        """Share of the way to the nearer of the next reward and the next level, 0 to 1."""
        reward = np.minimum(self.points[members] / self.rules.reward_points, 1.0)
        above = np.minimum(self.level[members] + 1, len(self.thresholds) - 1)
        top = self.level[members] == len(self.thresholds) - 1
        level = np.where(top, 0.0, self.spend[members].sum(axis=1) / np.maximum(self.thresholds[above], 1e-9))
        return np.maximum(reward, np.minimum(level, 1.0))

    # --- a visit ---

    def greet(self, visits: Round) -> None:
        rows, rules = visits.rows, self.rules
        self.is_member = self.card_week[rows] <= visits.week
        self.applied = self.is_member & (self.run.uniform(visits, RULES) < rules.rules_followed_share)
        share = np.where(self.applied, self.discounts[self.level[rows]], 0.0)
        if rules.price_for_everyone:
            share = np.maximum(share, self.discounts[0])
        visits.discount += (visits.list_price * share).round(2)
        refused = rows[self.is_member & ~self.applied & (self.discounts[self.level[rows]] > 0)]
        self.goodwill[refused] -= rules.refusal_log_odds

    def listen(self, visits: Round) -> None:
        """Staff offer the card to those who qualify, if they remember to; customers take it if it pays them."""
        rows, rules = visits.rows, self.rules
        spend = self.spend[rows].sum(axis=1) + visits.list_price
        qualifies = np.isinf(self.card_week[rows]) & (spend >= self.thresholds[0])
        offered = np.flatnonzero(qualifies & (self.run.uniform(visits, OFFER) < rules.staff_offer_share))
        accepts = luck.uniform(visits.keys[offered], 0, ACCEPT) < self._join_chance(rows[offered])
        self.joins = offered[accepts]
        self.forms = self.ask_desk(visits, self.joins, "enrolment", rules.enrolment_minutes)

    def _join_chance(self, rows: Integers) -> Floats:
        """Those who would save more a year are likelier to join: selection, not effect."""
        crowd, rules = self.run.customers, self.rules
        yearly = crowd.rate_per_week[rows] * YEAR_WEEKS * self.run.store.spend.shape_p / crowd.spend_rate[rows]
        saving = yearly * self.benefit_share(np.zeros(len(rows), np.int64))
        saving = saving * np.where(crowd.deal_seeker[rows], self.rules.deal_seeker_ratio, 1.0)
        return saving / (saving + rules.join_effort)

    def answer(self, visits: Round) -> None:
        if len(self.joins):
            rows = visits.rows[self.joins]
            self.card_week[rows] = self.forms.finish_weeks
            self.run.book(self.name, "cards", rows, visits.week[self.joins], self.rules.card_cost)

    def settle(self, visits: Round) -> None:
        rows = visits.rows
        if self.rules.data_kept and self.applied.any():
            self._earn(visits)
        self.spend[rows, 0] += visits.list_price - visits.discount
        self.last_purchase[rows] = visits.week
        if self.is_member.any():
            visits.credit += np.where(self.is_member, self._tie(rows), 0.0)

    def _earn(self, visits: Round) -> None:
        """Points are a debt of the shop from the day they are issued; a reward only pays it."""
        rules, who = self.rules, np.flatnonzero(self.applied)
        rows = visits.rows[who]
        paid = visits.list_price[who] - visits.discount[who]
        earned = np.floor(
            paid * rules.points_per_currency * self.multiples[self.level[rows]] * self._extra(visits, who)
        )
        self.run.book(self.name, "points", rows, visits.week[who], earned * self.point_cost)
        balance = self.points[rows] + earned
        rewards = np.floor(balance / rules.reward_points)
        self.points[rows] = balance - rewards * rules.reward_points
        self.goodwill[rows] += rules.gift_log_odds * (rewards > 0)

    def _extra(self, visits: Round, who: Integers) -> Floats:
        week, rules = visits.week[who], self.rules
        birthday = np.floor(week) % YEAR_WEEKS == self.run.customers.birthday_week[visits.rows[who]]
        weekday = np.floor(week * HOURS_PER_WEEK / 24) % 7
        extra = np.where(birthday, rules.birthday_multiple, 1.0)
        return extra * np.where(weekday == rules.slow_weekday, rules.slow_weekday_multiple, 1.0)

    def _tie(self, rows: Integers) -> Floats:
        """Log odds that card, level, balance and goodwill take off leaving; deal seekers feel only the balance."""
        crowd, rules = self.run.customers, self.rules
        usual = self.run.store.spend.shape_p / crowd.spend_rate[rows]
        balance = rules.points_tie_log_odds * np.minimum(self.points[rows] * self.point_value / usual, 3.0)
        felt = self.level[rows] * rules.status_log_odds + np.maximum(self.goodwill[rows], 0.0)
        hurt: Floats = np.minimum(self.goodwill[rows], 0.0)
        feels: Flags = ~crowd.deal_seeker[rows]
        return balance + np.where(feels, felt, 0.0) + hurt

    def records(self) -> dict[str, pd.DataFrame]:
        """`members`: customer_id, joined_week, level, points, points_owed (currency); no ids when no data is kept."""
        rows = np.flatnonzero(np.isfinite(self.card_week))
        labels = np.array([tier.label for tier in self.rules.tiers], dtype=object)
        return {"members": pd.DataFrame({
            "customer_id": self.run.customers.customer_id[rows] if self.rules.data_kept else np.full(len(rows), -1),
            "joined_week": self.card_week[rows],
            "level": labels[self.level[rows]].astype(str),
            "points": self.points[rows],
            "points_owed": self.points[rows] * self.point_cost,
        })}  # fmt: skip


@checked
class VipScheme(VipRules):
    """A card with tiers, points and member prices: the rules the shop sets, and how members respond to them.

    Fields: `vip_rules.VipRules`. Their ranges, kinds and sources stand in the evidence ledger (`simulator.evidence`).

    >>> VipScheme().tiers[1].label
    'gold'
    >>> VipScheme(tiers=())
    Traceback (most recent call last):
    ...
    simulator.parameters.ParameterError: VipScheme.tiers = (): tuple should have at least 1 item after validation, not 0
    """

    @property
    def name(self) -> str:
        return "VIP scheme"

    def start(self, run: Run) -> Membership:
        return Membership(run, self)
