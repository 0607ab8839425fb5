"""Dates, numbers and words of a CRM export: one reading for a column, settled from all its values."""

import datetime as dt

import numpy as np
import pytest

from xlsmkt.crm.amounts import number_readings
from xlsmkt.crm.asking import Answers
from xlsmkt.crm.dates import read_dates
from xlsmkt.crm.moments import day_readings
from xlsmkt.crm.numbers import read_numbers
from xlsmkt.crm.texts import id_column, one_spelling, raw_column, text_column
from xlsmkt.errors import UserError


def dates(values, order=None, **answers):
    read = read_dates(raw_column(values), "leads.csv", "Created", Answers(**answers), order)
    return [None if np.isnat(v) else v.item() for v in read.values], read.bad.tolist()


def numbers(values, **answers):
    read = read_numbers(raw_column(values), "deals.csv", "Amount", Answers(**answers))
    return [None if np.isnan(v) else v for v in read.values.tolist()], read.bad.tolist()


DAY = dt.date(2026, 9, 12)


@pytest.mark.parametrize(
    "text",
    [
        "2026-09-12", "2026/9/12", "2026.09.12", "20260912", "Sep 12, 2026", "September 12, 2026", "12 Sep 2026",
        "12-Sep-26", "12. Sep. 2026", "Sat, Sep 12, 2026", "Saturday, September 12, 2026", "sep 12 2026",
        "SEPT 12, 2026", "September 12th, 2026",
    ],
)  # fmt: skip
def test_a_day_that_can_be_read_in_one_way(text):
    assert day_readings(text) == (DAY,)


@pytest.mark.parametrize(
    "text", ["", "2026-02-30", "31/13/2026", "12", "Sep", "tomorrow", "1.5", "2026-13-01", "Marble 3"]
)
def test_what_is_no_day(text):
    assert day_readings(text) == ()


def test_two_readings():
    assert day_readings("05/04/2026") == (dt.date(2026, 4, 5), dt.date(2026, 5, 4))
    assert day_readings("13/04/2026") == (dt.date(2026, 4, 13), None)
    assert day_readings("04/13/26") == (None, dt.date(2026, 4, 13))
    assert day_readings("5-4-69")[0] == dt.date(1969, 4, 5)
    assert day_readings("5-4-68")[0] == dt.date(2068, 4, 5)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-09-12 14:05", (14, 5, 0)),
        ("2026-09-12T14:05:33.000+0000", (14, 5, 33)),
        ("2026-09-12T14:05:33-08:00", (14, 5, 33)),  # the time zone is left aside
        ("2026-09-12 14:05:33 UTC", (14, 5, 33)),
        ("2026-09-12 14:05 GMT+2", (14, 5, 0)),
        ("Sep 12, 2026 02:05 PM", (14, 5, 0)),
        ("12/9/2026, 2:05 p.m.", (14, 5, 0)),
        ("31/12/2026 12:00 AM", (0, 0, 0)),
        ("31/12/2026 12:30 pm", (12, 30, 0)),
    ],
)
def test_hours(text, hour):
    values, bad = dates([text], date_order="day")
    assert not bad[0]
    assert (values[0].hour, values[0].minute, values[0].second) == hour


@pytest.mark.parametrize("text", ["2026-09-12 25:00", "2026-09-12 13:05 PM", "2026-09-12 10:75", "10:15"])
def test_no_such_hour(text):
    assert dates([text])[1] == [True]


def test_the_order_is_settled_by_the_whole_column():
    values, bad = dates(["05/04/2026", "13/04/2026", "01/02/2026"])
    assert [value.date() for value in values] == [dt.date(2026, 4, 5), dt.date(2026, 4, 13), dt.date(2026, 2, 1)]
    values, bad = dates(["05/04/2026 10:00", "04/13/2026 10:00"])
    assert [value.date() for value in values] == [dt.date(2026, 5, 4), dt.date(2026, 4, 13)]
    assert not any(bad)


