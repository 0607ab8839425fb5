"""Saves a workbook file as Calc does, with its formulas linked to our functions."""

from typing import Any, Dict

import uno

from xlsmkt.errors import UserError
from xlsmkt.hosts.calc.inside.documents import opened, properties
from xlsmkt.hosts.calc.inside.jobs import job
from xlsmkt.hosts.calc.inside.linking import plain_names, relink

_FILTERS = {
    "xlsx": "Calc MS Excel 2007 XML",
    "xlsm": "Calc MS Excel 2007 VBA XML",
    "ods": "calc8",
}


@job
def save_as(context: Any, path: str, to: str) -> Dict[str, Any]:
    """Open a workbook, link and compute its formulas, and save it under another name, whose ending says the file type.

    Returns
    -------
    ``relinked`` and ``left``: how many formulas were linked, and how many would be if that was done again.
    ``modified`` and ``undo``: whether that made the document one to be saved, and its steps that could be undone.
    ``renamed``: whether the saved file had other names than the plain ones.
    """
    filter_name = _FILTERS.get(to.rpartition(".")[2].lower())
    if filter_name is None:
        raise UserError(f"{to} is no name for a workbook; give one that ends in .xlsx, .xlsm or .ods.")
    with opened(context, path) as document:
        told = {"relinked": relink(document), "left": relink(document), "modified": document.isModified()}
        told["undo"] = list(document.getUndoManager().getAllUndoActionTitles())
        document.calculateAll()
        document.storeToURL(uno.systemPathToFileUrl(to), properties(FilterName=filter_name))
    told["renamed"] = filter_name != "calc8" and plain_names(to)
    return told
