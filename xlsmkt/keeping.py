"""Rows of a table across a refresh: which new row continues which old one, and what stood beside rows that are gone.

Also runs inside a workbook, in xlwings Lite: standard library only.
"""

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from xlsmkt.errors import UserError

_EPOCH = datetime.datetime(1899, 12, 30)
_DAYS_1904 = 1462


@dataclass(frozen=True, slots=True)
class LostRow:
    """What stood in a user's own columns of a table row that is no longer there.

    ``key`` is what the row was known by, a tuple if by several columns; ``values`` what the user's columns held, by
    heading; no blanks.
    """

    key: object
    values: dict[str, object]


_H = TypeVar("_H")
KnownBy = Sequence[Sequence[str]]
"""The headings of the columns that say which row of a table is which; where those of the first group are all blank, the
next group does."""


def row_keys(known_by: Sequence[Sequence[_H]], read: Callable[[Sequence[_H]], Iterable[Sequence[object]]]) -> list[Any]:
    """What each row of a table is known by: a value, or a tuple of them; ``read`` gives the columns of a group.

    >>> table = {"ID": [7, None], "Day": [1, 2], "Name": ["a", "b"]}
    >>> row_keys([["ID"], ["Day", "Name"]], lambda headings: [table[heading] for heading in headings])
    [7, (2, 'b')]
    """
    first, *others = known_by
    keys: list[Any] = list(*read(first)) if len(first) == 1 else list(zip(*read(first), strict=True))
    for group in others:
        blank = [row for row, key in enumerate(keys) if _is_blank(key)]
        if blank:
            columns = list(read(group))
            for row in blank:
                keys[row] = tuple(values[row] for values in columns)
    return keys


def continued(old_keys: Iterable[object], new_keys: Iterable[object], date1904: bool) -> list[int | None]:
    """For each new row the position of the old row with its key; of equal keys the first goes to the first.

    A key is a value, or a tuple of them.

    >>> continued(["L1", "L2", "L1"], ["L1", "L3", "L1", 7], False)
    [0, None, 2, None]
    """
    old: dict[object, list[int]] = {}
    for position, key in enumerate(old_keys):
        old.setdefault(_key(key, date1904), []).append(position)
    for positions in old.values():
        positions.reverse()
    result: list[int | None] = []
    for key in new_keys:
        positions = old.get(_key(key, date1904), [])
        result.append(positions.pop() if positions else None)
    return result


def serial(moment: datetime.datetime, date1904: bool) -> float:
    """The serial number of a moment; ValueError before the first day that the calendar holds."""
    days = (moment.replace(tzinfo=None) - _EPOCH) / datetime.timedelta(days=1)
    if date1904:
        days -= _DAYS_1904
    elif days < 61:  # Excel counts a 29 February 1900, which was not
        days -= 1
    if days < 0 or (not date1904 and days < 1):
        raise ValueError("before the first day of the calendar")
    return int(days) if days.is_integer() else round(days, 11)


def moment(serial: float, date1904: bool) -> datetime.datetime | float:
    """The moment of a serial number, to the second; the number itself where there is none.

    >>> moment(46027.25, False), moment(1e9, False)
    (datetime.datetime(2026, 1, 5, 6, 0), 1000000000.0)
    """
    try:
        return _EPOCH + datetime.timedelta(seconds=round((serial + _DAYS_1904 * date1904) * 86400))
    except (OverflowError, ValueError):
        return serial


def _is_blank(key: object) -> bool:
    return all(map(_is_blank, key)) if type(key) is tuple else _key(key, False) is None


def _key(value: object, date1904: bool) -> object:
    """A key as it is compared: 7, 7.0 and "7" are one, and so are a date and its serial number."""
    if type(value) is tuple:
        return tuple(_key(part, date1904) for part in value)
    if type(value) is str:
        return value.strip() or None
    if isinstance(value, datetime.date):
        moment = value if isinstance(value, datetime.datetime) else datetime.datetime(*value.timetuple()[:3])
        try:
            value = serial(moment, date1904)
        except ValueError:
            value = str(value)
    if isinstance(value, float):  # 8 digits behind the point are less than a thousandth of a second
        value = int(value) if value.is_integer() else round(value, 8)
    return None if value is None else str(value).strip() or None


def without_column(table: str, sheet: str, heading: str) -> UserError:
    """The refusal of a table that lacks a column of ours."""
    return UserError(
        f"The table {table} on the sheet {sheet} has no column {heading}: "
        "give one of its columns that heading again, or add it."
    )
