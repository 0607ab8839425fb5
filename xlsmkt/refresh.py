"""Refresh: a source becomes the tables of a workbook, then the workbook is computed; all of it or nothing.

The steps are the same for every host; the host brings the function that computes.
"""

import datetime as dt
import getpass
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import filelock

from xlsmkt.beside import is_own_list, left_over, write_refused
from xlsmkt.crm.counting import MOST_ROWS
from xlsmkt.crm.importing import Imported, Progress
from xlsmkt.crm.model import DAILY, IMPORT_LOG, IMPORTED, LEADS
from xlsmkt.errors import UserError
from xlsmkt.package import Edit, LostRow, TableInfo
from xlsmkt.template.shipped import EDITIONS, shipped_template


class Computed(Protocol):
    """What computing a workbook came to."""

    @property
    def cells(self) -> int: ...

    @property
    def kept(self) -> list[str]: ...

    @property
    def errors(self) -> list[str]: ...


Compute = Callable[[Edit, Progress], Computed]


class Inputs(Protocol):
    """A workbook whose Inputs say what to import."""

    @property
    def path(self) -> Path: ...

    def named_value(self, name: str) -> object: ...


class Target(Inputs, Protocol):
    """A workbook that a refresh fills: a file, or one that is open in a spreadsheet program."""

    @property
    def tables(self) -> Mapping[str, TableInfo]:
        """The tables by name (casefolded)."""
        ...

    @property
    def date1904(self) -> bool: ...

    def replace_rows(self, table: str, columns: Mapping[str, Any]) -> list[LostRow]: ...

    def set_named_value(self, name: str, value: object) -> None: ...


Read = Callable[[Target, Progress], Imported]
"""Reads a source for a workbook, whose Inputs may say what it is."""


class OpenTarget(Target, Protocol):
    """A workbook that is open in a spreadsheet program, which computes it and saves it when its user does."""

    def all_or_nothing(self) -> AbstractContextManager[None]:
        """What is written inside stays only if all of it succeeds."""
        ...


@dataclass
class Outcome:
    """What a refresh took, refused and computed; ``str()`` of it is the last line that a user reads."""

    computed: Computed | None = None  # None: the spreadsheet program computes
    taken: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    refusals: Path | None = None
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


def new_book(book: Path) -> None:
    """Copy the template to ``book``, which must not exist yet."""
    suffix = book.suffix.lower()
    if suffix not in EDITIONS:
        raise UserError(
            f"{book.name} is no name for a workbook; give one that ends in .xlsx, or in .xlsm for Excel on Windows."
        )
    if not book.parent.is_dir():
        raise UserError(f"The folder {book.parent} does not exist; make it first or give another one.")
    template = shipped_template(suffix).read_bytes()
    made = False
    try:
        with book.open("xb") as copy:
            made = True
            copy.write(template)
    except FileExistsError:
        raise UserError(
            f"{book} exists already; give another name, or refresh it with: xlsmkt refresh {book} --from FILE"
        ) from None
    except OSError as error:
        if made:
            book.unlink(missing_ok=True)
        raise UserError(
            f"{book} cannot be written ({error.strerror}); choose a folder that you may write to."
        ) from None


def refresh_book(book: Path, read: Read, compute: Compute, progress: Progress) -> Outcome:
    """Import into the tables of ``book``, compute it and save it; the file changes at the very end or not at all."""
    now = _now()
    with _only_one(book), _unchanged(book) as check:
        edit = Edit.open(book)
        imported = _read(edit, read, progress)
        taken, lost = fill(edit, imported, now)
        computed = compute(edit, lambda part, words: progress(0.4 + 0.35 * part, words))
        check()
        with left_over(book, lost, now) as kept:
            edit.save(book, lambda done, total: progress(0.75 + 0.25 * done / max(1, total), "saving"))
    return _outcome(book, imported, taken, kept, computed)


def refresh_open_book(book: OpenTarget, read: Read, progress: Progress) -> Outcome:
    """Import into the tables of a workbook that is open in a spreadsheet program; all of it or nothing."""
    now = _now()
    with _only_one(book.path):
        imported = _read(book, read, progress)
        with ExitStack() as undone_if_that_fails, book.all_or_nothing():
            taken, lost = fill(book, imported, now)
            kept = undone_if_that_fails.enter_context(left_over(book.path, lost, now))
    return _outcome(book.path, imported, taken, kept, None)


def _now() -> dt.datetime:
    return dt.datetime.now().replace(microsecond=0)


def _read(book: Target, read: Read, progress: Progress) -> Imported:
    _require_tables(book)
    imported = read(book, lambda part, words: progress(0.35 * part, words))
    progress(0.35, "writing tables")
    return imported


def _outcome(
    book: Path, imported: Imported, taken: dict[str, int], kept: Path | None, computed: Computed | None
) -> Outcome:
    refusals, failed = write_refused(book, imported)
    notes = [note for note in (imported.note, failed) if note]
    if kept:
        notes.append(f"What you had typed beside rows that the new data no longer have is kept in {kept}.")
    return Outcome(computed, taken, len(imported.refused), refusals, notes)


