"""The schedulers of operating systems: what each offers, which one this computer has, and jobs put into them."""

import importlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from xlsmkt.crm.places import changing, mark_of
from xlsmkt.errors import UserError
from xlsmkt.schedules import SCHEDULERS
from xlsmkt.schedules.jobs import PREFIX, Job, forget_job, keep_job, kept_job

_PATIENCE = 30  # seconds for a program that only changes a list


class Scheduler(Protocol):
    """What the module of a scheduler offers."""

    TITLE: str
    NOTE: str  # when a job does not run, for the user who installs it

    def entry(self, job: Job) -> Mapping[str, str]:
        """What is written for a job: the names of files, and their texts. Nothing is asked or changed."""
        ...

    def works(self) -> bool:
        """Whether this computer has it and this user may use it."""
        ...

    def install(self, job: Job) -> None:
        """Write the entry of a job, in the place of an older one of its workbook, and switch it on."""
        ...

    def installed(self) -> set[str]:
        """The names of our jobs that it knows."""
        ...

    def remove(self, name: str) -> None:
        """Remove a job; it need not be there."""
        ...


def scheduler(name: str) -> Scheduler:
    """The scheduler of this name."""
    module: Scheduler = importlib.import_module(SCHEDULERS[name])
    return module


def usual() -> str:
    """The name of the scheduler that this computer has.

    Raises
    ------
    UserError
        It has none.
    """
    here = {"win32": ["tasks"], "darwin": ["launchd"]}.get(sys.platform, ["systemd", "cron"])
    for name in here:
        if scheduler(name).works():
            return name
    titles = " nor ".join(scheduler(name).TITLE for name in here)
    raise UserError(
        f"This computer has no scheduler that works here (neither {titles}); install cron, or let another scheduler "
        "run: xlsmkt run BOOK"
    )


def install(job: Job) -> None:
    """Install a job with its scheduler, in the place of an older one of its workbook, wherever that is."""
    with changing():  # two at once would each write the list that it had read, without the other's job
        scheduler(job.scheduler).install(job)
        before = kept_job(mark_of(job.book))
        keep_job(job)
        if before and before.scheduler != job.scheduler and before.scheduler in SCHEDULERS:
            scheduler(before.scheduler).remove(job.name)


def remove(book: Path) -> None:
    """Remove the job of a workbook from its scheduler and from the list.

    Raises
    ------
    UserError
        It has none.
    """
    mark = mark_of(book)
    with changing():
        known = kept_job(mark)
        if known and known.scheduler in SCHEDULERS:
            scheduler(known.scheduler).remove(known.name)
        elif not _removed_unknown(PREFIX + mark):
            raise UserError(f"{book} has no job; to see which there are: xlsmkt schedule")
        forget_job(mark)


def _removed_unknown(name: str) -> bool:
    """Remove a job that is in no list of ours, such as one that was installed with another XLSMKT_HOME."""
    having = [one for one in map(scheduler, SCHEDULERS) if one.works() and name in one.installed()]
    for one in having:
        one.remove(name)
    return bool(having)


def stands(job: Job) -> str:
    """The scheduler of a job for a list, and whether it has it."""
    try:
        there = job.scheduler in SCHEDULERS and job.name in scheduler(job.scheduler).installed()
    except UserError:
        return f"{job.scheduler}: cannot be asked"
    return job.scheduler if there else f"{job.scheduler}: not there any more"


def call(words: Sequence[str], given: bytes | None = None) -> "subprocess.CompletedProcess[bytes]":
    """Run a program of the operating system.

    Raises
    ------
    UserError
        It is not there, or does not end.
    """
    try:
        return subprocess.run(words, input=given, capture_output=True, timeout=_PATIENCE, check=False)
    except FileNotFoundError:
        raise UserError(f"This computer has no {words[0]}; choose another scheduler with --with.") from None
    except OSError as error:
        raise UserError(f"{words[0]} cannot be run ({error.strerror}); choose another scheduler with --with.") from None
    except subprocess.TimeoutExpired:
        raise UserError(f"{words[0]} did not end within {_PATIENCE} seconds; try again.") from None


def reason(done: "subprocess.CompletedProcess[bytes]") -> str:
    """Why a program refused, in its own words, on one line."""
    told = (done.stderr or done.stdout).decode("utf-8", "replace")
    return " ".join(told.split()).rstrip(".")[:300] or f"exit code {done.returncode}"


def require(done: "subprocess.CompletedProcess[bytes]", what: str) -> None:
    """Refuse with a sentence if a program did."""
    if done.returncode:
        raise UserError(f"{what} ({reason(done)}); mend that, or choose another scheduler with --with.")
