"""What the servers have in common: HTTP, faults, a log of requests, control by tests, and starting and stopping.

A server is a `Crm` that answers requests. It runs as a thread (`in_thread`) or as a process of its own (`in_process`,
for tests that end other processes); a test controls both over HTTP, below ``/_test/``.
"""

import contextlib
import email.utils
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import requests


@dataclass
class Request:
    """What a client sent; ``json`` is None where the body is none."""

    method: str
    path: str
    query: dict
    headers: dict  # names in lower case
    text: str
    json: object


@dataclass
class Answer:
    """``body``: a text as it stands, anything else as JSON. ``rows`` counts the records given out, for the log."""

    body: object = None
    status: int = 200
    headers: dict = field(default_factory=dict)
    rows: int = 0
    endpoint: str = ""  # under which it is logged; "": method and path


@dataclass
class Fault:
    """What goes wrong, in how many requests.

    ``kind``: ``answer`` (a status with body and headers), ``slow`` (after ``seconds``), ``drop`` (the connection ends
    in the middle of the body), ``hang up`` (it ends before an answer), or a kind that the Crm knows: see `Crm.fault`.
    """

    kind: str
    every: int = 1  # each n-th request that ``where`` fits
    after: int = 0  # not the first so many of them
    times: int = 1_000_000_000  # only so often
    where: str = ""  # a part of the path
    status: int = 500
    body: object = None
    headers: dict = field(default_factory=dict)
    seconds: float = 0.0
    given: dict = field(default_factory=dict)  # for kinds of a Crm's own
    seen: int = 0
    happened: int = 0

    def happens(self, path: str) -> bool:
        """Whether it goes wrong now; asked once for each request."""
        if self.where not in path:
            return False
        self.seen += 1
        due = self.seen > self.after and (self.seen - self.after) % self.every == 0 and self.happened < self.times
        self.happened += due
        return due


class Crm:
    """A CRM's state and manners. A subclass answers requests, and offers tests what else they may change."""

    def __init__(self):
        self.lock = threading.RLock()
        self.faults: list[Fault] = []
        self.requests: list[dict] = []
        self.date_off = 0.0  # seconds that the Date header is ahead
        self.tells_date = True

    def answer(self, request: Request) -> Answer:
        """What the CRM answers."""
        raise NotImplementedError

    def fault(self, fault: Fault, request: Request) -> Answer | None:
        """The answer of a kind of fault that only this CRM has."""
        raise ValueError(f"no fault {fault.kind!r}")

    def control(self, name: str, given: dict) -> object:
        """What a test changes or asks."""
        if name == "faults":  # replaces the ones before
            self.faults = [Fault(**one) for one in given["faults"]]
            return None
        if name == "clock":
            self.date_off, self.tells_date = given.get("off", 0.0), given.get("tells", True)
            return None
        if name == "log":
            kept = list(self.requests)
            if given.get("clear"):
                self.requests.clear()
            return kept
        if name == "faults-seen":
            return [asdict(fault) for fault in self.faults]
        raise ValueError(f"no control {name!r}")

    def now(self) -> float:
        """The CRM's own time, seconds since 1970."""
        return time.time() + self.date_off


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a body waits 40 ms until its headers are acknowledged
    timeout = 30  # a connection kept open by a client that is gone does not hold a thread for ever
    crm: Crm

    def log_message(self, *_args):
        pass

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(self.crm.now(), usegmt=True)

    def _one(self):
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        url = urlsplit(self.path)
        try:
            given = json.loads(text) if text else None
        except ValueError:
            given = None
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, url.path, dict(parse_qsl(url.query)), headers, text, given)
        if request.path.startswith("/_test/"):
            with self.crm.lock:
                said = self.crm.control(request.path.removeprefix("/_test/"), request.json or {})
            return self._say(Answer(json.dumps({"said": said})), False)
        with self.crm.lock:
            hit = [fault for fault in self.crm.faults if fault.happens(request.path)]
            wrong = hit[0] if hit else None
            if wrong is None or wrong.kind in ("slow", "drop"):
                answer = self.crm.answer(request)
            elif wrong.kind == "answer":
                answer = Answer(wrong.body, wrong.status, wrong.headers)
            elif wrong.kind == "hang up":
                answer = Answer(status=0)
            else:
                answer = self.crm.fault(wrong, request) or self.crm.answer(request)
            answer.body = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)  # as it is just now
            self.crm.requests.append(
                {
                    "at": time.monotonic(),
                    "endpoint": answer.endpoint or f"{request.method} {request.path}",
                    "status": answer.status,
                    "rows": answer.rows if answer.status < 300 and (wrong is None or wrong.kind != "drop") else 0,
                    "fault": wrong.kind if wrong else "",
                }
            )
        if wrong is not None and wrong.kind == "slow":
            time.sleep(wrong.seconds)
        if answer.status == 0:
            self.close_connection = True
            return None
        return self._say(answer, wrong is not None and wrong.kind == "drop")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _one  # noqa: N815 (http.server calls them so)

    def _say(self, answer, breaks_off):
        body = b"" if answer.status == 204 else (answer.body or "").encode()
        self.send_response_only(answer.status)
        if self.crm.tells_date:
            self.send_header("Date", self.date_time_string())
        headers = {"Content-Type": "application/json;charset=utf-8"} | answer.headers
        for name, value in headers.items():
            self.send_header(name, str(value))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):  # the client may be gone: some tests end it in the middle
            self.wfile.write(body[: len(body) // 2] if breaks_off else body)
        if breaks_off:
            self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), OSError):  # a client that is gone is nothing to tell of
            super().handle_error(request, client_address)


