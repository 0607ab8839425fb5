"""What Calc's Refresh starts in a Python that has all of xlsmkt: it refreshes a workbook's file.

It speaks JSON, a line a message, and waits for the answer to each message that asks for something:

==================================================  ================================================================
``{"progress": 0.4, "words": "Computing"}``         how far the work is
``{"question": "05/04 can mean ..."}``              answered by ``{"yes": true}``, by ``{"yes": false}``
``{"files": "*.csv;*.tsv", "title": "..."}``        answered by ``{"files": ["/home/.../leads.csv"]}``
``{"ready": true}``                                 the data are read: answered by ``{}`` once the file is closed
``{"done": "Taken: ..."}``                          the last word: the workbook is refreshed
``{"failed": "..."}``                               the last word: it is not, and why
==================================================  ================================================================

Whoever closes its standard input cancels: the workbook then stays as it is. Until the data are read, what can go wrong
mostly has: the user can go on looking at the workbook, and looks at it still when nothing came of it.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from typing import IO, Any

from xlsmkt.errors import UserError
from xlsmkt.hosts.clicked import KINDS, PICKING, Cancelled, read_source
from xlsmkt.hosts.faults import log_fault
from xlsmkt.hosts.headless import compute
from xlsmkt.hosts.telling import NOTHING, sentence, told_of
from xlsmkt.package import Book
from xlsmkt.refresh import refresh_book

_EVERY = 0.1  # seconds between two messages about the progress
_READ = 0.35  # of the work


class Office:
    """The office at the other end of two streams of lines."""

    def __init__(self, told: IO[str], tells: IO[str]) -> None:
        self._tells = tells
        self._answers = SimpleQueue[dict[str, Any]]()
        self._cancelled = Event()
        self._last = 0.0
        Thread(target=self._listen, args=(told,), daemon=True).start()

    def _listen(self, told: IO[str]) -> None:
        try:
            for line in told:
                self._answers.put(json.loads(line))
        finally:
            self._cancelled.set()
            self._answers.put({})  # wakes who waits for an answer

    def tell(self, **message: object) -> None:
        """Send a message."""
        try:
            self._tells.write(json.dumps(message) + "\n")
            self._tells.flush()
        except OSError:
            raise Cancelled from None  # the office is gone

    def ask(self, **message: object) -> dict[str, Any]:
        """Send a message that asks for something; the answer. Raises Cancelled."""
        self.tell(**message)
        answer = self._answers.get()
        self._raise_if_cancelled()
        return answer

    def progress(self, part: float, words: str) -> None:
        """Say how far the work is, some times a second. Raises Cancelled."""
        self._raise_if_cancelled()
        now = time.monotonic()
        if now - self._last >= _EVERY:
            self._last = now
            self.tell(progress=part, words=words)

    def pick(self) -> list[Path]:
        """The files that the user picks."""
        return [Path(name) for name in self.ask(files=KINDS, title=PICKING)["files"]]

    def click(self, text: str) -> bool:
        """Whether the user clicks Yes; Cancel ends the conversation."""
        return bool(self.ask(question=text)["yes"])

    def _raise_if_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled


def refresh(book: Path, office: Office) -> None:
    """Refresh a workbook's file and say what came of it; never raises."""
    before = _mark(book)
    with suppress(Cancelled):  # nobody listens any more
        office.tell(**_refreshed(book, office, before))


def _refreshed(book: Path, office: Office, before: object) -> dict[str, str]:
    try:
        with Book.open(book) as inputs:
            imported = read_source(
                inputs, lambda part, words: office.progress(_READ * part, words), office.pick, office.click
            )
        office.ask(ready=True)
        outcome = refresh_book(book, lambda *_: imported, compute, office.progress)
        return {"done": told_of(outcome, [])}
    except Cancelled:
        return {"failed": NOTHING}
    except UserError as error:
        return {"failed": sentence(error)}
    except Exception:
        state = "nothing was changed in" if _mark(book) == before else "the new data are in"
        return {"failed": f"{log_fault('Refresh', 'libreoffice')}; {state} the workbook."}


def _mark(book: Path) -> object:
    try:
        stat = book.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size


@contextmanager
def _lines_out() -> Iterator[IO[str]]:
    """Standard output for our lines alone: what anything else prints goes to the errors."""
    lines, sys.stdout = sys.stdout, sys.stderr
    try:
        yield lines
    finally:
        sys.stdout = lines


def main() -> None:
    """Refresh the workbook that the command line names."""
    with _lines_out() as lines:
        refresh(Path(sys.argv[1]), Office(sys.stdin, lines))


if __name__ == "__main__":
    main()
