"""Builds the template workbook: every sheet from code, the same bytes at every build."""

import datetime as dt
import re
from collections.abc import Callable
from functools import partial
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from xlsxwriter import Workbook

import xlsmkt.functions  # noqa: F401 - fills the catalogue
from xlsmkt.template import (
    attribution,
    close_rates,
    dashboard,
    data_sheets,
    functions_sheet,
    funnel_sheet,
    inputs,
    kpis,
    lead_targets,
    marketing_sla,
    paste_sheet,
    sales_sla,
    scores,
    scoring,
    start,
    styles,
    totals,
)
from xlsmkt.template.macros import SETTINGS_SHEET, Macros, add_project
from xlsmkt.template.page import Draft, Page
from xlsmkt.template.web import Web

CREATED = dt.datetime(2026, 1, 1)
# The build of Excel 2019 and later: an older one makes Excel compute everything when it opens the file.
CALCULATION_ENGINE = 191029

Rows = dict[str, dict[str, list[Any]]]
"""Rows for the data tables: table name, column heading, values."""


# In the order of their tabs. A new sheet is a module with SHEET, ABOUT and draw, and its name here.
FIGURES: tuple[ModuleType, ...] = (
    dashboard,
    marketing_sla,
    sales_sla,
    funnel_sheet,
    close_rates,
    lead_targets,
    kpis,
    scoring,
    attribution,
)
REFERENCE: tuple[ModuleType, ...] = (totals, scores, functions_sheet)
COMPUTED_SHEETS = tuple(module.SHEET for module in (*FIGURES, *REFERENCE))
"""The sheets from which an import reads nothing."""


class SheetPlan(NamedTuple):
    """One sheet of the template."""

    name: str
    about: str  # the sentence that Start tells
    colour: str  # of its tab, by kind of sheet
    draw: Callable[[Draft, Page], None]


def sheet_plans(data: Rows, web: Web | None = None) -> list[SheetPlan]:
    """The sheets after Start, in the order of their tabs."""
    tables = [
        SheetPlan(table.sheet, about, styles.LINE, partial(data_sheets.draw, table=table, rows=data.get(table.name)))
        for table, about in data_sheets.DATA_TABLES.items()
    ]
    return [
        _plan(inputs, styles.INPUT_LINE),
        *([_plan(paste_sheet, styles.INPUT_LINE)] if web else []),
        *(_plan(module, styles.ACCENT) for module in FIGURES),
        *tables,
        *(_plan(module, styles.GREY) for module in REFERENCE),
    ]


def _plan(module: ModuleType, colour: str) -> SheetPlan:
    return SheetPlan(module.SHEET, module.ABOUT, colour, module.draw)


def sheets_with_macros() -> list[str]:
    """The names of all sheets in the edition with macros."""
    return [start.SHEET, *(plan.name for plan in sheet_plans({})), SETTINGS_SHEET]


def build(path: str | Path, data: Rows | None = None, macros: Macros | None = None, web: Web | None = None) -> None:
    """Write the template workbook, its tables filled with ``data`` where given.

    With ``macros`` it is the edition for Excel on Windows, whose file name ends in .xlsm; with ``web`` one for Excel on
    Mac and the web, whose button still lacks its name.
    The formulas hold no values yet: they come when the workbook is computed.
    """
    workbook = Workbook(str(path), {"default_date_format": styles.ISO_DATE})
    workbook.set_properties({"title": "Marketing and sales SLA", "author": "xlsmkt", "created": CREATED})
    workbook.set_size(2400, 1500)
    workbook.set_calc_mode("auto", CALCULATION_ENGINE)
    workbook.calc_on_load = False  # cached values stay where the functions are missing
    _theme(workbook)
    draft = Draft(workbook, macros, web)
    plans = sheet_plans(data or {}, web)
    pages = [(plan, Page(draft, workbook.add_worksheet(plan.name))) for plan in (_start(plans), *plans)]
    for plan, page in pages:
        page.sheet.set_tab_color(plan.colour)
        plan.draw(draft, page)
    if macros:
        add_project(workbook, macros)
    workbook.close()


def _theme(workbook: Workbook) -> None:
    """Our colours as the theme's: charts and tables that users add take them."""
    theme = workbook.theme_xml
    for number, colour in enumerate(styles.THEME, 1):
        accent = rf'(<a:accent{number}><a:srgbClr val=")\w+'
        theme = re.sub(accent, lambda found, colour=colour: found[1] + colour[1:], theme)  # type: ignore[misc]
    workbook.use_custom_theme(StringIO(theme))


def _start(plans: list[SheetPlan]) -> SheetPlan:
    sheets = [(plan.name, plan.about) for plan in plans]
    return SheetPlan(start.SHEET, "", styles.ACCENT, partial(start.draw, sheets=sheets))
