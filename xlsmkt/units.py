"""Units: what a value in a cell means, its limits, how it is read from a cell and how a cell shows it.

A unit is written as the type of an argument: ``close_rate: Rate``. The catalogue reads it from there. To a type
checker, and to the function's body, it is the plain Python value that it reads to: a float, a date, a text.
``Column[Rate]`` is a column of them whose rows belong to those of the other columns, ``Cells[Date]`` a range whose
length is its own (holidays); a blank cell is None in both. This module is standard library and Python 3.8 only: it also
runs inside LibreOffice and Pyodide.
"""

import datetime as dt
import re
from decimal import Decimal
from math import inf, isfinite, nan
from typing import TYPE_CHECKING, Any, Generic, List, Optional, Tuple, Type, TypeVar, Union

from xlsmkt.errors import CellError, OutOfRange, WrongType, error_in_cell

T = TypeVar("T")

_EPOCH = dt.datetime(1899, 12, 30)
_FIRST_DAY = 693594  # the ordinal of Excel's day 0
LAST_SERIAL = 2958465  # 9999-12-31


class Column(List[Optional[T]]):
    """A column of values, a row each; None where a cell is blank. All columns of a call have the same length."""


class Cells(List[Optional[T]]):
    """A range whose length is its own (holidays, a price list); None where a cell is blank."""


class Row(List[T], Generic[T]):
    """A result that fills cells side by side (low and high of an interval)."""


Table = List[List[Any]]
"""A result that spills: a heading row, then the rows."""


class Unit:
    """What a value means. ``read`` turns what a cell holds into the value that a function's body computes with."""

    name = "value"
    cell_format = "General"  # Excel number format of a cell that shows it
    allowed = "a value"  # what to give, in words
    least: float = -inf
    most: float = inf
    has_zero = True  # whether a blank cell can count as 0; where it cannot (a date), a blank option is one left out

    @classmethod
    def read(cls, value: Any) -> Any:
        """The value of one cell. A blank is 0, as in Excel."""
        number = to_number(value, cls.allowed)
        if not cls.least <= number <= cls.most:
            raise OutOfRange(f"is {number:.15g}; give {cls.allowed}")
        return number

    @classmethod
    def read_column(cls, values: List[Any]) -> List[Any]:
        """The values of many cells; None where blank, a CellError where a cell cannot be read."""
        least, most = cls.least, cls.most
        if are_numbers(values) and (least == -inf or least <= min(values)) and (most == inf or max(values) <= most):
            return values  # the usual column, checked at the speed of C
        return [
            v if type(v) is float and least <= v <= most else None if v is None or v == "" else read_or_error(cls, v)
            for v in values
        ]


def are_numbers(values: List[Any]) -> bool:
    """Whether a column holds finite numbers and nothing else."""
    return bool(values) and set(map(type, values)) <= {float, int} and -inf < sum(values) < inf


def read_or_error(unit: Type[Unit], value: Any) -> Any:
    """What a cell reads to, or the CellError that says why it does not."""
    try:
        return unit.read(value)
    except CellError as error:
        return error


class _Count(Unit):
    name, cell_format, allowed, least = "count", "#,##0", "0 or more", 0


class _Rate(Unit):
    name, cell_format, allowed, least, most = "rate", "0.0%", "0% to 100%", 0, 1


class _Ratio(Unit):
    name, cell_format, allowed = "ratio", "0.0%", "a number"


class _Money(Unit):
    name, cell_format, allowed = "money", "#,##0.00", "an amount"


class _Price(_Money):
    allowed, least = "an amount of 0 or more", 0


class _Number(Unit):
    name, cell_format, allowed = "number", "#,##0.00", "a number"


class _Days(Unit):
    name, cell_format, allowed, least = "days", "#,##0.0", "0 days or more", 0


class _Months(Unit):
    name, cell_format, allowed, least, most = "months", "0.0", "0 to 1200 months", 0, 1200


class _HeadedCount(_Count):
    """A count in a column whose first cell may be its heading."""

    allowed = "0 or more, below a heading"

    @classmethod
    def read_column(cls, values: List[Any]) -> List[Any]:
        first = values[0] if values else None
        if isinstance(first, str) and first.strip() and not error_in_cell(first) and not number_readings(first):
            return [first.strip(), *super().read_column(values[1:])]
        return super().read_column(values)


_MARKS = {
    "yes": 1.0,
    "true": 1.0,
    "won": 1.0,
    "closed won": 1.0,
    "no": 0.0,
    "false": 0.0,
    "lost": 0.0,
    "closed lost": 0.0,
}


class _Tally(Unit):
    """How many, or whether: a count, or a mark (TRUE, a date, "won") that counts as one."""

    name, cell_format, allowed, least = "tally", "#,##0", "a count, TRUE or FALSE, or a date", 0

    @classmethod
    def read(cls, value: Any) -> float:
        if isinstance(value, dt.date):
            return 1.0
        if isinstance(value, str) and value.strip():
            word = value.strip().lower()
            if word in _MARKS:
                return _MARKS[word]
            if _ISO.match(word):
                to_datetime(word, cls.allowed)  # 2026-13-45 is no day
                return 1.0
        return float(super().read(value))


