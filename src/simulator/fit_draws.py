"""Draws of a fit: parameters fitted anew to customers drawn with replacement, kept in a file, made into stores."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from simulator.clock import Floats, Integers
from simulator.likelihood import Rows, fit_spend, fit_visits
from simulator.parameters import FileError, from_table
from simulator.store import Spend, Store, Visits

if TYPE_CHECKING:
    from simulator.calibration import Fit

VISITS = ("r", "alpha_weeks", "a", "b", "first_visit_can_be_last")
CLEAR = 3.0  # log-likelihood by which a model is ahead for the other to be left out: about 20 to 1
SPENDS = ("shape_p", "shape_q", "scale_gamma")


def resampled(
    customers: pd.DataFrame, refit: Callable[[Integers], Visits], spend: Spend | None, draws: int, seed: int, what: str
) -> pd.DataFrame:
    """A row a draw: the visits that `refit` finds in customers drawn with replacement (by number), and their spends.

    `customers`: of `orders.summary`. `spend`: where to begin, None for no spends. `what`: the progress bar's name.
    """
    rng, many = np.random.default_rng(seed), len(customers)
    samples = (rng.integers(many, size=many) for _ in tqdm(range(draws), desc=what, disable=None))
    return pd.DataFrame([_row(refit(sample), customers, spend, sample) for sample in samples])


def _row(visits: Visits, customers: pd.DataFrame, spend: Spend | None, sample: Integers) -> dict[str, float]:
    row = {name: getattr(visits, name) for name in ("r", "alpha_weeks", "a", "b", "leaving_share")}
    if spend is None:
        return row
    count, mean, known = spenders(customers)
    times = np.bincount(sample, minlength=len(customers))[known].astype(np.float64)
    drawn, _ = fit_spend(count, mean, times, start=spend)
    return row | {name: getattr(drawn, name) for name in SPENDS}


def spenders(customers: pd.DataFrame) -> tuple[Floats, Floats, Integers]:
    """Number and mean of repeat spends of the customers who have any, and their numbers among all."""
    known = np.flatnonzero((customers["repeats"] > 0) & (customers["mean_repeat_spend"] > 0))
    some = customers.iloc[known]
    return some["repeats"].to_numpy(dtype=np.float64), some["mean_repeat_spend"].to_numpy(dtype=np.float64), known


def both_models(fit: "Fit", seed: int = 1) -> pd.DataFrame:
    """The bootstrap's draws for `stores_of_draws`: in turn the fit's own model and the other, as many as it has.

    BG/NBD or MBG/NBD is part of what nobody knows. Only the fit's own model where the log identifies leaving in that
    one alone or favours it (by more than `CLEAR` in log-likelihood), or where leaving was assumed. Columns: `VISITS`,
    and `SPENDS` where they were fitted. Errors: `ValueError` without draws, or without visits (leaving not identified
    and not assumed).
    """
    if fit.bootstrap.empty or fit.visits is None:
        raise ValueError("no draws of the fit: it needs bootstrap=200, say, and leaving identified or assumed")
    kind = fit.visits.first_visit_can_be_last
    own, other = (fit.mbg, fit.bg) if kind else (fit.bg, fit.mbg)
    table = fit.bootstrap.drop(columns="leaving_share").assign(first_visit_can_be_last=kind)
    table = table[[*VISITS, *(name for name in SPENDS if name in table)]]
    favoured = own.log_likelihood - other.log_likelihood > CLEAR
    if own.visits != fit.visits or other.visits is None or favoured:
        return table
    rows, start = Rows.of(fit.summary), _free(other.visits)

    def refit(sample: Integers) -> Visits:
        return fit_visits(rows, rows.weights(sample), not kind, start=start).visits(not kind)

    second = resampled(fit.summary, refit, fit.spend, len(table) // 2, seed, "bootstrap of the other model")
    second = second.assign(first_visit_can_be_last=not kind).reindex(columns=table.columns)
    first = table.head(len(table) - len(second))
    return pd.concat([first, second]).sort_index(kind="stable").reset_index(drop=True)


def _free(visits: Visits) -> Floats:
    """Where to begin a fit: as `likelihood.Estimate.free`."""
    return np.log([visits.r, visits.alpha_weeks, visits.a / visits.b, visits.a + visits.b])


def stores_of_draws(store: Store, draws: pd.DataFrame, name: str = "draws") -> list[Store]:
    """`store` with the visits and spends of each draw in turn, for `ignorance.explore(…, stores=…)`.

    `draws`: as from `both_models` or `read_draws`. Errors: `FileError` with `name`, line, field, value and what is
    allowed (line 1 is the heading).

    >>> table = pd.DataFrame({"r": [0.5], "alpha_weeks": [6.0], "a": [0.9], "b": [1.6],
    ...                       "first_visit_can_be_last": [False]})
    >>> stores_of_draws(Store(), table)[0].visits.r
    0.5
    """
    _check_columns(list(draws.columns), name)
    if draws.empty:
        raise FileError(f"{name}: there is no draw in it; allowed: one line a draw below the heading")
    rows: list[dict[Any, Any]] = draws.to_dict("records")
    return [_store(store, row, f"{name}: line {line}") for line, row in enumerate(rows, start=2)]


def _store(store: Store, row: dict[Any, Any], where: str) -> Store:
    visits = from_table(Visits, {name: row[name] for name in VISITS}, f"{where}: visits")
    if SPENDS[0] not in row:
        return dataclasses.replace(store, visits=visits)
    spends = {name: row[name] for name in SPENDS} | {"gross_margin_share": store.spend.gross_margin_share}
    return dataclasses.replace(store, visits=visits, spend=from_table(Spend, spends, f"{where}: spend"))


def _check_columns(found: Sequence[str], name: str) -> None:
    allowed = f"allowed: {', '.join(VISITS)}, and {', '.join(SPENDS)} or none of these three"
    if unknown := [column for column in found if column not in (*VISITS, *SPENDS)]:
        raise FileError(f"{name}: line 1: {', '.join(unknown)}: there is no such field; {allowed}")
    needed = VISITS + SPENDS if set(SPENDS) & set(found) else VISITS
    if missing := [column for column in needed if column not in found]:
        raise FileError(f"{name}: line 1: {', '.join(missing)}: must be given; {allowed}")


def read_draws(path: str | Path) -> pd.DataFrame:
    """The lines of a file of draws (CSV, UTF-8) as texts; `stores_of_draws` checks them.

    Errors: `FileError` with the file, the line and what is allowed.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", skipinitialspace=True)
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror}); give the draws.csv of a fit") from None
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: byte {error.start} is not UTF-8; save the file as CSV UTF-8") from None
    except pd.errors.EmptyDataError:
        raise FileError(f"{path}: the file is empty; allowed: a heading and one line a draw") from None
    except pd.errors.ParserError as error:
        said = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        raise FileError(f"{path}: {said}; each line should have the heading's columns") from None
    if not isinstance(table.index, pd.RangeIndex):  # pandas would shift the columns without a word
        raise FileError(f"{path}: line 2 has more columns than the heading; they should be the same")
    return table
