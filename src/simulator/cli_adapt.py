"""The commands that adapt a case to a client's order log: `loyalty adapt`, `loyalty pseudonymise`."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from simulator import casebook
from simulator.adapt import Plan, adapt, answers
from simulator.client_warnings import warnings
from simulator.console import command, print_comparison, say_where
from simulator.measures import Horizon
from simulator.orders import read_orders
from simulator.parameters import FileError, ParameterError
from simulator.pseudonyms import key_in, pseudonymise, write_pseudonymised

Orders = Annotated[Path, typer.Argument(help="File of orders or order lines: .csv, .csv.gz or .xlsx")]
Customer = Annotated[
    str | None, typer.Option("--customer", "--customer-column", help="Column of the customer; default: guessed")
]
Date = Annotated[str | None, typer.Option(help="Column of the date")]
Amount = Annotated[str | None, typer.Option(help="Column of the money paid")]
Order = Annotated[str | None, typer.Option(help="Column of the order number")]
Quantity = Annotated[str | None, typer.Option(help="Column of the quantity, to go with --price")]
Price = Annotated[str | None, typer.Option(help="Column of the unit price")]
Encoding = Annotated[str | None, typer.Option(help="Such as cp1252, where a text file does not show it")]
Sheet = Annotated[str | None, typer.Option(help="Sheet of a workbook; default the first")]
Shares = Annotated[
    list[float] | None,
    typer.Option(min=1e-4, max=0.95, help="Assumed: mean chance that a visit is the last; twice: from … to …"),
]


class Model(StrEnum):
    """The two models of visits."""

    mbg = "mbg"
    bg = "bg"


def adapt_case(
    context: typer.Context,
    orders: Orders,
    case: Annotated[str, typer.Option(help="Name of a case (see loyalty cases), or the folder of one")],
    out: Annotated[Path, typer.Option(help="Folder to write to; made if it is missing")],
    customer: Customer = None, date: Date = None, amount: Amount = None, order: Order = None,
    quantity: Quantity = None, price: Price = None,
    date_format: Annotated[str | None, typer.Option(help="Such as %d/%m/%Y, where dates read in two ways")] = None,
    decimal: Annotated[str | None, typer.Option(help="Sign of decimals, . or , if amounts read in two ways")] = None,
    encoding: Encoding = None, sheet: Sheet = None,
    holdout_weeks: Annotated[int | None, typer.Option(min=0, help="Default: the log's last quarter; 0: none")] = None,
    bootstrap: Annotated[int | None, typer.Option(min=0, help="Draws of the fit; default as many as --draws")] = None,
    leaving_share: Shares = None,
    model: Annotated[Model, typer.Option(help="mbg: the first visit can be the last; bg: it cannot")] = Model.mbg,
    keep_early: Annotated[bool, typer.Option(help="Fit those first seen early in the log as new, too")] = False,
    replicates: Annotated[int, typer.Option(min=2, help="Stores of the same kind, each with luck of its own")] = 10,
    draws: Annotated[int, typer.Option(min=0, help="Draws of the assumptions; 0 leaves ignorance out")] = 16,
    seed: Annotated[int, typer.Option(min=0, help="The luck; the same seed gives the same results")] = 0,
    weeks: Annotated[int, typer.Option(min=2, max=2600, help="Weeks from week 0, when the practices start")] = 104,
    window_weeks: Annotated[int, typer.Option(min=1, help="Weeks within which a kept customer must buy")] = 26,
    processes: Annotated[int | None, typer.Option(min=1, max=61, help="Default: one a processor, at most 8")] = None,
    force: Annotated[bool, typer.Option(help="Write client.toml and the case anew: edits are lost")] = False,
) -> None:  # fmt: skip
    """Adapt a case to a client's order log: fit the store, put the case's options on it, write a case and a report.

    What the log cannot tell is in OUT/client.toml, with the case's numbers: ask the client, edit it, run again. No
    customer id, name or other personal field of the log is in anything that is written.

    Example: `loyalty adapt orders.csv --case hotel-complaints --out client`
    """
    from simulator import adapt_folder, plots  # figures take a second to load

    if len(leaving_share or ()) > 2:
        raise ParameterError(f"--leaving-share was given {len(leaving_share or ())} times; allowed: once, or twice")
    if window_weeks >= weeks:
        raise ParameterError(f"--window-weeks = {window_weeks}: should be less than --weeks = {weeks}")
    chosen = casebook.choose(case, Path.cwd())
    folder = adapt_folder.Folder.at(out, chosen, orders, force)
    client, options = folder.client(chosen), folder.options()
    log = read_orders(orders, customer=customer, date=date, amount=amount, order=order, quantity=quantity, price=price,
                      date_format=date_format, decimal=decimal, encoding=encoding, sheet=sheet)  # fmt: skip
    plan = Plan(replicates, draws, bootstrap, holdout_weeks, tuple(leaving_share or ()), model is Model.mbg,
                "keep" if keep_early else "auto", seed, Horizon(weeks, window_weeks),
                processes or min(os.cpu_count() or 1, 8))  # fmt: skip
    found = adapt(log, chosen, client, options=options, plan=plan, inputs=folder.inputs(chosen, orders),
                  command=_as_typed(context))  # fmt: skip
    plots.draw_without_screen()
    written = adapt_folder.write(found, folder)
    print("\n".join(f"- {note}" for note in (*log.notes, *found.fit.notes)) + "\n")
    print_comparison(found.comparison, found.swings)
    print("Before anybody uses a number:\n" + "\n".join(f"- {each}" for each in warnings(found)) + "\n")
    if kept := [name for name in found.inputs if name in (adapt_folder.CLIENT, adapt_folder.OPTIONS)]:
        print(f"Kept as edited: {', '.join(kept)}.")
    say_where(out, [name for name in written if "/" not in name] + ["case/", "tables/", "figures/"])
    if assumed := [row["field"] for row in answers(found) if not row["stated"]]:
        print(f"Assumed, because the log does not tell it: {', '.join(assumed)}. Ask the client, edit "
              f"{out / 'client.toml'}, run again.")  # fmt: skip


def _as_typed(context: typer.Context) -> str:
    """The command to repeat, of files only their names: where they lie is nobody's business."""
    words: list[object] = []
    for option in context.command.params:
        value = context.params.get(option.name or "")
        if option.name in ("processes", "force") or value is None or value == option.get_default(context):
            continue
        flag = [] if option.param_type_name == "argument" else [option.opts[0]]
        for each in value if isinstance(value, list | tuple) else [value]:
            name = Path(each).name if option.name in ("orders", "case", "out") else str(each)
            words += flag if isinstance(each, bool) else [*flag, name]
    return command("adapt", *words)


