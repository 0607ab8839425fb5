"""The mail server of this user: from the environment, else the connection mail; never from a workbook.

As an address it is smtp://user@host:587, or smtps:// for TLS from the start. ``?security=none`` is for a relay that
knows no TLS.
"""

import ipaddress
import os
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, unquote, urlsplit

from xlsmkt.crm.connection import Connection
from xlsmkt.crm.connections import MAIL, connections
from xlsmkt.crm.paths import shown
from xlsmkt.crm.secrets import find_secret, variable
from xlsmkt.errors import UserError

PORTS = {"starttls": 587, "tls": 465, "none": 25}  # the usual one of each security
SERVER, PASSWORD = "server", "password"
_EXAMPLE = "smtp://user@smtp.example.com:587"


@dataclass(frozen=True)
class MailServer:
    """A server that takes mail to deliver.

    Attributes
    ----------
    security
        ``starttls``, ``tls`` (from the start) or ``none``.
    user
        "" for a relay that takes mail without a login.
    """

    host: str
    port: int
    security: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def address(self) -> str:
        """The server as an address, without its password."""
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        scheme = "smtps" if self.security == "tls" else "smtp"
        return f"{scheme}://{user}{host}:{self.port}{'?security=none' if self.security == 'none' else ''}"


def mail_server(given: str = "") -> MailServer:
    """The mail server of this user, with its password.

    Parameters
    ----------
    given
        Its address, where the user names one at the command line; else XLSMKT_MAIL_SERVER, else the connection mail.

    Raises
    ------
    UserError
        There is none; or its password is missing, or it would be sent unprotected.
    """
    stored = stored_address()
    address = given or os.environ.get(variable(MAIL, SERVER), "") or stored
    if not address:
        raise UserError(
            f"There is no mail server yet; run: xlsmkt connect {MAIL} (or set {variable(MAIL, SERVER)}, such as "
            f"{_EXAMPLE}, and {variable(MAIL, PASSWORD)})"
        )
    server = server_of(address)
    if not server.user:
        return server
    # What was stored was stored for that server: another one gets what the environment holds, and nothing else.
    known = bool(stored) and server.address == server_of(stored).address
    password = find_secret(MAIL, PASSWORD) if known else os.environ.get(variable(MAIL, PASSWORD))
    if not password:
        raise UserError(
            f"There is no password for {server.address}; run: xlsmkt connect {MAIL}, or set {variable(MAIL, PASSWORD)}."
        )
    return MailServer(server.host, server.port, server.security, server.user, password)


def stored_address() -> str:
    """The address of the server that was connected; "" for none."""
    found = connections().get(MAIL, Connection(MAIL, MAIL))
    if found.source != MAIL:
        raise UserError(
            f"The connection {MAIL} leads to {found.source}, but that name is for the mail server now; run: xlsmkt "
            f"disconnect {MAIL}, and connect it again by another --name."
        )
    return found.settings.get("url", "")


def server_of(address: str) -> MailServer:
    """The server that an address names, without a password.

    Raises
    ------
    UserError
        It is no such address, holds a password, or would send one unprotected.

    >>> server_of("smtp://user@smtp.example.com")
    MailServer(host='smtp.example.com', port=587, security='starttls', user='user')
    """
    try:
        parts = urlsplit(address)
        host, port, user, secret = parts.hostname, parts.port, unquote(parts.username or ""), parts.password
        query = parse_qs(parts.query, keep_blank_values=True)
    except ValueError:  # what it says may be a secret
        raise UserError(f"This address of a mail server cannot be read; write it as {_EXAMPLE}") from None
    if secret is not None or set(query) - {"security"}:
        raise UserError(
            "An address of a mail server with a password in it stands in lists of processes and in histories; change "
            f"that password, leave it out, and give it in {variable(MAIL, PASSWORD)} or to: xlsmkt connect {MAIL}"
        )
    security = query.get("security", ["tls" if parts.scheme == "smtps" else "starttls"])[-1]
    rest = parts.path.strip("/") or parts.fragment  # a password with such a sign in it ends up here
    if parts.scheme not in ("smtp", "smtps") or not host or security not in PORTS or rest:
        raise UserError(f"That is no address of a mail server; write it as {_EXAMPLE}")
    return checked(MailServer(host, port or PORTS[security], security, user))


def checked(server: MailServer) -> MailServer:
    """The same server, unless its password could be read on the way to it."""
    if server.user and server.security == "none" and not _is_this_computer(server.host):
        raise UserError(
            f"Without TLS everybody on the way to {shown(server.host)} could read the password; take starttls or tls, "
            "or a relay without a user."
        )
    return server


def _is_this_computer(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"
