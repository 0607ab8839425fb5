"""What a run leaves behind: a log that does not grow for ever, and how the last run ended.

A log holds sentences and counts, no rows of a CRM and no secret.
"""

import datetime as dt
import json
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

import filelock

from xlsmkt.crm.places import home, make, mark_of, write_own
from xlsmkt.errors import UserError
from xlsmkt.schedules.jobs import folder

_MOST_BYTES, _MOST_FILES = 1_000_000, 5  # of one log, and how many older ones are kept
_LONGEST_NAME = 60
_LINE = re.compile(rb"\d{4}-\d\d-\d\d \d\d:")  # what a log begins with
_PATIENCE = 0.5  # seconds; a list of jobs that looks whether a run is under way needs less


@dataclass(frozen=True)
class Run:
    """A run of a workbook: when it began and, once it has ended, how."""

    began: str  # local time, to the second
    seconds: float | None = None  # None: it has not ended
    code: int | None = None
    why: str = ""  # what failed first


def log_path(book: Path) -> Path:
    """The log of a workbook."""
    return make(home() / "logs") / f"{book.stem[:_LONGEST_NAME]}-{mark_of(book)}.log"


@contextmanager
def log(path: Path) -> Iterator[logging.Logger]:
    """A log to write to; the file is for its user alone and is begun anew when it is full.

    Raises
    ------
    UserError
        It cannot be written.
    """
    logger = logging.Logger("xlsmkt")  # of its own: nothing else writes into it, and it writes nowhere else
    try:
        _refuse_no_log(path)
        handler = _OwnFile(path, maxBytes=_MOST_BYTES, backupCount=_MOST_FILES, encoding="utf-8", errors="replace")
    except OSError as error:
        raise UserError(f"The log {path} cannot be written ({error.strerror}); name another with --log.") from None
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    logger.addHandler(handler)
    try:
        yield logger
    finally:
        handler.close()


def _refuse_no_log(path: Path) -> None:
    """A log is written on and in the end renamed: that must be no other file of the user's, nor wait for a reader."""
    if path.is_fifo():
        raise UserError(f"{path} is a pipe; give the log another name with --log.")
    if path.is_file():
        with path.open("rb") as file:
            if (start := file.read(20)) and not _LINE.match(start):
                raise UserError(f"{path} is there already and is no log; give the log another name with --log.")


class _OwnFile(RotatingFileHandler):
    """A log file that its user alone may read."""

    def _open(self) -> TextIOWrapper:
        number = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return open(number, "a", encoding=self.encoding, errors=self.errors)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 # its name in the standard library
        """A log that is full does not stop a run, whose exit code and last run are told elsewhere too."""


class _OneLine(logging.Formatter):
    """A line for each message, whatever it holds: nobody can write a line that was not."""

    def format(self, record: logging.LogRecord) -> str:
        return " ".join("".join(one if one.isprintable() else " " for one in super().format(record)).split())


# --- the last run ---


@contextmanager
def only_one(book: Path) -> Iterator[None]:
    """Nobody else runs this workbook meanwhile; a second one says so and stops."""
    lock = filelock.FileLock(folder() / f"{mark_of(book)}.lock")
    try:
        lock.acquire(timeout=_PATIENCE)
    except filelock.Timeout:
        last = last_run(book)
        since = f" since {last.began}" if last and last.code is None else ""
        raise UserError(f"A run of {book.name} is under way{since}; wait until it has ended.") from None
    except OSError as error:
        raise UserError(f"{lock.lock_file} cannot be opened ({error.strerror}); mend that and try again.") from None
    try:
        yield
    finally:
        lock.release()


def keep_run(book: Path, run: Run) -> None:
    """Remember how the last run of a workbook stands."""
    write_own(folder() / f"{mark_of(book)}.last", json.dumps(asdict(run)))  # a name may have bytes that are no text


def last_run(book: Path) -> Run | None:
    """The last run of a workbook; None if there was none."""
    with suppress(OSError, ValueError, TypeError, OverflowError, RecursionError):
        run = Run(**json.loads((folder() / f"{mark_of(book)}.last").read_text("utf-8")))
        dt.timedelta(seconds=round(run.seconds or 0))  # what somebody else wrote there may be no number
        return run
    return None


def last_run_told(book: Path) -> str:
    """How the last run of a workbook ended, for a list."""
    run = last_run(book)
    if run is None:
        return "none yet"
    if run.code is None:
        try:
            with only_one(book):
                return f"{run.began} was broken off"
        except UserError:
            return f"{run.began} is under way"
    took = str(dt.timedelta(seconds=round(run.seconds or 0)))
    return f"{run.began} {'done' if not run.code else f'FAILED ({run.code})'} in {took}" + (
        f": {run.why}" if run.why else ""
    )
