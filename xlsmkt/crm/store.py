"""The store of a connection: a DuckDB file with the records of a CRM, how far they are known, and what was imported.

Schema ``records`` holds a table for each kind of record (``records.contacts``), its fields as texts by the CRM's own
names. ``leads``, ``daily`` and ``import_log`` are those of the last import, ``runs`` says when it ran; their user may
query them with DuckDB. A page of records and the place where the next one begins are written in one transaction, so
that a program that is killed neither loses a page nor asks for it again.

Tables have no index: to delete the ids of a page of 200 from a million rows takes 9 ms without one, and indexes of
DuckDB live in memory.
"""

import contextlib
import datetime as dt
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa

from xlsmkt.crm.api import Record
from xlsmkt.crm.model import TABLES
from xlsmkt.crm.statements import quoted
from xlsmkt.crm.store_errors import damaged, sentence_for
from xlsmkt.crm.store_files import connected, make
from xlsmkt.errors import UserError

FORMAT = 1
IMPORTED_TABLES = [table.name.lower() for table in TABLES]  # leads, daily, ..., import_log
_UPGRADES: dict[int, str] = {}  # format -> statements that make the next one of it

Moment = dt.datetime  # with zone UTC


@dataclass
class State:
    """How far the records of an object are known.

    Attributes
    ----------
    fields
        What the stored records hold.
    watermark
        Changes from here on are not stored yet; None before all records were read once.
    started
        The CRM's clock when the reading that is under way began for the first time; None when none is.
    since, cursor
        What that reading asks for, and where its next page begins.
    listed
        When all ids were last compared with those of the CRM.
    listing, listing_cursor, all_listed
        The same as ``started`` and ``cursor`` for a comparison that is under way, and whether all ids have been listed.
    """

    fields: list[str] = field(default_factory=list)
    watermark: Moment | None = None
    started: Moment | None = None
    since: Moment | None = None
    cursor: str = ""
    listed: Moment | None = None
    listing: Moment | None = None
    listing_cursor: str = ""
    all_listed: bool = False


@dataclass(frozen=True)
class Run:
    """One run of an import: when (by the local clock, in UTC), how many records it brought, why it failed ("": not)."""

    started: dt.datetime
    ended: dt.datetime | None
    rows: int
    error: str


