"""The parts of a workbook file that hold Python for xlwings Lite, as Excel writes them."""

import json
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

from xlsmkt.package.parts import CONTENT_TYPES, Package
from xlsmkt.package.saving import write_package

ADD_IN = "wa200008175"  # xlwings Lite in Microsoft's store
VERSIONS = {"pyodideVersion": "0.27.5", "addinVersion": "1.0.0.0-35"}
"""Of the Python in the browser and of the add-in: what workbooks that the add-in has saved tell of themselves."""
SETTINGS = {"xlwingsSettingsWorkbook": {"startupBehavior": "taskpane"}}  # opened with the workbook

_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_WEB = "http://schemas.microsoft.com/office/webextensions"
_MICROSOFT_LINKS = "http://schemas.microsoft.com/office/2011/relationships"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE_LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_CUSTOM_FUNCTIONS = "{D87F86FE-615C-45B5-9D79-34F1136793EB}"  # [MS-OWEXML]: the extension that tells of them
_INSTANCE = "{6F2C1C80-9C5B-4B43-8B51-4C7C8A7D3E21}"  # any one, the same at every build
_ROOT_LINKS = "_rels/.rels"
_FOLDER = "xl/webextensions"
_KIND = "application/vnd.ms-office.webextension"


def add_python(source: Path, path: Path, files: Mapping[str, str]) -> None:
    """Write the workbook ``source`` as ``path`` with these files for xlwings Lite in it: ``main.py`` and others."""
    package = Package(source)
    package.add(f"{_FOLDER}/webextension1.xml", web_extension(files).encode())
    package.add(f"{_FOLDER}/taskpanes.xml", _task_panes().encode())
    package.add(f"{_FOLDER}/_rels/taskpanes.xml.rels", _task_pane_links().encode())
    _append(
        package,
        CONTENT_TYPES,
        f'<Override PartName="/{_FOLDER}/taskpanes.xml" ContentType="{_KIND}taskpanes+xml"/>'
        f'<Override PartName="/{_FOLDER}/webextension1.xml" ContentType="{_KIND}+xml"/>',
    )
    number = 1 + len(package.relationships(""))
    link = f'Id="rId{number}" Type="{_MICROSOFT_LINKS}/webextensiontaskpanes" Target="{_FOLDER}/taskpanes.xml"'
    _append(package, _ROOT_LINKS, f"<Relationship {link}/>")
    write_package(package, path)


def carries_python(path: Path) -> bool:
    """Whether a workbook holds Python for xlwings Lite."""
    package = Package(path)
    parts = [name for name in package.names() if name.startswith(f"{_FOLDER}/webextension")]
    return any(ADD_IN.encode() in package.read(name) for name in parts)


def web_extension(files: Mapping[str, str]) -> str:
    """The part that names the add-in and holds its settings for this workbook, the files among them."""
    settings = {**files, **VERSIONS, **SETTINGS}
    properties = "".join(
        f'<we:property name={quoteattr(name)} value="{_in_attribute(json.dumps(value))}"/>'
        for name, value in settings.items()
    )
    return (
        f'{_DECLARATION}<we:webextension xmlns:we="{_WEB}/webextension/2010/11" id="{_INSTANCE}">'
        f'<we:reference id="{ADD_IN}" version="1.0.0.0" store="en-US" storeType="OMEX"/>'
        f'<we:alternateReferences><we:reference id="{ADD_IN}" version="1.0.0.0" store="{ADD_IN.upper()}" '
        'storeType="OMEX"/></we:alternateReferences>'
        f"<we:properties>{properties}</we:properties><we:bindings/>"
        f'<we:snapshot xmlns:r="{_LINKS}"/>'
        f'<we:extLst><a:ext xmlns:a="{_DRAWING}" uri="{_CUSTOM_FUNCTIONS}"><we:containsCustomFunctions/></a:ext>'
        "</we:extLst></we:webextension>"
    )


def _in_attribute(text: str) -> str:
    """JSON, which has neither line ends nor tabs, as the value of an attribute."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _task_panes() -> str:
    return (
        f'{_DECLARATION}<wetp:taskpanes xmlns:wetp="{_WEB}/taskpanes/2010/11">'
        '<wetp:taskpane dockstate="right" visibility="1" width="350" row="4">'
        f'<wetp:webextensionref xmlns:r="{_LINKS}" r:id="rId1"/></wetp:taskpane></wetp:taskpanes>'
    )


def _task_pane_links() -> str:
    return (
        f'{_DECLARATION}<Relationships xmlns="{_PACKAGE_LINKS}"><Relationship Id="rId1" '
        f'Type="{_MICROSOFT_LINKS}/webextension" Target="webextension1.xml"/></Relationships>'
    )


def _append(package: Package, part: str, children: str) -> None:
    """Put children behind those that the root of a part has."""
    body, end, rest = package.read(part).decode().rpartition("</")
    package.replace(part, f"{body}{children}{end}{rest}".encode())
