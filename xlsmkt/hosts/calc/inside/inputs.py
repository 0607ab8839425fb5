"""What the calling document holds under the names that fill arguments left out; the document follows when it changes.

Calc does not know that a cell depends on what a function looks up. So the first look-up of a name listens to its cells,
and once they hold something else the document is computed anew, as soon as Calc has finished what it is doing.
"""

import re
from contextlib import suppress
from typing import Any, Dict, Tuple

import uno
import unohelper
from com.sun.star.awt import XCallback
from com.sun.star.container import NoSuchElementException
from com.sun.star.util import XModifyListener

from xlsmkt.errors import Propagated, WrongType
from xlsmkt.hosts.calc.inside.unseen import unmodified
from xlsmkt.hosts.calc.inside.values import sign_of

_COLUMN = re.compile(r"(\w+)\[([^\[\]#@]+)\]$")
_CONSTANT = re.compile(r'"((?:[^"]|"")*)"$|[-+]?\d[\d.]*(?:E[-+]?\d+)?%?$', re.I)


def counts_from_1904(document: Any) -> bool:
    """Whether the serial numbers of a document count from 1904."""
    first = document.NullDate
    return (first.Year, first.Month, first.Day) == (1904, 1, 1)


def document_input(document: Any, name: str) -> Any:
    """What a document holds under a name: a value, or rows of values. Raises KeyError when it has no such name."""
    try:
        named = document.NamedRanges.getByName(name)
    except (NoSuchElementException, AttributeError):  # a document without a window may have no names at all
        raise KeyError(name) from None
    cells = named.getReferredCells() or _table_column(document, named.Content)
    if cells is None:
        return _constant(name, named.Content)
    held = _held(cells)
    key = (document.RuntimeUID, name, named.Content)
    if key not in _watched:
        _watched[key] = _Watch(key, document, cells)
    _watched[key].seen = held
    return held


def _held(cells: Any) -> Any:
    """The rows that cells hold, errors as errors."""
    rows = cells.getDataArray()
    if not any(value is None for row in rows for value in row):
        return rows
    return [
        [_error(cells.getCellByPosition(x, y)) if value is None else value for x, value in enumerate(row)]
        for y, row in enumerate(rows)
    ]


def _error(cell: Any) -> Propagated:
    return Propagated(sign_of(cell.getError()))


def _table_column(document: Any, content: str) -> Any:
    """The cells of ``Table[Column]``, which Calc does not count among the cells that a name can refer to."""
    found = _COLUMN.match(content)
    if not found or not document.DatabaseRanges.hasByName(found[1]):
        return None
    area = document.DatabaseRanges.getByName(found[1]).DataArea
    sheet = document.Sheets.getByIndex(area.Sheet)
    first, last = area.StartRow, area.EndRow
    headings = sheet.getCellRangeByPosition(area.StartColumn, first, area.EndColumn, first).getDataArray()[0]
    if found[2] not in headings or last == first:
        return None
    column = area.StartColumn + headings.index(found[2])
    return sheet.getCellRangeByPosition(column, first + 1, column, last)


def _constant(name: str, content: str) -> Any:
    found = _CONSTANT.match(content.strip().lstrip("="))
    if not found:
        raise WrongType(f"the name {name} stands for a formula, which LibreOffice does not hand over; give a value")
    return found[0] if found[1] is None else found[1].replace('""', '"')


class _Watch(unohelper.Base, XModifyListener, XCallback):
    """Computes a document anew when the cells of a name hold something else than a function has seen there."""

    def __init__(self, key: Tuple[str, str, str], document: Any, cells: Any) -> None:
        self.seen: Any = None
        self._key, self._document, self._cells = key, document, cells
        self._waits = False
        context = uno.getComponentContext()
        self._later = context.ServiceManager.createInstanceWithContext("com.sun.star.awt.AsyncCallback", context)
        cells.addModifyListener(self)

    def modified(self, event: Any) -> None:
        """Calc calls this in the middle of its work, so that nothing can be computed yet."""
        if not self._waits:
            self._waits = True
            self._later.addCallback(self, None)

    def notify(self, data: Any) -> None:
        """Calc has finished its work."""
        self._waits = False
        with suppress(Exception):  # the document may have been closed meanwhile
            if _held(self._cells) != self.seen:
                was_modified = self._document.isModified()
                self._document.calculateAll()
                if not was_modified:
                    unmodified(self._document)

    def disposing(self, event: Any) -> None:
        """The document is closed."""
        _watched.pop(self._key, None)


_watched: Dict[Tuple[str, str, str], _Watch] = {}
