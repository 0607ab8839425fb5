"""What holds now, read from a computed workbook: leads above the threshold, leads past the agreed hours, the SLAs."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard, cast

from xlsmkt.errors import CellError, UserError
from xlsmkt.functions.sales_sla import speed_to_lead
from xlsmkt.hosts.dates1904 import DAYS_1904
from xlsmkt.package import Book
from xlsmkt.package.named_cells import place_of
from xlsmkt.package.references import column_letters
from xlsmkt.readings import to_datetime

_DATES = ("Created", "Assigned", "First worked", "Connected")
_READ = ("Lead ID", "Created", "Source", "Owner", "Assigned", "First worked", "Attempts", "Connected", "Closed", "Won")
_BEHIND, _FINE = "behind", ("on track", "ahead")


@dataclass(frozen=True)
class Lead:
    """A lead that somebody should work."""

    key: str  # what it is known by from run to run
    words: str
    assigned: str = ""  # an ISO moment, of those that are late


@dataclass(frozen=True)
class Standing:
    """How an SLA stands; what it speaks of is a month."""

    title: str  # "Marketing SLA"
    behind: bool
    status: str  # "on track"
    month: str  # "2026-03"
    figures: str

    @property
    def spoken_month(self) -> str:
        """The month as a sentence names it."""
        return f"{dt.date.fromisoformat(self.month + '-01'):%B %Y}"


@dataclass
class Now:
    """What holds now; what the workbook cannot say is None, and ``notes`` say why."""

    ready: list[Lead] | None = None  # to be called, best first
    above: set[str] = field(default_factory=set)  # every lead from the threshold on, worked or not
    below: set[str] = field(default_factory=set)
    late: list[Lead] | None = None  # longest first
    agreed: str = ""  # "4"
    waiting: dict[str, str] = field(default_factory=dict)  # not worked, still open: when it was assigned
    known: set[str] = field(default_factory=set)  # every lead of the workbook
    standings: dict[str, Standing] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    as_of: dt.datetime | None = None  # None when there are no figures yet


def read_now(path: Path, now: dt.datetime) -> Now:
    """What holds in a computed workbook at a moment; nothing of it is computed anew but the hours since assignment."""
    with Book.open(path) as book:
        if not any(name.name == "As_Of" for name in book.names):
            raise UserError(f"{path.name} is no workbook of xlsmkt: make one with 'xlsmkt new', then refresh it.")
        as_of = _day(book, "As_Of")
        if as_of is None:
            return Now(notes=[f"{path.name} holds no figures yet: refresh or compute it first."])
        columns = {name: _since_1900(book, cells) if name in _DATES else cells
                   for name, cells in book.columns("Leads", _READ).items()}  # fmt: skip
        leads = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        leads = [{"key": key, **lead} for key, lead in zip(_keys(leads), leads, strict=True)]
        found = Now(known={lead["key"] for lead in leads}, as_of=as_of)
        _read_ready(book, leads, as_of, found)
        _read_late(book, leads, as_of, now, found)
        found.standings = dict(_standings(book))
        return found


# --- leads that crossed the threshold ---


def _read_ready(book: Book, leads: list[dict[str, Any]], as_of: dt.datetime, found: Now) -> None:
    """The leads of the call list on the sheet Scoring, whoever's they are and however many it shows."""
    threshold, days = book.named_value("Score_Threshold"), book.named_value("Call_Days")
    scores = _scores(book, len(leads))
    if not _is_number(threshold) or not _is_number(days) or not any(map(_is_number, scores)):
        found.notes.append("Leads to call cannot be told: the sheet Scoring has no threshold, no days or no scores.")
        return
    last = as_of.toordinal() - dt.date(1899, 12, 30).toordinal()
    ready = []
    for lead, score in zip(leads, scores, strict=True):
        if not _is_number(score):
            continue
        if score < threshold:
            found.below.add(lead["key"])
            continue
        found.above.add(lead["key"])
        created = lead["Created"]
        is_new = _is_number(created) and last - days < created <= last
        if lead["Lead ID"] not in (None, "") and is_new and _is_open(lead) and not _touched(lead):
            ready.append((score, lead))
    ready.sort(key=lambda pair: pair[0], reverse=True)  # equal scores keep their order, as in the list
    found.ready = [Lead(lead["key"], f"{_called(lead)}: score {score:.1f}{_whose(lead)}") for score, lead in ready]
    found.below -= found.above  # of two rows with one ID the better one counts


def _scores(book: Book, rows: int) -> list[Any]:
    place = place_of(book, "Lead_Scores")
    if place is None or place.sheet not in book.sheet_names or not rows:
        return [None] * rows
    column = column_letters(place.area.left)
    return [row[0] for row in book.range(place.sheet, f"{column}{place.area.top}:{column}{place.area.top + rows - 1}")]


# --- leads that nobody has worked in time ---


