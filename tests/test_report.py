"""The page of a comparison: what it says follows from the numbers, and it stands alone."""

import dataclasses
import html
import html.parser
import math
import re

import pandas as pd
import pytest
from worlds import small_store

from simulator.closed_forms import leaving_table
from simulator.folders import LABELS
from simulator.ignorance import explore, swings
from simulator.measures import Horizon
from simulator.parameters import checked, parameter
from simulator.practices import Act, ComplaintRecovery, Practice, VipScheme
from simulator.report import assumption_rows, comparison_page, write_page
from simulator.sentences import (
    decides,
    headline,
    measure_rows,
    misleading,
    plain,
    quantity,
    return_on_cost,
    span,
    verdict,
)
from simulator.store import Store
from simulator.twins import compare

HORIZON = Horizon(weeks=12, window_weeks=6)
EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def comparison():
    store = dataclasses.replace(small_store(), name=EVIL, already_runs=("a <b>card</b>", "老客户 & friends"))
    options = {"VIP": (VipScheme(),), "<i>Both</i>": (VipScheme(), ComplaintRecovery(invite_share=0.3))}
    return explore(compare(store, options, replicates=3, horizon=HORIZON), draws=2)


@pytest.fixture(scope="module")
def alone(comparison):
    paths = ["VIP scheme.join_effort", "store.response.share_of_wallet", "store.service.to_others_share"]
    return {"VIP": swings(comparison, "VIP", paths=paths, measure="margin")}


@pytest.fixture(scope="module")
def page(comparison, alone):
    return comparison_page(comparison, swings=alone)


class Tags(html.parser.HTMLParser):
    """Every tag with its attributes, and whether each was closed."""

    def __init__(self, text):
        super().__init__()
        self.found, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "br", "wbr"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def with_difference(comparison, measure, values):
    """The comparison with other differences of one measure, one a replicate, for every option."""
    table = comparison.by_replicate.copy()
    rows = table["measure"] == measure
    table.loc[rows, "difference"] = table.loc[rows, "replicate"].map(dict(enumerate(values)))
    table.loc[rows, "on"] = table["off"] + table["difference"]
    return dataclasses.replace(comparison, by_replicate=table, ignorance=None)


def test_the_page_is_whole_and_stands_alone(page):
    tags = Tags(page)
    assert tags.open == []
    names = [tag for tag, _ in tags.found]
    assert not {"script", "link", "iframe", "object", "embed", "b", "i"} & set(names)
    for _, attributes in tags.found:
        assert not [name for name in attributes if name.startswith("on")]
        for name in {"src", "href"} & set(attributes):
            assert attributes[name].startswith(("data:image/png;base64,", "#"))
    assert "url(" not in page and "@import" not in page and "http" not in page
    images = [attributes for tag, attributes in tags.found if tag == "img"]
    assert len(images) >= 8
    assert all(len(each["alt"]) > 20 for each in images)


def test_what_people_typed_is_escaped(page):
    assert EVIL not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "a &lt;b&gt;card&lt;/b&gt;; 老客户 &amp; friends" in page
    assert "&lt;i&gt;Both&lt;/i&gt;" in page


def test_the_page_says_what_it_rests_on_and_how_to_repeat_it(page, comparison):
    text = text_of(page)
    for words in ("it proves nothing about a real shop", "What the shop already runs", "seed 0, 3 replicates, 2 draws",
                  "loyalty compare --store store.toml", "--weeks 12 --window-weeks 6", "by luck alone",
                  "the options are changes from that", "What the records alone would suggest"):  # fmt: skip
        assert words in text
    for name, share in leaving_table(comparison.store).items():
        assert f"{name} {100 * share:.1f} %" in text
    for owner in (comparison.store, *comparison.options["<i>Both</i>"]):
        for row in assumption_rows(owner):
            assert row["parameter"] in text and row["value"] in text


def test_the_causes_add_up_to_the_difference_in_margin(page, comparison):
    for option in comparison.options:
        total = comparison.causes.loc[comparison.causes["option"] == option, "margin"].sum()
        margin = comparison.measures.set_index(["option", "measure"]).loc[(option, "margin"), "difference"]
        assert total == pytest.approx(margin)
        assert quantity(total, "currency", "¥", True) in page


