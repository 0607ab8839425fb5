"""What Excel hands over and takes back, value by value, through xlwings' own COM server."""

import datetime as dt
from decimal import Decimal

import pytest
from fake_windows import MISSING, CDispatch, Range, Workbook, com_error, com_time, on_windows
from hosts import cells_of

from xlsmkt.errors import Propagated
from xlsmkt.hosts.faults import log_path
from xlsmkt.hosts.windows.signs import MARK

DIVIDED, NOT_AVAILABLE, NUMBER, SPILLED = -2146826281, -2146826246, -2146826252, -2146826243
DAY_2026 = 46023.0  # 2026-01-01
ROWS, COLUMNS = 1_048_576, 16_384


@pytest.fixture
def excel():
    with on_windows() as excel:
        yield excel


def one(value):
    """A result of one cell, as Excel shows it."""
    return cells_of(value)[0][0]


def sign(value):
    return value.partition(MARK)[0]


# --- numbers ---


@pytest.mark.parametrize("rate", [0.05, "5%", " 0.05 ", "0,05", Decimal("0.0500")])
def test_a_rate_in_any_spelling(excel, rate):
    assert excel.call("LEADS_NEEDED", 20.0, rate, MISSING) == 400
    assert excel.call("LEADS_NEEDED", 20.0, excel.book.sheet.put([[rate]]), MISSING) == 400


@pytest.mark.parametrize("customers", [20, 20.0, Decimal(20), "20"])
def test_a_count_of_vba_in_any_type(excel, customers):
    assert excel.call("LEADS_NEEDED", customers, 0.05, MISSING) == 400
    assert cells_of(excel.call("LEADS_NEEDED", ((customers,), (customers,)), 0.05, MISSING)) == [[400], [400]]


def test_currency_of_vba_is_a_label_like_any_number(excel):
    for five in (Decimal("5.0000"), 5, 5.0, "5"):
        assert excel.call("LEADS_WORTH", ((five,), (five,)), ((5.0,),), ((10.0,),), MISSING) == 20


def test_truth_values_are_numbers(excel):
    assert excel.call("CLOSE_RATE", True, 2.0) == 0.5
    assert excel.call("CLOSE_RATE", excel.book.sheet.put([[True]]), 2.0) == 0.5


def test_currency_keeps_all_its_places(excel):
    # Value would give Decimal("0.3333"), and 3 % of a lead's worth would be lost
    price = excel.book.sheet.put([[Decimal("0.33333333")]])
    assert excel.call("COST_PER_LEAD", price, 1.0) == 0.33333333


# --- blanks and what is left out ---


def test_a_blank_cell_counts_as_0_and_is_no_argument_left_out(excel):
    book = Workbook(names={"Agreed_Close_Rate": excel.book.sheet.put([[0.05]], 9, 9)})
    assert excel.call("LEADS_NEEDED", 20.0, MISSING, MISSING, book=book) == 400
    for blank in (excel.book.sheet.put([[None]]), None):
        assert sign(excel.call("LEADS_NEEDED", 20.0, blank, MISSING, book=book)) == "#DIV/0!"
    assert sign(excel.call("LEADS_NEEDED", 20.0, "", MISSING, book=book)) == "#VALUE!"


def test_a_blank_optional_argument_without_a_zero_is_left_out(excel):
    # days is "business" when it is not given; a blank cell is no word
    expected = excel.call("SLA_GOAL_TO_DATE", 220.0, "2018-03-15", MISSING, MISSING)
    assert expected == 110
    assert excel.call("SLA_GOAL_TO_DATE", 220.0, "2018-03-15", MISSING, excel.book.sheet.put([[None]])) == 110


def test_an_argument_left_out_in_the_middle(excel):
    assert excel.call("SLA_GOAL_TO_DATE", 310.0, "2018-03-15", MISSING, "calendar") == 150
    assert excel.call("LEADS_NEEDED", MISSING, 0.05, MISSING, book=workbook(excel, Customers_Goal=20.0)) == 400


def workbook(excel, **inputs):
    return Workbook(
        names={name: excel.book.sheet.put([[value]], 9, n) for n, (name, value) in enumerate(inputs.items(), 1)}
    )


def test_an_argument_that_must_be_given_is_not_0_when_it_is_left_out(excel):
    assert excel.call("CLOSE_RATE", MISSING, 100.0) == f"#VALUE!{MARK}CLOSE_RATE: customers is missing; give 0 or more"
    assert excel.call("CLOSE_RATE", excel.book.sheet.put([[None]]), 100.0) == 0
    assert excel.call("CLOSE_RATE", 5.0).startswith("#VALUE!")
    groups, counts = (("Web",), ("Fair",)), ((300.0,), (10.0,))
    assert sign(excel.call("FUNNEL_BY", groups, MISSING, counts)) == "#VALUE!"
    assert sign(excel.call("FUNNEL_BY", MISSING, counts)) == "#VALUE!"


