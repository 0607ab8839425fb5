"""Where data come from, as users write it: files, the name of a connection or a source, the address of a database."""

import glob
import os
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from xlsmkt.crm.connection import Connection, Source, Wish
from xlsmkt.crm.connections import MAIL, connections
from xlsmkt.crm.importing import Imported
from xlsmkt.crm.mapping import nearest
from xlsmkt.crm.paths import shown
from xlsmkt.crm.runs import recorded
from xlsmkt.crm.secrets import find_secret, hidden, variable
from xlsmkt.crm.sources import source_class, source_names
from xlsmkt.errors import UserError

FILE, SQL = "file", "sql"  # sources that are found by a path, by an address
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")  # of two letters at least: C:// is a drive
_THIS_COMPUTER = ("127.0.0.1", "localhost", "::1")
_SECRET_PARTS = ("password", "passwd", "pwd", "secret", "token", "private_key", "sslpassword", "credential")


def read_from(given: list[str], wish: Wish, *, from_book: bool = False) -> Imported:
    """Import what was given: files and patterns, or one connection; nothing: what the mapping names.

    Parameters
    ----------
    given
        Each a file, a pattern, the name of a connection or of a source, or an address; the first that it can be.
    from_book
        They stand in a workbook, which anybody may have written: only addresses that the user has connected are called.

    Raises
    ------
    UserError
        A word is none of these, or what it stands for cannot be read.
    """
    files, found = _told_apart(given)
    if not found:
        source = source_class(FILE)(Connection(FILE, FILE, {"files": "\n".join(map(str, files))}), {})
        return source.read(wish)
    if files or len(found) > 1:
        both = f"{shown(given[0])} and {shown(given[1])}"
        raise UserError(f"{both} cannot be imported together; name files, or one connection.")
    [connection] = found.values()
    if from_book and is_address(given[0]) and connection.name not in connections():
        raise UserError(
            f"{shown(given[0], 200)} is an address that you have not connected, and anybody may have written it into "
            f"this workbook; if it is yours, run: xlsmkt connect {given[0]}"
        )
    return read_connection(connection, wish)


def read_connection(connection: Connection, wish: Wish) -> Imported:
    """Import from a connection, and keep what came of it for the list of sources."""
    with recorded(connection) as imported:
        source, secrets = opened(connection)
        with hidden(secrets):
            imported.append(source.read(wish))
    return imported[0]


def opened(connection: Connection) -> tuple[Source, dict[str, str]]:
    """The source that a connection leads to, and the secrets that nobody may be told.

    Raises
    ------
    UserError
        A setting or a secret is missing.
    """
    kind = source_class(connection.source)
    settings = {**given_settings(connection.name, kind), **connection.settings}
    for setting in kind.settings:
        if not settings.setdefault(setting.key, setting.default):
            raise UserError(f"{connection.name} is not connected; run: xlsmkt connect {connection.name}")
    if connection.source not in (FILE, SQL):
        without_password(settings.get("url", ""), of_web=True)
    secrets = {}
    for secret in kind.secrets:
        found = find_secret(connection.name, secret.key)
        if found is None and not secret.optional:
            raise UserError(
                f"There is no {secret.key} for {connection.name}; run: xlsmkt connect {connection.name}, or set "
                f"{variable(connection.name, secret.key)}."
            )
        secrets[secret.key] = found or ""
    with hidden(secrets):
        return kind(replace(connection, settings=settings), secrets), secrets


def given_settings(name: str, kind: type[Source]) -> dict[str, str]:
    """The settings that the environment gives."""
    found = {setting.key: os.environ.get(variable(name, setting.key), "") for setting in kind.settings}
    return {key: value for key, value in found.items() if value}


def connection_for(word: str) -> Connection | None:
    """The connection that a word means: by its name, as a source of that name, by its address; None for none.

    Raises
    ------
    UserError
        It is an address with a password in it, or the name of a source that is found otherwise.
    """
    known = connections()
    named = {name.casefold(): one for name, one in known.items()}
    if word.casefold() == MAIL and (MAIL not in known or known[MAIL].source == MAIL):
        raise UserError("Nothing is read from mail, which sends the dashboard; name a CRM, a database or files.")
    if word.casefold() in named:
        return named[word.casefold()]
    if is_address(word):
        address = without_password(word)
        same = next((one for one in known.values() if one.settings.get("url") == address), None)
        return same or Connection(free_name(address), SQL, {"url": address})
    if word.casefold() in (FILE, SQL):
        raise UserError(
            f"{word} alone says too little; give the files themselves, or the address of a database, such as "
            "postgres://user@host/database."
        )
    if word.casefold() in source_names():
        return Connection(word.casefold(), word.casefold())
    return None


