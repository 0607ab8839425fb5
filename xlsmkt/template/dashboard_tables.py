"""The tables on the second page of the dashboard: the funnel, the channels and the leads to call."""

from xlsmkt.template import funnel_metrics, funnel_sheet, kpis, scoring, styles
from xlsmkt.template.formulas import as_text, date_text
from xlsmkt.template.page import Page
from xlsmkt.template.words import counted

FUNNEL, CHANNELS = 47, 62  # rows of their headings
LISTED = 12  # channels, and leads to call

_STAGES = ("Visits", "Leads", "MQLs", "SQLs", "Opportunities", "Customers")
NOTE = "young leads still move; rates and words: of 12 months of leads that are a sales cycle old"
AREAS = {
    "Page_Funnel": f"B{FUNNEL}:H{FUNNEL + len(_STAGES) + 1}",
    "Page_Channels_Note": f"C{CHANNELS - 1}",  # the period
    "Page_Channels": f"B{CHANNELS}:H{CHANNELS + LISTED}",
    "Page_Calls": f"O{FUNNEL}:Q{FUNNEL + LISTED}",
}


def draw(page: Page) -> None:
    _funnel(page)
    _channels(page)
    _calls(page)


def _funnel(page: Page) -> None:
    """How far the leads get, and each stage's rate beside its usual one: the bottleneck is named in words."""
    page.section(f"B{FUNNEL - 1}", "Funnel of the leads made, and its bottleneck", 12)
    names = (
        "Stage",
        "Month to date",
        "Year to date",
        "Last year, same days",
        "Rate, 12 months",
        "Usual",
    )
    page.headings(f"B{FUNNEL}", names)
    page.text(f"H{FUNNEL}", "In words", "column_heading", align="left", indent=1)
    page.sheet.set_row(FUNNEL - 1, 30)
    first, last = FUNNEL + 1, FUNNEL + len(_STAGES)
    periods = {"C": funnel_metrics.MONTH, "D": funnel_metrics.YEAR, "E": funnel_metrics.YEAR_BEFORE}
    known = {"Visits": funnel_metrics.COMPLETE_ROW + 1}
    for row, stage in enumerate(_STAGES, first):
        count = funnel_metrics.COUNT_ROW[stage]
        page.formula(f"B{row}", f"=Funnel!B{count}", "label", num_format="General", align="left")
        for column, period in periods.items():
            whole = f"Funnel!{period}{known.get(stage, funnel_metrics.COMPLETE_ROW)}"
            shown = f"Funnel!{period}{count}"
            page.formula(f"{column}{row}", f'=IF({whole}="yes",{shown},"–")' if column == "E" else f"={shown}")
        mature, before = (f"Funnel!{funnel_metrics.MATURE}{count - step}" for step in (0, 1))
        usual = f"SUMIF(Funnel_stages[Stage],B{row},Funnel_stages[Usual rate])"
        rate = f'IF(N({before})=0,"–",{mature}/{before})' if row > first else '"–"'
        page.formula(f"F{row}", f"={rate}", num_format=styles.RATE)
        page.formula(f"G{row}", f'=IF({usual}=0,"–",{usual})', num_format=styles.RATE)
        page.formula(f"H{row}", _rate_in_words(row), "label", align="left", indent=1, num_format="General")
    closed = last + 1
    page.text(f"B{closed}", "Closed so far", "label", bold=True)
    metric = next(n for n, metric in enumerate(funnel_metrics.QUALITY) if metric[0] == "Lead to customer")
    whole = f"Funnel!{funnel_metrics.YEAR_BEFORE}{funnel_metrics.COMPLETE_ROW}"
    for column, period in periods.items():
        shown = f"Funnel!{period}{funnel_metrics.FIRST_QUALITY + metric}"
        formula = f'=IF({whole}="yes",{shown},"–")' if column == "E" else f"={shown}"
        page.formula(f"{column}{closed}", formula, num_format=styles.RATE, bold=True)
    for column in "FGH":
        page.value(f"{column}{closed}", None, "label")
    page.text(f"H{closed}", NOTE, "label", indent=1, font_color=styles.GREY, font_size=9)
    for column in "IJKLM":
        page.value(f"{column}{FUNNEL}", None, "column_heading")
        for row in range(first, closed + 1):
            page.value(f"{column}{row}", None, "label")
    found = page.styles.condition(font_color=styles.WARNING, bold=True)
    page.sheet.conditional_format(
        f"B{first}:H{last}", {"type": "formula", "criteria": f'=LEFT($H{first},10)="bottleneck"', "format": found}
    )


