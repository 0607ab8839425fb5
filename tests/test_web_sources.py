"""Where Refresh finds an export in xlwings Lite and Server, and how its open questions are answered there."""

import datetime as dt

from web_refreshed import leads, opened, refresh, refused

from xlsmkt.hosts.lite import running
from xlsmkt.hosts.web import pasting
from xlsmkt.template import paste_sheet


def paste(excel, rows):
    excel.type_rows(paste_sheet.SHEET, 11, 1, rows)


def test_pasted_rows_are_imported(tmp_path):
    excel = opened()
    rows = [
        ["Lead ID", "Created", "Source", "Amount"],
        ["L1", dt.date(2026, 1, 5), "=Web", 12.5],
        ["L2", "soon", "Fair"],
    ]
    paste(excel, rows)
    refresh(excel, tmp_path)
    columns = excel.columns("Leads")
    assert [columns[name] for name in ("Lead ID", "Created", "Source", "Amount")] == [["L1"], [46027], ["=Web"], [12.5]]
    log = excel.columns("Import_log")
    assert log["File"][-1] == paste_sheet.SHEET
    assert log["Line"][-1] == 13  # the row of the sheet
    assert excel.named("Last_Source") == paste_sheet.SHEET


def test_the_lines_of_a_csv_file_pasted_into_one_column_are_a_table(tmp_path):
    excel = opened()
    paste(excel, [[line] for line in leads("L1", "L2").splitlines()])
    refresh(excel, tmp_path)
    assert excel.columns("Leads")["Lead ID"] == ["L1", "L2"]


def test_files_that_inputs_name_win_over_pasted_rows_and_those_over_other_files(tmp_path):
    excel = opened()
    refresh(excel, tmp_path, leads("F1"))
    paste(excel, [line.split(",") for line in leads("P1").splitlines()])
    refresh(excel, tmp_path)
    assert excel.columns("Leads")["Lead ID"] == ["P1"]
    assert excel.alerts[-1].endswith(
        "Taken was what is pasted into the sheet Paste CRM export here, not the files of xlwings Lite (leads.csv); "
        "clear that sheet, or name them on the sheet Inputs, to have them taken."
    )
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "named.csv").write_text(leads("N1"))
    excel.put("CRM_Source", "new/*.csv")
    refresh(excel, tmp_path)
    assert excel.columns("Leads")["Lead ID"] == ["N1"]


def test_of_the_other_files_only_exports_are_taken(tmp_path):
    (tmp_path / "picture.png").write_bytes(b"")
    (tmp_path / "~$leads.xlsx").write_bytes(b"")
    (tmp_path / "book-refused.csv").write_text("File,Line,Column,Value,Reason\n")
    excel = opened()
    refresh(excel, tmp_path, leads("L1"))
    assert excel.named("Last_Source") == "leads.csv"
    assert excel.alerts[-1].endswith("Left out, as they are neither CSV nor Excel files: picture.png.")


def test_a_file_that_cannot_be_taken_is_told_not_passed_over(tmp_path):
    excel = opened()
    (tmp_path / "export.zip").write_bytes(b"PK")
    assert refused(excel, tmp_path).startswith("There is no CRM export to import (there: export.zip); drop a CSV or")
    (tmp_path / "old.xls").write_bytes(b"")
    told = refused(excel, tmp_path, leads("L1"))
    assert told == "old.xls cannot be read here; save it as .xlsx or as CSV."


def test_all_files_are_taken_and_the_user_is_told_so(tmp_path):
    excel = opened()
    (tmp_path / "leads-1.csv").write_text(leads("L1"))
    (tmp_path / "leads-2.csv").write_text(leads("L2"))
    refresh(excel, tmp_path)
    assert excel.columns("Leads")["Lead ID"] == ["L1", "L2"]
    assert excel.alerts[-1].endswith(
        "All files of xlwings Lite were taken: leads-1.csv, leads-2.csv; delete those there that newer ones replace."
    )


AMBIGUOUS = "Lead ID,Created,Source,Amount\nL1,05/04/2026,Web,1.234\nL2,06/04/2026,Fair,2.345\n"


def test_what_an_export_leaves_open_is_chosen_in_a_cell_that_the_refusal_names(tmp_path):
    excel = opened()
    assert refused(excel, tmp_path, AMBIGUOUS).endswith(
        "choose day first or month first in the cell B6 of the sheet Paste CRM export here (Days are written)."
    )
    excel.put("Paste_Days", "Day first")
    assert refused(excel, tmp_path).endswith(
        "choose . or , in the cell B7 of the sheet Paste CRM export here (Decimal sign)."
    )
    excel.put("Paste_Decimal", ",")
    refresh(excel, tmp_path)
    assert excel.columns("Leads")["Created"] == [46117, 46118]  # 5 and 6 April 2026
    assert excel.columns("Leads")["Amount"] == [1234, 2345]


def test_the_names_and_choices_are_those_of_the_sheet():
    assert paste_sheet.SHEET == pasting.SHEET
    assert [name for _, name, _, _ in paste_sheet.ANSWERS] == [pasting.DAYS, pasting.DECIMAL]
    excel = opened()
    assert excel.names[pasting.HERE] == (paste_sheet.SHEET, 11, 1)
    for name, words in ((pasting.DAYS, paste_sheet.DAYS), (pasting.DECIMAL, paste_sheet.DECIMALS)):
        for word in words:
            excel.put(name, word)
            assert "choose" not in refused(excel, running.FOLDER.with_name("nowhere"))