def connection_named(word: str) -> Connection:
    """The same for a word that must mean a connection."""
    found = connection_for(word)
    if found is None:
        raise UserError(f"There is no connection {shown(word)}; {_advice(word)}")
    return found


def is_address(word: str) -> bool:
    """Whether a word is an address rather than a path or a name."""
    return bool(_ADDRESS.match(word))


def without_password(address: str, *, of_web: bool = False) -> str:
    """The address of a database, or that of a CRM on the web, if it has no password in it.

    Raises
    ------
    UserError
        It has one; or it leads to something else.
    """
    try:
        parts = urlsplit(address)
        secret, host = parts.password is not None, parts.netloc.rpartition("@")[2]
    except ValueError:
        raise UserError("This address cannot be read; write it as postgres://user@host/database.") from None
    query = [key for key, _ in parse_qsl(parts.query, keep_blank_values=True)]
    hiding = [key for key in query if any(word in key.lower() for word in _SECRET_PARTS)]
    if secret or hiding:
        user = f"{parts.username}@" if parts.username else ""
        clean = urlunsplit((parts.scheme, user + host, parts.path, "", ""))
        raise UserError(
            "An address with a password in it stands in lists of processes and in histories; change that password, "
            f"leave it out and give it when you are asked: xlsmkt connect {shown(clean, 200)}"
        )
    if of_web and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise UserError(f"{shown(address, 200)} is no address on the web; write one that begins with https://.")
    if of_web and parts.scheme == "http" and parts.hostname not in _THIS_COMPUTER:
        raise UserError(
            f"Over {shown(address, 200)} everybody on the way could read the token; write it with https://."
        )
    if not of_web and parts.scheme in ("http", "https", "ftp", "file"):
        raise UserError(
            f"{shown(address, 200)} is no address of a database; save the file and name that, or connect the CRM "
            "that it belongs to: xlsmkt connect SOURCE."
        )
    return address


def free_name(address: str) -> str:
    """A name for the connection to an address: that of the database, else of the host; none that is in use."""
    parts = urlsplit(address)
    last = Path(parts.path).stem or (parts.hostname or "") or parts.scheme
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", last).strip("-_").lower()[:50]
    if not name[:1].isalpha():
        name = f"{parts.scheme.partition('+')[0].replace('.', '-')}-{name}".strip("-")
    taken = {one.casefold() for one in (*connections(), *source_names(), MAIL)}
    return next(one for one in (name, *(f"{name}-{n}" for n in range(2, 9999))) if one not in taken)


def _told_apart(given: list[str]) -> tuple[list[Path], dict[str, Connection]]:
    """The files, and the connections by name."""
    files: list[Path] = []
    found: dict[str, Connection] = {}
    for word in given:
        path = Path(word)
        if os.path.exists(word) and not os.path.isdir(word):
            files.append(path)
        elif matching := sorted(glob.glob(word)) if "*" in word and not is_address(word) else []:
            files += map(Path, matching)
        elif not is_address(word) and any(sign in word for sign in "./\\*"):  # no connection has such a name
            files.append(path)  # the import says that it is not there
        elif connection := connection_for(word):
            found[connection.name] = connection
        elif os.path.isdir(word):
            files.append(path)
        else:
            raise UserError(f"{shown(word)} is no file that is there and no connection; {_advice(word)}")
    return files, found


def connection_to_map(given: list[str]) -> Connection | None:
    """The connection that the words given to `xlsmkt map` mean; None for files."""
    files, found = _told_apart(given)
    if found and (files or len(found) > 1):
        raise UserError("A mapping is drafted for files, or for one connection; name one of these alone.")
    return next(iter(found.values()), None)


def _advice(word: str) -> str:
    sources = [name for name in source_names() if name not in (FILE, SQL)]
    meant = nearest(word, list(dict.fromkeys([*connections(), *sources])))
    return (
        f"{meant}{'' if meant.endswith('?') else '.'} Make one with: xlsmkt connect {sources[0]} (or the address of a "
        "database, such as postgres://user@host/database)"
    )
