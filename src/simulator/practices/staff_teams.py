"""Teams of those who serve: places at each desk, what each person has learned, who leaves and who comes."""

import dataclasses

import numpy as np

from simulator import luck
from simulator.clock import YEAR_WEEKS, Flags, Floats, Integers
from simulator.run import Run

DESK = luck.purpose("staff_care.desk")
PLACE = luck.purpose("staff_care.place")
EMPTY = luck.purpose("staff_care.empty")
TENURE = luck.purpose("staff_care.tenure")
LEAVES = luck.purpose("staff_care.leaves")

MONTHS_A_YEAR = 12


@dataclasses.dataclass
class Team:
    """The places of all desks, a row a desk: skill 0 to 1 of who holds each, until when it is empty, weeks of training.

    `trained_weeks` counts weeks in which the person was in the training programme.
    """

    skill: Floats
    empty_until: Floats
    trained_weeks: Floats

    def copy(self) -> "Team":
        return Team(self.skill.copy(), self.empty_until.copy(), self.trained_weeks.copy())

    def staffed(self, week: int) -> Flags:
        return np.asarray(self.empty_until <= week)

    def people(self, week: int) -> Integers:
        """People at each desk."""
        return np.asarray(self.staffed(week).sum(axis=1))

    def mean_skill(self, week: int) -> Floats:
        """Mean skill of the people at each desk, 0 where there is nobody."""
        there = self.staffed(week)
        return np.asarray(np.where(there, self.skill, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1))

    def learn(self, week: int, unlearned: Floats | float, kept: float, in_training: Flags) -> None:
        """One week: of what each lacks the share `unlearned` (by desk) stays lacking, of what is known `kept` stays."""
        there = self.staffed(week)
        lacking = (1.0 - self.skill) * np.reshape(unlearned, (-1, 1))
        self.skill = np.where(there, (1.0 - lacking) * kept, 0.0)
        self.trained_weeks += there & in_training[:, np.newaxis]

    def let_go(self, week: int, rate_per_year: Floats | float, u: Floats, empty_weeks: float) -> Integers:
        """Who leaves in this week by the luck `u` of each place; how many at each desk."""
        chance = -np.expm1(-np.reshape(rate_per_year, (-1, 1)) / YEAR_WEEKS)
        leaves = self.staffed(week) & (u < chance)
        self.skill[leaves], self.trained_weeks[leaves] = 0.0, 0.0
        self.empty_until[leaves] = week + 1 + empty_weeks
        return np.asarray(leaves.sum(axis=1))


def places(run: Run, a_desk: int) -> luck.Keys:
    """A key for each place at each desk, from that of the desk's first customer: the same however work is split."""
    crowd, desks = run.customers, len(run.desks.free_at)
    order = np.lexsort((crowd.customer_id[: run.drawn], crowd.desk[: run.drawn]))
    desk, first = np.unique(crowd.desk[: run.drawn][order], return_index=True)
    keys = np.zeros(desks, np.uint64)  # of a desk without customers nobody sees the staff
    keys[desk] = crowd.keys[: run.drawn][order][first]
    own = luck.friend_keys(keys, 0, DESK)
    return luck.friend_keys(np.repeat(own, a_desk), np.tile(np.arange(a_desk), desks), PLACE).reshape(desks, a_desk)


def week_of(hours_per_month: float) -> float:
    """Hours a week."""
    return hours_per_month * MONTHS_A_YEAR / YEAR_WEEKS


def as_today(keys: luck.Keys, turnover_per_year: float, empty_weeks: float, unlearned: float, kept: float) -> Team:
    """Teams as they stand in the long run: some places are empty, tenures are exponential, skill goes with tenure.

    Skill after n weeks is s(1 − ρⁿ), where ρ = unlearned · kept and s = kept (1 − unlearned) / (1 − ρ) is its limit.
    """
    rate = turnover_per_year / YEAR_WEEKS
    u, empty_share = luck.uniform(keys.ravel(), 0, EMPTY), rate * empty_weeks / (1 + rate * empty_weeks)
    empty_until = np.where(u < empty_share, empty_weeks * u / max(empty_share, 1e-300), -np.inf)
    tenure = luck.exponential(luck.uniform(keys.ravel(), 0, TENURE)) / max(rate, 1e-12)
    skill = skill_after(tenure, unlearned, kept)
    skill = np.where(empty_until > 0, 0.0, skill)
    return Team(skill.reshape(keys.shape), empty_until.reshape(keys.shape), np.zeros(keys.shape))


def skill_after(weeks: Floats, unlearned: float, kept: float) -> Floats:
    """Skill of somebody who began `weeks` ago knowing nothing.

    >>> skill_after(np.array([0.0, 1.0, 1e9]), 0.5, 0.5).round(4).tolist()
    [0.0, 0.25, 0.3333]
    """
    rho = unlearned * kept
    limit = kept * (1 - unlearned) / (1 - rho) if rho < 1 else 0.0
    return np.asarray(limit * -np.expm1(weeks * np.log(max(rho, 1e-300))))
