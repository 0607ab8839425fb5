"""Sets up LibreOffice Calc for one user: the extension, which unopkg, LibreOffice's own program for that, puts in."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from xlsmkt.errors import UserError
from xlsmkt.hosts.calc.extension import VERSION, write_extension
from xlsmkt.hosts.calc.finding import (
    GET_IT,
    GET_PYTHON,
    NO_PYTHON,
    THIS_COMPUTER,
    VARIABLE,
    Computer,
    find_unopkg,
    has_python,
    office_version,
    program_folder,
)
from xlsmkt.hosts.calc.installed import Installed, for_all_users, for_this_user, profile_folder
from xlsmkt.hosts.calc.office import clean_environment
from xlsmkt.hosts.calc.words import EXTENSION_ID, OLDEST, SERVICE
from xlsmkt.hosts.setups import Finding, good, mend

SECONDS = 180.0
"""How long LibreOffice may take to put the extension in or out."""

_AGAIN = "run: xlsmkt install libreoffice"
_AS_ROOT = ("--bundled", "--deployment-context", "user")
"""unopkg refuses root its own profile, unless one of these is said as well; the other says which profile is meant."""


# --- what the commands do ---


def install(computer: Computer = THIS_COMPUTER) -> list[str]:
    """Put the extension into LibreOffice for this user; the lines to tell."""
    unopkg, folder, release = find_unopkg(computer), program_folder(computer), office_version(computer)
    if _is_too_old(release):
        raise UserError(f"LibreOffice {release} is too old: {GET_IT}.")
    if not has_python(folder):
        raise UserError(f"{NO_PYTHON.format(folder=folder)}: {GET_PYTHON}, then {_AGAIN}.")
    if not sys.executable:
        raise UserError("This Python does not know where it stands: run it as PATH/TO/python -m xlsmkt.")
    before = for_this_user(computer)
    with tempfile.TemporaryDirectory(prefix="xlsmkt-") as temporary:
        extension = write_extension(Path(temporary) / "xlsmkt.oxt", sys.executable)
        status, said = _run(unopkg, ["add", "--force", "--suppress-license"], str(extension), computer)
    if status:
        after = for_this_user(computer)
        if after and (before is None or after.folder != before.folder):  # it is listed, but does not work
            _run(unopkg, ["remove"], EXTENSION_ID, computer)
        raise UserError(_refusal(said, computer))
    instead = f", in place of {before.version}" if before and before.version != VERSION else ""
    return [
        f"LibreOffice {release} now has the extension xlsmkt {VERSION}{instead}, for this user.".replace("  ", " "),
        f"Its Refresh starts the Python {sys.executable}.",
        *(str(finding) for finding in _elsewhere_findings(computer, True) if not finding.ok),
        "Next: close LibreOffice if it is open, all its windows and its Quickstarter, and open a workbook in Calc, "
        "such as one made with: xlsmkt new sla.xlsx",
        "The functions are in Insert > Function, category Add-in; Refresh and more are in the menu xlsmkt.",
    ]


def uninstall(computer: Computer = THIS_COMPUTER) -> list[str]:
    """Take the extension out of LibreOffice for this user; the lines to tell."""
    before = for_this_user(computer)
    if before is None:
        return ["There was nothing to remove: LibreOffice does not have the extension xlsmkt for this user."]
    status, said = _run(find_unopkg(computer), ["remove"], EXTENSION_ID, computer)
    if status and for_this_user(computer):
        raise UserError(_refusal(said, computer))
    return [
        f"Removed the extension xlsmkt {before.version} from LibreOffice; close LibreOffice if it is open.",
        "LibreOffice now shows errors where our functions stand: do not save workbooks from it until you run: xlsmkt "
        "install libreoffice",
    ]


def findings(book: Path | None = None, computer: Computer = THIS_COMPUTER) -> Iterator[Finding]:
    """What is as it should be for LibreOffice Calc, and what is not."""
    try:
        folder = program_folder(computer)
    except UserError as error:
        if computer.environment.get(VARIABLE):
            yield Finding(False, str(error))
        else:
            yield good(f"{str(error).rstrip('.')}; everything else works without it")
        return
    release = office_version(computer)
    if _is_too_old(release):
        yield mend(f"LibreOffice {release} in {folder} is too old", GET_IT)
    else:
        yield good(f"LibreOffice {release or '(of a version that it does not tell)'}: {folder}")
    if not has_python(folder):
        yield mend(NO_PYTHON.format(folder=folder), GET_PYTHON)
    own = for_this_user(computer)
    if own:
        yield from _version_findings(own, "for this user", _AGAIN)
        yield _python_finding(own, computer)
    yield from _elsewhere_findings(computer, own is not None)
    yield from _book_findings(book)


# --- what is found ---


def _is_too_old(release: str) -> bool:
    return bool(release) and _numbers(release) < _numbers(OLDEST)


def _numbers(release: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", release)]


def _version_findings(found: Installed, whose: str, remedy: str) -> Iterator[Finding]:
    if found.version == VERSION:
        yield good(f"LibreOffice has the extension xlsmkt {found.version} {whose}: {found.folder}")
    else:
        seen = f"LibreOffice has the extension xlsmkt {found.version} {whose}, but {VERSION} is installed here"
        yield mend(seen, remedy)


def _elsewhere_findings(computer: Computer, is_own: bool) -> Iterator[Finding]:
    """The extension for all users, which an administrator has put in."""
    others = list(for_all_users(computer))
    for found in others:
        if is_own:
            remedy = "keep one of them, and take yours out with: xlsmkt uninstall libreoffice"
            yield mend(f"LibreOffice has the extension xlsmkt twice, for all users in {found.folder}", remedy)
        else:
            yield from _version_findings(found, "for all users", f"to have this one for yourself, {_AGAIN}")
            yield _python_finding(found, computer)
    if not is_own and not others:
        yield good("LibreOffice does not have the extension xlsmkt; to use the functions in Calc, " + _AGAIN)


def _python_finding(found: Installed, computer: Computer) -> Finding:
    """Whether the Python that the menu's Refresh starts is there, with the same xlsmkt."""
    if not found.python:
        return mend("Refresh in Calc was not told which Python has xlsmkt", _AGAIN)
    if found.python == sys.executable:
        return good(f"Refresh in Calc starts this Python, {found.python}")
    if not os.path.isfile(found.python):
        return mend(f"Refresh in Calc starts {found.python}, which is not there", _AGAIN)
    there = _version_in(found.python, computer)
    if not there:
        return mend(f"Refresh in Calc starts {found.python}, which does not have xlsmkt", _AGAIN)
    if there != found.version:
        seen = f"Refresh in Calc starts {found.python}, which has xlsmkt {there} and not {found.version}"
        return mend(seen, _AGAIN)
    return good(f"Refresh in Calc starts another Python that has xlsmkt {there}: {found.python}")


