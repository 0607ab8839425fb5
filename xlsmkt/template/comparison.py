"""The table "This month and this year" of the dashboard: each main figure beside its goal, last month and a year ago.

What the sheet Funnel counts is taken from there; the other counts stand below the dashboard, outside of its print.
"""

from functools import partial
from typing import Any, NamedTuple

from xlsmkt.template import marketing_sla, styles, totals
from xlsmkt.template.formulas import total, unless_empty, when_possible
from xlsmkt.template.funnel_metrics import (
    COUNT_ROW,
    COUNTS,
    FIRST_QUALITY,
    FROM,
    MONTH,
    MONTH_BEFORE,
    QUALITY,
    TO,
    YEAR,
    YEAR_BEFORE,
    changed,
    told,
)
from xlsmkt.template.page import Page
from xlsmkt.template.words import against_goals, counted, missing, of_the_month, whole_words

HEADINGS = (
    "Figure",
    "Month to date",
    "Goal to date",
    "Last month, same days",
    "Change",
    "A year ago, same days",
    "Change",
    "Year to date",
    "Goal to date",
    "Last year, same days",
    "Change",
    "In words",
)
FIRST = 16  # row of the first figure

# --- the counts behind the table ---

TOP = 87  # row of their headings
# A column for each period; the letter after it is its column on the sheet Funnel, which does not know last month.
PERIODS = {"C": MONTH, "D": "", "E": MONTH_BEFORE, "F": YEAR, "G": YEAR_BEFORE}
# A count of the sheet Funnel, or the table, the column (blank: its rows) and the day that tell.
_COUNTED: dict[str, str | tuple[str, str, str]] = {
    "Visits": "Visits",
    "Leads": "Leads",
    "Worked": "Worked",
    "New MQLs": ("Leads", "", "MQL"),
    "New opportunities": ("Leads", "", "Opportunity"),
    "Deals won": ("Leads", "", "Won"),
    "Revenue won": "Revenue won in the period",
    "Spend": ("Spend", "Cost", "Date"),
}
# Whether a period is known from its first day: the first day that tells, and how long before the period it must lie.
_KNOWN = {
    "Leads known for all days": (totals.FIRST_DAY, ""),
    "Visits known for all days": ("MIN(Web[Date])", ""),
    "Leads known a sales cycle before": (totals.FIRST_DAY, "-Sales_Cycle_Days"),
    "Spend known for all days": ("MIN(Spend[Date])", ""),
}
_RATES = ("Visit to lead", "Leads worked", "Cost per lead")
_ROW = {label: TOP + 3 + number for number, label in enumerate((*_COUNTED, *_KNOWN, *_RATES))}
LAST = max(_ROW.values())

_LEADS, _VISITS, _DEALS, _SPEND = _KNOWN


class Figure(NamedTuple):
    """A row of the table."""

    label: str
    number_format: str
    known: str  # what must be known of an earlier period
    told_by: str = ""  # the count that is 0 when the export tells nothing of it
    goals: tuple[str, str] = ("–", "–")  # for the month and the year, both to date: texts or formulas
    words: str = ""


def _figures() -> list[Figure]:
    row = {label: FIRST + number for number, label in enumerate(_LABELS)}
    standing = f"'{marketing_sla.SHEET}'!"
    leads, won, revenue, worked = (row[label] for label in ("Leads", "Deals won", "Revenue won", "Leads worked"))
    customers = "SLA_GOAL_TO_DATE(Customers_Goal,SLA_Date,Holidays,SLA_Days)"
    funnel_goal = f"Funnel!{{}}{COUNT_ROW['Revenue goal to date']}"
    to_work = missing(f"D{worked}*C{_ROW['Leads']}", f"C{_ROW['Worked']}")
    more = counted(to_work, "more lead", "more leads")
    goals = {
        "Leads": ("=Now_Goal_To_Date", _leads_goal_of_year(row["Leads"])),
        "Deals won": (
            when_possible(f'IF(As_Of=0,"–",{customers})'),
            when_possible(f'IF(As_Of=0,"–",Customers_Goal*(MONTH(SLA_Month)-1)+D{won})'),
        ),
        "Revenue won": (unless_empty(funnel_goal.format(MONTH)), unless_empty(funnel_goal.format(YEAR))),
        "Leads worked": ("=Worked_Goal", "=Worked_Goal"),
    }
    words = {
        "Leads": against_goals(
            of_the_month(f"C{leads}", f"D{leads}", "Now_Month_Goal", "lead", f"{standing}I8"), "", leads, "lead"
        ),
        "Deals won": against_goals(of_the_month(f"C{won}", f"D{won}", "Customers_Goal", "deal"), "", won, "deal"),
        "Revenue won": against_goals(of_the_month(f"C{revenue}", f"D{revenue}", "Revenue_Goal", ""), "", revenue, ""),
        "Leads worked": against_goals(
            f'IF({to_work}<=0,"the promise is kept","behind, "&{more}&" to work")',
            f'IF(I{worked}>=J{worked},"kept","behind")',
            worked,
            "",
        ),
    }
    return [
        Figure(label, *look, goals=goals.get(label, ("–", "–")), words=words.get(label, ""))
        for label, look in _LABELS.items()
    ]


