"""Setting up LibreOffice: what unopkg is asked, and what a user is told when it refuses.

What unopkg says here it said in LibreOffice 7.4 on Debian when it was brought into that state.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from importlib.metadata import version

import pytest
from office_of_files import EMPTY_LIST, put

from xlsmkt import cli
from xlsmkt.errors import UserError
from xlsmkt.hosts.calc import setup

VERSION = version("xlsmkt")
ADD = ["add", "--force", "--suppress-license"]
KEEP = "for word; do case $word in *.oxt) cp $word $here/kept.oxt;; esac; done\n"


def refused(libreoffice, computer=None):
    with pytest.raises(UserError) as raised:
        setup.install(computer or libreoffice.computer)
    sentence = str(raised.value)
    assert "\n" not in sentence and sentence.endswith(".")
    return sentence


# --- install ---


def test_install_hands_unopkg_the_extension_with_this_python_in_it(libreoffice):
    libreoffice.says("", 0, KEEP)
    told = setup.install(libreoffice.computer)
    *words, extension = libreoffice.asked
    assert words == ADD and extension.endswith("xlsmkt.oxt") and not os.path.exists(extension)
    with zipfile.ZipFile(libreoffice.here / "kept.oxt") as kept:
        assert kept.read("python.txt").decode() == sys.executable
        assert f'<version value="{VERSION}"/>' in kept.read("description.xml").decode()
    assert told[0] == f"LibreOffice 7.4 now has the extension xlsmkt {VERSION}, for this user."
    assert sys.executable in told[1] and told[2].startswith("Next: close LibreOffice if it is open")
    assert "xlsmkt new sla.xlsx" in told[2] and "Insert > Function" in told[3] and len(told) == 4


def test_unopkg_gets_nothing_of_this_python(libreoffice):
    setup.install(libreoffice.computer)
    seen = libreoffice.environment
    assert not [name for name in seen if name.startswith(("PYTHON", "VIRTUAL_ENV"))]
    assert seen["HOME"] == libreoffice.computer.environment["HOME"] and seen["PATH"] == "/usr/bin:/bin"


def test_another_version_is_replaced_and_named(libreoffice):
    put(libreoffice.store, "0.0.9")
    told = setup.install(libreoffice.computer)
    assert told[0] == f"LibreOffice 7.4 now has the extension xlsmkt {VERSION}, in place of 0.0.9, for this user."


def test_install_says_that_the_extension_is_there_for_all_users_as_well(libreoffice):
    put(libreoffice.shared_store, VERSION)
    told = setup.install(libreoffice.computer)
    assert [line for line in told if line.startswith("mend  LibreOffice has the extension xlsmkt twice")]


# --- root, sudo ---


@pytest.fixture
def root(on_linux, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(setup, "_owner", lambda profile: 0)
    return on_linux


def test_root_gets_it_into_its_own_profile(root):
    setup.install(root.computer)
    assert root.asked[:-1] == [*ADD, "--bundled", "--deployment-context", "user"]
    put(root.store, VERSION)
    setup.uninstall(root.computer)
    assert root.asked[-5:] == ["remove", "--bundled", "--deployment-context", "user", "org.xlsmkt.addin"]


def test_sudo_is_refused_before_anything_is_done(root):
    assert "run this as yourself, without sudo" in refused(root, root.with_variables(SUDO_UID="1000"))
    assert root.asked == []


def test_root_leaves_the_profile_of_somebody_else_alone(root, monkeypatch):
    monkeypatch.setattr(setup, "_owner", lambda profile: 1000)
    assert "run this as yourself" in refused(root) and root.asked == []


# --- refusals ---


def test_without_libreoffice_a_sentence_says_where_it_is_to_be_had(libreoffice):
    shutil.rmtree(libreoffice.program)
    assert "LibreOffice was not found: install LibreOffice 7.4 or later" in refused(libreoffice)


def test_a_release_that_is_too_old(libreoffice):
    libreoffice.is_release("7.3")
    assert refused(libreoffice).startswith("LibreOffice 7.3 is too old: install LibreOffice 7.4 or later")
    assert libreoffice.asked == []
    libreoffice.is_release("25.2")
    assert setup.install(libreoffice.computer)


def test_a_libreoffice_without_python_names_the_package(libreoffice):
    (libreoffice.own_files / "pythonloader.py").unlink()
    sentence = refused(libreoffice)
    assert "cannot run Python" in sentence and "sudo apt install python3-uno" in sentence
    assert libreoffice.asked == []


LOCKED = """
ERROR: unopkg cannot be started. The lock file indicates it is already running. If this does not apply, delete the lock file at:
/home/me/.config/libreoffice/4/.lock
"""  # noqa: E501 - as it was written
NO_LOADER = """
ERROR: Exception occurred: An error occurred while enabling: xlsmkt_addin.py: com.sun.star.registry.CannotRegisterImplementationException "ImplementationRegistration::registerImplementation() - The service com.sun.star.loader.Python cannot be instantiated at ./stoc/source/implementationregistration/implreg.cxx:1277" at ./desktop/source/deployment/registry/dp_backend.cxx:670

