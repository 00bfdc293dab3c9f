"""`loyalty adapt` and `loyalty pseudonymise`: what they write, what they refuse, and that nobody's data get out."""

import hashlib
import hmac
import re
import stat

import pandas as pd
import pytest
from clients import FEW, NAME_COLUMN, PHONE_COLUMN, found_in, secrets_of
from commands import refused, run

from simulator.orders import read_orders
from simulator.pseudonyms import pseudonymise

ADAPT = [*FEW[:-4], "--draws", 0, "--holdout-weeks", 0, *FEW[-2:]]


@pytest.mark.usefixtures("no_figures")
def test_adapt_writes_a_case_and_a_report_and_reads_what_was_edited(place, orders, case_folder, personal):
    out = place / "for the client"
    said = run("adapt", orders, "--case", case_folder, "--out", out, *ADAPT, "--seed", 7).stdout
    assert "Written to" in said and "Assumed, because the log does not tell it: currency, already_runs" in said
    assert "王小明" not in said
    page = (out / "report.html").read_text(encoding="utf-8")
    typed = re.search(r"<code>(loyalty adapt .*?)</code>", page)
    assert typed and f"loyalty adapt &#34;{orders.name}&#34; --case corner --out &#34;for the client&#34;" in typed[1]
    assert "--seed 7" in typed[1] and str(place) not in page and str(orders.parent) not in page
    assert hashlib.sha256(orders.read_bytes()).hexdigest() in page
    text = (out / "client.toml").read_text(encoding="utf-8").replace('currency = "¥"', 'currency = "€"')
    (out / "client.toml").write_text(text, encoding="utf-8")
    said = run("adapt", orders, "--case", case_folder, "--out", out, *ADAPT).stdout
    assert "€" in said and (out / "client.toml").read_text(encoding="utf-8") == text
    assert found_in(out, secrets_of(personal)) == []
    run("adapt", orders, "--case", case_folder, "--out", out, *ADAPT, "--force")
    assert 'currency = "¥"' in (out / "client.toml").read_text(encoding="utf-8")


@pytest.mark.usefixtures("no_figures")
def test_adapt_reads_as_fit_does(place, personal, case_folder):
    odd = personal.rename(columns={"customer_id": "who", "amount": "money"})
    odd["time"] = pd.to_datetime(odd["time"]).dt.strftime("%d/%m/%Y")
    odd.to_csv(place / "odd.csv", index=False)
    words = ["adapt", place / "odd.csv", "--case", case_folder, "--out", place / "out", *ADAPT]
    assert "--customer" in refused(*words)
    run(*words, "--customer", "who", "--date-format", "%d/%m/%Y", "--amount", "money", "--model", "bg")
    page = (place / "out" / "report.html").read_text(encoding="utf-8")
    assert "--customer who" in page and "--model bg" in page and '<td class="n">given</td>' in page


def test_adapt_refuses_in_plain_words(place, orders, case_folder):
    words = ["adapt", orders, "--case", case_folder, "--out", place / "out"]
    assert "cannot be read" in refused("adapt", place / "none.csv", *words[2:])
    assert "--window-weeks = 30" in refused(*words, "--weeks", 20, "--window-weeks", 30)
    (place / "out").mkdir()
    (place / "out" / "client.toml").write_text("failure_share = 'often'\n", encoding="utf-8")
    said = refused(*words)
    assert "client.toml: client.failure_share = 'often': should be a valid number" in said
    (place / "short.csv").write_text("customer,date,amount\na,2024-01-01,5\n", encoding="utf-8")
    (place / "out" / "client.toml").unlink()
    assert "at least 100 are needed" in refused("adapt", place / "short.csv", *words[2:])
    (case_folder / "store.toml").write_text("[service]\nfailure_share = 3\n")
    assert "store.toml: store.service.failure_share = 3" in refused(*words)
    assert not list((place / "out").iterdir())