def _rate_in_words(row: int) -> str:
    """How far a stage is from its usual rate; the one that BOTTLENECK finds is called so."""
    bottleneck = as_text(funnel_sheet.BOTTLENECK.at(1, 0))
    points = f"ROUND(100*MAX(F{row}-G{row},G{row}-F{row}),0)"
    words = f'{counted(points, "point")}&IF(F{row}<G{row}," below"," above")&" the usual rate"'
    named = f'IF(B{row}={bottleneck},"bottleneck: ","")&IF({points}=0,"as usual",{words})'
    return f'=IF(AND(ISNUMBER(F{row}),ISNUMBER(G{row})),{named},"")'


def _channels(page: Page) -> None:
    """What the largest channels cost and bring, for the period of the sheet KPIs."""
    page.section(f"B{CHANNELS - 1}", "Channels", 7)
    page.formula(
        f"C{CHANNELS - 1}",
        f'=IF(As_Of=0,"",{date_text("KPI_From")}&" to "&{date_text("KPI_To")})',
        "section",
        align="left",
        font_size=9,
        bold=False,
        font_color=styles.GREY,
    )
    page.headings(f"B{CHANNELS}", ("Channel", "Spend", "Leads", "Customers", "Cost a lead", "ROI so far"))
    page.text(f"H{CHANNELS}", "In words", "column_heading", align="left", indent=1)
    columns = {
        "C": (kpis.SPEND, styles.MONEY),
        "D": (kpis.LEADS, styles.COUNT),
        "E": (kpis.CUSTOMERS, styles.COUNT),
        "F": (kpis.COST_PER_LEAD, styles.MONEY),
        "G": (kpis.ROI, "#,##0%"),
    }
    for number in range(1, LISTED + 1):
        row, name = CHANNELS + number, kpis.BY_CHANNEL.at(number, 0)
        # without the table's row All
        page.formula(f"B{row}", f'=IF(OR({name}="",{as_text(name)}="All"),"",{name})', "label", align="left", bottom=0)
        for column, (place, number_format) in columns.items():
            figure = kpis.BY_CHANNEL.at(number, place)
            shown = f'=IF(OR($B{row}="",{figure}=""),"",{figure})'
            page.formula(f"{column}{row}", shown, num_format=number_format, bottom=0)
        words = f'=IF(ISNUMBER(G{row}),IF(G{row}<0,"at a loss","paid back"),"")'
        page.formula(f"H{row}", words, "label", align="left", indent=1, num_format="General", bottom=0)
    page.warn_below_zero(f"G{CHANNELS + 1}:G{CHANNELS + LISTED}")
    page.rule(f"B{CHANNELS + 1}:H{CHANNELS + LISTED}")


def _calls(page: Page) -> None:
    page.section(f"O{FUNNEL - 1}", "To call next, the best first", 6)
    owner = '=IF(Call_Owner="","","of "&Call_Owner&" only")'
    page.formula(f"S{FUNNEL - 1}", owner, "section", font_size=9, align="left")
    page.headings(f"O{FUNNEL}", ("Lead", "Score"))
    page.text(f"Q{FUNNEL}", "Rep", "column_heading", align="left", indent=1)
    for column in "RST":
        page.value(f"{column}{FUNNEL}", None, "column_heading")
    _, lead, score, owner_column, step = range(5)
    for number in range(1, LISTED + 1):
        row = FUNNEL + number
        shown = f'IF({as_text(scoring.CALLS.at(number, step))}="call",{{}},"")'
        page.formula(f"O{row}", "=" + shown.format(scoring.CALLS.at(number, lead)), "label", align="left", bottom=0)
        page.formula(f"P{row}", "=" + shown.format(scoring.CALLS.at(number, score)), num_format=styles.ONE, bottom=0)
        owner = "=" + shown.format(scoring.CALLS.at(number, owner_column))
        page.formula(f"Q{row}", owner, "label", align="left", indent=1, bottom=0)
        for column in "RST":
            page.value(f"{column}{row}", None, "label", bottom=0)
    page.rule(f"O{FUNNEL + 1}:T{FUNNEL + LISTED}")
