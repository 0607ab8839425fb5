"""Functions as xlwings Lite calls them, with xlwings between Excel's client and the code of the built workbook."""

import json
import os
import subprocess
import sys

import jsonschema
import pytest
from pyodide_lite import NAMED_BY_WORKBOOK, NEWEST, WORKBOOK, files, properties, shows
from web_calls import LEFT_OUT, Refused, shown

from xlsmkt.calling import OMITTED, Input
from xlsmkt.catalogue import CATALOGUE

METADATA = """
import json, xlwings.server, main
print(json.dumps([xlwings.server.custom_functions_meta(main), xlwings.server.custom_scripts_meta(main)]))
"""
EXAMPLES = [example for entry in CATALOGUE.values() for example in entry.examples]


def needed_inputs(entry):
    """The arguments that only a workbook's inputs could fill."""
    return [p for p in entry.parameters if isinstance(p.default, Input) and p.default.otherwise is OMITTED]


def is_beginning(said, text):
    """Whether a text is said as far as Excel has room."""
    return bool(said) and " ".join(text.split()).startswith(said.rstrip("….").rstrip())


@pytest.fixture(scope="module", params=[NEWEST, NAMED_BY_WORKBOOK])
def started(request, start_lite, xlwings_licence):
    """The newest Pyodide, and the one that the workbook names."""
    if request.param == NEWEST:
        yield request.getfixturevalue("lite_licensed")
    else:
        with start_lite(pyodide=request.param, licence=xlwings_licence) as older:
            yield older


@pytest.fixture(scope="module")
def metadata(lite_licensed):
    return lite_licensed.ask("metadata")


@pytest.fixture(scope="module")
def functions(metadata):
    return {function["name"]: function for function in metadata["functions"]["functions"]}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.formula[:60])
def test_every_example_shows_what_it_should(started, example):
    cells = shown(example.formula, started.call_through_xlwings)
    assert shows(example, cells), cells


def test_excel_is_told_of_every_function_and_of_nothing_else(functions):
    assert set(functions) == set(CATALOGUE)


@pytest.mark.parametrize("name", CATALOGUE)
def test_excel_is_told_what_a_function_and_its_arguments_mean(functions, name):
    told, entry = functions[name], CATALOGUE[name]
    assert is_beginning(told["description"], entry.summary)
    assert [parameter["name"] for parameter in told["parameters"]] == [p.name for p in entry.parameters]
    for parameter, said in zip(entry.parameters, told["parameters"], strict=True):
        assert said["description"] and " ".join(parameter.text.split()).startswith(
            said["description"].rstrip("….").rstrip()
        )
        assert bool(said.get("repeating")) == (parameter.kind == "columns")
    repeats = any(p.kind == "columns" for p in entry.parameters)  # xlwings: then nothing may be optional
    assert [bool(p.get("optional")) for p in told["parameters"]] == [
        not repeats and not p.required for p in entry.parameters
    ]


def test_the_metadata_are_as_office_js_takes_them(metadata, metadata_schema):
    jsonschema.validate(metadata["functions"], metadata_schema)


def test_the_metadata_are_those_that_the_same_code_gives_outside(metadata, xlwings_licence, tmp_path):
    for name, text in files(properties(WORKBOOK)).items():
        (tmp_path / name).write_text(text, "utf-8")
    environment = {**os.environ, "XLWINGS_ON_SERVER": "true", "XLWINGS_LICENSE_KEY": xlwings_licence}
    command = [sys.executable, "-c", METADATA]
    told = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout
    assert json.loads(told) == [metadata["functions"], metadata["scripts"]]


@pytest.mark.parametrize("name", [name for name, entry in CATALOGUE.items() if needed_inputs(entry)])
def test_arguments_left_out_that_only_a_workbook_knows_are_named(started, name):
    with pytest.raises(Refused) as refused:
        started.call_through_xlwings(name.lower(), [None] * len(CATALOGUE[name].parameters))
    assert str(refused.value).startswith(f"{name}: ")
    if not any(parameter.required for parameter in CATALOGUE[name].parameters):  # else those are asked for first
        for parameter in needed_inputs(CATALOGUE[name]):
            assert parameter.name in str(refused.value).partition(LEFT_OUT)[0]


def test_what_to_type_for_an_argument_left_out_is_said(started):
    with pytest.raises(Refused) as refused:
        started.call_through_xlwings("leads_needed", [[[20]], None, None])
    assert str(refused.value) == (
        "LEADS_NEEDED: close_rate is missing or blank, and a function cannot look into the workbook here; give it, "
        "as in LEADS_NEEDED(Customers_Goal, Agreed_Close_Rate)"
    )


def test_a_wrong_argument_is_answered_with_a_sentence(started):
    with pytest.raises(Refused, match=r'^LEADS_NEEDED: customers is the text "many"; give 0 or more'):
        started.call_through_xlwings("leads_needed", [[["many"]], [[0.05]], None])


def test_a_blank_cell_of_a_range_stays_blank_and_an_error_stays_an_error(started):
    """JavaScript's null becomes JsNull in newer Pyodides and None in older ones."""
    error = {"type": "Error", "basicType": "Error", "basicValue": "#N/A", "errorType": "NotAvailable"}
    rows = started.call_through_xlwings("leads_needed", [[[20], [None], [""], [error]], [[0.05]], None])
    assert rows == [[400], [""], [""], [{"type": "Error", "errorType": "NotAvailable"}]]
