"""The sheet Sales SLA: its figures counted from the export, with hours counted minute by minute."""

import datetime as dt
from statistics import median
from unittest.mock import patch

import pandas as pd
import pytest
from computed_books import template_with
from test_template_computed import errors, place, shown, value

from xlsmkt.crm.model import DAILY, LEADS
from xlsmkt.hosts.headless import compute
from xlsmkt.package import Book, Edit
from xlsmkt.template import inputs
from xlsmkt.template.building import build

SHEET = "Sales SLA"
AGREED_HOURS, ATTEMPTS = 4, 5


@pytest.fixture(scope="module")
def leads(demo):
    frame = pd.read_csv(demo / "sample" / "leads.csv", dtype=str)
    frame = frame[frame["Lead ID"].astype(int) < 90000].copy()  # the four rows that the import refuses
    frame["day"] = frame["Created Date"].str[:10]
    frame["tries"] = frame["Call Attempts"].fillna("0").astype(int)
    frame["reached"] = frame["Connected Date"].notna()
    frame["worked"] = frame["First Response Date"].notna() | (frame["tries"] > 0) | frame["reached"]
    return frame


def of_month(leads):
    of = leads[leads["day"].between("2026-10-01", "2026-10-20")].copy()
    of["Lead Owner"] = of["Lead Owner"].fillna("(none)")
    return of


def opening_hours(row, until="First Response Date"):
    """Minutes from assignment to first touch on which sales is there: Monday to Friday, 9 to 17, no day off."""
    if pd.isna(row["Assigned Date"]) or pd.isna(row[until]):
        return None
    minutes = pd.date_range(row["Assigned Date"], row[until], freq="min", inclusive="left")
    return sum(minute.weekday() < 5 and 9 <= minute.hour < 17 for minute in minutes) / 60


def expected_row(of):
    hours = [hours for hours in of.apply(opening_hours, axis=1) if not pd.isna(hours)]
    worked, reached = of[of["worked"]], of[of["worked"] & of["reached"]]
    unreached = worked[~worked["reached"]]
    enough = int((unreached["tries"] >= ATTEMPTS).sum())
    share = len(worked) / len(of)
    # a lead that nobody has worked is late as soon as the agreed hours are over, at the end of the data
    idle = of[~of["worked"] & of["Assigned Date"].notna()].assign(end="2026-10-21 00:00")
    late = sum(opening_hours(row, "end") > AGREED_HOURS for _, row in idle.iterrows())
    timed = len(hours) + late
    return [
        len(of),
        len(worked),
        pytest.approx(share),
        pytest.approx(len(reached) / len(worked)) if len(worked) else None,
        enough,
        len(unreached) - enough,
        pytest.approx(median(hours)) if hours else None,
        pytest.approx(sum(hour <= AGREED_HOURS for hour in hours) / timed) if timed else None,
        "yes" if share >= 0.9 else "no",
        0.9,
        AGREED_HOURS,
    ]


def table(book):
    anchor = next(c for c in book.cells(SHEET) if c.array and (c.formula or "").startswith("SALES_SLA("))
    heading, *rows = book.range(SHEET, anchor.array)
    return heading, {row[0]: row[1:] for row in rows}


def test_the_reps_of_the_month_are_those_of_the_export(book, leads):
    month = of_month(leads)
    heading, rows = table(book)
    assert heading[:4] == ["Owner", "Leads", "Worked", "Worked %"]
    assert set(rows) == {*month["Lead Owner"], "All"}
    for owner, figures in rows.items():
        assert figures == expected_row(month if owner == "All" else month[month["Lead Owner"] == owner]), owner


def test_the_tiles_tell_the_row_of_all_reps(book, leads):
    month = of_month(leads)
    rate, connected, hours, within = (expected_row(month)[n] for n in (2, 3, 6, 7))
    assert book.named_value("Now_Worked_Rate") == rate
    assert book.named_value("Now_Connected_Rate") == connected
    assert book.named_value("Now_Median_Hours") == hours
    assert book.named_value("Now_Within_Hours") == within
    owned = month[month["Lead Owner"] != "(none)"]
    kept = (owned.groupby("Lead Owner")["worked"].mean() >= 0.9).sum()
    assert book.named_value("Now_Reps_Met") == f"{kept} of {owned['Lead Owner'].nunique()}"
    assert book.named_value("Now_Sales_Status") == ("ahead" if month["worked"].mean() > 0.9 else "behind")


