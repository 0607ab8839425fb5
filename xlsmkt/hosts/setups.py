"""Hosts that a computer must be set up for, and what every computer is checked for; a host is one line in SETUPS."""

import importlib
import re
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Protocol

SETUPS = {"excel": "xlsmkt.hosts.windows.setup", "libreoffice": "xlsmkt.hosts.calc.setup"}
"""The name that a user types -> the module that sets it up."""


@dataclass(frozen=True)
class Finding:
    """Something that was checked; ``words`` say what was seen and, if it is to mend, in one sentence how."""

    ok: bool
    words: str

    def __str__(self) -> str:
        return f"{'ok' if self.ok else 'mend':<4}  {self.words}"


def good(words: str) -> Finding:
    """A finding that is as it should be."""
    return Finding(True, words)


def mend(seen: str, remedy: str) -> Finding:
    """A finding that keeps something from working, and what to do."""
    return Finding(False, f"{seen}: {remedy}")


class Setup(Protocol):
    """What the module of a host offers."""

    def install(self) -> list[str]:
        """Set up this computer and user; the lines to tell."""
        ...

    def uninstall(self) -> list[str]:
        """Take back what ``install`` did, and nothing else; the lines to tell."""
        ...

    def findings(self, book: Path | None) -> Iterator[Finding]:
        """What is as it should be and what is not, of the computer and of a workbook."""
        ...


def setup_of(host: str) -> Setup:
    """The module that sets up a host."""
    module: Setup = importlib.import_module(SETUPS[host])
    return module


def check(book: Path | None = None) -> Iterator[Finding]:
    """Check this computer, and a workbook, for every host."""
    yield good(f"Python {sys.version.split()[0]}, {8 * struct.calcsize('P')}-bit: {sys.executable}")
    yield from packages(requires("xlsmkt") or [])
    for host in SETUPS:
        yield from setup_of(host).findings(book)


def packages(required: list[str]) -> Iterator[Finding]:
    """Whether the packages that xlsmkt builds on are there in versions that it works with."""
    seen = []
    for requirement in required:
        found = re.match(r"([\w.-]+)\s*(?:(==|>=)\s*([\w.]+))?", requirement)
        if not found or ";" in requirement:  # for tests, or for some systems only
            continue
        name, sign, wanted = found.groups()
        try:
            there = version(name)
        except PackageNotFoundError:
            yield mend(f"the package {name} is missing", f'run: "{sys.executable}" -m pip install "{requirement}"')
            continue
        if (sign == "==" and there != wanted) or (sign == ">=" and _numbers(there) < _numbers(wanted)):
            remedy = f'run: "{sys.executable}" -m pip install "{requirement}"'
            yield mend(f"{name} is {there}, but xlsmkt needs {sign}{wanted}", remedy)
            continue
        seen.append(f"{name} {there}")
    if seen:
        yield good(f"packages: {', '.join(seen)}")


def _numbers(of: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", of)]
