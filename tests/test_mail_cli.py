"""`xlsmkt mail` as a user meets it, against a real SMTP server with STARTTLS and login."""

import email
import email.policy
import os
import subprocess
import sys

import pytest
from smtp_server import PASSWORD, USER, Authority, smtp_server

from xlsmkt import cli

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # aiosmtpd's, of its own TLS
TO = '"Rep, Zoë" <north.1@example.com>, south.1@example.com'


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def environment(tmp_path, authority):
    """What a server sets: a home, a mail server, its password, our authority."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XLSMKT_")}
    return {**kept, "XLSMKT_HOME": str(tmp_path / "home"), "XLSMKT_MAIL_PASSWORD": PASSWORD, "PYTHON_COLORS": "0",
            "SSL_CERT_FILE": str(authority.file)}  # fmt: skip


@pytest.fixture
def main(environment, monkeypatch, capsys):
    """Run a command in this process; its exit code and what it printed."""
    for name in [name for name in os.environ if name.startswith("XLSMKT_")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def main(*arguments):
        code = cli.main([str(argument) for argument in arguments])
        told = capsys.readouterr()
        assert PASSWORD not in told.out + told.err and "Traceback" not in told.err
        return code, told.out, told.err

    return main


def test_the_mail_goes_out_as_a_process_and_again_after_every_failure(authority, environment, demo, main, monkeypatch):
    mail = ("mail", demo / "sla.xlsx", "--to", TO, "--from", USER, "--no-workbook")
    with smtp_server(starttls=authority.context("127.0.0.1"), login=True) as (port, inbox):
        address = f"smtp://reports%40example.com@127.0.0.1:{port}"
        monkeypatch.setenv("XLSMKT_MAIL_SERVER", address)
        monkeypatch.setenv("XLSMKT_MAIL_PASSWORD", "wrong-1234")
        code, out, err = main(*mail)
        assert (code, out) == (2, "") and "does not take the user" in err and "wrong-1234" not in err
        monkeypatch.setenv("XLSMKT_MAIL_PASSWORD", PASSWORD)
        code, out, err = main(*mail, "--server", "smtp://reports%40example.com@127.0.0.1:1")
        assert (code, out) == (2, "") and "cannot be reached" in err
        assert not inbox.envelopes

        command = [sys.executable, "-m", "xlsmkt", *map(str, mail)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
                              env={**environment, "XLSMKT_MAIL_SERVER": address})  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    [envelope], [arrived] = inbox.envelopes, inbox.messages
    assert (envelope.mail_from, envelope.rcpt_tos) == (USER, ["north.1@example.com", "south.1@example.com"])
    assert done.stdout == f"Mailed to north.1@example.com, south.1@example.com: {arrived['Subject']}\n"
    assert arrived["To"].addresses[0].display_name == "Rep, Zoë"
    assert "leads to date" in arrived.get_body(("plain",)).get_content()
    assert inbox.logins[-1][1:] == (USER, PASSWORD)


def test_a_dry_run_writes_the_mail_and_needs_no_server(main, demo, tmp_path, monkeypatch):
    monkeypatch.delenv("XLSMKT_MAIL_PASSWORD")
    book, written = demo / "sla.xlsx", tmp_path / "mail.eml"
    code, out, err = main("mail", book, "--to", TO, "--from", USER, "--dry-run", written)
    assert (code, err) == (0, "") and f"Written to {written}, not sent: " in out
    mail = email.message_from_bytes(written.read_bytes(), policy=email.policy.default)
    [attached] = mail.iter_attachments()
    assert attached.get_content() == book.read_bytes()
    code, out, err = main("mail", book, "--to", TO, "--from", USER, "--dry-run", tmp_path / "sla.xlsx")
    assert code == 2 and "ends in .eml" in err and not (tmp_path / "sla.xlsx").exists()


def test_what_is_missing_is_said_before_anything_is_sent(main, demo, tmp_path, monkeypatch):
    book = demo / "sla.xlsx"
    monkeypatch.delenv("XLSMKT_MAIL_PASSWORD")
    code, out, err = main("mail", book, "--to", TO, "--from", USER)
    assert code == 2 and "There is no mail server yet; run: xlsmkt connect mail" in err
    monkeypatch.setenv("XLSMKT_MAIL_SERVER", "smtp://127.0.0.1:1?security=none")
    for arguments, told in (
        ((), "type an address into Mail_To on the sheet Inputs, or give --to"),
        (("--to", "rep at example.com", "--from", USER), "rep at example.com is no mail address"),
        (
            ("--to", TO, "--from", USER, "--server", "smtp://rep@smtp.example.com?security=none"),
            "Without TLS everybody",
        ),
    ):
        code, out, err = main("mail", book, *arguments)
        assert (code, out) == (2, "") and told in err and err.count("\n") == 1
    code, out, err = main("mail", tmp_path / "none.xlsx", "--to", TO, "--from", USER)
    assert code == 2 and "none.xlsx" in err
