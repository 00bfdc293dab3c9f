"""Folders of results: what is in them, what their columns are called, which ones may be written to.

A folder says in its README.txt who wrote it; folders of others are left alone.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from simulator.measures import UNITS
from simulator.options import options_to_toml
from simulator.parameters import FileError, write_text
from simulator.store import Store
from simulator.twins import Comparison
from simulator.world import World

README, _MARK = "README.txt", "Written by the command loyalty"
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
_NUMBER = re.compile(r"[+\-]?\s*[¥￥$€£]?\s*\d[\d.,' \u00a0]*([eE][+\-]?\d{1,3})?%?")

LABELS = {
    "retention": "retention",
    "still_customers": "still customers at the end",
    "repeat_share": "repeat share, as the shop counts it",
    "p_alive": "mean P(alive), as a buying model says",
    "purchases": "orders",
    "first_visits": "customers who come for the first time",
    "share_of_wallet": "share of wallet",
    "revenue": "revenue",
    "margin_at_list": "margin at list price",
    "discounts": "discounts",
    "costs": "costs",
    "margin": "margin after all costs",
    "lifetime_value": "lifetime value over the horizon",
    "desk_hours": "desk hours asked for",
    "failed_share": "share of visits that go wrong",
    "told_others": "failures told to others",
}

_COLUMNS = {
    "order_id": "number of the order", "customer_id": "number of the customer; -1: nobody in particular",
    "desk": "the account manager's desk", "week": "weeks from week 0, with fraction; below 0 is the shop's history",
    "date": "date and hour", "list_price": "currency", "discount": "currency", "paid": "currency",
    "channel": "to whom it was said", "practice": "what it was spent on", "kind": "what for",
    "amount": "currency; negative = released", "hours": "hours of work", "joined_week": "when the card was handed over",
    "level": "level of the card", "points": "points on the card", "points_owed": "what they will cost, currency",
    "waited_hours": "hours until the answer", "answer": "how it was taken; empty: there was none",
    "first_week": "first visit, in weeks",
    "rate_per_week": "visits a week while a customer", "leaving_share": "chance that a visit is the last, 0 to 1",
    "failure_share": "share of visits that go wrong", "wallet_share": "share of the customer's need bought here",
    "deal_seeker": "follows the price", "response": "how strongly practices are felt, mean 1",
    "birthday_week": "week of the year, 0 to 51", "mean_spend": "currency a visit", "visits": "visits made",
    "left_week": "week of the last visit; empty = still a customer", "left_after": "what happened at that visit",
    "first_left_week": "week of the last visit before the first time away; empty = never left",
    "returned_week": "first visit after the last time away; empty = never came back", "times_left": "times left",
    "silent_weeks": "weeks since the last visit on record", "upgrade": "a better service was offered",
    "apology": "what was complained of was apologised for",
    "number": "visits before this one", "service": "standard deviations that practices add",
    "expectation": "standard deviations more expected than today",
    "experience": "standard deviations; low is bad", "failed": "it went wrong",
    "voice": "0 fine, 1 silent, 2 told others, 3 to staff, 4 to third parties",
    "burden": "log odds of leaving that the failure adds", "relief": "log odds that the answer takes off",
    "credit": "log odds that ties take off", "leave_chance": "chance that this visit is the last",
    "leaves": "this visit is the last", "pace": "visits against the customer's own rate, ratio",
    "extra_won_from_rivals": "visits expected to be won", "extra_brought_forward": "visits expected to come sooner",
    "origin": "what brought a customer who was not drawn with the store", "referrer_id": "who referred; -1: nobody",
    "reached": "answered the call", "found_failure": "told of a failure the shop had not heard of",
    "opted_out": "asked not to be called or written to again", "said_yes": "said that he would recommend",
    "staffed": "people who serve at the desk", "trained": "of them, in training for a quarter or longer",
    "left": "people who left in that week", "answers": "customers who gave a mark", "mark": "their mean mark, 1 to 5",
    "fault": "what was at fault: people, the product, or what came after the sale",
    "names_given": "friends named", "depth": "price cut, share of list price",
    "option": "option compared", "measure": "what is measured", "unit": "its unit", "off": "without", "on": "with",
    "difference": "with less without", "mc_low": "95 % interval of the mean", "mc_high": "its upper end",
    "luck_low": "90 % of single stores lie above ...", "luck_high": "... and below",
    "ignorance_low": "90 % over draws of the assumptions lie above ...", "ignorance_high": "... and below",
    "cause": "why the money differs", "margin": "currency, part of the difference", "replicate": "number of the store",
    "estimate": "what the records invite to conclude", "naive": "what they suggest", "truth": "what is true",
    "past_visits": "visits made before the run, by customers taken over from a log",
    "parameter": "assumption", "label": "in words",
    "low": "low end of its believable range, or of 90 % of the draws", "high": "high end",
    "as_set": "difference the option makes with all as set", "at_low": "the same with it at its low end",
    "at_high": "the same with it at its high end",
    "r": "shape of visit rates", "alpha_weeks": "scale of visit rates, weeks",
    "a": "first shape of the chance that a visit is the last", "b": "second shape of that chance",
    "first_visit_can_be_last": "True: MBG/NBD; False: BG/NBD", "shape_p": "evenness of one customer's spends",
    "reason": "what became of a line of the log, and why", "rows": "lines", "fate": "kept or dropped",
    "role": "what a column is taken for", "column": "its heading in the log",
    "how": "given, or guessed from the heading",
    "model": "of visits", "log-likelihood": "agreement with the log; higher is better, by 2 is a clear difference",
    "mean a visit": "mean spend, currency", "median": "middle of the draws",
    "field": "name in client.toml", "help": "in words", "value": "number or text", "bounds": "what is allowed",
    "stated": "True: the client said so; False: assumed", "source": "who the number is from",
    "why": "why it was not drawn", "chance_of_loss": "share of draws (or stores) that lose margin, 0 to 1",
    "week_start": "Monday of the week", "actual": "repeat orders in the log up to its end",
    "expected": "repeat orders the fitted model expected", "held_out": "True: not seen by the fit",
    "low_to_high": "change of the difference from the low to the high end",
    "share": "of the spread it explains, 0 to 1",
    "clear": "True: more than chance would explain", "path": "field of the practice", "options": "options it is in",
    "shape_q": "evenness of customers' mean spends", "scale_gamma": "scale of spends, currency",
}  # fmt: skip


def world_files(world: World, seed: int) -> dict[str, str]:
    """The shop's records as CSV texts by file name; the truth apart, under `truth/`; the store; a list of columns."""
    truth = {"truth/customers": world.truth.customers, "truth/visits": world.truth.visits}
    records = {name: _rounded(frame) for name, frame in world.records.items()}
    about = f"{world.store.name}: {world.weeks} weeks, practices {', '.join(world.practices) or 'none'}, seed {seed}."
    return csv_files(about, records, truth) | {"store.toml": world.store.to_toml()}


