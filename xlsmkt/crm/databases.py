"""Databases that hold leads: opened by their address, to be read only; what goes wrong there is one sentence.

Whatever `ibis.connect` takes can be opened; nothing is ever written there. PostgreSQL, DuckDB and Spark are tried in
tests.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import entry_points
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import ibis
from ibis.backends import BaseBackend

from xlsmkt.crm.mapping import nearest
from xlsmkt.crm.paths import shown
from xlsmkt.errors import UserError

_EXTRAS = {"postgres": "postgres", "snowflake": "snowflake", "bigquery": "bigquery", "pyspark": "spark"}  # of our own
_FILES = {"duckdb": "DuckDB", "sqlite": "SQLite"}  # databases that are a file
_SECRET_IS = {"trino": "auth", "databricks": "access_token"}  # elsewhere it is the password
_PATIENCE = 15  # seconds to wait for a server to answer at all
# An idle connection that is dead is noticed after a minute, not after the two hours of most systems.
_POSTGRES = {"connect_timeout": _PATIENCE, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}

# What drivers and servers write, in small letters, and what that means. The first that is found counts.
_MEANINGS = [
    (r"failed to resolve host|could not translate host name|name or service not known|unknown .*server host",
     "there is no computer of this name, or no network; check the address"),
    (r"password authentication failed|no password supplied|access denied for user|login failed|incorrect username or"
     r"|authentication fail|role \".*\" does not exist",
     "the user or the password is wrong; give the right one with: xlsmkt connect {connect}"),
    (r"default credentials|could not automatically determine credentials",
     "nobody is signed in there; sign in with the program of that service and run this again"),
    (r"no pg_hba\.conf entry",
     "the server does not let this user in from this computer; ask the one who runs it"),
    (r"database .* does not exist|unknown database|cannot open database",
     "there is no database of this name; check the last part of the address"),
    (r"connection refused|can't connect to",
     "nothing answers at this port; start the database or check the address"),
    (r"too many (clients|connections)|remaining connection slots",
     "the server has no connection left; run this again later"),
    (r"statement timeout|query_canceled|execution time exceeded",
     "the server stopped the query since it took longer than it allows; ask for a longer statement timeout, or name a "
     "table with fewer rows in the mapping"),
    (r"timeout expired|timed out",
     "nothing answered in time; check the address and the network"),
    (r"terminating connection|server closed the connection|connection (is |already )?(lost|closed)|closed by the remote"
     r"|could not receive data|ssl syscall|consuming input failed|the system is shutting down|starting up",
     "the connection was lost; nothing was changed, run this again"),
    (r"read-only transaction|read-only mode",
     "the query would change something, and databases are only read here; write one that selects"),
    (r"permission denied|insufficient privilege|not authorized|access denied|does not have permission",
     "this user may not read it ({words}); ask for the right to SELECT, and for USAGE of its schema"),
    (r"conflicting lock|could not set lock|different configuration|being used by another process",
     "another program has it open to write; close that one and run this again"),
    (r"not a valid duckdb database|file is not a database|serialization|(newer|older) version of duckdb",
     "it is no database that this version can read ({words}); check the file"),
    (r"java_gateway_exited|java gateway process exited|java_home|java not found",
     "Spark needs Java; install a Java runtime, 17 or newer, and run this again"),
]  # fmt: skip


def open_database(address: str, password: str = "") -> BaseBackend:
    """The database at an address, to be read.

    Raises
    ------
    UserError
        It is no address of a database, holds a password, or the database cannot be opened.
    """
    scheme = require_address(address)
    parts = urlsplit(address)
    place = shown_address(address)
    with told(place, password):
        try:
            if scheme in _FILES and not parts.netloc.startswith(("md:", "motherduck:")):
                return _open_file(scheme, parts.netloc + parts.path, dict(parse_qsl(parts.query)))
            return _open_server(scheme, address, password)
        except ImportError:
            extra = f"xlsmkt[{_EXTRAS[scheme]}]" if scheme in _EXTRAS else f"ibis-framework[{scheme}]"
            raise UserError(f'The driver for {scheme}:// is not installed; run: pip install "{extra}"') from None


def require_address(address: str) -> str:
    """The kind of database that an address leads to, as Ibis calls it.

    Raises
    ------
    UserError
        It is none that Ibis knows, or a password stands in it.
    """
    from xlsmkt.crm.origins import without_password

    without_password(address)
    parts = urlsplit(address)
    known = sorted(backend.name for backend in entry_points(group="ibis.backends"))
    scheme = parts.scheme.replace("postgresql", "postgres")
    if scheme not in known:
        advice = nearest(scheme, known) if scheme else f"there are {', '.join(known)}"
        raise UserError(f"{shown(scheme)}:// is no database that is known; {advice}")
    if scheme in _FILES:
        return scheme
    if _is_torn(address):
        raise UserError("This address cannot be read; write it as postgres://user@host:5432/database, no password.")
    if scheme == "pyspark" and parts.netloc:
        raise UserError(f"Write the address of Spark as pyspark://?spark.master=spark://{shown(parts.netloc)}")
    return scheme


def _is_torn(address: str) -> bool:
    """Whether it seems to hold a password with a sign that ends the part of user and host: user:pass/word@host."""
    parts = urlsplit(address)
    try:
        parts.port  # noqa: B018 # raises
    except ValueError:
        return True
    return ":" in parts.netloc and "@" in parts.path + parts.query + parts.fragment


def shown_address(address: str) -> str:
    """An address for a message: without what follows its question mark."""
    return shown(address.partition("?")[0].partition("#")[0], 200)


def _open_file(scheme: str, given: str, settings: dict[str, str]) -> BaseBackend:
    name = given.lstrip("/") if re.match(r"/+[A-Za-z]:[/\\]", given) else given  # /C:/leads.duckdb
    path = Path(name).expanduser()
    if name in ("", ":memory:"):
        raise UserError(
            f"Name the file of the database: {scheme}://leads.{scheme}, or {scheme}:///folder/leads.{scheme}"
        )
    if not path.is_file():  # opening it would make one
        raise UserError(f"{shown(path, 200)} is not there; check the name of the database's file")
    if scheme == "sqlite":
        return ibis.sqlite.connect(path)
    return ibis.duckdb.connect(path, **settings | {"read_only": True})


def _open_server(scheme: str, address: str, password: str) -> BaseBackend:
    how: dict[str, object] = {_SECRET_IS.get(scheme, "password"): password} if password else {}
    if scheme == "postgres":
        how |= {key: value for key, value in _POSTGRES.items() if f"{key}=" not in urlsplit(address).query}
    backend = ibis.connect(address, **how)
    if scheme == "postgres":
        backend.con.read_only = True  # every transaction, so that the server itself refuses to change anything
    return backend


# --- what goes wrong ---


@contextmanager
def told(place: str, password: str = "") -> Iterator[None]:
    """What a driver raises inside becomes a sentence about the database at ``place``, without the password."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        if type(error).__module__ == "builtins" and not isinstance(error, (OSError, ValueError, RuntimeError)):
            raise  # a fault of ours, not of the database
        raise UserError(_sentence(error, place, password)) from None


