"""The edition for Excel on Windows: its VBA project as the file format asks, and the same figures as the other one."""

import re
import struct
import tomllib
import zipfile
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import olefile
import openpyxl
import pytest
import xlwings
from extracted_vba import extracted
from lxml import etree
from oletools.olevba import decompress_stream

from xlsmkt import cli
from xlsmkt.build import ROOT
from xlsmkt.errors import UserError
from xlsmkt.hosts.windows.project import project_sources
from xlsmkt.template.macros import code_name

XLSM = ROOT / "workbook" / "xlsmkt.xlsm"
XLSX = ROOT / "workbook" / "xlsmkt.xlsx"
VBA = ROOT / "workbook" / "vba"
XLWINGS = Path(xlwings.__file__).parent
FROM_XLWINGS = ("xlwings.bas", "addin/Dictionary.cls")
MAIN = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
VOLATILE = re.compile(r"\b(NOW|TODAY|RAND|RANDBETWEEN|RANDARRAY|OFFSET|INDIRECT|CELL|INFO)\(")


@pytest.fixture(scope="module")
def parts():
    with zipfile.ZipFile(XLSM) as file:
        return {name: file.read(name) for name in file.namelist()}


@pytest.fixture(scope="module")
def project(parts):
    return olefile.OleFileIO(BytesIO(parts["xl/vbaProject.bin"]), raise_defects=olefile.DEFECT_UNSURE)


@pytest.fixture(scope="module")
def book():
    return openpyxl.load_workbook(XLSM, keep_vba=True)


@pytest.fixture(scope="module")
def sources():
    return extracted(XLSM)


def body(source):
    """The lines of a module below its header."""
    lines = source.splitlines()
    if lines and lines[0].startswith("VERSION"):
        lines = lines[lines.index("END") + 1 :]
    while lines and lines[0].startswith("Attribute VB_"):
        lines = lines[1:]
    return "\n".join(lines).strip()


def document_modules(book):
    return {book.code_name, *(sheet.sheet_properties.codeName for sheet in book.worksheets)}


def listed(project):
    """The modules in the stream ``dir``, as [MS-OVBA] 2.3.4.2 lays its records out: name, offset, kind."""
    data = decompress_stream(bytearray(project.openstream("VBA/dir").read()))
    place, modules = 0, []
    while place < len(data):
        record, size = struct.unpack_from("<HI", data, place)
        size = 6 if record == 0x0009 else size  # the version of the project states another size than it has
        content = data[place + 6 : place + 6 + size]
        assert len(content) == size
        place += 6 + size
        if record == 0x0019:
            modules.append({"name": content.decode("ascii")})
        elif record == 0x001A:
            modules[-1]["stream"] = content.decode("ascii")
        elif record == 0x0031:
            modules[-1]["offset"] = struct.unpack("<I", content)[0]
        elif record in (0x0021, 0x0022):
            modules[-1]["procedural"] = record == 0x0021
    assert record == 0x0010, "nothing follows the terminator"
    return modules


# --- the project ---


def test_the_project_holds_our_sources_and_those_of_xlwings_and_no_more(sources, book):
    expected = {path.name: path.read_text("ascii") for path in VBA.iterdir()}
    expected |= {Path(name).name: (XLWINGS / name).read_text("ascii") for name in FROM_XLWINGS}
    empty = {f"{name}.cls" for name in document_modules(book)} - {"ThisWorkbook.cls"}
    assert set(sources) == set(expected) | empty
    for name, source in expected.items():
        assert body(sources[name]) == body(source), name
    assert [name for name in empty if body(sources[name])] == []


def test_every_module_bears_the_name_of_its_file(sources):
    for name, source in sources.items():
        assert f'Attribute VB_Name = "{name.rpartition(".")[0]}"' in source.splitlines()


def test_the_licences_of_the_modules_taken_over_stay(sources):
    assert "BSD 3-clause license" in sources["xlwings.bas"] and "Zoomer Analytics" in sources["xlwings.bas"]
    assert "Tim Hall" in sources["Dictionary.cls"] and "MIT" in sources["Dictionary.cls"]


def test_the_version_of_xlwings_is_the_pinned_and_the_installed_one(sources):
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    [pin] = [need for need in settings["project"]["dependencies"] if need.startswith("xlwings")]
    [embedded] = re.findall(r'XLWINGS_VERSION As String = "(.+)"', sources["xlwings.bas"])
    assert pin == f"xlwings=={embedded}" and version("xlwings") == embedded


def test_another_version_of_xlwings_is_not_built_in(monkeypatch):
    monkeypatch.setattr("xlsmkt.hosts.windows.project.version", lambda name: "0.0.1")
    with pytest.raises(UserError, match=r"not of xlwings 0\.0\.1"):
        project_sources(VBA)


def test_a_source_that_is_not_ascii_is_not_built_in(tmp_path):
    (tmp_path / "mine.bas").write_text("' small\n' größer\n", "utf-8")
    with pytest.raises(UserError, match=r"mine\.bas .* line 2"):
        project_sources(tmp_path)


def test_the_compound_file_has_no_defect(project):
    assert project.parsing_issues == []


def test_excel_is_told_to_compile_the_sources(project):
    """[MS-OVBA] 2.3.4.1: who writes no compiled code states version 0xFFFF and no more."""
    assert project.openstream("VBA/_VBA_PROJECT").read() == bytes.fromhex("cc61ffff000000")


