"""What tests of the refresh in xlwings Lite and Server share: a workbook that is open, exports, a click on Refresh."""

import copy
import datetime as dt
import functools

import pytest
import xlwings as xw
from fake_office_js import FakeExcel
from fake_remote_book import FakeBook
from pyodide_lite import WORKBOOK

from xlsmkt.hosts.lite import running
from xlsmkt.hosts.web import refreshing
from xlsmkt.template.building import COMPUTED_SHEETS

NOW = dt.datetime(2026, 4, 1, 9, 30)
HEADINGS = "Lead ID,Created,Source,Amount"


def opened():
    """The built workbook for xlwings Lite, open in a stand-in for Excel."""
    return copy.deepcopy(_opened())


@functools.cache
def _opened():
    return FakeExcel.opened(WORKBOOK, COMPUTED_SHEETS)


def leads(*ids, source="Web"):
    """An export of leads."""
    return "\n".join([HEADINGS, *(f"{key},2026-01-{day:02},{source},{10 * day}" for day, key in enumerate(ids, 5))])


def refresh(excel, folder, export=None):
    """A click on Refresh with these leads among the files; what came back is applied. Gives what came back."""
    if export is not None:
        (folder / "leads.csv").write_text(export, "utf-8")
    book = FakeBook(excel.json(COMPUTED_SHEETS))
    refreshing.refresh(book, folder, running.read, NOW)
    excel.apply(book.json())
    return book.json()


def refused(excel, folder, export=None):
    """The sentence that a click on Refresh ends with."""
    with pytest.raises(xw.XlwingsError) as told:
        refresh(excel, folder, export)
    sentence = str(told.value)
    assert sentence.endswith(".") and "\n" not in sentence
    return sentence


def beside(excel, heading, table="Leads"):
    """What stands in a user's column beside each lead."""
    columns = excel.columns(table)
    return dict(zip(columns["Lead ID"], columns[heading], strict=True))
