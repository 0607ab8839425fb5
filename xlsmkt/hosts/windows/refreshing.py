"""What the Refresh button runs: import into the workbook whose button it is, and tell its user what came of it."""

import time
from contextlib import suppress
from pathlib import Path

import xlwings as xw

from xlsmkt.crm.importing import Imported, Progress
from xlsmkt.errors import UserError
from xlsmkt.filling import Target
from xlsmkt.hosts.clicked import KINDS, PICKING, Cancelled, read_source
from xlsmkt.hosts.faults import log_fault
from xlsmkt.hosts.telling import NOTHING, TITLE, sentence, told_of
from xlsmkt.hosts.windows.com_errors import as_user_error
from xlsmkt.hosts.windows.open_book import OpenBook
from xlsmkt.refresh import refresh_open_book

_FILTER = f"CRM exports ({KINDS}),{KINDS},All files (*.*),*.*"
_EVERY = 0.25  # seconds between two texts of the status bar: each costs Excel as much as some thousand cells


def refresh_caller() -> None:
    """Import CRM data into the calling workbook; tells its macro RefreshTold what came of it, and never raises."""
    try:
        book = xw.Book.caller()
        message, done = _refreshed(book)
        try:
            book.macro("RefreshTold")(message, done)
        except Exception:  # a workbook with other macros than ours
            book.app.alert(message, TITLE)
    except Exception:  # called by nobody, or Excel has gone: there is nobody to tell
        log_fault("Refresh")


def _refreshed(book: xw.Book) -> tuple[str, bool]:
    """What to tell the user, and whether all went well."""
    bar = _StatusBar(book)
    target = OpenBook(book, bar.show)
    try:
        outcome = refresh_open_book(target, lambda inputs, told: _read(book, inputs, told), bar.progress)
        return told_of(outcome, target.notes), True
    except Cancelled:
        return NOTHING, True
    except UserError as error:
        return sentence(error), False
    except Exception as error:
        refused = as_user_error(error)
        if refused:
            return str(refused), False
        state = "the new data are in the workbook" if target.filled else "nothing was changed in the workbook"
        return f"{log_fault('Refresh')}; {state}.", False
    finally:
        bar.clear()


def _read(book: xw.Book, inputs: Target, progress: Progress) -> Imported:
    def click(text: str) -> bool | None:
        return {"yes": True, "no": False}.get(book.app.alert(text, TITLE, "yes_no_cancel") or "")

    return read_source(inputs, progress, lambda: _picked(book), click)


def _picked(book: xw.Book) -> list[Path]:
    picked = book.app.api.GetOpenFilename(FileFilter=_FILTER, FilterIndex=1, Title=PICKING, MultiSelect=True)
    if not picked:  # False
        return []
    return [Path(name) for name in ([picked] if isinstance(picked, str) else picked)]


class _StatusBar:
    """Excel's status bar: what is being done, a few times a second at most."""

    def __init__(self, book: xw.Book) -> None:
        self._app = book.app
        self._before = self._app.status_bar  # False while Excel itself writes there
        self._last = 0.0

    def progress(self, part: float, words: str) -> None:
        """Show how much is done."""
        self.show(f"{words} ... {part:.0%}")

    def show(self, words: str) -> None:
        """Show a text, unless one was shown just now."""
        now = time.monotonic()
        if now - self._last >= _EVERY:
            self._last = now
            with suppress(Exception):  # Excel may be busy; a text less is no harm
                self._app.status_bar = f"{TITLE}: {words}"

    def clear(self) -> None:
        """Give the status bar back."""
        with suppress(Exception):
            self._app.status_bar = self._before
