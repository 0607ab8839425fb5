"""Inputs: what the teams agreed on. Every input cell has a defined name that the functions know."""

import datetime as dt
from typing import Any

from xlsmkt.template import styles
from xlsmkt.template.limits import at_least, refusal
from xlsmkt.template.notes import outside_the_data
from xlsmkt.template.page import Draft, Page

SHEET = "Inputs"
ABOUT = "Goals, close rate, SLA terms, lead types, reps and days off."
GOAL_METHODS = ("custom", "last month", "12 months ago", "3-month average")

_WON_THIS_YEAR = 'COUNTIFS(Leads[Won],">="&DATE(YEAR(SLA_Month),1,1),Leads[Won],"<="&SLA_Date)'

# label, defined name, what the cell holds, number format, note. A text that begins with "=" is a formula.
Line = tuple[str, str, Any, str, str]
GOALS: tuple[Line, ...] = (
    ("Revenue goal", "Revenue_Goal", 100_000, styles.MONEY, "Revenue that new customers must bring in a month."),
    ("Revenue already expected", "Expected_Revenue", 0, styles.MONEY, "What comes in anyway: renewals, signed orders."),
    ("Average deal size", "Agreed_Deal_Size", 5_000, styles.MONEY, "First-year revenue of one new customer."),
    (
        "Customers to win",
        "Customers_Goal",
        "=CUSTOMERS_NEEDED(Revenue_Goal,Agreed_Deal_Size,Expected_Revenue)",
        styles.COUNT,
        "Revenue goal less what is expected, in deals.",
    ),
    (
        "Close rate",
        "Agreed_Close_Rate",
        0.05,
        styles.RATE,
        "Share of leads that become customers. The sheet Close rates shows what your data say.",
    ),
    (
        "Sales cycle, months",
        "Sales_Cycle_Months",
        2,
        "0.0",
        "From a new lead to a closed deal; parts of a month are fine.",
    ),
    (
        "Sales cycle, days",
        "Sales_Cycle_Days",
        "=ROUND(Sales_Cycle_Months*365/12,0)",
        styles.COUNT,
        "Leads younger than this do not count in the mature close rate.",
    ),
    ("Quota of a rep", "Quota", 20_000, styles.MONEY, "Revenue that one rep must win in a month."),
)
TERMS: tuple[Line, ...] = (
    (
        "Goal method",
        "Goal_Method",
        "custom",
        "General",
        "Where the month's lead goal comes from; choose from the list.",
    ),
    (
        "Custom goal",
        "Custom_Goal",
        "=LEADS_NEEDED(Customers_Goal,Agreed_Close_Rate)",
        styles.COUNT,
        "Used when the method is custom: the leads that the revenue goal asks for, or your own number.",
    ),
    (
        "Lead goal of the month",
        "Lead_Goal",
        "=SLA_GOAL(Goal_Method,Daily[Date],Daily[Leads],SLA_Month,Custom_Goal)",
        styles.COUNT,
        "What marketing promises for the month.",
    ),
    (
        "Days that count",
        "SLA_Days",
        "business",
        "General",
        "business: Monday to Friday less the days off below; calendar: every day.",
    ),
    (
        "Tolerance",
        "SLA_Tolerance",
        0.05,
        styles.RATE,
        "Share of the goal to date within which the status is on track: 5% above or below.",
    ),
)
SALES: tuple[Line, ...] = (
    ("Leads to be worked", "Worked_Goal", 0.9, styles.RATE, "Share of its leads that sales promises to work."),
    ("Attempts before giving up", "Min_Attempts", 5, styles.COUNT, "Calls and messages to a lead nobody has reached."),
    (
        "Hours to the first touch",
        "Max_Hours",
        4,
        "0.0",
        "Opening hours from the assignment of a lead to its first call.",
    ),
    ("Opens at", "Opens", dt.time(9), "hh:mm", "Sales answers from this time of the day on, on business days."),
    ("Closes at", "Closes", dt.time(17), "hh:mm", "All times are local, as the CRM exports them."),
)
CUSTOMERS: tuple[Line, ...] = (
    ("Gross margin", "Gross_Margin", 0.8, styles.RATE, "What is left of the revenue after the cost of delivering."),
    (
        "Customers, start of the year",
        "Customers_Start",
        None,
        styles.COUNT,
        "From your billing, on 1 January; for retention and churn.",
    ),
    ("Customers now", "Customers_Now", None, styles.COUNT, "From your billing, on the day of the figures."),
    (
        "New customers of the year",
        "Customers_New",
        f"={_WON_THIS_YEAR}",
        styles.COUNT,
        "Deals won from 1 January to the day of the figures. Type your own number if a customer may win several.",
    ),
    ("Revenue of a customer a month", "Customer_Revenue", None, styles.MONEY, "On average; for the lifetime value."),
)
DATES: tuple[Line, ...] = (
    (
        "Figures as of",
        "As_Of",
        "=Data_Until",
        styles.DATE,
        "The last day of the imported data. Type another date to look back; =Data_Until follows the data again.",
    ),
    (
        "Month",
        "SLA_Month",
        "=IF(As_Of=0,DATE(2026,1,1),DATE(YEAR(As_Of),MONTH(As_Of),1))",
        styles.LONG_MONTH,
        "The month that the service level agreement is about: its first day.",
    ),
)
# What Refresh imports. Paths are longer than an input cell.
SOURCE = (("Import from", "CRM_Source"), ("Mapping", "CRM_Mapping"))
FOLDER = "paths from this workbook's folder on"
MAIL = (
    ("Send to", "Mail_To", "Who gets the dashboard: addresses separated by commas. Sent by xlsmkt mail."),
    ("Sent from", "Mail_From", "The address that the mail comes from."),
)
CONNECTION = "Or one connection, by its name, such as hubspot: xlsmkt connect makes one, xlsmkt sources lists them."
# Computed for good; the other formulas stand in input cells, to be typed over.
COMPUTED = ("Customers_Goal", "Lead_Goal")

