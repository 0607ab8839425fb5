"""Single cells that a workbook knows under a defined name."""

from contextlib import suppress
from typing import NamedTuple

from xlsmkt.package.book import Book
from xlsmkt.package.edit import Edit
from xlsmkt.package.references import Area, parse_area, sheet_of
from xlsmkt.package.results import HoldsFormula


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


def named_value(book: Book, name: str) -> object:
    """The value of a named cell; None if there is no such cell."""
    place = place_of(book, name)
    if place is None or place.sheet not in book.sheet_names:
        return None
    [[value]] = book.range(place.sheet, str(place.area))
    return value


def set_named_value(edit: Edit, name: str, value: object) -> None:
    """Put a constant into a named cell. Without such a cell, or where a user put a formula into it, nothing happens."""
    place = place_of(edit, name)
    if place is None or place.sheet not in edit.sheet_names:
        return
    with suppress(HoldsFormula):
        edit.set_cell(place.sheet, place.area.top, place.area.left, value)
