"""Rows of a table of a workbook that is open in Excel: replaced as in a file, through xlwings' own object model."""

import datetime as dt

import pyarrow as pa
import pytest
from com_excel import open_excel, to_model
from pyopenvba._a1 import Area

from xlsmkt.errors import CellError, UserError
from xlsmkt.package import LostRow

HEADINGS = ["Lead ID", "Created", "My note", "Twice"]


@pytest.fixture
def excel():
    with open_excel() as excel:
        fill(excel)
        yield excel


def fill(excel):
    """A table of three leads with a note and a formula of the user's own, something below, and what refers to it."""
    book = excel.model
    book.vba_get("Sheets").vba_get("Add")
    excel.model.sheets_[0].vba_set("Name", "Other")
    excel.model.sheets_[1].vba_set("Name", "Leads")
    excel.put("Leads", "A1:D1", [HEADINGS])
    excel.put("Leads", "A2:C4", [["L1", 45000.0, "call"], ["L2", 45001.0, None], ["L3", 45002.0, 7.0]])
    add_table(excel, "Leads", "A1:D4", "Leads")
    excel.put("Leads", "D2:D4", "=B2*2")
    excel.put("Leads", "A7:B7", [["below", "=SUM(B2:B4)"]])
    excel.put("Leads", "G3", [["beside"]])
    excel.put("Other", "A1:A2", [["=SUM(Leads!B2:B4)"], ["mine"]])
    for name, refers_to in (("All_Created", "=Leads!$B$2:$B$4"), ("Shown", "=Other!$A$2"), ("Total", "=Other!$A$1"),
                            ("A_Constant", "=7")):  # fmt: skip
        book.vba_get("Names").vba_get("Add", [name, refers_to])


def add_table(excel, sheet, address, name):
    cells = excel.sheet(sheet).vba_get("Range", [address])
    table = excel.sheet(sheet).vba_get("ListObjects").vba_get("Add", [1, cells], {"XlListObjectHasHeaders": 1})
    table.vba_set("Name", name)


def opened(excel):
    from xlsmkt.hosts.windows.open_book import OpenBook

    return OpenBook(excel.book)


def put_note(excel, cell, text):
    excel.sheet("Leads").vba_get("Range", [cell]).vba_get("AddComment", [text])


def notes(excel):
    return {place: note.text for place, note in excel.sheet("Leads").notes.items()}


def test_more_rows_move_what_is_below_and_stretch_what_refers_to_them(excel):
    lost = opened(excel).replace_rows("leads", {"Lead ID": ["L1", "L2", "L3", "L4", "L5", "L6"], "created": range(6)})
    assert lost == []
    assert excel.cells("Leads", "A2:C7") == [
        ["L1", 0, "call"], ["L2", 1, None], ["L3", 2, 7], ["L4", 3, None], ["L5", 4, None], ["L6", 5, None],
    ]  # fmt: skip
    assert excel.formulas("Leads", "D2:D7") == [[f"=B{row}*2"] for row in range(2, 8)]
    assert excel.formulas("Leads", "A10:B10") == [["below", "=SUM(B2:B7)"]]
    assert excel.cells("Leads", "G3") == [["beside"]]
    assert excel.formulas("Other", "A1") == [["=SUM(Leads!B2:B7)"]]
    assert excel.everything()[1]["All_Created"] == "=Leads!$B$2:$B$7"


def test_fewer_rows_pull_up_what_is_below(excel):
    opened(excel).replace_rows("Leads", {"Lead ID": ["L3", "L1"], "Created": [5, 6]})
    assert excel.cells("Leads", "A2:C4") == [["L3", 5, 7], ["L1", 6, "call"], [None, None, None]]
    assert excel.formulas("Leads", "D2:D3") == [["=B2*2"], ["=B3*2"]]
    assert excel.formulas("Leads", "A6:B6") == [["below", "=SUM(B2:B3)"]]
    assert excel.formulas("Other", "A1") == [["=SUM(Leads!B2:B3)"]]


