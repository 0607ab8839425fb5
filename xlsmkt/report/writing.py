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

_START = 1000  # bytes, in which a file shows what it is


def write_page(book: Path, to: Path) -> None:
    """Write the dashboard of a workbook as a web page."""
    from xlsmkt.report.page import html_page
    from xlsmkt.report.reading import read_dashboard

    refuse_target(book, to, "web page", (b"<!doctype html", b"<html"))
    write_whole(to, html_page(read_dashboard(book)).encode("utf-8", "replace"))


def refuse_target(book: Path, to: Path, kind: str, begins: Sequence[bytes] = ()) -> None:
    """UserError for an output that would replace the workbook or another file of the user's, or has no folder.

    Parameters
    ----------
    kind, begins
        What is written, and how such files begin: only one of these is replaced. Left out: any file is.
    """
    if same_file(to, book):
        raise UserError(f"{to} is the workbook itself: give the {kind} another name.")
    if not to.name or to.is_dir():
        raise UserError(f"{to} is a folder: give the name of a file in it.")
    if to.exists() and not to.is_file():  # a device or a pipe would be replaced by a file
        raise UserError(f"{to} is no file; give the name of a file.")
    if to.suffix.lower() in (".xlsx", ".xlsm"):
        raise UserError(f"{to} would be named like a workbook: give the {kind} another ending.")
    if not to.parent.is_dir():
        raise UserError(f"There is no folder {to.parent}: make it or name another one.")
    if begins and to.is_file() and to.stat().st_size:
        with to.open("rb") as file:
            start = file.read(_START).lstrip(b"\xef\xbb\xbf \r\n\t").lower()
        if not start.startswith(tuple(one.lower() for one in begins)):
            raise UserError(f"{to} is there already and is no {kind}; give another name.")


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


def same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file."""
    return os.path.normcase(os.path.realpath(one)) == os.path.normcase(os.path.realpath(other))