LEAD_TYPES = (
    ("Demo request", 0.12, 0.16),
    ("Webinar", 0.05, 0.20),
    ("Whitepaper", 0.02, 0.30),
    ("Newsletter", 0.01, 0.28),
    ("Referral", 0.20, 0.06),
)
REPS = ("Rep North 1", "Rep North 2", "Rep South 1", "Rep South 2", "Rep West 1", "Rep West 2")
STAGES = (("Visits", None), ("Leads", 0.02), ("MQLs", 0.5), ("SQLs", 0.5), ("Opportunities", 0.5), ("Customers", 0.4))
_MIX = "[<=1.5]0%;#,##0"  # shares, or numbers of leads
DAYS_OFF = tuple(f"{year}-{day}" for year in (2025, 2026, 2027) for day in ("01-01", "12-25", "12-26"))


def draw(draft: Draft, page: Page) -> None:
    page.present(
        "Inputs",
        "What marketing and sales agreed on. All other sheets compute with these.",
        (26, 15, 12, 12, 12, 4, 18, 12, 4, 18, 12, 4, 14),
    )
    page.value("B4", "You type here", "input", align="center", font_size=9)
    page.value("C4", "or over this", "input_formula", align="center", font_size=9)
    page.text("D4", "White cells are computed.", "note", indent=1)
    page.formula("B5", outside_the_data(), "warning", align="left")
    row = 6
    for title, lines in (
        ("Goals", GOALS),
        ("What marketing promises", TERMS),
        ("What sales promises", SALES),
        ("Customers", CUSTOMERS),
        ("Dates", DATES),
    ):
        dates = row
        page.section(f"B{row}", title, 13)
        for line in lines:
            row += 1
            _line(draft, page, row, line)
        row += 2
    _source(draft, page, row)
    row += 7
    _mail(page, row)
    row += 4
    _tables(page, row)
    page.print_in_parts((dates,), 78)
    page.sheet.freeze_panes(4, 0)


def _line(draft: Draft, page: Page, row: int, line: Line) -> None:
    label, name, value, number_format, note = line
    page.text(f"B{row}", label, "label")
    cell = f"C{row}"
    if isinstance(value, str) and value.startswith("="):
        kind = "number" if name in COMPUTED else "input_formula"
        page.formula(cell, value, kind, num_format=number_format)
    else:
        page.value(cell, value, "input", num_format=number_format)
    page.text(f"D{row}", note, "note", indent=1)
    draft.name(name, SHEET, cell)
    if name in VALIDATIONS:
        rule = VALIDATIONS[name]
        custom = {"value": rule["value"].format(cell=cell)} if rule["validate"] == "custom" else {}
        page.sheet.data_validation(cell, {**rule, **custom})


def _source(draft: Draft, page: Page, row: int) -> None:
    web = page.draft.web
    blank = web.without_source if web else "you say which ones each time"
    what = "The files that Refresh imports" if web else "The files, or the connection, that Refresh imports"
    page.section(f"B{row}", "CRM data", 13, f"{what}. Blank: {blank}.")
    for line, (label, name) in enumerate(SOURCE if not web or web.mappings else SOURCE[:1], row + 2):
        page.text(f"B{line}", label, "label")
        page.sheet.merge_range(f"C{line}:H{line}", "", page.styles("input", num_format="@", align="left"))
        draft.name(name, SHEET, f"C{line}")
    page.text(
        f"B{row + 4}",
        f"Several files with ; between, * for any letters, {web.folder if web else FOLDER}."
        + (" A mapping (TOML) is for exports with unusual headings." if not web or web.mappings else ""),
        "note",
    )
    if not web:
        page.text(f"B{row + 5}", CONNECTION, "note")


def _mail(page: Page, row: int) -> None:
    page.section(f"B{row}", "Mail", 13)
    for line, (label, name, note) in enumerate(MAIL, row + 1):
        page.text(f"B{line}", label, "label")
        page.sheet.merge_range(f"C{line}:H{line}", "", page.styles("input", num_format="@", align="left"))
        page.text(f"I{line}", note, "note", indent=1)
        page.draft.name(name, SHEET, f"C{line}")


