"""xlsmkt schedule: with the cron of this machine for real, with stand-ins for the programs of other systems."""

import datetime as dt
import os
import plistlib
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import filelock
import pytest
from lxml import etree

from xlsmkt import cli
from xlsmkt.crm.places import mark_of
from xlsmkt.errors import UserError
from xlsmkt.package import Book, Edit
from xlsmkt.schedules.schedulers import usual
from xlsmkt.template.shipped import shipped_template

LEADS = "Lead ID,Created,Lead type,Source,Won,Amount\nA1,2026-10-01,Demo,Web,2026-10-09,500\nA2,2026-10-02,Demo,Web,,\n"
# What a user may have there: odd blanks, a variable, a line switched off, a comment like ours, bytes that are no UTF-8
OTHERS = b"# mine\n\nMAILTO=\"\"\n5  4 * *  *\techo 'a  b' # xlsmkt-2026\n#0 1 * * * off\n1 2 3 4 * : \xe9\\%  \n"


def run(*arguments):
    return cli.main([str(argument) for argument in arguments])


def refused(capsys, *arguments):
    """Run a command that must be refused; the sentence it prints."""
    capsys.readouterr()
    assert run(*arguments) == 2
    told = capsys.readouterr()
    [line] = told.err.splitlines()
    assert line.startswith("xlsmkt: ")
    return line.removeprefix("xlsmkt: ")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path / "our files"))
    for name in [name for name in os.environ if name.startswith("XLSMKT_MAIL_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def book(tmp_path):
    """A workbook whose Inputs name an export, in a folder whose name needs quotes."""
    folder = tmp_path / "Rep North 1's 50% $HOME"
    folder.mkdir()
    shutil.copy(shipped_template(), folder / "Zürich sla.xlsx")
    (folder / "leads.csv").write_text(LEADS, "utf-8")
    edit = Edit.open(folder / "Zürich sla.xlsx")
    edit.set_named_value("CRM_Source", "leads.csv")
    edit.save(folder / "Zürich sla.xlsx")
    return folder / "Zürich sla.xlsx"


# --- cron, for real ---


def _missing(told):
    (pytest.fail if os.environ.get("CI") else pytest.skip)(told)


@pytest.fixture
def crontab():
    """The crontab of the user who runs the tests holds OTHERS; afterwards it is as it was."""
    if not shutil.which("crontab"):
        _missing("there is no crontab here; install cron")
    with filelock.FileLock(Path(tempfile.gettempdir(), "xlsmkt-tests-crontab.lock")):
        before = subprocess.run(["crontab", "-l"], capture_output=True, check=False)
        try:
            subprocess.run(["crontab", "-"], input=OTHERS, check=True)
            yield lambda: subprocess.run(["crontab", "-l"], capture_output=True, check=True).stdout
        finally:
            if before.returncode:
                subprocess.run(["crontab", "-r"], check=True)
            else:
                subprocess.run(["crontab", "-"], input=before.stdout, check=True)


@pytest.fixture
def cron_runs():
    """A cron daemon runs: one that is there, or one that ends with the test."""
    daemon = shutil.which("cron") or "/usr/sbin/cron"
    if not os.path.exists(daemon):
        _missing("there is no cron daemon here; install cron")
    started = subprocess.Popen([daemon, "-f"], stderr=subprocess.PIPE, text=True)
    try:
        time.sleep(0.5)
        if started.poll() is not None and "otherpid" not in (told := started.stderr.read()):  # one runs already
            _missing(f"the cron daemon does not start: {told}")
        yield
    finally:
        started.terminate()
        started.wait()
        started.stderr.close()


@pytest.mark.xdist_group("crontab")
def test_cron_refreshes_a_workbook_at_the_next_minute(book, crontab, cron_runs, capsys):
    began = dt.datetime.now()
    soon = began + dt.timedelta(seconds=70 if began.second > 50 else 60)
    assert run("schedule", book, "--at", "01:01", "--with", "cron") == 0
    assert run("schedule", book, "--at", f"{soon:%H:%M}", "--days", "daily", "--with", "cron") == 0
    told = capsys.readouterr().out
    assert f"Installed with cron: refresh of {book}, daily {soon:%H:%M}." in told and "To mend" not in told
    [ours] = set(crontab().splitlines()) - set(OTHERS.splitlines())  # the second job is in the place of the first
    assert crontab() == OTHERS + ours + b"\n"

    patience = time.monotonic() + 180
    while "done in" not in (listed := _listed(capsys)):
        assert "FAILED" not in listed and time.monotonic() < patience, listed
        time.sleep(1)
    headings, line = listed.splitlines()
    assert headings.split("  ")[0] == "Workbook" and line.startswith(f"{book}  daily {soon:%H:%M}  refresh  cron  ")
    with Book.open(book) as refreshed:
        since = dt.datetime(1899, 12, 30) + dt.timedelta(days=refreshed.named_value("Last_Refresh"))
        assert refreshed.named_value("Rows_Taken") == 2
    assert began - dt.timedelta(seconds=1) <= since <= dt.datetime.now()
    [log] = Path(os.environ["XLSMKT_HOME"], "logs").iterdir()
    assert log.name == f"Zürich sla-{mark_of(book)}.log" and log.stat().st_mode & 0o777 == 0o600
    first, *_, last = log.read_text("utf-8").splitlines()
    assert first.endswith(f"INFO start: {book}") and last.endswith("exit code 0")

    assert run("schedule", book, "--remove") == 0
    assert crontab() == OTHERS
    assert (
        refused(capsys, "schedule", book, "--remove") == f"{book} has no job; to see which there are: xlsmkt schedule"
    )
    assert "There are no jobs." in _listed(capsys)


def _listed(capsys):
    capsys.readouterr()
    assert run("schedule") == 0
    return capsys.readouterr().out


# --- the others, with stand-ins that note how they were called ---


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Makes a program that notes its arguments and then does what a line of shell says; gives what was noted."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def make(name, line="exit 0"):
        noted = tmp_path / f"{name}.calls"
        (folder / name).write_text(f'#!/bin/sh\necho "$*" >>"{noted}"\n{line}\n', "utf-8")
        (folder / name).chmod(0o755)
        return lambda: noted.read_text("utf-8").splitlines() if noted.exists() else []

    return make


def test_a_systemd_timer_is_written_switched_on_and_removed(book, program, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    calls, name = program("systemctl"), f"xlsmkt-{mark_of(book)}"
    assert run("schedule", book, "--at", "7:30", "13:00", "--days", "mon,wed", "--with", "systemd") == 0
    assert calls()[-3:] == ["--user daemon-reload", f"--user enable {name}.timer", f"--user restart {name}.timer"]
    units = tmp_path / "config" / "systemd" / "user"
    assert {path.name for path in units.iterdir()} == {f"{name}.service", f"{name}.timer"}
    assert "OnCalendar=Mon,Wed *-*-* 13:00:00\n" in (units / f"{name}.timer").read_text("utf-8")
    assert "Mon,Wed 07:30, 13:00  refresh  systemd  none yet" in _listed(capsys)
    assert run("schedule", book, "--remove") == 0
    assert calls()[-2:] == [f"--user disable --now {name}.timer", "--user daemon-reload"]
    assert not list(units.iterdir())


def test_a_launchd_job_is_written_loaded_and_removed(book, program, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    calls, name = program("launchctl"), f"xlsmkt-{mark_of(book)}"
    assert run("schedule", book, "--at", "07:30", "--mail", "--with", "launchd") == 0
    path, domain = tmp_path / "Library" / "LaunchAgents" / f"{name}.plist", f"gui/{os.getuid()}"
    assert calls() == [f"bootout {domain}/{name}", f"bootstrap {domain} {path}"]
    assert plistlib.loads(path.read_bytes())["ProgramArguments"][:6] == [
        sys.executable, "-P", "-m", "xlsmkt", "run", str(book)]  # fmt: skip
    assert "Mon-Fri 07:30  refresh, mail  launchd  none yet" in _listed(capsys)
    assert run("schedule", book, "--remove") == 0
    assert calls()[-1] == f"bootout {domain}/{name}" and not path.exists()


def test_a_task_is_created_listed_and_deleted(book, program, tmp_path, monkeypatch, capsys):
    book = book.rename(tmp_path / "sla.xlsx")  # Task Scheduler takes no path with %
    shutil.copytree(tmp_path / "Rep North 1's 50% $HOME", tmp_path, dirs_exist_ok=True)
    name = f"xlsmkt-{mark_of(book)}"
    listed = f'''case "$1" in
    /Create) cp "$5" "{tmp_path}/task.xml";;
    /Query) echo '"\\Other","N/A","Ready"'; [ -f "{tmp_path}/task.xml" ] && echo '"\\{name}","N/A","Ready"';;
    /Delete) rm "{tmp_path}/task.xml";;
    esac; exit 0'''
    calls = program("schtasks", listed)
    assert run("schedule", book, "--at", "07:30", "--with", "tasks") == 0
    [create] = calls()
    assert create.startswith(f"/Create /TN {name} /XML ") and create.endswith(" /F")
    task = (tmp_path / "task.xml").read_bytes()
    assert task.startswith(b"\xff\xfe")  # UTF-16, as schtasks wants it
    [arguments] = etree.fromstring(task).iterfind(".//{*}Arguments")
    assert arguments.text.startswith(f"-P -m xlsmkt run {book} --home ")
    assert "refresh  tasks  none yet" in _listed(capsys)
    assert run("schedule", book, "--remove") == 0
    assert calls()[-1] == f"/Delete /TN {name} /F"


def test_a_job_moves_from_one_scheduler_to_another(book, program, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    program("systemctl"), program("launchctl")
    assert run("schedule", book, "--at", "07:30", "--with", "systemd") == 0
    assert run("schedule", book, "--at", "08:00", "--with", "launchd") == 0
    assert not list((tmp_path / "config" / "systemd" / "user").iterdir())
    [_, line] = _listed(capsys).splitlines()
    assert "Mon-Fri 08:00  refresh  launchd" in line
    next((tmp_path / "Library" / "LaunchAgents").iterdir()).unlink()  # somebody removes it by hand
    assert "launchd: not there any more" in _listed(capsys)


@pytest.mark.parametrize(
    ("works", "expected"),
    [(("systemctl", "crontab"), "systemd"), (("crontab",), "cron"), ((), "This computer has no scheduler that works")],
)
def test_linux_takes_a_systemd_timer_where_it_works_else_cron(works, expected, book, program, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("systemctl", "crontab"):
        program(name, "exit 0" if name in works else "echo 'Failed to connect to bus' >&2; exit 1")
    try:
        found = usual()
    except UserError as error:
        found = str(error)
    assert found.startswith(expected)


# --- what is refused ---


def test_what_cannot_be_scheduled_is_refused_with_a_sentence(book, program, capsys, tmp_path):
    program("crontab", "echo 'You (rep) are not allowed to use this program (crontab)' >&2; exit 1")

    def told(*arguments):
        return refused(capsys, "schedule", *arguments)

    assert "--at 25:00 is no time of the day" in told(book, "--at", "25:00")
    assert "--days xyz names no days" in told(book, "--at", "07:30", "--days", "xyz")
    assert told(book).startswith("Say when: xlsmkt schedule")
    assert told("--at", "07:30").startswith("Say which workbook")
    assert "is not there; make it first" in told(tmp_path / "none.xlsx", "--at", "07:30")
    assert "leads.csv" in told(book.parent / "leads.csv", "--at", "07:30")
    assert "not allowed to use this program" in told(book, "--at", "07:30", "--with", "cron")
    assert "no launchctl" in told(book, "--at", "07:30", "--with", "launchd")
    assert told(book, "--remove").endswith("has no job; to see which there are: xlsmkt schedule")
    blank = tmp_path / "blank.xlsx"
    shutil.copy(shipped_template(), blank)
    assert "names nothing to import" in told(blank, "--at", "07:30")
    (book.parent / "leads.csv").unlink()
    assert "leads.csv is not there" in told(book, "--at", "07:30")
    assert "There are no jobs." in _listed(capsys)  # none of these left one behind


def test_what_the_job_will_lack_is_told(book, program, monkeypatch, capsys):
    program("launchctl")
    edit = Edit.open(book)
    edit.set_named_value("CRM_Source", "hubspot")
    edit.save(book)
    monkeypatch.setenv("HOME", str(book.parent))
    monkeypatch.setenv("XLSMKT_HUBSPOT_TOKEN", "pat-not-for-anybody")
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    assert run("schedule", book, "--at", "07:30", "--mail", "--with", "launchd") == 0
    told = capsys.readouterr().out
    assert "pat-not-for-anybody" not in told
    mended = [line.removeprefix("To mend before the first run: ") for line in told.splitlines() if "To mend" in line]
    assert mended == [
        "the job will not have XLSMKT_HUBSPOT_TOKEN, which only this terminal has; unset it and run xlsmkt connect "
        "hubspot, which stores what it asks for.",
        "Nobody is named to get the mail; type an address into Mail_To on the sheet Inputs",
        "There is no mail server yet; run: xlsmkt connect mail",
    ]
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/own authority.pem")  # cron reads it unquoted, see crontab(5)
    assert run("schedule", book, "--at", "07:30", "--mail", "--with", "launchd") == 0
    *_, last = capsys.readouterr().out.splitlines()
    assert "the job may not have SSL_CERT_FILE" in last and "add SSL_CERT_FILE=/etc/own authority.pem to" in last
    edit = Edit.open(book)
    edit.set_named_value("CRM_Source", "postgres://reader@db.example.com/sales")
    edit.save(book)
    assert run("schedule", book, "--at", "07:30", "--with", "launchd") == 0
    *_, last = capsys.readouterr().out.splitlines()
    assert last == (
        "To mend before the first run: postgres://reader@db.example.com/sales is not connected; run: xlsmkt connect "
        "postgres://reader@db.example.com/sales"
    )
