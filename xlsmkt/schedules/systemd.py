"""systemd: a service and a timer of this user."""

import os
from collections.abc import Mapping
from pathlib import Path

from xlsmkt.crm.places import write_own
from xlsmkt.errors import UserError
from xlsmkt.schedules.jobs import PREFIX, WEEK, Job
from xlsmkt.schedules.schedulers import call, require

TITLE = "a systemd user timer"
NOTE = (
    "It runs while you are logged in, and a time that was missed is caught up; to run it always: loginctl enable-linger"
)

_SERVICE = """\
[Unit]
Description=xlsmkt: refresh {book}

[Service]
Type=oneshot
ExecStart={command}
TimeoutStartSec=2h
"""
_TIMER = """\
[Unit]
Description=xlsmkt: when to refresh {book}

[Timer]
{calendar}
Persistent=true

[Install]
WantedBy=timers.target
"""


def entry(job: Job) -> Mapping[str, str]:
    """The two unit files of a job."""
    program, *arguments = job.command
    # $ begins a variable in arguments only
    command = " ".join([_quoted(program), *(_quoted(word.replace("$", "$$")) for word in arguments)])
    days = "" if len(job.days) == len(WEEK) else ",".join(WEEK[day].capitalize() for day in job.days) + " "
    calendar = "\n".join(f"OnCalendar={days}*-*-* {time:%H:%M}:00" for time in job.times)
    book = job.book.name.replace("%", "%%")
    return {
        f"{job.name}.service": _SERVICE.format(book=book, command=command),
        f"{job.name}.timer": _TIMER.format(book=book, calendar=calendar),
    }


def _quoted(word: str) -> str:
    r"""A word as systemd reads it back.

    >>> print(_quoted('50% "big".xlsx'))
    "50%% \"big\".xlsx"
    """
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%") + '"'


def works() -> bool:
    try:
        return call(["systemctl", "--user", "show-environment"]).returncode == 0
    except UserError:
        return False


def install(job: Job) -> None:
    texts = entry(job)
    require(call(["systemctl", "--user", "show-environment"]), "systemctl --user does not work here")
    units = _folder()
    try:
        units.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The folder {units} cannot be made ({error.strerror}); mend that and try again.") from None
    for name, text in texts.items():
        write_own(units / name, text)
    require(call(["systemctl", "--user", "daemon-reload"]), "systemd does not take the job")
    require(call(["systemctl", "--user", "enable", f"{job.name}.timer"]), "systemd does not take the job")
    # a timer that runs already keeps its old times until it is started again
    require(call(["systemctl", "--user", "restart", f"{job.name}.timer"]), "systemd does not start the timer")


def installed() -> set[str]:
    return {path.stem for path in _folder().glob(f"{PREFIX}*.timer")}


def remove(name: str) -> None:
    files = [path for end in ("timer", "service") if (path := _folder() / f"{name}.{end}").exists()]
    if not files:
        return
    require(call(["systemctl", "--user", "disable", "--now", f"{name}.timer"]), "systemd does not remove the job")
    for path in files:
        path.unlink(missing_ok=True)
    require(call(["systemctl", "--user", "daemon-reload"]), "systemd does not reload")


def _folder() -> Path:
    config = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(config) if config else Path.home() / ".config") / "systemd" / "user"
