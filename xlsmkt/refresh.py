"""Refresh: a source becomes the tables of a workbook, then the workbook is computed; all of it or nothing.

The steps are the same for every host; the host brings the function that computes.
"""

import datetime as dt
import getpass
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Protocol

import filelock

from xlsmkt.beside import left_over, write_refused
from xlsmkt.crm.asking import Answers
from xlsmkt.crm.importing import Imported, Progress
from xlsmkt.crm.model import MOST_ROWS
from xlsmkt.crm.places import mark_of
from xlsmkt.errors import UserError, quoted
from xlsmkt.filling import FAILED, Computed, Outcome, Target, fill, require_tables
from xlsmkt.keeping import moment
from xlsmkt.package import Edit
from xlsmkt.stored import stored_source
from xlsmkt.template.shipped import EDITIONS, shipped_template

_LONGEST_REASON = 240  # characters that Start has room for
_NOTHING = (
    "Say what to import: --from FILE..., --from a connection (see: xlsmkt sources), --mapping TOML whose file entries "
    "name the files, or name the files on the sheet Inputs."
)

Compute = Callable[[Edit, Progress], Computed]


Read = Callable[[Target, Progress], Imported]
"""Reads a source for a workbook, whose Inputs may say what it is."""


class OpenTarget(Target, Protocol):
    """A workbook that is open in a spreadsheet program, which computes it and saves it when its user does."""

    def all_or_nothing(self) -> AbstractContextManager[None]:
        """What is written inside stays only if all of it succeeds."""
        ...


def reader(
    given: list[str],
    mapping: Path | None,
    answers: Answers,
    *,
    reconcile: bool = False,
    most_leads: int | None = None,
    nothing: str = _NOTHING,
) -> Read:
    """Reads the sources or the mapping that are given, else what the workbook's Inputs name.

    ``nothing`` is the sentence that refuses where neither names anything; the rest is as in `Wish`.
    """

    def read(book: Target, told: Progress) -> Imported:
        from xlsmkt.crm.connection import Wish
        from xlsmkt.crm.origins import read_from

        from_book = not given and not mapping
        sources, how = stored_source(book) if from_book else (given, mapping)
        if not sources and not how:
            raise UserError(nothing)
        wish = Wish(how, answers, told, reconcile=reconcile)
        wish.most_leads = min(most_leads or MOST_ROWS, MOST_ROWS)
        return read_from(sources, wish, from_book=from_book)

    return read


def new_book(book: Path, edition: str = "") -> None:
    """Copy the template to ``book``, which must not exist yet: this edition, or the one that its name asks for."""
    suffix = book.suffix.lower()
    if edition and suffix != Path(EDITIONS[edition]).suffix:
        raise UserError(
            f"{book.name} is no name for this workbook; give one that ends in {Path(EDITIONS[edition]).suffix}."
        )
    if suffix not in EDITIONS:
        raise UserError(
            f"{book.name} is no name for a workbook; give one that ends in .xlsx, or in .xlsm for Excel on Windows."
        )
    if not book.parent.is_dir():
        raise UserError(f"The folder {book.parent} does not exist; make it first or give another one.")
    template = shipped_template(edition or suffix).read_bytes()
    made = False
    try:
        with book.open("xb") as copy:
            made = True
            copy.write(template)
    except FileExistsError:
        raise UserError(
            f"{book} exists already; give another name, or refresh it with: xlsmkt refresh {book} --from FILE"
        ) from None
    except OSError as error:
        if made:
            book.unlink(missing_ok=True)
        raise UserError(
            f"{book} cannot be written ({error.strerror}); choose a folder that you may write to."
        ) from None


def refresh_book(book: Path, read: Read, compute: Compute, progress: Progress) -> Outcome:
    """Import into the tables of ``book``, compute it and save it; the file changes at the very end or not at all."""
    now = _now()
    with _only_one(book), _unchanged(book) as check:
        edit = Edit.open(book)
        try:
            imported = _read(edit, read, progress)
            taken, lost = fill(edit, imported, now)
            computed = compute(edit, lambda part, words: progress(0.4 + 0.35 * part, words))
        except UserError as error:
            with suppress(UserError, OSError):  # it must not hide why the refresh failed
                _tell_failure(book, str(error), now, check)
            raise
        check()
        with left_over(book, lost, now) as kept:
            edit.save(book, lambda done, total: progress(0.75 + 0.25 * done / max(1, total), "saving"))
    return _outcome(book, imported, taken, kept, computed)