ERROR: unopkg failed.
"""  # noqa: E501 - as it was written
PLAIN = "\nERROR: Exception occurred: something new\n\nERROR: unopkg failed.\n"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (LOCKED, "close it, all its windows, and try again; if that does not help, delete "),
        (LOCKED.replace("The lock file", "Die Sperrdatei"), "close it, all its windows, and try again"),
        (NO_LOADER, "sudo apt install python3-uno"),
        (PLAIN, '("Exception occurred: something new"): start LibreOffice once'),
        ("", "LibreOffice did not do it: start LibreOffice once"),
    ],
)
def test_what_unopkg_says_becomes_a_sentence(said, told, libreoffice):
    libreoffice.says(said, 1)
    assert told in refused(libreoffice)


def test_the_lock_to_delete_is_named(libreoffice):
    libreoffice.says(LOCKED, 1)
    assert str(libreoffice.profile / ".lock") in refused(libreoffice)


def test_what_is_listed_but_does_not_work_is_taken_out_again(libreoffice, tmp_path):
    put(tmp_path / "half/user/uno_packages/cache", VERSION)
    there = f"mkdir -p '{libreoffice.profile}' && cp -r '{tmp_path}/half/.' '{libreoffice.profile}/'\n"
    libreoffice.says(NO_LOADER, 1, there)
    refused(libreoffice)
    assert libreoffice.asked[-2:] == ["remove", "org.xlsmkt.addin"]


def test_a_refusal_leaves_the_version_that_was_there(libreoffice):
    put(libreoffice.store, "0.0.9")
    libreoffice.says(LOCKED, 1)
    refused(libreoffice)
    assert "remove" not in libreoffice.asked


def test_a_folder_that_is_not_ours_to_write_into_is_named(on_linux, monkeypatch):
    put(on_linux.store, "0.0.9")
    closed = on_linux.profile / "user"
    monkeypatch.setattr(os, "access", lambda place, mode: place != closed)
    assert refused(on_linux).startswith(f"You may not write into {closed}, where") and on_linux.asked == []


def test_a_home_that_is_not_ours_to_write_into_is_named(on_linux, monkeypatch):
    monkeypatch.setattr(os, "access", lambda place, mode: False)
    assert f"You may not write into {on_linux.computer.environment['HOME']}, where" in refused(on_linux)


def test_an_unopkg_that_does_not_start(libreoffice):
    libreoffice.unopkg.chmod(0o644)
    assert "cannot be started (Permission denied): install LibreOffice anew" in refused(libreoffice)
    libreoffice.unopkg.unlink()
    assert f"has no {libreoffice.unopkg.name}" in refused(libreoffice)


def test_a_python_that_does_not_know_itself(libreoffice, monkeypatch):
    monkeypatch.setattr(sys, "executable", "")
    assert "python -m xlsmkt" in refused(libreoffice) and libreoffice.asked == []


# --- an unopkg that does not come to its end ---

HANGS = "mkdir -p '{profile}' && touch '{profile}/.lock' $here/hangs\nsleep 600 & echo $! >$here/child\nwait\n"


@pytest.fixture(params=[subprocess.TimeoutExpired("unopkg", 1), KeyboardInterrupt()], ids=["time-out", "Ctrl-C"])
def hanging(request, on_linux, monkeypatch):
    """LibreOffice whose unopkg waits for ever, with a program of its own; it is given up once it does."""

    class Process(subprocess.Popen):
        def wait(self, timeout=None):
            if timeout is None:
                return super().wait()
            while not (on_linux.here / "child").exists() or not (on_linux.here / "child").read_text():
                time.sleep(0.01)
            raise request.param

    on_linux.says("", 0, HANGS.format(profile=on_linux.profile))
    monkeypatch.setattr(subprocess, "Popen", Process)
    on_linux.raises = UserError if isinstance(request.param, subprocess.TimeoutExpired) else KeyboardInterrupt
    return on_linux


def is_running(process):
    """Whether a process runs; one that has ended and that nobody has asked for does not."""
    with contextlib.suppress(FileNotFoundError), open(f"/proc/{process}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    return False


def test_an_unopkg_that_hangs_is_ended_with_all_it_started(hanging):
    with pytest.raises(hanging.raises):
        setup.install(hanging.computer)
    for name in ("process", "child"):
        process = int((hanging.here / name).read_text())
        try:
            until = time.monotonic() + 30
            while is_running(process) and time.monotonic() < until:  # the system takes a moment
                time.sleep(0.01)
            assert not is_running(process), name
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def test_the_lock_of_an_unopkg_that_was_ended_goes_and_any_other_stays(hanging):
    with pytest.raises(hanging.raises):
        setup.install(hanging.computer)
    lock = hanging.profile / ".lock"
    assert not lock.exists()
    lock.touch()
    (hanging.here / "child").unlink()
    with pytest.raises(hanging.raises):
        setup.install(hanging.computer)
    assert lock.exists()


def test_the_time_limit_is_told(on_linux, monkeypatch):
    monkeypatch.setattr(setup, "SECONDS", 0.01)
    on_linux.says("", 0, "sleep 600\n")
    assert "LibreOffice was not done after 0.01 seconds: close it" in refused(on_linux)


# --- uninstall ---


def test_uninstall_takes_out_what_install_put_in(libreoffice):
    put(libreoffice.store, VERSION)
    told = setup.uninstall(libreoffice.computer)
    assert libreoffice.asked == ["remove", "org.xlsmkt.addin"]
    assert told[0].startswith(f"Removed the extension xlsmkt {VERSION} from LibreOffice")


def test_uninstall_says_that_there_was_nothing(libreoffice):
    nothing = ["There was nothing to remove: LibreOffice does not have the extension xlsmkt for this user."]
    assert setup.uninstall(libreoffice.computer) == nothing
    put(libreoffice.store, VERSION)
    (libreoffice.store / "uno_packages.pmap").write_bytes(EMPTY_LIST)  # LibreOffice leaves the folder for a while
    assert setup.uninstall(libreoffice.computer) == nothing and libreoffice.asked == []
    shutil.rmtree(libreoffice.program)
    assert setup.uninstall(libreoffice.computer) == nothing


def test_uninstall_that_is_refused(libreoffice):
    put(libreoffice.store, VERSION)
    libreoffice.says(LOCKED, 1)
    with pytest.raises(UserError, match="close it, all its windows"):
        setup.uninstall(libreoffice.computer)


def test_uninstall_when_it_was_gone_by_then(libreoffice):
    put(libreoffice.store, VERSION)
    libreoffice.says(PLAIN, 1, f"printf 'Pmp1\\n' >'{libreoffice.store}/uno_packages.pmap'\n")
    assert setup.uninstall(libreoffice.computer)[0].startswith("Removed")


def test_the_command_line_knows_it(on_linux, monkeypatch, capsys):
    monkeypatch.setenv("XLSMKT_SOFFICE", str(on_linux.here))  # where there is none
    assert cli.main(["install", "libreoffice"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("xlsmkt: XLSMKT_SOFFICE names") and told.count("\n") == 1
