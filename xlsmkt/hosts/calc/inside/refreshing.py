"""Refresh from Calc's menu: a Python of ours refreshes the document's file, then Calc shows the file again."""

from pathlib import Path
from typing import Any, Callable, Optional, Tuple

from xlsmkt.errors import UserError
from xlsmkt.hosts.calc.inside.child import Child

NOTHING = "Nothing was imported."
_SUFFIXES = (".xlsx", ".xlsm")


class _Cancelled(Exception):
    """The user wants no refresh after all."""


def refresh(document: Any, dialogs: Any, start: Callable[[Path], Child]) -> None:
    """Refresh the file of a document that a window shows, and tell the user what came of it.

    Whatever fails, the window shows the document's file afterwards.

    Parameters
    ----------
    document
        A ``shown.Shown``.
    dialogs
        A ``dialogs.Dialogs``.
    start
        Starts the process for a file; raises UserError when it cannot.
    """
    try:
        book = _stored(document, dialogs)
        child = start(book)
    except _Cancelled:
        return
    try:
        said, done = _refreshed(document, dialogs, child)
    finally:
        child.end()
    dialogs.tell(said, done)


def _stored(document: Any, dialogs: Any) -> Path:
    """The document's file, with all that the document holds. Raises UserError, _Cancelled."""
    book: Optional[Path] = document.path
    if book is None:
        raise UserError("Save the workbook on this computer first, as .xlsx; Refresh works on its file.")
    if book.suffix.lower() not in _SUFFIXES:
        raise UserError(f"{book.name} cannot be refreshed, only .xlsx and .xlsm can; save it as .xlsx first.")
    if document.is_read_only:
        raise UserError(f"{book.name} is open for reading only; open it so that you can change it, then refresh.")
    if document.is_changed and book.suffix.lower() == ".xlsm":
        raise UserError(
            f"{book.name} has changes that are not saved, and LibreOffice would spoil its macros on saving; save it as "
            ".xlsx first, or open it again without the changes."
        )
    if document.is_changed:
        question = f"{book.name} has changes that are not saved.\n\nOK: save and refresh\nCancel: do neither"
        if not dialogs.confirm(question):
            raise _Cancelled
        document.save()
    if not book.is_file():
        raise UserError(f"{book} is not there any more; save the workbook again, then refresh.")
    return book


def _refreshed(document: Any, dialogs: Any, child: Child) -> Tuple[str, bool]:
    """What to tell the user, and whether the data were imported."""
    closed = False
    try:
        while True:
            message = dialogs.wait(child.next)
            if message is None:
                return _cancelled(child)
            if "ready" in message:
                document.close()
                closed = True
                child.answer()
            elif "question" in message:
                yes = dialogs.ask(message["question"])
                if yes is None:
                    return _cancelled(child)
                child.answer(yes=yes)
            elif "files" in message:
                files = dialogs.pick(message["title"], message["files"], document.path.parent)
                if not files:
                    return _cancelled(child)
                child.answer(files=files)
            elif "done" in message:
                return message["done"], True
            elif "failed" in message:
                return message["failed"], False
    finally:
        if closed:
            document.load()


def _cancelled(child: Child) -> Tuple[str, bool]:
    last = child.cancel()
    return (last["done"], True) if last else (NOTHING, True)
