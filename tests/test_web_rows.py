"""Rows of a table in xlwings Lite and Server: whatever comes and goes, each cell of a user stays beside its row."""

from collections import Counter
from pathlib import Path

import pytest
from fake_office_js import FakeExcel, FakeSheet, FakeTable, Formula
from fake_remote_book import FakeBook
from hypothesis import given
from hypothesis import strategies as st

from xlsmkt.errors import UserError
from xlsmkt.hosts.web.book import WebBook

KEYS = st.lists(st.sampled_from(["a", "b", "c", "d", "e", "7", ""]), max_size=8)


def workbook(keys, own=True, totals=False, below=None, blank=False):
    """A table Key, Value, Mine that begins in C3; what is Mine is a formula in every other row, else blank."""
    excel, sheet = FakeExcel(), FakeSheet("Sheet1")
    excel.sheets.append(sheet)
    rows = keys or [""]
    columns = ["Key", "Value", "Mine"] if own else ["Key", "Value"]
    table = FakeTable("Rows", 3, 3, 2 + len(columns), 3 + len(rows) + totals, totals, columns)
    if own:
        table.calculated["Mine"] = "new"
    sheet.tables.append(table)
    sheet.cells.update({(3, column): heading for column, heading in enumerate(columns, 3)})
    for row, key in enumerate(rows, 4):
        if not blank:
            sheet.cells.update({(row, 3): key or None, (row, 4): row})
            if own and row % 2 == 0:
                sheet.cells[row, 5] = Formula(f"{key}{row}")
    if totals:
        sheet.cells[table.bottom, 3] = "Total"
    if below:
        sheet.cells[table.bottom + below, 4] = "below"
    sheet.cells[4, 9] = "beside"
    return excel


def replaced(excel, keys, values):
    book = FakeBook(excel.json())
    web = WebBook(book, Path("folder"))
    lost = web.replace_rows("rows", {"Key": keys, "VALUE": values})
    web.commit()
    excel.apply(book.json())
    return lost


def own_by_key(columns):
    return Counter(zip(columns["Key"], columns["Mine"], strict=True))


@given(old=KEYS, new=KEYS, totals=st.booleans(), below=st.none() | st.integers(1, 9))
def test_rows_are_the_new_ones_and_what_is_beside_them_stays(old, new, totals, below):
    excel = workbook(old, totals=totals, below=below)
    before = excel.columns("Rows")
    known = [(key, mine) for key, mine in zip(before["Key"], before["Mine"], strict=True)]
    place = next((spot for spot, value in excel.sheets[0].cells.items() if value == "below"), None)
    keys = [key or None for key in new]
    try:
        lost = replaced(excel, keys, list(range(len(keys))))
    except UserError as error:
        assert below and len(new) > max(len(old), 1) and "filled cells below it" in str(error)
        assert totals or below <= len(new) - max(len(old), 1)
        return
    after = excel.columns("Rows")
    rows = Counter(zip(after["Key"], after["Value"], strict=True))
    assert rows == Counter(zip(keys, range(len(keys)), strict=True)) or (not keys and rows == {(None, None): 1})
    # of equal keys the first new row continues the first old one
    free = list(known) if any(key for key, _ in known) or len(known) > 1 else []
    stays = Counter()
    for key in sorted(keys, key=str):
        found = next((pair for pair in free if pair[0] == key), None)
        if found:
            free.remove(found)
            stays[found] += 1
    assert not stays - own_by_key(after)
    if len(known) > 1:
        assert Counter(row.key for row in lost) == Counter(key for key, mine in free if mine)
        assert {mine for mine in after["Mine"] if mine != "new"} - {None} == {mine for _, mine in stays} - {None}
    assert [spot for spot, value in excel.sheets[0].cells.items() if value == "beside"] == [(4, 9)]
    if totals:
        table = excel.tables["Rows"][1]
        assert excel.sheets[0].cells[table.bottom, 3] == "Total"
    elif place:
        assert excel.sheets[0].cells[place] == "below"


def test_other_rows_in_place_of_the_only_one_need_no_room_below():
    excel = workbook(["a"], below=1)
    [lost] = replaced(excel, ["b"], [1])
    assert (lost.key, lost.values) == ("a", {"Mine": "a4"})
    assert excel.columns("Rows") == {"Key": ["b"], "Value": [1], "Mine": ["new"]}
    assert excel.sheets[0].cells[5, 4] == "below"


