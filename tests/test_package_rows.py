"""Replacing the rows of a table: values, styles, users' columns, what stands beside and below."""

import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from rich_workbook import build, plain, read_parts, write_parts

from xlsmkt.errors import CellError, UserError
from xlsmkt.package import Book, Edit

SHEET = "xl/worksheets/sheet1.xml"


def cell(place: str, value: object = None, more: str = "") -> str:
    """A cell as XML."""
    if value is None:
        return f'<c r="{place}"{more}/>'
    if isinstance(value, str):
        return f'<c r="{place}"{more} t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}"{more}><v>{value}</v></c>'


def line(number: int, *cells: str, more: str = "") -> str:
    return f'<row r="{number}"{more}>{"".join(cells)}</row>'


def small(path: Path, below: str = "", **more: object) -> Path:
    """A table T in A1:C3 (Key, Amount, Note) with two rows, k1 and k2."""
    rows = line(1, cell("A1", "Key"), cell("B1", "Amount"), cell("C1", "Note"))
    rows += line(2, cell("A2", "k1"), cell("B2", 1), cell("C2", "note 1"))
    rows += line(3, cell("A3", "k2"), cell("B3", 2), cell("C3", "note 2"))
    return plain(path / "small.xlsx", rows + below, {"T": ("A1:C3", ["Key", "Amount", "Note"])}, **more)  # type: ignore[arg-type]


def refreshed(path: Path, columns: dict[str, list[object]], table: str = "T") -> Book:
    edit = Edit.open(path)
    edit.replace_rows(table, columns)
    edit.save(path)
    return Book.open(path)


def test_values_come_back_as_they_went_in(tmp_path: Path) -> None:
    values = [None, "", 0, -1.5, 1e300, 12345678901234567, True, False, Decimal("1.25"), "text", " spaces ",
              "line\nbreak", "a&b<c>\"d'", "=1+1", "_x0041_", "bell\x07", "\r", "\ud800", "x" * 40_000, float("nan"),
              float("inf"), datetime.date(2026, 3, 1), datetime.datetime(2026, 3, 1, 12), datetime.date(1899, 1, 1),
              datetime.date(1900, 1, 1), CellError("why"), datetime.timedelta(hours=6)]  # fmt: skip
    expected = [None, None, 0.0, -1.5, 1e300, 12345678901234568.0, True, False, 1.25, "text", " spaces ", "line\nbreak",
                "a&b<c>\"d'", "=1+1", "_x0041_", "bell\x07", "\r", "\ud800", "x" * 32_767, None, "#NUM!",
                46082.0, 46082.5, "1899-01-01", 1.0, "#VALUE!", 0.25]  # fmt: skip
    book = refreshed(small(tmp_path), {"Key": values, "Amount": values[::-1]})
    found = book.columns("T")
    assert [value.sign if isinstance(value, CellError) else value for value in found["Key"]] == expected
    assert [value.sign if isinstance(value, CellError) else value for value in found["Amount"]] == expected[::-1]
    assert all(
        isinstance(value, bool) == isinstance(want, bool) for value, want in zip(found["Key"], expected, strict=True)
    )


@pytest.mark.parametrize("kind", [float, int, str, bool, datetime.date, datetime.datetime])
def test_columns_of_one_kind(tmp_path: Path, kind: type) -> None:
    made = {
        float: [0.1 * i for i in range(5000)],
        int: list(range(5000)),
        str: [f"t{i % 7}" for i in range(5000)],
        bool: [i % 2 == 0 for i in range(5000)],
        datetime.date: [datetime.date(2024, 1, 1) + datetime.timedelta(i % 900) for i in range(5000)],
        datetime.datetime: [datetime.datetime(2024, 1, 1, 6) + datetime.timedelta(i % 900) for i in range(5000)],
    }[kind]
    first_day = datetime.datetime(1899, 12, 30)
    expected = made
    if kind is datetime.date:
        expected = [(day - first_day.date()).days for day in made]  # type: ignore[operator]
    if kind is datetime.datetime:
        expected = [(moment - first_day).days + 0.25 for moment in made]  # type: ignore[operator]
    book = refreshed(small(tmp_path), {"Key": made, "Amount": made})  # type: ignore[dict-item]
    assert book.column("T", "Key") == expected
    assert book.column("T", "Amount") == expected


