"""`xlsmkt server run`: the server of a folder, on this computer alone unless its users must sign in."""

import contextlib
import errno
import importlib
import ipaddress
import os
import socket
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from xlsmkt.errors import UserError
from xlsmkt.hosts.server.app import LOCAL, application
from xlsmkt.hosts.server.licence import VARIABLE, require_server
from xlsmkt.hosts.server.scaffold import FUNCTIONS, REFRESHING, REGISTERING, SCRIPTS, SETTINGS, readme

_ENTRAID = ("auth_entraid_client_id", "auth_entraid_tenant_id")
_SECONDS_TO_END = 3


def run(
    folder: Path,
    host: str,
    port: int,
    *,
    certificate: Path | None = None,
    key: Path | None = None,
    without_authentication: bool = False,
) -> None:
    """Serve until Ctrl-C.

    Parameters
    ----------
    certificate, key
        For https: the files of a certificate, both or none.
    without_authentication
        Let everybody who reaches the server call without signing in.

    Raises
    ------
    UserError
        The folder is no server, its licence key or settings do not hold, the port is taken; or others than this
        computer could call, and nobody settled who may.
    """
    if not _bare(host).strip():  # no host means every address of this computer
        raise UserError("--host is blank; give the address to serve at, such as 127.0.0.1 for this computer alone.")
    _require(folder, certificate, key)
    listening = _listening(host, port)  # a port that is taken is said at once
    try:
        answering = _application(folder, host, without_authentication)
        address = f"{'https' if certificate else 'http'}://{_shown(host)}:{listening.getsockname()[1]}"
        _serve(
            answering, listening, certificate, key, _notes(folder), f"Serving at {address}; {_add_in(folder, address)}"
        )
    finally:
        listening.close()


def _require(folder: Path, certificate: Path | None, key: Path | None) -> None:
    if not (folder / FUNCTIONS).is_file() or not (folder / SCRIPTS).is_file():
        raise UserError(f"{folder} is no folder of a server; make one with: xlsmkt server init {folder}")
    require_server()
    if (certificate is None) != (key is None):
        raise UserError("https needs both files: --certificate FILE and --key FILE.")
    for file in filter(None, (certificate, key)):
        if not file.is_file():
            raise UserError(f"{file} is not there; give the files of the certificate (see {readme(folder)}).")


def _bare(host: str) -> str:
    return host.strip("[]").lower()


def _shown(host: str) -> str:
    """A host as addresses hold it."""
    return f"[{_bare(host)}]" if ":" in host else host


def _is_loopback(host: str) -> bool:
    if _bare(host) == "localhost":
        return True
    try:
        return ipaddress.ip_address(_bare(host)).is_loopback
    except ValueError:
        return False


def _application(folder: Path, host: str, without_authentication: bool) -> Any:
    """What answers, if whom it answers is settled."""
    os.environ["XLWINGS_PROJECT_DIR"] = str(folder.resolve())
    settings = _imported(folder, _settings)
    _require_set_up_authentication(folder, settings)
    public = _public_name(folder, settings)
    if not settings.auth_providers and not without_authentication:
        for name in filter(None, (host, public)):
            if not _is_loopback(name):
                raise UserError(
                    f"Everybody who reaches {name} could read your CRM data: set XLWINGS_AUTH_PROVIDERS in "
                    f"{folder / SETTINGS} (see {readme(folder)}), or, if a proxy lets in only who has signed in, start "
                    "with --without-authentication."
                )
    # other addresses of this computer may have any number of names
    names = {*LOCAL, _bare(host), public} - {""} if _is_loopback(host) else None
    answering = _imported(folder, lambda: application(names))
    _require_own_authentication(folder, settings)
    _require_our_functions(folder)
    return answering


def _settings() -> Any:
    return importlib.import_module("xlwings_server.config").settings


def _imported(folder: Path, load: Callable[[], Any]) -> Any:
    """What ``load`` imports; that reads the settings, the licence key and the user's own functions."""
    try:
        return load()
    except Exception as error:
        if type(error).__name__ == "LicenseError":  # raised while xlwings is being imported
            raise UserError(
                f"{str(error).rstrip('.')}; write the key, or noncommercial, behind {VARIABLE}= in {folder / SETTINGS}."
            ) from None
        raise UserError(_why(error, folder)) from None


def _public_name(folder: Path, settings: Any) -> str:
    """The name by which a proxy lets Excel reach the server, without a port; empty for none."""
    written = settings.hostname or ""
    try:
        parts = urlsplit(f"//{written}")
        name = parts.hostname or ""
    except ValueError:
        name = ""
    if written and (not name or parts.netloc != written or set(written) & set("@ ")):
        raise UserError(
            f"XLWINGS_HOSTNAME in {folder / SETTINGS} is a name alone, such as marketing.example.com, without https:// "
            "and without a path; mend it."
        )
    return name


def _require_our_functions(folder: Path) -> None:
    functions = vars(importlib.import_module("custom_functions")).values()
    ours = "xlsmkt.hosts.web.functions"
    if not any(hasattr(value, "__xlfunc__") and value.__module__ == ours for value in functions):
        raise UserError(
            f"{folder / FUNCTIONS} gives Excel no function of xlsmkt, so the workbook could not compute; add the lines "
            f'"{REGISTERING[0]}" and "{REGISTERING[1]}" to it.'
        )


