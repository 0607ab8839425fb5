"""The figures of a few leads, worked out by hand, and what of the leads goes into a workbook."""

import datetime as dt
import random

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from xlsmkt.crm.delivering import daily_that_fits, deliver, figure, last_day_of, leads_of
from xlsmkt.crm.figures import FIGURES, daily, last_day, leads_to_show, reps
from xlsmkt.crm.model import DAILY, LEADS
from xlsmkt.errors import UserError
from xlsmkt.functions.sales_sla import sales_sla

TYPES = {"text": pa.string(), "number": pa.float64(), "date": pa.date32(), "time": pa.timestamp("s")}
TODAY = dt.date(2026, 6, 30)


def leads(*rows, order=False):
    """Leads from what is known of each: days and moments as texts of ISO 8601."""
    columns = {}
    for field in LEADS.fields:
        values = [row.get(field.name) for row in rows]
        if field.kind == "date":
            values = [value and dt.date.fromisoformat(value) for value in values]
        elif field.kind == "time":
            values = [value and dt.datetime.fromisoformat(value) for value in values]
        columns[field.name] = pa.array(values, TYPES[field.kind])
    if order:
        columns["_row"] = pa.array(range(len(rows)), pa.int64())
    return ibis.memtable(pa.table(columns))


def rows_of(frame):
    """The rows as lists, None for a blank, days as in ISO 8601."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    values = [[str(one)[:10] if isinstance(one, dt.date) else one for one in column.to_pylist()] for column in table]
    return [list(row) for row in zip(*values, strict=True)]


def day(number, month=1):
    return f"2026-{month:02}-{number:02}"


# --- the figures ---


def test_daily():
    told = leads(
        {"Created": day(2), "Source": "Web", "Attempts": 1.0, "MQL": day(3), "Won": day(9), "Amount": 10.5},
        {"Created": day(2), "Source": "Web", "Attempts": 0.0, "Amount": 99.0},  # not won, not worked
        {"Created": day(2), "Source": "Web", "Connected": day(4), "SQL": day(5), "Opportunity": day(6), "Won": day(7)},
        {"Created": day(2), "First worked": "2026-01-02T10:00:00"},
        {"Created": day(1), "Source": "Web", "Owner": "Rep North 1", "Campaign": "Spring"},
    )
    assert rows_of(figure("daily", told)) == [
        # Date, type, source, campaign, industry, owner; leads, MQLs, SQLs, opportunities, customers, worked, connected
        [day(1), None, "Web", "Spring", None, "Rep North 1", 1, 0, 0, 0, 0, 0, 0, 0.0],
        [day(2), None, None, None, None, None, 1, 0, 0, 0, 0, 1, 0, 0.0],
        [day(2), None, "Web", None, None, None, 3, 1, 1, 1, 2, 2, 1, 10.5],
    ]
    assert list(figure("daily", told)) == DAILY.columns


def test_words_that_are_not_told_apart_are_blank():
    told = daily(leads({"Created": day(1), "Source": "Web", "Owner": "Rep North 1"}), words=["Source"])
    assert dict(told.schema())["Owner"] == ibis.dtype("string")
    assert rows_of(figure("daily", leads({"Created": day(1), "Owner": "Rep North 1"}), words=["Source"])) == [
        [day(1), None, None, None, None, None, 1, 0, 0, 0, 0, 0, 0, 0.0]
    ]


def test_close_rates():
    told = leads(
        {"Created": day(1), "Source": "Web", "Won": day(3), "Amount": 100.0},
        {"Created": day(1), "Source": "Web"},
        {"Created": day(2), "Source": "Web", "Won": day(4)},  # won for an unknown amount
        {"Created": day(2), "Source": "Web", "Closed": day(4), "Amount": 70.0},  # lost
        {"Created": day(2), "Source": "Événement", "Country": "FR"},
        {"Created": day(2), "Country": "FR"},
    )
    assert rows_of(figure("close-rates", told)) == [
        [None, 1, 0, 0.0, 0.0],
        ["Web", 4, 2, 0.5, 100.0],
        ["Événement", 1, 0, 0.0, 0.0],  # after W by its code point
    ]
    assert rows_of(figure("close-rates", told, by="Country")) == [[None, 4, 2, 0.5, 100.0], ["FR", 2, 0, 0.0, 0.0]]
    assert list(figure("close-rates", told)) == ["Source", "Leads", "Customers", "Close rate", "Revenue"]


def test_funnel():
    told = leads(
        {"Created": day(31), "MQL": day(2, 2), "SQL": day(3, 2), "Opportunity": day(4, 2), "Won": day(5, 3)},
        {"Created": day(1), "MQL": day(2)},
        {"Created": day(15)},
        {"Created": day(15)},
        {"Created": "2025-01-10"},
    )
    assert rows_of(figure("funnel", told)) == [
        ["2025-01-01", 1, 0, 0, 0, 0, 0.0, None, None, None, 0.0],
        ["2026-01-01", 4, 2, 1, 1, 1, 0.5, 0.5, 1.0, 1.0, 0.25],
    ]


def test_cohorts():
    told = leads(
        {"Created": "2025-11-30", "Won": "2025-11-30"},
        {"Created": "2025-11-01", "Won": "2026-01-31"},  # two months later by the calendar
        {"Created": "2025-11-05"},
        {"Created": "2025-11-06"},
        {"Created": "2026-01-10", "Won": "2026-02-01"},
        {"Created": "2026-01-11"},
    )
    assert rows_of(figure("cohorts", told)) == [
        ["2025-11-01", 0, 4, 1, 0.25],
        ["2025-11-01", 1, 4, 1, 0.25],
        ["2025-11-01", 2, 4, 2, 0.5],
        ["2025-11-01", 3, 4, 2, 0.5],
        ["2026-01-01", 0, 2, 0, 0.0],
        ["2026-01-01", 1, 2, 1, 0.5],  # the last month of which the data speak is February
    ]


def test_cohorts_without_a_customer():
    told = leads({"Created": day(5)}, {"Created": day(5, 3)})
    assert rows_of(figure("cohorts", told)) == [
        ["2026-01-01", 0, 1, 0, 0.0],
        ["2026-01-01", 2, 1, 0, 0.0],
        ["2026-03-01", 0, 1, 0, 0.0],
    ]


def test_cycle():
    won = [
        ("Demo", day(1), day(11)),
        ("Demo", day(1), day(13)),
        ("Demo", day(30), "2026-03-01"),
        (None, day(4), day(4)),
    ]
    told = leads(
        *({"Lead type": kind, "Created": first, "Won": last} for kind, first, last in won), {"Created": day(1)}
    )
    # 10, 12 and 30 days
    assert rows_of(figure("cycle", told)) == [[None, 1, 0.0, 0.0], ["Demo", 3, 12.0, 52 / 3]]
    two = leads(*({"Created": day(1), "Won": day(last)} for last in (2, 5)))
    assert rows_of(figure("cycle", two)) == [[None, 2, 2.5, 2.5]]


REPS = [
    # owner, assigned, first worked, attempts, connected
    ("North", "2026-03-02T09:00:00", "2026-03-02T11:00:00", 1.0, day(2, 3)),  # 2 hours, reached
    ("North", "2026-03-02T09:00:00", "2026-03-04T09:00:00", 5.0, None),  # 48 hours, tried enough
    ("North", "2026-03-02T09:00:00", "2026-03-02T08:00:00", 2.0, None),  # touched before: no hours; given up early
    ("North", "2026-03-03T09:00:00", None, None, None),  # not worked
    ("North", None, None, 1.0, None),  # worked, nobody knows when
    ("South", "2026-03-06T00:00:00", None, 0.0, None),  # not worked
    (None, "2026-03-02T09:00:00", None, None, None),
]


def reps_told():
    names = ("Owner", "Assigned", "First worked", "Attempts", "Connected")
    return leads(*({"Created": day(1), **dict(zip(names, row, strict=True))} for row in REPS))


def test_reps():
    found = figure("reps", reps_told())
    assert list(found) == sales_sla([], [], [], [], [])[0][:9]  # the same headings
    assert rows_of(found) == [
        ["North", 5, 4, 0.8, 0.25, 1, 2, 2.0, 0.5],  # of 2, 48, 0 hours and one not worked, two are within a day
        ["South", 1, 0, 0.0, None, 0, 0, None, 0.0],
    ]


def test_reps_as_of_a_day():
    found = figure("reps", reps_told(), as_of=dt.date(2026, 3, 3), min_attempts=2, max_hours=1.5)
    # the second lead counts as not worked yet; that of South was assigned later
    assert rows_of(found) == [["North", 5, 3, 0.6, 1 / 3, 1, 1, 1.0, 0.25]]
    assert rows_of(figure("reps", reps_told(), as_of=dt.date(2026, 3, 3), max_hours=38))[0][-1] == 2 / 3
    assert rows_of(figure("reps", reps_told(), as_of=dt.date(2026, 3, 3), max_hours=39))[0][-1] == 1.0
    assert rows_of(figure("reps", reps_told(), as_of=dt.date(2026, 3, 6), max_hours=23))[1][-1] == 0.0
    # the promise may still be kept: not a second of its day is left, but the agreed hours are not over
    assert rows_of(figure("reps", reps_told(), as_of=dt.date(2026, 3, 6), max_hours=24))[1][-1] is None


@pytest.mark.parametrize(("as_of", "max_hours"), [(None, 24), (day(4, 3), 8.5), (day(6, 3), 30)])
def test_reps_agree_with_sales_sla(as_of, max_hours):
    """Within a week of business days, hours of the clock are those of a team that works around the clock."""
    chance = random.Random(20260302)

    def moment():
        since = dt.timedelta(seconds=chance.randrange(5 * 86400))
        return (dt.datetime(2026, 3, 2) + since).isoformat() if chance.random() < 0.7 else None

    rows = [
        {
            "Created": day(1),
            "Owner": f"Rep {chance.randrange(10, 90)}",  # some have a lead or two, some have many
            "Assigned": moment(),
            "First worked": moment(),
            "Attempts": chance.choice([None, 0.0, 1.0, 5.0, 9.0]),
            "Connected": chance.choice([None, None, day(2, 3), day(6, 3)]),
        }
        for _ in range(400)
    ]
    columns = [[row[name] for row in rows] for name in ("Owner", "Assigned", "First worked", "Attempts", "Connected")]
    expected = sorted(sales_sla(*columns, as_of, 0.9, 5, max_hours, 0, 24)[1:-1])
    assert len(expected) > 60
    found = figure("reps", leads(*rows), as_of=as_of and dt.date.fromisoformat(as_of), max_hours=max_hours)
    assert rows_of(found) == [row[:9] for row in expected]


@pytest.mark.parametrize("name", FIGURES)
def test_no_leads_have_no_figures(name):
    assert rows_of(figure(name, leads())) == []


def test_figures_that_are_not_there():
    with pytest.raises(UserError, match="there are no figures called reach; give one of daily, close-rates, reps, "):
        figure("reach", leads())
    with pytest.raises(UserError, match="not told apart by Job title; give one of Lead type, Source, Campaign, "):
        figure("close-rates", leads(), by="Job title")


@pytest.mark.parametrize("name", FIGURES)
def test_each_figure_says_in_a_line_what_it_is(name):
    first, *_ = FIGURES[name].__doc__.splitlines()
    assert first.endswith(".") and len(first) < 115


@pytest.mark.parametrize("dialect", ["snowflake", "bigquery", "databricks", "trino", "mssql"])
def test_engines_that_are_not_at_hand_have_words_for_each_figure(dialect):
    """Nothing in a figure is unknown to them; that is not to say that it ran there."""
    table = ibis.table(leads().schema(), name="leads")
    for make in FIGURES.values():
        assert "leads" in ibis.to_sql(make(table), dialect=dialect)
    for one in (leads_to_show(table, 5), last_day(table, TODAY), reps(table, as_of=TODAY)):
        assert "leads" in ibis.to_sql(one, dialect=dialect)


# --- what goes into a workbook ---


def test_delivered():
    table = leads(
        {"Lead ID": "b", "Created": day(2), "Owner": "Zoe", "Assigned": "2026-01-02T08:30:00"},
        {"Lead ID": "a", "Created": day(1), "Owner": "ada", "Amount": 5.0, "Won": "2026-07-04", "Closed": "2026-07-04"},
        order=True,
    )
    delivered = deliver(table, today=TODAY)
    assert list(delivered.tables) == ["Leads", "Daily"]
    found = delivered.tables["Leads"]
    assert list(found) == LEADS.columns
    assert found["Lead ID"].tolist() == ["b", "a"]  # in the order of import
    assert found["Assigned"][0] == pd.Timestamp("2026-01-02 08:30")
    kinds = {"text": "category", "number": "float64", "date": "datetime64[s]", "time": "datetime64[s]"}
    assert {name: str(kind) for name, kind in found.dtypes.items()} == {
        **{field.name: kinds[field.kind] for field in LEADS.fields},
        "Lead ID": "str",
    }
    assert delivered.tables["Daily"]["Owner"].tolist() == ["ada", "Zoe"]
    assert (delivered.taken, delivered.last_day, delivered.note) == ({"Leads": 2}, dt.date(2026, 1, 2), "")


def test_daily_is_in_order_of_code_points():
    owners = ["é", "a", None, "Z", "z", "\U0001f600", "\uff00"]  # the last two change places in UTF-16
    table = leads(*({"Created": day(number), "Owner": owner} for owner in owners for number in (2, 1)))
    found = deliver(table, today=TODAY).tables["Daily"]
    assert [str(one)[:10] for one in found["Date"]] == [day(1)] * 7 + [day(2)] * 7
    expected = [None, "Z", "a", "z", "é", "\uff00", "\U0001f600"]
    assert [row[5] for row in rows_of(found)] == expected * 2


OPEN_AND_CLOSED = [
    {"Lead ID": "1", "Created": day(9), "Closed": day(9)},
    {"Lead ID": "2", "Created": day(1)},
    {"Lead ID": "3", "Created": day(3), "Closed": day(9)},
    {"Lead ID": "4", "Created": day(9), "Won": day(9)},
    {"Lead ID": "5", "Created": day(2)},
]


@pytest.mark.parametrize(("most", "shown"), [(1, "5"), (2, "25"), (3, "245"), (4, "1245"), (5, "12345")])
def test_open_leads_come_first_then_the_most_recent_ones(most, shown):
    delivered = deliver(leads(*OPEN_AND_CLOSED, order=True), today=TODAY, most_leads=most)
    assert delivered.tables["Leads"]["Lead ID"].tolist() == list(shown)
    assert delivered.tables["Daily"]["Leads"].sum() == delivered.taken["Leads"] == 5
    told = (
        f"There are 5 leads; the sheet Leads holds the {most} that are open or most recent, and Daily counts them all."
    )
    assert delivered.note == ("" if most == 5 else told)


def test_leads_whose_order_is_not_known_are_in_order_of_day_and_id():
    delivered = deliver(leads(*OPEN_AND_CLOSED), today=TODAY)
    assert delivered.tables["Leads"]["Lead ID"].tolist() == ["2", "5", "3", "1", "4"]
    fewer = deliver(leads(*OPEN_AND_CLOSED), today=TODAY, most_leads=3)
    assert fewer.tables["Leads"]["Lead ID"].tolist() == ["2", "5", "4"]  # of 1 and 4, the greater id


def test_leads_at_hand_are_taken_as_they_are():
    frame = deliver(leads(*OPEN_AND_CLOSED, order=True), today=TODAY).tables["Leads"].assign(MODIFIED=0)
    table = leads_of(frame)
    pd.testing.assert_frame_equal(
        deliver(table, today=TODAY, frame=frame).tables["Leads"], frame[LEADS.columns], check_exact=True
    )
    fewer = deliver(table, today=TODAY, most_rows=3, frame=frame)
    assert fewer.tables["Leads"]["Lead ID"].tolist() == ["2", "4", "5"]
    assert fewer.last_day == dt.date(2026, 1, 9)


def test_a_daily_that_does_not_fit_tells_fewer_words_apart():
    rows = [{"Created": day(1), "Source": "Web", "Owner": f"Rep {n}", "Industry": "ABC"[n % 3]} for n in range(9)]
    found, note = daily_that_fits(leads(*rows), 9)
    assert len(found) == 9 and note == ""
    found, note = daily_that_fits(leads(*rows), 8)
    assert [[row[2], row[4], row[5], row[6]] for row in rows_of(found)] == [["Web", one, None, 3] for one in "ABC"]
    assert note == "Daily does not tell Owner apart, to fit on a sheet."
    found, note = daily_that_fits(leads(*rows), 2)
    assert [row[6] for row in rows_of(found)] == [9]
    assert note == "Daily does not tell Industry and Owner apart, to fit on a sheet."


def test_days_after_today_are_not_spoken_of():
    table = leads({"Created": day(5), "MQL": day(8), "First worked": "2026-01-20T23:59:59"})
    for today, last in ((day(7), day(5)), (day(8), day(8)), (day(19), day(8)), (day(20), day(20)), (day(4), None)):
        limit, expected = dt.date.fromisoformat(today), last and dt.date.fromisoformat(last)
        delivered = deliver(table, today=limit)
        assert delivered.last_day == expected
        assert last_day_of(delivered.tables["Leads"], limit) == expected


def test_no_leads_are_delivered_as_none():
    delivered = deliver(leads(), today=TODAY)
    assert [len(table) for table in delivered.tables.values()] == [0, 0]
    assert (delivered.taken, delivered.last_day, delivered.note) == ({"Leads": 0}, None, "")
