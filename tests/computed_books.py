"""Small workbooks for tests of computing, and what their cells show afterwards."""

import xlsxwriter

from xlsmkt.hosts.headless import compute
from xlsmkt.package import Edit


class Shown:
    """A computed and saved workbook: ``shown("A1:B2", "Sheet")`` are its cells, ``kept`` what was not computed."""

    def __init__(self, book, came_to):
        self.book, self.kept, self.cells = book, came_to.kept, came_to.cells

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
