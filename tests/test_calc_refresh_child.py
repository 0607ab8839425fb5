"""Calc's Refresh, the part outside of LibreOffice: the real process, spoken to as the office does."""

import os
import sys
import time

import pytest

from xlsmkt.hosts.calc.inside import child as child_module
from xlsmkt.hosts.calc.inside.child import Child, Strange
from xlsmkt.package import Book, Edit
from xlsmkt.refresh import new_book

# Days below 13 only: every one of them can be read in two ways.
LEADS = "Id,Create Date,Channel\n1,05/04/2026,Web\n2,06/04/2026,Fair\n3,07/04/2026,Web\n"
SPEND = "Day,Channel,Cost\n2026-04-05,Web,100\n2026-04-06,Fair,not a number\n2026-04-07,Web,50\n"


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "sla.xlsx"
    new_book(path)
    return path


@pytest.fixture
def start():
    """Starts processes; none is left when the test ends."""
    started = []

    def start(book, **variables):
        started.append(Child(sys.executable, book, {**os.environ, **variables}))
        return started[-1]

    yield start
    for child in started:
        child.end()


def following(child):
    """The next message that asks for something or is the last word; what was said of the progress goes before it."""
    progress = []
    while True:
        message = child.next()
        if message is None:
            time.sleep(0.02)
        elif "progress" in message:
            progress.append(message)
        else:
            return message, progress


def asked(child, what):
    message, _ = following(child)
    assert what in message, message
    return message


def file(folder, name, text):
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def stored(book, name):
    edit = Edit.open(book)
    edit.set_named_value("CRM_Source", name)
    edit.save(book)


def test_it_asks_for_files_and_fills_the_workbook(book, start):
    leads = "Id,Create Date,Channel\n1,2026-04-13,Web\n2,2026-04-14,Fair\n3,tomorrow,Web\n"
    export = file(book.parent, "leads.csv", leads)
    child = start(book)
    assert "*.csv" in asked(child, "files")["files"].split(";")
    child.answer(files=[str(export)])
    asked(child, "ready")
    child.answer()
    message, progress = following(child)
    assert message["done"].startswith("Taken: 2 rows of Leads")
    assert f"refused: 1 (listed in {book.parent / 'sla-refused.csv'})" in message["done"]
    assert all(0 <= told["progress"] <= 1 and told["words"] for told in progress)
    with Book.open(book) as refreshed:
        assert refreshed.named_value("Last_Source") == "leads.csv"
        assert refreshed.named_value("Rows_Taken") == 2


def test_it_takes_the_file_that_inputs_names(book, start):
    file(book.parent, "costs.csv", SPEND)
    stored(book, "costs.csv")
    child = start(book)
    asked(child, "ready")
    child.answer()
    assert "Taken: 2 rows of Spend" in asked(child, "done")["done"]


@pytest.mark.parametrize(("yes", "day"), [(True, 46117), (False, 46146)])  # 5 April and 4 May 2026
def test_an_ambiguous_day_is_asked_and_read_as_answered(book, start, yes, day):
    file(book.parent, "leads.csv", LEADS)
    stored(book, "leads.csv")
    child = start(book)
    question = asked(child, "question")["question"]
    assert "05/04/2026" in question and "Yes: " in question and "No: " in question
    child.answer(yes=yes)
    asked(child, "ready")
    child.answer()
    asked(child, "done")
    with Book.open(book) as refreshed:
        assert refreshed.column("Leads", "Created")[0] == day


def test_a_refusal_is_one_sentence_and_comes_before_the_workbook_must_be_closed(book, start):
    before = book.read_bytes()
    child = start(book)
    asked(child, "files")
    child.answer(files=[str(book.parent / "gone.csv")])
    said = asked(child, "failed")["failed"]
    assert "gone.csv" in said and said.endswith(".") and "\n" not in said
    assert book.read_bytes() == before


def test_a_workbook_that_is_still_open_is_refused(book, start):
    file(book.parent, "costs.csv", SPEND)
    stored(book, "costs.csv")
    before = book.read_bytes()
    child = start(book)
    asked(child, "ready")
    (book.parent / ".~lock.sla.xlsx#").touch()
    child.answer()
    assert "open in LibreOffice" in asked(child, "failed")["failed"]
    assert book.read_bytes() == before


def test_a_workbook_that_is_gone_is_told(tmp_path, start):
    assert "gone.xlsx" in asked(start(tmp_path / "gone.xlsx"), "failed")["failed"]


@pytest.mark.parametrize("when", ["files", "question", "ready"])
def test_cancelling_changes_nothing(book, start, when):
    export = file(book.parent, "leads.csv", LEADS)
    if when != "files":
        stored(book, export.name)
    before = book.read_bytes()
    child = start(book)
    if when == "ready":
        asked(child, "question")
        child.answer(yes=True)
    asked(child, when)
    assert child.cancel() is None
    assert book.read_bytes() == before
    assert sorted(path.name for path in book.parent.iterdir()) == ["leads.csv", "sla.xlsx"]


def test_a_python_without_xlsmkt_is_told_with_what_to_type(book, start, monkeypatch):
    monkeypatch.setattr(child_module, "_MODULE", "xlsmkt.hosts.calc.no_such_module")
    with pytest.raises(child_module.UserError, match="xlsmkt install libreoffice"):
        following(start(book))


def test_a_python_that_cannot_be_started_is_told_with_what_to_type(book, tmp_path):
    with pytest.raises(child_module.UserError, match="xlsmkt install libreoffice"):
        Child(str(tmp_path / "python"), book, {})


@pytest.mark.parametrize(
    ("does", "logged"),
    [
        ("print('Hello')", "Hello"),
        ("print('[1]')", r"\[1\]"),
        ("raise RuntimeError('boom')", "boom"),
        ("import os; os._exit(3)", "ended with 3"),
    ],
)
def test_a_process_that_does_something_else_is_a_defect_with_its_words_for_the_log(
    book, start, tmp_path, monkeypatch, does, logged
):
    file(tmp_path, "other_module.py", does)
    monkeypatch.setattr(child_module, "_MODULE", "other_module")
    with pytest.raises(Strange, match=logged):
        following(start(book, PYTHONPATH=str(tmp_path)))


def test_a_process_that_never_answers_is_ended_by_cancel(book, start, tmp_path, monkeypatch):
    does = 'import time\nprint(\'{"progress": 0, "words": ""}\', flush=True)\ntime.sleep(600)'
    file(tmp_path, "other_module.py", does)
    monkeypatch.setattr(child_module, "_MODULE", "other_module")
    monkeypatch.setattr(child_module, "_SECONDS_TO_END", 0.2)
    child = start(book, PYTHONPATH=str(tmp_path))
    while child.next() is None:
        time.sleep(0.02)
    assert child.cancel() is None
    assert child._process.returncode is not None


def test_what_was_done_before_the_cancel_came_is_told(book, start, tmp_path, monkeypatch):
    file(tmp_path, "other_module.py", 'print(\'{"done": "Taken: 3 rows of Leads."}\')')
    monkeypatch.setattr(child_module, "_MODULE", "other_module")
    child = start(book, PYTHONPATH=str(tmp_path))
    child._process.wait()
    assert child.cancel() == {"done": "Taken: 3 rows of Leads."}
