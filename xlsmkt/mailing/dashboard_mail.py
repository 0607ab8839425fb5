"""The dashboard of a workbook, mailed."""

from email.message import EmailMessage
from pathlib import Path

from xlsmkt.mailing.addresses import recipients
from xlsmkt.mailing.message import dashboard_message
from xlsmkt.mailing.sending import send
from xlsmkt.mailing.settings import mail_server
from xlsmkt.package import Book


def mail_dashboard(
    book: Path, to: str | None = None, sender: str | None = None, server: str = "", *, workbook: bool = True
) -> str:
    """Mail the dashboard of a workbook: a sentence that says to whom.

    Parameters
    ----------
    book
        Computed; its cells Mail_To and Mail_From are taken where the next two are None.
    to, sender
        Addresses; see `xlsmkt.mailing.addresses.recipients`.
    server
        Its address, else that of this user; see `xlsmkt.mailing.settings.mail_server`.
    workbook
        Whether the workbook is attached.

    Raises
    ------
    UserError
        Nothing was mailed, or not to all; what to mend.
    """
    by = mail_server(server)  # what is missing is told before all is drawn
    message = made_message(book, to, sender, workbook=workbook)
    send(message, by)
    return f"Mailed to {mailboxes(message)}: {message['Subject']}"


def made_message(book: Path, to: str | None, sender: str | None, *, workbook: bool = True) -> EmailMessage:
    """The mail that `mail_dashboard` sends."""
    from xlsmkt.report.reading import read_dashboard

    with Book.open(book) as opened:
        everybody, writer = recipients(opened, to, sender)
    return dashboard_message(book, read_dashboard(book), everybody, writer, workbook=workbook)


def mailboxes(message: EmailMessage) -> str:
    """The addresses that a mail goes to, for a sentence."""
    return ", ".join(one.addr_spec for one in message["To"].addresses)
