"""Calls as they arrive: a bad one gets a sentence (400), and so does a fault; never a 500, which Excel repeats."""

import json
import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping, Set
from itertools import chain
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_RELOAD = "reload the add-in (right-click its task pane, Reload)."
MALFORMED = f"This is no call as the add-in sends it; {_RELOAD}"
_OTHER_NAME = (
    "This server does not answer to this name; whoever runs it writes the name behind XLWINGS_HOSTNAME= in .env, and "
    "settles who may call."
)
_FUNCTION_CALL = "/xlwings/custom-functions-call"
_SCRIPT_CALL = "/xlwings/custom-scripts-call/"
# Excel on the web reads these from a page of its own; they hold no data.
_PUBLIC = ("/xlwings/custom-functions-meta", "/xlwings/custom-functions-code")
_STEP = re.compile(r"(?!\.{1,2}$)[\w@.+~-]*", re.ASCII)
_log = logging.getLogger("xlsmkt.server")


class Refused(Exception):
    """A call that cannot be answered; the message is the sentence."""


class Sentences:
    """Answers what is no call, and what fails, with 400 and a sentence.

    Parameters
    ----------
    app
        What answers everything else.
    functions, scripts
        The modules that hold what may be called.
    """

    def __init__(self, app: App, functions: ModuleType, scripts: ModuleType) -> None:
        self.app, self.functions, self.scripts = app, functions, scripts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        path = scope.get("path", "")
        if scope["type"] != "http" or "/xlwings/" not in path:
            await self.app(scope, receive, send)
        elif scope["method"] == "POST" and (_FUNCTION_CALL in path or _SCRIPT_CALL in path):
            await self._call(scope, receive, send)
        elif any(part in path for part in _PUBLIC):
            await self.app(scope, receive, _for_every_page(send))
        else:
            await self.app(scope, receive, send)

    async def _call(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = False

        async def told(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        what = "The call"
        try:
            body = await _body(receive)
            what = self._checked(scope, body)
            await self.app(scope, _again(body, receive), told)
        except _Gone:
            return
        except Refused as refused:
            await _answer(send, str(refused))
        except UnicodeEncodeError:  # a half character of JavaScript's, which no answer can hold
            await _answer(send, f"{what} was given a text with half a character in it; mend that text.")
        except Exception:
            if began:
                raise
            _log.exception("%s failed", what)
            await _answer(send, f"{what} failed on the server; its log there says where.")

    def _checked(self, scope: Scope, body: bytes) -> str:
        """What is called, once it is sure that it can be."""
        kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
        if kind.partition(b";")[0].strip().lower() != b"application/json":  # what a page elsewhere may send unasked
            raise Refused(MALFORMED)
        try:
            call = json.loads(body)
        except (ValueError, RecursionError):
            raise Refused(MALFORMED) from None
        if not isinstance(call, dict):
            raise Refused(MALFORMED)
        if _FUNCTION_CALL in scope["path"]:
            return self._checked_function(call)
        return self._checked_script(scope["path"].rpartition("/")[2], call)

    def _checked_function(self, call: dict[str, Any]) -> str:
        name, args = call.get("func_name"), call.get("args")
        texts = [call.get(key) for key in ("version", "client", "runtime")]
        if not isinstance(name, str) or not isinstance(args, list) or not all(isinstance(text, str) for text in texts):
            raise Refused(MALFORMED)
        try:
            float(call["runtime"])
        except ValueError:
            raise Refused(MALFORMED) from None
        shown = name[:128].upper()
        known = getattr(getattr(self.functions, name, None), "__xlfunc__", None)
        if known is None:
            raise Refused(f"This server has no function {shown}; {_RELOAD}")
        taken = known["args"]
        repeats = bool(taken) and taken[-1]["vararg"]
        if len(args) > len(taken) and not repeats:
            raise Refused(
                f"{shown} takes {len(taken)} arguments at most and was given {len(args)}; take out the last ones."
            )
        fixed = len(taken) - repeats
        if any(not isinstance(several, list) for several in args[fixed:]):
            raise Refused(f"{shown}: {taken[-1]['name']} is missing; give at least one range.")
        if not all(map(_is_range, chain(args[:fixed], *args[fixed:]))):
            raise Refused(MALFORMED)
        return shown

    def _checked_script(self, name: str, call: dict[str, Any]) -> str:
        if not hasattr(getattr(self.scripts, name, None), "__xlscript__"):
            raise Refused(f"This server has no script {name[:128]}; {_RELOAD}")
        kinds = {"version": str, "client": str, "book": dict, "sheets": list, "names": list}
        if not all(isinstance(call.get(key), kind) for key, kind in kinds.items()):
            raise Refused(MALFORMED)
        return f"The script {name}"


class PlainPaths:
    """Answers only addresses that name something below: no step up, no drive, no second kind of slash.

    xlwings Server looks for a file of its task pane wherever such an address leads, up to the settings and beyond.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or say that there is nothing."""
        steps = scope.get("path", "/").removeprefix("/").split("/")
        if scope["type"] == "lifespan" or all(map(_STEP.fullmatch, steps)):
            await self.app(scope, receive, send)
        else:
            await _answer(send, "There is nothing at this address.", 404)


class KnownHosts:
    """Answers only to names of its own, and refuses what a proxy passes on for another one.

    A web page that is open elsewhere may point its own name to this computer, and could then read the answers.
    """

    def __init__(self, app: App, hosts: Set[str]) -> None:
        self.app, self.hosts = app, {name.lower() for name in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = [(name, value.decode("latin-1")) for name, value in scope["headers"]]
        called = [value for name, value in headers if name == b"host"] or [""]
        passed_on = [part for name, value in headers if name == b"x-forwarded-host" for part in value.split(",")]
        try:
            known = {urlsplit(f"//{name.strip()}").hostname for name in [*called, *passed_on]} <= self.hosts
        except ValueError:
            known = False
        if known:
            await self.app(scope, receive, send)
        else:
            await _answer(send, _OTHER_NAME)


class _Gone(Exception):
    """The caller has gone."""


def _is_range(value: Any) -> bool:
    """Whether a value is what a client sends for an argument: nothing, a single value, rows of the same length."""
    if not isinstance(value, list):
        return True
    if not value or not all(isinstance(row, list) for row in value):
        return False
    return len(set(map(len, value))) == 1 and bool(value[0]) and list not in set(map(type, chain.from_iterable(value)))


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """Hands a body that was read already to whom it is for."""
    given = False

    async def first_the_body() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return first_the_body


async def _answer(send: Send, sentence: str, status: int = 400) -> None:
    body = sentence.encode("utf-8", "replace")
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _for_every_page(send: Send) -> Send:
    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [pair for pair in message["headers"] if pair[0] != b"access-control-allow-origin"]
            message = {**message, "headers": [*headers, (b"access-control-allow-origin", b"*")]}
        await send(message)

    return told
