"""The report for a client: all it should say, and nothing from outside taken for a tag."""

import dataclasses
import re

import pytest
from clients import EVIL, adapted_into, page_of

from simulator import plots

plots.draw_without_screen()


def test_the_report_says_all_it_should(whole):
    out, found, _ = whole
    page = page_of(out)
    text = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    for words in ("What was read and dropped", "were kept and 0 dropped", "weeks held out there were",
                  "Nobody said what the shop already runs", "chance of a loss", "mean (95 %)", "one store (90 %)",
                  "assumptions (90 %)", "lifetime value", "Which assumptions drive the result",
                  "true in the simulated store", "All assumptions with their sources", "seed 0",
                  "loyalty adapt …", *found.inputs.values(), *found.inputs):  # fmt: skip
        assert words in text, words
    assert page.count("data:image/png") >= 8 and "<script" not in page and "http" not in page and "@page" in page
    assert "the corner's own card" not in page.replace("&#39;", "'")  # what the case's shop runs, the client need not


@pytest.mark.usefixtures("no_figures")
def test_html_and_markdown_escape_what_comes_from_outside(tmp_path, case, orders):
    out = tmp_path / "out"
    out.mkdir()
    (out / "client.toml").write_text(f'name = "{EVIL} [x](y)"\ncurrency = "<b>"\n', encoding="utf-8")
    evil = dataclasses.replace(case, title=f"Corner {EVIL}")
    adapted_into(out, evil, orders)
    page = page_of(out)
    assert EVIL not in page and "&lt;script&gt;alert(1)" in page and "<b>" not in page
    story = (out / "case" / "case.md").read_text(encoding="utf-8")
    assert "&lt;script&gt;" in story and "[x](y)" not in story


def test_every_column_of_every_table_is_explained(whole):
    readme = (whole[0] / "tables" / "README.txt").read_text(encoding="utf-8")
    assert readme.count(".csv\n") >= 12
    assert re.findall(r"^ +([^:\n]+): *$", readme, re.MULTILINE) == []
