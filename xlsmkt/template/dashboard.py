"""Dashboard: one page that marketing and sales look at together."""

from xlsmkt.template import (
    charts,
    close_rates,
    funnel_metrics,
    kpis,
    lead_targets,
    marketing_sla,
    sales_sla,
    scoring,
    styles,
    totals,
)
from xlsmkt.template.formulas import as_text, date_text, unless_empty, when_possible
from xlsmkt.template.notes import looking_back, outside_the_data
from xlsmkt.template.page import NO_DATA, Draft, Page, Spill, Tile

SHEET = "Dashboard"
ABOUT = "The page that both teams look at: this month and this year."
LISTED = 8  # channels, and leads to call


def draw(draft: Draft, page: Page) -> None:
    page.present("Dashboard", "", [11.3] * 12 + [3] + [11.3] * 6)
    page.sheet.merge_range("B3:C3", None, page.styles("subtitle"))
    page.formula("B3", "=SLA_Month", "subtitle", num_format=styles.LONG_MONTH, align="left")
    page.text("D3", "Figures as of", "subtitle", align="right")
    page.formula("E3", "=SLA_Date", "subtitle", num_format=styles.DATE, align="left", font_color=styles.INK, bold=True)
    page.formula("G3", looking_back(), "subtitle", align="left", indent=1)
    page.formula("B4", outside_the_data(f'IF(As_Of=0,"{NO_DATA}.","")'), "warning", align="left")
    page.refresh_button("L2", x=54, y=6)  # ends where the tiles of marketing end
    page.section("B5", "Marketing: the leads it promised", 12)
    page.section("O5", "Sales: the leads it works", 6)
    _marketing(page)
    _sales(page)
    _charts(draft, page)
    _funnel(page)
    _channels(page)
    _call_list(page)
    page.sheet.print_area("A1:T43")
    page.sheet.fit_to_pages(1, 1)
    page.sheet.center_horizontally()
    page.sheet.set_margins(left=0.4, right=0.4, top=0.4, bottom=0.55)


def _marketing(page: Page) -> None:
    standing = f"'{marketing_sla.SHEET}'!"
    pace = f'=IF(ISNUMBER({standing}I8),FIXED({standing}I8,1)&" a day needed","")'
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
    leads, won, goal = (
        f"Funnel!{funnel_metrics.YEAR}{funnel_metrics.COUNT_ROW[label]}"
        for label in ("Leads", "Revenue won in the period", "Revenue goal to date")
    )
    page.strip(
        "B10",
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
    placed = {
        "B14": charts.waterfall(book, marketing_sla.LEADS, "This month, day by day", "Leads", (600, 330)),
        "I14": charts.columns_and_line(
            book,
            "This year, month by month",
            month("I"),
            [("Last year", month("J"), styles.ACCENT_PALE), ("This year", month("K"), styles.ACCENT)],
            (418, 330),
            goal=("Goal", month("L")),
        ),
        "O14": charts.against_goal(
            book,
            "Leads worked, rep by rep",
            sales_sla.BY_REP.body(sales_sla.OWNER),
            [("Worked", sales_sla.BY_REP.body(sales_sla.WORKED_SHARE), styles.ACCENT)],
            ("Promised", sales_sla.BY_REP.body(sales_sla.GOAL)),
            (502, 330),
            number_format="0%",
            most=1.0,
        ),
        "J31": charts.intervals(book, close_rates.BY_TYPE, "Close rate by type: leads a sales cycle old", (338, 272)),
    }
    for cell, chart in placed.items():
        about = {"B14": "Waterfall of the month", "I14": "Leads month by month", "O14": "Leads worked by rep"}
        described = about.get(cell, "Close rate by lead type")
        offset = 8 if cell in ("I14", "J31") else 0
        page.sheet.insert_chart(cell, chart, {"object_position": 2, "x_offset": offset, "description": described})


def _funnel(page: Page) -> None:
    page.section("B31", "Funnel of the leads made", 3)
    page.headings("B32", ("Stage", "This month", "This year"))
    first = funnel_metrics.COUNT_ROW["Leads"]
    for number in range(5):
        row, count = 33 + number, first + number
        page.formula(f"B{row}", f"=Funnel!B{count}", "label", num_format="General", align="left")
        page.formula(f"C{row}", f"=Funnel!{funnel_metrics.MONTH}{count}")
        page.formula(f"D{row}", f"=Funnel!{funnel_metrics.YEAR}{count}")
    page.text("B38", "Closed so far", "label")
    rate = next(n for n, metric in enumerate(funnel_metrics.QUALITY) if metric[0] == "Lead to customer")
    row = funnel_metrics.FIRST_METRIC + len(funnel_metrics.QUANTITY) + 1 + rate
    for column, period in (("C", funnel_metrics.MONTH), ("D", funnel_metrics.YEAR)):
        page.formula(f"{column}38", f"=Funnel!{period}{row}", num_format=styles.RATE, bold=True)


def _channels(page: Page) -> None:
    """What the largest channels cost and bring, for the period of the sheet KPIs."""
    page.section("F31", "Channels", 4)
    page.formula(
        "G31",
        f'=IF(As_Of=0,"",{date_text("KPI_From")}&" to "&{date_text("KPI_To")})',
        "section",
        align="left",
        font_size=9,
        bold=False,
        font_color=styles.GREY,
    )
    page.headings("F32", ("Channel", "Leads", "Cost a lead", "ROI so far"))
    columns = ((kpis.LEADS, styles.COUNT), (kpis.COST_PER_LEAD, styles.MONEY), (kpis.ROI, "#,##0%"))
    _first_rows(page, "F33", kpis.BY_CHANNEL, 0, columns)
    page.warn_below_zero(f"I33:I{32 + LISTED}")


def _call_list(page: Page) -> None:
    page.section("O31", "To call next: the best leads that nobody has worked", 6)
    page.formula("S31", '=IF(Call_Owner="","","of "&Call_Owner&" only")', "section", font_size=9, align="left")
    page.headings("O32", ("Lead", "Score"))
    page.text("Q32", "Rep", "column_heading", align="left", indent=1)
    for column in "RST":
        page.value(f"{column}32", None, "column_heading")
    _, lead, score, owner, step = range(5)
    for number in range(1, LISTED + 1):
        row = 32 + number
        shown = f'IF({as_text(scoring.CALLS.at(number, step))}="call",{{}},"")'
        page.formula(f"O{row}", "=" + shown.format(scoring.CALLS.at(number, lead)), "label", align="left")
        page.formula(f"P{row}", "=" + shown.format(scoring.CALLS.at(number, score)), num_format=styles.ONE)
        page.formula(f"Q{row}", "=" + shown.format(scoring.CALLS.at(number, owner)), "label", align="left", indent=1)
        for column in "RST":
            page.value(f"{column}{row}", None, "label")


def _first_rows(page: Page, cell: str, spill: Spill, label: int, columns: tuple[tuple[int, str], ...]) -> None:
    """The first groups of a table on another sheet, without its row All."""
    letter, top = cell[0], int(cell[1:])
    for number in range(LISTED):
        row, name = top + number, spill.at(number + 1, label)
        page.formula(f"{letter}{row}", f'=IF(OR({name}="",{as_text(name)}="All"),"",{name})', "label", align="left")
        for offset, (column, number_format) in enumerate(columns, 1):
            figure = spill.at(number + 1, column)
            page.formula(
                f"{chr(ord(letter) + offset)}{row}",
                f'=IF(OR(${letter}{row}="",{figure}=""),"",{figure})',
                num_format=number_format,
            )
