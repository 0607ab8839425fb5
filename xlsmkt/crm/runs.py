"""What the last run of each connection came to, for `xlsmkt sources`; whatever its source keeps beside that."""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from xlsmkt.crm.connection import Connection
from xlsmkt.crm.connections import connections
from xlsmkt.crm.importing import Imported
from xlsmkt.crm.places import home, make, write_own
from xlsmkt.errors import UserError

STOPPED = "It is running, or was stopped before its end; then run it again."


@dataclass
class LastRun:
    """The last run of a connection: when it began by the local clock, the rows it took, why it failed ("": not)."""

    started: str
    rows: int | None = None
    failure: str = ""


@contextmanager
def recorded(connection: Connection) -> Iterator[list[Imported]]:
    """Keep what comes of a run; what it imported is put into the list."""
    name = connection.name
    if name not in connections() and name != connection.source:
        yield []  # an address given for once: nobody looks for it by a name
        return
    run = LastRun(f"{dt.datetime.now():%Y-%m-%d %H:%M}", failure=STOPPED)
    before = last_run(name)
    run.rows = before.rows if before else None  # of the last one that brought some
    _keep(name, run)
    imported: list[Imported] = []
    try:
        yield imported
    except UserError as error:
        run.failure = str(error)
        _keep(name, run)
        raise
    except BaseException as error:
        fault = f"It ended with a fault ({type(error).__name__})"
        run.failure = f"{fault if isinstance(error, Exception) else 'It was stopped'}; run it again."
        _keep(name, run)
        raise
    run.failure = ""
    run.rows = sum(sum(one.taken.values()) for one in imported)
    _keep(name, run)


def last_run(name: str) -> LastRun | None:
    """The last run of a connection; None if there was none, or what was kept of it cannot be read."""
    try:
        return LastRun(**json.loads(_path(name).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def forget_run(name: str) -> None:
    """Forget the last run of a connection."""
    _path(name).unlink(missing_ok=True)


def _keep(name: str, run: LastRun) -> None:
    with suppress(UserError):  # it must not hide what came of the run
        write_own(_path(name), json.dumps(asdict(run), ensure_ascii=False))


def _path(name: str) -> Path:
    return make(home() / "runs") / f"{name}.json"
