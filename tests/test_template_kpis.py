"""The sheet KPIs: its figures counted from the export by pandas, and small workbooks counted by hand."""

import datetime as dt

import pandas as pd
import pytest
from computed_books import template_with
from test_template_computed import errors, place, shown, value

from xlsmkt.crm.model import DAILY, LEADS, SPEND
from xlsmkt.hosts.headless import compute
from xlsmkt.package import Book, Edit
from xlsmkt.template.building import build

SHEET = "KPIs"
YEAR = ("2026-01-01", "2026-10-20")
MARGIN = 0.8


@pytest.fixture(scope="module")
def leads(demo):
    frame = pd.read_csv(demo / "sample" / "leads.csv", dtype=str)
    frame = frame[frame["Lead ID"].astype(int) < 90000].copy()  # the four rows that the import refuses
    frame["day"] = frame["Created Date"].str[:10]
    frame["closed"] = frame["Close Date"].str[:10]
    frame["won"] = frame["Stage"] == "Closed Won"
    frame["amount"] = frame["Opportunity Amount"].astype(float)
    return frame


@pytest.fixture(scope="module")
def spend(demo):
    return pd.read_csv(demo / "sample" / "spend.csv")


def expected_row(of, cost):
    won = of[of["won"]]
    leads, opportunities, customers, revenue = (
        len(of),
        of["Converted Date"].count(),
        len(won),
        won["amount"].sum(),
    )
    counts = [pytest.approx(cost), leads, opportunities, customers, pytest.approx(revenue)]
    per = [cost / leads, cost / opportunities, cost / customers, customers / leads, (revenue * MARGIN - cost) / cost]
    return [*counts, *(pytest.approx(ratio) for ratio in per)]


@pytest.mark.parametrize(
    "place_of, by_lead, by_spend", [("B59", "Lead Source", "Channel"), ("B106", "Campaign Name", "Campaign")]
)
def test_channels_and_campaigns_are_those_of_the_export(book, leads, spend, place_of, by_lead, by_spend):
    year = leads[leads["day"].between(*YEAR)].copy()
    cost = spend[spend["Date"].between(*YEAR)].copy()
    year["group"], cost["group"] = year[by_lead].fillna("(none)"), cost[by_spend].fillna("(none)")
    anchor = next(c for c in book.cells(SHEET) if c.array and c.array.startswith(place_of + ":"))
    heading, *rows = book.range(SHEET, anchor.array)
    assert heading[:6] == ["Group", "Spend", "Leads", "Opportunities", "Customers", "Revenue"]
    assert {row[0] for row in rows} == {*year["group"], *cost["group"], "All"}
    for group, *figures in rows:
        of = year if group == "All" else year[year["group"] == group]
        paid = cost if group == "All" else cost[cost["group"] == group]
        assert figures == expected_row(of, paid["Cost"].sum()), group
    assert [row[2] for row in rows[:-1]] == sorted((row[2] for row in rows[:-1]), reverse=True)


def test_the_dashboard_shows_the_channels_with_most_leads(book, leads, spend):
    heading, *rows = book.range("Dashboard", "B62:H74")
    assert heading == ["Channel", "Spend", "Leads", "Customers", "Cost a lead", "ROI so far", "In words"]
    year, cost = leads[leads["day"].between(*YEAR)], spend[spend["Date"].between(*YEAR)]
    largest = year["Lead Source"].value_counts()
    assert [row[2] for row in rows[: len(largest)]] == list(largest)
    for channel, *figures, words in rows[: len(largest)]:
        paid = cost[cost["Channel"] == channel]["Cost"].sum()
        expected = expected_row(year[year["Lead Source"] == channel], paid)
        assert figures == [expected[column] for column in (0, 1, 3, 5, 9)], channel
        assert words == ("at a loss" if figures[-1] < 0 else "paid back")
    assert {cell for row in rows[len(largest) :] for cell in row} == {""}


def test_the_tiles_tell_the_row_of_all_channels(book, leads, spend):
    year = leads[leads["day"].between(*YEAR)]
    figures = expected_row(year, spend[spend["Date"].between(*YEAR)]["Cost"].sum())
    assert book.named_value("Now_Cost_Per_Lead") == figures[5]
    assert book.named_value("Now_Acquisition_Cost") == figures[7]
    assert book.named_value("Now_Marketing_ROI") == figures[9]


