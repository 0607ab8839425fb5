"""Our functions inside SUMPRODUCT, which takes arrays in every formula; expected values worked out by hand."""

import pytest
import xlsxwriter

from xlsmkt.hosts.headless import compute
from xlsmkt.package import Edit

# A1:A4 are 1, 3, 2, 5
CASES = {
    "=SUMPRODUCT(LANDING_PAGE_CONVERSION_RATE(A1:A4,5))": 11 / 5,
    "=SUMPRODUCT(LANDING_PAGE_CONVERSION_RATE(A1:A4,5)*1)": 11 / 5,
    "=SUMPRODUCT(A1:A4*LANDING_PAGE_CONVERSION_RATE(A1:A4,5))": (1 + 9 + 4 + 25) / 5,
    "=SUMPRODUCT(--(SLA_ATTAINMENT(A1:A4,2)>1))": 2,
    '=SUMPRODUCT((SLA_STATUS(A1:A4,5)="behind")*1)': 3,
    # anywhere else a formula that is no array formula goes on with the first value
    "=LANDING_PAGE_CONVERSION_RATE(A1:A4,5)*10": 2,
}


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    path = tmp_path_factory.mktemp("sumproduct") / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("S")
        sheet.write_column("A1", [1, 3, 2, 5])
        for row, formula in enumerate(CASES):
            sheet.write_formula(row, 2, formula)
    edit = Edit.open(path)
    assert compute(edit).kept == []
    return {formula: edit.range("S", f"C{row}")[0][0] for row, formula in enumerate(CASES, 1)}


@pytest.mark.parametrize("formula", CASES)
def test_it_adds_up_every_row(computed, formula):
    assert computed[formula] == pytest.approx(CASES[formula])
