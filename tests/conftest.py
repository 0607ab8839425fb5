"""What several tests need of the machine."""

import os
import shutil

import pytest

from xlsmkt.demo import run_demo
from xlsmkt.package import Book


@pytest.fixture(scope="session")
def soffice():
    """The LibreOffice program. Without it a test is skipped; in continuous integration it fails."""
    program = shutil.which("soffice")
    if not program:
        told = "LibreOffice is not installed; install it to run this test"
        if os.environ.get("CI"):
            pytest.fail(told)
        pytest.skip(told)
    return program


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The folder of the demonstration: the workbook sla.xlsx and the sample export that it was made from."""
    folder = tmp_path_factory.mktemp("demo")
    run_demo(folder, lambda part, words: None)
    return folder


@pytest.fixture(scope="session")
def book(demo):
    """The workbook of the demonstration, to be read."""
    return Book.open(demo / "sla.xlsx")
