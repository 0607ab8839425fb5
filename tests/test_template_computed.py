"""The template computed: what a new workbook shows, and what it shows once data are in its tables."""

import datetime as dt
import re
import zipfile
from itertools import product

import pytest
from lxml import etree

from xlsmkt.crm.model import DAILY
from xlsmkt.errors import CellError
from xlsmkt.hosts.headless import compute
from xlsmkt.package import Book, Edit
from xlsmkt.template.building import build

CHART = {"c": "http://schemas.openxmlformats.org/drawingml/2006/chart"}
FIGURES = ("Start", "Inputs", "Dashboard", "Marketing SLA", "Funnel", "Close rates", "Lead targets", "Totals")
UNTIL = dt.date(2026, 3, 13)
TYPES = ("Demo request", "Webinar", "Whitepaper", "Newsletter", "Referral")
SOURCES = ("Search", "Social", "Fair")


def daily_rows():
    """Three leads of each type a day, weekends too, from the first day of 2025 on; every tenth row wins a customer."""
    days = [dt.date(2025, 1, 1) + dt.timedelta(n) for n in range((UNTIL - dt.date(2025, 1, 1)).days + 1)]
    rows = []
    for number, (day, kind) in enumerate(product(days, TYPES)):
        won = int(number % 10 == 0)
        counts = (3, 2, 1, 1, won, 3, 2, 5000.0 * won)
        rows.append((day, kind, SOURCES[number % 3], "", "Software", "Rep North 1", *counts))
    return rows


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "raw.xlsx"
    build(path)
    return path


@pytest.fixture(scope="module")
def empty(raw):
    edit = Edit.open(raw)
    assert compute(edit).kept == []
    path = raw.with_name("empty.xlsx")
    edit.save(path)
    return path


@pytest.fixture(scope="module")
def filled(empty):
    edit = Edit.open(empty)
    edit.replace_rows("Daily", dict(zip(DAILY.columns, map(list, zip(*daily_rows(), strict=True)), strict=True)))
    edit.set_cell(*place(edit, "Data_Until"), UNTIL)
    assert compute(edit).kept == []
    path = empty.with_name("filled.xlsx")
    edit.save(path)
    return path


def place(book, name):
    """Sheet, row and column of a named cell."""
    refers_to = next(n.refers_to for n in book.names if n.name == name)
    sheet, column, row = re.fullmatch(r"=?'?([\w ]+)'?!\$([A-Z])\$(\d+)", refers_to).groups()
    return sheet, int(row), ord(column) - ord("A") + 1


def value(path, name):
    book = Book.open(path)
    sheet, row, column = place(book, name)
    cell = f"{chr(64 + column)}{row}"
    return book.range(sheet, f"{cell}:{cell}")[0][0]


def errors(path):
    book = Book.open(path)
    return [
        (sheet, cell.row, cell.column, cell.value)
        for sheet in book.sheet_names
        for cell in book.cells(sheet)
        if isinstance(cell.value, CellError)
    ]


@pytest.mark.parametrize("state", ["empty", "filled"])
def test_no_cell_shows_an_error(state, request):
    assert errors(request.getfixturevalue(state)) == []


def test_a_new_workbook_asks_for_400_leads_and_knows_nothing_else_yet(empty):
    assert value(empty, "Now_Leads_Needed") == 400
    assert value(empty, "Lead_Goal") == 400
    assert [value(empty, name) for name in ("Now_Gap", "Now_Projection", "Now_Status")] == ["–"] * 3


def test_headline_figures_of_a_month(filled):
    """March 2026 has 22 business days, 10 of them up to Friday the 13th; 15 leads a day come in."""
    goal_to_date = 400 * 10 / 22
    assert value(filled, "Now_Actual") == 13 * 15
    assert value(filled, "Now_Month_Goal") == 400
    assert value(filled, "Now_Goal_To_Date") == pytest.approx(goal_to_date)
    assert value(filled, "Now_Gap") == pytest.approx(195 - goal_to_date)
    assert value(filled, "Now_Projection") == pytest.approx(195 / 10 * 22)
    assert value(filled, "Now_Status") == "ahead"
    # as many leads of each type: the plain mean of the agreed rates
    assert value(filled, "Now_Weighted_Rate") == pytest.approx((0.12 + 0.05 + 0.02 + 0.01 + 0.20) / 5)


