"""Handing mails to a real SMTP server on this computer: with TLS and login, and everything that it may refuse."""

import socket
import ssl

import pytest
from smtp_server import PASSWORD, USER, Authority, smtp_server

from xlsmkt.errors import UserError
from xlsmkt.mailing import sending
from xlsmkt.mailing.addresses import addresses
from xlsmkt.mailing.message import text_message
from xlsmkt.mailing.sending import check, send
from xlsmkt.mailing.settings import MailServer

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # aiosmtpd's, of its own TLS
TO = "north.1@example.com, south.1@example.com"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(autouse=True)
def trusted(authority, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))


@pytest.fixture(scope="module")
def certificate(authority):
    return authority.context("localhost", "127.0.0.1")


def server(port, security="starttls", user=USER, password=PASSWORD, host="127.0.0.1"):
    return MailServer(host, port, security, user, password)


def relay(port):
    return server(port, "none", "", "")


def message(to=TO, sender=USER, subject="SLA behind", lines=("312 of 346 leads",)):
    return text_message(subject, lines, addresses(to), addresses(sender)[0])


def refusal(port_or_server, **parts):
    """The one sentence that sending a mail ends in; the password is never in it."""
    to = relay(port_or_server) if isinstance(port_or_server, int) else port_or_server
    with pytest.raises(UserError) as raised:
        send(message(**parts), to)
    told = str(raised.value)
    assert PASSWORD not in told and "\n" not in told and len(told) < 400
    assert raised.value.__context__ is None or raised.value.__suppress_context__  # no traceback shows what was sent
    return told


# --- it arrives ---


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_arrives_by_tls_and_login(certificate, security):
    with smtp_server(login=True, **{security: certificate}) as (port, inbox):
        assert check(server(port, security)) == f"127.0.0.1 takes mail from {USER}"
        assert inbox.envelopes == []
        send(message(), server(port, security))
    [envelope], [arrived] = inbox.envelopes, inbox.messages
    assert (envelope.mail_from, envelope.rcpt_tos) == (USER, ["north.1@example.com", "south.1@example.com"])
    assert arrived["Subject"] == "SLA behind" and arrived.get_content() == "312 of 346 leads\r\n"
    assert {login[1:] for login in inbox.logins} == {(USER, PASSWORD)}


def test_a_relay_takes_mail_without_tls_and_login():
    with smtp_server() as (port, inbox):
        assert check(relay(port)) == "127.0.0.1 takes mail without a login"
        send(message(), relay(port))
    assert len(inbox.envelopes) == 1 and not inbox.logins


def test_a_password_of_other_letters_is_sent_as_it_is(certificate):
    with smtp_server(login=True, starttls=certificate) as (port, inbox):
        assert "does not take the user" in refusal(server(port, password="Straßenbahn-ü"))
    assert inbox.logins == [("PLAIN", USER, "Straßenbahn-ü")]


def test_names_and_domains_of_any_script_arrive():
    to = '"Rep, Zoë" <zoe@example.com>; Ünal Öz <uenal@bücher.example>, 営業 <eigyo@example.com>'
    with smtp_server() as (port, inbox):
        send(message(to, subject="Über dem Ziel: 営業"), relay(port))
    [arrived] = inbox.messages
    assert inbox.envelopes[0].rcpt_tos == ["zoe@example.com", "uenal@xn--bcher-kva.example", "eigyo@example.com"]
    assert [one.display_name for one in arrived["To"].addresses] == ["Rep, Zoë", "Ünal Öz", "営業"]
    assert arrived["Subject"] == "Über dem Ziel: 営業"
    assert inbox.envelopes[0].content.split(b"\r\n\r\n")[0].isascii()


# --- it does not ---


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_wrong_password_is_told_and_sends_nothing(certificate, security):
    wrong = "wrong-1234-password"
    with smtp_server(login=True, **{security: certificate}) as (port, inbox):
        told = refusal(server(port, security, password=wrong))
        assert "does not take the user reports@example.com with this password (535" in told and wrong not in told
        assert not inbox.envelopes
        send(message(), server(port, security))  # the next one arrives
        assert len(inbox.envelopes) == 1


