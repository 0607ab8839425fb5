"""The extension xlsmkt as it stands in LibreOffice's folders, read without starting LibreOffice."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from xlsmkt.hosts.calc.finding import Computer, program_folder
from xlsmkt.hosts.calc.words import EXTENSION_ID, PYTHON_FILE

_IN_LIST = re.compile(rb"\xff" + re.escape(EXTENSION_ID.encode()) + rb"\n([^\xff\n]+)\xff([^\xff\n]+)\xff")
_IN_DESCRIPTION = "{http://openoffice.org/extensions/description/2006}"


@dataclass(frozen=True)
class Installed:
    """The unpacked extension; ``python`` is the interpreter that its Refresh starts, "" if it was told none."""

    folder: Path
    version: str
    python: str


def profile_folder(computer: Computer) -> Path:
    """Where LibreOffice keeps the settings of this user."""
    environment, home = computer.environment, Path(computer.environment.get("HOME", ""))
    if computer.platform == "win32":
        return Path(environment.get("APPDATA", "")) / "LibreOffice" / "4"
    if computer.platform == "darwin":
        return home / "Library" / "Application Support" / "LibreOffice" / "4"
    return Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "libreoffice" / "4"


def for_this_user(computer: Computer) -> Installed | None:
    """The extension that this user has installed."""
    return _in_store(profile_folder(computer) / "user" / "uno_packages" / "cache")


def for_all_users(computer: Computer) -> Iterator[Installed]:
    """The extension as an administrator has installed it, or as it came with LibreOffice."""
    shared = program_folder(computer).parent / ("Resources" if computer.platform == "darwin" else "share")
    if found := _in_store(shared / "uno_packages" / "cache"):
        yield found
    for description in sorted((shared / "extensions").glob("*/description.xml")):
        if found := _in_folder(description.parent):
            yield found


def _in_store(store: Path) -> Installed | None:
    """The one of the folders that LibreOffice's list names; others are left from what was removed."""
    try:
        entry = _IN_LIST.search((store / "uno_packages.pmap").read_bytes())
    except OSError:
        return None
    if not entry:
        return None
    folder, name = (part.decode("utf-8", "replace") for part in entry.groups())
    return _in_folder(store / "uno_packages" / f"{folder}_" / name)


def _in_folder(folder: Path) -> Installed | None:
    try:
        description = ElementTree.parse(folder / "description.xml").getroot()
    except (OSError, ElementTree.ParseError):
        return None
    said = {name: description.find(_IN_DESCRIPTION + name) for name in ("identifier", "version")}
    texts = {name: "" if element is None else element.get("value", "") for name, element in said.items()}
    if texts["identifier"] != EXTENSION_ID:
        return None
    try:
        python = (folder / PYTHON_FILE).read_text("utf-8").strip()
    except OSError:
        python = ""
    return Installed(folder, texts["version"], python)
