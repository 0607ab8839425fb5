"""The sheets of the imported tables, straight from the model."""

from typing import Any

from xlsmkt.crm.model import DAILY, IMPORT_LOG, LEADS, SPEND, TOUCHES, WEB, DataTable, Kind
from xlsmkt.template import styles
from xlsmkt.template.page import Draft, Page

DATA_TABLES = {
    LEADS: "Imported: a row for each lead.",
    DAILY: "The leads counted by day; most figures come from here.",
    SPEND: "Imported: what campaigns cost.",
    WEB: "Imported: visits, submissions and audiences.",
    TOUCHES: "Imported: the channels that touched each lead, and when.",
    IMPORT_LOG: "What the last refresh took, what it refused and why.",
}

_FORMATS: dict[Kind, str] = {
    "text": "General",
    "number": "#,##0",
    "date": styles.ISO_DATE,
    "time": styles.ISO_TIME,
    "mark": styles.ISO_DATE,
}
# a date beside a text would run into it at the right edge
_ALIGN: dict[Kind, dict[str, Any]] = {
    "text": {"align": "left"},
    "number": {"align": "right", "indent": 1},
    "date": {"align": "center"},
    "time": {"align": "center"},
    "mark": {"align": "center"},
}
_MONEY = {"Amount", "Revenue", "Cost"}
_WIDE = {
    "Lead ID": 22,
    "Reason": 60,
    "File": 30,
    "Value": 30,
    "Job title": 22,
    "Campaign": 22,
    "Source": 20,
    "Lead type": 18,
    "Industry": 20,
}


def draw(draft: Draft, page: Page, table: DataTable, rows: dict[str, list[Any]] | None) -> None:
    """A data sheet: the table from its first cell on, its headings frozen and repeated on every printed page."""
    sheet = page.sheet
    length = max((len(column) for column in (rows or {}).values()), default=0)
    columns = []
    for position, field in enumerate(table.fields):
        shown = page.styles("plain", num_format=_format(field.name, field.kind), **_ALIGN[field.kind])
        width = _WIDE.get(field.name, {"time": 17, "date": 12}.get(field.kind, max(11, len(field.name) + 4)))
        sheet.set_column(position, position, width, shown)
        heading = page.styles("heading", align="left" if field.kind == "text" else "center")
        columns.append({"header": field.name, "header_format": heading, "format": shown})
        for line, value in enumerate((rows or {}).get(field.name, []), 1):
            if isinstance(value, str):
                sheet.write_string(line, position, value, shown)  # also a text that begins with "="
            elif value is not None:
                sheet.write(line, position, value, shown)
    sheet.set_row(0, 24)
    sheet.add_table(
        0,
        0,
        max(length, 1),
        len(table.fields) - 1,
        {"name": table.name, "columns": columns, "style": "Table Style Light 1", "banded_rows": False},
    )
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
    page.print_setup(landscape=True)
    if table is LEADS:
        # between the words of the first heading and its arrow: that cell is always in view
        page.refresh_button("A1", x=56, y=2, width=78, height=20)


def _format(name: str, kind: Kind) -> str:
    return "#,##0.00" if name in _MONEY else _FORMATS[kind]
