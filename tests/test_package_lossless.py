"""After an edit, every part of a rich workbook has its bytes but those that are meant to change."""

import datetime
import re
from pathlib import Path

import openpyxl
import pytest
from libreoffice import convert
from lxml import etree
from rich_workbook import BODY_ROWS, build, read_parts

from xlsmkt.package import Book, Edit

LEADS, DASHBOARD, OTHER = (f"xl/worksheets/sheet{i}.xml" for i in (2, 1, 3))
ALWAYS = {LEADS, "xl/pivotCache/pivotCacheDefinition1.xml"}
# What covers the rows of Leads, or refers to cells below it, besides.
WHEN_RESIZED = {
    "xl/tables/table1.xml",
    "xl/workbook.xml",  # names
    "xl/charts/chart1.xml",
    OTHER,
    DASHBOARD,  # its array formula reads Leads!A4:B11
    # The formula cells are others: the order of calculation is made anew by Excel.
    "xl/calcChain.xml",
    "[Content_Types].xml",
    "xl/_rels/workbook.xml.rels",
}
# Notes on cells below the table go with them.
WHEN_MOVED = {"xl/comments2.xml", "xl/drawings/vmlDrawing3.vml", "xl/threadedComments/threadedComment1.xml"}


@pytest.fixture
def rich(tmp_path: Path) -> Path:
    return build(tmp_path / "rich.xlsm")


def rows(count: int) -> dict[str, list[object]]:
    """New rows for the table Leads, in another order and with other leads."""
    return {
        "Lead ID": [f"L{count - i}" for i in range(count)],
        "Created": [datetime.date(2026, 2, 1) + datetime.timedelta(i) for i in range(count)],
        "Status": [("=cmd|'/C calc'!A0", "+1", "-2", "@x", "plain")[i % 5] for i in range(count)],
        "Amount": [float(i) for i in range(count)],
    }


