"""The layout: imports flow one way, files stay short, each heavy library has one home.

A new module gets a place in `LAYERS`; a new heavy library, or a new home of one, a line in `HOMES`.
"""

import ast
import graphlib
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src"
PACKAGE = "simulator"
MOST_LINES = 320

# from low to high; a module imports from its own layer and from those below
LAYERS = (
    "clock",
    "parameters luck",
    "store closed_forms orders orders.*",
    "customers desks",
    "run leaving returning practices practices.* word_of_mouth",
    "world engine side_by_side",
    "metrics measures naive causes twins calibration cohorts fit_draws fit_notes likelihood seasons evidence "
    "ignorance interactions experiments chain",
    "plots plots.* trials trials.* casebook report checks checks.* options folders sentences console workbook lab "
    "amounts client adapt adapt_folder client_report client_warnings pseudonyms",
    "cockpit cli cli_adapt cli_cases __init__ __main__",
)
ANYWHERE = {"names"}  # imported from any layer, and itself imports nothing of the package above the lowest

HOMES = {
    "scipy": "luck closed_forms likelihood calibration seasons ignorance",
    "matplotlib": "plots plots.*",
    "seaborn": "plots plots.*",
    "IPython": "plots.style",
    "typer": "cli cli_adapt cli_cases console",
    "rich": "console",
    "tomlkit": "parameters",
    "jinja2": "report",
    "faker": "names",
    "python_calamine": "orders.sheets",
    "pydantic": "parameters store client practices practices.*",
}


def files() -> dict[str, Path]:
    """Modules of the package by name below it: "luck", "practices.base", "__init__"."""
    found = {}
    for path in sorted((SOURCE / PACKAGE).rglob("*.py")):
        parts = path.relative_to(SOURCE / PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)] = path
    return found


FILES = files()


def listed(name: str, names: str) -> bool:
    """Whether a module is among `names`, in which "practices.*" stands for all modules of a folder."""
    return any(name == each or (each.endswith(".*") and name.startswith(each[:-1])) for each in names.split())


def layer(name: str) -> int:
    return next(level for level, names in enumerate(LAYERS) if listed(name, names))


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).removeprefix("typing.") == "TYPE_CHECKING"


def imports(node: ast.AST, typing_too: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    """The import statements below a node, at any depth (also inside functions)."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield node
    children = list(ast.iter_child_nodes(node))
    if is_type_checking(node) and not typing_too:
        children = node.orelse
    for child in children:
        yield from imports(child, typing_too)


def imported(name: str, source: str, typing_too: bool = False) -> set[str]:
    """Full names of all that a module's source imports; `from a import b` is both a and a.b."""
    found = set()
    for node in imports(ast.parse(source), typing_too):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
            continue
        home = node.module or ""
        if node.level:  # relative to the folder the module is in
            folder = [PACKAGE, *name.split(".")][: -node.level]
            home = ".".join([*folder, home] if home else folder)
        found |= {home} | {f"{home}.{alias.name}" for alias in node.names}
    return found


def own(name: str, source: str) -> set[str]:
    """The package's modules that a module really imports."""
    below = {each.removeprefix(f"{PACKAGE}.") for each in imported(name, source) if each.startswith(f"{PACKAGE}.")}
    found = below & set(FILES)
    if "__init__" in FILES and not found and PACKAGE in imported(name, source):
        found = {"__init__"}
    return found - {name}


OWN = {name: own(name, path.read_text(encoding="utf-8")) for name, path in FILES.items()}


@pytest.mark.parametrize("name", FILES)
def test_every_module_has_a_place(name):
    places = sum(listed(name, names) for names in LAYERS) + (name in ANYWHERE)
    assert places == 1, f"{name}: give it a place in LAYERS of {Path(__file__).name}"


@pytest.mark.parametrize("name", FILES)
def test_imports_flow_one_way(name):
    top = 0 if name in ANYWHERE else layer(name)
    for other in OWN[name] - ANYWHERE:
        assert layer(other) <= top, f"{name} imports {other}, which is above it"


def test_nothing_imports_in_a_circle():
    order = list(graphlib.TopologicalSorter(OWN).static_order())  # raises CycleError, which names the circle
    assert len(order) == len(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_file_stays_short(name):
    assert len(FILES[name].read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("name", FILES)
def test_a_heavy_library_has_one_home(name):
    source = FILES[name].read_text(encoding="utf-8")
    libraries = {each.split(".")[0] for each in imported(name, source, typing_too=True)}
    for library in libraries & set(HOMES):
        assert listed(name, HOMES[library]), f"{name} imports {library}, whose home is {HOMES[library]}"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import scipy.stats", {"scipy.stats"}),
        ("from simulator import luck", {"simulator", "simulator.luck"}),
        ("def f():\n    from simulator.engine import Run", {"simulator.engine", "simulator.engine.Run"}),
        ("if TYPE_CHECKING:\n    import a\nelse:\n    import b", {"b"}),
        ("try:\n    import a\nexcept ImportError:\n    import b", {"a", "b"}),
        ("from . import base", {"simulator.practices", "simulator.practices.base"}),
        ("from ..engine import Run", {"simulator.engine", "simulator.engine.Run"}),
    ],
)
def test_imports_are_found_wherever_they_stand(source, found):
    assert imported("practices.vip", source) == found


def test_the_package_was_found():
    assert {"luck", "engine", "practices", "practices.base"} <= set(FILES)
    assert "customers" in OWN["world"] and "engine" not in OWN["world"]
    assert OWN["luck"] == {"clock"}
