"""Every notebook, run as other readers would run it, and as a student who has answered nothing."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from notebook_files import FAILED, HELD, NOTEBOOKS, UNANSWERED, checked, code_cells, every_notebook, stored, texts

from simulator.workbook import student_copy

PROMISED = {
    "00_start_here.ipynb",
    "01_one_customer.ipynb",
    "02_know_your_customers.ipynb",
    "03_measuring_loyalty.ipynb",
    "04_why_customers_leave.ipynb",
    "05_vip_schemes.ipynb",
    "06_exceeding_expectations.ipynb",
    "07_complaint_recovery.ipynb",
    "08_referral_asks.ipynb",
    "09_putting_practices_together.ipynb",
    "10_does_it_work.ipynb",
    "11_claims_on_trial.ipynb",
    "12_contact_calls.ipynb",
    "13_price_promotion.ipynb",
    "14_win_back.ipynb",
    "15_service_and_staff.ipynb",
    "16_from_a_clients_log.ipynb",
}
OTHER_READERS = (1, 2, 3)
TAKEN_HOME = OTHER_READERS[-1]  # this one has copied the folder: nothing else of the repository is around it
CELL_SECONDS = 120
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def test_the_promised_notebooks_are_there() -> None:
    assert {path.name for path in NOTEBOOKS} >= PROMISED


# --- as others run it ---


@every_notebook
@pytest.mark.parametrize("reader", OTHER_READERS)
def test_it_runs_and_answers_hold_for_another_reader(
    path: Path, reader: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LOYALTY_READER_SEED", str(reader))
    home = shutil.copytree(path.parent, tmp_path / "我的 notebooks") if reader == TAKEN_HOME else path.parent
    ran = executed(stored(path), home)
    failed = [f"cell {number}: {said}" for number, cell in code_cells(ran) for said in texts(cell) if FAILED in said]
    assert not failed


@every_notebook
def test_a_student_who_answers_nothing_meets_no_exception(path: Path) -> None:
    ran = executed(student_copy(stored(path)), path.parent)
    for number, cell in code_cells(ran):
        said = " ".join(texts(cell))
        assert not checked(cell) or (UNANSWERED in said and HELD not in said), f"cell {number} of no answer: {said!r}"


# --- what a failure shows ---


def test_a_cell_that_does_not_agree_is_shown_with_its_source_and_both_outputs(tmp_path: Path) -> None:
    printing = nbformat.v4.new_code_cell("print(2 * price)", execution_count=2)
    printing.outputs = [nbformat.v4.new_output("stream", text="41 as stored\n")]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("price = 20", execution_count=1), printing])
    nbformat.write(notebook, tmp_path / "wrong.ipynb")
    words = ["pytest", "-p", "conftest", "-p", "no:cacheprovider", "--nbval", "--nbval-current-env", "wrong.ipynb"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-m", *words]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    for shown in ("print(2 * price)", "41 as stored", "40", "1 failed, 1 passed"):
        assert shown in ran.stdout, ran.stdout


# --- running ---


def executed(notebook: dict[str, Any], folder: Path, tries: int = 3) -> dict[str, Any]:
    """`notebook` run from above in a fresh kernel standing in `folder`; a cell that raises fails the test."""
    made = nbformat.reads(json.dumps(notebook), as_version=4)
    options = {"timeout": CELL_SECONDS, "kernel_name": "python3", "resources": {"metadata": {"path": str(folder)}}}
    try:
        return dict(NotebookClient(made, **options).execute(env=os.environ.copy()))
    except CellExecutionError as error:
        pytest.fail(ANSI.sub("", str(error)), pytrace=False)
    except RuntimeError as error:  # a kernel that did not start; a cell that raised is no RuntimeError
        if tries == 1 or isinstance(error, DeadKernelError):
            raise
    return executed(notebook, folder, tries - 1)
