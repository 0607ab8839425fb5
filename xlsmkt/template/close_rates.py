"""Close rates: what the data say, per lead type, industry and source, and how sure that is."""

from xlsmkt.template import charts, styles, totals
from xlsmkt.template.formulas import groups_in_period, unless_empty, when_possible
from xlsmkt.template.page import Draft, Page, Spill, Tile

SHEET = "Close rates"
ABOUT = "Close rate by lead type, industry and source, and how sure it is."
_COLUMNS = ("General", styles.COUNT, styles.COUNT, styles.RATE, styles.RATE, styles.RATE, styles.RATE, styles.ONE)
BY_TYPE = Spill(SHEET, "B33", _COLUMNS, 1, 16)
BY_INDUSTRY = Spill(SHEET, "B53", _COLUMNS, 1, 40)
BY_SOURCE = Spill(SHEET, "K33", _COLUMNS, 1, 60)
_FINE = "0.00%"
FROM, TO = "$C$6", "$C$7"


def draw(draft: Draft, page: Page) -> None:
    page.present(
        "Close rates",
        "Share of leads that become customers, and the range in which the true rate lies.",
        (20, 11, 11, 11, 11, 11, 11, 11, 4, 20, 11, 11, 11, 11, 11, 11, 11),
    )
    page.section("B5", "Leads made in this period", 8)
    page.text("B6", "From", "label")
    page.formula("C6", "=IF(As_Of=0,0,EDATE(C7,-12)+1)", "input_formula", num_format=styles.DATE)
    page.text("B7", "To", "label")
    page.formula("C7", "=IF(As_Of=0,0,As_Of-Sales_Cycle_Days)", "input_formula", num_format=styles.DATE)
    page.text("D6", "Twelve months, up to one sales cycle ago:", "note", indent=1)
    page.text("D7", "younger leads have not had the time to close. Type other days over these.", "note", indent=1)
    _tiles(page)
    for cell, spill, title in (("B14", BY_TYPE, "Close rate by lead type"), ("K14", BY_SOURCE, "Close rate by source")):
        chart = charts.intervals(draft.workbook, spill, title, (690, 330))
        page.sheet.insert_chart(cell, chart, {"object_position": 2, "description": f"{title} with its 95% interval"})
    for cell, spill, title, column in (
        ("B31", BY_TYPE, "By lead type", "Lead type"),
        ("B51", BY_INDUSTRY, "By industry", "Industry"),
        ("K31", BY_SOURCE, "By source", "Source"),
    ):
        page.section(cell, title, 8)
        groups = groups_in_period(column, f"MAX(1,{FROM})", TO)  # day 0 would be that of blank rows
        page.spill(spill, f"=CLOSE_RATE_BY({groups},Daily[Customers],Daily[Leads],95%)")


def _tiles(page: Page) -> None:
    leads, customers = (totals.total(column, FROM, TO) for column in ("Leads", "Customers"))
    interval = f"CLOSE_RATE_INTERVAL({customers},{leads},95%)"
    mature = "MATURE_CLOSE_RATE(Leads[Created],Leads[Closed],Leads[Won],As_Of,Sales_Cycle_Days)"
    agreed = "WEIGHTED_CLOSE_RATE(Lead_types[Close rate],{})"
    now = when_possible(agreed.format(totals.MONTH_LEADS_PER_TYPE))
    page.strip(
        "B9",
        [
            Tile(
                "Close rate of the period", when_possible(f"CLOSE_RATE({customers},{leads})"), _FINE, "of all its leads"
            ),
            Tile("At least, 95% sure", when_possible(f"INDEX({interval},1)"), _FINE, "low end of the interval"),
            Tile("At most, 95% sure", when_possible(f"INDEX({interval},2)"), _FINE, "high end of the interval"),
            Tile("Mature close rate", when_possible(mature), _FINE, "all leads a cycle old"),
        ],
    )
    page.strip(
        "K9",
        [
            Tile("Close rate in use", "=Agreed_Close_Rate", _FINE, "typed on Inputs"),
            Tile("Weighted, agreed mix", "=" + agreed.format("Lead_types[Mix]"), _FINE, "rates and mix of Inputs"),
            Tile("Weighted, this month", now, _FINE, "agreed rates, actual mix", name="Now_Weighted_Rate"),
            Tile("Leads of the period", unless_empty(leads), styles.COUNT, "that the rates rest on"),
        ],
    )
