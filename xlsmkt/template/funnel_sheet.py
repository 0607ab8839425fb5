"""Funnel: the twelve shared metrics for the month and the year, the funnel, its bottleneck, and each source."""

from functools import partial
from typing import Any

from xlsmkt.template import charts, funnel_by_source, styles, totals
from xlsmkt.template.formulas import month_text, total
from xlsmkt.template.funnel_metrics import (
    AUDIENCES,
    BESIDE,
    COMPLETE_ROW,
    COUNT_ROW,
    COUNTS,
    DEALS_ROW,
    FIRST_COUNT,
    FIRST_METRIC,
    FROM,
    GOAL_ROW,
    MATURE,
    MONTH,
    MONTH_BEFORE,
    QUALITY,
    QUANTITY,
    SEEN_ROW,
    SHEET,
    SLOW,
    TO,
    YEAR,
    YEAR_BEFORE,
    Metric,
    by_row,
    changed,
    counts_of,
    known_row,
    told,
)
from xlsmkt.template.notes import looking_back
from xlsmkt.template.page import Draft, Page, Spill

ABOUT = "The twelve shared metrics, the funnel, its bottleneck, and every source."
_FUNNEL = ("General", styles.COUNT, styles.RATE, styles.RATE, styles.COUNT)
YEAR_FUNNEL = Spill(SHEET, "B32", _FUNNEL, 5, 5)
MONTH_FUNNEL = Spill(SHEET, "B40", _FUNNEL, 5, 5)
BOTTLENECK = Spill(SHEET, "B50", ("General", styles.RATE, styles.RATE, styles.CHANGE), 1, 1)


def stages(column: str) -> tuple[str, str]:
    """The names and the counts of the funnel's stages from the leads on, over one of the periods."""
    first, last = COUNT_ROW["Leads"], COUNT_ROW["Customers"]
    return tuple(f"{SHEET}!${c}${first}:${c}${last}" for c in ("B", column))  # type: ignore[return-value]


def draw(draft: Draft, page: Page) -> None:
    page.present(
        "Funnel",
        "How many leads there are and how far they get: the metrics that both teams look at.",
        (36, 11.5, 11.5, 10.5, 11.5, 11.5, 10.5, 11, 11, 11, 12.5, 10, 10),
    )
    page.formula("B4", looking_back(), "note", align="left")
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
    funnel_by_source.draw(page)


def _periods(page: Page) -> None:
    page.section("B5", "The twelve metrics", 13)
    names = (
        "Of the leads made in the period",
        "Month to date",
        "Same days last year",
        "Change",
        "Year to date",
        "Same days last year",
        "Change",
    )
    page.headings("B6", names)
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


def _metric(page: Page, row: int, metric: Metric) -> None:
    label, _, _, number_format = metric
    page.text(f"B{row}", label, "label")
    if by_row(metric):  # one call for the period and the one before it
        for now, before in ((MONTH, MONTH_BEFORE), (YEAR, YEAR_BEFORE)):
            page.row(f"{now}{row}", "=" + told(metric, partial(_places, now, before)), 2, num_format=number_format)
    else:
        for column in (MONTH, MONTH_BEFORE, YEAR, YEAR_BEFORE):
            page.formula(f"{column}{row}", "=" + told(metric, partial(_place, column)), num_format=number_format)
    for now, before, change in ((MONTH, MONTH_BEFORE, "E"), (YEAR, YEAR_BEFORE, "H")):
        cell = f"{change}{row}"
        look: dict[str, Any] = {"num_format": styles.CHANGE, "font_color": styles.GREY}
        if label in SLOW:
            page.value(cell, None, **look)
            continue
        # an audience is counted on a day, however long the period
        whole = "" if label == "Reach" else f"{before}${known_row(counts_of(metric))}"
        page.formula(cell, "=" + changed(f"{now}{row}", f"{before}{row}", whole), **look)


def _place(column: str, label: str) -> str:
    return f"{column}{COUNT_ROW[label]}"


def _places(now: str, before: str, label: str) -> str:
    return f"{_place(now, label)}:{_place(before, label)}"


