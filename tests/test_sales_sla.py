"""Sales SLA: business hours against a count of minutes, the table against pandas, and the corners of real data."""

import datetime as dt
import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlsmkt import attempts_met, sales_sla, speed_to_lead
from xlsmkt.catalogue import CATALOGUE
from xlsmkt.errors import CellError, NotAvailable, OutOfRange, WrongType
from xlsmkt.hours import BusinessHours

MONDAY = dt.datetime(2026, 3, 2)
HEADINGS = ["Owner", "Leads", "Worked", "Worked %", "Connected %", "Tried enough", "Given up early", "Median hours",
            "Within hours %", "SLA met", "Goal", "Agreed hours"]  # fmt: skip
NO_LEADS = ["All", 0, 0, None, None, 0, 0, None, None, None, 0.9, 8]

MINUTES = st.integers(0, 24 * 24 * 60)  # in three weeks and a bit
OPENINGS = st.sampled_from([(9, 17), (8.5, 17.75), (0, 24), (7, 7.25), (22, 24)])
DAYS_OFF = st.lists(st.integers(-2, 26), max_size=6)


def moment(minutes):
    return MONDAY + dt.timedelta(minutes=minutes)


def dates(offsets):
    return [MONDAY.date() + dt.timedelta(offset) for offset in offsets]


# --- business hours ---


@given(MINUTES, MINUTES, OPENINGS, DAYS_OFF)
def test_business_hours_are_the_minutes_counted_one_by_one(one, other, opening, off):
    start, end = sorted((one, other))
    opens, closes = opening
    counted = 0
    for minute in range(start, end):
        day, of_day = divmod(minute, 24 * 60)
        counted += day % 7 < 5 and day not in off and opens * 60 <= of_day < closes * 60  # day 0 is a Monday
    assert speed_to_lead(moment(start), moment(end), opens, closes, dates(off)) == counted / 60
    assert speed_to_lead(moment(end), moment(start), opens, closes, dates(off)) == 0 or start == end


@given(st.lists(MINUTES, min_size=3, max_size=3), OPENINGS, DAYS_OFF)
def test_business_hours_add_up_on_the_way(minutes, opening, off):
    first, middle, last = map(moment, sorted(minutes))
    team = BusinessHours(*opening, dates(off))
    assert team.seconds(first, middle) + team.seconds(middle, last) == team.seconds(first, last)


@given(st.integers(0, 20), st.integers(0, 16 * 60), st.integers(0, 16 * 60), MINUTES)
def test_when_outside_opening_a_lead_comes_changes_nothing(day, one, other, touched):
    evening = day * 24 * 60 + 17 * 60  # until 9:00 the next morning, or after the weekend
    hours = speed_to_lead([moment(evening + one), moment(evening + other)], moment(touched))
    assert hours[0] == hours[1]


def test_hours_of_the_clock_may_be_written_in_any_way():
    start, end = "2026-03-02 08:00", "2026-03-02 18:00"
    for opens, closes in ((8.5, 17.75), ("8:30", "17:45"), (8.5 / 24, 17.75 / 24), (dt.time(8, 30), dt.time(17, 45))):
        assert speed_to_lead(start, end, opens, closes) == 9.25
        assert speed_to_lead([start, start], end, [opens, opens], [closes, closes]) == [9.25, 9.25]


def test_seconds_count():
    assert speed_to_lead("2026-03-02 09:00:00", "2026-03-02 09:00:36") == 0.01
    serial = 46083 + (9 * 3600 + 1) / 86400  # 2026-03-02 09:00:01, as a cell holds it
    assert speed_to_lead(46083.375, [serial, serial + 1]) == [1 / 3600, 8 + 1 / 3600]


def test_a_date_without_an_hour_is_midnight_and_a_time_zone_is_left_aside():
    assert speed_to_lead("2026-03-02", "2026-03-03") == 8
    assert speed_to_lead("2026-03-02T10:00:00Z", "2026-03-02T12:00:00+05:00") == 2


