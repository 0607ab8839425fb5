"""Computes workbooks and single formulas alone, without a spreadsheet program."""

import datetime as dt
import difflib
import gc
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from xlsmkt.catalogue import CATALOGUE, Entry
from xlsmkt.errors import CellError, Propagated
from xlsmkt.hosts.engine.calculation import SPILLED, Calculation
from xlsmkt.hosts.engine.calls import Call, errors_of, our_function, outermost
from xlsmkt.hosts.engine.cellrune_engine import CellruneEngine
from xlsmkt.hosts.engine.formula import FormulaError, Node, parse, with_brackets
from xlsmkt.hosts.engine.interface import Unavailable
from xlsmkt.hosts.engine.natives import bare_name
from xlsmkt.hosts.engine.places import Spot
from xlsmkt.hosts.engine.sheets import Sheets
from xlsmkt.package import Cell, Edit, Name, SpillBlocked, TableInfo
from xlsmkt.package.references import column_letters
from xlsmkt.units import Date

__all__ = ["Computed", "Evaluated", "FormulaError", "compute", "evaluate"]

_WORDS = {
    "#DIV/0!": "a division by zero",
    "#VALUE!": "a value of the wrong kind, such as a text where a number is expected",
    "#NUM!": "a number outside the limits of a function",
    "#N/A": "no value was found",
    "#NAME?": "a name that is not known",
    "#REF!": "a reference to cells that do not exist",
    "#NULL!": "cells that two ranges do not have in common",
}


@dataclass(frozen=True)
class Evaluated:
    """What a formula came to.

    Attributes
    ----------
    formula
        As it was given.
    rows
        The cells that it fills: numbers, texts, truth values, None for blank, a CellError for an error.
    message
        What to mend, when the first cell is an error; else empty.
    dates
        Whether the numbers are days, as the formula is one call of a function of ours that gives days.
    """

    formula: str
    rows: list[list[object]]
    message: str
    dates: bool = False


def evaluate(formulas: list[str]) -> list[Evaluated]:
    """Compute formulas, each as if it stood alone in an empty workbook. The leading "=" may be left out.

    Raises FormulaError (one sentence that names the position) for a formula that cannot be read.
    """
    return [_evaluated(formula) for formula in formulas]


def _evaluated(formula: str) -> Evaluated:
    text = with_brackets(formula.strip().removeprefix("="))
    if not text.strip():
        raise FormulaError("There is no formula; give one such as =LEADS_NEEDED(20, 5%).")
    root = parse(text)
    for name in _unknown_functions(root):
        return Evaluated(formula, [[Propagated("#NAME?")]], _no_function(name))
    calculation = Calculation(_OneFormula(text), CellruneEngine)
    calculation.run(dt.datetime.now())
    [(cell, rows)] = calculation.outcome()
    if isinstance(rows, Unavailable):
        return Evaluated(formula, [[Propagated(rows.sign)]], rows.why)
    if cell.direct and cell.direct.rows:
        rows = cell.direct.rows
    first = rows[0][0]
    message = _message(first, calculation) if isinstance(first, CellError) else ""
    entry = outermost(text)
    return Evaluated(formula, rows, message, entry is not None and entry.unit is Date)


def _unknown_functions(root: Node) -> Iterable[str]:
    known = CellruneEngine().functions()
    local = {part.name.upper() for part in root.walk() if part.kind == "call"} - known
    for part in root.walk():
        if part.kind == "call" and bare_name(part.name) in local and not our_function(part.name):
            yield part.name


def _no_function(name: str) -> str:
    near = difflib.get_close_matches(name.upper(), CATALOGUE, 1, 0.6)
    return f"{name} is no function that is known here" + (f"; did you mean {near[0]}?" if near else "")


def _message(error: CellError, calculation: Calculation) -> str:
    """What to mend: in the words of the function where the error arose, if it is one of ours."""
    same = [e for e in errors_of(calculation.calls) if e.sign == error.sign]
    told = next((e for e in same if not isinstance(e, Propagated)), None)
    return str(told) if told else _WORDS.get(error.sign, "the formula has no value")


class _OneFormula:
    """An empty workbook with one formula."""

    sheet_names = ["Sheet1"]  # noqa: RUF012
    tables: dict[str, TableInfo] = {}  # noqa: RUF012
    names: list[Name] = []  # noqa: RUF012
    date1904 = False

    def __init__(self, formula: str) -> None:
        self._cell = Cell(1, 702, None, formula, "ZZ1", True)  # out of the way of A1

    def cells(self, sheet: str, bodies: bool = True) -> Iterable[Cell]:
        return [self._cell]

    def columns(self, table: str, columns: Sequence[str] | None = None) -> dict[str, list[object]]:
        return {}


