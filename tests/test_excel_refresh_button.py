"""The Refresh button from the click to the message box: our VBA, xlwings' object model and our Python together."""

import shutil
import sys

import pytest
from com_excel import EXTRA, open_excel
from fake_windows import OURS
from test_excel_refresh import assert_like_the_file, refreshed_file, sample
from vba_book import SOURCES, VbaBook

from xlsmkt.template.shipped import shipped_template

INFORMATION, EXCLAMATION = 64, 48


@pytest.fixture
def button(tmp_path, monkeypatch):
    """The workbook of the template with its macros, in an Excel that Python reaches over COM."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = shutil.copy(shipped_template(".xlsm"), tmp_path / "SLA.xlsm")
    macros = VbaBook.opened(path, {file.name: file.read_bytes().decode("ascii") for file in SOURCES.iterdir()})

    def run(excel, application):
        return lambda macro, *arguments: macros.run(macro.rpartition("!")[2], *arguments)

    monkeypatch.setitem(EXTRA, ("Application", "Run"), run)
    with open_excel(path, macros.app) as excel:
        macros.python.refresh = sys.modules[OURS].refresh
        excel.click = lambda: macros.run("RefreshCRM")
        excel.macros = macros
        yield excel


def test_a_click_fills_the_workbook_and_says_so(button, tmp_path):
    files = sample(tmp_path / "crm", 0, 20)
    copy = shutil.copy(button.full_name, tmp_path / "file.xlsm")
    button.chosen = tuple(map(str, files))
    settings = button.settings()
    button.click()
    [(message, style)] = button.macros.messages
    outcome = refreshed_file(tmp_path / "file.xlsm", files)
    assert style == INFORMATION and message.partition(";")[0] == str(outcome).partition(";")[0]
    assert_like_the_file(button, copy)
    assert button.settings() == settings


def test_a_click_that_is_refused_says_why(button, tmp_path):
    before, settings = button.everything(), button.settings()
    button.chosen = (str(tmp_path / "leads.csv"),)
    (tmp_path / "leads.csv").write_text("Nothing,that\nis,known\n", "utf-8")
    button.click()
    [(message, style)] = button.macros.messages
    assert style == EXCLAMATION and "leads.csv" in message and "\n" not in message
    assert button.everything() == before and button.settings() == settings


def test_a_click_that_is_taken_back(button):
    button.click()
    assert button.macros.messages == [("Nothing was imported.", INFORMATION)]
