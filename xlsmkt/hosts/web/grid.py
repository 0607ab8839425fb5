"""The cells and tables of a workbook as Excel's JavaScript hands them over."""

import datetime as dt
import functools
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

_CORNER = re.compile(r"([A-Za-z]*)(\d*)")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_DAY_0, _DAY = dt.datetime(1899, 12, 30), dt.timedelta(days=1)

Area = tuple[int, int, int, int]
"""Row and column of the first cell, row and column of the last; counted from 1."""


@dataclass(frozen=True)
class WebTable:
    """A table of the workbook. Rows and columns count from 1; the body always has at least one row."""

    name: str
    sheet: str
    number: int  # among the tables of its sheet, from 0
    columns: tuple[str, ...]
    first_row: int
    last_row: int
    first_column: int
    header: bool
    totals: int

    @property
    def last_column(self) -> int:
        """The column of the last heading."""
        return self.first_column + len(self.columns) - 1

    @property
    def bottom(self) -> int:
        """The last row, that of the totals if there is one."""
        return self.last_row + self.totals

    def position(self, column: str) -> int | None:
        """Where a heading stands, counted from 0; upper and lower case are the same."""
        wanted = column.casefold()
        return next((i for i, heading in enumerate(self.columns) if heading.casefold() == wanted), None)


def tables_of(sheet: dict[str, Any]) -> Iterator[WebTable]:
    """The tables of a sheet; none for a sheet that was not handed over."""
    for number, table in enumerate(sheet.get("tables") or []):
        if not table.get("data_body_range_address"):
            continue  # none of ours; it may consist of its headings alone
        first_row, left, last_row, right = area_of(table["data_body_range_address"])
        header = bool(table.get("header_row_range_address"))
        columns = table.get("columns")
        if not columns:  # older versions of xlwings leave the headings in their cells
            columns = [str(text or "") for text in cells(sheet, (first_row - 1, left, first_row - 1, right))[0]]
        yield WebTable(
            table["name"],
            sheet["name"],
            number,
            tuple(columns),
            first_row,
            last_row,
            left,
            header,
            1 if table.get("total_row_range_address") else 0,
        )


def area_of(address: str) -> Area:
    """The corners of an address.

    >>> area_of("$B$2:AD7"), area_of("A11")
    ((2, 2, 7, 30), (11, 1, 11, 1))
    """
    corners = [_corner(text) for text in address.replace("$", "").split(":")]
    return (*corners[0], *corners[-1])


def first_cell(address: str) -> tuple[int, int]:
    """Row and column of the first cell of what a user may give a name: whole columns or rows, several areas.

    >>> first_cell("$B$2:$AD$7"), first_cell("C:D"), first_cell("1:5"), first_cell("B3,A1:A9")
    ((2, 2), (1, 3), (1, 1), (3, 2))
    """
    row, column, *_ = area_of(address.partition(",")[0])
    return row, column


def _corner(text: str) -> tuple[int, int]:
    """Row and column of a cell; the first one where whole columns or rows are meant."""
    found = _CORNER.fullmatch(text)
    assert found, text
    column = functools.reduce(lambda number, letter: 26 * number + ord(letter) - 64, found[1].upper(), 0)
    return int(found[2] or 1), column or 1


def column_letters(number: int) -> str:
    """The letters of a column.

    >>> column_letters(2), column_letters(30)
    ('B', 'AD')
    """
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cells(sheet: dict[str, Any], area: Area) -> list[list[Any]]:
    """The values of an area, row by row; None for a blank, also beyond the cells that are in use."""
    top, left, bottom, right = area
    width = right - left + 1
    rows = []
    for row in sheet["values"][top - 1 : bottom]:
        part = [None if value == "" else value for value in row[left - 1 : right]]
        rows.append(part + [None] * (width - len(part)))
    return rows + [[None] * width for _ in range(bottom - top + 1 - len(rows))]


def is_filled(sheet: dict[str, Any], area: Area) -> bool:
    """Whether any cell of an area holds something."""
    top, left, bottom, right = area
    return any(value not in ("", None) for row in sheet["values"][top - 1 : bottom] for value in row[left - 1 : right])


def moment_of(value: object) -> dt.datetime | None:
    """The moment that a cell with a date format holds, which comes as a text; None for any other value.

    >>> moment_of("2026-03-31T14:05:00.000Z"), moment_of("2026-02-30T00:00:00.000Z")
    (datetime.datetime(2026, 3, 31, 14, 5), None)
    """
    if type(value) is str and len(value) == 24 and _MOMENT.fullmatch(value):
        with suppress(ValueError):  # a text that a user has typed
            return dt.datetime.fromisoformat(value[:-1])
    return None


def plain(value: Any) -> Any:
    """A value as every host reads it from a cell: dates as serial numbers, None for a blank.

    The client counts all days from one on, so the number comes out that the cell holds, be it of a day or not.

    >>> plain("2026-03-31T12:00:00.000Z"), plain("1899-12-31T00:00:00.000Z"), plain("1899-12-29T00:00:00.000Z")
    (46112.5, 1, -1)
    """
    moment = moment_of(value)
    if moment is None:
        return None if value == "" else value
    days = (moment - _DAY_0) / _DAY
    return int(days) if days.is_integer() else round(days, 11)
