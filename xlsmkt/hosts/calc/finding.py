"""Finds LibreOffice on Linux, Mac and Windows, without starting it."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from xlsmkt.errors import UserError
from xlsmkt.hosts.calc.words import OLDEST
from xlsmkt.hosts.windows.machine import ThisMachine

VARIABLE = "XLSMKT_SOFFICE"
"""The environment variable that names the LibreOffice to use, before all that is found."""

GET_IT = f"install LibreOffice {OLDEST} or later (https://www.libreoffice.org)"
_GET_IT = f"{GET_IT}, or name its soffice in {VARIABLE}"

NO_PYTHON = "LibreOffice in {folder} cannot run Python, in which our functions are written"
GET_PYTHON = (
    "install its Python (Debian and Ubuntu: sudo apt install python3-uno, Fedora: sudo dnf install libreoffice-pyuno)"
)
_ONLY_CLOSED_IN = (
    ("snap", "snap/bin/libreoffice"),
    ("Flatpak", "var/lib/flatpak/exports/bin/org.libreoffice.LibreOffice"),
)
_APP = "Applications/LibreOffice.app"
_APP_PATH = r"\Software\Microsoft\Windows\CurrentVersion\App Paths\soffice.exe"
_INSTALL_PATH = r"\Software\LibreOffice\UNO\InstallPath"


def _registry(key: str) -> str | None:
    value = ThisMachine().registry(key)
    return value if isinstance(value, str) else None


@dataclass(frozen=True)
class Computer:
    """Where to look: this computer, or one that a test makes up."""

    platform: str = sys.platform
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    root: Path = Path("/")
    registry: Callable[[str], str | None] = _registry

    @property
    def programs(self) -> tuple[str, ...]:
        """The names of the program, the preferred first."""
        if self.platform == "win32":
            return ("soffice.exe", "soffice.bin")
        if self.platform == "darwin":
            return ("soffice",)
        return ("soffice.bin",)  # the script "soffice" around it once hung


THIS_COMPUTER = Computer()


def find_soffice(computer: Computer = THIS_COMPUTER) -> Path:
    """The program file to start; UserError if there is no LibreOffice that can be used."""
    if named := computer.environment.get(VARIABLE):
        path = Path(named)
        for folder in (path, path.parent, path / "program", path / "Contents" / "MacOS"):
            if found := _program_in(folder, computer):
                return found
        raise UserError(f"{VARIABLE} names {named}, which is no LibreOffice: set it to its soffice, or remove it.")
    for folder in _folders(computer):
        if found := _program_in(folder, computer):
            return found
    for kind, path_of in _ONLY_CLOSED_IN if computer.platform == "linux" else ():
        if (computer.root / path_of).exists():
            raise UserError(
                f"LibreOffice is here only as a {kind}, which our functions cannot be added to: install it as a "
                f"package of the system or from https://www.libreoffice.org, or name its soffice in {VARIABLE}."
            )
    raise UserError(f"LibreOffice was not found: {_GET_IT}.")


def program_folder(computer: Computer = THIS_COMPUTER) -> Path:
    """The folder of LibreOffice's programs."""
    return find_soffice(computer).parent


def find_unopkg(computer: Computer = THIS_COMPUTER) -> Path:
    """The program that adds extensions; UserError if it is missing."""
    folder = program_folder(computer)
    # unopkg.com is the one that speaks to a console
    names = ("unopkg.com", "unopkg.exe") if computer.platform == "win32" else ("unopkg",)
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise UserError(f"LibreOffice in {folder} has no {names[0]}: install all of it, or name another in {VARIABLE}.")


def office_version(computer: Computer = THIS_COMPUTER) -> str:
    """The release, such as "7.4"; empty where the files do not tell."""
    folder = program_folder(computer)
    for path in (folder / "bootstraprc", folder / "bootstrap.ini", folder.parent / "Resources" / "bootstraprc"):
        try:
            found = re.search(r"^ProductKey=\D*([\d.]+)", path.read_text("utf-8", "replace"), re.MULTILINE)
        except OSError:
            continue
        if found:
            return found[1]
    return ""


def has_python(folder: Path) -> bool:
    """Whether the LibreOffice whose programs stand in a folder runs Python; some systems pack that apart."""
    return any((place / "pythonloader.py").is_file() for place in (folder, folder.parent / "Resources"))


def _program_in(folder: Path, computer: Computer) -> Path | None:
    return next((folder / name for name in computer.programs if (folder / name).is_file()), None)


def _folders(computer: Computer) -> Iterator[Path]:
    """Where LibreOffice may stand, the likeliest first."""
    if computer.platform == "win32":
        yield from _windows_folders(computer)
    elif computer.platform == "darwin":
        yield computer.root / _APP / "Contents" / "MacOS"
        yield Path(computer.environment.get("HOME", "~")) / _APP / "Contents" / "MacOS"
    else:
        for name in ("soffice", "libreoffice"):
            if on_path := shutil.which(name, path=computer.environment.get("PATH", "")):
                yield Path(on_path).resolve().parent
        usual = [*computer.root.glob("usr/lib*/libreoffice"), *computer.root.glob("usr/local/lib*/libreoffice")]
        newest_first = sorted(computer.root.glob("opt/libreoffice*"), key=_release, reverse=True)
        yield from (folder / "program" for folder in [*sorted(usual), *newest_first])


def _windows_folders(computer: Computer) -> Iterator[Path]:
    for root in ("HKCU", "HKLM"):
        if program := computer.registry(root + _APP_PATH):
            yield Path(program.strip('"')).parent
        if programs := computer.registry(root + _INSTALL_PATH):
            yield Path(programs)
    for variable in ("ProgramW6432", "ProgramFiles", "ProgramFiles(x86)"):
        if whole := computer.environment.get(variable):
            for folder in sorted(Path(whole).glob("LibreOffice*"), key=_release, reverse=True):
                yield folder / "program"


def _release(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", folder.name)]
