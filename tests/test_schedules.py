"""What is written for a job in each of the four schedulers, against texts written by hand, and read back by others."""

import datetime as dt
import os
import plistlib
import shutil
import subprocess
import sys
from pathlib import Path

import crontab
import pytest
from lxml import etree

from xlsmkt.crm.places import mark_of
from xlsmkt.errors import UserError
from xlsmkt.schedules import SCHEDULERS
from xlsmkt.schedules.checks import require_plain
from xlsmkt.schedules.jobs import Job, read_days, read_times
from xlsmkt.schedules.schedulers import scheduler

BOOK = Path('/home/rep north/Q4 100% "won" o\'clock $HOME Zürich.xlsx')
PYTHON = "/opt/our tools/bin/python"
NAME = f"xlsmkt-{mark_of(BOOK)}"
WORDS = [PYTHON, "-P", "-m", "xlsmkt", "run", str(BOOK), "--mail", "--alerts", "--home", "/srv/50% $x"]
JOB = Job(BOOK, (dt.time(7, 30), dt.time(18, 5)), (0, 2, 6), True, True, home="/srv/50% $x", python=PYTHON)
PLAIN = Job(Path("/srv/sla.xlsx"), (dt.time(7, 30),), (0, 1, 2, 3, 4), python="/usr/bin/python3")
DAILY = Job(Path("/srv/sla.xlsx"), (dt.time(0, 0),), (0, 1, 2, 3, 4, 5, 6), python="/usr/bin/python3")
MARK = f"xlsmkt-{mark_of(PLAIN.book)}"


def entry(name, job):
    return scheduler(name).entry(job)


def one(name, job):
    [text] = entry(name, job).values()
    return text


# --- cron ---


def test_a_crontab_line_says_when_what_and_whose_it_is():
    assert one("cron", PLAIN) == (f"30 7 * * 1-5 /usr/bin/python3 -P -m xlsmkt run /srv/sla.xlsx >/dev/null # {MARK}\n")
    assert one("cron", DAILY).startswith("@daily /usr/bin/python3 ")  # which is 0 0 * * *, says crontab(5)
    weekend = Job(PLAIN.book, PLAIN.times, (5, 6), python=PLAIN.python)
    assert one("cron", weekend).startswith("30 7 * * 0,6 /usr/bin/python3 ")  # cron's week begins with Sunday, 0


def test_a_crontab_line_quotes_for_cron_and_for_the_shell():
    quoted = "'/home/rep north/Q4 100\\% \"won\" o'\"'\"'clock $HOME Zürich.xlsx'"
    command = f"'/opt/our tools/bin/python' -P -m xlsmkt run {quoted} --mail --alerts --home '/srv/50\\% $x' >/dev/null"
    assert one("cron", JOB) == f"30 7 * * 0,1,3 {command} # {NAME}\n5 18 * * 0,1,3 {command} # {NAME}\n"


def test_cron_and_the_shell_read_the_words_back():
    first, _ = crontab.CronTab(tab=one("cron", JOB))
    assert first.is_valid() and (str(first.minute), str(first.hour), str(first.dow)) == ("30", "7", "0,1,3")
    command = one("cron", JOB).splitlines()[0].split(maxsplit=5)[5].replace("\\%", "%")  # as crontab(5) says
    words = command.replace(" >/dev/null #", " #")
    shown = subprocess.run(["/bin/sh", "-c", f"printf '%s\\n' {words}"], capture_output=True, check=True, text=True)
    assert shown.stdout.splitlines() == WORDS


def test_cron_refuses_what_its_kinds_read_in_different_ways():
    with pytest.raises(UserError, match="backslash; rename"):
        entry("cron", Job(Path("/srv/a\\%.xlsx"), JOB.times, JOB.days))


# --- systemd ---

SERVICE = r"""[Unit]
Description=xlsmkt: refresh Q4 100%% "won" o'clock $HOME Zürich.xlsx

[Service]
Type=oneshot
ExecStart="/opt/our tools/bin/python" "-P" "-m" "xlsmkt" "run" """
SERVICE_WORDS = (
    r'''"/home/rep north/Q4 100%% \"won\" o'clock $$HOME Zürich.xlsx" "--mail" "--alerts" "--home" "/srv/50%% $$x"'''
)
TIMER = """[Unit]
Description=xlsmkt: when to refresh Q4 100%% "won" o'clock $HOME Zürich.xlsx

[Timer]
OnCalendar=Mon,Wed,Sun *-*-* 07:30:00
OnCalendar=Mon,Wed,Sun *-*-* 18:05:00
Persistent=true

[Install]
WantedBy=timers.target
"""


def test_systemd_gets_a_service_and_a_timer():
    service = f"{SERVICE}{SERVICE_WORDS}\nTimeoutStartSec=2h\n"
    assert entry("systemd", JOB) == {f"{NAME}.service": service, f"{NAME}.timer": TIMER}
    assert "OnCalendar=*-*-* 00:00:00\n" in entry("systemd", DAILY)[f"{MARK}.timer"]


