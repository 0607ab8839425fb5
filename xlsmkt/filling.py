"""What a refresh writes into a workbook, whatever brought it and whatever holds the workbook.

Also runs inside a workbook, in xlwings Lite: standard library only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sized
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from xlsmkt.crm.model import DAILY, IMPORT_LOG, IMPORTED, LEADS, MOST_ROWS, DataTable
from xlsmkt.errors import UserError
from xlsmkt.keeping import KnownBy, LostRow, moment
from xlsmkt.stored import Inputs

FAILED = "Refresh_Failed"
"""The cell of Start that says that a refresh failed; blank after a good one."""

Progress = Callable[[float, str], None]
"""Is told the share done (0 to 1) and what is being done."""


class Imported(Protocol):
    """What an import brought; `xlsmkt.crm.importing.Imported` says what each part means."""

    @property
    def tables(self) -> dict[str, Any]:
        """Each table of ours that was given; its length is its number of rows."""
        ...

    @property
    def taken(self) -> dict[str, int]: ...

    @property
    def refused(self) -> Sized: ...

    @property
    def noted(self) -> Sized: ...

    @property
    def commonest_refusal(self) -> str: ...

    @property
    def superseded(self) -> int: ...

    @property
    def ignored(self) -> int: ...

    @property
    def until(self) -> dt.date | None: ...

    @property
    def sources(self) -> list[str]: ...

    @property
    def note(self) -> str: ...

    def columns(self, table: str, date1904: bool = False) -> Mapping[str, Any]:
        """The columns of a table for cells, by heading: dates as serial numbers."""
        ...

    def log(self) -> dict[str, list[Any]]:
        """The rows of the import log, by heading."""
        ...


class Target(Inputs, Protocol):
    """A workbook that a refresh fills: a file, or one that is open in a spreadsheet program."""

    @property
    def tables(self) -> Mapping[str, object]:
        """The tables by name (casefolded)."""
        ...

    @property
    def date1904(self) -> bool: ...

    def replace_rows(self, table: str, columns: Mapping[str, Any], known_by: KnownBy = ()) -> list[LostRow]: ...

    def set_named_value(self, name: str, value: object) -> None: ...


class Computed(Protocol):
    """What computing a workbook came to."""

    @property
    def cells(self) -> int: ...

    @property
    def kept(self) -> list[str]: ...

    @property
    def errors(self) -> list[str]: ...


@dataclass
class Outcome:
    """What a refresh took, refused and computed; ``str()`` of it is the last line that a user reads."""

    computed: Computed | None = None  # None: the spreadsheet program computes
    taken: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    refusals: object = None  # where they are listed
    notes: list[str] = field(default_factory=list)

    @property
    def kept(self) -> list[str]:
        """``Sheet!A1: why`` of the cells that kept their old value."""
        return self.computed.kept if self.computed else []

    @property
    def errors(self) -> list[str]:
        """``Sheet!A1: what to mend`` of the cells that show an error of one of our functions."""
        return self.computed.errors if self.computed else []

    def __str__(self) -> str:
        parts = []
        if self.taken:
            parts.append("Taken: " + ", ".join(f"{rows:,} rows of {name}" for name, rows in self.taken.items()))
            parts.append(f"refused: {self.refused:,}" + (f" (listed in {self.refusals})" if self.refusals else ""))
        if self.computed:
            kept = f", {len(self.kept):,} kept as they were" if self.kept else ""
            errors = f", {len(self.errors):,} with an error" if self.errors else ""
            parts.append(f"computed: {self.computed.cells:,} cells{errors}{kept}")
        line = "; ".join(parts)
        return line[0].upper() + line[1:] + "."


def fill(book: Target, imported: Imported, now: dt.datetime) -> tuple[dict[str, int], dict[str, list[LostRow]]]:
    """Put what was imported into the tables and the Start cells of a workbook.

    Gives the rows taken by table, and what users had typed beside rows that are gone. The tables are taken out of
    ``imported``.
    """
    _require_rows(book, imported)
    taken, lost = {}, {}
    for table in (*IMPORTED, DAILY):
        if table.name in imported.tables and table.name.casefold() in book.tables:
            taken[table.name] = imported.taken.get(table.name, len(imported.tables[table.name]))
            columns = imported.columns(table.name, book.date1904)
            del imported.tables[table.name]  # a million rows need not be held twice
            lost[table.name] = _replaced(book, table, columns)
    if IMPORT_LOG.name.casefold() in book.tables:
        lost[IMPORT_LOG.name] = _replaced(book, IMPORT_LOG, _log(imported, taken))
    if imported.until:
        book.set_named_value("Data_Until", imported.until)
    for name, value in {
        "Last_Refresh": now,
        "Last_Source": ", ".join(imported.sources),
        "Rows_Taken": sum(rows for name, rows in taken.items() if name != DAILY.name),
        "Rows_Refused": len(imported.refused),
        FAILED: None,
    }.items():
        book.set_named_value(name, value)
    if LEADS.name in taken:
        book.set_named_value("Leads_Note", imported.note)
    return taken, lost


def _replaced(book: Target, table: DataTable, columns: Mapping[str, Any]) -> list[LostRow]:
    return [_named(row, table, book.date1904) for row in book.replace_rows(table.name, columns, table.known_by)]


def _named(row: LostRow, table: DataTable, date1904: bool) -> LostRow:
    """A row that is gone, named as a user can find it in the old data: ``2026-01-05, Fair``."""
    if type(row.key) is not tuple:
        return row
    headings = next(group for group in table.known_by if len(group) == len(row.key))
    parts = []
    for heading, value in zip(headings, row.key, strict=True):
        if table.field(heading).kind != "text" and isinstance(value, int | float):
            value = moment(value, date1904)
        if value is not None:
            parts.append(str(value).removesuffix(" 00:00:00"))
    return replace(row, key=", ".join(parts))


def _require_rows(book: Target, imported: Imported) -> None:
    """What was imported has a place in the workbook, and there is something to put there."""
    for table in IMPORTED:
        if table.name not in imported.tables:
            continue
        if table.name.casefold() not in book.tables:
            raise UserError(
                f"{book.path.name} has no table {table.name}, for which there are rows in "
                f"{', '.join(imported.sources)}; give the table that name again (Table Design, Table Name), or leave "
                "that file out."
            )
        if not len(imported.tables[table.name]):
            why = f" (most often: {imported.commonest_refusal})" if imported.commonest_refusal else ""
            raise UserError(
                f"{', '.join(imported.sources)} holds no row for {table.name} that can be taken{why}; "
                "nothing was written, mend the export or its mapping."
            )


def _log(imported: Imported, taken: dict[str, int]) -> dict[str, list[object]]:
    """The Import log: first what was taken, then each row refused and each value changed."""
    counts = {f"rows taken into {name}": rows for name, rows in taken.items()}
    counts["rows refused"] = len(imported.refused)
    counts["values changed or left blank in rows that were taken"] = len(imported.noted)
    counts["older versions of rows with the same id, left out"] = imported.superseded
    counts["rows that the mapping or the file itself leaves out"] = imported.ignored
    told = {words: rows for words, rows in counts.items() if rows or words == "rows refused"}
    listed = imported.log()
    room = MOST_ROWS - len(told) - 1
    if len(listed["Reason"]) > room:
        told[f"more lines than a sheet holds: the first {room:,} are listed"] = room
    blank: list[object] = [None] * len(told)
    heads: dict[str, list[object]] = {
        "File": blank,
        "Line": blank,
        "Column": blank,
        "Value": list(told.values()),
        "Reason": list(told),
    }
    return {name: [*column, *listed[name][:room]] for name, column in heads.items()}


def require_tables(book: Target) -> None:
    if not any(table.name.casefold() in book.tables for table in IMPORTED):
        raise UserError(
            f"{book.path.name} has none of the tables Leads, Spend and Web; begin with a copy of the template "
            "(xlsmkt new BOOK makes one)"
        )