def test_pseudonyms_are_keyed_and_the_rest_is_dropped(place, orders, personal):
    out, key = place / "out.csv", place / "my.key"
    said = run("pseudonymise", orders, out, "--key", key).stdout
    assert f"Dropped: {NAME_COLUMN}, {PHONE_COLUMN}" in said and "was made" in said
    assert stat.S_IMODE(key.stat().st_mode) == 0o600 and key.read_text().strip() not in said + out.read_text()
    made = pd.read_csv(out, dtype=str)
    assert set(made.columns) == set(personal.columns) - {NAME_COLUMN, PHONE_COLUMN} | {"line"}
    assert "Added: line, a keyed hash of each whole line" in said and made["line"].nunique() == len(personal)
    for real, false in zip(personal["customer_id"][:50], made["customer_id"][:50], strict=True):
        right = hmac.new(key.read_text().strip().encode(), real.encode(), hashlib.sha256).hexdigest()[:16]
        assert false == f"p{right}"
    assert made["customer_id"].nunique() == personal["customer_id"].nunique()
    (place / "alone").mkdir()
    out.rename(place / "alone" / "out.csv")
    assert found_in(place / "alone", secrets_of(personal)) == []


def test_the_same_key_gives_the_same_pseudonyms_and_the_log_reads_the_same(place, orders):
    key = place / "my.key"
    for name in ("one.csv", "two.csv"):
        run("pseudonymise", orders, place / name, "--key", key)
    run("pseudonymise", orders, place / "three.csv", "--key", place / "other.key")
    texts = [(place / name).read_text() for name in ("one.csv", "two.csv", "three.csv")]
    assert texts[0] == texts[1] != texts[2]
    before, after = read_orders(orders), read_orders(place / "one.csv")
    assert after.report.equals(before.report) and after.customers == before.customers
    assert sorted(after.orders["amount"]) == sorted(before.orders["amount"])


def test_cancelled_lines_returns_and_missing_ids_stay_what_they_are(place):
    lines = ["order,customer,date,amount,note"]
    lines += [f"A{each},c{each % 40},2024-0{1 + each % 6}-11,1{each}.5,=x" for each in range(400)]
    lines += ["C17,c1,2024-03-01,-5,x", "c-18,c2,2024-03-01,5,x", "A900,,2024-03-01,7,x", "A901,c3,2024-03-02,-¥5,x"]
    (place / "log.csv").write_text("\n".join(lines), encoding="utf-8")
    run("pseudonymise", place / "log.csv", place / "out.csv", "--key", place / "k", "--keep", "note")
    before, after = (read_orders(place / name) for name in ("log.csv", "out.csv"))
    assert after.report.equals(before.report) and "cancelled" in " ".join(before.report["reason"])
    assert pd.read_csv(place / "out.csv")["note"].iloc[0] == "'=x"


def test_a_workbook_of_numbers_is_pseudonymised_too(place):
    from logs import workbook

    rows = [["customer", "date", "amount", "name"], *([12.0, f"2024-01-{day:02d}", 5.5, "x"] for day in range(1, 9))]
    (place / "log.xlsx").write_bytes(workbook({"s": rows}))
    made = pseudonymise(place / "log.xlsx", b"k" * 16)
    right = hmac.new(b"k" * 16, b"12", hashlib.sha256).hexdigest()[:16]
    assert made.table["customer"].unique().tolist() == [f"p{right}"]
    assert made.table["amount"].tolist() == ["5.5"] * 8 and made.dropped == ("name",)


def test_pseudonymise_overwrites_nothing_and_refuses_weak_keys(place, orders):
    (place / "out.csv").write_text("mine")
    assert "is there already" in refused("pseudonymise", orders, place / "out.csv", "--key", place / "k")
    assert "three different files" in refused("pseudonymise", orders, orders, "--key", place / "k")
    assert not (place / "k").exists() and (place / "out.csv").read_text() == "mine"
    (place / "weak").write_text("1234")
    assert "the key has 4 letters; allowed: at least 16" in refused("pseudonymise", orders, place / "new.csv", "--key",
                                                                    place / "weak")  # fmt: skip
    assert "no such column" in refused("pseudonymise", orders, place / "new.csv", "--key", place / "k", "--keep", "age")
    assert not (place / "new.csv").exists()
