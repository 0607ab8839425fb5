"""The commands about connections: connect, disconnect, sources, figures."""

import argparse
import datetime as dt
import os
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlsmkt.errors import UserError
from xlsmkt.terminal import ask_secret, ask_text, asking, is_there, print_table, progress_bar

if TYPE_CHECKING:
    import pandas as pd

    from xlsmkt.crm.asking import Answers
    from xlsmkt.crm.connection import Connection, Setting

_FILES = ("duckdb", "sqlite")  # databases that are a file


def add_source_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add them to the command line."""
    told = (
        "Connect a CRM, a database or a mail server: asks for its address and its secrets, tries them, and stores them "
        "if it answers. Secrets are typed unseen, or come as lines of the standard input, or from variables such as "
        "XLSMKT_HUBSPOT_TOKEN; they are kept in the keyring of this computer, else in a file for you alone."
    )
    connect = commands.add_parser("connect", help="Connect a CRM, a database or a mail server.", description=told)
    connect.set_defaults(run=_connect)
    connect.add_argument(
        "source", metavar="SOURCE_OR_URL", help="such as hubspot, postgres://user@host/database, or mail"
    )
    connect.add_argument("--name", help="what to call it (default: the source, or the name of the database)")
    connect.add_argument("--url", help="the address of the CRM, where it is not the usual one")

    words = "Forget a connection and its secrets."
    disconnect = commands.add_parser("disconnect", help=words, description=words)
    disconnect.set_defaults(run=_disconnect)
    disconnect.add_argument("name", metavar="NAME")
    disconnect.add_argument("--data", action="store_true", help="also delete the data that were read from it")

    words = "List the connections: last run, rows, where the next run begins."
    sources = commands.add_parser("sources", help=words, description=words)
    sources.set_defaults(run=_sources)
    sources.usage = "xlsmkt sources [-h] [check NAME]"
    tasks = sources.add_subparsers(metavar="check NAME", prog="xlsmkt sources")
    words = "Ask a connection who we are there; nothing is read."
    check = tasks.add_parser("check", help=words, description=words)
    check.set_defaults(run=_check)
    check.add_argument("name", metavar="NAME")

    words = "Print a figure over all leads of a source, computed where they are."
    figures = commands.add_parser("figures", help=words, description=words)
    figures.set_defaults(run=_figures)
    figures.add_argument("figure", metavar="FIGURE", help="daily, close-rates, reps, cohorts, funnel or cycle")
    add_reading_options(figures, "default: what --mapping names")
    figures.add_argument("--by", metavar="COLUMN", help="a column of Leads to tell apart, such as Source or Owner")
    figures.add_argument("--to", type=Path, metavar="FILE", help="write it as CSV, replaced if it is there")


def add_reading_options(of: argparse.ArgumentParser, default: str) -> None:
    """What says what to read, and how."""
    of.add_argument("--from", dest="source", nargs="+", metavar="SOURCE", default=[],
                    help="CSV or Excel exports; or a connection, such as hubspot; or the address of a database, such "
                         f"as postgres://user@host/database ({default})")  # fmt: skip
    of.add_argument("--mapping", type=Path, metavar="TOML", help="which column is which (see: xlsmkt map)")
    of.add_argument(
        "--date-order", choices=("day", "month", "year"), help="what comes first in a date like 05/04/2026 or 26-01-13"
    )
    of.add_argument("--decimal", choices=(".", ","), help="the decimal sign of numbers like 1.234")
    of.add_argument("--encoding", help="code page of the files, such as cp1252")


def answers_of(options: argparse.Namespace) -> "Answers":
    """What the options answer; the rest is asked where somebody can be asked."""
    from xlsmkt.crm.asking import Answers

    return Answers(options.encoding, options.date_order, options.decimal, asking())


# --- connect, disconnect ---


def _connect(options: argparse.Namespace) -> int:
    from xlsmkt.crm.connections import connected_as, keep_connection, require_name
    from xlsmkt.crm.origins import SQL, without_password
    from xlsmkt.crm.secrets import hidden, keep_secrets, variable
    from xlsmkt.crm.sources import source_class
    from xlsmkt.mailing.connecting import connect_mail, is_mail

    if options.name and is_mail(options.name):
        raise UserError("The name mail is for the mail server; give another --name.")
    if is_mail(options.source):
        print("\n".join(connect_mail(options.url or (options.source if "://" in options.source else ""))))
        return 0
    connection = _to_connect(options)
    require_name(connection.name)
    kind = source_class(connection.source)
    known = {**connection.settings, **({"url": options.url} if options.url else {})}
    asked = {setting.key: _setting(setting, connection.name, known) for setting in kind.settings}
    settings = {**known, **asked}  # a user may have written others into connections.toml
    if connection.source != SQL:
        settings["url"] = without_password(settings["url"].rstrip("/"), of_web=True)
    connection = type(connection)(connection.name, connection.source, {k: v for k, v in settings.items() if v})
    _require_same_place(connection)
    given, typed = {}, {}
    for secret in kind.secrets:
        if value := _from_environment(variable(connection.name, secret.key)):
            given[secret.key] = value
        elif connection.source != SQL or not _is_file(settings["url"]):
            typed[secret.key] = _secret(secret, kind.title)
    with hidden({**given, **typed}), _told_again(options, connection.name):
        who = kind(connection, {**given, **typed}).check().strip().rstrip(".")
    before = connected_as(connection.name)
    stored = keep_secrets(connection.name, typed)
    keep_connection(connection, who)
    print(f"{kind.title}: {who}.")
    if any(typed.values()):
        print(f"Stored: the connection {connection.name}; {' and '.join(k for k, v in typed.items() if v)} {stored}.")
    else:
        print(f"Stored: the connection {connection.name}.")
    for key in given:
        print(f"Not stored: {key}; it is taken from {variable(connection.name, key)} each time.")
    if before and before != who and connection.source != SQL:  # which has no store, and gets new tables
        print(
            f"It was connected as {before} before. If that is another account, its data must not be mixed with these: "
            f"xlsmkt disconnect {connection.name} --data, then connect again."
        )
    mapping = " --mapping TOML (or without, if a table is called leads and its headings are known)"
    print(f"Next: xlsmkt refresh BOOK --from {connection.name}{mapping if connection.source == SQL else ''}")
    return 0


def _to_connect(options: argparse.Namespace) -> "Connection":
    """The connection to make, with the settings that are known."""
    from xlsmkt.crm.connection import Connection
    from xlsmkt.crm.origins import connection_named, is_address

    if options.url and is_address(options.source):
        raise UserError("Give the address once: xlsmkt connect postgres://user@host/database")
    found = connection_named(_from_anywhere(options.source) if is_address(options.source) else options.source)
    if options.name and options.name != found.name and not is_address(options.source):
        return Connection(options.name, found.source)  # another account, whose address may be another
    return Connection(options.name or found.name, found.source, found.settings)


@contextmanager
def _told_again(options: argparse.Namespace, name: str) -> Iterator[None]:
    """A sentence that says to connect again says how, as long as there is no connection of that name."""
    from xlsmkt.crm.connections import connections

    try:
        yield
    except UserError as error:
        if name in connections():
            raise
        words = ["xlsmkt", "connect", options.source]
        words += [word for key in ("url", "name") if (value := getattr(options, key)) for word in (f"--{key}", value)]
        raise UserError(re.sub(r"xlsmkt connect \S+", lambda _: shlex.join(words), str(error))) from None


def _is_file(address: str) -> bool:
    """Whether the database at an address is a file, which nobody asks for a password."""
    return address.partition("://")[0] in _FILES


def _from_anywhere(address: str) -> str:
    """The address of a database that is a file, from whatever folder it is used."""
    scheme, _, name = address.partition("://")
    there = scheme in _FILES and Path(name).is_file()
    return f"{scheme}:///{Path(name).resolve().as_posix().lstrip('/')}" if there else address


def _setting(setting: "Setting", name: str, known: dict[str, str]) -> str:
    from xlsmkt.crm.secrets import variable

    value = known.get(setting.key) or _from_environment(variable(name, setting.key))
    if not value and is_there():
        value = ask_text(setting.words, setting.default)
    value = value or setting.default
    if not value and not setting.optional:
        how = "give --url" if setting.key == "url" else f"set {variable(name, setting.key)}"
        raise UserError(f"{name} must be told this: {setting.words}; {how}, or run this at a terminal.")
    return value


def _secret(secret: "Setting", title: str) -> str:
    value = ask_secret(f"{title}: {secret.words}", optional=secret.optional)
    if secret.key != "password":  # which may begin with a blank
        value = value.strip()
    if not value and not secret.optional:
        raise UserError(f"No {secret.key} was given; nothing was stored.")
    return value


def _require_same_place(connection: "Connection") -> None:
    """Refuse to connect a name elsewhere while there are data from where it was connected."""
    from xlsmkt.crm.connections import connections
    from xlsmkt.crm.places import store_path

    old = connections().get(connection.name)
    moved = old and (old.source, old.settings.get("url")) != (connection.source, connection.settings.get("url"))
    if moved and store_path(connection.name).exists():
        raise UserError(
            f"{connection.name} holds data from elsewhere; give another --name, or delete them with: "
            f"xlsmkt disconnect {connection.name} --data"
        )


def _from_environment(variable: str) -> str:
    return os.environ.get(variable, "")


def _disconnect(options: argparse.Namespace) -> int:
    from xlsmkt.crm.connections import forget_connection
    from xlsmkt.crm.origins import connection_named
    from xlsmkt.crm.places import store_path
    from xlsmkt.crm.runs import forget_run
    from xlsmkt.crm.secrets import forget_secrets, variable
    from xlsmkt.crm.sources import source_class
    from xlsmkt.mailing.connecting import disconnect_mail, is_mail

    if is_mail(options.name):
        print("\n".join(disconnect_mail()))
        return 0
    connection = connection_named(options.name)
    name, keys = connection.name, [secret.key for secret in source_class(connection.source).secrets]
    forget_secrets(name, keys)
    there = forget_connection(name)
    forget_run(name)
    print(f"Forgotten: the connection {name} and its secrets." if there else f"{name} was not connected.")
    store = store_path(name)
    files = [store, store.with_name(f"{store.name}.wal")]
    if options.data:
        print(f"{'Deleted: the' if store.exists() else 'There were no'} data that were read from {name}.")
        for file in files:
            file.unlink(missing_ok=True)
    elif store.exists():
        print(f"Kept: the data that were read from it, in {store} (xlsmkt disconnect {name} --data deletes them).")
    for key in keys:
        if _from_environment(variable(name, key)):
            print(f"{variable(name, key)} is still set.")
    return 0


# --- sources ---


def _sources(options: argparse.Namespace) -> int:
    from xlsmkt.crm.source_list import SourceLine, source_lines

    lines = source_lines()
    if not lines:
        print("There are no connections yet. Make one with: xlsmkt connect hubspot (or a database's URL)")
        return 0
    print_table(SourceLine._fields, lines)
    return 0


def _check(options: argparse.Namespace) -> int:
    from xlsmkt.crm.origins import connection_named, opened
    from xlsmkt.crm.secrets import hidden
    from xlsmkt.mailing.connecting import check_mail, is_mail

    if is_mail(options.name):
        print(check_mail())
        return 0
    connection = connection_named(options.name)
    source, secrets = opened(connection)
    with hidden(secrets):
        print(f"{source.title}: {source.check()}")
    return 0


# --- figures ---


def _figures(options: argparse.Namespace) -> int:
    from xlsmkt.crm.connection import Wish
    from xlsmkt.crm.delivering import figure
    from xlsmkt.crm.origins import read_from

    told_apart = _told_apart(options.figure, options.by)
    if not options.source and not options.mapping:
        raise UserError(
            "Say whose leads: --from FILE..., --from a connection (see: xlsmkt sources), or --mapping TOML."
        )
    with progress_bar() as progress:
        imported = read_from(options.source, Wish(options.mapping, answers_of(options), progress))
        if imported.leads is None:
            raise UserError(f"{', '.join(imported.sources)} holds no leads; give a source that does.")
        rows = figure(options.figure, imported.leads, **told_apart)
    if options.to:
        _write_csv(rows, options.to)
        print(f"Written to {options.to}: {len(rows):,} rows.")
    else:
        print_table([str(name) for name in rows], [[_shown(cell) for cell in row] for row in rows.itertuples(False)])
    return 0


def _told_apart(figure: str, by: str | None) -> dict[str, str | list[str]]:
    """The option of a figure that says by what it is told apart; refuses what it does not know before all is read."""
    from xlsmkt.crm.figures import FIGURES, TOLD_APART
    from xlsmkt.crm.mapping import nearest
    from xlsmkt.crm.model import COUNTED_BY

    if figure not in FIGURES:
        told = "; ".join(f"{name}: {(one.__doc__ or '').splitlines()[0].rstrip('.')}" for name, one in FIGURES.items())
        raise UserError(f"There is no figure {figure!r}; there are {told}.")
    choices = {"close-rates": TOLD_APART, "daily": COUNTED_BY}.get(figure)
    if by is None:
        return {}
    if choices is None:
        raise UserError(f"The figure {figure} is not told apart by a column; leave --by out.")
    found = {name.casefold(): name for name in choices}.get(by.casefold())
    if found is None:
        raise UserError(f"The figure {figure} cannot be told apart by {by!r}; {nearest(by, list(choices))}")
    return {"by": found} if figure == "close-rates" else {"words": [found]}


def _shown(value: Any) -> str:
    """A value of a figure for a terminal."""
    import pandas as pd

    if pd.isna(value):
        return ""
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d}"
    return f"{value:.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _write_csv(rows: "pd.DataFrame", path: Path) -> None:
    from xlsmkt.crm.values import guarded

    texts = rows.select_dtypes(["category", "object", "str"]).columns
    rows = rows.assign(**{name: rows[name].astype(object).map(guarded) for name in texts})
    rows.to_csv(path, index=False, encoding="utf-8-sig", date_format="%Y-%m-%d", lineterminator="\r\n")
