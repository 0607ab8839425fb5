"""The menu and the toolbar "xlsmkt" of Calc, and what runs by itself when a document is opened or saved."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

from xlsmkt.hosts.calc.words import COMMANDS

EVENTS = ("OnLoad", "OnSaveDone", "OnSaveAsDone")
"""The events of a document after which our job runs. Save a Copy has one too, which does not tell of which file."""

_CALC = "com.sun.star.sheet.SpreadsheetDocument"


@dataclass(frozen=True)
class Command:
    """A command: its name in ``inside.commands``, what the menu and what the toolbar call it ("": not there)."""

    name: str
    menu: str
    toolbar: str

    @property
    def url(self) -> str:
        return f"service:{COMMANDS}?{self.name}"


MENU = (
    Command("refresh", "Refresh CRM data...", "Refresh"),
    Command("recalculate", "Recalculate", "Recalculate"),
    Command("explain", "Explain error", "Explain error"),
    Command("about", "About xlsmkt", ""),
)

_TOOLBAR = "org.xlsmkt"

# Drawn on 24 x 24 points, in a colour that stands out on light and dark toolbars alike.
_DRAWINGS = {
    "refresh": '<path d="M20 12a8 8 0 1 1-2.6-5.9"/><path d="M20.5 2v5.5H15"/>',
    "recalculate": '<path d="M17 5.5V4H6l6.5 8L6 20h11v-1.5"/>',
    "explain": '<path d="M8 8.5a4 4 0 1 1 5.7 3.6c-1.2.6-1.7 1.3-1.7 2.9"/><path d="M12 19v1"/>',
}


def addons_xcu() -> str:
    """The menu and the toolbar, which Calc alone shows."""
    menu = "".join(_entry(place, command, command.menu) for place, command in enumerate(MENU, 1))
    toolbar = "".join(
        _entry(place, command, command.toolbar, f'<prop oor:name="Context"><value>{_CALC}</value></prop>')
        for place, command in enumerate(MENU, 1)
        if command.toolbar
    )
    images = "".join(_image(command) for command in MENU if command.name in _DRAWINGS)
    return _registry(
        "Addons",
        '<node oor:name="AddonUI">\n'
        f'<node oor:name="OfficeMenuBar"><node oor:name="org.xlsmkt" oor:op="replace">{_title("xlsmkt")}'
        f'<prop oor:name="Context"><value>{_CALC}</value></prop>\n'
        f'<node oor:name="Submenu">\n{menu}</node></node></node>\n'
        f'<node oor:name="OfficeToolBar"><node oor:name="{_TOOLBAR}" oor:op="replace">\n{toolbar}</node></node>\n'
        f'<node oor:name="Images">\n{images}</node>\n'
        "</node>",
    )


def _entry(place: int, command: Command, title: str, more: str = "") -> str:
    return (
        f' <node oor:name="m{place}" oor:op="replace"><prop oor:name="URL"><value>{command.url}</value></prop>'
        f'{_title(title)}<prop oor:name="Target"><value>_self</value></prop>{more}</node>\n'
    )


def _image(command: Command) -> str:
    # %origin% is the folder of this file
    sizes = "".join(
        f'<prop oor:name="{size}URL"><value>%origin%/{_icon(command.name)}</value></prop>'
        for size in ("ImageSmall", "ImageBig")
    )
    return (
        f' <node oor:name="{_TOOLBAR}.{command.name}" oor:op="replace">'
        f'<prop oor:name="URL"><value>{command.url}</value></prop>'
        f'<node oor:name="UserDefinedImages">{sizes}</node></node>\n'
    )


def _icon(name: str) -> str:
    return f"icons/{name}.svg"


def icons() -> dict[str, bytes]:
    """The pictures of the commands: name inside the extension -> file."""
    return {_icon(name): _drawing(lines).encode("ascii") for name, lines in _DRAWINGS.items()}


def _drawing(lines: str) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24" fill="none" '
        f'stroke="#1a8fb3" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round">{lines}</svg>\n'
    )


def toolbar_xcu() -> str:
    """Where the toolbar stands and what it is called (file CalcWindowState.xcu)."""
    state = {"DockingArea": "0", "DockPos": "1000,0", "Docked": "true", "Visible": "true", "Style": "2"}
    props = "".join(f'<prop oor:name="{name}"><value>{value}</value></prop>' for name, value in state.items())
    return _registry(
        "CalcWindowState",
        '<node oor:name="UIElements"><node oor:name="States">'
        f'<node oor:name="private:resource/toolbar/addon_{_TOOLBAR}" oor:op="replace">{props}'
        '<prop oor:name="UIName"><value xml:lang="en-US">xlsmkt</value></prop></node></node></node>',
        "org.openoffice.Office.UI",
    )


def _title(text: str) -> str:
    return f'<prop oor:name="Title"><value xml:lang="en-US">{escape(text)}</value></prop>'


def jobs_xcu() -> str:
    """The job that runs after a document was opened or saved."""
    events = "".join(
        f' <node oor:name="{event}" oor:op="fuse"><node oor:name="JobList">'
        '<node oor:name="Xlsmkt" oor:op="replace"/></node></node>\n'
        for event in EVENTS
    )
    return _registry(
        "Jobs",
        '\n<node oor:name="Jobs"><node oor:name="Xlsmkt" oor:op="replace">'
        f'<prop oor:name="Service"><value>{COMMANDS}</value></prop></node></node>\n'
        f'<node oor:name="Events">\n{events}</node>\n',
    )


def _registry(component: str, nodes: str, package: str = "org.openoffice.Office") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<oor:component-data xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" '
        f'oor:name="{component}" oor:package="{package}">{nodes}</oor:component-data>\n'
    )