def test_the_waterfall_ends_at_the_goal_and_leaves_the_days_to_come_blank(filled):
    rows = Book.open(filled).range("Marketing SLA", "B15:G37")
    assert rows[0] == ["Day", "Amount", "To date", "Goal to date", "Gap", "% of goal"]
    assert rows[10][2] == 195
    assert rows[11][1:3] == [None, None]
    assert rows[22][3] == pytest.approx(400)


def test_points_and_value_follow_the_lead_types(filled):
    points, money = (Book.open(filled).range("Marketing SLA", f"C{row}:C{row}")[0][0] for row in (9, 10))
    assert points == pytest.approx(13 * 3 * (12 + 5 + 2 + 1 + 20))
    assert money == pytest.approx(13 * 3 * (600 + 250 + 100 + 50 + 1000))


def test_tables_by_source_take_the_columns_own_headings(filled):
    book = Book.open(filled)
    spill = next(cell for cell in book.cells("Funnel") if cell.formula and cell.formula.startswith("FUNNEL_BY"))
    rows = book.range("Funnel", spill.array)
    assert rows[0] == [
        "Source", "Leads", "MQLs", "Opportunities", "Customers",
        "MQLs %", "Opportunities %", "Customers %", "Overall %",
    ]  # fmt: skip
    assert {row[0] for row in rows[1:]} == {*SOURCES, "All"}
    assert rows[-1][:2] == ["All", (31 + 28 + 13) * 15]


def test_months_of_last_year_stand_beside_this_year(filled):
    months = Book.open(filled).range("Marketing SLA", "J32:K35")
    assert months == [[31 * 15, 31 * 15], [28 * 15, 28 * 15], [31 * 15, 13 * 15], [30 * 15, ""]]


def spill_bodies(book, sheet):
    """Rows that spilled tables fill below their headings."""
    arrays = [cell.array for cell in book.cells(sheet) if cell.array and ":" in cell.array]
    corners = [re.fullmatch(r"[A-Z]+(\d+):[A-Z]+(\d+)", array).groups() for array in arrays]
    return {(int(first) + 1, int(last)) for first, last in corners}


@pytest.mark.parametrize("state", ["empty", "filled"])
def test_charts_show_exactly_the_rows_that_their_tables_fill(state, request):
    path = request.getfixturevalue(state)
    book = Book.open(path)
    fixed = {("Marketing SLA", 32, 43), ("Funnel", 57, 61)}  # the twelve months, the five stages
    with zipfile.ZipFile(path) as file:
        charts = [etree.fromstring(file.read(name)) for name in file.namelist() if name.startswith("xl/charts/chart")]
    assert len(charts) == 10
    for chart in charts:
        for shown in chart.iterfind(".//c:ser//c:f", CHART):
            sheet, first, last = re.fullmatch(r"'?([\w ]+)'?!\$[A-Z]+\$(\d+)(?::\$[A-Z]+\$(\d+))?", shown.text).groups()
            rows = (int(first), int(last or first))
            assert rows in spill_bodies(book, sheet) or (sheet, *rows) in fixed, shown.text


def test_a_second_refresh_with_fewer_rows_leaves_nothing_behind(filled, tmp_path):
    edit = Edit.open(filled)
    few = [row for row in daily_rows() if row[2] != "Fair" and row[0] > dt.date(2026, 2, 1)]
    edit.replace_rows("Daily", dict(zip(DAILY.columns, map(list, zip(*few, strict=True)), strict=True)))
    compute(edit)
    edit.save(tmp_path / "few.xlsx")
    column = [row[0] for row in Book.open(tmp_path / "few.xlsx").range("Funnel", "B77:B90")]
    assert column[:4] in (["Source", "Search", "Social", "All"], ["Source", "Social", "Search", "All"])
    assert column[4:] == [None] * 10
