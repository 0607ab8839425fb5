"""Every figure of the page is a cell of the workbook: its value by openpyxl, its text as LibreOffice shows it."""

import csv
import datetime as dt
import re
import subprocess
import sys
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from libreoffice import convert
from openpyxl.utils import coordinate_to_tuple, get_column_letter, range_boundaries
from openpyxl.utils.datetime import to_excel
from report_pages import figures, harmful_book, page_of, small_book, without_formulas

from xlsmkt.report.reading import BLOCKS, read_dashboard
from xlsmkt.report.shown import shown

AS_SHOWN = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1"
NAMES = ["SLA_Month", "SLA_Date", "Page_Headline", "Page_Channels_Note", *(name for name, _, _ in BLOCKS.values())]
ARRAY = re.compile(r'<f t="array" ref="(\w+:\w+)"')
MOST_BYTES = 1_000_000


@pytest.fixture(scope="module")
def page(demo, tmp_path_factory):
    to = tmp_path_factory.mktemp("report") / "page.html"
    made = page_of(demo / "sla.xlsx", to)
    assert to.stat().st_size < MOST_BYTES
    return made


@pytest.fixture(scope="module")
def read(demo):
    """The workbook as openpyxl reads it: its named areas, and for each sheet its cells' values and array formulas."""
    read = openpyxl.load_workbook(demo / "sla.xlsx", data_only=True, read_only=True)
    areas = {name: next(iter(read.defined_names[name].destinations)) for name in NAMES}
    cells, arrays = {}, {}
    with zipfile.ZipFile(demo / "sla.xlsx") as parts:
        for sheet in {sheet for sheet, _ in areas.values()}:
            for row in read[sheet].iter_rows():
                cells |= {f"{sheet}!{cell.coordinate}": cell.value for cell in row if cell.value is not None}
            part = parts.read(read[sheet]._worksheet_path).decode()
            arrays |= {f"{sheet}!{area.partition(':')[0]}": area for area in ARRAY.findall(part)}
    return areas, cells, arrays


def csv_cells(soffice, book, folder):
    """What LibreOffice shows in a cell, asked for as Sheet!B7."""
    made = convert(soffice, without_formulas(book, folder / "values.xlsx"), folder, AS_SHOWN, recalculate=False)
    sheets = {}

    def text(ref):
        sheet, _, cell = ref.rpartition("!")
        if sheet not in sheets:
            with made.with_name(f"values-{sheet}.csv").open(encoding="utf-8", newline="") as file:
                sheets[sheet] = list(csv.reader(file))
        row, column = coordinate_to_tuple(cell)
        return sheets[sheet][row - 1][column - 1]

    return text


def named_cells(areas, cells, arrays):
    """The cells of all named areas that hold something; where a table spills from the first cell, all of the table."""
    for sheet, area in areas.values():
        area = area.replace("$", "")
        area = arrays.get(f"{sheet}!{area.partition(':')[0]}", area)
        left, top, right, bottom = range_boundaries(area)
        for row in range(top, bottom + 1):
            places = [f"{sheet}!{get_column_letter(column)}{row}" for column in range(left, right + 1)]
            yield from (place for place in places if cells.get(place, "") != "")


def on_the_half(value, text):
    """Whether a figure lies in the middle between two that can be shown, as far as a cell's 15 digits tell.

    LibreOffice rounds 0.8524999999999999 to 85.2%; Excel, and we, round the 0.8525 that its 15 digits are.
    """
    if not isinstance(value, float):
        return False
    exact = Decimal(f"{value:.15g}") * (100 if text.endswith("%") else 1)
    return abs(exact).scaleb(len(text.rstrip("%").partition(".")[2])) % 1 == Decimal("0.5")


def test_all_that_the_named_areas_hold_is_on_the_page_and_nothing_else(page, read):
    told = [ref for ref, text in figures(page) if text]
    assert sorted(told) == sorted(set(named_cells(*read)))
    assert len(told) > 400  # the sample's: an empty page would agree, too