def comparison_files(
    comparison: Comparison, swings: Mapping[str, pd.DataFrame] | None = None, draws: pd.DataFrame | None = None
) -> dict[str, str]:
    """The tables of a comparison as CSV texts by file name, its store and its options, and a list of columns.

    `swings`: `ignorance.swings` by option. `draws`: those of the fitted store that the comparison used.
    """
    by_replicate = comparison.by_replicate.assign(unit=comparison.by_replicate["measure"].map(UNITS))
    tables = {"measures": comparison.measures, "causes": comparison.causes, "naive": comparison.naive,
              "by_replicate": by_replicate}  # fmt: skip
    if swings:
        tables["swings"] = pd.concat([table.assign(option=name) for name, table in swings.items()], ignore_index=True)
    if draws is not None:
        tables["draws"] = draws
    about = (
        f"{comparison.store.name}: {len(comparison.options)} options, {comparison.replicates} replicates, "
        f"{comparison.horizon.weeks} weeks, window {comparison.horizon.window_weeks}, seed {comparison.seed}."
    )
    return csv_files(about, tables) | {"store.toml": comparison.store.to_toml(),
                                        "practices.toml": options_to_toml(comparison.options)}  # fmt: skip


def fit_files(store: Store, page: str, draws: pd.DataFrame | None, about_draws: str) -> dict[str, str]:
    """A fitted store and its page by file name; with the draws of the fit, where there are any, and a word on them."""
    files = {"store.toml": store.to_toml(), "fit.html": page}
    about = f"{store.name}: fit of an order log."
    return files if draws is None else files | csv_files(f"{about} {about_draws}", {"draws": draws})


