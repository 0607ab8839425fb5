"""A job: which workbook is refreshed when, and what follows; and the list of the jobs of this user."""

import datetime as dt
import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlsmkt.crm.places import home, make, mark_of, write_own
from xlsmkt.errors import UserError, quoted

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PREFIX = "xlsmkt-"
"""What the names of our entries in every scheduler begin with."""


@dataclass(frozen=True)
class Job:
    """A workbook that is refreshed at these times of these days."""

    book: Path  # absolute: a scheduler starts in another folder
    times: tuple[dt.time, ...]
    days: tuple[int, ...]  # 0 is Monday
    mail: bool = False
    alerts: bool = False
    scheduler: str = ""
    home: str = ""  # the folder of our own files, if it is not the usual one
    python: str = sys.executable

    @property
    def name(self) -> str:
        """What the job is called in the scheduler."""
        return PREFIX + mark_of(self.book)

    @property
    def command(self) -> list[str]:
        """The words of the command that the scheduler starts."""
        # -P: nothing that lies about in the folder that a scheduler starts in is imported.
        words = [self.python, "-P", "-m", "xlsmkt", "run", str(self.book)]
        words += ["--mail"] * self.mail + ["--alerts"] * self.alerts
        return words + (["--home", self.home] if self.home else [])

    @property
    def when(self) -> str:
        """The days and times, for a list: ``Mon-Fri 07:30``."""
        return f"{days_shown(self.days)} {', '.join(f'{time:%H:%M}' for time in self.times)}"

    @property
    def what(self) -> str:
        """What is done, for a list: ``refresh, mail``."""
        return ", ".join(["refresh"] + ["mail"] * self.mail + ["alerts"] * self.alerts)


def absolute(book: Path) -> Path:
    """The path of a workbook from wherever it is named."""
    return Path(os.path.abspath(book))


# --- days and times ---


def read_days(text: str) -> tuple[int, ...]:
    """The days of the week that a user means; 0 is Monday.

    >>> read_days("mon-fri"), read_days("mon,wed,fri"), read_days("Sat-Mon"), read_days("daily")
    ((0, 1, 2, 3, 4), (0, 2, 4), (0, 5, 6), (0, 1, 2, 3, 4, 5, 6))
    """
    if text.strip().lower() == "daily":
        return tuple(range(7))
    days: set[int] = set()
    for part in text.lower().split(","):
        first, _, last = (word.strip() for word in part.partition("-"))
        last = last or (first if "-" not in part else "")
        if first not in WEEK or last not in WEEK:
            raise UserError(
                f"--days {quoted(text)} names no days; give mon-fri, daily, or days such as mon,wed,fri "
                f"({' '.join(WEEK)})."
            )
        start, end = WEEK.index(first), WEEK.index(last)
        days.update(day % 7 for day in range(start, (end if end >= start else end + 7) + 1))
    return tuple(sorted(days))


def days_shown(days: Sequence[int]) -> str:
    """Days for a list.

    >>> [days_shown(days) for days in ([0, 1, 2, 3, 4], [0, 2, 4], [5, 6], range(7))]
    ['Mon-Fri', 'Mon,Wed,Fri', 'Sat,Sun', 'daily']
    """
    if len(days) == len(WEEK):
        return "daily"
    names = [WEEK[day].capitalize() for day in days]
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"{names[0]}-{names[-1]}"
    return ",".join(names)


def read_times(texts: Iterable[str]) -> tuple[dt.time, ...]:
    """The times of the day that a user means.

    >>> read_times(["13:00", "7:30"])
    (datetime.time(7, 30), datetime.time(13, 0))
    """
    times = set()
    for text in texts:
        found = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text.strip())
        if not found:
            raise UserError(f"--at {quoted(text)} is no time of the day; give one such as 07:30 or 18:00.")
        times.add(dt.time(int(found[1]), int(found[2])))
    return tuple(sorted(times))


# --- the list of this user's jobs ---


def folder() -> Path:
    """Where the list of jobs is kept."""
    return make(home() / "schedule")


def keep_job(job: Job) -> None:
    """Remember a job that is installed."""
    kept = {"book": str(job.book), "at": [f"{time:%H:%M}" for time in job.times], "days": [WEEK[d] for d in job.days],
            "mail": job.mail, "alerts": job.alerts, "with": job.scheduler}  # fmt: skip
    write_own(_path(mark_of(job.book)), json.dumps(kept, ensure_ascii=False, indent=1))


def forget_job(mark: str) -> None:
    """Forget a job that was removed, and its last run; its log stays."""
    _path(mark).unlink(missing_ok=True)
    (folder() / f"{mark}.last").unlink(missing_ok=True)


def kept_job(mark: str) -> Job | None:
    """The job of this mark; None if there is none that can be read."""
    try:
        kept: dict[str, Any] = json.loads(_path(mark).read_text("utf-8"))
        return Job(Path(kept["book"]), read_times(kept["at"]), read_days(",".join(kept["days"])),
                   bool(kept["mail"]), bool(kept["alerts"]), str(kept["with"]))  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, UserError):
        return None


def kept_jobs() -> list[Job]:
    """The jobs of this user."""
    found = [kept_job(path.stem) for path in sorted(folder().glob("*.json"))]
    return sorted((job for job in found if job), key=lambda job: str(job.book).casefold())


def _path(mark: str) -> Path:
    return folder() / f"{mark}.json"
