"""Where the built template lies: inside an installed package, or in the workbook folder of a checkout."""

from pathlib import Path

NAME = "xlsmkt.xlsx"


def shipped_template() -> Path:
    """The template workbook that ``xlsmkt new`` copies."""
    installed = Path(__file__).with_name(NAME)
    return installed if installed.exists() else Path(__file__).parents[2] / "workbook" / NAME
