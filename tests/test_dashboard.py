"""The Dashboard: its comparison counted again from the sample export, its words in every state, its defined names."""

import datetime as dt
import math

import openpyxl
import pandas as pd
import pytest
from test_template_computed import TYPES, UNTIL, daily_rows, place, shown, with_inputs

from xlsmkt.errors import CellError
from xlsmkt.hosts.headless import compute
from xlsmkt.package import Book, Edit
from xlsmkt.template.shipped import EDITIONS, shipped_template

PERIODS = {  # column of the table: first and last day, by hand
    "month": ("2026-10-01", "2026-10-20"),
    "month before": ("2026-09-01", "2026-09-20"),
    "year ago": ("2025-10-01", "2025-10-20"),
    "year": ("2026-01-01", "2026-10-20"),
    "last year": ("2025-01-01", "2025-10-20"),
}
FIGURES = dict(zip(PERIODS, (1, 3, 5, 7, 9), strict=True))
HEADINGS = {
    "Page_Marketing": ["Leads today", None, "Leads to date"],
    "Page_Marketing_More": ["Points to date", None, "Value to date"],
    "Page_Sales": ["Leads worked", None, "Hours to first touch"],
    "Page_Sales_More": ["Touched in time", None, "Connected"],
    "Page_Compared": ["Figure", "Month to date", "Goal to date"],
    "Page_Funnel": ["Stage", "Month to date", "Year to date"],
    "Page_Channels": ["Channel", "Spend", "Leads"],
    "Page_Calls": ["Lead", "Score", "Rep"],
    "Page_Standing": ["Counted in", "To date", "Goal to date"],
    "Page_Months": ["Leads in", "Last year", "This year"],
}
SPILLED = {"Page_Days": "SLA_WATERFALL", "Page_Close_Rates": "CLOSE_RATE_BY", "Page_Reps": "SALES_SLA"}
LEADS, SPEND = 18, 24  # rows of the comparison


@pytest.fixture(scope="module")
def leads(demo):
    frame = pd.read_csv(demo / "sample" / "leads.csv", dtype=str)
    return frame[frame["Lead ID"].astype(int) < 90000]  # without the four rows that the import refuses


def days(column):
    return column.str[:10]


def table(book, area="B15:M25"):
    return {row[0]: row for row in book.range("Dashboard", area)}


def test_the_comparison_is_what_the_export_counts(book, demo, leads):
    rows = table(book)
    spend, web = (pd.read_csv(demo / "sample" / f"{name}.csv") for name in ("spend", "web"))
    won = leads[leads["Stage"] == "Closed Won"]
    for period, span in PERIODS.items():
        made = leads[days(leads["Created Date"]).between(*span)]
        visits = web.loc[web["Date"].between(*span), "Visits"].sum()
        cost = spend.loc[spend["Date"].between(*span), "Cost"].sum()
        closed = won[days(won["Close Date"]).between(*span)]
        expected = {
            "Visits": visits,
            "Visit to lead": len(made) / visits,
            "Leads": len(made),
            "New MQLs": days(leads["MQL Date"]).between(*span).sum(),
            "New opportunities": days(leads["Converted Date"]).between(*span).sum(),
            "Deals won": len(closed),
            "Revenue won": closed["Opportunity Amount"].astype(float).sum(),
            "Spend": cost,
            "Cost per lead": cost / len(made),
        }
        found = {label: rows[label][FIGURES[period]] for label in expected}
        assert found == {label: pytest.approx(figure) for label, figure in expected.items()}, period


def test_goals_changes_and_words_follow_from_the_figures(book):
    rows = table(book)
    # 22 business days in October 2026, 14 of them up to the 20th; goals of 400 leads, 20 deals and 100,000 a month
    to_date = {"Leads": 400, "Deals won": 20, "Revenue won": 100_000}
    for label, goal in to_date.items():
        assert [rows[label][2], rows[label][8]] == [pytest.approx(goal * 14 / 22), pytest.approx(goal * (9 + 14 / 22))]
    assert rows["Leads"][4] == pytest.approx(262 / 241 - 1) and rows["Leads"][10] == pytest.approx(3280 / 2913 - 1)
    assert rows["Visits"][2] == "–"
    # (400 - 262) / 8 days left is 17.25; 9.64 months of 400 less 3,280 leads is 574.5
    assert rows["Leads"][11] == "on track, ahead by 7 leads, needs 18 a day; this year behind by 575 leads"
    assert rows["Leads worked"][11] == "behind, 9 more leads to work; this year kept"  # 90% of 262 less the 227 worked
    assert rows["New MQLs"][11] == "level with last month, down 1% on a year ago; this year up 13%"
    headline = book.range("Dashboard", "F2:F2")[0][0]
    assert headline == "SLA on track: 262 of 255 leads to date; sales behind: 86.6% worked"


def test_the_funnel_names_its_bottleneck(book, leads):
    rows = table(book, "B47:H54")
    # twelve months of leads that are 61 days old on 20 October 2026
    mature = leads[days(leads["Created Date"]).between("2025-08-21", "2026-08-20")]
    rate = mature["SQL Date"].count() / mature["MQL Date"].count()
    assert rows["SQLs"][6] == "bottleneck: 16 points below the usual rate"
    assert [row[0] for row in rows.values() if str(row[6]).startswith("bottleneck")] == ["SQLs"]
    assert rows["SQLs"][4] == pytest.approx(rate) and round(100 * (0.5 - rate)) == 16
    assert rows["MQLs"][4] == pytest.approx(mature["MQL Date"].count() / len(mature))


