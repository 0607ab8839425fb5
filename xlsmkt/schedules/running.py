"""A run: refresh a workbook from what its Inputs name, then mail its dashboard and what is new; nobody is asked."""

import datetime as dt
import logging
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from xlsmkt.errors import UserError
from xlsmkt.schedules.jobs import absolute
from xlsmkt.schedules.logs import Run, keep_run, log, log_path, only_one

_NOTHING = "Inputs names nothing to import; fill in Import from on the sheet Inputs."

Step = Callable[[Path], Iterator[str]]
"""A part of a run: yields sentences about what was done."""


def run_job(book: Path, mail: bool, alerts: bool, log_to: Path | None = None) -> int:
    """Run a workbook's job now.

    Returns
    -------
    int
        0 if everything was done, 2 if anything failed.

    Raises
    ------
    UserError
        Nothing was begun: another run of the workbook is under way, or there is nowhere to write the log.
    """
    book = absolute(book)
    with only_one(book), log(log_to or log_path(book)) as logger:
        began = f"{dt.datetime.now():%Y-%m-%d %H:%M:%S}"
        start = time.monotonic()
        keep_run(book, Run(began))
        logger.info("start: %s", book)
        why = _done("refresh", _refresh, book, logger)
        steps: dict[str, Step] = {}
        if not why:
            steps = {**({"mail": _mail} if mail else {}), **({"alerts": _alerts} if alerts else {})}
        elif mail and book.is_file():  # nobody shall take yesterday's figures for those of today
            steps = {"mail": lambda book: _mail_failure(book, why.removeprefix("refresh: "))}
        failed = [told for told in (why, *(_done(name, step, book, logger) for name, step in steps.items())) if told]
        code = 2 if failed else 0
        seconds = time.monotonic() - start
        logger.info("end: %.1f seconds, exit code %d", seconds, code)
        keep_run(book, Run(began, seconds, code, failed[0] if failed else ""))
    return code


def _done(name: str, step: Step, book: Path, logger: logging.Logger) -> str:
    """Do a part of a run; why it failed, "" if it did not. What follows is tried whatever happens here."""
    try:
        for words in step(book):
            logger.info("%s: %s", name, words)
            print(words)
    except UserError as error:
        why = str(error).partition(", or give --")[0]  # a run takes no such flag
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        why = f"{where}{error.strerror or error}; mend that and run it again."
    except Exception as error:
        why = f"this is a fault in xlsmkt ({type(error).__name__}: {error}); please report it."
    else:
        return ""
    why = f"{name}: {why}"
    logger.error("%s", why)
    print(f"xlsmkt: {why}", file=sys.stderr)
    return why


def _refresh(book: Path) -> Iterator[str]:
    from xlsmkt.crm.asking import Answers
    from xlsmkt.hosts.headless import compute
    from xlsmkt.refresh import reader, refresh_book

    read = reader([], None, Answers(), nothing=_NOTHING)
    outcome = refresh_book(book, read, compute, lambda _share, _words: None)
    yield from outcome.notes
    yield str(outcome)


def _mail(book: Path) -> Iterator[str]:
    from xlsmkt.mailing.dashboard_mail import mail_dashboard

    yield mail_dashboard(book)


def _mail_failure(book: Path, why: str) -> Iterator[str]:
    """Tell those who wait for the dashboard that there is none today, and how old the figures are."""
    from xlsmkt.keeping import moment
    from xlsmkt.mailing.addresses import recipients
    from xlsmkt.mailing.message import text_message
    from xlsmkt.mailing.sending import send
    from xlsmkt.mailing.settings import mail_server
    from xlsmkt.package import Book
    from xlsmkt.refresh import failure_told

    with Book.open(book) as read:
        to, sender = recipients(read, None, None)
        last = read.named_value("Last_Refresh")
        if isinstance(last, float) and last > 0:
            last = moment(last, read.date1904)
    now = dt.datetime.now().replace(microsecond=0)
    told = failure_told(why, now, last) if isinstance(last, dt.datetime) else f"The refresh failed: {why}"
    lines = [f"{book.name} could not be refreshed, so there is no dashboard today.", "", told]
    send(text_message(f"No dashboard today: {book.name} was not refreshed", lines, to, sender), mail_server())
    yield "a mail says that there is no dashboard today."


def _alerts(book: Path) -> Iterator[str]:
    from xlsmkt.alerts.telling import tell_alerts

    # they name leads, so they go by mail alone: what a run prints lands in journals
    lines = tell_alerts(book, mail=True, tell=lambda _line: None)
    yield f"{len(lines)} new lines of alerts." if lines else "No new alerts."
