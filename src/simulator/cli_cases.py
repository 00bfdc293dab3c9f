"""The commands about cases: `loyalty cases`, `loyalty case run`, `loyalty case copy`."""

from pathlib import Path
from typing import Annotated

import typer

from simulator import casebook
from simulator.console import command, print_comparison, say_where
from simulator.ignorance import explore, swings_of_each
from simulator.twins import Comparison

app = typer.Typer(no_args_is_help=True, help="Run a case study, or copy it to adapt it. `loyalty cases` lists them.")
Name = Annotated[str, typer.Argument(help="Name of a case (see loyalty cases), or the folder of one")]


def list_cases() -> None:
    """List the case studies of the casebook.

    Example: `loyalty cases`
    """
    for case in casebook.cases(casebook.find_casebook(Path.cwd())):
        print(f"{case.name}\n    {case.title}\n    options: {', '.join(case.options)}")


@app.command("run")
def run_case(
    name: Name,
    replicates: Annotated[int, typer.Option(min=2, help="Stores of the same kind, each with luck of its own")] = 10,
    draws: Annotated[int, typer.Option(min=0, help="Draws of the assumptions; 0 leaves ignorance out")] = 16,
    seed: Annotated[int, typer.Option(min=0, help="The luck; the same seed gives the same results")] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder for the page; made if it is missing")] = None,
) -> None:
    """Compare the options of a case on its store, and write the page.

    Example: `loyalty case run hotel-complaints --out out/hotel`
    """
    case = casebook.choose(name, Path.cwd())
    print(f"{case.title}\n")
    found = casebook.run(case, replicates=replicates, seed=seed)
    found = explore(found, draws=draws) if draws else found
    swings = swings_of_each(found) if draws else {}
    print_comparison(found, swings)
    if out is not None:
        say_where(out, [_page(found, swings, out)])


def _page(found: Comparison, swings: dict, out: Path) -> str:  # type: ignore[type-arg]
    from simulator import plots, report  # figures take a second to load

    plots.draw_without_screen()
    report.write_page(found, out / "comparison.html", swings=swings)
    return "comparison.html"


@app.command("copy")
def copy_case(
    name: Name,
    folder: Annotated[Path, typer.Argument(help="New folder for the copy")],
    students: Annotated[bool, typer.Option("--students", help="Without teaching note, solutions and outputs")] = False,
) -> None:
    """Copy a case to a folder of your own, where its store and options can be edited.

    Example: `loyalty case copy hotel-complaints myhotel`, then `loyalty case run myhotel`
    """
    written = casebook.copy(casebook.choose(name, Path.cwd()), folder, for_students=students)
    say_where(folder, [path.name for path in written])
    print("Next: edit store.toml and practices.toml, then " + command("case", "run", folder))
