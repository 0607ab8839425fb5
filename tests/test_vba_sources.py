"""The VBA as text: what VBA itself allows, and what the catalogue says. Nothing here has seen a VBA compiler."""

import re

import pytest
from vba_book import SOURCES

from xlsmkt.catalogue import CATALOGUE
from xlsmkt.hosts.windows.signs import CODES
from xlsmkt.hosts.windows.words import vba_name
from xlsmkt.hosts.windows.wrappers import functions_module, to_ascii

FILES = sorted(SOURCES.iterdir())
FUNCTIONS = SOURCES / "xlsmkt_functions.bas"
PROCEDURE = re.compile(r"^(?:Public |Private )?(?:Sub|Function) (\w+)\(.*?^End (?:Sub|Function)", re.M | re.S)
CALLED_BY_WRAPPERS = {"ismissing", "isobject", "array", "ubound", "fillinput", "callpython", "application"}


def each_file(test):
    return pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)(test)


def text_of(path):
    return path.read_bytes().decode("ascii").replace("\r\n", "\n")


def signatures():
    """Each public function in the source with what its brackets hold."""
    return dict(re.findall(r"^Public Function (\w+)\((.*)\) As Variant$", text_of(FUNCTIONS), re.MULTILINE))


def test_the_wrappers_are_those_of_the_catalogue():
    assert FUNCTIONS.read_bytes() == functions_module().encode("ascii"), "run  xlsmkt build"


def test_the_text_is_the_same_each_time():
    assert functions_module() == functions_module()


@each_file
def test_lines_end_as_vba_ends_them_and_hold_ascii_only(path):
    data = path.read_bytes()
    assert data.isascii()
    assert data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r")
    assert data.endswith(b"\r\n") and not data.endswith(b"\r\n\r\n")


@each_file
def test_no_line_ends_in_blanks_or_is_too_long(path):
    lines = text_of(path).split("\n")
    assert [line for line in lines if line != line.rstrip() or "\t" in line] == []
    assert max(map(len, lines)) <= 1023


@each_file
def test_no_statement_has_more_lines_than_vba_reads(path):
    longest = run = 0
    for line in text_of(path).split("\n"):
        run = run + 1 if line.endswith(" _") else 0
        assert not (run and line.lstrip().startswith("'")), "a comment that goes on in the next line"
        longest = max(longest, run)
    assert longest <= 24


@each_file
def test_no_procedure_comes_near_the_64_kb_that_vba_compiles(path):
    assert max(len(found[0]) for found in PROCEDURE.finditer(text_of(path))) < 32_000


@each_file
def test_every_module_wants_its_variables_declared_and_bears_its_name(path):
    lines = text_of(path).split("\n")
    assert "Option Explicit" in lines[:3]
    if path.suffix == ".bas":
        assert lines[0] == f'Attribute VB_Name = "{path.stem}"'
    else:  # the text of a document module: what precedes it, the file of the project writes
        assert not text_of(path).startswith(("VERSION", "Attribute"))


@each_file
def test_variables_are_declared_with_a_type_one_by_one(path):
    for line in re.findall(r"^\s*(?:Dim|Private|Public) (?!Sub|Function|Const)(.*)$", text_of(path), re.MULTILINE):
        assert re.fullmatch(r"\w+(\(\))? As \w+", line), line


def test_hand_written_modules_are_short():
    assert max(len(text_of(path).split("\n")) for path in FILES if path != FUNCTIONS) <= 400


def test_there_is_a_function_for_each_entry_and_none_besides():
    assert set(signatures()) == set(CATALOGUE)
    public = re.findall(r"^Public (?!Function)(?:Sub|Const) (\w+)", text_of(FUNCTIONS), re.MULTILINE)
    assert public == ["CELL_ERRORS", "RegisterFunctions"]  # another function would show among those of the sheet


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.name)
def test_the_signature_is_that_of_the_catalogue(entry):
    found = [
        re.fullmatch(r"(Optional |ParamArray )?(\w+)(\(\))? As Variant", part)
        for part in signatures()[entry.name].split(", ")
    ]
    assert [(kind or "", name) for kind, name in (match.groups()[:2] for match in found)] == [
        ("ParamArray " if p.kind == "columns" else "" if p.required else "Optional ", vba_name(p.name))
        for p in entry.parameters
    ]
    assert [match[3] for match in found] == ["()" if p.kind == "columns" else None for p in entry.parameters]


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.name)
def test_no_argument_hides_what_its_function_calls(entry):
    names = {vba_name(parameter.name).lower() for parameter in entry.parameters}
    assert not names & (CALLED_BY_WRAPPERS | {entry.name.lower(), "all_arguments", "place"})


def test_no_function_has_both_optional_arguments_and_many():
    assert not [name for name, inside in signatures().items() if "Optional " in inside and "ParamArray " in inside]


def test_no_input_of_a_workbook_bears_the_name_of_a_function():
    inputs = {parameter.input_name.upper() for entry in CATALOGUE.values() for parameter in entry.parameters}
    assert not inputs & set(CATALOGUE)
    assert not {path.stem.upper() for path in FILES} & set(CATALOGUE)


def test_the_error_numbers_are_those_that_cverr_takes():
    constant = re.search(r'^Public Const CELL_ERRORS As String = "(.*)"$', text_of(FUNCTIONS), re.MULTILINE)[1]
    assert constant.split(" ") == [f"{sign}={code}" for sign, code in CODES.items()]
    assert dict(pair.split("=") for pair in constant.split(" "))["#N/A"] == "2042"


def test_a_letter_without_an_equivalent_is_told():
    assert to_ascii("“3 × 4” … → –") == '"3 x 4" ... -> -'
    with pytest.raises(UnicodeEncodeError):
        to_ascii("数")
