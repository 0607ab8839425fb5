"""The shared metrics of the sheet Funnel: their formulas, and where the sheet keeps the counts behind them."""

import re
from collections.abc import Callable, Iterable

from xlsmkt.catalogue import CATALOGUE
from xlsmkt.template import styles

SHEET = "Funnel"
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
}
AUDIENCES = ("E-mail contacts", "Social followers", "Blog subscribers")
COUNT_ROW = {label: FIRST_COUNT + number for number, label in enumerate(COUNTS)}
GOAL_ROW = FIRST_COUNT + len(COUNTS)
SEEN_ROW = GOAL_ROW + 1  # the day on which the audiences were last counted
COUNT_ROW |= {"Revenue goal to date": GOAL_ROW}
COUNT_ROW |= {label: SEEN_ROW + number for number, label in enumerate(AUDIENCES, 1)}
COMPLETE_ROW = SEEN_ROW + len(AUDIENCES) + 1  # whether leads, and in the next row visits, are known for all the period
DEALS_ROW = COMPLETE_ROW + 2  # whether the leads of all deals of the period are

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
    ("Landing page conversion", "LANDING_PAGE_CONVERSION_RATE({Submissions},{Page views})", "Page views", styles.RATE),
)
# Leads take so long to get there that those of a year ago are always ahead of those of today.
SLOW = ("Lead to MQL", "MQL to opportunity", "Opportunity to customer", "Lead to customer", "Average deal size")
FIRST_METRIC = 10
FIRST_QUALITY = FIRST_METRIC + len(QUANTITY) + 1


def told(metric: Metric, place: Callable[[str], str]) -> str:
    """The formula of a metric without its sign, "–" where it would divide by nothing.

    ``place`` gives the cell, or the column of cells, of a count by its label.
    """
    _, formula, divisor, _ = metric
    called = re.sub(r"\{(.+?)\}", lambda found: place(found[1]), formula)
    return f'IF({place(divisor)}=0,"–",{called})' if divisor else called


def by_row(metric: Metric) -> bool:
    """Whether the function of a metric gives a figure for each cell of a range; some add a range up instead."""
    entry = CATALOGUE.get(metric[1].partition("(")[0])
    return entry is not None and all(parameter.kind == "value" for parameter in entry.parameters)


def counts_of(metric: Metric) -> list[str]:
    """The labels of the counts that a metric is made of."""
    return re.findall(r"\{(.+?)\}", metric[1])


def changed(now: str, before: str, whole: str = "") -> str:
    """The formula of a change; ``whole``: the cell that says whether the earlier period is known from its first day."""
    is_whole = f',{whole}="yes"' if whole else ""
    return f'IF(AND(ISNUMBER({now}),N({before})<>0{is_whole}),{now}/{before}-1,"–")'


def known_row(labels: Iterable[str]) -> int:
    """The row that says whether all these counts are known for the whole period."""
    return COMPLETE_ROW + any(COUNTS.get(label, ("",))[0] == "Web" for label in labels)