def test_two_formats_in_one_column_each_settled_on_its_own():
    values, _ = dates(["2026-04-05", "05/04/2026", "25/04/2026", "Sep 12, 2026", "12.31.2026", "04.05.2026"])
    assert [value.date().isoformat() for value in values] == [
        "2026-04-05", "2026-04-05", "2026-04-25", "2026-09-12", "2026-12-31", "2026-04-05",
    ]  # fmt: skip


def test_unambiguous_values_of_both_orders_are_read_and_an_ambiguous_one_beside_them_is_asked():
    values, _ = dates(["13/04/2026", "04/14/2026"])
    assert [value.date() for value in values] == [dt.date(2026, 4, 13), dt.date(2026, 4, 14)]
    with pytest.raises(UserError, match="05/04/2026"):
        dates(["13/04/2026", "04/14/2026", "05/04/2026"])


def test_what_stays_open_is_an_error_with_both_readings():
    with pytest.raises(UserError) as error:
        dates(["05/04/2026", "01/02/2026"])
    assert str(error.value) == (
        "leads.csv, column Created: 05/04/2026 can mean 5 April 2026 or 4 May 2026; "
        'say which with --date-order day or --date-order month, or with date_order = "day" in a mapping file'
    )


def test_the_same_day_both_ways_is_no_question():
    assert dates(["05/05/2026"])[0] == [dt.datetime(2026, 5, 5)]


def test_what_stays_open_is_asked_once_for_a_column():
    asked = []

    def ask(question):
        asked.append(question)
        return "month"

    values, _ = dates(["05/04/2026", "01/02/2026"], ask=ask)
    assert [value.date() for value in values] == [dt.date(2026, 5, 4), dt.date(2026, 1, 2)]
    (question,) = asked
    assert question.readings == {"day": "5 April 2026", "month": "4 May 2026"}
    assert (question.file, question.column, question.value) == ("leads.csv", "Created", "05/04/2026")


def test_an_order_that_was_given_settles_only_what_is_open():
    assert dates(["05/04/2026"], date_order="day")[0][0].date() == dt.date(2026, 4, 5)
    assert dates(["05/04/2026"], order="month", date_order="day")[0][0].date() == dt.date(2026, 5, 4)
    values, _ = dates(["04/25/2026", "05/04/2026"], date_order="day")  # the column itself says month first
    assert [value.date() for value in values] == [dt.date(2026, 4, 25), dt.date(2026, 5, 4)]


def test_an_answer_that_is_none_of_the_readings_is_an_error():
    with pytest.raises(UserError, match="no answer"):
        dates(["05/04/2026"], ask=lambda question: "perhaps")


def test_typed_cells_and_serial_numbers():
    values, bad = dates([dt.datetime(2026, 9, 12, 14, 5), dt.date(2026, 9, 12), 46277.0, 46277.5, None, "never", -4.0])
    assert values[:5] == [
        dt.datetime(2026, 9, 12, 14, 5), dt.datetime(2026, 9, 12), dt.datetime(2026, 9, 12),
        dt.datetime(2026, 9, 12, 12), None,
    ]  # fmt: skip
    assert bad == [False] * 5 + [True, True]


def test_dates_that_no_sheet_can_hold_are_no_dates():
    assert dates(["1899-12-31", "2200-01-01", "0001-01-01"])[1] == [True, True, True]


def test_blanks_and_placeholders_are_missing_not_wrong():
    assert dates(["", "  ", "-", "N/A", "null", "0000-00-00", "--None--"]) == ([None] * 7, [False] * 7)


