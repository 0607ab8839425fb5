"""What a text or a cell means as a moment; the order of day and month is settled for a column from all its values."""

import datetime as dt
import math
import re

from xlsmkt.crm.asking import Answers, Question

ORDERS = ("day", "month", "year")  # what may come first
EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)

# A stage column may hold marks instead of dates.
TRUE, FALSE = ("true", "yes", "y", "x", "1", "won"), ("false", "no", "n", "0", "lost", "open")

# What follows the day: an hour, perhaps AM or PM, perhaps a time zone. The zone is left aside: times stay as written.
DAY_AND_TIME = (
    r"(?i)^(?P<day>.+?)(?:T|,? +)(?P<time>\d{1,2}:\d{2}(?::\d{2})?)(?:[.,]\d+)?\s*(?P<half>[ap]\.?m\.?)?"
    r"\s*\(?(?:[a-z]{1,5})?\s*(?:[+-]\d{1,2}(?::?\d{2})?)?\)?$"
)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})(?:\2(\d{1,2}))?$")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)$")
_NUMBERS = re.compile(r"(\d{1,2})([-/. ])\s?(\d{1,2})\2\s?(\d{4}|\d\d)$")
_NAMED = re.compile(
    r"(?:[a-z]{3,9}\.?,? )?(?:(?P<day1>\d{1,2})(?:st|nd|rd|th)?[-. /]*)?(?P<month>[a-z]{3,9})\.?"
    r"(?:[-. /]*(?P<day2>\d{1,2})(?:st|nd|rd|th)?(?=[, ]))?[-., /']*(?P<year>\d{4}|\d\d)$"
)
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")  # fmt: skip


def settled_days(
    texts: list[str | None], file: str, heading: str, answers: Answers, order: str | None = None
) -> list[int | None]:
    """The day of each text, as days since 1970; the order of day and month settled from all of them.

    Raises
    ------
    UserError
        Some texts can be read day first, month first or year first, nothing in the others
        tells, and nobody can be asked.
    """
    readings = [_possible(text) if text else {} for text in texts]
    proved: dict[str, set[str]] = {}  # for each sign between the numbers: the orders that all its values allow
    for text, reading in zip(texts, readings, strict=True):
        if text and reading and (sign := _sign(text)):
            proved[sign] = proved.get(sign, set(reading)) & set(reading)
    days: list[int | None] = []
    for text, reading in zip(texts, readings, strict=True):
        found = next(iter(reading.values()), None)
        if text and len(set(reading.values())) > 1:
            allowed = proved[_sign(text)]
            if len(allowed) == 1:
                (answer,) = allowed
            else:
                given = order or answers.date_order or answers.known.get((file, heading, "date_order"))
                words = {one: f"{day.day} {_month_name(day)}" for one, day in reading.items()}
                question = Question(file, heading, text, words, "--date-order", "date_order")
                answer = given if given in ORDERS else answers.answer(question, given)
            found = reading.get(answer)
        is_day = found is not None and EARLIEST <= found <= LATEST
        days.append(found.toordinal() - _EPOCH if found is not None and is_day else None)
    return days


def _possible(text: str) -> dict[str, dt.date]:
    """The days that a text can mean by order; one that can be read in one way only stands under the order "day"."""
    return {order: day for order, day in zip(ORDERS, day_readings(text), strict=False) if day is not None}


_EPOCH = dt.date(1970, 1, 1).toordinal()


def _month_name(day: dt.date) -> str:
    return f"{_MONTHS[day.month - 1].title()} {day.year}"


def _sign(text: str) -> str:
    found = _NUMBERS.match(text)
    return found[2] if found else ""


def day_readings(text: str) -> tuple[dt.date | None, ...]:
    """What a text can mean as a day: nothing, one day, or several: day first, month first and, where two digits
    with hyphens begin it as in 26-01-13, year first (None: not that way).

    >>> [str(day) for day in day_readings("05/04/2026")], [str(day) for day in day_readings("Sep 12, 2026")]
    (['2026-04-05', '2026-05-04'], ['2026-09-12'])
    >>> [str(day) for day in day_readings("31.12.25")]
    ['2025-12-31', 'None']
    >>> [str(day) for day in day_readings("26-01-13")]
    ['2013-01-26', 'None', '2026-01-13']
    """
    text = text.strip()
    for pattern, places in ((_YEAR_FIRST, (1, 3, 4)), (_COMPACT, (1, 2, 3))):
        found = pattern.match(text)
        if found:
            year, month, day = (int(found[place] or 1) for place in places)
            return tuple(filter(None, [_day(year, month, day)]))
    found = _NUMBERS.match(text)
    if found:
        first, second, year = int(found[1]), int(found[3]), _year(found[4])
        orders = [_day(year, second, first), _day(year, first, second)]
        if found[2] == "-" and len(found[1]) == len(found[4]) == 2:
            orders.append(_day(_year(found[1]), second, int(found[4])))
        return tuple(orders) if any(orders) else ()
    found = _NAMED.match(text.lower())
    if found:
        months = [number for number, name in enumerate(_MONTHS, 1) if name.startswith(found["month"])]
        if found["month"] == "sept":
            months = [9]
        if len(months) == 1 and not (found["day1"] and found["day2"]):
            named = _day(_year(found["year"]), months[0], int(found["day1"] or found["day2"] or 1))
            return tuple(filter(None, [named]))
    return ()


def _year(text: str) -> int:
    """Two digits are 1969 to 2068, as POSIX has it."""
    year = int(text)
    if len(text) == 4:
        return year
    return year + (2000 if year < 69 else 1900)


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def seconds_of(text: str | None) -> int:
    """Seconds since midnight of ``14:05``, ``2:05:33pm``; -1 when there is no such time."""
    if not text:
        return 0
    clock = text.rstrip("aApPmM. ")
    half = text[len(clock) : len(clock) + 1].lower()
    hour, minute, second = [*map(int, clock.split(":")), 0][:3]
    if half:
        if not 1 <= hour <= 12:
            return -1
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        return -1
    return hour * 3600 + minute * 60 + second


def typed_moment(value: object) -> tuple[int | None, bool | None]:
    """A typed cell as seconds since 1970, or as a mark; neither when it is no date."""
    if isinstance(value, bool):
        return None, value
    if isinstance(value, int | float):
        if value in (0, 1):
            return None, bool(value)
        serial = float(value)
        if not math.isfinite(serial) or not 1 <= serial < (LATEST.toordinal() - _SERIAL_0 + 1):
            return None, None
        return round((serial + _SERIAL_0 - _EPOCH) * 86400), None
    if isinstance(value, dt.datetime):
        day, seconds = value.date(), value.hour * 3600 + value.minute * 60 + value.second
    elif isinstance(value, dt.date):
        day, seconds = value, 0
    else:
        return None, None
    if not EARLIEST <= day <= LATEST:
        return None, None
    return (day.toordinal() - _EPOCH) * 86400 + seconds, None


_SERIAL_0 = dt.date(1899, 12, 30).toordinal()
