"""Values between Calc's cells and our functions. Runs inside LibreOffice; needs no UNO."""

import struct
from collections import deque
from itertools import chain
from math import isnan
from typing import Any, Deque, List, Sequence, Tuple

from xlsmkt.calling import OMITTED, Parameter
from xlsmkt.catalogue import Entry, Rows
from xlsmkt.errors import CellError, Propagated
from xlsmkt.units import Text

CODES = {
    "#N/A": 32767,
    "#NUM!": 503,
    "#VALUE!": 519,
    "#NULL!": 521,
    "#REF!": 524,
    "#NAME?": 525,
    "#DIV/0!": 532,
}
"""Calc's numbers for the errors that it shows under the same signs as Excel."""

_SIGNS = {code: sign for sign, code in CODES.items()}
_NOT_A_NUMBER = 0x7FF8000000000000

reasons: Deque[str] = deque(maxlen=50)
"""What the functions have said of the errors that they answered with, the last one at the end."""


def error_number(sign: str) -> float:
    """The number that Calc takes for an error: not a number, with the code in its lower bits."""
    packed = struct.pack("<Q", _NOT_A_NUMBER | CODES.get(sign, CODES["#VALUE!"]))
    number: float = struct.unpack("<d", packed)[0]
    return number


def sign_of(code: int) -> str:
    """The sign of one of Calc's numbers for errors; #VALUE! for those that Excel does not know.

    >>> sign_of(503), sign_of(504)
    ('#NUM!', '#VALUE!')
    """
    return _SIGNS.get(code, "#VALUE!")


def read(parameters: Sequence[Parameter], values: Sequence[Any]) -> List[Any]:
    """The arguments of a call as ``Entry.cells`` takes them: single values, rows of values, OMITTED."""
    if parameters and parameters[-1].kind == "columns":
        given = len(values)
        while given and values[given - 1] is None:
            given -= 1
        values = values[:given]
    last = len(parameters) - 1
    return [_argument(parameters[min(place, last)], value) for place, value in enumerate(values)]


def _argument(parameter: Parameter, value: Any) -> Any:
    if value is None:
        return OMITTED
    if isinstance(value, tuple):
        has_errors = any(map(_is_error, chain.from_iterable(value)))  # in an array that was computed
        return [[_cell(cell) for cell in row] for row in value] if has_errors else value
    if value == 0 and parameter.kind == "value" and parameter.may_be_none:
        return OMITTED  # Calc hands a blank cell over as 0: an option is then left out, as it is in other programs
    if value == 0 and parameter.kind != "value" and not parameter.unit.has_zero:
        return [[None]]  # the one row of a table without data
    return _cell(value)


def _is_error(value: Any) -> bool:
    return type(value) is float and isnan(value)


def _cell(value: Any) -> Any:
    if not _is_error(value):
        return value
    code = struct.unpack("<Q", struct.pack("<d", value))[0] & 0xFFFF
    return Propagated(sign_of(code))


def answers_one_cell(entry: Entry) -> bool:
    """Whether Calc shall go through ranges by itself, for a result of one cell.

    So it is with texts: Calc finds no text that comes in a table of an add-in, neither with = nor with MATCH.
    """
    return entry.unit is Text


def written(rows: Rows) -> Tuple[Tuple[Any, ...], ...]:
    """The cells of a result as Calc takes them."""
    return tuple([tuple([value if type(value) is float else _written(value) for value in row]) for row in rows])


def _written(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, CellError):
        reasons.append(str(value))
        return error_number(value.sign)
    return value if isinstance(value, str) else float(value)  # Calc reads every truth value in a table as TRUE
