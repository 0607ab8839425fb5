"""The corners that real workbooks have: no data yet, blanks, months that end on a weekend, holidays, leap years."""

import datetime as dt

import pytest

from xlsmkt import (
    bottleneck,
    close_rate_by,
    close_rate_interval,
    funnel,
    funnel_by,
    funnel_targets,
    lead_month,
    lead_schedule,
    leads_needed,
    leads_worth,
    mature_close_rate,
    sla_goal,
    sla_pace_needed,
    sla_projection,
    sla_status,
    sla_waterfall,
    weighted_close_rate,
)
from xlsmkt.catalogue import CATALOGUE
from xlsmkt.errors import DividedByZero, NotAvailable, OutOfRange, WrongType

MARCH = "2018-03"  # ends on Saturday the 31st; Good Friday is the 30th
EMPTY = [[None], [""]]  # the rows of a table without data


def column(table, heading):
    position = table[0].index(heading)
    return [row[position] for row in table[1:]]


# --- a template without data ---


def test_tables_over_no_data_give_their_heading_and_a_row_for_all():
    for nothing in (EMPTY, None, [], ""):
        table = close_rate_by(nothing, nothing, nothing)
        assert table[1:] == [["All", 0, 0, None, None, None, None, None]]
        assert funnel_by(nothing, nothing, nothing)[1:] == [["All", 0, 0, None]]
        assert funnel(nothing, nothing)[1:] == []
    assert close_rate_by(EMPTY, EMPTY)[1:] == [["All", 0, 0, None, None, None, None, None]]


def test_a_funnel_with_headings_and_no_rows_keeps_its_headings():
    table = funnel_by(["Source", None], ["# visits", None], ["Leads", None], ["Won", None])
    assert table == [
        ["Source", "# visits", "Leads", "Won", "Leads %", "Won %", "Overall %"],
        ["All", 0, 0, 0, None, None, None],
    ]


def test_a_waterfall_over_no_data_shows_the_goal_line():
    table = sla_waterfall(EMPTY, EMPTY, 220, MARCH)
    assert len(table) == 1 + 22
    assert column(table, "To date") == [0] * 22
    assert column(table, "Goal to date")[-1] == 220
    assert sla_waterfall(None, None, 220, MARCH) == table


def test_a_waterfall_without_a_goal_has_no_percentage():
    table = sla_waterfall(["2018-03-01"], None, 0, MARCH)
    assert column(table, "% of goal") == [None] * 22
    assert column(table, "Gap") == [1] * 22


def test_a_funnel_without_counts_has_a_blank_bottleneck():
    assert bottleneck(["Visits", "Leads"], [0, 0], [None, 0.2])[1] == [None] * 4


def test_questions_without_data_are_errors_that_say_so():
    with pytest.raises(DividedByZero, match="weights add up to 0"):
        weighted_close_rate(EMPTY, EMPTY)
    with pytest.raises(DividedByZero, match=r"no lead was made by 2026-03-01, 30 days before 2026-03-31"):
        mature_close_rate(EMPTY, EMPTY, EMPTY, "2026-03-31", 30)
    with pytest.raises(NotAvailable, match="months has no row in 2026-02"):
        sla_goal("last month", EMPTY, EMPTY, "2026-03")
    assert leads_worth(EMPTY, ["Demo"], [10]) == 0
    assert lead_schedule(EMPTY, EMPTY, 0.05, 2) == [["Month", "Customers due", "Leads to make"]]


# --- a month's end, weekends and holidays ---


def test_leads_of_a_last_weekend_count_on_the_last_business_day():
    leads = ["2018-03-01", "2018-03-03", "2018-03-04", "2018-03-30", "2018-03-31"]
    table = sla_waterfall(leads, [1, 2, 4, 8, 16], 220, MARCH)
    amounts = dict(zip(column(table, "Day"), column(table, "Amount"), strict=True))
    assert amounts[dt.date(2018, 3, 5)] == 6  # Saturday and Sunday arrive on Monday
    assert amounts[dt.date(2018, 3, 30)] == 24
    assert table[-1][2] == 31


def test_a_holiday_at_the_months_end_moves_the_last_day():
    table = sla_waterfall(["2018-03-30", "2018-03-31"], [8, 16], 210, MARCH, None, ["2018-03-30", "2018-03-31"])
    assert table[-1][:4] == [dt.date(2018, 3, 29), 24, 24, 210]


