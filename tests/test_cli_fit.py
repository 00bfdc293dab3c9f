"""`loyalty fit`: from an order log to a store that can be compared, and what it refuses."""

import dataclasses
import re

import pandas as pd
import pytest
from commands import FEW, refused, run
from worlds import small_store

from simulator import console
from simulator.engine import simulate
from simulator.store import Store


def test_fit_makes_a_store_that_can_be_compared(place, log_file):
    out = place / "client"
    told = ["--runs", "points card", "--runs", "老客户 calls", "--name", "Kiosk", "--currency", "€"]
    said = run("fit", log_file, *told, "--bootstrap", "3", "--holdout-weeks", "6", "--out", out).stdout
    for word in ("kept", "guessed", "log-likelihood", "BG/NBD", "MBG/NBD", "nobody ever leaves", "90 % of the draws",
                 "Next: loyalty new"):  # fmt: skip
        assert word in said
    shop = Store.read(out / "store.toml")
    assert (shop.name, shop.currency, shop.already_runs) == ("Kiosk", "€", ("points card", "老客户 calls"))
    page = (out / "fit.html").read_text(encoding="utf-8")
    assert "老客户 calls" in page and "data:image/png" in page and "http" not in page
    sentence = "draws.csv holds 3 draws of the fit for loyalty compare: 1 of BG/NBD and 2 of MBG/NBD"
    readme = (out / "README.txt").read_text(encoding="utf-8")
    assert sentence in said and sentence in page and sentence in readme
    draws = pd.read_csv(out / "draws.csv")
    assert len(draws) == 3 and all(re.search(rf"^    {name}: \S", readme, re.MULTILINE) for name in draws.columns)


def test_a_later_fit_keeps_what_no_log_can_tell_and_no_stale_draws(place, log_file):
    out = place / "client"
    run("fit", log_file, "--bootstrap", "3", "--currency", "€", "--margin", "0.35", "--out", out)
    assert (out / "draws.csv").is_file()
    first = Store.read(out / "store.toml")
    assert first.spend.gross_margin_share == 0.35 and first.fit_notes
    edited = dataclasses.replace(first, service=dataclasses.replace(first.service, failure_share=0.05))
    edited.write(out / "store.toml")
    said = run("fit", log_file, "--model", "bg", "--out", out).stdout
    again = Store.read(out / "store.toml")
    assert "is kept" in said
    assert (again.spend.gross_margin_share, again.service.failure_share, again.currency) == (0.35, 0.05, "€")
    assert not again.visits.first_visit_can_be_last
    assert not (out / "draws.csv").exists()  # those of the earlier fit would speak of another store


def test_what_a_fit_could_not_tell_stands_on_the_page_of_the_comparison(place, log_file):
    out = place / "client"
    run("fit", log_file, "--leaving-share", "0.04", "--holdout-weeks", "6", "--out", out)
    store = Store.read(out / "store.toml")
    assert store.leaving_share_stated
    run("compare", "--store", out / "store.toml", *FEW, "--out", place / "result")
    page = (place / "result" / "comparison.html").read_text(encoding="utf-8")
    assert "(stated, not found in the order log)" in page
    assert "weeks held out there were" in page and "the same in every draw" in page


@pytest.fixture
def draws_file(place):
    path = place / "draws.csv"
    path.write_text("r,alpha_weeks,a,b,first_visit_can_be_last\n1,3,0.8,5,True\n0.8,4,1,4,False\n", encoding="utf-8")
    return path


