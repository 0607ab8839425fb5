"""Functions in xlwings Lite and Server: what Excel's client sends arrives, what it takes goes back."""

import inspect
import sys

import jsonschema
import pytest
import xlwings as xw
from web_calls import ERRORS, LEFT_OUT, Refused, as_handed_over, cells_of, shown
from web_licensed import Licensed

from xlsmkt.catalogue import CATALOGUE
from xlsmkt.errors import Propagated
from xlsmkt.hosts.web import functions, values

ALL = {}
functions.register(ALL)
EXAMPLES = [example for entry in CATALOGUE.values() for example in entry.examples]
IDS = [f"{number} {example.formula[:60]}" for number, example in enumerate(EXAMPLES)]


def direct(name, args):
    """A call with the arguments as xlwings hands them over, without xlwings: that wants a licence."""
    try:
        return ALL[name](*as_handed_over(ALL[name], args))
    except xw.XlwingsError as error:
        raise Refused(str(error)) from None


@pytest.fixture(scope="module")
def licensed(xlwings_licence):
    started = Licensed(xlwings_licence)
    yield started
    started.end()


def agrees(example, cells):
    return example.agrees(cells) or example.agrees([["" if cell is None else cell for cell in row] for row in cells])


# --- every function ---


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_every_example_shows_what_it_should(example):
    cells = shown(example.formula, direct)
    assert agrees(example, cells), cells


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_every_example_shows_it_through_xlwings(licensed, example):
    cells = shown(example.formula, licensed.call)
    assert agrees(example, cells), cells


def test_the_metadata_are_as_office_js_takes_them(licensed, metadata_schema):
    jsonschema.validate(licensed.metadata, metadata_schema)
    assert {function["name"] for function in licensed.metadata["functions"]} == set(CATALOGUE)


def test_excel_is_told_the_arguments(licensed):
    told = {function["name"]: function["parameters"] for function in licensed.metadata["functions"]}
    for entry in CATALOGUE.values():
        assert [argument["name"] for argument in told[entry.name]] == [p.name for p in entry.parameters]
        assert all(argument["description"].strip() for argument in told[entry.name])
        assert [bool(argument.get("repeating")) for argument in told[entry.name]] == [
            p.kind == "columns" for p in entry.parameters
        ]
    assert [argument.get("optional") for argument in told["CLOSE_RATE_INTERVAL"]] == [None, None, True]


def test_xlwings_takes_no_optional_argument_beside_a_repeated_one():
    for name, function in ALL.items():
        kinds = inspect.signature(function).parameters.values()
        if any(p.kind is p.VAR_POSITIONAL for p in kinds):
            assert all(p.default is p.empty for p in kinds), name


# --- what arrives ---


def one(name, *args):
    return cells_of(direct(name, args))[0][0]


@pytest.mark.parametrize("blank", [None, ""])
def test_a_blank_cell_is_0_where_an_argument_must_be_given(blank):
    assert one("close_rate", [[blank]], [[100]]) == 0
    assert one("close_rate", [[5]], [[blank]]) == Propagated("#DIV/0!")


def test_an_argument_left_out_has_its_default():
    assert one("sla_goal_to_date", [[310]], [["2018-03-15"]], None, [["calendar"]]) == 150
    assert one("sla_status", [[95]], [[100]], None) == one("sla_status", [[95]], [[100]], [[0.05]])


def test_a_blank_cell_is_an_argument_left_out_for_xlwings_hands_both_over_alike():
    assert as_handed_over(ALL["leads_needed"], [[[None]]]) == as_handed_over(ALL["leads_needed"], [None])
    with pytest.raises(Refused, match=LEFT_OUT):
        direct("leads_needed", [[[20]], [[None]], None])


def test_a_row_of_cells_stays_a_row():
    assert direct("close_rate", [[[1, 2, 3]], [[10, 20, 30]]]) == [[0.1, 0.1, 0.1]]
    assert direct("close_rate", [[[1], [2], [3]], [[10], [20], [30]]]) == [[0.1], [0.1], [0.1]]


@pytest.mark.parametrize("blank", [None, "", values.JsNull()], ids=["null", "text", "JsNull"])
def test_blank_cells_of_a_range_stay_blank(blank):
    assert direct("close_rate", [[[5], [blank], [7]], [[100], [blank], [140]]]) == [[0.05], [""], [0.05]]


@pytest.mark.parametrize("name, sign", ERRORS.items())
def test_an_error_cell_hands_its_sign_on(name, sign):
    for error in ({"type": "Error", "errorType": name}, {"type": "Error", "basicValue": sign}, sign):
        answer = [[1], [{"type": "Error", "errorType": name}]]
        assert cells_of(direct("close_rate", [[[1], [error]], [[1], [1]]])) == cells_of(answer)


def test_data_types_of_excel_count_by_what_their_cells_show():
    day = {"type": "FormattedNumber", "basicValue": 43174, "numberFormat": "m/d/yyyy", "basicType": "Double"}
    assert one("sla_goal_to_date", [[310]], [[day]], None, [["calendar"]]) == 150
    company = {"type": "LinkedEntity", "basicType": "Error", "basicValue": "#VALUE!", "text": "Company"}
    with pytest.raises(Refused, match="mend that cell first"):
        direct("close_rate", [[[company]], [[5]]])