@pytest.mark.parametrize("counts", [(3, 3), (1, 5), (0, 2), (7, 1, 7), (1, 1), (0, 0, 3)])
def test_again_and_again(excel, counts):
    book = opened(excel)
    for count in counts:
        book.replace_rows("Leads", {"Lead ID": [f"L{n}" for n in range(count)], "Created": [*range(count)]})
    rows = max(counts[-1], 1)
    expected = [[f"L{n}", n] for n in range(counts[-1])] or [[None, None]]
    assert excel.cells("Leads", f"A2:B{rows + 1}") == expected
    assert excel.table("Leads").area.address() == f"$A$1:$D${rows + 1}"
    assert excel.formulas("Leads", f"D2:D{rows + 1}") == [[f"=B{row}*2"] for row in range(2, rows + 2)]
    assert excel.formulas("Leads", f"A{rows + 4}:B{rows + 4}") == [["below", f"=SUM(B2:B{rows + 1})"]]
    assert excel.formulas("Other", "A1") == [[f"=SUM(Leads!B2:B{rows + 1})"]]


def test_the_key_is_the_first_column_given_wherever_it_stands(excel):
    lost = opened(excel).replace_rows("Leads", {"Created": [45002, 1, 45000]})
    assert excel.cells("Leads", "A2:C4") == [["L3", 45002, 7], [None, 1, None], ["L1", 45000, "call"]]
    assert lost == [LostRow(45001, {"Lead ID": "L2"})]


def test_a_row_may_be_known_by_several_columns(excel):
    excel.put("Leads", "A2:B4", [["A", 45000.0], ["B", 45000.0], [None, 45000.0]])
    known_by = [["Created", "Lead ID"]]
    lost = opened(excel).replace_rows("Leads", {"Lead ID": [None, "C", "A"], "Created": [45000] * 3}, known_by)
    assert excel.cells("Leads", "A2:C4") == [[None, 45000, 7], ["C", 45000, None], ["A", 45000, "call"]]
    assert lost == []
    lost = opened(excel).replace_rows("Leads", {"Lead ID": ["C"], "Created": [45000]}, known_by)
    assert lost == [LostRow((45000, None), {"My note": 7.0}), LostRow((45000, "A"), {"My note": "call"})]


def test_a_users_cells_follow_their_key_and_what_finds_no_row_is_handed_back(excel):
    put_note(excel, "C2", "rang twice")
    put_note(excel, "A4", "ours")
    put_note(excel, "B3", "gone")
    lost = opened(excel).replace_rows("Leads", {"Lead ID": ["L3", "L9", "L1"], "Created": [1, 2, 3]})
    assert excel.cells("Leads", "A2:C4") == [["L3", 1, 7], ["L9", 2, None], ["L1", 3, "call"]]
    assert notes(excel) == {(4, 3): "rang twice", (2, 1): "ours"}
    assert lost == [LostRow("L2", {"Created (note)": "gone"})]
    again = opened(excel).replace_rows("Leads", {"Lead ID": ["L9"], "Created": [2]})
    assert again == [
        LostRow("L3", {"My note": 7.0, "Lead ID (note)": "ours"}),
        LostRow("L1", {"My note": "call", "My note (note)": "rang twice"}),
    ]
    assert notes(excel) == {}


def test_number_formats_follow_their_key(excel):
    excel.sheet("Leads").vba_get("Range", ["C4"]).vba_set("NumberFormat", "yyyy-mm-dd")
    opened(excel).replace_rows("Leads", {"Lead ID": ["L3", "L1", "L8"], "Created": [1, 2, 3]})
    formats = [excel.sheet("Leads").vba_get("Range", [cell]).vba_get("NumberFormat") for cell in ("C2", "C3", "C4")]
    assert formats == ["yyyy-mm-dd", "General", "General"]


def test_rows_that_are_added_have_the_format_of_the_others(excel):
    excel.sheet("Leads").vba_get("Range", ["B2:B4"]).vba_set("NumberFormat", "yyyy-mm-dd")
    opened(excel).replace_rows("Leads", {"Lead ID": list("abcdefgh"), "Created": range(8)})
    cells = excel.sheet("Leads").vba_get("Range", ["B2:B9"])
    assert cells.vba_get("NumberFormat") == "yyyy-mm-dd"


