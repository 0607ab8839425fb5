"""The workbook for xlwings Lite, and the one for xlwings Server: the same sheets, with and without Python in them."""

import tempfile
from pathlib import Path

from xlsmkt.hosts.lite.bundle import main_source
from xlsmkt.hosts.lite.parts import add_python
from xlsmkt.hosts.templates import write_template
from xlsmkt.template.web import LITE, Web

REQUIREMENTS = "xlwings>=0.37.5,<1\nopenpyxl\n"
"""What xlwings Lite installs: it keeps the versions for a workbook by itself, and its own part moves on with xlwings.

Before 0.37.5 the tables of xlwings had no filter to clear; openpyxl reads exports in Excel's format.
"""


def write_web_workbook(path: Path, edition: Web) -> Path:
    """Write a template workbook for Excel on Mac and the web, without any Python in it."""
    return write_template(path, web=edition)


def write_lite_workbook(path: Path) -> Path:
    """Write the template workbook that holds our functions and the refresh for xlwings Lite."""
    with tempfile.TemporaryDirectory() as folder:
        plain = write_web_workbook(Path(folder) / path.name, LITE)
        add_python(plain, path, {"main.py": main_source(), "requirements.txt": REQUIREMENTS})
    return path
