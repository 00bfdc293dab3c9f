"""Case studies: a folder each, found, checked, copied and run. Datasets are found here, too.

A case folder holds `case.md` (story, people, decision, data, questions), `store.toml` (the store, as `loyalty new`
writes it), `practices.toml` (the options it weighs), `teaching.md` (for whoever teaches it) and `analysis.ipynb`.
"""

import dataclasses
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from simulator.measures import Horizon
from simulator.options import read_options
from simulator.parameters import FileError
from simulator.practices import Practice
from simulator.store import Store
from simulator.twins import Comparison, compare
from simulator.workbook import student_copy

STORY, STORE, OPTIONS, TEACHING, ANALYSIS = "case.md", "store.toml", "practices.toml", "teaching.md", "analysis.ipynb"
NEEDED = (STORY, STORE, OPTIONS)
FILES = (*NEEDED, TEACHING, ANALYSIS)


@dataclasses.dataclass(frozen=True)
class Case:
    """A case as its folder holds it: `name` (the folder's), `title` and `story` (of case.md), store and options."""

    name: str
    title: str
    folder: Path
    story: str
    store: Store
    options: Mapping[str, tuple[Practice, ...]]


def load(folder: str | Path) -> Case:
    """The case in `folder`. Errors: `FileError` with the file, its field, the value and what is allowed."""
    folder = Path(folder)
    if missing := [name for name in NEEDED if not (folder / name).is_file()]:
        raise FileError(f"{folder}: {', '.join(missing)}: a case needs {', '.join(NEEDED)}")
    story = (folder / STORY).read_text(encoding="utf-8")
    title = next((line.removeprefix("# ").strip() for line in story.splitlines() if line.startswith("# ")), "")
    if not title:
        raise FileError(f"{folder / STORY}: its title is missing; give it a first line that begins with '# '")
    options = read_options(folder / OPTIONS)
    return Case(folder.resolve().name, title, folder, story, Store.read(folder / STORE), options)


def find_casebook(start: Path) -> Path:
    """The folder `casebook` with cases in it, from `start` upward or beside the source.

    Errors: `FileError`.
    """
    for folder in _around(start, "casebook"):
        if any(_case_folders(folder)):
            return folder
    raise FileError(f"{start}: there is no folder casebook with cases in it, here or above; change to the folder of "
                    "the workbook first")  # fmt: skip


def find_dataset(name: str, start: Path) -> Path:
    """The folder of a generated store, such as "online-shop", in `datasets` from `start` upward or beside the source.

    Errors: `FileError`.
    """
    for folder in _around(start, "datasets"):
        if (folder / name / "orders.csv").is_file():
            return folder / name
    raise FileError(f"{start}: there is no folder datasets/{name} with an orders.csv, here or above; change to the "
                    "folder of the workbook first")  # fmt: skip


def _around(start: Path, name: str) -> Iterator[Path]:
    """Where a folder of the workbook may be: from `start` upward, and beside the source."""
    return (each / name for each in [start, *start.parents, *Path(__file__).resolve().parents[2:3]])


def cases(casebook: Path) -> list[Case]:
    """All cases of a casebook, in order of name. Errors: `FileError` for the first that is not complete."""
    return [load(folder) for folder in _case_folders(casebook)]


def choose(name: str, start: Path) -> Case:
    """The case called `name` in the casebook found from `start`, or that in the folder `name`. Errors: `FileError`."""
    if (Path(name) / STORY).is_file():
        return load(name)
    casebook = find_casebook(start)
    known = [folder.name for folder in _case_folders(casebook)]
    if name not in known:
        raise FileError(f"case = {name!r}: neither a case nor a folder with a {STORY}; allowed: {', '.join(known)}")
    return load(casebook / name)


def _case_folders(casebook: Path) -> Iterator[Path]:
    return (path.parent for path in sorted(casebook.glob(f"*/{STORY}")))


def copy(case: Case, target: str | Path, *, for_students: bool = False) -> list[Path]:
    """Copy a case to `target`, to be edited there; the files written. It is written aside and renamed.

    for_students: without the teaching note, the analysis without solutions and outputs.

    Errors: `FileError` where there is something already.
    """
    target = Path(target)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise FileError(f"{target}: is there already; choose a new folder for the copy")
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=target.parent, prefix=".case-"))
    aside.chmod(0o755)
    left_out = {TEACHING} if for_students else set()
    for name in (name for name in FILES if (case.folder / name).is_file() and name not in left_out):
        shutil.copyfile(case.folder / name, aside / name)
    if for_students and (aside / ANALYSIS).is_file():
        solved = json.loads((aside / ANALYSIS).read_text(encoding="utf-8"))
        (aside / ANALYSIS).write_text(json.dumps(student_copy(solved), ensure_ascii=False, indent=1), encoding="utf-8")
    aside.replace(target)
    return sorted(target.iterdir())


def run(case: Case, *, replicates: int = 10, seed: int = 0, horizon: Horizon | None = None) -> Comparison:
    """Compare the options of a case with its store as it is."""
    return compare(case.store, case.options, replicates=replicates, seed=seed, horizon=horizon or Horizon())
