"""The Refresh script of the built workbook in Pyodide gives the tables that `xlsmkt refresh` gives."""

import copy
import csv
import datetime as dt
import io
import shutil
from contextlib import redirect_stdout, suppress
from pathlib import Path

import openpyxl
import pytest
from fake_office_js import FakeExcel
from pyodide_lite import NAMED_BY_WORKBOOK, NEWEST, WORKBOOK
from web_calls import Refused

from xlsmkt import cli
from xlsmkt.crm.model import IMPORT_LOG, TABLES
from xlsmkt.package import Book
from xlsmkt.template.shipped import shipped_template

SAMPLE = sorted((Path(__file__).parents[1] / "workbook" / "sample").glob("*.csv"))
DATA = "/data"  # where xlwings Lite keeps its user's files
PASTE = "Paste_Here"
OF_THE_SOURCE = {"File", "Line"}  # columns of the log that say where a row stood
SHOWN = ("Data_Until", "Rows_Taken", "Rows_Refused", "Leads_Note")


BOTH = pytest.mark.parametrize("pyodide", [NEWEST, NAMED_BY_WORKBOOK], indirect=True)


@pytest.fixture(scope="module")
def pyodide(request, start_lite, xlwings_licence):
    """The newest Pyodide, or the one that the workbook names."""
    if getattr(request, "param", NEWEST) == NEWEST:
        yield request.getfixturevalue("lite_licensed")
    else:
        with start_lite(pyodide=request.param, licence=xlwings_licence) as older:
            yield older


@pytest.fixture
def data(pyodide):
    """Puts a file where the script finds those that its user has dropped."""
    pyodide.ask("empty", folder=DATA)
    yield lambda path: pyodide.put(f"{DATA}/{path.name}", path.read_bytes())
    pyodide.ask("empty", folder=DATA)


@pytest.fixture(scope="module")
def built():
    return FakeExcel.opened(WORKBOOK)


@pytest.fixture
def excel(built):
    """Excel with the built workbook open."""
    return copy.deepcopy(built)


@pytest.fixture
def click(pyodide, excel):
    """Clicks Refresh, as xlwings Lite was told of the script; what the user is told."""

    def clicked():
        [script] = pyodide.ask("metadata")["scripts"]
        excluded = [name.strip() for name in script["exclude"].split(",")]
        assert set(excluded) <= {sheet.name for sheet in excel.sheets}
        excel.apply(pyodide.ask("script", name=script["function_name"], book=excel.json(excluded)))
        return excel.alerts.pop()

    return clicked


@pytest.fixture(scope="module")
def rows():
    """The leads of the sample as cells."""
    with next(path for path in SAMPLE if path.name == "leads.csv").open(encoding="utf-8", newline="") as file:
        return [[as_cell(value) for value in row] for row in csv.reader(file)]


@pytest.fixture(scope="module")
def export(rows, tmp_path_factory):
    """These leads as an Excel export."""
    path = tmp_path_factory.mktemp("export") / "leads.xlsx"
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


@pytest.fixture(scope="module")
def from_sample(tmp_path_factory):
    return on_the_command_line(tmp_path_factory.mktemp("files"), SAMPLE)


@pytest.fixture(scope="module")
def from_export(tmp_path_factory, export):
    return on_the_command_line(tmp_path_factory.mktemp("export"), [export])


def as_cell(text):
    """A text as Excel takes it that is typed: a day, a number, else a text."""
    with suppress(ValueError):
        return float(text)
    with suppress(ValueError):  # also of a day that there is not
        return dt.datetime.fromisoformat(text)
    return text or None


def on_the_command_line(folder, files):
    """A workbook of the template that `xlsmkt refresh` has filled, and what it says of the rows."""
    path, said = Path(shutil.copy(shipped_template(), folder / "SLA.xlsx")), io.StringIO()
    with redirect_stdout(said):
        assert cli.main(["refresh", str(path), "--from", *map(str, files)]) == 0
    return path, said.getvalue().partition(" (")[0]


def assert_like(excel, told, on_the_command_line, without=frozenset()):
    """Every table of ours has the cells of the file's table, and the user is told the same of them."""
    path, said = on_the_command_line
    assert told.startswith(said)
    with Book.open(path) as book:
        for table in TABLES:
            expected, shown = book.columns(table.name), excel.columns(table.name)
            assert len(shown[table.columns[0]]) == len(expected[table.columns[0]]), table.name
            for heading in [name for name in expected if table is not IMPORT_LOG or name not in without]:
                alike = [pytest.approx(v, abs=1e-9) if isinstance(v, float) else v for v in expected[heading]]
                assert shown[heading] == alike, f"{table.name}[{heading}]"
        for name in SHOWN:
            assert excel.named(name) == (book.named_value(name) or None), name


def refused_lines(book):
    """The file and the line of each row that the log lists."""
    log = book.columns(IMPORT_LOG.name)
    return [(file, line) for file, line in zip(log["File"], log["Line"], strict=True) if file]


@BOTH
def test_files_that_inputs_names(click, excel, data, from_sample):
    for path in SAMPLE:
        data(path)
    data(Path(__file__).with_name("calc_methods.txt"))  # no export, and not named
    excel.put("CRM_Source", "; ".join(path.name for path in SAMPLE))
    assert_like(excel, click(), from_sample)


def test_all_files_when_inputs_names_none(click, excel, data, from_sample):
    for path in SAMPLE:
        data(path)
    excel.put("CRM_Source", None)
    assert_like(excel, click(), from_sample)


def test_an_excel_export(pyodide, click, excel, data, export, from_export):
    data(export)
    assert_like(excel, click(), from_export)
    assert pyodide.packages() == {"xlwings", "openpyxl", "et_xmlfile"}


@BOTH
def test_an_export_that_is_pasted(click, excel, data, rows, from_export):
    """The log tells the rows of the sheet; files that Inputs does not name do not matter."""
    data(SAMPLE[-1])
    sheet, row, column = excel.names[PASTE]
    excel.type_rows(sheet, row, column, rows)
    assert_like(excel, click(), from_export, without=OF_THE_SOURCE)
    with Book.open(from_export[0]) as book:
        in_the_file = refused_lines(book)
    assert in_the_file and {name for name, _ in in_the_file} == {"leads.xlsx"}
    assert refused_lines(excel) == [(sheet, line + row - 1) for _, line in in_the_file]


def test_refreshing_again_keeps_what_a_user_has_put_beside_a_lead(click, excel, data, rows, from_export):
    sheet, row, column = excel.names[PASTE]
    excel.type_rows(sheet, row, column, rows[:41])
    click()
    keys = excel.columns("Leads")["Lead ID"]
    assert len(keys) > 30
    excel.add_column("Leads", "My notes", [f"about {key}" for key in keys])
    excel.type_rows(sheet, row, column, rows)
    assert_like(excel, click(), from_export, without=OF_THE_SOURCE)
    leads = excel.columns("Leads")
    notes = [(key, note) for key, note in zip(leads["Lead ID"], leads["My notes"], strict=True) if note]
    assert notes == [(key, f"about {key}") for key in keys]


def test_nothing_to_import_is_a_sentence_and_changes_nothing(click, excel, data):
    before = [dict(sheet.cells) for sheet in excel.sheets]
    with pytest.raises(
        Refused, match=r"^There is no CRM export to import; drop a CSV or Excel file under Files, Import/Export"
    ):
        click()
    assert [sheet.cells for sheet in excel.sheets] == before
