"""The command `loyalty`: what it prints and writes, and how it ends on bad input."""

import dataclasses
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from commands import FEW, WEEKS, refused, run
from worlds import small_store

from simulator import cli, lab
from simulator.engine import simulate
from simulator.options import read_options, standard_options
from simulator.store import Store


def test_help_teaches():
    for words in ([], ["--help"]):
        said = run(*words, env={"COLUMNS": "200"}).output
        for word in ("Try first", "loyalty compare --replicates 5", "loyalty lab", "proves nothing about a real shop"):
            assert word in said
    for command in ("new", "simulate", "compare", "fit", "lab", "student-copies"):
        assert f"Example: loyalty {command}" in re.sub(r"\s+", " ", run(command, "--help").output)


def test_new_writes_the_defaults_and_overwrites_nothing(place):
    folder = place / "my shop"
    said = run("new", folder).stdout
    assert Store.read(folder / "store.toml") == Store()
    assert read_options(folder / "practices.toml") == standard_options()
    assert f'--store "{folder / "store.toml"}"' in said
    (folder / "store.toml").write_text("edited", encoding="utf-8")
    (folder / "practices.toml").unlink()
    assert "store.toml: exists already" in refused("new", folder)
    assert [each.name for each in folder.iterdir()] == ["store.toml"]
    assert (folder / "store.toml").read_text(encoding="utf-8") == "edited"


def test_simulate_prints_measures_with_units():
    said = run("simulate", *WEEKS, "--store", os.devnull).output  # an empty file: all defaults
    for word in ("Corner store, 12 weeks, no practices", "margin after all costs", "share of customers of week 0", "¥"):
        assert word in said


def test_simulate_writes_the_records_and_apart_from_them_the_truth(place, store_file):
    out = place / "one shop"
    said = run("simulate", "--store", store_file, "--option", "all together", *WEEKS, "--out", out).stdout
    assert str(out) in said
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert names == {"README.txt", "store.toml", "orders.csv", "complaints.csv", "costs.csv", "desk_hours.csv",
                     "members.csv", "answers.csv", "asks.csv", "calls.csv", "referred.csv", "promotions.csv",
                     "offers.csv",
                     "staff.csv", "survey.csv", "faults.csv",
                     "truth/customers.csv", "truth/visits.csv"}  # fmt: skip
    readme = (out / "README.txt").read_text(encoding="utf-8")
    for name in names - {"README.txt", "store.toml"}:
        for column in pd.read_csv(out / name).columns:
            assert re.search(rf"^    {column}: \S", readme, re.MULTILINE), f"{name}: {column}"
    world = simulate(small_store(), standard_options()["all together"], weeks=12)
    orders = pd.read_csv(out / "orders.csv")
    assert orders["paid"].sum() == pytest.approx(world.orders["paid"].sum(), abs=0.01)
    assert Store.read(out / "store.toml") == small_store()
    assert "Written to" in run("simulate", "--store", store_file, *WEEKS, "--out", out).stdout  # ours may be replaced


def test_compare_prints_and_writes(place, store_file):
    out = place / "result"
    shop = dataclasses.replace(small_store(), name="<script>alert(1)</script>", already_runs=("points card",))
    shop.write(store_file)
    before = dict(os.environ)
    said = run("compare", "--store", store_file, *FEW, "--out", out).stdout
    assert dict(os.environ) == before  # a notebook's kernel that is started later would inherit it
    for word in ("VIP scheme", "Complaint recovery", "all together", "one store (90 %)", "assumptions (90 %)",
                 "retention", "lifetime value", "desk hours", "brought back", "It loses money in",
                 "The records mislead most here",
                 "One at a time, these assumptions move",
                 "does already: points card", "proves nothing"):  # fmt: skip
        assert word in said
    names = {path.name for path in out.iterdir()}
    assert names == {"README.txt", "comparison.html", "measures.csv", "causes.csv", "naive.csv", "by_replicate.csv",
                     "swings.csv", "store.toml", "practices.toml"}  # fmt: skip
    assert read_options(out / "practices.toml") == standard_options()
    assert Store.read(out / "store.toml") == shop
    page = re.sub(r"(?<=base64,)[\w+/=]+", "", (out / "comparison.html").read_text(encoding="utf-8"))
    assert "<script" not in page and "&lt;script&gt;alert(1)" in page and "http" not in page
    measures = pd.read_csv(out / "measures.csv")
    assert {"off", "on", "mc_low", "luck_low", "ignorance_low"} <= set(measures.columns)
    readme = (out / "README.txt").read_text(encoding="utf-8")
    assert all(f"    {column}: " in readme for column in measures.columns)


