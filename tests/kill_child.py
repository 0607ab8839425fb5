"""Processes that import from a CRM and are killed. They begin at once: a process that has all modules makes them."""

import multiprocessing
import os
import signal
import time
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from unittest import mock

from crm_cases import CASES, read_once

from xlsmkt.crm.store import Store


def _child(name: str, url: str, secrets: dict[str, str], home: Path, writes: int) -> None:
    """Import; if ``writes`` is not 0, the process ends in the middle of that transaction, before it is committed."""
    save, left = Store._save_state, [writes]

    def save_or_die(store: Store, *given: object) -> None:
        save(store, *given)  # type: ignore[arg-type]
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    with mock.patch.object(Store, "_save_state", save_or_die):
        read_once(name, url, secrets, home)


class Children:
    """Begins children."""

    def __init__(self) -> None:
        self.context = multiprocessing.get_context("forkserver")
        sources = [f"xlsmkt.crm.sources.{name}" for name in CASES]
        self.context.set_forkserver_preload([*sources, "xlsmkt.crm.synced_import", "ibis.backends.duckdb"])

    def start(self, *given: object) -> ForkServerProcess:
        child = self.context.Process(target=_child, args=given)
        child.start()
        return child

    def killed_after(self, seconds: float, *given: object) -> bool:
        """Kill a child after a time; whether it was still running."""
        child = self.start(*given, 0)
        child.join(seconds)
        child.kill()
        child.join()
        return child.exitcode == -signal.SIGKILL

    def killed_at(self, writes: int, *given: object) -> bool:
        """Let a child be killed in the middle of its n-th write; whether it came so far."""
        child = self.start(*given, writes)
        child.join()
        return child.exitcode == -signal.SIGKILL

    def end(self) -> None:
        """End the server."""
        forkserver._forkserver._stop()  # type: ignore[attr-defined] # or it would live as long as the tests

    def time(self, *given: object) -> float:
        """How long a child runs that nobody kills."""
        begin = time.monotonic()
        child = self.start(*given, 0)
        child.join()
        assert child.exitcode == 0
        return time.monotonic() - begin
