"""The functions as Calc knows them: a UNO component with one method for each function of the catalogue."""

from typing import Any, Callable

import unohelper
from com.sun.star.lang import XServiceInfo
from org.xlsmkt import XFunctions

from xlsmkt.catalogue import CATALOGUE, Entry
from xlsmkt.hosts.calc.inside.inputs import counts_from_1904, document_input
from xlsmkt.hosts.calc.inside.values import answers_one_cell, read, written
from xlsmkt.hosts.calc.words import IMPLEMENTATION, SERVICE, method_id
from xlsmkt.hosts.dates1904 import cells_in_1904, has_days
from xlsmkt.hosts.faults import log_fault

_SERVICES = (SERVICE, "com.sun.star.sheet.AddIn")


class Functions(unohelper.Base, XFunctions, XServiceInfo):
    """The add-in."""

    def __init__(self, context: Any, *arguments: Any) -> None:
        pass

    def getImplementationName(self) -> str:
        return IMPLEMENTATION

    def supportsService(self, name: str) -> bool:
        return name in _SERVICES

    def getSupportedServiceNames(self) -> Any:
        return _SERVICES


def calc_function(entry: Entry) -> Callable[..., Any]:
    """The method that Calc calls for ``entry``, with the document of the calling cell first; it never raises."""
    counts_days = has_days(entry)
    one_cell = answers_one_cell(entry)

    def method(self: Functions, document: Any, *values: Any) -> Any:
        def lookup(name: str) -> Any:
            return document_input(document, name)

        try:
            arguments = read(entry.parameters, values)
            if counts_days and counts_from_1904(document):
                cells = written(cells_in_1904(entry, arguments, lookup))
            else:
                cells = written(entry.cells(arguments, lookup))
        except Exception:  # a defect of ours; a traceback helps nobody in a cell
            cells = written([[log_fault(entry.name, "libreoffice")]])
        return cells[0][0] if one_cell else cells

    method.__name__ = method_id(entry.name)
    return method


for _entry in CATALOGUE.values():
    setattr(Functions, method_id(_entry.name), calc_function(_entry))

g_ImplementationHelper = unohelper.ImplementationHelper()
g_ImplementationHelper.addImplementation(Functions, IMPLEMENTATION, _SERVICES)
