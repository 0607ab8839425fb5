"""Refresh in xlwings Lite and Server: a stand-in for Excel hands the workbook over and applies what comes back."""

import pytest
from fake_office_js import Formula, Refused
from fake_remote_book import FakeBook
from web_licensed import Licensed
from web_refreshed import NOW, beside, leads, opened, refresh, refused

from xlsmkt.crm.importing import import_files
from xlsmkt.crm.model import TABLES
from xlsmkt.crm.sample import write_sample
from xlsmkt.hosts.lite import running
from xlsmkt.hosts.web import refreshing
from xlsmkt.package import Book
from xlsmkt.refresh import new_book, refresh_book
from xlsmkt.template.building import COMPUTED_SHEETS

NAMED = ["Data_Until", "Last_Source", "Rows_Taken", "Rows_Refused", "Leads_Note"]


class NotComputed:
    cells, kept, errors = 0, (), ()


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    return write_sample(folder)


@pytest.fixture(scope="module")
def written(sample, tmp_path_factory):
    """What `xlsmkt refresh` writes into a file."""
    path = tmp_path_factory.mktemp("file") / "book.xlsx"
    new_book(path)
    refresh_book(path, lambda *_: import_files(sorted(sample)), lambda *_: NotComputed, lambda *_: None)
    with Book.open(path) as book:
        return {table.name: book.columns(table.name) for table in TABLES}, {n: book.named_value(n) for n in NAMED}


@pytest.fixture(scope="module")
def refreshed(sample):
    excel = opened()
    refresh(excel, sample[0].parent)
    return excel


@pytest.fixture(scope="module")
def licensed(xlwings_licence):
    started = Licensed(xlwings_licence)
    yield started
    started.end()


# --- the same as everywhere ---


@pytest.mark.parametrize("table", [table.name for table in TABLES])
def test_the_tables_are_those_that_xlsmkt_refresh_writes(refreshed, written, table):
    assert refreshed.columns(table) == written[0][table]


def test_the_named_cells_are_those_that_xlsmkt_refresh_writes(refreshed, written):
    assert {name: refreshed.named(name) for name in NAMED} == written[1]
    assert refreshed.named("Last_Refresh") == pytest.approx(46113 + 9.5 / 24)  # 1 April 2026, half past nine


def test_what_pandas_imports_is_written_alike(sample, written):
    excel = opened()
    book = FakeBook(excel.json(COMPUTED_SHEETS))
    refreshing.refresh(book, sample[0].parent, lambda *_: import_files(sorted(sample)), NOW)
    excel.apply(book.json())
    assert {table.name: excel.columns(table.name) for table in TABLES} == written[0]


def test_the_user_is_told_what_came_of_it(refreshed):
    [told] = refreshed.alerts
    assert told.startswith("Taken: 7,796 rows of Leads, ")
    assert "refused: 4 (listed in the Import log)." in told
    assert told.endswith(
        "were taken: leads.csv, spend.csv, touches.csv, web.csv; delete those there that newer ones replace."
    )


def test_the_same_again_changes_nothing_but_the_time(refreshed, sample):
    before = {table.name: refreshed.columns(table.name) for table in TABLES}
    refresh(refreshed, sample[0].parent)
    assert {table.name: refreshed.columns(table.name) for table in TABLES} == before
    assert not any(sheet.name.startswith("Left over") for sheet in refreshed.sheets)


# --- rows that stay, come and go ---


@pytest.fixture
def annotated(tmp_path):
    """A workbook with three leads, a column that was typed beside them and one of formulas."""
    excel = opened()
    refresh(excel, tmp_path, leads("L1", "L2", "L3"))
    excel.add_column("Leads", "My note", ["call", None, "=1+1"])
    excel.add_column("Leads", "Score", [Formula("of L1"), Formula("of L2"), Formula("of L3")], calculated="new")
    return excel


def test_what_stands_beside_a_row_stays_beside_it(annotated, tmp_path):
    refresh(annotated, tmp_path, leads("L9", "L3", "L1", "L2", source="Fair"))
    assert beside(annotated, "My note") == {"L1": "call", "L2": None, "L3": "=1+1", "L9": None}
    assert beside(annotated, "Score") == {"L1": "of L1", "L2": "of L2", "L3": "of L3", "L9": "new"}
    assert beside(annotated, "Source") == dict.fromkeys(["L1", "L2", "L3", "L9"], "Fair")
    assert beside(annotated, "Created") == {"L9": 46027, "L3": 46028, "L1": 46029, "L2": 46030}


