"""Columns of new values: compact, written in bulk, and read back from memory as they are read from the file."""

import datetime
import errno
import math
from pathlib import Path
from tempfile import SpooledTemporaryFile

import pyarrow as pa
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich_workbook import plain, read_parts, write_parts

from xlsmkt.errors import CellError, UserError
from xlsmkt.package import Book, Edit

SHEET = "xl/worksheets/sheet1.xml"
ODD_TEXTS = ["", " a", "a ", "a  b", "a&b", "<b>", '"', "_x0041_", "a_b", "é", "\u2003x", "\x07", "\n", "\ufffe", "=1"]


def table(path: Path, more: str = "", **others: object) -> Path:
    """A table T in A1:B2 (Key, Amount), both columns with a style in its first row."""
    rows = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Key</t></is></c><c r="B1" t="inlineStr"><is><t>Amount</t></is></c>'
    )
    rows += f'</row><row r="2"><c r="A2" s="0"/><c r="B2"/></row>{more}'
    return plain(path, rows, {"T": ("A1:B2", ["Key", "Amount"])}, **others)  # type: ignore[arg-type]


def both_ways(path: Path, values: pa.Array) -> list[object]:
    """The values as the edit shows them, after a check that the file shows the same."""
    edit = Edit.open(path)
    edit.replace_rows("T", {"Key": values, "Amount": values})
    seen = edit.columns("T", ["Key", "Amount"])
    assert seen["Key"] == seen["Amount"]
    edit.save(path)
    found = Book.open(path).columns("T")
    assert found == seen
    assert [type(value) for value in found["Key"]] == [type(value) for value in seen["Key"]]
    return seen["Key"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([1.5, None, math.nan, -0.25, 1e300, 5e-324]), [1.5, None, None, -0.25, 1e300, 5e-324]),
        (pa.array([1.0, math.inf]), [1.0, CellError("")]),
        (pa.array([1, None, -7], pa.int8()), [1.0, None, -7.0]),
        (pa.array([2**53 + 1]), [2.0**53]),
        (pa.array([True, None, False]), [True, None, False]),
        (pa.array(["a", None, "a"]).dictionary_encode(), ["a", None, "a"]),
        (pa.array(["a", None], pa.large_string()), ["a", None]),
        (pa.chunked_array([["a"], ["b"]]), ["a", "b"]),
        (pa.array([datetime.date(2026, 3, 1)]), [46082.0]),
        (pa.array([None, None]), [None, None]),
    ],
)
def test_arrow_arrays(tmp_path: Path, values: pa.Array, expected: list[object]) -> None:
    seen = both_ways(table(tmp_path / "book.xlsx"), values)
    assert [isinstance(value, CellError) or value for value in seen] == [
        isinstance(value, CellError) or value for value in expected
    ]


def test_a_slice_of_an_array(tmp_path: Path) -> None:
    values = pa.array([f"t{i % 3}" for i in range(30)]).dictionary_encode().slice(10, 5)
    assert both_ways(table(tmp_path / "book.xlsx"), values) == ["t1", "t2", "t0", "t1", "t2"]


def test_many_different_texts_with_odd_ones_among_them(tmp_path: Path) -> None:
    texts = [f"id {i}" for i in range(25_000)] + ODD_TEXTS + ["x" * 40_000]
    seen = both_ways(table(tmp_path / "book.xlsx"), pa.array(texts))
    assert seen == [text[:32_767] or None for text in texts]
    assert both_ways(tmp_path / "book.xlsx", pa.array(ODD_TEXTS)) == [text or None for text in ODD_TEXTS]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.floats(allow_infinity=False), min_size=1))
def test_every_number_comes_back_to_the_last_bit(tmp_path: Path, numbers: list[float]) -> None:
    expected = [None if math.isnan(number) else number for number in numbers]
    assert both_ways(table(tmp_path / "book.xlsx"), pa.array(numbers)) == expected


def test_equal_numbers_share_one_object(tmp_path: Path) -> None:
    edit = Edit.open(table(tmp_path / "book.xlsx"))
    edit.replace_rows("T", {"Key": [46082.5 + i % 2 for i in range(100)]})
    assert len({id(value) for value in edit.column("T", "Key")}) == 2


def test_rows_that_hold_only_values_are_passed_over_when_formulas_are_read(tmp_path: Path) -> None:
    more = '<row r="9"><c r="A9"><f>SUM(B2:B2)</f><v>1</v></c></row>'
    edit = Edit.open(table(tmp_path / "book.xlsx", more))
    count = 30_000
    edit.replace_rows("T", {"Key": [f"k{i}" for i in range(count)], "Amount": [1.0] * count})
    part = edit._package.replaced[SHEET]
    whole, quick = part.stream().read(), part.stream(bodies=False).read()
    assert len(quick) < 2_000 < len(whole)
    begin, end = quick.split(b'</row><row r="300', 1)
    assert whole.startswith(begin) and whole.endswith(end)
    listed = [(cell.row, cell.column, cell.formula) for cell in edit.cells("Data", bodies=False)]
    assert listed == [(1, 1, None), (1, 2, None), (count + 4, 1, f"SUM(B2:B{count + 1})")]
    assert sum(1 for _ in edit.cells("Data")) == 2 * count + 3
    edit.set_result("Data", count + 4, 1, [[float(count)]])
    edit.set_cell("Data", 1, 1, "Key")
    edit.save(tmp_path / "book.xlsx")
    book = Book.open(tmp_path / "book.xlsx")
    assert list(book.cells("Data", bodies=False))[-1].value == count
    assert book.column("T", "Key") == [f"k{i}" for i in range(count)]


