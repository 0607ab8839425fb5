"""LibreOffice as the engine of the command line: values into the file, PDF out of it, nothing else touched."""

import os
import re
import subprocess
import zipfile

import openpyxl
import pytest
import xlsxwriter

from xlsmkt.cli import main
from xlsmkt.hosts.calc import engine
from xlsmkt.package import Book, Edit


@pytest.fixture(autouse=True)
def _one_office(office, monkeypatch):
    """The commands use the office of the test run instead of starting one each."""
    monkeypatch.setattr(engine, "Office", lambda: office)


def cells(path, sheet):
    return {cell.coordinate: cell.value for row in openpyxl.load_workbook(path, data_only=True)[sheet] for cell in row}


@pytest.fixture
def mixed(tmp_path):
    """Formulas of which each engine can compute some, with the value 99 from before."""
    path = tmp_path / "mixed.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("S")
        sheet.write_column("A1", [10, 20, 30])
        sheet.write_formula("B1", "=RAND()*0+7", None, 99)  # ours computes nothing that is random
        sheet.write_formula("B2", "=LEADS_NEEDED(A2,5%)", None, 99)
        sheet.write_formula("B3", "=_xlfn.XLOOKUP(20,A1:A3,A1:A3)", None, 99)  # LibreOffice 7.4 does not know it
        sheet.write_formula("B4", "=NO_SUCH_FUNCTION(1)", None, 99)
        sheet.write_formula("B5", "=A1>5", None, False)
        sheet.write_formula("B6", '=IFERROR(1/0,"none")', None, "")
        sheet.write_formula("B7", "=1/0", None, 99)
        sheet.write_dynamic_array_formula("D1:D1", "=LEADS_NEEDED(A1:A3,10%)", None, 99)
        sheet.write_formula("E1", "=SUM(D1:D3)", None, 99)
        sheet.write_formula("F1", '=CELL("filename")', None, "as it was")  # LibreOffice computes a copy elsewhere
        sheet.write_formula("E2", '=COUNTIF(A1:A3,">15")', None, 99)
    return path


def test_what_either_engine_knows_is_computed(mixed, capsys):
    assert main(["compute", str(mixed), "--engine", "libreoffice"]) == 0
    told = capsys.readouterr()
    assert "S!B4" in told.err and "B1" not in told.err
    assert "2 kept as they were" in told.out and "S!F1" in told.err
    shown = cells(mixed, "S")
    assert (shown["B1"], shown["B2"], shown["B3"], shown["B4"]) == (7, 400, 20, 99)
    assert shown["B5"] is True and shown["B6"] == "none" and shown["B7"] == "#DIV/0!"
    assert shown["F1"] == "as it was"
    assert [shown[place] for place in ("D1", "D2", "D3", "E1", "E2")] == [100, 200, 300, 600, 2]


def test_a_changed_template_comes_out_as_with_our_own_engine(demo, tmp_path):
    ours, theirs = tmp_path / "ours.xlsx", tmp_path / "theirs.xlsx"
    edit = Edit.open(demo / "sla.xlsx")
    for name, value in {"Customers_Goal": 33, "Agreed_Close_Rate": 0.04, "Worked_Goal": 0.5}.items():
        edit.set_named_value(name, value)
    edit.save(ours)
    theirs.write_bytes(ours.read_bytes())
    assert main(["compute", str(ours)]) == main(["compute", str(theirs), "--engine", "libreoffice"]) == 0
    one, other = Book.open(ours), Book.open(theirs)
    assert one.named_value("Now_Leads_Needed") == other.named_value("Now_Leads_Needed") != 400
    different = [
        (sheet, a, b)
        for sheet in one.sheet_names
        for a, b in zip(one.cells(sheet), other.cells(sheet), strict=True)
        if a != b and not (isinstance(a.value, float) and b.value == pytest.approx(a.value, rel=1e-9, abs=1e-9))
    ]
    assert different == []


def test_everything_but_the_values_keeps_its_bytes(demo, tmp_path):
    book = tmp_path / "sla.xlsx"
    book.write_bytes((demo / "sla.xlsx").read_bytes())
    assert main(["compute", str(book), "--engine", "libreoffice"]) == 0
    with zipfile.ZipFile(demo / "sla.xlsx") as before, zipfile.ZipFile(book) as after:
        assert before.namelist() == after.namelist()
        changed = {name for name in before.namelist() if before.read(name) != after.read(name)}
    assert all(re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name) for name in changed), changed


