"""The VBA project of the workbook: sources in, vbaProject.bin out; the same bytes on every system."""

import re
import tempfile
from collections.abc import Collection, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import xlwings
from pyopenvba import ExcelFile, VBAModuleKind
from pyopenvba.cfb import CFB
from pyopenvba.vba import compress, decompress, split_attribute_header
from xlsxwriter import Workbook

from xlsmkt.errors import UserError
from xlsmkt.hosts.windows.versions import xlwings_version
from xlsmkt.template.macros import WORKBOOK_CODE_NAME, Macros, name_for_vba

REFRESH = "RefreshCRM"
SETTINGS = {
    # a variable of the user's own environment, so that other workbooks keep their Python
    "INTERPRETER_WIN": "%XLSMKT_PYTHON%",
    "UDF MODULES": "xlsmkt.hosts.excel_windows",
    "USE UDF SERVER": "True",
    "SHOW CONSOLE": "False",
    # what lies beside a workbook must not become importable
    "ADD_WORKBOOK_TO_PYTHONPATH": "False",
    # A key that is not here is looked up in a file xlwings.conf beside the workbook, which may come from a stranger,
    # and among the user's own settings, which are for other workbooks.
    "PYTHONPATH": "",
    "INTERPRETER": "",
    "CONDA PATH": "",
    "CONDA ENV": "",
    "LICENSE_KEY": "",
    "ONEDRIVE_CONSUMER_WIN": "",
    "ONEDRIVE_COMMERCIAL_WIN": "",
    "SHAREPOINT_WIN": "",
    "TEMP DIR": "%TEMP%",
    "DEBUG UDFS": "False",
    "SHOW_ERROR_POPUPS": "True",
}
# What starts Python, and the class that it needs to compile on a Mac.
FROM_XLWINGS = ("xlwings.bas", "addin/Dictionary.cls")
# What of ours the workbook cannot do without: a button or a formula calls it.
NEEDED = ("ThisWorkbook.cls", "xlsmkt.bas", "xlsmkt_calls.bas", "xlsmkt_charts.bas", "xlsmkt_functions.bas")
_FILE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}\.bas")  # what VBA takes as the name of a module
_VB_NAME = re.compile(r'^Attribute VB_Name = "(.*)"\r$', re.MULTILINE | re.IGNORECASE)
_PROCEDURE = re.compile(r"^(?:(?:Public|Private|Friend) )?(?:Sub|Function|Property \w+) \w+\(", re.MULTILINE)
_PART = "xl/vbaProject.bin"
# A project without compiled code, as the file format demands of every writer but Office: Excel compiles the sources.
_UNCOMPILED = bytes.fromhex("cc61ffff000000")
_END_OF_DIR = bytes.fromhex("2b0000000000100000000000")  # end of the modules, end of the stream


def read_macros(folder: Path, sheets: Sequence[str]) -> Macros:
    """What makes a template with these sheets the edition with macros, from the VBA sources in ``folder``."""
    return Macros(vba_project(project_sources(folder), sheets), REFRESH, SETTINGS)


def project_sources(folder: Path) -> dict[str, str]:
    """The modules of the project by file name: those of xlwings, then ours in ``folder`` by name.

    The version of xlwings in them must be the installed one: they call its DLL by that version. UserError for that,
    and for sources of ours that would make a workbook whose buttons or functions do nothing.
    """
    theirs = Path(xlwings.__file__).parent
    sources = {Path(name).name: _read(theirs / name) for name in FROM_XLWINGS}
    installed = version("xlwings")
    if xlwings_version(sources["xlwings.bas"]) != installed:
        raise UserError(
            f"xlwings.bas is not of xlwings {installed}; run: pip install --force-reinstall xlwings=={installed}"
        )
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".bas", ".cls"))
    ours = {path.name: _read(path) for path in paths}
    _check_names(ours, sources)
    for name, source in ours.items():
        _check_source(name, source)
    if not re.search(rf"^Public Sub {REFRESH}\(\)\r$", ours["xlsmkt.bas"], re.MULTILINE):
        raise UserError(f"xlsmkt.bas has no Public Sub {REFRESH}(), which the buttons call; put it back.")
    return sources | ours


def _check_names(ours: Collection[str], theirs: Collection[str]) -> None:
    """Every file that is needed is there, and each makes a module of its own."""
    # VBA does not mind upper and lower case
    modules = {name.rpartition(".")[0].casefold(): f"{name} of xlwings" for name in theirs}
    for name in ours:
        if not _FILE_NAME.fullmatch(name) and name != f"{WORKBOOK_CODE_NAME}.cls":
            raise UserError(
                f"{name} cannot be a module: name it with letters, digits and _ and the ending .bas, "
                f"or remove it (the only .cls is {WORKBOOK_CODE_NAME}.cls)."
            )
        other = modules.setdefault(name.rpartition(".")[0].casefold(), name)
        if other != name:
            raise UserError(f"{name} would be the same module as {other}; give it another name.")
    missing = [name for name in NEEDED if name not in ours]
    if missing:
        raise UserError(f"The VBA sources lack {', '.join(missing)}; put back what is missing.")


def _check_source(name: str, source: str) -> None:
    stem, _, kind = name.rpartition(".")
    named = _VB_NAME.findall(source)
    if named != [stem] and (named or kind == "bas"):  # the workbook's own module may go without
        raise UserError(f'{name} must name itself once, with the line: Attribute VB_Name = "{stem}".')
    if not _PROCEDURE.search(source):
        raise UserError(f"{name} has no procedure; put back what was in it, or remove it if nothing needs it.")


def vba_project(sources: Mapping[str, str], sheets: Sequence[str]) -> bytes:
    """vbaProject.bin of these sources, with an empty module for each sheet.

    ``sources``: file names with their text. A .bas is a standard module, a .cls a class, ThisWorkbook.cls the
    workbook's own module.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "skeleton.xlsm"
        _skeleton(path, sheets)
        with ExcelFile(str(path)) as file:
            project = file.add_vba_project()
            for name, source in sources.items():
                stem, _, kind = name.rpartition(".")
                if stem == WORKBOOK_CODE_NAME:
                    project.get_module(stem).body = split_attribute_header(source)[1]
                else:
                    kinds = {"bas": VBAModuleKind.standard, "cls": VBAModuleKind.other}
                    project.add_module(stem, source, kind=kinds[kind])
            file.save(str(path))
        with ZipFile(path) as saved:
            return _normalised(saved.read(_PART))


def _skeleton(path: Path, sheets: Sequence[str]) -> None:
    """A workbook with the sheets and nothing in them: their modules are named after it."""
    with Workbook(str(path)) as workbook:
        for name in sheets:
            workbook.add_worksheet(name)
        name_for_vba(workbook)


def _normalised(project: bytes) -> bytes:
    file = CFB.from_bytes(project)
    file.write_stream_in_storage("VBA", "_VBA_PROJECT", _UNCOMPILED)
    listing = decompress(file.get_stream_in_storage("VBA", "dir"))
    end = listing.rindex(_END_OF_DIR) + len(_END_OF_DIR)
    file.write_stream_in_storage("VBA", "dir", compress(listing[:end]))
    return bytes(file.to_bytes())


def _read(path: Path) -> str:
    """A source with the line ends of VBA. Only ASCII: other letters would change with the language of Windows."""
    try:
        return re.sub(r"\r?\n", "\r\n", path.read_bytes().decode("ascii"))
    except UnicodeDecodeError as error:
        line = 1 + error.object[: error.start].count(b"\n")
        raise UserError(f"{path.name} has a letter beyond ASCII in line {line}; write it with ChrW.") from None
