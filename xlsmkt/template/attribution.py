"""Attribution: which channels earned the customers and the revenue, by the chosen model and by all of them."""

from typing import Any

from xlsmkt.template import charts, credits, styles
from xlsmkt.template.credits import CHOSEN, COMPARED
from xlsmkt.template.formulas import as_text
from xlsmkt.template.limits import refusal
from xlsmkt.template.page import Draft, Page, Tile

SHEET = "Attribution"
ABOUT = "Which channels earned the customers, seen by eight models."
_HEADINGS = CHOSEN.first[0] + 1
BESIDE = ("Spend", "Cost per customer", "ROI")  # columns E to G

NO_TOUCHES = 'SUMPRODUCT((Touches[Lead ID]<>"")*1)=0'


def draw(draft: Draft, page: Page) -> None:
    page.present(
        "Attribution",
        "Which channels earned the customers and their revenue, by the touches that came before the sale.",
        (22, 12, 12, 12, 12, 12, 3, *[11] * 8),
    )
    _asking(draft, page)
    _explaining(page)
    _standing(page)
    _table(page)
    _charts(draft, page)
    page.sheet.freeze_panes(3, 0)


def _asking(draft: Draft, page: Page) -> None:
    page.formula("B4", f"={_missing()}", "warning", array=True, align="left")
    page.section("B5", "Leads won in this period", 6)
    year_ago = '=IF(As_Of=0,0,IFERROR(EDATE(Attribution_To,-12)+1,""))'
    lines: tuple[tuple[str, str, Any, str, str, dict[str, Any]], ...] = (
        (
            "From",
            "Attribution_From",
            year_ago,
            styles.DATE,
            "Twelve months.",
            {},
        ),
        ("To", "Attribution_To", "=As_Of", styles.DATE, "Type other days over these.", {}),
        (
            "Model",
            "Attribution_Model",
            "linear",
            "General",
            "Choose from the list; the models are explained on the right.",
            {"validate": "list", "source": list(credits.MODELS), **refusal("one of the models in the list")},
        ),
        (
            "Half-life, days",
            "Half_Life",
            credits.USUAL_HALF_LIFE,
            styles.COUNT,
            f'=IF({credits.NO_HALF_LIFE},"Type more than 0 days, such as 7: time decay needs them.",'
            '"For time decay: this long before the last touch, half as much.")',
            {"validate": "decimal", "criteria": ">", "value": 0, **refusal("more than 0 days, such as 7")},
        ),
    )
    for row, (label, name, value, number_format, note, rule) in enumerate(lines, 6):
        page.text(f"B{row}", label, "label")
        if isinstance(value, str) and value.startswith("="):
            page.formula(f"C{row}", value, "input_formula", num_format=number_format)
            rule = {"validate": "date", "criteria": ">=", "value": 0, **refusal("a date, such as 2026-03-31")}
        else:
            page.value(f"C{row}", value, "input", num_format=number_format)
        (page.formula if note.startswith("=") else page.text)(f"D{row}", note, "note", align="left", indent=1)
        draft.name(name, SHEET, f"C{row}")
        page.sheet.data_validation(f"C{row}", rule)


def _explaining(page: Page) -> None:
    page.section("I5", "What the models say", 8)
    for row, (model, words) in enumerate(credits.MODELS.items(), 6):
        page.text(f"I{row}", model, "text", bold=True)
        page.text(f"J{row}", words, "note")
    chosen = page.styles.condition(font_color=styles.ACCENT, bg_color=styles.ACCENT_PALE)
    page.sheet.conditional_format(
        f"I6:P{5 + len(credits.MODELS)}", {"type": "formula", "criteria": "=$I6=Attribution_Model", "format": chosen}
    )


def _missing() -> str:
    """One sentence on what keeps the sheet from naming channels."""
    reasons = (
        (
            NO_TOUCHES,
            '"There are no touches yet. Refresh with a file of them as well: '
            'a lead ID, a time and a channel in each row."',
        ),
        (
            credits.NO_MODEL,
            'IF(Attribution_Model="","Choose a model from the list.",'
            '"There is no model """&Attribution_Model&""": choose one from the list.")',
        ),
        (credits.NO_TABLE, '"Time decay needs a half-life: type more than 0 days, such as 7."'),
        (credits.NO_PERIOD, '"Type the first and the last day of the period."'),
        ("Attribution_From>Attribution_To", '"The period ends before it begins: type other days."'),
        (f"{_WON}=0", '"No lead was won in this period: choose other days."'),
        (f"{_total(1)}=0", '"No touch belongs to a lead won in this period: compare the lead IDs of the two files."'),
    )
    told = '""'
    for reason, words in reversed(reasons):
        told = f"IF({reason},{words},{told})"
    return told


def _total(number: int) -> str:
    """The customers (1) or the revenue (2) that a model shares among the channels: the same in all of them.

    The last row of a table is that of all channels, and no other row has more.
    """
    return f"MAX({credits.column('linear', number)})"


_WON = f"SUMPRODUCT({credits.WON})"


