"""The command `loyalty`: reads arguments, calls the library, prints. Each command shows an example in its help."""

import codecs
import dataclasses
import importlib.util
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import pandas as pd
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer.core import TyperGroup

from simulator import options as files
from simulator.calibration import FitError
from simulator.calibration import fit as fit_log
from simulator.engine import simulate as run_world
from simulator.ignorance import explore
from simulator.measures import UNITS, Horizon, measure
from simulator.orders import read_orders
from simulator.parameters import FileError, ParameterError, write_text
from simulator.store import Store
from simulator.twins import Comparison
from simulator.twins import compare as run_twins
from simulator.world import World

_NOT_TOLD = "not told when the store was fitted"
_PLAIN = {"−": "-", "–": "-", "…": "...", "≥": ">=", "≤": "<=", "¥": "￥", "≈": "~", "γ": "gamma", "•": "-"}


class _Polite(TyperGroup):
    """Commands whose bad input ends in one message and exit code 2, on any console encoding."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        codecs.register_error("plainer", _plainer)
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="plainer")
        return super().main(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (ParameterError, FileError, FitError) as error:
            _fail(str(error))
        except OSError as error:
            _fail(f"{error.filename or 'file'}: cannot be used ({error.strerror or error})")
        except MemoryError:
            _fail("this store has more customers than the memory holds; lower arrivals.new_customers_per_week")


def _fail(message: str) -> None:
    print(f"loyalty: {message}", file=sys.stderr)
    raise typer.Exit(2)


def _plainer(error: UnicodeError) -> tuple[str, int]:
    """For consoles that lack a sign: a plain one in its place, or a question mark."""
    assert isinstance(error, UnicodeEncodeError)
    text = "".join(_PLAIN.get(sign, "?") for sign in error.object[error.start : error.end])
    try:
        text.encode(error.encoding)
    except UnicodeEncodeError:
        text = "?" * (error.end - error.start)
    return text, error.end


app = typer.Typer(cls=_Polite, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False,
                  rich_markup_mode="markdown", context_settings={"help_option_names": ["-h", "--help"]})  # fmt: skip

StoreFile = Annotated[Path | None, typer.Option("--store", help="Store as a TOML file; default the standard store")]
PracticesFile = Annotated[Path | None, typer.Option("--practices", help="Options as a TOML file (see loyalty new)")]
Weeks = Annotated[int, typer.Option(min=2, max=2600, help="Weeks from week 0, when the practices start")]
Window = Annotated[int, typer.Option(min=1, help="Weeks within which a kept customer must buy; less than --weeks")]
Seed = Annotated[int, typer.Option(min=0, help="The luck; the same seed gives the same results")]
Share = Annotated[float | None, typer.Option(min=1e-4, max=0.95, help="Assumed: mean chance that a visit is the last")]
Out = Annotated[Path | None, typer.Option(help="Folder to write to; made if it is missing")]


@app.callback()
def about() -> None:
    """Try out customer loyalty practices on simulated shops, before trying them on customers.

    A shop is simulated with and without a practice (a VIP scheme, complaint recovery, or your own rules), with the same
    customers and the same luck, so that the difference is what the practice does, under assumptions you can read and
    change. A simulator shows what follows if its mechanisms hold; it proves nothing about a real shop.

    Try first (under a minute): `loyalty compare --replicates 5 --draws 0`

    Then: `loyalty new myshop`, edit the two files in it, and compare with them. From a client's order log:
    `loyalty fit orders.csv --out client`

    The workbook is a set of Jupyter notebooks; `loyalty lab` opens them.
    """


@app.command()
def new(folder: Annotated[Path, typer.Argument(help="Folder to make")]) -> None:
    """Write a store and options to edit, with a comment on every number.

    Example: `loyalty new myshop`
    """
    texts = {"store.toml": Store().to_toml(), "practices.toml": files.options_to_toml(files.standard_options())}
    for name in texts:
        if (folder / name).exists():
            raise FileError(f"{folder / name}: exists already and is not overwritten; choose another folder")
    for name, text in texts.items():
        write_text(folder / name, text)
    _say_where(folder, texts)
    words = ["--store", folder / "store.toml", "--practices", folder / "practices.toml", "--out", folder / "result"]
    print("Edit them, then run: " + _command("compare", *words))


@app.command()
def simulate(
    store: StoreFile = None, practices: PracticesFile = None,
    option: Annotated[str | None, typer.Option(help="Name of the option to switch on; default none")] = None,
    weeks: Weeks = 104, window_weeks: Window = 26, seed: Seed = 0, out: Out = None,
) -> None:  # fmt: skip
    """Run one shop and print what is measured; with --out write its records and, apart, the truth.

    Example: `loyalty simulate --option "VIP scheme" --weeks 52 --out oneshop`
    """
    shop, horizon = Store.read(store) if store else Store(), _horizon(weeks, window_weeks)
    chosen = files.choose(practices, option)
    files.check_folder(out)
    world = run_world(shop, chosen, seed=seed, weeks=weeks)
    _print_measures(world, horizon)
    if out is not None:
        _say_where(out, files.write_folder(out, files.world_files(world, seed)))


@app.command()
def compare(
    store: StoreFile = None, practices: PracticesFile = None, weeks: Weeks = 104, window_weeks: Window = 26,
    replicates: Annotated[int, typer.Option(min=2, help="Stores of the same kind to run")] = 20,
    draws: Annotated[int, typer.Option(min=0, help="Draws of the doubtful assumptions, best a power of 2")] = 16,
    seed: Seed = 0,
    processes: Annotated[int | None, typer.Option(min=1, max=61, help="Default: one a processor, at most 8")] = None,
    out: Out = None,
) -> None:  # fmt: skip
    """Compare options with the shop as it is: what each changes, what it costs, how sure that is.

    With --out also writes comparison.html, which stands alone, and tables.

    Example: `loyalty compare --store myshop/store.toml --practices myshop/practices.toml --out result`
    """
    shop, horizon = Store.read(store) if store else Store(), _horizon(weeks, window_weeks)
    options = files.standard_options() if practices is None else files.read_options(practices)
    files.check_folder(out, store, practices)
    many = processes or min(os.cpu_count() or 1, 8)
    comparison = run_twins(shop, options, replicates=replicates, seed=seed, horizon=horizon, processes=many)
    if draws:
        comparison = explore(comparison, draws=draws, processes=many)
    _print_comparison(comparison)
    if out is not None:
        page = {"comparison.html": _report().comparison_page(comparison)}
        _say_where(out, files.write_folder(out, page | files.comparison_files(comparison), store, practices))


@app.command()
def fit(
    orders: Annotated[Path, typer.Argument(help="CSV file of orders or order lines (plain or .gz, UTF-8)")],
    customer: Annotated[str | None, typer.Option(help="Column of the customer")] = None,
    date: Annotated[str | None, typer.Option(help="Column of the date")] = None,
    amount: Annotated[str | None, typer.Option(help="Column of the money paid")] = None,
    order: Annotated[str | None, typer.Option(help="Column of the order number")] = None,
    quantity: Annotated[str | None, typer.Option(help="Column of the quantity, to go with --price")] = None,
    price: Annotated[str | None, typer.Option(help="Column of the unit price")] = None,
    date_format: Annotated[str | None, typer.Option(help="Such as %d/%m/%Y, where dates read in two ways")] = None,
    holdout_weeks: Annotated[int | None, typer.Option(min=1, help="Last weeks to keep back and predict")] = None,
    bootstrap: Annotated[int, typer.Option(min=0, help="Draws for the intervals of the parameters; 200, say")] = 0,
    leaving_share: Share = None,
    runs: Annotated[list[str] | None, typer.Option(help="What the shop already runs; may be repeated")] = None,
    name: Annotated[str | None, typer.Option(help="The shop's name; default the file's")] = None,
    currency: Annotated[str, typer.Option(help="Sign of the money")] = Store().currency,
    out: Out = None,
) -> None:  # fmt: skip
    """Fit a store to a client's order log: the shop as it is, with whatever it already runs.

    Columns not named are guessed from their headings and stated.

    Example: `loyalty fit orders.csv --runs "points card since 2023" --bootstrap 200 --holdout-weeks 13 --out client`
    """
    Store(name=name or "shop", currency=currency)  # refuses now what it would refuse after the fit
    files.check_folder(out, orders)
    log = read_orders(orders, customer=customer, date=date, amount=amount, order=order, quantity=quantity,
                      price=price, date_format=date_format)  # fmt: skip
    _print_tables(_report().log_tables(log), log.notes)
    found = fit_log(log, holdout_weeks=holdout_weeks, bootstrap=bootstrap, assumed_leaving_share=leaving_share,
                    base=Store(currency=currency))  # fmt: skip
    _print_tables(_report().fit_tables(found), found.notes)
    if found.visits is None:
        raise FitError(f"{orders}: leaving is not identified: the log is as likely if nobody ever leaves; at most "
                       f"{found.leaving_share_upper:.1%} of visits are the last (95 % upper limit). No store was made. "
                       f"State an assumption: --leaving-share X, X above 0 and up to {found.leaving_share_upper:.3f} "
                       "agrees with the log")  # fmt: skip
    shop = dataclasses.replace(found.store, name=name or found.name, already_runs=_already(runs))
    if shop.already_runs == (_NOT_TOLD,):
        print("You did not say what the shop already runs (--runs): whatever it is, it is in this fit, and options are "
              "changes from it.")  # fmt: skip
    if out is None:
        return print("Nothing was written; add --out FOLDER to get the store as a file.")
    page = _report().fit_page(found, log, shop)
    _say_where(out, files.write_folder(out, {"store.toml": shop.to_toml(), "fit.html": page}))
    print("Next: " + _command("compare", "--store", out / "store.toml"))


@app.command()
def lab(
    port: Annotated[int, typer.Option(min=1024, max=65535, help="Port to begin looking for a free one")] = 8888,
    browser: Annotated[bool, typer.Option(help="Open the browser")] = True,
) -> None:
    """Open the workbook in JupyterLab, without news and update pop-ups.

    Example: `loyalty lab`
    """
    folder = files.find_notebooks(Path.cwd())
    if importlib.util.find_spec("jupyterlab") is None:
        raise FileError("jupyterlab: is not installed; install it with: pip install jupyterlab")
    quiet = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
    with tempfile.TemporaryDirectory() as config:
        write_text(Path(config) / "labconfig" / "default_setting_overrides.json", json.dumps(quiet))
        paths = [config, os.environ.get("JUPYTER_CONFIG_PATH", "")]
        environment = os.environ | {"JUPYTER_CONFIG_PATH": os.pathsep.join(each for each in paths if each)}
        words = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}", f"--ServerApp.port={port}"]
        code = subprocess.call([*words, f"--ServerApp.open_browser={browser}"], env=environment)
    raise typer.Exit(code)


def _horizon(weeks: int, window_weeks: int) -> Horizon:
    if window_weeks >= weeks:
        raise ParameterError(f"--window-weeks = {window_weeks}: should be less than --weeks = {weeks}")
    return Horizon(weeks, window_weeks)


def _already(runs: list[str] | None) -> tuple[str, ...]:
    """What the shop already runs, asked for if somebody is there to answer."""
    if runs is None and sys.stdin is not None and sys.stdin.isatty():
        question = "What does the shop already run for its customers (several: part them by ;)"
        runs = typer.prompt(question, default="", show_default=False).split(";")
    return tuple(each.strip() for each in runs or () if each.strip()) or (_NOT_TOLD,)


def _report() -> ModuleType:
    """The reports; they draw figures, which takes a second to load and needs no screen."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    from simulator import report

    return report


