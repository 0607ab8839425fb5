"""install, uninstall and doctor as typed, and what asks the computer: here, and before a stand-in for Windows' own
modules (the calls as Python's documentation of winreg and Microsoft's of SendMessageTimeout describe them)."""

import contextlib
import ctypes
import subprocess
import sys
import types
from pathlib import Path

import pytest
from windows_computer import PYTHON, Windows, book_with_macros

from xlsmkt import cli
from xlsmkt.hosts import setups
from xlsmkt.hosts.windows import setup
from xlsmkt.hosts.windows.machine import ThisMachine


@pytest.fixture
def windows(monkeypatch, tmp_path):
    """The command line on a Windows computer."""
    computer = Windows()
    monkeypatch.setattr(setup, "ThisMachine", lambda: computer)
    template = book_with_macros(tmp_path / "template.xlsm")
    monkeypatch.setattr(setup, "shipped_template", lambda edition: template)
    return computer


def run(*arguments):
    return cli.main([str(argument) for argument in arguments])


# --- as typed ---


@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_without_windows_one_sentence_says_what_to_use(command, capsys, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    assert run(command, "excel") == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("\n") == 1
    assert "Excel on Windows is not here" in told.err and "xlsmkt refresh and xlsmkt compute" in told.err


def test_install_then_doctor_then_uninstall(windows, capsys):
    windows.write_registry(r"HKCU\Environment", "XLSMKT_PYTHON", None)
    assert run("doctor") == 1
    assert "mend  XLSMKT_PYTHON is not set: run: xlsmkt install excel\n" in capsys.readouterr().out
    assert run("install", "excel") == 0
    assert f"Excel now starts the Python {PYTHON}." in capsys.readouterr().out
    assert run("doctor") == 0
    assert "mend" not in capsys.readouterr().out
    assert run("uninstall", "excel") == 0 and run("doctor") == 1


def test_doctor_of_a_book(windows, tmp_path, capsys):
    assert run("doctor", book_with_macros(tmp_path / "sla.xlsm")) == 0
    assert "sla.xlsm can be written" in capsys.readouterr().out
    assert run("doctor", tmp_path / "none.xlsm") == 1
    assert "mend" in capsys.readouterr().out


def test_new_says_what_comes_next_in_each_edition(tmp_path, capsys):
    assert run("new", tmp_path / "sla.xlsm") == 0
    told = capsys.readouterr().out
    assert (
        "Next: open it in Excel on Windows (xlsmkt install excel, once) and click Refresh, or with it closed: " in told
    )
    assert f"xlsmkt refresh {tmp_path / 'sla.xlsm'} --from" in told
    assert run("new", tmp_path / "sla.xlsx") == 0
    assert "Next: xlsmkt refresh" in capsys.readouterr().out


def test_doctor_writes_a_line_for_each_finding(windows, capsys):
    run("doctor")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= 8 and all(line[:6] in ("ok    ", "mend  ") for line in lines)


def test_a_host_that_is_not_known_is_refused_with_those_that_are(capsys):
    with pytest.raises(SystemExit) as done:
        run("install", "abacus")
    assert done.value.code == 2 and "excel" in capsys.readouterr().err


@pytest.mark.parametrize("host", setups.SETUPS)
def test_every_host_offers_the_three_steps(host):
    module = setups.setup_of(host)
    assert all(callable(getattr(module, step)) for step in ("install", "uninstall", "findings"))


def test_looking_at_this_computer_needs_neither_windows_nor_pandas():
    code = "import sys; from xlsmkt.cli import main; main(['doctor']); print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False" and f"ok    Python {sys.version.split()[0]}" in done.stdout


# --- what asks the computer ---


def test_elsewhere_there_is_no_registry(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    here = ThisMachine()
    assert not here.is_windows and here.executable == sys.executable
    assert here.registry(r"HKCU\Environment", "Path") is None and here.subkeys(r"HKCU\Environment") == []
    here.write_registry(r"HKCU\Environment", "XLSMKT_PYTHON", "x")
    here.tell_programs()
    assert here.in_code_page("Łukasz")


def test_files_are_looked_at_and_left_alone(tmp_path, monkeypatch):
    here, path = ThisMachine(), tmp_path / "book.xlsm"
    path.write_bytes(b"x" * 9999)
    assert here.exists(str(path)) and not here.exists(str(tmp_path)) and not here.exists(str(path) + "x")
    assert here.beginning(str(path)) == b"x" * 4096 and here.beginning(str(path) + ":Zone.Identifier") is None
    assert here.may_write(str(path)) and path.read_bytes() == b"x" * 9999
    monkeypatch.setenv("XLSMKT_PYTHON", "here")
    assert here.variable("XLSMKT_PYTHON") == "here" and here.expanded("${XLSMKT_PYTHON}") == "here"
    assert here.can_import("json") and not here.can_import("no_such_module")
    monkeypatch.chdir(tmp_path)
    assert here.full_path(Path("book.xlsm")) == str(path)


def test_a_file_that_another_program_holds(tmp_path, monkeypatch):
    def held(path, mode):
        raise PermissionError(13, "The process cannot access the file because it is being used by another process")

    (tmp_path / "book.xlsm").write_bytes(b"")
    monkeypatch.setattr("builtins.open", held)
    assert not ThisMachine().may_write(str(tmp_path / "book.xlsm"))


# ruff: noqa: N802 - the names are those of winreg


class Winreg(types.ModuleType):
    """Python's winreg before a registry whose 64-bit and 32-bit halves differ."""

    HKEY_CURRENT_USER, HKEY_LOCAL_MACHINE, HKEY_CLASSES_ROOT = 1, 2, 3
    KEY_READ, KEY_SET_VALUE, KEY_WOW64_64KEY, KEY_WOW64_32KEY, REG_SZ = 0x20019, 2, 0x100, 0x200, 1

    def __init__(self):
        super().__init__("winreg")
        self.user = {"Environment": {"Path": ("C:\\", 1), "Odd": (b"raw", 3)}, r"Environment\Below": {}}
        self.computer = {0x100: {"Excel": {"": ("64", 1)}}, 0x200: {"Word": {"": ("32", 1)}}}

    def _half(self, root, access):
        return self.user if root == 1 else self.computer[access & 0x300]

    @contextlib.contextmanager
    def OpenKey(self, root, path, reserved=0, access=0x20019):
        half = self._half(root, access)
        if path not in half:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        below = [key[len(path) + 1 :] for key in half if key.startswith(path + "\\")]
        yield types.SimpleNamespace(values=half[path], below=below, access=access)

    CreateKeyEx = OpenKey

    def QueryValueEx(self, key, name):
        if name not in key.values:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        return key.values[name]

    def QueryInfoKey(self, key):
        return len(key.below), len(key.values), 0

    def EnumKey(self, key, number):
        return key.below[number]

    def SetValueEx(self, key, name, reserved, kind, value):
        assert key.access & self.KEY_SET_VALUE
        key.values[name] = (value, kind)

    def DeleteValue(self, key, name):
        assert key.access & self.KEY_SET_VALUE
        del key.values[name]


@pytest.fixture
def winreg(monkeypatch):
    registry = Winreg()
    monkeypatch.setitem(sys.modules, "winreg", registry)
    monkeypatch.setattr(sys, "platform", "win32")
    return registry


def test_the_registry_is_read_in_both_its_halves(winreg):
    here = ThisMachine()
    assert here.is_windows
    assert here.registry(r"HKCU\Environment", "Path") == "C:\\" and here.registry(r"HKCU\Environment", "None") is None
    assert here.registry(r"HKCU\Environment", "Odd") is None  # neither text nor number
    assert here.registry(r"HKLM\Excel") == "64" and here.registry(r"HKLM\Word") == "32"
    assert here.registry(r"HKLM\None") is None
    assert here.subkeys(r"HKCU\Environment") == ["Below"] and here.subkeys(r"HKCU\None") == []


def test_the_registry_is_written_as_text(winreg):
    here = ThisMachine()
    here.write_registry(r"HKCU\Environment", "XLSMKT_PYTHON", PYTHON)
    assert winreg.user["Environment"]["XLSMKT_PYTHON"] == (PYTHON, winreg.REG_SZ)
    here.write_registry(r"HKCU\Environment", "XLSMKT_PYTHON", None)
    assert set(winreg.user["Environment"]) == {"Path", "Odd"}


def test_running_programs_are_told_of_the_environment(winreg, monkeypatch):
    sent = []

    def send(*arguments):
        sent.append(arguments)

    user32 = types.SimpleNamespace(SendMessageTimeoutW=send)
    monkeypatch.setattr(ctypes, "windll", types.SimpleNamespace(user32=user32), raising=False)
    ThisMachine().tell_programs()
    [(window, message, _, text, how, milliseconds, _)] = sent
    assert (window, message, text) == (0xFFFF, 0x001A, "Environment")  # HWND_BROADCAST, WM_SETTINGCHANGE
    assert how == 0x0002 and milliseconds <= 5000  # SMTO_ABORTIFHUNG
    assert len(send.argtypes) == 7
