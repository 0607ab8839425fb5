"""Computed values: stored beside their formulas, spilled into the cells around, never over what a user wrote."""

import math
from decimal import Decimal
from pathlib import Path

import pytest
from rich_workbook import plain, read_parts

from xlsmkt.errors import CellError, NotAvailable, OutOfRange, Propagated, UserError
from xlsmkt.package import Book, Edit, SpillBlocked

SHEET = "xl/worksheets/sheet1.xml"
SPILL = '<c r="A5" s="2" cm="1" t="str"><f t="array" ref="A5:B7" aca="1">MY_TABLE(1,"&lt;")</f><v>old</v></c>'
ROWS = (
    '<row r="1"><c r="A1" s="1"><f>1+1</f></c><c r="B1"><f>X()</f><v>1</v></c>'
    '<c r="C1" t="str"><f>Y()</f><v>y</v></c></row>'
    '<row r="2"><c r="A2"><f t="shared" ref="A2:A3" si="0">B2*2</f><v>1</v></c></row>'
    '<row r="3"><c r="A3"><f t="shared" si="0"/><v>1</v></c><c r="D3"><v>7</v></c></row>'
    f'<row r="5" spans="1:2">{SPILL}<c r="B5" s="3"><v>1</v></c></row>'
    '<row r="6"><c r="A6" s="4" t="str"><v>x</v></c><c r="B6" s="5" t="b"><v>1</v></c></row>'
    '<row r="7"><c r="A7"><v>2</v></c><c r="B7" t="e"><v>#N/A</v></c></row>'
    '<row r="12"><c r="A12"><v>99</v></c></row>'
    '<row r="14"><c r="D14"><f t="array" ref="D14:E15">OLD_STYLE()</f><v>1</v></c><c r="E14"><v>2</v></c></row>'
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return plain(
        tmp_path / "results.xlsx", ROWS, before='<dimension ref="A1:E15"/><cols><col min="3" max="3" style="8"/></cols>'
    )


def saved(edit: Edit, path: Path) -> str:
    edit.save(path)
    return read_parts(path)[SHEET].decode()


def test_cells_are_read_with_their_formulas(path: Path) -> None:
    found = [
        (one.row, one.column, one.value, one.formula, one.array, one.dynamic) for one in Book.open(path).cells("Data")
    ]
    assert found == [
        (1, 1, None, "1+1", None, False),
        (1, 2, 1.0, "X()", None, False),
        (1, 3, "y", "Y()", None, False),
        (2, 1, 1.0, "B2*2", None, False),
        (3, 1, 1.0, "B3*2", None, False),
        (3, 4, 7.0, None, None, False),
        (5, 1, "old", 'MY_TABLE(1,"<")', "A5:B7", True),
        (12, 1, 99.0, None, None, False),
        (14, 4, 1.0, "OLD_STYLE()", "D14:E15", False),
    ]
    assert Book.open(path).range("Data", "A5:B7") == [["old", 1.0], ["x", True], [2.0, NotAvailable("")]]


def test_each_kind_of_value(path: Path) -> None:
    edit = Edit.open(path)
    edit.set_result("Data", 1, 1, [[2.5]])
    edit.set_result("Data", 1, 2, [["a & <b>"]])
    edit.set_result("Data", 1, 3, [[True]])
    edit.set_result("Data", 2, 1, [[Propagated("#SPILL!")]])
    edit.set_result("Data", 3, 1, [[None]])
    sheet = saved(edit, path)
    assert '<c r="A1" s="1"><f>1+1</f><v>2.5</v></c>' in sheet
    assert '<c r="B1" t="str"><f>X()</f><v>a &amp; &lt;b&gt;</v></c>' in sheet
    assert '<c r="C1" t="b"><f>Y()</f><v>1</v></c>' in sheet
    assert '<c r="A2" t="e"><f t="shared" ref="A2:A3" si="0">B2*2</f><v>#SPILL!</v></c>' in sheet
    assert '<c r="A3" t="str"><f t="shared" si="0"/><v></v></c><c r="D3"><v>7</v></c>' in sheet


def test_a_larger_spill(path: Path) -> None:
    edit = Edit.open(path)
    edit.set_result("Data", 5, 1, [["h", "i", "j"], ["a", 1, None], ["b", None, CellError("")], ["c", 3.5, "=x"]])
    assert edit.resized_spills == ["Data!A5:B7 -> A5:C8"]
    assert [one.array for one in edit.cells("Data") if one.dynamic] == ["A5:C8"]
    sheet = saved(edit, path)
    anchor = SPILL.replace("A5:B7", "A5:C8").replace("<v>old</v>", "<v>h</v>").replace(' t="str"', "", 1)
    assert anchor.replace('cm="1"', 'cm="1" t="str"') in sheet
    assert '<row r="5">' in sheet
    assert (
        '<c r="B5" s="3" t="inlineStr"><is><t>i</t></is></c><c r="C5" s="8" t="inlineStr"><is><t>j</t></is></c>'
        in sheet
    )
    assert '<row r="6"><c r="A6" s="4" t="inlineStr"><is><t>a</t></is></c><c r="B6" s="5"><v>1</v></c></row>' in sheet
    assert '<c r="C7" s="8" t="e"><v>#VALUE!</v></c></row>' in sheet
    assert 'B7"><v>' not in sheet
    assert '<row r="8"><c r="A8" t="inlineStr"><is><t>c</t></is></c><c r="B8"><v>3.5</v></c>' in sheet
    assert Book.open(path).range("Data", "A8:C8") == [["c", 3.5, "=x"]]


def test_a_smaller_spill_blanks_what_it_leaves(path: Path) -> None:
    edit = Edit.open(path)
    edit.set_result("Data", 5, 1, [["only"]])
    assert edit.range("Data", "A5:B7") == [["only", None], [None, None], [None, None]]
    assert [one.array for one in edit.cells("Data") if one.dynamic] == ["A5"]
    sheet = saved(edit, path)
    assert '<c r="A6" s="4"/><c r="B6" s="5"/>' in sheet
    edit = Edit.open(path)
    edit.set_result("Data", 5, 1, [["a", "b"], ["c", "d"]])
    assert edit.range("Data", "A5:B6") == [["a", "b"], ["c", "d"]]


def test_an_error_keeps_the_size_for_the_next_result(path: Path) -> None:
    edit = Edit.open(path)
    edit.set_result("Data", 5, 1, [[NotAvailable("no data")]])
    assert edit.resized_spills == []
    assert edit.range("Data", "A5:B7") == [[NotAvailable(""), None], [None, None], [None, None]]
    edit.set_result("Data", 5, 1, [[Propagated("#SPILL!")]])
    assert edit.resized_spills == ["Data!A5:B7 -> A5"]


def test_a_spill_never_overwrites(path: Path) -> None:
    edit = Edit.open(path)
    before = list(edit.cells("Data"))
    with pytest.raises(SpillBlocked) as blocked:
        edit.set_result("Data", 5, 1, [[i] for i in range(8)])
    assert blocked.value.cell == "A12"
    assert list(edit.cells("Data")) == before
    edit.set_result("Data", 5, 1, [[i] for i in range(7)])
    edit.set_cell("Data", 12, 1, None)
    with pytest.raises(SpillBlocked, match="D14"):
        edit.set_result("Data", 5, 1, [[1, 2, 3, 4]] * 10)
    edit.set_result("Data", 5, 1, [[i] for i in range(8)])
    edit.set_cell("Data", 9, 5, "mine")
    with pytest.raises(SpillBlocked, match="E9"):
        edit.set_result("Data", 5, 1, [[1, 2, 3, 4, 5]] * 6)


def test_a_spill_is_blocked_by_tables_and_merged_cells(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1" cm="1"><f t="array" ref="A1">F()</f></c></row>'
    path = plain(tmp_path / "merged.xlsx", rows, after='<mergeCells count="1"><mergeCell ref="A3:B3"/></mergeCells>')
    edit = Edit.open(path)
    edit.set_result("Data", 1, 1, [[1], [2]])
    with pytest.raises(SpillBlocked, match="A3:B3"):
        edit.set_result("Data", 1, 1, [[1], [2], [3]])
    path = plain(tmp_path / "table.xlsx", rows, {"T": ("B3:B4", ["Key"])})
    with pytest.raises(SpillBlocked, match="B3:B4"):
        Edit.open(path).set_result("Data", 1, 1, [[1, 2]] * 3)
    with pytest.raises(SpillBlocked, match="end of the sheet"):
        Edit.open(path).set_result("Data", 1, 1, [[1] * 17_000])


def test_two_spills_share_a_column_in_turns(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1" cm="1"><f t="array" ref="A1:B1">F()</f></c><c r="B1"><v>1</v></c></row>'
    rows += '<row r="2"><c r="B2" cm="1"><f t="array" ref="B2:B4">G()</f></c></row>'
    rows += '<row r="3"><c r="B3"><v>1</v></c></row><row r="4"><c r="B4"><v>1</v></c></row>'
    edit = Edit.open(plain(tmp_path / "turns.xlsx", rows))
    edit.set_result("Data", 1, 1, [[1]])
    edit.set_result("Data", 2, 2, [[5], [6]])
    with pytest.raises(SpillBlocked, match="B2"):
        edit.set_result("Data", 1, 1, [[1, 2], [3, 4]])
    assert edit.range("Data", "A1:B4") == [[1.0, None], [None, 5.0], [None, 6.0], [None, None]]


def test_arrays_of_fixed_size(path: Path) -> None:
    edit = Edit.open(path)
    edit.set_result("Data", 14, 4, [[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    assert edit.range("Data", "D14:F16") == [[1.0, 2.0, None], [4.0, 5.0, None], [None] * 3]
    edit.set_result("Data", 14, 4, [[8]])
    assert edit.range("Data", "D14:E15") == [[8.0, 8.0], [8.0, 8.0]]
    edit.set_result("Data", 14, 4, [[1], [2]])
    assert edit.range("Data", "D14:E15") == [[1.0, 1.0], [2.0, 2.0]]


def test_constants(path: Path) -> None:
    edit = Edit.open(path)
    edit.set_cell("data", 3, 4, "=2+2")
    edit.set_cell("Data", 30, 3, 1.5)
    for row, column in ((1, 1), (3, 1), (6, 2)):
        with pytest.raises(UserError, match="holds a formula"):
            edit.set_cell("Data", row, column, 1)
    sheet = saved(edit, path)
    assert '<c r="D3" t="inlineStr"><is><t>=2+2</t></is></c>' in sheet
    assert '<row r="30"><c r="C30" s="8"><v>1.5</v></c></row></sheetData>' in sheet
    assert '<dimension ref="A1:E30"/>' in sheet


def test_what_is_no_formula_gets_no_result(path: Path) -> None:
    edit = Edit.open(path)
    with pytest.raises(ValueError, match="Data!D3 holds no formula"):
        edit.set_result("Data", 3, 4, [[1]])
    with pytest.raises(ValueError, match="no value"):
        edit.set_result("Data", 1, 1, [])
    with pytest.raises(UserError, match="no sheet named Nowhere"):
        edit.set_result("Nowhere", 1, 1, [[1]])


@pytest.mark.parametrize("number", [10**400, -(10**4000), Decimal("NaN"), Decimal("sNaN"), Decimal("1e999"), math.inf])
def test_numbers_that_no_cell_holds_are_errors(path: Path, number: float | Decimal) -> None:
    edit = Edit.open(path)
    edit.set_result("Data", 1, 1, [[number]])
    edit.set_cell("Data", 3, 4, number)
    assert edit.range("Data", "A1:A1") == edit.range("Data", "D3:D3") == [[OutOfRange("")]]


@pytest.mark.parametrize("number", [10**400, Decimal("NaN"), Decimal("sNaN")])
def test_rows_of_numbers_that_no_cell_holds(tmp_path: Path, number: float | Decimal) -> None:
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>N</t></is></c></row><row r="2"/>'
    edit = Edit.open(plain(tmp_path / "numbers.xlsx", rows, {"T": ("A1:A2", ["N"])}))
    edit.replace_rows("T", {"N": [1.0, number, Decimal("2.5")]})
    assert edit.column("T", "N") == [1.0, OutOfRange(""), 2.5]
    assert edit.range("Data", "A2:A4") == [[1.0], [OutOfRange("")], [2.5]]
