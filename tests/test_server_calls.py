"""Before xlwings Server: bad calls and faults become sentences; strange names stay out."""

import asyncio
import json
from types import SimpleNamespace

import pytest
from web_calls import body

from xlsmkt.hosts.server.calls import KnownHosts, Sentences

GOOD = body("leads_needed", [[[20]], [[0.05]]], "0.37.8")
BOOK = {"version": "0.37.8", "client": "Office.js", "book": {}, "sheets": [], "names": []}
FUNCTIONS = SimpleNamespace(
    leads_needed=SimpleNamespace(__xlfunc__={"args": [{"name": "x", "vararg": False}] * 3}),
    funnel=SimpleNamespace(__xlfunc__={"args": [{"name": "x", "vararg": False}, {"name": "stages", "vararg": True}]}),
    register=print,
)
SCRIPTS = SimpleNamespace(refresh=SimpleNamespace(__xlscript__={}), data_folder=print)
CALL, SCRIPT = "/xlwings/custom-functions-call", "/xlwings/custom-scripts-call/"


def asked(app, path, sent=b"", method="POST", kind=b"application/json", host=b"localhost:8000", more=()):
    """Status, headers and text of what an application answers; the body comes in two pieces."""
    pieces = [sent[: len(sent) // 2], sent[len(sent) // 2 :]]
    waiting = [{"type": "http.request", "body": piece, "more_body": number == 0} for number, piece in enumerate(pieces)]
    answers = []

    async def receive():
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message):
        answers.append(message)

    headers = [(b"host", host), (b"content-type", kind), *more]
    asyncio.run(app({"type": "http", "method": method, "path": path, "headers": headers}, receive, send))
    start, *rest = answers
    return start["status"], dict(start["headers"]), b"".join(part["body"] for part in rest).decode()


async def echo(scope, receive, send):
    """An application that answers what it was sent."""
    message = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"y")]})
    await send({"type": "http.response.body", "body": message["body"]})


async def failing(scope, receive, send):
    """An application with a fault, which knows a secret."""
    raise KeyError("secret")


SENTENCES = Sentences(echo, FUNCTIONS, SCRIPTS)


def is_sentence(text):
    return text.endswith(".") and len(text.splitlines()) == 1 and "Traceback" not in text


def test_a_good_call_arrives_as_it_was_sent():
    sent = json.dumps(GOOD).encode()
    assert asked(SENTENCES, CALL, sent) == (200, {b"x": b"y"}, sent.decode())
    sent = json.dumps(BOOK).encode()
    assert asked(SENTENCES, SCRIPT + "refresh", sent)[0] == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"7",
        b'"text"',
        b"{}",
        b"[" * 100_000,
        b"1" * 5_000,
        *(json.dumps({key: value for key, value in GOOD.items() if key != lost}).encode()
          for lost in ("func_name", "args", "version", "client", "runtime")),
        *(json.dumps(GOOD | changed).encode()
          for changed in ({"func_name": 7}, {"func_name": None}, {"args": {}}, {"args": "x"}, {"runtime": "new"},
                          {"runtime": 1.4}, {"version": None})),
    ],
)  # fmt: skip
def test_what_is_no_call_gets_a_sentence(sent):
    status, _, text = asked(SENTENCES, CALL, sent)
    assert status == 400 and is_sentence(text)


@pytest.mark.parametrize("name", ["nope", "register", "__builtins__", "__doc__", "", "leads_needed.__class__", "é\n"])
def test_only_functions_of_excel_can_be_called(name):
    status, _, text = asked(SENTENCES, CALL, json.dumps(GOOD | {"func_name": name}).encode())
    assert status == 400 and "has no function" in text


@pytest.mark.parametrize("argument", [[], [[]], [1, 2], [[1], 2], [[1], [2, 3]], [[[1]]], [[1, []]]])
def test_an_argument_is_a_value_or_a_range(argument):
    status, _, text = asked(SENTENCES, CALL, json.dumps(GOOD | {"args": [argument]}).encode())
    assert status == 400 and is_sentence(text)


