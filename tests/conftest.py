"""What several tests need of the machine."""

import os
import shutil

import pytest


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
