"""Functions: the reference of every cell function, generated from the catalogue, with live examples."""

import re
from typing import Any

from xlsxwriter.utility import xl_range

from xlsmkt.catalogue import CATALOGUE, Entry, Example
from xlsmkt.errors import CellError
from xlsmkt.template import styles
from xlsmkt.template.page import Draft, Page

SHEET = "Functions"
ABOUT = "Every function with its arguments and an example."
# Headings and how many columns of the grid each takes; the example's result comes last, with room to the right.
COLUMNS = {
    "Function": 2,
    "Category": 1,
    "How to type it": 2,
    "What it gives": 3,
    "Arguments": 4,
    "Example": 2,
    "Shows": 2,
}
GRID, GRID_WIDTH = sum(COLUMNS.values()), 13.5
TOP = 5  # row of the headings
PERCENT = re.compile(r"%|rate|\bmix\b|\bshare\b|\blow\b|\bhigh\b|difference", re.I)
DAY = re.compile(r"\bday\b|\bmonth\b|\bdate\b", re.I)


def draw(draft: Draft, page: Page) -> None:
    about = "Every function of xlsmkt: type it into any cell. Arguments in [brackets] may be left out."
    page.present("Functions", about, [GRID_WIDTH] * GRID)
    _texts(page, TOP - 1, list(COLUMNS), ["heading_left"] * len(COLUMNS))
    page.sheet.set_row(TOP - 1, 22)
    entries = list(CATALOGUE.values())
    tables = [entry for entry in entries if entry.returns_table]
    places = _places(tables, TOP + len(entries) + 4)
    for row, entry in enumerate(entries, TOP):
        _entry(page, row, entry, places)
    if tables:
        page.section(f"B{TOP + len(entries) + 2}", "Functions that fill a table", GRID)
    for entry in tables:
        _table(page, places[entry.name], entry)
    page.sheet.freeze_panes(TOP, 0)
    page.sheet.repeat_rows(TOP - 1)


def example_of(entry: Entry) -> Example | None:
    """The first example that shows a result."""
    shown = (example for example in entry.examples if not isinstance(example.shows[0][0], CellError))
    return next(shown, None)


def _places(tables: list[Entry], row: int) -> dict[str, int]:
    """The row of each table's example, one below the other."""
    places = {}
    for entry in tables:
        places[entry.name] = row
        example = example_of(entry)
        row += 3 + (len(example.shows) if example else 0)
    return places


def _texts(page: Page, row: int, texts: list[str], kinds: list[str]) -> float:
    """Texts side by side, each over its columns of the grid; the height that the row needs."""
    column, height = 1, 12.5
    for text, kind, width in zip(texts, kinds, COLUMNS.values(), strict=False):
        shown = page.styles(kind)
        if width > 1:
            page.sheet.merge_range(row, column, row, column + width - 1, "", shown)
        page.sheet.write_string(row, column, text, shown)
        height = max(height, 12.5 * _lines(text, width, kind))
        column += width
    return height + 8


def _entry(page: Page, row: int, entry: Entry, places: dict[str, int]) -> None:
    arguments = "\n".join(f"{parameter.name}: {' '.join(parameter.text.split())}" for parameter in entry.parameters)
    example = example_of(entry)
    formula = example.formula if example else ""
    usage = _usage_on_web(entry) if page.draft.web else entry.usage
    texts = [entry.name, entry.category_title, f"={usage}", entry.summary, arguments, formula]
    kinds = ["reference_name", "wrapped", "code", "wrapped", "wrapped_small", "code"]
    height = _texts(page, row, texts, kinds)
    column = 1 + GRID - COLUMNS["Shows"]
    for extra in range(2):
        page.sheet.write_blank(row, column + extra, None, page.styles("top"))
    if example and entry.returns_table:
        target = f"internal:{SHEET}!B{places[entry.name]}"
        page.sheet.write_url(
            row, column, target, page.styles("top", font_color=styles.ACCENT, underline=1), "table below"
        )
    elif example:
        _live(page, row, column, example, entry)
    page.sheet.set_row(row, height)


def _usage_on_web(entry: Entry) -> str:
    """How a function is typed where it cannot look into the workbook: what an input would fill must be given."""
    together = any(parameter.kind == "columns" for parameter in entry.parameters)  # there all must be given
    given = [
        parameter.name
        if parameter.filled_by_workbook or (together and parameter.kind != "columns")
        else parameter.usage
        for parameter in entry.parameters
    ]
    return f"{entry.name}({', '.join(given)})"


def _lines(text: str, width: int, kind: str) -> int:
    """The lines that a text takes, wrapped into so many columns of the grid."""
    room = width * GRID_WIDTH * {"code": 0.9, "wrapped_small": 1.45}.get(kind, 1.2)
    return sum(1 + int(len(line) / room) for line in text.split("\n"))


def _live(page: Page, row: int, column: int, example: Example, entry: Entry) -> None:
    number_format = getattr(entry.unit, "cell_format", "General")
    shown = page.styles("top", num_format="General" if number_format == "@" else number_format, align="left", bold=True)
    width = len(example.shows[0])
    formula = example.formula
    if len(example.shows) > 1:  # one of several rows: the reference keeps a row for each function
        formula = f"=INDEX({formula[1:]},1)"
    page.sheet.write_dynamic_array_formula(row, column, row, column + width - 1, formula, shown)


def _table(page: Page, row: int, entry: Entry) -> None:
    """The example of a function that fills a table: the formula as text, the table below it."""
    example = example_of(entry)
    page.text(f"B{row}", entry.name, "text", bold=True, font_color=styles.ACCENT)
    if not example:
        return
    shown = page.styles("code", bottom=0)
    page.sheet.merge_range(row - 1, 3, row - 1, GRID, "", shown)
    page.sheet.write_string(row - 1, 3, example.formula, shown)
    page.sheet.set_row(row - 1, 12.5 * _lines(example.formula, GRID - 2, "code") + 3)
    headings, body = example.shows[0], example.shows[1:]
    if any(len(str(heading)) > GRID_WIDTH for heading in headings):
        page.sheet.set_row(row, 30)  # two lines
    left = 3
    area = xl_range(row, left, row + len(body), left + len(headings) - 1)
    page.sheet.write_dynamic_array_formula(area, example.formula, page.styles("column_heading", align="left"))
    for column, heading in enumerate(headings):
        align = "left" if column == 0 else "right"
        if column:
            page.sheet.write_blank(row, left + column, None, page.styles("column_heading"))
        look = {"align": align, "num_format": _number_format(str(heading), [line[column] for line in body])}
        for line in range(1, len(body) + 1):
            page.sheet.write_blank(row + line, left + column, None, page.styles("number", **look))


def _number_format(heading: str, values: list[Any]) -> str:
    numbers = [value for value in values if isinstance(value, (int, float))]
    if DAY.search(heading) and all(value > 366 for value in numbers):
        return styles.ISO_DATE
    if PERCENT.search(heading):
        return styles.RATE
    return styles.COUNT if all(float(value).is_integer() for value in numbers) else styles.ONE
