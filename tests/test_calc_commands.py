"""The menu of Calc and its smaller commands; the files that make the menu, and the Python that Refresh starts."""

import ast
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from xlsmkt.errors import UserError
from xlsmkt.hosts.calc import menus
from xlsmkt.hosts.calc.inside import our_python
from xlsmkt.hosts.calc.inside.about import about
from xlsmkt.hosts.calc.inside.our_python import PYTHON_FILE, clean_environment, find_python
from xlsmkt.hosts.calc.inside.unseen import unseen
from xlsmkt.hosts.calc.words import COMMANDS, EXTENSION_ID

NAME = "{http://openoffice.org/2001/registry}name"
COMPONENT = Path(our_python.__file__).with_name("commands.py")


def commands():
    """The commands that the component knows; it can be imported in LibreOffice only."""
    for node in ast.walk(ast.parse(COMPONENT.read_text("utf-8"))):
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "COMMANDS_BY_NAME":
            return {key.value for key in node.value.keys}
    raise AssertionError("commands.py has no COMMANDS_BY_NAME")


def values(xcu, prop):
    """Every value of a property."""
    return [node.find("value").text for node in ElementTree.fromstring(xcu).iter("prop") if node.get(NAME) == prop]


def nodes(xcu):
    return {node.get(NAME): node for node in ElementTree.fromstring(xcu).iter("node")}


def test_the_menu_has_the_four_commands_and_the_toolbar_those_that_are_clicked_often():
    parts = nodes(menus.addons_xcu())

    def titles(part):
        return [p.find("value").text for p in parts[part].iter("prop") if p.get(NAME) == "Title"]

    assert titles("OfficeMenuBar") == [
        "xlsmkt", "Refresh CRM data...", "Recalculate", "Explain error", "About xlsmkt"
    ]  # fmt: skip
    assert titles("OfficeToolBar") == ["Refresh", "Recalculate", "Explain error"]


def test_the_menu_names_commands_that_exist():
    urls = values(menus.addons_xcu(), "URL")
    assert {url.removeprefix(f"service:{COMMANDS}?") for url in urls} == commands()


def test_calc_alone_shows_menu_and_toolbar():
    context = "com.sun.star.sheet.SpreadsheetDocument"
    assert values(menus.addons_xcu(), "Context") == [context] * 4  # the menu, and each button


def test_every_picture_that_the_menu_names_is_a_drawing_in_the_extension():
    named = {url.removeprefix("%origin%/") for url in values(menus.addons_xcu(), "ImageSmallURL")}
    assert named == set(menus.icons())
    for drawing in menus.icons().values():
        assert ElementTree.fromstring(drawing).tag == "{http://www.w3.org/2000/svg}svg"


def test_the_toolbar_has_a_name_and_a_place():
    xcu = menus.toolbar_xcu()
    [toolbar] = [name for name in nodes(menus.addons_xcu()) if f"private:resource/toolbar/addon_{name}" in nodes(xcu)]
    assert toolbar == "org.xlsmkt"
    assert values(xcu, "UIName") == ["xlsmkt"]


def test_the_jobs_run_the_component_of_the_commands():
    xcu = menus.jobs_xcu()
    assert values(xcu, "Service") == [COMMANDS]
    assert set(menus.EVENTS) < set(nodes(xcu))
    text = COMPONENT.read_text("utf-8")
    assert all(f'"{event}"' in text for event in menus.EVENTS)


@pytest.fixture
def extension(tmp_path):
    folder = tmp_path / "extension"
    folder.mkdir()
    (folder / "description.xml").write_text(
        '<description xmlns="http://openoffice.org/extensions/description/2006">'
        f'<identifier value="{EXTENSION_ID}"/><version value="1.2.3"/></description>'
    )
    return folder