def _velocity(page: Page, row: int) -> None:
    """Growth of the qualified leads from month to month, of the last two months that are over."""
    last = "EOMONTH(IF(Data_Until>0,MIN(SLA_Date,Data_Until),SLA_Date)+1,-2)+1"
    for column, month in (("C", last), ("D", f"EDATE({last},-1)")):
        page.formula(f"{column}{row}", f'=IF(As_Of=0,"",{month})', "subsection", num_format=styles.MONTH, align="right")
        counted = totals.total("MQLs", f"{column}{row}", f"EOMONTH({column}{row},0)")
        page.formula(f"{column}{row + 1}", f'=IF(As_Of=0,"–",{counted})')
    page.text(f"B{row}", "Month on month", "subsection")
    page.text(f"E{row}", "Growth", "subsection", align="right")
    for column in "FGH":
        page.value(f"{column}{row}", None, "subsection")
        page.value(f"{column}{row + 1}", None)
    months = f'" of "&{month_text(f"C{row}")}&" over "&{month_text(f"D{row}")}'
    page.formula(f"B{row + 1}", f'="Lead velocity: MQLs"&IF(As_Of=0,"",{months})', "label", align="left")
    mqls, whole = f"C{row + 1},D{row + 1}", _all_known(f"D{row}", totals.FIRST_DAY)
    unknown = f"IF(As_Of=0,TRUE,OR(D{row + 1}=0,({whole})=FALSE))"
    page.formula(f"E{row + 1}", f'=IF({unknown},"–",LEAD_VELOCITY_RATE({mqls}))', num_format=styles.CHANGE)
    page.text(
        f"B{row + 2}",
        "No change is shown for the later stages, as last year's leads have had a year more to get there, "
        "nor where the data begin within the earlier period.",
        "note",
    )


def _all_known(start: str, first_day: str) -> str:
    """Whether no business day of a period went by before the first day of the data."""
    return f"NETWORKDAYS({start},MAX(1,{first_day}-1),Holidays)<=0"


def _funnels(draft: Draft, page: Page) -> None:
    page.section("B29", "Funnel", 13, "What has become of the leads made in the period so far; young leads still move.")
    for spill, title, column in ((YEAR_FUNNEL, "Year to date", YEAR), (MONTH_FUNNEL, "Month to date", MONTH)):
        row = spill.first[0]
        page.text(f"B{row}", title, bold=True)
        names, counts = stages(column)
        page.spill(spill, f"=FUNNEL({names},{counts})")
    names, counts = stages(YEAR)
    chart = charts.funnel(
        draft.workbook, "=" + names, "=" + counts, "Leads of the year and what became of them", (560, 330)
    )
    page.sheet.insert_chart(
        "G31", chart, {"object_position": 2, "x_offset": 10, "description": "Funnel of the year to date"}
    )
    page.section(
        "B47",
        "Bottleneck",
        13,
        "The stage furthest below its usual rate (Inputs), of the leads that have had a sales cycle to get there.",
    )
    first, last = COUNT_ROW["Visits"], COUNT_ROW["Customers"]
    found = f"SUMIF($B${first}:$B${last},Funnel_stages[Stage],${MATURE}${first}:${MATURE}${last})"
    page.spill(BOTTLENECK, f"=BOTTLENECK(Funnel_stages[Stage],{found},Funnel_stages[Usual rate])")


def _counts(page: Page) -> None:
    page.section("B54", "Counts behind the metrics", 13)
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
    for row, what, first_day, earlier in (
        (COMPLETE_ROW, "Leads known for all days", totals.FIRST_DAY, ""),
        (COMPLETE_ROW + 1, "Visits known for all days", "MIN(Web[Date])", ""),
        (DEALS_ROW, "Leads known a sales cycle before", totals.FIRST_DAY, "-Sales_Cycle_Days"),
    ):
        page.text(f"B{row}", what, "label")
        for column in (MONTH, MONTH_BEFORE, YEAR, YEAR_BEFORE):
            known = _all_known(f"{column}${FROM}{earlier}", first_day)
            page.formula(f"{column}{row}", f'=IF(AND({first_day}>0,{known}),"yes","no")')
    for column in "DEGH":
        page.value(f"{column}{GOAL_ROW}", None)
        if column in "EH":
            for row in range(SEEN_ROW, DEALS_ROW + 1):
                page.value(f"{column}{row}", None)
