"""xlwings Server as a user installs and runs it: a virtual environment of its own, `xlsmkt server init` and `run`."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from filelock import FileLock
from pyodide_lite import Missing
from web_calls import Refused, body

CHECKOUT = Path(__file__).parents[1]
PIP = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


def python_with_server(folder):
    """A Python that has the checkout with its extra ``server``; one for all processes of a test run."""
    home = folder / "server"
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    with FileLock(folder / "server.lock"):
        if not (home / "done").exists():
            subprocess.run([sys.executable, "-m", "venv", home], check=True)
            done = subprocess.run([python, *PIP, f"{CHECKOUT}[server]"], stderr=subprocess.PIPE, text=True, check=False)
            if done.returncode:
                raise Missing(f"pip cannot install the extra server: {done.stderr.strip()}")
            (home / "done").touch()
    return python


def environment(**more):
    """The environment of a user who has set nothing for xlwings."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("XLWINGS_", "XLSMKT_"))} | more


def command(python):
    """The command that is installed beside a Python; ``-m`` would take the package of the current folder instead."""
    return Path(python).with_name("xlsmkt")


def xlsmkt(python, *arguments, **more):
    """Run a command line as a user types it; what it printed and its exit code."""
    return subprocess.run(
        [command(python), *map(str, arguments)],
        env=environment(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def init(python, folder, licence):
    """Make the folder of a server; the licence key never stands in the command."""
    kind = "noncommercial" if licence == "noncommercial" else "key"
    done = xlsmkt(python, "server", "init", folder, "--licence", kind, XLWINGS_LICENSE_KEY=licence)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Served:
    """A server that runs, and a client that calls it as Excel's does."""

    def __init__(self, python, folder, *options):
        self.folder = folder
        self._process = subprocess.Popen(
            [command(python), "server", "run", str(folder), "--port", "0", *options],
            env=environment(XDG_STATE_HOME=str(folder / "state")),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=(folder / "log").open("w"),
            text=True,
        )
        self.told = self._process.stdout.readline()
        found = re.search(r"(https?)://([^/]*?):(\d+);", self.told)
        if not found:
            self._process.wait(30)
            raise AssertionError(self.log)
        self.scheme, self.host, self.port = found[1], found[2].strip("[]"), int(found[3])
        self.url = f"{self.scheme}://{found[2]}:{self.port}"
        self._kept = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait(30)
        self._process.stdout.close()

    @property
    def log(self):
        """What the server wrote to its terminal."""
        return (self.folder / "log").read_text("utf-8")

    def interrupt(self):
        """Ctrl-C; the exit code."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(30)

    def request(self, method, path, content=None, headers=None):
        """The status, the headers and the text of an answer."""
        for kept in (self._kept, None):
            self._kept = kept or http.client.HTTPConnection(self.host, self.port, timeout=120)
            try:
                self._kept.request(method, path, content, headers or {})
                answer = self._kept.getresponse()
                return answer.status, answer.headers, answer.read().decode()
            except (http.client.RemoteDisconnected, ConnectionError):
                self._kept.close()
                if kept is None:  # a connection that was kept too long may be closed, a new one may not
                    raise
        raise AssertionError("the last try returns or raises")

    def get(self, path):
        """The text at a path, which must be there."""
        status, _, text = self.request("GET", path)
        assert status == 200, text
        return text

    def post(self, path, content, **headers):
        """The status and the text of what is answered to JSON, sent as Excel's client sends it."""
        sent = content if isinstance(content, bytes) else json.dumps(content).encode()
        known = {"Content-Type": "application/json", "Authorization": "", "Auth-Provider": "", **headers}
        status, _, text = self.request("POST", path, sent, known)
        return status, text

    def call_status(self, content, **headers):
        """The status and the text of what is answered to the call of a function."""
        return self.post("/xlwings/custom-functions-call", content, **headers)

    def call(self, name, args):
        """The rows that a function answers; raises Refused for a sentence."""
        status, text = self.call_status(body(name, args, "0.37.8"))
        if status == 400:
            raise Refused(text)
        assert status == 200, (status, text)
        return json.loads(text)["result"]
