"""What is looked at when a job is installed: whether it will have what it needs when nobody sits at the computer."""

import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from xlsmkt.errors import UserError
from xlsmkt.schedules.jobs import Job

if TYPE_CHECKING:
    from xlsmkt.stored import Inputs

_OURS = "XLSMKT_"
_HOME = "XLSMKT_HOME"
_AUTHORITY = "SSL_CERT_FILE"


def require_source(book: Path) -> None:
    """Refuse a file that is no workbook of ours, or that names nothing to import."""
    from xlsmkt.filling import require_tables
    from xlsmkt.package import Edit
    from xlsmkt.stored import stored_source

    if not book.is_file():
        raise UserError(f"{book} is not there; make it first: xlsmkt new {book.name}")
    workbook = Edit.open(book)
    require_tables(workbook)
    if not any(stored_source(workbook)):
        raise UserError(
            f"{book.name} names nothing to import, so its job would have nothing to do; fill in Import from on the "
            "sheet Inputs, save and close the workbook, and run this again."
        )


def require_plain(job: Job) -> None:
    """Refuse a path that no entry of a scheduler can hold: one with a line break, or with bytes that are no text."""
    for word in job.command:
        if any(unicodedata.category(one) in ("Cc", "Cs") for one in word):
            raise UserError(f"{word!a} has characters that nobody sees; rename that file or folder.")


def notes(job: Job) -> Iterator[str]:
    """What a job will lack: found by looking for it as the job will, without the variables of this terminal."""
    from xlsmkt.package import Edit

    workbook = Edit.open(job.book)
    with _as_the_job():
        lacks = [*_lacks_source(workbook), *(_lacks_mail(job.book) if job.mail or job.alerts else ())]
    for name, why in lacks:
        here = [variable for variable in sorted(os.environ) if variable.startswith(f"{_OURS}{_word(name)}_")]
        if here:
            yield (
                f"the job will not have {' and '.join(here)}, which only this terminal has; unset it and run "
                f"xlsmkt connect {name}, which stores what it asks for."
            )
        else:  # without the advice for somebody who sits at a terminal
            yield re.sub(r",? \(?or (set|give) .*", "", why)
    authority = os.environ.get(_AUTHORITY, "") if job.mail or job.alerts else ""
    if authority:  # may be set for the whole account: nobody can tell from here
        line = f"{_AUTHORITY}={os.path.abspath(authority)}"
        where = (
            "at the top of: crontab -e" if job.scheduler == "cron" else "to the variables of your account, log in anew"
        )
        yield f"the job may not have {_AUTHORITY}, which is set in this terminal; add {line} {where}"


def _lacks_source(workbook: "Inputs") -> Iterator[tuple[str, str]]:
    from xlsmkt.crm.connections import connections
    from xlsmkt.crm.origins import connection_for, is_address, opened
    from xlsmkt.stored import may_be_connection, stored_source

    given, _ = stored_source(workbook)
    for word in given:
        if not may_be_connection(word) or os.path.exists(word):
            continue
        connection = None
        try:
            connection = connection_for(word)
            if connection is None or (is_address(word) and connection.name not in connections()):
                yield word, f"{word} is not connected; run: xlsmkt connect {word}"
            else:
                opened(connection)
        except UserError as error:
            yield connection.name if connection else word, str(error)


def _lacks_mail(book: Path) -> Iterator[tuple[str, str]]:
    from xlsmkt.mailing.addresses import recipients
    from xlsmkt.mailing.settings import mail_server
    from xlsmkt.package import Book

    try:
        with Book.open(book) as opened:
            recipients(opened, None, None)
    except UserError as error:
        yield "", str(error)
    try:
        mail_server()
    except UserError as error:
        yield "mail", str(error)


def _word(name: str) -> str:
    return "".join(one if one.isalnum() else "_" for one in name).upper()


@contextmanager
def _as_the_job() -> Iterator[None]:
    """The environment as a scheduler gives it: of our variables only the home, which is passed on."""
    taken = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(_OURS) and name != _HOME}
    try:
        yield
    finally:
        os.environ.update(taken)
