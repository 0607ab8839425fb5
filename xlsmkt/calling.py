"""Calls a function the way a cell does: reads its arguments, checks them, spreads it over ranges.

Every argument arrives as a single value or as rows of values; bodies get plain numbers, dates, texts and columns.
"""

import gc
from contextlib import suppress
from itertools import chain, repeat
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple, Type

from xlsmkt.errors import CellError, DividedByZero, NotAvailable, OutOfRange, WrongType
from xlsmkt.units import Block, ByColumn, Unit, raise_first_error


class Omitted:
    """The value of an argument that was left out, also in the middle: ``=F(1,,3)``."""

    def __repr__(self) -> str:
        return "OMITTED"


OMITTED = Omitted()


class Input(NamedTuple):
    """The default of an argument that a workbook holds under a defined name."""

    name: str
    otherwise: Any = OMITTED  # what counts where no workbook holds it; OMITTED: it must be given


class Parameter(NamedTuple):
    """One argument of a function."""

    name: str
    unit: Type[Unit]
    kind: str  # "value", "column" (rows belong together), "cells" (any range), "block" (a rectangle), "columns" (many)
    default: Any  # OMITTED when it must be given, an Input, or the value taken
    text: str

    @property
    def required(self) -> bool:
        return self.default is OMITTED

    @property
    def may_be_none(self) -> bool:
        """Whether leaving it out gives the body None."""
        return self.default is None or (isinstance(self.default, Input) and self.default.otherwise is None)

    @property
    def filled_by_workbook(self) -> bool:
        """Whether only a workbook's input can take its place when it is left out."""
        return isinstance(self.default, Input) and self.default.otherwise is OMITTED

    @property
    def usage(self) -> str:
        """How a formula's help writes it: ``customers``, ``[confidence]``, ``counts...``."""
        if self.kind == "columns":
            return f"{self.name}..."
        return self.name if self.required else f"[{self.name}]"

    @property
    def input_name(self) -> str:
        """The defined name of the workbook that fills this argument when it is left out; empty for none."""
        return self.default.name if isinstance(self.default, Input) else ""


Lookup = Callable[[str], Any]
"""Gives the value of a workbook's defined name; raises KeyError when the workbook has no such name."""


def call(
    name: str,
    parameters: Sequence[Parameter],
    body: Callable[..., Any],
    values: Sequence[Any],
    lookup: Optional[Lookup],
    spreads: bool = True,
) -> Any:
    """Call ``body`` with what the cells hold. Raises a CellError that starts with the function's name.

    A range where one value is expected gives one result a row, unless ``spreads`` is false (a table cannot).
    """
    try:
        arguments, grids = _arguments(parameters, _given(parameters, values, lookup))
        if not grids:
            return _one(parameters, body, arguments)
        if spreads:
            return _many(name, parameters, body, arguments, grids)
        raise WrongType(f"{parameters[grids[0]].name} is a range of several cells; give one value")
    except CellError as error:
        error.args = (f"{name}: {error}",)
        raise error from None
    except ArithmeticError:  # an overflow on the way, a Decimal that is no number
        raise OutOfRange(f"{name}: a number is too large for a cell; check the arguments") from None


def _given(parameters: Sequence[Parameter], values: Sequence[Any], lookup: Optional[Lookup]) -> List[Any]:
    """One value a parameter, the omitted ones filled; the values of a last "columns" parameter as one list."""
    last_takes_rest = bool(parameters) and parameters[-1].kind == "columns"
    if len(values) > len(parameters) and not last_takes_rest:
        raise WrongType(f"got {len(values)} arguments; give at most {len(parameters)}")
    if last_takes_rest:
        head = len(parameters) - 1
        values = [*values[:head], *[OMITTED] * (head - len(values)), list(values[head:])]
    given: List[Any] = []
    for position, parameter in enumerate(parameters):
        value: Any = values[position] if position < len(values) else OMITTED
        if value is not OMITTED and parameter.kind == "columns":
            for number, column in enumerate(value, 1):
                if column is OMITTED:
                    raise WrongType(f"{parameter.name} {number} is left out; give a column")
            value = [_rectangle(parameter, _single(column)) for column in value]
        elif value is not OMITTED:
            # a range of one blank cell is a column with a blank row, not an argument left out
            whole = parameter.kind != "value" and isinstance(value, (list, tuple))
            value = _rectangle(parameter, value if whole else _single(value))
            if not parameter.required and _is_blank(value, parameter, parameter.may_be_none):
                value = OMITTED
        given.append(_default(parameter, lookup) if value is OMITTED else value)
    return given


def _rectangle(parameter: Parameter, value: Any) -> Any:
    """A range, whose rows must be equally long; anything else as it is."""
    if not isinstance(value, (list, tuple)) or not value:
        return value
    if isinstance(value[0], (list, tuple)):
        try:
            widths = set(map(len, value))
        except TypeError:  # a value among the rows
            widths = set()
        if len(widths) == 1 and 0 not in widths:
            return value
    elif not {list, tuple} & set(map(type, value)):
        return value
    raise WrongType(f"{parameter.name} has rows of different length; give a range")


