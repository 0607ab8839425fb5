"""The cells that a formula reads, from its text.

Calc can tell them too (queryPrecedents), but in LibreOffice 7.4 it forgets which sheet they are on, and follows neither
names nor tables.
"""

import re
from typing import Any, Iterator

_DEEPEST = 5  # names that stand for names

_PARTS = re.compile(
    r"""
      "(?:[^"]|"")*"                                                    # a text
    | [\w.]+\s*\(                                                       # a function
    | (?P<table>[^\W\d]\w*)\[(?P<column>(?:[^][']|'.|\[(?:[^][']|'.)*\])*)\]
    | (?:\$?(?P<sheet>'(?:[^']|'')+'|\w+)\.)?
      (?P<cells>\$?[A-Z]{1,3}\$?\d{1,7}(?::\$?[A-Z]{1,3}\$?\d{1,7})?)(?![\w.])
    | (?P<name>[^\W\d][\w.]*)
    """,
    re.X,
)


def ranges_read(document: Any, sheet: Any, formula: str, deep: int = 0) -> Iterator[Any]:
    """The ranges that a formula of a sheet reads, in the order of its text; of a table the column that it names."""
    for part in _PARTS.finditer(formula):
        if part["cells"]:
            yield from _cells(document, sheet, part["sheet"], part["cells"])
        elif part["table"]:
            yield from _table(document, part["table"], part["column"])
        elif part["name"] and deep < _DEEPEST:
            for names in (sheet.NamedRanges, document.NamedRanges):
                if names.hasByName(part["name"]):
                    yield from ranges_read(document, sheet, names.getByName(part["name"]).Content, deep + 1)
                    break


def _cells(document: Any, sheet: Any, name: str, cells: str) -> Iterator[Any]:
    if name:
        name = name[1:-1].replace("''", "'") if name.startswith("'") else name
        if not document.Sheets.hasByName(name):
            return
        sheet = document.Sheets.getByName(name)
    yield sheet.getCellRangeByName(cells.replace("$", ""))


def _table(document: Any, table: str, column: str) -> Iterator[Any]:
    if not document.DatabaseRanges.hasByName(table):
        return
    area = document.DatabaseRanges.getByName(table).DataArea
    sheet = document.Sheets.getByIndex(area.Sheet)
    heading = sheet.getCellRangeByPosition(area.StartColumn, area.StartRow, area.EndColumn, area.StartRow)
    headings = [str(value) for value in heading.getDataArray()[0]]
    left, right = area.StartColumn, area.EndColumn
    if column in headings:
        left = right = left + headings.index(column)
    if area.EndRow > area.StartRow:
        yield sheet.getCellRangeByPosition(left, area.StartRow + 1, right, area.EndRow)
