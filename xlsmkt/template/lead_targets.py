"""Lead targets: from the revenue goal to customers, leads, lead types, reps, months and stages."""

from typing import Any

from xlsmkt.template import charts, schedule, styles, totals
from xlsmkt.template.formulas import unless_empty, when_possible
from xlsmkt.template.page import Draft, Page, Spill, Tile
from xlsmkt.template.schedule import FIRST_PLAN, MONTHS

SHEET = "Lead targets"
ABOUT = "From the revenue goal to leads per type, rep, stage and month."
CONFIDENCE = "90%"
CHANCE = "J8"  # the figure "Chance of the goal"

BY_TYPE = Spill(SHEET, "B18", ("General", "0%", styles.RATE, styles.COUNT, styles.COUNT), 6, 12)
STAGES = Spill(SHEET, "H18", ("General", styles.RATE, styles.COUNT), 6, 12)
LAST_MADE = FIRST_PLAN + MONTHS - 1
REP_ROW = 54


def draw(draft: Draft, page: Page) -> None:
    page.present(
        "Lead targets",
        "What the revenue goal asks of marketing: how many leads, of which type, for whom, and when.",
        (20, 12, 12, 12, 12, 12, 14, 12, 12, 12, 12, 12),
        landscape=False,
    )
    _chain(page)
    page.section("B16", "Per lead type", 5)
    page.spill(
        BY_TYPE,
        "=LEADS_NEEDED_BY_TYPE(Customers_Goal,Lead_types[Lead type],Lead_types[Close rate],Lead_types[Mix])",
    )
    page.section("H16", "Per stage of the funnel", 3)
    page.spill(STAGES, "=FUNNEL_TARGETS(Customers_Goal,Funnel_stages[Stage],Funnel_stages[Usual rate])")
    page.sheet.set_row(STAGES.first[0], 30)
    _schedule(draft, page)
    _reps(page)


def _chain(page: Page) -> None:
    page.section("B5", "From revenue to leads, a month", 12)
    leads = totals.MONTH_LEADS_PER_TYPE
    needed = "LEADS_NEEDED(Customers_Goal,Agreed_Close_Rate{})"
    customers = unless_empty(f"CUSTOMERS_EXPECTED({leads},Lead_types[Close rate])")
    revenue = unless_empty(f"REVENUE_PIPELINE({leads},Lead_types[Close rate],Agreed_Deal_Size)")
    page.strip(
        "B7",
        [
            Tile("Revenue goal", "=Revenue_Goal", styles.MONEY, "from new customers"),
            Tile("Customers to win", "=Customers_Goal", styles.COUNT, "at the average deal size"),
            Tile("Leads needed", "=" + needed.format(""), styles.COUNT, "at the close rate", name="Now_Leads_Needed"),
            Tile(
                f"To be {CONFIDENCE} sure",
                "=" + needed.format(f",{CONFIDENCE}"),
                styles.COUNT,
                "leads, bad luck included",
            ),
            Tile(
                "Chance of the goal",
                "=CHANCE_OF_GOAL(Lead_Goal,Agreed_Close_Rate,Customers_Goal)",
                "0%",
                "with the agreed leads",
            ),
            Tile(
                "Leads for a rep",
                "=LEADS_PER_REP(Quota,Agreed_Deal_Size,Agreed_Close_Rate)",
                styles.COUNT,
                "at the usual quota",
            ),
        ],
    )
    page.strip(
        "B11",
        [
            Tile("Leads so far this month", "=Now_Actual", styles.COUNT, "of all types"),
            Tile("Customers they should give", customers, styles.ONE, "each type at its agreed rate"),
            Tile("Revenue they should give", revenue, styles.MONEY, "at the average deal size"),
            Tile(
                "Leads needed at this mix",
                when_possible("LEADS_NEEDED(Customers_Goal,Now_Weighted_Rate)"),
                styles.COUNT,
                "if it stays as it came",
            ),
            Tile(
                "Leads of today close in",
                "=EDATE(SLA_Month,ROUND(Sales_Cycle_Months,0))",
                styles.MONTH,
                "one sales cycle on",
            ),
            Tile("Quotas together", "=SUM(Reps[Quota])", styles.MONEY, "of all reps"),
        ],
        small=True,
    )


def _schedule(draft: Draft, page: Page) -> None:
    page.section("B33", "Per month", 12, "Leads made in a month become customers one sales cycle later.")
    page.headings("B35", ("Customers are due in", "Customers"))
    for number in range(MONTHS + 1):
        row = FIRST_PLAN + number
        due = f"EDATE(B{row - 1},1)" if number else "EDATE(SLA_Month,INT(Sales_Cycle_Months))"
        page.formula(f"B{row}", f"={due}", num_format=styles.MONTH, align="left")
        page.formula(f"C{row}", "=Customers_Goal", "input_formula", num_format=styles.COUNT)
    page.headings("E35", ("Leads made in", "Customers", "Leads to make"))
    formats = (styles.MONTH, styles.ONE, styles.COUNT)
    for number in range(MONTHS):
        for column, (letter, number_format) in enumerate(zip("EFG", formats, strict=True)):
            look: dict[str, Any] = {"num_format": number_format, "align": "right" if column else "left"}
            planned = when_possible(schedule.planned(number, column))
            page.formula(f"{letter}{FIRST_PLAN + number}", planned, **look)
    chart = charts.columns_and_line(
        draft.workbook,
        "Leads to make each month",
        _made("E"),
        [("Leads to make", _made("G"), styles.ACCENT)],
        (470, 290),
        category_format="mmm",
    )
    page.sheet.insert_chart(
        "H35", chart, {"object_position": 2, "x_offset": 8, "description": "Leads to make each month"}
    )


def _made(column: str) -> str:
    """A column of the leads to make each month, as a chart's series."""
    return f"='{SHEET}'!${column}${FIRST_PLAN}:${column}${LAST_MADE}"


def _reps(page: Page) -> None:
    page.section(f"B{REP_ROW - 2}", "Per rep", 4, "")
    page.headings(f"B{REP_ROW}", ("Rep", "Quota", "Customers", "Leads a month"))
    columns = {
        "B": ('=Reps[Rep]&""', "General", "left"),
        "C": ("=Reps[Quota]", styles.MONEY, "right"),
        "D": ("=CUSTOMERS_NEEDED(Reps[Quota],Agreed_Deal_Size,0)", styles.COUNT, "right"),
        "E": ("=LEADS_PER_REP(Reps[Quota],Agreed_Deal_Size,Agreed_Close_Rate)", styles.COUNT, "right"),
    }
    first, reps = REP_ROW + 1, 6
    for column, (formula, number_format, align) in columns.items():
        page.column(f"{column}{first}", formula, reps, "spilled", room=40, num_format=number_format, align=align)
    page.rule(f"B{first}:E{first + 39}")
