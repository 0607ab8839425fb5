"""KPIs: what leads and customers cost and bring, by channel and campaign; the pipeline; what a customer is worth."""

from xlsmkt.template import charts, styles, totals
from xlsmkt.template.formulas import when_possible
from xlsmkt.template.notes import looking_back
from xlsmkt.template.page import Draft, Page, Spill, Tile

SHEET = "KPIs"
ABOUT = "Cost, acquisition cost and return by channel and campaign."
_CENTS = "#,##0.00"
_RETURN = "#,##0%"
_SHORT = '[>=1000000]#,##0.0,,"m";[>=100000]#,##0,"k";#,##0'  # for a tile that is narrow
_TO_ONE = '0.0" : 1"'
_FORMATS = (
    "General",
    styles.MONEY,
    styles.COUNT,
    styles.COUNT,
    styles.COUNT,
    styles.MONEY,
    _CENTS,
    styles.MONEY,
    styles.MONEY,
    styles.RATE,
    _RETURN,
)
SPEND, LEADS, CUSTOMERS, COST_PER_LEAD, ROI = 1, 2, 4, 6, 10  # columns of the tables
CHANNELS, CAMPAIGNS = 40, 200  # shown by themselves; then a row for the others and one for All
BY_CHANNEL = Spill(SHEET, "B59", _FORMATS, 1, CHANNELS + 2)
BY_CAMPAIGN = Spill(SHEET, "B106", _FORMATS, 1, CAMPAIGNS + 2)
_SPEND, _LEADS, _OPPORTUNITIES, _CUSTOMERS, _REVENUE = map(
    totals.of_all, ("Spend", "Leads", "Opportunities", "Customers", "Revenue")
)
# An export without amounts: what the customers bring is not known, and no return is.
_NO_AMOUNTS = f"AND({_CUSTOMERS}>0,{_REVENUE}=0)"

# label, formula, number format, note
Line = tuple[str, str, str, str]
PIPELINE_ROW, CUSTOMER_ROW = 36, 47
WON, LOST, DEAL, CYCLE, OPEN, OPEN_VALUE, QUOTA, WON_OF_IT = (f"$C${PIPELINE_ROW + line}" for line in range(8))


def _deals(*conditions: str, values: str = "") -> str:
    """Leads that meet all conditions, such as ``Won >="&KPI_From``: their number, or the sum of their ``values``."""
    pairs = ",".join(f'Leads[{column}],"{limit}' for column, _, limit in (c.partition(" ") for c in conditions))
    return f"SUMIFS(Leads[{values}],{pairs})" if values else f"COUNTIFS({pairs})"


_CLOSED = ('Closed >="&KPI_From', 'Closed <="&KPI_To')
_WON = ('Won >="&KPI_From', 'Won <="&KPI_To')
_OPENED = ('Opportunity >0"', 'Opportunity <="&As_Of')
_CLOSED_BY_NOW = ('Closed >0"', 'Closed <="&As_Of')
_IS_WON = 'Won >0"'
_HAS_AMOUNT = 'Amount >0"'


def _still_open(*more: str, values: str = "") -> str:
    return f"{_deals(*_OPENED, *more, values=values)}-{_deals(*_OPENED, *_CLOSED_BY_NOW, *more, values=values)}"


