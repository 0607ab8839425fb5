"""The import: files of a CRM become our tables, checked, joined and counted."""

import csv
import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

from xlsmkt.crm.asking import Answers, Ask
from xlsmkt.crm.bulk import Bulk, NotPlain, import_bulk, suits
from xlsmkt.crm.checks import Builder, Log
from xlsmkt.crm.delivering import deliver, last_day_of, leads_of
from xlsmkt.crm.encodings import require_code_page
from xlsmkt.crm.entries import DEAL_ID, FileMapping
from xlsmkt.crm.joining import add_deals, add_up, newest, refuse_each, stack
from xlsmkt.crm.model import IMPORTED, LEADS, MOST_ROWS
from xlsmkt.crm.planning import Part, plan_files
from xlsmkt.crm.reasons import LONE_DEALS, too_early, too_many_rows
from xlsmkt.crm.scanning import Streamed
from xlsmkt.crm.values import guarded
from xlsmkt.errors import UserError

Progress = Callable[[float, str], None]


@dataclass
class Imported:
    """What an import brought.

    Attributes
    ----------
    tables
        For each table of ours that was given (Leads, Spend, Web, Touches; Daily whenever Leads is) a frame with exactly
        its columns: days and moments as datetime64, numbers as float64, words as categories; missing ones NaT or NaN.
    refused
        The rows that could not be counted: File, Line, Column, Value, Reason.
    noted
        Values that were changed or left blank on the way in; same columns. Their rows are counted.
    superseded
        Older versions of rows with the same id, left out.
    ignored
        Rows that the mapping leaves out, deleted ones and the lines of report footers.
    until
        The last day, not after today, of which the leads speak: a day of creation or of a stage. None without leads:
        costs, visits or touches alone do not move a report's day.
    last_days
        The same for each table, whatever else was given.
    sources
        The names of the files.
    note
        A sentence about what does not fit on a sheet, or "".
    leads
        All leads that were counted, also those that do not fit, where they lie; None without leads.
    """

    tables: dict[str, Any]
    refused: pd.DataFrame
    noted: pd.DataFrame
    superseded: int
    ignored: int
    until: dt.date | None
    sources: list[str]
    note: str = ""
    taken: dict[str, int] = field(default_factory=dict)  # rows of each table that were counted
    last_days: dict[str, dt.date] = field(default_factory=dict)
    leads: ibis.Table | None = None
    held: Bulk | None = field(default=None, repr=False)  # where ``leads`` lie, if they are a file's

    def release(self) -> None:
        """Let go of ``leads``: a workbook needs no more than the tables, and the memory for itself."""
        self.leads = None
        if self.held is not None:
            self.held.close()

    def columns(self, table: str, date1904: bool = False) -> dict[str, pa.Array]:
        """The columns of a table for cells: dates as serial numbers, null for a blank, words dictionary-encoded."""
        held = self.tables[table]
        if isinstance(held, pa.Table):
            return {
                name: _cells(column, date1904) for name, column in zip(held.column_names, held.columns, strict=True)
            }
        return {str(name): _as_array(column, date1904) for name, column in held.items()}

    def lists(self, table: str) -> dict[str, list[Any]]:
        """The same as lists, None for a blank."""
        return {name: column.to_pylist() for name, column in self.columns(table).items()}

    @property
    def commonest_refusal(self) -> str:
        """The reason for which most rows were refused; "" if none was."""
        return str(self.refused["Reason"].value_counts().index[0]) if len(self.refused) else ""

    def log(self) -> dict[str, list[Any]]:
        """The import log for cells: refused rows first, then notes."""
        rows = pd.concat([self.refused, self.noted], ignore_index=True)
        return {str(name): column.tolist() for name, column in rows.items()}

    def write_refusals_csv(self, path: Path) -> None:
        """Write the refused rows as CSV; a text that a spreadsheet would take for a formula gets an apostrophe."""
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerow(self.refused.columns)  # a refresh knows its own list by this line
            writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
            for row in self.refused.itertuples(index=False):
                writer.writerow([guarded(value) for value in row])


