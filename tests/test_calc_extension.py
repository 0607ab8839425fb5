"""The extension for LibreOffice: what it says of each function and what it holds; saved documents stay readable."""

import ast
import re
import sys
import zipfile
from pathlib import Path

import pytest
from lxml import etree

from xlsmkt.build import ROOT
from xlsmkt.catalogue import CATALOGUE
from xlsmkt.hosts.calc.extension import unpack_extension, write_extension
from xlsmkt.hosts.calc.words import MOST_COLUMNS, method_id

HERE = Path(__file__).parent
OXT = ROOT / "workbook" / "xlsmkt.oxt"


@pytest.fixture(scope="module")
def parts():
    with zipfile.ZipFile(OXT) as file:
        return {name: file.read(name) for name in file.namelist()}


def arguments_of(entry):
    """What Calc offers for the arguments of a function; for one of any number of columns, as many as fit."""
    names = [parameter.name for parameter in entry.parameters]
    if entry.parameters and entry.parameters[-1].kind == "columns":
        names += [f"{names[-1]}_{number}" for number in range(2, MOST_COLUMNS + 1)]
    return names


def help_of(entry):
    """Argument -> what the wizard says of it: the docstring's words, and what Calc does not say by itself."""
    said = {}
    for parameter in entry.parameters:
        words = " ".join(parameter.text.split())
        before = "(Must be given.) " if parameter.required else ""
        before = before or (f"(Left out: {parameter.input_name} of the document.) " if parameter.input_name else "")
        said[parameter.name] = before + words
    return said


def declared(parts):
    """Method -> its result and its arguments, from the IDL."""
    methods = re.findall(r"^    (any|sequence<.*>) (\w+)\( (.*) \);$", parts["xlsmkt.idl"].decode(), re.M)
    return {name: (result, re.findall(r"\[in\] (\S+) (\w+)", arguments)) for result, name, arguments in methods}


def described(parts):
    """Method -> what the function wizard says: its name, what it does, and its arguments with their words."""
    read = {}
    [functions] = etree.fromstring(parts["CalcAddIns.xcu"]).xpath("//*[@*[local-name()='name']='AddInFunctions']")
    for node in functions:
        texts, arguments = {}, {}
        for child in node:
            if etree.QName(child).localname == "prop":
                texts[name_of(child)] = child[0].text
            else:
                arguments = {name_of(one): {name_of(prop): prop[0].text for prop in one} for one in child}
        read[name_of(node)] = (texts, arguments)
    return read


def name_of(node):
    return next(value for key, value in node.attrib.items() if etree.QName(key).localname == "name")


def test_the_methods_of_saved_documents_are_still_there():
    """Documents hold these names; a new function is added to the list, and nothing in it ever changes."""
    frozen = dict(line.split() for line in (HERE / "calc_methods.txt").read_text("utf-8").splitlines())
    assert {name: method_id(name) for name in CATALOGUE} == frozen


def test_idl_and_wizard_name_the_same_methods_and_arguments(parts):
    idl, wizard = declared(parts), described(parts)
    assert set(idl) == set(wizard) == {method_id(name) for name in CATALOGUE}
    for method, (_, arguments) in idl.items():
        (document, *given) = arguments
        assert document == ("com::sun::star::beans::XPropertySet", "xDocument")
        assert [name for _, name in given] == list(wizard[method][1]), method
        assert {kind for kind, _ in given} <= {"any", "double"}


def test_the_wizard_says_what_the_docstrings_say(parts):
    wizard = described(parts)
    for entry in CATALOGUE.values():
        texts, arguments = wizard[method_id(entry.name)]
        assert texts == {
            "DisplayName": entry.name,
            "Description": entry.summary,
            "Category": "Add-In",
            "CompatibilityName": entry.name,
        }
        assert [told["DisplayName"] for told in arguments.values()] == arguments_of(entry)
        words = help_of(entry)
        for told in arguments.values():
            name = re.sub(r"_\d+$", "", told["DisplayName"])
            assert told["Description"] == words[name]


def test_libreoffice_itself_says_so(office):
    told = {function["name"]: function for function in office.run("describe")}
    assert set(told) == set(CATALOGUE)
    for entry in CATALOGUE.values():
        shown = told[entry.name]
        assert shown["description"] == entry.summary
        assert [argument["name"] for argument in shown["arguments"]] == arguments_of(entry)
        words = help_of(entry)
        for argument in shown["arguments"]:
            assert argument["description"] == words[re.sub(r"_\d+$", "", argument["name"])]


def test_the_manifest_names_what_is_there(parts):
    entries = etree.fromstring(parts["META-INF/manifest.xml"])
    named = [value for entry in entries for key, value in entry.attrib.items() if key.endswith("full-path")]
    assert set(named) <= set(parts)
    assert {name for name in parts if name.endswith((".xcu", ".idl"))} <= set(named)
    assert {name for name in parts if name.endswith(".py") and "/" not in name} <= set(named)


def test_it_is_made_alike_each_time(tmp_path, parts):
    assert write_extension(tmp_path / "one.oxt").read_bytes() == write_extension(tmp_path / "two.oxt").read_bytes()
    unpacked = unpack_extension(tmp_path / "bundled") / "xlsmkt"
    files = {path.relative_to(unpacked).as_posix(): path.read_bytes() for path in unpacked.rglob("*.*")}
    assert files == parts


def test_the_python_that_refresh_starts_is_beside_it(tmp_path):
    with zipfile.ZipFile(write_extension(tmp_path / "mine.oxt", python="/home/anna/.venv/bin/python")) as file:
        assert file.read("python.txt") == b"/home/anna/.venv/bin/python"
    with zipfile.ZipFile(OXT) as file:
        assert "python.txt" not in file.namelist()


def modules_inside():
    with zipfile.ZipFile(OXT) as file:
        return {name: file.read(name) for name in file.namelist() if name.endswith(".py")}


@pytest.mark.parametrize("name", modules_inside())
def test_it_runs_on_an_old_python_without_packages(name):
    """LibreOffice for Windows and Mac brings a Python of its own, which may be 3.8."""
    module = ast.parse(modules_inside()[name], feature_version=(3, 8))
    known = {*sys.stdlib_module_names, "uno", "unohelper", "com", "org"}
    inside = {f.removeprefix("pythonpath/").removesuffix(".py").replace("/", ".") for f in modules_inside()}
    for node in ast.walk(module):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) else []
        for imported in names:
            if imported.partition(".")[0] == "xlsmkt":
                assert {imported, f"{imported}.__init__"} & inside, f"{name} needs {imported}, which is not in there"
            else:
                assert imported.partition(".")[0] in known, f"{name} imports {imported}"
