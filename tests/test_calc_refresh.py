"""Refresh from Calc's menu: what the user is asked and told, and when the document is closed and shown again."""

import os
import shutil
import sys
import time

import pytest

from xlsmkt.errors import UserError
from xlsmkt.hosts import telling
from xlsmkt.hosts.calc.inside import refreshing
from xlsmkt.hosts.calc.inside.child import Child, Strange
from xlsmkt.hosts.calc.inside.refreshing import NOTHING, refresh
from xlsmkt.package import Book
from xlsmkt.refresh import new_book


class Document:
    """A document in its window, as ``shown.Shown`` gives it."""

    def __init__(self, path, did, is_changed=False, is_read_only=False, refuses=""):
        self.path, self.did = path, did
        self.is_changed, self.is_read_only, self.refuses = is_changed, is_read_only, refuses

    def _do(self, what):
        self.did.append(what)
        if what == self.refuses:
            raise UserError(f"LibreOffice cannot {what} it; mend that")

    def save(self):
        self._do("save")

    def close(self):
        self._do("close")

    def load(self):
        self._do("load")


class Dialogs:
    """A user who answers as a test says, and remembers what was shown."""

    def __init__(self, did, confirm=True, ask=True, pick=(), cancel_at=None):
        self.did = did
        self._confirm, self._ask, self._pick, self._cancel_at = confirm, ask, list(pick), cancel_at
        self.asked, self.told, self.folder, self._waits = [], None, None, 0

    def tell(self, text, good=True):
        self.did.append("tell")
        self.told = text, good

    def confirm(self, text):
        self.asked.append(text)
        return self._confirm

    def ask(self, text):
        self.asked.append(text)
        return self._ask

    def pick(self, title, kinds, folder):
        self.folder = folder
        return self._pick

    def wait(self, following):
        self._waits += 1
        if self._waits == self._cancel_at:
            return None
        while True:
            message = following()
            if message is None:
                time.sleep(0.02)
            elif "progress" not in message:
                return message


class Script:
    """A process that says what a test wants, and remembers what it is answered."""

    def __init__(self, did, *messages, last_word=None):
        self.did, self._messages, self._last_word = did, list(messages), last_word
        self.answers = []

    def next(self):
        message = self._messages.pop(0)
        if isinstance(message, Exception):
            raise message
        return message

    def answer(self, **message):
        self.did.append("answer")
        self.answers.append(message)

    def cancel(self):
        self.did.append("cancel")
        return self._last_word

    def end(self):
        self.did.append("end")


READY, DONE = {"ready": True}, {"done": "Taken: 3 rows of Leads."}
QUESTION = {"question": "05/04 can mean two days"}
FILES = {"files": "*.csv", "title": "CRM exports"}


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "sla.xlsx"
    path.write_bytes(b"a workbook")
    return path


def ran(book, *messages, last_word=None, document=None, **answers):
    """Refresh with a process that says ``messages``: what was done in which order, the user's dialogs, the process."""
    did = []
    process = Script(did, *messages, last_word=last_word)
    dialogs = Dialogs(did, **answers)
    refresh(Document(book, did, **(document or {})), dialogs, lambda path: process)
    return did, dialogs, process


def test_the_document_is_closed_before_the_file_changes_and_shown_again_before_the_user_is_told(book):
    did, dialogs, _ = ran(book, READY, DONE)
    assert did == ["close", "answer", "load", "end", "tell"]
    assert dialogs.told == ("Taken: 3 rows of Leads.", True)


def test_what_fails_while_the_data_are_read_leaves_the_document_open(book):
    did, dialogs, _ = ran(book, {"failed": "leads.csv is empty; export it again."})
    assert did == ["end", "tell"]
    assert dialogs.told == ("leads.csv is empty; export it again.", False)


def test_what_fails_later_shows_the_document_again(book):
    did, dialogs, _ = ran(book, READY, {"failed": "The disk is full: make room."})
    assert did == ["close", "answer", "load", "end", "tell"]
    assert dialogs.told == ("The disk is full: make room.", False)


@pytest.mark.parametrize("yes", [True, False])
def test_the_users_answer_is_handed_on(book, yes):
    _, dialogs, process = ran(book, QUESTION, READY, DONE, ask=yes)
    assert dialogs.asked == ["05/04 can mean two days"]
    assert process.answers == [{"yes": yes}, {}]


def test_the_files_that_the_user_picks_are_handed_on_and_looked_for_beside_the_workbook(book):
    _, dialogs, process = ran(book, FILES, READY, DONE, pick=["/exports/leads.csv", "/exports/costs.csv"])
    assert process.answers[0] == {"files": ["/exports/leads.csv", "/exports/costs.csv"]}
    assert dialogs.folder == book.parent