def import_files(
    paths: Iterable[Path],
    mapping: Path | None = None,
    *,
    encoding: str | None = None,
    date_order: Literal["day", "month", "year"] | None = None,
    decimal: Literal[".", ","] | None = None,
    ask: Ask | None = None,
    progress: Progress | None = None,
    today: dt.date | None = None,
    most_rows: int = MOST_ROWS,
    most_leads: int = MOST_ROWS,
    bulk: bool | None = None,
) -> Imported:
    """Import CSV and Excel files, by their headings or by a mapping file.

    Parameters
    ----------
    paths
        The files; with a mapping also none: then the mapping names them.
    mapping
        A mapping file, see `xlsmkt.crm.mapping`. A file that no entry names is taken by its headings.
    encoding, date_order, decimal
        What settles a file that is not Unicode, a date such as 05/04/2026, a number such as 1.234, where the file
        itself does not.
    ask
        Answers a question that stays open; without it an open question is an error.
    progress
        Is told the share done (0 to 1) and what is being done.
    today
        Later days do not count as days of which the data speak.
    most_rows
        Rows that a sheet holds.
    most_leads
        Rows that the sheet Leads is to hold.
    bulk
        Whether CSV files of leads go through a database on disk; None: large ones do. Where that would not be exact
        they do not.

    Raises
    ------
    UserError
        A file or a mapping cannot be used, or something stays open.
    """
    answers = Answers(encoding, date_order, decimal, ask)
    if encoding is not None:
        require_code_page(encoding)
    if progress:
        progress(0.0, "Reading headings")
    plan = plan_files([Path(path) for path in paths], mapping, answers, bulk)
    return import_plan(plan, answers, progress=progress, today=today, most_rows=most_rows, most_leads=most_leads)


def import_plan(
    plan: list[Part],
    answers: Answers,
    *,
    progress: Progress | None = None,
    today: dt.date | None = None,
    most_rows: int = MOST_ROWS,
    most_leads: int = MOST_ROWS,
) -> Imported:
    """Import tables of which it is settled what feeds what; see `import_files`.

    Leads that are streams (`xlsmkt.crm.scanning.Streamed`) go through a database on disk.
    """
    tell = progress or (lambda _share, _words: None)
    limit = today or dt.date.today()
    result = _in_bulk(plan, answers, tell, limit, most_rows, most_leads) if suits(plan) else None
    result = result or _carefully(plan, answers, tell, limit, most_rows, most_leads)
    for name, table in result.tables.items():
        if len(table) > most_rows:
            raise UserError(too_many_rows(name, len(table), most_rows))
    tell(1.0, "Imported")
    return result


def _in_bulk(
    plan: list[Part], answers: Answers, tell: Progress, today: dt.date, most_rows: int, most_leads: int
) -> Imported | None:
    """Import large tables of leads; None where only the careful way is exact."""
    log, bulk = Log(), Bulk(on_disk=any(part.table.is_huge for part in plan if isinstance(part.table, Streamed)))
    tell(0.05, f"Reading {plan[0].table.name}")
    try:
        found = import_bulk(plan, answers, log, bulk)
    except NotPlain:
        bulk.close()
        return None
    assert found.leads is not None
    tell(0.7, "Counting")
    made = deliver(found.leads, today=today, most_rows=most_rows, most_leads=most_leads)
    last_days = {LEADS.name: made.last_day} if made.last_day else {}
    return _result(plan, log, dict(made.tables), made.taken, last_days, made.note, found.leads, bulk)


def _carefully(
    plan: list[Part], answers: Answers, tell: Progress, today: dt.date, most_rows: int, most_leads: int
) -> Imported:
    """Import tables that fit into memory."""
    log = Log()
    frames: dict[str, list[pd.DataFrame]] = {}
    deals: list[tuple[FileMapping, pd.DataFrame]] = []
    for number, part in enumerate(plan):
        tell(0.05 + 0.65 * number / len(plan), f"Reading {part.table.name}")
        entry, builder = part.mapping, Builder(part.table, part.mapping, answers, log)
        if part.remark and len(builder.rows.records):
            log.note(builder.file, np.array([0]), "", "", part.remark)
        several = sum(one.mapping.table == entry.table for one in plan) > 1
        frame = builder.build(part.names, several)
        if entry.join:
            deals.append((entry, frame))
        else:
            frames.setdefault(entry.table, []).append(_summed(frame, entry))
    tell(0.7, "Checking")
    tables = {model.name: stack(frames.pop(model.name), model) for model in IMPORTED if model.name in frames}
    if "Leads" in tables:
        tables["Leads"] = _finished_leads(tables["Leads"], deals, log)
    elif deals:
        raise UserError(LONE_DEALS)
    tell(0.85, "Counting")
    taken = {name: len(frame) for name, frame in tables.items()}
    clean = {
        model.name: tables.pop(model.name)[model.columns].reset_index(drop=True)
        for model in IMPORTED
        if model.name in tables
    }
    last_days = {name: day for name, frame in clean.items() if (day := last_day_of(frame, today))}
    if LEADS.name not in clean:
        return _result(plan, log, clean, taken, last_days)
    frame = clean.pop(LEADS.name)
    leads = leads_of(frame)
    made = deliver(leads, today=today, most_rows=most_rows, most_leads=most_leads, frame=frame)
    return _result(plan, log, {**made.tables, **clean}, taken, last_days, made.note, leads)


