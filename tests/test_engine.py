"""The engine against theory, against worlds worked by hand, and against itself: placebo, splits, paired luck.

Simulations are seeded and so never change; the chance stated is that of a right engine failing with its seed.
"""

import concurrent.futures
import dataclasses
import datetime
import functools
import importlib.util
import math
import multiprocessing
import statistics
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy import special, stats
from worlds import (
    BG,
    MBG,
    STAGES,
    Calls,
    Scripted,
    as_bytes,
    assert_same_world,
    changing,
    faster,
    in_both,
    part,
    seeded,
    small_store,
    voices,
)

from simulator import closed_forms, luck
from simulator.clock import HOURS_PER_WEEK
from simulator.customers import VOICES, Customers, born_at, draw
from simulator.engine import before_week_0, go_on, simulate
from simulator.practices import Practice
from simulator.store import Arrivals, Desks, Response, Service, Spend, Store, Visits
from simulator.world import World, merge

SIZE = 150_000
RARE = 1e-9
SEASON = tuple(1 + 0.6 * math.sin(2 * math.pi * week / 52) for week in range(52))
STEADY = Visits(r=1.0, alpha_weeks=2.0, a=1e-6, b=1.0)  # nobody leaves: p is 1e-12 for all


@dataclasses.dataclass
class Lives:
    """The simulated lives of many customers born at week 0, practices off."""

    visits: Visits
    spend: Spend
    customers: pd.DataFrame
    repeats: pd.DataFrame
    first_price: np.ndarray

    def counts(self, weeks: float) -> np.ndarray:
        return np.bincount(self.repeats["customer_id"][self.repeats["week"] <= weeks], minlength=SIZE)

    def alive(self, weeks: float) -> np.ndarray:
        return ~(self.customers["left_week"].to_numpy() <= weeks)  # empty = still a customer

    def past(self, age: float) -> tuple[np.ndarray, np.ndarray]:
        """Repeat visits by `age`, and the week of the last of them."""
        seen = self.repeats[self.repeats["week"] <= age]
        last = seen.groupby("customer_id")["week"].max().reindex(range(SIZE), fill_value=0.0)
        return self.counts(age), last.to_numpy()


@pytest.fixture(scope="module", params=[BG, MBG], ids=["BG", "MBG"])
def lives(request) -> Lives:
    store = Store(visits=request.param, spend=Spend(shape_p=6.25, shape_q=3.74, scale_gamma=15.44))
    crowd = born_at(store, seed=4, first_weeks=np.zeros(SIZE))
    world = simulate(store, seed=4, weeks=156, customers=crowd)
    first = world.truth.visits["number"] == 0
    prices = world.truth.visits[first].sort_values("customer_id")["list_price"].to_numpy()
    return Lives(store.visits, store.spend, world.truth.customers, world.truth.visits[~first], prices)


def assert_mean(values: np.ndarray, expected: float) -> None:
    """Within six standard errors, measured on the values: fails by chance about twice in 10^9."""
    assert abs(values.mean() - expected) < 6 * values.std() / math.sqrt(len(values))


# --- closed forms ---


def test_repeats_are_those_published(lives):
    """BG/NBD with its published CDNOW parameters, MBG/NBD with ours; expected repeats to four digits."""
    published = {BG: [0.9013, 1.1950, 1.4440, 1.8580, 2.7549], MBG: [0.8981, 1.1823, 1.4189, 1.8036, 2.6029]}
    for weeks, expected in zip([26, 39, 52, 78, 156], published[lives.visits], strict=True):
        assert_mean(lives.counts(weeks), expected)


def test_repeat_counts_have_their_distribution(lives):
    """Chi-square over 0…9 and 10 or more repeats: fails by chance once in 10^9."""
    for weeks in (10, 156):
        seen = np.bincount(np.minimum(lives.counts(weeks), 10), minlength=11)
        expected = SIZE * closed_forms.repeat_count_shares(lives.visits, weeks, most=10)
        assert stats.chisquare(seen, expected, sum_check=False).pvalue > RARE


def test_the_share_still_a_customer(lives):
    for weeks in (0, 4, 13, 52, 104, 155.5):
        share = float(closed_forms.still_customer(lives.visits, weeks))
        error = math.sqrt(share * (1 - share) / SIZE)  # six of them: by chance twice in 10^9
        assert abs(lives.alive(weeks).mean() - share) <= 6 * error


@pytest.mark.parametrize(("weeks", "window"), [(0, 4), (13, 13), (52, 13), (52, 52), (100, 56)])
def test_retention_is_being_a_customer_and_coming(lives, weeks, window):
    within = lives.repeats[(lives.repeats["week"] > weeks) & (lives.repeats["week"] <= weeks + window)]
    came = np.isin(np.arange(SIZE), within["customer_id"])
    assert_mean(came & lives.alive(weeks), float(closed_forms.retention(lives.visits, weeks, window)))


