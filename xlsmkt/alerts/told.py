"""What was told already, kept for each workbook in a file of ours."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import filelock

from xlsmkt.crm.paths import shown
from xlsmkt.crm.places import home, make, mark_of, write_own
from xlsmkt.errors import UserError

_VERSION = 1
_PATIENCE = 180  # seconds; another run may be waiting for its mail server


@dataclass
class Told:
    """What was told: of a workbook, up to now."""

    ready: list[str] = field(default_factory=list)  # leads that are known to be above the threshold
    late: dict[str, str] = field(default_factory=dict)  # leads that were told to wait too long: when assigned
    behind: dict[str, str] = field(default_factory=dict)  # SLAs that were told to be behind: in which month


class Memory:
    """The file of one workbook: by its real path, so that a copy is a workbook of its own."""

    def __init__(self, book: Path) -> None:
        self._book = os.path.normcase(os.path.realpath(book))
        self.path = make(home() / "alerts") / f"{mark_of(book)}.json"
        self.note = ""

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else tells alerts of this workbook meanwhile."""
        lock = filelock.FileLock(self.path.with_suffix(".lock"))
        try:
            lock.acquire(timeout=_PATIENCE)
        except filelock.Timeout:
            raise UserError("Another xlsmkt is telling the alerts of this workbook; wait until it has ended.") from None
        except OSError as error:
            raise UserError(
                f"{lock.lock_file} cannot be written ({error.strerror}); mend that and try again."
            ) from None
        try:
            yield
        finally:
            lock.release()

    def read(self) -> Told | None:
        """What was told; None before the first run. A file that cannot be read is set aside, and ``note`` says so."""
        try:
            text = self.path.read_text("utf-8")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            text = ""
        except OSError as error:
            raise UserError(f"{self.path} cannot be read ({error.strerror}); mend that and try again.") from None
        try:
            return _read(json.loads(text))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            self._set_aside()
            return None

    def write(self, told: Told) -> None:
        """Keep what was told: whole, or as it was."""
        write_own(self.path, json.dumps({"version": _VERSION, "book": self._book, "told": asdict(told)}, indent=1))

    def _set_aside(self) -> None:
        aside = self.path.with_suffix(".damaged")
        self.note = (
            f"What was told before cannot be read (it is kept as {shown(str(aside))}): the alerts begin anew, as in a "
            "first run."
        )
        try:
            os.replace(self.path, aside)
        except OSError as error:
            raise UserError(f"{self.path} is damaged and cannot be moved ({error.strerror}); delete it.") from None


def _read(given: Any) -> Told:
    """What a file holds; some error where it is not what ``write`` has written."""
    told = Told(**given["told"])
    texts = [*told.ready, *told.late.keys(), *told.late.values(), *told.behind.keys(), *told.behind.values()]
    if given["version"] != _VERSION or not isinstance(told.ready, list) or not all(isinstance(t, str) for t in texts):
        raise ValueError
    return told
