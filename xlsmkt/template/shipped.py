"""Where the built templates lie: inside an installed package, or in the workbook folder of a checkout."""

from pathlib import Path

EDITIONS = {".xlsx": "xlsmkt.xlsx", ".xlsm": "xlsmkt.xlsm"}
"""The template for every program, and the one with the buttons and functions for Excel on Windows."""


def shipped_template(suffix: str = ".xlsx") -> Path:
    """The template workbook that ``xlsmkt new`` copies, by the ending of its name."""
    name = EDITIONS[suffix]
    installed = Path(__file__).with_name(name)
    return installed if installed.exists() else Path(__file__).parents[2] / "workbook" / name