def test_1904(tmp_path: Path) -> None:
    path = small(tmp_path, book='<workbookPr date1904="1"/>')
    book = refreshed(path, {"Key": [datetime.date(1904, 1, 1), datetime.date(2026, 3, 1), datetime.date(1903, 1, 1)]})
    assert book.date1904
    assert book.column("T", "Key") == [0.0, 44620.0, "1903-01-01"]


def test_prefixed_sheet(tmp_path: Path) -> None:
    path = small(tmp_path, prefix="x", before='<x:dimension ref="A1:C3"/>')
    book = refreshed(path, {"Key": ["a", "b", "c"], "Amount": [1.0, None, 3.0]})
    assert book.columns("T") == {"Key": ["a", "b", "c"], "Amount": [1.0, None, 3.0], "Note": [None] * 3}
    sheet = read_parts(path)[SHEET].decode()
    assert '<x:dimension ref="A1:C4"/>' in sheet
    assert "<c " not in sheet and "<row" not in sheet


def test_rows_without_places_and_with_odd_quotes(tmp_path: Path) -> None:
    rows = "<row><c t='inlineStr'><is><t>Key</t></is></c><c t='inlineStr'><is><t><![CDATA[A<B]]></t></is></c></row>"
    rows += "<!-- a comment --><row r='3'><c s='0'><v>1</v></c><c r='B3'><v>2</v></c></row>"
    rows += "<row><c r='B4'><f>A3&gt;1</f></c></row>"
    path = plain(tmp_path / "odd.xlsx", rows)
    cells = [(one.row, one.column, one.value, one.formula) for one in Book.open(path).cells("Data")]
    assert cells == [
        (1, 1, "Key", None),
        (1, 2, "A<B", None),
        (3, 1, 1.0, None),
        (3, 2, 2.0, None),
        (4, 2, None, "A3>1"),
    ]


def test_notes_follow_their_key(tmp_path: Path) -> None:
    book = refreshed(small(tmp_path), {"key": ["k3", "k2", "k1", "k2"], "Amount": [3, 2, 1, 22]})
    assert book.columns("T", ["Key", "Note"]) == {
        "Key": ["k3", "k2", "k1", "k2"],
        "Note": [None, "note 2", "note 1", None],
    }


def test_the_key_is_the_first_column_given_wherever_it_stands(tmp_path: Path) -> None:
    book = refreshed(small(tmp_path), {"Amount": [2, 9, 1]})
    assert book.columns("T") == {
        "Key": ["k2", None, "k1"],
        "Amount": [2, 9, 1],
        "Note": ["note 2", None, "note 1"],
    }


def test_keys_that_are_numbers_and_dates(tmp_path: Path) -> None:
    path = small(tmp_path)
    refreshed(path, {"Key": [1, "2", 2.5, datetime.date(2026, 1, 1)], "Note": list("abcd")})
    book = refreshed(path, {"Key": [datetime.datetime(2026, 1, 1), 2.5, 2, "1"]})
    assert book.column("T", "Note") == ["d", "c", "b", "a"]


def test_users_formulas_go_with_their_row(tmp_path: Path) -> None:
    rows = line(1, cell("A1", "Key"), cell("B1", "Mine"))
    rows += line(2, cell("A2", 1), '<c r="B2"><f>A2*$A$2</f><v>1</v></c>')
    rows += line(3, cell("A3", 2), '<c r="B3"><f t="shared" ref="B3:B5" si="0">A3+Data!A2</f><v>3</v></c>')
    rows += line(4, cell("A4", 3), '<c r="B4"><f t="shared" si="0"/><v>5</v></c>')
    rows += line(5, cell("D5", 3), '<c r="E5"><f t="shared" si="0"/><v>5</v></c>')
    path = plain(tmp_path / "formulas.xlsx", rows, {"T": ("A1:B4", ["Key", "Mine"])})
    book = refreshed(path, {"Key": [3, 2, 1]})
    formulas = {(one.row, one.column): one.formula for one in book.cells("Data") if one.formula}
    assert formulas == {(2, 2): "A2+Data!A1", (3, 2): "A3+Data!A2", (4, 2): "A4*$A$2", (5, 5): "D5+Data!D4"}


