"""Months and business days. Standard library and Python 3.8 only, as the units are."""

import datetime as dt
from calendar import monthrange
from typing import List, Optional, Sequence, Tuple

from xlsmkt.errors import OutOfRange

Holidays = Sequence[Optional[dt.date]]
"""Days off; blanks, repetitions and those that fall on a weekend change nothing."""


def month_of(day: dt.date) -> int:
    """The number of a month; the next month's is one more."""
    return day.year * 12 + day.month - 1


def first_day(month: int) -> dt.date:
    """The first day of the month with this number."""
    year, before = divmod(month, 12)
    if not 1900 <= year <= 9999:
        raise OutOfRange(f"the month falls in the year {year}; a cell holds dates from 1900 to 9999")
    return dt.date(year, before + 1, 1)


def month_ends(day: dt.date) -> Tuple[dt.date, dt.date]:
    """The first and the last day of the month that a day is in."""
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def business_days(first: dt.date, last: dt.date, holidays: Holidays = ()) -> int:
    """How many business days, both ends counted: Monday to Friday without the holidays, as NETWORKDAYS counts.

    >>> business_days(dt.date(2018, 3, 1), dt.date(2018, 3, 31), [dt.date(2018, 3, 30), dt.date(2018, 3, 31)])
    21
    """
    if last < first:
        return 0
    off = {day for day in holidays if day is not None and first <= day <= last and day.weekday() < 5}
    return _weekdays_until(last.toordinal()) - _weekdays_until(first.toordinal() - 1) - len(off)


def _weekdays_until(ordinal: int) -> int:
    """Mondays to Fridays since 0001-01-01, which was a Monday."""
    weeks, days = divmod(ordinal, 7)
    return weeks * 5 + min(days, 5)


def counted_days(first: dt.date, last: dt.date, holidays: Holidays, days: str) -> int:
    """How many days count: the business days, or every day when ``days`` is "calendar"."""
    return business_days(first, last, holidays) if days == "business" else max((last - first).days + 1, 0)


def listed_days(first: dt.date, last: dt.date, holidays: Holidays, days: str) -> List[dt.date]:
    """The days that ``counted_days`` counts."""
    every = [dt.date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1)]
    if days == "calendar":
        return every
    off = set(holidays)
    return [day for day in every if day.weekday() < 5 and day not in off]
