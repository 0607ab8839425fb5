"""The catalogue: every cell function, read from its own signature and docstring.

``@cell_function`` enters a function here: its name in capitals, its category (the module), its words (the docstring),
units and limits (the types), golden values (the doctests). Hosts, documents and tests only loop over ``CATALOGUE``.
"""

import datetime as dt
import functools
import inspect
import re
import sys
from dataclasses import dataclass
from itertools import chain
from math import inf
from typing import Any, Callable, Dict, List, Literal, Optional, Sequence, Tuple, TypeVar, Union, get_type_hints

from xlsmkt import calling, docstrings
from xlsmkt.calling import OMITTED, Lookup, Parameter
from xlsmkt.errors import CellError, OutOfRange
from xlsmkt.readings import to_serial
from xlsmkt.units import Block, Cells, Column, Row, Table, Unit, choice_unit

F = TypeVar("F", bound=Callable[..., Any])

CATALOGUE: Dict[str, "Entry"] = {}

Rows = List[List[Any]]
"""What cells show: rows of numbers, texts, truth values, None for blank, a CellError for an error."""


def Input(name: str, otherwise: Any = OMITTED) -> Any:  # noqa: N802 - reads as a type in signatures
    """The default of an argument that a workbook holds under the defined name ``name``.

    ``otherwise`` counts where there is no such name, or its cell is blank; without it that is #N/A.
    """
    return calling.Input(name, otherwise)


@dataclass(frozen=True)
class Example:
    """One golden example: as typed into a cell, and the cells that it fills."""

    formula: str
    shows: Rows

    def agrees(self, cells: Rows) -> bool:
        """Whether cells show this example; a number agrees when it rounds to the decimals written."""
        return docstrings.shows_the_same(self.shows, cells)


@dataclass(frozen=True)
class Entry:
    """One function, as every host needs it."""

    name: str
    category: str  # the module
    category_title: str  # as people read it: "Lead targets"
    summary: str
    definition: str
    parameters: Tuple[Parameter, ...]
    unit: Optional[type]  # of the result; None for a table
    raises: Dict[str, str]
    references: str
    examples: Tuple[Example, ...]
    body: Callable[..., Any]
    returns_row: bool  # whether the result fills cells side by side (low and high)

    @property
    def returns_table(self) -> bool:
        """Whether the result spills: a heading row, then the rows."""
        return self.unit is None

    @property
    def usage(self) -> str:
        """How to type it: ``LEADS_NEEDED([customers], [close_rate], [confidence])``."""
        return f"{self.name}({', '.join(p.usage for p in self.parameters)})"

    def call(self, values: Sequence[Any], lookup: Optional[Lookup] = None) -> Any:
        """The result as Python values. ``lookup`` gives the workbook's inputs for arguments left out."""
        return calling.call(self.name, self.parameters, self.body, values, lookup, not self.returns_table)

    def cells(self, values: Sequence[Any], lookup: Optional[Lookup] = None) -> Rows:
        """The cells that a call fills: rows of numbers (dates as serials), texts and CellErrors; never raises one."""
        try:
            result = self.call(values, lookup)
        except CellError as error:
            return [[error]]
        if not isinstance(result, list):
            return [[to_cell(result)]]
        if not result:
            return [[None]]
        if self.returns_row:
            return _side_by_side(result)
        rows: Rows = result if isinstance(result[0], list) else calling.rows_of_one(result)
        if len(rows[0]) == 1 and _are_finite(rows):
            return rows  # the usual long column: nothing to turn into cells
        return [[to_cell(value) for value in row] for row in rows]


def _side_by_side(result: List[Any]) -> Rows:
    """The cells of one result that fills a row, or of many; an error or a blank stands in each of its cells."""
    if not any(map(_is_result, result)):
        return [[to_cell(value) for value in result]]
    rows = [row if isinstance(row, list) and any(map(_is_result, row)) else [row] for row in result]
    width = max((len(cell) for row in rows for cell in row if isinstance(cell, list)), default=1)
    parts = [[cell if isinstance(cell, list) else [cell] * width for cell in row] for row in rows]
    return [[to_cell(value) for part in row for value in part] for row in parts]


def _is_result(value: Any) -> bool:
    """Whether a value stands for a whole result, not for one cell of it."""
    return value is None or isinstance(value, (list, CellError))


def _are_finite(rows: Rows) -> bool:
    """Whether results are numbers that cells can show as they are."""
    try:
        return bool(-inf < sum(chain.from_iterable(rows)) < inf)
    except TypeError:  # dates, texts, errors, blanks
        return False