def test_without_draws_the_page_says_so(comparison):
    page = comparison_page(dataclasses.replace(comparison, ignorance=None))
    assert "no draws of the assumptions were made" in page
    assert "Which assumptions matter" not in page
    assert "was not looked at" in " ".join(headline(dataclasses.replace(comparison, ignorance=None), "VIP"))


def text_of(page):
    return html.unescape(re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page.replace("<wbr>", "")))).replace("\u2060", "")


def test_the_page_shows_what_each_assumption_does_alone(page, comparison, alone):
    said = text_of(page)
    assert said.count("Which assumptions matter") == 2
    assert "Of the 3 assumptions in play the 2 that move it most are shown; 1 does nothing to it" in said
    for row in alone["VIP"].head(2).to_dict("records"):
        assert f"{row['label']} {row['parameter']} {plain(row['low'])} … {plain(row['high'])}" in said
        for end in ("as_set", "at_low", "at_high"):
            assert quantity(row[end], "currency", "¥", True) in said
    assert "under the option that holds it alone" in said  # said of the option of several practices
    none = {"VIP": alone["VIP"].assign(at_high=alone["VIP"]["at_low"])}
    assert "none of the 3 assumptions in play moves" in text_of(comparison_page(comparison, swings=none))
    bare = comparison_page(comparison)
    assert "One at a time:" not in text_of(bare) and "over the 2 draws no assumption stands out" in text_of(bare)


def test_swings_stand_without_draws(comparison, alone):
    said = text_of(comparison_page(dataclasses.replace(comparison, ignorance=None), swings=alone))
    assert "One at a time:" in said and "All at once" not in said


def test_one_sentence_names_the_assumptions_that_decide(alone):
    (said,) = decides(alone["VIP"], "¥")
    top = alone["VIP"].iloc[0]
    assert f"{top['parameter']} ({top['low']:g}: {quantity(top['at_low'], 'currency', '¥', True)}" in said
    assert "to_others_share" not in said
    assert list(decides(alone["VIP"].assign(at_high=alone["VIP"]["at_low"]), "¥")) == []


def test_drivers_are_shown_where_they_are_clear(comparison):
    draws = pd.concat([comparison.ignorance.assign(draw=at, difference=float(at)) for at in range(8)])
    draws["VIP scheme.join_effort"] = draws["draw"].astype(float)
    said = text_of(comparison_page(dataclasses.replace(comparison, ignorance=draws)))
    assert "by regression on the 8 draws" in said and "+¥7 100.0 %" in said


def test_the_page_says_that_the_fit_was_drawn_too(comparison):
    kinds = [dataclasses.replace(small_store().visits, first_visit_can_be_last=kind) for kind in (True, False, True)]
    stores = [dataclasses.replace(small_store(), visits=each) for each in kinds]
    said = text_of(comparison_page(comparison, stores=stores))
    assert "1 of BG/NBD (nobody leaves at the first visit) and 1 of MBG/NBD" in said
    assert "--store store.toml --fit-draws draws.csv --practices" in said
    assert "a draw of its fit (MBG/NBD)" in text_of(comparison_page(comparison, stores=stores[:1]))
    assert "Visits and spends are those of the store in every draw" in text_of(comparison_page(comparison))


@pytest.mark.parametrize(
    ("values", "word", "begins"),
    [
        ([100.0, 110.0, 120.0], "gains", "It gains money: +¥110 of margin"),
        ([-100.0, -110.0, -120.0], "loses", "It loses money: −¥110 of margin"),
        (
            [-100.0, 10.0, 120.0],
            "cannot be told apart from zero",
            "Its effect on margin cannot be told apart from zero",
        ),
        ([0.0, 0.0, 0.0], "changes nothing", "It changes nothing"),
    ],
)
def test_the_headline_follows_the_numbers(comparison, values, word, begins):
    changed = with_difference(comparison, "margin", values)
    assert verdict(changed, "VIP") == word
    assert headline(changed, "VIP")[0].startswith(begins)
    lost = sum(value < 0 for value in values)
    assert headline(changed, "VIP")[-1] == f"It loses money in {lost} of 3 stores that were run."


