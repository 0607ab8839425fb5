"""One office for a whole test run: the first test that needs it starts it, in whatever process, and the run ends it."""

import contextlib
import json
import os
import shutil
import signal
import time
from pathlib import Path

from filelock import FileLock

from xlsmkt.errors import UserError
from xlsmkt.hosts.calc.office import Office

_CONTACT = "contact"


def started(folder: Path, owner: int) -> Path:
    """The contact file of the run's office, which starts now if it does not run yet; it never outlives ``owner``."""
    with FileLock(folder / "lock"):
        if not (folder / _CONTACT).exists():
            office = Office(owner=owner)
            office.start()
            (folder / _CONTACT).write_text(str(office.contact), "utf-8")
    return Path((folder / _CONTACT).read_text("utf-8"))


def ended(folder: Path) -> None:
    """End the run's office, if there is one."""
    if (folder / _CONTACT).exists():
        contact = Path((folder / _CONTACT).read_text("utf-8"))
        pid = process_of(contact)
        with contextlib.suppress(UserError):
            Office.join(contact).run("quit", 10)
        if not gone(pid):
            os.kill(pid, signal.SIGTERM)
        shutil.rmtree(contact.parent)
    shutil.rmtree(folder)


def process_of(contact: Path) -> int:
    """The process of the office that wrote a contact file."""
    return json.loads(contact.read_text("utf-8"))["pid"]


def gone(pid: int, within: float = 15) -> bool:
    """Whether a process ends in some seconds; one that nobody has asked for its result any more has ended too."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False
