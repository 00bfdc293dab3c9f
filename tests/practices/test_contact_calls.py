"""Contact calls by hand, second thoughts against foresight, and stores where calls pay or do not."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from calling import EVERYBODY, NO_TIES, NO_TIME, STORE, WEEKS, with_and_without
from scipy import stats
from worlds import Scripted, as_bytes, faster

from simulator.customers import SILENT, TOLD_OTHERS
from simulator.engine import go_on, simulate
from simulator.evidence import presets
from simulator.parameters import ParameterError
from simulator.practices import ContactCalls
from simulator.store import Arrivals, Service, Spend, Store
from simulator.twins import compare, history_of

# --- placebos ---


def assert_same_truth(one, other) -> None:
    for frame in ("customers", "visits"):
        left, right = getattr(one.truth, frame), getattr(other.truth, frame)
        assert [as_bytes(left[name]) for name in left] == [as_bytes(right[name]) for name in left], frame
    assert one.orders.equals(other.orders) and one.records["complaints"].equals(other.records["complaints"])


def test_without_calls_the_world_is_the_same_byte_for_byte() -> None:
    without, idle = with_and_without(ContactCalls(calls_per_month=0, fixed_cost_per_week=0.0))
    assert_same_truth(without, idle)
    assert idle.costs.equals(without.costs) and len(idle.records["calls"]) == 0


@pytest.mark.parametrize("target", ["at random", "new", "lapsing", "by value", "by expected gain"])
def test_calls_that_do_nothing_change_nothing_but_the_costs(target: str) -> None:
    """Failures are told and answered, with nothing taken off: thinking again comes out as before."""
    null = dataclasses.replace(presets(ContactCalls)["null"].practice, target=target, rest_weeks=2.0)
    without, world = with_and_without(null)
    assert_same_truth(without, world)
    assert world.records["calls"]["reached"].sum() > 100 and world.costs["amount"].sum() > 0
    assert world.records["calls"]["found_failure"].any()


# --- what a call finds: second thoughts come out as foresight would ---


def foreseen(share: float, half_life: float, weeks: int) -> Scripted:
    """The same relief given at the visit itself: at the next Monday, if it comes before the next visit would."""

    def answer(act, visits) -> None:
        monday = np.floor(visits.week) + 1
        told = np.isin(visits.voice, [SILENT, TOLD_OTHERS]) & (monday < visits.next_week) & (monday < weeks)
        faded = share * 0.5 ** ((monday - visits.week) / half_life) * visits.burden
        visits.relief += np.where(told, faded if share > 0 else share, 0.0)

    return Scripted("Foreseen", answer=answer)


@pytest.mark.parametrize("kind", ["good", "poor", "season and pace"])
def test_a_failure_found_before_the_next_visit_counts_as_if_the_visit_had_foreseen_the_call(kind: str) -> None:
    """Exact: everybody is called every Monday, tells, and is answered at once; orders agree to the cent."""
    good = kind != "poor"
    rules = ContactCalls(**EVERYBODY, **NO_TIME, **NO_TIES, tells_share=1.0, good_answer_share=float(good),
                         offset_share=0.8, half_life_weeks=2.0, poor_answer_log_odds=0.7)  # fmt: skip
    season = (0.6,) * 26 + (1.4,) * 26 if kind == "season and pace" else ()
    others = [faster(1.5, from_week=6)] if season else []
    history = history_of(dataclasses.replace(STORE, season=season), WEEKS, 3)
    called = go_on(history, [*others, rules], WEEKS)
    expected = go_on(history, [*others, foreseen(0.8 if good else -0.7, 2.0, WEEKS)], WEEKS)
    plain = go_on(history, others, WEEKS)
    assert abs(len(expected.orders) - len(plain.orders)) > 30
    pd.testing.assert_frame_equal(called.orders, expected.orders)
    for name in ("left_week", "visits", "left_after"):
        pd.testing.assert_series_equal(called.truth.customers[name], expected.truth.customers[name])
    for name in ("relief", "leave_chance", "leaves"):
        pd.testing.assert_series_equal(called.truth.visits[name], expected.truth.visits[name])


def test_nobody_comes_back_who_would_have_been_back_before_the_call_and_no_history_is_rewritten() -> None:
    rules = ContactCalls(**EVERYBODY, **NO_TIES, tells_share=1.0, good_answer_share=1.0, offset_share=3.0)
    without, world = with_and_without(rules)
    left = [each.truth.customers.set_index("customer_id")["left_week"] for each in (without, world)]
    early = left[0][left[0] < 0].index
    assert len(early) > 50 and left[1].loc[early].equals(left[0].loc[early])
    past = [each.truth.visits.query("week < 0") for each in (without, world)]
    pd.testing.assert_frame_equal(*past)
    failures = world.truth.visits.query("week >= 0 and voice in (1, 2)")
    assert (failures["relief"] == 0).mean() > 0.05 and (failures["relief"] > 0).mean() > 0.3
    assert len(world.orders) > len(without.orders)


def test_the_told_failures_are_those_nobody_had_told_the_shop_of() -> None:
    """Told shares are those set (binomial, errs once in a thousand seeds); complaints the shop knows are not found."""
    _, world = with_and_without(ContactCalls(**EVERYBODY, tells_share=0.4, good_answer_share=0.7))
    calls = world.records["calls"].query("found_failure")
    visits = world.truth.visits.sort_values("week")[["customer_id", "week", "voice"]]
    last = pd.merge_asof(calls.sort_values("week"), visits.rename(columns={"week": "visit"}), left_on="week",
                         right_on="visit", by="customer_id")  # fmt: skip
    assert last["voice"].isin([SILENT, TOLD_OTHERS]).mean() > 0.99  # a few came again while the desk was calling
    good = (calls["answer"] == "good").sum()
    assert stats.binomtest(int(good), len(calls), 0.7).pvalue > 1e-3


# --- what a call leaves behind ---


def left_behind(world, felt, half_life: float) -> np.ndarray:
    """Ties at each visit since week 0, added up call by call from the records."""
    calls = world.records["calls"].query("reached").sort_values("week")
    visits = world.truth.visits.query("week >= 0")
    both = visits[["order_id", "customer_id", "week"]].merge(calls, on="customer_id", suffixes=("", "_called"))
    both["nth"] = both.groupby("order_id").cumcount()
    both = both[both["week"] >= both["week_called"]]
    faded = felt(both) * 0.5 ** ((both["week"] - both["week_called"]) / half_life)
    return faded.groupby(both["order_id"]).sum().reindex(visits["order_id"]).fillna(0.0).to_numpy()


def test_attention_ties_script_and_selling_irritate_and_all_of_it_fades() -> None:
    """Each visit's credit is the sum over earlier calls; losses weigh twice; whoever follows the price feels no tie."""
    rules = ContactCalls(rest_weeks=4.0, one_script=True, cross_selling=True, woken_share=0.0, poor_answer_log_odds=0.0,
                         good_answer_share=1.0, attention_half_life_weeks=13.0, calls_per_month=300)  # fmt: skip
    _, world = with_and_without(rules)
    seeker = world.truth.customers.set_index("customer_id")["deal_seeker"]

    def felt(both):
        attention = np.where(seeker.loc[both["customer_id"]].to_numpy(), 0.0, 0.25)
        repeated = world.records["calls"].sort_values("week").groupby("customer_id")["week"].min()
        again = both["week_called"] > repeated.loc[both["customer_id"]].to_numpy()
        return attention - 2 * (0.1 * again + 0.15)

    expected = left_behind(world, felt, 13.0)
    credit = world.truth.visits.query("week >= 0")["credit"].to_numpy()
    assert (expected < 0).sum() > 200
    np.testing.assert_allclose(credit, expected, atol=1e-12)


