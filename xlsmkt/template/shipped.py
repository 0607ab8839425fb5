"""Where the built templates lie: inside an installed package, or in the workbook folder of a checkout."""

from pathlib import Path

EDITIONS = {".xlsx": "xlsmkt.xlsx", ".xlsm": "xlsmkt.xlsm", "lite": "xlsmkt-lite.xlsx"}
"""The template for every program, that for Excel on Windows, and that for xlwings Lite: Excel on Mac and the web."""


def shipped_template(edition: str = ".xlsx") -> Path:
    """The template workbook that ``xlsmkt new`` copies."""
    name = EDITIONS[edition]
    installed = Path(__file__).with_name(name)
    return installed if installed.exists() else Path(__file__).parents[2] / "workbook" / name
