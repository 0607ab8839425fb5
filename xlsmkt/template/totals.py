"""Totals: Daily added up once, by day and by lead type; the other sheets sum these few rows, however many leads."""

from xlsxwriter.utility import xl_range_abs

from xlsmkt.template import styles
from xlsmkt.template.formulas import groups_with_heading, with_heading
from xlsmkt.template.page import Draft, Page, Spill

SHEET = "Totals"
ABOUT = "The sums by day that the other sheets add up."
STAGES = ("Leads", "MQLs", "SQLs", "Opportunities", "Customers", "Worked", "Connected")
DAYS = 8000  # room for more than twenty years
TYPES = 200
_ROW = 7  # of the headings
BY_DAY = Spill(SHEET, f"B{_ROW}", (styles.ISO_DATE, *[styles.COUNT] * 7, *[styles.RATE] * 7), 1, DAYS)
BY_TYPE = Spill(SHEET, f"R{_ROW}", ("General", styles.COUNT, styles.COUNT, styles.RATE), 1, TYPES)


def draw(draft: Draft, page: Page) -> None:
    about = (
        "Daily added up for the other sheets: the days and types with most leads first. There is nothing to type here."
    )
    page.present("Totals", about, [13] * 15 + [4])
    page.section("B5", "By day", 8)
    _headed(page, BY_DAY, "Daily[[#All],[Date]]", STAGES)
    page.section("R5", "This month, by lead type", 4)
    _headed(page, BY_TYPE, groups_with_heading("Lead type", "SLA_Month", "SLA_Date"), ("Leads", "Customers"))
    page.sheet.freeze_panes(_ROW, 0)
    page.sheet.repeat_rows(_ROW - 1)


def _headed(page: Page, spill: Spill, groups: str, counts: tuple[str, ...]) -> None:
    _, left = spill.first
    for offset, number_format in enumerate(spill.formats):
        shown = page.styles("spilled", num_format=number_format, align="right" if offset else "left")
        # rates of single days, of columns that are no funnel, tell nothing
        hidden = {"hidden": spill is BY_DAY and number_format == styles.RATE}
        page.sheet.set_column(left + offset, left + offset, 13 if offset or spill is BY_DAY else 20, shown, hidden)
    page.spill(spill, f"=FUNNEL_BY({groups},{with_heading(counts)})", styled=1)


def _column(spill: Spill, number: int) -> str:
    row, left = spill.first
    return f"{SHEET}!{xl_range_abs(row + 1, left + number, row + spill.room, left + number)}"


def total(count: str, start: str, end: str) -> str:
    """The sum of one of the counts of Daily over a period."""
    counts, day = _column(BY_DAY, 1 + STAGES.index(count)), _column(BY_DAY, 0)
    return f'SUMIFS({counts},{day},">="&{start},{day},"<="&{end})'


FIRST_DAY = f"MIN({_column(BY_DAY, 0)})"
"""The first day that has leads."""

MONTH_TYPES, MONTH_TYPE_LEADS = _column(BY_TYPE, 0), _column(BY_TYPE, 1)
"""The lead types of the month and how many leads each has; the last of the rows filled is All."""

MONTH_LEADS_PER_TYPE = f"SUMIF({MONTH_TYPES},Lead_types[Lead type],{MONTH_TYPE_LEADS})"
"""The leads of the month, one number for each lead type of Inputs; an array."""