def test_calculated_columns(tmp_path: Path) -> None:
    column = '<tableColumn id="{}" name="{}"><calculatedColumnFormula>{}</calculatedColumnFormula></tableColumn>'
    rows = line(1, cell("A1", "Key"), cell("B1", "Twice"), cell("C1", "Sum so far"), cell("D1", "Array"))
    rows += line(2, cell("A2", 1), '<c r="B2" s="0"><f>T[[#This Row],[Key]]*2</f><v>2</v></c>',
                 '<c r="C2"><f>SUM(A$2:A2)&amp;"&lt;"</f><v>1</v></c>',
                 '<c r="D2" cm="1"><f t="array" ref="D2">LEADS(A2)</f><v>1</v></c>')  # fmt: skip
    headings = ['<tableColumn id="1" name="Key"/>', column.format(2, "Twice", "T[[#This Row],[Key]]*2"),
                column.format(3, "Sum so far", 'SUM(A$2:A2)&amp;"&lt;"'),
                column.format(4, "Array", "LEADS(A2)")]  # fmt: skip
    path = plain(tmp_path / "calculated.xlsx", rows, {"T": ("A1:D2", headings)})
    book = refreshed(path, {"Key": [5, 6, 7]})
    cells = [(one.formula, one.array, one.dynamic) for one in book.cells("Data", bodies=False) if one.row == 4]
    assert cells == [
        ("T[[#This Row],[Key]]*2", None, False),
        ('SUM(A$2:A4)&"<"', None, False),
        ("LEADS(A4)", "D4", True),
    ]
    edit = Edit.open(path)
    for row in (2, 3, 4):
        edit.set_result("Data", row, 2, [[row * 10.0]])
    assert edit.column("T", "Twice") == [20.0, 30.0, 40.0]
    assert edit.column("T", "Key") == [5.0, 6.0, 7.0]


def test_styles_heights_and_filters(tmp_path: Path) -> None:
    rows = line(1, cell("A1", "Key"), cell("B1", "Amount"), cell("C1", "Free"))
    rows += line(2, cell("A2", 1, ' s="3"'), cell("B2", None, ' s="4"'), more=' spans="1:3" ht="20" customHeight="1"')
    rows += line(3, cell("A3", 2), cell("B3", 2), more=' ht="20" customHeight="1" hidden="1"')
    rows += line(4, cell("A4", None, ' s="9"'), cell("D4", None, ' s="8"'))
    path = plain(tmp_path / "styles.xlsx", rows, {"T": ("A1:C3", ["Key", "Amount", "Free"])},
                 before='<dimension ref="A1:D4"/><cols><col min="3" max="3" width="9" style="7"/></cols>')  # fmt: skip
    refreshed(path, {"Key": [1.0, 2.0, 3.0, 4.0], "Amount": [None, "x", True, 2]})
    sheet = read_parts(path)[SHEET].decode()
    assert (
        '<row r="2" ht="20" customHeight="1"><c r="A2" s="3"><v>1</v></c><c r="B2" s="4"/><c r="C2" s="7"/></row>'
        in sheet
    )
    assert '<row r="3" ht="20" customHeight="1" hidden="1"><c r="A3" s="3"><v>2</v></c>' in sheet
    assert '<row r="4" ht="20" customHeight="1"><c r="A4" s="3"><v>3</v></c><c r="B4" s="4" t="b"><v>1</v></c>' in sheet
    assert '<c r="C4" s="7"/><c r="D4" s="8"/></row>' in sheet
    assert '<dimension ref="A1:D5"/>' in sheet