def test_what_stands_beside_rows_that_are_gone_is_kept(annotated, tmp_path):
    refresh(annotated, tmp_path, leads("L2", "L4"))
    assert beside(annotated, "Score") == {"L2": "of L2", "L4": "new"}
    kept = annotated.sheet("Left over").values()
    assert kept == [
        ["Refreshed", "Table", "Row", "Column", "Value"],
        ["2026-04-01 09:30:00", "Leads", "L1", "My note", "call"],
        ["2026-04-01 09:30:00", "Leads", "L1", "Score", "of L1"],
        ["2026-04-01 09:30:00", "Leads", "L3", "My note", "=1+1"],
        ["2026-04-01 09:30:00", "Leads", "L3", "Score", "of L3"],
    ]
    assert annotated.alerts[-1].endswith(
        "What stood in your columns beside rows that the new data no longer have is on the sheet Left over."
    )


def test_what_is_kept_is_added_to_what_was_kept(annotated, tmp_path):
    refresh(annotated, tmp_path, leads("L2", "L4"))
    refresh(annotated, tmp_path, leads("L4"))
    assert [row[2:] for row in annotated.sheet("Left over").values()[-1:]] == [["L2", "Score", "of L2"]]
    assert len(annotated.sheet("Left over").values()) == 6


def test_a_sheet_of_the_users_own_of_that_name_stays(annotated, tmp_path):
    annotated.sheet("Funnel").name = "left OVER"
    annotated.sheet("left OVER").cells[1, 1] = "mine"
    before = annotated.sheet("left OVER").values()
    refresh(annotated, tmp_path, leads("L2"))
    assert annotated.sheet("left OVER").values() == before
    assert annotated.sheet("Left over 2").values()[1][2:] == ["L1", "My note", "call"]


def test_all_rows_may_change_at_once(annotated, tmp_path):
    refresh(annotated, tmp_path, leads("M1", "M2"))
    assert beside(annotated, "Score") == {"M1": "new", "M2": "new"}
    assert beside(annotated, "My note") == {"M1": None, "M2": None}
    assert len(annotated.sheet("Left over").values()) == 6


def test_a_column_that_was_moved_is_found_by_its_heading(annotated, tmp_path):
    sheet, table = annotated.tables["Leads"]
    first = table.columns.index("Lead ID")
    last = table.columns.index("My note")
    for row in range(table.top, table.bottom + 1):
        one, other = (row, table.left + first), (row, table.left + last)
        sheet.cells[one], sheet.cells[other] = sheet.cells.get(other), sheet.cells.get(one)
    table.columns[first], table.columns[last] = "My note", "lead id"
    refresh(annotated, tmp_path, leads("L3", "L5"))
    columns = annotated.columns("Leads")
    assert columns["lead id"] == ["L3", "L5"]
    assert columns["My note"] == ["=1+1", None]


def test_notes_keep_rows_in_their_places_and_those_that_go_are_told(tmp_path):
    excel = opened()
    refresh(excel, tmp_path, leads("L1", "L2", "L3"))
    sheet, _ = excel.tables["Leads"]
    sheet.notes = {(2, 1): "first", (4, 3): "third"}
    refresh(excel, tmp_path, leads("L3", "L4"))
    assert excel.columns("Leads")["Lead ID"] == ["L4", "L3"]
    assert sheet.notes == {(3, 3): "third"}
    assert "1 note in the table Leads went with the row that it stood on." in excel.alerts[-1]


# --- what else is on the sheet ---


def test_a_table_with_totals_grows_and_shrinks_above_them(annotated, tmp_path):
    sheet, table = annotated.tables["Leads"]
    table.totals, table.bottom = True, table.bottom + 1
    sheet.cells[table.bottom, 1] = "Total"
    for ids in (("L2", "L4", "L5", "L1"), ("M1", "M2"), ("M2", "M3", "M4"), ("M4",)):
        refresh(annotated, tmp_path, leads(*ids))
        assert sorted(annotated.columns("Leads")["Lead ID"]) == sorted(ids)
        assert sheet.cells[table.bottom, 1] == "Total"
        assert "Total" not in annotated.columns("Leads")["Lead ID"]


def test_what_stands_below_a_table_stays_where_it_is(annotated, tmp_path):
    annotated.sheet("Leads").cells[9, 2] = "mine"
    for ids in (("L2",), ("M1",), ("M1", "M2", "M3")):
        refresh(annotated, tmp_path, leads(*ids))
        assert annotated.sheet("Leads").cells[9, 2] == "mine"
        assert annotated.columns("Leads")["Lead ID"] == list(ids)


def test_what_stands_beside_a_table_stays_where_it_is(annotated, tmp_path):
    annotated.sheet("Leads").cells[3, 30] = "mine"
    refresh(annotated, tmp_path, leads("L2"))
    assert annotated.sheet("Leads").cells[3, 30] == "mine"


def test_a_table_that_would_grow_over_filled_cells_is_refused(annotated, tmp_path):
    annotated.sheet("Leads").cells[6, 2] = "mine"
    refresh(annotated, tmp_path, leads("L1", "L2", "L3", "L4"))
    told = refused(annotated, tmp_path, leads("L1", "L2", "L3", "L4", "L5"))
    assert "The table Leads on the sheet Leads needs 1 more row, but there are filled cells below it" in told


