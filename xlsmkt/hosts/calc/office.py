"""LibreOffice without a screen: started with a profile of its own, given jobs, and ended with all that it left.

with Office() as office:
    office.run("evaluate", formulas=["=LEADS_NEEDED(20, 5%)"])
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, NoReturn, Self

from xlsmkt.errors import UserError
from xlsmkt.hosts.calc.extension import unpack_extension
from xlsmkt.hosts.calc.finding import GET_PYTHON, NO_PYTHON, find_soffice, has_python
from xlsmkt.hosts.calc.inside.contact import CONTACT, FOLDER, OWNER
from xlsmkt.hosts.calc.profile import write_profile
from xlsmkt.hosts.calc.words import COMMANDS

START_SECONDS = 60.0
JOB_SECONDS = 300.0
START_AGAIN = (79, 81)
"""What LibreOffice ends with when it wants to be started anew, as it does with a fresh profile."""

_END_SECONDS = 10.0
_WAKES_EVERY = 0.02


class Office:
    """An office of our own; nothing of it is left after the ``with`` block.

    Parameters
    ----------
    soffice
        The program; without it the one that is found on this computer.
    start_seconds, job_seconds
        How long a start, and a job, may take.
    owner
        The process without which the office ends itself; without it this one.
    """

    def __init__(self, soffice: Path | None = None, *, start_seconds: float = START_SECONDS,
                 job_seconds: float = JOB_SECONDS, owner: int | None = None) -> None:  # fmt: skip
        self.contact: Path | None = None
        self._soffice = soffice
        self._start_seconds, self._job_seconds = start_seconds, job_seconds
        self._owner = os.getpid() if owner is None else owner
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._before: dict[signal.Signals, Any] = {}

    @property
    def room(self) -> Path | None:
        """A folder for what a job reads and writes, which goes with the office; None for one that was joined."""
        return self._folder and self._folder / "tmp"

    @classmethod
    def join(cls, contact: Path, job_seconds: float = JOB_SECONDS) -> Self:
        """An office that somebody else has started, and will end; ``contact`` is the file it wrote."""
        office = cls(job_seconds=job_seconds)
        office.contact = contact
        return office

    def __enter__(self) -> Self:
        if self.contact is None:
            self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        # Whoever is interrupted does not wait for a job to come to its end.
        self.end(politely=kind is None)

    def start(self) -> None:
        """Start the office and wait until it takes jobs."""
        soffice = self._soffice or find_soffice()
        self._on_signals_end()
        try:
            self._folder = Path(tempfile.mkdtemp(prefix=FOLDER))
            write_profile(self._folder / "profile")
            unpack_extension(self._folder / "bundled")
            (self._folder / "tmp").mkdir()
            self.contact = self._folder / "contact.json"
            self._await_contact(soffice)
        except BaseException:
            self.end(politely=False)
            raise

    def run(self, job: str, seconds: float | None = None, **arguments: Any) -> Any:
        """What a job gives; UserError says in one sentence what went wrong.

        ``seconds`` is the time limit; an office that passes it is ended.
        """
        seconds = self._job_seconds if seconds is None else seconds
        if self.contact is None:
            raise UserError("LibreOffice is not running: start it anew.")
        try:
            contact = json.loads(self.contact.read_text("utf-8"))
            request = {"token": contact["token"], "job": job, "arguments": arguments}
            line = _asked(contact["port"], json.dumps(request).encode("ascii") + b"\n", seconds)
        except TimeoutError:
            self._kill()
            raise UserError(
                f"LibreOffice was not done after {seconds:g} seconds: close other programs and try again, or compute "
                "without it (xlsmkt compute without --engine)."
            ) from None
        except OSError:
            self._died()
        if not line.endswith(b"\n"):
            self._died()
        answer = json.loads(line)
        if "failed" in answer:
            raise UserError(answer["failed"])
        return answer["done"]

    def end(self, politely: bool = True) -> None:
        """End the office and remove its folder; does nothing to an office that was joined."""
        try:
            if self._process and politely and self._process.poll() is None:
                with contextlib.suppress(UserError, subprocess.TimeoutExpired):
                    self.run("quit", _END_SECONDS)
                    self._process.wait(_END_SECONDS)
        finally:
            self._kill()
            if self._folder:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = self.contact = None
            self._restore_signals()

    # --- the process ---

    def _await_contact(self, soffice: Path) -> None:
        assert self.contact
        until = time.monotonic() + self._start_seconds
        self._launch(soffice)
        while not self.contact.exists():
            ended = self._process.poll() if self._process else None
            if ended in START_AGAIN:
                self._launch(soffice)
            elif ended is not None or time.monotonic() > until:
                if not has_python(soffice.parent):
                    raise UserError(f"{NO_PYTHON.format(folder=soffice.parent)}: {GET_PYTHON}.")
                how = "did not start" if ended is not None else f"was not ready after {self._start_seconds:g} seconds"
                raise UserError(f"LibreOffice {how}{self._said()}: close other programs, start {soffice} once by hand, "
                                "and try again.")  # fmt: skip
            time.sleep(_WAKES_EVERY)

    def _launch(self, soffice: Path) -> None:
        assert self._folder and self.contact
        folder = self._folder.resolve()
        command = [
            str(soffice),
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            f"-env:BUNDLED_EXTENSIONS={(folder / 'bundled').as_uri()}",
            "--headless", "--norestore", "--nologo", "--nodefault", "--nofirststartwizard",
            f"service:{COMMANDS}?serve",
        ]  # fmt: skip
        environment = clean_environment(os.environ, sys.platform)
        environment |= {CONTACT: str(self.contact), OWNER: str(self._owner)}
        environment |= dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(folder / "tmp"))
        with (folder / "said.txt").open("wb") as said:
            # A group of its own: Ctrl-C reaches us alone, and what the office starts can be ended with it.
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, env=environment,
                cwd=folder, start_new_session=True,
            )  # fmt: skip

    def _said(self) -> str:
        """The last line that the office has written."""
        with contextlib.suppress(OSError, AttributeError):
            lines = (self._folder / "said.txt").read_text("utf-8", "replace").split("\n")  # type: ignore[operator]
            if spoken := [line.strip() for line in lines if line.strip()]:
                return f' ("{spoken[-1]}")'
        return ""

    def _died(self) -> NoReturn:
        self._kill()
        raise UserError(
            f"LibreOffice ended in the middle of its work{self._said()}: try again, or compute without it "
            "(xlsmkt compute without --engine)."
        )

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if sys.platform == "win32":
            if process.poll() is None:  # the program starts another one, which does the work
                subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
        else:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)

    # --- signals that otherwise end Python on the spot, and leave the office running ---

    def _on_signals_end(self) -> None:
        in_main_thread = threading.current_thread() is threading.main_thread()
        for number in _ENDINGS if in_main_thread else ():
            if signal.getsignal(number) is signal.SIG_DFL:
                self._before[number] = signal.signal(number, _leave)

    def _restore_signals(self) -> None:
        while self._before and threading.current_thread() is threading.main_thread():
            signal.signal(*self._before.popitem())


# A closed terminal says SIGHUP, which Windows does not know.
_ENDINGS = [signal.SIGTERM, *([signal.SIGHUP] if sys.platform != "win32" else [])]


def clean_environment(environment: Mapping[str, str], platform: str) -> dict[str, str]:
    """The environment for LibreOffice: without what leads its Python to the packages of ours."""
    kept = {name: value for name, value in environment.items()
            if not name.upper().startswith(("PYTHON", "VIRTUAL_ENV", "CONDA", "PYENV"))}  # fmt: skip
    if platform != "win32":
        # Python looks there for its own library; the Python of a virtual environment must not be the first it meets.
        kept["PATH"] = "/usr/bin:/bin"
        # Without UTF-8 LibreOffice opens no file whose name has an umlaut.
        spoken = kept.get("LC_ALL") or kept.get("LC_CTYPE") or kept.get("LANG") or ""
        if "utf" not in spoken.lower() and platform != "darwin":
            kept["LC_ALL"] = "C.UTF-8"
        kept["SAL_USE_VCLPLUGIN"] = "svp"
    return kept


def _asked(port: int, request: bytes, seconds: float) -> bytes:
    """The line that the office answers; without its end if the office went away."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.sendall(request)
        with connection.makefile("rb") as answer:
            return answer.readline()


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
