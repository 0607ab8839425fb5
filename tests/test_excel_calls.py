"""Calls from Excel's cells through xlwings' own COM server: every example, its constants as ranges, rows and dates.

The examples as they are typed run in test_golden.py.
"""

import dataclasses

import pytest
from fake_windows import MISSING, com_time, on_windows
from hosts import answer, as_excel_holds, cells_of, over_com

from xlsmkt.catalogue import CATALOGUE
from xlsmkt.errors import Propagated
from xlsmkt.hosts.engine.formula import parse
from xlsmkt.readings import ISO

CASES = [(entry, example) for entry in CATALOGUE.values() for example in entry.examples]


def named(cases):
    return [pytest.param(*case, id=f"{number} {case[1].formula[:60]}") for number, case in enumerate(cases)]


def parts(example):
    """The arguments of an example, parsed."""
    return parse(example.formula.removeprefix("=")).children


def parameter(entry, position):
    return entry.parameters[min(position, len(entry.parameters) - 1)]


def has_arrays(example):
    return any(part.kind == "array" for part in parts(example))


WITH_ARRAYS = [case for case in CASES if has_arrays(case[1])]


@pytest.fixture
def excel():
    with on_windows() as excel:
        yield excel


def shows(example, cells):
    """Whether cells show an example; a blank result is an empty text over COM."""
    texts = [["" if cell is None else cell for cell in row] for row in cells]
    return example.agrees(cells) or example.agrees(texts)


def as_ranges(excel, example, change=lambda rows: rows):
    """The arguments of an example, each constant in cells of its own, the cells changed first."""
    arguments = []
    for number, part in enumerate(parts(example)):
        if part.kind == "omitted":
            arguments.append(MISSING)
            continue
        rows = part.value if part.kind == "array" else [[over_com(excel, part)]]
        arguments.append(
            excel.book.sheet.put(change([list(map(as_excel_holds, row)) for row in rows]), 2, 1 + 5 * number)
        )
    return arguments


def typed_arrays_as_ranges(excel, example):
    """The arguments of an example, the arrays in cells, the rest as typed."""
    return [
        in_cells if part.kind == "array" else over_com(excel, part)
        for part, in_cells in zip(parts(example), as_ranges(excel, example), strict=True)
    ]


@pytest.mark.parametrize("entry, example", named(WITH_ARRAYS))
def test_arrays_may_be_ranges(excel, entry, example):
    cells = cells_of(excel.call(entry.name, *typed_arrays_as_ranges(excel, example)))
    assert shows(example, cells), cells


@pytest.mark.parametrize("entry, example", named(CASES))
def test_every_argument_may_be_cells(excel, entry, example):
    cells = cells_of(excel.call(entry.name, *as_ranges(excel, example)))
    assert shows(example, cells), cells


WITH_EMPTY_TEXTS = [case for case in WITH_ARRAYS if '""' in case[1].formula]


@pytest.mark.parametrize("entry, example", named(WITH_EMPTY_TEXTS))
def test_blank_cells_are_as_empty_texts_in_arrays(excel, entry, example):
    def blank(rows):
        return [[None if value == "" else value for value in row] for row in rows]

    cells = cells_of(excel.call(entry.name, *as_ranges(excel, example, blank)))
    assert shows(example, cells), cells


def numbers_as_text(rows):
    return [[f"{v:.15g}" if type(v) is float else v for v in row] for row in rows]


# A label that is a text stays a text, a rule's value is read by its column: numbers elsewhere may be text.
OF_NUMBERS = [
    (entry, example)
    for entry, example in CASES
    if not any(parameter(entry, n).kind == "block" for n in range(len(parts(example))))
]


@pytest.mark.parametrize("entry, example", named(OF_NUMBERS))
def test_numbers_may_be_stored_as_text(excel, entry, example):
    cells = cells_of(excel.call(entry.name, *as_ranges(excel, example, numbers_as_text)))
    assert shows(example, cells), cells


def belongs_together(entry, example):
    """Whether all arrays of an example are columns, which may lie in a row as well."""
    kinds = {parameter(entry, n).kind for n, part in enumerate(parts(example)) if part.kind == "array"}
    return kinds <= {"column", "cells", "columns"}