def _notes(folder: Path) -> list[str]:
    """What the user should mend, although the server can do without."""
    notes = []
    if not hasattr(getattr(importlib.import_module("custom_scripts"), "refresh", None), "__xlscript__"):
        notes.append(f'{folder / SCRIPTS} has no refresh, so Refresh does not work; add the line "{REFRESHING}" to it.')
    settings = folder / SETTINGS
    if os.name != "nt" and settings.is_file() and settings.stat().st_mode & 0o077:
        notes.append(
            f"Other users of this computer can get at {settings}, which holds secrets; run: chmod 600 {settings}"
        )
    return notes


def _add_in(folder: Path, address: str) -> str:
    """Where the add-in is; the manifest names the public name, too."""
    settings = _settings()
    if settings.hostname:
        return f"the add-in: https://{settings.hostname}{settings.app_path}/manifest"
    told = f"the add-in: {address}{settings.app_path}/manifest"
    return told if address.startswith("https") else f"{told} (for Excel it needs https: see {readme(folder)})"


def _why(error: Exception, folder: Path) -> str:
    """What keeps the server from starting: a setting, or a line of the user's own."""
    if type(error).__module__.startswith("pydantic"):
        named = sorted({str(part["loc"][0]) for part in getattr(error, "errors", list)()})
        what = ", ".join(f"XLWINGS_{name.upper()}" for name in named) or str(error).splitlines()[0]
        return f"A setting in {folder / SETTINGS} cannot be read ({what}); mend it."
    lines = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError):  # of a file that did not get to run
        lines.append((error.filename or "", error.lineno))
    own = [(file, line) for file, line in lines if _is_own(file, folder)]
    told = f"{type(error).__name__}: {error}".replace("\n", " ")
    if own:
        return f"{own[-1][0]}, line {own[-1][1]} fails ({told}); mend it and run the server again."
    return f"xlwings Server does not start ({told}); mend the settings in {folder / SETTINGS}."


def _is_own(file: str, folder: Path) -> bool:
    """Whether a file is the user's own: in the folder, and not in a virtual environment there."""
    path, root = Path(file), folder.resolve()
    return path.is_relative_to(root) and "site-packages" not in path.relative_to(root).parts


def _has_own_authentication(folder: Path, provider: str) -> bool:
    own = folder / "auth" / provider
    return (own / "__init__.py").is_file() or (folder / "auth" / f"{provider}.py").is_file()


def _require_own_authentication(folder: Path, settings: Any) -> None:
    """What the user wrote to sign in with is what answers.

    xlwings Server imports it at the first call, and where that fails takes its own of that name: an example named
    custom that lets in everybody who knows its documentation, or Entra ID's. What is imported by then stays.
    """
    for provider in settings.auth_providers or []:
        if not _has_own_authentication(folder, provider):
            continue  # Entra ID, as xlwings Server brings it
        place = folder.resolve() / "auth"
        module = _imported(folder, partial(importlib.import_module, f"auth.{provider}"))
        if not Path(module.__file__ or "").is_relative_to(place):
            raise UserError(
                f"Another package named auth ({module.__file__}) hides {place / provider}, so nobody could sign in; "
                f"add an empty file {place / '__init__.py'}."
            )
        if not callable(getattr(module, "validate_token", None)):
            raise UserError(
                f"{module.__file__} has no validate_token, so nobody could sign in; write it (see {readme(folder)})."
            )


def _require_set_up_authentication(folder: Path, settings: Any) -> None:
    """Every kind of signing in that the settings name is set up; one that is not would answer each call with a 500."""
    for provider in settings.auth_providers or []:
        own = folder / "auth" / provider
        if _has_own_authentication(folder, provider):
            continue
        if provider == "entraid":
            missing = [f"XLWINGS_{name.upper()}" for name in _ENTRAID if not getattr(settings, name)]
            if missing:
                raise UserError(
                    f"Signing in with Entra ID needs {' and '.join(missing)}; write them into {folder / SETTINGS}."
                )
            continue
        # xlwings Server brings an example named "custom" that lets everybody in who knows its documentation
        raise UserError(
            f"XLWINGS_AUTH_PROVIDERS names {provider}, but {own}{os.sep}__init__.py is not there; write it (see "
            "https://server.xlwings.org/en/latest/auth_providers/) or use entraid."
        )


def _listening(host: str, port: int) -> socket.socket:
    bare = host.strip("[]")
    try:
        family = socket.AF_INET6 if ":" in bare else socket.AF_INET
        return socket.create_server((bare, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        code = getattr(error, "errno", None)
        if code == errno.EADDRINUSE:
            raise UserError(f"Port {port} is in use already; end what uses it, or give another: --port N.") from None
        if code == errno.EACCES:
            raise UserError(f"You may not use port {port}; give one above 1023: --port N.") from None
        if isinstance(error, OverflowError):
            raise UserError(f"There is no port {port}; give one from 1 to 65535: --port N.") from None
        raise UserError(
            f"{host} is no address of this computer ({error.strerror}); give another: --host ADDRESS."
        ) from None


def _serve(
    answering: Any, listening: socket.socket, certificate: Path | None, key: Path | None, notes: list[str], told: str
) -> None:
    import uvicorn

    config = uvicorn.Config(
        answering,
        log_level="warning",
        access_log=False,  # a line for each cell
        server_header=False,
        timeout_graceful_shutdown=_SECONDS_TO_END,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    try:
        config.load()
    except OSError as error:  # ssl.SSLError is one
        raise UserError(f"{certificate} and {key} are no certificate and its key ({error}); make them anew.") from None
    for note in notes:
        print(note, file=sys.stderr)
    print(f"{told}. Ctrl-C ends.", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])