def _version_in(python: str, computer: Computer) -> str:
    code = "import importlib.metadata as m; print(m.version('xlsmkt'))"
    environment = clean_environment(computer.environment, computer.platform)
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=30, env=environment,
                              check=False)  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _book_findings(book: Path | None) -> Iterator[Finding]:
    """A workbook that LibreOffice saved without our extension's hand has names that no other program knows."""
    if book is None or book.suffix.lower() not in (".xlsx", ".xlsm"):
        return
    saved = re.compile(re.escape(SERVICE.encode()) + rb"\.[A-Z]+\(", re.IGNORECASE)
    try:
        with zipfile.ZipFile(book) as parts:
            names = [name for name in parts.namelist() if re.match(r"xl/(workbook|worksheets/[^/]+)\.xml$", name)]
            has_them = any(saved.search(parts.read(name)) for name in names)
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError):
        return  # the checks for Excel say what is wrong with the file
    if has_them:
        yield mend(
            f"{book} names our functions {SERVICE.upper()}..., as LibreOffice alone does and Excel does not know them",
            "open it in LibreOffice Calc with the extension (xlsmkt install libreoffice) and save it again",
        )


# --- unopkg ---


def _run(unopkg: Path, command: list[str], what: str, computer: Computer) -> tuple[int, str]:
    """Have LibreOffice's own program work on this user's extensions; its exit code and what it wrote."""
    profile = profile_folder(computer)
    if computer.platform != "win32" and os.geteuid() == 0:
        # what root writes into the profile of somebody else would be out of its owner's reach
        if computer.environment.get("SUDO_UID", "0") != "0" or _owner(profile) != 0:
            raise UserError("LibreOffice keeps its extensions for each user: run this as yourself, without sudo.")
        command = [*command, *_AS_ROOT]
    if closed := _not_writable(profile):
        raise UserError(
            f"You may not write into {closed}, where LibreOffice keeps your extensions: make it yours again."
        )
    lock = profile / ".lock"
    was_locked = lock.exists()
    environment = clean_environment(computer.environment, computer.platform)
    with tempfile.TemporaryFile() as said:  # no pipe, which a program that unopkg has started would keep open
        try:
            process = subprocess.Popen(
                [str(unopkg), *command, what], stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT,
                env=environment, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise UserError(f"{unopkg} cannot be started ({error.strerror}): install LibreOffice anew.") from None
        try:
            status = process.wait(SECONDS)
        except BaseException as error:
            _kill(process)
            if not was_locked:  # it is that of the program which was ended
                lock.unlink(missing_ok=True)
            if isinstance(error, subprocess.TimeoutExpired):
                raise UserError(
                    f"LibreOffice was not done after {SECONDS:g} seconds: close it, all its windows, and try again."
                ) from None
            raise
        said.seek(0)
        return status, said.read().decode("utf-8", "replace")


def _kill(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _refusal(said: str, computer: Computer) -> str:
    """The sentence for what unopkg wrote; its words are in the user's language, paths and the names of services not."""
    if ".lock" in said:
        return (
            "LibreOffice is at work on its extensions, or was cut off while it was: close it, all its windows, and try "
            f"again; if that does not help, delete {profile_folder(computer) / '.lock'}."
        )
    if "com.sun.star.loader.Python" in said:
        return f"{NO_PYTHON.format(folder=program_folder(computer))}: {GET_PYTHON}, then {_AGAIN}."
    lines = [line.strip().removeprefix("ERROR: ") for line in said.splitlines() if "ERROR: " in line]
    reason = f' ("{lines[0][:300]}")' if lines else ""
    return f"LibreOffice did not do it{reason}: start LibreOffice once, close it, all its windows, and try again."


def _not_writable(profile: Path) -> Path | None:
    """The folder of the profile, or above it where there is none yet, that this user may not write into."""
    store = profile / "user" / "uno_packages" / "cache" / "uno_packages"
    existing = [place for place in (store, *store.parents) if place.exists()]
    own = [place for place in existing if place.is_relative_to(profile)] or existing[:1]
    return next((place for place in own if not os.access(place, os.W_OK)), None)


def _owner(profile: Path) -> int:
    return next(place for place in (profile, *profile.parents) if place.exists()).stat().st_uid