def served(crm: Crm) -> _Server:
    """A server for a CRM, on a port that the system chose; `serve_forever` runs it."""
    return _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"crm": crm}))


@dataclass
class Mock:
    """A server that runs; what a test does with it."""

    url: str
    pid: int = 0  # 0: a thread

    def tell(self, what: str, /, **given) -> object:
        """Change something or ask: see `Crm.control`."""
        answer = requests.post(f"{self.url}/_test/{what}", json=given, timeout=60)
        answer.raise_for_status()
        return answer.json()["said"]

    def faults(self, *faults: dict) -> None:
        """Replace what goes wrong: ``mock.faults({"kind": "slow", "seconds": 2, "times": 1})``."""
        self.tell("faults", faults=list(faults))

    def log(self, clear: bool = False) -> list[dict]:
        """The requests so far: at, endpoint, status, rows, fault."""
        return self.tell("log", clear=clear)

    def counts(self) -> dict[str, int]:
        """Requests for each endpoint."""
        return dict(Counter(one["endpoint"] for one in self.log()))

    def rows(self) -> dict[str, int]:
        """Records given out, for each endpoint."""
        total = Counter()
        for one in self.log():
            total[one["endpoint"]] += one["rows"]
        return dict(total)


@contextlib.contextmanager
def in_thread(crm: Crm, tls=None):
    """A server as a thread of this process; over TLS with an ``ssl.SSLContext``."""
    server = served(crm)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Mock(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def in_process(module: str, **options):
    """A server as a process: ``in_process("hubspot", contacts=500)``; the options are those of its Crm."""
    command = [sys.executable, "-m", f"crm_servers.{module}", json.dumps(options)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=Path(__file__).parents[1])
    try:
        port = process.stdout.readline().strip()
        if not port:
            raise RuntimeError(f"{module} did not start")
        yield Mock(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stdin.close()


def main(crm_class: type[Crm]) -> None:
    """Run a server in this process: tells its port on stdout, and ends with its stdin (whoever began it is gone)."""
    server = served(crm_class(**json.loads(sys.argv[1] if len(sys.argv) > 1 else "{}")))
    print(server.server_address[1], flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    server.serve_forever()