def test_draws_of_a_fit_reach_the_comparison(place, store_file, draws_file):
    words = ["compare", "--store", store_file, *FEW]
    said = run(*words, "--out", place / "beside").stdout
    assert f"Draws of the fit in {draws_file} take the place" in said
    page = (place / "beside" / "comparison.html").read_text(encoding="utf-8")
    assert "1 of BG/NBD" in page and "--fit-draws draws.csv" in page
    moved = place / "elsewhere.csv"
    draws_file.rename(moved)
    assert "Draws of the fit" not in run(*words, "--out", place / "without").stdout
    run(*words, "--fit-draws", moved, "--out", place / "named")
    tables = [pd.read_csv(place / name / "measures.csv") for name in ("beside", "named", "without")]
    assert tables[0].equals(tables[1]) and not tables[0]["ignorance_low"].equals(tables[2]["ignorance_low"])
    again = place / "named"
    run("compare", "--store", again / "store.toml", "--practices", again / "practices.toml", *FEW, "--out", again)
    assert pd.read_csv(again / "measures.csv").equals(tables[1])


def test_bad_draws_of_a_fit_are_refused(place, store_file, draws_file):
    for words in (["--fit-draws", draws_file], ["--store", store_file, "--fit-draws", draws_file, "--draws", "0"]):
        said = refused("compare", *words)
        assert f"--fit-draws = {draws_file}: allowed with --store" in said
    draws_file.write_text("r,alpha_weeks,a,b,first_visit_can_be_last\n1,3,0,5,True\n", encoding="utf-8")
    said = refused("compare", "--store", store_file, *FEW, "--out", place / "out")
    assert f"{draws_file}: line 2: visits.a = '0': should be greater than 0" in said
    assert "none.csv: cannot be read" in refused("compare", "--store", store_file, "--fit-draws", place / "none.csv")
    assert not (place / "out").exists()


def test_fit_says_that_it_was_not_told_what_runs(place, log_file):
    said = run("fit", log_file, "--out", place / "client").stdout
    assert "You did not say what the shop already runs" in said
    assert Store.read(place / "client" / "store.toml").already_runs == ("not told when the store was fitted",)
    assert "Nothing was written" in run("fit", log_file).stdout


@pytest.mark.parametrize(("answer", "kept"), [("cards; calls ;", ("cards", "calls")), ("", (console.NOT_TOLD,))])
def test_fit_asks_what_runs_where_somebody_can_answer(monkeypatch, answer, kept):
    monkeypatch.setattr(console.sys, "stdin", type("Terminal", (), {"isatty": lambda self: True})())
    monkeypatch.setattr(console.typer, "prompt", lambda question, **how: answer)
    assert console.ask_what_runs(None) == kept
    assert console.ask_what_runs(["told"]) == ("told",)


def test_fit_without_leaving_prints_its_report_and_asks_for_an_assumption(place):
    quiet = small_store(visits=dataclasses.replace(small_store().visits, a=0.001, b=50.0), season=())
    path = place / "loyal.csv"
    simulate(quiet, seed=1, weeks=20).order_log().to_csv(path, index=False)
    result = run("fit", path, "--out", place / "client")
    assert result.exit_code == 2
    assert "Models of visits" in result.stdout
    assert "loyal.csv: leaving is not identified" in result.stderr
    assert "upper limit" in result.stderr and "--leaving-share" in result.stderr
    assert "State an assumption: --leaving-share X" in result.stdout and "assumed_leaving_share" not in result.output
    assert not (place / "client").exists()
    run("fit", path, "--leaving-share", "0.02", "--out", place / "client")
    visits = Store.read(place / "client" / "store.toml").visits
    assert visits.leaving_share == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["bad.csv", "empty"]),
        ("a,b\n1,2\n", ["bad.csv", "which column is the customer", "a, b"]),
        ("customer,date\n1,gestern\n", ["bad.csv", "line 2", "gestern"]),
        ("customer,date\n1,2024-01-01\n", ["bad.csv", "100"]),
    ],
)
def test_a_bad_order_log_is_refused(place, text, words):
    path = place / "bad.csv"
    path.write_text(text, encoding="utf-8")
    said = refused("fit", path, "--out", place / "out")
    assert all(word in said for word in words), said
    assert not (place / "out").exists()