class _Date(Unit):
    """A day, whatever the hour."""

    name, cell_format, allowed = "date", "yyyy-mm-dd", "a date, such as 2026-03-31"
    has_zero = False

    @classmethod
    def read(cls, value: Any) -> dt.date:
        return to_datetime(value, cls.allowed).date()

    @classmethod
    def read_column(cls, values: List[Any]) -> List[Any]:
        day = dt.date.fromordinal
        return [
            day(int(v) + _FIRST_DAY)
            if type(v) is float and 1 <= v <= LAST_SERIAL
            else None
            if v is None or v == ""
            else read_or_error(cls, v)
            for v in values
        ]


class _Time(Unit):
    """A day and an hour, local and without a time zone."""

    name, cell_format, allowed = "time", "yyyy-mm-dd hh:mm", "a date and time, such as 2026-03-31 14:05"
    has_zero = False

    @classmethod
    def read(cls, value: Any) -> dt.datetime:
        return to_datetime(value, cls.allowed)

    @classmethod
    def read_column(cls, values: List[Any]) -> List[Any]:
        return [None if v is None or v == "" else read_or_error(cls, v) for v in values]


class _Text(Unit):
    """A name or a word; a number is taken as it is written."""

    name, cell_format, allowed = "text", "@", "a text"

    @classmethod
    def read(cls, value: Any) -> str:
        error = error_in_cell(value)
        if error:
            raise error
        if value is None:
            return ""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return str(value).strip()

    @classmethod
    def read_column(cls, values: List[Any]) -> List[Any]:
        return [
            None
            if v is None or v == ""
            else (v.strip() or None)
            if type(v) is str and v[:1] != "#"
            else read_or_error(cls, v)
            for v in values
        ]


class _Label(Unit):
    """What rows are grouped by: a text, a number or a date, shown again as it came."""

    name, cell_format, allowed = "label", "General", "a text, a number or a date"

    @classmethod
    def read(cls, value: Any) -> Any:
        error = error_in_cell(value)
        if error:
            raise error
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, Decimal):
            return to_number(value, cls.allowed)
        if value is None or isinstance(value, (float, int, dt.date)):
            return 0 if value is None else value
        raise WrongType(f"is {value!r}; give {cls.allowed}")

    @classmethod
    def read_column(cls, values: List[Any]) -> List[Any]:
        return [
            (v.strip() or None)
            if type(v) is str and v[:1] != "#"
            else v
            if type(v) is float
            else None
            if v is None
            else read_or_error(cls, v)
            for v in values
        ]


if TYPE_CHECKING:  # to a function's body a unit is the plain value that it reads to
    Count = float
    Rate = float
    Ratio = float
    Money = float
    Price = float
    Number = float
    Days = float
    Months = float
    HeadedCount = Union[float, str]
    Tally = float
    Date = dt.date
    Time = dt.datetime
    Text = str
    Label = Union[str, float]
else:
    Count, HeadedCount, Rate, Ratio, Money, Number = _Count, _HeadedCount, _Rate, _Ratio, _Money, _Number
    Price, Days, Months, Tally = _Price, _Days, _Months, _Tally
    Date, Time, Text, Label = _Date, _Time, _Text, _Label


def choice_unit(words: Tuple[str, ...]) -> Type[Unit]:
    """The unit of an argument that takes one of a few words, upper or lower case."""

    class Choice(Unit):
        name, cell_format, has_zero = "choice", "@", False
        allowed = ", ".join(f'"{word}"' for word in words[:-1]) + f' or "{words[-1]}"'

        @classmethod
        def read(cls, value: Any) -> str:
            given = _Text.read(value)
            for word in words:
                if word.lower() == given.lower():
                    return word
            raise WrongType(f'is "{given}"; give {cls.allowed}')

        @classmethod
        def read_column(cls, values: List[Any]) -> List[Any]:
            return [None if v is None or v == "" else read_or_error(cls, v) for v in values]

    return Choice


# --- reading what a cell holds ---

_ISO = re.compile(
    r"(\d{4})-(\d\d?)(?:-(\d\d?))?(?:[T ](\d\d?):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?$", re.I
)
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
            raise WrongType(f'is the text "{text}", which can mean {one:.15g} or {other:.15g}; type it as a number')
        raise WrongType(f'is the text "{text}"; give {allowed}' if text else f"is an empty text; give {allowed}")
    try:
        return to_number(float(value), allowed)  # numpy numbers, fractions
    except (TypeError, ValueError):
        raise WrongType(f"is {value!r}; give {allowed}") from None


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
        found = _ISO.match(value.strip())
        if found:
            year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
            try:
                return dt.datetime(year, month, 1 if found[3] is None else day, hour, minute, second)
            except ValueError:
                raise WrongType(f'is the text "{value.strip()}", which is no day; give {allowed}') from None
        error = error_in_cell(value)
        if error:
            raise error
        if not number_readings(value):
            raise WrongType(f'is the text "{value.strip()}"; give {allowed}')
    serial = to_number(value, allowed)
    if not 1 <= serial < LAST_SERIAL + 1:
        raise OutOfRange(f"is {serial:.15g}; give {allowed}")
    # whole seconds: a serial's binary fraction is off by microseconds
    return _EPOCH + dt.timedelta(seconds=round(serial * 86400))


def to_serial(value: dt.date) -> float:
    """The serial number that a cell holds for a date or a moment (61 is 1900-03-01)."""
    days = float(value.toordinal() - _FIRST_DAY)
    if isinstance(value, dt.datetime):
        days += (value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6) / 86400
    return days
