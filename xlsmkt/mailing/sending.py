"""Handing a mail to the server, and what to mend when it does not take it."""

import base64
import binascii
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage

from xlsmkt.crm.connections import MAIL
from xlsmkt.crm.paths import shown
from xlsmkt.crm.secrets import hidden
from xlsmkt.errors import UserError
from xlsmkt.mailing.settings import MailServer

_PATIENCE = 30  # seconds for each answer
_PATIENCE_WITH_MAIL = 300  # for the answer to the mail itself, which servers look through first
_AGAIN = f"run: xlsmkt connect {MAIL}"


def send(message: EmailMessage, server: MailServer) -> None:
    """Hand a mail to the server; it has been taken for every recipient when this returns.

    Raises
    ------
    UserError
        It was not taken, or not for all; one sentence that says why and what to mend.
    """
    with _session(server) as smtp:
        _require_room(message, smtp)
        sender, to = _mailboxes(message, "From")[0], _mailboxes(message, "To")
        if smtp.sock:
            smtp.sock.settimeout(_PATIENCE_WITH_MAIL)  # given up too early it would be sent twice
        refused = smtp.send_message(message, sender, to)
    if refused:
        taken = [one for one in to if one not in refused]
        raise UserError(f"The mail went to {', '.join(taken)} and not to {_told_refused(refused)}; mend that address.")


def check(server: MailServer) -> str:
    """Connect and log in, and send nothing: what the server said to it, as a sentence.

    Raises
    ------
    UserError
        That failed.
    """
    with _session(server) as smtp:
        smtp.noop()
    return f"{server.host} takes mail {f'from {server.user}' if server.user else 'without a login'}"


@contextmanager
def _session(server: MailServer) -> Iterator[smtplib.SMTP]:
    """A connection to the server, protected and logged in; whatever fails in it is told as a sentence."""
    user, password = server.user, server.password
    as_sent = {"PLAIN": f"\0{user}\0{password}", "LOGIN": password} if password else {}
    encoded = {key: base64.b64encode(text.encode()).decode() for key, text in as_sent.items()}
    with hidden({"password": password, **encoded}), _told(server):
        smtp = _connected(server)
        try:
            if server.user:
                _log_in(smtp, server)
            yield smtp
        finally:
            with suppress(smtplib.SMTPException, OSError):  # the mail has been taken, or why not is being told
                smtp.quit()
            smtp.close()


def _connected(server: MailServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=_PATIENCE, context=context)
    smtp = smtplib.SMTP(server.host, server.port, timeout=_PATIENCE)
    try:
        if server.security == "starttls":
            smtp.starttls(context=context)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _log_in(smtp: smtplib.SMTP, server: MailServer) -> None:
    if f"{server.user}{server.password}".isascii():
        smtp.login(server.user, server.password)
        return
    smtp.ehlo_or_helo_if_needed()  # smtplib sends ASCII only; RFC 4616 has UTF-8
    told = base64.b64encode(f"\0{server.user}\0{server.password}".encode()).decode()
    code, words = smtp.docmd("AUTH", f"PLAIN {told}")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, words)


def _require_room(message: EmailMessage, smtp: smtplib.SMTP) -> None:
    smtp.ehlo_or_helo_if_needed()
    most = smtp.esmtp_features.get("size", "")
    size = len(message.as_bytes())
    if most.isdecimal() and len(most) < 20 and 0 < int(most) < size:
        raise _too_large(f"; it takes {int(most) / 1e6:.1f} MB and this mail has {size / 1e6:.1f} MB")


# --- what failed, in a sentence ---