def test_leads_of_nobody_are_a_row_and_are_told(book, leads):
    month = leads[leads["day"].between("2026-10-01", "2026-10-20")]
    without = int(month["Lead Owner"].isna().sum())
    assert without > 0
    assert book.range(SHEET, "D50:D50")[0][0] == f"Leads of nobody: {without}, the row (none)."
    assert table(book)[1]["(none)"][0] == without


def test_the_months_are_cohorts_of_the_export(book, leads):
    rows = book.range(SHEET, "B34:F45")
    months = [(dt.date(1899, 12, 30) + dt.timedelta(row[0])).isoformat()[:7] for row in rows]
    assert (months[0], months[-1]) == ("2025-11", "2026-10")
    for month, row in zip(months, rows, strict=True):
        of = leads[leads["day"].str.startswith(month)]
        worked = of[of["First Response Date"].notna() | (of["tries"] > 0)]
        assert row[1:] == [
            len(of),
            pytest.approx(len(worked) / len(of)),
            pytest.approx((worked["reached"]).sum() / len(worked)),
            0.9,
        ], month


# --- small workbooks ---


def with_leads(path, leads, changed=(), **typed):
    """A computed workbook whose leads are created, owner, assigned, first worked, attempts, connected.

    ``changed``: values of named cells.
    """
    template_with(path, SHEET, typed)
    edit = Edit.open(path)
    columns = {name: [None] * len(leads) for name in LEADS.columns}
    names = ("Created", "Owner", "Assigned", "First worked", "Attempts", "Connected")
    for name, values in zip(names, zip(*leads, strict=True), strict=True):
        columns[name] = list(values)
    edit.replace_rows("Leads", columns)
    daily = {name: [None] * len(leads) for name in DAILY.columns}
    daily["Date"], daily["Leads"] = [lead[0] for lead in leads], [1] * len(leads)
    daily["Worked"] = [int(lead[3] is not None or bool(lead[4])) for lead in leads]
    edit.replace_rows("Daily", daily)
    for name, content in {"Data_Until": dt.date(2026, 3, 13), **dict(changed)}.items():
        edit.set_cell(*place(edit, name), content)
    assert compute(edit).kept == []
    edit.save(path)
    return path


def moment(day, hour):
    return dt.datetime(2026, 3, day, hour)


LEADS_OF_TWO = [
    (dt.date(2026, 3, 2), "Rep A", moment(2, 10), moment(2, 12), 1, dt.date(2026, 3, 2)),
    (dt.date(2026, 3, 3), "rep a", moment(3, 10), moment(3, 16), 2, None),
    (dt.date(2026, 3, 3), "Rep B", moment(3, 10), None, 0, None),
    (dt.date(2026, 2, 27), "Rep C", moment(2, 10), moment(2, 11), 1, None),
    (dt.date(2026, 3, 4), None, None, None, 0, None),
]


def test_a_typed_period_and_its_leads(tmp_path):
    path = with_leads(tmp_path / "month.xlsx", LEADS_OF_TWO)
    assert [row[0:3] for row in Book.open(path).range(SHEET, "B53:K55")] == [
        ["Rep A", 2, 2],
        ["Rep B", 1, 0],
        ["(none)", 1, 0],
    ]
    assert Book.open(path).range(SHEET, "B56:D56") == [["All", 4, 2]]
    assert shown(path, SHEET, "H53") == 1  # unreached after two attempts
    assert [value(path, name) for name in ("Now_Reps_Met", "Now_Sales_Status")] == ["1 of 2", "behind"]
    assert value(path, "Now_Median_Hours") == 4
    assert value(path, "Now_Within_Hours") == pytest.approx(1 / 3)
    assert errors(path) == []


def test_other_days_may_be_typed_over_the_period(tmp_path):
    path = with_leads(tmp_path / "day.xlsx", LEADS_OF_TWO, C6=dt.date(2026, 2, 27), C7=dt.date(2026, 3, 2))
    assert [row[0] for row in Book.open(path).range(SHEET, "B53:B55")] == ["Rep A", "Rep C", "All"]
    assert value(path, "Now_Sales_Status") == "ahead"
    assert [shown(path, SHEET, cell) for cell in ("B8", "D50")] == ["", ""]


def test_the_goals_beside_the_reps_are_as_many_as_they(tmp_path):
    path = with_leads(tmp_path / "goals.xlsx", LEADS_OF_TWO)
    assert Book.open(path).range(SHEET, "L52:M56") == [["Goal", "Agreed hours"], *[[0.9, 4]] * 4]
    assert Book.open(path).range(SHEET, "L57:M57") == [[None, None]]


