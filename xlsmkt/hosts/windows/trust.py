"""Whether Excel will let the macros of a workbook run, as far as its settings and the file tell."""

import os
import re
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

from xlsmkt.hosts.setups import Finding, good, mend
from xlsmkt.hosts.windows.machine import Machine

# Where Office looks for a setting, the strongest first: cloud policy, group policy, the user's own choice.
_CLOUD = r"HKCU\Software\Policies\Microsoft\Cloud\Office\16.0"
_POLICY = r"HKCU\Software\Policies\Microsoft\Office\16.0"
_USER = r"HKCU\Software\Microsoft\Office\16.0"
_LOCATIONS = r"Excel\Security\Trusted Locations"
_ONLY_SIGNED, _NEVER = 3, 4  # of VBAWarnings; 1 runs all macros, 2 (or none) asks
_NEAR = (b"0", b"1", b"2")  # zones of the mark that Windows puts on a file; from 3 on it came from the Internet

_DEFENDER = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender"
_DEFENDER_RULES = rf"{_DEFENDER}\Windows Defender Exploit Guard\ASR\Rules"
_BLOCKS = "1"  # 2 only notes, 6 warns and lets the user go on
_RULES = {
    "d4f940ab-401b-4efc-aadc-ad5f3c50688a": "Block all Office applications from creating child processes",
    "92e97fa1-2edf-4476-bdd6-9dd0b4dddc7b": "Block Win32 API calls from Office macros",
}

_TRUSTED = "Trusted Location (File, Options, Trust Center, Trust Center Settings, Trusted Locations)"


def trust_findings(machine: Machine, book: Path | None) -> Iterator[Finding]:
    """What the settings of Excel, the policies of the computer and the workbook's file say about its macros."""
    if setting(machine, "Common", "VBAOff") == 1:
        yield mend("macros are switched off for all of Office", "ask who looks after this computer to allow them")
    yield from _defender_findings(machine)
    file = machine.full_path(book) if book and os.path.isfile(book) else None
    location = trusted_location(machine, file) if file else None
    if location:
        yield good(f"{book} lies in the Trusted Location {location}: its macros run")
    else:
        yield _macro_finding(machine)
    if file and book:
        if not location:
            yield _mark_finding(machine, book, file)
        yield _file_finding(machine, book, file)
        yield from _onedrive_findings(machine, book, file)


def setting(machine: Machine, key: str, name: str) -> str | int | None:
    """A setting of Office: a policy goes before what the user has chosen."""
    found = (machine.registry(rf"{root}\{key}", name) for root in (_CLOUD, _POLICY, _USER))
    return next((value for value in found if value is not None), None)


def trusted_location(machine: Machine, file: str) -> str | None:
    """The Trusted Location of Excel that a file lies in."""
    if setting(machine, _LOCATIONS, "AllLocationsDisabled") == 1:
        return None
    network = setting(machine, _LOCATIONS, "AllowNetworkLocations") == 1
    own_too = setting(machine, r"Common\Security\Trusted Locations", "Allow User Locations") != 0
    folder = PureWindowsPath(file).parent
    for root in (_CLOUD, _POLICY, *([_USER] if own_too else [])):
        for name in machine.subkeys(rf"{root}\{_LOCATIONS}"):
            key = rf"{root}\{_LOCATIONS}\{name}"
            path = machine.expanded(str(machine.registry(key, "Path") or ""))
            if not path or (path.startswith("\\\\") and not network):
                continue
            trusted = PureWindowsPath(path)
            if folder == trusted or (machine.registry(key, "AllowSubFolders") == 1 and trusted in folder.parents):
                return path
    return None


def _macro_finding(machine: Machine) -> Finding:
    choice = setting(machine, r"Excel\Security", "VBAWarnings")
    if choice in (_ONLY_SIGNED, _NEVER):
        which = "only signed macros" if choice == _ONLY_SIGNED else "no macros"
        return mend(f"Excel runs {which}", f"put the workbook into a {_TRUSTED}")
    if choice == 1:
        return good("Excel runs all macros without asking")
    return good("Excel asks before it runs macros: click Enable Content when you open the workbook")


def _mark_finding(machine: Machine, book: Path, file: str) -> Finding:
    mark = machine.beginning(f"{file}:Zone.Identifier")
    zone = re.search(rb"^ZoneId=0*(\d+)", mark or b"", re.MULTILINE)
    if not zone or zone[1] in _NEAR:
        return good(f"{book} bears no mark of a download")
    if setting(machine, r"Excel\Security", "BlockContentExecutionFromInternet") == 0:
        return good(f"{book} is marked as a download, which this Excel does not block")
    remedy = f"right-click the file, Properties, tick Unblock; or move it into a {_TRUSTED}"
    return mend(f"{book} is marked as a download, so Excel blocks its macros", remedy)


def _file_finding(machine: Machine, book: Path, file: str) -> Finding:
    if machine.may_write(file):
        return good(f"{book} can be written")
    path = PureWindowsPath(file)
    if machine.exists(str(path.with_name(f"~${path.name}"))):  # what Excel puts beside a file that it has open
        return good(f"{book} is open in Excel: use its Refresh button (the command line needs it closed)")
    remedy = "close the program that holds it, clear Read-only in its Properties, or copy it to your own folder"
    return mend(f"{book} cannot be written", remedy)


def _onedrive_findings(machine: Machine, book: Path, file: str) -> Iterator[Finding]:
    for name in ("OneDriveCommercial", "OneDriveConsumer", "OneDrive"):
        folder = machine.variable(name)
        if folder and PureWindowsPath(folder) in PureWindowsPath(file).parents:
            yield good(
                f"{book} lies in the OneDrive folder {folder}: if Refresh does not find it or its files, "
                "move it to a folder that is not synced"
            )
            return


def _defender_findings(machine: Machine) -> Iterator[Finding]:
    listed = str(machine.registry(rf"{_DEFENDER}\Policy Manager", "ASRRules") or "").lower()
    managed = dict(part.split("=", 1) for part in listed.split("|") if "=" in part)
    for rule, name in _RULES.items():
        state = str(machine.registry(_DEFENDER_RULES, rule) or managed.get(rule, ""))
        if state == _BLOCKS:
            yield mend(
                f'Windows Defender\'s rule "{name}" keeps Excel from starting Python',
                "ask who looks after this computer for an exception",
            )