def refresh_open_book(book: OpenTarget, read: Read, progress: Progress) -> Outcome:
    """Import into the tables of a workbook that is open in a spreadsheet program; all of it or nothing."""
    now = _now()
    with _only_one(book.path):
        imported = _read(book, read, progress)
        with ExitStack() as undone_if_that_fails, book.all_or_nothing():
            taken, lost = fill(book, imported, now)
            kept = undone_if_that_fails.enter_context(left_over(book.path, lost, now))
    return _outcome(book.path, imported, taken, kept, None)


def _tell_failure(book: Path, why: str, now: dt.datetime, check: Callable[[], None]) -> None:
    """Say on Start that a refresh failed and how old the figures are, in a workbook that has had data; no more."""
    edit = Edit.open(book)
    if FAILED.casefold() not in [name.name.casefold() for name in edit.names]:
        return  # a workbook of an older version
    last = edit.named_value("Last_Refresh")
    if isinstance(last, int | float) and not isinstance(last, bool) and last > 0:
        last = moment(last, edit.date1904)
    if isinstance(last, dt.datetime):
        edit.set_named_value(FAILED, failure_told(why, now, last))
        check()
        edit.save(book)


def failure_told(why: str, now: dt.datetime, last: dt.datetime) -> str:
    """What Start says of a refresh that failed now, when the last good one was then.

    >>> failure_told("The network is down", dt.datetime(2026, 11, 22, 7, 30), dt.datetime(2026, 11, 20, 7, 31))
    'The refresh of 2026-11-22 07:30 failed: The network is down. The figures are those of 2026-11-20 07:31, 1 day old.'
    """
    why = quoted(why.strip(), _LONGEST_REASON)
    end = "" if why.endswith((".", "!", "?")) else "."
    told = f"The refresh of {now:%Y-%m-%d %H:%M} failed: {why}{end} The figures are those of {last:%Y-%m-%d %H:%M}"
    days, hours = (now - last).days, (now - last) // dt.timedelta(hours=1)
    age = (days, "day") if days > 0 else (hours, "hour") if hours > 0 else None
    return told + (f", {age[0]} {age[1]}{'s' if age[0] > 1 else ''} old." if age else ".")


def _now() -> dt.datetime:
    return dt.datetime.now().replace(microsecond=0)


def _read(book: Target, read: Read, progress: Progress) -> Imported:
    require_tables(book)
    imported = read(book, lambda part, words: progress(0.35 * part, words))
    imported.release()
    progress(0.35, "writing tables")
    return imported


def _outcome(
    book: Path, imported: Imported, taken: dict[str, int], kept: Path | None, computed: Computed | None
) -> Outcome:
    refusals, failed = write_refused(book, imported)
    notes = [note for note in (imported.note, failed) if note]
    if kept:
        notes.append(f"What you had typed beside rows that the new data no longer have is kept in {kept}.")
    return Outcome(computed, taken, len(imported.refused), refusals, notes)


def compute_book(book: Path, compute: Compute, progress: Progress) -> Outcome:
    """Compute every formula of ``book`` and save the values."""
    with _only_one(book), _unchanged(book) as check:
        edit = Edit.open(book)
        computed = compute(edit, lambda part, words: progress(0.75 * part, words))
        check()
        edit.save(book, lambda done, total: progress(0.75 + 0.25 * done / max(1, total), "saving"))
    return Outcome(computed)


@contextmanager
def _only_one(book: Path) -> Iterator[None]:
    """Two refreshes of one workbook at once: the second says so and stops."""
    # Never deleted: a lock file that vanishes while another process opens it locks nothing. One for each user, since
    # nobody may open the file of another.
    lock = filelock.FileLock(Path(tempfile.gettempdir()) / f"xlsmkt-{getpass.getuser()}-{mark_of(book)}.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise UserError(f"{book.name} is being refreshed right now; wait until that has ended.") from None
    except OSError as error:
        raise UserError(f"{lock.lock_file} cannot be opened ({error.strerror}); remove it and try again.") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _unchanged(book: Path) -> Iterator[Callable[[], None]]:
    """Gives a check that the file on disk is still the one that was read."""

    def mark() -> tuple[int, int] | None:
        try:
            stat = book.stat()
        except OSError:
            return None  # opening it says what is wrong
        return stat.st_mtime_ns, stat.st_size

    before = mark()

    def check() -> None:
        if mark() != before:
            raise UserError(f"{book.name} was changed while it was being refreshed; nothing was written, run it again.")

    yield check
