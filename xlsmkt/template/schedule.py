"""The leads to make in each month, computed once, on the sheet Totals: the sheet Lead targets looks them up."""

from xlsmkt.template import styles
from xlsmkt.template.page import Page, Spill

MONTHS = 12
FIRST_PLAN = 36  # row of the first month of the plan on the sheet Lead targets
# a sales cycle that ends within a month spreads a month's leads over two months of customers
LAST_PLAN = FIRST_PLAN + MONTHS
_PLAN = ",".join(f"'Lead targets'!${column}${FIRST_PLAN}:${column}${LAST_PLAN}" for column in "BC")
SCHEDULE = Spill("Totals", "CN7", (styles.MONTH, styles.ONE, styles.COUNT), MONTHS + 2, MONTHS + 4)


def draw(page: Page) -> None:
    """The table, on the sheet Totals."""
    _, left = SCHEDULE.first
    page.section("CN5", "Leads to make, for the lead targets", 3)
    page.sheet.set_column(left, left + 2, 13)
    page.spill(SCHEDULE, f"=LEAD_SCHEDULE({_PLAN},Agreed_Close_Rate,Sales_Cycle_Months)")


def planned(line: int, column: int) -> str:
    """What the schedule says of a month, both counted from 0; an error where it says nothing."""
    # with a part of a month in the cycle the schedule begins with the rest of the month before
    said = f"INDEX({SCHEDULE.column(column)},{line + 1}+(INT(Sales_Cycle_Months)<Sales_Cycle_Months))"
    return f'{said}/({said}<>"")'
