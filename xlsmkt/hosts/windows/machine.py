"""What the set-up asks of the computer it runs on: registry, environment, files. Tests put a double in its place."""

import importlib
import os
import sys
from pathlib import Path
from typing import Protocol


class Machine(Protocol):
    """A computer; the keys of its registry are written as ``HKCU\\Environment``."""

    @property
    def is_windows(self) -> bool:
        """Whether this is Windows; nothing of the registry is asked elsewhere."""
        ...

    @property
    def executable(self) -> str:
        """The Python that runs this."""
        ...

    def variable(self, name: str) -> str | None:
        """An environment variable of this process."""
        ...

    def registry(self, key: str, name: str = "") -> str | int | None:
        """A value of the registry, None where there is none; without a name the default value of the key."""
        ...

    def subkeys(self, key: str) -> list[str]:
        """The names of the keys below a key."""
        ...

    def write_registry(self, key: str, name: str, text: str | None) -> None:
        """Set a text value of the user's own registry; None removes it."""
        ...

    def tell_programs(self) -> None:
        """Tell the running programs that the environment has changed: those started by the desktop follow."""
        ...

    def expanded(self, text: str) -> str:
        """A text with its %VARIABLES% replaced."""
        ...

    def full_path(self, path: Path) -> str:
        """A path from the root of its drive."""
        ...

    def exists(self, path: str) -> bool:
        """Whether there is such a file."""
        ...

    def beginning(self, path: str) -> bytes | None:
        """The first bytes of a file or of one of its streams; None if it cannot be read."""
        ...

    def may_write(self, path: str) -> bool:
        """Whether a file may be written now: it is not read-only, and no other program holds it."""
        ...

    def can_import(self, name: str) -> bool:
        """Whether this Python loads a module."""
        ...

    def in_code_page(self, text: str) -> bool:
        """Whether the Windows code page knows every letter: VBA hands paths to Windows in it."""
        ...


class ThisMachine:
    """The computer that this runs on."""

    @property
    def is_windows(self) -> bool:
        return sys.platform == "win32"

    @property
    def executable(self) -> str:
        return sys.executable or ""

    def variable(self, name: str) -> str | None:
        return os.environ.get(name)

    def registry(self, key: str, name: str = "") -> str | int | None:
        if sys.platform == "win32":
            import winreg

            for view in _views(key):
                try:
                    with winreg.OpenKey(*_split(key), access=winreg.KEY_READ | view) as opened:
                        value = winreg.QueryValueEx(opened, name)[0]
                        return value if isinstance(value, (str, int)) else None
                except OSError:  # there is none, or it may not be read
                    continue
        return None

    def subkeys(self, key: str) -> list[str]:
        found: list[str] = []
        if sys.platform == "win32":
            import winreg

            try:
                with winreg.OpenKey(*_split(key)) as opened:
                    found += [winreg.EnumKey(opened, number) for number in range(winreg.QueryInfoKey(opened)[0])]
            except OSError:
                pass
        return found

    def write_registry(self, key: str, name: str, text: str | None) -> None:
        if sys.platform == "win32":
            import winreg

            with winreg.CreateKeyEx(*_split(key), access=winreg.KEY_SET_VALUE) as opened:
                if text is None:
                    winreg.DeleteValue(opened, name)
                else:
                    winreg.SetValueEx(opened, name, 0, winreg.REG_SZ, text)

    def tell_programs(self) -> None:
        if sys.platform == "win32":
            import ctypes

            everybody, setting_changed, not_to_those_that_hang, milliseconds = 0xFFFF, 0x1A, 2, 2000
            send = ctypes.windll.user32.SendMessageTimeoutW
            send.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.c_void_p, ctypes.c_wchar_p,
                             ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p]  # fmt: skip
            send(everybody, setting_changed, None, "Environment", not_to_those_that_hang, milliseconds, None)

    def expanded(self, text: str) -> str:
        return os.path.expandvars(text)

    def full_path(self, path: Path) -> str:
        return os.path.abspath(path)  # with the drive letter that Excel knows the file by, not where it leads

    def exists(self, path: str) -> bool:
        return os.path.isfile(path)

    def beginning(self, path: str) -> bytes | None:
        try:
            with open(path, "rb") as file:
                return file.read(4096)
        except OSError:
            return None

    def may_write(self, path: str) -> bool:
        try:
            with open(path, "r+b"):  # opens without changing anything
                return True
        except OSError:
            return False

    def can_import(self, name: str) -> bool:
        try:
            importlib.import_module(name)
        except Exception:  # a half-installed pywin32 fails in ways of its own
            return False
        return True

    def in_code_page(self, text: str) -> bool:
        if sys.platform == "win32":
            try:
                text.encode("mbcs")
            except UnicodeEncodeError:
                return False
        return True


def _split(key: str) -> tuple[int, str]:
    import winreg

    root, _, rest = key.partition("\\")
    roots = {"HKCU": "HKEY_CURRENT_USER", "HKLM": "HKEY_LOCAL_MACHINE", "HKCR": "HKEY_CLASSES_ROOT"}
    return getattr(winreg, roots[root]), rest


def _views(key: str) -> tuple[int, ...]:
    """A 32-bit program sees another half of the computer's registry than a 64-bit one: look into both."""
    return (0,) if key.startswith("HKCU") else (0x0100, 0x0200)  # KEY_WOW64_64KEY, KEY_WOW64_32KEY
