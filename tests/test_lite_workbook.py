"""The workbook for xlwings Lite as a file: the parts that hold its Python are those that Excel writes, nowhere else."""

import json
import posixpath
import re
import shutil
import zipfile

import pytest
from lxml import etree

from xlsmkt import cli
from xlsmkt.build import ROOT
from xlsmkt.hosts.lite.parts import add_python, web_extension
from xlsmkt.package import Book

LITE = ROOT / "workbook" / "xlsmkt-lite.xlsx"
XLSX = ROOT / "workbook" / "xlsmkt.xlsx"
XLSM = ROOT / "workbook" / "xlsmkt.xlsm"
WEB = "http://schemas.microsoft.com/office/webextensions/webextension/2010/11"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
EXTENSION, PANES = "xl/webextensions/webextension1.xml", "xl/webextensions/taskpanes.xml"
PANE_LINKS = "xl/webextensions/_rels/taskpanes.xml.rels"
# [MS-OWEXML] 5.1 and 5.2; what they take from DrawingML stands as any content
SCHEMAS = {
    EXTENSION: f"""
<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" targetNamespace="{WEB}" xmlns="{WEB}"
  elementFormDefault="qualified">
<xsd:complexType name="Any"><xsd:sequence><xsd:any minOccurs="0" maxOccurs="unbounded" processContents="lax"/>
  </xsd:sequence><xsd:anyAttribute processContents="skip"/></xsd:complexType>
<xsd:complexType name="Reference"><xsd:sequence><xsd:element name="extLst" type="Any" minOccurs="0"/></xsd:sequence>
  <xsd:attribute name="id" type="xsd:string" use="required"/>
  <xsd:attribute name="version" type="xsd:string" use="required"/>
  <xsd:attribute name="store" type="xsd:string"/><xsd:attribute name="storeType" type="xsd:string"/></xsd:complexType>
<xsd:element name="containsCustomFunctions"><xsd:complexType>
  <xsd:attribute name="val" type="xsd:boolean" default="false"/></xsd:complexType></xsd:element>
<xsd:element name="webextension"><xsd:complexType><xsd:sequence>
  <xsd:element name="reference" type="Reference"/>
  <xsd:element name="alternateReferences" minOccurs="0"><xsd:complexType><xsd:sequence>
    <xsd:element name="reference" type="Reference" minOccurs="0" maxOccurs="unbounded"/>
    </xsd:sequence></xsd:complexType></xsd:element>
  <xsd:element name="properties"><xsd:complexType><xsd:sequence>
    <xsd:element name="property" minOccurs="0" maxOccurs="unbounded"><xsd:complexType>
      <xsd:attribute name="name" type="xsd:string" use="required"/>
      <xsd:attribute name="value" type="xsd:string" use="required"/></xsd:complexType></xsd:element>
    </xsd:sequence></xsd:complexType></xsd:element>
  <xsd:element name="bindings" type="Any"/><xsd:element name="snapshot" type="Any" minOccurs="0"/>
  <xsd:element name="extLst" type="Any" minOccurs="0"/></xsd:sequence>
  <xsd:attribute name="id" type="xsd:string" use="required"/><xsd:attribute name="frozen" type="xsd:boolean"/>
</xsd:complexType></xsd:element></xsd:schema>""",
    PANES: f"""
<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"
  targetNamespace="http://schemas.microsoft.com/office/webextensions/taskpanes/2010/11">
<xsd:element name="taskpanes"><xsd:complexType><xsd:sequence>
  <xsd:element name="taskpane" minOccurs="0" maxOccurs="unbounded"><xsd:complexType><xsd:sequence>
    <xsd:element name="webextensionref"><xsd:complexType><xsd:anyAttribute namespace="{LINKS}" processContents="skip"/>
      </xsd:complexType></xsd:element></xsd:sequence>
    <xsd:attribute name="dockstate" type="xsd:string" use="required"/>
    <xsd:attribute name="visibility" type="xsd:boolean" use="required"/>
    <xsd:attribute name="width" type="xsd:double" use="required"/>
    <xsd:attribute name="row" type="xsd:unsignedInt" use="required"/>
    <xsd:attribute name="locked" type="xsd:boolean"/></xsd:complexType></xsd:element>
  </xsd:sequence></xsd:complexType></xsd:element></xsd:schema>""",
}
# Elements and attributes of these parts in workbooks that Excel has saved with the add-in.
REFERENCE = ("reference", ["id", "store", "storeType", "version"], [])
SAVED_BY_EXCEL = {
    EXTENSION: (
        "webextension",
        ["id"],
        [
            REFERENCE,
            ("alternateReferences", [], [REFERENCE]),
            ("properties", [], []),  # a property for each file and each setting
            ("bindings", [], []),
            ("snapshot", [], []),
            ("extLst", [], [("ext", ["uri"], [("containsCustomFunctions", [], [])])]),
        ],
    ),
    PANES: (
        "taskpanes",
        [],
        [("taskpane", ["dockstate", "row", "visibility", "width"], [("webextensionref", ["id"], [])])],
    ),
}


