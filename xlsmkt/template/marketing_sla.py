"""Marketing SLA: where the month stands, and the waterfall in leads, points and money."""

from xlsmkt.template import charts, styles, totals
from xlsmkt.template.formulas import NO_GROUP, unless_empty, when_possible, worth_of_rows
from xlsmkt.template.notes import outside_the_data
from xlsmkt.template.page import Draft, Page, Spill

SHEET = "Marketing SLA"
ABOUT = "The month day by day against the goal: leads, points and value."
_DAYS = (styles.DAY, styles.COUNT, styles.COUNT, styles.ONE, styles.SIGNED_ONE, styles.RATE)
_MONEY = (styles.DAY, styles.MONEY, styles.MONEY, styles.MONEY, styles.SIGNED, styles.RATE)
ROOM = 31  # a month by calendar days
BUILT = 21  # business days of the month that an empty template shows

LEADS = Spill(SHEET, "B15", _DAYS, BUILT, ROOM)
POINTS = Spill(SHEET, "B51", _DAYS, BUILT, ROOM)
VALUE = Spill(SHEET, "B87", _MONEY, BUILT, ROOM)

# The months of the year, for the dashboard.
FIRST_MONTH, LAST_MONTH = 32, 43


def month_column(column: str) -> str:
    """A column of the month table, as a chart's series."""
    return f"='{SHEET}'!${column}${FIRST_MONTH}:${column}${LAST_MONTH}"


def draw(draft: Draft, page: Page) -> None:
    page.present(
        "Marketing SLA",
        "What marketing promised for the month, and what has come so far.",
        (14, 11, 11, 11, 11, 12, 12, 12, 12, 12, 12, 12, 12, 12),
    )
    page.text("B4", "Month", "note")
    page.formula(
        "C4", "=SLA_Month", "input_formula", bg_color=styles.WHITE, border=0, num_format=styles.MONTH, bold=True
    )
    page.text("D4", "Figures to", "note", align="right")
    page.formula(
        "E4", "=IF(As_Of=0,0,MIN(As_Of,EOMONTH(SLA_Month,0)))", "number", num_format=styles.DATE, bold=True, bottom=0
    )
    draft.name("SLA_Date", SHEET, "E4")
    page.formula("B5", outside_the_data(), "warning", align="left", font_size=9)
    _standing(draft, page)
    _waterfall(page, LEADS, "Leads", "Daily[Leads]", "Lead_Goal")
    _months(page)
    _waterfall(page, POINTS, "Points", worth_of_rows("Points"), "G9")
    _waterfall(page, VALUE, "Value", worth_of_rows("Value"), "G10")
    page.print_in_parts((49, 85), 66)


def _standing(draft: Draft, page: Page) -> None:
    page.section("B6", "Where the month stands", 14)
    page.headings(
        "B7",
        (
            "Counted in",
            "To date",
            "Goal to date",
            "Gap",
            "% of goal to date",
            "Goal of the month",
            "Projected month end",
            "Needed a day",
            "Status",
        ),
    )
    page.sheet.set_row(6, 30)
    leads = "=" + totals.total("Leads", "SLA_Month", "SLA_Date")
    _standing_row(page, 8, "Leads", (leads, "=Lead_Goal"), (styles.COUNT, styles.ONE, styles.SIGNED_ONE))
    for row, worth, one, signed in (
        (9, "Points", styles.ONE, styles.SIGNED_ONE),
        (10, "Value", styles.MONEY, styles.SIGNED),
    ):
        _standing_row(page, row, worth, (_worth_to_date(worth), _goal_in(worth)), (styles.COUNT, one, signed))
    for name, cell in {
        "Now_Actual": "C8",
        "Now_Goal_To_Date": "D8",
        "Now_Gap": "E8",
        "Now_Month_Goal": "G8",
        "Now_Projection": "H8",
        "Now_Status": "J8",
    }.items():
        draft.name(name, SHEET, cell)
    page.traffic_light("J8:J10")
    page.warn_below_zero("E8:E10")
    types, leads = totals.MONTH_TYPES, totals.MONTH_TYPE_LEADS
    unlisted = f'(COUNTIF(Lead_types[Lead type],{types})=0)*({types}<>"All")*({types}<>"{NO_GROUP}")*({leads}>0)'
    without = f'SUMIF({types},"{NO_GROUP}",{leads})'
    for cell, formula in (
        (
            "B11",
            f'=IF(SUMPRODUCT({unlisted})=0,"","Some leads have a type that Inputs does not list: '
            'they count as 0 points. Add it to the lead types there.")',
        ),
        ("B12", f'=IF({without}=0,"","Leads without a type this month: "&{without}&". They count as 0 points.")'),
    ):
        page.formula(cell, formula, "warning", array=True, align="left", font_size=9)


