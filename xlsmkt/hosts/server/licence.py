"""The licence of xlwings Server: said before anything else, agreed to by its user, kept in one file."""

import getpass
import importlib.util
import os
import re
import sys

from xlsmkt.errors import UserError

VARIABLE = "XLWINGS_LICENSE_KEY"
NONCOMMERCIAL = "noncommercial"
PAID = "key"
TEXT = (
    "xlwings Server is free for noncommercial use only (PolyForm Noncommercial License 1.0.0); commercial use needs a "
    "licence key from xlwings. See https://server.xlwings.org/en/latest/license/ and https://www.xlwings.org/pricing.\n"
    "xlsmkt itself and its other workbooks are free for every use and need no key."
)
_KEY = re.compile(r"[\w=+/.-]{12,}", re.ASCII)  # what a settings file holds as it is


def require_server() -> None:
    """Refuse to go on without xlwings Server."""
    if importlib.util.find_spec("xlwings_server") is None:
        raise UserError(
            "xlwings Server is not installed here; if its licence suits your use, run: "
            f'"{sys.executable}" -m pip install "xlsmkt[server]"'
        )


def agreed(given: str | None) -> str:
    """What the user settles: ``noncommercial``, or a licence key.

    Parameters
    ----------
    given
        ``noncommercial``, or ``key`` for a key that the environment holds or that is typed; None: ask.
    """
    _require_choice(given)
    if given is None:
        given = _asked()
    if given == NONCOMMERCIAL:
        return NONCOMMERCIAL
    key = (os.environ.get(VARIABLE) or _typed()).strip()
    if key == NONCOMMERCIAL:
        raise UserError(f"The licence key is missing; for noncommercial use say --licence {NONCOMMERCIAL}.")
    if not _KEY.fullmatch(key):
        raise UserError(f"That is no licence key of xlwings; copy it as it was sent to you into {VARIABLE}.")
    return key


def another_licence(given: str | None, stored: str) -> bool:
    """Whether the user settles something else than what settings hold that stay as they are; never asks."""
    _require_choice(given)
    if given == NONCOMMERCIAL:
        return stored != NONCOMMERCIAL
    key = (os.environ.get(VARIABLE) or "").strip()
    return key != stored if key else given == PAID


def _require_choice(given: str | None) -> None:
    if given not in (None, NONCOMMERCIAL, PAID):  # most likely the key itself: never repeated in a message
        raise UserError(
            f"--licence is {NONCOMMERCIAL} or {PAID}; a key is taken from the variable {VARIABLE} or typed when asked, "
            "since a command can be seen by every user of the computer."
        )


def _asked() -> str:
    if not (sys.stdin and sys.stdin.isatty()):
        raise UserError(
            f"Say which licence holds for your use: --licence {NONCOMMERCIAL}, or --licence {PAID} with the key in the "
            f"variable {VARIABLE}."
        )
    print("  1) My use is noncommercial, and I accept the PolyForm Noncommercial License.")
    print("  2) I have a licence key.")
    try:
        answer = input("Number (anything else: stop): ").strip()
    except EOFError:
        answer = ""
    if answer not in ("1", "2"):
        raise UserError("Nothing was written; run the command again when the licence is settled.")
    return NONCOMMERCIAL if answer == "1" else PAID


def _typed() -> str:
    if not (sys.stdin and sys.stdin.isatty()):
        raise UserError(f"Put the licence key into the variable {VARIABLE} and run the command again.")
    try:
        return getpass.getpass("Licence key (not shown): ")
    except EOFError:
        return ""
