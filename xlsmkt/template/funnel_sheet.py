"""Funnel: the twelve shared metrics for the month and the year, the funnel, its bottleneck, and each source."""

import re

from xlsmkt.template import charts, styles, totals
from xlsmkt.template.formulas import groups_with_heading, total, with_heading
from xlsmkt.template.page import Draft, Page, Spill

SHEET = "Funnel"
ABOUT = "The twelve shared metrics, the funnel, its bottleneck, and every source."
# Month to date, the same days last year, year to date, the same days last year, leads with a sales cycle behind them.
MONTH, MONTH_BEFORE, YEAR, YEAR_BEFORE, MATURE = "C", "D", "F", "G", "I"
FROM, TO = 7, 8  # rows of the periods' first and last days

# Counts behind the metrics: how each is summed over a period. The stages of the funnel come first, in order.
FIRST_COUNT = 56
COUNTS = {
    "Visits": ("Web", "Visits", "Date"),
    "Leads": ("Daily", "Leads", "Date"),
    "MQLs": ("Daily", "MQLs", "Date"),
    "SQLs": ("Daily", "SQLs", "Date"),
    "Opportunities": ("Daily", "Opportunities", "Date"),
    "Customers": ("Daily", "Customers", "Date"),
    "Worked": ("Daily", "Worked", "Date"),
    "Connected": ("Daily", "Connected", "Date"),
    "Revenue of these leads": ("Daily", "Revenue", "Date"),
    "Revenue won in the period": ("Leads", "Amount", "Won"),
    "Page views": ("Web", "Page views", "Date"),
    "Submissions": ("Web", "Submissions", "Date"),
    "Clicks on ads": ("Spend", "Clicks", "Date"),
}
AUDIENCES = ("E-mail contacts", "Social followers", "Blog subscribers")
COUNT_ROW = {label: FIRST_COUNT + number for number, label in enumerate(COUNTS)}
GOAL_ROW = FIRST_COUNT + len(COUNTS)
SEEN_ROW = GOAL_ROW + 1  # the day on which the audiences were last counted
COUNT_ROW |= {"Revenue goal to date": GOAL_ROW}
COUNT_ROW |= {label: SEEN_ROW + number for number, label in enumerate(AUDIENCES, 1)}

# label, formula over {counts}, the count that must not be 0, number format
Metric = tuple[str, str, str, str]
QUANTITY: tuple[Metric, ...] = (
    ("Reach", "REACH({E-mail contacts},{Social followers},{Blog subscribers})", "", styles.COUNT),
    ("Leads", "{Leads}", "", styles.COUNT),
    (
        "Revenue pipeline of these leads",
        "REVENUE_PIPELINE({Leads},Agreed_Close_Rate,Agreed_Deal_Size)",
        "",
        styles.MONEY,
    ),
    (
        "Revenue won against goal",
        "SLA_ATTAINMENT({Revenue won in the period},{Revenue goal to date})",
        "Revenue goal to date",
        styles.RATE,
    ),
)
QUALITY: tuple[Metric, ...] = (
    ("Visit to lead", "VISIT_TO_LEAD_RATE({Leads},{Visits})", "Visits", styles.RATE),
    ("Lead to MQL", "LEAD_TO_MQL_RATE({MQLs},{Leads})", "Leads", styles.RATE),
    ("Leads worked", "LEADS_WORKED_RATE({Worked},{Leads})", "Leads", styles.RATE),
    ("Worked to connected", "WORKED_TO_CONNECTED_RATE({Connected},{Worked})", "Worked", styles.RATE),
    ("MQL to opportunity", "MQL_TO_OPPORTUNITY_RATE({Opportunities},{MQLs})", "MQLs", styles.RATE),
    (
        "Opportunity to customer",
        "OPPORTUNITY_TO_CUSTOMER_RATE({Customers},{Opportunities})",
        "Opportunities",
        styles.RATE,
    ),
    ("Lead to customer", "LEAD_TO_CUSTOMER_RATE({Customers},{Leads})", "Leads", styles.RATE),
    ("Average deal size", "AVERAGE_DEAL_SIZE({Revenue of these leads},{Customers})", "Customers", styles.MONEY),
)
BESIDE: tuple[Metric, ...] = (
    ("Landing page conversion", "LANDING_PAGE_CONVERSION_RATE({Submissions},{Visits})", "Visits", styles.RATE),
    ("Click-through to a form", "CLICK_THROUGH_RATE({Submissions},{Page views})", "Page views", styles.RATE),
)
FIRST_METRIC = 10

