"""The sample company's touches: by which channels its leads of the last twelve months came, one after the other."""

import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence

TOUCH_HEADINGS = ["Lead ID", "Timestamp", "Channel"]
CHANNELS = ("Organic search", "Paid search", "Social", "E-mail", "Events", "Partners", "Website", "Retargeting")

# How often each channel, in the order above, brings what kind of touch. Social finds people, events help along those
# who become opportunities, e-mail closes, and retargeting mostly follows those who do not.
BEFORE = (0.22, 0.12, 0.42, 0.02, 0.09, 0.05, 0.06, 0.02)
BETWEEN = {
    True: (0.08, 0.05, 0.07, 0.16, 0.26, 0.10, 0.22, 0.06),
    False: (0.08, 0.07, 0.14, 0.14, 0.04, 0.03, 0.24, 0.26),
}
LAST = {True: (0.05, 0.07, 0.02, 0.50, 0.08, 0.07, 0.15, 0.06), False: (0.06, 0.08, 0.07, 0.28, 0.02, 0.02, 0.20, 0.27)}
# How often a lead has 1, 2, ... 6 touches.
LENGTHS = {True: (4, 10, 22, 28, 22, 14), False: (22, 30, 24, 13, 7, 4)}
OWN_SOURCE_FIRST = 0.55


def make_touches(rng: random.Random, leads: Sequence[Mapping[str, str]], end: dt.datetime) -> list[list[str]]:
    """Rows of lead, time and channel, the earliest first, of the leads created in the twelve months before ``end``."""
    begin = end - dt.timedelta(days=365)
    rows = [
        [lead["Lead ID"], moment.strftime("%Y-%m-%d %H:%M"), channel]
        for lead in leads
        if dt.datetime.fromisoformat(lead["Created Date"]) > begin
        for moment, channel in _path(rng, lead, end)
    ]
    return sorted(rows, key=lambda row: row[1])


def _path(rng: random.Random, lead: Mapping[str, str], end: dt.datetime) -> Iterator[tuple[dt.datetime, str]]:
    """A lead's touches: perhaps one before it was created, that of its source, others until it is an opportunity."""
    created = dt.datetime.fromisoformat(lead["Created Date"])
    converted = bool(lead.get("Converted Date"))
    last = dt.datetime.fromisoformat(lead["Converted Date"]) if converted else created + dt.timedelta(days=40)
    length = rng.choices(range(1, 7), LENGTHS[converted])[0]
    if length > 1 and rng.random() >= OWN_SOURCE_FIRST:
        length -= 1
        yield created - dt.timedelta(days=0.1 + rng.random() * 21), _channel(rng, BEFORE)
    yield created - dt.timedelta(minutes=1 + int(rng.random() * 25)), lead["Lead Source"]
    span = min(last, end) - created
    moments = sorted(created + span * rng.random() for _ in range(length - 1))
    for moment in moments:
        yield moment, _channel(rng, (LAST if moment is moments[-1] else BETWEEN)[converted])


def _channel(rng: random.Random, weights: Sequence[float]) -> str:
    return rng.choices(CHANNELS, weights)[0]
