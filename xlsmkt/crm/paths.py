"""The files that a user names: whether each one can be read, which of them are the same, and how names and contents
are shown in a message."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from xlsmkt.errors import UserError

_MOST_SHOWN = 60  # characters of a file's content that a message shows


def shown(text: object, most: int = _MOST_SHOWN) -> str:
    """A piece of a file's content for a message: shortened, with control characters written out.

    >>> shown("a" + chr(0) + chr(10)), len(shown("x" * 1000))
    ('a\\\\x00\\\\n', 60)
    """
    parts: list[str] = []
    size = 0
    for character in str(text):
        part = character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        size += len(part)
        if size > most:
            while parts and sum(map(len, parts)) > most - 3:
                parts.pop()
            return "".join(parts) + "..."
        parts.append(part)
    return "".join(parts)


def name_of(path: Path) -> str:
    """A file's name as a text that can be printed and written: ``?`` for what is no character of any language.

    A mapping takes ``?`` as any one character, so that the name drafted for such a file finds it.
    """
    return "".join(one if one.isprintable() else "?" for one in path.name)


def identity(path: Path) -> tuple[int, int]:
    """What tells a file from all others, whatever the path that leads to it.

    Raises
    ------
    UserError
        The file is not there, may not be read, or is a folder, a pipe, a device.
    """
    name = shown(path, 200)
    try:
        found = os.stat(path)
        if stat.S_ISDIR(found.st_mode):
            raise UserError(f"{name} is a folder; name a file in it")
        if not stat.S_ISREG(found.st_mode):
            raise UserError(f"{name} is no file but a pipe or a device; save the data to a file and name that")
        if not os.access(path, os.R_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"{name} is not there; check the name of the file") from None
    except PermissionError:
        raise UserError(
            f"{name} may not be read by you; change its permissions or copy it to a folder of yours"
        ) from None
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) == errno.ENAMETOOLONG:
            raise UserError(f"{shown(path)} is too long for the name of a file; check it") from None
        why = getattr(error, "strerror", None) or error
        raise UserError(f"{name} cannot be read ({why}); close or copy it first") from None
    return found.st_dev, found.st_ino


def refuse_twice(paths: Iterable[Path]) -> None:
    """Refuses a file that is given twice, by whatever paths or as a copy: its rows would count twice.

    Raises
    ------
    UserError
        Two paths lead to the same file or to the same content, or one cannot be read.
    """
    seen: dict[object, Path] = {}
    sizes: dict[int, list[Path]] = {}
    for path in paths:
        keys: list[object] = [identity(path)]
        alike = sizes.setdefault(path.stat().st_size, [])
        if alike:  # a copy, such as "leads (1).csv"
            seen.update({_content(other): other for other in alike})
            keys.append(_content(path))
        alike.append(path)
        first = next((seen[key] for key in keys if key in seen), None)
        if first is not None:
            raise given_twice(name_of(path), name_of(first))
        seen[keys[0]] = path


def given_twice(name: str, first: str) -> UserError:
    """The refusal of a file that is given twice, by whatever names."""
    same = "" if first == name else f" (also as {first})"
    return UserError(f"{name} is given twice{same}; name it once, or its rows would count twice")


def _content(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def each_once(paths: Iterable[Path]) -> list[Path]:
    """The paths without those that lead to a file that an earlier one leads to."""
    found: dict[tuple[int, int], Path] = {}
    for path in paths:
        found.setdefault(identity(path), path)
    return list(found.values())
