"""A case adapted to an order log: what is assumed is called assumed, and what nobody stated is doubted."""

import dataclasses
import re

import pytest
from clients import QUICK, adapted_into, make_case, page_of

from simulator import plots
from simulator.adapt import adapt, answers, by_leaving, kept_fixed
from simulator.adapt_folder import Folder, write
from simulator.calibration import FitError
from simulator.casebook import load
from simulator.client import ASKED, Client
from simulator.orders import read_orders
from simulator.parameters import replaced

plots.draw_without_screen()


@pytest.mark.usefixtures("no_figures")
def test_what_the_log_cannot_tell_is_assumed_until_stated(tmp_path, case, orders):
    found, _ = adapted_into(tmp_path / "out", case, orders)
    unasked = set(ASKED) - {"new_customers_per_week", "money_scale"}  # worked out from the log unless stated
    assert {row["field"] for row in answers(found) if not row["stated"]} == unasked
    page = page_of(tmp_path / "out")
    for field in ("failure_share", "to_staff_share", "hours_per_week", "gross_margin_share", "already_runs"):
        row = re.search(rf'<span class="small">{field}</span>.*?</tr>', page)
        assert row and "<td>assumed</td>" in row[0]


def test_what_a_client_states_is_not_drawn_and_what_a_case_says_is(tmp_path, orders):
    """The corner's share of wallet is not this client's, until the client says so."""
    case = load(make_case(tmp_path / "corner"))
    case = dataclasses.replace(case, store=replaced(case.store, {"response.share_of_wallet": 0.35}))
    told = dataclasses.replace(Client.of(case.store), confirmed=("share_of_wallet",))
    drawn = {}
    for name, client in {"assumed": None, "confirmed": told}.items():
        found = adapt(read_orders(orders), case, client, plan=dataclasses.replace(QUICK, draws=2, bootstrap=0))
        assert found.comparison.ignorance is not None
        drawn[name] = "store.response.share_of_wallet" in found.comparison.ignorance
        kept = {row["parameter"]: row["why"] for row in kept_fixed(found)}
        assert (kept.get("store: response.share_of_wallet") == "stated by the client") is (name == "confirmed")
        assert kept["store: service.failure_share"] == "set by the case"  # 30 %: beyond what the ledger believes
    assert drawn == {"assumed": True, "confirmed": False}


def test_draws_can_be_made_without_trying_each_assumption_alone(case, orders):
    """That takes most of the time; the page does without."""
    plan = dataclasses.replace(QUICK, draws=2, bootstrap=0)
    whole = adapt(read_orders(orders), case, plan=plan)
    short = adapt(read_orders(orders), case, plan=dataclasses.replace(plan, swings=False))
    assert set(whole.swings) == set(case.options) and not short.swings
    assert short.comparison.ignorance is not None and whole.comparison.ignorance is not None
    assert short.comparison.ignorance.equals(whole.comparison.ignorance)


@pytest.mark.usefixtures("no_figures")
def test_two_shares_who_leave_are_both_tried(tmp_path, case, nobody_leaves):
    """The draws take them in turn, the store has the middle, and the page sets one beside the other."""
    plan = dataclasses.replace(QUICK, draws=4, leaving_shares=(0.002, 0.02))
    found = adapt(nobody_leaves, case, plan=plan)
    assert found.store.visits.leaving_share == pytest.approx(0.011, rel=0.01)
    assert found.draws is not None
    a, b = found.draws["a"], found.draws["b"]
    assert (a / (a + b)).round(3).tolist()[:4] == [0.002, 0.02, 0.002, 0.02]
    write(found, Folder.at(tmp_path / "out", case))
    page = page_of(tmp_path / "out")
    assert "0.2 % to 2.0 %" in page and "0.2 % of visits are the last" in page
    assert by_leaving(found).shape == (2, 2)


@pytest.mark.usefixtures("no_figures")
def test_leaving_that_is_not_identified_is_refused_or_said(tmp_path, case, nobody_leaves):
    with pytest.raises(FitError, match=r"leaving is not identified.*--leaving-share X"):
        adapt(nobody_leaves, case, plan=QUICK)
    found = adapt(nobody_leaves, case, plan=dataclasses.replace(QUICK, leaving_shares=(0.01,)))
    write(found, Folder.at(tmp_path / "out", case))
    page = page_of(tmp_path / "out")
    assert "Leaving is not identified" in page and "was stated\n(1.0 %), not found" in page
    row = re.search(r'<span class="small">leaving_share</span>.*?</tr>', page)
    assert row and "<td>stated</td>" in row[0] and "No weeks were held out" in page


@pytest.mark.usefixtures("no_figures")
def test_a_log_without_amounts_has_the_spends_of_the_case_and_says_so(tmp_path, case, personal):
    personal[["customer_id", "time"]].to_csv(tmp_path / "log.csv", index=False)
    found, _ = adapted_into(tmp_path / "out", case, tmp_path / "log.csv")
    assert found.store.spend == case.store.spend
    assert "spend" in {row["field"] for row in answers(found) if not row["stated"]}
