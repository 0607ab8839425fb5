"""What happens when our own code fails inside a spreadsheet program: a line in a log file, a sentence in the cell.

Also runs in LibreOffice's own Python: 3.8, standard library.
"""

import logging
import os
import sys
from pathlib import Path

from xlsmkt.errors import CellError, WrongType

_SIZE = 500_000


def log_path(program: str = "excel") -> Path:
    """The file, in a folder of the user's own, that says what failed inside a spreadsheet program."""
    if sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        folder = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return folder / "xlsmkt" / f"{program}.log"


def log_fault(what: str, program: str = "excel") -> CellError:
    """Write the exception that is being handled to the log; the error that the cell shows names the file."""
    try:
        path = log_path(program)
        _write(path, f"{what} failed")
    except (OSError, RuntimeError) as error:  # no folder to write to, no home
        return WrongType(f"{what} failed inside xlsmkt, and its log cannot be written ({type(error).__name__})")
    return WrongType(f"{what} failed inside xlsmkt; the file {path} says where")


def _write(path: Path, what: str) -> None:
    from logging.handlers import RotatingFileHandler  # a fault is rare, starting Excel is not

    path.parent.mkdir(parents=True, exist_ok=True)
    # opened for one record only, so that two Excels never hold the file against each other
    handler = RotatingFileHandler(path, maxBytes=_SIZE, backupCount=1, encoding="utf-8")
    try:
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        record = logging.LogRecord("xlsmkt", logging.ERROR, __file__, 0, what, None, sys.exc_info())
        handler.emit(record)
    finally:
        handler.close()