@pytest.mark.filterwarnings("ignore:Glyph")  # where no Chinese font is installed, the figures lack the letters
def test_compare_leaves_its_inputs_alone_and_repeats_itself(place):
    run("new", place / "shop")
    small_store().write(place / "shop" / "store.toml")
    store, practices = place / "shop" / "store.toml", place / "shop" / "practices.toml"
    practices.write_text('# mine\n[[option]]\nname = "金卡"\n[option.VipScheme]\npreset = "null"\n', encoding="utf-8")
    words = ["compare", "--store", store, "--practices", practices, *FEW[:-4], "--draws", "0"]
    first = run(*words, "--processes", "1", "--out", place / "shop").stdout
    assert practices.read_text(encoding="utf-8").startswith("# mine")
    assert "金卡" in first and "assumptions (90 %)" not in first
    one = (place / "shop" / "by_replicate.csv").read_bytes()
    run(*words, "--processes", "2", "--out", place / "again")
    assert (place / "again" / "by_replicate.csv").read_bytes() == one


def test_new_beside_a_fitted_store_writes_only_options(place, store_file):
    said = run("new", place / "options", "--store", store_file).stdout
    assert [path.name for path in (place / "options").iterdir()] == ["practices.toml"]
    assert f'--store "{store_file}"' in said


BAD_STORES = [
    ("[visits\n", ["small.toml", "line 1", "not valid TOML"]),
    ("[visits]\nr = -1\n", ["small.toml: store.visits.r = -1", "greater than 0"]),
    ("[visits]\nrr = 1\n", ["store.visits.rr", "no such field"]),
    ("[spend]\ngross_margin_share = 1.5\n", ["store.spend.gross_margin_share = 1.5", "less than or equal to 1"]),
    ("[service]\nto_staff_share = 0.9\nto_others_share = 0.9\n", ["store.service", "at most 1"]),
    ("season = [1, 2]\n", ["store.season", "52"]),
]


@pytest.mark.parametrize(("text", "words"), BAD_STORES)
@pytest.mark.parametrize("command", ["simulate", "compare"])
def test_a_bad_store_is_refused(place, store_file, command, text, words):
    store_file.write_text(text, encoding="utf-8")
    said = refused(command, "--store", store_file, *WEEKS, "--out", place / "out")
    assert all(word in said for word in words)
    assert [each.name for each in place.iterdir()] == ["small.toml"]


def test_bad_practices_and_options_are_refused(place, store_file):
    path = place / "p.toml"
    path.write_text('[[option]]\nname = "A"\n[option.VipScheme]\ncard_cost = -3\n', encoding="utf-8")
    said = refused("compare", "--practices", path, *FEW, "--out", place / "out")
    for word in (str(path), "option 'A'", "VipScheme.card_cost = -3", "greater than or equal to 0"):
        assert word in said
    said = refused("simulate", "--store", store_file, "--option", "Gold", *WEEKS, "--out", place / "out")
    options = ("Complaint recovery, Contact calls, Exceeding expectations, Price promotion, Referral asks, Staff care, "
               "VIP scheme, Win back, all together")  # fmt: skip
    assert "--option = 'Gold'" in said and options in said
    said = refused("compare", "--practices", place / "none.toml")
    assert "none.toml: cannot be read" in said
    assert not (place / "out").exists()


