"""Values between Excel's cells and our functions where JavaScript carries them: one way in, one way out."""

import sys
from collections.abc import Sequence
from itertools import chain
from typing import Any

from xlwings.conversion import Accessor, ConversionContext, Options, Pipeline

from xlsmkt.calling import OMITTED, Parameter, rows_of_one
from xlsmkt.catalogue import Rows
from xlsmkt.cell_texts import shortened
from xlsmkt.errors import SIGNS, CellError, Propagated

try:
    from pyodide.ffi import JsNull  # type: ignore[import-not-found,unused-ignore]
except ImportError:  # no Pyodide, or one that gives None for JavaScript's null

    class JsNull:  # type: ignore[no-redef]
        """Never met here."""

    if "pyodide.ffi" in sys.modules:
        # xlwings looks for it with every argument, and an import that fails is slow: four times as long for a call
        sys.modules["pyodide.ffi"].JsNull = JsNull  # type: ignore[attr-defined]


ERROR_TYPES = {
    "#DIV/0!": "Div0",
    "#N/A": "NotAvailable",
    "#NAME?": "Name",
    "#NULL!": "Null",
    "#NUM!": "Num",
    "#REF!": "Ref",
    "#VALUE!": "Value",
    "#SPILL!": "Spill",
    "#CALC!": "Calc",
    "#FIELD!": "Field",
    "#BLOCKED!": "Blocked",
    "#CONNECT!": "Connect",
    "#GETTING_DATA": "GettingData",
}
"""What Office.js calls the errors (Excel.ErrorCellValueType)."""
_SIGNS = {name: sign for sign, name in ERROR_TYPES.items()}
_KNOWS_ERRORS = 1.4
"""Earlier runtimes of custom functions know no error objects; a text with the sign is what they take."""

_WHOLE = 2**53
"""From here on a whole number would become a BigInt of JavaScript, which no cell takes."""


class AsItIs(Accessor):
    """The converter that xlwings is given: arguments and results pass untouched.

    So all reading happens inside our function, once a range and not once a cell.
    """

    @classmethod
    def reader(cls, options: Options) -> Pipeline:
        return _NOTHING

    @classmethod
    def writer(cls, options: Options) -> Pipeline:
        return _NOTHING if float(options["runtime"]) >= _KNOWS_ERRORS else _SIGNS_AS_TEXT


def _errors_as_text(context: ConversionContext) -> None:
    context.value = [[_sign_of(value) if type(value) is dict else value for value in row] for row in context.value]


_NOTHING, _SIGNS_AS_TEXT = Pipeline(), Pipeline([_errors_as_text])


def read(parameters: Sequence[Parameter], values: Sequence[Any]) -> list[Any]:
    """The arguments of a call as ``Entry.cells`` takes them: single values, rows of values, OMITTED.

    xlwings takes the brackets off a range of one cell, and off one row; it gives None both for an argument left out
    and for a blank cell. So None is a blank cell where an argument must be given, and else one left out.
    """
    last = len(parameters) - 1
    return [
        value
        if type(value) is float or value is OMITTED
        else _argument(parameters[place if place < last else last], value)
        for place, value in enumerate(values)
    ]


def _argument(parameter: Parameter, value: Any) -> Any:
    kind = type(value)
    if kind is list or kind is tuple:
        return _rows(value)
    if value is None or kind is JsNull:
        return _BLANK if parameter.required else OMITTED
    if value == "":
        return _BLANK
    return value if kind in _PLAIN else _cell(value)


_BLANK = [[None]]
_PLAIN = {float, bool, str, type(None)}


def _rows(rows: Any) -> Any:
    """A range; its rows themselves when nothing is to be done to their values."""
    if not rows:
        return _BLANK
    if type(rows[0]) not in (list, tuple):
        rows = [rows]  # one row has lost its brackets
    if rows == [[""]]:
        return _BLANK
    kinds = set(map(type, chain.from_iterable(rows)))
    if kinds <= _PLAIN:
        return rows
    if all(len(row) == 1 for row in rows):
        return rows_of_one(_row(list(chain.from_iterable(rows)), kinds))
    return [_row(row, kinds) for row in rows]


def _row(values: list[Any], kinds: set[type]) -> list[Any]:
    if kinds <= {float, int}:  # JavaScript has no whole numbers, which are slow to read
        return list(map(float, values))
    return [value if type(value) in _PLAIN else _cell(value) for value in values]


def _cell(value: Any) -> Any:
    kind = type(value)
    if kind is int:
        return float(value)
    if kind is JsNull:
        return None
    if kind is dict:
        return _of_rich_value(value)
    return value


def _of_rich_value(value: dict[str, Any]) -> Any:
    """What a cell shows that holds one of Excel's data types: a formatted number, an error, a company."""
    basic = value.get("basicValue")
    if value.get("type") == "Error" or value.get("basicType") == "Error" or basic in SIGNS:
        return Propagated(_sign_of(value))
    return _cell(basic) if type(basic) is not dict else None


def _sign_of(error: dict[str, Any]) -> str:
    sign = error.get("basicValue")
    return sign if sign in SIGNS else _SIGNS.get(str(error.get("errorType")), "#VALUE!")


def written(rows: Rows) -> Rows:
    """The cells of a result as Office.js takes them."""
    kinds = set(map(type, chain.from_iterable(rows)))
    if kinds <= {float, bool}:
        return rows
    return [[value if type(value) in (float, bool) else _written(value) for value in row] for row in rows]


def _written(value: Any) -> Any:
    if value is None:
        return ""  # a null would leave what the cell showed before
    if isinstance(value, CellError):
        return error_object(value.sign)
    if isinstance(value, str):
        return shortened(value)
    return value if -_WHOLE <= value <= _WHOLE else float(value)


def error_object(sign: str) -> dict[str, str]:
    """An error as Office.js knows it; a text with its sign would be a text."""
    return {"type": "Error", "errorType": ERROR_TYPES.get(sign, "Value")}
