"""A store: every parameter of a shop and its customers, frozen, checked, with units; TOML in and out."""

import datetime
from pathlib import Path

import pydantic

from simulator.clock import YEAR_WEEKS, SeasonClock
from simulator.parameters import checked, from_table, parameter, read_toml, to_toml, write_text


@checked
class Visits:
    """How often customers come and when they stop: BG/NBD or MBG/NBD.

    A customer visits λ ~ Gamma(r, α) times a week and each visit is the last with chance p ~ Beta(a, b).
    Sources: Fader, Hardie & Lee 2005, Marketing Science 24(2) (BG/NBD); Batislam, Denizel & Filiztekin 2007,
    International Journal of Research in Marketing 24(3) (MBG/NBD, where the first visit can be the last).

    >>> Visits(r=0.5, alpha_weeks=6.0, a=0.9, b=1.6).visits_per_week
    0.08333333333333333
    """

    r: float = parameter(default=1.0, unit="shape", help="Shape of visit rates: small = very unlike customers", gt=0)
    alpha_weeks: float = parameter(default=8.0, unit="weeks", help="Scale of visit rates: mean rate is r / alpha", gt=0)
    a: float = parameter(default=0.8, unit="shape", help="First shape of the chance that a visit is the last", gt=0)
    b: float = parameter(default=7.2, unit="shape", help="Second shape of that chance: its mean is a / (a + b)", gt=0)
    first_visit_can_be_last: bool = parameter(
        default=True, unit="yes or no", help="Yes is MBG/NBD; no is BG/NBD, where nobody leaves after the first visit"
    )

    @property
    def visits_per_week(self) -> float:
        """Mean rate of a customer who stays, visits a week."""
        return self.r / self.alpha_weeks

    @property
    def leaving_share(self) -> float:
        """Mean chance that a visit is the last, 0 to 1."""
        return self.a / (self.a + self.b)


@checked
class Spend:
    """What a visit is worth: Gamma-Gamma (Fader, Hardie & Lee 2005, Journal of Marketing Research 42(4)).

    A customer's spends are Gamma(shape_p, ν) with ν ~ Gamma(shape_q, scale_gamma).
    """

    shape_p: float = parameter(default=6.25, unit="shape", help="Evenness of one customer's spends", gt=0)
    shape_q: float = parameter(default=3.74, unit="shape", help="Evenness of customers' mean spends", gt=1)
    scale_gamma: float = parameter(default=130.0, unit="currency", help="Scale of spends", gt=0)
    gross_margin_share: float = parameter(
        default=0.4, unit="share of list price", help="List price less the cost of the goods", gt=0, le=1
    )

    @property
    def mean(self) -> float:
        """Mean spend a visit over customers, currency."""
        return self.shape_p * self.scale_gamma / (self.shape_q - 1)


@checked
class Arrivals:
    """New customers: a Poisson number a week, in the weeks before week 0 as well as after."""

    new_customers_per_week: float = parameter(
        default=30.0, unit="customers a week", help="Mean number of first visits a week", ge=0
    )
    history_weeks: int = parameter(default=156, unit="weeks", help="Weeks before week 0 with arrivals", ge=0, le=2600)
    index_before_week_0: tuple[float, ...] = parameter(
        default=(), unit="ratio", help="Arrivals of each history week relative to the mean, oldest first; empty = even"
    )

    @pydantic.model_validator(mode="after")
    def _one_index_a_week(self) -> "Arrivals":
        given = len(self.index_before_week_0)
        if given not in (0, self.history_weeks):
            raise ValueError(f"index_before_week_0 has {given} numbers; allowed: none or history_weeks of them")
        if any(index < 0 for index in self.index_before_week_0):
            raise ValueError("index_before_week_0 holds a negative number; allowed: 0 or more")
        return self