def test_rows_that_a_filter_hid_are_shown(tmp_path: Path) -> None:
    path = small(tmp_path)
    parts = read_parts(path)
    parts[SHEET] = parts[SHEET].replace(b'<row r="3">', b'<row r="3" hidden="1">')
    table = parts["xl/tables/table1.xml"]
    filtered = b'<autoFilter ref="A1:C3"><filterColumn colId="0"/></autoFilter>'
    parts["xl/tables/table1.xml"] = table.replace(b'<autoFilter ref="A1:C3"/>', filtered)
    write_parts(path, parts)
    refreshed(path, {"Key": ["a", "b"]})
    assert b"hidden" not in read_parts(path)[SHEET]


def test_an_emptied_table_keeps_a_blank_row(tmp_path: Path) -> None:
    path = small(tmp_path)
    book = refreshed(path, {"Key": [], "Amount": []})
    assert book.tables["t"].ref == "A1:C2"
    assert book.columns("T") == {"Key": [None], "Amount": [None], "Note": [None]}
    assert refreshed(path, {"Key": ["a", "b"]}).tables["t"].ref == "A1:C3"


def test_single_cells_and_formats_of_a_table_with_one_row(tmp_path: Path) -> None:
    after = (
        '<conditionalFormatting sqref="B2"><cfRule type="expression" priority="1"><formula>B2&gt;1</formula></cfRule>'
    )
    after += '</conditionalFormatting><hyperlinks><hyperlink ref="A2" location="A1"/></hyperlinks>'
    rows = line(1, cell("A1", "Key"), cell("B1", "Amount")) + line(2)
    rows += line(9, '<c r="D9"><f>SUM(A2:A2)+B2</f></c>')
    path = plain(tmp_path / "one.xlsx", rows, {"T": ("A1:B2", ["Key", "Amount"])}, after=after)
    book = refreshed(path, {"Key": [1, 2, 3]})
    sheet = read_parts(path)[SHEET].decode()
    assert '<conditionalFormatting sqref="B2:B4">' in sheet
    assert '<hyperlink ref="A2"' in sheet
    assert [one.formula for one in book.cells("Data") if one.formula] == ["SUM(A2:A4)+B2"]
    refreshed(path, {"Key": []})
    book = refreshed(path, {"Key": [1, 2]})
    assert [one.formula for one in book.cells("Data") if one.formula] == ["SUM(A2:A3)+B2"]


@pytest.mark.parametrize(
    ("count", "row"), [(1, 6), (2, 6), (3, 7), (10, 14)], ids=["fewer", "equal", "more", "many more"]
)
def test_content_below_moves_only_as_far_as_it_must(tmp_path: Path, count: int, row: int) -> None:
    below = line(6, cell("B6", "total"), cell("D6", "stays"), more=' ht="30"')
    below += line(7, '<c r="C7"><f>SUM(B2:B3)+B6+D6</f><v>3</v></c>')
    path = small(tmp_path, below)
    refreshed(path, {"Key": [f"k{i}" for i in range(count)]})
    cells = {(one.row, one.column): one for one in Book.open(path).cells("Data")}
    assert cells[row, 2].value == "total"
    assert cells[6, 4].value == "stays"
    end = f"B{count + 1}"
    assert cells[row + 1, 3].formula == f"SUM(B2:{end})+B{row}+D6"
    # Back to fewer rows: nothing moves up, so nothing wanders with each refresh.
    refreshed(path, {"Key": ["k1"]})
    cells = {(one.row, one.column): one for one in Book.open(path).cells("Data")}
    assert cells[row, 2].value == "total"
    refreshed(path, {"Key": [f"k{i}" for i in range(count)]})
    cells = {(one.row, one.column): one for one in Book.open(path).cells("Data")}
    assert cells[row, 2].value == "total"


