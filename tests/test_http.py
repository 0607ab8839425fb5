"""Requests to a CRM: tried again, waited for, counted, and never a secret in what is said."""

import datetime as dt
import ipaddress
import re
import socket
import ssl
import traceback

import pytest
from crm_servers.base import Answer, Crm, in_thread
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from xlsmkt.crm import http
from xlsmkt.crm.connection import Connection
from xlsmkt.crm.http import LONGEST_WAIT, TRIES, Session
from xlsmkt.errors import UserError

SECRET = "pat-s3cr3t-of-a-test"
BACK = "what has arrived is kept"


class Plain(Crm):
    """Answers what path and header came."""

    def answer(self, request):
        if request.path == "/none":
            return Answer({"message": "no such thing"}, 404)
        if request.path == "/who":
            return Answer({"message": f"your token {request.headers.get('authorization')} is of no use"}, 400)
        return Answer({"path": request.path, "token": request.headers.get("authorization"), "amount": 0.1})


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """Whatever this computer goes through otherwise."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="module")
def server():
    with in_thread(Plain()) as mock:
        yield mock


@pytest.fixture
def mock(server):
    server.faults()
    server.tell("clock")
    server.log(clear=True)
    return server


def session(url, **more):
    settings = {"requests_per_second": "1000", "retry_seconds": "0.001"}
    secrets = {"Authorization": f"Bearer {SECRET}"}
    return Session(Connection("ours", "plain", settings), "Plain CRM", url, pace=5, secrets=secrets, **more)


def refused(web, path="/a", method="GET"):
    """The sentence that a request ends with; nothing that is shown with it holds the secret."""
    with pytest.raises(UserError) as caught:
        web.ask(method, path)
    said = "".join(traceback.format_exception(caught.value)) + repr(web) + repr(vars(caught.value))
    assert SECRET not in said
    assert caught.value.__cause__ is None
    return str(caught.value)


def statuses(mock):
    return [one["status"] for one in mock.log()]


# --- faults that pass ---


def test_token_is_sent_and_amounts_keep_their_digits(mock):
    answer = session(mock.url).ask("GET", "/a")
    assert answer["token"] == f"Bearer {SECRET}"
    assert str(answer["amount"]) == "0.1"


@pytest.mark.parametrize("status", [500, 502, 503, 504, 522])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_faults_of_the_server_are_tried_again(mock, method, status):
    mock.faults({"kind": "answer", "status": status, "times": 3})
    assert session(mock.url).ask(method, "/a", json={})["path"] == "/a"
    assert statuses(mock) == [status] * 3 + [200]


@pytest.mark.parametrize("kind", ["drop", "hang up"])
def test_broken_answers_are_asked_for_again(mock, kind):
    mock.faults({"kind": kind, "times": TRIES - 1})
    assert session(mock.url).ask("POST", "/a", json={})["path"] == "/a"
    assert len(mock.log()) == TRIES


def test_slow_answers_are_asked_for_again(mock, monkeypatch):
    monkeypatch.setattr(http, "TIMEOUTS", (5, 0.4))
    mock.faults({"kind": "slow", "seconds": 0.8, "times": 2})
    assert session(mock.url).ask("GET", "/a")["path"] == "/a"
    assert [one["fault"] for one in mock.log()][:3] == ["slow", "slow", ""]


def test_waits_grow_and_are_bounded():
    retry = session("http://127.0.0.1:9")._retry
    retry.backoff_factor = 1.0
    waits = []
    for _ in range(5):
        retry = retry.increment("GET", "/", error=http.ProtocolError("broke off"))
        waits.append(retry.get_backoff_time())
    assert all(2**n <= wait <= 1.25 * 2**n for n, wait in enumerate(waits))
    retry.backoff_factor = 1e6
    assert retry.get_backoff_time() == LONGEST_WAIT


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7), (" 7 ", 7), ("90000", LONGEST_WAIT), ("", 0), ("soon", 0), ("-5", 0)]
)
def test_retry_after_is_heeded_within_limits(header, seconds):
    answer = type("Answer", (), {"headers": {"Retry-After": header}})
    assert session("http://127.0.0.1:9")._retry.get_retry_after(answer) == seconds


def test_retry_after_is_waited_for(mock, monkeypatch):
    waits = []
    monkeypatch.setattr("time.sleep", waits.append)
    mock.faults({"kind": "answer", "status": 429, "headers": {"Retry-After": "17"}, "times": 2})
    assert session(mock.url).ask("GET", "/a")["path"] == "/a"
    assert waits.count(17) == 2


def test_a_limit_may_end_the_run_at_once(mock):
    mock.faults({"kind": "answer", "status": 429, "body": {"limit": "day"}, "headers": {"X-Limit": "9"}})
    seen = []

    def limited(headers, body):
        seen.append((headers["x-limit"], body))
        return "enough for today"

    assert refused(session(mock.url, limited=limited)) == "enough for today"
    assert seen == [("9", '{"limit": "day"}')]
    assert statuses(mock) == [429]


def test_a_long_wait_is_left_to_the_user(mock):
    mock.faults({"kind": "answer", "status": 429, "headers": {"Retry-After": "3600"}})
    assert refused(session(mock.url)) == f"Plain CRM wants no more requests for 60 minutes: run again then, {BACK}"
    assert statuses(mock) == [429]


def test_no_more_requests_a_second_than_wished(mock):
    web = Session(Connection("ours", "plain"), "Plain CRM", mock.url, pace=20)
    for _ in range(15):
        web.ask("GET", "/a")
    times = [one["at"] for one in mock.log()]
    assert times[-1] - times[0] > 14 / 20 - 0.05


# --- the clock ---


def test_clock_is_that_of_the_crm(mock):
    web = session(mock.url)
    assert not web.heard
    mock.tell("clock", off=-3 * 3600)
    web.ask("GET", "/a")
    assert web.heard
    assert abs(web.now() - (dt.datetime.now(dt.UTC) - dt.timedelta(hours=3))) < dt.timedelta(seconds=30)


@pytest.mark.parametrize("header", [{}, {"Date": "soon"}])
def test_without_a_date_the_clock_is_ours(mock, header):
    mock.tell("clock", tells=False)
    mock.faults({"kind": "answer", "status": 200, "body": {}, "headers": header})
    web = session(mock.url)
    web.ask("GET", "/a")
    assert not web.heard
    assert abs(web.now() - dt.datetime.now(dt.UTC)) < dt.timedelta(seconds=30)


# --- what stays wrong ---


def test_fault_of_the_server_that_stays(mock):
    mock.faults({"kind": "answer", "status": 503, "body": {"message": SECRET}})
    said = f"Plain CRM has a fault of its own (status 503): run again later, {BACK}"
    assert refused(session(mock.url), method="POST") == said
    assert statuses(mock) == [503] * TRIES


def test_limit_that_stays(mock):
    mock.faults({"kind": "answer", "status": 429})
    said = "Plain CRM still answers that there are too many requests; other programs may use the same limit: run again"
    assert refused(session(mock.url)) == f"{said} later, {BACK}"
    assert statuses(mock) == [429] * TRIES


@pytest.mark.parametrize("kind", ["drop", "hang up"])
def test_answers_that_stay_broken(mock, kind):
    mock.faults({"kind": kind})
    assert refused(session(mock.url)) == f"Plain CRM broke off its answers {TRIES} times: run again later, {BACK}"


def test_answers_that_stay_slow(mock, monkeypatch):
    monkeypatch.setattr(http, "TIMEOUTS", (5, 0.05))
    mock.faults({"kind": "slow", "seconds": 0.2})
    assert refused(session(mock.url)) == f"Plain CRM does not answer in time: run again later, {BACK}"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "Plain CRM does not accept the token: run xlsmkt connect ours and give one that holds"),
        (403, "Plain CRM does not let the token read /a: widen its rights there, then run again"),
        (404, "Plain CRM has nothing at /a: check the address of ours and the mapping"),
        (418, "Plain CRM refused /a (status 418): I am a teapot"),
    ],
)
def test_refusals(mock, status, said):
    mock.faults({"kind": "answer", "status": status, "body": {"message": "I am a teapot"}})
    assert refused(session(mock.url)) == said
    assert statuses(mock) == [status]
    assert refused(session(mock.url, refused=lambda status, body: f"{status} {body['message']}")).startswith(
        f"{status} I am"
    )


def test_an_echoed_token_is_not_shown(mock):
    assert refused(session(mock.url), "/who") == "Plain CRM refused /who (status 400): your token ... is of no use"


@pytest.mark.parametrize("body", ["<html>Please log in</html>", "", '{"half": '])
def test_pages_instead_of_data(mock, body):
    mock.faults({"kind": "answer", "status": 200, "body": body, "headers": {"Content-Type": "text/html"}})
    said = (
        "127.0.0.1 answers with something else than data, such as a page to log in: check the address of ours, or ask "
        "whoever runs your network whether a proxy stands between"
    )
    assert refused(session(mock.url)) == said


def test_the_token_follows_no_redirect(mock):
    with in_thread(Plain()) as other:
        mock.faults({"kind": "answer", "status": 302, "headers": {"Location": f"{other.url}/stolen"}})
        said = (
            "127.0.0.1 points to another address: check the address of ours, or ask whoever runs your network whether"
        )
        assert refused(session(mock.url)) == f"{said} a proxy stands between"
        assert other.log() == []


# --- what never answers ---


@pytest.fixture
def nobody():
    """An address of this computer at which nothing listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


