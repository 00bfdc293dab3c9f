"""Referral asks (P03) at work: who is asked, says yes, gives names; who comes, and stays while the referrer does."""

import dataclasses
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from simulator import luck
from simulator.clock import Flags, Floats, Integers
from simulator.customers import Customers, born
from simulator.desks import Jobs
from simulator.parameters import checked
from simulator.practices.base import Act, frame_of
from simulator.practices.referral_rules import ReferralRules
from simulator.run import Round, Run

ASKED = luck.purpose("referral_asks.asked")
READ = luck.purpose("referral_asks.mood_read")
SEEMS = luck.purpose("referral_asks.mood_seems")
INTENDS = luck.purpose("referral_asks.intends")
ACTS = luck.purpose("referral_asks.acts")
FRIEND = luck.purpose("referral_asks.friend")
COMES = luck.purpose("referral_asks.comes")
UNASKED = luck.purpose("referral_asks.would_have_come")
DELAY = luck.purpose("referral_asks.delay")
LIKE = luck.purpose("referral_asks.like")

_NAMES = 8  # room for names in the address of a friend: visit number · 8 + name


class Names(NamedTuple):
    """Friends who will come: rows of their referrers, their keys, and the desk's contact with them (`which` jobs).

    Without contact (`jobs` empty) friends know of the shop from the `week` of the visit on.
    """

    referrers: Integers
    keys: luck.Keys
    week: Floats
    jobs: Jobs
    which: Flags

    def contacted_week(self) -> Floats:
        return self.jobs.finish_weeks[self.which] if len(self.jobs.finish_weeks) else self.week