def test_blank_rows_stay_blank(excel):
    columns = [excel.book.sheet.put([[5.0], [None], [7.0]]), excel.book.sheet.put([[100.0], [None], [140.0]], 1, 2)]
    assert excel.call("CLOSE_RATE", *columns) == [[0.05], [""], [0.05]]


def test_one_cell_is_a_column_of_one_row(excel):
    put = excel.book.sheet.put
    assert excel.call("WEIGHTED_CLOSE_RATE", put([[0.1]]), put([[3.0]], 1, 2)) == pytest.approx(0.1)
    assert one(excel.call("SCORE_AUC", put([[None]]), put([[None]], 1, 2), MISSING)) == Propagated("#N/A")


def test_several_columns_as_ranges_values_and_rows(excel):
    put = excel.book.sheet.put
    sources, visits, leads = [["Web"], ["Fair"]], [[1000.0], [200.0]], [[300.0], [20.0]]
    ranges = [put(rows, 1, column) for column, rows in enumerate((sources, visits, leads), 1)]
    expected = cells_of(excel.call("FUNNEL_BY", *ranges))
    assert expected[1][:3] == ["Web", 1000.0, 300.0] and expected[2][:3] == ["Fair", 200.0, 20.0]
    # wrappers that xlwings makes hand over the values of such ranges
    values = [tuple(map(tuple, rows)) for rows in (sources, visits, leads)]
    assert cells_of(excel.call("FUNNEL_BY", *values)) == expected
    assert cells_of(excel.call("FUNNEL_BY", *[tuple(row[0] for row in rows) for rows in values])) == expected


# --- errors ---


@pytest.mark.parametrize("code, shown", [(DIVIDED, "#DIV/0!"), (NOT_AVAILABLE, "#N/A"), (SPILLED, "#SPILL!")])
def test_errors_go_through(excel, code, shown):
    for argument in (code, excel.book.sheet.put([[code]]), (code,), ((code,),)):
        assert one(excel.call("LEADS_NEEDED", argument, 0.05, MISSING)) == Propagated(shown)


def test_an_error_in_one_row_is_the_error_of_that_row(excel):
    column = excel.book.sheet.put([[20.0], [NOT_AVAILABLE], [7.0]])
    assert cells_of(excel.call("LEADS_NEEDED", column, 0.05, MISSING)) == [[400], [Propagated("#N/A")], [140]]


def test_an_error_in_a_column_that_belongs_together(excel):
    told = excel.call("WEIGHTED_CLOSE_RATE", excel.book.sheet.put([[0.1], [DIVIDED]]), ((1.0,), (3.0,)))
    assert sign(told) == "#DIV/0!" and "close_rates, row 2" in told


def test_an_error_that_is_newer_than_our_table(excel):
    assert one(excel.call("LEADS_NEEDED", excel.book.sheet.put([[-2146826235]]), 0.05, MISSING)).sign == "#UNKNOWN!"


def test_an_error_that_another_call_of_ours_gave_as_text(excel):
    text = excel.call("CLOSE_RATE", 1.0, 0.0)
    assert sign(text) == "#DIV/0!"
    assert one(excel.call("LEADS_NEEDED", text, 0.05, MISSING)) == Propagated("#DIV/0!")


def test_a_text_of_the_data_never_becomes_an_error(excel):
    """A lead's source may be anything: such a text stays one, on the way in and on the way out."""
    sources = [["Web"], ["#N/A\u2002x"], ["#N/A\u2002x"]]
    for groups in (excel.book.sheet.put(sources), tuple(map(tuple, sources))):
        table = excel.call("FUNNEL_BY", groups, ((10.0,), (5.0,), (7.0,)))
        assert [row[:2] for row in table[1:]] == [["#N/A x", 12.0], ["Web", 10.0], ["All", 22.0]]


# --- dates ---


def test_dates_in_every_form(excel):
    put = excel.book.sheet.put
    due = com_time(2026, 3, 15, 23, 30)  # the hour that stands there, in no time zone
    for argument in (due, DAY_2026 + 73.5, "2026-03-15", "2026-03", put([[due]]), put([[DAY_2026 + 73]]), ((due,),)):
        assert excel.call("LEAD_MONTH", argument, 2.0) == DAY_2026


def test_a_clock_in_every_form(excel):
    speed = ("SPEED_TO_LEAD", "2026-03-02 08:30", "2026-03-02 12:00")
    for nine in (9.0, "9:00", 0.375, com_time(1899, 12, 30, 9)):
        assert excel.call(*speed, nine, 17.0, MISSING) == 3


