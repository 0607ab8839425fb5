"""Business hours between two local moments. Standard library and Python 3.8 only, as the units are."""

import datetime as dt
from typing import Dict, Tuple

from xlsmkt.days import Holidays, business_days
from xlsmkt.errors import OutOfRange


class BusinessHours:
    """The hours of a team: from opening to closing, on the days that NETWORKDAYS counts. Reckoned in whole seconds."""

    def __init__(self, opens: float, closes: float, holidays: Holidays = ()) -> None:
        # whole seconds: an hour that arrives as a fraction of a day is off by its last binary place
        self._opens, self._closes = round(opens * 3600), round(closes * 3600)
        if self._opens >= self._closes:
            raise OutOfRange(
                f"closes is {closes:.15g}, opens {opens:.15g}; close later, or give 0 and 24 for work past midnight"
            )
        self._holidays = holidays
        self._days: Dict[int, Tuple[int, int]] = {}

    def seconds(self, start: dt.datetime, end: dt.datetime) -> int:
        """Business seconds between two moments; none when the end comes first.

        >>> friday, monday = dt.datetime(2026, 3, 6, 16, 30), dt.datetime(2026, 3, 9, 9, 15)
        >>> BusinessHours(9, 17).seconds(friday, monday) / 60
        45.0
        """
        return max(self._seconds_until(end) - self._seconds_until(start), 0)

    def _seconds_until(self, moment: dt.datetime) -> int:
        """Business seconds since 0001-01-01."""
        number = moment.toordinal()
        if number not in self._days:
            self._days[number] = self._day(moment.date())
        before, length = self._days[number]
        since_opening = moment.hour * 3600 + moment.minute * 60 + moment.second - self._opens
        return before + min(max(since_opening, 0), length)

    def _day(self, day: dt.date) -> Tuple[int, int]:
        """The business seconds before a day and those of the day; asked once a day, however many moments it has."""
        length = self._closes - self._opens
        own = length * business_days(day, day, self._holidays)
        return length * business_days(dt.date.min, day, self._holidays) - own, own
