"""What tests of the report share: pages made by the command, their figures, and workbooks to make them from."""

import re
import zipfile
from pathlib import Path

import xlsxwriter
from lxml import html

from xlsmkt.cli import main

_FORMULA = re.compile(rb"<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)")


def page_of(book: Path, to: Path):
    """The page of a workbook, as the command makes it, parsed."""
    assert main(["report", str(book), "--html", str(to)]) == 0
    return html.fromstring(to.read_text("utf-8"))


def figures(page) -> list[tuple[str, str]]:
    """Every figure of a page: its cell and its text."""
    return [(element.get("data-cell"), element.text_content()) for element in page.xpath("//*[@data-cell]")]


def without_formulas(book: Path, to: Path) -> Path:
    """A copy whose cells hold the values that the formulas came to, so that no program computes them anew."""
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            data = source.read(part)
            target.writestr(part, _FORMULA.sub(b"", data) if "worksheets/sheet" in part.filename else data)
    return to


# Texts of a CRM that were made to do harm.
HARMFUL = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</text></svg><script>alert(1)</script>",
    "&amp; <b>&lt;",
    "{{ 7 * 7 }} {% raw %}",
    "url(#p) ]]> <!-- -->",
    "$\\frac{1}{0$ $x$",
    "\u202egnirts desrever",
    "tab\tand\x07bell\x00",
    "_hidden",
    "W" * 300,
    "营销团队 マーケティング",
    "🚀 growth 👩🏽‍🚀",
    "#1F2933 font-family: x;",
)
REPS = (("Rep North 1", 0.95, 0.9), ("Rep South 1", 0.5, 0.9))
AREAS = {"Page_Headline": "$B$2", "Page_Marketing": "$B$6:$E$8", "Page_Reps": "$B$12:$D$30"}


def small_book(path: Path, cells=(), names=AREAS, reps=REPS) -> Path:
    """A workbook with a headline, two tiles, the reps, and further cells: (cell, value, number format)."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Dashboard")
        sheet.write("B2", "SLA behind: 312 of 346 leads to date")
        strip = [("Leads to date", 312, "of 400"), ("Gap", -34.5, "90% of the goal")]
        for column, tile in zip((1, 3), strip, strict=True):
            for row, value in enumerate(tile, 5):
                sheet.write(row, column, value)
        share = book.add_format({"num_format": "0.0%"})
        for row, (name, *shares) in enumerate([("Owner", "Worked %", "Goal"), *reps], 11):
            sheet.write_string(row, 1, name)
            for column, value in enumerate(shares, 2):
                sheet.write(row, column, value, share)
        for cell, value, number_format in cells:
            shown = book.add_format({"num_format": number_format})
            if isinstance(value, str) and not value.startswith("="):
                sheet.write_string(cell, value, shown)
            else:
                sheet.write(cell, value, shown)
        for name, area in names.items():
            book.define_name(name, area if "!" in area else f"=Dashboard!{area}")
    return path


def harmful_book(path: Path) -> Path:
    """A workbook whose headline, tiles and reps are the harmful texts."""
    reps = [(text, 0.7 + number / 100, 0.9) for number, text in enumerate(HARMFUL)]
    cells = [("B2", HARMFUL[1], "@"), ("B6", HARMFUL[0], "@"), ("B7", HARMFUL[10], "@"), ("B8", HARMFUL[2], "@")]
    return small_book(path, cells, reps=reps)
