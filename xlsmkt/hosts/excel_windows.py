"""Excel on Windows: each function of the catalogue as a COM function of xlwings, and the refresh of its button.

The workbook's VBA calls both by name: ``CallUDF("xlsmkt.hosts.excel_windows", "LEADS_NEEDED", ...)`` and ``refresh()``.
"""

import inspect
from collections.abc import Callable
from typing import Any

import xlwings as xw

from xlsmkt.calling import OMITTED, Parameter
from xlsmkt.catalogue import CATALOGUE, Entry, Rows
from xlsmkt.cell_texts import help_text
from xlsmkt.errors import CellError
from xlsmkt.hosts.dates1904 import cells_in_1904, has_days
from xlsmkt.hosts.faults import log_fault
from xlsmkt.hosts.windows.caller import counts_from_1904, workbook_input
from xlsmkt.hosts.windows.cells import AsItIs, read, written
from xlsmkt.hosts.windows.words import vba_name


def refresh() -> None:
    """Import the CRM data anew into the workbook whose button was clicked."""
    from xlsmkt.hosts.windows.refreshing import refresh_caller

    refresh_caller()


def excel_function(entry: Entry) -> Callable[..., Rows]:
    """The function that xlwings calls for ``entry``: it takes what Excel hands over, and never raises."""
    parameters = entry.parameters
    counts_days = has_days(entry)

    def function(*values: Any) -> Rows:
        try:
            arguments = read(parameters, values)
            if counts_days and counts_from_1904():
                return written(cells_in_1904(entry, arguments, workbook_input))
            return written(entry.cells(arguments, workbook_input))
        except CellError as error:
            error.args = (f"{entry.name}: {error}",)
            return written([[error]])
        except Exception:  # a defect of ours; a traceback helps nobody in a cell
            return written([[log_fault(entry.name)]])

    function.__name__ = function.__qualname__ = entry.name
    function.__module__ = __name__
    function.__doc__ = help_text(entry.summary)
    function.__signature__ = inspect.Signature([_in_signature(p) for p in parameters])  # type: ignore[attr-defined]
    for parameter in parameters:
        function = xw.arg(vba_name(parameter.name), AsItIs, doc=help_text(parameter.text))(function)
    # the category last: xlwings' other decorators put their own in its place
    return xw.func(category=entry.category_title)(xw.ret(AsItIs)(function))


def _in_signature(parameter: Parameter) -> inspect.Parameter:
    name = vba_name(parameter.name)
    if parameter.kind == "columns":
        return inspect.Parameter(name, inspect.Parameter.VAR_POSITIONAL)
    default = inspect.Parameter.empty if parameter.required else OMITTED
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)


globals().update({entry.name: excel_function(entry) for entry in CATALOGUE.values()})
