"""Every example of every function, computed in a workbook's cells and as a single formula."""

import openpyxl
import pytest
import xlsxwriter

from xlsmkt.catalogue import CATALOGUE
from xlsmkt.errors import CellError, error_in_cell
from xlsmkt.hosts.headless import compute, evaluate
from xlsmkt.package import Edit

EXAMPLES = [(entry, example) for entry in CATALOGUE.values() for example in entry.examples]
IDS = [f"{number} {example.formula[:60]}" for number, (_, example) in enumerate(EXAMPLES)]
HEIGHT = 100  # of the room for one example


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """The cells of a workbook that holds all examples, computed and saved, as openpyxl reads them."""
    path = tmp_path_factory.mktemp("golden") / "golden.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Examples")
    for number, (_, example) in enumerate(EXAMPLES):
        row = number * HEIGHT
        sheet.write_dynamic_array_formula(row, 1, row, 1, example.formula)
    book.close()
    edit = Edit.open(path)
    assert compute(edit).kept == []
    edit.save(path)
    saved = openpyxl.load_workbook(path, data_only=True)["Examples"]
    return list(saved.iter_rows(min_col=2, max_row=HEIGHT * len(EXAMPLES), values_only=True))


@pytest.mark.parametrize("number", range(len(EXAMPLES)), ids=IDS)
def test_an_example_in_a_cell(shown, number):
    _, example = EXAMPLES[number]
    room = shown[number * HEIGHT : (number + 1) * HEIGHT]
    height, width = len(example.shows), len(example.shows[0])
    cells = [[_read(value) for value in row[:width]] for row in room[:height]]
    assert example.agrees([["" if v is None else v for v in row] for row in cells]) or example.agrees(cells), cells
    beyond = [value for row in room[:height] for value in row[width:]] + [
        value for row in room[height:] for value in row
    ]
    assert set(beyond) <= {None}


@pytest.mark.parametrize("number", range(len(EXAMPLES)), ids=IDS)
def test_an_example_evaluated(number):
    entry, example = EXAMPLES[number]
    [result] = evaluate([example.formula])
    assert example.agrees(result.rows), result.rows
    assert result.message.startswith(f"{entry.name}: ") == isinstance(result.rows[0][0], CellError)


def _read(value):
    return error_in_cell(value) or value
