"""The command `loyalty`: reads arguments, calls the library, prints. Each command shows an example in its help."""

import dataclasses
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from simulator import cli_adapt, cli_cases, folders
from simulator.calibration import Fit, FitError, both_models, stores_of_draws
from simulator.calibration import fit as fit_log
from simulator.cli_adapt import Model
from simulator.console import (
    NOT_TOLD,
    ask_what_runs,
    base_of_fit,
    command,
    print_comparison,
    print_measures,
    print_tables,
    say_where,
    tolerate_any_encoding,
)
from simulator.engine import simulate as run_world
from simulator.fit_draws import read_draws
from simulator.fit_notes import about_draws, for_command
from simulator.ignorance import explore, swings_of_each
from simulator.lab import open_lab
from simulator.measures import Horizon
from simulator.options import choose, options_to_toml, read_options, standard_options
from simulator.orders import OrderLog, read_orders
from simulator.parameters import FileError, ParameterError, write_text
from simulator.store import Store
from simulator.twins import compare as run_twins
from simulator.workbook import write_student_copies


class _Polite(TyperGroup):
    """Commands whose bad input ends in one message and exit code 2, on any console encoding."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        tolerate_any_encoding()
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


app = typer.Typer(cls=_Polite, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False,
                  rich_markup_mode="markdown", context_settings={"help_option_names": ["-h", "--help"]})  # fmt: skip


app.command("cases")(cli_cases.list_cases)
app.add_typer(cli_cases.app, name="case")
app.command("adapt")(cli_adapt.adapt_case)
app.command("pseudonymise")(cli_adapt.pseudonymise_log)


StoreFile = Annotated[Path | None, typer.Option("--store", help="Store as a TOML file; default the standard store")]
PracticesFile = Annotated[Path | None, typer.Option("--practices", help="Options as a TOML file (see loyalty new)")]
Weeks = Annotated[int, typer.Option(min=2, max=2600, help="Weeks from week 0, when the practices start")]
Window = Annotated[int, typer.Option(min=1, help="Weeks within which a kept customer must buy; less than --weeks")]
Seed = Annotated[int, typer.Option(min=0, help="The luck; the same seed gives the same results")]
Out = Annotated[Path | None, typer.Option(help="Folder to write to; made if it is missing")]


@app.callback()
def about() -> None:
    """Try out customer loyalty practices on simulated shops, before trying them on customers.

    A shop is simulated with and without a practice (a VIP scheme, complaint recovery, or your own rules), with the same
    customers and the same luck, so that the difference is what the practice does, under assumptions you can read and
    change. A simulator shows what follows if its mechanisms hold; it proves nothing about a real shop.

    Try first (under a minute): `loyalty compare --replicates 5 --draws 0`

    Then: `loyalty new myshop`, edit the two files in it, and compare with them. From a client's order log:
    `loyalty fit orders.csv --out client`. The workbook: `loyalty lab`. Case studies: `loyalty cases`, and
    `loyalty adapt orders.csv --case NAME --out client` for a client's own.
    """


@app.command()
def new(folder: Annotated[Path, typer.Argument(help="Folder to make")], store: StoreFile = None) -> None:
    """Write a store and options to edit, with a comment on every number; only options, where a --store is given.

    Example: `loyalty new myshop`, or `loyalty new myshop/options --store myshop/store.toml` after a fit
    """
    texts = {"practices.toml": options_to_toml(standard_options())}
    if store is None:
        texts["store.toml"] = Store().to_toml()
    else:
        Store.read(store)
    for name in texts:
        if (folder / name).exists():
            raise FileError(f"{folder / name}: exists already and is not overwritten; choose another folder")
    for name, text in texts.items():
        write_text(folder / name, text)
    say_where(folder, texts)
    words = [
        "--store",
        store or folder / "store.toml",
        "--practices",
        folder / "practices.toml",
        "--out",
        folder / "result",
    ]
    print("Edit them, then run: " + command("compare", *words))


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
    chosen = choose(practices, option)
    folders.check_folder(out)
    world = run_world(shop, chosen, seed=seed, weeks=weeks)
    print_measures(world, horizon)
    if out is not None:
        say_where(out, folders.write_folder(out, folders.world_files(world, seed)))


@app.command()
def compare(
    store: StoreFile = None, practices: PracticesFile = None, weeks: Weeks = 104, window_weeks: Window = 26,
    replicates: Annotated[int, typer.Option(min=2, help="Stores of the same kind to run")] = 20,
    draws: Annotated[int, typer.Option(min=0, help="Draws of the doubtful assumptions, best a power of 2")] = 16,
    fit_draws: Annotated[Path | None, typer.Option(help="Draws of the fit; default draws.csv by the store")] = None,
    seed: Seed = 0,
    processes: Annotated[int | None, typer.Option(min=1, max=61, help="Default: one a processor, at most 8")] = None,
    out: Out = None,
) -> None:  # fmt: skip
    """Compare options with the shop as it is: what each changes, what it costs, how sure that is.

    With --out also writes comparison.html, which stands alone, and tables. With draws, each option of a single practice
    is also run with one assumption at a time at the ends of its believable range.

    Example: `loyalty compare --store myshop/store.toml --practices myshop/practices.toml --out result`
    """
    shop, horizon = Store.read(store) if store else Store(), _horizon(weeks, window_weeks)
    options = standard_options() if practices is None else read_options(practices)
    chosen = _fit_draws(fit_draws, store, draws)
    table = None if chosen is None else read_draws(chosen)
    stores = [] if table is None else stores_of_draws(shop, table, str(chosen))
    folders.check_folder(out, store, practices, chosen)
    many = processes or min(os.cpu_count() or 1, 8)
    comparison = run_twins(shop, options, replicates=replicates, seed=seed, horizon=horizon, processes=many)
    if draws:
        comparison = explore(comparison, draws=draws, stores=stores, processes=many)
    alone = swings_of_each(comparison, processes=many) if draws else {}
    print_comparison(comparison, alone)
    if out is not None:
        page = {"comparison.html": _report().comparison_page(comparison, swings=alone, stores=stores)}
        texts = page | folders.comparison_files(comparison, alone, table)
        say_where(out, folders.write_folder(out, texts, store, practices, chosen))


@app.command()
def fit(
    orders: Annotated[Path, typer.Argument(help="File of orders or order lines: .csv, .csv.gz or .xlsx")],
    customer: Annotated[str | None, typer.Option(help="Column of the customer")] = None,
    date: Annotated[str | None, typer.Option(help="Column of the date")] = None,
    amount: Annotated[str | None, typer.Option(help="Column of the money paid")] = None,
    order: Annotated[str | None, typer.Option(help="Column of the order number")] = None,
    quantity: Annotated[str | None, typer.Option(help="Column of the quantity, to go with --price")] = None,
    price: Annotated[str | None, typer.Option(help="Column of the unit price")] = None,
    date_format: Annotated[str | None, typer.Option(help="Such as %d/%m/%Y, where dates read in two ways")] = None,
    decimal: Annotated[str | None, typer.Option(help="Sign of decimals, . or , if amounts read in two ways")] = None,
    encoding: Annotated[str | None, typer.Option(help="Such as cp1252, where a text file does not show it")] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook; default the first")] = None,
    holdout_weeks: Annotated[int | None, typer.Option(min=1, help="Last weeks to keep back and predict")] = None,
    bootstrap: Annotated[int, typer.Option(min=0, help="Draws for the intervals of the parameters; 200, say")] = 0,
    leaving_share: Annotated[
        float | None, typer.Option(min=1e-4, max=0.95, help="Assumed: mean chance that a visit is the last")
    ] = None,
    runs: Annotated[list[str] | None, typer.Option(help="What the shop already runs; may be repeated")] = None,
    name: Annotated[str | None, typer.Option(help="The shop's name; default the file's")] = None,
    currency: Annotated[str | None, typer.Option(help="Sign of the money")] = None,
    margin: Annotated[float | None, typer.Option(help="Gross margin, a share of the list price")] = None,
    model: Annotated[Model, typer.Option(help="mbg: the first visit can be the last; bg: it cannot")] = Model.mbg,
    keep_early: Annotated[bool, typer.Option(help="Fit those first seen early in the log as new, too")] = False,
    out: Out = None,
) -> None:  # fmt: skip
    """Fit a store to a client's order log: the shop as it is, with whatever it already runs.

    Columns not named are guessed from their headings and stated. A store.toml already in the folder keeps what no log
    can tell: margin, failures, how customers respond, desks.

    Example: `loyalty fit orders.csv --runs "points card since 2023" --bootstrap 200 --holdout-weeks 13 --out client`
    """
    folders.check_folder(out, orders)
    base = base_of_fit(out, name, currency, margin)  # refuses now what it would refuse after the fit
    log = read_orders(orders, customer=customer, date=date, amount=amount, order=order, quantity=quantity,
                      price=price, date_format=date_format, decimal=decimal, encoding=encoding,
                      sheet=sheet)  # fmt: skip
    print_tables(_report().log_tables(log), log.notes)
    found = _fitted(log, holdout_weeks=holdout_weeks, bootstrap=bootstrap, assumed_leaving_share=leaving_share,
                    first_visit_can_be_last=model is Model.mbg, old_customers="keep" if keep_early else "auto",
                    base=base)  # fmt: skip
    drawn = both_models(found) if bootstrap and found.visits is not None and out is not None else None
    told = "" if drawn is None else about_draws(drawn, leaving_share is not None)
    found = dataclasses.replace(found, notes=(*found.notes, told)) if told else found
    print_tables(_report().fit_tables(found), found.notes)
    if found.visits is None:
        raise FitError(f"{orders}: leaving is not identified: the log is as likely if nobody ever leaves; at most "
                       f"{found.leaving_share_upper:.1%} of visits are the last (95 % upper limit). No store was made. "
                       f"State an assumption: --leaving-share X, X above 0 and up to {found.leaving_share_upper:.3f} "
                       "agrees with the log")  # fmt: skip
    shop = dataclasses.replace(found.store, name=name or found.name, already_runs=ask_what_runs(runs))
    if shop.already_runs == (NOT_TOLD,):
        print("You did not say what the shop already runs (--runs): whatever it is, it is in this fit, and options are "
              "changes from it.")  # fmt: skip
    if out is None:
        return print("Nothing was written; add --out FOLDER to get the store as a file.")
    page = _report().fit_page(found, log, shop)
    if drawn is None:
        (out / "draws.csv").unlink(missing_ok=True)  # those of an earlier fit
    say_where(out, folders.write_folder(out, folders.fit_files(shop, page, drawn, told)))
    print(f"Now put into {out / 'store.toml'} what no log can tell: margin, the share of visits that go wrong, desks "
          "and their hours. A later fit into this folder keeps it.")  # fmt: skip
    print("Next: " + command("new", out / "options", "--store", out / "store.toml"))


@app.command()
def lab(
    port: Annotated[int, typer.Option(min=1024, max=65535, help="Port to begin looking for a free one")] = 8888,
    browser: Annotated[bool, typer.Option(help="Open the browser")] = True,
    reader_seed: Annotated[int | None, typer.Option(help="Seed of this reader's or team's worlds")] = None,
) -> None:
    """Open the workbook in JupyterLab, without news and update pop-ups.

    Example: `loyalty lab` (`loyalty lab --reader-seed 7` for a team with worlds of its own)
    """
    raise typer.Exit(open_lab(folders.find_notebooks(Path.cwd()), port, browser, reader_seed))


@app.command("student-copies")
def student_copies(
    folder: Annotated[Path, typer.Argument(help="Folder to write the copies into")],
    force: Annotated[bool, typer.Option(help="Replace copies that students have worked on")] = False,
) -> None:
    """Write the notebooks without their solutions and outputs, for students, with the texts they link to.

    A student's own worlds come from the variable LOYALTY_READER_SEED; the checks know the truth for each. To collect
    answers and count points, nbgrader grades the same copies; how stands at the head of nbgrader_config.py.

    Example: `loyalty student-copies copies`
    """
    written = write_student_copies(folders.find_notebooks(Path.cwd()), folder, force=force)
    say_where(folder, [path.name for path in written])


def _horizon(weeks: int, window_weeks: int) -> Horizon:
    if window_weeks >= weeks:
        raise ParameterError(f"--window-weeks = {window_weeks}: should be less than --weeks = {weeks}")
    return Horizon(weeks, window_weeks)


def _fit_draws(given: Path | None, store: Path | None, draws: int) -> Path | None:
    """The file of draws of the fit: the one named, or draws.csv beside the store."""
    if given is not None and (store is None or not draws):
        raise ParameterError(f"--fit-draws = {given}: allowed with --store, the store of that fit, and --draws above 0")
    beside = store.parent / "draws.csv" if store is not None and draws else None
    if given is not None or beside is None or not beside.is_file():
        return given
    print(f"Draws of the fit in {beside} take the place of the store's visits and spends in the draws of assumptions.")
    return beside


def _fitted(log: OrderLog, **how: Any) -> Fit:
    """The fit, its notes and errors in the words of the command."""
    try:
        found = fit_log(log, **how)
    except FitError as error:
        raise FitError(for_command(str(error))) from None
    return dataclasses.replace(found, notes=tuple(for_command(note) for note in found.notes))


def _report() -> ModuleType:
    """The pages; they draw figures, which takes a second to load and needs no screen."""
    from simulator import plots, report

    plots.draw_without_screen()
    return report


def main() -> None:
    """Run the command."""
    app()


if __name__ == "__main__":
    main()