def test_what_is_read_is_what_openpyxl_reads(demo, read):
    _, values, _ = read
    cells = [cell for block in read_dashboard(demo / "sla.xlsx").blocks for cell in block.cells() if cell]
    for cell in cells:
        value = values[cell.ref]
        assert cell.value == (to_excel(value) if isinstance(value, dt.datetime) else value), cell.ref
    assert len(cells) > 400


def test_every_figure_shows_what_libreoffice_shows(page, demo, read, soffice, tmp_path):
    _, values, _ = read
    text = csv_cells(soffice, demo / "sla.xlsx", tmp_path)
    other = [(ref, told, text(ref)) for ref, told in figures(page) if told and told != text(ref)]
    assert [one for one in other if not on_the_half(values[one[0]], one[1])] == []
    assert len(other) < 5


FORMATS = [
    (1234.5, "#,##0.00"), (-3.5, "+#,##0.0;-#,##0.0;0.0"), (0.0, "+#,##0.0;-#,##0.0;0.0"), (0.125, "0.0%"),
    (1234.5, '#,##0.00 "EUR"'), (-1234.5, "#,##0;[Red]-#,##0"), (5.0, '[Green]"▲ "0;[Red]"▼ "0'),
    (-5.0, '[Green]"▲ "0;[Red]"▼ "0'), ("met", '0;0;0;"▲ "@'), (46000.0, "d mmm yyyy;;–"), (0.0, "d mmm yyyy;;–"),
    (46000.0, "ddd d mmm"), (46000.0, "mmmm yyyy"), (46000.5, "yyyy-mm-dd hh:mm"), (2.5, "[h]:mm"),
    (12345.678, "0.00E+00"), (17.0, "General"), (0.5, "General"), (0.1 + 0.2, "General"), (True, "General"),
    (1234.5, "[$€-407] #,##0.00"), (1234.5, "[$$-409]#,##0.00"), (7.0, ";;;"), (2.5, "0"), (0.285, "0.00"),
    (1234.5, '#,##0.00_);(#,##0.00)'), (-1234.5, '_-* #,##0.00_-;-* #,##0.00_-'), (12.0, "000"),
    (5.0, '[>3]"many";"few"'), (1.25e6, '0.0,,"M"'),
]  # fmt: skip


def test_number_formats_are_shown_as_libreoffice_shows_them(soffice, tmp_path):
    cells = [(f"H{row}", value, number_format) for row, (value, number_format) in enumerate(FORMATS, 1)]
    book = small_book(tmp_path / "formats.xlsx", cells)
    text = csv_cells(soffice, book, tmp_path)
    told = [(number_format, shown(value, number_format)) for value, number_format in FORMATS]
    assert told == [(code, text(f"Dashboard!H{row}").strip(" ")) for row, (_, code) in enumerate(FORMATS, 1)]


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (1 / 3, "General", "0.3333333333"),
        (1234.5, 'broken"', "1234.5"),
        (-1.0, "d mmm", "-1"),  # Excel shows ####
        ("a\x01b\nc", "@", "ab\nc"),
    ],
)
def test_what_no_format_can_show_is_shown_plainly(value, number_format, text):
    assert shown(value, number_format) == text


def test_days_count_from_1904_where_the_workbook_says_so():
    assert shown(0.0, "d mmm yyyy", date1904=True) == "1 Jan 1904"


def test_nothing_is_said_beside_where_nothing_can_be_kept(tmp_path):
    """As a job does where the home cannot be written to; the texts are such that no font has all their letters."""
    book, to = harmful_book(tmp_path / "b.xlsx"), tmp_path / "page.html"
    command = [sys.executable, "-m", "xlsmkt", "report", str(book), "--html", str(to)]
    nowhere = {"PATH": "/usr/bin:/bin", "HOME": "/dev/null", "MPLCONFIGDIR": "/dev/null/none", "TMPDIR": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=nowhere, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"Wrote {to}\n", "")
    page_of(book, tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == to.read_bytes()