def test_a_table_below_is_not_torn(annotated, tmp_path):
    sheet, table = annotated.tables["Leads"]
    spend = annotated.tables["Spend"][1]
    annotated.tables["Spend"][0].tables.remove(spend)
    sheet.tables.append(spend)
    spend.top, spend.bottom, spend.left, spend.right = 12, 13, table.right, table.right + 4
    refresh(annotated, tmp_path, leads("L1", "L2", "L3", "L4"))
    told = refused(annotated, tmp_path, leads("L1", "L4"))
    assert told.startswith("The table Spend stands below the table Leads on the sheet Leads, whose rows must move")


# --- what is refused ---


def without_table(excel):
    excel.tables["Leads"][1].name = "People"


def without_tables(excel):
    for sheet in excel.sheets:
        sheet.tables = []


def without_heading(excel):
    excel.tables["Leads"][1].columns[0] = "Key"


def without_heading_of_the_log(excel):
    excel.tables["Import_log"][1].columns[0] = "Key"


REFUSED = {
    "another table": (
        without_table,
        leads("L1"),
        "xlsmkt-lite.xlsx has no table Leads, for which there are rows in leads.csv",
    ),
    "no table": (without_tables, leads("L1"), "has none of the tables Leads, Spend and Web"),
    "no heading": (without_heading, leads("L1"), "The table Leads on the sheet Leads has no column Lead ID"),
    "after writing": (without_heading_of_the_log, leads("L1"), "The table Import_log on the sheet Import log has no"),
    "no export": (lambda excel: None, None, "There is no CRM export to import; drop a CSV or Excel file under Files"),
    "a file": (
        lambda excel: excel.put("CRM_Source", "gone.csv"),
        leads("L1"),
        "gone.csv is not among the files of xlwings Lite (there: leads.csv); drop it under",
    ),
    "no rows": (lambda excel: None, leads(), "leads.csv holds no row for Leads"),
    "no leads": (lambda excel: None, "a,b\n1,2\n", "leads.csv"),
    "a choice": (lambda excel: excel.put("Paste_Days", "dd/mm"), leads("L1"), "The cell B6 of the sheet Paste CRM"),
    "no CSV": (lambda excel: None, "", "leads.csv"),
}


@pytest.mark.parametrize("change, export, told", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_imported_is_a_sentence_and_nothing_is_written(tmp_path, change, export, told):
    excel = opened()
    change(excel)
    before = excel.json()
    assert told in refused(excel, tmp_path, export)
    assert excel.json() == before and not excel.alerts


def test_a_defect_of_ours_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setattr(running, "import_plain", lambda *_, **__: 1 / 0)
    told = refused(opened(), tmp_path, leads("L1"))
    assert (
        told == "Refresh failed inside xlsmkt; the log of the server says where; nothing was changed in the workbook."
    )


@pytest.mark.parametrize("sheet", ["Leads", "Daily", "Import log", "Start"])
def test_a_protected_sheet_stops_it_before_anything_is_written(annotated, tmp_path, sheet):
    annotated.sheet(sheet).protected = True
    before = annotated.json()
    with pytest.raises(Refused, match="is protected"):
        refresh(annotated, tmp_path, leads("L2"))
    assert annotated.json() == before


def test_a_filtered_table_is_shown_before_its_rows_are_deleted(annotated, tmp_path):
    annotated.tables["Leads"][1].filtered = True
    refresh(annotated, tmp_path, leads("L2"))
    assert beside(annotated, "Score") == {"L2": "of L2"}


# --- xlwings itself ---


def test_xlwings_puts_down_the_same_actions(licensed, annotated, tmp_path):
    annotated.sheet("Leads").cells[9, 2] = "mine"
    (tmp_path / "leads.csv").write_text(leads("M1", "M2", "L2"))
    for totals in (False, True):
        question = {"book": annotated.json(COMPUTED_SHEETS), "folder": str(tmp_path), "now": NOW.isoformat()}
        book = FakeBook(annotated.json(COMPUTED_SHEETS))
        refreshing.refresh(book, tmp_path, running.read, NOW)
        real = licensed.ask(question)
        given = [{key: value for key, value in action.items() if value is not None} for action in real["actions"]]
        assert given == [{key: v for key, v in action.items() if v is not None} for action in book.actions]
        _, table = annotated.tables["Leads"]
        if not totals:
            table.totals, table.bottom = True, table.bottom + 1
            annotated.sheet("Leads").cells[table.bottom, 1] = "Total"
    annotated.apply(real)
    assert annotated.columns("Leads")["Lead ID"] == ["M1", "M2", "L2"]


def test_xlwings_hands_a_refusal_on(licensed, tmp_path):
    question = {"book": opened().json(COMPUTED_SHEETS), "folder": str(tmp_path), "now": NOW.isoformat()}
    with pytest.raises(Exception, match="There is no CRM export to import"):
        licensed.ask(question)