def test_a_holiday_on_a_weekend_changes_nothing():
    assert sla_waterfall([], None, 220, MARCH, None, ["2018-03-03"]) == sla_waterfall([], None, 220, MARCH)


def test_blank_and_repeated_holidays_change_nothing():
    off = ["2018-03-30", None, "", "2018-03-30", 43189.0]
    assert sla_waterfall([], None, 210, MARCH, None, off) == sla_waterfall([], None, 210, MARCH, None, "2018-03-30")


def test_calendar_days_take_every_day_as_it_is():
    table = sla_waterfall(["2018-03-31"], None, 310, MARCH, None, ["2018-03-30"], "calendar")
    assert len(table) == 32
    assert table[-1] == [dt.date(2018, 3, 31), 1, 1, 310, -309, pytest.approx(1 / 310)]


def test_a_leap_february_has_its_day():
    leap = sla_waterfall(["2024-02-29"], None, 29, "2024-02", None, [], "calendar")
    assert leap[-1][:3] == [dt.date(2024, 2, 29), 1, 1]
    assert len(sla_waterfall([], None, 29, "2023-02", None, [], "calendar")) == 1 + 28
    assert sla_projection(15, "2024-02-15", [], "calendar") == 29
    assert lead_month("2024-02-29", 12) == dt.date(2023, 2, 1)


def test_a_month_of_holidays_has_no_business_day():
    off = [dt.date(2018, 3, day) for day in range(1, 32)]
    for call in (
        lambda: sla_waterfall([], None, 220, MARCH, None, off),
        lambda: sla_projection(10, "2018-03-15", off),
    ):
        with pytest.raises(NotAvailable, match="2018-03 has no business day; mend the holidays"):
            call()


def test_no_business_day_left():
    with pytest.raises(DividedByZero, match="no day is left after 2018-03-30; the goal is missed by 20"):
        sla_pace_needed(200, 220, "2018-03-30")
    assert sla_pace_needed(220, 220, "2018-03-31") == 0
    with pytest.raises(DividedByZero, match="no business day has passed by 2018-04-01"):
        sla_projection(5, "2018-04-01")


def test_days_after_as_of_are_not_known():
    table = sla_waterfall(["2018-03-29", "2018-03-30", "2018-03-31"], None, 220, MARCH, "2018-03-29")
    assert table[-1] == [dt.date(2018, 3, 30), None, None, 220, None, None]
    # on the 30th the lead of the 31st is not there yet; on the 31st it counts on the 30th
    assert sla_waterfall(["2018-03-30", "2018-03-31"], None, 220, MARCH, "2018-03-30")[-1][2] == 1
    assert sla_waterfall(["2018-03-30", "2018-03-31"], None, 220, MARCH, "2018-03-31")[-1][2] == 2
    assert column(sla_waterfall(["2018-03-01"], None, 220, MARCH, "2018-02-28"), "To date") == [None] * 22


def test_a_waterfall_finds_its_month():
    assert sla_waterfall(["2018-02-28", "2018-03-05"], None, 220)[1][0] == dt.date(2018, 3, 1)
    assert sla_waterfall(["2018-03-05"], None, 220, None, "2018-02-10")[1][0] == dt.date(2018, 2, 1)


def test_amounts_may_be_blank_or_text_or_money_back():
    table = sla_waterfall([43160.0, "2018-03-01", None, 43160.4], [[100.0], ["1.5"], [7.0], [None]], 220, MARCH)
    assert table[1][1] == 101.5
    assert sla_waterfall(["2018-03-01", "2018-03-02"], [100, -30], 220, MARCH)[-1][2] == 70


# --- goals, cycles, stages ---


def test_a_goal_from_history_adds_up_the_days_of_a_month():
    days = ["2026-01-31", "2026-02-01", "2026-02-28", None, "2026-03-01"]
    assert sla_goal("last month", days, [1000, 20, 30, 5, 1000], "2026-03-15") == 50


def test_a_goal_from_three_months_wants_all_three():
    with pytest.raises(NotAvailable, match="months has no row in 2025-12; add it, or choose another method"):
        sla_goal("3-month average", ["2026-01", "2026-02"], [1, 2], "2026-03")


def test_a_custom_goal_that_is_missing_says_so():
    with pytest.raises(NotAvailable, match="custom is missing; give the goal"):
        sla_goal("custom", EMPTY, EMPTY, "2026-03")
    assert sla_goal("Custom", EMPTY, EMPTY, "2026-03", 400) == 400


