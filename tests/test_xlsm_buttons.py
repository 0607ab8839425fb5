"""The buttons of the edition for Excel on Windows: where they stand, and which macro they are bound to."""

import re
import zipfile

import openpyxl
import pytest
from extracted_vba import extracted
from libreoffice import convert
from lxml import etree
from openpyxl.worksheet.cell_range import CellRange

from xlsmkt.build import ROOT

XLSM = ROOT / "workbook" / "xlsmkt.xlsm"
SHEETS = ["Start", "Dashboard", "Leads"]


@pytest.fixture(scope="module")
def book():
    return openpyxl.load_workbook(XLSM)


@pytest.fixture(scope="module")
def buttons(book):
    """Each button's settings in the file, by its sheet."""
    found = []
    with zipfile.ZipFile(XLSM) as file:
        for number, sheet in enumerate(book.sheetnames, 1):
            relations = f"xl/worksheets/_rels/sheet{number}.xml.rels"
            if relations in file.namelist():
                for drawing in re.findall(r"vmlDrawing\d+\.vml", file.read(relations).decode()):
                    assert "<legacyDrawing " in file.read(f"xl/worksheets/sheet{number}.xml").decode()
                    shapes = etree.fromstring(file.read(f"xl/drawings/{drawing}")).iterfind(".//{*}ClientData")
                    found += [(sheet, {etree.QName(part).localname: part.text for part in shape}) for shape in shapes]
    return found


def test_three_sheets_have_one(buttons):
    assert [sheet for sheet, _ in buttons] == SHEETS


def test_its_macro_is_one_that_excel_can_call(buttons):
    assert {settings["FmlaMacro"] for _, settings in buttons} == {"[0]!RefreshCRM"}
    public = {
        module
        for module, source in extracted(XLSM).items()
        if re.search(r"^(Public )?Sub RefreshCRM\(\)", source, re.M) and "Option Private Module" not in source
    }
    assert public == {"xlsmkt.bas"}


def test_it_stands_on_free_cells_and_is_not_printed(buttons, book):
    for sheet, settings in buttons:
        assert settings["PrintObject"] == "False"
        left, _, top, _, right, _, bottom, _ = (int(number) for number in settings["Anchor"].split(","))
        covered = book[sheet].iter_rows(top + 1, bottom + 1, left + 1, right + 1)
        held = [cell.coordinate for row in covered for cell in row if cell.value is not None]
        # at the right end of the cell whose sentence it belongs to, and beside the words of a heading
        assert held == {"Start": ["D8"], "Leads": ["A1"]}.get(sheet, [])
        under = CellRange(min_col=left + 1, min_row=top + 1, max_col=right + 1, max_row=bottom + 1)
        assert [area for area in book[sheet].merged_cells.ranges if not area.isdisjoint(under)] == []


def test_on_leads_it_is_always_in_view_and_hides_nothing(buttons, book):
    [place] = [[int(number) for number in s["Anchor"].split(",")] for sheet, s in buttons if sheet == "Leads"]
    left_column, left, top_row, _, right_column, right, bottom_row, _ = place
    assert (left_column, right_column, top_row, bottom_row) == (0, 0, 0, 0), "in the cell that never scrolls"
    assert book["Leads"].freeze_panes == "B2"
    width = book["Leads"].column_dimensions["A"].width * 7 + 5  # pixels, as Excel shows the usual font
    assert left > len("Lead ID") * 7 and right < width - 18, "between the words and the arrow of the filter"


@pytest.fixture(scope="module")
def opened(soffice, tmp_path_factory):
    """The workbook as LibreOffice has opened it."""
    saved = convert(soffice, XLSM, tmp_path_factory.mktemp("opened"), "fods", recalculate=False)
    return etree.parse(str(saved), etree.XMLParser(huge_tree=True))


def attribute(element, name):
    return next((value for key, value in element.attrib.items() if etree.QName(key).localname == name), None)


def test_libreoffice_binds_the_buttons_to_the_macro(opened):
    shown = {}
    for table in opened.iterfind(".//{*}spreadsheet/{*}table"):
        made = {attribute(button, "id"): button for button in table.iterfind("{*}forms//{*}button")}
        drawn = [made[attribute(control, "control")] for control in table.iterfind("{*}shapes/{*}control")]
        if drawn:
            shown[attribute(table, "name")] = [
                (attribute(button, "label"), attribute(listener, "href"))
                for button in drawn
                for listener in button.iterfind(".//{*}event-listener")
            ]
    macro = "vnd.sun.star.script:VBAProject.xlsmkt.RefreshCRM?language=Basic&location=document"
    assert shown == {sheet: [("Refresh", macro)] for sheet in SHEETS}


def test_libreoffice_lists_every_module(opened):
    [library] = [found for found in opened.iter("{*}library-embedded") if attribute(found, "name") == "VBAProject"]
    modules = {attribute(module, "name"): "".join(module.itertext()) for module in library.iter("{*}module")}
    sources = {name.rpartition(".")[0]: source for name, source in extracted(XLSM).items()}
    assert set(modules) == set(sources)
    for name, source in sources.items():
        procedures = re.findall(r"^(?:Public |Private )?(?:Sub|Function) \w+", source, re.M)
        assert [line for line in procedures if line not in modules[name]] == []