_TO_WIN = "(Leads[Won]>=MAX(1,KPI_From))*(Leads[Won]<=KPI_To)*(Leads[Opportunity]>0)*(Leads[Won]>=Leads[Opportunity])"
_DAYS_TO_WIN = f"MEDIAN(IF({_TO_WIN},Leads[Won]-Leads[Opportunity]))"
PIPELINE: tuple[Line, ...] = (
    (
        "Deals won",
        f"={_deals(*_WON)}",
        styles.COUNT,
        "Won in the period, whenever the lead was made.",
    ),
    (
        "Deals lost",
        f"={_deals(*_CLOSED)}-{_deals(*_CLOSED, _IS_WON)}",
        styles.COUNT,
        "Closed in the period and not won.",
    ),
    (
        "Average deal won",
        when_possible(f"AVERAGE_DEAL_SIZE({_deals(*_WON, values='Amount')},{_deals(*_WON, _HAS_AMOUNT)})"),
        styles.MONEY,
        "Of the deals won in the period that have an amount.",
    ),
    (
        "Days from opportunity to won",
        # a table of one row is no array: its FALSE would be a 0 to MEDIAN
        f'=IFERROR(IF(SUMPRODUCT({_TO_WIN}*1)=0,"–",{_DAYS_TO_WIN}),"–")',
        styles.COUNT,
        "The median of the deals won in the period: half of them took longer.",
    ),
    (
        "Open opportunities",
        f"={_still_open()}",
        styles.COUNT,
        "Open on the day of the figures, whenever the lead was made.",
    ),
    (
        "Open pipeline",
        f"={_still_open(values='Amount')}+({OPEN}-({_still_open(_HAS_AMOUNT)}))*Agreed_Deal_Size",
        styles.MONEY,
        "Their amounts; one without an amount counts as the average deal size of Inputs.",
    ),
    ("Quota of the month", "=SUM(Reps[Quota])", styles.MONEY, "Of all reps listed on Inputs."),
    (
        "Revenue won this month",
        '=SUMIFS(Leads[Amount],Leads[Won],">="&SLA_Month,Leads[Won],"<="&SLA_Date)',
        styles.MONEY,
        "What is left of the quota is what the open pipeline must cover.",
    ),
)

RETENTION, CHURN, MONTHS, CHURN_MONTH, CHURN_YEAR, VALUE, RATIO, PAYBACK = (
    f"$C${CUSTOMER_ROW + line}" for line in range(8)
)
_COUNTED = "Customers_Start,Customers_Now,Customers_New"


def _typed(formula: str, *inputs: str) -> str:
    """A figure that waits for inputs of which no export tells."""
    blank = ",".join(f'{name}=""' for name in inputs)
    return when_possible(f'IF(OR({blank}),"–",{formula})')


CUSTOMER: tuple[Line, ...] = (
    (
        "Retention rate, year to date",
        _typed(f"RETENTION_RATE({_COUNTED})", "Customers_Start", "Customers_Now"),
        styles.RATE,
        "Customers now less the new ones, over those at the start of the year: the numbers typed on Inputs.",
    ),
    (
        "Churn rate, year to date",
        _typed(f"CHURN_RATE({_COUNTED})", "Customers_Start", "Customers_Now"),
        styles.RATE,
        "The others have left.",
    ),
    (
        "Months of the year so far",
        '=IF(As_Of=0,"–",(SLA_Date-DATE(YEAR(SLA_Month),1,1)+1)/365*12)',
        styles.ONE,
        "From 1 January to the day of the figures.",
    ),
    (
        "Churn rate a month",
        when_possible(f"1-(1-{CHURN})^(1/{MONTHS})"),
        "0.00%",
        "The same share leaving every month gives the churn so far.",
    ),
    ("Churn rate a year, at this pace", when_possible(f"1-(1-{CHURN_MONTH})^12"), styles.RATE, "Twelve such months."),
    (
        "Lifetime value of a customer",
        _typed(f"LIFETIME_VALUE(Customer_Revenue,Gross_Margin,{CHURN_MONTH})", "Customer_Revenue"),
        styles.MONEY,
        "Revenue of a customer a month × gross margin (Inputs) / churn rate a month.",
    ),
    (
        "Lifetime value to acquisition cost",
        when_possible(f"LTV_TO_CAC({VALUE},Now_Acquisition_Cost)"),
        _TO_ONE,
        "With the acquisition cost of the tile above. Three to one is a common yardstick.",
    ),
    (
        "Months until a customer has paid back",
        _typed("CAC_PAYBACK_MONTHS(Now_Acquisition_Cost,Customer_Revenue,Gross_Margin)", "Customer_Revenue"),
        styles.ONE,
        "Acquisition cost / (revenue of a customer a month × gross margin).",
    ),
)