@pytest.mark.parametrize(
    ("args", "status"),
    [
        ([[[1]], [[[1]], [[2], [3]]]], 200),
        ([None, []], 200),
        ([[[1]], [[1]]], 400),
        ([[[1]], None], 400),
        ([[[1]], 7], 400),
    ],
)
def test_a_repeated_argument_is_several_ranges(args, status):
    assert asked(SENTENCES, CALL, json.dumps(GOOD | {"func_name": "funnel", "args": args}).encode())[0] == status


def test_too_many_arguments_are_counted():
    status, _, text = asked(SENTENCES, CALL, json.dumps(GOOD | {"args": [[[1]]] * 5}).encode())
    assert (status, text) == (400, "LEADS_NEEDED takes 3 arguments at most and was given 5; take out the last ones.")


@pytest.mark.parametrize("name", ["nope", "data_folder", ""])
def test_only_scripts_of_excel_can_be_called(name):
    status, _, text = asked(SENTENCES, SCRIPT + name, json.dumps(BOOK).encode())
    assert status == 400 and "has no script" in text


@pytest.mark.parametrize("lost", sorted(BOOK))
def test_a_workbook_must_be_whole(lost):
    sent = json.dumps({key: value for key, value in BOOK.items() if key != lost}).encode()
    status, _, text = asked(SENTENCES, SCRIPT + "refresh", sent)
    assert status == 400 and is_sentence(text)


@pytest.mark.parametrize("kind", [b"text/plain", b"", b"application/x-www-form-urlencoded", b"multipart/form-data"])
def test_what_a_page_elsewhere_may_send_unasked_is_refused(kind):
    assert asked(SENTENCES, CALL, json.dumps(GOOD).encode(), kind=kind)[0] == 400


def test_a_fault_is_a_sentence_that_tells_no_secret(caplog):
    status, _, text = asked(Sentences(failing, FUNCTIONS, SCRIPTS), CALL, json.dumps(GOOD).encode())
    assert status == 400 and is_sentence(text) and text.startswith("LEADS_NEEDED failed") and "secret" not in text
    assert "secret" in caplog.text  # the log of the server has it


def test_metadata_and_code_may_be_read_by_every_page_and_nothing_else():
    allowed = b"access-control-allow-origin"
    for path in ("/xlwings/custom-functions-meta.json", "/xlwings/custom-functions-code.js"):
        assert asked(SENTENCES, path, method="GET")[1][allowed] == b"*"
    for path in ("/xlwings/custom-scripts-meta.json", "/manifest", "/"):
        assert allowed not in asked(SENTENCES, path, method="GET")[1]
    assert allowed not in asked(SENTENCES, CALL, json.dumps(GOOD).encode())[1]


@pytest.mark.parametrize("host", [b"localhost:8000", b"127.0.0.1", b"[::1]:8000", b"LocalHost"])
def test_a_server_answers_to_its_own_names(host):
    app = KnownHosts(echo, {"localhost", "127.0.0.1", "::1"})
    assert asked(app, "/", host=host)[0] == 200


@pytest.mark.parametrize("host", [b"evil.example:8000", b"", b"localhost.evil.example", b"[", b"localhost@evil"])
def test_and_to_no_other(host):
    status, _, text = asked(KnownHosts(echo, {"localhost", "127.0.0.1", "::1"}), "/", host=host)
    assert status == 400 and is_sentence(text)


@pytest.mark.parametrize(
    ("passed_on", "status"),
    [(b"localhost", 200), (b"evil.example", 400), (b"localhost, evil.example", 400), (b"", 400), (b"[", 400)],
)
def test_nor_to_what_a_proxy_passes_on_for_another_name(passed_on, status):
    app = KnownHosts(echo, {"localhost"})
    assert asked(app, "/", more=[(b"x-forwarded-host", passed_on)])[0] == status