def test_an_opening_over_midnight_is_refused_and_says_what_to_give():
    for opens, closes in ((22, 6), (9, 9), (24, 24), (9, 0)):
        with pytest.raises(OutOfRange, match="close later, or give 0 and 24 for work past midnight"):
            speed_to_lead("2026-03-02", "2026-03-03", opens, closes)
    with pytest.raises(OutOfRange, match="opens is 25; give an hour from 0 to 24"):
        speed_to_lead("2026-03-02", "2026-03-03", 25, 26)


def test_a_lead_not_worked_yet_is_na_in_its_own_row_only():
    told = speed_to_lead(["2026-03-02 10:00", "2026-03-02 10:00", None, ""], ["2026-03-02 12:00", "", None, None])
    assert told[:2] == [2, NotAvailable()] and told[2:] == [None, None]
    assert str(told[1]) == "SPEED_TO_LEAD: the lead has not been worked yet; fill first_worked"
    for blank in (None, "", 0.0):  # LibreOffice hands over a blank cell as 0
        assert CATALOGUE["SPEED_TO_LEAD"].cells(["2026-03-02", blank]) == [[NotAvailable()]]
    assert CATALOGUE["SPEED_TO_LEAD"].cells([[["2026-03-02"], ["#REF!"]], [["2026-03-03"], ["2026-03-03"]]])[0] == [8]


def test_a_lead_worked_but_never_assigned_is_an_error_of_its_own_row():
    told = speed_to_lead(["", "2026-03-02 10:00"], ["2026-03-02 12:00", "2026-03-02 12:00"])
    assert isinstance(told[0], CellError) and told[1] == 2


def test_the_ends_of_the_calendar_are_moments_too():
    assert speed_to_lead("1900-01-01", "9999-12-31 23:59", 0, 24) > 0
    assert BusinessHours(0, 24).seconds(dt.datetime.min, dt.datetime.max) > 0


# --- attempts ---


@given(st.integers(0, 20), st.booleans(), st.integers(0, 20))
def test_attempts_are_met_by_reaching_the_lead_or_trying_often(attempts, connected, least):
    assert attempts_met(attempts, connected, least) is (connected or attempts >= least)


def test_attempts_over_columns():
    marks = ["yes", "no", "", None, 46083.0, 0.0, None]
    assert attempts_met([0, "4", 5, 1, None, None, None], marks) == [True, False, True, False, True, False, None]


# --- the table ---


def random_leads(rows, seed):
    """Leads as a CRM has them: owners in any case, moments from January to April, blanks everywhere."""
    chance = random.Random(seed)
    leads = []
    for _ in range(rows):
        given_at = MONDAY + dt.timedelta(minutes=chance.randrange(-80_000, 60_000))
        touched = given_at + dt.timedelta(minutes=int(chance.expovariate(1 / 1500)) - 30)
        tries = chance.choice([None, 0, 0, 1, 2, 3, 5, 6, 9])
        reached = chance.choice([None, False, True, (touched + dt.timedelta(chance.randrange(20))).date()])
        leads.append(
            (
                chance.choice(["North", "north", "South", "WEST", "West", None, "East"]),
                None if chance.random() < 0.1 else given_at,
                None if chance.random() < 0.25 else touched,
                tries,
                reached,
            )
        )
    return leads


