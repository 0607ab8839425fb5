"""A workbook that is open in Excel is as it was when anything fails in the middle, and Excel itself always is."""

import re
from unittest import mock

import pytest
from com_excel import BUSY, EXTRA, open_excel
from fake_windows import com_error
from test_open_book import add_table, fill, opened, put_note

from xlsmkt.errors import UserError

REFUSED = (-2147352567, "Exception occurred.", (0, "Microsoft Excel", "Out of memory.", None, 0, -2146827284), None)
SENTENCES = {
    BUSY: "Excel is busy: leave the cell you are editing and click Refresh again; nothing was changed.",
    REFUSED: r"Excel refused to change the workbook \(Out of memory\); nothing was changed"
    r"|The table \w+ needs \d rows on the sheet \w+, but Excel cannot move what stands below it \(Out of memory\)",
}


class PivotTable:
    """A pivot table and its cache."""

    Name = "Pivot1"

    def __init__(self, source, works=True):
        self.SourceData, self.works, self.refreshed = source, works, 0

    def PivotCache(self):  # noqa: N802 - Excel's names
        return self

    def Refresh(self):  # noqa: N802
        if not self.works:
            raise RuntimeError("a database is out of reach")
        self.refreshed += 1


def prepare(excel):
    """Two tables with all that is to be kept: notes, formats, filters, formulas, something selected."""
    fill(excel)
    excel.put("Other", "A10:B12", [["Day", "Comment"], [1.0, "=1+1"], [2.0, "fine"]])
    add_table(excel, "Other", "A10:B12", "Days")
    put_note(excel, "C2", "rang twice")
    leads = excel.sheet("Leads").vba_get("Range", ["A1:D4"])
    leads.vba_get("AutoFilter", [1, "<>L2"])
    excel.sheet("Leads").vba_get("Range", ["C4"]).vba_set("NumberFormat", "yyyy-mm-dd")


def change(book):
    """A refresh in small: a table that grows, one that shrinks, a named cell."""
    with book.all_or_nothing():
        book.replace_rows("Days", {"Day": [7]})
        book.replace_rows("Leads", {"Lead ID": ["L3", "L4", "L5", "L1", "L6"], "Created": [1, 2, 3, 4, 5]})
        book.replace_rows("Leads", {"Lead ID": ["L3", "L4", "L5", "L1"], "Created": [1, 2, 3, 4]})
        book.set_named_value("Shown", "done")


def test_without_a_failure():
    with open_excel() as excel:
        prepare(excel)
        settings, selected = excel.settings(), excel.sheet("Leads").book.active_sheet
        book = opened(excel)
        change(book)
        assert excel.column("Leads", "Lead ID") == ["L3", "L4", "L5", "L1"]
        assert excel.column("Leads", "My note") == [7, None, None, "call"]
        assert excel.cells("Other", "A10:B12") == [["Day", "Comment"], [7, None], [None, None]]
        assert excel.cells("Other", "A2") == [["done"]]
        assert book.notes == []
        assert excel.settings() == settings
        assert excel.sheet("Leads").book.active_sheet is selected
        assert not [call for call in excel.calls if call.endswith((".Activate", ".Select", ".Goto", ".Copy", ".Paste"))]


def changes_of_a_whole_run():
    with open_excel() as excel:
        prepare(excel)
        change(opened(excel))
        return excel.written


@pytest.mark.parametrize("failure", [BUSY, REFUSED], ids=["busy", "refused"])
def test_whatever_change_fails_the_old_data_are_back(failure):
    last = changes_of_a_whole_run()
    assert last > 15
    kept = 0
    for number in range(1, last + 1):
        with open_excel() as excel:
            prepare(excel)
            before, settings = excel.everything(), excel.settings()
            excel.fail_from, excel.fails_with = number, failure
            book = opened(excel)
            try:
                change(book)
            except UserError as error:
                assert re.match(SENTENCES[failure], str(error)) and "\n" not in str(error)
                assert excel.everything() == before, f"after change {number}"
                kept += 1
            else:  # only the filter could not be set again
                assert book.notes == ["The filter of Lead ID in the table Leads could not be kept; set it again."], (
                    f"after change {number}"
                )
                assert excel.column("Leads", "Lead ID") == ["L3", "L4", "L5", "L1"]
            assert excel.settings() == settings
    assert kept == last - 1