def test_a_formula_typed_over_in_one_row_stays_there_and_the_others_fill_the_new_rows(excel):
    excel.put("Leads", "D3", [[99.0]])
    opened(excel).replace_rows("Leads", {"Lead ID": ["L9", "L2", "L1"], "Created": [1, 2, 3]})
    assert excel.formulas("Leads", "D2:D4") == [["=B2*2"], ["99"], ["=B4*2"]]


def test_a_single_formula_of_a_user_does_not_fill_its_column(excel):
    excel.put("Leads", "C2:C4", [["x"], ["y"], ["=B4+1"]])
    opened(excel).replace_rows("Leads", {"Lead ID": ["L3", "L7"], "Created": [1, 2]})
    assert excel.formulas("Leads", "C2:C3") == [["=B2+1"], [""]]


def test_the_only_formula_of_a_column_stays_the_only_one(excel):
    excel.put("Leads", "C2:C4", [["x"], ["y"], ["=B4+1"]])
    excel.put("Leads", "C2:C3", [[None], [None]])
    opened(excel).replace_rows("Leads", {"Lead ID": ["L2", "L3", "L1"], "Created": [1, 2, 3]})
    assert excel.formulas("Leads", "C2:C4") == [[""], ["=B3+1"], [""]]  # Excel would fill a column that is blank else


STRANGE = ["=1+1", "00123", "1/2", "TRUE", "'x", "", "#N/A", "-5%", "@home", "2026-01-02", " 7", "\u4e2d \U0001f600"]


def test_texts_stay_texts(excel):
    book = opened(excel)
    for _ in range(2):  # the second time as cells of the user
        book.replace_rows(
            "Leads", {"Lead ID": pa.array(STRANGE).dictionary_encode(), "Created": [*range(len(STRANGE))]}
        )
        assert excel.column("Leads", "Lead ID") == [text or None for text in STRANGE]
        assert {place[1] for place, cell in excel.sheet("Leads").cells_.items() if cell.formula} == {2, 4}  # ours: B, D
    excel.put("Leads", "C2:C13", [["'" + text] for text in STRANGE])
    book.replace_rows("Leads", {"Lead ID": STRANGE[::-1], "Created": [*range(len(STRANGE))]})
    assert excel.column("Leads", "My note") == [text or None for text in STRANGE[::-1]]


def test_errors_and_truth_values_of_a_user_stay_what_they_are(excel):
    excel.put("Leads", "C2:C4", [["#N/A"], [True], ["#DIV/0!"]])
    before = excel.cells("Leads", "C2:C4")
    assert before == [[-2146826246], [True], [-2146826281]]  # errors, not texts
    opened(excel).replace_rows("Leads", {"Lead ID": ["L3", "L2", "L1"], "Created": [1, 2, 3]})
    assert excel.cells("Leads", "C2:C4") == before[::-1]


def test_long_texts_are_written_one_by_one(excel):
    texts = ["a" * 8_001, "b" * 32_767, "=" * 40_000, "short"]
    opened(excel).replace_rows("Leads", {"Lead ID": texts, "Created": [1, 2, 3, 4]})
    assert excel.column("Leads", "Lead ID") == [texts[0], texts[1], "=" * 32_766, "short"]


def test_days_are_serial_numbers(excel):
    days = [dt.date(2026, 3, 1), dt.datetime(2026, 3, 1, 12), None]
    opened(excel).replace_rows("Leads", {"Lead ID": ["a", "b", "c"], "Created": days})
    assert excel.column("Leads", "Created") == [46082, 46082.5, None]


def test_days_in_a_workbook_that_counts_from_1904(excel):
    excel.date1904 = True
    book = opened(excel)
    assert book.date1904 is True
    book.replace_rows("Leads", {"Lead ID": ["a"], "Created": [dt.date(2026, 3, 1)]})
    assert excel.column("Leads", "Created") == [46082 - 1462]