def to_cell(value: Any) -> Any:
    """A Python value as a cell holds it: dates as serial numbers, whole counts as numbers."""
    if isinstance(value, dt.date):
        return to_serial(value)
    if isinstance(value, float) and value - value != 0:
        return OutOfRange("the result is not a number; check the arguments")
    if isinstance(value, int) and abs(value) > sys.float_info.max:
        return OutOfRange("the result is too large for a cell; check the arguments")
    return value


def cell_function(function: F) -> F:
    """Enter ``function`` in the catalogue; calls from Python are checked and spread as calls from a cell are."""
    name = function.__name__.upper()
    doc = inspect.getdoc(function)
    if not doc:
        raise TypeError(f"{name} has no docstring (xlsmkt cannot run under python -OO)")
    words = docstrings.read_words(doc)
    hints = get_type_hints(function)
    in_a_row = getattr(hints["return"], "__origin__", None) is Row
    signature = inspect.signature(function)
    parameters = tuple(_parameter(p, hints[p.name], words.parameters[p.name]) for p in signature.parameters.values())
    entry = Entry(
        name=name,
        category=function.__module__.rpartition(".")[2],
        category_title=re.split("[:.\n]", sys.modules[function.__module__].__doc__ or "")[0],
        summary=words.summary,
        definition=words.definition,
        parameters=parameters,
        unit=None if hints["return"] == Table else _unit(hints["return"]),
        raises=words.raises,
        references=words.references,
        examples=tuple(_example(name, parameters, call, in_a_row) for call in words.calls),
        body=function,
        returns_row=in_a_row,
    )

    @functools.wraps(function)
    def checked(*values: Any, **keywords: Any) -> Any:
        return entry.call(_positional(signature, values, keywords) if keywords else values)

    CATALOGUE[name] = entry
    return checked  # type: ignore[return-value]


def _positional(signature: inspect.Signature, values: Tuple[Any, ...], keywords: Dict[str, Any]) -> List[Any]:
    bound = signature.bind_partial(*values, **keywords)
    positional: List[Any] = []
    for p in signature.parameters.values():
        if p.kind is p.VAR_POSITIONAL:
            positional.extend(bound.arguments.get(p.name, ()))
        else:
            positional.append(bound.arguments.get(p.name, OMITTED))
    return positional


def _parameter(parameter: inspect.Parameter, hint: Any, text: str) -> Parameter:
    if getattr(hint, "__origin__", None) is Union:  # Optional[...]
        hint = next(a for a in hint.__args__ if a is not type(None))
    origin = getattr(hint, "__origin__", None)
    kinds: Dict[Any, str] = {Column: "column", Cells: "cells", Block: "block"}
    kind = kinds.get(origin, "value")
    if parameter.kind is parameter.VAR_POSITIONAL:
        kind = "columns"
    default = OMITTED if parameter.default is parameter.empty else parameter.default
    return Parameter(parameter.name, _unit(hint), kind, default, text)


def _unit(hint: Any) -> Any:
    if getattr(hint, "__origin__", None) is Literal:
        return choice_unit(hint.__args__)
    hint = hint.__args__[0] if getattr(hint, "__args__", None) else hint
    if not (isinstance(hint, type) and issubclass(hint, Unit)):
        raise TypeError(f"{hint!r} is no unit; see xlsmkt.units")
    return hint


def _example(name: str, parameters: Tuple[Parameter, ...], call: docstrings.Call, in_a_row: bool) -> Example:
    names = [p.name for p in parameters]
    values: List[Any] = list(call.arguments)
    for keyword, value in call.keywords.items():
        values.extend([OMITTED] * (names.index(keyword) + 1 - len(values)))
        values[names.index(keyword)] = value
    typed = [_typed(v, parameters[min(i, len(parameters) - 1)].unit) for i, v in enumerate(values)]
    shows = call.shows
    if not isinstance(shows, list):
        shows = [[shows]]
    elif not shows or not isinstance(shows[0], list):
        shows = [shows] if in_a_row else [[value] for value in shows]
    return Example(f"={name}({', '.join(typed)})", [[_shown_cell(v) for v in row] for row in shows])


def _shown_cell(value: Any) -> Any:
    return value if isinstance(value, docstrings.Written) else to_cell(value)


def _typed(value: Any, unit: Any) -> str:
    """A Python value as it is typed into a formula."""
    if value is OMITTED or value is None:
        return ""
    if isinstance(value, (list, tuple)):
        rows = [row if isinstance(row, (list, tuple)) else [row] for row in value]
        # array constants take no percent signs and no blanks
        return "{" + ";".join(",".join(_typed(v, None) or '""' for v in row) for row in rows) + "}"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    if unit is not None and unit.name == "rate" and 0 < value <= 1:
        return f"{value * 100:.12g}%"
    return f"{value:.15g}"
