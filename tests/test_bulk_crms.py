"""Every test of tests/test_import_crms.py, with the import through the database beside the careful one."""

import pytest
from test_bulk import import_both
from test_import_crms import *  # noqa: F403


@pytest.fixture(autouse=True)
def both(monkeypatch):
    monkeypatch.setattr("test_import_crms.import_files", import_both)
