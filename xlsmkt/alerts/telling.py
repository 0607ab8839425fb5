"""Tells the alerts of a workbook: printed, mailed if asked, and only then taken down as told."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from xlsmkt.alerts import news
from xlsmkt.alerts.holding import Now, read_now
from xlsmkt.alerts.news import Alert
from xlsmkt.alerts.told import Memory
from xlsmkt.mailing.addresses import plain
from xlsmkt.package import Book

_LONGEST = 500


def find_alerts(book: Path) -> list[Alert]:
    """All that needs somebody now, whether or not it was told."""
    return news.everything(read_now(book, dt.datetime.now()))


def tell_alerts(
    book: Path,
    mail: bool = False,
    to: str | None = None,
    sender: str | None = None,
    *,
    everything: bool = False,
    tell: Callable[[str], None] | None = None,
    now: dt.datetime | None = None,
) -> list[str]:
    """Tell what is new since the last run, once: it counts as told when it has been printed, and mailed if asked.

    Parameters
    ----------
    book
        A computed workbook; it is only read.
    mail, to, sender
        Whether to mail the alerts as well; who to and who from, where it is not what the sheet Inputs names.
    everything
        Tell all that holds now, and leave what counts as told as it is.
    tell
        What prints a line; without it they are printed to the standard output.
    now
        The moment; without it this one.

    Returns
    -------
    The lines that were told; none when nothing is new.

    Raises
    ------
    UserError
        The workbook cannot be read, or the mail was not taken: then the next run tells the same again.
    """
    tell, moment, mailing = tell or _print, now or dt.datetime.now(), (mail, to, sender)
    Book.open(book).close()  # nothing is kept for what is no workbook
    if everything:
        found = read_now(book, moment)
        return _tell(book, news.everything(found), found, mailing, tell)
    memory = Memory(book)
    with memory.held():
        found, told = read_now(book, moment), memory.read()
        alerts = news.first(found) if told is None else news.since(found, told)
        lines = _tell(book, alerts, found, mailing, tell, memory.note)
        if found.as_of:  # what is in it after the first refresh is not news
            memory.write(news.known_after(found, told))
    return lines


def _tell(book: Path, alerts: list[Alert], found: Now, mailing: tuple[bool, str | None, str | None],
          tell: Callable[[str], None], note: str = "") -> list[str]:  # fmt: skip
    """Print the alerts, and mail them if asked; the lines."""
    notes = [*found.notes, *([note] if note else [])]
    lines = [plain(line, _LONGEST) for line in [*(line for alert in alerts for line in alert.lines), *notes]]
    _tell_all(lines, tell)
    mail, to, sender = mailing
    if mail and alerts:
        closing = f"{book.name}, figures as of {found.as_of:%Y-%m-%d}"
        _send(book, "; ".join(alert.subject for alert in alerts), [*lines, "", closing], to, sender)
    return lines


def _send(book: Path, subject: str, lines: list[str], to: str | None, sender: str | None) -> None:
    from xlsmkt.mailing.addresses import recipients
    from xlsmkt.mailing.message import text_message
    from xlsmkt.mailing.sending import send
    from xlsmkt.mailing.settings import mail_server

    with Book.open(book) as opened:
        addresses, writer = recipients(opened, to, sender)
    send(text_message(f"{subject} ({book.name})", lines, addresses, writer), mail_server())


def _tell_all(lines: list[str], tell: Callable[[str], None]) -> None:
    for line in lines:
        tell(line)


def _print(line: str) -> None:
    print(line, flush=True)  # what was not written must not count as told
