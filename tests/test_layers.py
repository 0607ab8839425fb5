"""Imports point downward, and the functions import nothing from outside the standard library."""

import ast
import doctest
import importlib
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1] / "xlsmkt"

# The floors of the house, lowest first; a module imports from lower floors and from its own room only.
FLOORS = [
    {"errors", "readings", "units", "days", "hours", "columns", "scoring", "keeping", "cell_texts"},
    {"docstrings", "calling", "catalogue"},
    {"functions"},
    {"crm", "package"},
    {"template"},
    {"stored"},
    {"beside", "filling"},
    {"refresh"},
    {"hosts"},
    {"terminal"},
    {"report"},
    {"mailing"},
    {"alerts"},
    {"schedules"},
    {"demo", "build", "source_commands", "report_commands", "mail_commands", "alert_commands", "schedule_commands"},
    {"cli"},
    {"__main__"},
]
# One room may use another on its own floor only in this order.
WITHIN = {
    "readings": {"errors"},
    "units": {"errors", "readings"},
    "days": {"errors"},
    "keeping": {"errors"},
    "hours": {"errors", "days"},
    "columns": {"errors"},
    "scoring": {"errors", "readings", "units", "columns"},
    "calling": {"docstrings"},
    "catalogue": {"docstrings", "calling"},
}
# What the template needs to know of the floor below it: our tables, not how they are imported.
FROM_CRM_FOR_TEMPLATE = {"xlsmkt.crm.model"}
KERNEL = [
    "errors.py",
    "readings.py",
    "units.py",
    "docstrings.py",
    "calling.py",
    "catalogue.py",
    "days.py",
    "hours.py",
    "columns.py",
    "scoring.py",
    "functions/*.py",
]

KERNEL_FILES = [path for pattern in KERNEL for path in sorted(HOUSE.glob(pattern))]
# What else runs inside LibreOffice, whose Python may be as old.
IN_LIBREOFFICE = ["hosts/dates1904.py", "hosts/faults.py", "hosts/calc/words.py", "hosts/calc/inside/*.py"]
OLD_PYTHON = KERNEL_FILES + [path for pattern in IN_LIBREOFFICE for path in sorted(HOUSE.glob(pattern))]
MODULES = sorted(path for path in HOUSE.rglob("*.py") if path != HOUSE / "__init__.py")


def imported(path):
    """The modules that a file imports, inside its functions too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively; name the module in full"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module == "xlsmkt")


def room(name):
    return name.split(".")[1] if name.startswith("xlsmkt.") else None


def floor(of):
    found = [number for number, rooms in enumerate(FLOORS) if of in rooms]
    assert found, f"{of} stands on no floor; give it one in FLOORS"
    return found[0]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_imports_point_downward(path):
    here = path.relative_to(HOUSE).parts[0].removesuffix(".py")
    for name in imported(path):
        there = room(name)
        if there is None or there == here:
            continue
        if here == "template" and there == "crm":
            assert name in FROM_CRM_FOR_TEMPLATE
        assert floor(there) < floor(here) or there in WITHIN.get(here, set()), (
            f"{here} imports {name}, which is above it"
        )


@pytest.mark.parametrize("path", KERNEL_FILES, ids=lambda path: path.name)
def test_the_kernel_needs_only_the_standard_library_and_old_syntax(path):
    ast.parse(path.read_text("utf-8"), feature_version=(3, 8))
    for name in imported(path):
        assert name.partition(".")[0] in {*sys.stdlib_module_names, "xlsmkt"}, f"{path.name} imports {name}"


# What Python 3.8 does not have, although its syntax allows it.
NEWER = {"removeprefix", "removesuffix", "ulp", "nextafter", "lcm", "pairwise", "batched", "UTC", "file_digest", "cbrt"}
NEWER_MODULES = {"tomllib", "zoneinfo", "graphlib"}


@pytest.mark.parametrize("path", OLD_PYTHON, ids=lambda path: path.name)
def test_the_kernel_uses_nothing_newer_than_python_3_8(path):
    tree = ast.parse(path.read_text("utf-8"))
    names = {getattr(node, "attr", getattr(node, "id", "")) for node in ast.walk(tree)}
    names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert not names & NEWER
    assert not {name.partition(".")[0] for name in imported(path)} & NEWER_MODULES
    subscripted = {node.value.id for node in ast.walk(tree)
                   if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name)}  # fmt: skip
    assert not subscripted & {"list", "dict", "tuple", "set", "type", "frozenset"}, "use typing.List and the like"


@pytest.mark.parametrize("path", sorted((HOUSE / "crm" / "sources").glob("*.py")), ids=lambda path: path.name)
def test_sources_never_import_each_other(path):
    others = [n for n in imported(path) if n.startswith("xlsmkt.crm.sources.")]
    assert not [n for n in others if n != f"xlsmkt.crm.sources.{path.stem}"]


def test_files_stay_readable():
    tests = sorted(Path(__file__).parent.rglob("*.py"))
    long = {str(p): n for p in [*MODULES, *tests] if (n := len(p.read_text("utf-8").splitlines())) > 400}
    assert not long


@pytest.mark.parametrize("path", sorted((HOUSE / "hosts/calc/inside").glob("*.py")), ids=lambda path: path.name)
def test_what_runs_inside_libreoffice_shows_its_examples_where_it_can_be_imported(path):
    try:
        module = importlib.import_module(f"xlsmkt.hosts.calc.inside.{path.stem}")
    except ModuleNotFoundError as error:
        assert error.name in ("uno", "unohelper", "com", "org")
        assert ">>>" not in path.read_text("utf-8")
    else:
        assert doctest.testmod(module).failed == 0
