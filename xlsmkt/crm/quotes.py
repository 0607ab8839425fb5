"""Quotation marks of a CSV file: a stray one swallows the rows below it, as one long value."""

import re

from xlsmkt.crm.sniffing import Look
from xlsmkt.errors import UserError

QUOTE = 34


def refuse_damage(name: str, text: bytes, look: Look) -> None:
    """Refuses rows of a CSV file in which a quotation is closed too late, or never: it would swallow rows below it.

    Raises
    ------
    UserError
        Names the line on which the first such quotation is opened.
    """
    found = _first_damage(text, look.sign)
    if found is not None:
        line, why = found
        raise UserError(f"{name}: the quotation mark opened on line {line + look.first_line} {why}; mend that line")


def _first_damage(text: bytes, sign: str) -> tuple[int, str] | None:
    """The first quotation that is not closed at the end of a value: the line, counted from 0, on which it is opened,
    and what is wrong with it; None in a sound file. ``sign`` is the delimiter."""
    if _plainly_sound(text, sign):
        return None
    cut = re.escape(sign.encode())
    # One value after the other: quoted, with what follows the closing mark; opened and never closed; plain.
    value = re.compile(rb'"(?:[^"]|"")*+"(?!")([^\r\n%b]*)|(")|[^\r\n%b]+' % (cut, cut))
    for found in value.finditer(text):
        opened = text.count(b"\n", 0, found.start()) if found[2] or (found[1] or b"").strip(b" \t") else -1
        if found[2]:
            return opened, "is never closed"
        if opened >= 0:
            closed = opened + found[0].count(b"\n")
            return opened, "is closed in the middle of a value" + ("" if closed == opened else " further down")
    return None


def _plainly_sound(text: bytes, sign: str) -> bool:
    """Whether every quotation begins and ends with a value; False only says that a closer look is needed."""
    if text.count(b'"') % 2:
        return False
    ends = {*sign.encode(), 10, 13}
    plain = text.split(b'"')[::2]  # what stands outside of all quotations
    return all(not one or one[-1] in ends for one in plain[:-1]) and all(not one or one[0] in ends for one in plain[1:])