# --- numbers ---


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("1117.1", {".": 1117.1}),
        ("1,117.10", {".": 1117.1}),
        ("1.117,10", {",": 1117.1}),
        ("1.234.567", {",": 1234567.0}),
        ("1,23,456.5", {".": 123456.5}),
        ("1 234,56", {",": 1234.56}),
        ("1'234.56", {".": 1234.56}),
        ("1\u00a0234", {"": 1234.0}),
        ("$1,117.10K", {".": 1117100.0}),
        ("R$ 100.000", {".": 100.0, ",": 100000.0}),
        ("1.234,56 €", {",": 1234.56}),
        ("(1,200.00)", {".": -1200.0}),
        ("-$5", {"": -5.0}),
        ("$-5", {"": -5.0}),
        ("5-", {"": -5.0}),
        ("USD 12.50", {".": 12.5}),
        ("12,50 EUR", {",": 12.5}),
        ("Rs. 500", {"": 500.0}),
        ("kr 500", {"": 500.0}),
        ("£1.2m", {".": 1200000.0}),
        ("12%", {"": 0.12}),
        ("1e3", {"": 1000.0}),
        ("0.123", {".": 0.123}),
        ("1,234", {".": 1234.0, ",": 1.234}),
        ("1234.567", {".": 1234.567}),
        ("", {}),
        ("abc", {}),
        ("11-50", {}),
        ("10,000+", {}),
        ("1,234.567,89", {}),
        ("12/05", {}),
    ],
)
def test_readings_of_a_number(text, readings):
    assert number_readings(text) == readings


def test_the_decimal_sign_is_settled_by_the_whole_column():
    assert numbers(["1.234", "2,5"])[0] == [1234.0, 2.5]
    assert numbers(["1.234", "2.5"])[0] == [1.234, 2.5]
    assert numbers(["1,234", "1.234.567", "12"])[0] == [1.234, 1234567.0, 12.0]
    assert numbers(["R$ 100.000", "R$ 5.500,00"])[0] == [100000.0, 5500.0]
    assert numbers(["$1,117.10K", "$2,000"])[0] == [1117100.0, 2000.0]


def test_a_number_that_stays_open_is_an_error_with_both_readings():
    with pytest.raises(UserError) as error:
        numbers(["1.234", "12"])
    assert str(error.value) == (
        "deals.csv, column Amount: 1.234 can mean 1.234 or 1234; "
        'say which with --decimal "." or --decimal ",", or with decimal = "." in a mapping file'
    )
    assert numbers(["1.234", "12"], decimal=",")[0] == [1234.0, 12.0]
    assert numbers(["1.234", "12"], ask=lambda question: ".")[0] == [1.234, 12.0]


def test_both_signs_proved_leave_an_open_value_open():
    assert numbers(["1,5", "2.5"])[0] == [1.5, 2.5]
    with pytest.raises(UserError, match=r"1\.234"):
        numbers(["1,5", "2.5", "1.234"])


def test_numbers_in_typed_cells_and_what_is_none():
    values, bad = numbers([1.5, 3, None, "4", "many", True and dt.date(2026, 1, 1)])
    assert values == [1.5, 3.0, None, 4.0, None, None]
    assert bad == [False, False, False, False, True, True]


# --- words ---


def test_words_are_trimmed_and_placeholders_are_blank():
    words = text_column(
        raw_column(["  Web ", "Select", "unknown", "N/A", "-", "null", "", "NA", "\u00a0Web", "--None--"])
    )
    assert [word if isinstance(word, str) else None for word in words.tolist()] == [
        "Web", None, None, None, None, None, None, "NA", "Web", None,
    ]  # fmt: skip


def test_one_spelling_the_most_frequent_and_of_equals_the_first():
    words = one_spelling(text_column(raw_column(["google", "Google", "Google", "E-Mail", "e-mail", "GOOGLE"])))
    assert words.tolist() == ["Google", "Google", "Google", "E-Mail", "E-Mail", "Google"]
    assert list(words.categories) == ["Google", "E-Mail"]


def test_ids_keep_their_case_and_typed_ids_lose_their_point():
    assert id_column(raw_column(["00QaB", "00Qab", " 00QAB "])).tolist() == ["00QaB", "00Qab", "00QAB"]
    assert id_column(raw_column([1001.0, "1002", 7.5])).tolist() == ["1001", "1002", "7.5"]


def test_unprintable_characters_are_dropped():
    assert text_column(raw_column(["\x00We\x0bb\ufeff"])).tolist() == ["Web"]