def _is_blank(value: Any, parameter: Parameter, also_numbers: bool) -> bool:
    """Whether a cell says nothing. LibreOffice hands over a blank as 0, so a date or a word of 0 is blank, too."""
    if value is None or value == "":
        return also_numbers or (parameter.kind == "value" and not parameter.unit.has_zero)
    return parameter.kind == "value" and not parameter.unit.has_zero and value == 0


def _default(parameter: Parameter, lookup: Optional[Lookup]) -> Any:
    if parameter.required:
        raise WrongType(f"{parameter.name} is missing; give {parameter.unit.allowed}")
    if not isinstance(parameter.default, Input):
        return parameter.default
    name, otherwise = parameter.default
    try:
        value = _single(lookup(name)) if lookup else None
    except KeyError:
        value = None
    if not _is_blank(value, parameter, True):
        return value
    if otherwise is OMITTED:
        raise NotAvailable(f"{parameter.name} is missing; give it, or fill the cell named {name}")
    return otherwise


def _arguments(parameters: Sequence[Parameter], given: List[Any]) -> Tuple[List[Any], List[int]]:
    """What the body is given, and the positions that hold a range where one value is expected."""
    arguments: List[Any] = []
    grids: List[int] = []
    lengths: Dict[str, int] = {}
    for position, (parameter, value) in enumerate(zip(parameters, given)):
        if value is None and parameter.may_be_none:
            arguments.append(None)
        elif parameter.kind == "value":
            if isinstance(value, (list, tuple)):
                grids.append(position)
                arguments.append(value)
            else:
                arguments.append(_read(parameter, value))
        elif parameter.kind == "columns":
            columns = [_column(parameter, column) for column in value]
            lengths.update({f"{parameter.name} {i}": len(c) for i, c in enumerate(columns, 1)})
            arguments.append(columns)
        elif parameter.kind == "block":
            arguments.append(Block(parameter.name, parameter.unit, _columns(value)))
        else:
            column = _column(parameter, value)
            if parameter.kind == "column":
                lengths[parameter.name] = len(column)
            arguments.append(column)
    _level(parameters, arguments, lengths)
    return arguments, grids


def _single(value: Any) -> Any:
    """The value of a range of one cell; other ranges as rows; anything else as it is."""
    if hasattr(value, "tolist"):  # a numpy array or a pandas column
        value = value.tolist()
    inner = value
    while isinstance(inner, (list, tuple)) and len(inner) == 1:
        inner = inner[0]
    return value if isinstance(inner, (list, tuple)) else inner


def _columns(value: Any) -> List[Any]:
    """The columns of a range; a list of values is one."""
    if isinstance(value, ByColumn):
        return value.columns
    value = _single(value)
    if not isinstance(value, (list, tuple)):
        return [[value]]
    return list(zip(*value)) if value and isinstance(value[0], (list, tuple)) else [value]


def _flat(value: Any) -> List[Any]:
    """The cells of a range, row after row."""
    value = _single(value)
    if not isinstance(value, (list, tuple)):
        return [value]
    if value and isinstance(value[0], (list, tuple)):
        return [row[0] for row in value] if len(value[0]) == 1 else list(chain.from_iterable(value))
    return list(value)


def _read(parameter: Parameter, value: Any) -> Any:
    try:
        return parameter.unit.read(value)
    except CellError as error:
        error.args = (f"{parameter.name} {error}",)
        raise


def _column(parameter: Parameter, value: Any) -> List[Any]:
    column = parameter.unit.read_column(_flat(value))
    raise_first_error(parameter.name, column)
    return column


def _has_errors(column: List[Any]) -> bool:
    return any(issubclass(kind, CellError) for kind in set(map(type, column)))


def _level(parameters: Sequence[Parameter], arguments: List[Any], lengths: Dict[str, int]) -> None:
    """Columns that belong together must be equally long; a single value goes with every row."""
    _leave_out_blank_ends(parameters, arguments, lengths)
    several = {name: length for name, length in lengths.items() if length != 1}
    if len(set(several.values())) > 1:
        told = " and ".join(f"{name} has {length}" for name, length in several.items())
        raise WrongType(f"{told} rows; give columns of one length")
    if several and len(several) < len(lengths):
        length = next(iter(several.values()))
        for position, parameter in enumerate(parameters):
            if arguments[position] is None:
                continue
            if parameter.kind == "column" and len(arguments[position]) == 1:
                arguments[position] = arguments[position] * length
            elif parameter.kind == "columns":
                arguments[position] = [c * length if len(c) == 1 else c for c in arguments[position]]


