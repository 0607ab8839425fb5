"""xlsmkt run, as a scheduler starts it: what is done, mailed and logged, and what its exit code says."""

import datetime as dt
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest
from smtp_server import smtp_server

from xlsmkt import cli
from xlsmkt.crm.places import home
from xlsmkt.package import Book, Edit
from xlsmkt.refresh import failure_told
from xlsmkt.schedules import logs
from xlsmkt.schedules.logs import Run, keep_run, last_run_told, log, log_path, only_one
from xlsmkt.template.shipped import shipped_template

LEADS = "Lead ID,Created,Lead type,Source,Won,Amount\nA1,2026-10-01,Demo,Web,2026-10-09,500\nA2,2026-10-02,Demo,Web,,\n"
WAITING = """
import pathlib, sys, time
from xlsmkt.schedules.logs import Run, keep_run, only_one
book = pathlib.Path(sys.argv[1])
with only_one(book):
    keep_run(book, Run("2026-11-22 07:30:00"))
    time.sleep(600)
"""
LAST = dt.datetime(2026, 11, 20, 7, 31)


def run(*arguments):
    return cli.main([str(argument) for argument in ("run", *arguments)])


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path / "home"))
    for name in [name for name in os.environ if name.startswith("XLSMKT_MAIL_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def book(tmp_path):
    """A workbook that was refreshed some days ago, and names an export and addresses."""
    path = tmp_path / "sla.xlsx"
    shutil.copy(shipped_template(), path)
    (tmp_path / "leads.csv").write_text(LEADS, "utf-8")
    edit = Edit.open(path)
    for name, value in {"CRM_Source": "leads.csv", "Last_Refresh": LAST,
                        "Mail_To": "Rep North 1 <north.1@example.com>, south.1@example.com",
                        "Mail_From": "reports@example.com"}.items():  # fmt: skip
        edit.set_named_value(name, value)
    edit.save(path)
    return path


@pytest.fixture
def inbox(monkeypatch):
    with smtp_server() as (port, inbox):
        monkeypatch.setenv("XLSMKT_MAIL_SERVER", f"smtp://127.0.0.1:{port}?security=none")
        yield inbox


def logged(book):
    """The lines of the log of a workbook, without their moments."""
    return [line[20:] for line in log_path(book).read_text("utf-8").splitlines()]


def test_a_run_refreshes_then_mails_also_after_a_run_that_could_not_mail(book, inbox, monkeypatch, capsys):
    server = os.environ["XLSMKT_MAIL_SERVER"]
    monkeypatch.delenv("XLSMKT_MAIL_SERVER")
    assert run(book, "--mail") == 2
    assert capsys.readouterr().err.startswith("xlsmkt: mail: There is no mail server yet; run: xlsmkt connect mail")
    with Book.open(book) as refreshed:  # what can be done is done
        assert refreshed.named_value("Rows_Taken") == 2
    log_path(book).unlink()

    monkeypatch.setenv("XLSMKT_MAIL_SERVER", server)
    assert run(book, "--mail", "--alerts") == 0
    told = capsys.readouterr()
    assert told.err == ""
    with Book.open(book) as refreshed:
        headline = refreshed.named_value("Page_Headline")
    dashboard = inbox.messages[0]
    assert headline in dashboard["Subject"]
    assert [one.addr_spec for one in dashboard["To"].addresses] == ["north.1@example.com", "south.1@example.com"]
    first, *lines, last = logged(book)
    assert first == f"INFO start: {book}"
    assert [line.split(":")[0] for line in lines][-2:] == ["INFO mail", "INFO alerts"]
    assert {line.split(":")[0] for line in lines[:-2]} == {"INFO refresh"}
    assert re.fullmatch(r"INFO end: \d+\.\d seconds, exit code 0", last)
    assert "A1" not in "".join(lines) + told.out  # counts, no leads
    assert " done in 0:00:" in last_run_told(book)


def test_a_refresh_that_fails_is_mailed_instead_of_old_figures(book, inbox, capsys):
    (book.parent / "leads.csv").unlink()
    assert run(book, "--mail", "--alerts") == 2
    why = f"{book.parent / 'leads.csv'} is not there; put the file there, or mend Import from on the sheet Inputs."
    assert capsys.readouterr().err == f"xlsmkt: refresh: {why}\n"
    [mail] = inbox.messages  # no alerts either: they would be those of old figures
    assert mail["Subject"] == "No dashboard today: sla.xlsx was not refreshed"
    text = " ".join(mail.get_body().get_content().split())
    assert why in text and "The figures are those of 2026-11-20 07:31" in text
    assert logged(book)[1:3] == [f"ERROR refresh: {why}", "INFO mail: a mail says that there is no dashboard today."]
    assert logged(book)[-1].endswith("exit code 2")
    with Book.open(book) as kept:
        assert kept.named_value("Refresh_Failed").startswith(failure_told(why, LAST, LAST)[:11])
    assert "FAILED (2)" in last_run_told(book) and last_run_told(book).endswith(f"refresh: {why}")


def test_without_a_source_or_a_workbook_a_run_fails_with_one_sentence(book, inbox, capsys):
    edit = Edit.open(book)
    edit.set_named_value("CRM_Source", None)
    edit.save(book)
    assert run(book) == 2
    nothing = "Inputs names nothing to import; fill in Import from on the sheet Inputs."
    assert capsys.readouterr().err == f"xlsmkt: refresh: {nothing}\n"
    edit = Edit.open(book)
    edit.set_named_value("Mail_To", None)
    edit.save(book)
    assert run(book, "--mail") == 2
    nobody = "Nobody is named to get the mail; type an address into Mail_To on the sheet Inputs"
    assert capsys.readouterr().err.splitlines()[-1] == f"xlsmkt: mail: {nobody}"  # not --to, which a run has not
    assert run(book.with_name("none.xlsx"), "--mail") == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "none.xlsx" in line and not inbox.messages


def test_a_fault_of_ours_is_a_sentence_too(book, monkeypatch, capsys):
    def broken(*_):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("xlsmkt.refresh.refresh_book", broken)
    assert run(book) == 2
    told = "this is a fault in xlsmkt (ZeroDivisionError: division by zero); please report it."
    assert capsys.readouterr().err == f"xlsmkt: refresh: {told}\n"
    assert logged(book)[1] == f"ERROR refresh: {told}"


def test_a_second_run_of_a_workbook_says_that_one_is_under_way(book, capsys):
    with only_one(book):
        keep_run(book, Run("2026-11-22 07:30:00"))
        assert last_run_told(book) == "2026-11-22 07:30:00 is under way"
        assert run(book) == 2
    told = "xlsmkt: A run of sla.xlsx is under way since 2026-11-22 07:30:00; wait until it has ended.\n"
    assert capsys.readouterr().err == told
    assert last_run_told(book) == "2026-11-22 07:30:00 was broken off"  # whoever had it is gone


def test_a_run_that_is_killed_leaves_no_lock(book):
    child = subprocess.Popen([sys.executable, "-c", WAITING, str(book)])
    try:
        patience = time.monotonic() + 30
        while last_run_told(book) != "2026-11-22 07:30:00 is under way":
            assert time.monotonic() < patience
            time.sleep(0.1)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert last_run_told(book) == "2026-11-22 07:30:00 was broken off"
    with only_one(book):
        pass


def test_a_log_is_for_its_user_alone_and_does_not_grow_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "_MOST_BYTES", 500)
    path = tmp_path / "run.log"
    with log(path) as logger:
        for number in range(100):
            logger.info("line %d\nERROR not a line of its own\x1b[31m", number)
    files = sorted(tmp_path.glob("run.log*"))
    assert [file.name for file in files] == ["run.log", *(f"run.log.{number}" for number in range(1, 6))]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert all(file.stat().st_size <= 500 for file in files)
    assert path.read_text("utf-8").splitlines()[-1][20:] == "INFO line 99 ERROR not a line of its own [31m"


def test_the_log_and_the_home_can_be_named(book, tmp_path, monkeypatch, capsys):
    (book.parent / "leads.csv").unlink()
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setattr(os, "environ", dict(os.environ))
    assert run(book, "--log", tmp_path / "own.log", "--home", elsewhere) == 2
    assert "exit code 2" in (tmp_path / "own.log").read_text("utf-8")
    assert home() == elsewhere and not (elsewhere / "logs").exists()
    capsys.readouterr()
    assert run(book, "--log", tmp_path) == 2
    assert capsys.readouterr().err == (
        f"xlsmkt: The log {tmp_path} cannot be written (Is a directory); name another with --log.\n"
    )


def test_a_run_asks_nobody(book, monkeypatch, capsys):
    (book.parent / "leads.csv").write_text(LEADS.replace("2026-10-01", "05/04/2026"), "utf-8")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("it asked"))
    assert run(book) == 2
    assert "05/04/2026" in capsys.readouterr().err
