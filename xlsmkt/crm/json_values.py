"""Values of JSON answers as the texts that records hold."""

import datetime as dt
import zoneinfo
from decimal import Decimal
from typing import Any

from xlsmkt.crm.paths import shown
from xlsmkt.errors import UserError

_MOST_DIGITS = 400  # of a number that is written out; more is no number that a CRM means


def text_of(value: Any) -> str | None:
    """A value as a text: true and false, numbers without exponent, ``a;b`` for a list; None where nothing stands.

    >>> text_of(True), text_of(Decimal("1.0E+7")), text_of(12.50), text_of(""), text_of([3, "b"])
    ('true', '10000000', '12.5', None, '3;b')
    >>> text_of({"value": 2300, "currency": "EUR"})
    '2300'
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, list):
        return ";".join(text for one in value if (text := text_of(one)) is not None) or None
    if isinstance(value, dict):  # an amount with its currency, a time with its end, an address with its parts
        return text_of(value.get("value"))
    return str(value)


def local_text(value: Any, zone: dt.tzinfo) -> str | None:
    """A moment as it is in a zone: a deal closed on 31 March at 20:00 in New York is one of March.

    >>> local_text("2026-04-01T00:30:00.000+0000", zoneinfo.ZoneInfo("America/New_York"))
    '2026-03-31T20:30:00'
    """
    text = text_of(value)
    try:
        return text and dt.datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")
    except (ValueError, OverflowError):
        return text  # the import says what cannot be read


def zone_named(name: Any, title: str) -> zoneinfo.ZoneInfo:
    """A time zone that a CRM names; none is UTC."""
    try:
        return zoneinfo.ZoneInfo(str(name or "UTC"))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise UserError(
            f"this computer does not know the time zone {shown(name)} that {title} names: pip install --upgrade "
            "tzdata, then run again"
        ) from None


def _number(value: Decimal) -> str:
    if not value.is_finite() or abs(value.adjusted()) > _MOST_DIGITS:
        return str(value)
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
