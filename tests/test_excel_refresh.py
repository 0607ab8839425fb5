"""What the Refresh button runs, in an Excel that has the workbook open."""

import csv
import datetime as dt
import shutil
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import pytest
from com_excel import CANCEL, EXTRA, NO, YES, open_excel
from fake_windows import com_error

from xlsmkt.crm.importing import import_files
from xlsmkt.crm.model import TABLES
from xlsmkt.filling import Outcome
from xlsmkt.package import Book
from xlsmkt.refresh import refresh_book
from xlsmkt.template.shipped import shipped_template

SAMPLE = Path(__file__).parents[1] / "workbook" / "sample"
NAMES = ("Data_Until", "Last_Source", "Rows_Taken", "Rows_Refused", "Leads_Note")


@pytest.fixture
def excel(tmp_path, monkeypatch):
    """Excel with the workbook of the template open, and a log of its own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with open_excel(shutil.copy(shipped_template(".xlsm"), tmp_path / "SLA.xlsm")) as excel:
        yield excel


def refresh(excel):
    """What the user is told, and whether all went well."""
    from xlsmkt.hosts.windows.refreshing import refresh_caller

    refresh_caller()
    [(macro, message, done)] = excel.told
    assert macro == "'SLA.xlsm'!RefreshTold"
    assert excel.status[-1] is False
    excel.told.clear()
    return message, done


def sample(folder, first=0, rows=12):
    """Some rows of each file of the sample, with two that are refused."""
    folder.mkdir()
    paths = []
    for name in ("leads.csv", "spend.csv", "web.csv", "touches.csv"):
        with (SAMPLE / name).open(encoding="utf-8", newline="") as file:
            headings, *found = islice(csv.reader(file), first + rows + 1)
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([headings, *found[first:]])
            if name == "leads.csv":
                strange = ["=1+1", "2024-10-03 10:00", "TRUE", "00123", "'x", "1/2"]
                csv.writer(file).writerow(strange + [""] * (len(headings) - len(strange)))
                csv.writer(file).writerow(["L-none", "no day"] + [""] * (len(headings) - 2))
                csv.writer(file).writerow(["L-none"] + [""] * (len(headings) - 1))
        paths.append(folder / name)
    return paths


def refreshed_file(path, files):
    """The same refresh on the file of a workbook; computing is left out."""
    nothing = SimpleNamespace(cells=0, kept=[], errors=[])
    return refresh_book(
        path, lambda book, told: import_files(files, progress=told), lambda *_: nothing, lambda *_: None
    )


def numbers_alike(values):
    return [pytest.approx(value, abs=1e-9) if isinstance(value, float) else value for value in values]


def assert_like_the_file(excel, path):
    with Book.open(path) as book:
        for table in TABLES:
            expected = book.columns(table.name)
            assert len(excel.column(table.name, table.columns[0])) == len(expected[table.columns[0]])
            for heading, values in expected.items():
                assert excel.column(table.name, heading) == numbers_alike(values), f"{table.name}[{heading}]"
        shown = opened(excel)
        for name in NAMES:
            assert shown.named_value(name) == (book.named_value(name) or None), name


def opened(excel):
    from xlsmkt.hosts.windows.open_book import OpenBook

    return OpenBook(excel.book)


def test_the_open_workbook_gets_what_the_file_gets_cell_for_cell(excel, tmp_path):
    copy = Path(shutil.copy(excel.full_name, tmp_path / "file.xlsm"))
    settings = excel.settings()
    others = {name: sheet for name, sheet in excel.everything()[0].items()
              if name not in {"Start", *(table.sheet for table in TABLES)}}  # fmt: skip
    for number, (first, rows) in enumerate([(0, 20), (10, 40), (10, 40), (5, 12)]):  # more, the same, fewer
        files = sample(tmp_path / str(number), first, rows)
        excel.chosen = tuple(map(str, files))
        message, done = refresh(excel)
        outcome = refreshed_file(copy, files)
        assert done and message.partition(";")[0] == str(outcome).partition(";")[0]
        assert f"refused: {outcome.refused}" in message and outcome.refused == 2
        assert_like_the_file(excel, copy)
    now = opened(excel).named_value("Last_Refresh")
    assert abs((dt.datetime.now() - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1) - now) < 0.1
    assert excel.settings() == settings
    after = excel.everything()[0]
    assert [name for name, sheet in others.items() if after[name][1:] != sheet[1:]] == []
    changed = {name for name, sheet in others.items() if values(after[name]) != values(sheet)}
    assert changed == set()
    assert not [call for call in excel.calls if call.endswith((".Activate", ".Select", ".Goto"))]


def values(sheet):
    """The constants of a sheet: formulas that speak of a table's rows follow them."""
    return {place: value for place, (value, formula, _) in sheet[0].items() if not formula}


