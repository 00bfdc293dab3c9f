"""Naive estimates beside the truth: a scheme that does nothing looks splendid in the records."""

import dataclasses

import pytest

from simulator import evidence
from simulator.engine import go_on
from simulator.measures import Horizon
from simulator.naive import naive_estimates
from simulator.practices import (
    Act,
    ComplaintRecovery,
    ContactCalls,
    ExceedingExpectations,
    Practice,
    PricePromotion,
    ReferralAsks,
    VipScheme,
    WinBack,
)
from simulator.store import Store
from simulator.twins import history_of

HORIZON = Horizon(weeks=104, window_weeks=26)


@pytest.fixture(scope="module")
def history():
    return history_of(Store(), 104, seed=2)


def estimates(history, practice):
    off, on = go_on(history, (), 104), go_on(history, [practice], 104)
    return naive_estimates(off, on, HORIZON).set_index("estimate")


def test_a_scheme_nobody_responds_to_still_shows_better_members(history) -> None:
    scheme = dataclasses.replace(evidence.presets(VipScheme)["null"].practice, refusal_log_odds=0.0)
    table = estimates(history, scheme)
    members = table.loc["members against others"]
    assert members["truth"] == 0.0
    assert members["naive"] > 0.2
    before = table.loc["members before against after joining"]
    assert before["truth"] == 0.0
    assert table.loc["sales on the card, taken as the scheme's", "naive"] > 0.3


def test_first_answers_are_as_good_as_random_so_that_comparison_is_nearly_true(history) -> None:
    """Good or poor is drawn by lot, whoever complains: comparing first answers is an experiment.

    About 1,000 complainers: a difference of shares has a standard error below 0.04; four of them (6 in 100,000).
    """
    practice = ComplaintRecovery(good_answer_share=0.5, poor_answer_log_odds=1.0, offset_share=0.9)
    row = estimates(history, practice).loc["those answered well against those answered badly"]
    assert row["truth"] > 0.03
    assert row["naive"] == pytest.approx(row["truth"], abs=0.16)


def test_complainers_look_loyal_because_they_come_often(history) -> None:
    row = estimates(history, ComplaintRecovery()).loc["those answered well against those who never complained"]
    assert row["naive"] > row["truth"] + 0.1


def test_without_records_there_is_nothing_to_estimate(history) -> None:
    scheme = evidence.presets(VipScheme)["no_data"].practice
    assert len(estimates(history, scheme)) == 1


def test_who_gives_names_or_is_surprised_comes_often_anyway(history) -> None:
    """Practices that do nothing to customers still show loyal recommenders and loyal surprised ones."""
    asks = evidence.presets(ReferralAsks)["null"].practice
    row = estimates(history, asks).loc["those who gave names against the other customers"]
    assert row["truth"] == 0.0 and row["naive"] > 0.1
    gifts = evidence.presets(ExceedingExpectations)["null"].practice
    row = estimates(history, gifts).loc["customers surprised against the others who came"]
    assert row["truth"] == 0.0 and row["naive"] > 0.1


def test_calls_that_do_nothing_look_splendid_or_harmful_by_whom_the_list_chooses(history) -> None:
    calls = evidence.presets(ContactCalls)["null"].practice
    seen = {}
    for target in ("by expected gain", "lapsing"):
        row = estimates(history, dataclasses.replace(calls, target=target)).loc[
            "customers called and reached against the others in the records"
        ]
        assert row["truth"] == 0.0
        seen[target] = row["naive"]
    assert seen["lapsing"] < -0.05 < 0.2 < seen["by expected gain"]


class Music(Practice):
    """Brings newcomers, and books a surprise at every visit that does nothing."""

    def start(self, run):
        return Playing(run, self.name)


class Playing(Act):
    def open_week(self, _week):
        self.arrivals["music"] = 1.3

    def greet(self, visits):
        self.run.book(self.name, "surprises", visits.rows, visits.week, 1.0)


def test_newcomers_who_were_brought_are_not_customers_who_were_kept(history) -> None:
    """They buy in one world only; a surprise without effect keeps nobody all the same."""
    row = estimates(history, Music()).loc["customers surprised against the others who came"]
    assert row["truth"] == 0.0


def test_friends_who_would_have_come_are_counted_as_brought(history) -> None:
    asks = dataclasses.replace(ReferralAsks(), would_have_come_share=0.5)
    row = estimates(history, asks).loc["orders of referred customers, taken as brought by the asks"]
    assert row["naive"] > 1.5 * row["truth"] > 0


def test_promotions_that_only_move_visits_still_show_sales_gained(history) -> None:
    """Everything borrowed: the peaks are in the records, and over the two years sales are lost."""
    nobody = evidence.presets(PricePromotion)["null"].practice
    moved = dataclasses.replace(nobody, lift_deal_seekers=1.0, lift_others=0.4, borrowed_share=1.0)
    table = estimates(history, moved)
    sales = table.loc["sales of promotion weeks above ordinary weeks, taken as gained"]
    assert sales["naive"] > 0.03 and sales["truth"] < -0.02
    buyers = table.loc["customers who bought in a promotion against the others"]
    assert buyers["naive"] > 0.1 and abs(buyers["truth"]) < 0.03


def test_a_price_cut_without_end_has_no_ordinary_weeks_to_compare_with(history) -> None:
    table = estimates(history, evidence.presets(PricePromotion)["weekly_discount"].practice)
    assert "sales of promotion weeks above ordinary weeks, taken as gained" not in table.index


def test_offers_that_do_nothing_win_many_back_by_the_records(history) -> None:
    offers = dataclasses.replace(evidence.presets(WinBack)["null"].practice, target="shortest silence")
    table = estimates(history, offers)
    row = table.loc["who bought within 13 weeks of an offer, taken as won back"]
    assert row["truth"] == 0.0 and row["naive"] > 0.1
    claimed = table.loc["their sales since the offer, taken as gained"]
    assert claimed["naive"] > 0.05 and -0.03 < claimed["truth"] < 0.0  # what was given away


def test_offers_that_do_something_win_fewer_back_than_it_seems(history) -> None:
    row = estimates(history, WinBack(discount=0.4)).loc["who bought within 13 weeks of an offer, taken as won back"]
    assert 0.0 < row["truth"] < row["naive"] - 0.05
