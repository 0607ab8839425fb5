"""The SQL source: a database whose own engine counts the leads that lie in it; only small tables travel."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Union

import ibis
from ibis.backends import BaseBackend

from xlsmkt.crm.connection import Connection, Setting, Wish
from xlsmkt.crm.databases import open_database, query_of, shown_address, table_at, tables_of, told
from xlsmkt.crm.delivering import deliver, last_day_of
from xlsmkt.crm.entries import FileMapping
from xlsmkt.crm.importing import Imported
from xlsmkt.crm.mapping import load_mapping
from xlsmkt.crm.model import LEADS, MOST_ROWS
from xlsmkt.crm.paths import name_of, shown
from xlsmkt.crm.reasons import headings_shown, too_many_rows
from xlsmkt.crm.recognising import recognise
from xlsmkt.crm.translating import Given, names_of
from xlsmkt.crm.uniting import Translated, translate
from xlsmkt.errors import UserError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_ADVICE = 'write a mapping with [[file]], path = "the table" (or query = "select ..."), table = "Leads" and its columns'


class Source:
    """A database, found by its address: ``postgres://user@host/database``, ``duckdb:///folder/leads.duckdb``, whatever
    `ibis.connect` takes.

    The mapping says which table or which query holds leads; without one it is the table ``leads``, known by its
    headings. Nothing is ever written there: the right to SELECT is enough. A moment with a time zone counts as what it
    is in UTC, whatever the zone of this computer or of the server.
    """

    title: ClassVar[str] = "SQL database"
    settings: ClassVar[tuple[Setting, ...]] = (Setting("url", "Address, such as postgres://user@host/database"),)
    secrets: ClassVar[tuple[Setting, ...]] = (Setting("password", "Password, blank for none", optional=True),)

    def __init__(self, connection: Connection, secrets: Mapping[str, str]) -> None:
        self.address = connection.settings.get("url", "")
        self._password = secrets.get("password", "")
        self._backend: BaseBackend | None = None

    @classmethod
    def over(cls, engine: Union[BaseBackend, "SparkSession"]) -> "Source":
        """The database behind a connection that is open already: one of Ibis, or a Spark session.

        Ibis sets the time zone of a Spark session to UTC.
        """
        source = cls(Connection("sql", "sql"), {})
        source._backend = engine if isinstance(engine, BaseBackend) else ibis.pyspark.connect(engine)
        return source

    def check(self) -> str:
        """Which database it is, and how many tables it shows us."""
        with told(self._place, self._password):
            backend = self._opened()
            count = len(tables_of(backend))
            return f"{self._place} ({backend.name} {backend.version}): tables that can be seen: {count:,}"

    def read(self, wish: Wish) -> Imported:
        """Count the leads where they lie; the connection stays open for the expression ``Imported.leads``."""
        with told(self._place, self._password):
            wish.progress(0.0, "Connecting")
            backend = self._opened()
            entries = load_mapping(wish.mapping) if wish.mapping else [_recognised(backend)]
            given = [_given(backend, entry, wish.mapping) for entry in entries]
            wish.progress(0.1, "Reading")
            found = translate(given)
            wish.progress(0.5, "Counting")
            imported = _imported(found, list(dict.fromkeys(one.name for one in given)), wish)
            wish.progress(1.0, "Imported")
            return imported

    @property
    def _place(self) -> str:
        return shown_address(self.address) if self.address else f"The database ({self._opened().name})"

    def _opened(self) -> BaseBackend:
        if self._backend is None:
            self._backend = open_database(self.address, self._password)
        return self._backend


def _given(backend: BaseBackend, entry: FileMapping, mapping: Path | None) -> Given:
    """What an entry of the mapping means in this database."""
    where = f"{name_of(mapping)}: " if mapping else ""
    try:
        table = query_of(backend, entry.query) if entry.query else table_at(backend, entry.path)
        names = {
            ours: names_of(table_at(backend, rule.path), rule.key, rule.value) for ours, rule in entry.lookup.items()
        }
    except UserError as error:
        raise UserError(f"{where}{error}") from None
    return Given(table, entry, entry.path, names)


def _recognised(backend: BaseBackend) -> FileMapping:
    """The mapping that follows from the headings of the table ``leads``."""
    tables = tables_of(backend)
    name = next((one for one in tables if one.lower() == "leads"), None)
    if name is None:
        there = ", ".join(map(shown, tables[:20])) or "no tables"
        raise UserError(f"No table here is named leads (there are {there}); {_ADVICE}")
    headings = list(backend.table(name).columns)
    kind = recognise(name, headings)
    if kind is None or kind.table != LEADS.name:
        raise UserError(f"The headings of {name} are not known ({headings_shown(headings)}); {_ADVICE}")
    return kind.mapping()


def _imported(found: Translated, names: list[str], wish: Wish) -> Imported:
    today = wish.today or dt.date.today()
    tables, notes = dict(found.tables), []
    taken = {name: len(frame) for name, frame in tables.items()}
    last_days = {name: day for name, frame in tables.items() if (day := last_day_of(frame, today))}
    for name, frame in tables.items():
        if len(frame) > wish.most_rows:
            raise UserError(too_many_rows(name, len(frame), wish.most_rows))
    if found.leads is not None:
        most_leads = min(wish.most_leads, MOST_ROWS)
        delivered = deliver(found.leads, today=today, most_rows=wish.most_rows, most_leads=most_leads)
        tables, taken = {**delivered.tables, **tables}, {**delivered.taken, **taken}
        notes.append(delivered.note)
        if delivered.last_day:
            last_days = {LEADS.name: delivered.last_day, **last_days}
    if found.refused_rows > len(found.refused):
        notes.append(f"{found.refused_rows:,} rows were refused; the Import log lists {len(found.refused):,} of them.")
    return Imported(
        tables,
        found.refused,
        found.noted,
        found.superseded,
        found.ignored,
        last_days.get(LEADS.name),
        names,
        " ".join(filter(None, notes)),
        taken,
        last_days,
        leads=found.leads,
    )
