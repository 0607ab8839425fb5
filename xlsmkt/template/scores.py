"""Scores: the score of every lead, each in the row that the lead has on the sheet Leads."""

from xlsmkt.template import styles
from xlsmkt.template.page import Draft, Page, Spill

SHEET = "Scores"
ABOUT = "The score of each lead, in the order of the sheet Leads."
ROOM = 1_048_575  # below the headings: the sheet has room for as many leads as Leads itself
SCORES = Spill(SHEET, "A1", (styles.ONE, styles.ONE, styles.ONE), 1, ROOM)


def draw(draft: Draft, page: Page) -> None:
    sheet = page.sheet
    sheet.hide_gridlines(2)
    sheet.set_column(0, 2, 12, page.styles("spilled", num_format=styles.ONE))
    sheet.set_column(3, 3, 4)
    sheet.set_row(0, 24)
    # in a file, Excel takes the bare name of a table for a defined name, and LibreOffice knows no Leads[#Data]
    leads = "Leads[[#Headers]],Leads[[#Data]]"
    page.spill(SCORES, f"=LEAD_SCORE({leads},Scoring_rules[[#Data]])", styled=1, align="right")
    for row, line in enumerate(
        (
            "The points of each lead, by the rules on the sheet Scoring. There is nothing to type here.",
            "Each lead stands in the row that it has on the sheet Leads: the score in row 2 is that of the lead there.",
            "Explicit: who the lead is. Implicit: what it did.",
        ),
        2,
    ):
        page.text(f"E{row}", line, "note")
    # to the end of the sheet, for as many leads as there may be: our functions leave blank cells at the end out
    draft.workbook.define_name("Lead_Scores", f"={SHEET}!$C$2:$C${ROOM + 1}")
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    page.print_setup(landscape=False)