def test_the_listings_of_the_modules_agree(project, sources, book):
    modules = listed(project)
    assert {module["name"] for module in modules} == {name.rpartition(".")[0] for name in sources}
    assert {module["stream"] for module in modules} | {"_VBA_PROJECT", "dir"} == {
        path[1] for path in project.listdir() if path[0] == "VBA"
    }
    assert all(module["offset"] == 0 for module in modules), "no compiled code before the sources"
    procedural = {name.rpartition(".")[0] for name in sources if name.endswith(".bas")}
    assert {module["name"] for module in modules if module["procedural"]} == procedural
    text = project.openstream("PROJECT").read().decode("ascii")
    assert set(re.findall(r"^Document=(\w+)/&H00000000\r$", text, re.M)) == document_modules(book)
    assert set(re.findall(r"^Module=(\w+)\r$", text, re.M)) == procedural
    assert re.findall(r"^Class=(\w+)\r$", text, re.M) == ["Dictionary"]


# --- the workbook ---


def test_workbook_and_sheets_have_their_code_names(book):
    assert book.code_name == "ThisWorkbook"
    assert [sheet.sheet_properties.codeName for sheet in book.worksheets] == [code_name(n) for n in book.sheetnames]
    assert {"shMarketingSLA", "shxlwingsconf"} <= document_modules(book)
    assert len({name.casefold() for name in document_modules(book)}) == len(book.sheetnames) + 1


def test_the_package_says_that_it_holds_macros(parts):
    types = etree.fromstring(parts["[Content_Types].xml"])
    told = {item.get("PartName") or item.get("Extension"): item.get("ContentType") for item in types}
    assert told["/xl/workbook.xml"] == "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    assert told["bin"] == "application/vnd.ms-office.vbaProject"
    assert told["vml"] == "application/vnd.openxmlformats-officedocument.vmlDrawing"
    relations = etree.fromstring(parts["xl/_rels/workbook.xml.rels"])
    [target] = [item.get("Target") for item in relations if item.get("Type").endswith("/2006/relationships/vbaProject")]
    assert target == "vbaProject.bin"
    for name, content in parts.items():
        if name.endswith((".xml", ".rels", ".vml")):
            etree.fromstring(content)


def test_excel_does_not_compute_it_on_opening(parts):
    [settings] = etree.fromstring(parts["xl/workbook.xml"]).iterfind("m:calcPr", MAIN)
    assert dict(settings.attrib) == {"calcId": "191029"}
    formulas = [
        formula.text
        for name, content in parts.items()
        if name.startswith("xl/worksheets/sheet")
        for formula in etree.fromstring(content).iterfind(".//m:f", MAIN)
        if formula.text
    ]
    assert len(formulas) > 500 and [formula for formula in formulas if VOLATILE.search(formula)] == []


def cells(path):
    """Each sheet's cells as they stand in the file: formula, kind, value."""
    found = {}
    with zipfile.ZipFile(path) as file:
        texts = ["".join(item.itertext()) for item in etree.fromstring(file.read("xl/sharedStrings.xml"))]
        names = [sheet.get("name") for sheet in etree.fromstring(file.read("xl/workbook.xml")).find("m:sheets", MAIN)]
        for number, name in enumerate(names, 1):
            sheet = found[name] = {}
            for cell in etree.fromstring(file.read(f"xl/worksheets/sheet{number}.xml")).iterfind(".//m:c", MAIN):
                value = cell.findtext("m:v", None, MAIN)
                if cell.get("t") == "s":
                    value = texts[int(value)]
                formula = cell.find("m:f", MAIN)
                computed = None if formula is None else (formula.text, formula.get("ref"), cell.get("cm"))
                sheet[cell.get("r")] = (computed, value)
    return found


def test_it_shows_the_same_as_the_other_edition():
    ours, other = cells(XLSM), cells(XLSX)
    assert set(ours) - set(other) == {"xlwings.conf"}
    changed = [
        (name, cell)
        for name, sheet in other.items()
        for cell in sheet.keys() | ours[name].keys()
        if sheet.get(cell) != ours[name].get(cell)
    ]
    assert {name for name, _ in changed} == {"Start"}
    assert {int(cell[1:]) for _, cell in changed} == {8, 11, 12, 13, 14}, "what to do, and how"


def test_start_says_what_to_do_in_this_edition():
    said = " ".join(value or "" for _, value in cells(XLSM)["Start"].values())
    for words in ("Click the button", "xlsmkt install excel", "run ExplainError", "xlsmkt doctor THIS-WORKBOOK.xlsm"):
        assert words in said
    assert ".xlsx" not in said


def test_xlwings_finds_its_settings(book):
    sheet = book["xlwings.conf"]
    assert book.sheetnames[-1] == sheet.title and sheet.sheet_state == "hidden"
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["INTERPRETER_WIN", "%XLSMKT_PYTHON%"],
        ["UDF MODULES", "xlsmkt.hosts.excel_windows"],
        ["USE UDF SERVER", "True"],
        ["SHOW CONSOLE", "False"],
        ["ADD_WORKBOOK_TO_PYTHONPATH", "False"],
        *([key, ""] for key in ("PYTHONPATH", "INTERPRETER", "CONDA PATH", "CONDA ENV", "LICENSE_KEY")),
        *([key, ""] for key in ("ONEDRIVE_CONSUMER_WIN", "ONEDRIVE_COMMERCIAL_WIN", "SHAREPOINT_WIN")),
        ["TEMP DIR", "%TEMP%"],
        ["DEBUG UDFS", "False"],
        ["SHOW_ERROR_POPUPS", "True"],
    ]


def test_new_makes_either_edition_by_the_name(tmp_path, capsys):
    for template in (XLSM, XLSX):
        book = tmp_path / f"sla{template.suffix.upper()}"
        assert cli.main(["new", str(book)]) == 0
        assert book.read_bytes() == template.read_bytes()
    capsys.readouterr()
    assert cli.main(["new", str(tmp_path / "sla.xls")]) == 2
    told = capsys.readouterr().err
    assert ".xlsx" in told and ".xlsm" in told and len(told.splitlines()) == 1