def pseudonymise_log(
    orders: Orders,
    out: Annotated[Path, typer.Argument(help="CSV file to write")],
    key: Annotated[Path, typer.Option(help="File of the key; made if it is missing. Keep it, and to yourself")],
    customer: Customer = None, date: Date = None, amount: Amount = None, order: Order = None,
    quantity: Quantity = None, price: Price = None,
    keep: Annotated[list[str] | None, typer.Option(help="A further column to keep as it is; may be repeated")] = None,
    encoding: Encoding = None, sheet: Sheet = None,
) -> None:  # fmt: skip
    """Replace customer and order numbers by keyed hashes, and drop every column that is not needed.

    The same id gets the same pseudonym wherever the same key is used; without the key nobody can try out ids. A column
    "line" is added, a keyed hash of the whole line as it was: lines of an order that differ only in what is dropped,
    such as the article, stay different lines, so that orders and spends are read as from the file itself. Dates and
    amounts stay: whoever knows a customer's purchases can still find him, so that the result is personal data.

    Example: `loyalty pseudonymise orders.csv orders-pseudonyms.csv --key my.key`
    """
    if len({path.resolve() for path in (orders, out, key)}) < 3:
        raise FileError(f"{orders}, {out}, --key {key}: should be three different files")
    if out.exists():
        raise FileError(f"{out}: is there already and is not overwritten; choose a new file")
    given = {"customer": customer, "date": date, "amount": amount, "order": order, "quantity": quantity, "price": price}
    secret, new = key_in(key)
    made = pseudonymise(orders, secret, given, keep=keep or (), encoding=encoding, sheet=sheet)
    write_pseudonymised(made, out)
    print(f"{len(made.table):,} lines written to {out}: {', '.join(made.table.columns)}")
    print(f"Dropped: {', '.join(made.dropped) or 'no column'}")
    print(f"Added: {made.line}, a keyed hash of each whole line as it was; without it different articles of one order "
          "would be taken for the same line twice. Leave it in.")  # fmt: skip
    print(f"The key {'was made and ' if new else ''}is in {key}: keep it apart from the log; never pass it on.")
    if new and sys.platform == "win32":
        print("On Windows its folder decides who can read it.")
