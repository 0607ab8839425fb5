"""`xlsmkt server run`: the server of a folder, on this computer alone unless its users must sign in."""

import contextlib
import errno
import importlib
import ipaddress
import os
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

from xlsmkt.errors import UserError
from xlsmkt.hosts.server.app import HOSTS, application
from xlsmkt.hosts.server.licence import VARIABLE, require_server
from xlsmkt.hosts.server.scaffold import FUNCTIONS, SCRIPTS, SETTINGS

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
        Let computers of the network call without signing in.

    Raises
    ------
    UserError
        The folder is no server, its licence key or settings do not hold, the port is taken.
    """
    _require(folder, certificate, key)
    listening = _listening(host, port)  # a port that is taken is said at once
    try:
        answering = _application(folder, host, without_authentication)
        _serve(answering, listening, host, certificate, key)
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
            raise UserError(f"{file} is not there; give the files of the certificate (see README.md of the server).")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _application(folder: Path, host: str, without_authentication: bool) -> Any:
    """What answers, if whom it answers is settled."""
    here = _is_loopback(host)
    os.environ["XLWINGS_PROJECT_DIR"] = str(folder.resolve())
    os.environ[HOSTS] = f"localhost,127.0.0.1,::1,{host.strip('[]')}" if here and not without_authentication else ""
    answering = _imported(folder)
    settings = importlib.import_module("xlwings_server.config").settings
    _require_working_authentication(folder, settings)
    if not here and not settings.auth_providers and not without_authentication:
        raise UserError(
            f"Everybody who reaches {host} could read your CRM data: set XLWINGS_AUTH_PROVIDERS in "
            f"{folder / SETTINGS} (see README.md there), or insist with --without-authentication."
        )
    return answering


def _imported(folder: Path) -> Any:
    """The application; importing it reads the settings, the licence key and the user's own functions."""
    try:
        return application()
    except Exception as error:
        if type(error).__name__ == "LicenseError":  # raised while xlwings is being imported
            raise UserError(
                f"{str(error).rstrip('.')}; write the key, or noncommercial, behind {VARIABLE}= in {folder / SETTINGS}."
            ) from None
        raise UserError(_why(error, folder)) from None


def _why(error: Exception, folder: Path) -> str:
    """What keeps the server from starting: a setting, or a line of the user's own."""
    if type(error).__module__.startswith("pydantic"):
        named = sorted({str(part["loc"][0]) for part in getattr(error, "errors", list)()})
        what = ", ".join(f"XLWINGS_{name.upper()}" for name in named) or str(error).splitlines()[0]
        return f"A setting in {folder / SETTINGS} cannot be read ({what}); mend it."
    root = str(folder.resolve())
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(root)]
    told = f"{type(error).__name__}: {error}".replace("\n", " ")
    if own:
        return f"{own[-1].filename}, line {own[-1].lineno} fails ({told}); mend it and run the server again."
    return f"xlwings Server does not start ({told}); mend the settings in {folder / SETTINGS}."


def _require_working_authentication(folder: Path, settings: Any) -> None:
    """Every kind of signing in that the settings name is set up; one that is not would answer each call with a 500."""
    for provider in settings.auth_providers or []:
        own = folder / "auth" / provider
        if own.with_suffix(".py").is_file() or (own / "__init__.py").is_file():
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
            raise UserError(f"There is no port {port}; give one from 1024 to 65535: --port N.") from None
        raise UserError(
            f"{host} is no address of this computer ({error.strerror}); give another: --host ADDRESS."
        ) from None


def _serve(answering: Any, listening: socket.socket, host: str, certificate: Path | None, key: Path | None) -> None:
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
    address = f"{'https' if certificate else 'http'}://{host}:{listening.getsockname()[1]}"
    print(f"Serving at {address}; the add-in: {address}/manifest. Ctrl-C ends.")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])