def test_formulas_alone(capsys):
    assert main(["eval", "--engine", "libreoffice", "=LEADS_NEEDED(20, 5%)", '=LEAD_MONTH("2026-03",2)', "=1/0"]) == 0
    assert capsys.readouterr().out == "400\n2026-01-01\n#DIV/0!\n"


@pytest.mark.parametrize("formula", ["=LEADS_NEEDED(20, 5%", "={1,2", "", "=", '=WEBSERVICE("http://127.0.0.1/x")'])
def test_a_formula_that_is_not_whole_or_reaches_out_is_refused(formula, capsys):
    assert main(["eval", "--engine", "libreoffice", formula]) == 2
    told = capsys.readouterr()
    assert told.out == "\n" and told.err.startswith("xlsmkt: ") and told.err.count("\n") == 1


def pages(path):
    """The text of each page, as another program reads it."""
    read = subprocess.run(["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True, text=True)
    return read.stdout.split("\f")[:-1]


def test_one_sheet_as_pdf(demo, tmp_path, capsys):
    book = tmp_path / "sla.xlsx"
    book.write_bytes((demo / "sla.xlsx").read_bytes())
    assert main(["pdf", str(book), "--sheet", "Dashboard"]) == 0
    assert capsys.readouterr().out == f"Printed {tmp_path / 'sla.pdf'}\n"
    first, second = pages(tmp_path / "sla.pdf")
    assert "Marketing: the leads it promised" in first and "on track" in first
    assert "To call next, the best first" in second and "Err:" not in first + second
    assert book.read_bytes() == (demo / "sla.xlsx").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sla.pdf", "sla.xlsx"]


def test_without_a_sheet_those_of_imported_rows_are_left_out(demo, tmp_path):
    book = tmp_path / "sla.xlsx"
    book.write_bytes((demo / "sla.xlsx").read_bytes())
    assert main(["pdf", str(book)]) == 0
    printed = pages(tmp_path / "sla.pdf")
    for title in ("The marketing and sales SLA", "Dashboard", "Marketing SLA", "Attribution"):
        assert any(title in page for page in printed)
    assert len(printed) < 60
    assert not any("@" in page.split("\n")[0] or "Page 1 of 254" in page for page in printed)


def test_a_whole_workbook_as_pdf_replaces_the_one_before(tmp_path, mixed, capsys):
    to = tmp_path / "out.pdf"
    to.write_bytes(b"%PDF-1.7 of yesterday")
    assert main(["pdf", str(mixed), "--to", str(to)]) == 0
    assert "400" in "".join(pages(to))


@pytest.mark.parametrize(
    "arguments,said",
    [
        (["pdf", "missing.xlsx"], "missing.xlsx"),
        (["pdf", "mixed.xlsx", "--sheet", "Dashbord"], "There is no sheet Dashbord"),
        (["pdf", "mixed.xlsx", "--to", "nowhere/out.pdf"], "The folder nowhere does not exist"),
        (["pdf", "text.xlsx"], "text.xlsx"),
        (["pdf", "mixed.xlsx", "--to", "mixed.xlsx"], "is no PDF; give another name"),
        (["pdf", "mixed.xlsx", "--to", "text.xlsx"], "is no PDF; give another name"),
        (["pdf", "mixed.xlsx", "--to", "."], "is a folder"),
        (["pdf", "pipe"], "pipe is no workbook file"),
        (["pdf", "mixed.xlsx", "--to", "pipe"], "pipe is no file"),
        (["compute", "missing.xlsx", "--engine", "libreoffice"], "missing.xlsx"),
    ],
)
def test_what_goes_wrong_is_one_sentence(arguments, said, mixed, tmp_path, monkeypatch, capsys):
    (tmp_path / "text.xlsx").write_text("no workbook at all")
    os.mkfifo(tmp_path / "pipe")
    before = mixed.read_bytes()
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == "" and said in told.err and told.err.count("\n") == 1 and "Traceback" not in told.err
    assert not list(tmp_path.glob("*.pdf"))
    assert mixed.read_bytes() == before and (tmp_path / "text.xlsx").read_text() == "no workbook at all"