def _result(
    plan: list[Part],
    log: Log,
    tables: dict[str, Any],
    taken: dict[str, int],
    last_days: dict[str, dt.date],
    note: str = "",
    leads: ibis.Table | None = None,
    held: Bulk | None = None,
) -> Imported:
    return Imported(
        tables,
        log.table(log.refused),
        log.table([pd.DataFrame(log.noted)] if log.noted else []),
        log.superseded,
        log.ignored,
        last_days.get(LEADS.name),
        list(dict.fromkeys(part.table.name for part in plan)),
        note,
        taken,
        last_days,
        leads,
        held,
    )


def _finished_leads(leads: pd.DataFrame, deals: list[tuple[FileMapping, pd.DataFrame]], log: Log) -> pd.DataFrame:
    """The newest version of each lead, with its deals, and without those that end before they begin."""
    leads = newest(leads, "Lead ID", log).reset_index(drop=True)
    own = leads[["Won", "Closed"]]
    for entry, frame in deals:
        key = next(iter(entry.join))
        brought = [name for name in entry.columns if name in LEADS.columns]
        brought += [name for name in entry.when if name not in brought]
        leads = add_deals(leads, newest(frame, DEAL_ID, log), key, brought, log)
    leads["Closed"] = leads["Closed"].where(leads["Closed"].notna(), leads["Won"])
    keep = pd.Series(True, leads.index)
    for stage in ("Won", "Closed"):
        early = keep & (leads[stage] < leads["Created"])
        reason = too_early(stage)
        dealt = next((f"{heading} ({one.path})" for one, _ in deals if (heading := one.heading(stage))), "")
        joined = (leads[stage] != own[stage]) & bool(dealt)
        for rows, column in ((leads[early & ~joined], ""), (leads[early & joined], dealt)):
            days = [f"{day:%Y-%m-%d}" for day in rows[stage]]
            refuse_each(log, rows, stage, days, reason, column)
        keep &= ~early
    return leads if keep.all() else leads[keep]


def _summed(frame: pd.DataFrame, entry: FileMapping) -> pd.DataFrame:
    if not entry.sum:
        return frame
    model = entry.model
    return add_up(stack([frame], model), model)


# --- cells ---


def _as_array(column: "pd.Series[Any]", date1904: bool) -> pa.Array:
    if column.dtype.kind == "M":
        moments = column.to_numpy("datetime64[s]")
        first_day = np.datetime64("1904-01-01" if date1904 else "1899-12-30", "s")
        numbers = (moments - first_day).astype(np.float64) / 86400
        return pa.array(numbers, mask=np.isnat(moments))
    if column.dtype.kind in "fi":
        return pa.array(column.to_numpy(np.float64), from_pandas=True)
    return pa.array(column.array, from_pandas=True)


def _cells(column: pa.ChunkedArray, date1904: bool) -> pa.Array:
    """The cells of a column that came from a database."""
    whole = column.combine_chunks()
    if pa.types.is_temporal(whole.type):
        return _as_array(pd.Series(whole.cast(pa.timestamp("s"), safe=False).to_numpy(zero_copy_only=False)), date1904)
    if pa.types.is_string(whole.type) or pa.types.is_large_string(whole.type):
        return whole.dictionary_encode()
    return whole if pa.types.is_dictionary(whole.type) else whole.cast(pa.float64())
