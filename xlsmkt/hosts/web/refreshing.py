"""What the Refresh button runs where Excel sends its workbook along and takes back what is to be written."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import xlwings as xw

from xlsmkt.crm.model import IMPORT_LOG
from xlsmkt.errors import UserError
from xlsmkt.filling import Imported, Outcome, fill, require_tables
from xlsmkt.hosts.telling import TITLE, sentence, told_of
from xlsmkt.hosts.web.book import WebBook
from xlsmkt.hosts.web.defects import told_of_defect

Read = Callable[[WebBook], Imported]
"""Reads a source for a workbook, whose Inputs may say what it is."""


def refresh(book: xw.Book, folder: Path, read: Read, now: dt.datetime | None = None) -> None:
    """Import into the tables of a workbook, and tell its user what came of it.

    Parameters
    ----------
    folder
        Where the files lie that the workbook's Inputs name.
    read
        Reads the source.

    Raises
    ------
    xlwings.XlwingsError
        One sentence for the user; nothing is written then.
    """
    try:
        target = WebBook(book, folder)
        message = _refreshed(target, read, now or dt.datetime.now().replace(microsecond=0))
        target.commit()
    except UserError as error:
        raise xw.XlwingsError(sentence(error)) from None
    except xw.XlwingsError:
        raise
    except Exception:
        message = f"{told_of_defect('Refresh')}; nothing was changed in the workbook."
        raise xw.XlwingsError(message) from None
    # not by the app, which knows the last workbook that anybody has sent
    book.impl.append_json_action(func="alert", args=[message, TITLE, "ok", "info", ""])


def _refreshed(book: WebBook, read: Read, now: dt.datetime) -> str:
    """What to tell the user."""
    require_tables(book)
    imported = read(book)
    taken, lost = fill(book, imported, now)
    sheet = book.keep(lost, now)
    notes = [imported.note] if imported.note else []
    if sheet:
        notes.append(
            f"What stood in your columns beside rows that the new data no longer have is on the sheet {sheet}."
        )
    log = book.tables.get(IMPORT_LOG.name.casefold())
    listed = f"the {log.sheet}" if log and len(imported.refused) else None
    return told_of(Outcome(None, taken, len(imported.refused), listed, notes + book.notes), [])
