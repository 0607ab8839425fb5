"""A Windows computer of a double's making, and workbooks with macros on it."""

import pytest
from windows_computer import Windows, book_with_macros

from xlsmkt.hosts.windows import setup


@pytest.fixture
def windows():
    return Windows()


@pytest.fixture
def book(tmp_path):
    return book_with_macros(tmp_path / "sla.xlsm")


@pytest.fixture
def template(book, monkeypatch):
    """A workbook whose macros are of the version installed, in the place of the template."""
    monkeypatch.setattr(setup, "shipped_template", lambda edition: book)
    return book
