"""Blocks of cells of an open workbook, read and written many at a time."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import xlwings as xw

from xlsmkt.cell_texts import as_typed
from xlsmkt.errors import CellError, Propagated
from xlsmkt.hosts.windows.signs import error_of_code
from xlsmkt.keeping import serial

AT_ONCE = 200_000  # cells in one call: a call costs milliseconds, and all cells of a table at once gigabytes
_LONG = 8_000  # longer texts go into their cells one by one: Excel refuses some of them within an array

Column = list[Any]
"""The contents of cells below each other: None, float, bool, str, CellError or Formula."""


class Formula(str):
    """A formula in R1C1 notation, which is the same text in each row of a column."""


def block(sheet: xw.Sheet, row: int, column: int, height: int, width: int) -> xw.Range:
    """The range of so many cells that begins at ``row`` and ``column``."""
    return sheet.range((row, column), (row + height - 1, column + width - 1))


def read_values(cells: xw.Range) -> list[Column]:
    """The values of a range, column by column; dates as serial numbers."""
    height, width = cells.shape
    columns: list[Column] = [[] for _ in range(width)]
    for part in _chunks(cells, height, width):
        for known, new in zip(columns, zip(*_rows(part.api.Value2), strict=True), strict=True):
            known += [_read(value) if type(value) is int else value for value in new]
    return columns


def read_contents(cells: xw.Range) -> list[Column]:
    """The same, with the formula in place of the value of a cell that has one."""
    columns = read_values(cells)
    if cells.api.HasFormula is False:  # None: some cells have one
        return columns
    notation = _notation(cells)
    height, width = cells.shape
    first = 0
    for part in _chunks(cells, height, width):
        rows = _rows(getattr(part.api, notation))
        for column, formulas in zip(columns, zip(*rows, strict=True), strict=True):
            for place, text in enumerate(formulas, first):
                # a text that merely looks like a formula is its own value
                if isinstance(text, str) and text[:1] == "=" and text != column[place]:
                    column[place] = Formula(text)
        first += len(rows)
    return columns


def write_contents(cells: xw.Range, columns: Sequence[Column], date1904: bool,
                   tell: Callable[[float], None] | None = None) -> None:  # fmt: skip
    """Put contents into a range; texts stay texts whatever they look like."""
    height, width = cells.shape
    done = 0
    for part in _chunks(cells, height, width):
        here = part.shape[0]
        rows = [
            [to_excel(value, date1904) for value in row]
            for row in zip(*(column[done : done + here] for column in columns), strict=True)
        ]
        long = [(r, c) for r, row in enumerate(rows) for c, v in enumerate(row) if type(v) is str and len(v) > _LONG]
        texts = [rows[r][c] for r, c in long]
        for r, c in long:
            rows[r][c] = None
        part.raw_value = rows
        for (r, c), text in zip(long, texts, strict=True):
            block(cells.sheet, part.row + r, part.column + c, 1, 1).raw_value = text
        done += here
        if tell:
            tell(done / height)
    for position, column in enumerate(columns):
        _write_formulas(cells, position, column)


def _write_formulas(cells: xw.Range, position: int, column: Column) -> None:
    if not any(isinstance(content, Formula) for content in column):
        return
    notation = _notation(cells)
    for first, length, content in _runs(column):
        if isinstance(content, Formula):
            run = block(cells.sheet, cells.row + first, cells.column + position, length, 1)
            setattr(run.api, notation, str(content))


def to_excel(value: Any, date1904: bool) -> Any:
    """A value as it is handed to a cell, where texts stay texts.

    >>> to_excel("=1+1", False), to_excel("1/2", False), to_excel(7, False)
    ("'=1+1", "'1/2", 7.0)
    """
    if value is None or isinstance(value, Formula):
        return None
    if isinstance(value, str):
        return as_typed(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, dt.date):
        moment = value if isinstance(value, dt.datetime) else dt.datetime(value.year, value.month, value.day)
        return float(serial(moment, date1904))
    if isinstance(value, CellError):
        return value.sign
    return float(value)


def read_formats(cells: xw.Range) -> list[str]:
    """The number format of each cell of a column."""
    height, _ = cells.shape
    same = cells.api.NumberFormat
    if same is not None or height == 1:
        return [same] * height
    half = height // 2
    upper = block(cells.sheet, cells.row, cells.column, half, 1)
    lower = block(cells.sheet, cells.row + half, cells.column, height - half, 1)
    return read_formats(upper) + read_formats(lower)


def write_formats(cells: xw.Range, formats: list[str]) -> None:
    """Give each cell of a column its number format."""
    for first, length, number_format in _runs(formats):
        block(cells.sheet, cells.row + first, cells.column, length, 1).api.NumberFormat = number_format


def usual(values: Sequence[str]) -> str:
    """The value that occurs most often."""
    return Counter(values).most_common(1)[0][0]


def _chunks(cells: xw.Range, height: int, width: int) -> list[xw.Range]:
    step = max(1, AT_ONCE // width)
    sheet, row, column = cells.sheet, cells.row, cells.column
    return [block(sheet, row + first, column, min(step, height - first), width) for first in range(0, height, step)]


def _runs(values: Sequence[Any]) -> list[tuple[int, int, Any]]:
    """Equal neighbours as first position, how many, value."""
    runs, first = [], 0
    for _, same in groupby(values, key=lambda value: (type(value), value)):
        members = list(same)
        runs.append((first, len(members), members[0]))
        first += len(members)
    return runs


def _rows(value: Any) -> Any:
    """What COM hands over for a range: rows, or the bare value of one cell."""
    return value if isinstance(value, tuple) else ((value,),)


def _read(value: int) -> object:
    """COM hands errors over as whole numbers, and numbers as floats; some errors are newer than our table."""
    return error_of_code(value) or Propagated("#N/A")


def _notation(cells: xw.Range) -> str:
    """Excel before 2021 has no formulas that spill, and the one notation for all."""
    first = block(cells.sheet, cells.row, cells.column, 1, 1).api
    try:
        _ = first.Formula2R1C1
    except Exception:  # AttributeError or pywin32's com_error
        return "FormulaR1C1"
    return "Formula2R1C1"
