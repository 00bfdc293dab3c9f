"""Draws of a fit: both models or one, as stores, and through a file."""

import dataclasses

import pandas as pd
import pytest
from logs import CDNOW_CUT

from simulator import fit_draws, fit_notes
from simulator.calibration import both_models, fit, stores_of_draws
from simulator.fit_draws import read_draws
from simulator.parameters import FileError
from simulator.store import Store, Visits


@pytest.fixture(scope="module")
def cdnow_draws(cdnow_fit) -> pd.DataFrame:
    return both_models(cdnow_fit)


def test_draws_of_a_fit_are_in_turn_of_both_models(cdnow_fit, cdnow_draws):
    assert list(cdnow_draws.columns) == [*fit_draws.VISITS, *fit_draws.SPENDS]
    assert cdnow_draws["first_visit_can_be_last"].tolist() == [True, False] * 20
    mbg, bg = cdnow_draws[::2], cdnow_draws[1::2]
    own = cdnow_fit.bootstrap.head(20)
    assert mbg["r"].tolist() == own["r"].tolist() and mbg["shape_q"].tolist() == own["shape_q"].tolist()
    for table, visits in ((mbg, cdnow_fit.mbg.visits), (bg, cdnow_fit.bg.visits)):
        for name in ("r", "alpha_weeks", "a", "b"):
            assert table[name].min() < getattr(visits, name) < table[name].max()
    assert bg["r"].max() < mbg["r"].min()  # the two models do not mean the same by r


def test_draws_without_choice_are_of_one_model(cdnow, nobody_leaves, nobody_fit):
    assumed = fit(nobody_leaves, assumed_leaving_share=0.02, bootstrap=2)
    assert both_models(assumed)["first_visit_can_be_last"].tolist() == [True, True]
    assert "all of MBG/NBD: the share who leave was assumed" in fit_notes.about_draws(both_models(assumed), True)
    for none in (nobody_fit, dataclasses.replace(assumed, bootstrap=pd.DataFrame())):
        with pytest.raises(ValueError, match="no draws of the fit"):
            both_models(none)
    bg = fit(cdnow, end=CDNOW_CUT, first_visit_can_be_last=False, bootstrap=3)
    found = both_models(bg)
    assert found["first_visit_can_be_last"].tolist() == [False, True, False]
    assert "2 of BG/NBD and 1 of MBG/NBD" in fit_notes.about_draws(found, False)


def test_draws_become_stores_and_survive_a_file(cdnow_draws, tmp_path):
    store = Store(name="A", spend=dataclasses.replace(Store().spend, gross_margin_share=0.3))
    stores = stores_of_draws(store, cdnow_draws)
    assert len(stores) == 40
    first = cdnow_draws.iloc[1]
    assert stores[1].visits == Visits(r=first["r"], alpha_weeks=first["alpha_weeks"], a=first["a"], b=first["b"],
                                      first_visit_can_be_last=False)  # fmt: skip
    assert (stores[1].spend.shape_q, stores[1].spend.gross_margin_share) == (first["shape_q"], 0.3)
    assert dataclasses.replace(stores[1], visits=store.visits, spend=store.spend) == store
    path = tmp_path / "draws 抽样.csv"
    cdnow_draws.to_csv(path, index=False)
    assert stores_of_draws(store, read_draws(path), str(path)) == stores
    bare = stores_of_draws(store, cdnow_draws[list(fit_draws.VISITS)])
    assert bare[0].spend == store.spend and bare[0].visits == stores[0].visits


HEAD = "r,alpha_weeks,a,b,first_visit_can_be_last"
BAD_DRAWS = [
    ("", ["the file is empty"]),
    (f"{HEAD}\n", ["there is no draw in it", "allowed: one line a draw"]),
    ("r,alpha_weeks,a\n1,2,3\n", ["line 1: b, first_visit_can_be_last: must be given", "allowed: r, alpha_weeks"]),
    (f"{HEAD},shape_p\n1,2,3,4,True,5\n", ["line 1: shape_q, scale_gamma: must be given"]),
    (f"{HEAD},mood\n1,2,3,4,True,5\n", ["line 1: mood: there is no such field", "allowed: r"]),
    (f"{HEAD}\n1,2,3,4,True\n-1,2,3,4,True\n", ["line 3: visits.r = '-1'", "greater than 0"]),
    (f"{HEAD}\n1,2,x,4,True\n", ["line 2: visits.a = 'x'", "valid number"]),
    (f"{HEAD}\n1,2,,4,True\n", ["line 2: visits.a = ''", "valid number"]),
    (f"{HEAD}\n1,2,nan,4,True\n", ["line 2: visits.a = 'nan'", "finite"]),
    (f"{HEAD}\n1,2,3,4,perhaps\n", ["line 2: visits.first_visit_can_be_last = 'perhaps'", "boolean"]),
    (f"{HEAD},shape_p,shape_q,scale_gamma\n1,2,3,4,no,5,1,2\n", ["line 2: spend.shape_q = '1'", "greater than 1"]),
    (f"{HEAD}\n1,2,3,4,True,6\n", ["more columns than the heading"]),
    (f"{HEAD}\n1,2,3,4,True\n1,2,3,4,True,6\n", ["line 3", "the heading's columns"]),
]


@pytest.mark.parametrize(("text", "words"), BAD_DRAWS)
def test_a_bad_file_of_draws_is_refused(tmp_path, text, words):
    path = tmp_path / "draws.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError) as error:
        stores_of_draws(Store(), read_draws(path), str(path))
    for word in [str(path), *words]:
        assert word in str(error.value)


def test_a_file_of_draws_that_is_not_there_or_not_utf_8(tmp_path):
    with pytest.raises(FileError, match=r"none\.csv: cannot be read"):
        read_draws(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes("r,é\n1,2".encode("latin-1"))
    with pytest.raises(FileError, match=r"latin\.csv: byte 2 is not UTF-8"):
        read_draws(tmp_path / "latin.csv")


def test_a_model_the_log_clearly_favours_is_drawn_alone(cdnow_fit, monkeypatch):
    monkeypatch.setattr("simulator.fit_draws.CLEAR", -100.0)
    assert both_models(cdnow_fit)["first_visit_can_be_last"].all()