def test_the_pipeline_is_that_of_the_export(book, leads):
    closed = leads[leads["closed"].between(*YEAR)]
    won = closed[closed["won"]]
    took = (pd.to_datetime(won["closed"]) - pd.to_datetime(won["Converted Date"].str[:10])).dt.days
    still = leads[(leads["Converted Date"].str[:10] <= YEAR[1]) & ~(leads["closed"] <= YEAR[1])]
    month = leads[leads["won"] & leads["closed"].between("2026-10-01", YEAR[1])]
    assert [row[0] for row in book.range(SHEET, "C36:C43")] == [
        len(won),
        len(closed) - len(won),
        pytest.approx(won["amount"].mean()),
        took[took >= 0].median(),
        len(still),
        pytest.approx(still["amount"].fillna(5000).sum()),
        6 * 20_000,
        pytest.approx(month["amount"].sum()),
    ]
    rate = len(won) / len(closed)
    assert book.range(SHEET, "B15:B15")[0][0] == pytest.approx(rate)
    velocity = len(still) * rate * won["amount"].mean() / took[took >= 0].median()
    assert book.range(SHEET, "C15:C15")[0][0] == pytest.approx(velocity)
    coverage = still["amount"].fillna(5000).sum() / (6 * 20_000 - month["amount"].sum())
    assert book.range(SHEET, "E15:E15")[0][0] == pytest.approx(coverage)


def test_what_a_customer_is_worth(book):
    """600 customers on 1 January, 690 on 20 October, day 293 of the year; 400 a month at a margin of 80%."""
    new, cost = book.named_value("Customers_New"), book.named_value("Now_Acquisition_Cost")
    stayed, months = (690 - new) / 600, 293 / 365 * 12
    churn = 1 - stayed ** (1 / months)
    worth = 400 * MARGIN / churn
    expected = [
        stayed,
        1 - stayed,
        months,
        churn,
        1 - stayed ** (12 / months),
        worth,
        worth / cost,
        cost / (400 * MARGIN),
    ]
    assert [row[0] for row in book.range(SHEET, "C47:C54")] == [pytest.approx(figure) for figure in expected]


# --- small workbooks ---


def filled(path, daily, spend, leads=(), typed=(), sales_cost=0):
    """``daily``: date, source, campaign, leads, opportunities, customers, revenue; ``spend``: date, channel, campaign,
    cost; ``leads``: created, opportunity, closed, won, amount; ``typed``: what is typed into cells of the sheet."""
    template_with(path, SHEET, typed)
    edit = Edit.open(path)
    for table, names, rows in (
        (DAILY, ("Date", "Source", "Campaign", "Leads", "Opportunities", "Customers", "Revenue"), daily),
        (SPEND, ("Date", "Channel", "Campaign", "Cost"), spend),
        (LEADS, ("Created", "Opportunity", "Closed", "Won", "Amount"), leads),
    ):
        columns = {name: [row[names.index(name)] if name in names else None for row in rows] for name in table.columns}
        edit.replace_rows(table.name, columns)
    edit.set_cell(*place(edit, "Data_Until"), dt.date(2026, 3, 13))
    edit.set_cell(*place(edit, "Sales_Cost"), sales_cost)
    assert compute(edit).kept == []
    edit.save(path)
    return path


def day(month, number):
    return dt.date(2026, month, number)


COUNTED = [
    (day(1, 5), "Ads", "Spring", 10, 4, 2, 8000.0),
    (day(2, 5), "ads", "Spring", 5, 0, 0, 0.0),
    (day(2, 6), "Fair", None, 3, 1, 0, 0.0),
    (dt.date(2025, 12, 31), "Ads", "Spring", 99, 9, 9, 9.0),
]
PAID = [
    (day(1, 7), "ADS", "Spring", 1000.0),
    (day(3, 1), "Radio", "Spots", 500.0),
    (dt.date(2025, 12, 31), "Ads", "Spring", 9e6),
]