def test_p_alive_is_right_about_customers_of_every_past(lives):
    """In ten bins of P(alive), the number alive is a sum of Bernoullis: six standard errors, by chance four in 10^8."""
    x, last = lives.past(39)
    said, true = closed_forms.p_alive(lives.visits, x, last, 39.0), lives.alive(39)
    certain = said == 1
    assert true[certain].all()
    assert certain.sum() == ((x == 0).sum() if lives.visits is BG else 0)
    for rows in np.array_split(np.flatnonzero(~certain)[np.argsort(said[~certain])], 10):
        assert abs((true[rows] - said[rows]).sum()) < 6 * math.sqrt((said[rows] * (1 - said[rows])).sum())


def test_expected_repeats_given_the_past(lives):
    """In ten bins of the expectation, and at three pasts; six standard errors each: by chance five in 10^8."""
    x, last = lives.past(39)
    said = closed_forms.expected_repeats_given(lives.visits, x, last, 39.0, 39.0)
    came = lives.counts(78) - lives.counts(39)
    bins = np.array_split(np.argsort(said, kind="stable"), 10)
    pasts = [x == 0, (x == 1) & (last > 30), (x >= 2) & (last < 20)]
    for rows in [*bins, *map(np.flatnonzero, pasts)]:
        assert len(rows) > 1000
        assert_mean(came[rows] - said[rows], 0.0)


def test_expected_spend_given_the_past(lives):
    """By number of visits paid, what customers' true means average; six standard errors, by chance twice in 10^9."""
    seen = lives.repeats[lives.repeats["week"] <= 39]
    total = np.bincount(seen["customer_id"], seen["list_price"], minlength=SIZE) + lives.first_price
    count = lives.counts(39) + 1
    said = closed_forms.expected_spend(lives.spend, total / count, count)
    for visits in (1, 2, 3, 6):
        rows = count == visits
        assert_mean(lives.customers["mean_spend"].to_numpy()[rows] - said[rows], 0.0)
        rows &= total / count > 50  # those who paid much are drawn to the mean
        assert_mean(lives.customers["mean_spend"].to_numpy()[rows] - said[rows], 0.0)


def cdnow_first_days() -> np.ndarray:
    """The day of the year of each of the 2,357 customers' first purchase."""
    place = importlib.util.find_spec("lifetimes").origin  # not imported: only its data is read
    log = pd.read_csv(Path(place).parent / "datasets/CDNOW_sample.txt", sep=r"\s+", header=None, dtype=str)
    first = pd.to_datetime(log[2]).groupby(log[1]).min()
    return (first - pd.Timestamp("1996-12-31")).dt.days.to_numpy()


def test_frequencies_of_the_cdnow_customers():
    """BG/NBD's published frequencies 0…6 and 7+ for CDNOW's 2,357 customers, each from its own first day to week 39.

    Forty copies of them; chi-square with 7 degrees, fails by chance once in 10^9. Published to one digit, which moves
    an expected count by at most 2 of a standard deviation of 32.
    """
    published = np.array([1407.7, 460.3, 192.5, 101.2, 59.9, 38.1, 25.6, 71.9])
    days = cdnow_first_days()
    assert len(days) == 2357
    store = Store(visits=BG)
    crowd = born_at(store, seed=11, first_weeks=np.tile(days / 7, 40))
    world = simulate(store, seed=11, weeks=39, customers=crowd)
    seen = np.bincount(np.minimum(world.truth.customers["visits"] - 1, 7), minlength=8)
    assert stats.chisquare(seen, published * seen.sum() / published.sum()).pvalue > RARE


# --- leaving and failures ---

ANGRY = Store(
    visits=Visits(r=1.0, alpha_weeks=1e6, a=0.8, b=3.2),
    service=Service(failure_share=0.2, failure_concentration=4.0, silent_log_odds=1.6, complained_log_odds=0.7),
)


@pytest.fixture(scope="module")
def first_visits() -> pd.DataFrame:
    """300,000 first visits; hardly anybody comes again within the week."""
    world = simulate(ANGRY, seed=6, weeks=1, customers=born_at(ANGRY, 6, np.zeros(300_000)))
    return world.truth.visits[world.truth.visits["number"] == 0]


def test_leaving_by_experience_is_that_of_the_table(first_visits):
    """Each measured share within six binomial standard errors: fails by chance about twice in 10^9 each."""
    visits, table = first_visits, closed_forms.leaving_table(ANGRY)
    voice = visits["voice"].map(dict(enumerate(VOICES)))
    complained = voice.isin(["to staff", "to third parties"])
    silent = voice.isin(["silent", "told others"])
    assert (visits["failed"] == (complained | silent)).all()
    measured = {
        "P(leave)": visits["leaves"],
        "P(leave | no failure)": visits["leaves"][voice == "fine"],
        "P(leave | failure)": visits["leaves"][visits["failed"]],
        "P(leave | silent)": visits["leaves"][silent],
        "P(leave | complained)": visits["leaves"][complained],
        "share of departures with a failure": visits["failed"][visits["leaves"]],
        "share of departures with a failure the shop heard of": complained[visits["leaves"]],
    }
    assert set(measured) == set(table.index)
    for name, flags in measured.items():
        assert abs(flags.mean() - table[name]) < 6 * math.sqrt(table[name] * (1 - table[name]) / len(flags)), name


