"""Values between Excel's cells and our functions, through xlwings: one way in, one way out."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

import xlwings as xw
from xlwings.conversion import Accessor, ConversionContext, Options, Pipeline

from xlsmkt.calling import OMITTED, Parameter
from xlsmkt.catalogue import Rows
from xlsmkt.cell_texts import LONGEST_TEXT, shortened
from xlsmkt.errors import SIGNS, CellError, Propagated, WrongType
from xlsmkt.hosts.windows.signs import LONGEST, MARK, as_text, error_of_code

_BLANK = ((None,),)
_LONG = (10_000, 1_000)
"""Ranges of more rows or columns are cut to the part of the sheet that is in use: A:A has 1,048,576 rows."""

_WHOLE = 2**31
"""COM hands whole numbers below it to a cell; a larger one has to be a float."""


class AsItIs(Accessor):
    """The converter that xlwings is given: arguments and results pass untouched, a range as the range.

    So all reading happens inside our function, where nothing that goes wrong escapes as a traceback.
    """

    @classmethod
    def reader(cls, options: Options) -> Pipeline:
        return _TAKE

    @classmethod
    def writer(cls, options: Options) -> Pipeline:
        return _NOTHING


def _take(context: ConversionContext) -> None:
    if context.range is not None:
        context.value = context.range
    elif context.value is None:  # without it, xlwings means that an argument is missing
        context.value = _BLANK


_TAKE, _NOTHING = Pipeline([_take]), Pipeline()


def read(parameters: Sequence[Parameter], values: Sequence[Any]) -> list[Any]:
    """The arguments of a call as ``Entry.cells`` takes them: single values, rows of values, OMITTED.

    A range gives its exact numbers (dates as serial numbers); one cell of it is a row of one value, so that a blank
    cell is not an argument left out. Raises a CellError for a range that cannot be read.
    """
    lengths = _lengths(values)
    last = len(parameters) - 1
    return [_argument(parameters[min(position, last)], value, lengths) for position, value in enumerate(values)]


def _argument(parameter: Parameter, value: Any, lengths: dict[tuple[int, int], int]) -> Any:
    kind = type(value)
    if kind is float or kind is bool:
        return value
    if value is OMITTED or value is None:  # None: left out, although it is required
        return OMITTED
    if kind is xw.Range:
        return _read_range(parameter.name, value, lengths)
    return plain(value)


def _lengths(values: Iterable[Any]) -> dict[tuple[int, int], int]:
    """How much to read of long ranges, by axis and length: up to the last row and column that any of them uses.

    What is equally long must stay so: A:A goes with B:B, however far each of them is filled, and A1:A20000 with
    what another function made of B1:B20000.
    """
    lengths: dict[tuple[int, int], int] = {}
    if any(type(value) is xw.Range and _is_long(value) for value in values):
        for value in values:
            if type(value) is xw.Range and _is_long(value):
                used = value.sheet.used_range
                ends = (used.row + used.shape[0] - value.row, used.column + used.shape[1] - value.column)
                for axis, length in enumerate(value.shape):
                    needed = min(length, ends[axis]) if length > _LONG[axis] else length
                    lengths[axis, length] = max(needed, lengths.get((axis, length), 1))
            elif isinstance(value, tuple) and value:
                rows = value if isinstance(value[0], tuple) else (value,)
                lengths[0, len(rows)], lengths[1, len(rows[0])] = len(rows), len(rows[0])
    return lengths


def _is_long(cells: xw.Range) -> bool:
    height, width = cells.shape
    return height > _LONG[0] or width > _LONG[1]


def _read_range(name: str, cells: xw.Range, lengths: dict[tuple[int, int], int]) -> Any:
    height, width = cells.shape  # of the first area; xlwings has asked for it already
    if cells.api.CountLarge != height * width:
        raise WrongType(f"{name} is made of several ranges; give one range")
    shape = lengths.get((0, height), height), lengths.get((1, width), width)
    if shape != (height, width):
        cells = cells[: shape[0], : shape[1]]
    # Value would round currency to four places and turn serial numbers into dates
    value = cells.api.Value2
    return _plain_rows(value if isinstance(value, tuple) else ((value,),), _cell_of_range)


def read_range(name: str, cells: xw.Range) -> Any:
    """What a range alone holds: rows of values."""
    return _read_range(name, cells, _lengths([cells]))


def plain(value: Any) -> Any:
    """A value that is no range: from an array constant, another function, or VBA."""
    if not isinstance(value, (tuple, list)):
        if type(value) is str and MARK in value:  # what another function of ours answered
            sign = value.partition(MARK)[0]
            return Propagated(sign) if sign in SIGNS else value
        return _cell(value)
    if not value:
        return _BLANK
    if not isinstance(value[0], (tuple, list)):
        value = (value,)  # Excel hands a row over without a second dimension
    return _plain_rows(value, _cell)


def _plain_rows(rows: Any, cell: Any) -> Any:
    """Rows with errors and numbers as our functions take them; the rows themselves when nothing is to be done."""
    if not all(isinstance(row, (tuple, list)) for row in rows):
        return rows  # what it should be, calling.py says
    kinds = set(map(type, chain.from_iterable(rows)))
    if kinds <= _PLAIN:
        return rows
    return [[cell(value) for value in row] for row in rows]


_PLAIN = {float, bool, str, type(None)}


def _cell(value: Any) -> Any:
    kind = type(value)
    if kind is int:
        return error_of_code(value) or value
    if kind is Decimal:
        return float(value) if value.is_finite() else value
    if isinstance(value, dt.datetime):
        # pywin32 says UTC of every date; what the cell shows is meant
        return dt.datetime(*value.timetuple()[:6], value.microsecond)
    return value


def _cell_of_range(value: Any) -> Any:
    """In a range whole numbers are errors, since a cell holds floats; some errors may be newer than our table."""
    return error_of_code(value) or Propagated("#UNKNOWN!") if type(value) is int else _cell(value)


def written(rows: Rows) -> Rows:
    """The cells of a result as COM hands them to Excel."""
    kinds = set(map(type, chain.from_iterable(rows)))
    if kinds <= {float, bool}:
        return rows
    if kinds <= {float, bool, int}:
        numbers = list(chain.from_iterable(rows))
        if min(numbers) >= -_WHOLE and max(numbers) < _WHOLE:
            return rows
    longest = LONGEST if len(rows) > 1 or len(rows[0]) > 1 else LONGEST_TEXT
    return [[_written(value, longest) for value in row] for row in rows]


def _written(value: Any, longest: int) -> Any:
    kind = type(value)
    if kind is float or kind is bool:
        return value
    if value is None:
        return ""  # an Empty would show 0
    if isinstance(value, CellError):
        return as_text(value)
    if isinstance(value, str):
        if value[:1] == "#":  # a text of the data must not become an error
            value = value.replace(MARK, " ")
        return shortened(value, longest)
    if kind is int and -_WHOLE <= value < _WHOLE:
        return value
    return float(value)