def _sentence(error: Exception, place: str, password: str) -> str:
    text = str(error).replace(password, "***") if password else str(error)
    words = next((line for line in map(str.strip, text.splitlines()) if line), type(error).__name__)
    plain = text.lower()
    connect = place if "://" in place else "NAME"
    for signs, meaning in _MEANINGS:
        if re.search(signs, plain):
            return f"{place}: {meaning.format(words=shown(words, 200), connect=connect)}"
    return f"{place} answered: {shown(words, 300)}; mend that and run this again"


# --- its tables ---


def table_at(backend: BaseBackend, path: str) -> ibis.Table:
    """The table that a mapping names: ``leads``, ``crm.leads``, ``catalog.crm.leads``; in any case if only one fits.

    Raises
    ------
    UserError
        There is none.
    """
    try:
        return _table(backend, path)
    except Exception as error:
        if _is_known(error):
            raise
    there = tables_of(backend)
    alike = [one for one in there if one.lower() == path.lower()]
    if path in there or len(alike) == 1:
        return _table(backend, path if path in there else alike[0])
    advice = nearest(path, there) if there else "this user sees none"
    raise UserError(f"there is no table {shown(path)}, or this user may not see it; {advice}")


def _table(backend: BaseBackend, path: str) -> ibis.Table:
    *around, name = path.split(".")
    if not around:
        return backend.table(name)
    return backend.table(name, database=tuple(around) if around[1:] else around[0])


