"""Single cells that a workbook knows under a defined name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from xlsmkt.package.references import Area, parse_area, sheet_of

if TYPE_CHECKING:
    from xlsmkt.package.book import Book


class Place(NamedTuple):
    """Where a cell is."""

    sheet: str
    area: Area  # of one cell


def place_of(book: Book, name: str) -> Place | None:
    """The cell that a defined name of the whole workbook stands for; None if there is no such name or no such cell."""
    for known in book.names:
        if known.sheet is None and known.name.casefold() == name.casefold():
            sheet, mark, cell = known.refers_to.lstrip("=").rpartition("!")
            try:
                area = parse_area(cell)
            except ValueError:
                return None
            return Place(sheet_of(sheet + mark), area._replace(right=area.left, bottom=area.top)) if mark else None
    return None
