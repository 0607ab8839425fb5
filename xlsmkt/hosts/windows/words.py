"""The words of the catalogue as VBA and Excel's function wizard take them."""

import re

from xlsmkt.hosts.windows.signs import LONGEST

# Names that VBA keeps for itself, of those that an argument may bear.
_RESERVED = """
abs and any array as boolean byref byte byval call case cbool cbyte ccur cdate cdbl cdec cint circle clng close const
csng cstr currency cvar cverr date debug decimal declare dim do doevents double each else elseif empty end endif enum
eqv erase error event exit false fix for friend function get global gosub goto if imp implements in input inputb int
integer is lbound len lenb let like line lock long loop lset me mod new next not nothing null on open option optional
or paramarray preserve print private pset public put raiseevent redim rem resume return rset scale seek select set sgn
shared single spc static stop string sub tab then to true type typeof ubound unlock until variant wend while width
with withevents write xor
"""


def vba_name(name: str) -> str:
    """The name of an argument in VBA: one that VBA keeps for itself gets an underscore behind it.

    >>> vba_name("close_rate"), vba_name("date")
    ('close_rate', 'date_')
    """
    return f"{name}_" if name.lower() in _RESERVED.split() else name


def help_text(text: str, longest: int = LONGEST) -> str:
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
