"""The refresh macro: Excel gets back what it had, and the user reads one sentence, whatever Python does."""

import pytest
from vba_book import VbaBook, fails

AUTOMATIC, MANUAL, SEMIAUTOMATIC = -4105, -4135, 2
INFORMATION, EXCLAMATION = 64, 48
DISABLED = 0  # xlDisabled


@pytest.fixture
def book():
    return VbaBook()


def tells(book, message, done, returns=None):
    """A refresh in Python that notes Excel's settings, tells something and returns."""

    def refresh():
        book.seen = settings(book)
        book.run("RefreshTold", message, done)
        return returns

    return refresh


def settings(book):
    excel = book.excel
    return (excel.calculation, excel.screen_updating, excel.enable_events, excel.display_alerts, excel.interactive)


def raises():
    fails(description="Python stopped")


def test_a_refresh_tells_what_was_imported(book):
    book.python.refresh = tells(book, "1,204 leads imported.", True)
    book.run("RefreshCRM")
    assert book.python.commands == ["import xlsmkt.hosts.excel_windows as excel; excel.refresh()"]
    assert book.messages == [("1,204 leads imported.", INFORMATION)]


def test_python_works_while_excel_neither_calculates_nor_shows_nor_asks_nor_takes_input(book):
    book.python.refresh = tells(book, "Done.", True)
    book.run("RefreshCRM")
    assert book.seen == (MANUAL, False, False, False, False)
    assert book.excel.cancel_key == DISABLED


def test_what_python_could_not_do_is_told_as_a_warning(book):
    book.python.refresh = tells(book, "leads.csv is open in another program; close it.", False)
    book.run("RefreshCRM")
    assert book.messages == [("leads.csv is open in another program; close it.", EXCLAMATION)]


ENDINGS = {
    "told": lambda book: tells(book, "Done.", True),
    "told failure": lambda book: tells(book, "No file.", False),
    "nothing told": lambda book: lambda: None,
    "raised": lambda book: raises,
    "xlwings showed an error": lambda book: lambda: -1,
}


BEFORE = [
    (AUTOMATIC, True, True, True, True),
    (MANUAL, True, False, True, True),
    (SEMIAUTOMATIC, False, True, False, False),
]


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("ending", ENDINGS)
def test_excel_gets_back_what_it_had(book, ending, before):
    excel = book.excel
    excel.calculation, excel.screen_updating, excel.enable_events, excel.display_alerts, excel.interactive = before
    book.excel.status_bar = "Reading leads.csv"
    book.python.refresh = ENDINGS[ending](book)
    book.run("RefreshCRM")
    assert settings(book) == before
    assert book.excel.status_bar is False
    assert len(book.messages) == (0 if ending == "nothing told" else 1)


@pytest.mark.parametrize("mode", [AUTOMATIC, MANUAL])
@pytest.mark.parametrize("ending", ENDINGS)
def test_the_workbook_is_calculated_afterwards(book, ending, mode):
    book.app.sheet("Model").set_value("A1", 1.0)
    book.range("B1").vba_set("Formula", "=A1*2")
    book.excel.calculation = mode
    ended = ENDINGS[ending](book)

    def refresh():
        book.app.sheet("Model").set_value("A1", 5.0)
        return ended()

    book.python.refresh = refresh
    book.run("RefreshCRM")
    assert book.app.sheet("Model").value("B1") == 10.0


@pytest.mark.parametrize(
    ("ending", "why"), [("raised", "Python stopped"), ("xlwings showed an error", "the message before")]
)
def test_an_end_before_python_told_anything_says_what_to_do(book, ending, why):
    book.python.refresh = ENDINGS[ending](book)
    book.run("RefreshCRM")
    [(message, style)] = book.messages
    assert message.startswith("The refresh did not finish. Run this in a command window; it says what to do:")
    assert why in message and style == EXCLAMATION


def test_what_was_told_once_is_not_told_again(book):
    book.python.refresh = tells(book, "Done.", True)
    book.run("RefreshCRM")
    book.python.refresh = raises
    book.run("RefreshCRM")
    book.python.refresh = lambda: None
    book.run("RefreshCRM")
    assert [style for _, style in book.messages] == [INFORMATION, EXCLAMATION]


def test_python_that_is_not_set_up_is_not_tried(book):
    book.python.interpreter = "%XLSMKT_PYTHON%"
    book.run("RefreshCRM")
    [(message, style)] = book.messages
    assert "xlsmkt install excel" in message and "close Excel and open it again" in message
    assert style == EXCLAMATION
    assert book.python.commands == []


def test_cells_that_python_left_without_an_answer_are_computed_anew_after_a_refresh(book):
    book.python.answer = lambda name, arguments: raises()
    book.call("LEADS_NEEDED", 20.0, 0.05)
    book.python.refresh = tells(book, "No file.", False)
    book.run("RefreshCRM")
    assert book.excel.full_calculations == 0
    book.python.refresh = tells(book, "Done.", True)
    book.run("RefreshCRM")
    assert book.excel.full_calculations == 1
    book.python.answer = lambda name, arguments: 400.0
    assert book.call("LEADS_NEEDED", 20.0, 0.05) == 400.0  # no pause is left
    book.run("RefreshCRM")
    assert book.excel.full_calculations == 1


def on_a_mac(source):
    return "#Const Mac = True\r\n" + source


def test_a_mac_is_told_what_to_use_instead():
    book = VbaBook({"xlsmkt.bas": on_a_mac, "xlsmkt_calls.bas": on_a_mac})
    book.run("RefreshCRM")
    [(message, _)] = book.messages
    assert "Excel on a Mac cannot run these functions" in message and "xlsmkt new sla.xlsx" in message
    assert book.python.commands == []
