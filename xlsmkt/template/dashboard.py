"""Dashboard: one page that marketing and sales look at together."""

from xlsmkt.template import charts, close_rates, funnel_sheet, lead_targets, marketing_sla, styles, totals
from xlsmkt.template.formulas import date_text, unless_empty, when_possible
from xlsmkt.template.notes import looking_back, outside_the_data
from xlsmkt.template.page import NO_DATA, Draft, Page, Tile

SHEET = "Dashboard"
ABOUT = "The page that both teams look at: this month and this year."
SOURCES = 6  # the largest ones


def draw(draft: Draft, page: Page) -> None:
    page.present("Dashboard", "", [11.3] * 12)
    page.sheet.merge_range("B3:C3", None, page.styles("subtitle"))
    page.formula("B3", "=SLA_Month", "subtitle", num_format=styles.LONG_MONTH, align="left")
    page.text("D3", "Figures as of", "subtitle", align="right")
    page.formula("E3", "=SLA_Date", "subtitle", num_format=styles.DATE, align="left", font_color=styles.INK, bold=True)
    page.formula("G3", looking_back(), "subtitle", align="left", indent=1)
    page.formula("B4", outside_the_data(f'IF(As_Of=0,"{NO_DATA}.","")'), "warning", align="left")
    _headlines(page)
    _charts(draft, page)
    _funnel(page)
    _sources(page)
    chart = charts.intervals(
        draft.workbook, close_rates.BY_TYPE, "Close rate by type: leads a sales cycle old", (400, 235)
    )
    page.sheet.insert_chart(
        "I30", chart, {"object_position": 2, "x_offset": 26, "description": "Close rate by lead type"}
    )
    page.sheet.print_area("A1:M40")
    page.sheet.fit_to_pages(1, 1)
    page.sheet.center_horizontally()
    page.sheet.set_margins(left=0.4, right=0.4, top=0.4, bottom=0.55)


def _headlines(page: Page) -> None:
    standing = f"'{marketing_sla.SHEET}'!"
    pace = f'=IF(ISNUMBER({standing}I8),FIXED({standing}I8,1)&" a day needed","")'
    page.strip(
        "B5",
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
    page.traffic_light("L6", {"bg_color": styles.WARNING_PALE})
    behind = page.styles.condition(bg_color=styles.WARNING_PALE)
    for area in ("L5:M5", "M6", "L7:M7"):
        page.sheet.conditional_format(area, {"type": "formula", "criteria": '=$L$6="behind"', "format": behind})
    page.warn_below_zero("H6")
    page.sheet.set_row(7, 8)
    leads, won, goal = (
        f"Funnel!{funnel_sheet.YEAR}{funnel_sheet.COUNT_ROW[label]}"
        for label in ("Leads", "Revenue won in the period", "Revenue goal to date")
    )
    page.strip(
        "B9",
        [
            Tile(
                "Leads needed a month",
                "=Now_Leads_Needed",
                styles.COUNT,
                '="for "&FIXED(Customers_Goal,0)&" customers"',
            ),
            Tile("Weighted close rate", "=Now_Weighted_Rate", "0.00%", "agreed rates, this mix"),
            Tile("Chance of the goal", f"='{lead_targets.SHEET}'!{lead_targets.CHANCE}", "0%", "with the agreed leads"),
            Tile("Leads, year to date", f"={leads}", styles.COUNT, "made since January"),
            Tile("Revenue won, year to date", f"={won}", styles.MONEY, "closed since January"),
            Tile("Of the revenue goal", when_possible(f"SLA_ATTAINMENT({won},{goal})"), "0%", "year to date"),
        ],
        small=True,
    )


def _charts(draft: Draft, page: Page) -> None:
    chart = charts.waterfall(draft.workbook, marketing_sla.LEADS, "This month, day by day", "Leads", (605, 340))
    page.sheet.insert_chart("B13", chart, {"object_position": 2, "description": "Waterfall of the month"})
    month = marketing_sla.month_column
    chart = charts.columns_and_line(
        draft.workbook,
        "This year, month by month",
        month("I"),
        [("Last year", month("J"), styles.ACCENT_PALE), ("This year", month("K"), styles.ACCENT)],
        (418, 340),
        goal=("Goal", month("L")),
    )
    page.sheet.insert_chart("I13", chart, {"object_position": 2, "x_offset": 8, "description": "Leads month by month"})


def _funnel(page: Page) -> None:
    page.section("B30", "Funnel of the leads made", 3)
    page.headings("B31", ("Stage", "This month", "This year"))
    first = funnel_sheet.COUNT_ROW["Leads"]
    for number in range(5):
        row, count = 32 + number, first + number
        page.formula(f"B{row}", f"=Funnel!B{count}", "label", num_format="General", align="left")
        page.formula(f"C{row}", f"=Funnel!{funnel_sheet.MONTH}{count}")
        page.formula(f"D{row}", f"=Funnel!{funnel_sheet.YEAR}{count}")
    page.text("B37", "Closed so far", "label")
    rate = next(n for n, metric in enumerate(funnel_sheet.QUALITY) if metric[0] == "Lead to customer")
    row = funnel_sheet.FIRST_METRIC + len(funnel_sheet.QUANTITY) + 1 + rate
    for column, period in (("C", funnel_sheet.MONTH), ("D", funnel_sheet.YEAR)):
        page.formula(f"{column}37", f"=Funnel!{period}{row}", num_format=styles.RATE, bold=True)


def _sources(page: Page) -> None:
    page.section("F30", "Leads of this year by source", 3)
    page.headings("F31", ("Source", "Leads", "Closed so far"))
    for number in range(1, SOURCES + 1):
        row = 31 + number
        source, leads, rate = (
            funnel_sheet.BY_SOURCE.at(number, column) for column in (0, 1, len(funnel_sheet.BY_SOURCE.formats) - 1)
        )
        page.formula(f"F{row}", f'=IF(OR({source}="",{source}="All"),"",{source})', "label", align="left")
        page.formula(f"G{row}", f'=IF(F{row}="","",{leads})')
        page.formula(f"H{row}", f'=IF(F{row}="","",{rate})', num_format=styles.RATE)
    for area in ("G32:G37", "H32:H37"):
        page.sheet.conditional_format(
            area,
            {
                "type": "data_bar",
                "bar_color": styles.ACCENT_PALE,
                "bar_solid": True,
                "bar_border_color": styles.ACCENT_PALE,
                "min_type": "num",
                "min_value": 0,
            },
        )
