"""What the Refresh script of the workbook for xlwings Lite does, inside Excel: where it finds a CRM export."""

from pathlib import Path

import xlwings as xw

from xlsmkt.crm.plain import PlainTable, import_plain, read_file
from xlsmkt.errors import UserError
from xlsmkt.filling import Imported, Progress
from xlsmkt.hosts.web import pasting, refreshing
from xlsmkt.hosts.web.book import WebBook
from xlsmkt.stored import is_own_list, stored_files

FOLDER = Path("/data")
"""Where xlwings Lite keeps the files of its menu Files, Import/Export."""

_EXPORTS = {".csv", ".tsv", ".txt", ".xlsx", ".xlsm"}


def refresh(book: xw.Book) -> None:
    """Import into the workbook whose user clicked Refresh."""
    refreshing.refresh(book, FOLDER, read)


def read(book: WebBook, progress: Progress) -> Imported:
    """Import the files that Inputs names, else what is pasted, else every export among the files of xlwings Lite.

    Raises
    ------
    UserError
        There is nothing to import, or it cannot be used as it is.
    """
    if str(book.named_value("CRM_Mapping") or "").strip():
        raise UserError(
            "Mapping files need xlsmkt refresh or Excel on Windows; leave Mapping on the sheet Inputs blank here, and "
            "give exports with headings that are known (see the README)."
        )
    answers = pasting.answers(book)
    files, _ = stored_files(book)
    tables: list[PlainTable] = []
    if not files:
        pasted = pasting.pasted_table(book)
        tables = [pasted] if pasted else []
        files = [] if pasted else _exports(book.path.parent)
    tables += [read_file(file, answers) for file in files]
    if not tables:
        raise UserError(
            "There is no CRM export to import; drop it under Files, Import/Export in the menu of xlwings Lite, or "
            f"paste it into the sheet {pasting.SHEET}."
        )
    return import_plain(tables, answers, progress=progress)


def _exports(folder: Path) -> list[Path]:
    """Every file of a folder that may be an export."""
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    wanted = [file for file in files if file.suffix.lower() in _EXPORTS and not file.name.startswith("~$")]
    return [file for file in wanted if file.is_file() and not is_own_list(file)]
