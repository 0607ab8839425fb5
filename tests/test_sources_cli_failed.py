"""A refresh that fails: the workbook keeps its last good data, and Start says what failed and how old they are."""

import datetime as dt
import re
import zipfile

import keyring
import pytest
from keyring.backends import fail as no_keyring

from xlsmkt import cli, refresh
from xlsmkt.crm.connection import Wish
from xlsmkt.crm.origins import read_from
from xlsmkt.errors import UserError
from xlsmkt.package import Book, Edit
from xlsmkt.refresh import failure_told, new_book, refresh_book

LEADS = "Lead ID,Created,Source\nA1,2026-01-05,Web\nA2,2026-01-06,Fair\n"
GOOD, BAD = dt.datetime(2026, 11, 20, 7, 31), dt.datetime(2026, 11, 22, 7, 32)
TOLD = (
    "The refresh of 2026-11-22 07:32 failed: the network is down; try again later. "
    "The figures are those of 2026-11-20 07:31, 2 days old."
)


class NotComputed:
    cells, kept, errors = 0, [], []


def silent(part, words):
    pass


def network_down(book, told):
    raise UserError("the network is down; try again later")


@pytest.fixture
def clock(monkeypatch):
    now = [GOOD]
    monkeypatch.setattr(refresh, "_now", lambda: now[0])
    return now


@pytest.fixture
def good(tmp_path):
    """Reads two leads from a file."""
    (tmp_path / "leads.csv").write_text(LEADS)
    return lambda book, told: read_from([str(tmp_path / "leads.csv")], Wish(progress=told))


@pytest.fixture
def book(tmp_path, good, clock):
    """A workbook that was refreshed two days before it fails."""
    path = tmp_path / "sla.xlsx"
    new_book(path)
    refresh_book(path, good, lambda *_: NotComputed, silent)
    clock[0] = BAD
    return path


def failed(path):
    with Book.open(path) as opened:
        return opened.named_value("Refresh_Failed")


def parts(path):
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def fail(book, read=network_down):
    with pytest.raises(UserError) as raised:
        refresh_book(book, read, lambda *_: NotComputed, silent)
    return str(raised.value)


def test_start_says_it_until_a_refresh_succeeds(book, good):
    before = parts(book)
    assert not failed(book)
    assert fail(book) == "the network is down; try again later"
    assert failed(book) == TOLD
    after = parts(book)
    assert [name for name in before if before[name] != after[name]] == ["xl/worksheets/sheet1.xml"]
    assert list(before) == list(after)
    # the cell alone: with its text taken out, the sheet is as it was
    cell = re.compile(rb'<c r="B24"[^>]*?(/>|>.*?</c>)')
    assert cell.sub(b"", after["xl/worksheets/sheet1.xml"]) == cell.sub(b"", before["xl/worksheets/sheet1.xml"])
    with Book.open(book) as opened:
        assert opened.column("Leads", "Lead ID") == ["A1", "A2"]
    refresh_book(book, good, lambda *_: NotComputed, silent)
    assert not failed(book)


@pytest.mark.parametrize(
    "last, end",
    [
        (dt.datetime(2026, 11, 21, 7, 32), "those of 2026-11-21 07:32, 1 day old."),
        (dt.datetime(2026, 11, 21, 7, 33), "those of 2026-11-21 07:33, 23 hours old."),
        (dt.datetime(2026, 11, 22, 6, 32), "those of 2026-11-22 06:32, 1 hour old."),
        (dt.datetime(2026, 11, 22, 7, 1), "those of 2026-11-22 07:01."),
        (dt.datetime(2026, 11, 23, 7, 1), "those of 2026-11-23 07:01."),  # the clock was set back
    ],
)
def test_how_old_the_figures_are(last, end):
    told = failure_told("it is down.", BAD, last)
    assert told == f"The refresh of 2026-11-22 07:32 failed: it is down. The figures are {end}"
    assert len(failure_told("x" * 9000, BAD, last)) < 400


def test_what_fails_after_reading_counts_too(book, tmp_path):
    (tmp_path / "none.csv").write_text("Lead ID,Created\nA1,soon\n")
    told = fail(book, lambda *_: read_from([str(tmp_path / "none.csv")], Wish()))
    assert "holds no row for Leads" in told and told.split("(")[0] in failed(book)


def test_a_workbook_that_never_had_data_stays_as_it_is(tmp_path):
    new_book(tmp_path / "new.xlsx")
    before = (tmp_path / "new.xlsx").read_bytes()
    fail(tmp_path / "new.xlsx")
    assert (tmp_path / "new.xlsx").read_bytes() == before


def test_a_workbook_of_an_older_version_stays_as_it_is_and_can_be_refreshed(book, good, tmp_path):
    older = tmp_path / "older.xlsx"
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(older, "w", zipfile.ZIP_DEFLATED) as target:
        for item in source.infolist():
            name = rb'<definedName name="Refresh_Failed">[^<]*</definedName>'
            data, times = re.subn(name, b"", source.read(item))
            assert times == (item.filename == "xl/workbook.xml")
            target.writestr(item, data)
    before = older.read_bytes()
    assert fail(older) == "the network is down; try again later"
    assert older.read_bytes() == before
    refresh_book(older, good, lambda *_: NotComputed, silent)


def test_a_workbook_that_was_changed_meanwhile_is_not_touched(book):
    def changed(target, told):
        edit = Edit.open(book)
        edit.set_named_value("Leads_Note", "typed meanwhile")
        edit.save(book)
        changed.bytes = book.read_bytes()
        network_down(target, told)

    assert fail(book, changed) == "the network is down; try again later"
    assert book.read_bytes() == changed.bytes


@pytest.mark.parametrize("why", [UserError("the disk is full"), OSError(28, "No space left on device")])
def test_what_cannot_be_written_does_not_hide_what_failed(book, monkeypatch, why):
    def save(self, path, progress=None):
        raise why

    monkeypatch.setattr(Edit, "save", save)
    assert fail(book) == "the network is down; try again later"


def test_on_the_command_line_the_sentence_is_told_and_the_code_is_2(book, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(keyring, "get_keyring", no_keyring.Keyring)
    edit = Edit.open(book)
    edit.set_named_value("CRM_Source", "hubspot")
    edit.save(book)
    assert cli.main(["refresh", str(book)]) == 2
    sentence = "There is no token for hubspot; run: xlsmkt connect hubspot, or set XLSMKT_HUBSPOT_TOKEN."
    assert capsys.readouterr().err == f"xlsmkt: {sentence}\n"
    assert failed(book) == (
        f"The refresh of 2026-11-22 07:32 failed: {sentence} The figures are those of 2026-11-20 07:31, 2 days old."
    )
