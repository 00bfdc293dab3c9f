"""Running the command in tests: in this process, and what it needs to run on."""

import dataclasses

import pytest
from typer.testing import CliRunner
from worlds import small_store

from simulator import cli
from simulator.engine import simulate
from simulator.world import World

WEEKS = ["--weeks", "12", "--window-weeks", "6"]
FEW = [*WEEKS, "--replicates", "2", "--draws", "2", "--processes", "1"]


def run(*words, **how):
    """The command in this process; a traceback fails the test."""
    result = CliRunner().invoke(cli.app, [str(word) for word in words], **how)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def refused(*words):
    """What a command that must refuse its input says."""
    result = run(*words)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    return result.stderr


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "with space 中文"
    folder.mkdir()
    return folder


@pytest.fixture
def store_file(place):
    small_store().write(place / "small.toml")
    return place / "small.toml"


@pytest.fixture(scope="session")
def world_of_the_log() -> World:
    return simulate(dataclasses.replace(small_store(), name="log"), seed=3, weeks=30)


@pytest.fixture
def log_file(place, world_of_the_log):
    path = place / "订单 log.csv"
    world_of_the_log.order_log().to_csv(path, index=False, encoding="utf-8")
    return path
