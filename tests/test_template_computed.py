"""The template computed: what a new workbook shows, and what it shows once data are in its tables."""

import datetime as dt
import re
import zipfile
from contextlib import ExitStack
from dataclasses import replace
from itertools import product
from unittest.mock import patch

import pytest
from lxml import etree

from xlsmkt.catalogue import CATALOGUE
from xlsmkt.crm.model import DAILY
from xlsmkt.errors import CellError
from xlsmkt.hosts.headless import compute
from xlsmkt.package import Book, Edit
from xlsmkt.template import funnel_by_source, inputs
from xlsmkt.template.building import build

CHART = {"c": "http://schemas.openxmlformats.org/drawingml/2006/chart"}
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


def shown(path, sheet, cell):
    return Book.open(path).range(sheet, f"{cell}:{cell}")[0][0]


def with_inputs(path, rows=None, until=UNTIL, **typed):
    """A filled workbook of a new template in which these inputs have been typed over."""
    with ExitStack() as stack:
        for lines in ("GOALS", "TERMS", "SALES", "CUSTOMERS", "DATES"):
            changed = tuple((line[0], line[1], typed.get(line[1], line[2]), *line[3:]) for line in vars(inputs)[lines])
            stack.enter_context(patch.object(inputs, lines, changed))
        build(path)
    edit = Edit.open(path)
    columns = map(list, zip(*(rows or daily_rows()), strict=True))
    edit.replace_rows("Daily", dict(zip(DAILY.columns, columns, strict=True)))
    edit.set_cell(*place(edit, "Data_Until"), until)
    assert compute(edit).kept == []
    edit.save(path)
    return path


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
    counts = ["Leads", "MQLs", "Opportunities", "Customers", "Worked", "Connected"]
    assert rows[0][:13] == ["Source", *counts, *counts]  # of this year and of the same days last year
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
    months = {("Marketing SLA", 32, 43), ("Sales SLA", 34, 45), ("Lead targets", 36, 47)}
    # stages, the channels and the bands of scores that have room in a chart
    fixed = {*months, ("Funnel", 57, 61), ("Totals", 8, 15), ("Scoring", 13, 18)}
    with zipfile.ZipFile(path) as file:
        charts = [etree.fromstring(file.read(name)) for name in file.namelist() if name.startswith("xl/charts/chart")]
    assert len(charts) == 19
    for chart in charts:
        for shown in chart.iterfind(".//c:ser//c:f", CHART):
            sheet, first, last = re.fullmatch(r"'?([\w ]+)'?!\$[A-Z]+\$(\d+)(?::\$[A-Z]+\$(\d+))?", shown.text).groups()
            rows = (int(first), int(last or first))
            assert rows in spill_bodies(book, sheet) or (sheet, *rows) in fixed, shown.text


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.name)
def test_the_sheet_functions_shows_an_example_that_computes(empty_functions, entry):
    typed = {example.formula: example for example in entry.examples}
    found = [(typed[formula], rows) for formula, rows in empty_functions if formula in typed]
    assert len(found) == 1
    example, rows = found[0]
    shown = example.shows if entry.returns_table else example.shows[:1]  # the list has one row for each function
    assert replace(example, shows=shown).agrees(rows)
    assert not [cell for row in rows for cell in row if isinstance(cell, CellError)]


@pytest.fixture(scope="module")
def empty_functions(empty):
    """The examples on the sheet Functions of a new workbook: the formula as it is told, and the cells that it fills."""
    book = Book.open(empty)
    cells = [cell for cell in book.cells("Functions", bodies=False) if cell.formula]
    first = re.compile(r"INDEX\((.*),1\)")
    told = [first.fullmatch(cell.formula) for cell in cells]
    return [
        ("=" + (match[1] if match else cell.formula), book.range("Functions", cell.array))
        for cell, match in zip(cells, told, strict=True)
    ]


def test_a_second_refresh_with_fewer_rows_leaves_nothing_behind(filled, tmp_path):
    edit = Edit.open(filled)
    few = [row for row in daily_rows() if row[2] != "Fair" and row[0] > dt.date(2026, 2, 1)]
    edit.replace_rows("Daily", dict(zip(DAILY.columns, map(list, zip(*few, strict=True)), strict=True)))
    compute(edit)
    edit.save(tmp_path / "few.xlsx")
    first, last = funnel_by_source.ALL, funnel_by_source.ALL + 3 * 10
    column = [row[0] for row in Book.open(tmp_path / "few.xlsx").range("Funnel", f"B{first}:B{last}")]
    assert column[::3][:3] in (["All", "Search", "Social"], ["All", "Social", "Search"])
    assert set(column[9:]) == {""}


def all_rows(path):
    """The row "All" of each table of close rates: leads and customers."""
    book = Book.open(path)
    spills = [cell for cell in book.cells("Close rates") if cell.formula and cell.formula.startswith("CLOSE_RATE_BY")]
    return [book.range("Close rates", spill.array)[-1][:3] for spill in spills]


def test_leads_without_a_type_source_or_industry_are_a_group_of_their_own(tmp_path):
    rows = [(row[0], "" if row[1] == "Webinar" else row[1], row[2], *row[3:]) for row in daily_rows()]
    rows = [(*row[:4], "" if row[2] == "Fair" else row[4], *row[5:]) for row in rows]
    path = with_inputs(tmp_path / "blank.xlsx", rows)
    # twelve months that end a sales cycle of 61 days before the last one
    first, last = dt.date(2025, 1, 12), dt.date(2026, 1, 11)
    customers = sum(row[10] for row in rows if first <= row[0] <= last)
    assert all_rows(path) == [["All", 365 * 15, customers]] * 3
    types = [row[0] for row in Book.open(path).range("Close rates", "B34:B38")]
    assert "(none)" in types
    assert shown(path, "Marketing SLA", "B12") == "Leads without a type this month: 39. They count as 0 points."
    assert shown(path, "Marketing SLA", "B11") == ""