def test_a_channel_with_spend_but_no_leads_and_the_other_way_round(tmp_path):
    path = filled(tmp_path / "channels.xlsx", COUNTED, PAID)
    assert Book.open(path).range(SHEET, "B60:G63") == [
        ["Ads", 1000, 15, 4, 2, 8000],
        ["Fair", 0, 3, 1, 0, 0],
        ["Radio", 500, 0, 0, 0, 0],
        ["All", 1500, 18, 5, 2, 8000],
    ]
    assert [row[0] for row in Book.open(path).range(SHEET, "B107:B110")] == ["Spring", "(none)", "Spots", "All"]
    assert shown(path, SHEET, "L60") == pytest.approx((8000 * MARGIN - 1000) / 1000)
    assert shown(path, SHEET, "L62") == -1
    assert errors(path) == []


def test_other_days_may_be_typed_over_the_period(tmp_path):
    path = filled(tmp_path / "period.xlsx", COUNTED, PAID, typed={"C6": day(2, 1), "C7": day(2, 28)})
    assert [row[:3] for row in Book.open(path).range(SHEET, "B60:D63")] == [
        ["ads", 0, 5],
        ["Fair", 0, 3],
        ["All", 0, 8],
        [None, None, None],
    ]
    assert shown(path, SHEET, "B9").startswith("No spend is imported for this period")
    assert value(path, "Now_Cost_Per_Lead") == "–"


def test_the_cost_of_sales_people_is_part_of_the_acquisition_cost(tmp_path):
    path = filled(tmp_path / "sales.xlsx", COUNTED, PAID, sales_cost=2500)
    assert value(path, "Now_Acquisition_Cost") == (1500 + 2500) / 2
    assert value(path, "Now_Marketing_ROI") == pytest.approx((8000 * MARGIN - 1500) / 1500)


def test_deals_are_counted_when_they_close(tmp_path):
    deals = [
        (dt.date(2025, 11, 3), dt.date(2025, 12, 1), day(1, 20), day(1, 20), 6000.0),
        (day(1, 3), day(1, 10), day(3, 5), day(3, 5), None),
        (day(1, 3), day(1, 10), day(2, 5), None, 4000.0),
        (day(2, 3), day(2, 10), None, None, 7000.0),
        (day(2, 3), day(2, 10), None, None, None),
        (day(2, 3), None, None, None, None),
    ]
    path = filled(tmp_path / "deals.xlsx", COUNTED, PAID, deals)
    figures = [row[0] for row in Book.open(path).range(SHEET, "C36:C43")]
    # 50 and 54 days from opportunity to won; a deal without an amount counts as 5,000 of the pipeline
    assert figures == [2, 1, 6000, 52, 2, 12000, 120_000, 0]
    assert shown(path, SHEET, "B15") == pytest.approx(2 / 3)
    assert shown(path, SHEET, "E15") == pytest.approx(0.1)


def test_a_quota_that_is_reached_needs_no_coverage(tmp_path):
    deals = [(day(1, 3), day(1, 10), day(3, 5), day(3, 5), 130_000.0)]
    path = filled(tmp_path / "reached.xlsx", COUNTED, PAID, deals)
    assert [shown(path, SHEET, cell) for cell in ("E15", "E16")] == ["–", "the quota is reached"]
    assert errors(path) == []


def test_an_empty_workbook_knows_no_costs(tmp_path):
    build(tmp_path / "empty.xlsx")
    edit = Edit.open(tmp_path / "empty.xlsx")
    assert compute(edit).kept == []
    edit.save(tmp_path / "empty.xlsx")
    names = ("Now_Cost_Per_Lead", "Now_Acquisition_Cost", "Now_Marketing_ROI")
    assert [value(tmp_path / "empty.xlsx", name) for name in names] == ["–"] * 3
    assert [shown(tmp_path / "empty.xlsx", SHEET, f"{column}15") for column in "BCEGIK"] == ["–"] * 6
    assert shown(tmp_path / "empty.xlsx", SHEET, "B9") == ""
    assert [shown(tmp_path / "empty.xlsx", SHEET, f"{column}11") for column in "BCEGIK"] == ["–"] * 6
    assert shown(tmp_path / "empty.xlsx", SHEET, "C39") == "–"  # no days from opportunity to won
    assert errors(tmp_path / "empty.xlsx") == []


# --- many groups ---


