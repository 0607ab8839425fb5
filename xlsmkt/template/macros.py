"""What makes the template the edition for Excel on Windows: its VBA project, and the settings that xlwings reads."""

import re
from io import BytesIO
from typing import NamedTuple

from xlsxwriter import Workbook

SETTINGS_SHEET = "xlwings.conf"
WORKBOOK_CODE_NAME = "ThisWorkbook"


class Macros(NamedTuple):
    """What the edition with macros has beyond the other one."""

    project: bytes  # vbaProject.bin
    refresh: str  # the macro of the buttons
    settings: dict[str, str]  # the rows of the sheet xlwings.conf


def code_name(sheet: str) -> str:
    """The name that VBA knows a sheet by; none of them is that of a function.

    >>> code_name("Marketing SLA")
    'shMarketingSLA'
    """
    return "sh" + re.sub("[^A-Za-z0-9]", "", sheet)


def add_project(workbook: Workbook, macros: Macros) -> None:
    """Take in the VBA project, and the settings as a hidden sheet behind all others."""
    workbook.add_vba_project(BytesIO(macros.project), is_stream=True)
    sheet = workbook.add_worksheet(SETTINGS_SHEET)
    for row, setting in enumerate(macros.settings.items()):
        for column, text in enumerate(setting):
            # "True" as a text: xlwings would read the word of Excel's language from a Boolean
            sheet.write_string(row, column, text)
    sheet.set_column(0, 1, 34)
    sheet.hide()
    name_for_vba(workbook)


def name_for_vba(workbook: Workbook) -> None:
    """Give the workbook and its sheets the names that their modules in the project bear."""
    workbook.set_vba_name(WORKBOOK_CODE_NAME)
    for sheet in workbook.worksheets():
        sheet.set_vba_name(code_name(sheet.get_name()))
