"""How a cell calls a function: reading its arguments, defaults from the workbook, spreading, errors."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from xlsmkt import (
    close_rate,
    close_rate_interval,
    customers_expected,
    customers_needed,
    lead_month,
    leads_needed,
    leads_worth,
    reach,
    sla_goal_to_date,
    weighted_close_rate,
)
from xlsmkt.calling import OMITTED
from xlsmkt.catalogue import CATALOGUE
from xlsmkt.errors import CellError, DividedByZero, NotAvailable, OutOfRange, Propagated, WrongType
from xlsmkt.readings import number_readings, to_datetime, to_serial
from xlsmkt.units import Block, Clock, Label, Tally


def lookup(**names):
    def find(name):
        return names[name]

    return find


def told(name, *values, **names):
    """The one cell that a call fills, with its message."""
    ((cell,),) = CATALOGUE[name].cells(values, lookup(**names))
    return cell


# --- one value ---


@pytest.mark.parametrize("rate", [0.05, "5%", "0.05", "0,05", " 5 % ", Decimal("0.05"), np.float64(0.05), [[0.05]]])
def test_a_rate_is_a_fraction_however_it_is_written(rate):
    assert leads_needed(20, rate) == 400


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("1234.5", (1234.5,)),
        ("1,234.50", (1234.5,)),
        ("1.234,50", (1234.5,)),
        ("1,234", (1.234, 1234.0)),
        ("1,23", (1.23,)),
        ("0,500", (0.5,)),
        ("1,234,567", (1234567.0,)),
        ("1e3", (1000.0,)),
        ("-5", (-5.0,)),
        ("1,23,4", ()),
        ("12 Euro", ()),
        ("", ()),
        ("nan", ()),
        ("inf", ()),
    ],
)
def test_a_text_is_a_number_where_it_can_mean_only_one(text, readings):
    assert number_readings(text) == readings


def test_a_text_that_can_mean_two_numbers_is_refused_with_both():
    with pytest.raises(WrongType, match=r'revenue_goal is the text "1,234", which can mean 1.234 or 1234; type it as'):
        customers_needed("1,234", 5000)


@pytest.mark.parametrize("day", [46096, 46096.75, "2026-03-15", "2026-03-15T08:30", dt.date(2026, 3, 15),
                                 dt.datetime(2026, 3, 15, 23, 59), pd.Timestamp("2026-03-15 10:00")])  # fmt: skip
def test_a_date_is_a_day_however_it_is_written(day):
    assert lead_month(day, 2) == dt.date(2026, 1, 1)


def test_serials_and_dates_are_inverse():
    for day in (dt.datetime(1900, 3, 1), dt.datetime(2024, 2, 29, 13, 5, 59), dt.datetime(9999, 12, 31)):
        assert to_datetime(to_serial(day)) == day
    assert to_serial(dt.date(2026, 3, 31)) == 46112  # what Excel stores


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "a lot", object(), dt.timedelta(1)])
def test_what_is_no_number_is_an_error_and_no_traceback(value):
    with pytest.raises((WrongType, OutOfRange), match="CUSTOMERS_NEEDED: revenue_goal is "):
        customers_needed(value, 5000)


def test_a_number_too_large_for_a_cell_is_num():
    assert told("REVENUE_PIPELINE", 1e300, 1, 1e300).sign == "#NUM!"
    assert told("CUSTOMERS_NEEDED", 10**400, 1).sign == "#NUM!"
    assert told("CUSTOMERS_NEEDED", 1e308, 1e-308).sign == "#NUM!"


def test_a_blank_counts_as_zero():
    assert close_rate(None, 100) == 0
    assert told("CLOSE_RATE", 5, None) == DividedByZero()


# --- errors ---


def test_an_error_in_a_cell_goes_on():
    assert told("LEADS_NEEDED", Propagated("#REF!"), 0.05).sign == "#REF!"
    assert told("LEADS_NEEDED", "#N/A", 0.05).sign == "#N/A"
    assert told("WEIGHTED_CLOSE_RATE", [0.1, "#NAME?"], [1, 1]).sign == "#NAME?"


def test_messages_name_the_function_the_argument_and_what_to_give():
    assert str(told("LEADS_NEEDED", 20, 5)) == "LEADS_NEEDED: close_rate is 5; give 0% to 100%"
    assert str(told("CLOSE_RATE", 0, 0)) == "CLOSE_RATE: leads is 0; there is nothing to divide by"
    assert str(told("LEADS_PER_REP", 0, 5000, 0)) == "LEADS_PER_REP: close_rate is 0; there is nothing to divide by"
    message = str(told("CUSTOMERS_EXPECTED", [100, 500], [0.1, 7]))
    assert message == "CUSTOMERS_EXPECTED: close_rates, row 2, is 7; give 0% to 100%"
    assert "got 3 arguments; give at most 2" in str(told("CLOSE_RATE", 1, 2, 3))
    assert "leads is missing; give 0 or more" in str(told("CLOSE_RATE", 5))


def test_an_unknown_word_is_told_the_words():
    assert str(told("FUNNEL_BY", ["Web"], [5], OMITTED)) == "FUNNEL_BY: counts 2 is left out; give a column"
    message = str(told("SLA_PROJECTION", 1, "2026-06-12", OMITTED, "weekdays"))
    assert message == 'SLA_PROJECTION: days is "weekdays"; give "business" or "calendar"'
    assert CATALOGUE["SLA_PROJECTION"].cells([96000, "2026-06-12", OMITTED, "Calendar"]) == [[240000.0]]


# --- defaults from the workbook ---


def test_an_omitted_argument_takes_the_workbooks_input():
    inputs = {"Customers_Goal": 20.0, "Agreed_Close_Rate": [[0.05]]}
    assert told("LEADS_NEEDED", **inputs) == 400
    assert told("LEADS_NEEDED", OMITTED, 0.1, **inputs) == 200
    assert told("LEADS_NEEDED", 40, **inputs) == 800


def test_an_input_that_is_not_there_or_blank_is_na_and_says_which():
    for names in ({}, {"Agreed_Close_Rate": None}, {"Agreed_Close_Rate": ""}):
        cell = told("LEADS_NEEDED", 20, **names)
        assert cell == NotAvailable()
        assert "close_rate is missing; give it, or fill the cell named Agreed_Close_Rate" in str(cell)


def test_an_input_of_zero_is_a_zero():
    assert told("LEADS_NEEDED", 20, Agreed_Close_Rate=0.0) == DividedByZero()


def test_an_input_with_another_default_falls_back_to_it():
    assert told("CUSTOMERS_NEEDED", 100000, 5000) == 20
    assert told("CUSTOMERS_NEEDED", 100000, 5000, Expected_Revenue=None) == 20
    assert told("CUSTOMERS_NEEDED", 100000, 5000, Expected_Revenue=50000.0) == 10
    assert told("SLA_GOAL_TO_DATE", 31, "2026-03-15", Holidays=[[None], [None]], SLA_Days="calendar") == 15


def test_a_blank_date_or_word_is_left_out():
    """A blank cell arrives as None, as an empty text or, from LibreOffice, as 0."""
    for blank in (None, "", 0.0):
        assert told("SLA_GOAL_TO_DATE", 31, blank, [], "calendar", As_Of=46096.0) == 15
        assert told("SLA_GOAL_TO_DATE", 31, blank, [], "calendar", As_Of=0.0) == NotAvailable()
        assert told("SLA_GOAL_TO_DATE", 22, "2026-03-31", [], blank) == 22


# --- columns ---


def test_columns_may_be_rows_columns_numpy_or_pandas():
    for rates in ([0.1, 0.01], [[0.1], [0.01]], [[0.1, 0.01]], ((0.1,), (0.01,)), np.array([0.1, 0.01]),
                  pd.Series([0.1, 0.01])):  # fmt: skip
        assert weighted_close_rate(rates, [25, 75]) == pytest.approx(0.0325)


def test_one_value_goes_with_every_row():
    assert customers_expected([100, 300], 0.05) == 20


def test_columns_of_unequal_length_are_refused_with_their_lengths():
    with pytest.raises(WrongType, match=r"close_rates has 2 and weights has 3 rows; give columns of one length"):
        weighted_close_rate([0.1, 0.2], [1, 2, 3])


def test_blank_cells_at_the_end_of_a_longer_column_do_not_count():
    assert weighted_close_rate([0.1, 0.01, None, ""], [25, 75]) == pytest.approx(0.0325)
    assert weighted_close_rate([0.1, 0.01], [[25], [75], [""], [None]]) == pytest.approx(0.0325)
    assert weighted_close_rate([0.1, None, None], 25) == pytest.approx(0.1)
    assert weighted_close_rate([0.1, 0.01, None], [25, 75, None, None]) == pytest.approx(0.0325)
    with pytest.raises(WrongType, match="close_rates has 3 and weights has 2 rows"):
        weighted_close_rate([0.1, None, 0.01], [25, 75])


def test_what_is_given_is_never_changed():
    rates, weights = [0.1, 0.01, None], [25.0, 75.0]
    weighted_close_rate(rates, weights)
    assert (rates, weights) == ([0.1, 0.01, None], [25.0, 75.0])


def test_a_rectangle_is_read_column_by_column_where_it_is_used():
    block = Block("rows", Label, [["a", "#N/A"], [1.0, None]])
    assert (block.height, block.width) == (2, 2)
    assert block.column(1) == [1.0, None]
    with pytest.raises(Propagated, match="rows, column 1, row 2, an argument is #N/A; mend that cell first"):
        block.column(0)
    assert Block("rows", Label, []).width == 0


@pytest.mark.parametrize(
    ("cell", "hour"),
    [(9, 9), (17.5, 17.5), (0.375, 9), ("9:00", 9), ("17:30", 17.5), (dt.time(8, 45), 8.75), (24, 24), (0, 0)],
)
def test_an_hour_of_the_day_however_it_is_written(cell, hour):
    assert Clock.read(cell) == pytest.approx(hour)


@pytest.mark.parametrize("cell", [25, -1, "25:00", "late", "9:75"])
def test_what_is_no_hour_of_the_day_is_refused(cell):
    with pytest.raises(CellError, match="give an hour from 0 to 24, such as 9 or 9:00"):
        Clock.read(cell)


def test_a_date_marks_as_its_serial_wherever_it_comes_from():
    assert Tally.read(dt.date(2026, 3, 31)) == Tally.read("2026-03-31") == Tally.read(46112.0) == 46112
    assert [Tally.read(mark) for mark in (True, "won", "lost", None)] == [1, 1, 0, 0]


def test_a_list_on_the_side_has_its_own_length():
    assert leads_worth(["A", "B", "A", None], ["A", "B", None], [10, 1, None]) == 21


# --- spreading ---


def test_a_range_gives_one_result_a_row():
    assert close_rate([5, 7], [100, 140]) == [0.05, 0.05]
    assert close_rate([[5], [7]], [[100], [140]]) == [[0.05], [0.05]]
    assert close_rate([[5, 7]], 100) == [[0.05, 0.07]]
    assert close_rate([[5], [7]], [[100, 200]]) == [[0.05, 0.025], [0.07, 0.035]]
    assert CATALOGUE["CLOSE_RATE"].cells([[5.0, 7.0], 100.0]) == [[0.05], [0.07]]


def test_each_row_has_its_own_error_and_a_blank_row_stays_blank():
    cells = CATALOGUE["CLOSE_RATE"].cells(
        [[[5.0], [None], ["x"], [1.0], ["#REF!"]], [[100.0], [""], [1.0], [0.0], [1.0]]]
    )
    assert cells[0] == [0.05]
    assert cells[1] == [None]
    assert [row[0].sign for row in cells[2:]] == ["#VALUE!", "#DIV/0!", "#REF!"]


def test_an_interval_fills_two_cells_a_row_also_with_an_error():
    rows = CATALOGUE["CLOSE_RATE_INTERVAL"].cells([[5.0, 5.0], [100.0, 0.0]])
    assert rows[0] == [pytest.approx(0.02154, abs=1e-5), pytest.approx(0.11175, abs=1e-5)]
    assert [cell.sign for cell in rows[1]] == ["#DIV/0!", "#DIV/0!"]
    assert close_rate_interval([0], [10])[0] == 0


def test_dates_spread_as_serials():
    assert CATALOGUE["LEAD_MONTH"].cells([["2026-03", "2026-04"], 2.0]) == [[46023.0], [46054.0]]


def test_ranges_of_different_size_are_refused():
    with pytest.raises(WrongType, match="customers has 2 × 1 and leads has 3 × 1 cells; give ranges of the same size"):
        close_rate([1, 2], [1, 2, 3])


def test_an_empty_range_gives_nothing():
    assert close_rate([], []) == []
    assert CATALOGUE["CLOSE_RATE"].cells([[], []]) == [[None]]


def test_a_table_does_not_spread():
    with pytest.raises(WrongType, match="LEAD_SCHEDULE: close_rate is a range of several cells; give one value"):
        CATALOGUE["LEAD_SCHEDULE"].call(["2026-03", 20, [0.1, 0.2], 2])


def test_keywords_work_as_in_python():
    assert leads_needed(close_rate=0.05, customers=20) == 400
    assert reach(5000, blog_subscribers=500) == 5500
    assert sla_goal_to_date(31, "2026-03-15", days="calendar") == 15


def test_results_side_by_side_keep_the_shape_of_their_ranges():
    low, high = CATALOGUE["CLOSE_RATE_INTERVAL"].cells([5.0, 100.0])[0]
    upright = CATALOGUE["CLOSE_RATE_INTERVAL"].cells([[[5.0], [5.0], [None]], [[100.0], [0.0], [None]]])
    assert upright == [[low, high], [DividedByZero(""), DividedByZero("")], [None, None]]
    assert CATALOGUE["CLOSE_RATE_INTERVAL"].cells([[[5.0, 5.0]], 100.0]) == [[low, high, low, high]]