@pytest.mark.parametrize(
    ("due", "cycle", "month"),
    [
        ("2026-01-01", 1, (2025, 12, 1)),
        ("2026-03-31", 1, (2026, 2, 1)),
        ("2026-03-01", 0.1 + 0.2, (2026, 2, 1)),
        ("2026-03-16", 0.25, (2026, 3, 1)),
        ("2026-03-01", 0, (2026, 3, 1)),
        ("2026-03-01", 1200, (1926, 3, 1)),
    ],
)
def test_lead_months(due, cycle, month):
    assert lead_month(due, cycle) == dt.date(*month)


def test_a_lead_month_before_the_calendar_of_a_sheet_is_num():
    with pytest.raises(OutOfRange, match="falls in the year 1850"):
        lead_month("1950-01-01", 1200)


def test_a_month_due_twice_is_added_up():
    table = lead_schedule(["2026-03-01", "2026-03-20", "2026-05-01"], [10, 10, 5], 0.05, 2)
    assert table[1:] == [[dt.date(2026, 1, 1), 20, 400], [dt.date(2026, 3, 1), 5, 100]]


def test_the_first_stage_has_no_rate():
    table = funnel_targets(6, ["Leads", "Proposals", "Sales"], [None, 0.5, 0.5])
    assert table == funnel_targets(6, ["Leads", "Proposals", "Sales"], [0.5, 0.5])
    assert funnel_targets(6, ["Leads", "Sales", None], ["", 0.5, ""])[1:] == [["Leads", None, 12], ["Sales", 0.5, 6]]
    assert funnel_targets(6, "Sales", None)[1:] == [["Sales", None, 6]]
    with pytest.raises(WrongType, match="the first stage has none before it; leave it blank"):
        funnel_targets(6, ["Leads", "Sales"], [0.5, 0.5])
    with pytest.raises(WrongType, match="the rate of Proposals is blank; fill it"):
        funnel_targets(6, ["Leads", "Proposals", "Sales"], [None, None, 0.5])


def test_whole_needs_are_not_rounded_on_the_way():
    table = funnel_targets(20, ["Visits", "Leads", "Customers"], [0.3, 0.05])
    assert column(table, "Needed") == [leads_needed(20, 0.015), 400, 20]


# --- groups ---


def test_single_leads_may_be_won_by_a_mark_or_a_date():
    marks = [1.0, True, 46112.0, "2026-03-31", dt.date(2026, 3, 31), "Won", "yes", 0.0, False, None, "", "lost"]
    assert close_rate_by(["Web"] * len(marks), marks)[1][:3] == ["Web", 12, 7]


def test_counted_rows_without_their_leads_are_noticed():
    with pytest.raises(OutOfRange, match="customers, row 2, is 3; give the column of leads, too"):
        close_rate_by(["Web", "Fair"], [1, 3])


def test_a_group_without_leads_has_no_rate():
    assert close_rate_by(["Web", "Fair"], [1, 0], [10, 0])[2] == ["Fair", 0, 0, None, None, None, 0, None]


def test_groups_may_be_numbers_and_dates():
    assert close_rate_by([2025.0, 2026.0, 2025.0], [1, 0, 0])[1][0] == 2025
    rows = CATALOGUE["CLOSE_RATE_BY"].cells([[dt.date(2026, 3, 1)], [1.0]])
    assert rows[1][0] == 46082


def test_headings_are_for_all_ranges_or_none():
    with pytest.raises(WrongType, match="some ranges begin with a heading and some do not"):
        funnel_by(["Source", "Web"], ["Visits", 10], [5, 5])
    with pytest.raises(WrongType, match='counts, row 2, is the text "many"'):
        funnel_by(["Source", "Web"], ["Visits", "many"])


# --- rates at their ends ---


def test_an_interval_at_the_ends():
    assert close_rate_interval(0, 1)[0] == 0
    assert close_rate_interval(10, 10)[1] == 1
    for confidence in (0, 1):
        with pytest.raises(OutOfRange, match="give more than 0% and less than 100%"):
            close_rate_interval(5, 100, confidence)


