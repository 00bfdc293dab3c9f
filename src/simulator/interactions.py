"""Practices together: whether the whole is more or less than its parts."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from simulator import luck
from simulator.measures import UNITS
from simulator.practices import Practice
from simulator.twins import TOGETHER, Comparison

WITHOUT = "all but {}"


def alone_together_and_left_out(practices: Sequence[Practice]) -> dict[str, tuple[Practice, ...]]:
    """Options for `compare`: each practice alone, all together, and all but each one.

    Errors: `ValueError` for fewer than two, or two of one name.

    >>> from simulator.practices import ComplaintRecovery, VipScheme
    >>> list(alone_together_and_left_out([VipScheme(), ComplaintRecovery()]))
    ['VIP scheme', 'Complaint recovery', 'all together', 'all but VIP scheme', 'all but Complaint recovery']
    """
    names = [practice.name for practice in practices]
    if len(names) < 2 or len(set(names)) < len(names):
        raise ValueError(f"practices = {names}: at least two, each of another kind")
    alone = {practice.name: (practice,) for practice in practices}
    left_out = {WITHOUT.format(each.name): tuple(other for other in practices if other is not each)
                for each in practices}  # fmt: skip
    return {**alone, TOGETHER: tuple(practices), **left_out}


def interactions(comparison: Comparison, measure: str = "margin") -> pd.DataFrame:
    """What each practice does alone and as the last one added, and what all do together (unit of the measure).

    `comparison`: of `alone_together_and_left_out`. Rows: each practice, then all together (there `alone` is their sum,
    `added_last` the whole).
    Columns: alone, added_last (all together less all but it), and what it gains or loses by the company of the others,
    `in_company` = added_last − alone, with its 95 % interval over replicates `low`–`high`. In the row of all together
    `in_company` is the whole less the sum of its parts. Errors: `ValueError` if options are missing.
    """
    found = comparison.by_replicate[comparison.by_replicate["measure"] == measure]
    by = found.pivot_table("difference", "replicate", "option", sort=False)
    names = [name for name in comparison.options if WITHOUT.format(name) in by]
    if not names or TOGETHER not in by:
        raise ValueError("interactions need the options of alone_together_and_left_out")
    rows = {name: _row(by[name], by[TOGETHER] - by[WITHOUT.format(name)]) for name in names}
    rows[TOGETHER] = _row(by[names].sum(axis=1), by[TOGETHER])
    columns = ["alone", "added_last", "in_company", "low", "high"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("practice").reset_index()
    return table.assign(measure=measure, unit=UNITS[measure].replace("currency", comparison.store.currency))


def _row(alone: pd.Series, last: pd.Series) -> tuple[float, ...]:
    gap = last - alone
    half = luck.student_t(0.975, len(gap) - 1) * gap.std() / np.sqrt(len(gap))
    return alone.mean(), last.mean(), gap.mean(), gap.mean() - half, gap.mean() + half