def _rounded(frame: pd.DataFrame) -> pd.DataFrame:
    """Money to cents, hours to hundredths, weeks to ten-thousandths (a minute)."""
    digits = {name: 4 if name.endswith("week") else 2 for name in frame.select_dtypes("float").columns}
    return frame.round(digits)


def harmless(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: text that could be one gets an apostrophe before it.

    >>> [harmless(each) for each in ("=1+1", "-2.5", -2.5, "-cmd", "＝1", "a=b")]
    ["'=1+1", '-2.5', -2.5, "'-cmd", "'＝1", 'a=b']
    """
    if not isinstance(cell, str) or cell[:1].isalnum():  # this comes first because it is quick: there may be millions
        return cell
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def as_csv(frame: pd.DataFrame, **how: Any) -> str:
    """A table as CSV text, its texts and headings `harmless`. `how`: as for `DataFrame.to_csv`."""
    texts = [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])]
    safe = frame.assign(**{name: frame[name].astype(object).map(harmless) for name in texts})
    return str(safe.rename(columns=harmless).to_csv(index=False, lineterminator="\n", **how))


def csv_files(
    about: str, plain: Mapping[str, pd.DataFrame], fine: Mapping[str, pd.DataFrame] | None = None
) -> dict[str, str]:
    """Tables as CSV texts by file name, `fine` ones with six digits, and a README.txt that lists their columns."""
    fine = fine or {}
    lines = [about, "Text is UTF-8; money is in the store's currency (store.toml).", ""]
    for name, frame in {**plain, **fine}.items():
        lines += [f"{name}.csv", *(f"    {column}: {_COLUMNS.get(column, '')}" for column in frame.columns), ""]
    texts = {f"{name}.csv": as_csv(frame) for name, frame in plain.items()}
    texts |= {f"{name}.csv": as_csv(frame, float_format="%.6g") for name, frame in fine.items()}
    return texts | {README: "\n".join(lines)}


def check_folder(folder: Path | None, *inputs: Path | None) -> None:
    """Refuse a folder for results that holds files of others, `inputs` apart. Errors: `FileError`."""
    if folder is None or not folder.exists():
        return
    if not folder.is_dir():
        raise FileError(f"{folder}: is a file; allowed: a folder")
    readme = folder / README
    if readme.is_file() and readme.read_text(encoding="utf-8", errors="replace").startswith(_MARK):
        return
    known = _resolved(inputs)
    if others := sorted(each.name for each in folder.iterdir() if each.resolve() not in known):
        raise FileError(f"{folder}: holds other files ({', '.join(others[:3])}); allowed: a new or an empty folder, "
                        "or one written by this command before")  # fmt: skip


def write_folder(folder: Path, files: Mapping[str, str], *inputs: Path | None) -> list[str]:
    """Write each file whole, README.txt first; `inputs` are never written over. The names of the files written."""
    known = _resolved(inputs)
    readme = f"{_MARK}: {', '.join(files)}\n\n{files.get(README, '')}".rstrip() + "\n"
    written = {name: text for name, text in ({README: readme} | dict(files) | {README: readme}).items()
               if (folder / name).resolve() not in known}  # fmt: skip
    for name, text in written.items():
        write_text(folder / name, text)
    return list(written)


def find_notebooks(start: Path) -> Path:
    """The folder `notebooks` with notebooks in it, from `start` upward or beside the source. Errors: `FileError`."""
    for folder in (each / "notebooks" for each in [start, *start.parents, *Path(__file__).resolve().parents[2:3]]):
        if folder.is_dir() and any(folder.glob("*.ipynb")):
            return folder
    raise FileError(f"{start}: there is no folder notebooks with notebooks in it, here or above; change to the folder "
                    "of the workbook first")  # fmt: skip


def _resolved(paths: Sequence[Path | None]) -> set[Path]:
    return {path.resolve() for path in paths if path is not None}
