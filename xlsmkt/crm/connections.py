"""The connections of this user, in connections.toml: a name, a source and its settings; never a secret.

::

    [hubspot]
    source = "hubspot"
    connected_as = "account 123456 (hub-eu1)"
    url = "https://api.hubapi.com"
    requests_per_second = 4  # of those that a user may add
"""

import re
import tomllib
from pathlib import Path
from typing import Any

import tomlkit

from xlsmkt.crm.connection import Connection
from xlsmkt.crm.paths import shown
from xlsmkt.crm.places import changing, home, write_own
from xlsmkt.errors import UserError

MAIL = "mail"  # the name of the one that mails are sent by; nothing is read from it
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")
_OURS = ("source", "connected_as")  # the other keys are settings


def connections() -> dict[str, Connection]:
    """The connections by name.

    Raises
    ------
    UserError
        The file cannot be read, or is none of ours.
    """
    return {
        name: Connection(name, entry["source"], {key: str(value) for key, value in entry.items() if key not in _OURS})
        for name, entry in _entries().items()
    }


def connected_as(name: str) -> str:
    """Who the source said that we are when the connection was made; "" if there is none."""
    return str(_entries().get(name, {}).get("connected_as", ""))


def require_name(name: str) -> None:
    """Refuses what cannot be the name of a connection.

    A name names files, variables of the environment, and it is told from the name of any export.
    """
    if not _NAME.fullmatch(name):
        raise UserError(
            f"{shown(name)!r} cannot be the name of a connection; take letters, digits, - and _, such as hubspot-emea."
        )
    alike = [one for one in connections() if _told(one) == _told(name) and one != name]
    if alike:
        raise UserError(f"{name} is too much like the connection {alike[0]}; give another --name.")


def keep_connection(connection: Connection, who: str) -> None:
    """Store a connection in the place of the one of the same name, and who we are there."""
    with changing():
        require_name(connection.name)
        document = _document()
        document[connection.name] = {"source": connection.source, "connected_as": who, **connection.settings}
        write_own(_path(), tomlkit.dumps(document))


def forget_connection(name: str) -> bool:
    """Remove a connection; whether there was one."""
    with changing():
        document = _document()
        there = document.pop(name, None) is not None
        if there:
            write_own(_path(), tomlkit.dumps(document))
    return there


def read_toml(path: Path) -> dict[str, Any]:
    """The content of a file of ours; nothing where there is none."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); mend that and try again.") from None
    except ValueError:  # what it says may be a secret
        raise UserError(f"{path} is no TOML file any more; mend it, or delete it and connect again.") from None


def _path() -> Path:
    return home() / "connections.toml"


def _entries() -> dict[str, dict[str, Any]]:
    path = _path()
    entries = read_toml(path)
    for name, entry in entries.items():
        plain = isinstance(entry, dict) and all(
            isinstance(value, str) or (key not in _OURS and type(value) in (int, float)) for key, value in entry.items()
        )
        if not plain or not entry.get("source") or not _NAME.fullmatch(name):
            raise UserError(f"{path}: [{shown(name)}] is no connection; mend it or take it out.")
    return entries


def _document() -> tomlkit.TOMLDocument:
    _entries()  # says what is wrong
    path = _path()
    return tomlkit.parse(path.read_text("utf-8")) if path.exists() else tomlkit.document()  # keeps users' comments


def _told(name: str) -> str:
    return name.casefold().replace("-", "_")