def _standing(page: Page) -> None:
    best = CHOSEN.at(1, 0)
    nothing = f"OR({NO_TOUCHES},{_total(1)}=0)"
    nobody = f"OR({nothing},{credits.NO_TABLE})"
    page.strip(
        "B11",
        [
            Tile(
                "Customers with touches",
                f'=IF({NO_TOUCHES},"–",{_total(1)})',
                styles.COUNT,
                f'="of "&FIXED({_WON},0)&" won in the period"',
            ),
            Tile("Their revenue", f'=IF({nothing},"–",{_total(2)})', styles.MONEY, "shared among the channels"),
            Tile(
                "The most credit goes to",
                f'=IF({nobody},"–",{best})',
                "General",
                '="by the model "&Attribution_Model',
            ),
        ],
        small=True,
    )
    without = f"SUMPRODUCT({credits.WON}*IF(Leads[Amount]>0,0,1))"
    page.formula(
        "B14",
        f'=IF({without}=0,"","Won without an amount, and credited without revenue: "&FIXED({without},0))',
        "note",
        array=True,
        align="left",
    )


def _table(page: Page) -> None:
    top, first, rows = _HEADINGS, _HEADINGS + 1, CHOSEN.room
    last = _HEADINGS + rows
    period = 'Spend[Date],">="&Attribution_From,Spend[Date],"<="&Attribution_To'
    whole = f"SUMIFS(Spend[Cost],{period})"
    page.section(f"B{top - 2}", "", 6)
    page.formula(f"B{top - 2}", '="By channel, model "&Attribution_Model', "section", align="left")
    # the spend of the channels listed is in the column once, in the row All all spend is
    elsewhere = f"2*{whole}-SUM($E${first}:$E${last})"
    told = f'"Spend on channels without a touch, in the last row only: "&FIXED({elsewhere},0)'
    silent = f"OR({NO_TOUCHES},{credits.NO_TABLE},{elsewhere}<1)"
    page.formula(
        f"B{top - 1}",
        f'=IF({silent},"Spend of the same days; ROI on the gross margin, of the customers with touches only.",{told})',
        "note",
        array=True,
        align="left",
    )
    page.section(
        f"I{top - 2}",
        "Customers credited by each model",
        8,
        "All models share out the same customers. Touches after the sale count, too, where the data hold any.",
    )
    model = f'IF({credits.NO_MODEL},"linear",Attribution_Model)'
    page.spill(CHOSEN, "=" + credits.credits_by(model, credits.NO_TABLE))
    page.sheet.set_row(top - 1, 30)
    channels, credit, value, spend = (f"{column}{first}:{column}{last}" for column in "BCDE")
    # by its place: the last row, below which there is nothing, is that of all channels
    is_all = f'B{first + 1}:B{last + 1}=""'
    # what the tables call a channel of the name All
    called = f'IF({as_text(channels)}="All (group)","All",{as_text(channels)})'
    no_revenue = f"({value}=0)*({credit}>0)"  # of customers without an amount the revenue is not known
    columns = {
        "E": (f"IF({is_all},{whole},SUMIFS(Spend[Cost],Spend[Channel],{called},{period}))", styles.MONEY),
        "F": (f'IF({spend}=0,"–",IFERROR(CUSTOMER_ACQUISITION_COST({spend},{credit}),"–"))', styles.MONEY),
        "G": (f'IF({no_revenue},"–",IFERROR(MARKETING_ROI({value},{spend},Gross_Margin),"–"))', "0%"),
    }
    for (column, (formula, number_format)), heading in zip(columns.items(), BESIDE, strict=True):
        page.text(f"{column}{top}", heading, "column_heading")
        page.column(f"{column}{first}", f'=IF({channels}="","",{formula})', rows, "spilled", num_format=number_format)
    page.warn_below_zero(f"G{first}:G{last}")
    for model in credits.MODELS:
        column = credits.model_column(model)
        page.text(f"{column}{top}", model, "column_heading")
        looked_up = f"IF({is_all},MAX({credits.column(model, 1)}),{credits.credit_of(model, channels)})"
        if model == "time decay":
            looked_up = f'IF({credits.NO_HALF_LIFE},"–",{looked_up})'
        shown = f'=IF({channels}="","",{looked_up})'
        page.column(f"{column}{first}", shown, rows, "spilled", num_format=styles.ONE)
    for area in (f"E{first}:G{last}", f"I{first}:P{last}"):
        page.rule(area, f"$B{first}")


def _charts(draft: Draft, page: Page) -> None:
    colours = (styles.ACCENT_MID, styles.GREY, styles.ACCENT, styles.WARNING)
    compared = [
        (f"{model} touch" if model in ("first", "last") else model, credits.series(number), colour)
        for number, (model, colour) in enumerate(zip(COMPARED, colours, strict=True), 2)
    ]
    pair = [
        ("the chosen model", credits.series(1), styles.ACCENT),
        ("last touch", credits.series(2 + COMPARED.index("last")), styles.ACCENT_MID),
    ]
    for cell, title, columns, width in (
        ("B15", "The eight channels with most credit: customers, also by the last touch", pair, 600),
        ("I15", "The same channels by four models", compared, 680),
    ):
        chart = charts.columns_and_line(
            draft.workbook, title, credits.series(0), columns, (width, 290), category_format="General"
        )
        page.sheet.insert_chart(cell, chart, {"object_position": 2, "description": f"{title}, by channel"})