@pytest.mark.parametrize("number", [3, 6, 9, 12])
def test_a_fault_of_ours_also_puts_everything_back(number):
    with open_excel() as excel:
        prepare(excel)
        before, settings = excel.everything(), excel.settings()
        book = opened(excel)
        with pytest.raises(ZeroDivisionError), book.all_or_nothing():
            book.replace_rows("Leads", {"Lead ID": [f"L{n}" for n in range(number)]})
            book.replace_rows("Days", {"Day": [7] * number})
            book.set_named_value("Shown", "done")
            raise ZeroDivisionError
        assert excel.everything() == before
        assert excel.settings() == settings


def test_references_to_rows_that_would_have_gone_are_whole_again():
    with open_excel() as excel:
        prepare(excel)
        excel.put("Other", "D1", [["=Leads!B4"]])
        book = opened(excel)
        with pytest.raises(ZeroDivisionError), book.all_or_nothing():
            book.replace_rows("Leads", {"Lead ID": ["L1"]})
            raise ZeroDivisionError
        assert excel.formulas("Other", "D1") == [["=Leads!B4"]]


def test_when_putting_back_fails_as_well_the_sentence_says_to_close_without_saving():
    with open_excel() as excel:
        prepare(excel)
        settings = excel.settings()
        excel.fail_from, excel.fail_until, excel.fails_with = 5, 1_000, REFUSED
        with pytest.raises(UserError, match=r"could not be put back .* close it without saving and open it again"):
            change(opened(excel))
        assert excel.settings() == settings


def test_putting_back_waits_while_excel_is_busy():
    with open_excel() as excel:
        prepare(excel)
        before = excel.everything()
        excel.fail_from, excel.fail_until = 5, 8
        with pytest.raises(UserError, match="Excel is busy"):
            change(opened(excel))
        assert excel.everything() == before


def test_settings_of_excel_are_what_they_were_also_when_they_were_unusual():
    with open_excel() as excel:
        prepare(excel)
        model = excel.application.application
        model.calculation, model.enable_events, model.display_alerts = -4135, False, False
        excel.auto_correct.AutoFillFormulasInLists = False
        settings = excel.settings()
        change(opened(excel))
        assert excel.settings() == settings


def test_pivot_tables_over_our_tables_are_refreshed_and_a_failure_is_only_told():
    with open_excel() as excel:
        prepare(excel)
        ours, range_of_ours, other = PivotTable("Leads"), PivotTable("'Leads'!R1C1:R4C4"), PivotTable("Other_data")
        excel.pivots = {"Other": [ours, range_of_ours, other, PivotTable("Days", works=False)]}
        book = opened(excel)
        change(book)
        assert (ours.refreshed, range_of_ours.refreshed, other.refreshed) == (1, 1, 0)
        assert book.notes == ["The pivot table Pivot1 on the sheet Other could not be refreshed."]


def test_a_filter_outside_the_tables_is_named():
    with open_excel() as excel:
        fill(excel)
        excel.put("Leads", "K1:K3", [["x"], ["y"], ["z"]])
        excel.table("Leads").auto_filter = False
        excel.sheet("Leads").vba_get("Range", ["K1:K3"]).vba_get("AutoFilter", [1, "y"])
        before = excel.everything()
        with pytest.raises(UserError, match="The sheet Leads is filtered outside its tables; show all of its rows"):
            opened(excel).replace_rows("Leads", {"Lead ID": ["L1"]})
        assert excel.everything() == before


def test_a_filter_that_excel_cannot_tell_is_told():
    def untold(excel, found):
        raise com_error(*REFUSED)

    with open_excel() as excel, mock.patch.dict(EXTRA, {("Filter", "Criteria1"): untold}):
        prepare(excel)
        book = opened(excel)
        change(book)
        assert book.notes == ["The filter of Lead ID in the table Leads could not be kept; set it again."]
        assert excel.column("Leads", "Lead ID") == ["L3", "L4", "L5", "L1"]
