"""A real SMTP server on this computer: STARTTLS, login and whatever it is told to refuse."""

import email
import email.policy
import ssl
from contextlib import contextmanager

import aiosmtpd.controller
import trustme
from aiosmtpd.smtp import AuthResult

USER, PASSWORD = "reports@example.com", "correct horse %41\\battery"


class Authority:
    """A certificate authority of our own, and the certificates of servers."""

    def __init__(self, folder):
        self._authority = trustme.CA()
        self.file = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(self.file)

    def context(self, *names):
        """What a server of these names shows."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(*names).configure_cert(context)
        return context


class Inbox:
    """What arrived: envelopes, and messages as an e-mail program reads them; answers that refuse."""

    def __init__(self, refused=None, mail=None, data=None):
        self.envelopes = []
        self.logins = []
        self._refused, self._mail, self._data = refused or {}, mail, data

    @property
    def messages(self):
        return [email.message_from_bytes(one.content, policy=email.policy.default) for one in self.envelopes]

    def __call__(self, _server, _session, _envelope, mechanism, data):
        login = data.login.decode(), data.password.decode()
        self.logins.append((mechanism, *login))
        # handled=True would leave the client without an answer
        return AuthResult(success=login == (USER, PASSWORD), handled=False)

    async def handle_MAIL(self, _server, _session, envelope, address, options):  # noqa: N802
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self._mail or "250 OK"

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        if address in self._refused:
            return self._refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        if self._data:
            return self._data
        self.envelopes.append(envelope)
        return "250 OK"


class _Controller(aiosmtpd.controller.Controller):
    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def smtp_server(*, starttls=None, tls=None, login=False, size=None, **answers):
    """A server on 127.0.0.1; yields its port and its inbox.

    ``starttls`` and ``tls`` are contexts with a certificate; with ``login`` only USER with PASSWORD may send;
    ``answers`` are those of `Inbox`.
    """
    inbox = Inbox(**answers)
    asked = {"authenticator": inbox, "auth_required": True, "auth_require_tls": bool(starttls)} if login else {}
    if starttls:
        asked |= {"tls_context": starttls, "require_starttls": True}
    server = _Controller(inbox, "127.0.0.1", 0, ssl_context=tls, data_size_limit=size, **asked)
    server.start()
    try:
        yield server.port, inbox
    finally:
        server.stop()
