"""launchd: a property list in the LaunchAgents of this user."""

import os
import plistlib
from collections.abc import Mapping
from pathlib import Path

from xlsmkt.crm.places import write_own
from xlsmkt.errors import UserError
from xlsmkt.schedules.jobs import PREFIX, Job
from xlsmkt.schedules.schedulers import call, require

TITLE = "launchd"
NOTE = "It runs while you are logged in; a time that was slept through is caught up when the Mac wakes."


def entry(job: Job) -> Mapping[str, str]:
    """The property list of a job."""
    # launchd counts days from Sunday (0) on; without a day a time is one of every day
    days = [{}] if len(job.days) == 7 else [{"Weekday": (day + 1) % 7} for day in job.days]
    told = {
        "Label": job.name,
        "ProgramArguments": job.command,
        "StartCalendarInterval": [
            {**day, "Hour": time.hour, "Minute": time.minute} for day in days for time in job.times
        ],
        "StandardOutPath": "/dev/null",  # the log has it
        "StandardErrorPath": "/dev/null",
    }
    return {f"{job.name}.plist": plistlib.dumps(told, sort_keys=False).decode("utf-8")}


def works() -> bool:
    try:
        return call(["launchctl", "print", _domain()]).returncode == 0
    except UserError:
        return False


def install(job: Job) -> None:
    [(name, text)] = entry(job).items()
    agents = _folder()
    try:
        agents.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The folder {agents} cannot be made ({error.strerror}); mend that and try again.") from None
    call(["launchctl", "bootout", f"{_domain()}/{job.name}"])  # an older job; there may be none
    write_own(agents / name, text)
    require(call(["launchctl", "bootstrap", _domain(), str(agents / name)]), "launchd does not take the job")


def installed() -> set[str]:
    return {path.stem for path in _folder().glob(f"{PREFIX}*.plist")}


def remove(name: str) -> None:
    path = _folder() / f"{name}.plist"
    if path.exists():
        call(["launchctl", "bootout", f"{_domain()}/{name}"])  # it may not be loaded
        path.unlink(missing_ok=True)


def _domain() -> str:
    return f"gui/{os.getuid()}" if hasattr(os, "getuid") else "gui"


def _folder() -> Path:
    return Path.home() / "Library" / "LaunchAgents"
