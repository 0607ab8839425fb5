"""The Python that has all of xlsmkt: LibreOffice's own has no pandas, so Refresh starts another one."""

import os
import re
import shutil
from pathlib import Path
from typing import Dict, Mapping, Optional

from xlsmkt.errors import UserError
from xlsmkt.hosts.calc.words import PYTHON_FILE

_INSTALL = "xlsmkt install libreoffice"
_PATHS = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FRAMEWORK_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
_OF_THE_OFFICE = re.compile(r"(URE|UNO)_.*|PYTHONPATH|PYTHONHOME", re.I)  # URE_BOOTSTRAP, UNO_TYPES


def extension_folder() -> Path:
    """The folder of the extension that this module belongs to, wherever LibreOffice keeps it."""
    return Path(__file__).parents[5]  # .../pythonpath/xlsmkt/hosts/calc/inside


def find_python(folder: Optional[Path] = None) -> str:
    """The Python that Refresh starts. Raises UserError when there is none.

    Parameters
    ----------
    folder
        Of the extension.
    """
    written = (folder or extension_folder()) / PYTHON_FILE
    if written.is_file():
        python = written.read_text("utf-8").strip()
        if not Path(python).is_file():
            raise UserError(f"The Python that Refresh uses is gone ({python}); type in a terminal: {_INSTALL}")
        return python
    command = shutil.which("xlsmkt")
    found = _python_of(Path(os.path.realpath(command))) if command else None
    if not found:
        raise UserError(
            "Refresh needs xlsmkt in a Python of its own; install Python 3.11 or later, then type in a terminal: "
            f"pip install xlsmkt, and then: {_INSTALL}"
        )
    return found


def _python_of(command: Path) -> Optional[str]:
    """The Python that a command runs in: it stands beside it, or in the command's first line."""
    for name in ("python.exe", "python3", "python"):
        if (command.parent / name).is_file():
            return str(command.parent / name)
    if command.suffix.lower() == ".exe":
        beside_scripts = command.parent.parent / "python.exe"
        return str(beside_scripts) if beside_scripts.is_file() else None
    with command.open("rb") as file:
        first = file.readline(1_000).decode("utf-8", "replace")
    python = first[2:].strip() if first.startswith("#!") else ""
    return python if Path(python).is_file() else None


def clean_environment(variables: Mapping[str, str], office: Path) -> Dict[str, str]:
    """The environment variables without what LibreOffice sets for its own programs and its own Python.

    Parameters
    ----------
    office
        The folder that LibreOffice's programs are in.
    """
    kept = {name: value for name, value in variables.items() if not _OF_THE_OFFICE.fullmatch(name)}
    for name in _PATHS:
        if name in kept:
            others = [part for part in kept[name].split(os.pathsep) if not _is_in(part, office)]
            if any(others):
                kept[name] = os.pathsep.join(others)
            else:
                del kept[name]
    return kept


def _is_in(path: str, folder: Path) -> bool:
    return bool(path) and (Path(path) == folder or folder in Path(path).parents)
