"""Every golden example through everything but Excel: our VBA, xlwings' COM dispatcher, the catalogue, and back."""

import pytest
from fake_windows import MISSING as COM_MISSING
from fake_windows import on_windows
from hosts import over_com
from pyopenvba.apps.excel._model import Range
from pyopenvba.interpreter import MISSING, NOTHING, VBAArray, VBAErrorValue
from test_golden import EXAMPLES, IDS, blank_is_empty_text
from vba_book import VbaBook, from_vba, to_vba

from xlsmkt.errors import Propagated
from xlsmkt.hosts.engine.formula import parse
from xlsmkt.hosts.windows.signs import CODES

SIGNS = {code: sign for sign, code in CODES.items()}
FROM_COM = {code - 2146828288: VBAErrorValue(code) for code in CODES.values()}


class Bridge:
    """Our VBA with xlwings' own server behind XLPy."""

    def __init__(self, excel):
        self.excel, self.vba = excel, VbaBook()
        self.vba.python.answer = self.answer

    def answer(self, name, arguments):
        return self.excel.call(name, *map(self.over_com, arguments))

    def over_com(self, value):
        """A value of VBA as pywin32 hands it to Python."""
        if value is MISSING:
            return COM_MISSING
        if isinstance(value, VBAErrorValue):
            return value.number - 2146828288
        if isinstance(value, VBAArray):
            return tuple(
                tuple(map(self.over_com, row)) if isinstance(row, list) else self.over_com(row)
                for row in from_vba(value)
            )
        if isinstance(value, Range):
            held = from_vba(value.vba_get("Value"))
            rows = held if isinstance(held, list) else [[held]]
            return self.excel.book.sheet.put([list(map(self.over_com, row)) for row in rows])
        assert isinstance(value, (str, float, bool)) and value is not NOTHING
        return value

    def type(self, formula):
        """The cells that a formula fills."""
        node = parse(formula.removeprefix("="))
        result = from_vba(self.vba.call(node.name, *map(self.argument, node.children)))
        rows = result if isinstance(result, list) else [[result]]
        rows = rows if isinstance(rows[0], list) else [rows]
        return [[shown(value) for value in row] for row in rows]

    def argument(self, node):
        """An argument of a formula as Excel hands it to VBA."""
        if node.kind == "call":
            return self.vba.call(node.name, *map(self.argument, node.children))
        return handed(over_com(self.excel, node))


def handed(value):
    if isinstance(value, tuple):
        return to_vba([handed_row(row) for row in value])
    if type(value) is int and value == COM_MISSING:
        return MISSING
    return cell(value)


def handed_row(row):
    return [cell(value) for value in row] if isinstance(row, tuple) else cell(row)


def cell(value):
    if type(value) is int:
        return FROM_COM.get(value, float(value))  # Excel's numbers are Doubles
    return value


def shown(value):
    if isinstance(value, VBAErrorValue):
        return Propagated(SIGNS[value.number])
    return None if value == "" else value


@pytest.fixture(scope="module")
def bridge():
    with on_windows() as excel:
        yield Bridge(excel)


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_the_cells_show_what_the_docstring_says(bridge, example):
    cells = bridge.type(example.formula)
    assert example.agrees(cells) or example.agrees(blank_is_empty_text(cells)), cells