def draw(draft: Draft, page: Page) -> None:
    page.present(
        SHEET,
        "What leads and customers cost and what comes back, by channel and campaign.",
        (33, *[12.3] * 10),
    )
    page.formula("B4", looking_back(), "note", align="left")
    _period(draft, page)
    _tiles(page)
    _charts(draft, page)
    _lines(page, PIPELINE_ROW, "Pipeline", PIPELINE)
    _lines(page, CUSTOMER_ROW, "What a customer is worth", CUSTOMER)
    _inputs_to_fill(page)
    for spill, title, note, formula in (
        (
            BY_CHANNEL,
            "By channel",
            "The source of the leads beside the channel of the spend: they meet by name. A channel in two rows is "
            f"spelled in two ways. (others): those after the {CHANNELS} with most leads.",
            totals.kpis_by_channel(CHANNELS),
        ),
        (
            BY_CAMPAIGN,
            "By campaign",
            "Campaigns of one name are one campaign, whatever their channel. (none): leads and spend of no campaign. "
            f"(others): those after the {CAMPAIGNS} with most leads.",
            totals.kpis_by_campaign(CAMPAIGNS),
        ),
    ):
        top = spill.first[0]
        page.section(f"B{top - 1}", title, 11, note)
        page.warn_below_zero(f"L{top + 2}:L{top + 1 + spill.room}")
        page.spill(spill, "=" + formula)
        page.sheet.set_row(top, 30)
    page.print_in_parts((34, 57, BY_CAMPAIGN.first[0] - 1), 79)


def _period(draft: Draft, page: Page) -> None:
    page.section("B5", "Period", 11)
    for row, label, day, name in (
        (6, "From", "=DATE(YEAR(SLA_Month),1,1)", "KPI_From"),
        (7, "To", "=SLA_Date", "KPI_To"),
    ):
        page.text(f"B{row}", label, "label")
        page.formula(f"C{row}", day, "input_formula", num_format=styles.DATE)
        draft.name(name, SHEET, f"C{row}")
    page.text("B8", "Cost of sales people in the period", "label")
    page.value("C8", 0, "input", num_format=styles.MONEY)
    draft.name("Sales_Cost", SHEET, "C8")
    page.sheet.data_validation(
        "C8",
        {
            "validate": "decimal",
            "criteria": ">=",
            "value": 0,
            "error_title": "This input does not fit",
            "error_message": "Give an amount of 0 or more.",
        },
    )
    for row, note in (
        (6, "Leads by the day of creation, spend by its date. Customers and revenue are what these leads have brought"),
        (7, "so far: young leads still move. Type other days over these."),
        (8, "Salaries, commissions, tools: part of the acquisition cost in the tile below, not of the tables'."),
    ):
        page.text(f"D{row}", note, "note", indent=1)
    page.formula("B9", _warning(), "warning", align="left", font_size=9)


def _warning() -> str:
    """What keeps figures of the period from being known."""
    return (
        '=IF(As_Of=0,"",IF(KPI_From>KPI_To,"From is after To: there is no such period. Type an earlier day into From, '
        'or a later one into To.",'
        f'IF({_SPEND}=0,"No spend is imported for this period: costs and returns are not known. ",'
        f'IF({_SPEND}<0,"The credits of this period exceed its spend: costs and returns are not known. ",""))&'
        f'IF({_NO_AMOUNTS},"The leads won have no amounts: revenue and returns are not known.","")))'
    )


def _inputs_to_fill(page: Page) -> None:
    words = {
        "Customers_Start": "Customers, start of the year",
        "Customers_Now": "Customers now",
        "Customer_Revenue": "Revenue of a customer a month",
    }
    blank = "&".join(f'IF({name}="","  {label}.","")' for name, label in words.items())
    needed = ",".join(f'{name}=""' for name in words)
    page.formula(
        f"B{CUSTOMER_ROW + len(CUSTOMER)}",
        f'=IF(OR({needed}),"Still to fill on Inputs:"&{blank},"")',
        "warning",
        align="left",
        font_size=9,
    )


