"""Exceeding expectations (P02): what is promised and kept, the first use, surprises, and the bar they raise."""

from typing import Literal

import numpy as np
import pydantic

from simulator import luck
from simulator.clock import Flags, Floats
from simulator.parameters import checked, parameter
from simulator.practices.base import Act, Practice
from simulator.run import Round, Run

SURPRISE = luck.purpose("exceeding_expectations.surprise")
FIRST_USE = luck.purpose("exceeding_expectations.first_use")
KEPT = luck.purpose("exceeding_expectations.kept")
RESCUED = luck.purpose("exceeding_expectations.rescued")
CLAIMS = luck.purpose("exceeding_expectations.claims")

SurpriseWhen = Literal["never", "always", "at random", "after a failure"]


@checked
class Layer:
    """A level of service above the agreed one: what it adds to a visit, and what it takes."""

    label: str = parameter(unit="text", help="What the level is called", min_length=1, max_length=40)
    lift: float = parameter(default=0.0, unit="standard deviations", help="What it aims to add to a visit", ge=0, le=4)
    cost: float = parameter(default=0.0, unit="currency a visit", help="Goods and money it takes", ge=0)
    minutes: float = parameter(default=0.0, unit="minutes a visit", help="Desk work it takes", ge=0, le=2400)


@checked
class ExceedingExpectations(Practice):
    """Promise with care, mind the first use, and give now and then what nobody was promised.

    Experience is what is received less what is expected. Changes are counted from what the shop does today; ranges,
    kinds and sources of the fields stand in the evidence ledger (`simulator.evidence`).

    >>> ExceedingExpectations(layer="heaven")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    simulator.parameters.ParameterError: ExceedingExpectations: layer = 'heaven'; allowed: satisfied, exceeded, ...
    """

    # what the shop decides
    promise: float = parameter(
        default=0.0, unit="standard deviations", help="How much more is promised than today; below 0 less", ge=-2, le=2
    )
    first_use_share: float = parameter(
        default=0.8, unit="share of first visits", help="New customers helped with their first use", ge=0, le=1
    )
    first_use_minutes: float = parameter(
        default=10.0, unit="minutes a new customer", help="Desk work of that help", ge=0, le=2400
    )
    layers: tuple[Layer, ...] = parameter(
        default=(
            Layer(label="satisfied"),
            Layer(label="exceeded", lift=0.5, cost=4.0, minutes=3.0),
            Layer(label="unforgettable", lift=1.5, cost=60.0, minutes=30.0),
        ),
        unit="", help="Levels of service above the agreed one, the plain one first", min_length=1, max_length=6,
    )  # fmt: skip
    layer: str = parameter(default="exceeded", unit="label of a layer", help="The level of a surprise")
    surprise_when: SurpriseWhen = parameter(
        default="at random", unit="never, always, at random, after a failure",
        help="When customers are surprised; after a failure: at the visit that follows one they complained of",
    )  # fmt: skip
    surprise_share: float = parameter(
        default=0.15, unit="share of visits", help="Visits with a surprise, if they come at random", ge=0, le=1
    )
    value_added_lift: float = parameter(
        default=0.0, unit="standard deviations", help="What advice or favours beyond the core service aim to add",
        ge=0, le=4,
    )  # fmt: skip
    value_added_cost: float = parameter(default=0.0, unit="currency a visit", help="What that takes", ge=0)
    value_added_minutes: float = parameter(
        default=0.0, unit="minutes a visit", help="Desk work it takes", ge=0, le=2400
    )
    guarantee: bool = parameter(
        default=False, unit="yes or no", help="A stated promise at every visit, with money back if it is broken"
    )
    kept_share: float = parameter(
        default=0.95, unit="share of visits", help="Visits at which the guarantee is kept by ordinary means", ge=0, le=1
    )
    rescued_share: float = parameter(
        default=0.0, unit="share of the rest", help="Those saved at the last moment, at any price", ge=0, le=1
    )
    rescue_cost: float = parameter(default=200.0, unit="currency a rescue", help="What saving one takes", ge=0)
    payout_share: float = parameter(
        default=1.0, unit="share of price paid", help="Paid back when the guarantee is broken; 1 = the whole price",
        ge=0, le=5,
    )  # fmt: skip
    fixed_cost_per_week: float = parameter(
        default=20.0, unit="currency a week", help="Training and somebody in charge, for the whole shop", ge=0
    )
    # how customers respond
    felt_ratio: float = parameter(
        default=1.0, unit="ratio", help="How much of what layers and value added aim at customers feel", ge=0, le=3
    )
    first_use_lift: float = parameter(
        default=0.5, unit="standard deviations", help="What help with the first use adds to a first visit", ge=0, le=4
    )
    promise_raises: float = parameter(
        default=0.7, unit="ratio", help="How far a promise raises what should be: lowers experience", ge=0, le=2
    )
    promise_colours: float = parameter(
        default=0.2, unit="ratio", help="How far a promise colours what is seen: raises experience", ge=0, le=2
    )
    promise_first_visits: float = parameter(
        default=0.15, unit="log ratio", help="What a promise one standard deviation higher adds to first visits",
        ge=0, le=2,
    )  # fmt: skip
    guarantee_first_visits: float = parameter(
        default=0.05, unit="log ratio", help="What announcing the guarantee adds to first visits", ge=0, le=2
    )
    kept_lift: float = parameter(
        default=0.1, unit="standard deviations", help="What a guarantee kept adds to a visit", ge=0, le=4
    )
    broken_drop: float = parameter(
        default=1.5, unit="standard deviations", help="What a guarantee broken takes from a visit", ge=0, le=6
    )
    claims_share: float = parameter(
        default=0.8, unit="share of broken promises", help="Customers who ask for the money", ge=0, le=1
    )
    payout_offset_share: float = parameter(
        default=0.5, unit="share", help="Part of what the failure adds to leaving that the money takes off", ge=0, le=3
    )
    bar_rise_share: float = parameter(
        default=0.3,
        unit="share a time",
        help="How far what was received beyond the agreed becomes expected",
        ge=0,
        le=1,
    )
    bar_fall_share: float = parameter(
        default=0.15,
        unit="share a time",
        help="How far the bar falls back at a visit that brings less than it",
        ge=0,
        le=1,
    )
    bar_half_life_weeks: float = parameter(
        default=26.0, unit="weeks", help="Time in which half of a raised bar is forgotten", gt=0, le=520
    )
    delight_log_odds: float = parameter(
        default=0.3,
        unit="log odds",
        help="What an excellent visit takes off leaving against a middling one",
        ge=0,
        le=3,
    )

    @pydantic.model_validator(mode="after")
    def _layer_is_one_of_them(self) -> "ExceedingExpectations":
        labels = [layer.label for layer in self.layers]
        if self.layer not in labels:
            raise ValueError(f"layer = {self.layer!r}; allowed: {', '.join(labels)}")
        return self

    @property
    def surprise(self) -> Layer:
        """The layer that surprises are made of."""
        return next(layer for layer in self.layers if layer.label == self.layer)

    def start(self, run: Run) -> "Exceeding":
        return Exceeding(run, self)


