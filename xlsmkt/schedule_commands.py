"""The commands that run the refresh every morning: schedule, run."""

import argparse
import os
from pathlib import Path
from typing import Any

from xlsmkt.errors import UserError
from xlsmkt.schedules import SCHEDULERS
from xlsmkt.terminal import print_table

_HEADINGS = ("Workbook", "When", "What", "With", "Last run")


def add_commands(commands: Any) -> None:
    """Add the commands to those of the command line."""
    words = "Refresh a workbook on its own at times of the day, with this computer's own scheduler; or list the jobs."
    schedule = commands.add_parser("schedule", help=words, description=words)
    schedule.set_defaults(run=_schedule)
    schedule.add_argument("book", type=Path, metavar="BOOK", nargs="?", help="left out: the jobs are listed")
    schedule.add_argument("--at", nargs="+", metavar="HH:MM", help="when, such as 07:30; several are possible")
    schedule.add_argument("--days", default="mon-fri", help="mon-fri (default), daily, or days such as mon,wed,fri")
    _add_steps(schedule)
    schedule.add_argument("--with", dest="scheduler", choices=list(SCHEDULERS),
                          help="the scheduler (default: the one that this computer has)")  # fmt: skip
    schedule.add_argument("--remove", action="store_true", help="remove the job of this workbook")
    schedule.add_argument("--list", action="store_true", help="list the jobs of this user")

    words = "Refresh a workbook from what its Inputs name and, if wished, mail it; as its job does, nobody is asked."
    run = commands.add_parser("run", help=words, description=words)
    run.set_defaults(run=_run)
    run.add_argument("book", type=Path, metavar="BOOK")
    _add_steps(run)
    run.add_argument("--log", type=Path, metavar="FILE", help="the log (default: one for each workbook)")
    run.add_argument("--home", metavar="FOLDER", help="where connections and logs lie; as XLSMKT_HOME")


def _add_steps(of: argparse.ArgumentParser) -> None:
    of.add_argument("--mail", action="store_true", help="then mail the dashboard to those whom Inputs names")
    of.add_argument("--alerts", action="store_true", help="then mail them what is new: alerts (see: xlsmkt alerts)")


def _run(options: argparse.Namespace) -> int:
    from xlsmkt.schedules.running import run_job

    if options.home:
        os.environ["XLSMKT_HOME"] = options.home
    return run_job(options.book, options.mail, options.alerts, options.log)


def _schedule(options: argparse.Namespace) -> int:
    if options.book is None and (options.at or options.remove):
        raise UserError("Say which workbook: xlsmkt schedule BOOK --at 07:30, or xlsmkt schedule BOOK --remove")
    if options.book is None or options.list:
        return _list()
    if options.remove:
        return _remove(options)
    if not options.at:
        raise UserError(f"Say when: xlsmkt schedule {options.book} --at 07:30 --days mon-fri (or --remove, or --list)")
    return _install(options)


def _install(options: argparse.Namespace) -> int:
    from xlsmkt.schedules.checks import notes, require_plain, require_source
    from xlsmkt.schedules.jobs import Job, absolute, read_days, read_times
    from xlsmkt.schedules.logs import log_path
    from xlsmkt.schedules.schedulers import install, scheduler, usual

    times, days = read_times(options.at), read_days(options.days)
    home = os.environ.get("XLSMKT_HOME", "")
    home = str(absolute(Path(home).expanduser())) if home else ""
    book = absolute(options.book)
    require_source(book)
    job = Job(book, times, days, options.mail, options.alerts, options.scheduler or usual(), home)
    require_plain(job)
    install(job)
    with_ = scheduler(job.scheduler)
    print(f"Installed with {with_.TITLE}: {job.what} of {book}, {job.when}.")
    print(with_.NOTE)
    print(f"Log: {log_path(book)}")
    for note in notes(job):
        print(f"To mend before the first run: {note}")
    return 0


def _remove(options: argparse.Namespace) -> int:
    from xlsmkt.schedules.jobs import absolute
    from xlsmkt.schedules.schedulers import remove

    book = absolute(options.book)
    remove(book)
    print(f"Removed: the job of {book}. Its log stays.")
    return 0


def _list() -> int:
    from xlsmkt.schedules.jobs import kept_jobs
    from xlsmkt.schedules.logs import last_run_told
    from xlsmkt.schedules.schedulers import stands

    jobs = kept_jobs()
    if not jobs:
        print("There are no jobs. Make one with: xlsmkt schedule BOOK --at 07:30 --days mon-fri")
        return 0
    rows = [(str(job.book), job.when, job.what, stands(job), last_run_told(job.book)) for job in jobs]
    print_table(_HEADINGS, rows)
    return 0
