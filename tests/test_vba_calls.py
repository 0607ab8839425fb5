"""What VBA makes of Python's answers: true errors, their reasons, and a pause where Python does not answer."""

import datetime as dt

import pytest
from pyopenvba.interpreter import VBAErrorValue
from vba_book import VbaBook, fails, from_vba

from xlsmkt.errors import OutOfRange, Propagated
from xlsmkt.hosts.windows.signs import CODES, as_text

TOO_LARGE = as_text(OutOfRange("LEADS_NEEDED: close_rate is 5; give 0% to 100%"))
REASON = "LEADS_NEEDED: close_rate is 5; give 0% to 100%"
NOON = dt.datetime(2026, 1, 5, 12)


@pytest.fixture
def book():
    book = VbaBook()
    book.app.freeze_clock(NOON)
    return book


def ask(book, answer, cell="B2"):
    """What a cell shows for what Python answers."""
    book.python.answer = answer if callable(answer) else lambda name, arguments: answer
    shown = from_vba(book.call("LEADS_NEEDED", 20.0, 5.0, cell=cell))
    if not isinstance(shown, list):
        book.range(cell).vba_set("Value", shown)
    return shown


def explained(book, cell):
    book.select(cell)
    book.run("ExplainError")
    return book.messages[-1][0]


# --- errors ---


@pytest.mark.parametrize("sign", CODES)
def test_the_text_of_an_error_becomes_that_error(book, sign):
    assert ask(book, as_text(Propagated(sign))) == VBAErrorValue(CODES[sign])


@pytest.mark.parametrize(
    "value",
    [1.5, True, "", "qualified", "#1 of 3", "#NUM!", "a\u2002b", "#\u2002b", "#NEW!\u2002b", "\u2002", "#NUM! b"],
)
def test_anything_else_stays_what_it_is(book, value):
    assert ask(book, value) == value
    assert ask(book, [value, value]) == [value, value]
    assert ask(book, [[value], [value]]) == [[value], [value]]


def test_errors_inside_a_row_and_a_table(book):
    assert ask(book, [TOO_LARGE, "name", 3.0]) == [VBAErrorValue(2036), "name", 3.0]
    assert ask(book, ["name", 3.0, TOO_LARGE]) == ["name", 3.0, VBAErrorValue(2036)]
    missing, none = as_text(Propagated("#N/A")), VBAErrorValue(2042)
    table = [[missing, "b", missing], ["a", 1.0, "x\u2002y"], [missing, missing, 2.0]]
    assert ask(book, table) == [[none, "b", none], ["a", 1.0, "x\u2002y"], [none, none, 2.0]]


def test_an_error_without_a_reason_is_an_error(book):
    assert ask(book, "#N/A\u2002") == VBAErrorValue(2042)


# --- reasons ---


def test_the_reason_of_a_cell_is_shown(book):
    ask(book, TOO_LARGE)
    assert explained(book, "B2") == REASON
    assert "No reason is known" in explained(book, "B3")


def test_a_reason_goes_when_the_cell_is_well_again_and_changes_with_its_error(book):
    ask(book, TOO_LARGE)
    ask(book, as_text(OutOfRange("another")))
    assert explained(book, "B2") == "another"
    ask(book, 400.0)
    assert "No reason is known" in explained(book, "B2")


def test_each_cell_has_its_own_reason(book):
    for cell in ("B2", "B3", "C2"):
        ask(book, as_text(OutOfRange(cell)), cell)
    ask(book, 1.0, "B3")
    assert [explained(book, cell)[:2] for cell in ("B2", "B3", "C2")] == ["B2", "No", "C2"]


def test_the_same_cell_of_another_sheet_is_another_cell(book):
    ask(book, TOO_LARGE)
    book.select("B2", "Inputs")
    book.run("ExplainError")
    assert "No reason is known" in book.messages[-1][0]


def test_a_table_tells_the_first_reason_wherever_it_is_selected(book):
    ask(book, [["a"], [as_text(OutOfRange("first"))], [as_text(OutOfRange("second"))]])
    book.range("B2").vba_set("Formula2", "={#N/A;#N/A;#N/A}")  # any formula that spills over three cells
    assert [explained(book, cell) for cell in ("B2", "B4")] == ["first", "first"]
    assert "No reason is known" in explained(book, "B5")