def test_cells_beside_the_rows_are_seen(tmp_path: Path) -> None:
    path = table(tmp_path / "book.xlsx", '<row r="5"><c r="D5"><f>SUM(B2:B2)</f><v>1</v></c></row>')
    edit = Edit.open(path)
    edit.replace_rows("T", {"Amount": [1.0] * 9})
    assert [(cell.row, cell.formula) for cell in edit.cells("Data", bodies=False) if cell.formula] == [
        (5, "SUM(B2:B10)")
    ]


def test_a_full_disk_while_rows_are_packed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    edit = Edit.open(table(tmp_path / "book.xlsx"))
    monkeypatch.setattr(SpooledTemporaryFile, "write", full)
    with pytest.raises(UserError, match="No space left on device"):
        edit.replace_rows("T", {"Key": [f"k{i}" for i in range(50_000)]})


def two_sheets(path: Path) -> Path:
    """Tables T and U on sheets of their own, both with two rows, and a sheet, a name and a chart over both."""
    with xlsxwriter.Workbook(path) as book:
        for name, sheet in (("T", "One"), ("U", "It's two")):
            page = book.add_worksheet(sheet)
            page.add_table("A1:A3", {"name": name, "columns": [{"header": "Key"}], "data": [[1], [2]]})
            page.write("A6", 3)
        page.write_formula("E1", "=SUM(One!A2:A3,A2:A3)")
        last = book.add_worksheet("Last")
        last.write_formula("A1", "=SUM(One!A2:A3)+SUM('It''s two'!A2:A3)+One!$A$6")
        book.define_name("Both", "=One!$A$2:$A$3,'It''s two'!$A$2:$A$3")
        chart = book.add_chart({"type": "line"})
        chart.add_series({"categories": "=One!$A$2:$A$3", "values": "='It''s two'!$A$2:$A$3"})
        last.insert_chart("C3", chart)
    return path


def test_several_tables_are_followed_together(tmp_path: Path) -> None:
    path = two_sheets(tmp_path / "two.xlsx")
    edit = Edit.open(path)
    edit.replace_rows("T", {"Key": list(range(9))})
    edit.replace_rows("U", {"Key": list(range(4))})
    edit.replace_rows("T", {"Key": list(range(7))})
    assert [name.refers_to for name in edit.names] == ["One!$A$2:$A$8,'It''s two'!$A$2:$A$5"]
    edit.save(path)
    book = Book.open(path)
    assert [cell.formula for cell in book.cells("It's two") if cell.formula] == ["SUM(One!A2:A8,A2:A5)"]
    # Nine rows end in row 10, two blank rows part them from what stood in row 6; with seven rows it stays there.
    assert next(book.cells("Last")).formula == "SUM(One!A2:A8)+SUM('It''s two'!A2:A5)+One!$A$13"
    chart = read_parts(path)["xl/charts/chart1.xml"].decode()
    assert "One!$A$2:$A$8<" in chart and "'It''s two'!$A$2:$A$5<" in chart


def test_a_column_formula_follows_a_cell_below_the_table_once(tmp_path: Path) -> None:
    formula = "T[[#This Row],[Key]]*$A$5"
    heading = (
        f'<tableColumn id="2" name="Times"><calculatedColumnFormula>{formula}</calculatedColumnFormula></tableColumn>'
    )
    rows = '<row r="1"><c r="A1" t="str"><v>Key</v></c><c r="B1" t="str"><v>Times</v></c></row>'
    rows += (
        f'<row r="2"><c r="A2"><v>1</v></c><c r="B2"><f>{formula}</f></c></row><row r="5"><c r="A5"><v>3</v></c></row>'
    )
    path = plain(tmp_path / "times.xlsx", rows, {"T": ("A1:B2", ['<tableColumn id="1" name="Key"/>', heading])})
    edit = Edit.open(path)
    edit.replace_rows("T", {"Key": [1, 2, 3, 4]})
    edit.save(path)
    book = Book.open(path)
    assert {cell.formula for cell in book.cells("Data") if cell.formula} == {"T[[#This Row],[Key]]*$A$8"}
    assert book.tables["t"].formulas[1] == "T[[#This Row],[Key]]*$A$8"
    assert book.range("Data", "A8") == [[3.0]]


def test_a_first_spill_from_one_cell_leaves_other_ranges_alone(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1"><f>SUM(D1:D3)+SUM(D1:D1)</f></c><c r="D1" cm="1"><f t="array" ref="D1">F()</f></c></row>'
    )
    path = plain(tmp_path / "spill.xlsx", rows)
    edit = Edit.open(path)
    edit.set_result("Data", 1, 4, [[i] for i in range(20)])
    assert edit.resized_spills == ["Data!D1 -> D1:D20"]
    assert next(edit.cells("Data")).formula == "SUM(D1:D3)+SUM(D1:D20)"


def test_a_named_cell_with_a_formula_is_left_and_damage_is_told(tmp_path: Path) -> None:
    names = '<definedNames><definedName name="Day">Data!$D$1</definedName></definedNames>'
    rows = '<row r="1"><c r="D1"><f>TODAY()</f><v>1</v></c></row>'
    path = plain(tmp_path / "named.xlsx", rows, names=names)
    edit = Edit.open(path)
    edit.set_named_value("day", 5)
    edit.set_named_value("Nowhere", 5)
    assert next(edit.cells("Data")).value == 1.0
    parts = read_parts(path)
    parts[SHEET] = parts[SHEET].replace(b"</row>", b"")
    write_parts(path, parts)
    with pytest.raises(UserError, match="is damaged"):
        Edit.open(path).set_named_value("Day", 5)