def test_writing_takes_a_call_for_many_cells(excel):
    from xlsmkt.hosts.windows import blocks

    count = 3_000
    opened(excel).replace_rows("Leads", {"Lead ID": [f"L{n}" for n in range(count)], "Created": [*range(count)]})
    few = excel.calls.count("Range.Value=")
    assert few < 10 and len(excel.calls) < 1_000
    excel.calls.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "AT_ONCE", 1_000)
        opened(excel).replace_rows("Leads", {"Lead ID": [f"M{n}" for n in range(count)], "Created": [*range(count)]})
    assert excel.calls.count("Range.Value=") > few
    assert excel.column("Leads", "Lead ID") == [f"M{n}" for n in range(count)]


def test_a_totals_row_stays_below(excel):
    table = excel.sheet("Leads").vba_get("ListObjects").vba_get("Item", ["Leads"])
    table.vba_set("ShowTotals", True)
    excel.put("Leads", "A5", [["in all"]])
    book = opened(excel)
    for count in (9, 2):
        book.replace_rows("Leads", {"Lead ID": [f"L{n}" for n in range(count)], "Created": [*range(count)]})
        assert book.tables["leads"].totals == 1
        assert book.tables["leads"].last_row == count + 1
        assert excel.cells("Leads", f"A{count + 2}") == [["in all"]]
        assert excel.column("Leads", "Created") == [*range(count)]


def test_a_filter_is_set_again_and_hides_no_row_from_the_import(excel):
    cells = excel.sheet("Leads").vba_get("Range", ["A1:D4"])
    cells.vba_get("AutoFilter", [1, "L2"])
    cells.vba_get("AutoFilter", [2, ">1", 1, "<99999"])
    assert excel.everything()[0]["Leads"][3] == [2, 4]
    opened(excel).replace_rows("Leads", {"Lead ID": ["L1", "L2", "L3", "L2"], "Created": [5, 6, 7, 0]})
    assert excel.column("Leads", "Lead ID") == ["L1", "L2", "L3", "L2"]
    assert excel.everything()[0]["Leads"][3] == [2, 4, 5]


@pytest.mark.parametrize("criteria", [[["L1", "L3", "L5"], 7], ["L1", 2, "L3"], ["*1"]])
def test_filters_of_every_kind_stay(excel, criteria):
    if isinstance(criteria[0], list):
        criteria = [to_model(criteria[0]), criteria[1]]
    sheet = excel.sheet("Leads")
    sheet.vba_get("Range", ["A1:D4"]).vba_get("AutoFilter", [1, *criteria])
    before = excel.everything()[0]["Leads"][3]
    opened(excel).replace_rows("Leads", {"Lead ID": ["L1", "L2", "L3"]})
    assert excel.everything()[0]["Leads"][3] == before != []


def test_a_top_ten_filter_stays_as_its_limit(excel):
    excel.sheet("Leads").vba_get("Range", ["A1:D4"]).vba_get("AutoFilter", [2, 1, 3])  # the largest
    opened(excel).replace_rows("Leads", {"Lead ID": ["a", "b", "c"], "Created": [45001, 45002, 45003]})
    assert excel.everything()[0]["Leads"][3] == [2]


def test_a_table_without_rows(excel):
    excel.put("Other", "F1:G1", [["Day", "Comment"]])
    add_table(excel, "Other", "F1:G2", "Empty")
    excel.table("Empty").area = Area(1, 6, 1, 7)
    book = opened(excel)
    book.replace_rows("Empty", {"Day": [1, 2, 3]})
    assert excel.cells("Other", "F1:G4") == [["Day", "Comment"], [1, None], [2, None], [3, None]]


def test_conversations_cannot_move_and_are_not_lost_silently(excel):
    put_note(excel, "C2", "[Threaded comment]")
    put_note(excel, "C4", "[Threaded comment]")
    excel.threads = {2: "Who calls?", 4: "Is that won?"}
    book = opened(excel)
    assert book.replace_rows("Leads", {"Lead ID": ["L1", "L2", "L3"], "Created": [1, 2, 3]}) == []
    assert book.notes == []
    lost = book.replace_rows("Leads", {"Lead ID": ["L2", "L3"], "Created": [1, 2]})
    assert lost == [LostRow("L1", {"My note": "call"}), LostRow("L3", {"My note (note)": "Is that won?"})]
    assert book.notes == [
        "Comments in the table Leads stayed in their cells, while the rows moved; Excel lets no program move them "
        "(notes do move)."
    ]
    assert notes(excel) == {(2, 3): "[Threaded comment]"}


