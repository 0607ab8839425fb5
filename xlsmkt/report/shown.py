"""What a cell shows: its value by its number format, as a text."""

import re
import unicodedata

from xlsmkt.errors import CellError
from xlsmkt.package.number_formats import GENERAL

# What aligns figures in a column or names a language; as a text the figure is the same without.
_FILLED = re.compile(r'("[^"]*"|\\.)|\*.|\[\$-[0-9A-Fa-f]+\]')
_SPACE = re.compile(r'("[^"]*"|\\.)|_.')
_KEPT = "\n\t"
# Signs that turn the direction of the text after them, beyond the cell that holds them.
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def shown(value: object, number_format: str = GENERAL, date1904: bool = False) -> str:
    """The text that a cell with this value shows; a format that is not understood shows the value plainly.

    >>> shown(1234.5, "#,##0.0"), shown(0.034, "0.0%"), shown(46000.0, "ddd d mmm"), shown(None)
    ('1,234.5', '3.4%', 'Tue 9 Dec', '')
    """
    if value is None:
        return ""
    if isinstance(value, CellError):
        return value.sign
    return printable(_formatted(value, number_format, date1904)).strip(" ")


def printable(text: str) -> str:
    """A text without control characters and signs that are none, which no cell shows and no page may hold."""
    if text.isprintable():
        return text
    return "".join(sign for sign in text if sign in _KEPT or not _unseen(sign))


def _unseen(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cs") or sign in "\ufffe\uffff"  # XML forbids the last two


def _formatted(value: object, number_format: str, date1904: bool) -> str:
    from cellrune import CellRuneError, format_display_text

    held: dict[str, object]
    if isinstance(value, bool):
        held = {"kind": "logical", "value": value}
    elif isinstance(value, (int, float)):
        held = {"kind": "number", "value": float(value)}
    else:
        held = {"kind": "text", "value": str(value)}
    days = "excel_1904" if date1904 else "excel_1900"
    plainer = _FILLED.sub(lambda match: match[1] or "", number_format)
    for code in (number_format, plainer, _SPACE.sub(lambda match: match[1] or " ", plainer)):
        try:
            return str(format_display_text(held, code, date_system=days))  # type: ignore[arg-type]
        except (CellRuneError, ValueError):
            continue
    if isinstance(value, bool):
        return str(value).upper()
    return f"{value:.10g}" if isinstance(value, (int, float)) else str(value)
