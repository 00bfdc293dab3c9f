"""Coming back: customers who had left become customers again, and their times away."""

import numpy as np
import pandas as pd

from simulator.clock import Floats, Integers
from simulator.run import Run


def may_come_back(run: Run) -> None:
    """Let the truth tell of returns in this run; a practice that wins customers back says so when it starts."""
    run.some_return = True


def come_back(run: Run, rows: Integers, due: Floats) -> None:
    """Let customers in `rows`, who have left, come again at `due` (buying time, which must lie ahead).

    Each is a customer again from that visit on, with the rate, the spends and the chance of leaving he was born with,
    and with the luck of the visit numbers that follow; `visits.returns` marks the visit. Until then he is away.
    Errors: `ValueError` for somebody who has not left.
    """
    if np.isnan(run.left_week[rows]).any():
        raise ValueError("come_back: somebody among these has not left")
    run.due[rows] = due


def absences(visits: pd.DataFrame) -> pd.DataFrame:
    """Each time a customer was away: customer_id, left_week, returned_week (empty: still away); `visits`: the truth's.

    >>> made = pd.DataFrame({"order_id": [100, 101, 102], "customer_id": 0, "week": [1.0, 4.0, 9.0],
    ...                      "leaves": [False, True, True]})
    >>> absences(made)["returned_week"].tolist()
    [9.0, nan]
    """
    last = visits[visits["leaves"]]
    again = pd.Series(visits["week"].to_numpy(), visits["order_id"]).reindex(last["order_id"] + 1)  # the next number's
    return pd.DataFrame({"customer_id": last["customer_id"].to_numpy(), "left_week": last["week"].to_numpy(),
                         "returned_week": again.to_numpy()})  # fmt: skip


def second_lives(visits: pd.DataFrame, customer_id: Integers) -> dict[str, Floats]:
    """For each customer when it first left (`first_left_week`), last came back (`returned_week`), and `times_left`."""
    away = absences(visits).groupby("customer_id")
    first, back = away["left_week"].min().reindex(customer_id), away["returned_week"].max().reindex(customer_id)
    times = away.size().reindex(customer_id, fill_value=0)
    return {"first_left_week": first.to_numpy(dtype=np.float64), "returned_week": back.to_numpy(dtype=np.float64),
            "times_left": times.to_numpy(dtype=np.int64)}  # fmt: skip
