"""Computes a workbook file with LibreOffice: the values of its formulas, and its pages as PDF."""

import os
from typing import Any, Dict, List, Optional, Sequence

import uno
from com.sun.star.io import IOException

from xlsmkt.errors import UserError
from xlsmkt.hosts.calc.inside.documents import opened, properties, values_of
from xlsmkt.hosts.calc.inside.jobs import job

_FORMULA = 16  # com.sun.star.sheet.CellFlags
_NAMES_TOLD = 20
_LOGICAL = 1024  # com.sun.star.util.NumberFormat


@job
def compute(context: Any, path: str, pdf: Optional[str] = None, sheet: Optional[str] = None,
            without: Sequence[str] = (), values: bool = True) -> Dict[str, Any]:  # fmt: skip
    """Compute every formula of a workbook; the file stays as it is.

    Parameters
    ----------
    path, pdf
        The workbook, and where to print it to, both from the root of the drive.
    sheet, without
        Print this sheet only; or all that can be seen but these.
    values
        Whether to tell what the formulas show.

    Returns
    -------
    ``sheets``: name -> ``[row, column, value]`` of each cell with a formula, those of array formulas too, rows and
    columns counted from 1. A value is a number (also a date), a text, ``{"error": "#NUM!"}`` or a truth value; of array
    formulas, and in cells with a number format, Calc tells truth values as 1 and 0.
    ``relinked``: how many formulas had to be set again to find our functions.
    """
    from xlsmkt.hosts.calc.inside.linking import relink

    with opened(context, path) as document:
        relinked = relink(document)
        document.calculateAll()
        formats = document.NumberFormats
        sheets = {one.Name: _formula_values(one, formats) for one in document.Sheets} if values else {}
        if pdf:
            _print(document, pdf, sheet, without)
        return {"sheets": sheets, "relinked": relinked}


def _formula_values(sheet: Any, formats: Any) -> List[List[Any]]:
    found = []
    for address in sheet.queryContentCells(_FORMULA).getRangeAddresses():
        top, left = address.StartRow, address.StartColumn
        cells = sheet.getCellRangeByPosition(left, top, address.EndColumn, address.EndRow)
        for y, row in enumerate(values_of(cells)):
            for x, value in enumerate(row):
                if value in (0.0, 1.0) and _is_truth(cells.getCellByPosition(x, y), formats):
                    value = bool(value)
                found.append([top + y + 1, left + x + 1, value])
    return found


def _is_truth(cell: Any, formats: Any) -> bool:
    """Whether a 1 or 0 is a truth value: of a cell without a format of its own Calc says what the formula gives."""
    kind: int = formats.getByKey(cell.NumberFormat).Type
    return kind == _LOGICAL


def _print(document: Any, pdf: str, only: Optional[str], without: Sequence[str]) -> None:
    if not os.path.isdir(os.path.dirname(os.path.abspath(pdf))):  # LibreOffice would make it
        raise UserError(f"There is no folder for {pdf}: check the name and the folder.")
    shown = [one.Name for one in document.Sheets if one.IsVisible and one.Name not in without]
    if only is not None:
        if not document.Sheets.hasByName(only):
            raise UserError(f"There is no sheet {only}: name one of {_some(document.Sheets.ElementNames)}.")
        shown = [only]
    if shown:
        document.unprotect("")
        document.Sheets.getByName(shown[0]).IsVisible = True
        for one in document.Sheets:
            one.IsVisible = one.Name in shown
        if [one.Name for one in document.Sheets if one.IsVisible] != shown:
            raise UserError(f"The sheets cannot be hidden to print {_some(shown)} alone: unprotect the workbook.")
    for one in document.Sheets:
        if not one.IsVisible:  # LibreOffice prints the print areas of hidden sheets as well
            one.setPrintAreas(())
    try:
        document.storeToURL(uno.systemPathToFileUrl(pdf), properties(FilterName="calc_pdf_Export"))
    except IOException:
        raise UserError(f"{pdf} cannot be written: close it elsewhere, or give another name.") from None


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMES_TOLD]) + (", ..." if len(names) > _NAMES_TOLD else "")
