"""Dashboard: one page that marketing and sales look at together."""

from xlsmkt.template import (
    charts,
    close_rates,
    comparison,
    dashboard_tables,
    funnel_metrics,
    lead_targets,
    marketing_sla,
    sales_sla,
    styles,
    totals,
    words,
)
from xlsmkt.template.formulas import date_text, unless_empty, when_possible
from xlsmkt.template.notes import looking_back, outside_the_data
from xlsmkt.template.page import NO_DATA, Draft, Page, Tile

SHEET = "Dashboard"
ABOUT = "The page that both teams look at: this month and this year."
CHARTS = 27  # their row on the first page
SECOND_PAGE = 45
_SHORT = '[>=1000000]#,##0.0,,"m";#,##0'  # a tile is narrow

# What the page, the mail and the alerts read: headings with their rows, or strips of tiles.
AREAS = {
    "Page_Headline": (SHEET, "F2"),
    "Page_Warning": (SHEET, "B4"),
    "Page_Marketing": (SHEET, "B6:M8"),
    "Page_Marketing_More": (SHEET, "B10:M12"),
    "Page_Sales": (SHEET, "O6:T8"),
    "Page_Sales_More": (SHEET, "O10:T12"),
    "Page_Compared": (SHEET, comparison.AREA),
    **{name: (SHEET, area) for name, area in dashboard_tables.AREAS.items()},
    "Page_Standing": (marketing_sla.SHEET, "B7:J10"),
    # tables that spill: their first cell, which stays where it is however long they get
    "Page_Days": (marketing_sla.SHEET, marketing_sla.LEADS.cell),
    "Page_Months": (marketing_sla.SHEET, f"I{marketing_sla.FIRST_MONTH - 1}:M{marketing_sla.LAST_MONTH}"),
    "Page_Close_Rates": (close_rates.SHEET, close_rates.BY_TYPE.cell),
    "Page_Reps": (sales_sla.SHEET, sales_sla.BY_REP.cell),
}


def draw(draft: Draft, page: Page) -> None:
    page.present("Dashboard", "", [14] + [11] * 11 + [3] + [11] * 6)
    page.formula("F2", words.headline(), "text", font_size=13, bold=True, align="left")
    page.sheet.merge_range("B3:C3", None, page.styles("subtitle"))
    page.formula("B3", "=SLA_Month", "subtitle", num_format=styles.LONG_MONTH, align="left")
    page.text("D3", "Figures as of", "subtitle", align="right")
    page.formula("E3", "=SLA_Date", "subtitle", num_format=styles.DATE, align="left", font_color=styles.INK, bold=True)
    page.formula("G3", looking_back(), "subtitle", align="left", indent=1)
    page.formula("B4", outside_the_data(f'IF(As_Of=0,"{NO_DATA}.","")'), "warning", align="left")
    page.refresh_button("S2", x=50, y=6)  # ends where the tiles end
    page.section("B5", "Marketing: the leads it promised", 12)
    page.section("O5", "Sales: the leads it works", 6)
    _marketing(page)
    _sales(page)
    comparison.draw(page)
    _charts(draft, page)
    dashboard_tables.draw(page)
    for name, (sheet, area) in AREAS.items():
        draft.area(name, sheet, area)
    page.sheet.set_margins(left=0.4, right=0.4, top=0.4, bottom=0.55)
    page.sheet.center_horizontally()
    page.sheet.print_area(f"A1:T{comparison.TOP - 4}")
    page.print_in_parts((SECOND_PAGE,), 62)