def test_labels_that_are_dates_come_back_as_serial_numbers(excel):
    rows = excel.call("CLOSE_RATE_BY", ((com_time(2026, 1, 1),),), ((1.0,),), ((4.0,),), MISSING)
    assert rows[1][0] == DAY_2026


def test_a_workbook_that_counts_from_1904(excel):
    book = Workbook(date1904=True)
    cell = book.sheet.put([[com_time(2026, 3, 15)]])
    assert cell.Value2 == DAY_2026 + 73 - 1462
    for argument in (cell, cell.Value2, com_time(2026, 3, 15), "2026-03"):
        assert excel.call("LEAD_MONTH", argument, 2.0, book=book) == DAY_2026 - 1462
    column = book.sheet.put([[com_time(2026, 3, 15)], [None], ["soon"]])
    months = cells_of(excel.call("LEAD_MONTH", column, 2.0, book=book))
    assert months == [[DAY_2026 - 1462], [None], [Propagated("#VALUE!")]]
    assert excel.call("LEADS_NEEDED", 20.0, 0.05, MISSING, book=book) == 400


def test_inputs_of_a_workbook_that_counts_from_1904(excel):
    book = Workbook(date1904=True)
    book.names = {"As_Of": book.sheet.put([[com_time(2018, 3, 15)]])}
    assert excel.call("SLA_GOAL_TO_DATE", 220.0, MISSING, MISSING, MISSING, book=book) == 110


# --- ranges ---


def test_whole_columns_are_read_as_far_as_they_are_used(excel):
    sheet = excel.book.sheet
    sheet.put([[5.0, 100.0], [7.0, 140.0]])
    whole = [Range(sheet, 1, column, ROWS) for column in (1, 2)]
    assert excel.call("CLOSE_RATE", *whole) == [[0.05], [0.05]]
    assert excel.call("WEIGHTED_CLOSE_RATE", Range(sheet, 2, 1, ROWS - 1), 1.0).startswith("#NUM!")
    assert sheet.reads == [(2, 1), (2, 1), (1, 1)]


def test_whole_rows_are_read_as_far_as_they_are_used(excel):
    sheet = excel.book.sheet
    sheet.put([[5.0, 7.0, 9.0]])
    assert excel.call("CLOSE_RATE", Range(sheet, 1, 1, 1, COLUMNS), 10.0) == [0.5, 0.7, 0.9]
    assert sheet.reads == [(1, 3)]


def test_a_block_keeps_its_width_and_blank_rows_above_what_is_used_stay(excel):
    sheet = excel.book.sheet
    sheet.put([[5.0]], 3, 1)
    assert excel.call("CLOSE_RATE", Range(sheet, 1, 1, ROWS, 2), 10.0) == [["", ""], ["", ""], [0.5, ""]]


def test_whole_columns_outside_of_what_is_used_are_one_blank_row(excel):
    sheet = excel.book.sheet
    sheet.put([[5.0], [7.0]])
    assert excel.call("REACH", Range(sheet, 1, 26, ROWS), MISSING, MISSING) == [[""], [""]]
    assert excel.call("REACH", Range(sheet, 500, 1, ROWS - 499), MISSING, MISSING) == 0
    assert sheet.reads == [(2, 1), (1, 1)]


def test_columns_of_one_length_stay_so_on_sheets_that_are_filled_differently(excel):
    short, long = Workbook().sheet, Workbook().sheet
    short.put([[0.1], [0.2]])
    long.put([[1.0], [3.0], [5.0]])
    columns = [Range(sheet, 1, 1, ROWS) for sheet in (short, long)]
    assert excel.call("CLOSE_RATE", *columns) == [[0.1], [pytest.approx(1 / 15)], [0.0]]
    costs = cells_of(excel.call("COST_PER_LEAD", *reversed(columns)))
    assert costs == [[10.0], [15.0], [Propagated("#DIV/0!")]]
    # beside what another function made of as many rows
    made = tuple((10.0,) for _ in range(20_000))
    rows = excel.call("CLOSE_RATE", Range(short, 1, 1, 20_000), made)
    assert len(rows) == 20_000 and rows[:3] == [[0.01], [0.02], [0.0]]


def test_short_ranges_are_read_as_they_are(excel):
    sheet = excel.book.sheet
    sheet.put([[5.0]])
    assert len(excel.call("CLOSE_RATE", Range(sheet, 1, 1, 300), 10.0)) == 300


def test_several_ranges_at_once_are_refused(excel):
    sheet = excel.book.sheet
    areas = Range(sheet, 1, 1, 2, areas=[Range(sheet, 1, 3, 2)])
    told = excel.call("LEADS_NEEDED", areas, 0.05, MISSING)
    assert told == f"#VALUE!{MARK}LEADS_NEEDED: customers is made of several ranges; give one range"