def test_where_the_tables_are(excel):
    book = opened(excel)
    info = book.tables["leads"]
    assert (info.name, info.sheet, info.first_row, info.last_row) == ("Leads", "Leads", 2, 4)
    assert (info.columns, info.header, info.totals, info.ref) == (tuple(HEADINGS), True, 0, "A1:D4")
    assert info.formulas == (None,) * 4
    assert list(book.tables) == ["leads"]


def test_named_cells(excel):
    book = opened(excel)
    assert book.named_value("shown") == "mine"
    assert book.named_value("A_Constant") is None
    assert book.named_value("Missing") is None
    book.set_named_value("Shown", "=1+1")
    assert excel.cells("Other", "A2") == [["=1+1"]]
    book.set_named_value("Shown", dt.datetime(2026, 3, 1, 6))
    assert book.named_value("Shown") == 46082.25
    book.set_named_value("Shown", "")
    assert book.named_value("Shown") is None
    for name in ("Total", "A_Constant", "Missing"):
        book.set_named_value(name, 5)
    assert excel.formulas("Other", "A1") == [["=SUM(Leads!B2:B4)"]]
    excel.put("Other", "A2", [["#N/A"]])
    assert isinstance(book.named_value("Shown"), CellError)


def test_a_named_cell_on_a_protected_sheet_is_named(excel):
    excel.sheet("Other").vba_get("Protect")
    with pytest.raises(UserError, match=r"The sheet Other is protected; unprotect it \(Review"):
        opened(excel).set_named_value("Shown", 5)
    assert excel.cells("Other", "A2") == [["mine"]]


def test_the_file_of_the_workbook(excel, tmp_path):
    assert not opened(excel).path.parent.exists()  # never saved: nothing can be written beside it
    excel.full_name = str(tmp_path / "SLA.xlsm")
    assert opened(excel).path == tmp_path / "SLA.xlsm"
    excel.full_name = "https://d.docs.live.net/1234/SLA.xlsm"  # no folder of this computer goes with it
    assert not opened(excel).path.parent.exists()


def test_what_cannot_be_done_is_one_sentence_and_changes_nothing(excel):
    before = excel.everything()
    book = opened(excel)
    with pytest.raises(UserError, match="has no table Nothing"):
        book.replace_rows("Nothing", {"Lead ID": ["L1"]})
    with pytest.raises(UserError, match="The table Leads on the sheet Leads has no column Owner: give one of its"):
        book.replace_rows("Leads", {"Owner": ["me"]})
    with pytest.raises(UserError, match="import fewer rows"):
        book.replace_rows("Leads", {"Lead ID": [None] * 1_048_576})
    excel.put("Leads", "C20:F21", [["a", "b", "c", "d"], [1.0, 2.0, 3.0, 4.0]])
    add_table(excel, "Leads", "C20:F21", "Wide")
    before = excel.everything()
    with pytest.raises(UserError, match="Excel cannot move the table Wide below it: put that on another sheet"):
        book.replace_rows("Leads", {"Lead ID": ["L1"] * 9})
    assert excel.everything() == before
    excel.sheet("Leads").vba_get("Protect")
    with pytest.raises(UserError, match=r"The sheet Leads is protected; unprotect it \(Review"):
        book.replace_rows("Leads", {"Lead ID": ["L1"]})
    assert excel.everything() == before


def test_a_table_below_of_the_same_width_moves_too(excel):
    excel.put("Leads", "B20:C21", [["x", "y"], [1.0, 2.0]])
    add_table(excel, "Leads", "B20:C21", "Narrow")
    book = opened(excel)
    book.replace_rows("Leads", {"Lead ID": ["L1"] * 9})
    assert book.tables["narrow"].ref == "B26:C27"
    assert excel.cells("Leads", "B26:C27") == [["x", "y"], [1, 2]]