def test_contented_customers_may_be_woken_and_those_let_down_are_not() -> None:
    rules = ContactCalls(rest_weeks=520.0, woken_share=1.0, woken_log_odds=0.4, attention_log_odds=0.2, tells_share=0.0,
                         attention_half_life_weeks=520.0)  # fmt: skip
    _, world = with_and_without(rules)
    credit = world.truth.visits.query("week >= 0 and credit != 0")["credit"]
    assert set(credit.round(1)) == {-0.4, 0.2} and (credit < 0).mean() > 0.5


def test_woken_customers_leave_more_and_those_attended_to_less() -> None:
    """E65 and E63 by direction, at visits that happen in both worlds: the very chances of leaving are set apart."""
    for name, sign in (("woken_up", 1), ("central", -1)):
        off, on = with_and_without(presets(ContactCalls)[name].practice, Store(), weeks=52)
        left, right = (each.truth.visits.set_index("order_id") for each in (off, on))
        touched = right.index[(right["credit"] != 0) & right.index.isin(left.index)]
        gap = (right.loc[touched, "leave_chance"] - left.loc[touched, "leave_chance"]).mean()
        assert len(touched) > 300 and sign * gap > 0.002


def test_what_is_sold_on_the_phone_is_booked_and_only_to_customers_who_are_there() -> None:
    rules = ContactCalls(cross_selling=True, sells_share=1.0, sale_ratio=0.5, calls_per_month=300)
    _, world = with_and_without(rules)
    sold = world.costs[world.costs["kind"] == "sold on the phone"]
    crowd = world.truth.customers.set_index("customer_id").loc[sold["customer_id"]]
    np.testing.assert_allclose(-sold["amount"], 0.5 * 0.4 * crowd["mean_spend"].to_numpy(), atol=0.006)
    gone = crowd["left_week"].to_numpy() < sold["week"].to_numpy() - 1
    reached = world.records["calls"]["reached"].sum()
    assert gone.sum() < 0.02 * len(sold)  # none but those who were let down on the phone itself
    assert 0.3 * reached < len(sold) < reached


