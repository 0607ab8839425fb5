"""Totals: Daily added up once, by day and by lead type; the other sheets sum these few rows, however many leads."""

from xlsxwriter.utility import xl_range_abs

from xlsmkt.template import credits, schedule, styles
from xlsmkt.template.formulas import (
    days_between,
    groups_in_period,
    groups_with_heading,
    named,
    with_heading,
)
from xlsmkt.template.formulas import total as summed
from xlsmkt.template.page import Draft, Page, Spill

SHEET = "Totals"
ABOUT = "The sums by day that the other sheets add up."
STAGES = ("Leads", "MQLs", "SQLs", "Opportunities", "Customers", "Worked", "Connected")
DAYS = 8000  # room for more than twenty years
TYPES = 200
_ROW = 7  # of the headings
BY_DAY = Spill(SHEET, f"B{_ROW}", (styles.ISO_DATE, *[styles.COUNT] * 7, *[styles.RATE] * 7), 1, DAYS)
BY_TYPE = Spill(SHEET, f"R{_ROW}", ("General", styles.COUNT, styles.COUNT, styles.RATE), 1, TYPES)

# For the KPIs, the leads of each channel and, some way below in the same columns, its spend: a channel may have either.
_KPIS = ("General", styles.MONEY, styles.COUNT, styles.COUNT, styles.COUNT, styles.MONEY)
_KPI_RATIOS = (styles.MONEY, styles.MONEY, styles.MONEY, styles.RATE, styles.RATE)
CHANNELS, CAMPAIGNS = 250, 900  # room for the groups of each half


def draw(draft: Draft, page: Page) -> None:
    about = (
        "Daily added up for the other sheets: the days and types with most leads first. There is nothing to type here."
    )
    page.present("Totals", about, [13] * 15 + [4])
    page.section("B5", "By day", 8)
    _headed(page, BY_DAY, "Daily[[#All],[Date]]", STAGES)
    page.section("R5", "This month, by lead type", 4)
    _headed(page, BY_TYPE, groups_with_heading("Lead type", "SLA_Month", "SLA_Date"), ("Leads", "Customers"))
    page.names(BY_TYPE)
    page.section("BD5", "Leads and spend by channel, for the KPIs", 6)
    _stacked(page, _CHANNELS, "Source", "Channel")
    page.section("BP5", "Leads and spend by campaign, for the KPIs", 6)
    _stacked(page, _CAMPAIGNS, "Campaign", "Campaign")
    credits.draw(page)
    schedule.draw(page)
    _of_all_kpis(page)
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


def _stack(column: str, room: int) -> tuple[Spill, Spill]:
    formats = _KPIS + _KPI_RATIOS
    return tuple(Spill(SHEET, f"{column}{row}", formats, 1, room) for row in (_ROW, _ROW + room + 2))  # type: ignore[return-value]


_CHANNELS, _CAMPAIGNS = _stack("BD", CHANNELS), _stack("BP", CAMPAIGNS)


def _stacked(page: Page, spills: tuple[Spill, Spill], of_leads: str, of_spend: str) -> None:
    leads, spend = spills
    _, left = leads.first
    for offset, number_format in enumerate(leads.formats):
        shown = page.styles("spilled", num_format=number_format, align="right" if offset else "left")
        hidden = {"hidden": offset >= len(_KPIS)}
        page.sheet.set_column(left + offset, left + offset, 13 if offset else 24, shown, hidden)
    counts = ",".join(f"Daily[{column}]" for column in ("Leads", "Opportunities", "Customers", "Revenue"))
    groups = groups_in_period(of_leads, "MAX(1,KPI_From)", "KPI_To")  # day 0 would be that of blank rows
    most = leads.room - 2  # with a row for the others and one for All
    page.spill(leads, f"=KPI_BY({groups},0,{counts},Gross_Margin,{most})", styled=1)
    days = days_between("MAX(1,KPI_From)", "KPI_To", "Spend[Date]")
    groups = f'IF({days},{named(f"Spend[{of_spend}]")},"")'
    page.spill(spend, f"=KPI_BY({groups},Spend[Cost],0,0,0,0,Gross_Margin,{most})", styled=1)


def _kpis(spills: tuple[Spill, Spill], most: int) -> str:
    """The KPIs of each channel or campaign over its leads and its spend, a call.

    The rows "All" and the headings of the second half are no groups. ``most``: so many groups, then the others.
    """
    upper, lower = spills
    rows = upper.first[0] + 1, lower.first[0] + lower.room
    columns = [
        f"{SHEET}!{xl_range_abs(rows[0], left, rows[1], left)}" for left in range(upper.first[1], upper.first[1] + 6)
    ]
    groups, numbers = columns[0], columns[1:]
    below = f"{SHEET}!{xl_range_abs(rows[0] + 1, upper.first[1], rows[1] + 1, upper.first[1])}"
    # by its place, as this is computed fast: the row All is the last of its half, below which there is nothing
    arguments = [f'IF(({below}="")+ISTEXT({numbers[0]}),"",{groups})']
    arguments += [f"IF(ISTEXT({column}),0,{column})" for column in numbers]
    return f"KPI_BY({','.join(arguments)},Gross_Margin,{most})"


def kpis_by_channel(most: int) -> str:
    return _kpis(_CHANNELS, most)


def kpis_by_campaign(most: int) -> str:
    return _kpis(_CAMPAIGNS, most)


_ALL = ("Spend", "Leads", "Opportunities", "Customers", "Revenue")


def of_all(figure: str) -> str:
    """The cell of a figure of all channels together, in the period of the KPIs."""
    return f"{SHEET}!$CL${_ROW + 1 + _ALL.index(figure)}"


def _of_all_kpis(page: Page) -> None:
    """Added up by themselves: they hold however many channels there are."""
    page.section("CK5", "All channels, for the KPIs", 2)
    page.headings(f"CK{_ROW}", ("Figure", "Sum"))
    period = "MAX(1,KPI_From)", "KPI_To"
    for row, figure in enumerate(_ALL, _ROW + 1):
        formula = {
            "Spend": summed("Spend", "Cost", *period),
            "Revenue": summed("Daily", "Revenue", *period),
        }.get(figure) or total(figure, *period)
        page.text(f"CK{row}", figure, "label")
        page.formula(f"CL{row}", f"={formula}")


def total(count: str, start: str, end: str) -> str:
    """The sum of one of the counts of Daily over a period."""
    counts, day = BY_DAY.column(1 + STAGES.index(count)), BY_DAY.column(0)
    return f'SUMIFS({counts},{day},">="&{start},{day},"<="&{end})'


FIRST_DAY = f"MIN({BY_DAY.column(0)})"
"""The first day that has leads."""

MONTH_TYPES, MONTH_TYPE_LEADS = BY_TYPE.names, BY_TYPE.column(1)
"""The lead types of the month and how many leads each has; the last of the rows filled is All."""

MONTH_LEADS_PER_TYPE = f"SUMIF({MONTH_TYPES},Lead_types[Lead type],{MONTH_TYPE_LEADS})"
"""The leads of the month, one number for each lead type of Inputs; an array."""
