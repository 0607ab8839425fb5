"""Which old row of a table a new one continues: the row with the same key."""

import datetime
from collections.abc import Iterable

from xlsmkt.package.cells import serial


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
