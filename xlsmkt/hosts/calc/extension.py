"""Builds the extension for LibreOffice: the functions as Calc takes them, and the modules that compute them."""

import zipfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from xlsmkt.calling import Parameter
from xlsmkt.catalogue import CATALOGUE, Entry
from xlsmkt.hosts.calc.inside.values import answers_one_cell
from xlsmkt.hosts.calc.menus import addons_xcu, icons, jobs_xcu, toolbar_xcu
from xlsmkt.hosts.calc.words import EXTENSION_ID, OLDEST, PYTHON_FILE, SERVICE, argument_id, argument_names, method_id

VERSION = version("xlsmkt")

_PACKAGE = Path(__file__).parents[2]
_INSIDE = (
    "__init__",
    "errors",
    "readings",
    "units",
    "days",
    "hours",
    "columns",
    "scoring",
    "docstrings",
    "calling",
    "catalogue",
    "functions/*",
    "hosts/__init__",
    "hosts/dates1904",
    "hosts/faults",
    "hosts/calc/__init__",
    "hosts/calc/words",
    "hosts/calc/inside/*",
)
"""The modules that run in LibreOffice's own Python: 3.8, standard library."""

_TYPES = "application/vnd.sun.star.uno-typelibrary;type=RDB"
_COMPONENT = "application/vnd.sun.star.uno-component;type=Python"
_SETTINGS = "application/vnd.sun.star.configuration-data"
_CELLS = "sequence< sequence< any > >"


def write_extension(path: Path, python: str = "") -> Path:
    """Write the .oxt file; ``python`` is the interpreter that its Refresh starts."""
    with zipfile.ZipFile(path, "w") as file:
        for name, content in _files(python):
            part = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            part.compress_type, part.external_attr, part.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            file.writestr(part, content)
    return path


def unpack_extension(folder: Path, python: str = "") -> Path:
    """Write the extension's files into a folder of a folder, as LibreOffice takes bundled extensions."""
    for name, content in _files(python):
        path = folder / "xlsmkt" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def _files(python: str) -> Iterator[tuple[str, bytes]]:
    texts = {
        "META-INF/manifest.xml": manifest(),
        "description.xml": _description(),
        "xlsmkt.idl": idl(),
        "CalcAddIns.xcu": functions_xcu(),
        "Addons.xcu": addons_xcu(),
        "CalcWindowState.xcu": toolbar_xcu(),
        "Jobs.xcu": jobs_xcu(),
        "xlsmkt_addin.py": _component("addin"),
        "xlsmkt_commands.py": _component("commands"),
    }
    if python:
        texts[PYTHON_FILE] = python
    for name, text in texts.items():
        yield name, text.encode("utf-8")
    yield from icons().items()
    for pattern in _INSIDE:
        for module in sorted(_PACKAGE.glob(f"{pattern}.py")):
            yield f"pythonpath/xlsmkt/{module.relative_to(_PACKAGE).as_posix()}", module.read_bytes()


def _component(module: str) -> str:
    return (
        f'"""LibreOffice looks for this component here; it stands in xlsmkt.hosts.calc.inside.{module}."""\n\n'
        "import os\nimport sys\n\n"
        "# before an xlsmkt of another version that LibreOffice's Python may have among its packages\n"
        'sys.path.insert(0, os.path.join(os.path.dirname(__file__), "pythonpath"))\n\n'
        f"from xlsmkt.hosts.calc.inside.{module} import g_ImplementationHelper\n"
    )


def idl() -> str:
    """The interface of the functions in UNO's language for interfaces."""
    methods = "\n".join(_method(entry) for entry in CATALOGUE.values())
    return (
        "module org { module xlsmkt {\n"
        f"interface XFunctions : com::sun::star::uno::XInterface {{\n{methods}\n}};\n"
        "}; };\n"
    )


def _method(entry: Entry) -> str:
    # the document that a cell stands in comes first, which Calc hands over by itself
    arguments = ["[in] com::sun::star::beans::XPropertySet xDocument"]
    one_cell = answers_one_cell(entry)
    for parameter in entry.parameters:
        # a number is what Calc goes through a range for, one call a cell
        kind = "double" if one_cell and parameter.kind == "value" and parameter.required else "any"
        arguments += [f"[in] {kind} {argument_id(name)}" for name in argument_names(parameter)]
    return f"    {'any' if one_cell else _CELLS} {method_id(entry.name)}( {', '.join(arguments)} );"


def functions_xcu() -> str:
    """What Calc's function wizard says, and the names that formulas have in files."""
    functions = "".join(map(_function, CATALOGUE.values()))
    return _registry(
        "CalcAddIns",
        f'<node oor:name="AddInInfo"><node oor:name="{SERVICE}" oor:op="replace">'
        f'<node oor:name="AddInFunctions">\n{functions}</node></node></node>',
    )


def _function(entry: Entry) -> str:
    arguments = "".join(
        f'  <node oor:name="{argument_id(name)}" oor:op="replace">'
        f"{_said('DisplayName', name)}{_said('Description', help_of(parameter))}</node>\n"
        for parameter in entry.parameters
        for name in argument_names(parameter)
    )
    return (
        f' <node oor:name="{method_id(entry.name)}" oor:op="replace">'
        f"{_said('DisplayName', entry.name)}{_said('Description', entry.summary)}"
        '<prop oor:name="Category"><value>Add-In</value></prop>'
        f"{_said('CompatibilityName', entry.name)}"
        f'<node oor:name="Parameters">\n{arguments} </node></node>\n'
    )


def help_of(parameter: Parameter) -> str:
    """What the function wizard says of an argument; Calc itself calls every argument optional."""
    if parameter.required:
        return f"(Must be given.) {parameter.text}"
    if parameter.input_name:
        return f"(Left out: {parameter.input_name} of the document.) {parameter.text}"
    return parameter.text


def _said(name: str, text: str) -> str:
    text = escape(" ".join(text.split()))
    return f'<prop oor:name="{name}"><value xml:lang="en-US">{text}</value></prop>'


def _registry(component: str, nodes: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<oor:component-data xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" '
        f'oor:name="{component}" oor:package="org.openoffice.Office">{nodes}</oor:component-data>\n'
    )


def manifest() -> str:
    """What LibreOffice shall take of the extension's files, and as what."""
    kinds = {
        "xlsmkt.idl": _TYPES,
        "xlsmkt_addin.py": _COMPONENT,
        "xlsmkt_commands.py": _COMPONENT,
        "CalcAddIns.xcu": _SETTINGS,
        "Addons.xcu": _SETTINGS,
        "CalcWindowState.xcu": _SETTINGS,
        "Jobs.xcu": _SETTINGS,
    }
    entries = "".join(
        f' <manifest:file-entry manifest:full-path="{name}" manifest:media-type="{kind}"/>\n'
        for name, kind in kinds.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<manifest:manifest xmlns:manifest="http://openoffice.org/2001/manifest">\n{entries}</manifest:manifest>\n'
    )


def _description() -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<description xmlns="http://openoffice.org/extensions/description/2006" '
        'xmlns:d="http://openoffice.org/extensions/description/2006" '
        'xmlns:l="http://libreoffice.org/extensions/description/2011">\n'
        f"<identifier value={quoteattr(EXTENSION_ID)}/><version value={quoteattr(VERSION)}/>"
        '<display-name><name lang="en">xlsmkt: marketing and sales SLA</name></display-name>\n'
        f'<dependencies><l:LibreOffice-minimal-version value="{OLDEST}" d:name="LibreOffice {OLDEST}"/>'
        "</dependencies>\n</description>\n"
    )
