"""Makes the three stores of this folder: records and truth as CSV and Parquet, DICTIONARY.md, the tables in README.md.

    python datasets/make.py             # makes them anew, here
    python datasets/make.py --check     # makes them aside and compares; exit 1 names the first file and row that differ
    python datasets/make.py --out DIR   # somewhere else

The same seed gives the same numbers on every machine: whatever comes out of an exp or a log is rounded as
dictionary.toml says.
"""

import argparse
import dataclasses
import sys
import tempfile
import tomllib
from pathlib import Path

import dictionary
import pages
import pandas as pd
from contents import contents
from files import first_difference, put_in_place, write_tables

from simulator.engine import simulate
from simulator.options import choose
from simulator.parameters import FileError, ParameterError, write_text
from simulator.practices import Practice
from simulator.store import Store
from simulator.world import World

HERE = Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Recipe:
    """A store to make: the folder it goes to, its luck, weeks from week 0 on, whether the shop asks for birthdays.

    Its parameters stand in `stores/FOLDER.toml`, what it runs from week 0 on in `stores/FOLDER.practices.toml`.
    """

    folder: str
    seed: int
    weeks: int
    asks_birthdays: bool

    @property
    def store(self) -> Store:
        return Store.read(HERE / "stores" / f"{self.folder}.toml")

    @property
    def practices(self) -> tuple[Practice, ...]:
        path = HERE / "stores" / f"{self.folder}.practices.toml"
        return choose(path, None) if path.is_file() else ()


@dataclasses.dataclass(frozen=True)
class Made:
    """A store that was made: its world, the twin without practices (None where there are none), its tables."""

    recipe: Recipe
    on: World
    off: World | None
    frames: dict[str, pd.DataFrame]


RECIPES = (
    Recipe("department-store", seed=11, weeks=104, asks_birthdays=True),
    Recipe("beauty-salon", seed=12, weeks=104, asks_birthdays=True),
    Recipe("online-shop", seed=13, weeks=52, asks_birthdays=False),
)


def make(recipe: Recipe) -> Made:
    """Simulate a store and, where it runs something, its twin."""
    store, practices = recipe.store, recipe.practices
    on = simulate(store, practices, seed=recipe.seed, weeks=recipe.weeks)
    off = simulate(store, seed=recipe.seed, weeks=recipe.weeks) if practices else None
    frames = dictionary.arrange(contents(on, off, recipe.asks_birthdays), recipe.folder, dictionary.read())
    return Made(recipe, on, off, frames)


def write(folder: Path) -> None:
    """Make everything into an empty folder."""
    made = [make(recipe) for recipe in RECIPES]
    for each in made:
        write_tables(each.frames, folder / each.recipe.folder, each.recipe.folder)
    frames = {each.recipe.folder: each.frames for each in made}
    write_text(folder / "DICTIONARY.md", pages.dictionary_page(frames))
    readme = HERE.joinpath("README.md").read_text(encoding="utf-8")
    parts = {"stores": stores_part(made), "rows": pages.rows_part(frames)}
    cards = next(each for each in made if "members" in each.frames)
    assert cards.off is not None
    write_text(folder / "README.md", pages.fill(readme, parts | {"members": pages.members_part(cards.on, cards.off)}))


def stores_part(made: list[Made]) -> str:
    """What was made of what: a row a store."""
    rows = []
    for recipe, on, frames in ((each.recipe, each.on, each.frames) for each in made):
        days = frames["orders"]["date"]
        rows.append([f"`{recipe.folder}`", f"{len(frames['customers']):,}", f"{len(days):,}", f"{days.min():%Y-%m-%d}",
                     f"{on.store.week_0}", f"{days.max():%Y-%m-%d}", ", ".join(on.practices) or "nothing",
                     pages.percent(on.store.spend.gross_margin_share), str(recipe.seed)])  # fmt: skip
    heading = ["store", "customers", "orders", "first", "week 0", "last", "runs from week 0", "gross margin", "seed"]
    return pages.markdown(heading, rows) + f"\n\nMade by version {version()} of the package."


def version() -> str:
    project = tomllib.loads(HERE.parent.joinpath("pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def check(stored: Path) -> str | None:
    """Make everything into a temporary folder; the first difference to what is stored, in words."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        return first_difference(stored, Path(folder))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Make the data of the three stores, or prove that they can be made.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if the stored data differ")
    parser.add_argument("--out", type=Path, default=HERE, metavar="DIR", help="folder of the data (default: this one)")
    given = parser.parse_args(arguments)
    try:
        found = check(given.out) if given.check else None
        if not given.check:
            put_in_place(write, given.out)
    except (FileError, ParameterError, OSError) as error:
        print(f"make.py: {error}", file=sys.stderr)
        return 2
    if found is not None:
        print(f"make.py: {given.out}: {found}\nRun `python datasets/make.py` to make the data anew.", file=sys.stderr)
        return 1
    print(f"{given.out}: {'as made just now' if given.check else 'made'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
