"""The secrets of connections: from the environment, the keyring of the computer, or a file that its user alone reads.

They are never part of a connection, a workbook, a command line, a message or the log.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import tomlkit

from xlsmkt.crm.connections import read_toml
from xlsmkt.crm.places import changing, home, write_own
from xlsmkt.errors import UserError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_SERVICE = "xlsmkt"
_LEAST_HIDDEN = 4  # characters; a shorter secret may stand in any word


def variable(name: str, key: str) -> str:
    """The environment variable of a setting or a secret.

    >>> variable("hubspot-emea", "token")
    'XLSMKT_HUBSPOT_EMEA_TOKEN'
    """
    return "XLSMKT_" + "".join(one if one.isalnum() else "_" for one in f"{name}_{key}").upper()


def find_secret(name: str, key: str) -> str | None:
    """A secret of a connection; None where there is none.

    Raises
    ------
    UserError
        The keyring is locked and nothing else has the secret, or the file of secrets can be read by others.
    """
    given = os.environ.get(variable(name, key))
    if given:
        return given
    locked = None
    try:
        found = _keyring().get_password(_SERVICE, f"{name}/{key}")
        if found is not None:
            return found
    except _NoKeyring:
        pass
    except Exception as error:  # its backends raise what they like
        locked = type(error).__name__
    kept = _kept().get(name, {}).get(key)
    if kept is None and locked:
        raise UserError(
            f"The keyring of this computer cannot be read ({locked}); unlock it, or set {variable(name, key)}."
        )
    return kept


def keep_secrets(name: str, secrets: Mapping[str, str]) -> str:
    """Store the secrets of a connection, all in one place: where that is, for a sentence. Blank ones are forgotten."""
    _forget_in_keyring(name, [key for key, secret in secrets.items() if not secret])
    secrets = {key: secret for key, secret in secrets.items() if secret}
    try:
        keyring = _keyring()
        for key, secret in secrets.items():
            keyring.set_password(_SERVICE, f"{name}/{key}", secret)
            if keyring.get_password(_SERVICE, f"{name}/{key}") != secret:  # there is one that keeps nothing
                raise _NoKeyring
    except Exception:  # its backends raise what they like
        _forget_in_keyring(name, secrets)  # what it may have kept would be found before the file
        _change(name, dict(secrets))
        return f"in {_path()}, which {'you alone' if os.name == 'posix' else 'your account'} can read"
    _change(name, {})
    return "in the keyring of this computer"


def forget_secrets(name: str, keys: Iterable[str]) -> None:
    """Remove the secrets of a connection from wherever they were stored."""
    _forget_in_keyring(name, keys)
    _change(name, {})


@contextmanager
def hidden(secrets: Mapping[str, str]) -> Iterator[None]:
    """Whatever is raised inside says no secret, should a library put one into its message."""
    try:
        yield
    except Exception as error:
        told = str(error)
        values = {v for v in secrets.values() if len(v) >= _LEAST_HIDDEN}
        shown = {text for value in values for text in (value, quote(value, safe=""), quote(value), repr(value)[1:-1])}
        if not any(text in told for text in shown):
            raise
        for text in sorted(shown, key=len, reverse=True):
            told = told.replace(text, "***")
        kind = UserError if isinstance(error, UserError) else RuntimeError
        raise kind(told) from None


class _NoKeyring(Exception):
    """This computer has no keyring, such as a server."""


def _keyring() -> "KeyringBackend":
    """The keyring of this computer."""
    import keyring
    from keyring.backends import fail

    try:
        backend = keyring.get_keyring()
    except Exception:  # a backend that is configured and cannot be loaded
        raise _NoKeyring from None
    if isinstance(backend, fail.Keyring):
        raise _NoKeyring
    return backend


def _forget_in_keyring(name: str, keys: Iterable[str]) -> None:
    with suppress(_NoKeyring):
        keyring = _keyring()
        for key in keys:
            with suppress(Exception):  # not there, or nobody may remove it
                keyring.delete_password(_SERVICE, f"{name}/{key}")


# --- the file ---


def _path() -> Path:
    return home() / "secrets.toml"


def _kept() -> dict[str, dict[str, str]]:
    path = _path()
    if os.name == "posix" and path.exists() and path.stat().st_mode & 0o077:
        raise UserError(f"{path} holds secrets and others may read it; make it yours alone with: chmod 600 {path}")
    return {name: entry for name, entry in read_toml(path).items() if isinstance(entry, dict)}


def _change(name: str, secrets: dict[str, str]) -> None:
    """Put these secrets in the place of those that the file has of a connection."""
    with changing():
        kept = _kept()
        if kept.pop(name, {}) != secrets:
            write_own(_path(), tomlkit.dumps({**kept, name: secrets} if secrets else kept))
