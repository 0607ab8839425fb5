"""The file of a store: it is made, and opened."""

import os
import time
from pathlib import Path

import duckdb
import filelock

from xlsmkt.crm.store_errors import in_use

MEMORY = "800MB"  # that DuckDB may take; what is more goes to a temporary file beside the store
PATIENCE = 3.0  # seconds in which a program that only looks into the store is done

_TABLES = """
create schema records;
create schema listing;
create table about (format integer, account varchar);
create table objects (object varchar, state varchar);
create table runs (run integer, started timestamp, ended timestamp, rows bigint, error varchar);
"""


def connected(path: Path, read_only: bool) -> duckdb.DuckDBPyConnection:
    """A connection to a store. To write, it waits a moment for a program that only looks into it."""
    until = time.monotonic() + (0 if read_only else PATIENCE)
    while True:
        try:
            return duckdb.connect(str(path), read_only, config={"memory_limit": MEMORY})
        except duckdb.Error as error:
            if not in_use(error) or time.monotonic() >= until:
                raise
        time.sleep(0.1)


def make(path: Path, number: int) -> None:
    """Make an empty store of this format if there is none; of two programs that begin at once, one."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with filelock.FileLock(path.with_name(".lock")):
        if not path.exists():
            _make_new(path, number)


def _make_new(path: Path, number: int) -> None:
    """Make it under another name first: a program that is killed meanwhile leaves no half of one."""
    new = path.with_name(path.name + ".new")
    for left in (new, path.with_name(new.name + ".wal"), path.with_name(path.name + ".wal")):
        left.unlink(missing_ok=True)  # of one that was never finished, or was moved away
    with duckdb.connect(str(new)) as connection:
        os.chmod(new, 0o600)
        connection.execute(_TABLES)
        connection.execute("insert into about (format) values (?)", [number])
    new.replace(path)
