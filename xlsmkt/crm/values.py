"""What a single value of an export means and how it is shown: blanks, texts as typed, words to compare."""

import datetime as dt
import re
import unicodedata
from typing import Any

# What CRMs write into a field that nobody filled. "NA" is not here: it is Namibia.
PLACEHOLDERS = (
    "", "-", "--", "---", "n/a", "#n/a", "null", "(null)", "nil", "nan", "none", "-none-", "--none--", "(none)",
    "select", "-select-", "--select--", "- select -", "please select", "unknown", "(unknown)", "undefined",
    "not set", "(not set)", "not specified", "(blank)", "(no value)", "no value", "not available",
    "0000-00-00", "0000-00-00 00:00:00",
)  # fmt: skip

# Characters that no cell can hold.
UNPRINTABLE = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufeff\u200b]"
_UNPRINTABLE = re.compile(UNPRINTABLE)
_BLANKS = frozenset(PLACEHOLDERS)
_LONGEST_BLANK = max(map(len, PLACEHOLDERS))


def tidied(text: str) -> str | None:
    """A text trimmed and without unprintable characters; None where it says that there is nothing.

    >>> tidied(" Web "), tidied("-None-"), tidied("NA")
    ('Web', None, 'NA')
    """
    if not text.isprintable():
        text = _UNPRINTABLE.sub("", text)
    text = text.strip()
    return None if len(text) <= _LONGEST_BLANK and text.lower() in _BLANKS else text


def written(value: Any) -> str:
    """How a typed cell would be typed as a text."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    return str(value)


def plain(heading: str) -> str:
    """A heading or word for comparing: lower case, no accents, no signs, single spaces.

    >>> plain(" Became a Customer-Date "), plain("Qualité (été)")
    ('became a customer date', 'qualite ete')
    """
    letters = unicodedata.normalize("NFKD", heading.casefold())
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[\W_]+", " ", kept).strip()


# A program may begin a cell at the start of a text, of a line in it, or behind a semicolon; in East Asia it takes
# full-width signs for signs.
_FORMULA = re.compile(r"(^|[;\r\n\t])(?=[\s\"']*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r])")


def guarded(value: object) -> object:
    """A value for a list in CSV: a text that a program would take for a formula gets an apostrophe."""
    return _FORMULA.sub(r"\1'", value) if isinstance(value, str) else value