def test_leads_needed_at_the_ends():
    assert leads_needed(0, 0.05) == 0
    assert leads_needed(0, 0.05, 0.9) == 0
    assert leads_needed(20, 1) == leads_needed(20, 1, 0.99) == 20
    assert leads_needed(19.5, 0.05, 0.9) == 515
    assert leads_needed(20, 0.05, None) == leads_needed(20, 0.05, 0) == 400
    with pytest.raises(DividedByZero, match="no number of leads is enough"):
        leads_needed(20, 0, 0.9)
    with pytest.raises(OutOfRange, match="leave confidence out"):
        leads_needed(1e9, 0.01, 0.9)


def test_a_mature_rate_looks_only_at_what_was_known():
    created, closed = ["2026-01-01", "2026-01-02", "2026-03-30"], ["2026-02-01", "2026-05-01", "2026-03-31"]
    assert mature_close_rate(created, closed, [1, 1, 1], "2026-03-31", 60) == 0.5
    assert mature_close_rate(created, [None] * 3, [True, 46050.0, 0], "2026-03-31", 60) == 1


def test_a_status_at_its_limits_is_on_track():
    assert sla_status([105, 95, 105.01, 94.99, 0, 1], [100, 100, 100, 100, 0, 0]) == [
        "on track", "on track", "ahead", "behind", "on track", "ahead",
    ]  # fmt: skip


def test_the_bottleneck_may_be_none():
    assert bottleneck(["Visits", "Leads"], [1000, 300], [None, 0.3])[1] == ["none", None, None, None]
    table = bottleneck(["Visits", "Leads", "MQLs"], [1000, 200, 100], [0.3, 0.55])
    assert table[1] == ["Leads", 0.2, 0.3, pytest.approx(-0.1)]


# --- the edges of rules ---


def test_of_two_stages_equally_far_below_the_first_is_the_bottleneck():
    table = bottleneck(["Visits", "Leads", "MQLs"], [1000, 250, 62.5], [0.5, 0.5])
    assert table[1] == ["Leads", 0.25, 0.5, -0.25]


def test_exactly_at_the_tolerance_is_on_track():
    # 110 is 10 % above 100, and 1.1 - 1 is a little more than 0.1 in binary
    assert sla_status([110, 110.001, 90, 89.999], 100, 0.1) == ["on track", "ahead", "on track", "behind"]


def test_a_lead_exactly_one_cycle_old_is_mature_and_what_closed_on_the_day_counts():
    assert mature_close_rate(["2026-01-30"], ["2026-03-31"], [1], "2026-03-31", 60) == 1
    assert (
        mature_close_rate(["2026-01-30", "2026-01-30"], ["2026-03-31", "2026-04-01"], [1, 1], "2026-03-31", 60) == 0.5
    )


def test_a_lead_half_a_day_short_of_the_cycle_is_not_mature():
    with pytest.raises(DividedByZero):
        mature_close_rate(["2026-01-30"], [""], [0], "2026-03-31", 60.5)


def test_a_blank_row_is_a_blank_row_in_a_table_of_one_row_too():
    one = sla_waterfall([["2018-03-05"]], [[None]], 22, MARCH, "2018-03-31")
    two = sla_waterfall([["2018-03-05"], [None]], [[None], [None]], 22, MARCH, "2018-03-31")
    assert one == two and one[-1][2] == 0
    assert leads_worth(["A"], ["A"], [10], [[None]]) == 0


def test_very_many_leads_are_not_rounded_away():
    assert leads_needed(50_000_001, 0.05) == 1_000_000_020
    assert leads_needed([7, 21], [0.05, 0.35]) == [140, 60]


def test_an_impossible_day_is_no_mark():
    with pytest.raises(WrongType, match="no day"):
        close_rate_by(["A"], ["2026-13-45"])


def test_each_error_of_a_column_names_the_function_and_the_argument():
    assert [str(error) for error in leads_needed([20, 20], [5, "x"])] == [
        "LEADS_NEEDED: close_rate is 5; give 0% to 100%",
        'LEADS_NEEDED: close_rate is the text "x"; give 0% to 100%',
    ]


def test_a_row_without_a_stage_is_no_stage_of_the_funnel():
    assert funnel(["Visits", None, "Leads"], [1000, 77, 300])[1:] == [
        ["Visits", 1000, None, 1, None],
        ["Leads", 300, 0.3, 0.3, 700],
    ]


def test_of_a_type_listed_twice_the_first_worth_counts():
    assert leads_worth(["Demo", "demo"], ["DEMO", "Demo"], [10, 99]) == 20
