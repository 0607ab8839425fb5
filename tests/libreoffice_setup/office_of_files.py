"""LibreOffice as it stands on the three systems, in files only: its unopkg notes what it is asked."""

import dataclasses
from pathlib import Path

from xlsmkt.hosts.calc.finding import Computer
from xlsmkt.hosts.calc.setup import findings

# Where a LibreOffice of each system has its parts, below the root, and its user's profile, below the home.
LAYOUTS = {
    "linux": {
        "program": "usr/lib/libreoffice/program", "files": ("soffice.bin", "unopkg"), "own": ".",
        "settings": "bootstraprc", "share": "usr/lib/libreoffice/share", "profile": ".config/libreoffice/4",
    },
    "darwin": {
        "program": "Applications/LibreOffice.app/Contents/MacOS", "files": ("soffice", "unopkg"), "own": "../Resources",
        "settings": "bootstraprc", "share": "Applications/LibreOffice.app/Contents/Resources",
        "profile": "Library/Application Support/LibreOffice/4",
    },
    "win32": {
        "program": "Program Files/LibreOffice/program", "files": ("soffice.exe", "unopkg.com"), "own": ".",
        "settings": "bootstrap.ini", "share": "Program Files/LibreOffice/share",
        "profile": "AppData/Roaming/LibreOffice/4",
    },
}  # fmt: skip

UNOPKG = """#!/bin/sh
here={here}
echo $$ >$here/process
for word; do echo "$word"; done >>$here/asked
env >$here/environment
test -f $here/then.sh && . $here/then.sh
cat $here/says
exit $(cat $here/status)
"""

# The list that LibreOffice 7.4 left after ``unopkg add``, but for the version.
LIST = (
    b"Pmp1\xfforg.xlsmkt.addin\nlu29437k2l1n.tmp\xffxlsmkt.oxt\xff"
    b"application/vnd.sun.star.package-bundle\xff%s\xff0\n\n"
)
EMPTY_LIST = b"Pmp1\n"
FOLDER = "uno_packages/lu29437k2l1n.tmp_/xlsmkt.oxt"


class LibreOffice:
    """A LibreOffice of files, and the computer that it is on."""

    def __init__(self, folder, platform):
        self.layout, self.here = LAYOUTS[platform], folder / "notes"
        root, home = folder / "root", folder / "home"
        for place in (root, home, self.here):
            place.mkdir()
        environment = {
            # not where the LibreOffice of this machine is; on Windows nobody looks there
            "PATH": "/usr/bin:/bin" if platform == "win32" else str(root), "HOME": str(home),
            "APPDATA": str(home / "AppData/Roaming"),
            "ProgramFiles": str(root / "Program Files"), "PYTHONPATH": "/wrong", "PYTHONHOME": "/wrong",
            "VIRTUAL_ENV": "/wrong", "LANG": "C.UTF-8",
        }  # fmt: skip
        self.computer = Computer(platform, environment, root, lambda key: None)
        self.program, self.profile = root / self.layout["program"], home / self.layout["profile"]
        self.own_files = self.program / self.layout["own"]
        self.store = self.profile / "user/uno_packages/cache"
        self.shared_store = root / self.layout["share"] / "uno_packages/cache"
        self.bundled = root / self.layout["share"] / "extensions"
        for place in (self.program, self.own_files):
            place.mkdir(parents=True, exist_ok=True)
        for name in self.layout["files"]:
            (self.program / name).touch()
        (self.own_files / "pythonloader.py").touch()
        self.is_release("7.4")
        self.unopkg = self.program / self.layout["files"][1]
        self.unopkg.write_text(UNOPKG.format(here=self.here))
        self.unopkg.chmod(0o755)
        self.says("", 0)

    def is_release(self, release):
        (self.own_files / self.layout["settings"]).write_text(f"[Bootstrap]\nProductKey=LibreOffice {release}\n")

    def says(self, words, status, then=None):
        """What unopkg writes from now on, what it ends with, and what it does before, in shell."""
        (self.here / "says").write_text(words)
        (self.here / "status").write_text(str(status))
        if then:
            (self.here / "then.sh").write_text(then)

    def with_variables(self, **variables):
        """The same computer with other environment variables."""
        return dataclasses.replace(self.computer, environment={**self.computer.environment, **variables})

    @property
    def asked(self):
        """The words that unopkg was called with, call after call."""
        notes = self.here / "asked"
        return notes.read_text().splitlines() if notes.exists() else []

    @property
    def environment(self):
        """The environment that unopkg ran in."""
        return dict(line.split("=", 1) for line in (self.here / "environment").read_text().splitlines())

    def to_mend(self, book=None):
        """What there is to mend, without the sign before it."""
        return [finding.words for finding in findings(book, self.computer) if not finding.ok]

    def good(self, book=None):
        """What is as it should be, without the sign before it."""
        return [finding.words for finding in findings(book, self.computer) if finding.ok]


def put(store, version, python=None):
    """The extension as it stands in a store of LibreOffice after ``unopkg add``."""
    unpacked(store / FOLDER, version, python)
    (store / "uno_packages.pmap").write_bytes(LIST % version.encode())
    return store / FOLDER


def unpacked(folder, version, python=None):
    """The files of the extension that say what it is."""
    folder.mkdir(parents=True)
    (folder / "description.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<description xmlns="http://openoffice.org/extensions/description/2006">\n'
        f'<identifier value="org.xlsmkt.addin"/><version value="{version}"/></description>\n'
    )
    if python is not None:
        (folder / "python.txt").write_text(python)
    return folder


def script(path: Path, words):
    """A program that does what the words in shell say."""
    path.write_text(f"#!/bin/sh\n{words}\n")
    path.chmod(0o755)
    return path