@pytest.fixture
def systemd_analyze():
    found = shutil.which("systemd-analyze")
    if not found:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("systemd-analyze is not here; install systemd")
    return found


def test_systemd_itself_finds_nothing_to_mend(systemd_analyze, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    for job in (JOB, PLAIN):
        there = Job(job.book, job.times, job.days, job.mail, job.alerts, python=sys.executable)
        for name, text in entry("systemd", there).items():
            (tmp_path / name).write_text(text, "utf-8")

    def told(name):
        words = [systemd_analyze, "--user", "--man=no", "verify", tmp_path / name]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    assert told(f"{NAME}.timer") == told(f"{MARK}.timer") == (0, "")
    (tmp_path / f"{MARK}.service").write_text("[Service]\nType=always\nExecStart=/bin/true\n", "utf-8")
    assert "service type" in told(f"{MARK}.timer")[1]  # it does look


# --- launchd ---


def test_launchd_gets_a_property_list():
    [(name, text)] = entry("launchd", JOB).items()
    assert name == f"{NAME}.plist"
    times = [{"Hour": 7, "Minute": 30}, {"Hour": 18, "Minute": 5}]
    assert plistlib.loads(text.encode("utf-8")) == {
        "Label": NAME,
        "ProgramArguments": WORDS,
        # launchd.plist(5): 0 and 7 are Sunday
        "StartCalendarInterval": [{"Weekday": day, **time} for day in (1, 3, 0) for time in times],
        "StandardOutPath": "/dev/null",
        "StandardErrorPath": "/dev/null",
    }
    daily = plistlib.loads(one("launchd", DAILY).encode("utf-8"))
    assert daily["StartCalendarInterval"] == [{"Hour": 0, "Minute": 0}]


# --- Task Scheduler ---

TASK = """\
<?xml version="1.0" encoding="UTF-16"?>
<Task xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task" version="1.2">
  <RegistrationInfo>
    <Description>xlsmkt: refresh Q4 &amp; 100%.xlsx</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <StartBoundary>2026-01-01T07:30:00</StartBoundary>
      <ScheduleByWeek>
        <WeeksInterval>1</WeeksInterval>
        <DaysOfWeek>
          <Monday/>
          <Friday/>
        </DaysOfWeek>
      </ScheduleByWeek>
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT2H</ExecutionTimeLimit>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>C:\\Our Tools\\python.exe</Command>
      <Arguments>-P -m xlsmkt run "/srv/Zürich/Q4 &amp; 100%.xlsx" --mail --home "D:\\our files\\\\"</Arguments>
    </Exec>
  </Actions>
</Task>
"""


def test_task_scheduler_gets_a_task():
    book = Path("/srv/Zürich/Q4 & 100%.xlsx")
    job = Job(book, JOB.times[:1], (0, 4), True, home="D:\\our files\\", python="C:\\Our Tools\\python.exe")
    [(name, text)] = entry("tasks", job).items()
    assert (name, text) == (f"xlsmkt-{mark_of(book)}.xml", TASK)
    etree.fromstring(text.encode("utf-16"))  # as it is handed over


def test_task_scheduler_refuses_what_it_would_take_for_a_variable():
    for name in ("100%TEMP%.xlsx", "$(Arg0).xlsx"):
        with pytest.raises(UserError, match="variables; rename"):
            entry("tasks", Job(Path("/srv") / name, JOB.times, JOB.days))


# --- all of them ---


@pytest.mark.parametrize("name", SCHEDULERS)
def test_an_entry_holds_no_secret(name, monkeypatch):
    monkeypatch.setenv("XLSMKT_HUBSPOT_TOKEN", "pat-not-for-anybody")
    monkeypatch.setenv("XLSMKT_MAIL_PASSWORD", "pat-not-for-anybody")
    assert "pat-not-for-anybody" not in "".join(entry(name, PLAIN).values())


@pytest.mark.parametrize("name", ["a\nb.xlsx", "a\rb.xlsx", "a\udcffb.xlsx"])
def test_a_path_that_no_entry_can_hold_is_refused(name):
    with pytest.raises(UserError, match="rename that file"):
        require_plain(Job(Path("/srv") / name, JOB.times, JOB.days))


@pytest.mark.parametrize("text", ["xyz", "", "mon-", "-fri", "mon,,fri", "mon-fri-sun", "monday"])
def test_days_that_are_none_are_refused(text):
    with pytest.raises(UserError, match="give mon-fri, daily, or days such as"):
        read_days(text)


@pytest.mark.parametrize("text", ["25:00", "7", "07:60", "7.30", "-1:00", "07:30:00", "٠٧:٣٠"])
def test_a_time_that_is_none_is_refused(text):
    with pytest.raises(UserError, match=r"such as 07:30"):
        read_times(["07:30", text])
