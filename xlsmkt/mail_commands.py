"""The command that mails the dashboard."""

import argparse
from pathlib import Path

from xlsmkt.errors import UserError


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to those of the command line."""
    words = (
        "Mail the dashboard of a computed workbook: its figures and charts, and the workbook itself. The mail server "
        "is this user's own: xlsmkt connect mail, or XLSMKT_MAIL_SERVER and XLSMKT_MAIL_PASSWORD."
    )
    mail = commands.add_parser("mail", help="Mail the dashboard of a workbook.", description=words)
    mail.set_defaults(run=_mail)
    mail.add_argument("book", type=Path, metavar="BOOK")
    mail.add_argument("--to", metavar="A,B", help="addresses (default: Mail_To on the sheet Inputs)")
    mail.add_argument("--from", dest="sender", metavar="X", help="the sender (default: Mail_From on the sheet Inputs)")
    mail.add_argument("--server", default="", metavar="URL",
                      help="such as smtp://user@smtp.example.com:587 (default: the one that is connected)")  # fmt: skip
    mail.add_argument("--no-workbook", dest="workbook", action="store_false", help="do not attach the workbook")
    mail.add_argument("--dry-run", type=Path, metavar="FILE", help="write the mail to FILE.eml and send nothing")


def _mail(options: argparse.Namespace) -> int:
    from xlsmkt.mailing.dashboard_mail import made_message, mail_dashboard, mailboxes
    from xlsmkt.report.writing import refuse_target, write_whole

    if options.dry_run is None:
        print(mail_dashboard(options.book, options.to, options.sender, options.server, workbook=options.workbook))
        return 0
    if options.dry_run.suffix.lower() != ".eml":
        raise UserError(f"{options.dry_run} is no name for a mail; give one that ends in .eml")
    refuse_target(options.book, options.dry_run, "mail")
    message = made_message(options.book, options.to, options.sender, workbook=options.workbook)
    write_whole(options.dry_run, message.as_bytes())
    print(f"Written to {options.dry_run}, not sent: {message['Subject']} (to {mailboxes(message)})")
    return 0
