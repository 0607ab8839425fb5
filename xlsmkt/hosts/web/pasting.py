"""The sheet *Paste CRM export here*: what is pasted there, and how its days and numbers are written."""

from collections.abc import Callable
from typing import Any

from xlsmkt.crm.asking import Answers, Question
from xlsmkt.crm.paths import shown
from xlsmkt.crm.plain import PlainTable, pasted
from xlsmkt.errors import UserError
from xlsmkt.hosts.web.book import WebBook
from xlsmkt.template.web import PASTE_SHEET

SHEET = PASTE_SHEET
HERE, DAYS, DECIMAL = "Paste_Here", "Paste_Days", "Paste_Decimal"
"""The defined names: the first cell that is pasted into, how days are written, the decimal sign."""

_LABELS = {DAYS: "Days are written", DECIMAL: "Decimal sign"}
_ORDERS = {"day first": "day", "month first": "month", "year first": "year"}
_SIGNS = {".": ".", ",": ","}
_ASKED_BY = {"date_order": (DAYS, _ORDERS), "decimal": (DECIMAL, _SIGNS)}


def pasted_table(book: WebBook) -> PlainTable | None:
    """What is pasted, with lines counted as the rows of the sheet; None if nothing is.

    Raises
    ------
    UserError
        It is no table.
    """
    cells = pasted_cells(book)
    place = book.place_of(HERE)
    if cells is None or place is None:
        return None
    above = place.row - 1
    table = pasted(cells, place.sheet)
    table.lines = [line + above for line in table.lines]
    table.ragged = [(line + above, text) for line, text in table.ragged]
    return table


def pasted_cells(book: WebBook) -> list[list[Any]] | None:
    """The cells that are pasted, None for a blank one and days as datetimes; None if nothing is pasted."""
    rows = book.rows_from(HERE)
    return rows if any(value is not None for row in rows for value in row) else None


def answers(book: WebBook) -> Answers:
    """What the sheet says of days and numbers; what it leaves open is refused, in words that name the cell.

    Raises
    ------
    UserError
        A cell holds what cannot be chosen there.
    """
    order, sign = _chosen(book, DAYS, _ORDERS), _chosen(book, DECIMAL, _SIGNS)
    return Answers(date_order=order, decimal=sign, advice=advice(book))


def advice(book: WebBook) -> Callable[[Question], str]:
    """How a user of this workbook can answer a question."""

    def told(question: Question) -> str:
        if question.key not in _ASKED_BY:
            return "save the file as CSV UTF-8, or as an Excel workbook"
        name, choices = _ASKED_BY[question.key]
        words = " or ".join(word for word, answer in choices.items() if answer in question.readings)
        place = book.place_of(name)
        if place is None:
            return "write days as 2026-03-31 and amounts without signs for thousands"
        return f"choose {words} in the cell {place.address} of the sheet {place.sheet} ({_LABELS[name]})"

    return told


def _chosen(book: WebBook, name: str, choices: dict[str, str]) -> str | None:
    value = str(book.named_value(name) or "").strip().lower()
    if value and value not in choices:
        place = book.place_of(name)
        assert place is not None
        raise UserError(
            f"The cell {place.address} of the sheet {place.sheet} holds {shown(value)}; choose "
            f"{' or '.join(choices)} there, or nothing."
        )
    return choices.get(value)
