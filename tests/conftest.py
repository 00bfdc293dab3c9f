"""What every test stands on: seeded Hypothesis, no windows, notebooks that survive a slow kernel start."""

import os
import re
from pathlib import Path
from typing import Any

import matplotlib
import nbval.plugin
import pytest
from clients import case, case_folder, no_figures, orders, personal, whole  # noqa: F401 - fixtures of several files
from commands import log_file, place, store_file, world_of_the_log  # noqa: F401 - fixtures of several files
from hypothesis import settings
from logs import cdnow, cdnow_fit, nobody_fit, nobody_leaves  # noqa: F401 - fixtures of several files
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parents[1]
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
TRIES = 3

# Not by MPLBACKEND: the notebooks' kernels would inherit it and draw nothing.
matplotlib.use("agg")
os.environ.pop("LOYALTY_READER_SEED", None)  # the stored outputs are those of the default

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")


class PatientKernel(nbval.plugin.RunningKernel):  # type: ignore[misc]
    """A kernel that is started again when its start fails: now and then two kernels race for a port."""

    def __init__(self, *args: Any, **options: Any) -> None:
        for left in reversed(range(TRIES)):
            try:
                super().__init__(*args, **options)
                return
            except RuntimeError:
                if not left:
                    raise


def without_colours(repr_failure: Any) -> Any:
    """A cell's failure as plain text, so that logs can be read."""

    def repr_failure_plain(self: Any, excinfo: Any) -> Any:
        told = repr_failure(self, excinfo)
        return ANSI.sub("", told) if isinstance(told, str) else told

    return repr_failure_plain


# Not as hooks of this folder: those do not reach notebooks/.
nbval.plugin.RunningKernel = PatientKernel
nbval.plugin.IPyNbCell.repr_failure = without_colours(nbval.plugin.IPyNbCell.repr_failure)


class Spread(LoadScopeScheduling):
    """Each module on one worker, as `--dist loadscope` says, but whole notebooks by themselves on any."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if "test_notebooks.py" in nodeid else str(super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    return Spread(config, log) if config.getvalue("dist") == "loadscope" else None


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the whole project."""
    return ROOT


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with a space and Chinese in its name: nothing may depend on where one stands."""
    folder = tmp_path / "别 处"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder
