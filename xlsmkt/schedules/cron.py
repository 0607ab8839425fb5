"""cron: a line for each time in the crontab of this user; all other lines keep their bytes."""

import re
import shlex
from collections.abc import Mapping

from xlsmkt.errors import UserError
from xlsmkt.schedules.jobs import PREFIX, Job
from xlsmkt.schedules.schedulers import call, reason, require

TITLE = "cron"
NOTE = "cron runs it only while this computer is on; a time that was slept through is not caught up."

_MARK = re.compile(rb"# (" + PREFIX.encode() + rb"[0-9a-f]+)[ \t]*$")


def entry(job: Job) -> Mapping[str, str]:
    """The lines of a job, with a comment that marks them as ours."""
    from crontab import CronItem

    if any("\\" in word for word in job.command):  # crons differ in what they do with one
        raise UserError(f"cron cannot be told a path with a backslash; rename {job.book} or its folder.")
    # What is printed is in the log too; cron would mail it to the user each time. What went wrong may be mailed.
    command = f"{shlex.join(job.command)} >/dev/null"
    days = "*" if len(job.days) == 7 else _days(job.days)
    lines = []
    for time in job.times:
        item = CronItem(command)
        item.setall(time.minute, time.hour, "*", "*", days)
        lines.append(f"{item.render()} # {job.name}\n")
    return {"crontab": "".join(lines)}


def _days(days: tuple[int, ...]) -> str:
    """Days as cron counts them, from Sunday on."""
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1 and days[-1] < 6:
        return f"{days[0] + 1}-{days[-1] + 1}"
    return ",".join(str(day) for day in sorted((day + 1) % 7 for day in days))


def works() -> bool:
    try:
        _read()
    except UserError:
        return False
    return True


def install(job: Job) -> None:
    lines = [line for line in _read() if not _is(line, job.name)]
    if lines and not lines[-1].endswith(b"\n"):
        lines[-1] += b"\n"
    _write([*lines, entry(job)["crontab"].encode("utf-8", "surrogateescape")])


def installed() -> set[str]:
    return {found[1].decode() for line in _read() if (found := _MARK.search(line.rstrip())) and _runs(line)}


def remove(name: str) -> None:
    lines = _read()
    rest = [line for line in lines if not _is(line, name)]
    if len(rest) < len(lines):
        _write(rest)


def _is(line: bytes, name: str) -> bool:
    found = _MARK.search(line.rstrip())
    return found is not None and found[1].decode() == name


def _runs(line: bytes) -> bool:
    return not line.lstrip().startswith(b"#")  # a user may have switched it off


def _read() -> list[bytes]:
    done = call(["crontab", "-l"])
    if done.returncode and b"no crontab" not in done.stderr.lower():
        raise UserError(f"The crontab of this user cannot be read ({reason(done)}); choose another with --with.")
    return done.stdout.splitlines(keepends=True) if not done.returncode else []


def _write(lines: list[bytes]) -> None:
    if lines:
        require(call(["crontab", "-"], b"".join(lines)), "cron does not take the job")
    else:
        require(call(["crontab", "-r"]), "cron does not remove the job")
