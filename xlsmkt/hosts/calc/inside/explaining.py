"""Explain error from Calc's menu: why a cell shows an error, and where that error comes from."""

import re
from typing import Any, Dict, List, Tuple

from xlsmkt.catalogue import CATALOGUE
from xlsmkt.hosts.calc.inside.jobs import job
from xlsmkt.hosts.calc.inside.linking import plain
from xlsmkt.hosts.calc.inside.reads import ranges_read
from xlsmkt.hosts.calc.inside.unseen import unseen
from xlsmkt.hosts.calc.inside.values import reasons

_ERRORS = 4  # com.sun.star.sheet.FormulaResult.ERROR
_FORMULA = "FORMULA"
_MOST_STEPS = 100  # from a cell to the cell that its error comes from
_MOST_REASONS = 3
_ARGUMENTS = 504
_CALLED = re.compile(r"\b[A-Z_]+(?=\()")
_HANDED_ON = "mend that cell first"  # what a function says of an error that an argument brought along

CODES = {
    501: "the formula holds a character that does not belong there",
    502: "an argument of a function is not one that it takes",
    503: "a number is outside of what the function takes",
    504: "a function was given too few arguments, too many, or not the kind that it takes",
    507: "a bracket is missing",
    508: "a bracket is missing",
    509: "an operator is missing, such as + between two values",
    510: "a value is missing beside an operator",
    511: "a value is missing beside an operator",
    512: "the formula is too long",
    513: "a text is too long",
    516: "the formula is incomplete",
    517: "the formula is incomplete",
    518: "the formula is incomplete",
    519: "a value is of the wrong kind, such as a text where a number is expected",
    521: "the formula stands for no cells",
    522: "the formula depends on its own result",
    523: "the calculation found no end",
    524: "the formula names cells, a sheet or a file that are not there any more",
    525: "the formula names something that is not known; if it is a function of xlsmkt, click xlsmkt, Recalculate",
    526: "the formula is incomplete",
    527: "the formulas depend on each other in too many steps",
    532: "a number is divided by zero",
    533: "an array stands inside of another one",
    540: "the document may not get at what is outside of it",
    32767: "no value was found, or there is none yet",
}
"""What Calc's errors mean."""


def explain(document: Any) -> str:
    """Why the selected cell shows an error. The document stays as it is."""
    cell = _selected(document)
    return "Select a cell that shows an error first." if cell is None else explain_cell(document, cell)


def explain_cell(document: Any, cell: Any) -> str:
    """Why a cell shows an error. The document stays as it is."""
    if not _shows_error(cell):
        return f"{_name(cell)} shows no error."
    source, told = cell, _told(document, cell)
    if not told:
        source = _source(document, cell)
        if source is not cell:
            told = _told(document, source)
    why = "; ".join(told) or _meaning(source)
    said = f"{_name(source)} shows {source.getString()}: {why}."
    return said if source is cell else f"{_name(cell)} has its error from another cell.\n\n{said}"


def _selected(document: Any) -> Any:
    """The first selected cell; None if something else than cells is selected."""
    selection = document.getCurrentSelection()
    if selection is None:
        return None
    if selection.supportsService("com.sun.star.sheet.SheetCellRanges"):
        selection = selection.getByIndex(0)
    if not selection.supportsService("com.sun.star.sheet.SheetCellRange"):
        return None
    return selection.getCellByPosition(0, 0)


def _shows_error(cell: Any) -> bool:
    return bool(cell.getType().value == _FORMULA and cell.getError() != 0)


def _source(document: Any, cell: Any) -> Any:
    """The cell that an error comes from: following the cells that a formula reads, as long as one shows an error."""
    seen = {_place(cell)}
    for _ in range(_MOST_STEPS):
        before = [other for other in _errors_read(document, cell) if _place(other) not in seen]
        if not before:
            break
        # an error that is handed on stays the same one, but for the errors of whole ranges
        cell = next((other for other in before if other.getError() == cell.getError()), before[0])
        seen.add(_place(cell))
    return cell


