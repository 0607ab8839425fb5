"""The connections as `xlsmkt sources` lists them."""

from typing import NamedTuple

from xlsmkt.crm.connection import Connection
from xlsmkt.crm.connections import MAIL, connections
from xlsmkt.crm.places import store_path
from xlsmkt.crm.runs import last_run
from xlsmkt.crm.sources import source_names
from xlsmkt.errors import UserError

NOTHING = "-"


class SourceLine(NamedTuple):
    """A connection and its last run, as texts; its fields are the headings."""

    name: str
    source: str
    last_run: str
    rows: str
    next_watermark: str  # in UTC, by the clock of the CRM
    state: str  # ok, or why the last run failed


def source_lines() -> list[SourceLine]:
    """The connections by name, then the sources that were read without one, by the environment alone."""
    listed = sorted(connections().values(), key=lambda one: one.name.casefold())
    known = {one.name for one in listed}
    listed += [Connection(name, name) for name in source_names() if name not in known and last_run(name)]
    return [_line(one) for one in listed]


def _line(connection: Connection) -> SourceLine:
    if connection.source == MAIL:
        return SourceLine(connection.name, MAIL, NOTHING, NOTHING, NOTHING, "mails are sent by it; nothing is read")
    run = last_run(connection.name)
    watermark, trouble = _watermark(connection.name)
    if run is None:
        told = (NOTHING, NOTHING, watermark, trouble or "not read yet")
    else:
        rows = NOTHING if run.rows is None else f"{run.rows:,}"
        told = (run.started, rows, watermark, run.failure or trouble or "ok")
    return SourceLine(connection.name, connection.source, *told)


def _watermark(name: str) -> tuple[str, str]:
    """From when on the next run asks for changes, and why that cannot be said."""
    path = store_path(name)
    if not path.exists():
        return NOTHING, ""
    from xlsmkt.crm.store import Store

    try:
        with Store.open(path, read_only=True) as store:
            marks = [state.watermark for state in store.states().values() if state.watermark]
    except UserError as error:
        return NOTHING, str(error)
    return (f"{min(marks):%Y-%m-%d %H:%M} UTC" if marks else NOTHING), ""
