"""What several tests need of the machine."""

import json
import os
import tempfile
from pathlib import Path

import calc_office
import pytest
from engines import engines, lead_rows, postgres, spark  # noqa: F401 # fixtures
from pyodide_lite import WORKBOOK, Lite, Missing
from server_run import Served, init, python_with_server

from xlsmkt.demo import run_demo
from xlsmkt.errors import UserError
from xlsmkt.hosts.calc.finding import find_soffice, has_python, program_folder
from xlsmkt.hosts.calc.office import Office
from xlsmkt.package import Book

# What every process of a run shares: the folder of the one office, and the process that the run began with.
_OFFICE = pytest.StashKey[tuple[Path, int]]()


def pytest_configure(config):
    config.addinivalue_line("markers", "xdist_group(name): tests that one process runs")
    told = getattr(config, "workerinput", {}).get("office") or (tempfile.mkdtemp(prefix="xlsmkt-tests-"), os.getpid())
    config.stash[_OFFICE] = Path(told[0]), told[1]
    # no test may see, or change, the connections of whoever runs it
    os.environ["XLSMKT_HOME"] = str(Path(told[0]) / "home")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    folder, owner = node.config.stash[_OFFICE]
    node.workerinput["office"] = (str(folder), owner)


def pytest_unconfigure(config):
    folder, owner = config.stash[_OFFICE]
    if owner == os.getpid():
        calc_office.ended(folder)


def _missing(told):
    """Without what it needs a test is skipped; in continuous integration it fails."""
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


@pytest.fixture(scope="session")
def xlwings_licence():
    """The licence key for the parts of xlwings that are not free for every use: an opt-in."""
    key = os.environ.get("XLSMKT_XLWINGS_LICENSE_KEY")
    if not key:
        _missing("set XLSMKT_XLWINGS_LICENSE_KEY to a licence key of xlwings, or to noncommercial where that is true")
    return key


@pytest.fixture(scope="session")
def metadata_schema():
    """What Office.js takes as the metadata of custom functions; Microsoft's own schema is older than what it takes."""
    return json.loads((Path(__file__).parent / "data" / "custom_functions.schema.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def start_lite(request):
    """Starts the code of the built workbook for xlwings Lite in a Pyodide of its own."""
    folder, _ = request.config.stash[_OFFICE]

    def start(**how):
        try:
            return Lite(WORKBOOK, folder / "wheels", **how)
        except Missing as missing:
            _missing(str(missing))

    return start


@pytest.fixture(scope="session")
def lite(start_lite):
    """The code of the built workbook in Pyodide, called without xlwings' licence."""
    with start_lite() as started:
        yield started


@pytest.fixture(scope="session")
def lite_licensed(xlwings_licence, start_lite):
    """The code of the built workbook in Pyodide, called through xlwings as xlwings Lite calls it."""
    with start_lite(licence=xlwings_licence) as started:
        yield started


@pytest.fixture(scope="session")
def server_python(xlwings_licence, request):
    """A Python of its own that has xlsmkt with its extra ``server``."""
    folder, _ = request.config.stash[_OFFICE]
    try:
        return python_with_server(folder)
    except Missing as missing:
        _missing(str(missing))


@pytest.fixture(scope="session")
def server(server_python, xlwings_licence, tmp_path_factory):
    """A server that runs, made by `xlsmkt server init` and started by `xlsmkt server run`."""
    folder = tmp_path_factory.mktemp("server")
    init(server_python, folder, xlwings_licence)
    with Served(server_python, folder) as served:
        yield served