def test_the_refused_rows_are_listed_beside_the_workbook(excel, tmp_path):
    excel.chosen = tuple(map(str, sample(tmp_path / "crm")))
    message, _ = refresh(excel)
    with (tmp_path / "SLA-refused.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["Column"] for row in rows] == ["Created Date", "Created Date"]
    assert f"listed in {tmp_path / 'SLA-refused.csv'}" in message


def test_a_workbook_that_was_never_saved_is_told_instead(excel, tmp_path):
    excel.full_name = None
    excel.chosen = tuple(map(str, sample(tmp_path / "crm")))
    before = set(Path().iterdir())
    message, done = refresh(excel)
    assert done
    assert "SLA-refused.csv could not be written" in message
    assert "the Import log in the workbook lists the same rows" in message
    assert set(Path().iterdir()) == before


def test_what_was_typed_beside_a_row_that_is_gone_is_listed(excel, tmp_path):
    excel.chosen = tuple(map(str, sample(tmp_path / "crm", 0, 20)))
    refresh(excel)
    excel.sheet("Leads").vba_get("Range", ["A3"]).vba_get("AddComment", ["called"])
    excel.chosen = tuple(map(str, sample(tmp_path / "later", 10, 20)))
    message, done = refresh(excel)
    assert done and f"is kept in {tmp_path / 'SLA-left-over.csv'}" in message
    listed = (tmp_path / "SLA-left-over.csv").read_text("utf-8-sig").splitlines()
    assert listed[1].endswith(",Leads,10002,Lead ID (note),called")


def test_the_files_that_inputs_names_are_taken_without_a_question(excel, tmp_path):
    sample(tmp_path / "crm")
    opened(excel).set_named_value("CRM_Source", r"crm\leads.csv; crm\sp*.csv")
    excel.status.clear()
    assert refresh(excel)[1] is True
    assert excel.asked == []
    assert opened(excel).named_value("Last_Source") == "leads.csv, spend.csv"
    assert any("Importing leads.csv, spend.csv: " in str(text) and text.endswith("%") for text in excel.status[:-1])
    assert len(excel.status) < 60


def test_no_file_no_import(excel):
    before = excel.everything()
    assert refresh(excel) == ("Nothing was imported.", True)
    [arguments] = excel.asked
    assert arguments["MultiSelect"] is True and "*.csv" in arguments["FileFilter"]
    assert excel.everything() == before


def ambiguous(folder):
    path = folder / "spend.csv"
    path.write_text("Date,Channel,Campaign,Cost,Clicks\n05/04/2025,Ads,,10,1\n06/04/2025,Ads,,10,1\n", "utf-8")
    return (str(path),)


@pytest.mark.parametrize("button, days", [(YES, (45752, 45753)), (NO, (45781, 45812))])
def test_day_or_month_first_is_asked(excel, tmp_path, button, days):
    excel.chosen, excel.answers = ambiguous(tmp_path), [button]
    message, done = refresh(excel)
    [_, (text, style)] = excel.asked
    assert done and style == 3  # Yes, No, Cancel
    assert text.splitlines()[-3:] == ["Yes: 5 April 2025", "No: 4 May 2025", "Cancel: import nothing"]
    assert excel.column("Spend", "Date") == list(days), message


def test_a_question_that_is_closed_imports_nothing(excel, tmp_path):
    before = excel.everything()
    excel.chosen, excel.answers = ambiguous(tmp_path), [CANCEL]
    assert refresh(excel) == ("Nothing was imported.", True)
    assert excel.everything() == before


def test_more_than_two_readings_are_for_a_mapping_file(excel, tmp_path):
    path = tmp_path / "spend.csv"
    path.write_text("Date,Channel,Campaign,Cost,Clicks\n01-02-03,Ads,,10,1\n", "utf-8")
    excel.chosen = (str(path),)
    message, done = refresh(excel)
    assert not done
    assert 'date_order = "day" in a mapping file, and name that file in Mapping on the sheet Inputs' in message


def one_sentence(told):
    message, done = told
    assert not done and "\n" not in message and "Traceback" not in message and message.endswith(".")
    return message


def test_what_a_user_can_mend_is_told_in_one_sentence(excel, tmp_path):
    before = excel.everything()
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    excel.chosen = (str(picture),)
    assert "picture.csv" in one_sentence(refresh(excel))
    opened(excel).set_named_value("CRM_Source", "gone.csv")
    assert "gone.csv is not there" in one_sentence(refresh(excel))
    opened(excel).set_named_value("CRM_Source", None)
    excel.chosen = tuple(map(str, sample(tmp_path / "crm")))
    excel.sheet("Daily").vba_get("Protect")
    assert "The sheet Daily is protected" in one_sentence(refresh(excel))
    excel.sheet("Daily").vba_get("Unprotect")
    assert excel.everything() == before
    excel.sheet("Touches").tables.clear()
    assert "has no table Touches" in one_sentence(refresh(excel))


def test_excel_that_is_busy_is_told(excel, tmp_path):
    before = excel.everything()
    excel.chosen = tuple(map(str, sample(tmp_path / "crm")))
    excel.fail_from = excel.written + 4
    assert one_sentence(refresh(excel)).startswith("Excel is busy: leave the cell you are editing")
    assert excel.everything() == before


def test_a_fault_of_ours_is_logged_and_told(excel, tmp_path, monkeypatch):
    before, settings = excel.everything(), excel.settings()
    excel.chosen = tuple(map(str, sample(tmp_path / "crm")))
    monkeypatch.setattr("xlsmkt.filling._log", lambda *arguments: 1 / 0)
    message = one_sentence(refresh(excel))
    log = tmp_path / "state" / "xlsmkt" / "excel.log"
    assert str(log) in message
    assert "ZeroDivisionError" in log.read_text("utf-8")
    assert excel.everything() == before and excel.settings() == settings
    assert "nothing was changed in the workbook." in message
    monkeypatch.undo()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("xlsmkt.refresh.write_refused", lambda *arguments: 1 / 0)
    assert "the new data are in the workbook." in one_sentence(refresh(excel))
    assert excel.column("Leads", "Lead ID")[0] == "10001"


def test_a_message_that_is_too_long_for_a_box_is_cut_between_sentences(excel, tmp_path, monkeypatch):
    from xlsmkt.hosts.windows import refreshing

    excel.chosen = tuple(map(str, sample(tmp_path / "crm")))
    notes = [f"Note {number} on {'a long path ' * 15}." for number in range(9)]
    monkeypatch.setattr(refreshing, "refresh_open_book", lambda *_: Outcome(None, {"Leads": 3}, notes=notes))
    message, done = refresh(excel)
    assert done and len(message) <= 1000
    first, *kept, last = message.split("\n\n")
    assert first == "Taken: 3 rows of Leads; refused: 0."
    assert kept == notes[: len(kept)] and len(kept) >= 4
    assert last == "There is more to say than fits here; the Import log lists what was refused."


def test_a_workbook_without_our_macros_gets_a_message_box(excel, monkeypatch):
    def no_macro(*arguments):
        raise com_error(-2147352567, "Exception occurred.", None, None)

    monkeypatch.setitem(EXTRA, ("Application", "Run"), lambda excel, app: no_macro)
    from xlsmkt.hosts.windows.refreshing import refresh_caller

    excel.answers = [1]
    refresh_caller()
    assert excel.asked[-1] == ("Nothing was imported.", 0)


def test_without_a_calling_workbook_nothing_happens(excel, tmp_path):
    from xlsmkt.hosts.windows.refreshing import refresh_caller

    excel.xlwings._xlwindows.BOOK_CALLER = None
    refresh_caller()
    assert (tmp_path / "state" / "xlsmkt" / "excel.log").exists()
