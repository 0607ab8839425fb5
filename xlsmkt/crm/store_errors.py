"""What a user is told when the file of a store cannot be used."""

import errno
from pathlib import Path

import duckdb

from xlsmkt.crm.paths import shown
from xlsmkt.errors import UserError

_IN_USE = ("could not set lock", "being used by another process", "unique file handle conflict")
_FULL = ("no space left", "file too large", "quota exceeded", "not enough space", "out of disk", "max_temp_directory")
_DAMAGED = (
    "not a valid duckdb",
    "could not read enough",
    "checksum",
    "corrupt",
    "failed to load",
    "serialization",
    "replaying wal",
    "encountered a fatal",
    "database has been invalidated",
)
_NEWER = ("trying to read a database file with version", "newer version of duckdb")
_FORBIDDEN = ("permission denied", "read-only", "operation not permitted", "access is denied")


def in_use(error: Exception) -> bool:
    """Whether another process has the file open."""
    return any(word in str(error).lower() for word in _IN_USE)


def damaged(path: Path, why: str) -> UserError:
    """The refusal of a file that is no sound store."""
    return UserError(
        f"The store {path} is damaged ({why}); move it away and run this again: all records are then fetched anew."
    )


def sentence_for(error: Exception, path: Path) -> UserError:
    """What went wrong with the file of a store, and what to do next."""
    first = str(error).splitlines()[0] if str(error) else type(error).__name__
    said = str(error).lower()
    number = error.errno if isinstance(error, OSError) else None
    if in_use(error):
        return UserError(f"The store {path} is in use by another program right now; wait until that has ended.")
    if number in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT) or any(word in said for word in _FULL):
        return UserError(
            f"The store {path} cannot grow, since its disk is full; make room and run this again: it goes on from "
            "where it stopped."
        )
    if number in (errno.EACCES, errno.EPERM, errno.EROFS) or any(word in said for word in _FORBIDDEN):
        return UserError(f"The store {path} may not be written by you; change the permissions of it and its folder.")
    if any(word in said for word in _NEWER):
        return UserError(
            f"The store {path} was written by a newer version of DuckDB; install that version (pip install -U duckdb)."
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return UserError(f"The memory does not suffice for the store {path}; close other programs and run this again.")
    if any(word in said for word in _DAMAGED) or isinstance(error, duckdb.FatalException | duckdb.InternalException):
        return damaged(path, shown(first, 200))
    return UserError(f"The store {path} cannot be used ({shown(first, 200)}); mend that, or move the file away.")
