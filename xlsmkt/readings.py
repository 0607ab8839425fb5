"""What a cell holds, as a number or a moment. Standard library and Python 3.8 only, as the units are."""

import datetime as dt
import re
from decimal import Decimal
from math import isfinite, nan
from typing import Any, Tuple

from xlsmkt.errors import OutOfRange, WrongType, error_in_cell, quoted

FIRST_DAY = 693594
"""The ordinal of Excel's day 0."""

LAST_SERIAL = 2958465
"""9999-12-31."""

ISO = re.compile(
    r"(\d{4})-(\d\d?)(?:-(\d\d?))?(?:[T ](\d\d?):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?$", re.I
)
"""A date, or a date and time, written the ISO way."""

_EPOCH = dt.datetime(1899, 12, 30)
_PLAIN = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[+-]?\d+)?$", re.I)


def to_number(value: Any, allowed: str = "a number") -> float:
    """The number that a cell holds: a number, a truth value, a date's serial, a text that can mean only one number."""
    kind = type(value)
    if kind is float or kind is int or kind is bool or kind is Decimal:
        number = float(value) if kind is not Decimal or value.is_finite() else nan
        if isfinite(number):
            return number
        raise OutOfRange(f"is {number}; give {allowed}")
    if value is None:
        return 0.0
    error = error_in_cell(value)
    if error:
        raise error
    if isinstance(value, dt.date):
        return to_serial(value)
    if isinstance(value, str):
        text = value.strip()
        readings = number_readings(text)
        if len(readings) == 1:
            if isfinite(readings[0]):
                return readings[0]
            raise OutOfRange(f"is a text of {len(text)} digits; give {allowed}")
        if len(readings) == 2:
            one, other = sorted(readings)
            raise WrongType(
                f'is the text "{quoted(text)}", which can mean {one:.15g} or {other:.15g}; type it as a number'
            )
        raise WrongType(
            f'is the text "{quoted(text)}"; give {allowed}' if text else f"is an empty text; give {allowed}"
        )
    try:
        return to_number(float(value), allowed)  # numpy numbers, fractions
    except (TypeError, ValueError):
        raise WrongType(f"is {quoted(repr(value))}; give {allowed}") from None


def number_readings(text: str) -> Tuple[float, ...]:
    """What a text can mean as a number: nothing, one number, or two (``"1,234"``: 1.234 and 1234).

    >>> number_readings("5%"), number_readings("1,234.50"), number_readings("1.234,5"), number_readings("1,234")
    ((0.05,), (1234.5,), (1234.5,), (1.234, 1234.0))
    """
    text = text.strip()
    if text.endswith("%"):
        return tuple(round(r / 100, 15) for r in number_readings(text[:-1]))
    readings = []
    for decimal, thousands in ((".", ","), (",", ".")):
        grouped = re.match(rf"[+-]?\d{{1,3}}(?:\{thousands}\d{{3}})+(?:\{decimal}\d*)?$", text)
        if grouped and not text.lstrip("+-").startswith("0"):
            readings.append(float(text.replace(thousands, "").replace(decimal, ".")))
        elif _PLAIN.match(text) and thousands not in text:
            readings.append(float(text.replace(decimal, ".")))
    return tuple(sorted(set(readings)))


def to_datetime(value: Any, allowed: str = "a date") -> dt.datetime:
    """The moment that a cell holds: a date, a serial number, or an ISO text; any time zone in it is left aside."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    if isinstance(value, str) and value.strip():
        found = ISO.match(value.strip())
        if found:
            year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
            try:
                return dt.datetime(year, month, 1 if found[3] is None else day, hour, minute, second)
            except ValueError:
                raise WrongType(f'is the text "{quoted(value.strip())}", which is no day; give {allowed}') from None
        error = error_in_cell(value)
        if error:
            raise error
        if not number_readings(value):
            raise WrongType(f'is the text "{quoted(value.strip())}"; give {allowed}')
    serial = to_number(value, allowed)
    if not 1 <= serial < LAST_SERIAL + 1:
        raise OutOfRange(f"is {serial:.15g}; give {allowed}")
    # whole seconds: a serial's binary fraction is off by microseconds
    return _EPOCH + dt.timedelta(seconds=round(serial * 86400))


def to_serial(value: dt.date) -> float:
    """The serial number that a cell holds for a date or a moment (61 is 1900-03-01)."""
    days = float(value.toordinal() - FIRST_DAY)
    if isinstance(value, dt.datetime):
        days += (value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6) / 86400
    return days