def test_other_bad_arguments_are_refused(place, log_file):
    assert "--window-weeks = 26: should be less than --weeks = 20" in refused("compare", "--weeks", "20")
    assert "replicates" in refused("compare", "--replicates", "1")
    assert "leaving-share" in refused("fit", log_file, "--leaving-share", "2")
    assert "no such column; found: order_id" in refused("fit", log_file, "--customer", "who")
    assert "Store.currency = ''" in refused("fit", log_file, "--currency", "")
    assert "--holdout-weeks = 500" in refused("fit", log_file, "--holdout-weeks", "500")
    said = refused("simulate", *WEEKS, "--out", place)
    assert f"{place}: holds other files" in said and "allowed" in said
    assert [each.name for each in place.iterdir()] == [log_file.name]
    (place / "blocked").write_text("")
    assert "blocked" in refused("new", place / "blocked" / "shop")


def test_a_shop_without_customers_does_not_break_the_commands(place, store_file):
    text = "[arrivals]\nnew_customers_per_week = 0.0\nhistory_weeks = 0\n"
    store_file.write_text(text, encoding="utf-8")
    assert run("simulate", "--store", store_file, "--option", "all together", *WEEKS).exit_code == 0
    assert run("compare", "--store", store_file, *FEW, "--out", place / "out").exit_code == 0


def test_lab_opens_the_workbook_without_pop_ups(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    seen = {}

    def call(words, env):
        config = env["JUPYTER_CONFIG_PATH"].split(os.pathsep)[0]
        text = (Path(config) / "labconfig" / "default_setting_overrides.json").read_text(encoding="utf-8")
        seen.update(words=words, settings=json.loads(text), seed=env.get("LOYALTY_READER_SEED"))
        return 0

    monkeypatch.setattr(lab.subprocess, "call", call)
    monkeypatch.setattr(cli.folders, "__file__", str(tmp_path / "a" / "b" / "c.py"))
    assert "no folder notebooks" in refused("lab")
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "01.ipynb").write_text("{}")
    assert run("lab", "--port", "8899", "--no-browser", "--reader-seed", "7").exit_code == 0
    assert seen["seed"] == "7"
    assert f"--ServerApp.root_dir={tmp_path / 'notebooks'}" in seen["words"]
    assert {"--ServerApp.port=8899", "--ServerApp.open_browser=False"} <= set(seen["words"])
    assert seen["settings"]["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"


def test_student_copies_hold_no_solution(tmp_path, monkeypatch):
    monkeypatch.chdir(Path(__file__).parent)
    said = run("student-copies", tmp_path / "copies").stdout
    copies = sorted((tmp_path / "copies").glob("*.ipynb"))
    assert copies and all(path.name in said for path in copies)
    assert not any("BEGIN SOLUTION" in path.read_text(encoding="utf-8") for path in copies)


def real(*words, encoding, cwd):
    """The command in a process of its own, on a console of another encoding and without a screen."""
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "PYTHONUTF8")}
    environment |= {"PYTHONIOENCODING": encoding}
    return subprocess.run([sys.executable, "-m", "simulator.cli", *map(str, words)], capture_output=True, cwd=cwd,
                          env=environment, timeout=600)  # fmt: skip


def test_a_gbk_console_shows_everything(place, store_file):
    done = real("compare", "--store", "small.toml", *FEW, "--out", "结果 1", encoding="gbk", cwd=place)
    said = done.stdout.decode("gbk")
    assert done.returncode == 0, done.stderr.decode("gbk")
    assert done.stderr == b""
    assert "￥" in said and "结果 1" in said and "?" not in said
    assert "¥" in (place / "结果 1" / "comparison.html").read_text(encoding="utf-8")
    store_file.write_text("[visits]\nr = -1\n", encoding="utf-8")
    done = real("simulate", "--store", store_file, encoding="gbk", cwd=place)
    assert done.returncode == 2
    assert "中文" in done.stderr.decode("gbk") and b"Traceback" not in done.stderr
    assert len(done.stderr.decode("gbk").splitlines()) == 1


def test_a_plain_console_shows_help_and_numbers(place):
    assert real("--help", encoding="ascii", cwd=place).returncode == 0
    done = real("simulate", *WEEKS, encoding="ascii", cwd=place)
    assert done.returncode == 0 and b"margin after all costs" in done.stdout