def _marketing(page: Page) -> None:
    standing = f"'{marketing_sla.SHEET}'!"
    a_day = words.counted(words.missing(f"{standing}I8", "0"))
    reached = f'IF({standing}I8=0,"the month is reached","needs "&{a_day}&" a day")'
    pace = f'=IF(ISNUMBER(Now_Goal_To_Date),IF(ISNUMBER({standing}I8),{reached},"no day left"),"")'
    page.strip(
        "B6",
        [
            Tile(
                "Leads today",
                unless_empty(totals.total("Leads", "SLA_Date", "SLA_Date")),
                styles.COUNT,
                f'=IF(As_Of=0,"",{date_text("SLA_Date")})',
            ),
            Tile("Leads to date", "=Now_Actual", styles.COUNT, '="of "&FIXED(Now_Month_Goal,0)&" promised"'),
            Tile("Goal to date", "=Now_Goal_To_Date", styles.ONE, "evenly over the days"),
            Tile(
                "Gap",
                "=Now_Gap",
                styles.SIGNED_ONE,
                f'=IF(ISNUMBER({standing}F8),FIXED(100*{standing}F8,0)&"% of the goal to date","")',
            ),
            Tile("Projected month end", "=Now_Projection", styles.COUNT, "at the pace so far"),
            Tile("Status", "=Now_Status", "General", pace),
        ],
    )
    # the rules of the tile's cells do not overlap: LibreOffice applies only one of those that do
    page.traffic_light("L7", {"bg_color": styles.WARNING_PALE})
    behind = page.styles.condition(bg_color=styles.WARNING_PALE)
    for area in ("L6:M6", "M7", "L8:M8"):
        page.sheet.conditional_format(area, {"type": "formula", "criteria": '=$L$7="behind"', "format": behind})
    page.warn_below_zero("H7")
    page.sheet.set_row(8, 8)
    won, goal = (
        f"Funnel!{funnel_metrics.YEAR}{funnel_metrics.COUNT_ROW[label]}"
        for label in ("Revenue won in the period", "Revenue goal to date")
    )
    page.strip(
        "B10",
        [
            Tile("Points to date", f"={standing}C9", styles.COUNT, _standing_note(9)),
            Tile("Value to date", f"={standing}C10", _SHORT, _standing_note(10)),
            Tile(
                "Leads needed a month",
                "=Now_Leads_Needed",
                styles.COUNT,
                '="for "&FIXED(Customers_Goal,0)&" customers"',
            ),
            Tile("Weighted close rate", "=Now_Weighted_Rate", "0.00%", "agreed rates, this mix"),
            Tile("Chance of the goal", f"='{lead_targets.SHEET}'!{lead_targets.CHANCE}", "0%", "with the agreed leads"),
            Tile("Of the revenue goal", when_possible(f"SLA_ATTAINMENT({won},{goal})"), "0%", "year to date"),
        ],
        small=True,
    )


def _standing_note(row: int) -> str:
    """Status and attainment of the points or the value, below their tile."""
    standing = f"'{marketing_sla.SHEET}'!"
    return f'=IF(ISNUMBER({standing}F{row}),{standing}J{row}&": "&FIXED(100*{standing}F{row},0)&"% of the goal","")'


def _sales(page: Page) -> None:
    page.strip(
        "O6",
        [
            Tile("Leads worked", "=Now_Worked_Rate", "0%", '="promised "&FIXED(100*Worked_Goal,0)&"%"'),
            Tile("Hours to first touch", "=Now_Median_Hours", styles.ONE, '="agreed "&ROUND(Max_Hours,1)&", median"'),
            Tile("Status", "=Now_Sales_Status", "General", '=IF(Now_Reps_Met="–","",Now_Reps_Met&" reps keep it")'),
        ],
    )
    page.traffic_light("S7")
    page.strip(
        "O10",
        [
            Tile("Touched in time", "=Now_Within_Hours", "0%", '="within "&ROUND(Max_Hours,1)&" hours"'),
            Tile("Connected", "=Now_Connected_Rate", "0%", "of the leads worked"),
            Tile("Given up early", "=Now_Given_Up", styles.COUNT, '="under "&ROUND(Min_Attempts,1)&" attempts so far"'),
        ],
        small=True,
    )


def _charts(draft: Draft, page: Page) -> None:
    book = draft.workbook
    month = marketing_sla.month_column
    reps, kinds = f"O{dashboard_tables.CHANNELS - 1}", f"I{dashboard_tables.CHANNELS - 1}"
    placed = {
        f"B{CHARTS}": (
            charts.waterfall(book, marketing_sla.LEADS, "This month, day by day", "Leads", (750, 362)),
            "Waterfall of the month",
        ),
        f"K{CHARTS}": (
            charts.columns_and_line(
                book,
                "This year, month by month",
                month("I"),
                [("Last year", month("J"), styles.ACCENT_PALE), ("This year", month("K"), styles.ACCENT)],
                (748, 362),
                goal=("Goal", month("L")),
            ),
            "Leads month by month",
        ),
        reps: (
            charts.against_goal(
                book,
                "Leads worked, rep by rep",
                sales_sla.BY_REP.body(sales_sla.OWNER),
                [("Worked", sales_sla.BY_REP.body(sales_sla.WORKED_SHARE), styles.ACCENT)],
                ("Promised", sales_sla.BY_REP.body(sales_sla.GOAL)),
                (490, 460),
                number_format="0%",
                most=1.0,
            ),
            "Leads worked by rep",
        ),
        kinds: (
            charts.intervals(book, close_rates.BY_TYPE, "Close rate by type: leads a sales cycle old", (410, 460)),
            "Close rate by lead type",
        ),
    }
    for cell, (chart, description) in placed.items():
        offset = 8 if cell.startswith(("I", "K")) else 0
        page.sheet.insert_chart(cell, chart, {"object_position": 2, "x_offset": offset, "description": description})