@checked
class Service:
    """How often a visit goes wrong, who says so, and how much failures weigh, as the shop handles them today."""

    failure_share: float = parameter(
        default=0.10, unit="share of visits", help="Visits that go wrong, mean over customers", ge=0, lt=1
    )
    failure_concentration: float = parameter(
        default=20.0, unit="Beta a + b", help="How alike customers are in this; large = all the same", gt=0
    )
    to_staff_share: float = parameter(
        default=0.30, unit="share of failures", help="Complained of to the staff, where the shop sees it", ge=0, le=1
    )
    to_third_parties_share: float = parameter(
        default=0.02, unit="share of failures", help="Complained of to media, regulator or consumer body", ge=0, le=1
    )
    to_others_share: float = parameter(
        default=0.40,
        unit="share of failures",
        help="Told to friends and family only; the shop hears nothing",
        ge=0,
        le=1,
    )
    silent_log_odds: float = parameter(
        default=2.0,
        unit="log odds",
        help="What a failure nobody tells the shop of adds to leaving at that visit",
        ge=0,
        le=6,
    )
    complained_log_odds: float = parameter(
        default=1.8,
        unit="log odds",
        help="What a failure complained of adds, answered as the shop answers today",
        ge=0,
        le=6,
    )

    @pydantic.model_validator(mode="after")
    def _voices_sum_to_at_most_one(self) -> "Service":
        if (total := self.to_staff_share + self.to_third_parties_share + self.to_others_share) > 1 + 1e-9:
            raise ValueError(f"to_staff_share + to_third_parties_share + to_others_share = {total:g}; at most 1")
        return self

    @property
    def heard_share(self) -> float:
        """Share of failures the shop hears of, 0 to 1."""
        return self.to_staff_share + self.to_third_parties_share


@checked
class WordOfMouth:
    """What customers tell their friends, and the first visits it brings or costs.

    New customers of today (`Arrivals`) include those whom today's talk brings: only what differs from it counts.
    Failures told to others are `Service.to_others_share`.
    """

    delighted_at: float = parameter(
        default=1.3, unit="standard deviations", help="Experience from which a visit delights; 1.3 is the best tenth",
        ge=0, le=4,
    )  # fmt: skip
    delighted_told_share: float = parameter(
        default=0.3, unit="share of visits", help="Delighted visits told to others", ge=0, le=1
    )
    fine_told_share: float = parameter(
        default=0.05, unit="share of visits", help="Visits told to others that neither failed nor delighted", ge=0, le=1
    )
    first_visits_per_good_tale: float = parameter(
        default=0.02, unit="first visits a tale", help="New customers whom a good tale brings", ge=0, le=2
    )
    first_visits_lost_per_bad_tale: float = parameter(
        default=0.04, unit="first visits a tale", help="New customers whom a bad tale keeps away", ge=0, le=2
    )
    half_life_weeks: float = parameter(
        default=6.0, unit="weeks", help="Time in which half of a tale's effect on first visits has come", gt=0, le=104
    )


@checked
class Response:
    """How customers respond when something changes. Nothing here matters while the practices are off."""

    share_of_wallet: float = parameter(
        default=0.5,
        unit="share of need",
        help="Share of a customer's purchases of the kind made here, mean",
        gt=0,
        lt=1,
    )
    share_of_wallet_concentration: float = parameter(
        default=4.0, unit="Beta a + b", help="How alike customers are in this; large = all the same", gt=0
    )
    wallet_rate_correlation: float = parameter(
        default=0.4,
        unit="correlation",
        help="Whether those who come often already buy more of their need here",
        gt=-1,
        lt=1,
    )
    deal_seeker_share: float = parameter(
        default=0.25, unit="share of customers", help="Customers who follow the price and feel no tie", ge=0, le=1
    )
    responsiveness_spread: float = parameter(
        default=0.5, unit="coefficient of variation", help="How unlike customers are in responding (mean 1)", ge=0, le=2
    )
    loss_weight: float = parameter(
        default=2.0, unit="ratio", help="How much more a loss weighs than an equal gain", ge=1, le=5
    )
    credit_limit_log_odds: float = parameter(
        default=1.5, unit="log odds", help="The most that ties of all kinds together take off leaving", gt=0, le=6
    )
    risk_follows_visits: float = parameter(
        default=0.5,
        unit="share",
        help="1: leaving keeps its risk a visit when visits come faster; 0: a week",
        ge=0,
        le=1,
    )