def test_an_array_formula_of_several_cells_tells_its_reason_in_each(book):
    book.range("B2:B4").vba_set("FormulaArray", "={#N/A;#N/A;#N/A}")
    book.python.answer = lambda name, arguments: TOO_LARGE
    book.call("LEADS_NEEDED", 20.0, 5.0, cell="B2:B4")
    assert [explained(book, cell) for cell in ("B2", "B3", "B4")] == [REASON] * 3


def test_a_cell_that_shows_no_error_has_no_reason(book):
    ask(book, TOO_LARGE)
    book.range("B2").vba_set("Value", 7.0)  # typed over
    assert "No reason is known" in explained(book, "B2")


def test_the_reasons_kept_are_bounded():
    book = VbaBook(
        {"xlsmkt_calls.bas": lambda source: source.replace("MOST_REASONS As Long = 5000", "MOST_REASONS As Long = 3")}
    )
    for row in range(1, 6):
        ask(book, TOO_LARGE, f"B{row}")
    known = [explained(book, f"B{row}") == REASON for row in range(1, 6)]
    assert known == [False, False, True, True, True]


def test_enough_reasons_are_kept_for_a_whole_workbook(book):
    for row in range(1, 2600):
        ask(book, TOO_LARGE, f"B{row}")
    assert explained(book, "B1") == REASON


# --- Python out of reach ---


def no_python(name, arguments):
    fails(description="Could not load xlwings64-0.37.8.dll")


def test_without_python_a_cell_shows_an_error_and_says_why(book):
    assert ask(book, no_python) == VBAErrorValue(2015)
    told = explained(book, "B2")
    assert told.startswith("Run this in a command window; it says what to do:")
    assert f'"{book.python.interpreter}" -m xlsmkt doctor "' in told and book.book.name in told
    assert "Could not load xlwings64-0.37.8.dll" in told


def test_after_one_try_in_vain_the_other_cells_do_not_wait(book):
    for row in range(1, 50):
        assert ask(book, no_python, f"B{row}") == VBAErrorValue(2015)
    assert len(book.python.calls) == 1
    assert "Could not load" in explained(book, "B49")


def test_python_is_tried_again_a_little_later(book):
    ask(book, no_python)
    book.app.freeze_clock(NOON + dt.timedelta(seconds=10))
    assert ask(book, 400.0) == VBAErrorValue(2015)
    book.app.freeze_clock(NOON + dt.timedelta(seconds=20))
    assert ask(book, 400.0) == 400.0
    assert "No reason is known" in explained(book, "B2")
    assert ask(book, 401.0) == 401.0


def test_the_connection_is_made_once(book):
    for row in range(1, 5):
        ask(book, 400.0, f"B{row}")
    assert len(book.python.connections) == 1


@pytest.mark.parametrize("cannot", [False, True])
def test_python_starts_in_its_own_folder_and_excel_stays_in_its(book, cannot):
    book.python.cannot_connect = cannot
    assert ask(book, 400.0) == (VBAErrorValue(2015) if cannot else 400.0)
    assert book.python.connections == ["C:\\Python\\"]
    assert book.python.folder == r"C:\Users\me\Downloads"
    assert ("Could not load xlwings64" in explained(book, "B2")) == cannot


def test_where_python_was_closed_another_one_is_asked_at_once(book):
    ask(book, 400.0)
    closed = [True]

    def answer(name, arguments):
        if closed.pop():
            fails(description="The RPC server is unavailable")
        return 401.0

    closed.insert(0, False)
    assert ask(book, answer) == 401.0
    assert len(book.python.connections) == 2
    assert ask(book, no_python) == VBAErrorValue(2015)
    assert len(book.python.calls) == 5  # again with a new connection, once


def test_a_macro_that_calls_a_function_gets_the_error_as_a_value(book):
    book.python.answer = no_python
    assert book.run("LEADS_NEEDED", 20.0, 0.05) == VBAErrorValue(2015)
    book.python.answer = lambda name, arguments: TOO_LARGE
    book.app.freeze_clock(NOON + dt.timedelta(minutes=1))
    assert book.run("LEADS_NEEDED", 20.0, 5.0) == VBAErrorValue(2036)


# --- explaining ---


def test_without_a_reason_it_says_what_to_do(book):
    assert explained(book, "B2").endswith("press F2 and Enter, and run ExplainError again.")


def test_explaining_shows_one_message_and_raises_nothing(book):
    ask(book, TOO_LARGE)
    explained(book, "B2")
    assert len(book.messages) == 1