def tables_of(backend: BaseBackend, most: int = 20) -> list[str]:
    """The tables that a user sees: those of the schema where one is by their names, others with their schema's name."""
    here = getattr(backend, "current_database", None)
    if backend.name in _STANDARD:
        asked = (
            "select table_schema, table_name from information_schema.tables where table_catalog = current_database()"
        )
        found = backend.raw_sql(asked).fetchall()
        rows = [(schema, name) for schema, name in found if schema not in _OF_THE_SYSTEM]
        return sorted(name if schema == here else f"{schema}.{name}" for schema, name in rows)
    tables = list(backend.list_tables())
    with suppress(Exception):  # not every database has schemas, or tells them
        others = [one for one in backend.list_databases() if one != here and one not in _OF_THE_SYSTEM]
        for schema in others[:most]:
            tables += [f"{schema}.{name}" for name in backend.list_tables(database=schema)]
    return sorted(tables)


_STANDARD = ("duckdb", "postgres")  # Ibis 12 lists tables in a way that DuckDB 2 no longer has
_OF_THE_SYSTEM = ("information_schema", "pg_catalog", "pg_toast", "INFORMATION_SCHEMA", "sys", "performance_schema")


def _is_known(error: Exception) -> bool:
    """Whether an error says that something else is wrong than the name of a table."""
    return any(re.search(signs, str(error).lower()) for signs, _ in _MEANINGS)


def query_of(backend: BaseBackend, query: str) -> ibis.Table:
    """The rows that a query selects.

    Raises
    ------
    UserError
        It is no query of this database, more than one, or it does not only select.
    """
    import sqlglot
    from sqlglot import exp

    text = query.strip(" \t\r\n;")
    try:
        parsed = [one for one in sqlglot.parse(text, read=backend.dialect) if one is not None]
    except sqlglot.errors.SqlglotError as error:
        words = next(iter(str(error).splitlines()), "")
        raise UserError(f"the query cannot be read ({shown(words, 200)}); mend it in the mapping") from None
    changing = (exp.DML, exp.DDL, exp.Into, exp.Lock, exp.Command)
    selects = len(parsed) == 1 and isinstance(parsed[0], exp.Query)
    if not selects or any(isinstance(part, changing) for part in parsed[0].walk()):
        raise UserError('the query must be one that selects, such as "select * from leads"; mend it in the mapping')
    read = _COLUMNS_OF.get(backend.name)
    mapper = backend.compiler.type_mapper
    kinds = {name: mapper.from_string(kind, nullable=True) for name, kind in read(backend, text)} if read else None
    return backend.sql(text, schema=kinds)


def _columns_of_postgres(backend: BaseBackend, query: str) -> list[tuple[str, str]]:
    """The columns of a query. Ibis would make a view to find out, which takes the right to make one."""
    with backend.con.cursor() as cursor, backend.con.transaction():
        cursor.execute(f"select * from ({query}\n) as rows limit 0")
        columns = [(column.name, column.type_code) for column in cursor.description]
        oids = [oid for _, oid in columns]
        cursor.execute("select oid::int8, format_type(oid, null) from pg_type where oid = any(%s)", [oids])
        names = dict(cursor.fetchall())
    return [(name, names[oid]) for name, oid in columns]


def _columns_of_duckdb(backend: BaseBackend, query: str) -> list[tuple[str, str]]:
    """The columns of a query. Ibis 12 asks for them in a way that DuckDB 2 no longer has."""
    return [(name, kind) for name, kind, *_ in backend.con.execute(f"describe {query}").fetchall()]


_COLUMNS_OF = {"postgres": _columns_of_postgres, "duckdb": _columns_of_duckdb}