def test_voices_have_their_shares(first_visits):
    """Of failures, .30 to the staff, .02 to third parties, .40 told others, the rest silent: chi-square."""
    seen = np.bincount(first_visits["voice"][first_visits["failed"]], minlength=5)[1:]
    assert stats.chisquare(seen, seen.sum() * np.array([0.28, 0.40, 0.30, 0.02])).pvalue > RARE
    failed = first_visits["failed"]
    assert abs(failed.mean() - 0.2) < 6 * math.sqrt(0.2 * 0.8 / len(failed))  # f averages 0.2 over customers


def test_leaving_is_a_chance_of_p_whatever_went_before():
    """Visit n's leaving, given earlier failures and p, is Bernoulli(p): twelve groups, each within six standard errors.

    p is each customer's own, so the errors are those of a sum of independent flags: by chance two in 10^8.
    """
    store = dataclasses.replace(ANGRY, visits=Visits(r=2.0, alpha_weeks=1.0, a=0.8, b=3.2))
    world = simulate(store, seed=8, weeks=6, customers=born_at(store, 8, np.zeros(40_000)))
    visits = world.truth.visits.sort_values(["customer_id", "number"])
    earlier = (visits.groupby("customer_id")["failed"].cumsum() - visits["failed"]).clip(upper=2)
    p = world.truth.customers.set_index("customer_id")["leaving_share"].loc[visits["customer_id"]].to_numpy()
    repeat = visits["number"].to_numpy() > 0
    surprise = pd.DataFrame({"gap": visits["leaves"].to_numpy() - p, "variance": p * (1 - p)})
    groups = surprise[repeat].groupby([earlier.to_numpy()[repeat], np.digitize(p, [0.05, 0.15, 0.35])[repeat]]).sum()
    assert len(groups) == 12
    assert (groups["variance"] > 20).all()
    assert (groups["gap"].abs() < 6 * np.sqrt(groups["variance"])).all()


def test_a_failed_first_visit_can_end_the_relationship_under_mbg_alone():
    under = {}
    for can in (True, False):
        store = dataclasses.replace(ANGRY, visits=dataclasses.replace(ANGRY.visits, first_visit_can_be_last=can))
        world = simulate(store, seed=6, weeks=1, customers=born_at(store, 6, np.zeros(5000)))
        under[can] = world.truth.visits[(world.truth.visits["number"] == 0) & world.truth.visits["failed"]]
    assert under[True]["leaves"].sum() > 100
    assert not under[False]["leaves"].any()
    assert (under[True]["experience"].to_numpy() == under[False]["experience"].to_numpy()).all()


# --- worlds worked out in plain Python ---

HAND = Store(
    visits=Visits(r=1.0, alpha_weeks=2.5, a=1.0, b=3.0),
    spend=Spend(shape_p=1.0, shape_q=2.0, scale_gamma=40.0),
    arrivals=Arrivals(new_customers_per_week=0.0, history_weeks=0),
    service=Service(failure_share=0.4, failure_concentration=2.5, silent_log_odds=1.4, complained_log_odds=0.8),
)
NORMAL = statistics.NormalDist()


def number(key: np.uint64, occasion: int, purpose: str) -> float:
    return float(luck.uniform(np.array([key], dtype=np.uint64), occasion, luck.purpose(purpose))[0])


def root(rising, low: float, high: float) -> float:
    """Where a rising function is zero, by halving."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return middle


def odds_to_chance(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


@dataclasses.dataclass
class Person:
    """A customer of `HAND`, whose shapes are 1 and 2, where quantiles can be written down."""

    key: np.uint64
    first_week: float

    def __post_init__(self) -> None:
        self.rate = -math.log(1 - number(self.key, 0, "customer.rate")) / 2.5
        self.p = 1 - (1 - number(self.key, 0, "customer.leaving")) ** (1 / 3)
        u_spend = number(self.key, 0, "customer.spend")
        self.spend_rate = root(lambda x: 1 - (1 + x) * math.exp(-x) - u_spend, 0.0, 100.0) / 40
        self.f = 1 - (1 - number(self.key, 0, "customer.failure")) ** (1 / 1.5)
        parts = {0.0: 1 - self.f, 1.4: self.f * 0.68, 0.8: self.f * 0.32}
        self.eta = root(lambda x: sum(s * odds_to_chance(x + b) for b, s in parts.items()) - self.p, -60.0, 60.0)

    def life(self, weeks: float) -> Iterator[dict[str, object]]:
        time, n, leaves = self.first_week, 0, False
        while time < weeks and not leaves:
            z = NORMAL.inv_cdf(number(self.key, n, "visit.experience"))
            failed = z < NORMAL.inv_cdf(self.f)
            voice, burden = self.voice(n) if failed else ("fine", 0.0)
            chance = odds_to_chance(self.eta + burden)
            leaves = number(self.key, n, "visit.leave") < chance
            price = max(round(-math.log(1 - number(self.key, n, "visit.spend")) / self.spend_rate, 2), 0.01)
            yield {"number": n, "week": time, "experience": z, "failed": failed, "voice": voice, "list_price": price,
                   "burden": burden, "leave_chance": chance, "leaves": leaves}  # fmt: skip
            time += -math.log(number(self.key, n, "visit.wait")) / self.rate
            n += 1

    def voice(self, n: int) -> tuple[str, float]:
        u = number(self.key, n, "visit.voice")
        if u < 0.30:
            return "to staff", 0.8
        if u < 0.32:
            return "to third parties", 0.8
        return ("told others", 1.4) if u < 0.72 else ("silent", 1.4)


def people(seed: int, first_weeks: list[float]) -> tuple[Customers, list[Person]]:
    crowd = born_at(HAND, seed, np.array(first_weeks))
    return crowd, [Person(key, first) for key, first in zip(crowd.keys, first_weeks, strict=True)]


def assert_lived(world: World, persons: list[Person], weeks: float) -> pd.DataFrame:
    """The world's true visits are those worked out for each person; gives them back."""
    lived = [{"customer_id": i, **visit} for i, person in enumerate(persons) for visit in person.life(weeks)]
    expected = pd.DataFrame(lived).sort_values(["week", "customer_id"], ignore_index=True)
    actual = world.truth.visits.assign(voice=voices(world))
    pd.testing.assert_frame_equal(actual[expected.columns], expected, check_dtype=False, rtol=1e-9, atol=1e-9)
    return expected


