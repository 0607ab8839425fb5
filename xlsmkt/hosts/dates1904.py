"""Workbooks that count days from 1904; our functions count from 1900."""

import dataclasses
import datetime as dt
import functools
from typing import Any, Callable, List

from xlsmkt.calling import Lookup
from xlsmkt.catalogue import Entry, Rows
from xlsmkt.readings import to_serial

DAYS_1904 = 1462


def from_1904(value: Any, unit: Any) -> Any:
    """The same day, counted from 1900; a text or an error stays as it is."""
    if unit.name not in ("date", "time"):
        return value
    if isinstance(value, (list, tuple)):
        return [from_1904(inner, unit) for inner in value]
    return value + DAYS_1904 if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def answering_in_1904(body: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose dates count from 1904."""

    def shifted(result: Any) -> Any:
        if isinstance(result, list):
            return [shifted(inner) for inner in result]
        return to_serial(result) - DAYS_1904 if isinstance(result, dt.date) else result

    @functools.wraps(body)
    def answer(*arguments: Any) -> Any:
        return shifted(body(*arguments))

    return answer


def has_days(entry: Entry) -> bool:
    """Whether days are among the arguments or the result of a function."""
    units = (entry.unit, *(parameter.unit for parameter in entry.parameters))
    return any(getattr(unit, "name", "") in ("date", "time") for unit in units)


def cells_in_1904(entry: Entry, arguments: List[Any], lookup: Lookup) -> Rows:
    """The cells of a call in a workbook whose serial numbers count from 1904, as those of the result then do."""
    units = {parameter.input_name: parameter.unit for parameter in entry.parameters}
    last = len(entry.parameters) - 1  # takes the rest, if any does
    shifted = [from_1904(value, entry.parameters[min(place, last)].unit) for place, value in enumerate(arguments)]
    answering = dataclasses.replace(entry, body=answering_in_1904(entry.body))
    return answering.cells(shifted, lambda name: from_1904(lookup(name), units[name]))
