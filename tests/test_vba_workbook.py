"""The VBA in the built workbook, run in that workbook: its names, its sheets, its project."""

import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from extracted_vba import extracted
from pyopenvba.interpreter import MISSING
from vba_book import SOURCES, Holder, VbaBook, from_vba

from xlsmkt.catalogue import CATALOGUE
from xlsmkt.package.references import column_letters

XLSM = SOURCES.parent / "xlsmkt.xlsm"
THEIRS = ("xlwings.bas", "Dictionary.cls")  # xlwings' own: they call Windows
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
INPUTS = sorted({p.input_name for entry in CATALOGUE.values() for p in entry.parameters if p.input_name})


@pytest.fixture(scope="module")
def book():
    sources = {name: text for name, text in extracted(XLSM).items() if name not in THEIRS}
    return VbaBook.opened(XLSM, sources)


def test_opening_it_tells_the_function_wizard_and_changes_nothing(book):
    book.book.saved = True
    book.run("ThisWorkbook.Workbook_Open")
    assert {name for name, *_ in book.excel.options} == {f"'xlsmkt.xlsm'!{name}" for name in CATALOGUE}
    assert book.book.saved is True and book.messages == []


@pytest.mark.parametrize("name", INPUTS)
def test_each_input_that_a_function_may_leave_out_is_cells_of_the_workbook(book, name):
    entry, position = next(
        (entry, position)
        for entry in CATALOGUE.values()
        for position, parameter in enumerate(entry.parameters)
        if parameter.input_name == name
    )
    arguments = [1.0] * len(entry.parameters)
    arguments[position] = MISSING
    book.call(entry.name, *arguments, cell="Z99", sheet="Start")
    filled = from_vba(book.python.calls[-1].arguments)[position]
    assert isinstance(filled, str) and "!$" in filled, filled
    assert book.volatile == 1


def test_the_buttons_macro_runs_in_it(book):
    book.python.refresh = lambda: book.run("RefreshTold", "Done.", True)
    before = len(book.messages)
    book.run("RefreshCRM")
    assert book.messages[before:] == [("Done.", 64)]


def own_charts():
    """The charts of each sheet, as the ranges of their series: name, categories, values."""
    with zipfile.ZipFile(XLSM) as file:
        names = [
            sheet.get("name") for sheet in ElementTree.fromstring(file.read("xl/workbook.xml")).iter(f"{MAIN}sheet")
        ]
        for number, name in enumerate(names, 1):
            drawings = targets(file, f"xl/worksheets/_rels/sheet{number}.xml.rels", "drawing")
            charts = [chart for path in drawings for chart in targets(file, f"xl/drawings/_rels/{path}.rels", "chart")]
            if charts:
                yield name, [list(ranges(file.read(f"xl/charts/{chart}"))) for chart in charts]


def targets(file, rels, kind):
    """The file names that a part refers to."""
    if rels not in file.namelist():
        return []
    found = [item.get("Target").rpartition("/")[2] for item in ElementTree.fromstring(file.read(rels))]
    return [name for name in found if name.startswith(kind) and name.endswith(".xml")]


def ranges(chart):
    for curve in ElementTree.fromstring(chart).iter(f"{CHART}ser"):
        parts = [curve.find(f"{CHART}{part}") for part in ("tx", "cat", "val")]
        yield ["" if part is None else part.findtext(f".//{CHART}f", "") for part in parts]


def formula(name, categories, values):
    return f"=SERIES({name},{categories},{values},1)"


def test_its_charts_follow_its_tables(book):
    """Each spilled table grows by two rows: every range that covered the rows below its headings grows, no other."""
    charts = dict(own_charts())
    for name, drawn in charts.items():
        book.sheet(name).charts = [Holder([formula(*curve) for curve in chart]) for chart in drawn]
    book.run("LearnCharts")
    grown = {}
    for sheet in book.book.sheets_:
        quoted = f"'{sheet.name}'" if " " in sheet.name else sheet.name
        for spill in sheet.spills.values():
            area = spill.area
            for column in map(column_letters, range(area.left, area.right + 1)):
                start = f"{quoted}!${column}${area.top + 1}:${column}$"
                grown[f"{start}{area.bottom}"] = f"{start}{area.bottom + 2}"
            spill.area = replace(area, bottom=area.bottom + 2)
    book.run("FitCharts")
    expected = {
        name: [
            [formula(curve[0], *(grown.get(part, part) for part in curve[1:])) for curve in chart] for chart in drawn
        ]
        for name, drawn in charts.items()
    }
    shown = {name: [[c.formula for c in holder.curves] for holder in book.sheet(name).charts] for name in charts}
    assert shown == expected
    changed = sum(c.written for name in charts for holder in book.sheet(name).charts for c in holder.curves)
    assert changed >= 20  # most charts of the workbook are over such tables
