"""What users do to a workbook without meaning harm: odd days, odd names, filters, long texts."""

import pytest
from fake_remote_book import FakeBook
from fake_remote_book import FakeTable as RemoteTable
from test_web_rows import replaced, workbook
from web_refreshed import HEADINGS, NOW, beside, leads, opened, refresh, refused

from xlsmkt.hosts.lite import running
from xlsmkt.hosts.web import refreshing
from xlsmkt.template import paste_sheet
from xlsmkt.template.building import COMPUTED_SHEETS


def paste(excel, rows):
    excel.type_rows(paste_sheet.SHEET, 11, 1, rows)


NO_MOMENTS = ["2026-02-30T00:00:00.000Z", "2026-01-05T25:00:00.000Z", "0000-01-05T00:00:00.000Z"]


@pytest.mark.parametrize("text", NO_MOMENTS)
def test_a_text_of_the_shape_of_a_moment_is_a_text(tmp_path, text):
    excel = opened()
    paste(excel, [HEADINGS.split(","), ["L1", "2026-01-05", text, 1], [text, "2026-01-05", "Web", 2]])
    refresh(excel, tmp_path)
    assert excel.columns("Leads")["Lead ID"] == ["L1", text]
    assert excel.columns("Leads")["Source"] == [text, "Web"]
    excel.add_column("Leads", "Mine", ["kept", text])
    paste(excel, [HEADINGS.split(","), ["L1", "2026-01-05", "Web", 1], ["L2", "2026-01-05", "Web", 2]])
    refresh(excel, tmp_path)
    assert beside(excel, "Mine") == {"L1": "kept", "L2": None}
    assert excel.sheet("Left over").values()[-1][1:] == ["Leads", text, "Mine", text]


@pytest.mark.parametrize("number", [0, 0.5, 1, -3, -0.25, 59, 60, 2958465])
def test_a_number_in_a_column_of_days_is_that_number(tmp_path, number):
    def spend(day):
        (tmp_path / "spend.csv").write_text(f"Date,Channel,Cost\n{day},A,1\n2026-01-06,B,2\n")

    excel = opened()
    spend("2026-01-05")
    refresh(excel, tmp_path)
    excel.add_column("Spend", "Mine", ["of A", "of B"])
    sheet, table = excel.tables["Spend"]
    sheet.cells[table.top + 1, table.left] = number
    spend("2026-01-05")
    refresh(excel, tmp_path)
    columns = excel.columns("Spend")
    assert (columns["Date"], columns["Mine"]) == ([46028, 46027], ["of B", None])
    assert [row[1] for row in excel.sheet("Left over").values()[1:]] == ["Spend"]


@pytest.mark.parametrize("address", ["A:A", "1:5", "B:D", "C2:D9", None])
@pytest.mark.parametrize("name", ["Paste_Here", "CRM_Source", "Data_Until", "Paste_Days"])
def test_a_name_that_was_given_other_cells_does_not_stop_it(tmp_path, name, address):
    excel = opened()
    excel.sheets.append(type(excel.sheets[0])("Empty"))
    (tmp_path / "leads.csv").write_text(leads("L1"))
    json = excel.json(COMPUTED_SHEETS)
    named = next(known for known in json["names"] if known["name"] == name)
    named.update(address=address, sheet_index=None if address is None else len(json["sheets"]) - 1)
    book = FakeBook(json)
    refreshing.refresh(book, tmp_path, running.read, NOW)
    excel.apply(book.json())
    assert excel.columns("Leads")["Lead ID"] == ["L1"]


def without_body(excel, name):
    json = excel.json(COMPUTED_SHEETS)
    table = next(table for sheet in json["sheets"] for table in sheet["tables"] if table["name"] == name)
    table.update(data_body_range_address=None, row_count=1)
    return FakeBook(json)


def test_a_table_without_a_body_that_is_not_ours_is_left_alone(tmp_path):
    excel = opened()
    before = excel.columns("Web")
    (tmp_path / "leads.csv").write_text(leads("L1"))
    book = without_body(excel, "Web")
    refreshing.refresh(book, tmp_path, running.read, NOW)
    excel.apply(book.json())
    assert excel.columns("Leads")["Lead ID"] == ["L1"]
    assert excel.columns("Web") == before


@pytest.mark.parametrize("number", [1_000_000_000_000_000.0, 9_007_199_254_740_991.0, 12_345_678_901_234_500.0])
def test_ids_of_many_digits_are_digits(tmp_path, number):
    excel = opened()
    json = excel.json(COMPUTED_SHEETS)
    sheet = next(sheet for sheet in json["sheets"] if sheet["name"] == paste_sheet.SHEET)
    sheet["values"] += [[]] * (10 - len(sheet["values"]))
    sheet["values"][10:] = [HEADINGS.split(","), [number, "2026-01-05", "Web", 1]]
    book = FakeBook(json)
    refreshing.refresh(book, tmp_path, running.read, NOW)
    excel.apply(book.json())
    assert excel.columns("Leads")["Lead ID"] == [f"{number:.0f}"]


def test_the_filter_of_another_table_on_the_sheet_does_not_stop_it_in_the_middle(tmp_path):
    excel = opened()
    refresh(excel, tmp_path, leads("L1", "L2", "L3"))
    excel.add_column("Leads", "Mine", ["1", "2", "3"])
    sheet, table = excel.tables["Leads"]
    other, moved = excel.tables["Web"]
    other.tables.remove(moved)
    sheet.tables.append(moved)
    width = moved.right - moved.left
    moved.left = table.right + 2
    moved.right = moved.left + width
    moved.filtered = True
    answer = refresh(excel, tmp_path, leads("L2"))
    assert beside(excel, "Mine") == {"L2": "2"}
    functions = [action["func"] for action in answer["actions"]]
    last_filter = len(functions) - functions[::-1].index("clearAutoFilterTable")
    assert set(functions[:last_filter]) == {"rangeClearContents", "clearAutoFilterTable"}


def test_an_action_of_long_texts_is_no_more_than_office_js_takes():
    excel = workbook([], own=False)
    keys = [f"{row} " + "x" * 30_000 for row in range(400)]
    replaced(excel, keys, [1] * len(keys))  # apply measures each action
    assert excel.columns("Rows")["Key"] == keys


def no_filter(_):
    raise AttributeError("'Table' has no attribute 'autofilter'")


def test_a_defect_when_the_changes_are_handed_over_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(RemoteTable, "autofilter", property(no_filter))
    told = refused(opened(), tmp_path, leads("L1"))
    assert told.endswith("the log of the server says where; nothing was changed in the workbook.")


def test_a_workbook_that_cannot_be_read_is_a_sentence(tmp_path):
    excel = opened()
    excel.tables["Leads"][1].name = None
    told = refused(excel, tmp_path, leads("L1"))
    assert told.endswith("the log of the server says where; nothing was changed in the workbook.")


def test_a_refusal_quotes_no_more_of_a_cell_than_one_reads(tmp_path):
    excel = opened()
    excel.put("Paste_Days", "x" * 30_000)
    assert len(refused(excel, tmp_path, leads("L1"))) < 250
