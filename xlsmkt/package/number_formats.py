"""The number formats of a workbook, as its part styles.xml names them."""

from lxml import etree

GENERAL = "General"


def number_formats(styles: etree._Element) -> list[str]:
    """The number format of each cell style, in the order in which cells count them."""
    own = {one.get("numFmtId"): one.get("formatCode") for one in styles.iterfind("{*}numFmts/{*}numFmt")}
    ids = [style.get("numFmtId", "0") for style in styles.iterfind("{*}cellXfs/{*}xf")]
    return [own.get(each) or _built_in(each) for each in ids]


def _built_in(number: str) -> str:
    from openpyxl.styles.numbers import BUILTIN_FORMATS  # type: ignore[import-untyped]

    return str(BUILTIN_FORMATS.get(int(number), GENERAL)) if number.isdecimal() else GENERAL
