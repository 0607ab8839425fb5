"""The hosts that this machine has: each types formulas somewhere and says which cells they fill."""

import openpyxl
import xlsxwriter

from xlsmkt.errors import error_in_cell
from xlsmkt.hosts.headless import compute, evaluate
from xlsmkt.package import Edit

ROOM = 100  # rows kept free for one result


class OneFormula:
    """`xlsmkt eval`: a formula without a workbook."""

    name = "eval"
    stores_blanks_as_text = False

    def show(self, formulas, folder):
        return [evaluate([formula])[0].rows for formula in formulas]


class WorkbookCell:
    """A cell of a workbook that is computed, saved and read back by another library."""

    name = "workbook"
    stores_blanks_as_text = True  # a file cannot tell a blank result from an empty text

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


HOSTS = [OneFormula(), WorkbookCell()]