def _tables(page: Page, row: int) -> None:
    page.section(f"B{row}", "Lead types", 5, "As agreed. Add rows below.")
    page.text(f"C{row + 1}", "Mix in all:", "note", align="right")
    page.formula(f"D{row + 1}", "=SUM(Lead_types[Mix])", "note", num_format=_MIX, align="right")
    page.text(f"E{row + 1}", "shares or numbers of leads", "note", indent=1)
    page.section(f"H{row}", "Reps", 2, "Their monthly quotas.")
    page.section(f"K{row}", "Funnel", 2, "Usual rate from the stage before.")
    page.section(f"N{row}", "Days off", 1, "No business days.")
    top = row + 2
    page.input_table(
        f"B{top}",
        "Lead_types",
        LEAD_TYPES,
        {
            "Lead type": {},
            "Close rate": {"num_format": styles.RATE},
            "Mix": {"num_format": _MIX},
            "Points": {"formula": "=LEAD_POINTS(Lead_types[@[Close rate]])", "num_format": "0.0"},
            "Value": {"formula": "=LEAD_VALUE(Lead_types[@[Close rate]],Agreed_Deal_Size)", "num_format": styles.MONEY},
        },
    )
    page.input_table(
        f"H{top}", "Reps", [(rep, 20_000) for rep in REPS], {"Rep": {}, "Quota": {"num_format": styles.MONEY}}
    )
    page.input_table(f"K{top}", "Funnel_stages", STAGES, {"Stage": {}, "Usual rate": {"num_format": styles.RATE}})
    days = [(dt.date.fromisoformat(day),) for day in DAYS_OFF]
    page.input_table(f"N{top}", "Days_off", days, {"Holiday": {"num_format": styles.DATE, "align": "right"}})
    page.draft.workbook.define_name("Holidays", "=Days_off[Holiday]")
    rates = {
        "validate": "decimal",
        "criteria": "between",
        "minimum": 0,
        "maximum": 1,
        **refusal("a share from 0% to 100%"),
    }
    last = top + len(LEAD_TYPES)
    page.sheet.data_validation(f"C{top + 1}:C{last}", rates)
    mix = at_least(0, "a share or a number of leads, 0 or more")
    page.sheet.data_validation(f"D{top + 1}:D{last}", mix)
    page.sheet.data_validation(f"L{top + 1}:L{top + len(STAGES)}", rates)


_SHARE = {
    "validate": "decimal",
    "criteria": "between",
    "minimum": 0,
    "maximum": 1,
    **refusal("a share from 0% to 100%, such as 5%"),
}
_CLOCK = {
    "validate": "time",
    "criteria": "between",
    "minimum": dt.time(0),
    "maximum": dt.time(23, 59),
    **refusal("a time of the day, such as 9:00"),
}
VALIDATIONS: dict[str, dict[str, Any]] = {
    "Revenue_Goal": at_least(0, "an amount of 0 or more"),
    "Expected_Revenue": at_least(0, "an amount of 0 or more"),
    "Agreed_Deal_Size": at_least(0.01, "an amount above 0"),
    "Agreed_Close_Rate": {
        "validate": "decimal",
        "criteria": "between",
        "minimum": 0,
        "maximum": 1,
        "input_title": "Close rate",
        "input_message": "A share of the leads: 5% or 0.05.",
        **refusal("a share from 0% to 100%, such as 5%"),
    },
    "Sales_Cycle_Months": {
        "validate": "decimal",
        "criteria": "between",
        "minimum": 0,
        "maximum": 60,
        **refusal("0 to 60 months"),
    },
    "Sales_Cycle_Days": at_least(0, "0 days or more"),
    "Quota": at_least(0, "an amount of 0 or more"),
    "Custom_Goal": at_least(0, "a number of leads, 0 or more"),
    "Goal_Method": {
        "validate": "list",
        "source": list(GOAL_METHODS),
        "input_title": "Goal method",
        "input_message": "custom: the number below. The others take the leads of earlier months.",
        **refusal("one of the methods in the list"),
    },
    "SLA_Days": {"validate": "list", "source": ["business", "calendar"], **refusal("business or calendar")},
    "SLA_Tolerance": _SHARE,
    "Worked_Goal": _SHARE,
    "Gross_Margin": _SHARE,
    "Min_Attempts": at_least(1, "a number of attempts, 1 or more"),
    "Max_Hours": at_least(0, "a number of hours, 0 or more"),
    "Opens": _CLOCK,
    "Closes": _CLOCK,
    "Customers_Start": at_least(0, "a number of customers, 0 or more"),
    "Customers_Now": at_least(0, "a number of customers, 0 or more"),
    "Customers_New": at_least(0, "a number of customers, 0 or more"),
    "Customer_Revenue": at_least(0, "an amount of 0 or more"),
    "As_Of": {
        "validate": "date",
        "criteria": ">=",
        "value": 0,
        "input_title": "Figures as of",
        "input_message": "A date. Type =Data_Until to follow the data again.",
        **refusal("a date, such as 2026-03-31"),
    },
    "SLA_Month": {
        "validate": "custom",
        "value": "=DAY({cell})=1",
        "input_title": "Month",
        "input_message": "The first day of a month.",
        **refusal("the first day of a month, such as 2026-03-01"),
    },
}
