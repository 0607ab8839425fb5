"""Task Scheduler of Windows: a task of this user, described in XML."""

import csv
import io
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from xlsmkt.errors import UserError
from xlsmkt.schedules.jobs import PREFIX, Job
from xlsmkt.schedules.schedulers import call, require

TITLE = "Task Scheduler"
NOTE = "It runs while you are logged in; a time that was missed is caught up."

_SPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_BEGIN = "2026-01-01"  # the day that a trigger counts from; long ago is as good as today
_SETTINGS = {
    "MultipleInstancesPolicy": "IgnoreNew",
    "DisallowStartIfOnBatteries": "false",
    "StopIfGoingOnBatteries": "false",
    "StartWhenAvailable": "true",  # a time that was missed is caught up
    "ExecutionTimeLimit": "PT2H",
}


def entry(job: Job) -> Mapping[str, str]:
    """The XML of a task."""
    from lxml import etree

    program, *arguments = job.command
    if any(re.search(r"%[^%]+%|\$\(", word) for word in job.command):
        raise UserError(f"Task Scheduler reads %...% and $( in {job.book} as variables; rename the file or its folder.")

    def add(to: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
        made = etree.SubElement(to, f"{{{_SPACE}}}{name}", attributes)
        made.text = text
        return made

    task = etree.Element(f"{{{_SPACE}}}Task", {"version": "1.2"}, nsmap={None: _SPACE})  # type: ignore[dict-item] # stubs lack None
    add(add(task, "RegistrationInfo"), "Description", f"xlsmkt: refresh {job.book.name}")
    triggers = add(task, "Triggers")
    for time in job.times:
        trigger = add(triggers, "CalendarTrigger")
        add(trigger, "StartBoundary", f"{_BEGIN}T{time:%H:%M}:00")
        week = add(trigger, "ScheduleByWeek")
        add(week, "WeeksInterval", "1")
        days = add(week, "DaysOfWeek")
        for day in job.days:
            add(days, _DAYS[day])
    principal = add(add(task, "Principals"), "Principal", id="Author")
    add(principal, "LogonType", "InteractiveToken")  # needs no password: it runs while the user is logged in
    add(principal, "RunLevel", "LeastPrivilege")
    settings = add(task, "Settings")
    for name, text in _SETTINGS.items():
        add(settings, name, text)
    action = add(add(task, "Actions", Context="Author"), "Exec")
    add(action, "Command", program)
    add(action, "Arguments", subprocess.list2cmdline(arguments))
    text = etree.tostring(task, encoding="unicode", pretty_print=True)
    return {f"{job.name}.xml": f'<?xml version="1.0" encoding="UTF-16"?>\n{text}'}


def works() -> bool:
    try:
        return call(["schtasks", "/Query", "/FO", "CSV", "/NH"]).returncode == 0
    except UserError:
        return False


def install(job: Job) -> None:
    [(name, text)] = entry(job).items()
    with tempfile.TemporaryDirectory(prefix="xlsmkt-") as folder:
        path = Path(folder) / name
        path.write_bytes(text.encode("utf-16"))
        done = call(["schtasks", "/Create", "/TN", job.name, "/XML", str(path), "/F"])
    require(done, "Task Scheduler does not take the job")


def installed() -> set[str]:
    done = call(["schtasks", "/Query", "/FO", "CSV", "/NH"])
    require(done, "Task Scheduler does not list its tasks")
    rows = csv.reader(io.StringIO(done.stdout.decode("utf-8", "replace")))  # names of others may be garbled, ours not
    names = {row[0].lstrip("\\") for row in rows if row}
    return {name for name in names if name.startswith(PREFIX)}


def remove(name: str) -> None:
    if name in installed():
        require(call(["schtasks", "/Delete", "/TN", name, "/F"]), "Task Scheduler does not remove the job")