@pytest.mark.parametrize(
    ("below", "after", "blamed"),
    [
        (
            line(6, cell("C6", "merged")),
            '<mergeCells count="1"><mergeCell ref="C6:D6"/></mergeCells>',
            "merged cell C6:D6",
        ),
        (line(6, '<c r="B6"><f t="array" ref="B6:D7">X()</f></c>'), "", "array formula B6:D7"),
        (line(2048, cell("A2048", "far")) + line(1048576, cell("A1048576", "last")), "", "fall off the sheet"),
    ],
)
def test_what_cannot_move_is_named(tmp_path: Path, below: str, after: str, blamed: str) -> None:
    path = small(tmp_path, below, after=after)
    before = path.read_bytes()
    edit = Edit.open(path)
    edit.replace_rows("T", {"Key": ["a", "b"]})
    with pytest.raises(UserError, match=blamed):
        edit.replace_rows("T", {"Key": [f"k{i}" for i in range(3000)]})
    assert path.read_bytes() == before


def test_another_table_below_is_in_the_way(tmp_path: Path) -> None:
    rows = line(1, cell("A1", "Key")) + line(2, cell("A2", 1)) + line(5, cell("A5", "Other")) + line(6, cell("A6", 2))
    path = plain(tmp_path / "two.xlsx", rows, {"T": ("A1:A2", ["Key"]), "U": ("A5:A6", ["Other"])})
    assert refreshed(path, {"Key": [1, 2]}).tables["t"].ref == "A1:A3"
    edit = Edit.open(path)
    with pytest.raises(UserError, match=r"The table T needs the rows down to 8 .* the table U A5:A6 is in the way"):
        edit.replace_rows("T", {"Key": [1, 2, 3, 4, 5, 6, 7]})
    assert refreshed(path, {"Other": [1, 2, 3]}, "U").column("U", "Other") == [1.0, 2.0, 3.0]


def test_too_many_rows(tmp_path: Path) -> None:
    edit = Edit.open(small(tmp_path))
    with pytest.raises(UserError, match="a sheet has 1,048,576"):
        edit.replace_rows("T", {"Key": [1] * 1_048_577})


def test_a_missing_table_or_heading_is_named(tmp_path: Path) -> None:
    edit = Edit.open(small(tmp_path))
    with pytest.raises(UserError, match="has no table named Leads"):
        edit.replace_rows("Leads", {"Lead ID": []})
    with pytest.raises(UserError, match="The table T on the sheet Data has no column Revenue"):
        edit.replace_rows("T", {"Revenue": [1]})
    with pytest.raises(UserError, match="no column Revenue"):
        edit.column("T", "Revenue")
    with pytest.raises(ValueError, match="different lengths"):
        edit.replace_rows("T", {"Key": [1], "Amount": [1, 2]})


def test_the_edit_shows_its_changes_before_they_are_saved(tmp_path: Path) -> None:
    path = build(tmp_path / "rich.xlsm")
    before = path.read_bytes()
    edit = Edit.open(path)
    edit.replace_rows("Leads", {"Lead ID": ["a"], "Amount": [7]})
    edit.set_cell("Leads", 1, 1, "title")
    edit.set_result("Dashboard", 1, 1, [[99]])
    assert edit.columns("Leads", ["Lead ID", "Amount"]) == {"Lead ID": ["a"], "Amount": [7.0]}
    assert edit.range("Leads", "A1:A4") == [["title"], [42.0], ["Lead ID"], ["a"]]
    assert next(edit.cells("Dashboard")).value == 99.0
    assert edit.tables["leads"].last_row == 4
    assert path.read_bytes() == before


