"""What goes out every morning, given what nobody should give it: a sentence, and nothing of the user's is lost."""

import errno
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile

import pytest
from report_pages import figures, page_of, small_book

from xlsmkt.cli import main
from xlsmkt.crm import places
from xlsmkt.schedules import jobs, schedulers

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="of POSIX alone: pipes, signals, names that are bytes")


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XLSMKT_MAIL_SERVER", raising=False)


@pytest.fixture
def book(tmp_path):
    return small_book(tmp_path / "sla.xlsx")


@pytest.fixture
def refused(capsys):
    """A refusal: the sentence that the command ends with."""

    def run(*words):
        assert main([str(word) for word in words]) == 2
        told = capsys.readouterr().err
        assert told.startswith("xlsmkt: ") and told.count("\n") == 1 and "fault in xlsmkt" not in told
        return told

    return run


# --- the page ---


def test_signs_that_are_none_leave_the_page_whole(tmp_path):
    """U+FFFE and U+FFFF, which XML forbids, arrive as _xFFFE_ and are in no chart."""
    book = small_book(tmp_path / "sla.xlsx", reps=(("a\uffffb\ufffec", 0.9, 0.9), ("d", 0.5, 0.9)))
    assert ("Dashboard!B13", "abc") in figures(page_of(book, tmp_path / "page.html"))


def test_an_array_as_large_as_the_sheet_is_cut(tmp_path, book):
    def large(data):
        formula = rb'<c r="B12"\1 t="str"><f t="array" ref="B12:XFD1048576">X()</f><v>Owner</v></c>'
        changed, times = re.subn(rb'<c r="B12"( s="\d+")?[^>]*>.*?</c>', formula, data)
        assert times == 1
        return changed

    with zipfile.ZipFile(book) as source, zipfile.ZipFile(tmp_path / "large.xlsx", "w") as target:
        for part in source.infolist():
            data = source.read(part)
            target.writestr(part.filename, large(data) if part.filename.endswith("sheet1.xml") else data)
    told = figures(page_of(tmp_path / "large.xlsx", tmp_path / "page.html"))
    assert ("Dashboard!B13", "Rep North 1") in told


def test_only_a_page_is_replaced_by_a_page(tmp_path, book, refused):
    mine = tmp_path / "leads.csv"
    mine.write_text("Lead ID\n1\n")
    assert "is no web page" in refused("report", book, "--html", mine)
    assert mine.read_text() == "Lead ID\n1\n"
    page_of(book, tmp_path / "page.html")
    page_of(book, tmp_path / "page.html")


@posix_only
def test_a_pipe_or_a_device_stays_what_it_is(tmp_path, book, refused):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "is no file" in refused("report", book, "--html", pipe)
    assert pipe.is_fifo()


@posix_only
def test_a_browser_that_lies(tmp_path, book, refused, monkeypatch):
    """It is named as it lies in this folder, and says that it made a picture."""
    program = tmp_path / "browser"
    program.write_text(
        '#!/bin/sh\necho "<html data-height=\\"900\\" data-frame=\\"1\\">"\n'
        'for one in "$@"; do case $one in --screenshot=*) echo none > "${one#*=}";; esac; done\n'
    )
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XLSMKT_BROWSER", "./browser")
    assert "made nothing of the page" in refused("report", book, "--png", tmp_path / "page.png")
    assert not (tmp_path / "page.png").exists()


@posix_only
def test_a_command_that_is_ended_takes_its_browser_along(tmp_path, book):
    program, room = tmp_path / "browser", tmp_path / "room"
    room.mkdir()
    program.write_text(
        f'#!/bin/sh\necho $$ > "{tmp_path}/new" && mv "{tmp_path}/new" "{tmp_path}/pid"\nexec sleep 60\n'
    )
    program.chmod(0o755)
    command = [sys.executable, "-m", "xlsmkt", "report", str(book), "--png", str(tmp_path / "page.png")]
    with subprocess.Popen(command, env={**os.environ, "XLSMKT_BROWSER": str(program), "TMPDIR": str(room)}) as process:
        while not (tmp_path / "pid").exists():
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 128 + signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    assert list(room.iterdir()) == []


# --- the mail ---

WHO = ("--to", "team@example.com", "--from", "reports@example.com")


