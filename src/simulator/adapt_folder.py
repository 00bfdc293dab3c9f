"""The folder of an adaptation: written whole, hashes of what went in and came out; what people edit there is kept."""

import dataclasses
import hashlib
import html
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from simulator import casebook, folders
from simulator.adapt import Adapted
from simulator.casebook import Case
from simulator.client import Client
from simulator.client_report import report_files
from simulator.options import options_to_toml, read_options
from simulator.parameters import FileError, read_toml
from simulator.practices import Practice
from simulator.report import version_of_package

CLIENT, RECORD, CASE = "client.toml", "provenance.toml", "case"
OPTIONS = f"{CASE}/{casebook.OPTIONS}"
EDITABLE = (CLIENT, *(f"{CASE}/{name}" for name in casebook.FILES if name != casebook.STORE))
ANALYSIS_TEMPLATE = Path(__file__).parent / "templates" / "analysis.ipynb.json"  # no word of it is from outside
_README_TEXT = """\
Written by the command loyalty: an adapted case

report.html       the report: one file, prints
client.toml       what no order log tells: to be edited; a later run reads it
case/             the case with the client's store: to be edited; loyalty case run; analysis.ipynb for a closer look
tables/, figures/ what is in the report, as CSV, PNG and SVG
provenance.toml   version, seed, hashes of inputs and outputs
"""


@dataclasses.dataclass(frozen=True)
class Folder:
    """The folder of an adaptation: `written` says what an earlier run wrote, SHA-256 by path below it."""

    path: Path
    written: Mapping[str, str]
    force: bool = False

    @classmethod
    def at(cls, path: str | Path, case: Case, orders: Path | None = None, force: bool = False) -> "Folder":
        """A new, an empty or an earlier folder. Errors: `FileError` where it holds what must not be overwritten."""
        path = Path(path)
        folders.check_folder(path, orders, path / CLIENT)
        if case.folder.resolve() == (path / CASE).resolve():
            raise FileError(f"--case {case.folder}: an earlier run wrote it; allowed: the case it was adapted from")
        record = read_toml(path / RECORD) if (path / RECORD).is_file() else {}
        written = record.get("written", {})
        if not isinstance(written, dict):
            raise FileError(f"{path / RECORD}: written = {written!r:.40}: allowed: a table of names and hashes")
        found = cls(path, written, force)
        store = f"{CASE}/{casebook.STORE}"
        if found.edited(store):
            raise FileError(f"{path / store}: was edited since it was written, and a new fit would overwrite it; put "
                            f"what the client says into {CLIENT}, or compare on the edited store with `loyalty case "
                            f"run {path / CASE}`, or write all anew with --force")  # fmt: skip
        return found

    def edited(self, name: str) -> bool:
        """Whether somebody changed that file, or put it there; False under --force, when edits are given up."""
        path = self.path / name
        return not self.force and path.is_file() and _digest(path.read_bytes()) != self.written.get(name)

    def client(self, case: Case) -> Client:
        """The client's answers: those edited in the folder, or the case's numbers. Errors: `FileError`."""
        defaults = Client.of(case.store)
        return Client.read(self.path / CLIENT, defaults) if self.edited(CLIENT) else defaults

    def options(self) -> Mapping[str, tuple[Practice, ...]] | None:
        """The options edited in the folder; None: nobody did, they are the case's. Errors: `FileError`."""
        return read_options(self.path / OPTIONS) if self.edited(OPTIONS) else None

    def inputs(self, case: Case, orders: Path) -> dict[str, str]:
        """SHA-256 of every input by name."""
        files = {orders.name: orders, **{f"{case.name}/{name}": case.folder / name for name in casebook.NEEDED}}
        files |= {name: self.path / name for name in (CLIENT, OPTIONS) if self.edited(name)}
        return {name: _digest(path.read_bytes()) for name, path in files.items()}


