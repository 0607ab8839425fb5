"""Sets up Excel on Windows for one user: which Python the workbook starts, and what may keep it from starting.

The workbook's sheet ``xlwings.conf`` names the Python as ``%XLSMKT_PYTHON%``, a variable of the user's own environment.
The settings file of xlwings stays untouched: other workbooks of the user rely on it.
"""

import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

from xlsmkt.errors import UserError
from xlsmkt.hosts.faults import log_path
from xlsmkt.hosts.setups import Finding, good, mend
from xlsmkt.hosts.windows.machine import Machine, ThisMachine
from xlsmkt.hosts.windows.trust import trust_findings
from xlsmkt.hosts.windows.versions import xlwings_version
from xlsmkt.template.shipped import shipped_template

if TYPE_CHECKING:
    from xlsmkt.package import Book

VARIABLE = "XLSMKT_PYTHON"
ENVIRONMENT = r"HKCU\Environment"
_FOR_ALL_USERS = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
ELSEWHERE = "on this computer use the command line: xlsmkt refresh and xlsmkt compute, for .xlsx and .xlsm alike"
_APP_PATHS = r"\Software\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"
_CLICK_TO_RUN = r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration"
_BITS_OF_PROGRAM = {0x014C: 32, 0x8664: 64, 0xAA64: 64}  # x86, x64, ARM
_WITHOUT_SPILLING = re.compile(r"2016|2019")
_WITH_SPILLING = re.compile(r"O365|365|2021|2024|202[5-9]")


@dataclass(frozen=True)
class Excel:
    """The Excel of this computer; ``bits`` is None where neither the program nor the registry tells."""

    path: str
    bits: int | None
    products: str


# --- what the commands do ---


def install(machine: Machine | None = None) -> list[str]:
    """Have the workbook start this Python; the lines to tell."""
    machine = _windows(machine)
    if _excel(machine) is None:
        raise UserError(f"Excel is not installed here; {ELSEWHERE}.")
    python, before = interpreter(machine), _variable(machine)
    if before == python:
        lines = [f"Excel starts the Python {python} already."]
    else:
        machine.write_registry(ENVIRONMENT, VARIABLE, python)
        machine.tell_programs()
        lines = [f"Excel now starts the Python {python}" + (f"; before it was {before}." if before else ".")]
    lines += [str(finding) for finding in findings(None, machine) if not finding.ok]
    lines.append(
        "Next: close Excel if it is open, make a workbook with: xlsmkt new sla.xlsm, open it and click Enable Content."
    )
    return lines


def uninstall(machine: Machine | None = None) -> list[str]:
    """Remove the variable that ``install`` set; the lines to tell."""
    machine = _windows(machine)
    before = _variable(machine)
    if before is None:
        return [f"There was nothing to remove: {VARIABLE} is not set."]
    machine.write_registry(ENVIRONMENT, VARIABLE, None)
    machine.tell_programs()
    return [
        f"Removed {VARIABLE}, which named {before}; close Excel if it is open.",
        "Workbooks keep their values; their functions compute again after: xlsmkt install excel",
    ]


def findings(book: Path | None = None, machine: Machine | None = None) -> Iterator[Finding]:
    """What is as it should be for Excel on Windows, and what is not."""
    machine = machine or ThisMachine()
    if machine.is_windows:
        excel = _excel(machine)
        yield from _excel_findings(excel)
        yield from _python_findings(machine, excel)
    else:
        yield good(f"Excel on Windows is not here; {ELSEWHERE}")
    again = "install xlsmkt anew"
    yield _embedded_finding(shipped_template(".xlsm"), "the template", again, again)
    yield from _book_findings(machine, book)
    if machine.is_windows:
        yield from trust_findings(machine, book)
        log = str(log_path())
        yield good(f"what fails inside Excel is written to {log}{'' if machine.exists(log) else ' (nothing so far)'}")


def interpreter(machine: Machine) -> str:
    """The python.exe that the workbook is to start: the one that runs this, or the one beside it."""
    running = PureWindowsPath(machine.executable)
    python = str(running if running.name.lower() == "python.exe" else running.parent / "python.exe")
    if not machine.executable or not machine.exists(python):
        raise UserError(
            f"There is no {python if machine.executable else 'python.exe'} for Excel to start; "
            "run it as: PATH\\TO\\python.exe -m xlsmkt install excel"
        )
    return python


def embedded_version(book: Path) -> str | None:
    """The version of xlwings whose VBA a workbook carries; None without macros or without that module."""
    from pyopenvba import ExcelFile

    with ExcelFile(str(book)) as file:
        if not file.has_vba_project() or "xlwings" not in file.module_names():
            return None
        return xlwings_version(file.get_module("xlwings"))


