"""What the Refresh button runs: import into the workbook whose button it is, and tell its user what came of it."""

import time
from contextlib import suppress
from pathlib import Path

import xlwings as xw

from xlsmkt.crm.asking import Question
from xlsmkt.crm.importing import Imported, Progress, import_files
from xlsmkt.errors import UserError
from xlsmkt.hosts.windows.com_errors import as_user_error
from xlsmkt.hosts.windows.faults import log_fault
from xlsmkt.hosts.windows.open_book import OpenBook
from xlsmkt.refresh import Target, refresh_open_book, stored_files

TITLE = "xlsmkt"
NOTHING = "Nothing was imported."
_KINDS = "*.csv;*.tsv;*.txt;*.xlsx;*.xlsm;*.xlsb;*.xls;*.ods"
_FILTER = f"CRM exports ({_KINDS}),{_KINDS},All files (*.*),*.*"
_LONGEST = 1_000  # of a message box
_MORE = "There is more to say than fits here; the Import log lists what was refused."
_EVERY = 0.25  # seconds between two texts of the status bar: each costs Excel as much as some thousand cells


class _Cancelled(Exception):
    """The user closed a question without an answer."""


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
        return _fitting([str(outcome), *outcome.notes, *target.notes]), True
    except _Cancelled:
        return NOTHING, True
    except UserError as error:
        return f"{str(error).removesuffix('.')}.", False
    except Exception as error:
        refused = as_user_error(error)
        if refused:
            return str(refused), False
        state = "the new data are in the workbook" if target.filled else "nothing was changed in the workbook"
        return f"{log_fault('Refresh')}; {state}.", False
    finally:
        bar.clear()


def _read(book: xw.Book, inputs: Target, progress: Progress) -> Imported:
    """Import what Inputs names, or else the files that the user picks."""
    files, mapping = stored_files(inputs)
    if not files and not mapping:
        files = _picked(book)

    def told(part: float, words: str) -> None:
        names = ", ".join(file.name for file in files[:2]) + (", ..." if len(files) > 2 else "")
        progress(part, f"Importing {names}: {words}" if names else words)

    return import_files(files, mapping, ask=lambda question: _answer(book, question), progress=told)


def _picked(book: xw.Book) -> list[Path]:
    picked = book.app.api.GetOpenFilename(
        FileFilter=_FILTER, FilterIndex=1, Title="CRM exports to import (several with Ctrl)", MultiSelect=True
    )
    if not picked:  # False
        raise _Cancelled
    return [Path(name) for name in ([picked] if isinstance(picked, str) else picked)]


def _answer(book: xw.Book, question: Question) -> str:
    """Ask which reading is meant."""
    answers = list(question.readings)
    if len(answers) != 2:
        raise UserError(
            f'{question}; say which with {question.key} = "{answers[0]}" in a mapping file, and name that file in '
            "Mapping on the sheet Inputs."
        )
    yes, no = (question.readings[answer] for answer in answers)
    clicked = book.app.alert(f"{question}.\n\nYes: {yes}\nNo: {no}\nCancel: import nothing", TITLE, "yes_no_cancel")
    if clicked not in ("yes", "no"):
        raise _Cancelled
    return answers[0] if clicked == "yes" else answers[1]


def _fitting(sentences: list[str]) -> str:
    """The sentences of which a message box has room for; Excel cuts off the rest of a text without a word."""
    while len(text := "\n\n".join(sentences)) > _LONGEST:
        if len(sentences) == 1:
            return f"{text[: _LONGEST - 1]}…"
        sentences = [*sentences[:-2], _MORE] if sentences[-1] == _MORE else [*sentences[:-1], _MORE]
    return text


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
