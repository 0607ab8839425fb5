"""Rows of a table across a refresh: which new row continues which old one, and what stood beside rows that are gone.

Also runs inside a workbook, in xlwings Lite: standard library only.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from xlsmkt.errors import UserError

_EPOCH = datetime.datetime(1899, 12, 30)
_DAYS_1904 = 1462


@dataclass(frozen=True, slots=True)
class LostRow:
    """What stood in a user's own columns of a table row that is no longer there.

    ``key`` is what the row's key column held, ``values`` what the user's columns held, by heading; no blanks.
    """

    key: object
    values: dict[str, object]


def continued(old_keys: Iterable[object], new_keys: Iterable[object], date1904: bool) -> list[int | None]:
    """For each new row the position of the old row with its key; of equal keys the first goes to the first.

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


def _key(value: object, date1904: bool) -> object:
    """A key as it is compared: 7, 7.0 and "7" are one, and so are a date and its serial number."""
    if isinstance(value, datetime.date):
        moment = value if isinstance(value, datetime.datetime) else datetime.datetime(*value.timetuple()[:3])
        try:
            value = serial(moment, date1904)
        except ValueError:
            value = str(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return None if value is None or value == "" else str(value).strip()


def without_column(table: str, sheet: str, heading: str) -> UserError:
    """The refusal of a table that lacks a column of ours."""
    return UserError(
        f"The table {table} on the sheet {sheet} has no column {heading}: "
        "give one of its columns that heading again, or add it."
    )
