"""The mail server of a user: connected, listed, tried and forgotten; from the environment; never from a workbook."""

import io
import os
import re
import stat
import sys
import tomllib

import keyring
import pytest
from keyring.backends import fail
from smtp_server import PASSWORD, USER, Authority, smtp_server

from xlsmkt import cli
from xlsmkt.crm.connection import Connection
from xlsmkt.crm.connections import connections, keep_connection
from xlsmkt.crm.origins import free_name
from xlsmkt.errors import UserError
from xlsmkt.mailing import connecting
from xlsmkt.mailing.addresses import addresses
from xlsmkt.mailing.settings import MailServer, mail_server, server_of

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # aiosmtpd's, of its own TLS
OTHER = "smtp://reports%40example.com@smtp.example.com:587"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home of our own, on a computer without a keyring."""
    for name in [name for name in os.environ if name.startswith("XLSMKT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path / "home"))
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield tmp_path / "home"
    keyring.set_keyring(before)


@pytest.fixture
def run(monkeypatch, capsys):
    """Run a command; its exit code and what it printed."""

    def run(*arguments, given=""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        code = cli.main([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return code, told.out + told.err

    return run


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority.context("127.0.0.1")


def test_connect_tries_the_server_and_stores_it(run, certificate, home):
    with smtp_server(starttls=certificate, login=True) as (port, inbox):
        address = f"smtp://reports%40example.com@127.0.0.1:{port}"
        code, told = run("connect", "mail", "--url", address, given=PASSWORD)
        assert code == 0 and f"Mail: 127.0.0.1 takes mail from {USER}." in told and PASSWORD not in told
        assert tomllib.loads((home / "connections.toml").read_text())["mail"]["url"] == address
        assert tomllib.loads((home / "secrets.toml").read_text()) == {"mail": {"password": PASSWORD}}
        assert stat.S_IMODE((home / "secrets.toml").stat().st_mode) == 0o600
        assert mail_server() == MailServer("127.0.0.1", port, "starttls", USER, PASSWORD)
        assert PASSWORD not in repr(mail_server())
        assert run("sources", "check", "mail") == (0, f"Mail: 127.0.0.1 takes mail from {USER}.\n")
        assert "mails are sent by it; nothing is read" in run("sources")[1]
        code, told = run("connect", address, given="not this one")  # what was stored stays
        assert code == 2 and "does not take the user" in told and mail_server().password == PASSWORD
    assert not inbox.envelopes
    assert run("sources", "check", "mail")[0] == 2  # the server is away
    assert run("disconnect", "mail") == (0, "Forgotten: the mail server and its password.\n")
    assert connections() == {} and tomllib.loads((home / "secrets.toml").read_text()) == {}
    assert run("sources", "check", "mail")[0] == 2


def test_a_relay_has_no_password(run):
    with smtp_server() as (port, _):
        code, told = run("connect", f"smtp://127.0.0.1:{port}?security=none")
        assert code == 0 and "password" not in told
        assert mail_server() == MailServer("127.0.0.1", port, "none")


def test_what_is_not_given_is_asked(run, monkeypatch):
    with smtp_server(login=True) as (port, inbox):
        answers = iter(["127.0.0.1", "none", str(port), USER])
        monkeypatch.setattr(connecting, "is_there", lambda: True)
        monkeypatch.setattr(connecting, "ask_text", lambda words, default: next(answers) or default)
        monkeypatch.setattr(connecting, "ask_secret", lambda words: PASSWORD)
        assert run("connect", "mail")[0] == 0
    assert inbox.logins and mail_server() == MailServer("127.0.0.1", port, "none", USER, PASSWORD)


def test_the_environment_alone_does_for_servers(monkeypatch, run):
    monkeypatch.setenv("XLSMKT_MAIL_SERVER", OTHER)
    with pytest.raises(UserError, match=re.escape(f"There is no password for {OTHER};")):
        mail_server()
    monkeypatch.setenv("XLSMKT_MAIL_PASSWORD", PASSWORD)
    assert mail_server() == MailServer("smtp.example.com", 587, "starttls", USER, PASSWORD)
    assert run("disconnect", "mail")[1].splitlines()[1:] == [
        "XLSMKT_MAIL_SERVER is still set.",
        "XLSMKT_MAIL_PASSWORD is still set.",
    ]


def test_a_stored_password_goes_to_its_own_server_only(run, monkeypatch):
    with smtp_server(login=True) as (port, _):
        assert run("connect", f"smtp://reports%40example.com@127.0.0.1:{port}?security=none", given=PASSWORD)[0] == 0
    for other in (OTHER, f"smtp://reports%40example.com@127.0.0.1:{port + 1}?security=none"):
        with pytest.raises(UserError, match="There is no password"):
            mail_server(other)
    monkeypatch.setenv("XLSMKT_MAIL_PASSWORD", "another")
    assert mail_server(OTHER).password == "another"


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("smtp://rep@example.com@smtp.example.com", MailServer("smtp.example.com", 587, "starttls", "rep@example.com")),
        ("smtps://rep@smtp.example.com", MailServer("smtp.example.com", 465, "tls", "rep")),
        ("smtp://relay.example.com?security=none", MailServer("relay.example.com", 25, "none")),
        ("smtp://rep@[::1]:2525?security=none", MailServer("::1", 2525, "none", "rep")),
    ],
)
def test_addresses_of_servers(address, server):
    assert server_of(address) == server == server_of(server.address)


@pytest.mark.parametrize(
    "address",
    [
        "smtp://rep:Secret-1@smtp.example.com",
        "smtp://rep:12/Secret-1@smtp.example.com",
        "smtp://rep:12#Secret-1@smtp.example.com",
        "smtp://rep:12?Secret-1@smtp.example.com",
        "smtp://rep:Secret-1/x@smtp.example.com",
        "smtp://rep@smtp.example.com?password=Secret-1",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(address, run, monkeypatch):
    monkeypatch.setenv("XLSMKT_MAIL_SERVER", address)
    for arguments in (("connect", "mail"), ("connect", address), ("sources", "check", "mail")):
        code, told = run(*arguments)
        assert code == 2 and "Secret-1" not in told and "mail server" in told


@pytest.mark.parametrize("address", ["https://smtp.example.com", "smtp://", "smtp.example.com:587", "smtp://x:70000",
                                     "smtp://x?security=maybe"])  # fmt: skip
def test_what_is_no_server_is_refused(address):
    with pytest.raises(UserError, match="write it as smtp://"):
        server_of(address)


@pytest.mark.parametrize("host", ["smtp.example.com", "10.0.0.7", "localhost.example.com"])
def test_a_login_without_tls_is_refused_but_on_this_computer(host):
    with pytest.raises(UserError, match=f"Without TLS everybody on the way to {host} could read the password"):
        server_of(f"smtp://rep@{host}?security=none")
    assert server_of("smtp://rep@localhost?security=none").user == "rep"


def test_nothing_is_read_from_mail(run, tmp_path, home):
    run("new", tmp_path / "book.xlsx")
    for command in (("refresh", tmp_path / "book.xlsx", "--from", "mail"), ("map", "mail")):
        assert run(*command) == (2, "xlsmkt: Nothing is read from mail, which sends the dashboard; name a CRM, a "
                                    "database or files.\n")  # fmt: skip
    code, told = run("connect", "hubspot", "--name", "Mail")
    assert code == 2 and "give another --name" in told
    assert free_name("postgres://user@host/mail") == "mail-2"
    code, told = run("connect", "mail")
    assert code == 2 and "--url smtp://" in told and not (home / "connections.toml").exists()


def test_a_crm_that_was_called_mail_stays_what_it_is(run):
    keep_connection(Connection("mail", "hubspot", {"url": "https://api.hubapi.com"}), "account 1")
    with pytest.raises(UserError, match="leads to hubspot"):
        mail_server()
    assert run("disconnect", "mail")[1].startswith("Forgotten: the connection mail")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rep@example.com", ["rep@example.com"]),
        ("a@example.com;b@example.com,\nA@example.com", ["a@example.com", "b@example.com"]),
        ('"Müller, Zoë" <zoe@example.com>, x@example.com', ['"Müller, Zoë" <zoe@example.com>', "x@example.com"]),
        (r'"Rep \"North\"; 1" <n@example.com>', [r'"Rep \"North\"; 1" <n@example.com>']),
        ("<rep@straße.example>", ["rep@xn--strae-oqa.example"]),
        (" , ;", []),
    ],
)
def test_addresses_are_read(text, found):
    assert [str(one) for one in addresses(text)] == found


BAD = ["rep", "rep@", "@example.com", "rep @example.com", "rep@exa mple.com", "<rep@x.com", '"Rep <rep@example.com>',
       "rep@-x.com", "a..b@x.com", "Bcc: x@example.com", "rep@\x00"]  # fmt: skip


@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_address_is_named(bad):
    with pytest.raises(UserError, match="is no mail address") as raised:
        addresses(f"fine@example.com, {bad}")
    assert "\x00" not in str(raised.value)
    assert bad.strip('"\x00')[:4] in str(raised.value)