@pytest.mark.parametrize(
    ("messages", "cancels"),
    [([FILES], {"pick": []}), ([QUESTION], {"ask": None}), ([READY], {"cancel_at": 1})],
)
def test_cancelling_leaves_the_document_open(book, messages, cancels):
    did, dialogs, _ = ran(book, *messages, **cancels)
    assert did == ["cancel", "end", "tell"]
    assert dialogs.told == (NOTHING, True)


def test_cancelling_after_the_document_was_closed_shows_it_again(book):
    did, dialogs, _ = ran(book, READY, cancel_at=2)
    assert did == ["close", "answer", "cancel", "load", "end", "tell"]
    assert dialogs.told == (NOTHING, True)


def test_a_cancel_that_came_too_late_is_not_told_as_one(book):
    _, dialogs, _ = ran(book, READY, cancel_at=2, last_word=DONE)
    assert dialogs.told == ("Taken: 3 rows of Leads.", True)


def test_both_editions_say_the_same_of_a_cancel():
    assert refreshing.NOTHING == telling.NOTHING


@pytest.mark.parametrize("at", [[], [READY]], ids=["while it reads", "while it writes"])
def test_a_process_that_breaks_off_leaves_the_document_shown_and_is_a_defect(book, at):
    did = []
    process = Script(did, *at, Strange("it ended with -9"))
    with pytest.raises(Strange):
        refresh(Document(book, did), Dialogs(did), lambda path: process)
    assert did == ([*["close", "answer", "load"], "end"] if at else ["end"])


def test_a_document_that_cannot_be_shown_again_is_told(book):
    did = []
    document = Document(book, did, refuses="load")
    with pytest.raises(UserError, match="cannot load"):
        refresh(document, Dialogs(did), lambda path: Script(did, READY, DONE))
    assert did[-1] == "end"


def test_a_document_that_libreoffice_does_not_close_stays_open(book):
    did = []
    document = Document(book, did, refuses="close")
    with pytest.raises(UserError, match="cannot close"):
        refresh(document, Dialogs(did), lambda path: Script(did, READY, DONE))
    assert did == ["close", "end"]


def test_unsaved_changes_are_saved_when_the_user_agrees(book):
    did, dialogs, _ = ran(book, READY, DONE, document={"is_changed": True})
    assert did == ["save", "close", "answer", "load", "end", "tell"]
    [question] = dialogs.asked
    assert "sla.xlsx has changes that are not saved" in question


def test_unsaved_changes_are_not_saved_when_the_user_does_not(book):
    did, dialogs, _ = ran(book, document={"is_changed": True}, confirm=False)
    assert (did, dialogs.told) == ([], None)


def refused(path, **document):
    """What a refresh that does not begin says, and what was done nevertheless."""
    did = []
    with pytest.raises(UserError) as error:
        refresh(Document(path, did, **document), Dialogs(did), lambda path: pytest.fail("started"))
    assert "\n" not in str(error.value)
    return str(error.value), did


@pytest.mark.parametrize(
    ("name", "document", "said"),
    [
        (None, {}, "Save the workbook on this computer first"),
        ("sla.ods", {}, "save it as .xlsx first"),
        ("sla.csv", {"is_changed": True}, "save it as .xlsx first"),
        ("sla.xlsm", {"is_changed": True}, "would spoil its macros on saving; save it as .xlsx first"),
        ("sla.xlsx", {"is_read_only": True}, "open it so that you can change it"),
        ("gone.xlsx", {}, "is not there any more; save the workbook again"),
    ],
)
def test_what_cannot_be_refreshed_is_told_before_anything_happens(book, name, document, said):
    told, did = refused(name and book.with_name(name), **document)
    assert said in told
    assert did == []


def test_a_document_that_cannot_be_saved_is_not_refreshed(book):
    told, did = refused(book, is_changed=True, refuses="save")
    assert "cannot save" in told
    assert did == ["save"]


def test_the_real_process_refreshes_the_sample(demo, tmp_path):
    """The whole way but for LibreOffice, whose document and dialogs are stand-ins."""
    for name in ("leads.csv", "spend.csv", "web.csv", "touches.csv"):
        shutil.copy(demo / "sample" / name, tmp_path)
    path = tmp_path / "sla.xlsx"
    new_book(path)
    did = []
    dialogs = Dialogs(did, pick=[str(file) for file in sorted(tmp_path.glob("*.csv"))])
    refresh(Document(path, did), dialogs, lambda book: Child(sys.executable, book, os.environ))
    assert did == ["close", "load", "tell"]
    told, good = dialogs.told
    assert good and "7,796 rows of Leads" in told and f"(listed in {tmp_path / 'sla-refused.csv'})" in told
    with Book.open(path) as refreshed, Book.open(demo / "sla.xlsx") as expected:
        assert refreshed.named_value("Rows_Taken") == expected.named_value("Rows_Taken")
