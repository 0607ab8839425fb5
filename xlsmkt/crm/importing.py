"""The import: files of a CRM become our tables, checked, joined and counted."""

import csv
import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from xlsmkt.crm.asking import Answers, Ask
from xlsmkt.crm.checks import Builder, Log
from xlsmkt.crm.counting import daily_that_fits, last_day, leads_that_fit
from xlsmkt.crm.encodings import require_code_page
from xlsmkt.crm.entries import DEAL_ID, FileMapping
from xlsmkt.crm.joining import add_deals, add_up, newest, refuse_each, stack
from xlsmkt.crm.model import DAILY, IMPORTED, LEADS, MOST_ROWS
from xlsmkt.crm.planning import plan_files
from xlsmkt.crm.reasons import LONE_DEALS, too_early, too_many_rows
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
    """

    tables: dict[str, pd.DataFrame]
    refused: pd.DataFrame
    noted: pd.DataFrame
    superseded: int
    ignored: int
    until: dt.date | None
    sources: list[str]
    note: str = ""
    taken: dict[str, int] = field(default_factory=dict)  # rows of each table that were counted
    last_days: dict[str, dt.date] = field(default_factory=dict)

    def columns(self, table: str, date1904: bool = False) -> dict[str, pa.Array]:
        """The columns of a table for cells: dates as serial numbers, null for a blank, words dictionary-encoded."""
        return {str(name): _as_array(column, date1904) for name, column in self.tables[table].items()}

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

    Raises
    ------
    UserError
        A file or a mapping cannot be used, or something stays open.
    """
    answers = Answers(encoding, date_order, decimal, ask)
    tell = progress or (lambda _share, _words: None)
    if encoding is not None:
        require_code_page(encoding)
    log = Log()
    tell(0.0, "Reading headings")
    plan = plan_files([Path(path) for path in paths], mapping, answers)
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
    clean = {model.name: tables[model.name][model.columns] for model in IMPORTED if model.name in tables}
    limit = today or dt.date.today()
    last_days = {name: day for name, frame in clean.items() if (day := last_day(frame, limit))}
    notes = []
    if "Leads" in clean:
        daily, daily_note = daily_that_fits(clean["Leads"], most_rows)
        clean["Leads"], leads_note = leads_that_fit(clean["Leads"], most_rows)
        notes = [leads_note, daily_note]
        clean = {"Leads": clean.pop("Leads"), DAILY.name: daily, **clean}
    for name, frame in clean.items():
        if len(frame) > most_rows:
            raise UserError(too_many_rows(name, len(frame), most_rows))
    result = Imported(
        {name: frame.reset_index(drop=True) for name, frame in clean.items()},
        log.table(log.refused),
        log.table([pd.DataFrame(log.noted)] if log.noted else []),
        log.superseded,
        log.ignored,
        last_days.get("Leads"),
        list(dict.fromkeys(part.table.name for part in plan)),
        " ".join(filter(None, notes)),
        taken,
        last_days,
    )
    tell(1.0, "Imported")
    return result


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
