"""Rows that vanish with what a user wrote beside them, and rows that do not say where they stand."""

import datetime
from pathlib import Path

from rich_workbook import plain
from test_package_rows import cell, line, small

from xlsmkt.package import Book, Edit, LostRow


def test_notes_whose_row_has_gone_are_told(tmp_path: Path) -> None:
    edit = Edit.open(small(tmp_path))
    assert edit.replace_rows("T", {"Key": ["k1", "k9"], "Amount": [1, 9]}) == [LostRow("k2", {"Note": "note 2"})]
    assert edit.replace_rows("T", {"Key": ["k1"]}) == [LostRow("k9", {"Amount": 9.0})]
    assert edit.replace_rows("T", {"Key": ["k1"], "Amount": [2]}) == []
    assert edit.replace_rows("T", {"Key": ["k0"], "Amount": [2], "Note": ["given"]}) == []  # all columns are ours
    assert edit.replace_rows("T", {"Key": []}) == [LostRow("k0", {"Amount": 2.0, "Note": "given"})]


def test_the_row_that_is_told_bears_its_key_wherever_that_stands(tmp_path: Path) -> None:
    edit = Edit.open(small(tmp_path))
    told = edit.replace_rows("T", {"Amount": [1]})
    assert told == [LostRow(2, {"Key": "k2", "Note": "note 2"})]


def days(path: Path, *rows: tuple[object, ...]) -> Path:
    """A table Day, Channel, Cost, Note."""
    headings = ["Day", "Channel", "Cost", "Note"]
    lines = [line(number, *(cell(f"{letter}{number}", value) for letter, value in zip("ABCD", row, strict=True)))
             for number, row in enumerate([headings, *rows], 1)]  # fmt: skip
    return plain(path / "days.xlsx", "".join(lines), {"T": (f"A1:D{len(rows) + 1}", headings)})


def test_a_row_may_be_known_by_several_columns(tmp_path: Path) -> None:
    path = days(tmp_path, (46027, "A", 1, "of A"), (46027, "B", 2, "of B"), (46027, "A", 3, "of the second A"))
    edit = Edit.open(path)
    day = datetime.date(2026, 1, 5)  # 46027
    new = {"day": [day] * 3, "CHANNEL": ["B", "C", "A"], "Cost": [5, 6, 7]}
    lost = edit.replace_rows("T", new, [["day", "CHANNEL"]])
    assert edit.columns("T")["Note"] == ["of B", None, "of A"]
    assert lost == [LostRow((46027, "A"), {"Note": "of the second A"})]


def test_a_row_without_an_id_is_known_by_what_else_it_holds(tmp_path: Path) -> None:
    path = days(tmp_path, (1, "A", 1, "a"), (None, "B", 2, "b"), (None, "C", 3, "c"), ("  ", "D", 4, "d"))
    edit = Edit.open(path)
    new = {"Day": [None, 1, None, ""], "Channel": ["D", "Z", "B", "E"], "Cost": [4, 5, 2, 3]}
    lost = edit.replace_rows("T", new, [["Day"], ["Channel", "Cost"]])
    assert edit.columns("T")["Note"] == ["d", "a", "b", None]
    assert lost == [LostRow(("C", 3), {"Note": "c"})]


def test_rows_and_cells_without_places_are_kept(tmp_path: Path) -> None:
    def text(value: str) -> str:
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'

    rows = f"<row>{text('Key')}{text('Note')}</row>" + "".join(
        f'<row>{text(f"k{i}")}{text(f"n{i}")}<c t="str"><f>A{i + 2}</f><v/></c></row>' for i in range(3000)
    )
    rows += '<row><c r="B3002"><v>5</v></c></row><row><c><v>6</v></c></row>'
    path = plain(tmp_path / "bare.xlsx", rows, {"T": ("A1:B3001", ["Key", "Note"])})
    with Book.open(path) as book:
        assert book.columns("T") == {"Key": [f"k{i}" for i in range(3000)], "Note": [f"n{i}" for i in range(3000)]}
        cells = [(c.row, c.column, c.value) for c in book.cells("Data", bodies=False) if c.column != 3]
        assert cells[-2:] == [(3002, 2, 5.0), (3003, 1, 6.0)]
        assert next(c for c in book.cells("Data") if c.column == 3).value == ""
    edit = Edit.open(path)
    edit.set_result("Data", 2, 3, [["k0"]])
    edit.set_cell("Data", 3003, 3, 7)
    assert edit.replace_rows("T", {"Key": ["k2", "k0"]})[0] == LostRow("k1", {"Note": "n1"})
    edit.save(path)
    with Book.open(path) as book:
        assert book.columns("T") == {"Key": ["k2", "k0"], "Note": ["n2", "n0"]}
        assert book.range("Data", "C2:C3") == [["k0"], [""]]


def test_formulas_and_blanks_are_no_loss(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1" t="str"><v>Key</v></c></row><row r="2"><c r="A2" t="str"><v>k</v></c>'
    rows += '<c r="B2"><f>1+1</f><v>2</v></c><c r="C2" s="1"/></row>'
    edit = Edit.open(plain(tmp_path / "few.xlsx", rows, {"T": ("A1:C2", ["Key", "Sum", "Blank"])}))
    assert edit.replace_rows("T", {"Key": ["other"]}) == []