def test_a_certificate_of_somebody_else_is_refused(certificate, authority, tmp_path, monkeypatch):
    with smtp_server(login=True, starttls=certificate) as (port, inbox):
        monkeypatch.setenv("SSL_CERT_FILE", str(Authority(tmp_path).file))
        told = refusal(server(port))
        assert "certificate" in told and "unable to get local issuer" in told and "SSL_CERT_FILE" in told
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        with smtp_server(tls=authority.context("other.example.com")) as (other, _):
            assert "not valid for '127.0.0.1'" in refusal(server(other, "tls"))
    assert not inbox.logins and not inbox.envelopes  # the password was not shown to it


def test_without_starttls_nothing_is_sent():
    with smtp_server(login=True) as (port, inbox):
        assert "offers no STARTTLS" in refusal(server(port))
    assert not inbox.logins


def test_a_server_that_is_away_is_told(certificate, monkeypatch):
    with smtp_server(starttls=certificate) as (port, _):
        assert "is the one for TLS (often 465)" in refusal(server(port, "tls"))
    assert "cannot be reached (Connection refused)" in refusal(port)
    monkeypatch.setattr(sending, "_PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert "does not answer" in refusal(silent.getsockname()[1])

    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "The mail server smtp.example.com:25 cannot be found" in refusal(server(25, "none", host="smtp.example.com"))


def test_a_server_without_a_login_is_told():
    with smtp_server() as (port, _):
        assert "takes no login here" in refusal(server(port, "none"))


def test_refused_recipients_are_named():
    answer = "550 5.1.1 no such user"
    with smtp_server(refused={"south.1@example.com": answer}) as (port, inbox):
        told = refusal(port)
        assert told == ("The mail went to north.1@example.com and not to south.1@example.com (550 5.1.1 no such user); "
                        "mend that address.")  # fmt: skip
        assert inbox.envelopes[0].rcpt_tos == ["north.1@example.com"]
        assert refusal(port, to="south.1@example.com").startswith("The mail was not sent: south.1@example.com (550")


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"mail": "550 5.7.1 not yours"}, "does not take mail from reports@example.com (550 5.7.1 not yours); name an"),
        ({"mail": "451 busy"}, "does not take mail from reports@example.com for now (451 busy); try again later."),
        ({"data": "451 4.3.0 try again"}, "does not take the mail for now (451 4.3.0 try again); try again later."),
        ({"data": "554 5.7.1 looks\r\n like spam"}, "does not take the mail (554"),
        ({"data": "552 5.3.4 too big"}, "too large for the mail server (552 5.3.4 too big); send it without the"),
        ({"size": 200_000}, "too large for the mail server; it takes 0.2 MB and this mail has 0.4 MB; send it without"),
    ],
)
def test_refused_mails_say_why(answers, told):
    with smtp_server(**answers) as (port, inbox):
        assert told in refusal(port, lines=["312 of 346 leads"] * (20_000 if "size" in answers else 1))
    assert not inbox.envelopes


def test_what_the_server_repeats_of_a_password_is_not_told(certificate, monkeypatch):
    def answer(*_):
        raise sending.smtplib.SMTPAuthenticationError(535, f"no such password: {PASSWORD}".encode())

    monkeypatch.setattr(sending.smtplib.SMTP, "login", answer)
    with smtp_server(login=True, starttls=certificate) as (port, _):
        assert "(535 no such password: ***)" in refusal(server(port))


def test_certificates_are_checked_as_browsers_do(certificate):
    seen = []
    original = ssl.create_default_context
    with smtp_server(starttls=certificate) as (port, _), pytest.MonkeyPatch.context() as patched:
        patched.setattr(ssl, "create_default_context", lambda: seen.append(original()) or seen[-1])
        send(message(), server(port, user="", password=""))
    assert [(one.verify_mode, one.check_hostname) for one in seen] == [(ssl.CERT_REQUIRED, True)]