_FUNNEL = ("General", styles.COUNT, styles.RATE, styles.RATE, styles.COUNT)
YEAR_FUNNEL = Spill(SHEET, "B32", _FUNNEL, 5, 5)
MONTH_FUNNEL = Spill(SHEET, "B40", _FUNNEL, 5, 5)
BOTTLENECK = Spill(SHEET, "B50", ("General", styles.RATE, styles.RATE, styles.CHANGE), 1, 1)
SOURCE_COUNTS = ("Leads", "MQLs", "Opportunities", "Customers")
BY_SOURCE = Spill(SHEET, "B77", ("General", *[styles.COUNT] * 4, *[styles.RATE] * 4), 1, 60)


def stages(column: str) -> tuple[str, str]:
    """The names and the counts of the funnel's stages from the leads on, over one of the periods."""
    first, last = COUNT_ROW["Leads"], COUNT_ROW["Customers"]
    return tuple(f"{SHEET}!${c}${first}:${c}${last}" for c in ("B", column))  # type: ignore[return-value]


def draw(draft: Draft, page: Page) -> None:
    page.present(
        "Funnel",
        "How many leads there are and how far they get: the metrics that both teams look at.",
        (34, 13, 13, 11, 13, 13, 11, 12, 12),
    )
    _periods(page)
    row = FIRST_METRIC - 1
    for title, metrics in (("Quantity", QUANTITY), ("Quality", QUALITY), ("Beside them", BESIDE)):
        page.headings(f"B{row}", (title, "", "", "", "", "", ""), "subsection")
        for metric in metrics:
            row += 1
            _metric(page, row, metric)
        row += 1
    _velocity(page, row)
    _funnels(draft, page)
    _counts(page)
    _by_source(page)
    page.print_in_parts((29, 54), 90)


def _periods(page: Page) -> None:
    page.section("B5", "The twelve metrics", 9)
    names = (
        "Of the leads made in the period",
        "Month to date",
        "Same days last year",
        "Change",
        "Year to date",
        "Same days last year",
        "Change",
        "One sales cycle ago",
    )
    page.headings("B6", names[:7])
    page.sheet.set_row(5, 30)
    page.text(f"B{FROM}", "From", "label")
    page.text(f"B{TO}", "To", "label")
    periods = {
        MONTH: ("=SLA_Month", "=SLA_Date"),
        MONTH_BEFORE: ("=EDATE(SLA_Month,-12)", "=IF(SLA_Date=0,0,EDATE(SLA_Date,-12))"),
        YEAR: ("=DATE(YEAR(SLA_Month),1,1)", "=SLA_Date"),
        YEAR_BEFORE: ("=DATE(YEAR(SLA_Month)-1,1,1)", "=IF(SLA_Date=0,0,EDATE(SLA_Date,-12))"),
    }
    for column, (first, last) in periods.items():
        page.formula(f"{column}{FROM}", first, num_format=styles.DATE)
        page.formula(f"{column}{TO}", last, num_format=styles.DATE)
    for column in "EH":
        for row in (FROM, TO):
            page.value(f"{column}{row}", None, "number")


def _with_counts(formula: str, column: str) -> str:
    return re.sub(r"\{(.+?)\}", lambda found: f"{column}{COUNT_ROW[found[1]]}", formula)


def _metric(page: Page, row: int, metric: Metric) -> None:
    label, formula, divisor, number_format = metric
    page.text(f"B{row}", label, "label")
    for column in (MONTH, MONTH_BEFORE, YEAR, YEAR_BEFORE):
        told = _with_counts(formula, column)
        if divisor:
            told = f'IF(N({_with_counts("{" + divisor + "}", column)})=0,"–",{told})'
        page.formula(f"{column}{row}", "=" + told, num_format=number_format)
    _change(page, row)


def _change(page: Page, row: int) -> None:
    for now, before, change in ((MONTH, MONTH_BEFORE, "E"), (YEAR, YEAR_BEFORE, "H")):
        page.formula(
            f"{change}{row}",
            f'=IF(AND(ISNUMBER({now}{row}),N({before}{row})<>0),{now}{row}/{before}{row}-1,"–")',
            num_format=styles.CHANGE,
            font_color=styles.GREY,
        )


def _velocity(page: Page, row: int) -> None:
    """Growth of the MQLs against the same days of the year before, in the columns of change."""
    page.text(f"B{row}", "Lead velocity: growth of MQLs", "label")
    mqls = COUNT_ROW["MQLs"]
    for column in "CDFG":
        page.value(f"{column}{row}", None, "number")
    for now, before, change in ((MONTH, MONTH_BEFORE, "E"), (YEAR, YEAR_BEFORE, "H")):
        page.formula(
            f"{change}{row}",
            f'=IF({before}{mqls}=0,"–",LEAD_VELOCITY_RATE({now}{mqls},{before}{mqls}))',
            num_format=styles.CHANGE,
        )


