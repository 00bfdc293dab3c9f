"""Referral asks (P03): the rules the shop sets, and the numbers behind how customers and their friends respond."""

from typing import Literal

from simulator.parameters import checked, parameter
from simulator.practices.base import Practice

AskWhen = Literal["satisfied", "solved", "satisfied or solved", "at random", "after a failure"]


@checked
class ReferralRules(Practice):
    """What `referral_asks.ReferralAsks` is made of: what the shop decides, then how customers respond."""

    # what the shop decides
    ask_when: AskWhen = parameter(
        default="satisfied or solved", unit="satisfied, solved, satisfied or solved, at random, after a failure",
        help="The moment of asking: a customer seems pleased, a complaint was answered well, any visit, a bad visit",
    )  # fmt: skip
    ask_share: float = parameter(
        default=0.3, unit="share of such visits", help="Visits of that kind at which staff do ask", ge=0, le=1
    )
    least_visits: int = parameter(
        default=2, unit="visits", help="Visits a customer has made before being asked", ge=1, le=1000
    )
    rest_weeks: float = parameter(
        default=26.0, unit="weeks", help="Time before the same customer is asked again", ge=0, le=520
    )
    names_asked: int = parameter(default=2, unit="names", help="Friends each is asked for", ge=1, le=5)
    ask_minutes: float = parameter(
        default=3.0, unit="minutes an ask", help="Desk work of asking one customer", ge=0, le=240
    )
    friend_writes_first: bool = parameter(
        default=False, unit="yes or no",
        help="The customer hands on an invitation and the friend gets in touch himself: the shop is given no data",
    )  # fmt: skip
    contact_minutes: float = parameter(
        default=8.0, unit="minutes a name", help="Desk work of getting in touch with one friend", ge=0, le=240
    )
    referrer_reward: float = parameter(
        default=0.0, unit="currency a friend", help="Given to the customer when a friend first buys", ge=0
    )
    friend_reward: float = parameter(
        default=0.0, unit="currency a friend", help="Given to the friend at the first purchase", ge=0
    )
    fixed_cost_per_week: float = parameter(
        default=10.0, unit="currency a week", help="Training, cards and the list, for the whole shop", ge=0
    )
    # how customers respond
    mood_read_share: float = parameter(
        default=0.7,
        unit="share of visits",
        help="Visits at which staff read rightly how the customer feels",
        ge=0,
        le=1,
    )
    pleased_at: float = parameter(
        default=0.5, unit="standard deviations", help="Experience from which a customer counts as pleased", ge=-2, le=3
    )
    intends_share: float = parameter(
        default=0.65, unit="share of asks", help="Say yes, after a middling visit and without reward", gt=0, lt=1
    )
    mood_log_odds: float = parameter(
        default=0.7, unit="log odds", help="What a visit one standard deviation better adds to saying yes", ge=0, le=4
    )
    solved_mood: float = parameter(
        default=0.0, unit="standard deviations",
        help="How a customer feels, at the least, whose complaint was answered well",
        ge=-3, le=3,
    )  # fmt: skip
    attached_log_odds: float = parameter(
        default=0.8, unit="log odds", help="What buying the whole need here instead of half of it adds to saying yes",
        ge=0, le=4,
    )  # fmt: skip
    reward_log_odds: float = parameter(
        default=0.5, unit="log odds", help="What a reward worth one usual purchase adds to saying yes", ge=0, le=4
    )
    acts_share: float = parameter(
        default=0.5, unit="share of those who say yes", help="Do give names, if asked for one", ge=0, le=1
    )
    further_name_ratio: float = parameter(
        default=0.85, unit="ratio", help="How much fewer give names for each further name asked for", ge=0, le=1
    )
    name_becomes_share: float = parameter(
        default=0.25, unit="share of names", help="First names of a customer who become customers", ge=0, le=1
    )
    next_name_ratio: float = parameter(
        default=0.7, unit="ratio", help="How much less each next name of the same customer is worth", ge=0, le=1
    )
    writes_first_ratio: float = parameter(
        default=0.6, unit="ratio", help="Of friends who would come if called, those who get in touch themselves",
        ge=0, le=1,
    )  # fmt: skip
    friend_delay_weeks: float = parameter(
        default=4.0, unit="weeks", help="Mean time from contact to the friend's first visit", gt=0, le=104
    )
    would_have_come_share: float = parameter(
        default=0.2, unit="share of friends who come", help="Those who would have come unasked", ge=0, le=1
    )
    likeness_share: float = parameter(
        default=0.3, unit="share of friends", help="Friends who buy and stay as their referrer does; others as anybody",
        ge=0, le=1,
    )  # fmt: skip
    bond_log_odds: float = parameter(
        default=0.25, unit="log odds", help="What takes off a friend's leaving while the referrer is a customer",
        ge=0, le=3,
    )  # fmt: skip
    friend_spend_ratio: float = parameter(
        default=1.0, unit="ratio", help="What friends spend against what they would otherwise", gt=0, le=3
    )
    recommended_log_odds: float = parameter(
        default=0.25, unit="log odds", help="What having recommended the shop takes off one's own leaving", ge=0, le=3
    )
    recommended_half_life_weeks: float = parameter(
        default=26.0, unit="weeks", help="Time in which half of that is gone", gt=0, le=520
    )
    valued_log_odds: float = parameter(
        default=0.05, unit="log odds", help="What being asked when pleased takes off leaving at that visit", ge=0, le=3
    )
    pestered_log_odds: float = parameter(
        default=0.1,
        unit="log odds",
        help="What being asked without being pleased adds for those who say no",
        ge=0,
        le=3,
    )
    annoyed_log_odds: float = parameter(
        default=0.3, unit="log odds", help="What being asked after a failure not put right adds to leaving", ge=0, le=3
    )