def test_a_mail_that_cannot_be_written_leaves_the_old_one(tmp_path, book, refused, monkeypatch):
    to = tmp_path / "mail.eml"
    to.write_text("old")

    def full(_number):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert "cannot be written" in refused("mail", book, *WHO, "--dry-run", to)
    assert to.read_text() == "old"
    assert sorted(one.name for one in tmp_path.iterdir() if "mail.eml" in one.name) == ["mail.eml"]


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([b"250-x\r\n250 SIZE \xb2\r\n"], "ended the connection"),
        ([b"250-x\r\n250 SIZE " + b"9" * 5000 + b"\r\n"], "ended the connection"),
        ([b"250-x\r\n250 AUTH LOGIN\r\n", b"334 abcde\r\n"], "what no mail server does"),
        ([b"250 x\r\n", b"250 ok\r\n", b"450 greylisted\r\n", b"250 ok\r\n"], "try again later"),
    ],
)  # fmt: skip
def test_what_a_mail_server_may_answer(book, refused, monkeypatch, answers, told):
    monkeypatch.setenv("XLSMKT_MAIL_PASSWORD", "not-to-be-seen")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connection, _ = server.accept()
            with connection, connection.makefile("rb") as asked:
                for answer in (b"220 hello\r\n", *answers):
                    connection.sendall(answer)
                    asked.readline()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        user = "user@" if b"AUTH" in answers[0] else ""
        url = f"smtp://{user}127.0.0.1:{server.getsockname()[1]}?security=none"
        sentence = refused("mail", book, *WHO, "--no-workbook", "--server", url)
        thread.join(10)
    assert told in sentence and "not-to-be-seen" not in sentence


# --- runs and jobs ---


def test_a_log_is_written_to_no_other_file(tmp_path, book, refused):
    mine = tmp_path / "leads.csv"
    mine.write_text("Lead ID\n1\n")
    for file in (book, mine):
        before = file.read_bytes()
        assert "is no log" in refused("run", book, "--log", file)
        assert file.read_bytes() == before
    for _ in range(2):  # what it began it goes on with
        assert "none of the tables" in refused("run", book, "--log", tmp_path / "run.log")
    assert (tmp_path / "run.log").read_text().count("start: ") == 2


@posix_only
def test_a_log_does_not_wait_for_a_pipe(tmp_path, book, refused):
    os.mkfifo(tmp_path / "pipe")
    assert "is a pipe" in refused("run", book, "--log", tmp_path / "pipe")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every name is a text")
def test_a_workbook_whose_name_is_no_text(tmp_path, book, refused):
    named = tmp_path / os.fsdecode(b"\xff.xlsx")
    shutil.copy(book, named)
    assert "none of the tables" in refused("run", named)
    assert "There is no file" in refused("run", tmp_path / os.fsdecode(b"\xfe.xlsx"))


@pytest.mark.parametrize(
    "last",
    ['{"began": 5, "seconds": "x", "code": 1}', '{"began": "x", "seconds": 1e300, "code": 0}',
     '{"began": "x", "seconds": NaN, "code": 0}', "[" * 100_000],
)  # fmt: skip
def test_the_list_of_jobs_with_files_that_somebody_else_wrote(tmp_path, book, capsys, last):
    mark = places.mark_of(book)
    kept = {"book": str(book), "at": ["07:30"], "days": ["mon"], "mail": False, "alerts": False, "with": "none"}
    (jobs.folder() / f"{mark}.json").write_text(json.dumps(kept))
    (jobs.folder() / f"{mark}.last").write_text(last)
    (jobs.folder() / "other.json").write_text("[" * 100_000)
    assert main(["schedule"]) == 0
    assert capsys.readouterr().out.rstrip().endswith("none yet")


def test_two_jobs_installed_at_once_are_both_there(tmp_path, monkeypatch):
    class Slow:
        lines = ()

        def install(self, job):
            before = self.lines
            time.sleep(0.2)
            self.lines = (*before, job.name)

    slow = Slow()
    monkeypatch.setattr(schedulers, "scheduler", lambda _name: slow)
    made = [jobs.Job(tmp_path / f"{name}.xlsx", jobs.read_times(["7:30"]), (0,), scheduler="cron") for name in "ab"]
    threads = [threading.Thread(target=schedulers.install, args=[job]) for job in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(slow.lines) == sorted(job.name for job in made)


# --- around all of them ---


def test_a_home_of_nobody(refused, monkeypatch):
    monkeypatch.setenv("XLSMKT_HOME", "~nobody-lives-here/x")
    if sys.platform != "win32":  # there it is a folder beside one's own
        assert "no such user" in refused("schedule")


def test_without_a_standard_output(tmp_path, book, monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["report", str(book), "--html", str(tmp_path / "page.html")]) == 0