@pytest.mark.parametrize(("low", "high", "words"), [(-1.0, 2.0, "either way"), (1.0, 2.0, "the sign stays the same"),
                                                    (-2.0, -1.0, "comes out the other way")])  # fmt: skip
def test_the_headline_says_what_the_draws_say(comparison, low, high, words):
    gains = with_difference(comparison, "margin", [100.0, 110.0, 120.0])
    draws = comparison.ignorance.copy()
    draws["difference"] = draws["draw"].map({0: low, 1: high}) * 1000
    assert words in headline(dataclasses.replace(gains, ignorance=draws), "VIP")[1]


def test_no_return_where_nothing_is_spent(comparison):
    saving = with_difference(with_difference(comparison, "costs", [-5.0] * 3), "discounts", [0.0] * 3)
    assert return_on_cost(saving, "VIP") is None
    assert not [sentence for sentence in headline(saving, "VIP") if "brought back" in sentence]
    spending = with_difference(with_difference(saving, "costs", [10.0] * 3), "margin_at_list", [-20.0] * 3)
    assert return_on_cost(spending, "VIP") == pytest.approx(-2.0)
    assert "brought back −¥2.00 of" in " ".join(headline(spending, "VIP"))


def test_the_most_misleading_estimate_is_the_farthest_from_the_truth(comparison):
    naive = pd.DataFrame({"option": "VIP", "estimate": ["near", "far", "orders", "gone"],
                          "unit": ["share", "share", "orders", "share"],
                          "naive": [0.1, 0.5, 90.0, math.nan], "truth": [0.0, -0.1, 0.0, 0.0]})  # fmt: skip
    (said,) = misleading(dataclasses.replace(comparison, naive=naive), "VIP")
    assert "far (share) suggests +50.00 pp, the truth is −10.00 pp" in said
    assert list(misleading(dataclasses.replace(comparison, naive=naive[:0]), "VIP")) == []


def test_every_measure_has_a_label_and_a_row(comparison):
    rows = measure_rows(comparison, "VIP")
    assert [row["measure"] for row in rows] == list(LABELS)
    assert all(row["ignorance"] != "–" for row in rows)


@checked
class Bell(Practice):
    """A practice of one's own, which the ledger does not know."""

    rings: int = parameter(default=2, unit="rings a visit", help="How often the bell rings", ge=0)

    def start(self, run):
        return Act(run, self.name)


def test_a_practice_the_ledger_does_not_know_is_shown_with_its_bounds():
    result = compare(small_store(), {"Bell": (Bell(),)}, replicates=2, horizon=HORIZON)
    assert assumption_rows(Bell()) == [{"parameter": "rings", "value": "2", "unit": "rings a visit", "range": "≥ 0",
                                        "kind": "not in the ledger", "source": "", "findings": ""}]  # fmt: skip
    page = comparison_page(result)
    assert "not in the ledger" in page and "It changes nothing" in page


def test_dollar_signs_in_names_do_not_break_the_figures():
    store = dataclasses.replace(small_store(), currency="$$")
    result = compare(store, {r"$x^$ & $\foo$ _{": (VipScheme(),)}, replicates=2, horizon=HORIZON)
    assert r"$x^$ &amp; $\foo$ _{" in comparison_page(result)


def test_a_page_is_written_as_utf_8(comparison, tmp_path, page):
    path = tmp_path / "结果" / "page 1.html"
    write_page(comparison, path)
    assert "老客户" in path.read_text(encoding="utf-8")
    assert [each.name for each in path.parent.iterdir()] == ["page 1.html"]


def test_numbers_are_rounded_for_reading():
    assert quantity(math.nan, "currency") == span(math.nan, 1.0, "orders") == "–"
    assert quantity(-0.004, "currency", "$", True) == "$0"
    assert quantity(0.12345, "share of need") == "12.3 %"
    assert quantity(-0.12345, "growth of sales", change=True) == "−12.35 pp"
    assert quantity(12.345, "currency a customer", "¥") == "¥12.35"
    assert quantity(1234567.8, "currency", "€", True) == "+€1,234,568"
    assert span(-1.0, 2.0, "orders") == "−1 … +2"
    assert plain(math.nan) == "" and plain(12345) == "12,345" and plain(()) == "none" and plain((6, 8)) == "6, 8"
    assert plain(Store().week_0) == "2025-01-06"
