"""VIP scheme (P01): the rules the shop sets, and the numbers behind how members respond."""

import pydantic

from simulator.parameters import checked, parameter
from simulator.practices.base import Practice


@checked
class Tier:
    """One level of card. The first level is the ordinary card."""

    label: str = parameter(unit="text", help="What the level is called", min_length=1, max_length=40)
    threshold: float = parameter(
        unit="currency in the window", help="Spend in the rolling window that earns the level", ge=0
    )
    discount_share: float = parameter(default=0.0, unit="share of list price", help="Member price", ge=0, le=0.9)
    points_multiple: float = parameter(default=1.0, unit="ratio", help="Points against the ordinary card", ge=0, le=20)
    gift_cost_per_quarter: float = parameter(
        default=0.0, unit="currency a quarter", help="Gift or service given to each member of the level", ge=0
    )


@checked
class VipRules(Practice):
    """What `vip_scheme.VipScheme` is made of: what the shop decides, then how customers respond."""

    # what the shop decides
    tiers: tuple[Tier, ...] = parameter(
        default=(
            Tier(label="silver", threshold=500.0, discount_share=0.03),
            Tier(label="gold", threshold=5000.0, discount_share=0.06, points_multiple=1.5, gift_cost_per_quarter=10.0),
        ),
        unit="", help="Levels of the card, the ordinary card first, thresholds rising", min_length=1, max_length=6,
    )  # fmt: skip
    window_quarters: int = parameter(
        default=4, unit="quarters", help="Length of the rolling window of spend", ge=1, le=12
    )
    review_weeks: int = parameter(
        default=52, unit="weeks", help="How often members who no longer qualify lose their level", ge=13, le=520
    )
    points_per_currency: float = parameter(default=0.1, unit="points per currency unit", help="Points earned", ge=0)
    reward_points: float = parameter(default=500.0, unit="points", help="Points that buy one reward", gt=0)
    reward_value: float = parameter(
        default=100.0, unit="currency", help="List price of a reward, the cap of what members may choose", ge=0
    )
    points_life_weeks: float = parameter(
        default=104.0, unit="weeks", help="Points lapse after so long without a purchase", gt=0, le=1040
    )
    birthday_multiple: float = parameter(default=2.0, unit="ratio", help="Points in the birthday week", ge=1, le=10)
    slow_weekday: int = parameter(default=2, unit="weekday, Monday = 0", help="The slow day of the week", ge=0, le=6)
    slow_weekday_multiple: float = parameter(default=2.0, unit="ratio", help="Points on the slow day", ge=1, le=10)
    draw_digits: tuple[int, ...] = parameter(
        default=(6, 8),
        unit="digits",
        help="Last digits of a balance that enter the quarterly prize draw",
        max_length=10,
    )
    draw_win_share: float = parameter(
        default=0.01, unit="share of entrants", help="Chance of an entrant to win", ge=0, le=1
    )
    draw_prize_cost: float = parameter(default=50.0, unit="currency", help="Cost of a prize", ge=0)
    staff_offer_share: float = parameter(
        default=0.4, unit="share of visits", help="Visits of non-members who qualify at which staff offer the card",
        ge=0, le=1,
    )  # fmt: skip
    rules_followed_share: float = parameter(
        default=0.97,
        unit="share of visits",
        help="Visits at which the assistant applies the rules as written",
        ge=0,
        le=1,
    )
    price_for_everyone: bool = parameter(
        default=False, unit="yes or no", help="Everybody gets the ordinary card's price, so that it draws nobody"
    )
    data_kept: bool = parameter(
        default=True, unit="yes or no", help="Forms are entered; without data: no levels, points, gifts or draws"
    )
    enrolment_minutes: float = parameter(
        default=6.0, unit="minutes a member", help="Desk work for the form and the card", ge=0, le=240
    )
    card_cost: float = parameter(default=3.0, unit="currency a member", help="The card itself", ge=0)
    member_cost_per_year: float = parameter(
        default=2.0, unit="currency a year a member", help="Messages and upkeep", ge=0
    )
    fixed_cost_per_week: float = parameter(
        default=40.0, unit="currency a week", help="The person in charge, system, printing", ge=0
    )
    # how customers respond
    join_effort: float = parameter(
        default=60.0,
        unit="currency a year",
        help="Saving a year at which half of those who are offered the card join",
        gt=0,
    )
    wallet_shift_share: float = parameter(
        default=0.08, unit="share", help="Of purchases elsewhere, those that move here for benefits worth 10 %",
        ge=0, lt=1,
    )  # fmt: skip
    deal_seeker_ratio: float = parameter(
        default=2.0, unit="ratio", help="How much more of theirs deal seekers move for the same price", ge=0, le=10
    )
    near_reward_pace: float = parameter(
        default=0.2, unit="share", help="How much faster members buy just before a reward or a level", ge=0, le=2
    )
    near_reward_from: float = parameter(
        default=0.5, unit="share of the way", help="Where the quickening begins", ge=0, lt=1
    )
    borrowed_share: float = parameter(
        default=0.7, unit="share", help="Of purchases made sooner, those missing later", ge=0, le=1
    )
    status_log_odds: float = parameter(
        default=0.15, unit="log odds a level", help="What each level above the first takes off leaving", ge=0, le=3
    )
    gift_log_odds: float = parameter(
        default=0.05,
        unit="log odds",
        help="What a reward, gift or prize takes off leaving while it is remembered",
        ge=0,
        le=3,
    )
    goodwill_half_life_weeks: float = parameter(
        default=13.0,
        unit="weeks",
        help="How soon gifts, lost levels and refused prices are half forgotten",
        gt=0,
        le=520,
    )
    points_tie_log_odds: float = parameter(
        default=0.10, unit="log odds", help="What a balance worth one usual purchase takes off leaving", ge=0, le=3
    )
    refusal_log_odds: float = parameter(
        default=0.3, unit="log odds", help="What a member price refused at the till adds to leaving", ge=0, le=3
    )

    @pydantic.model_validator(mode="after")
    def _rising(self) -> "VipRules":
        thresholds = [tier.threshold for tier in self.tiers]
        if thresholds != sorted(set(thresholds)):
            raise ValueError(f"tiers have thresholds {thresholds}; each must be above the one before")
        if any(digit not in range(10) for digit in self.draw_digits):
            raise ValueError(f"draw_digits = {self.draw_digits}; allowed: 0 to 9")
        return self