def test_of_many_channels_and_campaigns_the_largest_are_shown(tmp_path):
    """Channel n has n leads and costs 100; each of its leads came by a campaign of its own, up to the 260th."""
    daily = [(day(1, 5), f"Channel {n}", f"Campaign {n}", n, 0, 1, 50.0) for n in range(1, 261)]
    paid = [(day(1, 6), f"Channel {n}", f"Campaign {n}", 100.0) for n in range(1, 261)]
    path = filled(tmp_path / "many.xlsx", daily, paid)
    for first, most, what in ((60, 40, "Channel"), (107, 200, "Campaign")):
        rows = Book.open(path).range(SHEET, f"B{first}:G{first + most + 2}")
        assert [row[0] for row in rows[:most]] == [f"{what} {n}" for n in range(260, 260 - most, -1)]
        if what == "Campaign":  # the room of its two halves holds them all
            others = 260 - most
            assert rows[most][:3] == ["(others)", 100 * others, others * (others + 1) // 2]
        assert rows[most + 1][:3] == ["All", 26_000, 260 * 261 // 2]
        assert rows[most + 2] == [None] * 6
    assert [shown(path, SHEET, f"{column}11") for column in "BCGIK"] == [
        26_000,
        pytest.approx(26_000 / (260 * 261 / 2)),
        100,
        260 * 50,
        pytest.approx(260 * 50 * MARGIN / 26_000 - 1),
    ]
    assert errors(path) == []


def test_a_channel_called_all_is_a_channel(tmp_path):
    daily = [(day(1, 5), "All", None, 4, 0, 0, 0.0), (day(1, 5), "Ads", None, 6, 0, 0, 0.0)]
    path = filled(tmp_path / "all.xlsx", daily, [(day(1, 6), "all", None, 30.0)])
    rows = Book.open(path).range(SHEET, "B60:D62")
    assert [row[1:] for row in rows] == [[0, 6], [30, 4], [30, 10]]
    assert [row[0].lower() for row in rows] == ["ads", "all (group)", "all"]
    assert value(path, "Now_Cost_Per_Lead") == 3


# --- what is not known ---


def test_an_export_without_amounts_knows_no_returns(tmp_path):
    daily = [(*row[:6], 0.0) for row in COUNTED]
    path = filled(tmp_path / "amounts.xlsx", daily, PAID)
    assert [shown(path, SHEET, cell) for cell in ("I11", "K11")] == ["–", "–"]
    assert value(path, "Now_Acquisition_Cost") == 1500 / 2
    assert shown(path, SHEET, "B9") == "The leads won have no amounts: revenue and returns are not known."
    assert shown(path, SHEET, "L60") is None


def test_no_customers_have_no_revenue_and_that_is_known(tmp_path):
    daily = [(*row[:5], 0, 0.0) for row in COUNTED]
    path = filled(tmp_path / "none.xlsx", daily, PAID)
    assert [shown(path, SHEET, cell) for cell in ("G11", "I11", "K11", "B9")] == ["–", 0, -1, ""]


def test_more_credits_than_spend_give_no_costs(tmp_path):
    path = filled(tmp_path / "credits.xlsx", COUNTED, [(day(1, 7), "Ads", None, -70.0)])
    assert [shown(path, SHEET, f"{column}11") for column in "BCEGK"] == [-70, "–", "–", "–", "–"]
    assert shown(path, SHEET, "B9").startswith("The credits of this period exceed its spend")


def test_a_period_that_ends_before_it_begins_is_told(tmp_path):
    path = filled(tmp_path / "ends.xlsx", COUNTED, PAID, typed={"C6": day(3, 1), "C7": day(2, 1)})
    assert shown(path, SHEET, "B9").startswith("From is after To")
    assert [shown(path, SHEET, f"{column}11") for column in "BCEGIK"] == ["–"] * 6


def test_what_no_export_tells_is_asked_for(tmp_path):
    path = filled(tmp_path / "asked.xlsx", COUNTED, PAID)
    asked = "Customers, start of the year.  Customers now.  Revenue of a customer a month."
    assert shown(path, SHEET, "B55") == f"Still to fill on Inputs:  {asked}"
    assert [shown(path, SHEET, cell) for cell in ("C47", "C48", "C50", "C51", "C52", "C53", "C54")] == ["–"] * 7
    edit = Edit.open(path)
    edit.set_cell(*place(edit, "Customers_Start"), 100)
    edit.set_cell(*place(edit, "Customers_Now"), 90)
    compute(edit)
    edit.save(path)
    assert shown(path, SHEET, "B55") == "Still to fill on Inputs:  Revenue of a customer a month."
    assert shown(path, SHEET, "C47") == pytest.approx(0.9)