def test_three_customers_by_hand():
    """Every order, complaint, visit and customer of a three-customer world, from the addressed numbers alone."""
    crowd, persons = people(seed=14, first_weeks=[0.0, 0.25, 3.5])
    world = simulate(HAND, seed=14, weeks=30, customers=crowd)
    expected = assert_lived(world, persons, 30)
    assert {"fine", "to staff"} < set(expected["voice"])  # the seed gives a world in which things happen
    assert len(expected) > 15 and 0 < expected["leaves"].sum() < 3

    orders = world.orders
    assert orders["order_id"].tolist() == [100_000 * i + n for i, n in expected[["customer_id", "number"]].to_numpy()]
    assert orders["paid"].tolist() == orders["list_price"].tolist() == expected["list_price"].tolist()
    assert (orders["discount"] == 0).all()
    hours = [math.floor(week * HOURS_PER_WEEK) for week in expected["week"]]
    assert orders["date"].tolist() == [datetime.datetime(2025, 1, 6) + datetime.timedelta(hours=h) for h in hours]

    heard = expected[expected["voice"].isin(["to staff", "to third parties"])]
    assert world.records["complaints"]["channel"].tolist() == heard["voice"].tolist()
    assert world.records["complaints"]["week"].tolist() == pytest.approx(heard["week"].tolist())

    last = expected[expected["leaves"]].set_index("customer_id")
    for i, (person, row) in enumerate(zip(persons, world.truth.customers.to_dict("records"), strict=True)):
        seen = (row["rate_per_week"], row["leaving_share"], row["failure_share"], row["mean_spend"])
        assert seen == pytest.approx((person.rate, person.p, person.f, 1 / person.spend_rate), rel=1e-9)
        assert row["visits"] == (expected["customer_id"] == i).sum()
        assert row["left_week"] == pytest.approx(last["week"].get(i, math.nan), nan_ok=True)
        assert row["left_after"] == last["voice"].get(i, "")
    assert world.costs.empty and world.records["desk_hours"].empty


