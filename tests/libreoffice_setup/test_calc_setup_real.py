"""The LibreOffice of this machine takes the extension in, computes with it, and gives it back; in a home of its own."""

import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import pytest

from xlsmkt.hosts.calc import setup
from xlsmkt.hosts.calc.extension import VERSION, write_extension
from xlsmkt.hosts.calc.finding import Computer, find_unopkg
from xlsmkt.hosts.calc.installed import Installed, for_this_user
from xlsmkt.hosts.calc.office import clean_environment

# one at a time: LibreOffice's registry once refused the extension while two of these may have run at once
pytestmark = pytest.mark.xdist_group("libreoffice's setup")
NOBODY = 65534
STARTED_ANEW = 81  # how LibreOffice ends when it has seen new extensions and wants to be started again
# Root has to be allowed what every other user may do: both are tried where the tests run as root.
USERS = [os.geteuid(), NOBODY] if os.geteuid() == 0 else [os.geteuid()]
SHEET = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"
 office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.spreadsheet">
<office:body><office:spreadsheet><table:table table:name="Sheet1"><table:table-row>
<table:table-cell table:formula="of:=ORG.XLSMKT.ADDIN.LEADSNEEDED(20;0.05)"/>
</table:table-row></table:table></office:spreadsheet></office:body></office:document>
"""


class Home:
    """A user's home that LibreOffice has not seen yet, in an environment that leads every Python astray."""

    def __init__(self, folder, soffice):
        self.folder, self.soffice = folder, soffice
        (folder / "uno.py").write_text("raise ImportError('not the one of LibreOffice')\n")
        (folder / "sheet.fods").write_text(SHEET)
        self.computer = Computer(environment={
            "HOME": str(folder), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "XLSMKT_SOFFICE": str(soffice),
            "PYTHONPATH": str(folder), "PYTHONHOME": str(folder), "VIRTUAL_ENV": str(folder),
        })  # fmt: skip

    def run(self, *command):
        """What a program of LibreOffice writes."""
        environment = clean_environment(self.computer.environment, self.computer.platform)
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=180, env=environment, cwd=self.folder, check=False
        )
        if done.returncode == STARTED_ANEW:
            return self.run(*command)
        assert done.returncode == 0, (command, done)
        return done.stdout

    def listed(self):
        """LibreOffice's own list of this user's extensions."""
        as_root = ["--bundled", "--deployment-context", "user"] if os.geteuid() == 0 else []
        return self.run(str(find_unopkg(self.computer)), "list", *as_root)

    def computed(self):
        """What the cell of the sheet shows."""
        self.run(str(self.soffice), "--headless", "--norestore", "--convert-to", "csv", "sheet.fods")
        return (self.folder / "sheet.csv").read_text().strip()


def used(home):
    """The extension is installed, seen, used and removed."""
    assert setup.install(home.computer)[0].endswith(f"now has the extension xlsmkt {VERSION}, for this user.")
    listed = home.listed()
    assert "Identifier: org.xlsmkt.addin\n" in listed and f"Version: {VERSION}\n" in listed
    assert "is registered: no" not in listed and listed.count("is registered: yes") > 1
    found = for_this_user(home.computer)
    assert found == Installed(found.folder, VERSION, sys.executable)
    assert found.folder.parent.name in listed  # the very one that LibreOffice lists
    assert home.computed() == "400"

    setup.install(home.computer)  # once more, into a profile that has been in use
    assert home.listed().count("Identifier:") == 1

    assert setup.uninstall(home.computer)[0].startswith(f"Removed the extension xlsmkt {VERSION}")
    assert "Identifier:" not in home.listed() and for_this_user(home.computer) is None
    assert home.computed() == "#NAME?"
    assert not [path for path in home.folder.rglob(".lock")]


@pytest.mark.parametrize("user", USERS)
def test_installed_used_and_removed(user, soffice, tmp_path, monkeypatch):
    content = write_extension(tmp_path / "xlsmkt.oxt", sys.executable).read_bytes()
    with tempfile.TemporaryDirectory(prefix="xlsmkt-home-") as folder:
        home = Home(Path(folder), soffice)
        os.chown(folder, user, -1)
        if user == os.geteuid():
            used(home)
            return
        # our files may be closed to other users, LibreOffice's are not
        monkeypatch.setattr(setup, "write_extension", lambda path, python: path.write_bytes(content) and path)
        assert failure_as(user, lambda: used(home)) == ""


def failure_as(user, work):
    """Do something as another user, in a process of its own; the traceback of what failed there."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        failure = ""
        try:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
            work()
        except BaseException:
            failure = traceback.format_exc()
        finally:
            os.write(writing, failure.encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        failure = told.read()
    os.waitpid(child, 0)
    return failure