def test_a_workbook_whose_leads_all_have_a_type_does_not_warn(filled):
    assert [shown(filled, "Marketing SLA", cell) for cell in ("B5", "B11", "B12")] == [""] * 3
    assert [shown(filled, "Dashboard", cell) for cell in ("B4", "G3")] == [""] * 2
    assert shown(filled, "Inputs", "B5") == ""


def test_looking_back_says_when_the_stages_are_known(tmp_path):
    path = with_inputs(tmp_path / "back.xlsx", As_Of=dt.date(2026, 2, 10))
    assert shown(path, "Dashboard", "G3") == shown(path, "Funnel", "B4") == "Stages as known on 13 Mar 2026."
    assert [shown(path, "Dashboard", "B4"), errors(path)] == ["", []]
    assert value(path, "Now_Actual") == 10 * 15
    assert shown(path, "Dashboard", "B7") == 15  # leads today


@pytest.mark.parametrize(
    "day, begins",
    [(dt.date(2026, 4, 2), "The data end on 13 Mar 2026: "), (dt.date(2020, 1, 12), "The data begin on 1 Jan 2025: ")],
)
def test_a_day_outside_the_data_is_warned_of(tmp_path, day, begins):
    path = with_inputs(tmp_path / "outside.xlsx", As_Of=day)
    for sheet, cell in (("Dashboard", "B4"), ("Inputs", "B5"), ("Marketing SLA", "B5")):
        assert shown(path, sheet, cell).startswith(begins)
    assert errors(path) == []


def funnel_row(path, label):
    return next(row for row in Book.open(path).range("Funnel", "B9:H27") if row[0] and row[0].startswith(label))


def test_changes_compare_like_with_like(filled):
    assert funnel_row(filled, "Leads")[3] == pytest.approx(0)  # 15 a day in both years
    for late in ("MQL to opportunity", "Opportunity to customer", "Lead to customer", "Average deal size"):
        row = funnel_row(filled, late)
        assert [row[3], row[6]] == [None, None]


def test_no_change_where_the_data_begin_within_the_earlier_period(tmp_path):
    rows = [row for row in daily_rows() if row[0] >= dt.date(2025, 2, 3)]
    row = funnel_row(with_inputs(tmp_path / "late.xlsx", rows), "Leads")
    assert [row[3], row[6]] == [pytest.approx(0), "–"]


def test_lead_velocity_compares_the_last_two_months_that_are_over(filled):
    """Of the five types two leads each become MQLs every day."""
    row = funnel_row(filled, "Lead velocity")
    assert row[:3] == ["Lead velocity: MQLs of Feb 2026 over Jan 2026", 28 * 10, 31 * 10]
    assert row[3] == pytest.approx(28 / 31 - 1)


def test_the_mix_may_be_numbers_of_leads(tmp_path, filled):
    counts = tuple((kind, rate, share * 400) for kind, rate, share in inputs.LEAD_TYPES)
    with patch.object(inputs, "LEAD_TYPES", counts):
        path = with_inputs(tmp_path / "counts.xlsx")
    goals = [[shown(book, "Marketing SLA", cell) for cell in ("G9", "G10")] for book in (filled, path)]
    assert goals[0] == goals[1] == [pytest.approx(400 * 5), pytest.approx(400 * 250)]


def test_leads_to_make_are_of_whole_months_whatever_the_sales_cycle(tmp_path):
    path = with_inputs(tmp_path / "cycle.xlsx", Sales_Cycle_Months=1.5)
    rows = Book.open(path).range("Lead targets", "E36:G47")
    months = [(dt.date(1899, 12, 30) + dt.timedelta(row[0])) for row in rows]
    assert months == [dt.date(2026 + (2 + n) // 12, (2 + n) % 12 + 1, 1) for n in range(12)]
    assert [row[1:] for row in rows] == [[20, 400]] * 12


def test_the_goal_of_a_month_to_come_waits_for_the_month_before(tmp_path):
    path = with_inputs(tmp_path / "method.xlsx", Goal_Method="last month")
    goals = [row[0] for row in Book.open(path).range("Marketing SLA", "L32:L36")]
    assert goals[:3] == [31 * 15, 31 * 15, 28 * 15]
    assert [goal.sign for goal in goals[3:]] == ["#N/A"] * 2  # a gap in the chart, not shown in the cell


def test_a_goal_of_nothing_has_no_attainment(tmp_path):
    path = with_inputs(tmp_path / "nothing.xlsx", Revenue_Goal=0)
    assert [row[0] for row in Book.open(path).range("Marketing SLA", "M32:M35")] == ["–"] * 4
    assert errors(path) == []


def test_the_running_month_is_marked(filled):
    marks = [row[0] for row in Book.open(filled).range("Marketing SLA", "N32:N35")]
    assert marks == ["", "", "so far", ""]


def test_the_tolerance_is_that_of_inputs(tmp_path):
    assert value(with_inputs(tmp_path / "wide.xlsx", SLA_Tolerance=0.5), "Now_Status") == "on track"