def changed_parts(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


@pytest.mark.parametrize("count", [0, 1, 3, BODY_ROWS, 9, 12, 200])
def test_only_the_meant_parts_change(rich: Path, count: int) -> None:
    before = read_parts(rich)
    for _ in range(2):
        edit = Edit.open(rich)
        edit.replace_rows("Leads", rows(count))
        edit.save(rich)
        after = read_parts(rich)
        expected = set(ALWAYS)
        if count != BODY_ROWS:
            expected |= WHEN_RESIZED
        if count > BODY_ROWS:
            expected |= WHEN_MOVED
        assert changed_parts(before, after) == expected
        assert list(after) == [name for name in before if name in after], "the order of the parts stays"
    for name, data in after.items():
        if name.endswith((".xml", ".rels", ".vml")):
            etree.fromstring(data)
    again = Edit.open(rich)
    again.replace_rows("Leads", rows(count))
    again.save(rich)
    assert read_parts(rich) == after, "the same rows once more change nothing"


@pytest.mark.parametrize(
    ("count", "last", "totals", "notes"), [(0, 4, 5, 15), (3, 6, 7, 15), (8, 11, 12, 15), (12, 15, 16, 19)]
)
def test_everything_follows_the_rows(rich: Path, count: int, last: int, totals: int, notes: int) -> None:
    edit = Edit.open(rich)
    edit.replace_rows("Leads", rows(count))
    edit.save(rich)
    parts = {name: data.decode("utf-8", "replace") for name, data in read_parts(rich).items()}
    book = Book.open(rich)
    assert book.tables["leads"].ref == f"A3:F{totals}"
    assert f'<autoFilter ref="A3:F{last}"' in parts["xl/tables/table1.xml"]
    names = {name.name: name.refers_to for name in book.names}
    assert names["All_Amounts"] == f"Leads!$D$4:$D${last}"
    assert names["Below"] == f"Leads!$B${notes}"
    assert names["_xlnm.Print_Area"] == f"Leads!$A$3:$F${last}"
    assert names["Points"] == "Dashboard!$B$6:$B$8"
    series = re.findall(r"<c:f>(.*?)</c:f>", parts["xl/charts/chart1.xml"])
    assert series == ["Leads!$D$3", f"Leads!$B$4:$B${last}", f"Leads!$D$4:$D${last}", "Leads!$D$4:$D$9"]
    sheet = parts[LEADS]
    assert re.findall(r'(?<!xm:)\bsqref="(C\d+:?\w*|D\d+:?\w*)"', sheet.partition("</sheetData>")[2]) == [
        area if last > 4 else area.partition(":")[0] for area in (f"D4:D{last}", f"C4:C{last}", f"C4:C{last}")
    ]
    assert f"<xm:f>Leads!D4:D{last}</xm:f><xm:sqref>J1</xm:sqref>" in sheet
    assert f'<mergeCell ref="A{notes + 2}:C{notes + 2}"/>' in sheet
    formulas = {(cell.row, cell.column): cell.formula for cell in book.cells("It's other")}
    assert [formulas[i, 1] for i in range(1, 10)] == [
        f"SUM(Leads!D4:D{last})",
        f"Leads!B{notes}",
        "Leads!D4",
        f"SUM(Leads!$D$3:$D${last})",
        f"COUNTA(Leads!A3:F{totals})",
        "SUM(Leads[Amount])",
        f'"Leads!D4:D11"&Leads!$D${totals}',
        "SUM(Leads!D4:D9)",
        "SUM(Dashboard!B6:B8)",
    ]
    cells = {(cell.row, cell.column): cell for cell in book.cells("Leads")}
    assert cells[totals, 1].value == "Total"
    assert cells[totals, 4].formula == "SUBTOTAL(109,[Amount])"
    assert cells[notes, 1].value == "Notes of the team"
    assert cells[notes, 2].formula == f"SUM(Leads!D4:D{last})"
    assert cells[notes, 3].formula == f"B{notes}+A2"
    assert cells[notes + 2, 1].value == "merged below"
    assert cells[5, 8].value == "beside"
    assert cells[6, 8].formula == "D6*2"
    assert cells[20, 8].value == "far right, below"
    assert f'<comment ref="C{notes}"' in parts["xl/comments2.xml"]
    assert '<comment ref="C5"' in parts["xl/comments2.xml"]
    assert f'ref="C{notes}"' in parts["xl/threadedComments/threadedComment1.xml"]
    assert f"<x:Row>{notes - 1}</x:Row>" in parts["xl/drawings/vmlDrawing3.vml"]


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
@pytest.mark.parametrize("count", [0, 3, 8, 30])
def test_the_result_opens_in_openpyxl(rich: Path, count: int) -> None:
    edit = Edit.open(rich)
    given = rows(count)
    edit.replace_rows("Leads", given)
    edit.save(rich)
    sheet = openpyxl.load_workbook(rich)["Leads"]
    assert sheet.tables["Leads"].ref == f"A3:F{max(count, 1) + 4}"
    for i in range(count):
        row = [cell.value for cell in sheet[4 + i]][:6]
        assert row[0] == given["Lead ID"][i]
        assert row[1] == datetime.datetime.combine(given["Created"][i], datetime.time())  # type: ignore[arg-type]
        assert row[2] == given["Status"][i]
        assert sheet.cell(4 + i, 3).data_type == "s"
        assert row[3] == given["Amount"][i]
        assert row[4] == "=Leads[[#This Row],[Amount]]*2"
        lead = int(str(row[0])[1:])
        assert row[5] == (f"note on L{lead} & more <here>" if lead <= 8 and lead % 2 == 0 else None)
        assert sheet.cell(4 + i, 2).number_format == "yyyy-mm-dd"
        assert sheet.cell(4 + i, 4).number_format == "#,##0.00"


def test_a_result_changes_its_sheet_only(rich: Path) -> None:
    before = read_parts(rich)
    edit = Edit.open(rich)
    edit.set_result("Dashboard", 1, 1, [[12.5]])
    edit.set_result("It's other", 1, 1, [["text & <more>"]])
    edit.save(rich)
    assert changed_parts(before, read_parts(rich)) == {DASHBOARD, OTHER}


def test_a_spill_of_a_new_size_takes_its_chart_along(rich: Path) -> None:
    before = read_parts(rich)
    edit = Edit.open(rich)
    edit.set_result("Dashboard", 5, 1, [["Heading", "Points"], *([f"g{i}", i] for i in range(9)), ["All", 36]])
    edit.save(rich)
    after = read_parts(rich)
    # names, the chart over it, and a formula with a plain range over it
    assert changed_parts(before, after) == {DASHBOARD, OTHER, "xl/workbook.xml", "xl/charts/chart2.xml"}
    chart = re.findall(r"<c:f>(.*?)</c:f>", after["xl/charts/chart2.xml"].decode())
    assert chart == ["Dashboard!$A$6:$A$14", "Dashboard!$B$6:$B$14"]  # up to the row before "All", as before
    sheet = after[DASHBOARD].decode()
    assert "<xm:f>Dashboard!B6:B15</xm:f><xm:sqref>D5</xm:sqref>" in sheet
    assert '<conditionalFormatting sqref="B5:B15">' in sheet
    book = Book.open(rich)
    assert {name.name: name.refers_to for name in book.names}["Points"] == "Dashboard!$B$6:$B$15"
    assert book.range("Dashboard", "A5:B5") == [["Heading", "Points"]]
    assert [cell.formula for cell in book.cells("It's other")][-1] == "SUM(Dashboard!B6:B15)"


def test_nothing_asks_for_a_recalculation(rich: Path) -> None:
    before = read_parts(rich)["xl/workbook.xml"]
    edit = Edit.open(rich)
    edit.replace_rows("Leads", rows(9))
    edit.save(rich)
    calc = re.compile(rb"<calcPr[^>]*>")
    assert calc.findall(read_parts(rich)["xl/workbook.xml"]) == calc.findall(before)


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
@pytest.mark.parametrize("count", [3, 40])
def test_libreoffice_reads_the_result(rich: Path, tmp_path: Path, count: int, soffice: str) -> None:
    edit = Edit.open(rich)
    edit.replace_rows("Leads", rows(count))
    edit.save(rich)
    sheet = openpyxl.load_workbook(convert(soffice, rich, tmp_path), data_only=True)["Leads"]
    given = rows(count)
    assert [sheet.cell(4 + i, 1).value for i in range(count)] == given["Lead ID"]
    assert [sheet.cell(4 + i, 3).value for i in range(count)] == given["Status"]
    assert [sheet.cell(4 + i, 4).value for i in range(count)] == given["Amount"]
    assert sheet.cell(4 + count, 1).value == "Total"