def test_a_new_workbook_says_that_there_are_no_data(book, tmp_path):
    path = tmp_path / "new.xlsx"
    path.write_bytes(shipped_template(".xlsx").read_bytes())
    assert shown(path, "Dashboard", "F2") == "No data yet"
    rows = list(table(Book.open(path)).values())[1:]
    assert {row[11] for row in rows} == {"no data yet"}
    assert {row[1] for row in rows} == {"–"}


@pytest.fixture(scope="module")
def typed_over(tmp_path_factory):
    """15 leads on each day of February and March 2026, weekends too, up to 13 March; the goal and the day are typed."""
    path = tmp_path_factory.mktemp("states") / "book.xlsx"
    rows = [row for row in daily_rows() if row[0] >= dt.date(2026, 2, 1)]
    return with_inputs(path, rows, Goal_Method="custom", Custom_Goal=400, As_Of=UNTIL)


@pytest.mark.parametrize(
    "goal, day, headline, words",
    [
        # 22 business days in March 2026, 10 of them up to the 13th
        (420, UNTIL, "SLA on track: 195 of 191 leads", "on track, ahead by 4 leads, needs 19 a day"),
        (600, UNTIL, "SLA behind: 195 of 273 leads", "behind by 78 leads, needs 34 a day"),
        (431, UNTIL, "SLA on track: 195 of 196 leads", "on track, behind by 1 lead, needs 20 a day"),
        (196, UNTIL, "SLA ahead: 195 of 90 leads", "ahead by 105 leads, needs 1 a day"),
        (194, UNTIL, "SLA ahead: 195 of 89 leads", "the month's goal is reached and passed by 1 lead"),
        (400, dt.date(2026, 3, 1), "SLA: no goal to date, 15 leads", "no goal to date, needs 18 a day"),
        (22, dt.date(2026, 3, 2), "SLA ahead: 30 of 1 lead to date", "the month's goal is reached and passed by 8"),
        (421, dt.date(2026, 2, 28), "SLA on track: 420 of 421 leads", "the month is over, 1 lead short of its goal"),
    ],
)
def test_every_state_is_said_in_words(typed_over, goal, day, headline, words):
    edit = Edit.open(typed_over)
    edit.set_cell(*place(edit, "Custom_Goal"), goal)
    edit.set_cell(*place(edit, "As_Of"), day)
    compute(edit)
    said = [edit.range("Dashboard", f"{cell}:{cell}")[0][0] for cell in ("F2", f"M{LEADS}", f"M{SPEND}")]
    assert said[0].startswith(headline) and said[1].startswith(words), said
    assert said[2] == "not in the data"
    assert not [cell for cell in edit.cells("Dashboard") if isinstance(cell.value, CellError)]


def test_nothing_is_compared_with_what_lies_before_the_data(tmp_path):
    rows = [(dt.date(2026, 3, 2), kind, "Search", "", "", "", 1, 0, 0, 0, 0, 0, 0, 0.0) for kind in TYPES]
    path = with_inputs(tmp_path / "late.xlsx", rows, dt.date(2026, 3, 2))
    row = table(Book.open(path))["Leads"]
    assert [row[1], row[3], row[5], row[7], row[8], row[9]] == [5, "–", "–", 5, "–", "–"]
    assert row[11] == f"behind by {math.ceil(400 / 22 - 5)} leads, needs {math.ceil(395 / 21)} a day"


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_names_of_the_page_stand_in_every_edition_and_point_at_their_headings(edition):
    book = openpyxl.load_workbook(shipped_template(edition))
    ours = {name: defined for name, defined in book.defined_names.items() if name.startswith(("Page_", "Mail_"))}
    names = {name: next(defined.destinations) for name, defined in ours.items()}
    for name, headings in HEADINGS.items():
        sheet, area = names[name]
        assert [cell.value for cell in book[sheet][area][0]][:3] == headings, name
    for name, function in SPILLED.items():
        sheet, area = names[name]
        assert function in book[sheet][area].value.text
    for name in ("Page_Headline", "Page_Warning", "Mail_To", "Mail_From"):
        sheet, area = names[name]
        assert ":" not in area and (name.startswith("Page") or book[sheet][area].value is None), name
    assert [book["Inputs"][f"B{names[name][1][3:]}"].value for name in ("Mail_To", "Mail_From")] == [
        "Send to", "Sent from",
    ]  # fmt: skip


def test_the_names_of_spilled_tables_stay_at_their_first_cell_once_computed(book):
    for name in SPILLED:
        refers_to = next(defined.refers_to for defined in book.names if defined.name == name)
        sheet, _, cell = refers_to.replace("$", "").lstrip("=").rpartition("!")
        [area] = [c.array for c in book.cells(sheet.strip("'")) if c.array and c.array.startswith(cell + ":")]
        assert ":" not in cell and area != cell, name
