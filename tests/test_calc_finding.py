"""LibreOffice is found on Linux, Mac and Windows; each computer here is a folder that looks like one."""

import os
import subprocess
from pathlib import Path

import pytest

from xlsmkt.errors import UserError
from xlsmkt.hosts.calc.finding import Computer, find_soffice, find_unopkg, has_python, office_version, program_folder

APP_PATH = r"\Software\Microsoft\Windows\CurrentVersion\App Paths\soffice.exe"


def put(root, *paths):
    """Make files; the first of them."""
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
        (root / path).chmod(0o755)
    return root / paths[0]


def linux(root, **environment):
    return Computer("linux", {"PATH": str(root / "usr/bin"), **environment}, root, pytest.fail)


def mac(root, **environment):
    return Computer("darwin", {"PATH": "/usr/bin", "HOME": str(root / "Users/me"), **environment}, root, pytest.fail)


def windows(root, registry=(), **environment):
    programs = {"ProgramFiles": str(root / "Program Files"), "ProgramFiles(x86)": str(root / "Program Files (x86)")}
    return Computer("win32", programs | environment, root, dict(registry).get)


# --- Linux ---


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such links")
def test_linux_finds_the_program_behind_the_link_on_the_path(tmp_path):
    put(tmp_path, "usr/lib64/libreoffice/program/soffice.bin")
    program = put(tmp_path, "elsewhere/office/program/soffice.bin", "elsewhere/office/program/soffice")
    (tmp_path / "usr/bin").mkdir()
    (tmp_path / "usr/bin/soffice").symlink_to("../../elsewhere/office/program/soffice")
    assert find_soffice(linux(tmp_path)) == program


def test_linux_finds_the_usual_places_in_their_order(tmp_path):
    places = "opt/libreoffice7.6", "opt/libreoffice24.8", "usr/local/lib/libreoffice", "usr/lib64/libreoffice"
    for better in (*places, "usr/lib/libreoffice"):
        program = put(tmp_path, f"{better}/program/soffice.bin")
        assert find_soffice(linux(tmp_path)) == program


def test_linux_does_not_take_a_script_around_the_program(tmp_path):
    put(tmp_path, "usr/bin/soffice")
    with pytest.raises(UserError, match=r"LibreOffice was not found: install LibreOffice .*XLSMKT_SOFFICE\.$"):
        find_soffice(linux(tmp_path))


@pytest.mark.parametrize(
    ("path", "kind"),
    [("snap/bin/libreoffice", "snap"), ("var/lib/flatpak/exports/bin/org.libreoffice.LibreOffice", "Flatpak")],
)
def test_what_is_closed_in_is_named(tmp_path, path, kind):
    put(tmp_path, path)
    with pytest.raises(UserError, match=f"here only as a {kind}, .*: install it as a package of the system"):
        find_soffice(linux(tmp_path))
    program = put(tmp_path, "usr/lib/libreoffice/program/soffice.bin")
    assert find_soffice(linux(tmp_path)) == program


# --- Mac ---


def test_mac(tmp_path):
    with pytest.raises(UserError, match="LibreOffice was not found"):
        find_soffice(mac(tmp_path))
    mine = put(tmp_path, "Users/me/Applications/LibreOffice.app/Contents/MacOS/soffice")
    assert find_soffice(mac(tmp_path)) == mine
    of_all = put(tmp_path, "Applications/LibreOffice.app/Contents/MacOS/soffice")
    assert find_soffice(mac(tmp_path)) == of_all


# --- Windows ---


def test_windows_finds_program_files(tmp_path):
    with pytest.raises(UserError, match="LibreOffice was not found"):
        find_soffice(windows(tmp_path))
    old = put(tmp_path, "Program Files (x86)/LibreOffice 5/program/soffice.exe")
    assert find_soffice(windows(tmp_path)) == old
    new = put(tmp_path, "Program Files/LibreOffice/program/soffice.exe")
    put(new.parent, "soffice.bin")
    assert find_soffice(windows(tmp_path)) == new


