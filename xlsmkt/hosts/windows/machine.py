"""What the set-up asks of the computer it runs on: registry, environment, files. Tests put a double in its place."""

import importlib.util
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

    def may_write(self, path: str) -> str:
        """``yes``, ``no`` (read-only) or ``open``: another program holds the file."""
        ...

    def has_module(self, name: str) -> bool:
        """Whether this Python finds a module."""
        ...

    def in_code_page(self, text: str) -> bool:
        """Whether the Windows code page knows every letter: VBA hands paths to Windows in it."""
        ...


class ThisMachine:
    """The computer that this runs on."""

    is_windows = sys.platform == "win32"

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
        return str(path.resolve())

    def exists(self, path: str) -> bool:
        return os.path.isfile(path)

    def beginning(self, path: str) -> bytes | None:
        try:
            with open(path, "rb") as file:
                return file.read(4096)
        except OSError:
            return None

    def may_write(self, path: str) -> str:
        if not os.access(path, os.W_OK):
            return "no"
        try:
            with open(path, "r+b"):  # opens without changing anything
                return "yes"
        except PermissionError:
            return "open"
        except OSError:
            return "no"

    def has_module(self, name: str) -> bool:
        return importlib.util.find_spec(name) is not None

    def in_code_page(self, text: str) -> bool:
        if sys.platform == "win32":
            try:
                text.encode("mbcs")
            except UnicodeEncodeError:
                return False
        return True


if sys.platform == "win32":

    def _split(key: str) -> tuple[int, str]:
        import winreg

        root, _, rest = key.partition("\\")
        return {"HKCU": winreg.HKEY_CURRENT_USER, "HKLM": winreg.HKEY_LOCAL_MACHINE,
                "HKCR": winreg.HKEY_CLASSES_ROOT}[root], rest  # fmt: skip

    def _views(key: str) -> tuple[int, ...]:
        """A 32-bit program sees another half of the computer's registry than a 64-bit one: look into both."""
        import winreg

        return (0,) if key.startswith("HKCU") else (winreg.KEY_WOW64_64KEY, winreg.KEY_WOW64_32KEY)