def by_pandas(leads, as_of, opens, closes, holidays, worked_goal=0.9, min_attempts=5, max_hours=8):
    """The same table by other means: overlaps with each business day, added up."""
    frame = pd.DataFrame(leads, columns=["owner", "given", "touched", "tries", "reached"]).dropna(subset="owner")
    frame["given"], frame["touched"] = pd.to_datetime(frame["given"]), pd.to_datetime(frame["touched"])
    end = pd.Timestamp(as_of) + pd.Timedelta(days=1)
    frame = frame[~(frame["given"] >= end)].copy()
    frame["tries"] = frame["tries"].fillna(0).astype(float)
    known = np.array([m is True or (isinstance(m, dt.date) and m <= as_of) for m in frame["reached"]])
    frame["worked"] = frame["touched"].lt(end) | (frame["touched"].isna() & ((frame["tries"] > 0) | known))
    frame["connected"] = frame["worked"] & known
    frame["enough"] = frame["worked"] & ~frame["connected"] & (frame["tries"] >= min_attempts)
    frame["early"] = frame["worked"] & ~frame["connected"] & (frame["tries"] < min_attempts)
    days = np.array(pd.bdate_range("2025-11-01", "2026-08-01", freq="C", holidays=holidays), dtype="datetime64[s]")
    starts, stops = (days + np.timedelta64(int(hour * 3600), "s") for hour in (opens, closes))
    waited = []  # until the first touch; without one, until the day ends
    for given_at, touched, worked in zip(frame["given"], frame["touched"], frame["worked"], strict=True):
        until = touched if worked else end
        if pd.isna(given_at) or pd.isna(until):
            waited.append(np.nan)
            continue
        overlap = np.minimum(stops, np.datetime64(until, "s")) - np.maximum(starts, np.datetime64(given_at, "s"))
        waited.append(np.maximum(overlap.astype(float), 0).sum() / 3600)
    frame["hours"] = np.where(frame["worked"], waited, np.nan)
    frame["timed"] = frame["hours"].notna() | (~frame["worked"] & (np.array(waited) > max_hours))

    def row(name, part):
        share = part["worked"].mean()
        return [name, len(part), part["worked"].sum(), share, part["connected"].sum() / part["worked"].sum(),
                part["enough"].sum(), part["early"].sum(), part["hours"].median(),
                (part["hours"] <= max_hours).sum() / part["timed"].sum(),
                "yes" if share >= worked_goal else "no", worked_goal, max_hours]  # fmt: skip

    parts = [row(part["owner"].iloc[0], part) for _, part in frame.groupby(frame["owner"].str.lower(), sort=False)]
    return [*sorted(parts, key=lambda part: -part[1]), row("All", frame)]


@pytest.mark.parametrize(
    ("opens", "closes", "goal", "least", "limit"), [(9, 17, 0.9, 5, 8), (8.5, 17.75, 0.8, 3, 2.5), (0, 24, 0.78, 2, 24)]
)
def test_the_table_agrees_with_pandas(opens, closes, goal, least, limit):
    as_of, holidays = dt.date(2026, 3, 26), [dt.date(2026, 1, 19), dt.date(2026, 2, 16), dt.date(2026, 3, 7)]
    leads = random_leads(3000, seed=int(opens * 10))
    table = sales_sla(*map(list, zip(*leads, strict=True)), as_of, goal, least, limit, opens, closes, holidays)
    expected = by_pandas(leads, as_of, opens, closes, holidays, goal, least, limit)
    assert table[0] == HEADINGS
    assert [row[0] for row in table[1:]] == [row[0] for row in expected]
    for row, other in zip(table[1:], expected, strict=True):
        assert row[1:3] + row[5:7] + row[9:] == other[1:3] + other[5:7] + other[9:]
        # 1e-12: the order of additions and divisions differs
        assert row[3:5] + row[7:9] == pytest.approx(other[3:5] + other[7:9], rel=1e-12)


LEADS = st.tuples(
    st.sampled_from(["North", "north", "South", "", None, "West"]),
    st.one_of(st.none(), MINUTES.map(moment)),
    st.one_of(st.none(), MINUTES.map(moment)),
    st.one_of(st.none(), st.integers(0, 9)),
    st.sampled_from([None, True, False, "yes", "2026-03-09", "2026-03-20"]),
)
AS_OF = st.one_of(st.none(), st.dates(dt.date(2026, 3, 1), dt.date(2026, 3, 28)))


def table_of(leads, *rest):
    return sales_sla(*map(list, zip(*leads, strict=True)), *rest)


@given(st.lists(LEADS, min_size=1, max_size=25), AS_OF)
def test_the_owners_add_up_to_all(leads, as_of):
    table = table_of(leads, as_of)
    *owners, every = table[1:]
    for position in (1, 2, 5, 6):
        assert sum(row[position] for row in owners) == every[position]
    assert every[0] == "All" and (every[1] or every == NO_LEADS)
    for row in owners:
        assert row[1] >= row[2] >= row[5] + row[6] >= 0 < row[1]
        assert 0 <= row[3] <= 1 and row[9] == ("yes" if row[3] >= 0.9 else "no")
        assert row[4] is None or 0 <= row[4] <= 1
        assert row[8] is None or 0 <= row[8] <= 1