class Exceeding(Act):
    """Exceeding expectations at work. By customer: the raised bar, when it was last seen, and a known failure."""

    def __init__(self, run: Run, rules: ExceedingExpectations) -> None:
        super().__init__(run, rules.name)
        self.rules = rules
        self.bar: Floats
        self.bar_week: Floats
        self.complained: Flags
        self.remember(bar=0.0, bar_week=0.0, complained=False)
        self.arrivals["promise"] = float(np.exp(
            rules.promise_first_visits * rules.promise + rules.guarantee_first_visits * rules.guarantee
        ))  # fmt: skip

    def open_week(self, week: int) -> None:
        if self.rules.fixed_cost_per_week:
            self.run.book_for_store(self.name, "fixed", week, self.rules.fixed_cost_per_week)

    # --- a visit ---

    def greet(self, visits: Round) -> None:
        rules, rows = self.rules, visits.rows
        self.bar[rows] *= 0.5 ** ((visits.week - self.bar_week[rows]) / rules.bar_half_life_weeks)
        self.bar_week[rows] = visits.week
        visits.expectation += (rules.promise_raises - rules.promise_colours) * rules.promise + self.bar[rows]
        self._help_first_use(visits)
        beyond = self._surprise(visits) + self._add_value(visits)
        visits.service += beyond
        above = beyond - self.bar[rows]
        self.bar[rows] += np.where(above > 0, rules.bar_rise_share, rules.bar_fall_share) * above
        if rules.guarantee:
            self._guarantee(visits)

    def _help_first_use(self, visits: Round) -> None:
        rules = self.rules
        helped = (visits.number == 0) & (self.run.uniform(visits, FIRST_USE) < rules.first_use_share)
        helped &= self.has_time(visits) | (rules.first_use_minutes == 0)
        self.ask_desk(visits, helped, "first use", rules.first_use_minutes)
        visits.service[helped] += rules.first_use_lift

    def _surprise(self, visits: Round) -> Floats:
        layer = self.rules.surprise
        given = self._moments(visits) & (self.has_time(visits) | (layer.minutes == 0))
        self._deliver(visits, given, "surprises", layer.cost, layer.minutes)
        return np.where(given, layer.lift * self.rules.felt_ratio, 0.0)

    def _moments(self, visits: Round) -> Flags:
        """Visits at which a surprise is due."""
        match self.rules.surprise_when:
            case "never":
                return np.zeros(len(visits.rows), dtype=bool)
            case "always":
                return np.ones(len(visits.rows), dtype=bool)
            case "at random":
                return np.asarray(self.run.uniform(visits, SURPRISE) < self.rules.surprise_share)
            case _:
                return np.asarray(self.complained[visits.rows])

    def _add_value(self, visits: Round) -> Floats:
        rules = self.rules
        given = self.has_time(visits) | (rules.value_added_minutes == 0)
        self._deliver(visits, given, "value added", rules.value_added_cost, rules.value_added_minutes)
        return np.where(given, rules.value_added_lift * rules.felt_ratio, 0.0)

    def _deliver(self, visits: Round, given: Flags, kind: str, cost: float, minutes: float) -> None:
        if minutes:
            self.ask_desk(visits, given, kind, minutes)
        if cost:
            self.run.book(self.name, kind, visits.rows[given], visits.week[given], cost)

    def _guarantee(self, visits: Round) -> None:
        rules, run = self.rules, self.run
        late = run.uniform(visits, KEPT) >= rules.kept_share
        rescued = late & (run.uniform(visits, RESCUED) < rules.rescued_share)
        run.book(self.name, "rescues", visits.rows[rescued], visits.week[rescued], rules.rescue_cost)
        self.broken = late & ~rescued
        visits.service += np.where(self.broken, -rules.broken_drop, rules.kept_lift)

    def answer(self, visits: Round) -> None:
        self.complained[visits.rows] = visits.heard()

    def _pay_out(self, visits: Round) -> None:
        """The money takes off part of what an answer has left of the harm, so that both never come to more than it."""
        rules, run = self.rules, self.run
        paid = np.flatnonzero(self.broken & (run.uniform(visits, CLAIMS) < rules.claims_share))
        amount = rules.payout_share * (visits.list_price[paid] - visits.discount[paid])
        run.book(self.name, "guarantee paid", visits.rows[paid], visits.week[paid], amount.round(2))
        left = np.maximum(visits.burden[paid] - visits.relief[paid], 0.0)
        visits.relief[paid] += rules.payout_offset_share * left

    def settle(self, visits: Round) -> None:
        """Delight beyond what this visit would give today ties, delight missing hurts more; deal seekers: neither."""
        if self.rules.guarantee:
            self._pay_out(visits)
        today = visits.experience - visits.service + visits.expectation
        more = _delight(visits.experience) - _delight(today)
        felt = np.where(more < 0, self.run.store.response.loss_weight * more, more)
        feels = ~self.run.customers.deal_seeker[visits.rows]
        visits.credit += np.where(feels, self.rules.delight_log_odds * felt, 0.0)


def _delight(experience: Floats) -> Floats:
    """How good a visit feels above the middling, 0 to 1, each step adding less."""
    return np.asarray(np.tanh(np.maximum(experience, 0.0)))