def stored_files(book: Inputs) -> tuple[list[Path], Path | None]:
    """The files and the mapping that the workbook's Inputs name, found from the workbook's folder on; none if blank.

    Raises
    ------
    UserError
        A file that Inputs names is not there.
    """
    names = _names(book, "CRM_Source")
    mapping = [path for name in _names(book, "CRM_Mapping") for path in _files(book, name, "Mapping")]
    return [path for name in names for path in _files(book, name, "Import from")], mapping[0] if mapping else None


def _names(book: Inputs, cell: str) -> list[str]:
    # Windows puts a copied path between quotes; its backslashes mean the same everywhere.
    parts = str(book.named_value(cell) or "").replace("\\", "/").split(";")
    return [name for part in parts if (name := part.strip().strip('"').strip())]


def _files(book: Inputs, name: str, label: str) -> list[Path]:
    """The files that a path or a pattern stands for."""
    path = book.path.parent / name
    try:
        if "*" in path.name:
            pattern = re.sub(r"\*+", "*", path.name)
            found = sorted(file for file in path.parent.glob(pattern) if _is_export(file, book.path))
        else:
            found = [path] if path.is_file() else []
        if not found and path.is_dir():
            raise UserError(f"{path} is a folder; name the files in it ({name}/*.csv) in {label} on the sheet Inputs.")
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); mend {label} on the sheet Inputs.") from None
    if not found:
        several = " (put ; between several files)" if "," in name else ""
        raise UserError(f"{path} is not there{several}; put the file there, or mend {label} on the sheet Inputs.")
    return found


def _is_export(file: Path, book: Path) -> bool:
    """Whether a pattern means a file: not the workbook itself, not the lists that a refresh writes."""
    return file.is_file() and not file.name.startswith("~$") and file != book and not is_own_list(file)


def compute_book(book: Path, compute: Compute, progress: Progress) -> Outcome:
    """Compute every formula of ``book`` and save the values."""
    with _only_one(book), _unchanged(book) as check:
        edit = Edit.open(book)
        computed = compute(edit, lambda part, words: progress(0.75 * part, words))
        check()
        edit.save(book, lambda done, total: progress(0.75 + 0.25 * done / max(1, total), "saving"))
    return Outcome(computed)


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
            lost[table.name] = book.replace_rows(table.name, columns)
    if IMPORT_LOG.name.casefold() in book.tables:
        book.replace_rows(IMPORT_LOG.name, _log(imported, taken))
    if imported.until:
        book.set_named_value("Data_Until", imported.until)
    for name, value in {
        "Last_Refresh": now,
        "Last_Source": ", ".join(imported.sources),
        "Rows_Taken": sum(rows for name, rows in taken.items() if name != DAILY.name),
        "Rows_Refused": len(imported.refused),
    }.items():
        book.set_named_value(name, value)
    if LEADS.name in taken:
        book.set_named_value("Leads_Note", imported.note)
    return taken, lost


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
            reasons = imported.refused["Reason"].value_counts()
            why = f" (most often: {reasons.index[0]})" if len(reasons) else ""
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
        told[f"more lines than a sheet holds: the first {room:,} are listed, the CSV beside the workbook has all"] = (
            room
        )
    blank: list[object] = [None] * len(told)
    heads: dict[str, list[object]] = {
        "File": blank,
        "Line": blank,
        "Column": blank,
        "Value": list(told.values()),
        "Reason": list(told),
    }
    return {name: [*column, *listed[name][:room]] for name, column in heads.items()}


def _require_tables(book: Target) -> None:
    if not any(table.name.casefold() in book.tables for table in IMPORTED):
        raise UserError(
            f"{book.path.name} has none of the tables Leads, Spend and Web; make a workbook with: xlsmkt new BOOK"
        )


@contextmanager
def _only_one(book: Path) -> Iterator[None]:
    """Two refreshes of one workbook at once: the second says so and stops."""
    mark = hashlib.sha256(os.path.realpath(book).encode()).hexdigest()[:16]
    # Never deleted: a lock file that vanishes while another process opens it locks nothing. One for each user, since
    # nobody may open the file of another.
    lock = filelock.FileLock(Path(tempfile.gettempdir()) / f"xlsmkt-{getpass.getuser()}-{mark}.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise UserError(f"{book.name} is being refreshed right now; wait until that has ended.") from None
    except OSError as error:
        raise UserError(f"{lock.lock_file} cannot be opened ({error.strerror}); remove it and try again.") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _unchanged(book: Path) -> Iterator[Callable[[], None]]:
    """Gives a check that the file on disk is still the one that was read."""

    def mark() -> tuple[int, int] | None:
        try:
            stat = book.stat()
        except OSError:
            return None  # opening it says what is wrong
        return stat.st_mtime_ns, stat.st_size

    before = mark()

    def check() -> None:
        if mark() != before:
            raise UserError(f"{book.name} was changed while it was being refreshed; nothing was written, run it again.")

    yield check
