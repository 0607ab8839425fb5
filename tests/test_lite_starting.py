"""The code inside the built workbook starts in Pyodide, again after each edit, and needs little else."""

import json

import pytest
from pyodide_lite import NAMED_BY_WORKBOOK, NEWEST, NODE, WORKBOOK, properties, shows
from web_calls import shown

from xlsmkt.catalogue import CATALOGUE
from xlsmkt.errors import Propagated

NAMES = "result = sorted(name for name in vars(main) if callable(getattr(main, name)))"


@pytest.fixture(scope="module", params=[NEWEST, NAMED_BY_WORKBOOK])
def started(request, start_lite):
    """The newest Pyodide, and the one that the workbook names."""
    if request.param == NEWEST:
        yield request.getfixturevalue("lite")
    else:
        with start_lite(pyodide=request.param) as older:
            yield older


def test_the_pyodide_that_the_workbook_names_is_among_those_tested():
    packages = json.loads((NODE / "package.json").read_text("utf-8"))["dependencies"]
    assert packages[NAMED_BY_WORKBOOK] == f"npm:pyodide@{properties(WORKBOOK)['pyodideVersion']}"


def test_importing_main_puts_every_function_there(started):
    assert {entry.lower() for entry in CATALOGUE} <= set(started.ask("run", source=NAMES, given=None))


def test_every_example_shows_what_it_should(started):
    """The newest is asked in test_golden.py, too, where each example stands alone."""
    examples = [example for entry in CATALOGUE.values() for example in entry.examples]
    cells = {example.formula: shown(example.formula, started.call) for example in examples}
    wrong = {e.formula: cells[e.formula] for e in examples if not shows(e, cells[e.formula])}
    assert not wrong


def test_main_can_run_again_after_each_edit(started):
    """The functions of the second and third run are new ones, and their errors are still known as errors."""
    for _ in range(2):
        started.ask("run", source="main.leads_needed.is_of_before = result = True", given=None)
        started.ask("again")
        assert not started.ask("run", source="result = hasattr(main.leads_needed, 'is_of_before')", given=None)
        assert shown("=LEADS_NEEDED({20;30}, {0.05;0})", started.call) == [[400], [Propagated("#DIV/0!")]]


def test_nothing_but_xlwings_is_loaded(started):
    assert started.packages() == {"xlwings"}
