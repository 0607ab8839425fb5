"""Cell errors on their way between Excel and Python: numbers over COM, marked texts on the way back."""

from xlsmkt.errors import CellError, Propagated

CODES = {
    "#NULL!": 2000,
    "#DIV/0!": 2007,
    "#VALUE!": 2015,
    "#REF!": 2023,
    "#NAME?": 2029,
    "#NUM!": 2036,
    "#N/A": 2042,
    "#GETTING_DATA": 2043,
    "#SPILL!": 2045,
    "#CONNECT!": 2046,
    "#BLOCKED!": 2047,
    "#UNKNOWN!": 2048,
    "#FIELD!": 2049,
    "#CALC!": 2050,
}
"""The numbers that VBA's CVErr takes."""

MARK = "\u2002"
"""Between the sign and the reason of an error that Python hands over as text: an en space, which nobody types."""

LONGEST = 255
"""Excel refuses longer texts inside arrays."""

_OVER_COM = {code - 2146828288: sign for sign, code in CODES.items()}


def error_of_code(value: int) -> CellError | None:
    """The error that COM hands over as a number; None for any other number.

    >>> error_of_code(-2146826246)
    #N/A
    """
    sign = _OVER_COM.get(value)
    return Propagated(sign) if sign else None


def as_text(error: CellError) -> str:
    """An error as the text that our VBA turns into a true error, and that reads well where nothing does.

    >>> from xlsmkt.errors import OutOfRange
    >>> as_text(OutOfRange("LEADS_NEEDED: close_rate is 5; give 0% to 100%"))
    '#NUM!\\u2002LEADS_NEEDED: close_rate is 5; give 0% to 100%'
    """
    return f"{error.sign}{MARK}{error}"[:LONGEST]