# --- names ---


def test_inputs_are_read_from_the_workbook_that_calls(excel):
    book = workbook(excel, Customers_Goal=20.0, Agreed_Close_Rate=0.05)
    assert excel.call("LEADS_NEEDED", MISSING, MISSING, MISSING, book=book) == 400
    assert excel.call("LEADS_NEEDED", 40.0, MISSING, MISSING, book=book) == 800


def test_inputs_without_a_name_are_asked_for(excel):
    told = excel.call("LEADS_NEEDED", 20.0, MISSING, MISSING)
    assert sign(told) == "#N/A" and "Agreed_Close_Rate" in told


@pytest.mark.parametrize("value", [0.05, ((0.05,),), Workbook().sheet.put([[0.05]])])
def test_a_name_may_be_a_constant_or_a_formula(excel, value):
    book = Workbook(names={"Agreed_Close_Rate": "=the formula"}, evaluates={"=the formula": value})
    assert excel.call("LEADS_NEEDED", 20.0, MISSING, MISSING, book=book) == 400


def test_a_name_of_one_sheet_is_not_taken_for_another(excel):
    book = Workbook(names={"Spring!Agreed_Close_Rate": excel.book.sheet.put([[0.05]])})
    assert sign(excel.call("LEADS_NEEDED", 20.0, MISSING, MISSING, book=book)) == "#N/A"


def test_calls_of_vba_without_a_workbook(excel):
    module, functions = excel.functions.__name__, excel.server
    assert functions.CallUDF(module, "LEAD_MONTH", (com_time(2026, 3, 15), 2.0)) == DAY_2026
    assert functions.CallUDF(module, "LEADS_NEEDED", (20.0, 0.05, MISSING)) == 400


# --- what goes back ---


def test_long_texts_are_cut_in_arrays_only(excel):
    long = "x" * 300
    assert excel.call("CLOSE_RATE_BY", ((long,),), ((1.0,),), ((4.0,),), MISSING)[1][0] == "x" * 255
    # an emoji is two characters to Excel
    assert excel.call("CLOSE_RATE_BY", (("😀" * 300,),), ((1.0,),), ((4.0,),), MISSING)[1][0] == "😀" * 127


def test_numbers_beyond_a_long_are_floats(excel):
    large = excel.call("LEADS_NEEDED", 1e9, 0.1, MISSING)
    assert large == 1e10 and isinstance(large, float)
    column = excel.call("LEADS_NEEDED", ((1e9,), (20.0,)), 0.1, MISSING)
    assert [type(row[0]) for row in column] == [float, int]


# --- what goes wrong ---


@pytest.fixture
def log(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    return log_path()


class BrokenRange(Range):
    @property
    def Value2(self):  # noqa: N802
        raise com_error(-2147417848, "The object invoked has disconnected from its clients.")


def test_a_fault_is_a_sentence_in_the_cell_and_a_traceback_in_the_log(excel, log):
    told = excel.call("LEADS_NEEDED", BrokenRange(excel.book.sheet, 1, 1), 0.05, MISSING)
    assert told == f"#VALUE!{MARK}LEADS_NEEDED failed inside xlsmkt; the file {log} says where"
    written = log.read_text("utf-8")
    assert "LEADS_NEEDED failed" in written and "Traceback" in written and "disconnected" in written
    excel.call("CLOSE_RATE", BrokenRange(excel.book.sheet, 1, 1), 100.0)
    assert "CLOSE_RATE failed" in log.read_text("utf-8")


def test_the_log_does_not_grow_for_ever(excel, log):
    log.parent.mkdir()
    log.write_text("x" * 600_000)
    excel.call("LEADS_NEEDED", BrokenRange(excel.book.sheet, 1, 1), 0.05, MISSING)
    assert log.stat().st_size < 100_000
    assert sorted(path.name for path in log.parent.iterdir()) == ["excel.log", "excel.log.1"]


def test_a_log_that_cannot_be_written_is_said(excel, log):
    log.parent.write_text("a file where the folder should be")
    told = excel.call("LEADS_NEEDED", BrokenRange(excel.book.sheet, 1, 1), 0.05, MISSING)
    assert sign(told) == "#VALUE!" and "cannot be written" in told and "\n" not in told


def test_objects_of_other_kinds_are_refused(excel):
    assert sign(excel.call("LEADS_NEEDED", CDispatch(), 0.05, MISSING)) == "#VALUE!"
    assert sign(excel.call("LEADS_NEEDED", dt.timedelta(1), 0.05, MISSING)) == "#VALUE!"
