"""Where our own files lie: the connections, their secrets and their stores."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import filelock
import platformdirs

from xlsmkt.errors import UserError

_PATIENCE = 10  # seconds; whoever else changes a file of ours needs less


def home() -> Path:
    """The folder of our own files, made for this user only when it is not there: XLSMKT_HOME, else the usual place."""
    given = os.environ.get("XLSMKT_HOME", "")
    try:
        return make(Path(given).expanduser() if given else platformdirs.user_data_path("xlsmkt", appauthor=False))
    except RuntimeError:  # of whom nobody knows where they live
        raise UserError(f"XLSMKT_HOME is {given}, but there is no such user here: give the whole path.") from None


def store_path(name: str) -> Path:
    """The store of the connection of this name."""
    return make(home() / "stores") / f"{name}.duckdb"


def mark_of(book: Path) -> str:
    """A short word that stands for a workbook, wherever it is named from; a copy has its own."""
    real = os.path.normcase(os.path.realpath(book))
    return hashlib.sha256(real.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def make(folder: Path) -> Path:
    """A folder of ours, which only its user may look into."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"The folder {folder} cannot be made ({error.strerror}); mend that, or name another one in XLSMKT_HOME."
        ) from None
    return folder


@contextmanager
def changing() -> Iterator[None]:
    """Nobody else changes the files in our home meanwhile."""
    lock = filelock.FileLock(home() / ".lock")
    try:
        lock.acquire(timeout=_PATIENCE)
    except filelock.Timeout:
        raise UserError(f"Another xlsmkt is changing the files in {home()}; wait until it has ended.") from None
    except OSError as error:
        raise UserError(f"{lock.lock_file} cannot be written ({error.strerror}); mend that and try again.") from None
    try:
        yield
    finally:
        lock.release()


def write_own(path: Path, text: str) -> None:
    """Write a file that its user alone may read; it is there with all of its text, or as it was."""
    try:
        number, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # for this user only
        try:
            with open(number, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(made, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(made)
            raise
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror}); mend that and try again.") from None
