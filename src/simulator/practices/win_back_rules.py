"""Win-back (P08): the rules the shop sets, and the numbers behind who comes back and for how long."""

from typing import Literal

from simulator.parameters import checked, parameter
from simulator.practices.base import Practice

Target = Literal["at random", "by value", "shortest silence", "one-time buyers", "complaints", "worth winning"]
SilenceRule = Literal["weeks", "own gaps"]


@checked
class WinBackRules(Practice):
    """What `win_back.WinBack` is made of: what the shop decides, then how customers respond."""

    # what the shop decides: whom it writes to
    first_week: int = parameter(default=0, unit="week", help="Week of the first round of offers", ge=0, le=520)
    every_weeks: int = parameter(default=4, unit="weeks", help="From one round of offers to the next", ge=1, le=520)
    offers_per_round: int = parameter(
        default=50, unit="offers a round a desk", help="The most that are sent", ge=0, le=1_000_000
    )
    silence_rule: SilenceRule = parameter(
        default="weeks", unit="weeks, own gaps",
        help="Who counts as silent: after so many weeks, or after so many of the customer's own usual gaps",
    )  # fmt: skip
    silence_weeks: float = parameter(
        default=13.0, unit="weeks", help="Silent after this; by own gaps, those who came only once", gt=0, le=520
    )
    own_gaps: float = parameter(
        default=3.0, unit="ratio", help="Silent after so many times the mean gap between the customer's visits",
        ge=1, le=50,
    )  # fmt: skip
    longest_silence_weeks: float = parameter(
        default=104.0, unit="weeks", help="Whoever has been silent for longer gets no offer", gt=0, le=2600
    )
    target: Target = parameter(
        default="by value",
        unit="at random, by value, shortest silence, one-time buyers, complaints, worth winning",
        help="Which of the silent first: anybody, who spent most in a year, last seen, came only once, whose last "
        "visit brought a complaint, or value times the chance of having left",
    )  # fmt: skip
    rest_weeks: float = parameter(
        default=26.0, unit="weeks", help="Time before the same customer gets another offer", ge=0, le=520
    )
    # what it offers: all of these in one bundle, or none of them: a message only
    valid_weeks: float = parameter(default=6.0, unit="weeks", help="How long an offer holds", gt=0, le=52)
    discount: float = parameter(
        default=0.2, unit="share of list price", help="Price cut on the first visit while the offer holds", ge=0, le=0.9
    )
    upgrade: bool = parameter(
        default=False, unit="yes or no", help="A better service for whoever comes: a higher grade, a free repair"
    )
    apology: bool = parameter(
        default=False, unit="yes or no", help="Where a complaint is on record: see to its cause, and say so"
    )
    message_cost: float = parameter(default=0.5, unit="currency an offer", help="Writing and sending", ge=0)
    upgrade_cost: float = parameter(default=15.0, unit="currency a customer", help="What the upgrade takes", ge=0)
    apology_minutes: float = parameter(
        default=20.0, unit="minutes an apology", help="Desk work to put the cause right and to write", ge=0, le=2400
    )
    fixed_cost_per_round: float = parameter(
        default=50.0, unit="currency a round", help="Making the list and the letter, for the whole shop", ge=0
    )
    # how those who have left respond
    comes_back_share: float = parameter(
        default=0.03, unit="share",
        help="Of those who have just left, not after a failure: who come back on a message alone", ge=0, lt=1,
    )  # fmt: skip
    odds_half_life_weeks: float = parameter(
        default=26.0, unit="weeks", help="Time since leaving in which the odds of coming back halve", gt=0, le=2600
    )
    failure_log_odds: float = parameter(
        default=0.5, unit="log odds", help="What a failure at the last visit takes off coming back", ge=0, le=4
    )
    discount_pull: float = parameter(
        default=0.4, unit="log odds for 10 % off", help="What the price cut adds to coming back", ge=0, le=3
    )
    discount_pull_deal_seekers: float = parameter(
        default=0.8, unit="log odds for 10 % off", help="The same of deal seekers", ge=0, le=3
    )
    upgrade_pull: float = parameter(
        default=0.6, unit="log odds", help="What the better service adds to coming back", ge=0, le=4
    )
    put_right_share: float = parameter(
        default=0.7, unit="share of apologies", help="Apologies in which the cause is put right", ge=0, le=1
    )
    put_right_pull: float = parameter(
        default=1.2, unit="log odds", help="What a cause put right adds to coming back", ge=0, le=4
    )
    # the second life
    price_log_odds: float = parameter(
        default=0.8, unit="log odds", help="How much readier to leave again those are who came for the price alone",
        ge=0, le=4,
    )  # fmt: skip
    upgrade_log_odds: float = parameter(
        default=0.4, unit="log odds", help="What the better service takes off leaving; deal seekers feel none",
        ge=0, le=3,
    )  # fmt: skip
    put_right_log_odds: float = parameter(
        default=0.4, unit="log odds", help="What a cause put right takes off leaving", ge=0, le=3
    )
    second_life_half_life_weeks: float = parameter(
        default=52.0, unit="weeks", help="Time in which half of these is forgotten", gt=0, le=520
    )
    # how those who never left respond
    sooner_share: float = parameter(
        default=0.1, unit="share for 10 % off",
        help="Of those who would have come later: who come while the offer holds", ge=0, le=1,
    )  # fmt: skip
    opts_out_share: float = parameter(
        default=0.02, unit="share of offers", help="Customers who ask not to be written to again", ge=0, le=1
    )
    annoyed_log_odds: float = parameter(
        default=0.2, unit="log odds", help="What the offer adds to leaving of these, before losses weigh more",
        ge=0, le=3,
    )  # fmt: skip
