"""The process that refreshes a workbook's file, as ``xlsmkt.hosts.calc.refresh_child`` describes it."""

import json
import subprocess
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from typing import IO, Any, Dict, Mapping, Optional

from xlsmkt.errors import UserError

Message = Dict[str, Any]

_MODULE = "xlsmkt.hosts.calc.refresh_child"
_SECONDS_TO_END = (
    3.0  # for a process that was told to cancel; it changes the file in one step, so ending it is harmless
)


class Strange(Exception):
    """The process did what ours does not do; the text is for the log."""


class Child:
    """A refresh in a process of its own.

    Parameters
    ----------
    python
        The Python that has all of xlsmkt.
    book
        The workbook's file.
    environment
        The environment variables that the process is given.
    """

    def __init__(self, python: str, book: Path, environment: Mapping[str, str]) -> None:
        self._python = python
        self._messages: "Queue[Message]" = Queue()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (a pipe that nobody empties would stop it)
        try:
            self._process = subprocess.Popen(
                [python, "-P", "-m", _MODULE, str(book)],  # -P: nothing is imported from the folder that it starts in
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=dict(environment),
                cwd=tempfile.gettempdir(),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            self._errors.close()
            raise UserError(
                f"The Python that Refresh uses cannot be started ({python}: {error.strerror}); type in a terminal: "
                "xlsmkt install libreoffice"
            ) from None
        assert self._process.stdin and self._process.stdout
        self._answers = self._process.stdin
        threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True).start()

    def _listen(self, lines: IO[bytes]) -> None:
        last: Message = {}
        for line in lines:
            try:
                last = json.loads(line)
                if not isinstance(last, dict):
                    raise ValueError
            except ValueError:
                self._messages.put({"strange": f"it wrote {line[:200]!r}"})
                return
            self._messages.put(last)
        if "done" not in last and "failed" not in last:
            self._messages.put({"strange": f"it ended with {self._process.wait()}"})

    def next(self) -> Optional[Message]:
        """The next message that has come; None while there is none.

        Raises
        ------
        UserError
            The Python has no xlsmkt.
        Strange
            The process ended without a last word, or wrote something else than messages.
        """
        try:
            message = self._messages.get_nowait()
        except Empty:
            return None
        if "strange" in message:
            raise self._strange(message["strange"])
        return message

    def _strange(self, what: str) -> Exception:
        self.end()
        self._errors.seek(0)
        errors = self._errors.read().decode("utf-8", "replace").strip()
        if "No module named" in errors.rpartition("\n")[2]:
            return UserError(
                f"The Python that Refresh uses ({self._python}) has no xlsmkt that fits this extension; type in a "
                "terminal: xlsmkt install libreoffice"
            )
        return Strange(f"{self._python} -m {_MODULE}: {what}\n{errors}")

    def answer(self, **message: object) -> None:
        """Answer the message that asked for something."""
        with suppress(OSError):  # it has ended, and its last message says why
            self._answers.write(json.dumps(message).encode("ascii") + b"\n")
            self._answers.flush()

    def cancel(self) -> Optional[Message]:
        """Cancel; the last word of the process if it had finished nevertheless."""
        with suppress(OSError):
            self._answers.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_SECONDS_TO_END)
        self.end()
        while True:
            try:
                message = self._messages.get(timeout=1.0)
            except Empty:
                return None
            if "done" in message:
                return message
            if "failed" in message or "strange" in message:
                return None

    def end(self) -> None:
        """Leave nothing of the process behind."""
        with suppress(OSError):
            self._process.kill()
        self._process.wait()
        with suppress(OSError):
            self._answers.close()