# --- what is found ---


def _windows(machine: Machine | None) -> Machine:
    machine = machine or ThisMachine()
    if not machine.is_windows:
        raise UserError(f"Excel on Windows is not here; {ELSEWHERE}.")
    return machine


def _variable(machine: Machine, where: str = ENVIRONMENT) -> str | None:
    value = machine.registry(where, VARIABLE)
    return str(value) if value else None


def _excel(machine: Machine) -> Excel | None:
    path = next((str(found) for root in ("HKLM", "HKCU") if (found := machine.registry(root + _APP_PATHS))), "")
    path = path.strip('"')
    if not path and not machine.registry(r"HKCR\Excel.Application\CurVer"):
        return None
    bits = _bits_of_program(machine.beginning(path)) if path else None
    bits = bits or {"x64": 64, "x86": 32}.get(str(machine.registry(_CLICK_TO_RUN, "Platform")).lower())
    return Excel(path, bits, str(machine.registry(_CLICK_TO_RUN, "ProductReleaseIds") or ""))


def _bits_of_program(beginning: bytes | None) -> int | None:
    """What the header of a program says it is made for."""
    if not beginning or len(beginning) < 64 or beginning[:2] != b"MZ":
        return None
    (at,) = struct.unpack_from("<I", beginning, 60)
    if beginning[at : at + 4] != b"PE\0\0" or len(beginning) < at + 6:
        return None
    return _BITS_OF_PROGRAM.get(struct.unpack_from("<H", beginning, at + 4)[0])


def _excel_findings(excel: Excel | None) -> Iterator[Finding]:
    if excel is None:
        yield mend("Excel is not installed here", f"install Excel for Microsoft 365 or 2021 or later, or {ELSEWHERE}")
        return
    yield good(f"Excel, {f'{excel.bits}-bit' if excel.bits else '32- or 64-bit'}: {excel.path or 'found'}")
    if _WITHOUT_SPILLING.search(excel.products) and not _WITH_SPILLING.search(excel.products):
        yield mend(
            f"this Excel ({excel.products}) shows only the first cell of a table that a function gives",
            "use Excel for Microsoft 365 or 2021 or later",
        )


def _python_findings(machine: Machine, excel: Excel | None) -> Iterator[Finding]:
    try:
        here = interpreter(machine)
    except UserError as error:
        yield mend("Excel cannot start this Python", str(error))
        return
    python = _variable(machine) or _variable(machine, _FOR_ALL_USERS)
    again = "run: xlsmkt install excel"
    if python is None:
        yield mend(f"{VARIABLE} is not set", again)
    elif not machine.exists(python):
        yield mend(f"{VARIABLE} names {python}, which is not there", again)
    elif PureWindowsPath(python) != PureWindowsPath(here):
        yield mend(f"{VARIABLE} names another Python, {python}", f"to use this one, {again}")
    elif machine.variable(VARIABLE) != python:
        yield good(f"{VARIABLE}: {python} (for programs started from now on: close Excel once if it is open)")
    else:
        yield good(f"{VARIABLE}: {python}")
    yield from _dll_findings(machine, here, excel)
    if machine.can_import("pythoncom"):
        yield good("pywin32 loads")
    else:
        yield mend("pywin32 does not load", f'run: "{here}" -m pip install --force-reinstall pywin32')
    if not machine.in_code_page(here):
        remedy = r"make the environment in a folder such as C:\xlsmkt and install from there"
        yield mend(f"Excel cannot find {here}, whose letters this Windows does not have", remedy)


def _dll_findings(machine: Machine, python: str, excel: Excel | None) -> Iterator[Finding]:
    """Excel loads the DLL into itself: it must be made for Excel's bits, whatever those of Python."""
    folders = list(PureWindowsPath(python).parents)[:2]  # where the VBA of xlwings looks for it
    for bits in [excel.bits] if excel and excel.bits else [64, 32]:
        name = f"xlwings{bits}-{version('xlwings')}.dll"
        found = next((folder / name for folder in folders if machine.exists(str(folder / name))), None)
        if found:
            yield good(f"the DLL of xlwings for {bits}-bit Excel: {found}")
        else:
            remedy = f'run: "{python}" -m pip install --force-reinstall --no-deps xlwings=={version("xlwings")}'
            if not machine.exists(str(folders[-1] / "pyvenv.cfg")):  # pip may have put it into another folder
                remedy = "install xlsmkt into an environment of its own, made with: py -m venv .venv"
            places = " and ".join(str(folder) for folder in folders)
            yield mend(f"{name} is missing in {places} (a virus scanner may have removed it)", remedy)