@checked
class Desks:
    """The account managers' desks that customers belong to, and the hours they have for customers."""

    count: int = parameter(default=2, unit="desks", help="Desks; each customer belongs to one", ge=1, le=1000)
    hours_per_week: float = parameter(
        default=10.0,
        unit="hours a week a desk",
        help="Hours a desk can give to the practices switched on",
        gt=0,
        le=1000,
    )
    wage_per_hour: float = parameter(default=40.0, unit="currency an hour", help="What an hour used costs", ge=0)


@checked
class Store:
    """All parameters of a shop and its customers. What-if is `dataclasses.replace(store, …)`.

    >>> Store().visits.first_visit_can_be_last
    True
    >>> Store(discount_rate_per_year=-1.0)
    Traceback (most recent call last):
    ...
    simulator.parameters.ParameterError: Store.discount_rate_per_year = -1.0: should be greater than or equal to 0
    """

    name: str = parameter(default="Corner store", unit="text", help="The shop's name", min_length=1, max_length=200)
    currency: str = parameter(default="¥", unit="text", help="Sign of the money", min_length=1, max_length=10)
    week_0: datetime.date = parameter(
        default=datetime.date(2025, 1, 6), unit="date", help="The Monday on which week 0 begins and practices start"
    )
    already_runs: tuple[str, ...] = parameter(
        default=(),
        unit="text",
        help="What the shop was doing when this store was fitted; options are changes from it",
    )
    fit_notes: tuple[str, ...] = parameter(
        default=(), unit="text", help="What the fit of this store to an order log assumed or could not tell"
    )
    leaving_share_stated: bool = parameter(
        default=False, unit="yes or no", help="The chance of leaving was stated by somebody, not found in the log"
    )
    discount_rate_per_year: float = parameter(
        default=0.10, unit="share a year", help="Rate at which later money is worth less", ge=0, le=1
    )
    season: tuple[float, ...] = parameter(
        default=(), unit="ratio", help="Visits in each week of the year relative to the mean: 52 numbers, or none"
    )
    visits: Visits = parameter(default=Visits(), unit="", help="How often customers come and when they stop")
    spend: Spend = parameter(default=Spend(), unit="", help="What a visit is worth")
    arrivals: Arrivals = parameter(default=Arrivals(), unit="", help="New customers")
    service: Service = parameter(default=Service(), unit="", help="Failures and voices")
    talk: WordOfMouth = parameter(default=WordOfMouth(), unit="", help="What customers tell others")
    response: Response = parameter(default=Response(), unit="", help="How customers respond to changes")
    desks: Desks = parameter(default=Desks(), unit="", help="The desks' hours")

    @pydantic.field_validator("season")
    @classmethod
    def _averages_1(cls, season: tuple[float, ...]) -> tuple[float, ...]:
        if season and (len(season) != YEAR_WEEKS or min(season) <= 0 or abs(sum(season) / len(season) - 1) > 1e-3):
            raise ValueError("allowed: no numbers, or 52 that are positive and average 1")
        return season

    @property
    def clock(self) -> SeasonClock:
        return SeasonClock(self.season)

    def to_toml(self) -> str:
        """The store as TOML text with a comment for each field."""
        return to_toml(self, "A store. Numbers are checked when the file is read.")

    def write(self, path: str | Path) -> None:
        """Write the store to a TOML file."""
        write_text(path, self.to_toml())

    @classmethod
    def read(cls, path: str | Path) -> "Store":
        """A store from a TOML file; fields not given keep their defaults. Errors: `FileError`."""
        return from_table(cls, read_toml(path), f"{path}: store")


def cdnow() -> Store:
    """CDNOW, the field's reference shop: MBG/NBD by maximum likelihood on its 2,357-customer sample.

    Fader & Hardie's sample of customers who first bought in the first quarter of 1997; spends as published with it.
    Every customer is "new"; there is no history. What is not visits and spends is as in `Store()`.
    """
    return Store(
        name="CDNOW sample",
        currency="$",
        week_0=datetime.date(1997, 1, 6),
        visits=Visits(r=0.5248, alpha_weeks=6.1831, a=0.8914, b=1.6140),
        spend=Spend(shape_p=6.25, shape_q=3.74, scale_gamma=15.44, gross_margin_share=0.3),
        arrivals=Arrivals(new_customers_per_week=180.0, history_weeks=13),
        desks=Desks(wage_per_hour=20.0),
    )