def _errors_read(document: Any, cell: Any) -> List[Any]:
    """The first cells with an error of each range that a cell's formula reads."""
    found = []
    for cells in ranges_read(document, cell.getSpreadsheet(), cell.getFormula()):
        for area in cells.queryFormulaCells(_ERRORS).getRangeAddresses():
            sheet = document.Sheets.getByIndex(area.Sheet)
            found.append(sheet.getCellByPosition(area.StartColumn, area.StartRow))
    return found


def _meaning(cell: Any) -> str:
    """What an error means of which none of our functions said anything."""
    called = _called(cell)
    if cell.getError() == _ARGUMENTS and called:
        return f"{called[0]} was given too few arguments, too many, or a range with an error in it; mend that"
    return CODES.get(cell.getError(), "the formula has no value")


def _called(cell: Any) -> List[str]:
    """The functions of ours that a cell's formula calls."""
    return [name for name in _CALLED.findall(plain(cell.getFormula())) if name in CATALOGUE]


def _told(document: Any, cell: Any) -> List[str]:
    """What our functions say of errors of their own when a cell's formula is computed again."""
    if not _called(cell):
        return []  # a formula that is none of ours is not touched
    with unseen(document):
        reasons.clear()
        _set_again(cell)
        cell.getError()  # computes it
        told = [reason for reason in dict.fromkeys(reasons) if not reason.endswith(_HANDED_ON)]
    return [reason.rstrip(".") for reason in told[:_MOST_REASONS]]


def _set_again(cell: Any) -> None:
    formula = cell.getFormula()
    if formula.startswith("{"):
        whole = cell.getSpreadsheet().createCursorByRange(cell)
        whole.collapseToCurrentArray()
        whole.setArrayFormula(plain(formula[1:-1]))
    else:
        cell.setFormula(plain(formula))


def _place(cell: Any) -> Tuple[int, int, int]:
    address = cell.getCellAddress()
    return address.Sheet, address.Column, address.Row


def _name(cell: Any) -> str:
    """The cell as a user writes it: B4, or 'Sales SLA'.B4 on another sheet."""
    return str(cell.AbsoluteName).replace("$", "")


@job
def explained(context: Any, cells: Dict[str, Any], cell: str) -> Dict[str, Any]:
    """What is said of a cell of a new document, and whether the document is as it was.

    Parameters
    ----------
    cells
        What the sheets hold: address, of the first sheet or with the name of another one in front, or a defined name
        -> a formula, an array formula between braces, or a text.
    """
    from xlsmkt.hosts.calc.inside.documents import new_document
    from xlsmkt.hosts.calc.inside.spelling import in_calc

    with new_document(context) as document:
        sheet = document.Sheets.getByIndex(0)
        for address, value in cells.items():
            name, _, area = address.rpartition("!")
            if name and not document.Sheets.hasByName(name):
                document.Sheets.insertNewByName(name, 1)
            if not any(letter.isdigit() for letter in area):
                document.NamedRanges.addNewByName(
                    area, in_calc(value)[1:], sheet.getCellByPosition(0, 0).CellAddress, 0
                )
                continue
            place = (document.Sheets.getByName(name) if name else sheet).getCellRangeByName(area)
            if value.startswith("{"):
                place.setArrayFormula(in_calc(value[1:-1]))
            else:
                place.setFormula(in_calc(value) if value.startswith("=") else value)
        document.setModified(False)
        used = sheet.getCellRangeByName("A1:J20")
        before = used.getFormulaArray(), document.getUndoManager().getAllUndoActionTitles()
        said = explain_cell(document, sheet.getCellRangeByName(cell).getCellByPosition(0, 0))
        after = used.getFormulaArray(), document.getUndoManager().getAllUndoActionTitles()
        return {"said": said, "unchanged": before == after and not document.isModified()}