@given(st.lists(LEADS, min_size=1, max_size=25).flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))))
def test_the_order_of_the_rows_changes_nothing(both):
    def sheet(leads):
        return sorted((str(row[0]).lower(), *map(repr, row[1:])) for row in table_of(leads)[1:])

    assert sheet(both[0]) == sheet(both[1])


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 900), MINUTES), min_size=1, max_size=10))
def test_hours_outside_opening_do_not_count(rows):
    """Leads that come in the evening and at the next opening are touched equally soon."""
    evening = [moment(day * 1440 + 17 * 60 + late) for day, late, _ in rows]
    morning = [moment((day + 1) * 1440 + 9 * 60) for day, _, _ in rows]
    touched = [moment(minutes) for _, _, minutes in rows]
    tables = [sales_sla(["North"] * len(rows), given_at, touched, 1, "no") for given_at in (evening, morning)]
    assert tables[0] == tables[1]


# --- corners ---


def test_no_data_gives_headings_and_a_row_for_all():
    for nothing in (None, "", [], [[None], [""]]):
        assert sales_sla(nothing, nothing, nothing, nothing, nothing) == [HEADINGS, NO_LEADS]
    assert sales_sla([None], ["2026-03-02"], [""], [3], [1]) == [HEADINGS, NO_LEADS]
    assert sales_sla("North", "2026-03-04", "", 3, 1, "2026-03-03") == [HEADINGS, NO_LEADS]


def test_what_came_after_the_day_does_not_count():
    def north(touched, tries, mark, as_of):
        return sales_sla("North", "2026-03-02 10:00", touched, tries, mark, as_of)[1]

    late = "2026-03-03 23:59"
    assert north(late, 1, "2026-03-03", "2026-03-03") == ["North", 1, 1, 1, 1, 0, 0, 15, 0, "yes", 0.9, 8]
    assert north(late, 1, "2026-03-04", "2026-03-03") == ["North", 1, 1, 1, 0, 0, 1, 15, 0, "yes", 0.9, 8]
    assert north(late, 1, "2026-03-03", "2026-03-02") == ["North", 1, 0, 0, None, 0, 0, None, None, "no", 0.9, 8]
    assert north(late, 1, 46084.9, "2026-03-03")[4] == 1  # a serial with an hour, on the day itself
    assert north(late, 1, "2026-03-04", None)[4] == 1  # no day given: all counts


def test_a_promise_of_hours_is_broken_when_they_are_over():
    def within(assigned, as_of):
        return sales_sla("North", assigned, "", 0, "", as_of, 0.9, 5, 4)[1][8]

    assert within("2026-03-06 16:55", "2026-03-06") is None  # five minutes before closing on a Friday
    assert within("2026-03-06 13:00", "2026-03-06") is None  # four hours to the minute
    assert within("2026-03-06 12:59", "2026-03-06") == 0
    assert within("2026-03-06 16:55", "2026-03-09") == 0


def test_a_lead_that_was_reached_was_worked():
    assert sales_sla("North", "2026-03-02 09:00", "", 0, "yes", "2026-03-06")[1][2:5] == [1, 1, 1]
    assert sales_sla("North", "2026-03-02 09:00", "", "", "2026-03-09", "2026-03-06")[1][2:4] == [0, 0]


def test_without_a_first_touch_nobody_knows_who_was_in_time():
    table = sales_sla(["N"] * 3, ["2026-03-02 09:00"] * 3, [""] * 3, [3, 2, 0], [""] * 3, "2026-03-06")
    assert table[1][2:4] == [2, 2 / 3]
    assert table[1][7:9] == [None, None]


def test_leads_whose_hours_are_not_known_are_leads():
    # worked at an unknown hour, touched without assignment, never assigned nor worked: in no share of hours
    table = sales_sla(["A"] * 3, ["2026-03-02", "", ""], ["", "2026-03-02", ""], [5, 0, 0], ["no"] * 3)
    assert table[1] == ["A", 3, 2, 2 / 3, 0, 1, 1, None, None, "no", 0.9, 8]
    # one not worked yet is not touched in time
    table = sales_sla(["A"] * 2, "2026-03-02 10:00", ["", "2026-03-02 11:00"], 1, ["no"] * 2, "2026-03-31")
    assert table[1][7:9] == [1, 1]
    table = sales_sla(["A"] * 2, "2026-03-02 10:00", ["", "2026-03-02 11:00"], [0, 1], ["no"] * 2, "2026-03-31")
    assert table[1][7:9] == [1, 0.5]