def test_week_steps_change_nothing():
    """Two hundred customers who come up to several times a week, some before week 0: continuous time, to rounding."""
    store = dataclasses.replace(HAND, visits=dataclasses.replace(HAND.visits, alpha_weeks=0.5))
    crowd = born_at(store, 21, np.linspace(-8.0, 11.9, 200))
    persons = [Person(key, first) for key, first in zip(crowd.keys, crowd.first_week, strict=True)]
    for person in persons:
        person.rate *= 2.5 / 0.5
    expected = assert_lived(simulate(store, seed=21, weeks=12, customers=crowd), persons, 12)
    a_week = expected.groupby(["customer_id", expected["week"] // 1]).size()
    assert a_week.max() > 5 and (expected["week"] < 0).sum() > 100  # several rounds a week were needed


def test_a_season_is_another_clock_and_nothing_else():
    """The same customers with the same luck, born at the same buying times: every visit is at the same buying time."""
    flat = Store(visits=Visits(r=1.0, alpha_weeks=2.0, a=0.8, b=7.2))
    season = dataclasses.replace(flat, season=SEASON)
    first = np.linspace(-60, 100, 1000)
    one = simulate(flat, seed=3, weeks=104, customers=born_at(flat, 3, first))
    calendar = season.clock.calendar(first)
    other = simulate(season, seed=3, weeks=104, customers=born_at(season, 3, calendar))
    left, right = in_both(one, other)
    assert len(left) == len(one.orders) == len(other.orders)  # both end with a whole year, where the clocks agree
    assert season.clock.elapsed(right["week"].to_numpy()) == pytest.approx(left["week"].to_numpy(), abs=1e-9)
    assert np.abs(right["week"] - left["week"]).max() > 3
    same = [name for name in left.columns if name != "week"]
    pd.testing.assert_frame_equal(left[same], right[same])


# --- practices and luck ---


def placebo(told: list[object]) -> Scripted:
    """Something to say at every stage, luck of its own, work for nobody, and nothing changed."""
    use = luck.purpose("test.placebo")

    def stage(name, act, visits):
        told.append(name)
        act.run.uniform(visits, use)
        act.run.hand_in(visits, np.zeros(len(visits.rows), bool), "nothing", minutes=10)
        act.run.book("placebo", "nothing", visits.rows[:0], 0.0, 0.0)

    def open_week(act, week):
        told.append(week)
        act.pace = {}
        luck.uniform(act.run.customers.keys, week, use)

    return Scripted("placebo", open_week=open_week, **{name: functools.partial(stage, name) for name in STAGES})


@pytest.mark.parametrize("practices", [(), (Calls(),)], ids=["alone", "beside another"])
def test_a_placebo_changes_no_byte(practices):
    store = small_store(season=SEASON)
    told = []
    without = simulate(store, practices, seed=3, weeks=30)
    assert_same_world(simulate(store, (*practices, placebo(told)), seed=3, weeks=30), without)
    assert len(told) > 6 * 30


def test_practices_speak_at_each_stage_in_order():
    told = []
    simulate(small_store(), [placebo(told)], seed=3, weeks=30)
    assert [each for each in told if not isinstance(each, str)] == list(range(30))
    assert STAGES == ["greet", "plan", "listen", "answer", "settle", "part"]
    rounds = [each for each in told if isinstance(each, str)]
    assert rounds == STAGES * (len(rounds) // 6) and len(rounds) > 6 * 30  # more rounds than weeks


def test_practices_speak_in_the_order_given():
    said = []
    names = ("c", "a", "b")
    practices = [Scripted(name, settle=lambda act, visits: said.append(act.name)) for name in names]
    world = simulate(small_store(), practices, seed=3, weeks=5)
    assert said == list(names) * (len(said) // 3) and said
    assert world.practices == names


def test_the_small_practice_does_something():
    """Otherwise the tests of splitting below would show nothing."""
    world, without = part(tuple(range(14)), (Calls(),)), part(tuple(range(14)))
    assert len(world.records["calls"]) > 50 and world.records["desk_hours"]["hours"].sum() > 50
    assert set(world.costs["kind"]) == {"rent", "flowers"}
    assert len(world.orders) > len(without.orders)
    relief = world.truth.visits["relief"]
    assert relief.max() < 1.5 and relief[relief > 0].min() < 0.5 * relief.max()  # some answers were late


SPLITS = {"2": [range(7), range(7, 14)], "7": [(n, 13 - n) for n in range(7)], "14": [(n,) for n in range(14)]}


@pytest.mark.parametrize("practices", [(), (Calls(),)], ids=["off", "on"])
@pytest.mark.parametrize("parts", SPLITS)
def test_desks_apart_are_the_whole(parts, practices):
    whole = simulate(small_store(), practices, seed=5, weeks=30)
    assert_same_world(merge([part(tuple(desks), practices) for desks in SPLITS[parts]]), whole)


def test_desks_in_other_processes_are_the_whole():
    """Fresh interpreters, with other hashes of text and other memory."""
    desks = [tuple(range(start, 14, 2)) for start in range(2)]
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        parts = list(pool.map(part, desks, [(Calls(),)] * 2))
    assert_same_world(merge(parts), part(tuple(range(14)), (Calls(),)))


def test_the_order_in_which_desks_are_put_together_does_not_matter():
    parts = [part((n, n + 1), (Calls(),)) for n in range(0, 14, 2)]
    assert_same_world(merge(parts[::-1]), merge(parts))


def test_one_history_serves_many_futures():
    """A history can be begun with several practices, one after the other, and each world is as if it came first."""
    store = small_store()
    history = before_week_0(store, draw(store, 9, 30))
    for practices in ((Calls(),), (), (faster(2.0),), (Calls(),)):
        assert_same_world(go_on(history, practices, 30), simulate(store, practices, seed=9, weeks=30))


def test_more_weeks_leave_the_earlier_ones_as_they_are():
    short, long = (simulate(small_store(), [Calls()], seed=3, weeks=weeks) for weeks in (20, 30))
    left, right = short.truth.visits, long.truth.visits
    for name in left:
        assert as_bytes(left[name]) == as_bytes(right[right["week"] < 20][name]), name


def test_practices_do_not_touch_the_time_before_week_0():
    one, other = (simulate(small_store(), practices, seed=3, weeks=10) for practices in ((), (Calls(), faster(3.0))))
    for frame in ("orders", "complaints"):
        left, right = (world.records[frame] for world in (one, other))
        pd.testing.assert_frame_equal(left[left["week"] < 0], right[right["week"] < 0], check_exact=True)
    left, right = (world.truth.visits[world.truth.visits["week"] < 0] for world in (one, other))
    pd.testing.assert_frame_equal(left, right, check_exact=True)
    assert len(left) > 100 and len(one.orders) != len(other.orders)


def test_better_service_moves_experience_and_no_other_luck():
    """Every visit that happens in both worlds is at the same time, of the same price, and one step better."""
    without = simulate(small_store(), seed=3, weeks=30)
    better = simulate(small_store(), [changing("service", 0.5, stage="greet")], seed=3, weeks=30)
    left, right = in_both(without, better)
    assert len(left) == len(without.orders) < len(better.orders)  # who fails less often leaves later, and never sooner
    for name in ("week", "list_price", "desk", "number", "pace", "discount"):
        assert as_bytes(left[name]) == as_bytes(right[name]), name
    lifted = (left["week"] >= 0) * 0.5
    assert right["experience"].to_numpy() == pytest.approx((left["experience"] + lifted).to_numpy(), abs=1e-12)
    assert not (right["failed"] & ~left["failed"]).any() and right["failed"].sum() < left["failed"].sum()
    both = left["failed"] & right["failed"]
    assert (left["voice"][both] == right["voice"][both]).all()


def test_expectation_takes_from_experience_what_service_adds():
    plain = simulate(small_store(), seed=3, weeks=10)
    practices = [changing("service", 0.25, "greet"), changing("expectation", 0.25, "greet")]
    same = simulate(small_store(), practices, seed=3, weeks=10)
    assert (plain.truth.visits["failed"] == same.truth.visits["failed"]).all()
    assert (plain.truth.visits["leaves"] == same.truth.visits["leaves"]).all()


def last_numbers(world: World) -> np.ndarray:
    """At which visit each customer left; infinity for who did not."""
    left = world.truth.visits[world.truth.visits["leaves"]].set_index("customer_id")["number"]
    return left.reindex(world.truth.customers["customer_id"]).fillna(math.inf).to_numpy()


@settings(seeded, max_examples=25, phases=[Phase.generate])
@given(st.sampled_from(["credit", "relief"]), st.floats(0, 8), st.integers(0, 10**6), st.booleans())
def test_what_holds_customers_never_makes_one_leave_earlier(column, amount, seed, can):
    visits = Visits(r=1.0, alpha_weeks=3.0, a=0.8, b=5.0, first_visit_can_be_last=can)
    store = small_store(visits=visits)
    without = simulate(store, seed=seed, weeks=20)
    held = simulate(store, [changing(column, amount)], seed=seed, weeks=20)
    assert (last_numbers(held) >= last_numbers(without)).all()
    left, right = in_both(without, held)
    assert len(left) == len(without.orders)
    assert as_bytes(left["week"]) == as_bytes(right["week"])


@pytest.mark.parametrize(("column", "amount"), [("credit", 0.7), ("relief", 0.7), ("credit", -0.7)])
def test_log_odds_of_leaving_by_hand(column, amount):
    """σ(η + burden − relief − L·tanh(response · credit / L)), for every visit from week 0 on."""
    store = small_store()
    crowd = draw(store, 3, 20)
    world = simulate(store, [changing(column, amount)], seed=3, weeks=20)
    visits = world.truth.visits
    rows = visits["customer_id"].to_numpy()  # a customer's number is its row
    off = amount * (visits["week"].to_numpy() >= 0)
    if column == "credit":
        off = 1.5 * np.tanh(crowd.response[rows] * off / 1.5)
    chance = special.expit(crowd.base_log_odds[rows] + visits["burden"] - off)
    assert visits["leave_chance"].to_numpy() == pytest.approx(chance.to_numpy(), rel=1e-12)
    assert (visits[column] == amount).sum() == (visits["week"] >= 0).sum() > 100


# --- pace ---


@pytest.mark.parametrize("season", [(), SEASON], ids=["flat", "season"])
def test_twice_the_pace_is_half_the_time_from_week_0_on(season):
    """Visits of customers who came before week 0 and never leave: buying time t after week 0 becomes t / 2."""
    store = Store(visits=STEADY, season=season)
    crowd = born_at(store, 3, np.linspace(-20, -0.1, 300))
    plain = simulate(store, seed=3, weeks=104, customers=crowd)
    paced = simulate(store, [faster(2.0)], seed=3, weeks=52, customers=crowd)
    left, right = in_both(plain, paced)
    assert len(left) == len(plain.orders) == len(paced.orders)
    elapsed, halved = (store.clock.elapsed(frame["week"].to_numpy()) for frame in (left, right))
    assert halved == pytest.approx(np.where(elapsed < 0, elapsed, elapsed / 2), abs=1e-9)
    assert (elapsed > 0).sum() > 10_000


def test_a_change_of_pace_rescales_the_rest_of_a_wait():
    """Pace 3 from week 10 and the old pace again from week 14: a week then counts three."""
    store = Store(visits=STEADY)
    crowd = born_at(store, 3, np.linspace(-20, -0.1, 300))

    def open_week(act, week):
        act.pace = {"push": np.full(300, 3.0)} if 10 <= week < 14 else {}

    plain = simulate(store, seed=3, weeks=60, customers=crowd)
    paced = simulate(store, [Scripted(open_week=open_week)], seed=3, weeks=52, customers=crowd)
    left, right = in_both(plain, paced)
    assert len(left) == len(plain.orders) == len(paced.orders)
    expected = np.interp(left["week"], [-20, 10, 22, 60], [-20, 10, 14, 52])
    assert right["week"].to_numpy() == pytest.approx(expected, abs=1e-9)


def test_pace_touches_those_it_is_meant_for():
    store = Store(visits=STEADY)
    crowd = born_at(store, 3, np.linspace(-20, -0.1, 300))
    chosen = np.arange(300) % 3 == 0

    def begin(act):
        act.pace = {"push": np.where(chosen, 2.0, 1.0)}

    plain = simulate(store, seed=3, weeks=20, customers=crowd).truth.visits
    paced = simulate(store, [Scripted(begin=begin)], seed=3, weeks=20, customers=crowd).truth
    others = [visits[~chosen[visits["customer_id"]]] for visits in (plain, paced.visits)]
    assert as_bytes(others[0]["week"]) == as_bytes(others[1]["week"])
    ratio = paced.visits["pace"].to_numpy()
    assert (ratio == np.where(chosen[paced.visits["customer_id"]] & (paced.visits["week"] >= 0), 2.0, 1.0)).all()
    # visits gained are expected at λ a week for those who come at twice the pace
    gained = np.where(chosen, crowd.rate_per_week * 20, 0.0)
    assert paced.customers["extra_push"].to_numpy() == pytest.approx(gained, rel=1e-9)


@pytest.mark.parametrize("pace", [0.5, 2.0, 3.0])
@pytest.mark.parametrize("kappa", [0.0, 0.4, 1.0])
def test_risk_follows_visits_or_weeks(kappa, pace):
    """κ = 1 keeps the chance p a visit; κ = 0 keeps it a week, 1 − (1 − p)^(1/m); between, the power m^(κ − 1)."""
    store = small_store(response=Response(risk_follows_visits=kappa))
    world = simulate(store, [faster(pace)], seed=3, weeks=20)
    visits = world.truth.visits
    eta = draw(store, 3, 20).base_log_odds[visits["customer_id"]]
    p = special.expit(eta + visits["burden"].to_numpy())
    power = visits["pace"].to_numpy() ** (kappa - 1)
    assert visits["leave_chance"].to_numpy() == pytest.approx(1 - (1 - p) ** power, rel=1e-9, abs=1e-12)
    if kappa == 0:
        twice = visits["pace"] == pace
        assert twice.sum() > 100
        surviving_a_week = (1 - visits["leave_chance"][twice]) ** pace
        assert surviving_a_week.to_numpy() == pytest.approx(1 - p[twice], rel=1e-9)


def test_leaving_a_week_stays_what_it_was_under_kappa_0():
    """With κ = 0 and small p, twice the pace leaves survival over the weeks as it was; with κ = 1 it falls.

    Each share stays within six standard errors of two independent ones: by chance twice in 10^9.
    """
    shares = {}
    for kappa in (0.0, 1.0):
        visits = Visits(r=50.0, alpha_weeks=50.0, a=20.0, b=1980.0)
        store = Store(visits=visits, response=Response(risk_follows_visits=kappa))
        crowd = born_at(store, 3, np.full(4000, -0.01))
        for practices in ((), (faster(2.0),)):
            world = simulate(store, practices, seed=3, weeks=52, customers=crowd)
            shares[kappa, len(practices)] = world.truth.customers["left_week"].isna().mean()
    error = math.sqrt(2 * 0.6 * 0.4 / 4000)
    assert abs(shares[0.0, 1] - shares[0.0, 0]) < 6 * error
    assert shares[1.0, 1] < shares[1.0, 0] - 15 * error
    assert shares[0.0, 0] == shares[1.0, 0]


# --- practices together ---


def test_paces_multiply():
    store = Store(visits=STEADY)
    crowd = born_at(store, 3, np.linspace(-20, -0.1, 200))
    plain = simulate(store, seed=3, weeks=60, customers=crowd)
    both = [faster(2.0, called="post"), faster(1.5, called="price")]
    paced = simulate(store, both, seed=3, weeks=20, customers=crowd)
    left, right = in_both(plain, paced)
    assert len(left) == len(plain.orders) == len(paced.orders)
    expected = np.where(left["week"] < 0, left["week"], left["week"] / 3)
    assert right["week"].to_numpy() == pytest.approx(expected, abs=1e-9)
    assert paced.truth.visits["pace"].unique().tolist() == [1.0, 3.0]


def test_visits_gained_are_counted_for_each_cause():
    """λ(m − 1) a week for each cause of pace m, as long as somebody is a customer."""
    store = small_store()
    crowd = draw(store, 3, 1)
    both = [faster(2.0, called="post"), faster(1.5, called="price")]
    truth = simulate(store, both, seed=3, weeks=10, customers=crowd).truth
    # weeks at whose beginning it had come and had not left
    left = truth.customers["left_week"].fillna(math.inf)
    begun = np.maximum(np.ceil(crowd.first_week), 0)
    active = np.clip(np.minimum(np.ceil(left), 10) - begun, 0, None)
    assert (active == 0).any() and ((active > 0) & (active < 10)).any()
    for cause, gain in (("extra_post", 1.0), ("extra_price", 0.5)):
        expected = (crowd.rate_per_week * gain * active).to_numpy()
        assert truth.customers[cause].to_numpy() == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_credits_add():
    store = small_store()
    two = simulate(store, [changing("credit", 0.25), changing("credit", 0.5, called="other")], seed=3, weeks=20)
    assert_same_world(two, simulate(store, [changing("credit", 0.75)], seed=3, weeks=20))


def test_discounts_leave_list_prices_alone():
    plain = simulate(small_store(), seed=3, weeks=10)
    cheaper = simulate(small_store(), [changing("discount", 0.01)], seed=3, weeks=10)
    left, right = plain.orders, cheaper.orders
    assert as_bytes(left["list_price"]) == as_bytes(right["list_price"])
    after = right["week"] >= 0
    assert (left["paid"] - right["paid"])[after].to_numpy() == pytest.approx(0.01, abs=1e-9)
    assert (left["paid"] == right["paid"])[~after].all()


def test_a_practice_without_a_start_says_so():
    with pytest.raises((TypeError, NotImplementedError), match=r"Practice .*no start\(run\)"):
        simulate(small_store(), [Practice()], seed=3, weeks=1)


# --- work and costs ---


def test_work_handed_in_ends_when_the_desk_gets_to_it():
    """One desk, ten hours for each visit: each is told when it ends in a plain queue of all handed in so far."""
    store = small_store(desks=Desks(count=1, hours_per_week=84.0))
    queue: list[tuple[float, int]] = []
    told: list[float] = []
    expected: list[float] = []

    def listen(act, visits):
        act.jobs = act.run.hand_in(visits, np.ones(len(visits.rows), bool), "call", minutes=600)

    def answer(act, visits):
        mine = list(zip(act.jobs.handed_in_weeks.tolist(), visits.rows.tolist(), strict=True))
        queue.extend(mine)
        free, ends = -math.inf, {}
        for at, row in sorted(queue):
            free = ends[at, row] = max(at, free) + 10 / 84
        told.extend(act.jobs.finish_weeks.tolist())
        expected.extend(ends[job] for job in mine)

    world = simulate(store, [Scripted(listen=listen, answer=answer)], seed=3, weeks=12)
    assert len(told) == (world.orders["week"] >= 0).sum() > 50
    assert told == pytest.approx(expected, abs=1e-9)
    assert world.records["desk_hours"]["hours"].sum() == pytest.approx(10 * len(told))
    waits = np.array(told) - [at for at, _ in queue] - 10 / 84
    assert waits.min() < 1e-9 and waits.max() > 0.2


def test_costs_of_the_store_fall_on_its_desks_in_equal_parts():
    store = small_store(desks=Desks(count=4))

    def open_week(act, week):
        act.run.book_for_store("post", "rent", float(week), 100.0)

    world = simulate(store, [Scripted(open_week=open_week)], seed=3, weeks=3)
    assert world.costs.groupby("week")["amount"].sum().tolist() == [100.0] * 3
    assert world.costs["amount"].unique().tolist() == [25.0]
    assert world.costs["desk"].tolist() == [0, 1, 2, 3] * 3
    assert (world.costs["customer_id"] == -1).all()


def test_a_desk_without_customers_changes_no_type_and_loses_no_money() -> None:
    """Three customers on three of fourteen desks, and rent for the whole store: parts put together are the whole."""
    store = small_store()
    crowd = born_at(store, 1, np.array([-1.0, 0.5, 2.0]))
    rent = Scripted(open_week=lambda act, week: act.run.book_for_store("rent", "rent", week, 100.0))
    whole = simulate(store, [rent], weeks=5, customers=crowd)
    parts = [simulate(store, [rent], weeks=5, customers=crowd, desks=[desk]) for desk in range(14)]
    assert_same_world(merge(parts), whole)
    assert whole.costs["amount"].sum() == pytest.approx(500.0)


def test_visits_expected_to_be_gained_follow_the_season() -> None:
    """Steady customers at twice the pace: gained visits are those stated, in a slow half-year as in a busy one.

    50,000 expected visits gained, Poisson: six standard errors are below 3 % (fails by chance 2 in 10^9).
    """
    steady = Visits(r=1e6, alpha_weeks=1e6, a=1e-9, b=1.0)
    store = small_store(visits=steady, season=(0.2,) * 26 + (1.8,) * 26)
    crowd = born_at(store, 1, np.full(10_000, -1.0))
    double = Scripted(open_week=lambda act, week: act.pace.update(x=np.full(len(act.run.customers), 2.0)))
    off = simulate(store, weeks=26, customers=crowd)
    on = simulate(store, [double], weeks=26, customers=crowd)
    gained = len(on.orders) - len(off.orders)
    assert on.truth.customers["extra_x"].sum() == pytest.approx(gained, rel=0.03)


def test_all_but_certain_leaving_is_computed_without_a_warning() -> None:
    store = small_store(
        visits=Visits(r=1, alpha_weeks=1, a=5, b=0.01, first_visit_can_be_last=False),
        response=Response(credit_limit_log_odds=6.0, risk_follows_visits=0.5),
    )

    def hurt(act, visits):
        visits.credit -= 50.0

    rush = Scripted(settle=hurt, open_week=lambda act, week: act.pace.update(x=np.full(len(act.run.customers), 2.0)))
    chance = simulate(store, [rush], seed=3, weeks=5).truth.visits["leave_chance"]
    assert chance.between(0, 1).all() and chance.max() > 0.99
