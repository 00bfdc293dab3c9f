"""Figures are checked through the numbers behind them: labels, units, what is drawn."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from worlds import small_store

from simulator import plots
from simulator.engine import simulate
from simulator.ignorance import drivers, explore, swings
from simulator.measures import Horizon
from simulator.practices import ComplaintRecovery, VipScheme
from simulator.twins import Comparison, compare


@pytest.fixture(scope="module")
def result() -> Comparison:
    plots.use_style()
    store = small_store(currency="£")
    return explore(compare(store, [VipScheme(), ComplaintRecovery()], replicates=2, horizon=Horizon(20, 8)), draws=4)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_every_figure_labels_its_axes_with_units(result: Comparison) -> None:
    assert "share of those of week 0" in plots.still_customers(result).get_ylabel()
    assert "£" in plots.margin_gained(result).get_ylabel()
    assert "£" in plots.causes(result).get_xlabel() and "20 weeks" in plots.causes(result).get_xlabel()
    assert "£ a customer" in plots.uncertainties(result).get_xlabel()
    alone = swings(result, paths=["store.service.silent_log_odds"])
    assert "£ a customer" in plots.swings(alone).get_xlabel()


def test_no_driver_is_drawn_that_chance_would_draw(result: Comparison) -> None:
    table = drivers(result)
    assert plots.drivers(table.assign(clear=False)).texts[0].get_text().startswith("no assumption stands out")
    bars = plots.drivers(table.assign(clear=[True, *[False] * (len(table) - 1)])).patches
    assert [bar.get_width() for bar in bars] == [table["low_to_high"].iloc[0]]


def test_bars_of_causes_are_the_table_and_its_sum(result: Comparison) -> None:
    bars = [bar.get_width() for bar in plots.causes(result, "VIP scheme").patches]
    table = result.causes[result.causes["option"] == "VIP scheme"]["margin"]
    table = table[table != 0]
    assert bars == pytest.approx([*table, table.sum()])
    nothing_won = plots.causes(result, "Complaint recovery").get_yticklabels()
    assert "won from rivals" not in [text.get_text() for text in nothing_won]


def test_points_of_naive_against_truth_are_the_table(result: Comparison) -> None:
    table = result.naive[(result.naive["option"] == "VIP scheme") & ~result.naive["unit"].str.startswith("orders")]
    naive, truth = (line.get_xdata() for line in plots.naive_against_truth(result, "VIP scheme").lines[:2])
    assert list(naive) == pytest.approx(list(table["naive"]))
    assert list(truth) == pytest.approx(list(table["truth"]))


def test_three_uncertainties_when_drawn_and_two_otherwise(result: Comparison) -> None:
    import dataclasses

    assert len(plots.uncertainties(result).get_legend().get_texts()) == 3
    plain = dataclasses.replace(result, ignorance=None)
    assert len(plots.uncertainties(plain).get_legend().get_texts()) == 2


def test_tracking_draws_both_curves() -> None:
    holdout = pd.DataFrame({"week_start": ["2025-01-06", "2025-01-13"], "actual": [3, 5], "expected": [2.5, 5.5]})
    ax = plots.tracking(holdout)
    assert [list(line.get_ydata()) for line in ax.lines] == [[3, 5], [2.5, 5.5]]


def test_an_axes_given_is_the_one_drawn_on(result: Comparison) -> None:
    _, ax = plt.subplots()
    assert plots.margin_gained(result, ax=ax) is ax


def test_visit_lines_show_what_the_till_saw_and_with_the_truth_what_it_did_not(result: Comparison) -> None:
    world = simulate(small_store(), seed=1, weeks=20)
    gone = world.truth.customers.query("left_week < 0")["customer_id"].head(3)
    seen = plots.visit_lines(world, gone)
    assert sum(len(line.get_xdata()) for line in seen.lines[:-1]) == world.orders["customer_id"].isin(gone).sum()
    told = plots.visit_lines(world, gone, truth=True)
    crosses = [line for line in told.lines if line.get_marker() == "x"]
    assert [line.get_xdata().tolist() for line in crosses] == [
        [week] for week in world.truth.customers.set_index("customer_id").loc[gone, "left_week"]
    ]


def test_a_figure_is_shown_with_its_words_for_eyes_and_for_screen_readers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **how: shown.append((data, how)))
    ax = plots.silence(pd.DataFrame({"Ms Chen": [0.9, 0.5]}, index=[0, 11]))
    plots.show(ax, "a line")
    ((data, how),) = shown
    assert how["metadata"] == {"image/png": {"alt": "a line"}} and data["text/plain"] == "Figure: a line"
    assert capsys.readouterr().out == "Figure: a line\n"
    assert not plt.get_fignums()


def test_turning_values_stand_where_they_turn() -> None:
    rows = [("C1", "a", 2.0, 3.0, 1.0, 5.0), ("C2", "b", 5.0, float("nan"), 0.0, 10.0)]
    table = pd.DataFrame(rows, columns=["claim", "parameter", "present", "turns_at", "low", "high"])
    ax = plots.turning_values(table)
    now, at = (line.get_xdata() for line in ax.lines)
    assert list(now) == [0.25, 0.5] and at[0] == 0.5
    assert [text.get_text() for text in ax.texts] == ["3", "nowhere"]
