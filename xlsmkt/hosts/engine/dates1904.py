"""Workbooks that count days from 1904; our functions count from 1900."""

import datetime as dt
import functools
from collections.abc import Callable
from typing import Any

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