@dataclass(frozen=True)
class Computed:
    """What computing a workbook came to.

    Attributes
    ----------
    cells
        How many formulas were computed.
    kept
        "Sheet!A1: why" of each formula that could not be, and that keeps the value it had.
    errors
        "Sheet!A1: LEADS_NEEDED: close_rate is 5; give 0% to 100%" of each cell that shows an error because a function
        of ours did not accept its arguments; cells that only hand an error on are not among them.
    """

    cells: int
    kept: list[str]
    errors: list[str] = field(default_factory=list)


def compute(edit: Edit, progress: Callable[[float, str], None] | None = None) -> Computed:
    """Compute every formula of a workbook and set the results in ``edit``; nothing is saved.

    Native formulas are computed by an engine, ours by Python. A formula that cannot be computed (an unknown function,
    another workbook, a circular reference, random numbers) keeps its old value, and so does all that depends on it.

    Parameters
    ----------
    progress
        Told how far the work is (0 to 1), and what is being done.
    """
    # Hundreds of thousands of cells and formulas would set off the garbage collector again and again, for nothing.
    collects = gc.isenabled()
    gc.disable()
    try:
        return _compute(edit, progress or (lambda part, words: None))
    finally:
        if collects:
            gc.enable()


def _compute(edit: Edit, told: Callable[[float, str], None]) -> Computed:
    told(0.0, "Reading formulas")
    now = dt.datetime.now()
    blocked: set[Spot] = set()
    beyond: set[Spot] = set()
    again = 0
    calculation = Calculation(edit, CellruneEngine)
    while True:
        calculation.run(now, lambda part: told(0.1 + 0.8 * part, "Computing"))
        if calculation.beyond:
            # Values came up that Python does not judge: those formulas go to the engine; the third time, all do.
            again += 1
            beyond |= calculation.beyond if again < 3 else {f.at for f in calculation.sheets.every_formula()}
            gc.collect()
            calculation = Calculation(edit, CellruneEngine, blocked, Sheets(edit, calculation.sheets), beyond)
            continue
        followed, stuck = edit.followed, len(blocked)
        computed = _set_results(edit, calculation, blocked)
        # A result that has no room shows #SPILL! instead, and one that has grown takes the ranges over it along: what
        # depends on them is computed anew.
        if len(blocked) > stuck or edit.followed > followed:
            sheets = Sheets(edit, calculation.sheets)
            if len(blocked) > stuck or not sheets.says_the_same(calculation.sheets):
                calculation = Calculation(edit, CellruneEngine, blocked, sheets, beyond)
                continue
        told(1.0, "Computing")
        return computed


def _set_results(edit: Edit, calculation: Calculation, blocked: set[Spot]) -> Computed:
    cells, kept, errors = 0, list[str](), list[str]()
    calls: dict[Spot, list[Call]] = {}
    for call in calculation.calls:
        calls.setdefault(call.at, []).append(call)
    for formula in calculation.sheets.every_formula():
        if formula.was_fixed:
            edit.let_spill(*formula.at)
    for formula, rows in calculation.outcome():
        sheet, row, column = formula.at
        place = f"{sheet}!{column_letters(column)}{row}"
        if isinstance(rows, Unavailable):
            kept.append(f"{place}: {rows.why}")
            continue
        if formula.mode == "dynamic" and rows == [[SPILLED]]:
            errors.append(f"{place}: the result has no room; clear or move the cells below and beside it")
        elif told := _raised(calls.get(formula.at, ()), rows):
            errors.append(f"{place}: {told}")
        try:
            edit.set_result(sheet, row, column, rows)
        except SpillBlocked:
            blocked.add(formula.at)
        cells += 1
    return Computed(cells, kept, errors)


def _raised(calls: Sequence[Call], rows: list[list[object]]) -> str:
    """What a function of ours said that gave an error which a formula shows; empty if none did."""
    shown = {value.sign for row in rows for value in row if isinstance(value, CellError)} if calls else set()
    for call in calls if shown else ():
        for error in errors_of([call]) if isinstance(call.entry, Entry) else ():
            if error.sign in shown and not isinstance(error, Propagated):
                return str(error)
    return ""