def parts_of(path):
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def properties(extension):
    found = etree.fromstring(extension).iterfind(f".//{{{WEB}}}property")
    return {item.get("name"): json.loads(item.get("value")) for item in found}


def skeleton(element):
    inside = [skeleton(child) for child in element if etree.QName(child).localname != "property"]
    return etree.QName(element).localname, sorted(etree.QName(key).localname for key in element.attrib), inside


@pytest.fixture(scope="module")
def parts():
    return parts_of(LITE)


@pytest.mark.parametrize("part", [EXTENSION, PANES])
def test_the_parts_have_the_structure_that_excel_gives_them(part, parts):
    root = etree.fromstring(parts[part])
    assert skeleton(root) == SAVED_BY_EXCEL[part]
    schema = etree.XMLSchema(etree.fromstring(SCHEMAS[part]))
    assert schema.validate(root), schema.error_log
    assert parts[part].startswith(b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n')


def test_the_add_in_is_xlwings_lite_of_the_store(parts):
    root = etree.fromstring(parts[EXTENSION])
    primary, other = (dict(found.attrib) for found in root.iterfind(f".//{{{WEB}}}reference"))
    assert primary == {"id": "wa200008175", "version": "1.0.0.0", "store": "en-US", "storeType": "OMEX"}
    assert other == {**primary, "store": "WA200008175"}
    assert re.fullmatch(r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}", root.get("id"))
    [extension] = root.iterfind(f"{{{WEB}}}extLst/*")
    assert extension.get("uri") == "{D87F86FE-615C-45B5-9D79-34F1136793EB}"


def test_relationships_and_content_types_lead_to_them(parts):
    links = {}
    for name, content in parts.items():
        if name.endswith(".rels"):
            folder = posixpath.dirname(posixpath.dirname(name))
            identities = [link.get("Id") for link in etree.fromstring(content)]
            assert len(identities) == len(set(identities)), name
            for link in etree.fromstring(content):
                target = posixpath.normpath(posixpath.join(folder, link.get("Target")))
                assert target in parts or "#" in link.get("Target"), f"{name}: {target}"
                links[target] = link.get("Type"), link.get("Id")
    assert links[PANES][0] == "http://schemas.microsoft.com/office/2011/relationships/webextensiontaskpanes"
    kind, identity = links[EXTENSION]
    assert kind == "http://schemas.microsoft.com/office/2011/relationships/webextension"
    [reference] = etree.fromstring(parts[PANES]).iter("{*}webextensionref")
    assert reference.get(f"{{{LINKS}}}id") == identity
    types = {item.get("PartName"): item.get("ContentType") for item in etree.fromstring(parts["[Content_Types].xml"])}
    assert types[f"/{PANES}"] == "application/vnd.ms-office.webextensiontaskpanes+xml"
    assert types[f"/{EXTENSION}"] == "application/vnd.ms-office.webextension+xml"
    assert {name.lstrip("/") for name in types if name} <= set(parts)


def test_the_file_says_what_the_add_in_reads(parts):
    told = properties(parts[EXTENSION])
    assert list(told) == ["main.py", "requirements.txt", "pyodideVersion", "addinVersion", "xlwingsSettingsWorkbook"]
    assert told["requirements.txt"].split() == ["xlwings>=0.37.5,<1", "openpyxl"]
    assert (told["pyodideVersion"], told["addinVersion"]) == ("0.27.5", "1.0.0.0-35")
    assert told["xlwingsSettingsWorkbook"] == {"startupBehavior": "taskpane"}
    assert not re.search(rb"[\n\t\r]", parts[EXTENSION].partition(b"<we:properties>")[2])


def test_any_text_survives_the_way_into_the_file():
    text = "a = \"<&>\" + 'b'\n\tif c:\r\n\tüber ☰ \\n 😀\x0b]]>"
    found = properties(web_extension({"main.py": text, "note & <more>.txt": ""}).encode())
    assert (found["main.py"], found["note & <more>.txt"]) == (text, "")


def test_the_same_files_give_the_same_bytes(tmp_path):
    for name in ("one.xlsx", "two.xlsx"):
        add_python(XLSX, tmp_path / name, {"main.py": "print(1)\n"})
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    before, after = parts_of(XLSX), parts_of(tmp_path / "one.xlsx")
    assert list(after) == [*before, EXTENSION, PANES, PANE_LINKS], "the new parts come last"
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {"[Content_Types].xml", "_rels/.rels"}


@pytest.mark.parametrize("path", [XLSX, XLSM], ids=lambda path: path.name)
def test_the_other_editions_carry_nothing_of_it(path):
    for name, content in parts_of(path).items():
        assert "webextension" not in name
        assert b"webextension" not in content and b"_xldudf_" not in content and b"btn_refresh" not in content


def test_new_makes_it_by_its_name(tmp_path, capsys):
    assert cli.main(["new", str(tmp_path / "sla.xlsx"), "--for", "lite"]) == 0
    assert (tmp_path / "sla.xlsx").read_bytes() == LITE.read_bytes()
    assert "xlwings Lite" in capsys.readouterr().out
    for name in ("sla.xlsm", "sla"):
        assert cli.main(["new", str(tmp_path / name), "--for", "lite"]) == 2
        told = capsys.readouterr().err
        assert ".xlsx" in told and told.count("\n") == 1 and not (tmp_path / name).exists()


def test_a_refresh_from_the_command_line_keeps_its_python_and_computes(tmp_path, parts):
    sample = sorted((ROOT / "workbook" / "sample").glob("*.csv"))
    shown = {}
    for template in (LITE, XLSX):
        book = shutil.copy(template, tmp_path / template.name)
        assert cli.main(["refresh", str(book), "--from", *map(str, sample)]) == 0
        read = Book.open(book)
        shown[template] = {name: [(cell.row, cell.column, cell.value) for cell in read.cells(name)] for name in
                           ("Dashboard", "Marketing SLA", "KPIs", "Attribution", "Daily")}  # fmt: skip
    assert shown[LITE] == shown[XLSX]
    assert len(shown[LITE]["Daily"]) > 1000
    refreshed = parts_of(tmp_path / LITE.name)
    for name in (EXTENSION, PANES, PANE_LINKS, "_rels/.rels", "xl/drawings/drawing1.xml"):
        assert refreshed[name] == parts[name]
    # the formulas still name the functions as Excel on the web does
    assert b"_xldudf_" in b"".join(refreshed.values()) and b"<f>LEADS_NEEDED(" not in b"".join(refreshed.values())