@pytest.fixture
def path(tmp_path, monkeypatch):
    """The one folder of PATH."""
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def program(path, text=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_the_python_that_installed_the_extension_comes_first(extension, path):
    program(path / "xlsmkt", f"#!{program(path / 'other')}\n")
    (extension / PYTHON_FILE).write_text(sys.executable + "\n", "utf-8")
    assert find_python(extension) == sys.executable


def test_a_python_that_is_gone_is_told_with_what_to_type(extension, tmp_path):
    (extension / PYTHON_FILE).write_text(str(tmp_path / "gone"), "utf-8")
    with pytest.raises(UserError, match=r"gone.*xlsmkt install libreoffice"):
        find_python(extension)


def test_without_any_python_it_is_said_what_to_install(extension, path):
    with pytest.raises(UserError, match=r"install Python.*pip install xlsmkt.*xlsmkt install libreoffice"):
        find_python(extension)


@pytest.mark.skipif(os.name == "nt", reason="commands of POSIX")
def test_the_python_of_the_command_on_the_path_is_found(extension, path, tmp_path):
    # pip install --user: the first line of the command names it
    python = program(tmp_path / "usr" / "python3.11")
    program(path / "xlsmkt", f"#!{python}\nimport sys\n")
    assert find_python(extension) == str(python)
    # a virtual environment, which pipx links to: it stands beside the command
    (path / "xlsmkt").unlink()
    beside = program(tmp_path / "venv" / "bin" / "python3")
    (path / "xlsmkt").symlink_to(program(tmp_path / "venv" / "bin" / "xlsmkt"))
    assert find_python(extension) == str(beside)


def test_the_process_gets_nothing_that_libreoffice_set_for_itself(tmp_path):
    office = tmp_path / "libreoffice"
    own, other = str(office / "program"), str(tmp_path / "lib")
    given = {
        "HOME": "/home",
        "PATH": os.pathsep.join([own, other]),
        "LD_LIBRARY_PATH": own,
        "DYLD_LIBRARY_PATH": os.pathsep.join([other, own]),
        "PYTHONPATH": own,
        "PYTHONHOME": own,
        "URE_BOOTSTRAP": "vnd.sun.star.pathname:fundamentalrc",
        "UNO_PATH": own,
    }
    assert clean_environment(given, office) == {"HOME": "/home", "PATH": other, "DYLD_LIBRARY_PATH": other}


def test_a_library_path_that_is_the_users_own_stays(tmp_path):
    given = {"LD_LIBRARY_PATH": str(tmp_path / "libreoffice-mine")}
    assert clean_environment(given, tmp_path / "libreoffice") == given


def test_about_tells_versions_python_licence_and_help(extension):
    (extension / PYTHON_FILE).write_text(sys.executable, "utf-8")
    told = about("7.4.7.2", extension)
    for words in ("xlsmkt 1.2.3", "LibreOffice 7.4.7.2", sys.executable, "BSD-3-Clause", "xlsmkt --help"):
        assert words in told


def test_about_says_what_to_install_when_refresh_has_no_python(extension, path):
    assert "pip install xlsmkt" in about("7.4.7.2", extension)


class Document:
    """A document with a chart; setting a formula marks both as modified and leaves a step to undo."""

    def __init__(self, modified=False, steps=0):
        self.modified, self.steps, self.hidden, self.locks = modified, steps, False, 0
        self.chart = SimpleNamespace(modified=modified)
        self.chart.setModified = lambda modified: setattr(self.chart, "modified", modified)
        self.Sheets = [SimpleNamespace(Charts=[SimpleNamespace(EmbeddedObject=self.chart)])]

    def set_formula(self):
        self.modified = self.chart.modified = True
        self.steps += not self.hidden

    def isModified(self):  # noqa: N802
        return self.modified or self.chart.modified

    def setModified(self, modified):  # noqa: N802
        self.modified = modified

    def getUndoManager(self):  # noqa: N802
        def hide(hidden):
            assert self.steps, "LibreOffice hides steps behind another one only"
            self.hidden = hidden

        return SimpleNamespace(
            isUndoPossible=lambda: self.steps > 0,
            enterHiddenUndoContext=lambda: hide(True),
            leaveUndoContext=lambda: hide(False),
            clear=lambda: setattr(self, "steps", 0),
        )

    def _lock(self, by):
        self.locks += by

    lockControllers = addActionLock = lambda self: self._lock(1)  # noqa: N815
    unlockControllers = removeActionLock = lambda self: self._lock(-1)  # noqa: N815


@pytest.mark.parametrize("modified", [True, False])
@pytest.mark.parametrize("steps", [0, 2])
def test_what_is_set_unseen_neither_modifies_the_document_nor_can_be_undone(modified, steps):
    document = Document(modified, steps)
    with pytest.raises(ZeroDivisionError), unseen(document):
        document.set_formula()
        _ = 1 / 0  # also when it fails half way
    assert (document.isModified(), document.steps, document.locks, document.hidden) == (modified, steps, 0, False)
