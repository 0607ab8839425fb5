"""A LibreOffice that a test can do with as it likes."""

import os

import pytest
from office_of_files import LAYOUTS, LibreOffice


@pytest.fixture(params=LAYOUTS)
def libreoffice(request, tmp_path, monkeypatch):
    """The LibreOffice of each system, and an ordinary user."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return LibreOffice(tmp_path, request.param)


@pytest.fixture
def on_linux(tmp_path, monkeypatch):
    """LibreOffice on Linux, and an ordinary user."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return LibreOffice(tmp_path, "linux")
