"""Contact calls (P05): the rules the shop sets, and the numbers behind what a call does to those who answer it."""

from typing import Literal

from simulator.parameters import checked, parameter
from simulator.practices.base import Practice

Target = Literal["at random", "new", "lapsing", "by value", "by expected gain"]


@checked
class CallRules(Practice):
    """What `contact_calls.ContactCalls` is made of: what the shop decides, then how customers respond."""

    # what the shop decides
    calls_per_month: int = parameter(
        default=75, unit="calls a month a desk", help="Calls tried, spread evenly over the weeks", ge=0, le=10_000
    )
    target: Target = parameter(
        default="at random", unit="at random, new, lapsing, by value, by expected gain",
        help="Whom to call first, by the records: anybody, after a first visit, least likely to be still a customer, "
        "spent most in a year, or most to expect from in a year",
    )  # fmt: skip
    seen_within_weeks: float = parameter(
        default=52.0, unit="weeks", help="Only customers whose last visit is no longer ago are called", gt=0, le=520
    )
    new_weeks: float = parameter(
        default=4.0, unit="weeks", help="How long ago a first visit may be to count as new", gt=0, le=52
    )
    rest_weeks: float = parameter(
        default=26.0, unit="weeks", help="Time before the same customer is called again", ge=0, le=520
    )
    call_minutes: float = parameter(
        default=6.0, unit="minutes a call", help="Desk work of a call that is answered", ge=0, le=240
    )
    try_minutes: float = parameter(
        default=1.0, unit="minutes a call", help="Desk work of a call that is not answered", ge=0, le=60
    )
    answer_minutes: float = parameter(
        default=15.0, unit="minutes a failure", help="Desk work to follow up a failure told on the phone", ge=0, le=2400
    )
    one_script: bool = parameter(
        default=False, unit="yes or no", help="The same four questions for everybody, at every call"
    )
    cross_selling: bool = parameter(default=False, unit="yes or no", help="Something is offered for sale in each call")
    fixed_cost_per_week: float = parameter(
        default=10.0, unit="currency a week", help="Training and the list of calls, for the whole shop", ge=0
    )
    # how customers respond
    reached_share: float = parameter(
        default=0.6, unit="share of calls", help="Calls that are answered by the customer", ge=0, le=1
    )
    tells_share: float = parameter(
        default=0.5, unit="share of failures", help="Those reached who tell of a last visit that failed untold",
        ge=0, le=1,
    )  # fmt: skip
    good_answer_share: float = parameter(
        default=0.7, unit="share of answers", help="Told failures that are settled; the rest disappoint", ge=0, le=1
    )
    offset_share: float = parameter(
        default=0.4, unit="share", help="Part of what the failure adds that a good answer at once would take off",
        ge=0, le=3,
    )  # fmt: skip
    half_life_weeks: float = parameter(
        default=4.0, unit="weeks", help="Time since the visit after which a good answer takes off half as much",
        gt=0, le=520,
    )  # fmt: skip
    poor_answer_log_odds: float = parameter(
        default=0.3, unit="log odds", help="What a disappointing answer adds to leaving", ge=0, le=4
    )
    attention_log_odds: float = parameter(
        default=0.25, unit="log odds", help="What having been called takes off leaving at later visits", ge=0, le=3
    )
    attention_half_life_weeks: float = parameter(
        default=26.0, unit="weeks", help="Time in which half of what a call left behind is gone", gt=0, le=520
    )
    script_log_odds: float = parameter(
        default=0.1, unit="log odds", help="What hearing the same questions again takes from that, before losses weigh",
        ge=0, le=3,
    )  # fmt: skip
    selling_log_odds: float = parameter(
        default=0.15, unit="log odds", help="What being sold to takes from that, before losses weigh more", ge=0, le=3
    )
    sells_share: float = parameter(
        default=0.05, unit="share of calls", help="Customers reached who buy on the phone when offered", ge=0, le=1
    )
    sale_ratio: float = parameter(
        default=0.5, unit="ratio", help="Size of such a sale against the customer's mean visit", ge=0, le=5
    )
    woken_share: float = parameter(
        default=0.1, unit="share of calls", help="Of the contented who are reached, those whom it sets thinking",
        ge=0, le=1,
    )  # fmt: skip
    woken_log_odds: float = parameter(
        default=0.5, unit="log odds", help="What that adds to leaving at later visits", ge=0, le=3
    )
    opts_out_share: float = parameter(
        default=0.03, unit="share of calls", help="Customers reached who ask not to be called again", ge=0, le=1
    )