def _funnels(draft: Draft, page: Page) -> None:
    page.section("B29", "Funnel", 9, "What has become of the leads made in the period so far; young leads still move.")
    for spill, title, column in ((YEAR_FUNNEL, "Year to date", YEAR), (MONTH_FUNNEL, "Month to date", MONTH)):
        row = spill.first[0]
        page.text(f"B{row}", title, bold=True)
        names, counts = stages(column)
        page.spill(spill, f"=FUNNEL({names},{counts})")
    names, counts = stages(YEAR)
    chart = charts.funnel(
        draft.workbook, "=" + names, "=" + counts, "Leads of the year and what became of them", (352, 330)
    )
    page.sheet.insert_chart(
        "G31", chart, {"object_position": 2, "x_offset": 10, "description": "Funnel of the year to date"}
    )
    page.section(
        "B47",
        "Bottleneck",
        9,
        "The stage furthest below its usual rate (Inputs), of the leads that have had a sales cycle to get there.",
    )
    first, last = COUNT_ROW["Visits"], COUNT_ROW["Customers"]
    found = f"SUMIF($B${first}:$B${last},Funnel_stages[Stage],${MATURE}${first}:${MATURE}${last})"
    page.spill(BOTTLENECK, f"=BOTTLENECK(Funnel_stages[Stage],{found},Funnel_stages[Usual rate])")


def _counts(page: Page) -> None:
    page.section("B54", "Counts behind the metrics", 9)
    page.headings(
        f"B{FIRST_COUNT - 1}",
        (
            "",
            "Month to date",
            "Same days last year",
            "",
            "Year to date",
            "Same days last year",
            "",
            "12 months, mature",
        ),
    )
    page.sheet.set_row(FIRST_COUNT - 2, 30)
    for label, counted in COUNTS.items():
        row = COUNT_ROW[label]
        page.text(f"B{row}", label, "label")
        for column in (MONTH, MONTH_BEFORE, YEAR, YEAR_BEFORE):
            page.formula(f"{column}{row}", "=" + _total(counted, f"{column}${FROM}", f"{column}${TO}"))
        for column in "EH":
            page.value(f"{column}{row}", None)
        if row <= COUNT_ROW["Customers"]:
            grown = _total(counted, "EDATE(As_Of-Sales_Cycle_Days,-12)+1", "As_Of-Sales_Cycle_Days")
            page.formula(f"{MATURE}{row}", f"=IF(As_Of=0,0,{grown})")
    _goal_and_audiences(page)


def _total(counted: tuple[str, str, str], start: str, end: str) -> str:
    table, column, day = counted
    summed_by_day = table == "Daily" and column in totals.STAGES
    return totals.total(column, start, end) if summed_by_day else total(table, column, start, end, day)


def _goal_and_audiences(page: Page) -> None:
    page.text(f"B{GOAL_ROW}", "Revenue goal to date", "label")
    to_date = "SLA_GOAL_TO_DATE(Revenue_Goal,SLA_Date,Holidays,SLA_Days)"
    page.formula(f"{MONTH}{GOAL_ROW}", f"=IF(As_Of=0,0,{to_date})")
    page.formula(f"{YEAR}{GOAL_ROW}", f"=IF(As_Of=0,0,Revenue_Goal*(MONTH(SLA_Month)-1)+{MONTH}{GOAL_ROW})")
    page.text(f"B{SEEN_ROW}", "Audiences counted on", "label")
    for column in (MONTH, MONTH_BEFORE, YEAR, YEAR_BEFORE):
        page.formula(
            f"{column}{SEEN_ROW}",
            f"=MAX((Web[Date]<={column}${TO})*(Web[E-mail contacts]>0)*Web[Date])",
            array=True,
            num_format=styles.DATE,
        )
        for audience in AUDIENCES:
            row = COUNT_ROW[audience]
            page.formula(f"{column}{row}", f"=SUMIFS(Web[{audience}],Web[Date],{column}${SEEN_ROW})")
    for audience in AUDIENCES:
        page.text(f"B{COUNT_ROW[audience]}", audience, "label")
    for column in "DEGH":
        page.value(f"{column}{GOAL_ROW}", None)
        if column in "EH":
            for row in range(SEEN_ROW, SEEN_ROW + 4):
                page.value(f"{column}{row}", None)


def _by_source(page: Page) -> None:
    page.section("B75", "By source, year to date", 9, "How far the leads of each source get.")
    groups = groups_with_heading("Source", f"${YEAR}${FROM}", f"${YEAR}${TO}")
    page.spill(BY_SOURCE, f"=FUNNEL_BY({groups},{with_heading(SOURCE_COUNTS)})")
    page.sheet.set_row(BY_SOURCE.first[0], 30)