class Store:
    """The store of a connection; open it with ``with Store.open(path) as store``. Every method may raise UserError."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.path, self.connection = path, connection
        self.arrived = 0  # records that were stored since it was opened
        self._inside = False  # a transaction

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> "Store":
        """Open a store, and make it if it is not there; ``read_only``: only to look into it, at once or not at all.

        Raises
        ------
        UserError
            Another process has it open, it is damaged, newer than this program or may not be written.
        """
        with _sentences(path):
            if not read_only:
                make(path, FORMAT)
                os.chmod(path, 0o600)
            store = cls(path, connected(path, read_only))
        try:
            store._upgrade(read_only)
        except BaseException:
            store.close()
            raise
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. What could not be written into its tables yet stays in the log beside it."""
        with contextlib.suppress(duckdb.Error):
            self.connection.close()

    def belong_to(self, account: str) -> str:
        """Note whose records these are, unless it is known; the account that is noted."""
        with self._all_or_nothing():
            self._run("update about set account = ? where account is null", [account or None])
            return str(self._rows("select coalesce(account, '') from about")[0][0])

    # --- records ---

    def state(self, name: str) -> State:
        """How far the records of an object are known."""
        found = self._rows("select state from objects where object = ?", [name])
        return State(**_moments(json.loads(found[0][0]))) if found else State()

    def save_state(self, name: str, state: State) -> None:
        """Keep how far the records of an object are known."""
        with self._all_or_nothing():
            self._save_state(name, state)

    def count(self, name: str) -> int:
        """How many records of an object are stored."""
        return int(self._rows(f"select count(*) from {_table(name)}")[0][0]) if self.holds(name) else 0

    def holds(self, name: str) -> bool:
        """Whether there is a table for an object."""
        return bool(self.columns(name))

    def columns(self, name: str) -> list[str]:
        """The fields that the table of an object holds."""
        found = self._rows(
            "select column_name from duckdb_columns() where schema_name = 'records' and lower(table_name) = lower(?) "
            "and not internal order by column_index",
            [name],
        )
        return [one for (one,) in found]

    def hold_fields(self, name: str, state: State) -> None:
        """Make the table of an object hold exactly the fields of its state; new ones are blank."""
        with self._all_or_nothing():
            held = self.columns(name)
            if not held:
                self._run(f"create table {_table(name)} ({_typed(state.fields)})")
            known = {one.lower() for one in held}
            wanted = {one.lower() for one in state.fields}
            for one in held and [one for one in state.fields if one.lower() not in known]:
                self._run(f"alter table {_table(name)} add column {quoted(one)} varchar")
            for one in [one for one in held if one.lower() not in wanted]:
                self._run(f"alter table {_table(name)} drop column {quoted(one)}")
            self._save_state(name, state)

    def save_page(self, name: str, key: str, records: Sequence[Record], state: State) -> None:
        """Keep a page of records, each in place of the one with the same id, and where the next page begins."""
        with self._all_or_nothing():
            if records:
                page = _arrow({record[key]: record for record in records}.values(), state.fields)
                self.connection.register("page", page)
                ids = f"(select {quoted(key)} from page)"
                self._run(f"delete from {_table(name)} where {quoted(key)} in {ids}")
                self._run(f"insert into {_table(name)} by name select * from page")
                if state.listing:  # what arrives is there, whatever a listing that began before says
                    self._run(f"delete from {_doubted(name)} where id in {ids}")
                self.connection.unregister("page")
            self._save_state(name, state)
        self.arrived += len(records)

    def replace_records(self, name: str, key: str, records: Sequence[Record], state: State) -> None:
        """Keep these records of an object and no others."""
        with self._all_or_nothing():
            self._run(f"delete from {_table(name)}")
            self.save_page(name, key, records, state)

    def texts(self, name: str, key: str, fields: list[str]) -> pa.Table:
        """Fields of all records, as texts, in the order of their ids (numbers by their size); "" for a blank."""
        with _sentences(self.path):
            return self.connection.sql(_all_texts(name, key, fields)).to_arrow_table()

    def stream(self, name: str, key: str, fields: list[str]) -> Iterator[pa.RecordBatch]:
        """The same in pieces."""
        with _sentences(self.path), self.connection.cursor() as cursor:
            yield from cursor.sql(_all_texts(name, key, fields)).to_arrow_reader()

    # --- deleted records ---

    def begin_listing(self, name: str, key: str, state: State) -> None:
        """Begin to look for records that the CRM no longer has: all that are stored now are in doubt."""
        with self._all_or_nothing():
            self._run(f"create or replace table {_doubted(name)} as select {quoted(key)} as id from {_table(name)}")
            self._run(f"create or replace table {_listed(name)} (id varchar)")
            self._save_state(name, state)

    def save_listing(self, name: str, ids: Sequence[str | None], state: State) -> None:
        """Keep a page of ids that the CRM still has."""
        with self._all_or_nothing():
            self.connection.register("page", pa.table({"id": _texts(ids)}))
            self._run(f"insert into {_listed(name)} select id from page")
            self.connection.unregister("page")
            self._save_state(name, state)

    def listing_counts(self, name: str) -> tuple[int, int]:
        """How many records are in doubt, and how many of all ids of the CRM are listed."""
        found = self._rows(f"select (select count(*) from {_doubted(name)}), (select count(*) from {_listed(name)})")
        return int(found[0][0]), int(found[0][1])

    def not_stored(self, name: str, key: str) -> int:
        """How many ids that the CRM listed are not stored."""
        known = f"select {quoted(key)} from {_table(name)}"
        return int(self._rows(f"select count(*) from {_listed(name)} where id not in ({known})")[0][0])

    def unlisted(self, name: str) -> int:
        """How many records are in doubt that the CRM did not list."""
        known = f"select id from {_listed(name)}"
        return int(self._rows(f"select count(*) from {_doubted(name)} where id not in ({known})")[0][0])

    def drop_unlisted(self, name: str, key: str) -> int:
        """Delete the records that were in doubt and that the CRM did not list; how many."""
        gone = f"select id from {_doubted(name)} where id not in (select id from {_listed(name)})"
        with self._all_or_nothing():
            deleted = self._rows(f"delete from {_table(name)} where {quoted(key)} in ({gone}) returning 1")
        return len(deleted)

    def end_listing(self, name: str, state: State) -> None:
        """End the comparison."""
        with self._all_or_nothing():
            self._run(f"drop table if exists {_doubted(name)}")
            self._run(f"drop table if exists {_listed(name)}")
            self._save_state(name, state)

    # --- runs and what was imported ---

    def begin_run(self) -> int:
        """Note that a run begins; its number. A run that never ended was stopped from outside."""
        with self._all_or_nothing():
            self._run("update runs set ended = started, error = 'stopped before its end' where ended is null")
            self._run("insert into runs select coalesce(max(run), 0) + 1, ?, null, 0, '' from runs", [_now()])
            return int(self._rows("select max(run) from runs")[0][0])

    def end_run(self, run: int, error: str = "", tables: Mapping[str, Any] | None = None) -> None:
        """Note how a run ended, and keep the tables that it imported (Arrow tables or readers) in place of the former
        ones."""
        with self._all_or_nothing():
            for name in IMPORTED_TABLES if tables is not None else ():
                self._run(f"drop table if exists {quoted(name)}")
            for name, table in (tables or {}).items():
                self.connection.register("imported", table)
                self._run(f"create table {quoted(name)} as select * from imported")
                self.connection.unregister("imported")
            self._run(
                "update runs set ended = ?, rows = ?, error = ? where run = ?", [_now(), self.arrived, error, run]
            )

    def runs(self) -> list[Run]:
        """All runs, the last one first."""
        return [Run(*row) for row in self._rows("select started, ended, rows, error from runs order by run desc")]

    def states(self) -> dict[str, State]:
        """How far the records of each object are known."""
        found = self._rows("select object, state from objects order by object")
        return {name: State(**_moments(json.loads(state))) for name, state in found}

    # --- below ---

    def _upgrade(self, read_only: bool) -> None:
        if not self._rows("select 1 from duckdb_tables() where table_name = 'about' and schema_name = 'main'"):
            raise damaged(self.path, "it is no store of xlsmkt")
        held = self._rows("select format from about")
        if not held:
            raise damaged(self.path, "its format is not said")
        if held[0][0] > FORMAT:
            raise UserError(
                f"The store {self.path} was written by a newer version of xlsmkt; install that version to use it."
            )
        if read_only:
            return
        with self._all_or_nothing():
            for old in range(held[0][0], FORMAT):
                self._run(_UPGRADES[old])
                self._run("update about set format = ?", [old + 1])

    def _save_state(self, name: str, state: State) -> None:
        self._run("delete from objects where object = ?", [name])
        self._run("insert into objects values (?, ?)", [name, json.dumps(asdict(state), default=_iso)])

    @contextlib.contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """One transaction; inside another one, a part of that."""
        if self._inside:
            yield
            return
        with _sentences(self.path):
            self.connection.begin()
            self._inside = True
            try:
                yield
                self.connection.commit()
            except BaseException:
                with contextlib.suppress(duckdb.Error):  # DuckDB has rolled back by itself, or closed the file
                    self.connection.rollback()
                raise
            finally:
                self._inside = False

    def _run(self, statement: str, values: Sequence[Any] = ()) -> None:
        with _sentences(self.path):
            self.connection.execute(statement, list(values))

    def _rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with _sentences(self.path):
            return self.connection.execute(statement, list(values)).fetchall()