def test_windows_believes_the_registry_first(tmp_path):
    put(tmp_path, "Program Files/LibreOffice/program/soffice.exe")
    program = put(tmp_path, "D/Office/program/soffice.exe")
    named = str(program)
    assert find_soffice(windows(tmp_path, {"HKLM" + APP_PATH: named})) == program
    assert find_soffice(windows(tmp_path, {"HKCU" + APP_PATH: f'"{named}"'})) == program
    folder = {r"HKLM\Software\LibreOffice\UNO\InstallPath": str(program.parent)}
    assert find_soffice(windows(tmp_path, folder)) == program


def test_windows_passes_over_what_the_registry_has_kept_of_an_office_that_is_gone(tmp_path):
    program = put(tmp_path, "Program Files/LibreOffice/program/soffice.exe")
    gone = {"HKLM" + APP_PATH: str(tmp_path / "gone/program/soffice.exe")}
    assert find_soffice(windows(tmp_path, gone)) == program


# --- named by the user ---


@pytest.mark.parametrize("named", ["my/program/soffice.bin", "my/program/soffice", "my/program", "my"])
def test_what_the_user_names_wins(tmp_path, named):
    put(tmp_path, "usr/lib/libreoffice/program/soffice.bin")
    program = put(tmp_path, "my/program/soffice.bin", "my/program/soffice")
    assert find_soffice(linux(tmp_path, XLSMKT_SOFFICE=str(tmp_path / named))) == program


def test_a_mac_app_may_be_named(tmp_path):
    program = put(tmp_path, "My.app/Contents/MacOS/soffice")
    assert find_soffice(mac(tmp_path, XLSMKT_SOFFICE=str(tmp_path / "My.app"))) == program


def test_a_name_without_an_office_is_told_and_not_passed_over(tmp_path):
    put(tmp_path, "usr/lib/libreoffice/program/soffice.bin")
    with pytest.raises(UserError, match="XLSMKT_SOFFICE names /nowhere, which is no LibreOffice: set it to"):
        find_soffice(linux(tmp_path, XLSMKT_SOFFICE="/nowhere"))


# --- what is beside it ---


@pytest.mark.parametrize(
    ("computer", "program", "file", "unopkg"),
    [
        (linux, "usr/lib/libreoffice/program/soffice.bin", "usr/lib/libreoffice/program/bootstraprc", "unopkg"),
        (mac, "Applications/LibreOffice.app/Contents/MacOS/soffice",
         "Applications/LibreOffice.app/Contents/Resources/bootstraprc", "unopkg"),
        (windows, "Program Files/LibreOffice/program/soffice.exe",
         "Program Files/LibreOffice/program/bootstrap.ini", "unopkg.com"),
    ],
)  # fmt: skip
def test_version_python_and_unopkg(tmp_path, computer, program, file, unopkg):
    here, folder = computer(tmp_path), put(tmp_path, program).parent
    assert (program_folder(here), office_version(here), has_python(folder)) == (folder, "", False)
    with pytest.raises(UserError, match=f"has no {unopkg}: install all of it"):
        find_unopkg(here)
    put(tmp_path, file).write_text("[Bootstrap]\nInstallMode=<installmode>\nProductKey=LibreOffice 24.8\n")
    put(folder, unopkg, "unopkg.exe")
    put(tmp_path, Path(file).parent / "pythonloader.py")
    assert (office_version(here), has_python(folder), find_unopkg(here)) == ("24.8", True, folder / unopkg)


def test_the_office_of_this_computer(soffice):
    said = subprocess.run([soffice, "--version"], capture_output=True, text=True, timeout=60, check=True)
    assert f"LibreOffice {office_version()}." in said.stdout
    assert find_unopkg().is_file() and has_python(program_folder())