def test_what_was_given_is_read_as_it_will_be_read_from_the_file(tmp_path: Path) -> None:
    values = [None, "", 1, 2.5, True, "a_x0041_b", "x" * 40_000, "\ud800", float("nan"), float("inf"), Decimal("1.5"),
              datetime.date(2026, 3, 1), datetime.datetime(2026, 3, 1, 6), CellError("why"), 1.0, 10**400]  # fmt: skip
    path = small(tmp_path)
    edit = Edit.open(path)
    edit.replace_rows("T", {"Key": values})
    seen = edit.column("t", "key")
    edit.save(path)
    assert Book.open(path).column("T", "Key") == seen
    assert [type(value) for value in Book.open(path).column("T", "Key")] == [type(value) for value in seen]
    edit.set_cell("Data", 2, 1, "changed")
    assert edit.column("T", "Key")[0] == "changed"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.one_of(st.none(), st.booleans(), st.floats(allow_nan=False), st.integers(-(2**53), 2**53), st.text()))
)
def test_any_values_come_back(tmp_path: Path, values: list[object]) -> None:
    path = small(tmp_path)
    refreshed(path, {"Key": values, "Amount": values})
    etree.fromstring(read_parts(path)[SHEET])
    found = Book.open(path).columns("T", ["Key", "Amount"])
    expected = [CellError("") if value in (float("inf"), float("-inf")) else value or (None if value == "" else value)
                for value in values] or [None]  # fmt: skip
    for column in found.values():
        assert [isinstance(value, CellError) or value for value in column] == [
            isinstance(value, CellError) or value for value in expected
        ]


def test_two_tables_side_by_side(tmp_path: Path) -> None:
    rows = line(1, cell("A1", "Key"), cell("C1", "Other"), cell("E1", "x")) + line(2, cell("A2", 1), cell("C2", 10))
    rows += line(3, cell("C3", 20), cell("E3", "free"))
    path = plain(tmp_path / "two.xlsx", rows, {"T": ("A1:A2", ["Key"]), "U": ("C1:C3", ["Other"])})
    for count in (5, 1, 2):
        refreshed(path, {"Key": [float(i) for i in range(count)]})
        book = refreshed(path, {"Other": [float(i) for i in range(6 - count)]}, "U")
        assert book.column("T", "Key") == [float(i) for i in range(count)]
        assert book.column("U", "Other") == [float(i) for i in range(6 - count)]
        assert book.range("Data", "E1:E3") == [["x"], [None], ["free"]]
        etree.fromstring(read_parts(path)[SHEET])


def test_a_table_without_headings(tmp_path: Path) -> None:
    rows = line(1, cell("A1", 1), '<c r="C1"><f>SUM(A1:A2)</f><v>3</v></c>') + line(2, cell("A2", 2))
    path = plain(tmp_path / "bare.xlsx", rows, {"T": ("A1:A2", ["Key"])})
    parts = read_parts(path)
    name = "xl/tables/table1.xml"
    parts[name] = parts[name].replace(b'<autoFilter ref="A1:A2"/>', b"").replace(b" ref=", b' headerRowCount="0" ref=')
    write_parts(path, parts)
    book = refreshed(path, {"Key": [7, 8, 9]})
    assert book.tables["t"].ref == "A1:A3"
    assert book.column("T", "Key") == [7.0, 8.0, 9.0]
    assert next(one.formula for one in book.cells("Data") if one.formula) == "SUM(A1:A3)"


def test_shared_formulas_of_other_sheets_part_company(tmp_path: Path) -> None:
    path = build(tmp_path / "rich.xlsm")
    parts = read_parts(path)
    other = "xl/worksheets/sheet3.xml"
    rows = '<row r="1"><c r="A1"><f t="shared" ref="A1:A3" si="0">SUM(Leads!D4:D11)</f><v>1</v></c></row>'
    rows += "".join(f'<row r="{i}"><c r="A{i}"><f t="shared" si="0"/><v>1</v></c></row>' for i in (2, 3))
    start, _, rest = parts[other].partition(b"<sheetData>")
    parts[other] = start + b"<sheetData>" + rows.encode() + b"</sheetData>" + rest.partition(b"</sheetData>")[2]
    write_parts(path, parts)
    book = refreshed(path, {"Lead ID": list("abcdefghij")}, "Leads")
    assert [one.formula for one in book.cells("It's other")] == [
        "SUM(Leads!D4:D13)", "SUM(Leads!D5:D14)", "SUM(Leads!D6:D15)"]  # fmt: skip


def test_nothing_given_is_no_order_to_empty_the_table(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no columns"):
        Edit.open(small(tmp_path)).replace_rows("T", {})