class Referring(Act):
    """State by customer: when last asked, tie of having recommended and since when, names given, who referred it."""

    def __init__(self, run: Run, rules: ReferralRules) -> None:
        super().__init__(run, rules.name)
        self.rules = rules
        self.asked_week: Floats
        self.recommended_week: Floats
        self.names_given: Integers
        self.referrer: Integers
        self.remember(asked_week=-np.inf, recommended_week=-np.inf, names_given=0, referrer=-1)
        # newcomers who were drawn, in the order in which they come to each desk
        waiting = np.flatnonzero(run.visits_made[: run.drawn] == 0)
        self.waiting = waiting[np.lexsort((run.due[waiting], run.customers.desk[waiting]))]
        self.coming: list[Names] = []
        self.asks: list[tuple[Any, ...]] = []

    def open_week(self, week: int) -> None:
        if self.rules.fixed_cost_per_week:
            self.run.book_for_store(self.name, "fixed", week, self.rules.fixed_cost_per_week)
        self._admit(week)

    # --- a visit: the ask, the yes, the names ---

    def settle(self, visits: Round) -> None:
        """Whether a complaint is solved is known after "answer", so asks come now."""
        visits.credit += self._ties(visits)
        self._reward_first_visits(visits)
        asked = np.flatnonzero(self._moment(visits) & self._may_be_asked(visits))
        if not len(asked):
            return
        self.ask_desk(visits, asked, "asks", self.rules.ask_minutes)
        yes = self.run.uniform(visits, INTENDS)[asked] < self._says_yes(visits, asked)
        ratio = self.rules.further_name_ratio ** (self.rules.names_asked - 1)
        acts = yes & (self.run.uniform(visits, ACTS)[asked] < self.rules.acts_share * ratio)
        self._feel(visits, asked, yes, acts)
        self._note(visits, asked, yes, acts)
        self._take_names(visits, asked[acts])

    def _moment(self, visits: Round) -> Flags:
        """Visits at which staff think the moment has come: they see solved complaints and failures, and guess moods."""
        run, rules = self.run, self.rules
        right = run.uniform(visits, READ) < rules.mood_read_share
        seems = np.where(right, visits.experience, luck.normal(run.uniform(visits, SEEMS)))
        pleased = seems >= rules.pleased_at
        match rules.ask_when:
            case "satisfied":
                return np.asarray(pleased)
            case "solved":
                return visits.solved
            case "satisfied or solved":
                return np.asarray(pleased | visits.solved)
            case "after a failure":
                return visits.failed & ~visits.solved
            case _:
                return np.ones(len(visits.rows), dtype=bool)

    def _may_be_asked(self, visits: Round) -> Flags:
        rows, rules = visits.rows, self.rules
        rested = visits.week - self.asked_week[rows] >= rules.rest_weeks
        known = visits.number + 1 >= rules.least_visits
        return np.asarray(rested & known & self.has_time(visits) & (self.run.uniform(visits, ASKED) < rules.ask_share))

    def _says_yes(self, visits: Round, asked: Integers) -> Floats:
        """Chance of a yes: by mood, by the part of the need bought here, by what a reward is worth to the customer."""
        rules, crowd, rows = self.rules, self.run.customers, visits.rows[asked]
        mood = visits.experience[asked]
        mood = np.where(visits.solved[asked], np.maximum(mood, rules.solved_mood), mood)
        attached = (crowd.wallet_share[rows] - self.run.store.response.share_of_wallet) / 0.5
        reward = np.minimum(rules.referrer_reward * crowd.spend_rate[rows] / self.run.store.spend.shape_p, 2.0)
        odds = np.log(rules.intends_share / (1 - rules.intends_share)) + rules.mood_log_odds * mood
        odds = odds + rules.attached_log_odds * attached + rules.reward_log_odds * reward
        return np.asarray(1 / (1 + np.exp(-odds)))

    def _feel(self, visits: Round, asked: Integers, yes: Flags, acts: Flags) -> None:
        """What the ask does to the asked: valued if pleased, annoyed after a failure, tied by having recommended."""
        rules, rows = self.rules, visits.rows[asked]
        bad = visits.failed[asked] & ~visits.solved[asked]
        pleased = visits.solved[asked] | (visits.experience[asked] >= rules.pleased_at)
        otherwise = np.where(pleased, rules.valued_log_odds, np.where(yes, 0.0, -rules.pestered_log_odds))
        visits.credit[asked] += np.where(bad, -rules.annoyed_log_odds, otherwise)
        visits.credit[asked[acts]] += rules.recommended_log_odds
        self.asked_week[rows] = visits.week[asked]
        self.recommended_week[rows[acts]] = visits.week[asked[acts]]

    def _ties(self, visits: Round) -> Floats:
        """Having recommended ties and fades; a friend is tied while the referrer is a customer."""
        rules, rows = self.rules, visits.rows
        since = (visits.week - self.recommended_week[rows]) / rules.recommended_half_life_weeks
        referrer = self.referrer[rows]
        stays = (referrer >= 0) & np.isnan(self.run.left_week[referrer])
        return np.asarray(rules.recommended_log_odds * 0.5**since + np.where(stays, rules.bond_log_odds, 0.0))

    def _take_names(self, visits: Round, who: Integers) -> None:
        """Friends named by the visits `who`; each becomes a customer or not by luck of its own."""
        rules, crowd = self.rules, self.run.customers
        for name in range(rules.names_asked):
            rows = visits.rows[who]
            keys = luck.friend_keys(crowd.keys[rows], visits.number[who] * _NAMES + name, FRIEND)
            chance = rules.name_becomes_share * rules.next_name_ratio ** self.names_given[rows]
            chance = chance * (rules.writes_first_ratio if rules.friend_writes_first else 1.0)
            comes = luck.uniform(keys, 0, COMES) < chance
            self.names_given[rows] += 1
            called = who[:0] if rules.friend_writes_first else who
            jobs = self.ask_desk(visits, called, "contacts", rules.contact_minutes)
            self.coming.append(Names(rows[comes], keys[comes], visits.week[who][comes], jobs, comes))

    def _reward_first_visits(self, visits: Round) -> None:
        rules = self.rules
        new = np.flatnonzero((visits.number == 0) & (self.referrer[visits.rows] >= 0))
        week = visits.week[new]
        if rules.friend_reward:
            self.run.book(self.name, "friends' rewards", visits.rows[new], week, rules.friend_reward)
        if rules.referrer_reward:
            referrers = self.referrer[visits.rows[new]]
            self.run.book(self.name, "referrers' rewards", referrers, week, rules.referrer_reward)

    def _note(self, visits: Round, asked: Integers, yes: Flags, acts: Flags) -> None:
        ids = self.run.customers.customer_id[visits.rows[asked]]
        names = np.where(acts, self.rules.names_asked, 0)
        self.asks.append((ids * 100_000 + visits.number[asked], ids, visits.week[asked], yes, names))

    # --- the friends ---

    def _admit(self, week: int) -> None:
        """Friends named since last week: those who would have come unasked are newcomers drawn already."""
        if not self.coming:
            return
        referrers = np.concatenate([names.referrers for names in self.coming])
        keys = np.concatenate([names.keys for names in self.coming])
        contacted = np.concatenate([names.contacted_week() for names in self.coming])
        self.coming = []
        unasked = luck.uniform(keys, 0, UNASKED) < self.rules.would_have_come_share
        self._claim(referrers[unasked])
        referrers, keys, contacted = referrers[~unasked], keys[~unasked], contacted[~unasked]
        delay = luck.exponential(luck.uniform(keys, 0, DELAY)) * self.rules.friend_delay_weeks
        crowd = self._friends(referrers, keys, np.maximum(contacted, week) + delay)
        rows = self.run.admit(crowd, "referral", referrers)
        self.referrer[rows] = self.run.admitted[-1].brought_by

    def _friends(self, referrers: Integers, keys: luck.Keys, first_weeks: Floats) -> Customers:
        """Friends as customers: at the referrer's desk, some in his likeness."""
        run, rules = self.run, self.rules
        crowd = born(run.store, keys, np.zeros(len(keys), np.int64), first_weeks)
        like = luck.uniform(keys, 0, LIKE) < rules.likeness_share
        taken = ("rate_per_week", "leaving_share", "spend_rate", "failure_share", "base_log_odds")
        columns = {name: np.where(like, getattr(run.customers, name)[referrers], getattr(crowd, name))
                   for name in taken}  # fmt: skip
        columns["spend_rate"] = columns["spend_rate"] / rules.friend_spend_ratio
        return dataclasses.replace(crowd, desk=run.customers.desk[referrers], **columns)

    def _claim(self, referrers: Integers) -> None:
        """The next newcomers of each referrer's desk are the friends who would have come unasked."""
        run, crowd, free = self.run, self.run.customers, self.waiting
        free = free[(run.visits_made[free] == 0) & np.isfinite(run.due[free]) & (self.referrer[free] < 0)]
        named = referrers[np.lexsort((crowd.keys[referrers], crowd.desk[referrers]))]
        desk, desks = crowd.desk[named], crowd.desk[free]
        nth = np.arange(len(named)) - np.searchsorted(desk, desk)
        place = np.searchsorted(desks, desk) + nth
        there = place < np.searchsorted(desks, desk, side="right")
        self.referrer[free[place[there]]] = named[there]
        self.waiting = free

    def records(self) -> dict[str, pd.DataFrame]:
        """`asks`: order_id, customer_id, week, said_yes, names_given. `referred`: customer_id, referrer_id."""
        kinds = {
            "order_id": np.int64,
            "customer_id": np.int64,
            "week": float,
            "said_yes": bool,
            "names_given": np.int64,
        }
        ids = self.run.customers.customer_id
        friends = np.flatnonzero((self.referrer >= 0) & (self.run.visits_made > 0))
        referred = pd.DataFrame({"customer_id": ids[friends], "referrer_id": ids[self.referrer[friends]]})
        return {"asks": frame_of(kinds, self.asks), "referred": referred}


@checked
class ReferralAsks(ReferralRules):
    """Ask customers for friends: the moment, the number of names, the reward, and what follows.

    Intention, act and new customer are three steps. Fields: `referral_rules.ReferralRules`; their ranges, kinds and
    sources stand in the evidence ledger (`simulator.evidence`).

    >>> ReferralAsks(names_asked=0)
    Traceback (most recent call last):
    ...
    simulator.parameters.ParameterError: ReferralAsks.names_asked = 0: should be greater than or equal to 1
    """

    def start(self, run: Run) -> Referring:
        return Referring(run, self)
