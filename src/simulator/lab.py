"""JupyterLab on the workbook's folder, quiet, with the reader's seed."""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from simulator.parameters import FileError, write_text

# no question about news, no look for updates: a class should see the notebook first
_QUIET = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}


def open_lab(folder: Path, port: int, browser: bool, reader_seed: int | None) -> int:
    """Run JupyterLab on `folder` until it is stopped; its exit code. Errors: `FileError` where it is not installed.

    `reader_seed`: the seed of this reader's worlds, in the variable LOYALTY_READER_SEED.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise FileError("jupyterlab: is not installed; install it with: pip install jupyterlab")
    with tempfile.TemporaryDirectory() as config:
        write_text(Path(config) / "labconfig" / "default_setting_overrides.json", json.dumps(_QUIET))
        words = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}", f"--ServerApp.port={port}"]
        words.append(f"--ServerApp.open_browser={browser}")
        return subprocess.call(words, env=_environment(config, reader_seed))


def _environment(config: str, reader_seed: int | None) -> dict[str, str]:
    paths = [config, os.environ.get("JUPYTER_CONFIG_PATH", "")]
    environment = os.environ | {"JUPYTER_CONFIG_PATH": os.pathsep.join(each for each in paths if each)}
    return environment if reader_seed is None else environment | {"LOYALTY_READER_SEED": str(reader_seed)}