@pytest.mark.parametrize("number", [20, 20.0, "20", True])
def test_numbers_in_any_type(number):
    assert one("close_rate", [[number]], [[float(number) * 10]]) == pytest.approx(0.1)


def test_a_repeated_argument_takes_single_cells_and_ranges():
    groups = [["Web"], ["Fair"], ["Web"]]
    assert direct("funnel_by", [groups, [[[100], [200], [300]], [[5], [6], [7]]]])[1][:3] == ["Web", 400, 12]
    assert direct("funnel_by", [[["Web"]], [[[100]], [[None]]]])[1][:3] == ["Web", 100, 0]


# --- what goes back ---


def test_whole_calls_that_fail_are_a_sentence():
    with pytest.raises(Refused, match=r'^LEADS_NEEDED: customers is the text "x"; give 0 or more$'):
        direct("leads_needed", [[["x"]], [[0.05]], None])
    assert direct("leads_needed", [[["x"], [20]], [[0.05]], None]) == [[values.error_object("#VALUE!")], [400]]


def test_a_sentence_quotes_no_more_of_an_argument_than_one_reads():
    long = "x" * 1_000_000
    for name, args in {
        "leads_needed": [[[long]], [[0.05]], None],
        "sla_goal_to_date": [[[310]], [[long]], None, [["calendar"]]],
        "sla_status": [[[95]], [[100]], [[long]]],
    }.items():
        with pytest.raises(Refused, match=f'"{"x" * 57}\\.\\.\\."; give ') as refused:
            direct(name, args)
        assert len(str(refused.value)) < 250
    with pytest.raises(Refused, match="x" * 57) as refused:
        direct("sla_goal_to_date", [[[310]], [["2018-03-15"]], None, [[long]]])
    assert len(str(refused.value)) < 250


def test_inputs_left_out_are_named_together():
    with pytest.raises(Refused) as refused:
        direct("leads_needed", [None, None, None])
    assert str(refused.value) == (
        "LEADS_NEEDED: customers and close_rate are missing or blank, and a function cannot look into the workbook "
        "here; give them, as in LEADS_NEEDED(Customers_Goal, Agreed_Close_Rate)"
    )


@pytest.mark.parametrize(
    "name, told",
    [
        ("leads_per_rep", "quota, average_deal_size and close_rate are missing or blank"),
        ("customers_needed", "revenue_goal and average_deal_size are missing or blank"),  # expected_revenue is 0 then
        ("lead_value", "close_rate and average_deal_size are missing or blank"),
    ],
)
def test_only_inputs_without_a_value_of_their_own_are_asked_for(name, told):
    with pytest.raises(Refused, match=f": {told}, and"):
        direct(name, [None] * len(CATALOGUE[name.upper()].parameters))


def test_every_input_that_is_left_out_is_asked_for_in_a_sentence():
    for entry in CATALOGUE.values():
        if any(
            p.input_name and p.required is False and p.default.otherwise is functions.OMITTED for p in entry.parameters
        ):
            given = [None if p.input_name else [[1]] for p in entry.parameters]
            with pytest.raises(Refused, match=LEFT_OUT):
                direct(entry.name.lower(), given)


HASHED = [[["#1 campaign"], ["#N/B"]], [[[1], [2]], [[1], [1]]]]


def test_a_text_that_looks_like_an_error_is_a_text():
    assert {row[0] for row in direct("funnel_by", HASHED)[1:]} >= {"#1 campaign", "#N/B"}


def test_xlwings_leaves_a_text_that_looks_like_an_error(licensed):
    assert licensed.call("funnel_by", HASHED) == direct("funnel_by", HASHED)


def test_texts_are_cut_to_what_a_cell_holds():
    assert values.written([["x" * 40_000, "😀" * 20_000]]) == [["x" * 32_767, "😀" * 16_383]]


def test_no_number_becomes_one_that_javascript_cannot_hold():
    assert values.written([[2**60, 7, True, 0.5]]) == [[float(2**60), 7, True, 0.5]]
    assert type(values.written([[2**60]])[0][0]) is float


def test_an_old_runtime_is_sent_signs(licensed):
    assert licensed.call("leads_needed", [[[20]], [[0]], None], "1.1") == [["#DIV/0!"]]
    assert licensed.call("leads_needed", [[[20]], [[0]], None]) == [[{"type": "Error", "errorType": "Div0"}]]


def test_a_defect_of_ours_is_a_sentence(monkeypatch, caplog):
    monkeypatch.setattr(functions, "read", lambda *_: 1 / 0)
    with pytest.raises(Refused, match=r"^CLOSE_RATE failed inside xlsmkt; the log of the server says where$"):
        direct("close_rate", [[[1]], [[1]]])
    assert "CLOSE_RATE failed" in caplog.text and "ZeroDivisionError" in caplog.text


def test_inside_a_workbook_a_defect_is_told_in_the_output(monkeypatch, capsys):
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setattr(functions, "read", lambda *_: 1 / 0)
    with pytest.raises(Refused, match="the output of xlwings Lite says where"):
        direct("close_rate", [[[1]], [[1]]])
    assert "ZeroDivisionError" in capsys.readouterr().err