def test_an_empty_workbook_says_nothing_of_the_reps(tmp_path):
    build(tmp_path / "empty.xlsx")
    edit = Edit.open(tmp_path / "empty.xlsx")
    assert compute(edit).kept == []
    edit.save(tmp_path / "empty.xlsx")
    names = ("Now_Worked_Rate", "Now_Connected_Rate", "Now_Median_Hours", "Now_Reps_Met", "Now_Sales_Status")
    assert [value(tmp_path / "empty.xlsx", name) for name in names] == ["–"] * len(names)
    assert shown(tmp_path / "empty.xlsx", SHEET, "B8") == ""
    assert value(tmp_path / "empty.xlsx", "Now_Given_Up") == "–"


@pytest.mark.parametrize(
    "last, worked", [(dt.date(2026, 2, 27), 1), (dt.date(2026, 3, 3), 2 / 3), (dt.date(2026, 3, 13), 2 / 4)]
)
def test_the_tile_is_the_row_of_its_month_whatever_day_is_looked_at(tmp_path, last, worked):
    """Rep C's lead of 27 February was worked in March: looking back, that is known."""
    dates = tuple((*line[:2], last if line[1] == "As_Of" else line[2], *line[3:]) for line in inputs.DATES)
    with patch.object(inputs, "DATES", dates):
        path = with_leads(tmp_path / "back.xlsx", LEADS_OF_TWO)
    assert value(path, "Now_Worked_Rate") == pytest.approx(worked)
    assert shown(path, SHEET, "D45") == pytest.approx(worked)


def test_more_reps_than_fit_on_a_page_have_room(tmp_path):
    leads = [(dt.date(2026, 3, 2), f"Rep {n}", None, moment(2, 12), 1, None) for n in range(150)]
    path = with_leads(tmp_path / "many.xlsx", [*leads, (dt.date(2026, 3, 2), "Rep 0", None, None, 0, None)])
    assert value(path, "Now_Worked_Rate") == pytest.approx(150 / 151)
    assert value(path, "Now_Reps_Met") == "149 of 150"
    assert shown(path, SHEET, "B203") == "All"
    assert errors(path) == []


def test_a_rep_called_all_is_a_rep(tmp_path):
    leads = [(dt.date(2026, 3, 2), "All", None, moment(2, 12), 1, None)] * 2
    path = with_leads(tmp_path / "all.xlsx", [*leads, (dt.date(2026, 3, 2), "Rep B", None, None, None, None)])
    assert Book.open(path).range(SHEET, "B53:D55") == [["All (group)", 2, 2], ["Rep B", 1, 0], ["All", 3, 2]]
    assert value(path, "Now_Worked_Rate") == pytest.approx(2 / 3)
    assert value(path, "Now_Reps_Met") == "1 of 2"


def test_an_export_that_tells_nothing_of_sales_blames_nobody(tmp_path):
    path = with_leads(tmp_path / "unknown.xlsx", [(*lead[:3], None, None, None) for lead in LEADS_OF_TWO])
    names = ("Worked_Rate", "Connected_Rate", "Median_Hours", "Within_Hours", "Given_Up", "Reps_Met", "Sales_Status")
    assert [value(path, f"Now_{name}") for name in names] == ["–"] * 7
    assert shown(path, SHEET, "B8").startswith("The export holds no first touch, no attempts and no connection:")
    assert [shown(path, SHEET, cell) or "" for cell in ("C45", "D45", "E45")] == [4, "", ""]
    assert shown(path, SHEET, "B53") == "All"
    assert errors(path) == []


def test_no_attempt_at_any_lead_is_known_to_be_none(tmp_path):
    path = with_leads(tmp_path / "zero.xlsx", [(*lead[:3], None, 0, None) for lead in LEADS_OF_TWO])
    assert [value(path, name) for name in ("Now_Worked_Rate", "Now_Sales_Status")] == [0, "behind"]
    assert shown(path, SHEET, "B8") == ""


@pytest.mark.parametrize("opening", [{"Opens": 18}, {"Closes": None}, {"Opens": "soon"}])
def test_opening_hours_that_are_none_are_to_be_mended(tmp_path, opening):
    path = with_leads(tmp_path / "hours.xlsx", LEADS_OF_TWO, opening)
    assert shown(path, SHEET, "B8").startswith("Opens and Closes on Inputs need mending")
    assert value(path, "Now_Worked_Rate") == "–"
    assert value(path, "Now_Reps_Met") == "–"