def _read_late(book: Book, leads: list[dict[str, Any]], as_of: dt.datetime, now: dt.datetime, found: Now) -> None:
    """The open leads that wait for their first touch longer than agreed, as the sheet Sales SLA counts the hours."""
    most = book.named_value("Max_Hours")
    if not any(_touched(lead) or _is_number(lead["Attempts"]) for lead in leads):
        if leads:
            found.notes.append(
                "Leads not worked in time cannot be told: the export says of no lead that it was worked."
            )
        return
    end_of_day = dt.datetime.combine(as_of.date(), dt.time.max).replace(microsecond=0)
    end = min(end_of_day, now.replace(microsecond=0))
    until = max(end_of_day, _day(book, "Data_Until") or end_of_day)
    waiting = []
    for lead in leads:
        assigned = _moment(lead["Assigned"])
        if assigned is None or not _is_open(lead) or _worked(lead, until):
            continue
        found.waiting[lead["key"]] = assigned.isoformat(" ", "minutes")
        if assigned <= end:
            waiting.append((assigned, lead))
    try:
        if not _is_number(most):
            raise CellError("Max_Hours is no number")
        hours = _hours(book, [assigned for assigned, _ in waiting], end)
    except CellError as error:
        found.notes.append(f"Leads not worked in time cannot be told: mend the opening hours on Inputs ({error}).")
        return
    # whole seconds, as the sheet compares them
    late = [(h, a, lead) for h, (a, lead) in zip(hours, waiting, strict=True) if round(h * 3600) > round(most * 3600)]
    late.sort(key=lambda one: one[0], reverse=True)
    found.agreed = f"{most:g}"
    found.late = [
        Lead(
            lead["key"],
            f"{_called(lead)}{_whose(lead)}: waits {hours:,.1f} opening hours, since {assigned:%Y-%m-%d %H:%M}",
            found.waiting[lead["key"]],
        )
        for hours, assigned, lead in late
    ]


def _hours(book: Book, assigned: list[dt.datetime], end: dt.datetime) -> list[float]:
    if not assigned:
        return []
    days = book.column("Days_off", "Holiday") if "days_off" in book.tables else []
    off = [day for day in _since_1900(book, days) if day not in (None, "")]
    opens, closes = book.named_value("Opens"), book.named_value("Closes")
    count = cast(Any, speed_to_lead)  # which takes whatever cells hold
    found = count(assigned, [end] * len(assigned), opens, closes, off)
    hours: list[float] = found if isinstance(found, list) else [found]
    for value in hours:
        if isinstance(value, CellError):
            raise value
    return hours


def _worked(lead: Mapping[str, Any], until: dt.datetime) -> bool:
    """As SALES_SLA counts: touched by the day of the figures; else tried or reached."""
    touched = _moment(lead["First worked"])
    if touched is not None:
        return touched.date() <= until.date()
    reached = _moment(lead["Connected"])
    return _counts(lead["Attempts"]) or (reached is not None and reached.date() <= until.date())


def _touched(lead: Mapping[str, Any]) -> bool:
    return any(_counts(lead[column]) for column in ("First worked", "Attempts", "Connected"))


def _is_open(lead: Mapping[str, Any]) -> bool:
    return lead["Closed"] in (None, "") and lead["Won"] in (None, "")


# --- the SLAs ---


def _standings(book: Book) -> Iterator[tuple[str, Standing]]:
    value = book.named_value
    month = _day(book, "SLA_Month")
    if month is None:
        return
    given = f"{month:%Y-%m}"
    made, goal = value("Now_Actual"), value("Now_Goal_To_Date")
    if (status := value("Now_Status")) in (_BEHIND, *_FINE) and _is_number(made) and _is_number(goal):
        figures = f"{made:,.0f} leads to date, {goal:,.1f} promised by now"
        yield "marketing", Standing("Marketing SLA", status == _BEHIND, str(status), given, figures)
    worked, goal = value("Now_Worked_Rate"), value("Worked_Goal")
    if (status := value("Now_Sales_Status")) in (_BEHIND, *_FINE) and _is_number(worked) and _is_number(goal):
        figures = f"{100 * worked:.1f}% of the leads worked, {100 * goal:.1f}% promised"
        yield "sales", Standing("Sales SLA", status == _BEHIND, str(status), given, figures)


# --- cells ---


def _keys(leads: list[dict[str, Any]]) -> Iterator[str]:
    """What each lead is known by: its ID; without one what does not change while it waits, and which of them it is."""
    met: dict[str, int] = {}
    for lead in leads:
        key = _text(lead["Lead ID"])
        if not key:
            key = "|".join(["", *(_text(lead[column]) for column in ("Created", "Source", "Owner", "Assigned"))])
            met[key] = met.get(key, 0) + 1
            key += f"|{met[key]}"
        yield key


def _called(lead: Mapping[str, Any]) -> str:
    return _text(lead["Lead ID"]) or "A lead without an ID"


def _whose(lead: Mapping[str, Any]) -> str:
    source = _text(lead["Source"])
    return f", {_text(lead['Owner']) or 'nobody has it'}{f', from {source}' if source else ''}"


def _text(value: object) -> str:
    return f"{value:.15g}" if _is_number(value) else "" if value is None else str(value).strip()


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _counts(value: Any) -> bool:
    return _is_number(value) and value > 0


def _day(book: Book, name: str) -> dt.datetime | None:
    """The day that a named cell holds; None if it holds none."""
    return _moment(_since_1900(book, [book.named_value(name)])[0])


def _since_1900(book: Book, cells: list[object]) -> list[object]:
    """The cells of a column of dates, counted as our functions count days."""
    if not book.date1904:
        return cells
    return [cell + DAYS_1904 if _is_number(cell) else cell for cell in cells]


def _moment(value: object) -> dt.datetime | None:
    try:
        return to_datetime(value) if value not in (None, "", 0) else None
    except CellError:
        return None
