"""What the Refresh script of the workbook for xlwings Lite does, inside Excel: where it finds a CRM export."""

from pathlib import Path

import xlwings as xw

from xlsmkt.crm.paths import shown
from xlsmkt.crm.plain import import_plain, read_file
from xlsmkt.errors import UserError
from xlsmkt.filling import Imported
from xlsmkt.hosts.web import pasting, refreshing
from xlsmkt.hosts.web.book import WebBook
from xlsmkt.stored import is_own_list, may_be_connection, stored_files

FOLDER = Path("/data")
"""Where xlwings Lite keeps the files of its menu Files, Import/Export."""

# the last three are refused with advice
_EXPORTS = {".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"}
_MOST_NAMED = 8


def refresh(book: xw.Book) -> None:
    """Import into the workbook whose user clicked Refresh."""
    refreshing.refresh(book, FOLDER, read)


def read(book: WebBook) -> Imported:
    """Import the files that Inputs names, else what is pasted, else every export among the files of xlwings Lite.

    Raises
    ------
    UserError
        There is nothing to import, or it cannot be used as it is.
    """
    answers = pasting.answers(book)
    folder = book.path.parent
    files, _ = stored_files(book, lambda name, label: _missing(name, label, folder))
    if files:
        tables = [read_file(file, answers) for file in files]
    elif pasted := pasting.pasted_table(book):
        tables = [pasted]
        if dropped := _dropped(folder):
            book.notes.append(
                f"Taken was what is pasted into the sheet {pasting.SHEET}, not the files of xlwings Lite "
                f"({_names(dropped)}); clear that sheet, or name them on the sheet Inputs, to have them taken."
            )
    else:
        tables = [read_file(file, answers) for file in _exports(book, folder)]
    return import_plain(tables, answers)


def _exports(book: WebBook, folder: Path) -> list[Path]:
    """Every file of xlwings Lite that may be an export; the user is told which ones these are."""
    dropped = _dropped(folder)
    exports = [file for file in dropped if file.suffix.lower() in _EXPORTS]
    others = [file for file in dropped if file not in exports]
    if not exports:
        found = f" (there: {_names(others)})" if others else ""
        raise UserError(
            f"There is no CRM export to import{found}; drop a CSV or Excel file under Files, Import/Export in the menu "
            f"of xlwings Lite, or paste an export into the sheet {pasting.SHEET}."
        )
    if others:
        book.notes.append(f"Left out, as they are neither CSV nor Excel files: {_names(others)}.")
    if len(exports) > 1:
        book.notes.append(
            f"All files of xlwings Lite were taken: {_names(exports)}; delete those there that newer ones replace."
        )
    return exports


def _dropped(folder: Path) -> list[Path]:
    """The files of xlwings Lite."""
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return [
        file for file in files if file.is_file() and not file.name.startswith((".", "~$")) and not is_own_list(file)
    ]


def _missing(name: str, label: str, folder: Path) -> UserError:
    """The refusal of a file that Inputs names and that is not there."""
    dropped = _dropped(folder)
    there = f"there: {_names(dropped)}" if dropped else "there are none"
    if may_be_connection(name):
        return UserError(
            f"{shown(name)} is no file of xlwings Lite ({there}), and it cannot call a CRM or a database itself; run "
            f"xlsmkt refresh outside of Excel, or mend {label} on the sheet Inputs."
        )
    return UserError(
        f"{shown(name)} is not among the files of xlwings Lite ({there}); drop it under Files, Import/Export in its "
        f"menu, or mend {label} on the sheet Inputs."
    )


def _names(files: list[Path]) -> str:
    named = ", ".join(shown(file.name) for file in files[:_MOST_NAMED])
    return named + (f" and {len(files) - _MOST_NAMED} more" if len(files) > _MOST_NAMED else "")