@pytest.mark.parametrize("entry, example", named([case for case in WITH_ARRAYS if belongs_together(*case)]))
def test_columns_may_lie_in_a_row(excel, entry, example):
    arguments = [
        tuple(as_excel_holds(row[0]) for row in part.value) if part.kind == "array" else over_com(excel, part)
        for part in parts(example)
    ]
    cells = cells_of(excel.call(entry.name, *arguments))
    assert shows(example, cells), cells


def spreads(entry, example):
    """Whether the arrays of an example stand where one value is expected, and each gives one."""
    kinds = {parameter(entry, n).kind for n, part in enumerate(parts(example)) if part.kind == "array"}
    return kinds == {"value"} and not entry.returns_row and not entry.returns_table


SPREADING = [case for case in WITH_ARRAYS if spreads(*case)]


@pytest.mark.parametrize("entry, example", named(SPREADING))
def test_a_row_spreads_into_a_row_and_a_block_into_a_block(excel, entry, example):
    def lie_down(rows):
        return [[row[0] for row in rows]]

    sideways = dataclasses.replace(example, shows=[[row[0] for row in example.shows]])
    cells = cells_of(excel.call(entry.name, *as_ranges(excel, example, lie_down)))
    assert shows(sideways, cells), cells

    def twice(rows):
        return [row * 2 for row in rows]

    block = dataclasses.replace(example, shows=[row * 2 for row in example.shows])
    cells = cells_of(excel.call(entry.name, *as_ranges(excel, example, twice)))
    assert shows(block, cells), cells


def has_days(entry, example):
    return any(moment(entry, n, v) for n, part in enumerate(parts(example)) for row in constants(part) for v in row)


def constants(part):
    return part.value if part.kind == "array" else [[part.value]]


def moment(entry, position, value):
    """The date, as pywin32 hands it over, that an ISO text means where a date is expected."""
    found = isinstance(value, str) and parameter(entry, position).unit.name in ("date", "time") and ISO.match(value)
    if not found:
        return None
    year, month, day, *clock = (int(part) if part else 0 for part in found.groups())
    return com_time(year, month, day or 1, *clock)


WITH_DAYS = [case for case in CASES if has_days(*case)]


def with_dates(entry, example):
    """The constants of an example's arguments, ISO texts turned into dates."""
    for position, part in enumerate(parts(example)):
        yield part, [[moment(entry, position, v) or as_excel_holds(v) for v in row] for row in constants(part)]


@pytest.mark.parametrize("entry, example", named(WITH_DAYS))
def test_dates_may_be_dates_of_vba(excel, entry, example):
    arguments = [
        tuple(map(tuple, rows)) if part.kind == "array" else (rows[0][0] or over_com(excel, part))
        for part, rows in with_dates(entry, example)
    ]
    cells = cells_of(excel.call(entry.name, *arguments))
    assert shows(example, cells), cells


@pytest.mark.parametrize("entry, example", named(WITH_DAYS))
def test_dates_may_be_dates_in_cells(excel, entry, example):
    arguments = [
        over_com(excel, part) if rows == [[None]] else excel.book.sheet.put(rows, 1, 3 * number)
        for number, (part, rows) in enumerate(with_dates(entry, example), 1)
    ]
    cells = cells_of(excel.call(entry.name, *arguments))
    assert shows(example, cells), cells


@pytest.mark.parametrize("formula, cells", [
    ("LEADS_NEEDED(CUSTOMERS_NEEDED(100000, 5000), CLOSE_RATE(5, 100))", [[400]]),
    ("LEADS_NEEDED(CUSTOMERS_NEEDED({100000;35000}, 5000), 5%)", [[400], [140]]),
    ("LEADS_NEEDED({20;7}, CLOSE_RATE({5;1}, {100;0}))", [[400], [Propagated("#DIV/0!")]]),
    ("LEADS_NEEDED(CUSTOMERS_NEEDED({100000,35000}, 5000), 5%)", [[400, 140]]),
    ("LEAD_MONTH(LEAD_MONTH(\"2026-03\", 1), 1)", [[46023]]),
])  # fmt: skip
def test_calls_within_calls(excel, formula, cells):
    assert cells_of(answer(excel, parse(formula))) == cells


def test_there_are_examples_of_each_kind():
    assert len(WITH_ARRAYS) > 100 and len(WITH_EMPTY_TEXTS) > 5 and len(SPREADING) > 20 and len(WITH_DAYS) > 30
