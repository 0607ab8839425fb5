"""The command that tells what needs somebody's attention."""

import argparse
from pathlib import Path
from typing import Any


def add_commands(commands: Any) -> None:
    """Add the commands to those of the command line."""
    words = "Tell what needs somebody: leads to call, leads not worked in time, an SLA that turned behind; each once."
    alerts = commands.add_parser("alerts", help=words, description=words)
    alerts.set_defaults(run=_alerts)
    alerts.add_argument("book", type=Path, metavar="BOOK")
    alerts.add_argument("--all", action="store_true", help="all that holds now; what counts as told stays as it is")
    alerts.add_argument("--mail", action="store_true", help="mail what is new as well")
    alerts.add_argument("--to", metavar="ADDRESSES", help="who gets the mail (default: what Inputs names)")
    alerts.add_argument("--from", dest="sender", metavar="ADDRESS", help="who sends it (default: what Inputs names)")


def _alerts(options: argparse.Namespace) -> int:
    from xlsmkt.alerts.telling import tell_alerts
    from xlsmkt.errors import UserError

    if (options.to or options.sender) and not options.mail:
        raise UserError("--to and --from are for the mail; add --mail, or leave them out.")
    lines = tell_alerts(options.book, options.mail, options.to, options.sender, everything=options.all)
    if not lines:
        print("Nothing needs anybody now." if options.all else "Nothing new since the last run.")
    return 0
