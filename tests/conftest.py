"""What several tests need of the machine."""

import os
import tempfile
from pathlib import Path

import calc_office
import pytest

from xlsmkt.demo import run_demo
from xlsmkt.errors import UserError
from xlsmkt.hosts.calc.finding import find_soffice, has_python, program_folder
from xlsmkt.hosts.calc.office import Office
from xlsmkt.package import Book

# What every process of a run shares: the folder of the one office, and the process that the run began with.
_OFFICE = pytest.StashKey[tuple[Path, int]]()


def pytest_configure(config):
    told = getattr(config, "workerinput", {}).get("office") or (tempfile.mkdtemp(prefix="xlsmkt-tests-"), os.getpid())
    config.stash[_OFFICE] = Path(told[0]), told[1]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    folder, owner = node.config.stash[_OFFICE]
    node.workerinput["office"] = (str(folder), owner)


def pytest_unconfigure(config):
    folder, owner = config.stash[_OFFICE]
    if owner == os.getpid():
        calc_office.ended(folder)


def _missing(told):
    """Without LibreOffice a test is skipped; in continuous integration it fails."""
    if os.environ.get("CI"):
        pytest.fail(told)
    pytest.skip(told)


@pytest.fixture(scope="session")
def soffice():
    """The LibreOffice program."""
    try:
        return str(find_soffice())
    except UserError as error:
        _missing(str(error))


@pytest.fixture(scope="session")
def office(soffice, request):
    """A LibreOffice with our functions that takes jobs, one for the whole test run."""
    if not has_python(program_folder()):
        _missing("LibreOffice cannot run Python here; install python3-uno")
    folder, owner = request.config.stash[_OFFICE]
    return Office.join(calc_office.started(folder, owner))


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The folder of the demonstration: the workbook sla.xlsx and the sample export that it was made from."""
    folder = tmp_path_factory.mktemp("demo")
    run_demo(folder, lambda part, words: None)
    return folder


@pytest.fixture(scope="session")
def book(demo):
    """The workbook of the demonstration, to be read."""
    return Book.open(demo / "sla.xlsx")
