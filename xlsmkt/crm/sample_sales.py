"""How the sample company's reps work their leads: each in a manner of its own, mostly within opening hours."""

import datetime as dt
import random
from dataclasses import dataclass

OPENS, CLOSES = 9, 17


@dataclass(frozen=True)
class Rep:
    """A sales rep and its habits."""

    name: str
    share: float  # of the leads
    hours: float  # business hours after which even the last in its queue has been called
    digs: float  # chance that it finds the number of a lead that left none
    forgets: float  # share of the leads with a number that it never calls
    tries: int  # calls before it gives a lead up


REPS = (
    Rep("Rep North 1", 0.19, 14, 0.50, 0.025, 6),
    Rep("Rep North 2", 0.17, 5, 0.90, 0.004, 8),  # the one to learn from
    Rep("Rep South 1", 0.18, 20, 0.20, 0.095, 6),
    Rep("Rep South 2", 0.16, 85, 0.10, 0.110, 5),  # slow
    Rep("Rep West 1", 0.16, 12, 0.40, 0.025, 3),  # gives up early
    Rep("Rep West 2", 0.14, 24, 0.20, 0.095, 6),
)


@dataclass(frozen=True)
class Contact:
    """What a rep has of a lead."""

    assigned: dt.datetime
    has_number: bool
    queue: float  # place in the rep's queue: 0 first, 1 last
    answers_at: int  # the call that the lead would answer; 0: none
    pause: float  # how long it lets the rep wait between two calls: 0 to 1
    due: dt.datetime | None  # when sales accepted it; then it was called and reached before


def work(rng: random.Random, rep: Rep, lead: Contact, end: dt.datetime) -> tuple[int, dict[str, dt.datetime]]:
    """What a rep did about a lead until ``end``: the number of calls; when it was first worked, when it was reached."""
    called = rng.random() < (1 - rep.forgets if lead.has_number else rep.digs)
    first = _first_call(rng, rep, lead)
    tries = max(1, rep.tries - int(3 * rng.random() ** 2))
    if first > end or not (called or lead.due):
        return 0, {}
    answers_at = lead.answers_at
    if lead.due:
        answers_at = min(answers_at or tries, tries)
    if 0 < answers_at <= tries:
        days = (answers_at - 1) * (0.8 + 1.5 * lead.pause)
        connected = next_open(first + dt.timedelta(days=days)) if days else first
        if lead.due:
            connected = max(first, min(connected, lead.due))
        if connected <= end:
            return answers_at, {"worked": first, "connected": connected}
        tries = answers_at - 1  # it will be reached after the end
    return max(1, min(tries, 1 + (end - first).days // 2)), {"worked": first}


def _first_call(rng: random.Random, rep: Rep, lead: Contact) -> dt.datetime:
    at_once = lead.assigned + dt.timedelta(minutes=5 + int(rng.random() * 50))
    if rng.random() < 0.12 and 7 <= lead.assigned.hour < 20:
        return at_once  # whatever the hour
    first = after_open_hours(lead.assigned, rep.hours * lead.queue**3)
    if lead.due and first > lead.due:
        first = next_open(lead.assigned)
        if first > lead.due:  # on a day off
            first = max(at_once, dt.datetime.combine(lead.due.date(), dt.time(OPENS)))
    return first


def next_open(moment: dt.datetime) -> dt.datetime:
    """The moment itself within opening hours, else the next opening."""
    if moment.hour >= CLOSES:
        moment = dt.datetime.combine(moment.date() + dt.timedelta(1), dt.time(OPENS))
    elif moment.hour < OPENS:
        moment = dt.datetime.combine(moment.date(), dt.time(OPENS))
    while moment.weekday() >= 5:
        moment = dt.datetime.combine(moment.date() + dt.timedelta(1), dt.time(OPENS))
    return moment


def after_open_hours(moment: dt.datetime, hours: float) -> dt.datetime:
    """So many opening hours after a moment."""
    moment, left = next_open(moment), dt.timedelta(hours=hours)
    while left > (rest := dt.datetime.combine(moment.date(), dt.time(CLOSES)) - moment):
        left -= rest
        moment = next_open(dt.datetime.combine(moment.date(), dt.time(CLOSES)))
    return moment + left
