"""Refresh on the server, over HTTP, fills the workbook as `xlsmkt refresh` fills a file, and leads to no other file."""

import copy
import csv
import json
import shutil

import openpyxl
import pytest
from fake_office_js import FakeExcel
from server_run import Served, init
from test_lite_refresh import OF_THE_SOURCE, PASTE, SAMPLE, as_cell, assert_like, on_the_command_line
from web_calls import Refused


@pytest.fixture(scope="module")
def served(server_python, xlwings_licence, tmp_path_factory):
    """A server with the sample in its folder, and a file outside of it."""
    folder = tmp_path_factory.mktemp("refresh")
    init(server_python, folder, xlwings_licence)
    for path in SAMPLE:
        shutil.copy(path, folder / "data")
    shutil.copy(SAMPLE[0], folder / "outside.csv")
    with Served(server_python, folder) as running:
        yield running


@pytest.fixture(scope="module")
def made(served):
    return FakeExcel.opened(served.folder / "xlsmkt-server.xlsx")


@pytest.fixture
def excel(made):
    """Excel with the workbook open that `xlsmkt server init` made."""
    return copy.deepcopy(made)


@pytest.fixture
def click(served, excel):
    """Clicks Refresh as the client was told of the script; what the user is told."""

    def clicked():
        [script] = json.loads(served.get("/xlwings/custom-scripts-meta.json"))
        excluded = [name.strip() for name in script["exclude"].split(",")]
        assert set(excluded) <= {sheet.name for sheet in excel.sheets}
        status, text = served.post(f"/xlwings/custom-scripts-call/{script['function_name']}", excel.json(excluded))
        if status != 200:
            assert status == 400, text
            raise Refused(text)
        excel.apply(json.loads(text))
        return excel.alerts.pop()

    return clicked


def test_files_that_inputs_names(click, excel, tmp_path):
    excel.put("CRM_Source", "; ".join(path.name for path in SAMPLE))
    assert_like(excel, click(), on_the_command_line(tmp_path, SAMPLE))


def test_a_mapping_that_inputs_names(click, excel, served, tmp_path):
    (served.folder / "data" / "crm.toml").write_text(
        '[[file]]\npath = "contacts.csv"\ntable = "Leads"\n[file.columns]\n"Lead ID" = "Id"\nCreated = "Born"\n'
    )
    (served.folder / "data" / "contacts.csv").write_text("Id,Born\nC1,2026-01-05\nC2,2026-01-06\n")
    excel.put("CRM_Source", None)
    excel.put("CRM_Mapping", "crm.toml")
    assert click().startswith("Taken: 2 rows of Leads")
    assert excel.columns("Leads")["Lead ID"] == ["C1", "C2"]


def test_an_export_that_is_pasted(click, excel, tmp_path):
    leads = next(path for path in SAMPLE if path.name == "leads.csv")
    with leads.open(encoding="utf-8", newline="") as file:
        rows = [[as_cell(cell) for cell in row] for row in csv.reader(file)]
    export = openpyxl.Workbook()
    for row in rows:
        export.active.append(row)
    export.save(tmp_path / "leads.xlsx")
    excel.put("CRM_Source", None)
    excel.type_rows(*excel.names[PASTE], rows)
    assert_like(excel, click(), on_the_command_line(tmp_path, [tmp_path / "leads.xlsx"]), without=OF_THE_SOURCE)


def test_a_day_that_can_be_read_in_two_ways_is_a_sentence_until_the_sheet_says_which(click, excel, served):
    (served.folder / "data" / "open.csv").write_text("Lead ID,Created\nL1,05/04/2026\nL2,06/04/2026\n")
    excel.put("CRM_Source", "open.csv")
    with pytest.raises(Refused, match=r"05/04/2026 can mean .*; choose day first or month first in the cell B\d"):
        click()
    excel.put("Paste_Days", "day first")
    assert click().startswith("Taken: 2 rows of Leads")
    assert excel.columns("Leads")["Created"] == [46117, 46118]  # 5 and 6 April 2026


@pytest.mark.parametrize("named", ["../outside.csv", "..\\outside.csv", "/etc/passwd", "../*.csv", "C:\\outside.csv"])
def test_no_file_outside_of_the_folder_is_read(click, excel, named):
    excel.put("CRM_Source", named)
    with pytest.raises(Refused, match="names a file outside of the server's folder data"):
        click()
    excel.put("CRM_Source", None)
    excel.put("CRM_Mapping", named)
    with pytest.raises(Refused, match="names a file outside of the server's folder data"):
        click()


@pytest.mark.parametrize("name", ["../book.xlsx", "/book.xlsx", "../../srv/book.xlsx"])
def test_the_name_of_a_workbook_leads_nowhere(click, excel, name):
    excel.name = name
    excel.put("CRM_Source", "outside.csv")
    with pytest.raises(Refused, match=r"outside\.csv is not in the folder data of the server"):
        click()


def test_a_file_that_is_not_there_does_not_tell_where_the_server_lies(click, excel, served):
    excel.put("CRM_Source", "nothing.csv")
    with pytest.raises(Refused) as refused:
        click()
    assert str(refused.value) == (
        "nothing.csv is not in the folder data of the server; put it there, or mend Import from on the sheet Inputs."
    )


def test_nothing_to_import_is_a_sentence(click, excel):
    excel.put("CRM_Source", None)
    with pytest.raises(
        Refused, match="There is no CRM export to import; paste one into the sheet Paste CRM export here"
    ):
        click()
