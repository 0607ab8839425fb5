"""Putting what was made where it was asked for: the whole file, or the old one as it was."""

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

from xlsmkt.errors import UserError


def write_page(book: Path, to: Path) -> None:
    """Write the dashboard of a workbook as a web page."""
    from xlsmkt.report.page import html_page
    from xlsmkt.report.reading import read_dashboard

    if to.is_file() and to.stat().st_size and not _is_page(to):  # only a page is replaced, no other file of the user's
        raise UserError(f"{to} is there already and is no web page; give another name.")
    write_whole(to, html_page(read_dashboard(book)).encode("utf-8", "replace"))


def refuse_target(to: Path, book: Path, all_targets: Sequence[Path] = ()) -> None:
    """UserError for an output that would replace the workbook or another output, or that has no folder to be in."""
    if _same(to, book):
        raise UserError(f"{to} is the workbook itself: give the page another name.")
    if sum(_same(to, other) for other in all_targets) > 1:
        raise UserError(f"{to} is named twice: give each output a name of its own.")
    if to.is_dir():
        raise UserError(f"{to} is a folder: name a file in it, such as {to / 'dashboard.html'}.")
    if to.exists() and not to.is_file():  # a device or a pipe would be replaced by a file
        raise UserError(f"{to} is no file; give the name of a file.")
    if to.suffix.lower() in (".xlsx", ".xlsm"):
        raise UserError(f"{to} would be named like a workbook: give a name that ends in .html, .pdf or .png.")
    if not to.parent.is_dir():
        raise UserError(f"There is no folder {to.parent}: make it or name another one.")


@contextmanager
def ended_tidily() -> Iterator[None]:
    """A signal that would end Python on the spot lets it first end what it started and remove what it made."""
    # A closed terminal says SIGHUP, which Windows does not know.
    endings = [signal.SIGTERM, *([signal.SIGHUP] if sys.platform != "win32" else [])]
    in_main_thread = threading.current_thread() is threading.main_thread()
    changed = [one for one in endings if in_main_thread and signal.getsignal(one) is signal.SIG_DFL]
    for number in changed:
        signal.signal(number, _leave)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def write_whole(to: Path, data: bytes) -> None:
    """Write a file whole: until it is complete the old one stays; UserError if it cannot be written."""
    to = Path(os.path.realpath(to))  # a link stays a link
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{to.name[:60]}.", suffix=".new", dir=to.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(to.stat().st_mode & 0o777 if to.exists() else 0o666 & ~mask)
        os.replace(temporary, to)
        temporary = None
    except FileNotFoundError:
        raise UserError(f"There is no folder {to.parent}: make it or name another one.") from None
    except OSError as error:
        raise UserError(
            f"{to} cannot be written ({error.strerror}): close it elsewhere, or name a place that may be written to."
        ) from None
    finally:
        if temporary:
            with suppress(OSError):
                temporary.unlink()


def _is_page(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(1000).lower()
    return b"<!doctype html" in start or b"<html" in start


def _same(one: Path, other: Path) -> bool:
    return os.path.normcase(os.path.realpath(one)) == os.path.normcase(os.path.realpath(other))
