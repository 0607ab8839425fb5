"""The words of the catalogue as VBA and Excel's function wizard take them."""

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