def _leave_out_blank_ends(parameters: Sequence[Parameter], arguments: List[Any], lengths: Dict[str, int]) -> None:
    """Cut columns to the rows of the shortest (or shortest but single values) where all that follows is blank."""
    for length in sorted(set(lengths.values()))[:2]:
        columns = [
            column
            for parameter, argument in zip(parameters, arguments)
            if argument is not None and parameter.kind in ("column", "columns")
            for column in (argument if parameter.kind == "columns" else [argument])
        ]
        longer = [column for column in columns if len(column) > length]
        if all(column[length:].count(None) == len(column) - length for column in longer):
            for column in longer:
                del column[length:]
            lengths.update({name: min(rows, length) for name, rows in lengths.items()})
            return
        if length != 1:
            return


def _one(parameters: Sequence[Parameter], body: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    try:
        if parameters and parameters[-1].kind == "columns":
            return body(*arguments[:-1], *arguments[-1])
        return body(*arguments)
    except ZeroDivisionError:
        raise DividedByZero(_divisor(parameters, body, arguments)) from None
    except OverflowError:
        raise OutOfRange("the result is too large for a cell; check the arguments") from None


def _divisor(parameters: Sequence[Parameter], body: Callable[..., Any], arguments: Sequence[Any]) -> str:
    """Names the argument that was divided by: the one whose 0 made the difference."""
    for position, parameter in enumerate(parameters):
        if parameter.kind == "value" and arguments[position] == 0:
            with suppress(ArithmeticError, CellError):
                body(*arguments[:position], 1.0, *arguments[position + 1 :])
                return f"{parameter.name} is 0; there is nothing to divide by"
    return "what is divided by adds up to 0; check the arguments"


def _many(
    name: str, parameters: Sequence[Parameter], body: Callable[..., Any], arguments: List[Any], grids: List[int]
) -> Any:
    """A result for each row of the ranges given where one value is expected."""
    flat = not any(isinstance(arguments[g][0], (list, tuple)) for g in grids if len(arguments[g]))
    height, width = _shape(parameters, arguments, grids)
    columns: List[Iterable[Any]] = [repeat(argument) for argument in arguments]
    clean = parameters[-1].kind != "columns"
    for position in grids:
        given = _stretch(arguments[position], height, width)
        cells = parameters[position].unit.read_column(given)
        # a unit that gives back the same list has found nothing but good numbers in it
        clean = clean and (cells is given or (None not in cells and not _has_errors(cells)))
        columns[position] = cells
    results: Optional[List[Any]] = None
    if clean:
        with suppress(ArithmeticError, CellError):  # the usual case, at the speed of the bare function
            results = list(map(body, *columns))
    if results is None:
        results = [_cell(name, parameters, body, row, grids) for row in zip(*columns)]
    if flat:
        return results
    if width == 1:
        return rows_of_one(results)
    return [results[start : start + width] for start in range(0, height * width, width)]


def rows_of_one(values: List[Any]) -> List[List[Any]]:
    """Values one below the other, as rows of a range."""
    # a hundred thousand new lists would set off the garbage collector again and again, and there is no garbage
    collects = gc.isenabled()
    gc.disable()
    try:
        return [[value] for value in values]
    finally:
        if collects:
            gc.enable()


def _cell(
    name: str, parameters: Sequence[Parameter], body: Callable[..., Any], row: Tuple[Any, ...], grids: List[int]
) -> Any:
    """The result of one row of ranges, or the error that stands in its place."""
    if all(row[g] is None for g in grids):
        return None  # a blank row stays blank
    arguments = list(row)
    try:
        for g in grids:
            if row[g] is None:  # a blank option is one left out, as it is in a single cell
                arguments[g] = None if parameters[g].default is None else _read(parameters[g], None)
            elif isinstance(row[g], CellError):
                row[g].args = (f"{parameters[g].name} {row[g]}",)
                raise row[g]
        return _one(parameters, body, arguments)
    except CellError as error:
        error.args = (f"{name}: {error}",)
        return error


def _shape(parameters: Sequence[Parameter], arguments: List[Any], grids: List[int]) -> Tuple[int, int]:
    shapes = {parameters[g].name: _size(arguments[g]) for g in grids}
    height, width = (max(size[axis] for size in shapes.values()) for axis in (0, 1))
    if any(size[0] not in (1, height) or size[1] not in (1, width) for size in shapes.values()):
        told = " and ".join(f"{name} has {h} × {w}" for name, (h, w) in shapes.items())
        raise WrongType(f"{told} cells; give ranges of the same size")
    return height, width


def _size(grid: Sequence[Any]) -> Tuple[int, int]:
    if len(grid) and isinstance(grid[0], (list, tuple)):
        return len(grid), len(grid[0])
    return len(grid), 1


def _stretch(grid: Sequence[Any], height: int, width: int) -> List[Any]:
    """The cells of a range, row after row, a single row or column repeated to the size of the others."""
    if width == 1:
        cells = [row[0] for row in grid] if grid and isinstance(grid[0], (list, tuple)) else list(grid)
        return cells * height if len(cells) == 1 else cells
    rows = [list(row) if isinstance(row, (list, tuple)) else [row] for row in grid]
    if len(rows) == 1:
        rows = rows * height
    return [cell for row in rows for cell in (row * width if len(row) == 1 else row)]
