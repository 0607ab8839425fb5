"""What a function asks of the workbook that it is called from."""

from typing import Any

import xlwings as xw

from xlsmkt.hosts.windows.cells import plain, read_range


def workbook_input(name: str) -> Any:
    """The value of a defined name of the calling workbook; raises KeyError when it has none of that name.

    The wrappers in xlsmkt.xlsm hand workbook inputs over themselves; this is for wrappers that xlwings made.
    """
    book = xw.Book.caller()
    if name not in book.names:
        raise KeyError(name)
    found = book.names[name]
    if "!" in found.name:  # a name of one sheet only, and which sheet calls is not known here
        raise KeyError(name)
    try:
        cells = found.refers_to_range
    except Exception:  # a constant or a formula stands for no cells; which exception, xlwings leaves to pywin32
        value = book.sheets[0].api.Evaluate(found.refers_to)
        return plain(getattr(value, "Value2", value))
    return read_range(name, cells)


def counts_from_1904() -> bool:
    """Whether the calling workbook counts days from 1904; not where VBA calls without a workbook."""
    try:
        book = xw.Book.caller()
    except Exception:  # xlwings raises a bare Exception
        return False
    return bool(book.api.Date1904)
