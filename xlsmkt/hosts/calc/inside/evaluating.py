"""Types formulas into an empty spreadsheet and tells what the cells show."""

from typing import Any, Dict, List, Optional

from xlsmkt.errors import UserError
from xlsmkt.hosts.calc.inside.documents import new_document, values_of
from xlsmkt.hosts.calc.inside.jobs import job
from xlsmkt.hosts.calc.inside.spelling import in_calc

Rows = List[List[Any]]

# Results stand far from the cells that formulas refer to.
_LEFT, _TOP = 500, 10_000


@job
def evaluate(context: Any, formulas: List[str], rows: int = 1000, columns: int = 100, plain: bool = False,
             cells: Optional[Dict[str, Any]] = None, names: Optional[Dict[str, Any]] = None) -> List[Rows]:  # fmt: skip
    """The cells that each formula fills, as rows of numbers, texts, None for an empty cell and ``{"error": "#NUM!"}``.

    Parameters
    ----------
    formulas
        In Excel's English spelling: ``=LEADS_NEEDED({20;30}, 5%)``.
    rows, columns
        What a result may fill.
    plain
        Type them as plain formulas into one cell each, not as array formulas of the size of their result.
    cells
        What the sheet holds: address -> number, text, truth value or, with "=" in front, a formula.
    names
        Defined names -> number, or what they refer to: ``=$A$1:$B$3``.
    """
    with new_document(context) as document:
        sheet = document.Sheets.getByIndex(0)
        for address, value in (cells or {}).items():
            _set(sheet.getCellRangeByName(address).getCellByPosition(0, 0), value)
        for name, value in (names or {}).items():
            content = in_calc(value) if isinstance(value, str) else repr(value)
            document.NamedRanges.addNewByName(name, content.lstrip("="), sheet.getCellByPosition(0, 0).CellAddress, 0)
        return [_evaluated(sheet, in_calc(formula), rows, columns, plain) for formula in formulas]


def _set(cell: Any, value: Any) -> None:
    if isinstance(value, bool):
        cell.setFormula("=TRUE()" if value else "=FALSE()")
    elif isinstance(value, (int, float)):
        cell.setValue(value)
    elif isinstance(value, str) and value.startswith("="):
        cell.setFormula(in_calc(value))
    elif value is not None:
        cell.setString(value)


def _evaluated(sheet: Any, formula: str, rows: int, columns: int, plain: bool) -> Rows:
    height = width = 1
    if not plain:
        # Around a smaller result Calc puts #N/A, and a single row or column it repeats: the size must be known before.
        height = _number(sheet, "=ROWS(%s)" % formula[1:])
        width = _number(sheet, "=COLUMNS(%s)" % formula[1:])
    if height > rows or width > columns:
        raise UserError(f"{formula} fills {height} rows and {width} columns: allow for them.")
    room = sheet.getCellRangeByPosition(_LEFT, _TOP, _LEFT + width - 1, _TOP + height - 1)
    if plain:
        room.getCellByPosition(0, 0).setFormula(formula)
    else:
        room.setArrayFormula(formula)
    found = [[None if value == "" else value for value in row] for row in values_of(room)]
    _clear(room)
    return found


def _number(sheet: Any, formula: str) -> int:
    """How many rows or columns a result has; 1 if it is a single value, whose rows Calc does not count."""
    cell = sheet.getCellRangeByPosition(_LEFT, _TOP, _LEFT, _TOP)
    cell.setArrayFormula(formula)
    one = cell.getCellByPosition(0, 0)
    number = 1 if one.getError() else int(one.getValue())
    _clear(cell)
    return number


def _clear(cells: Any) -> None:
    everything = 1023
    cells.clearContents(everything)