def write(adapted: Adapted, folder: Folder) -> list[str]:
    """Write the folder; the names of the files written. Everything is made aside first, then renamed into place.

    What somebody edited there is kept, unless the folder was opened with `force`.
    """
    files = {name: data for name, data in _files(adapted).items() if name not in EDITABLE or not folder.edited(name)}
    record = _record(adapted, {name: _digest(data) for name, data in files.items()})
    files |= {RECORD: record.encode()}
    folder.path.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=folder.path.parent, prefix=".adapt-"))
    try:
        aside.chmod(0o755)
        for name, data in files.items():
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            (aside / name).write_bytes(data)
        _into_place(aside, folder, list(files))
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return list(files)


def _into_place(aside: Path, folder: Folder, names: list[str]) -> None:
    if not folder.path.exists():
        aside.replace(folder.path)
        return
    for name in sorted(names, key=lambda name: name == RECORD):  # the record last: until then all counts as edited
        (folder.path / name).parent.mkdir(parents=True, exist_ok=True)
        (aside / name).replace(folder.path / name)
    for name in set(folder.written) - set(names) - set(EDITABLE):  # of an option that is no more
        if name.startswith(("tables/", "figures/")) and ".." not in name and not folder.edited(name):
            (folder.path / name).unlink(missing_ok=True)


def _files(adapted: Adapted) -> dict[str, bytes]:
    case, store = adapted.case, adapted.store
    texts = {
        folders.README: _README_TEXT,
        CLIENT: adapted.client.to_toml(store.name, case.name),
        f"{CASE}/{casebook.STORY}": _story(adapted),
        f"{CASE}/{casebook.STORE}": store.to_toml(),
        OPTIONS: options_to_toml(adapted.comparison.options),
    }
    if (teaching := case.folder / casebook.TEACHING).is_file():
        texts[f"{CASE}/{casebook.TEACHING}"] = _with_note(teaching.read_text(encoding="utf-8"), case)
    texts[f"{CASE}/{casebook.ANALYSIS}"] = ANALYSIS_TEMPLATE.read_text(encoding="utf-8")
    return {name: text.encode() for name, text in texts.items()} | dict(report_files(adapted))


def _story(adapted: Adapted) -> str:
    case, shop = adapted.case, _in_markdown(adapted.store.name)
    head = [f"# {case.title} (adapted to {shop})", "",
            f"> Adapted from the case `{case.name}` by Loyalty Workbook {version_of_package()}: store.toml was fitted "
            f"to {_in_markdown(adapted.log.name)} and holds the answers of client.toml. The story below is the "
            "original's; its people and numbers are not the client's. Write the client's in their place."]  # fmt: skip
    lines = case.story.splitlines()
    rest = next((lines[at + 1 :] for at, line in enumerate(lines) if line.startswith("# ")), lines)
    return "\n".join([*head, *rest]) + "\n"


def _with_note(text: str, case: Case) -> str:
    return f"> The numbers in this text are those of the original case `{case.name}`, not the client's.\n\n{text}"


def _in_markdown(text: str) -> str:
    """Text from outside on one line, as itself: no tags, links or emphasis.

    >>> _in_markdown("<b> [x](y)")
    '&lt;b&gt; \\\\[x\\\\]\\\\(y\\\\)'
    """
    return re.sub(r"([\\`*_\[\](){}#!|~])", r"\\\1", html.escape(" ".join(text.split()), quote=False))


def _record(adapted: Adapted, written: Mapping[str, str]) -> str:
    lines = ["# What this folder was made from, and SHA-256 of all that went in and came out. Not to be edited.",
             f"version = {_quoted(version_of_package())}", f"seed = {adapted.plan.seed}",
             f"case = {_quoted(adapted.case.name)}", f"command = {_quoted(adapted.command)}"]  # fmt: skip
    return "\n".join([*lines, *_table("inputs", adapted.inputs), *_table("written", written)]) + "\n"


def _table(name: str, values: Mapping[str, str]) -> Iterator[str]:
    yield from ("", f"[{name}]", *(f"{_quoted(key)} = {_quoted(value)}" for key, value in values.items()))


def _quoted(text: str) -> str:
    """A TOML string; JSON's escapes are TOML's too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