def test_a_touch_before_the_assignment_took_no_time_and_the_limit_itself_is_in_time():
    assert sales_sla("A", "2026-03-03", "2026-03-02 10:00", 1, 1)[1][7:9] == [0, 1]
    for limit, share in ((8, 1), (7.9999, 1), (7.99, 0), (1 / 3, 0)):  # 7.9999: to the second, the same
        assert sales_sla("A", "2026-03-02", "2026-03-03 09:00", 1, 1, None, 0.9, 5, limit)[1][8] == share
    third = sales_sla("A", "2026-03-02 09:00", "2026-03-02 09:20", 1, 1, None, 0.9, 5, 1 / 3)
    assert third[1][8] == 1


def test_a_goal_reached_exactly_is_met():
    touched = ["2026-03-03"] * 3 + [""] * 7
    # 0.1 * 3 is a little more than 0.3 in binary
    assert sales_sla(["A"] * 10, "2026-03-02", touched, 0, 0, None, 0.1 * 3)[1][9] == "yes"
    assert sales_sla(["A"] * 10, "2026-03-02", touched, 0, 0, None, 0.3001)[1][9] == "no"


def test_numbers_in_text_and_dates_without_hours():
    assert sales_sla("A", "2026-03-02", "2026-03-03", "6", "no", "2026-03-31", "90%", "5", "8")[1] == [
        "A", 1, 1, 1, 0, 1, 0, 8, 1, "yes", 0.9, 8,
    ]  # fmt: skip


def test_owners_of_different_case_are_one_and_the_one_with_most_leads_is_first():
    table = sales_sla(["south", "North", "NORTH", 7.0], "2026-03-02", "", 0, 0)
    assert [row[:2] for row in table[1:]] == [["North", 2], ["south", 1], [7, 1], ["All", 4]]


def test_errors_in_cells_and_columns_of_other_lengths_say_where():
    with pytest.raises(CellError, match="SALES_SLA: first_worked, row 2, an argument is #REF!") as told:
        sales_sla(["A", "A"], "2026-03-02", ["", "#REF!"], 0, 0)
    assert told.value.sign == "#REF!"
    with pytest.raises(WrongType, match='assigned, row 1, is the text "soon"; give a date and time'):
        sales_sla("A", "soon", "", 0, 0)
    with pytest.raises(WrongType, match="owners has 2 and attempts has 3 rows"):
        sales_sla(["A", "A"], "2026-03-02", "", [1, 2, 3], 0)
    with pytest.raises(WrongType, match="max_hours is a range of several cells; give one value"):
        sales_sla("A", "2026-03-02", "", 0, 0, None, 0.9, 5, [1, 2])


def test_the_workbooks_inputs_are_the_terms():
    inputs = {"As_Of": 46112.0, "Worked_Goal": 0.5, "Min_Attempts": 2.0, "Max_Hours": 1.0, "Opens": 8 / 24,
              "Closes": 16.0, "Holidays": [[46084.0]]}  # fmt: skip
    leads = [[["A"], ["A"]], [[46083.5], [46083.5]], [[46085.5], [None]], [[2.0], [0.0]], [[None], [None]]]
    assert CATALOGUE["SALES_SLA"].cells(leads, inputs.__getitem__)[1] == ["A", 2, 1, 0.5, 0, 1, 0, 8, 0, "yes", 0.5, 1]


@settings(max_examples=20)
@given(st.lists(st.tuples(st.floats(40000, 50000), st.floats(40000, 50000)), min_size=2, max_size=20))
def test_a_cell_alone_and_in_a_column_reads_the_same_moment(pairs):
    alone = [speed_to_lead(start, end, 0, 24) for start, end in pairs]
    assert speed_to_lead([start for start, _ in pairs], [end for _, end in pairs], 0, 24) == alone