def _tiles(page: Page) -> None:
    def known(formula: str) -> str:
        return when_possible(f'IF({_SPEND}>0,{formula},"–")')

    def with_amounts(formula: str) -> str:
        return f'IF({_NO_AMOUNTS},"–",{formula})'

    headlines = [
        Tile("Spend", f'=IF({_SPEND}=0,"–",{_SPEND})', styles.MONEY, "on marketing, in the period"),
        Tile(
            "Cost per lead",
            known(f"COST_PER_LEAD({_SPEND},{_LEADS})"),
            _CENTS,
            _counted(_LEADS, "leads"),
            "Now_Cost_Per_Lead",
        ),
        Tile(
            "Cost per opportunity",
            known(f"COST_PER_OPPORTUNITY({_SPEND},{_OPPORTUNITIES})"),
            _SHORT,
            _counted(_OPPORTUNITIES, "opportunities"),
        ),
        Tile(
            "Acquisition cost (CAC)",
            known(f"CUSTOMER_ACQUISITION_COST({_SPEND}+Sales_Cost,{_CUSTOMERS})"),
            _SHORT,
            f'=FIXED({_CUSTOMERS},0)&" customers"&IF(Sales_Cost=0,", marketing only","")',
            "Now_Acquisition_Cost",
        ),
        Tile(
            "Revenue of these leads",
            f'=IF({_LEADS}=0,"–",{with_amounts(_REVENUE)})',
            _SHORT,
            "won so far",
        ),
        Tile(
            "Marketing ROI",
            known(with_amounts(f"MARKETING_ROI({_REVENUE},{_SPEND},Gross_Margin)")),
            _RETURN,
            '="at a margin of "&FIXED(100*Gross_Margin,0)&"%"',
            "Now_Marketing_ROI",
        ),
    ]
    win_rate = f"WIN_RATE({WON},{LOST})"
    further = [
        Tile("Win rate", when_possible(win_rate), styles.RATE, f'=FIXED({WON},0)&" won, "&FIXED({LOST},0)&" lost"'),
        Tile(
            "Pipeline velocity, a day",
            when_possible(f"PIPELINE_VELOCITY({OPEN},{win_rate},{DEAL},{CYCLE})"),
            _SHORT,
            _counted(OPEN, "open opportunities"),
        ),
        Tile(
            "Pipeline coverage",
            when_possible(f'IF(As_Of=0,"–",PIPELINE_COVERAGE({OPEN_VALUE},{QUOTA},{WON_OF_IT}))'),
            '0.0"×"',
            f'=IF({WON_OF_IT}<{QUOTA},"of "&FIXED({QUOTA}-{WON_OF_IT},0)&" quota left","the quota is reached")',
        ),
        Tile("Lifetime value", f"={VALUE}", _SHORT, "of a customer"),
        Tile("Lifetime value to CAC", f"={RATIO}", _TO_ONE, "three to one is usual"),
        Tile("Months to pay back", f"={PAYBACK}", styles.ONE, "the acquisition cost"),
    ]
    for row, tiles, small in ((10, headlines, False), (14, further, True)):
        page.strip(f"B{row}", tiles[:1], 1, small=small)  # the first column is as wide as two
        page.strip(f"C{row}", tiles[1:], small=small)
    page.sheet.set_row(12, 8)


def _counted(number: str, what: str) -> str:
    return f'=FIXED({number},0)&" {what}"'


def _charts(draft: Draft, page: Page) -> None:
    for cell, title, column, number_format in (
        ("B18", "Cost per lead by channel", COST_PER_LEAD, _CENTS),
        ("G18", "Marketing ROI by channel", ROI, _RETURN),
    ):
        chart = charts.bars(draft.workbook, BY_CHANNEL, column, title, number_format, (535, 340))
        page.sheet.insert_chart(cell, chart, {"object_position": 2, "description": title})


def _lines(page: Page, first: int, title: str, lines: tuple[Line, ...]) -> None:
    page.section(f"B{first - 1}", title, 11)
    for row, (label, formula, number_format, note) in enumerate(lines, first):
        page.text(f"B{row}", label, "label")
        page.formula(f"C{row}", formula, array="Leads[" in formula and "IF((" in formula, num_format=number_format)
        page.text(f"D{row}", note, "note", indent=1)
