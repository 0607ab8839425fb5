"""The cells of an .xlsx workbook, read with openpyxl, as the full import's reader gives them."""

import datetime as dt
from pathlib import Path
from typing import Any

from xlsmkt.crm.formats import is_protected, refusal_of_workbook
from xlsmkt.crm.paths import identity, name_of, shown
from xlsmkt.crm.reasons import empty_sheets, protected, sheets_left_out
from xlsmkt.crm.sheet_errors import error_cells
from xlsmkt.crm.sniffing import heading_row_of
from xlsmkt.errors import UserError


def cells_of_workbook(path: Path) -> tuple[list[list[Any]], str]:
    """The rows of the first sheet that shows and is not empty, all equally long, with None for a blank cell; and a
    remark on the other sheets.

    Raises
    ------
    UserError
        The file is missing or no workbook, or nothing stands in it.
    """
    from openpyxl import load_workbook  # type: ignore[import-untyped]

    identity(path)
    try:
        with path.open("rb") as file:  # openpyxl refuses a path by its ending
            book = load_workbook(file, read_only=True, data_only=True)
            sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"] or book.worksheets
            name, rows = next(((sheet.title, rows) for sheet in sheets if (rows := _rows(sheet))), ("", []))
            others = [sheet.title for sheet in sheets if sheet.title != name and _is_filled(sheet)]
            names = [sheet.title for sheet in sheets]
    except Exception as error:  # openpyxl raises whatever a damaged file leads to
        if is_protected(path):
            raise UserError(protected(name_of(path))) from None
        raise refusal_of_workbook(path, shown(error)) from None
    if not name:
        raise UserError(empty_sheets(name_of(path), names[0]))
    for (row, column), found in error_cells(path, name).items():
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = found if found.sign != "#N/A" else None
    return rows, sheets_left_out(name, others)


def _rows(sheet: Any) -> list[list[Any]]:
    """The rows of a sheet; none of a sheet that holds no table."""
    sheet.reset_dimensions()  # what a file says of them need not be true
    rows = [[as_cell(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    width = max((place for row in rows for place, cell in enumerate(row, 1) if cell is not None), default=0)
    rows = [[*row[:width], *[None] * (width - len(row))] for row in rows]
    return rows if heading_row_of(rows) is not None else []


def _is_filled(sheet: Any) -> bool:
    sheet.reset_dimensions()
    return any(cell is not None for row in sheet.iter_rows(values_only=True) for cell in row)


def as_cell(cell: Any) -> Any:
    """A value as the full import has it: numbers as floats, days without an hour as dates, None for a blank."""
    if isinstance(cell, int) and not isinstance(cell, bool):
        return float(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date()
    return None if cell == "" else cell
