"""Units: what a value in a cell means, its limits, how it is read from a cell and how a cell shows it.

A unit is written as the type of an argument: ``close_rate: Rate``. The catalogue reads it from there. To a type
checker, and to the function's body, it is the plain Python value that it reads to: a float, a date, a text.
``Column[Rate]`` is a column of them whose rows belong to those of the other columns, ``Cells[Date]`` a range whose
length is its own (holidays); a blank cell is None in both. This module is standard library and Python 3.8 only: it also
runs inside LibreOffice and Pyodide.
"""

import datetime as dt
from decimal import Decimal
from math import inf
from typing import TYPE_CHECKING, Any, Generic, List, Optional, Tuple, Type, TypeVar, Union

from xlsmkt.errors import CellError, OutOfRange, WrongType, error_in_cell, quoted
from xlsmkt.readings import FIRST_DAY, ISO, LAST_SERIAL, number_readings, to_datetime, to_number, to_serial

T = TypeVar("T")


class Column(List[Optional[T]]):
    """A column of values, a row each; None where a cell is blank. All columns of a call have the same length."""


class Cells(List[Optional[T]]):
    """A range whose length is its own (holidays, a price list); None where a cell is blank."""


class Block(Generic[T]):
    """A rectangle of cells. A function reads the columns that it needs; errors in the others do not matter."""

    def __init__(self, name: str, unit: "Type[Unit]", columns: List[Any]) -> None:
        self.height, self.width = len(columns[0]) if columns else 0, len(columns)
        self._name, self._unit, self._columns = name, unit, columns

    def column(self, number: int) -> List[Optional[T]]:
        """The values of a column (0 is the first); None where a cell is blank."""
        values = self._unit.read_column(list(self._columns[number]))
        raise_first_error(f"{self._name}, column {number + 1}", values)
        return values

    def blank_rows(self) -> List[bool]:
        """Whether each row is blank in every column; an error is not blank."""
        blank = [True] * self.height
        for column in self._columns:
            if True not in blank:
                break
            blank = [so_far and (v is None or (type(v) is str and not v.strip())) for so_far, v in zip(blank, column)]
        return blank


class ByColumn:
    """A rectangle of cells as a host may hand it over that has columns, not rows."""

    def __init__(self, columns: List[Any]) -> None:
        self.columns = columns


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


def raise_first_error(name: str, values: List[Any]) -> None:
    """Raise the first error in a column, with its row and the name of the column."""
    if any(issubclass(kind, CellError) for kind in set(map(type, values))):
        row, error = next((row, value) for row, value in enumerate(values, 1) if isinstance(value, CellError))
        error.args = (f"{name}, row {row}, {error}",)
        raise error


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


class _Hours(Unit):
    name, cell_format, allowed, least = "hours", "#,##0.0", "0 hours or more", 0


class _Clock(Unit):
    """An hour of the day: 9, 17.5, "9:00", or as Excel holds a time, 0.375 for 9:00."""

    name, cell_format, least, most = "hour of the day", "General", 0, 24
    allowed = "an hour from 0 to 24, such as 9 or 9:00"

    @classmethod
    def read(cls, value: Any) -> float:
        if isinstance(value, dt.time):
            return value.hour + value.minute / 60 + value.second / 3600
        if isinstance(value, str) and ":" in value:
            try:
                moment = to_datetime(f"2000-01-01 {value.strip()}")
            except CellError:
                raise WrongType(f'is the text "{quoted(value.strip())}"; give {cls.allowed}') from None
            return moment.hour + moment.minute / 60
        hour: float = super().read(value)
        return hour * 24 if hour < 1 else hour

    @classmethod
    def read_column(cls, values: List[Any]) -> List[Any]:
        return [None if v is None or v == "" else read_or_error(cls, v) for v in values]


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
    """How many, or whether: a count, or a mark (TRUE, "won", the serial number of a date), far above any count."""

    name, cell_format, allowed, least = "tally", "#,##0", "a count, TRUE or FALSE, or a date", 0

    @classmethod
    def read(cls, value: Any) -> float:
        if isinstance(value, str) and value.strip():
            word = value.strip().lower()
            if word in _MARKS:
                return _MARKS[word]
            if ISO.match(word):
                return to_serial(to_datetime(word, cls.allowed))
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
            day(int(v) + FIRST_DAY)
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
        day_0, after = dt.datetime.fromordinal(FIRST_DAY), dt.timedelta
        return [
            day_0 + after(0, round(v * 86400))  # as to_datetime does, in whole seconds
            if type(v) is float and 1 <= v <= LAST_SERIAL
            else None
            if v is None or v == ""
            else read_or_error(cls, v)
            for v in values
        ]


class _Truth(Unit):
    name, allowed = "yes or no", "TRUE or FALSE"


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
        raise WrongType(f"is {quoted(repr(value))}; give {cls.allowed}")

    @classmethod
    def read_column(cls, values: List[Any]) -> List[Any]:
        if set(map(type, values)) <= {float, type(None)}:
            return values[:]
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
    Hours = float
    Clock = float
    Months = float
    HeadedCount = Union[float, str]
    Tally = float
    Date = dt.date
    Time = dt.datetime
    Truth = bool
    Text = str
    Label = Union[str, float]
else:
    Count, HeadedCount, Rate, Ratio, Money, Number = _Count, _HeadedCount, _Rate, _Ratio, _Money, _Number
    Price, Days, Hours, Clock, Months, Tally = _Price, _Days, _Hours, _Clock, _Months, _Tally
    Date, Time, Truth, Text, Label = _Date, _Time, _Truth, _Text, _Label


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
            raise WrongType(f'is "{quoted(given)}"; give {cls.allowed}')

        @classmethod
        def read_column(cls, values: List[Any]) -> List[Any]:
            return [None if v is None or v == "" else read_or_error(cls, v) for v in values]

    return Choice
