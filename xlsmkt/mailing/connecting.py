"""Connecting the mail server, trying it and forgetting it: the connection mail, from which nothing is read."""

import os
from dataclasses import replace

from xlsmkt.crm.connection import Connection
from xlsmkt.crm.connections import MAIL, connections, forget_connection, keep_connection
from xlsmkt.crm.secrets import forget_secrets, keep_secrets, variable
from xlsmkt.errors import UserError
from xlsmkt.mailing.sending import check
from xlsmkt.mailing.settings import PASSWORD, PORTS, SERVER, MailServer, checked, mail_server, server_of
from xlsmkt.terminal import ask_secret, ask_text, is_there


def is_mail(word: str) -> bool:
    """Whether a user means the mail server by this word, or its address."""
    taken = connections().get(MAIL)  # by a CRM, before there was mail
    named = word.casefold() == MAIL and (taken is None or taken.source == MAIL)
    return named or word.casefold().startswith(("smtp://", "smtps://"))


def connect_mail(given: str) -> list[str]:
    """Try a mail server and store it: lines that say what was stored.

    Parameters
    ----------
    given
        Its address; else XLSMKT_MAIL_SERVER, else it is asked for.
    """
    address = given or os.environ.get(variable(MAIL, SERVER), "")
    server = server_of(address) if address else _asked()
    from_environment = os.environ.get(variable(MAIL, PASSWORD), "")
    password = ""
    if server.user:
        password = from_environment or ask_secret(f"Mail: the password of {server.user}")
        if not password:
            raise UserError("No password was given; nothing was stored.")
    who = check(replace(server, password=password))
    stored = keep_secrets(MAIL, {PASSWORD: "" if from_environment else password})
    keep_connection(Connection(MAIL, MAIL, {"url": server.address}), who)
    told = [f"Mail: {who}."]
    if password and not from_environment:
        told.append(f"Stored: {server.address}; the password {stored}.")
    else:
        told.append(f"Stored: {server.address}.")
    if password and from_environment:
        told.append(f"Not stored: the password; it is taken from {variable(MAIL, PASSWORD)} each time.")
    return [*told, "Next: xlsmkt mail BOOK --to team@example.com --from you@example.com"]


def check_mail() -> str:
    """Log in at the mail server and send nothing: what it said."""
    return f"Mail: {check(mail_server())}."


def disconnect_mail() -> list[str]:
    """Forget the mail server and its password: lines that say so."""
    forget_secrets(MAIL, [PASSWORD])
    told = [
        "Forgotten: the mail server and its password."
        if forget_connection(MAIL)
        else "There was no mail server to forget."
    ]
    return told + [f"{name} is still set." for key in (SERVER, PASSWORD) if os.environ.get(name := variable(MAIL, key))]


def _asked() -> MailServer:
    if not is_there():
        raise UserError(
            f"Say which mail server: xlsmkt connect {MAIL} --url smtp://user@smtp.example.com:587, set "
            f"{variable(MAIL, SERVER)}, or run this at a terminal."
        )
    host = ask_text("Mail server, such as smtp.example.com", "")
    security = ask_text("Its security: starttls, tls (from the start), or none for a relay here", "starttls").lower()
    if security not in PORTS:
        raise UserError(f"{security!r} is none of {', '.join(PORTS)}; nothing was stored.")
    port = ask_text("Its port", str(PORTS[security]))
    user = ask_text("User (blank: it takes mail without a login)", "")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise UserError("A mail server has a name and a port from 1 to 65535; nothing was stored.")
    return checked(MailServer(host, int(port), security, user))
