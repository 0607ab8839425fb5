"""The hosts that this machine has: each types formulas somewhere and says which cells they fill."""

import openpyxl
import xlsxwriter
from fake_windows import MISSING, on_windows
from web_calls import shown

from xlsmkt.errors import CellError, Propagated, error_in_cell
from xlsmkt.hosts.engine.formula import parse, signed_number
from xlsmkt.hosts.headless import compute, evaluate
from xlsmkt.hosts.windows.signs import CODES, MARK
from xlsmkt.package import Edit

ROOM = 100  # rows kept free for one result


class OneFormula:
    """`xlsmkt eval`: a formula without a workbook."""

    name = "eval"
    stores_blanks_as_text = False
    needs = ()

    def show(self, formulas, folder):
        return [evaluate([formula])[0].rows for formula in formulas]


class WorkbookCell:
    """A cell of a workbook that is computed, saved and read back by another library."""

    name = "workbook"
    stores_blanks_as_text = True  # a file cannot tell a blank result from an empty text
    needs = ()

    def show(self, formulas, folder):
        path = folder / "golden.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("Formulas")
            for number, formula in enumerate(formulas):
                sheet.write_dynamic_array_formula(number * ROOM, 1, number * ROOM, 1, formula)
        edit = Edit.open(path)
        assert compute(edit).kept == []
        edit.save(path)
        saved = openpyxl.load_workbook(path, data_only=True)["Formulas"]
        rows = list(saved.iter_rows(min_col=2, max_row=ROOM * len(formulas), values_only=True))
        return [self._filled(rows[start : start + ROOM]) for start in range(0, len(rows), ROOM)]

    @staticmethod
    def _filled(rows):
        """The cells up to the last row and column that hold something."""
        height = max((number for number, row in enumerate(rows, 1) if any(cell is not None for cell in row)), default=1)
        width = max((number for row in rows for number, cell in enumerate(row, 1) if cell is not None), default=1)
        return [[error_in_cell(cell) or cell for cell in row[:width]] for row in rows[:height]]


class CalcCell:
    """A cell of LibreOffice Calc, with our add-in, that a formula is typed into."""

    name = "calc"
    stores_blanks_as_text = True  # what a table leaves blank is an empty text there
    needs = ("office",)

    def show(self, formulas, folder, office):
        answers = office.run("evaluate", formulas=formulas)
        return [[[calc_value(cell) for cell in row] for row in rows] for rows in answers]


def calc_value(cell):
    """What an office tells of a cell, with errors as errors."""
    return Propagated(cell["error"]) if isinstance(cell, dict) else cell


class ExcelCall:
    """Excel on Windows, where xlwings' COM server is handed the arguments as Excel hands them over."""

    name = "excel"
    stores_blanks_as_text = True  # an Empty would show 0, so a blank is an empty text
    needs = ()

    def show(self, formulas, folder):
        with on_windows() as excel:
            return [cells_of(answer(excel, parse(formula.removeprefix("=")))) for formula in formulas]


def answer(excel, node):
    """What CallUDF gives back for a call of a function of ours."""
    return excel.call(node.name, *(over_com(excel, child) for child in node.children))


def over_com(excel, node):
    """An argument in a formula as Excel hands it to VBA, and VBA to Python."""
    if node.kind == "call":
        return as_excel_holds(answer(excel, node))
    if node.kind == "omitted":
        return MISSING
    if node.kind == "array":
        rows = tuple(tuple(map(as_excel_holds, row)) for row in node.value)
        return rows if len(rows) > 1 else rows[0]  # a row comes without a second dimension
    return as_excel_holds(node.value if node.kind != "operation" else signed_number(node))


def as_excel_holds(value):
    """A value on its way from VBA through Excel to VBA: our texts of errors have become error values."""
    if isinstance(value, (list, tuple)):
        return tuple(map(as_excel_holds, value))
    if isinstance(value, str) and MARK in value:
        value = Propagated(value.partition(MARK)[0])
    return CODES[value.sign] - 2146828288 if isinstance(value, CellError) else value


def cells_of(result):
    """The cells that a result of CallUDF fills; its texts of errors as errors, its empty texts as blanks."""
    rows = result if isinstance(result, (list, tuple)) else [[result]]
    rows = rows if isinstance(rows[0], (list, tuple)) else [rows]
    return [[_cell(value) for value in row] for row in rows]


def _cell(value):
    if isinstance(value, str) and MARK in value:
        return Propagated(value.partition(MARK)[0])
    return None if value == "" else value


class LiteCall:
    """xlwings Lite: the functions of the built workbook in Pyodide, handed the arguments as Excel on the web does."""

    name = "lite"
    stores_blanks_as_text = True  # an empty text is how Office.js takes a blank
    needs = ("lite",)

    def show(self, formulas, folder, lite):
        return [shown(formula, lite.call) for formula in formulas]


class ServerCall:
    """xlwings Server, as `xlsmkt server` runs it: called over HTTP as Excel's client calls it."""

    name = "server"
    stores_blanks_as_text = True  # an empty text is how Office.js takes a blank
    needs = ("server",)

    def show(self, formulas, folder, server):
        return [shown(formula, server.call) for formula in formulas]


HOSTS = [OneFormula(), WorkbookCell(), ExcelCall(), CalcCell(), LiteCall(), ServerCall()]
