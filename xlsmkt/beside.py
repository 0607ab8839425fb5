"""The lists that a refresh writes beside a workbook: rows refused, and what users had typed beside rows that went."""

import codecs
import csv
import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from xlsmkt.crm.importing import Imported
from xlsmkt.crm.model import IMPORT_LOG
from xlsmkt.crm.values import guarded
from xlsmkt.errors import UserError
from xlsmkt.keeping import LostRow
from xlsmkt.stored import LEFT_OVER


def write_refused(book: Path, imported: Imported) -> tuple[Path | None, str]:
    """List the refused rows beside the workbook: the list (None if nothing was refused), and a note if it failed."""
    path = _place(book, "refused", IMPORT_LOG.columns)
    if not len(imported.refused) and not path.exists():
        return None, ""
    try:  # also without refusals: the list of an earlier refresh would mislead
        imported.write_refusals_csv(path)
    except OSError as error:
        return (
            None,
            f"{path} could not be written ({error.strerror}); the Import log in the workbook lists the same rows.",
        )
    return (path if len(imported.refused) else None), ""


@contextmanager
def left_over(book: Path, lost: dict[str, list[LostRow]], now: dt.datetime) -> Iterator[Path | None]:
    """Add to the list of what users had typed beside rows that the new data no longer have; None if there is none.

    The list is written before the workbook is saved, so that nothing is in neither; if saving fails it is as before.
    """
    rows = [
        [now.isoformat(" "), table, guarded(row.key), guarded(heading), guarded(value)]
        for table, lost_rows in lost.items()
        for row in lost_rows
        for heading, value in row.values.items()
    ]
    if not rows:
        yield None
        return
    path = _place(book, "left-over", LEFT_OVER)
    new = not path.exists()
    length = 0 if new else path.stat().st_size
    try:
        with path.open("a", encoding="utf-8-sig" if new else "utf-8", newline="") as file:
            csv.writer(file).writerows([LEFT_OVER, *rows] if new else rows)
    except OSError as error:
        raise UserError(
            f"{path.name} cannot be written ({error.strerror}), and what was typed beside rows that are gone would be "
            "lost; make the folder writable and run it again."
        ) from None
    try:
        yield path
    except BaseException:
        os.truncate(path, length)
        if new:
            path.unlink()
        raise


def _place(book: Path, kind: str, headings: list[str]) -> Path:
    """Where a list goes: a file of that name that is the user's own stays."""
    ours = ",".join(headings).encode()
    for number in count(1):
        path = book.with_name(f"{book.stem}-{kind}{'' if number == 1 else f'-{number}'}.csv")
        try:
            with path.open("rb") as file:
                if file.readline().removeprefix(codecs.BOM_UTF8).strip() == ours:
                    return path
        except FileNotFoundError:
            return path
        except OSError:
            continue
    raise AssertionError("count() ends never")
