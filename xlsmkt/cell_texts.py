"""Texts as a cell of Excel takes them.

Also runs inside a workbook, in xlwings Lite: standard library only.
"""

import re

LONGEST_TEXT = 32_767
"""Characters that a cell holds, as UTF-16 counts them."""
_LONGEST_HELP = 255


def shortened(text: str, longest: int = LONGEST_TEXT) -> str:
    """A text of at most so many characters as Excel counts them: those beyond 65,535 twice.

    >>> shortened("three", 4), shortened("😀😀😀", 5)
    ('thre', '😀😀')
    """
    if len(text) <= longest // 2:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    return text if len(units) <= 2 * longest else units[: 2 * longest].decode("utf-16-le", "ignore")


def as_typed(text: str) -> str | None:
    """A text as it is put into a cell; None for an empty one.

    Excel takes what it gets as if it were typed, therefore an apostrophe goes before it: CRM fields are filled in by
    strangers.

    >>> as_typed("=1+1"), as_typed("1/2"), as_typed("")
    ("'=1+1", "'1/2", None)
    """
    if not text:
        return None
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()  # half characters pass neither COM nor JSON
    if len(text) >= LONGEST_TEXT:  # no room for the apostrophe; so long a text is none but a formula
        return text[:LONGEST_TEXT] if text[0] not in "=+-@'" else "'" + text[: LONGEST_TEXT - 1]
    return "'" + text


def help_text(text: str, longest: int = _LONGEST_HELP) -> str:
    """A text of at most 255 characters, as Excel's function wizard shows it: whole sentences, else whole words.

    >>> help_text("Share of leads that become customers.")
    'Share of leads that become customers.'
    """
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    room = text[: longest + 1]
    sentence = max((found.end() for found in re.finditer(r"[.:;](?=\s)", room)), default=0)
    if sentence >= longest // 2:
        return room[:sentence].rstrip(";:")
    return room[: longest - 1].rpartition(" ")[0].rstrip(",;:") + "…"