def _standing_row(page: Page, row: int, what: str, formulas: tuple[str, str], formats: tuple[str, str, str]) -> None:
    """Where the month stands in leads, points or value: ``formulas`` give the amount to date and the month's goal."""
    whole, one, signed = formats
    to_date, goal = formulas
    month = "SLA_Date,Holidays,SLA_Days"
    page.text(f"B{row}", what, "label", bold=True)
    page.formula(f"C{row}", to_date, array=True, num_format=whole, bold=True)
    page.formula(f"D{row}", unless_empty(f"SLA_GOAL_TO_DATE(G{row},{month})"), num_format=one)
    page.formula(f"E{row}", unless_empty(f"C{row}-D{row}"), num_format=signed)
    page.formula(f"F{row}", when_possible(f"SLA_ATTAINMENT(C{row},D{row})"), num_format=styles.RATE)
    page.formula(f"G{row}", goal, num_format=whole)
    page.formula(f"H{row}", when_possible(f"SLA_PROJECTION(C{row},{month})"), num_format=whole)
    page.formula(f"I{row}", when_possible(f"SLA_PACE_NEEDED(C{row},G{row},{month})"), num_format=one)
    page.formula(f"J{row}", unless_empty(f"SLA_STATUS(C{row},D{row},SLA_Tolerance)"), num_format="General")


def _worth_to_date(worth: str) -> str:
    types, leads = totals.MONTH_TYPES, totals.MONTH_TYPE_LEADS
    return f"=SUMPRODUCT(SUMIF(Lead_types[Lead type],{types},Lead_types[{worth}])*{leads})"


def _goal_in(worth: str) -> str:
    """The lead goal in points or money: an average lead of the agreed mix is worth this much."""
    agreed = f"LEADS_WORTH(Lead_types[Lead type],Lead_types[Lead type],Lead_types[{worth}],Lead_types[Mix])"
    # the mix is shares, or numbers of leads
    return f"=IF(SUM(Lead_types[Mix])=0,0,Lead_Goal*{agreed}/SUM(Lead_types[Mix]))"


def _waterfall(page: Page, spill: Spill, what: str, amounts: str, goal: str) -> None:
    page.section(f"B{spill.first[0] - 1}", f"{what}, day by day", 14)
    page.spill(
        spill,
        f"=SLA_WATERFALL(Daily[Date],{amounts},{goal},SLA_Month,MAX(SLA_Date,SLA_Month-1),Holidays,SLA_Days)",
    )
    page.warn_below_zero(f"F{spill.first[0] + 2}:F{spill.first[0] + 1 + spill.room}")
    chart = charts.waterfall(page.draft.workbook, spill, f"{what} this month", what, (625, 330))
    page.sheet.insert_chart(
        spill.first[0] - 1,
        8,
        chart,
        {"object_position": 2, "y_offset": 5, "description": f"{what} a day, to date, and goal to date of the month"},
    )


def _months(page: Page) -> None:
    top = FIRST_MONTH
    page.text(f"I{top - 2}", "Month by month", "subsection")
    for column in "JKLM":
        page.value(f"{column}{top - 2}", None, "subsection")
    page.headings(f"I{top - 1}", ("Leads in", "Last year", "This year", "Goal", "% of goal"))
    for number in range(12):
        row = top + number
        page.formula(f"I{row}", f"=DATE(YEAR(SLA_Month),{number + 1},1)", num_format=styles.MONTH, align="left")
        for column, month in (("J", f"EDATE(I{row},-12)"), ("K", f"I{row}")):
            counted = totals.total("Leads", month, f"MIN(As_Of,EOMONTH({month},0))")
            # before the first imported day there is no history, which is not the same as no lead
            known = f"OR({month}>As_Of,EOMONTH({month},0)<{totals.FIRST_DAY})"
            page.formula(f"{column}{row}", f'=IF({known},"",{counted})')
        page.formula(f"N{row}", f'=IF({_running(row)},"so far","")', "note", indent=1)
    months = f"I{top}:I{LAST_MONTH}"
    goals = f"SLA_GOAL(Goal_Method,Daily[Date],Daily[Leads],{months},Custom_Goal)"
    # a goal that rests on the month before is known once that month is over
    known = f'(Goal_Method="custom")+(Goal_Method="12 months ago")+({months}<=MAX(As_Of+1,SLA_Month))'
    page.column(f"L{top}", f"=IF({known},{goals},NA())", 12)
    made, goal = f"IF(ISNUMBER(K{top}:K{LAST_MONTH}),K{top}:K{LAST_MONTH},0)", f"IFERROR(L{top}:L{LAST_MONTH},0)"
    attained = f'=IF({goal}*ISNUMBER(K{top}:K{LAST_MONTH})=0,"–",SLA_ATTAINMENT({made},{goal}))'
    page.column(f"M{top}", attained, 12, num_format=styles.RATE)
    # a month without the history for its goal is #N/A: a gap in the chart, which a text would draw as 0
    hidden = page.styles.condition(font_color=styles.WHITE)
    page.sheet.conditional_format(f"L{top}:L{LAST_MONTH}", {"type": "errors", "format": hidden})
    unfinished = page.styles.condition(italic=True, font_color=styles.GREY)
    rule = {"type": "formula", "criteria": f"={_running(top, '$I')}", "format": unfinished}
    for area in (f"I{top}:K{LAST_MONTH}", f"M{top}:M{LAST_MONTH}"):
        page.sheet.conditional_format(area, rule)


def _running(row: int, column: str = "I") -> str:
    """Whether a month of the table has begun and is not over."""
    return f"AND({column}{row}<=As_Of,As_Of<EOMONTH({column}{row},0))"
