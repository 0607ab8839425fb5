"""The names that LibreOffice knows our add-in and its functions by; they stand in saved documents and never change."""

from typing import List

from xlsmkt.calling import Parameter

EXTENSION_ID = "org.xlsmkt.addin"
SERVICE = "org.xlsmkt.AddIn"
IMPLEMENTATION = "org.xlsmkt.AddInImpl"
COMMANDS = "org.xlsmkt.Commands"

OLDEST = "7.4"
"""The oldest LibreOffice that takes the extension."""

PYTHON_FILE = "python.txt"
"""Beside the extension's files: the Python that Refresh starts, written when the extension is installed."""


MOST_COLUMNS = 30
"""How many columns a function takes that takes any number of them."""


def method_id(function: str) -> str:
    """The method of a function: letters and digits, as UNO's IDL takes them.

    >>> method_id("LEADS_NEEDED")
    'leadsNeeded'
    """
    first, *rest = function.lower().split("_")
    return first + "".join(word.capitalize() for word in rest)


def argument_id(name: str) -> str:
    """The name of an argument in IDL; the letter before it keeps it apart from IDL's own words.

    >>> argument_id("close_rate")
    'xCloseRate'
    """
    return "x" + "".join(word.capitalize() for word in name.split("_"))


def argument_names(parameter: Parameter) -> List[str]:
    """The arguments of a function in Calc for one of the catalogue: one, or as many as Calc is to offer.

    Calc knows arguments of any number, too, but in an array formula it would go through their cells one by one.
    """
    if parameter.kind != "columns":
        return [parameter.name]
    return [parameter.name, *(f"{parameter.name}_{number}" for number in range(2, MOST_COLUMNS + 1))]
