"""What makes the template an edition for Excel on Mac and the web: the button, and what Start tells."""

import re
from typing import NamedTuple

PASTE_SHEET = "Paste CRM export here"
BUTTON = "btn_refresh"
BUTTON_CELL = "C8"  # on Start; the button covers all of it, since who selects the cell starts the script
BUTTON_SIZE = (173, 40)  # of that cell, in pixels

_AS_DRAWN = re.compile(
    rb'name="TextBox \d+"( descr="Refresh[^"]*">.*?)<xdr:cNvSpPr txBox="1"/>(.*?)<a:prstGeom prst="rect"', re.S
)


class Web(NamedTuple):
    """What an edition for the web tells on Start and on Inputs."""

    by_button: str  # what the second step does
    help: tuple[tuple[str, str], ...]  # a word before it, what to do
    without_source: str  # what Refresh takes when Inputs name no file
    folder: str  # where the files lie that Inputs name
    mappings: bool  # whether exports with unusual headings can have a mapping


_STAYS = ("", "Only the data tables and computed values change: your own sheets, columns, charts and notes stay.")
LITE = Web(
    "Click Refresh: it imports your CRM export and updates every figure, here in Excel.",
    (
        (
            "The first time",
            "Home, Add-ins: install the free xlwings Lite from the store. Open it and choose Trust and Continue.",
        ),
        (
            "Your CRM exports",
            f"Drop them into xlwings Lite (menu, Files, Import/Export), or paste one into {PASTE_SHEET}.",
        ),
        (
            "",
            "Refresh takes the files that Inputs names; if none, what is pasted; if nothing, all files dropped there.",
        ),
        _STAYS,
    ),
    "what is pasted, else all files in xlwings Lite",
    "as they are called in xlwings Lite (menu, Files, Import/Export)",
    False,
)
"""For xlwings Lite, whose Python lies in the workbook and runs in Excel itself."""

SERVER = Web(
    "Click Refresh: your xlwings Server imports the CRM export and updates every figure.",
    (
        ("The first time", "Home, Add-ins: open the add-in of your xlwings Server; who runs the server has its file."),
        ("Your CRM exports", "Refresh takes the files that Inputs names: they lie in the folder data of the server."),
        ("", f"If it names none, Refresh takes what is pasted into the sheet {PASTE_SHEET}."),
        _STAYS,
    ),
    f"what is pasted into {PASTE_SHEET}",
    "from the folder data of the server on",
    True,
)
"""For xlwings Server, which computes for the workbooks of a team."""


def as_button(drawing: bytes) -> bytes:
    """A drawing in which the text box that stands for the button has its name and its round corners.

    XlsxWriter gives names of its own, and Excel's scripts know the button by its name.
    """
    return _AS_DRAWN.sub(rf'name="{BUTTON}"\1<xdr:cNvSpPr/>\2<a:prstGeom prst="roundRect"'.encode(), drawing)