def test_refused_connection(nobody):
    said = "127.0.0.1 refuses connections: check that this computer is online, and the address of ours, then run again"
    assert refused(session(nobody)) == said


def test_unknown_name():
    said = "crm.invalid cannot be found: check that this computer is online, and the address of ours, then run again"
    assert refused(session("https://crm.invalid")) == said


def test_proxy_that_does_not_answer(nobody, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", nobody)
    said = (
        "the proxy that this computer goes through does not reach crm.invalid: check HTTPS_PROXY, or ask whoever runs"
    )
    assert refused(session("https://crm.invalid")) == f"{said} your network"


@pytest.mark.parametrize("url", ["", "api.example.com", "ftp://example.com", "https://", "https://[", "https://a b"])
def test_addresses_that_are_none(url):
    with pytest.raises(
        UserError, match=r"^the address of the connection ours is none: write it as https:// and a name$"
    ):
        session(url)


@pytest.mark.parametrize("url", ["http://api.example.com", "HTTP://192.0.2.1:8080"])
def test_no_token_goes_out_in_clear(url):
    said = (
        "the address of the connection ours begins with http://, with which everybody on the way could read the token"
    )
    with pytest.raises(UserError, match=f"^{re.escape(said)}: write it with https://$"):
        session(url)


@pytest.mark.parametrize(("days", "trusted"), [(1, False), (-1, True), (1, True)])
def test_certificates(days, trusted, tmp_path, monkeypatch):
    """One that nobody vouches for, one that is over (or a clock that is wrong), and one that holds."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - dt.timedelta(days=3)).not_valid_after(now + dt.timedelta(days=days))
    host = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = made.add_extension(host, False).sign(key, hashes.SHA256())
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    both = made.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    (tmp_path / "both.pem").write_bytes(both)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "both.pem")
    if trusted:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "both.pem"))
    waits = []
    monkeypatch.setattr("time.sleep", waits.append)
    with in_thread(Plain(), tls) as mock:
        if trusted and days > 0:
            assert session(mock.url).ask("GET", "/a")["path"] == "/a"
        else:
            said = "the certificate of 127.0.0.1 is not valid here: check the date and time of this computer, or ask"
            assert refused(session(mock.url)) == f"{said} whoever runs your network whether a proxy stands between"
            assert waits == []  # a second try would not help


@pytest.mark.parametrize("token", ["two\nlines", "gâteau", "nul\0"])
def test_tokens_that_are_none(token):
    with pytest.raises(UserError) as caught:
        Session(Connection("ours", "plain"), "Plain CRM", "http://127.0.0.1:9", pace=1, secrets={"X": token})
    said = "the token of the connection ours holds characters that no token has: copy it anew, run xlsmkt connect ours"
    assert str(caught.value) == f"{said} and give it there"


@pytest.mark.parametrize("given", ["fast", "0", "-1", "nan", "1e9"])
def test_pace_that_is_none(given):
    with pytest.raises(
        UserError, match=re.escape("requests_per_second of the connection ours must be a number above 0")
    ):
        Session(Connection("ours", "plain", {"requests_per_second": given}), "Plain CRM", "http://127.0.0.1:9", pace=1)


def test_the_token_beats_netrc(mock, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert session(mock.url).ask("GET", "/a")["token"] == f"Bearer {SECRET}"