def _all_texts(name: str, key: str, fields: list[str]) -> str:
    columns = ", ".join(f"coalesce({quoted(one)}, '') as {quoted(one)}" for one in fields)
    return f"select {columns} from {_table(name)} order by length({quoted(key)}), {quoted(key)}"


def _table(name: str) -> str:
    return f"records.{quoted(name)}"


def _doubted(name: str) -> str:
    return f"listing.{quoted(name + ' in doubt')}"


def _listed(name: str) -> str:
    return f"listing.{quoted(name)}"


def _typed(fields: list[str]) -> str:
    return ", ".join(f"{quoted(one)} varchar" for one in fields)


def _arrow(records: Any, fields: list[str]) -> pa.Table:
    rows = list(records)
    return pa.table({one: _texts([row.get(one) for row in rows]) for one in fields})


def _texts(values: Sequence[str | None]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:  # half of an emoji, where a CRM cut a text
        return pa.array([one and one.encode("utf-8", "replace").decode() for one in values], pa.string())


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def _iso(value: Any) -> str:
    assert isinstance(value, dt.datetime)
    return value.isoformat()


def _moments(data: dict[str, Any]) -> dict[str, Any]:
    names = ("watermark", "started", "since", "listed", "listing")
    return {key: dt.datetime.fromisoformat(value) if key in names and value else value for key, value in data.items()}


@contextlib.contextmanager
def _sentences(path: Path) -> Iterator[None]:
    """What DuckDB or the system say of a file, as one sentence."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise sentence_for(error, path) from error
