"""Start: what the workbook is, the three steps, what was imported last, and where everything stands."""

from xlsmkt.template import styles
from xlsmkt.template.page import Draft, Page
from xlsmkt.template.web import BUTTON_CELL, BUTTON_SIZE

SHEET = "Start"
STEPS = (
    ("Inputs", "Fill in the inputs", "Revenue goal, deal size, close rate, lead types, reps and days off."),
    ("", "Refresh", "Import your CRM export with the command below. Data, charts and figures are then up to date."),
    ("Dashboard", "Read the dashboard", "Where the month stands, and whether the goal is in reach."),
)
BY_BUTTON = "Click the button: it imports your CRM export and updates every figure."
# a word before it, what to do, how it is written
HELP = (
    ("How to refresh", "xlsmkt refresh THIS-WORKBOOK.xlsx --from leads.csv spend.csv web.csv touches.csv", "command"),
    (
        "",
        "Close the workbook first. Without --from it takes what Inputs names: files, or a connection to your CRM. "
        "xlsmkt map FILE helps with unusual files.",
        "note",
    ),
    ("", "Only the data tables and computed values change: your own sheets, columns, charts and notes stay.", "note"),
)
HELP_WITH_MACROS = (
    (
        "First on this PC",
        "Set up Python as the README of xlsmkt says (xlsmkt install excel), then open this workbook and enable its "
        "content.",
        "note",
    ),
    (
        "Macros blocked",
        "Right-click the file, Properties, Unblock. Still not working: xlsmkt doctor THIS-WORKBOOK.xlsm",
        "note",
    ),
    (
        "How to refresh",
        "Refresh asks for your CRM export, or takes what Inputs names: files, or a connection. Your own sheets and "
        "notes stay.",
        "note",
    ),
    ("An error in a cell", "Select it, press Alt+F8 and run ExplainError: it says what to mend.", "note"),
)
# what Refresh writes: label, defined name, number format
STATE = (
    ("Data until", "Data_Until", styles.DATE),
    ("Refreshed", "Last_Refresh", styles.TIME),
    ("From", "Last_Source", "General"),
    ("Rows taken", "Rows_Taken", styles.COUNT),
    ("Rows refused", "Rows_Refused", styles.COUNT),
    ("Note", "Leads_Note", "General"),
)


def draw(draft: Draft, page: Page, sheets: list[tuple[str, str]]) -> None:
    """The sheet; ``sheets`` are the others with a sentence on each."""
    page.present("The marketing and sales SLA", "", (6, 24, 78), landscape=False)
    page.text(
        "B3",
        "Marketing promises leads, sales promises to work them. This workbook computes that agreement from your data:",
        "subtitle",
    )
    page.text(
        "B4", "how many leads the revenue goal asks for, where the month stands, and how far the leads get.", "subtitle"
    )
    _steps(page)
    _state(draft, page)
    page.section("B26", "Sheets", 3)
    for row, (name, sentence) in enumerate(sheets, 27):
        page.value(f"B{row}", None, "label")
        page.link(f"C{row}", name, bottom=1, bottom_color=styles.LINE)
        page.text(f"D{row}", sentence, "label")


def _steps(page: Page) -> None:
    web = page.draft.web
    page.section("B6", "Three steps", 3)
    beside = {"indent": 1} if web else {}  # the button fills the cell before
    row = 7
    for number, (sheet, title, text) in enumerate(STEPS, 1):
        page.sheet.set_row(row - 1, 30)
        page.value(f"B{row}", number, "step", num_format="0")
        if sheet:
            page.link(f"C{row}", sheet, title, font_size=11, bold=True)
        else:
            page.text(f"C{row}", title, font_size=11, bold=True)
        by_button = web.by_button if web else BY_BUTTON if page.draft.macros else text
        page.text(f"D{row}", text if sheet else by_button, "text", **beside)
        row += 1
    page.refresh_button("D8", x=435, y=6)  # at the right end of the cell
    if web:
        page.linked_button(BUTTON_CELL, "Refresh", *BUTTON_SIZE)
        told = tuple((about, text, "note") for about, text in web.help)
    else:
        told = HELP_WITH_MACROS if page.draft.macros else HELP
    for row, (about, text, kind) in enumerate(told, 11):
        if about:
            page.text(f"C{row}", about, "note")
        page.text(f"D{row}", text, kind, **({"indent": 1} if kind == "command" else beside))


def _state(draft: Draft, page: Page) -> None:
    page.section("B16", "What was imported last", 3)
    for row, (label, name, number_format) in enumerate(STATE, 17):
        page.value(f"B{row}", None, "label")
        page.text(f"C{row}", label, "label", font_color=styles.GREY)
        page.value(f"D{row}", None, "label", num_format=number_format, align="left", bold=True)
        draft.name(name, SHEET, f"D{row}")
    page.sheet.set_row(24, 24)  # room for three lines
    page.sheet.merge_range("B24:D25", "", page.styles("warning", text_wrap=True, valign="top", align="left"))
    draft.name("Refresh_Failed", SHEET, "B24")  # why the last refresh failed, and how old the figures are
    page.formula(
        "D23",
        '=IF(Data_Until=0,"Nothing yet. Until then the sheets show the goal of a sample month.","")',
        "warning",
        align="left",
    )
