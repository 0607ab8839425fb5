"""Small workbooks for tests of computing, and what their cells show afterwards."""

from unittest.mock import patch

import xlsxwriter

from xlsmkt.hosts.engine.places import Spot
from xlsmkt.hosts.headless import compute
from xlsmkt.package import Cell, Edit, TableInfo
from xlsmkt.package.references import column_letters
from xlsmkt.template.building import build
from xlsmkt.template.page import Page


class Shown:
    """A computed and saved workbook: ``shown("A1:B2", "Sheet")`` are its cells, ``kept`` what was not computed."""

    def __init__(self, book, came_to):
        self.book, self.kept, self.cells, self.errors = book, came_to.kept, came_to.cells, came_to.errors

    def __call__(self, area, sheet="Model"):
        rows = [[None if v == "" else v for v in row] for row in self.book.range(sheet, area)]
        return rows[0][0] if len(rows) == len(rows[0]) == 1 else rows


def spill(sheet, place, formula, value=0):
    sheet.write_dynamic_array_formula(f"{place}:{place}", formula, None, value)


def inputs(book, sheet_name="Inputs"):
    sheet = book.add_worksheet(sheet_name)
    sheet.write_column("B1", [20, 0.05])
    book.define_name("Customers_Goal", f"='{sheet_name}'!$B$1")
    book.define_name("Agreed_Close_Rate", f"='{sheet_name}'!$B$2")
    return sheet


def leads(book, name="Daily"):
    """A table: three sources, leads and customers."""
    sheet = book.add_worksheet("The data")
    sheet.write_row("A1", ["Source", "Leads", "Cust's"])
    rows = [("Web", 100, 5), ("Fair", 40, 4), ("web", 60, 3)]
    for number, row in enumerate(rows, 1):
        sheet.write_row(number, 0, row)
    sheet.add_table(0, 0, 3, 2, {"name": name, "columns": [{"header": h} for h in ("Source", "Leads", "Cust's")]})
    return sheet


def computed(path, fill, **options):
    """Compute the workbook that ``fill(book, sheet)`` fills, and save it."""
    with xlsxwriter.Workbook(path, {"use_future_functions": True, **options}) as book:
        fill(book, book.add_worksheet("Model"))
    edit = Edit.open(path)
    came_to = compute(edit)
    edit.save(path)
    return Shown(Edit.open(path), came_to)


class BookOfOneTable:
    """A workbook in memory: a table T of columns A, B, C, cells beside it, and formulas on a sheet of their own."""

    sheet_names = ("Data", "Model")
    names = ()
    date1904 = False

    def __init__(self, rows, formulas, beside=()):
        self._rows, self._formulas, self._beside = rows, formulas, dict(beside)
        self.spots = [Spot("Model", 30, 7 + 3 * number) for number in range(1, len(formulas) + 1)]
        last = len(rows) + 1
        self.tables = {"t": TableInfo("T", "Data", 2, last, 1, ("A", "B", "C"), True, 0, f"A1:C{last}")}

    def cells(self, sheet, bodies=True):
        if sheet == "Data":
            return [Cell(1, column, heading) for column, heading in enumerate("ABC", 1)]
        beside = [Cell(row, column, value) for (row, column), value in self._beside.items()]
        return beside + [
            Cell(
                *spot[1:],
                None,
                formula,
                None if mode == "plain" else f"{column_letters(spot.column)}30",
                mode == "dynamic",
            )
            for spot, (formula, mode) in zip(self.spots, self._formulas, strict=True)
        ]

    def columns(self, table, columns=None):
        return {heading: [row["ABC".index(heading)] for row in self._rows] for heading in columns or "ABC"}


def template_with(path, sheet_name, typed):
    """Build the template with values typed over formulas of a sheet: ``{"C6": a date}``."""
    formula = Page.formula

    def typed_over(page, cell, content, kind="number", **more):
        if page.sheet.get_name() == sheet_name and cell in typed:
            page.value(cell, typed[cell], kind)
        else:
            formula(page, cell, content, kind, **more)

    with patch.object(Page, "formula", typed_over):
        build(path)
