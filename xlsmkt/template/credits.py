"""The credits of all attribution models, a table each, on the sheet Totals: the sheet Attribution looks them up."""

from typing import Any

from xlsmkt.template import styles
from xlsmkt.template.formulas import as_text
from xlsmkt.template.page import Page, Spill

SHEET = "Totals"
MODELS = {
    "first": "The first touch earns all: it made you known.",
    "last": "The last touch earns all: it came before the sale.",
    "linear": "All touches of a customer earn alike.",
    "time decay": "Later touches earn more: half as much for each half-life before the last one.",
    "U-shaped": "40% to the first and 40% to the last touch, 20% to those between.",
    "W-shaped": "30% each to the first, the middle and the last touch, 10% to the others.",
    "Markov": "What would be lost without the channel, judged by the paths of all leads, won or not.",
    "Shapley": "The channels that touched a customer earn alike, however often each did.",
}
USUAL_HALF_LIFE = 7  # days
_ROW, _LEFT = 7, 22  # of the headings, and the number of the first column: W
_CHARTS_LEFT = 80  # column CC
ROOM = 200
CHOSEN = Spill("Attribution", "B32", ("General", styles.ONE, styles.MONEY), 1, ROOM)
"""The table of the chosen model; the models' credits stand in the same rows, from column I on."""
COMPARED = ("first", "last", "linear", "Markov")
CHARTED = 8  # channels in the charts

NO_PERIOD = "NOT(AND(ISNUMBER(Attribution_From),ISNUMBER(Attribution_To)))"
NO_HALF_LIFE = "NOT(AND(ISNUMBER(Half_Life),N(Half_Life)>0))"
NO_MODEL = f"ISNA(MATCH(Attribution_Model,{{{','.join(chr(34) + model + chr(34) for model in MODELS)}}},0))"
NO_TABLE = f'OR({NO_MODEL},AND(Attribution_Model="time decay",{NO_HALF_LIFE}))'
"""What the sheet Attribution cannot be computed without."""

WON = f"(Leads[Won]>0)*(Leads[Won]>=Attribution_From)*(Leads[Won]<=Attribution_To)*IF({NO_PERIOD},0,1)"
# who was won without an amount is a customer all the same: with next to nothing, which is 0.00 in money
VALUES = f'IF({WON},IF(Leads[Amount]>0,Leads[Amount],0.000000001),"")'


def credits_by(model: str, unless: str = "") -> str:
    """The table of a model, a text in quotation marks or a cell; without any channel ``unless`` it can be computed.

    One call and nothing around it: other programs cut such a result off less than that of any other formula.
    """
    leads = f'IF((Touches[Time]>0)*IF({unless},0,1),Touches[Lead ID],"")' if unless else "Touches[Lead ID]"
    touches = f"{leads},Touches[Time],Touches[Channel]"
    return f"ATTRIBUTION({touches},{VALUES},{model},Leads[Lead ID],IF({NO_HALF_LIFE},{USUAL_HALF_LIFE},Half_Life))"


def _letter(number: int) -> str:
    first, last = divmod(number, 26)
    return ("" if not first else chr(64 + first)) + chr(65 + last)


TABLES = {
    model: Spill(SHEET, f"{_letter(_LEFT + 4 * number)}{_ROW}", ("General", "#,##0.0", styles.MONEY), 1, ROOM)
    for number, model in enumerate(MODELS)
}


def model_column(model: str) -> str:
    """The column of a model on the sheet Attribution."""
    return _letter(8 + list(MODELS).index(model))


def column(model: str, number: int) -> str:
    """A column of a model's table with room for more rows: 1 the credits of the channels, 2 their values."""
    return TABLES[model].column(number)


def credit_of(model: str, channels: str) -> str:
    """How many customers a model credits to channels, cells of another model's table; an array."""
    return f"SUMIF({TABLES[model].names},{as_text(channels)},{column(model, 1)})"


def draw(page: Page) -> None:
    _for_charts(page)
    for model, table in TABLES.items():
        row, left = table.first
        for offset, width in enumerate((20, 11, 11)):
            page.sheet.set_column(left + offset, left + offset, width)
        page.section(f"{_letter(left)}{row - 1}", f"Attribution, {model}", 3)
        page.spill(table, "=" + credits_by(f'"{model}"', NO_HALF_LIFE if model == "time decay" else ""), styled=20)
        page.names(table)


# --- what the charts of the sheet Attribution show: the first channels of its table, without the row All ---


def series(number: int) -> str:
    """A column for the charts: 0 the channels, 1 the chosen model's credits, then those of the models compared."""
    letter = _letter(_CHARTS_LEFT + number)
    return f"={SHEET}!${letter}${_ROW + 1}:${letter}${_ROW + CHARTED}"


def _for_charts(page: Page) -> None:
    page.section(f"{_letter(_CHARTS_LEFT)}{_ROW - 2}", "Attribution, for the charts", 2 + len(COMPARED))
    page.headings(f"{_letter(_CHARTS_LEFT)}{_ROW}", ("Channel", "chosen", *COMPARED))
    letters = ["B", "C", *(model_column(model) for model in COMPARED)]
    first = CHOSEN.first[0] + 2
    # the last row, below which there is nothing, is that of all channels
    for row in range(CHARTED):
        below = f"{CHOSEN.sheet}!$B${first + row + 1}"
        for number, letter in enumerate(letters):
            look: dict[str, Any] = {
                "num_format": styles.ONE if number else "General",
                "align": "right" if number else "left",
            }
            shown = f"{CHOSEN.sheet}!${letter}${first + row}"
            cell = f"{_letter(_CHARTS_LEFT + number)}{_ROW + 1 + row}"
            page.formula(cell, f'=IF({below}="","",{shown})', "spilled", **look)
