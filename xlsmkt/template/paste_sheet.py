"""Paste CRM export here: room for a whole export with its headings, and how its days and numbers are written."""

from xlsxwriter.utility import xl_range_abs

from xlsmkt.template import styles
from xlsmkt.template.limits import refusal
from xlsmkt.template.page import Draft, Page
from xlsmkt.template.web import PASTE_SHEET

SHEET = PASTE_SHEET
ABOUT = "Copy a whole CRM export, paste it here, click Refresh."

HERE = "A11"
DAYS = ("day first", "month first", "year first")
DECIMALS = (".", ",")
# label, defined name, what may be chosen, an example
ANSWERS = (
    (
        "Days are written",
        "Paste_Days",
        DAYS,
        "05/04/2026 is 5 April with day first. Blank: as the export shows. Holds for files, too.",
    ),
    (
        "Decimal sign",
        "Paste_Decimal",
        DECIMALS,
        "1.234 is more than a thousand with a comma. Blank: as the export shows. Holds for files, too.",
    ),
)
STEPS = (
    "1   Open your CRM export, select all of it (Ctrl+A; on a Mac ⌘A) and copy it (Ctrl+C, ⌘C).",
    f"2   Delete here what was pasted before, select {HERE} and paste (Ctrl+V, ⌘V).",
    "3   Click Refresh on the sheet Start.",
)
_COLUMNS = 40  # of an export, wider than usual
_CHOICES = 7  # the column from which on the choices stand unseen: within the width of an export


def draw(draft: Draft, page: Page) -> None:
    """The sheet: a page above, and below it cells as Excel has them, which take whatever is pasted."""
    sheet = page.sheet
    sheet.set_column(0, _COLUMNS - 1, 17)
    blank = page.styles("text", bg_color=styles.WHITE)
    for row in range(9):
        sheet.set_row(row, None, blank)
    sheet.set_row(0, 34, blank)
    sheet.write_string("A1", SHEET, page.styles("title", bg_color=styles.WHITE))
    for row, step in enumerate(STEPS, 2):
        sheet.write_string(f"A{row}", step, page.styles("text", bg_color=styles.WHITE, font_size=11))
    for row, (label, name, choices, note) in enumerate(ANSWERS, 6):
        sheet.write_string(f"A{row}", label, page.styles("text", bg_color=styles.WHITE))
        page.value(f"B{row}", None, "input", num_format="@", align="left")
        sheet.write_string(f"C{row}", note, page.styles("note", bg_color=styles.WHITE, indent=1))
        # as cells: in a list that stands in the rule itself, a comma would divide
        unseen = page.styles("text", bg_color=styles.WHITE, num_format=";;;", font_color=styles.WHITE)
        sheet.write_row(row - 1, _CHOICES, choices, unseen)
        source = f"={xl_range_abs(row - 1, _CHOICES, row - 1, _CHOICES + len(choices) - 1)}"
        wanted = " or ".join(f'"{choice}"' for choice in choices) + ", or leave it blank"
        sheet.data_validation(f"B{row}", {"validate": "list", "source": source, **refusal(wanted)})
        draft.name(name, SHEET, f"B{row}")
    band = page.styles("heading_left")
    sheet.set_row(9, 22, band)
    sheet.write_string("A10", "▼  Paste into the cell below: the row of headings comes first.", band)
    draft.name("Paste_Here", SHEET, HERE)
    sheet.set_selection(HERE)
    page.print_setup(landscape=True)
