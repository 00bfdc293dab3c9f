"""Tables from records: logs small enough to count by hand, and the published CDNOW log."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator import metrics
from simulator.engine import simulate
from simulator.store import Store

LOG = pd.DataFrame({
    "customer_id": ["a", "a", "b", "c", "a", "c"],
    "time": pd.to_datetime(["2025-01-06", "2025-01-13", "2025-01-13", "2025-02-03", "2025-03-03", "2025-03-10"]),
    "amount": [10.0, 30.0, 5.0, 20.0, 40.0, 45.0],
})  # fmt: skip


def cdnow() -> pd.DataFrame:
    """CDNOW's whole log: 23,570 customers, 78 weeks; found inside the archived package lifetimes."""
    found = importlib.util.find_spec("lifetimes")
    if found is None or found.origin is None:
        pytest.skip("the package lifetimes, which carries the CDNOW log, is not installed")
    path = Path(found.origin).parent / "datasets" / "CDNOW_master.txt"
    names = ["customer_id", "date", "quantity", "amount"]
    frame = pd.read_csv(path, sep=r"\s+", names=names, skiprows=1)
    return frame.assign(time=pd.to_datetime(frame["date"].astype(str)))


def test_customer_table_by_hand() -> None:
    table = metrics.customer_table(LOG, at=pd.Timestamp("2025-02-10"))
    assert table["orders"].to_dict() == {"a": 2, "b": 1, "c": 1}
    assert table["amount"].to_dict() == {"a": 40.0, "b": 5.0, "c": 20.0}
    assert table["recency_weeks"].to_dict() == {"a": 4.0, "b": 4.0, "c": 1.0}


def test_customer_table_of_a_log_without_amounts() -> None:
    assert "amount" not in metrics.customer_table(LOG.drop(columns="amount"))


def test_repeat_share_by_hand() -> None:
    at = pd.Timestamp("2025-02-10")
    assert metrics.repeat_share(LOG, at, 5) == pytest.approx(2 / 3)  # a and c of a, b, c
    assert metrics.repeat_share(LOG, pd.Timestamp("2025-02-09"), 1) == 0.0  # c bought before, nobody in the week after
    assert np.isnan(metrics.repeat_share(LOG, pd.Timestamp("2020-01-01"), 4))


def test_concentration_by_hand_and_by_window() -> None:
    assert metrics.concentration(LOG, top_share=1 / 3) == pytest.approx(80 / 150)
    assert metrics.concentration(LOG, top_share=0.5, window_weeks=1) == pytest.approx(1.0)


def test_rfm_equal_customers_get_equal_scores() -> None:
    scores = metrics.rfm(LOG, groups=3)
    assert scores.loc["a", "f"] > scores.loc["b", "f"]
    assert scores.loc["a", "m"] == 3 and scores.loc["b", "m"] == 1
    twice = pd.concat([LOG, LOG.assign(customer_id=LOG["customer_id"] + "2")])
    doubled = metrics.rfm(twice, groups=3)
    assert doubled.loc["a", ["r", "f", "m"]].tolist() == doubled.loc["a2", ["r", "f", "m"]].tolist()


def test_cohorts_by_hand() -> None:
    table = metrics.cohorts(LOG, period_weeks=4)
    assert table.loc[0, 0] == 1.0
    assert table.loc[0, 2] == 0.5  # of a and b, a buys in the third period
    assert table.loc[1, 1] == 1.0  # c in the next


def test_sales_by_week_add_up() -> None:
    table = metrics.sales_by_week(LOG)
    assert table["orders"].sum() == 6 and table["amount"].sum() == 150.0
    assert table.loc["2025-01-13", "customers"] == 2


def test_cdnow_no_treatment_trap() -> None:
    """Known from the published log, where no scheme existed: label the top fifth of nine months "VIP".

    In the next nine months 59.9 % of them buy against 22.4 % of the rest; their mean spend falls from $230 to $109;
    half of the next top fifth had been "VIP".
    """
    log = cdnow()
    middle = pd.Timestamp("1997-10-01")
    before = log[log["time"] < middle].groupby("customer_id")["amount"].sum()
    after = log[log["time"] >= middle].groupby("customer_id")["amount"].sum().reindex(before.index).fillna(0)
    vip = before.rank(method="first", ascending=False) <= 0.2 * len(before)
    assert (after[vip] > 0).mean() == pytest.approx(0.599, abs=0.001)
    assert (after[~vip] > 0).mean() == pytest.approx(0.224, abs=0.001)
    assert before[vip].mean() == pytest.approx(230, abs=0.6)
    assert after[vip].mean() == pytest.approx(109, abs=0.6)


def test_the_chance_of_still_being_a_customer_holds_in_a_made_world() -> None:
    """Among customers of a store, truth and chance agree: 95 % intervals would miss by about 1.5 points of 4,700."""
    store = Store()
    world, at = simulate(store, seed=4, weeks=4), pd.Timestamp(store.week_0)
    chance = metrics.chance_still_customer(world.order_log(), store, at)
    still = ~(world.truth.customers.set_index("customer_id")["left_week"].reindex(chance.index) < 0)
    assert chance.mean() == pytest.approx(still.mean(), abs=0.025)
    sure, doubtful = still[chance > 0.85], still[chance < 0.15]
    assert sure.mean() > 0.85 and doubtful.mean() < 0.15


def test_the_chance_counts_weeks_of_buying_time_not_of_the_calendar() -> None:
    """A silence that falls into weeks in which hardly anybody comes says less."""
    quiet = tuple(1.9 if week < 26 else 0.1 for week in range(52))
    log = pd.DataFrame({"customer_id": [1, 1], "time": pd.to_datetime(["2025-06-02", "2025-06-30"])})
    at = pd.Timestamp("2025-12-15")
    even, seasonal = (metrics.chance_still_customer(log, each, at).item() for each in (Store(), Store(season=quiet)))
    assert seasonal > even + 0.2


def test_the_concentration_curve_meets_the_concentration() -> None:
    spent = pd.Series([160.0, 10, 10, 10, 10])
    curve = metrics.concentration_curve(spent)
    assert curve[0.2] == 0.8 and curve[0.0] == 0 and curve[1.0] == 1
    assert curve[0.6] == pytest.approx(0.9)  # the line between two customers is straight


def test_spent_in_counts_the_end_and_not_the_beginning() -> None:
    begin, end = pd.Timestamp("2025-01-06"), pd.Timestamp("2025-01-13")
    assert metrics.spent_in(LOG, begin, end).to_dict() == {"a": 30.0, "b": 5.0}