_LABELS: dict[str, tuple[str, str, str]] = {
    "Visits": (styles.COUNT, _VISITS, "Visits"),
    "Visit to lead": (styles.RATE, _VISITS, "Visits"),
    "Leads": (styles.COUNT, _LEADS, ""),
    "New MQLs": (styles.COUNT, _LEADS, "New MQLs"),
    "New opportunities": (styles.COUNT, _DEALS, "New opportunities"),
    "Deals won": (styles.COUNT, _DEALS, ""),
    "Revenue won": (styles.MONEY, _DEALS, ""),
    "Leads worked": (styles.RATE, _LEADS, "Worked"),
    "Spend": (styles.MONEY, _SPEND, "Spend"),
    "Cost per lead": (styles.ONE, _SPEND, "Spend"),
}
ROWS = {label: FIRST + number for number, label in enumerate(_LABELS)}
AREA = f"B{FIRST - 1}:M{FIRST + len(_LABELS) - 1}"


def _leads_goal_of_year(row: int) -> str:
    """The goals of the months before and of this one to date; none where the goal of a month is not known."""
    first, last = marketing_sla.FIRST_MONTH, marketing_sla.LAST_MONTH
    months, goals = (f"'{marketing_sla.SHEET}'!${column}${first}:${column}${last}" for column in "IL")
    unknown = f"SUMPRODUCT(({months}<SLA_Month)*ISERROR({goals}))"
    summed = f"SUMPRODUCT(({months}<SLA_Month)*IFERROR({goals},0))"
    whole = f'F{_ROW[_LEADS]}<>"yes"'  # a goal for months without data would be held against nobody
    return f'=IF(OR(NOT(ISNUMBER(D{row})),{whole},{unknown}>0),"–",{summed}+D{row})'


def draw(page: Page) -> None:
    """The table: twelve columns, the words running on to the right edge of the dashboard."""
    page.section(f"B{FIRST - 2}", "This month and this year", 19)
    page.headings(f"B{FIRST - 1}", HEADINGS[:-1])
    page.text(f"M{FIRST - 1}", HEADINGS[-1], "column_heading", align="left", indent=1)
    for column in "NOPQRST":
        page.value(f"{column}{FIRST - 1}", None, "column_heading")
    page.sheet.set_row(FIRST - 2, 30)
    for row, figure in enumerate(_figures(), FIRST):
        _figure(page, row, figure)
    behind = page.styles.condition(font_color=styles.WARNING)
    words = f"M{FIRST}:M{FIRST + len(_LABELS) - 1}"
    criteria = f'=OR(LEFT($M{FIRST},6)="behind",LEFT($M{FIRST},17)="the month is over")'
    page.sheet.conditional_format(words, {"type": "formula", "criteria": criteria, "format": behind})
    _counts(page)