@given(old=KEYS, new=KEYS)
def test_where_nothing_is_beside_them_rows_stand_as_they_come(old, new):
    excel = workbook(old, own=False)
    keys = [key or None for key in new]
    assert replaced(excel, keys, list(range(len(keys)))) == []
    after = excel.columns("Rows")
    assert after == {"Key": keys or [None], "Value": list(range(len(keys))) or [None]}


def test_where_nothing_is_beside_them_no_row_is_deleted_among_others():
    excel = workbook([f"k{row}" for row in range(50)], own=False)
    book = FakeBook(excel.json())
    web = WebBook(book, Path("folder"))
    web.replace_rows("Rows", {"Key": [f"k{n}" for n in range(0, 50, 2)], "Value": [1] * 25})
    web.commit()
    assert [action["func"] for action in book.actions].count("rangeDelete") == 1


def test_the_first_rows_go_into_the_blank_one_of_a_new_table():
    excel = workbook([], blank=True)
    assert replaced(excel, ["a", "b"], [1, 2]) == []
    assert excel.columns("Rows") == {"Key": ["a", "b"], "Value": [1, 2], "Mine": [None, "new"]}


def test_a_key_is_a_day_whatever_its_format():
    excel = workbook(["x", "y"])
    sheet = excel.sheets[0]
    sheet.cells[4, 3], sheet.cells[5, 3], sheet.dates[4, 3] = 46027, "46028", True
    replaced(excel, [46028.0, 46027.0], [1, 2])
    assert excel.columns("Rows")["Key"] == [46027, 46028]
    assert excel.columns("Rows")["Mine"] == ["x4", None]


@pytest.mark.parametrize("text", ["=1+1", "+1", "@A1", "'quoted", "1/2", "00123", "TRUE", "#N/A", "1E5", "é😀"])
def test_texts_stay_texts(text):
    excel = workbook([])
    replaced(excel, [text], [None])
    assert excel.columns("Rows")["Key"] == [text]


def test_half_characters_and_long_texts_are_written_as_far_as_excel_takes_them():
    excel = workbook([])
    replaced(excel, ["a\ud800", "x" * 40_000], [float("nan"), float("inf")])
    assert excel.columns("Rows")["Key"] == ["a?", "x" * 32_767]
    assert excel.columns("Rows")["Value"] == [None, None]


def test_no_action_carries_more_than_office_js_takes():
    excel = workbook([], own=False)
    replaced(excel, [f"a key of some length {row}" for row in range(60_000)], [1.5] * 60_000)  # apply measures each
    assert len(excel.columns("Rows")["Key"]) == 60_000


def test_a_sheet_has_an_end():
    excel = workbook(["a"], own=False)
    table = excel.tables["Rows"][1]
    table.top, table.bottom = 1_048_574, 1_048_575
    with pytest.raises(UserError, match=r"it would need 1,048,577 rows, and a sheet has 1,048,576; import less"):
        WebBook(FakeBook(excel.json()), Path("folder")).replace_rows("Rows", {"Key": ["a"] * 3, "Value": [1] * 3})


def test_older_clients_do_not_name_the_columns():
    excel = workbook(["a"])
    json = excel.json()
    del json["sheets"][0]["tables"][0]["columns"]
    assert WebBook(FakeBook(json), Path("folder")).tables["rows"].columns == ("Key", "Value", "Mine")


def test_an_arrow_column_is_written_like_a_list():
    import pyarrow as pa

    excel = workbook(["a"])
    replaced(excel, pa.array(["a", None]).dictionary_encode(), pa.array([1.0, None]))
    assert excel.columns("Rows")["Key"] == ["a", None]


def test_a_name_of_one_sheet_is_not_the_workbooks():
    excel = workbook(["a"])
    excel.names["Goal"] = ("Sheet1", 4, 9)
    json = excel.json()
    json["names"].insert(0, {**json["names"][0], "address": "C4", "book_scope": False})
    json["names"].insert(0, {**json["names"][0], "name": "Rate", "address": None, "sheet_index": None})
    book = WebBook(FakeBook(json), Path("folder"))
    assert book.named_value("goal") == "beside"
    assert book.named_value("Rate") is None and book.named_value("None") is None
