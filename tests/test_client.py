"""What a client is asked: answers are read as they are written, and wrong ones are named."""

import dataclasses

import pytest

from simulator import plots
from simulator.client import ASKED, Client
from simulator.parameters import FileError, ParameterError

plots.draw_without_screen()


def test_an_estimate_stays_an_assumption(case):
    client = dataclasses.replace(Client.of(case.store), failure_share=0.2, estimated=("failure_share",))
    assert not dict(client.stated(Client.of(case.store)))["failure_share"]
    assert "service.failure_share" not in set(client.stated_places(Client.of(case.store)))
    with pytest.raises(ParameterError, match=r"estimated = failure_share: confirmed, too"):
        dataclasses.replace(client, confirmed=("failure_share",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("failure_share = 20", r"client\.toml: client\.failure_share = 20: should be less than 1 \(a share"),
        ("failure_shar = 0.2", r"failure_shar: there is no such field; did you mean failure_share"),
        ('confirmed = ["margin"]', r"confirmed = margin: there is no such field; allowed: currency"),
        ("to_staff_share = 0.9", r"to_others_share = 1\.32; at most 1"),
        ("desks = [", r"client\.toml: .*not valid TOML"),
    ],
)
def test_a_wrong_answer_is_named(tmp_path, case, text, words):
    (tmp_path / "client.toml").write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match=words):
        Client.read(tmp_path / "client.toml", Client.of(case.store))


def test_answers_are_written_as_they_are_read(tmp_path, case):
    defaults = Client.of(case.store)
    assert defaults.failure_share == 0.3 and defaults.already_runs == ()
    path = tmp_path / "client.toml"
    path.write_text(defaults.to_toml('a "shop"\nname', "corner"), encoding="utf-8")
    assert Client.read(path) == defaults
    assert path.read_text(encoding="utf-8").count("# ") > len(ASKED)
    more = dataclasses.replace(defaults, new_customers_per_week=3.0, already_runs=("calls",))
    assert more.into(case.store).already_runs == ("calls",)