@contextmanager
def _told(server: MailServer) -> Iterator[None]:
    where = f"the mail server {shown(server.host)}:{server.port}"
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        words = _words(error.smtp_code, error.smtp_error)
        if _passing(error.smtp_code):
            raise UserError(f"{_begun(where)} takes no login for now {words}; try again later.") from None
        raise UserError(
            f"{_begun(where)} does not take the user {shown(server.user)} with this password {words}; {_AGAIN} (many "
            "servers want a password for programs, made in the settings of the account)"
        ) from None
    except smtplib.SMTPRecipientsRefused as error:
        passing = all(_passing(code) for code, _ in error.recipients.values())  # such as a server that greylists
        advice = "try again later" if passing else "mend that address"
        raise UserError(f"The mail was not sent: {_told_refused(error.recipients)}; {advice}.") from None
    except smtplib.SMTPSenderRefused as error:
        raise _refused(error.smtp_code, error.smtp_error, f"mail from {shown(error.sender)}",
                       "name an address in Mail_From or --from that this login may send from") from None  # fmt: skip
    except smtplib.SMTPNotSupportedError as error:
        raise UserError(_not_supported(where, str(error))) from None
    except smtplib.SMTPResponseException as error:  # the greeting, STARTTLS, the mail itself
        raise _refused(error.smtp_code, error.smtp_error, "the mail", "ask whoever runs that server") from None
    except smtplib.SMTPServerDisconnected:
        raise UserError(
            f"{_begun(where)} does not answer or ended the connection; {_wrong_port(server)}, else try again later."
        ) from None
    except smtplib.SMTPException as error:  # no way to log in that we know
        raise UserError(
            f"{_begun(where)} takes no login with a password ({shown(error)}); take a relay without a user, or another "
            f"server; {_AGAIN}"
        ) from None
    except ssl.SSLCertVerificationError as error:
        raise UserError(
            f"The certificate of {where} is refused ({shown(error.verify_message, 200)}), so nothing was sent; check "
            "the name of the server; if your own authority signed it, name the file with that one's certificate in "
            "SSL_CERT_FILE."
        ) from None
    except ssl.SSLError as error:
        reason = shown((error.reason or "it failed").replace("_", " ").lower())
        raise UserError(f"{_begun(where)} cannot be spoken to by TLS ({reason}); {_wrong_port(server)}.") from None
    except socket.gaierror:
        raise UserError(f"{_begun(where)} cannot be found; check its name and the network; {_AGAIN}") from None
    except TimeoutError:
        raise UserError(f"{_begun(where)} does not answer; {_wrong_port(server)}, else try again later.") from None
    except binascii.Error:  # a question in a login
        raise UserError(f"{_begun(where)} answers what no mail server does; {_wrong_port(server)}.") from None
    except UnicodeError:  # a name that is none, for the network
        raise UserError(f"{_begun(where)} has a name that cannot be one; {_AGAIN}") from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise UserError(
            f"{_begun(where)} cannot be reached ({shown(why)}); check its name, its port and the network, or try again "
            "later."
        ) from None


def _refused(code: int, words: bytes | str, what: str, advice: str) -> UserError:
    if code in (523, 552):  # too large for the server, for the mailbox
        return _too_large(f" {_words(code, words)}")
    if _passing(code):
        return UserError(f"The mail server does not take {what} for now {_words(code, words)}; try again later.")
    return UserError(f"The mail server does not take {what} {_words(code, words)}; {advice}.")


def _too_large(why: str) -> UserError:
    return UserError(f"The mail is too large for the mail server{why}; send it without the workbook: --no-workbook")


def _told_refused(refused: dict[str, tuple[int, bytes]]) -> str:
    told = [f"{shown(one)} {_words(*answer)}" for one, answer in refused.items()]
    return f"{', '.join(told[:5])}{f' and {len(told) - 5} more' if len(told) > 5 else ''}"


def _not_supported(where: str, words: str) -> str:
    if "STARTTLS" in words:
        return (
            f"{_begun(where)} offers no STARTTLS, so nothing was sent unprotected; take its port for TLS (often 465) "
            f"with the security tls; {_AGAIN}"
        )
    return f"{_begun(where)} takes no login here; check its port, or leave the user out; {_AGAIN}"


def _wrong_port(server: MailServer) -> str:
    fits = {"starttls": "STARTTLS (often 587)", "tls": "TLS (often 465)", "none": "mail without TLS (often 25)"}
    return f"check that the port {server.port} is the one for {fits[server.security]}"


def _words(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return f"({code} {shown(' '.join(text.split()), 200)})"


def _passing(code: int) -> bool:
    return 400 <= code < 500


def _begun(where: str) -> str:
    return where[:1].upper() + where[1:]


def _mailboxes(message: EmailMessage, header: str) -> list[str]:
    return [one.addr_spec for one in message[header].addresses]
