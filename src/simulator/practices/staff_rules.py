"""Service and staff care (P13, P15, P16): the shop as it is, what it may do about it, and the numbers behind both."""

from typing import Literal

from simulator.parameters import checked, parameter
from simulator.practices.base import Practice

TrainWhere = Literal["everywhere", "worst desks", "best desks"]
HoursFrom = Literal["the floor", "desk hours", "overtime"]


@checked
class StaffRules(Practice):
    """What `staff_care.StaffCare` is made of: what the shop decides, how it is today, how people respond."""

    # what the shop decides
    training_hours_per_month: float = parameter(
        default=4.0, unit="hours a month a person", help="Training beyond what is learned today", ge=0, le=80
    )
    training_weeks: float = parameter(
        default=520.0, unit="weeks", help="How long the training goes on from week 0; 520 = without end", ge=0, le=520
    )
    train_where: TrainWhere = parameter(
        default="everywhere", unit="everywhere, worst desks, best desks",
        help="Whose staff is trained, by last year's records: all, where more complaints a visit were heard than is "
        "usual, or where a customer brought more money than is usual",
    )  # fmt: skip
    training_hours_from: HoursFrom = parameter(
        default="the floor", unit="the floor, desk hours, overtime",
        help="Where these hours are taken: from serving customers, from the desk's hours for practices, or paid on top",
    )  # fmt: skip
    training_cost_per_hour: float = parameter(
        default=15.0, unit="currency an hour a person", help="Trainer, room and material", ge=0
    )
    care_share: float = parameter(
        default=0.05, unit="share of wages", help="Spent on breaks, pay, help and recognition for those who serve",
        ge=0, le=1,
    )  # fmt: skip
    extra_hours_per_week: float = parameter(
        default=0.0, unit="hours a week a desk", help="Help hired for the floor", ge=0, le=400
    )
    product_repair_share: float = parameter(
        default=0.0, unit="share of these failures", help="The product's failures that better goods and checks remove",
        ge=0, le=1,
    )  # fmt: skip
    product_repair_cost: float = parameter(
        default=0.0, unit="currency a visit", help="What better goods and checks take", ge=0
    )
    after_sale_repair_share: float = parameter(
        default=0.0, unit="share of these failures", help="Failures after the sale that a better process removes",
        ge=0, le=1,
    )  # fmt: skip
    after_sale_repair_cost: float = parameter(
        default=0.0, unit="currency a visit", help="What deliveries on time and proper installation take", ge=0
    )
    survey_share: float = parameter(
        default=0.1, unit="share of visits", help="Visits after which the customer is asked for a mark, 1 to 5",
        ge=0, le=1,
    )  # fmt: skip
    fixed_cost_per_week: float = parameter(
        default=15.0, unit="currency a week", help="Somebody in charge, for the whole shop", ge=0
    )
    # the shop as it is today
    staff_per_desk: int = parameter(
        default=3, unit="people a desk", help="Places of those who serve customers", ge=1, le=50
    )
    floor_hours_per_week: float = parameter(
        default=35.0, unit="hours a week a person", help="Hours each of them serves customers", gt=0, le=168
    )
    load_today: float = parameter(
        default=0.8, unit="share of floor hours", help="What customers of an ordinary week take up of a full team",
        gt=0, le=2,
    )  # fmt: skip
    turnover_per_year: float = parameter(
        default=0.4, unit="departures a year a place", help="How often somebody leaves the shop's service today",
        ge=0, le=10,
    )  # fmt: skip
    vacancy_weeks: float = parameter(
        default=6.0, unit="weeks", help="How long a place stays empty before a newcomer begins", ge=0, le=104
    )
    hiring_cost: float = parameter(
        default=4000.0, unit="currency a departure", help="Finding somebody new and settling the newcomer in", ge=0
    )
    learned_today_hours_per_month: float = parameter(
        default=2.0, unit="hours a month a person",
        help="What is learned today, on the job and in courses, in hours of training", ge=0, le=80,
    )  # fmt: skip
    product_failures_share: float = parameter(
        default=0.3, unit="share of failures", help="Failures that come from the product, whoever serves", ge=0, le=1
    )
    after_sale_failures_share: float = parameter(
        default=0.3, unit="share of the others",
        help="Of the other failures, those after the sale: late, badly installed", ge=0, le=1,
    )  # fmt: skip
    # how staff and customers respond
    half_learned_hours: float = parameter(
        default=20.0, unit="hours", help="Training after which half of what was lacking is learned", gt=0, le=1000
    )
    forgotten_half_life_weeks: float = parameter(
        default=52.0, unit="weeks", help="Time in which half of what was learned is forgotten", gt=0, le=2600
    )
    skill_lift: float = parameter(
        default=0.6, unit="standard deviations", help="What somebody who knows all adds to a visit against a beginner",
        ge=0, le=4,
    )  # fmt: skip
    busy_from: float = parameter(
        default=0.85, unit="share of floor hours", help="Load from which service suffers", ge=0, le=2
    )
    overload_drop: float = parameter(
        default=0.2, unit="standard deviations", help="What a tenth more load beyond that takes from a visit",
        ge=0, le=2,
    )  # fmt: skip
    overload_turnover_ratio: float = parameter(
        default=1.2, unit="ratio", help="Turnover when load is a tenth further beyond that, against before", ge=1, le=4
    )
    care_turnover_ratio: float = parameter(
        default=0.6, unit="ratio", help="Turnover when a tenth of wages goes into care, against today", gt=0, le=2
    )