def _show(title: str, frame: pd.DataFrame) -> None:
    table = Table(title=escape(title), title_justify="left", show_edge=False)
    for at, head in enumerate(frame.columns):
        table.add_column(escape(str(head)), justify="right" if at else "left", overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(*(escape(_report().plain(value)) for value in row))
    Console(width=None if sys.stdout.isatty() else 140).print(table, "")


def _print_tables(tables: Mapping[str, pd.DataFrame], notes: Iterable[str]) -> None:
    for title, table in tables.items():
        _show(title, table)
    print("\n".join(f"- {note}" for note in notes) + "\n")


def _print_measures(world: World, horizon: Horizon) -> None:
    report, sign, found = _report(), world.store.currency, measure(world, horizon)
    rows = [(files.LABELS[name], report.quantity(value, UNITS[name], sign), UNITS[name].replace("currency", sign))
            for name, value in found.items()]  # fmt: skip
    title = f"{world.store.name}, {world.weeks} weeks, {', '.join(world.practices) or 'no practices'}"
    _show(title, pd.DataFrame(rows, columns=["measure", "value", "unit"]))
    print(f"Retention: of the customers of week 0, those still customers in week {horizon.retention_week} who buy "
          f"within {horizon.window_weeks} weeks.")  # fmt: skip


def _print_comparison(comparison: Comparison) -> None:
    report = _report()
    names = {"label": "measure", "off": "without", "on": "with", "difference": "difference", "luck": "one store (90 %)"}
    shown = ["retention", "margin", "lifetime_value", "desk_hours"]
    if comparison.ignorance is not None:
        names["ignorance"] = "assumptions (90 %)"
    for option in comparison.options:
        table = pd.DataFrame(report.measure_rows(comparison, option)).set_index("measure")
        _show(option, table.loc[shown, list(names)].rename(columns=names))
        for sentence in (*report.headline(comparison, option), *report.misleading(comparison, option)):
            print(f"- {sentence}")
        print()
    runs = "; ".join(comparison.store.already_runs)
    print(f"Options are changes from what the shop does already{': ' + runs if runs else ''}. A simulator shows what "
          "follows if its mechanisms hold; it proves nothing about a real shop.")  # fmt: skip


def _say_where(out: Path, written: Iterable[str]) -> None:
    print(f"Written to {out}: {', '.join(written)}")


def _command(*words: object) -> str:
    """A command to copy, words with blanks in quotation marks."""
    return " ".join(["loyalty", *(f'"{word}"' if " " in f"{word}" else f"{word}" for word in words)])


def main() -> None:
    """Run the command."""
    app()


if __name__ == "__main__":
    main()