def _figure(page: Page, row: int, figure: Figure) -> None:
    page.text(f"B{row}", figure.label, "label", bold=True)
    source = _ROW[figure.label]
    for column, count in zip("CEGIK", PERIODS, strict=True):
        shown = f"{count}{source}"
        if count in "DEG":
            shown = f'IF({count}{_ROW[figure.known]}="yes",{shown},"–")'
        if figure.told_by:
            ever = _ROW[figure.told_by]
            shown = f'IF(F{ever}+G{ever}=0,"–",{shown})'
        look: dict[str, Any] = {"bold": True} if column in "CI" else {}
        page.formula(f"{column}{row}", unless_empty(shown), num_format=figure.number_format, **look)
    for column, goal in zip("DJ", figure.goals, strict=True):
        look = {"num_format": styles.ONE if figure.label in ("Leads", "Deals won") else figure.number_format}
        if goal.startswith("="):
            page.formula(f"{column}{row}", goal, array="ISERROR" in goal, **look)
        else:
            page.value(f"{column}{row}", goal, **look)
    for column, now, before in (("F", "C", "E"), ("H", "C", "G"), ("L", "I", "K")):
        formula = "=" + changed(f"{now}{row}", f"{before}{row}")
        page.formula(f"{column}{row}", formula, num_format=styles.CHANGE, font_color=styles.GREY)
    page.formula(f"M{row}", whole_words(row, figure.words), "label", align="left", indent=1, num_format="General")
    for column in "NOPQRST":
        page.value(f"{column}{row}", None, "label")


def _counts(page: Page) -> None:
    note = "In the periods above, by the day on which each happened. Last month ends with its last day if this one has."
    page.section(f"B{TOP - 2}", "Counts behind the comparison", 19, note)
    names = (HEADINGS[1], HEADINGS[3], HEADINGS[5], HEADINGS[7], HEADINGS[9])
    page.headings(f"B{TOP}", ("", *names))
    page.sheet.set_row(TOP - 1, 30)
    over = "IF(SLA_Date=EOMONTH(SLA_Month,0),SLA_Month-1,EDATE(SLA_Date,-1))"
    ends = {"From": (FROM, "EDATE(SLA_Month,-1)"), "To": (TO, f"IF(SLA_Date=0,0,{over})")}
    for row, (label, (place, day)) in enumerate(ends.items(), TOP + 1):
        page.text(f"B{row}", label, "label")
        for column, funnel in PERIODS.items():
            formula = f"=Funnel!{funnel}{place}" if funnel else f"={day}"
            page.formula(f"{column}{row}", formula, num_format=styles.DATE)
    for label in (*_COUNTED, *_KNOWN, *_RATES):
        page.text(f"B{_ROW[label]}", label, "label")
    for label, source in _COUNTED.items():
        for column, funnel in PERIODS.items():
            page.formula(f"{column}{_ROW[label]}", "=" + _count(source, column, funnel))
    for label, (first_day, earlier) in _KNOWN.items():
        for column in PERIODS:
            start = f"{column}${TOP + 1}{earlier}"
            days = f"NETWORKDAYS({start},MAX(1,{first_day}-1),Holidays)"
            page.formula(f"{column}{_ROW[label]}", f'=IF(AND({first_day}>0,{days}<=0),"yes","no")')
    _rates(page)


def _count(source: str | tuple[str, str, str], column: str, funnel: str) -> str:
    start, end = f"{column}${TOP + 1}", f"{column}${TOP + 2}"
    if isinstance(source, str):
        if funnel:
            return f"Funnel!{funnel}{COUNT_ROW[source]}"
        if source in totals.STAGES:
            return totals.total(source, start, end)
        source = COUNTS[source]
    table, counted_column, day = source
    if counted_column:
        return total(table, counted_column, start, end, day)
    return f'COUNTIFS({table}[{day}],">="&{start},{table}[{day}],"<="&{end})'


def _rates(page: Page) -> None:
    metrics = {metric[0]: metric for metric in QUALITY}
    rows = {metric: row for row, metric in enumerate(metrics, FIRST_QUALITY)}
    for label in ("Visit to lead", "Leads worked"):
        for column, funnel in PERIODS.items():
            formula = f"Funnel!{funnel}{rows[label]}" if funnel else told(metrics[label], partial(_place, column))
            page.formula(f"{column}{_ROW[label]}", f"={formula}", num_format=styles.RATE)
    spend, leads = (f"C{_ROW[label]}:G{_ROW[label]}" for label in ("Spend", "Leads"))
    each = f'=IF({leads}*({spend}>0)=0,"–",COST_PER_LEAD({spend},{leads}))'
    page.row(f"C{_ROW['Cost per lead']}", each, len(PERIODS), num_format=styles.ONE)


def _place(column: str, label: str) -> str:
    return f"{column}{_ROW[label]}"
