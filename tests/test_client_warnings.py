"""What a client must know before the numbers."""

import dataclasses

from clients import QUICK, make_case

from simulator import plots
from simulator.adapt import adapt
from simulator.casebook import load
from simulator.client import Client
from simulator.client_warnings import warnings
from simulator.orders import read_orders
from simulator.practices import VipScheme

plots.draw_without_screen()


def test_a_report_warns_before_its_numbers(tmp_path, orders):
    """Nobody was asked; a threshold that is never reached makes two options one; edited options are named."""
    case = load(make_case(tmp_path / "corner"))
    same = {"card": (VipScheme(),), "the same card": (VipScheme(),)}
    found = adapt(read_orders(orders), case, options=same, plan=QUICK)
    said = " ".join(warnings(found))
    for words in ("Gross margin share and wage per hour: nobody has said", "No weeks were held out",
                  "“the same card” comes out exactly as “card”", "What nobody knows was not looked at"):  # fmt: skip
        assert words in said, words
    assert "in the options are the case's times" not in said and not any(each.unchanged for each in found.money)
    of_case = adapt(read_orders(orders), case, plan=QUICK)
    assert all(each.unchanged for each in of_case.money)
    number = len(of_case.money)
    assert f"{number} of the {number} costs, rewards and thresholds in the options" in " ".join(warnings(of_case))
    told = dataclasses.replace(Client.of(case.store), confirmed=("gross_margin_share", "wage_per_hour", "currency"))
    assert "nobody has said" not in " ".join(warnings(adapt(read_orders(orders), case, told, plan=QUICK)))