def _embedded_finding(book: Path, name: str, remedy: str, of_another_version: str) -> Finding:
    if not book.is_file():
        return mend(f"{name} {book} is not there", remedy)
    try:
        found = embedded_version(book)
    except Exception:  # a damaged file, of which there are too many kinds to list
        return mend(f"the macros of {name} {book} cannot be read", remedy)
    if found is None:
        return mend(f"{name} {book} has no macros of xlwings", remedy)
    if found != version("xlwings"):
        return mend(f"{name} {book} carries xlwings {found}, but {version('xlwings')} is installed", of_another_version)
    return good(f"{name} {book} carries xlwings {found}, the version installed")


# --- the workbook: it is the user's own data, so no remedy is to make another one ---


def _book_findings(machine: Machine, book: Path | None) -> Iterator[Finding]:
    if book is None:
        return
    from xlsmkt.hosts.lite.parts import carries_python
    from xlsmkt.package import Book

    alone = f"bring it up to date without Excel, with: xlsmkt compute {book}"
    try:
        with Book.open(book) as opened:
            if book.suffix.lower() == ".xlsx" and carries_python(book):
                yield good(
                    f"{book} is the edition for xlwings Lite, an add-in of Excel's store, and carries its Python"
                )
            elif book.suffix.lower() == ".xlsx":
                yield _without_macros(machine, book, alone)
            else:
                macros = _embedded_finding(book, "the workbook", alone, f"run: xlsmkt update {book}")
                yield macros
                if macros.ok:
                    yield from _settings_findings(machine, opened)
    except UserError as error:
        if book.suffix.lower() == ".xlsm" and not os.path.lexists(book):
            yield mend(f"{book} is not there", f"check the name, or make it with: xlsmkt new {book}")
        else:
            yield Finding(False, str(error))


def _without_macros(machine: Machine, book: Path, alone: str) -> Finding:
    if machine.is_windows:
        return mend(
            f"{book} is the edition without macros, whose functions do not compute in Excel on Windows",
            f"{alone}; or use a workbook with macros (.xlsm)",
        )
    return good(f"{book} is the edition without macros: xlsmkt compute brings it up to date")


def _settings_findings(machine: Machine, book: "Book") -> Iterator[Finding]:
    """Whether the workbook tells xlwings what it was built to tell; what it leaves out comes from elsewhere."""
    from xlsmkt.hosts.windows.project import SETTINGS
    from xlsmkt.template.macros import SETTINGS_SHEET

    for sheet in book.sheet_names:
        if sheet.endswith(".py"):
            what = f"{book.path} has the sheet {sheet}, whose ending makes xlwings ask for a LICENSE_KEY at every call"
            yield mend(what, "rename the sheet")
    if SETTINGS_SHEET not in map(str.casefold, book.sheet_names):
        what = f"{book.path} has no sheet {SETTINGS_SHEET}, which names the Python that Excel starts"
        yield mend(what, "copy that hidden sheet from an earlier copy of the workbook into it")
        return
    settings = _settings(book, SETTINGS_SHEET)
    own = str(settings.get("INTERPRETER_WIN", ""))
    amiss = [key for key, built in SETTINGS.items() if settings.get(key) != built]
    if "INTERPRETER_WIN" in amiss and is_python(machine, own):
        amiss.remove("INTERPRETER_WIN")
        yield good(f"{book.path} starts a Python of its own, {machine.expanded(own)}, which must have xlsmkt as well")
    if amiss:
        rows = ", ".join(f"{key} = {SETTINGS[key] or '(blank)'}" for key in amiss)
        what = f"the sheet {SETTINGS_SHEET} of {book.path} is not as it was built ({rows})"
        yield mend(what, f"run: xlsmkt update {book.path}")
    else:
        yield good(f"{book.path} has the settings that xlsmkt needs")


def _settings(book: "Book", sheet: str) -> dict[str, object]:
    """The settings as xlwings reads them: down to the first blank row; None for one that stands there twice."""
    cells = {(cell.row, cell.column): cell.value for cell in book.cells(sheet)}
    settings: dict[str, object] = {}
    row = 1
    while key := str(cells.get((row, 1), "")).upper():
        settings[key] = None if key in settings else cells.get((row, 2), "")
        row += 1
    return settings


def is_python(machine: Machine, text: str) -> bool:
    """Whether a setting names a python.exe that is there, as far as this computer can tell."""
    path = machine.expanded(text)
    named = PureWindowsPath(path)
    return (
        named.name.lower() == "python.exe" and named.is_absolute() and (not machine.is_windows or machine.exists(path))
    )
