"""The list of what users had typed beside rows that went: guarded, and gone again where the refresh itself fails."""

import csv
import datetime as dt
from contextlib import contextmanager

import pytest

from xlsmkt.beside import left_over
from xlsmkt.crm.importing import import_files
from xlsmkt.crm.model import IMPORT_LOG, LEADS, TABLES
from xlsmkt.errors import UserError
from xlsmkt.package import LostRow, TableInfo
from xlsmkt.refresh import refresh_open_book

NOW = dt.datetime(2026, 1, 5, 12)


class OpenWorkbook:
    """A workbook that is open somewhere: it loses a note at each refresh, and may fail at the very end."""

    date1904 = False

    def __init__(self, path, fails):
        self.path, self.fails = path, fails
        self.tables = {
            table.name.casefold(): TableInfo(table.name, table.name, 2, 2, 1, tuple(table.columns), True, 0, "A1")
            for table in TABLES
        }

    def replace_rows(self, table, columns, known_by=()):
        if table == LEADS.name:
            return [LostRow("L2", {"My note": "call"})]
        return [LostRow(("old.csv", None, None, "no date"), {"To do": "mend"})] if table == IMPORT_LOG.name else []

    def named_value(self, name):
        return None

    def set_named_value(self, name, value):
        pass

    @contextmanager
    def all_or_nothing(self):
        yield
        if self.fails:
            raise UserError("Excel cannot delete the rows.")


@pytest.fixture
def leads(tmp_path):
    path = tmp_path / "leads.csv"
    path.write_text("Lead ID,Created\nL1,2026-01-02\n")
    return path


def refresh(book, leads):
    return refresh_open_book(book, lambda _, told: import_files([leads], progress=told), lambda part, words: None)


def test_what_went_is_listed_once_the_refresh_stands(tmp_path, leads):
    outcome = refresh(OpenWorkbook(tmp_path / "sla.xlsm", fails=False), leads)
    assert str(tmp_path / "sla-left-over.csv") in " ".join(outcome.notes)
    _, note, to_do = (tmp_path / "sla-left-over.csv").read_text("utf-8-sig").splitlines()
    assert note.endswith(",Leads,L2,My note,call")
    assert to_do.endswith(',Import_log,"old.csv, no date",To do,mend')


def test_nothing_is_listed_of_a_refresh_that_fails_at_the_end(tmp_path, leads):
    book = OpenWorkbook(tmp_path / "sla.xlsm", fails=True)
    with pytest.raises(UserError, match="cannot delete"):
        refresh(book, leads)
    assert not (tmp_path / "sla-left-over.csv").exists()
    book.fails = False
    refresh(book, leads)
    before = (tmp_path / "sla-left-over.csv").read_bytes()
    book.fails = True
    with pytest.raises(UserError):
        refresh(book, leads)
    assert (tmp_path / "sla-left-over.csv").read_bytes() == before


def test_nothing_in_the_list_is_taken_for_a_formula(tmp_path):
    lost = {"Leads": [LostRow("=cmd|'/c calc'!A0", {"@mine": "+1+1", "n": -5.0})]}
    with left_over(tmp_path / "sla.xlsx", lost, NOW) as path, path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert [row[2:] for row in rows[1:]] == [
        ["'=cmd|'/c calc'!A0", "'@mine", "'+1+1"],
        ["'=cmd|'/c calc'!A0", "n", "-5.0"],
    ]