# --- where it pays ---


def opposite_stores() -> tuple[Store, Store]:
    """Many failures of which the shop hears little, and a high margin; few failures, a small sale and a thin margin."""
    silent = Service(failure_share=0.3, to_staff_share=0.05)
    rich = dataclasses.replace(Spend(), gross_margin_share=0.7)
    thin = dataclasses.replace(Spend(), gross_margin_share=0.1, scale_gamma=40.0)
    return Store(service=silent, spend=rich), Store(service=Service(failure_share=0.02), spend=thin)


def test_two_stores_two_recommendations() -> None:
    """The same calls pay in one store and lose in the other, each clear of zero by the 95 % interval of the mean.

    The reason by causes: in one the visits saved are worth more than the calls cost, in the other less.
    """
    rules = ContactCalls(target="by expected gain")
    for store, pays in zip(opposite_stores(), (True, False), strict=True):
        result = compare(store, [rules], replicates=4)
        assert result.sign() == (1 if pays else -1)
        cause = result.causes.set_index("cause")["margin"]
        assert (cause["saved"] + cause["lost"] > -2 * cause["running the practice"]) == pays
        assert (cause["saved"] < -0.6 * cause["running the practice"]) != pays


def test_selling_in_the_call_turns_what_it_does_to_leaving() -> None:
    """E64 by direction; in the store with the thin margin the sales do not pay for it either."""
    options = {"help": [ContactCalls()], "sell": [ContactCalls(cross_selling=True)]}
    result = compare(opposite_stores()[1], options, replicates=4)
    assert result.sign("sell", "still_customers") == -1 and result.sign("sell") == -1
    by = result.by_replicate.query("measure == 'retention'").pivot_table("difference", "replicate", "option")
    assert (by["help"] > by["sell"]).all()


def test_whom_to_call_is_not_who_is_likeliest_gone() -> None:
    """E66: of the same number of calls, those by expected gain earn more than those to the lapsing, in every store.

    And finding failures alone: calls to the lapsing come after they would have been back, and save nearly nobody.
    """
    found = ContactCalls(**NO_TIES)
    options = {"risk": ContactCalls(target="lapsing"), "gain": ContactCalls(target="by expected gain"),
               "find risk": dataclasses.replace(found, target="lapsing"),
               "find gain": dataclasses.replace(found, target="by expected gain")}  # fmt: skip
    result = compare(opposite_stores()[0], {name: [each] for name, each in options.items()}, replicates=4)
    by = result.by_replicate.query("measure == 'margin'").pivot_table("difference", "replicate", "option")
    gap = by["gain"] - by["risk"]
    assert gap.mean() > 3.2 * gap.std() / 2  # t of 3 degrees, 95 %
    saved = result.causes.query("cause == 'saved'").set_index("option")["visits"]
    assert saved["find gain"] > 4 * saved["find risk"]


def test_what_the_ledger_says_of_the_operator_is_its_arithmetic() -> None:
    log_odds = np.log(0.1 / 0.9) - np.log(0.064 / 0.936)
    woken = presets(ContactCalls)["woken_up"].practice
    assert log_odds == pytest.approx(0.49, abs=0.005)
    assert woken.woken_share * woken.woken_log_odds == pytest.approx(log_odds, abs=0.02)


@pytest.mark.parametrize(
    ("values", "words"),
    [({"calls_per_month": -1}, r"ContactCalls\.calls_per_month = -1: should be greater than or equal to 0"),
     ({"target": "by mood"}, r"ContactCalls\.target = 'by mood': .*'at random', 'new'")],
)  # fmt: skip
def test_impossible_values_are_named(values: dict, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        ContactCalls(**values)


def test_customers_taken_over_from_a_log_can_be_called() -> None:
    """Their past is a number of visits only; lists can still be made of them."""
    from simulator.customers import from_posterior

    rows = pd.DataFrame({"p_alive": 1.0, "alive_a": 0.8, "alive_b": 9.2, "rate_shape": 3.0, "alive_weeks": 40.0,
                         "age_weeks": 32.0, "past_visits": [1, 3] * 40})  # fmt: skip
    store = dataclasses.replace(STORE, arrivals=Arrivals(new_customers_per_week=0.0, history_weeks=0))
    for target in ("lapsing", "by expected gain"):
        world = simulate(
            store, [ContactCalls(target=target)], seed=1, weeks=8, customers=from_posterior(store, rows, 1)
        )
        assert len(world.records["calls"]) == 80
