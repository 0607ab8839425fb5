"""The import in plain Python: tables of a CRM become our tables, checked, joined and counted."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from xlsmkt.crm.asking import Answers
from xlsmkt.crm.entries import FileMapping
from xlsmkt.crm.kinds import kind_of
from xlsmkt.crm.model import DAILY, IMPORTED, MOST_ROWS, TABLES
from xlsmkt.crm.paths import given_twice
from xlsmkt.crm.plain.columns import DAY, read_texts
from xlsmkt.crm.plain.counting import daily_that_fits, last_day, leads_that_fit
from xlsmkt.crm.plain.joining import finished_leads, stack
from xlsmkt.crm.plain.log import Log, Logged, Place, in_order
from xlsmkt.crm.plain.rows import Builder, Frame
from xlsmkt.crm.plain.tables import PlainTable
from xlsmkt.crm.reasons import LOG_COLUMNS, LONE_DEALS, NO_DATES, NO_FILE, SHARE_AN_ID, headings_shown, too_many_rows
from xlsmkt.crm.recognising import Recognised, join_deals, recognise
from xlsmkt.errors import UserError

_LOOKED_AT = 500  # rows


@dataclass
class PlainImported:
    """What an import brought; see `xlsmkt.crm.importing.Imported`, whose parts have the same names."""

    tables: dict[str, Frame]
    refused: list[Logged]
    noted: list[Logged]
    superseded: int
    ignored: int
    until: dt.date | None
    sources: list[str]
    note: str
    taken: dict[str, int]
    last_days: dict[str, dt.date]

    def columns(self, table: str, date1904: bool = False) -> dict[str, list[Any]]:
        """The columns of a table for cells: dates as serial numbers, None for a blank."""
        model = next(one for one in TABLES if one.name == table)
        first_day = dt.datetime(1904, 1, 1) if date1904 else dt.datetime(1899, 12, 30)
        start = int((first_day - dt.datetime(1970, 1, 1)).total_seconds())
        columns = self.tables[table].columns
        return {
            one.name: [None if moment is None else (moment - start) / DAY for moment in columns[one.name]]
            if one.kind in ("date", "time")
            else columns[one.name]
            for one in model.fields
        }

    @property
    def commonest_refusal(self) -> str:
        """The reason for which most rows were refused; "" if none was."""
        reasons = Counter(line.reason for line in self.refused).most_common(1)
        return reasons[0][0] if reasons else ""

    def log(self) -> dict[str, list[Any]]:
        """The import log for cells: refused rows first, then notes."""
        lines = [*self.refused, *self.noted]
        return {name: [line[place] for line in lines] for place, name in enumerate(LOG_COLUMNS)}


def import_plain(
    tables: list[PlainTable],
    answers: Answers | None = None,
    *,
    today: dt.date | None = None,
    most_rows: int = MOST_ROWS,
) -> PlainImported:
    """Import tables by their headings.

    Parameters
    ----------
    tables
        What `read_file` and `pasted` give.
    answers
        What settles a date such as 05/04/2026 or a number such as 1.234, where the table itself does not.
    today
        Later days do not count as days of which the data speak.
    most_rows
        Rows that a sheet holds.

    Raises
    ------
    UserError
        A table cannot be used, or something stays open.
    """
    answers = answers or Answers()
    log = Log()
    plan = _planned(tables)
    frames: dict[str, list[Frame]] = {}
    deals: list[tuple[FileMapping, Frame]] = []
    for table, entry, remark in plan:
        builder = Builder(table, entry, answers, log)
        if remark and table.rows:
            first = min([*table.lines, *(line for line, _ in table.ragged)])
            log.note([Place(builder.file, first)], "", "", remark)
        frame = builder.build(several=sum(other.table == entry.table for _, other, _ in plan) > 1)
        if entry.join:
            deals.append((entry, frame))
        else:
            frames.setdefault(entry.table, []).append(frame)
    found = {model.name: stack(frames[model.name], model) for model in IMPORTED if model.name in frames}
    if "Leads" in found:
        found["Leads"] = finished_leads(found["Leads"], deals, log)
    elif deals:
        raise UserError(LONE_DEALS)
    taken = {name: len(frame) for name, frame in found.items()}
    limit = today or dt.date.today()
    models = {model.name: model for model in IMPORTED}
    last_days = {name: day for name, frame in found.items() if (day := last_day(frame, models[name], limit))}
    note = ""
    if "Leads" in found:
        daily, daily_note = daily_that_fits(found["Leads"], most_rows)
        leads, leads_note = leads_that_fit(found.pop("Leads"), most_rows)
        found = {"Leads": leads, DAILY.name: daily, **found}
        note = " ".join(filter(None, [leads_note, daily_note]))
    for name, frame in found.items():
        if len(frame) > most_rows:
            raise UserError(too_many_rows(name, len(frame), most_rows))
    sources = list(dict.fromkeys(table.name for table in tables))
    refused, noted = in_order(log.refused), in_order(log.noted)
    until = last_days.get("Leads")
    return PlainImported(found, refused, noted, log.superseded, log.ignored, until, sources, note, taken, last_days)


# --- which table is what ---


def _planned(tables: list[PlainTable]) -> list[tuple[PlainTable, FileMapping, str]]:
    """Each table with the mapping that follows from its headings, and what they leave open."""
    if not tables:
        raise UserError(NO_FILE)
    seen: dict[str, PlainTable] = {}
    for table in tables:
        if table.digest and table.digest in seen:
            raise given_twice(table.name, seen[table.digest].name)
        seen[table.digest] = table
    kinds = [_kind(table, tables) for table in tables]
    main = next((kind for kind in kinds if kind.table == "Leads" and not kind.is_deals), None)
    plan = []
    for table, kind in zip(tables, kinds, strict=True):
        entry = _beside(kind, main) if main and kind.is_deals else kind.mapping()
        plan.append((table, entry, "; ".join(filter(None, [kind.remark, table.remark]))))
    return plan


def _kind(table: PlainTable, tables: list[PlainTable]) -> Recognised:
    """The kind of export that a table is; for one that is not known advice that can help."""
    kind = recognise(table.name, table.headings)
    if kind is not None:
        return kind
    what = f"{table.name} is no export that is known (its headings are {headings_shown(table.headings)})"
    if not any(_is_dated(one) for one in tables):
        raise UserError(f"{what} and {NO_DATES}")
    raise UserError(
        f"{what}; give its columns the headings of the sheet that they are for: Leads, Spend, Web or Touches"
    )


def _is_dated(table: PlainTable) -> bool:
    """Whether any column holds dates: without one nothing can be counted."""
    named = [place for place, heading in enumerate(table.headings) if heading]
    sample = table.rows[:_LOOKED_AT]
    columns = [read_texts([row[place] for row in sample]) for place in named]
    return any(kind_of([text for text in dict.fromkeys(column) if text]) == "date" for column in columns)


def _beside(deals: Recognised, leads: Recognised) -> FileMapping:
    """The mapping of a table of deals beside one of leads, joined by their headings."""
    entry = join_deals(leads.mapping(), deals)
    if entry is None:
        raise UserError(f"{leads.name} and {deals.name} share no id that is known by its heading; {SHARE_AN_ID}")
    return entry
