"""Formulas as calls that Excel's client makes of custom functions, and what the cells then show.

``plan`` needs the catalogue; a plan is JSON, and ``run`` needs nothing but a way to call, so that both ends may differ.
"""

import inspect
import json

from xlsmkt.catalogue import CATALOGUE
from xlsmkt.errors import Propagated
from xlsmkt.hosts.engine.formula import parse, signed_number

ERRORS = {  # Excel.ErrorCellValueType and the signs, of Microsoft's reference
    "Div0": "#DIV/0!",
    "NotAvailable": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
}


LEFT_OUT = "missing or blank, and a function cannot look into the workbook here"


class Refused(Exception):
    """A call that was answered with a sentence: the cell shows #VALUE!, and the sentence beside it."""


def body(name, args, version, runtime="1.4"):
    """What Excel's client sends for one call."""
    return {
        "client": "Office.js",
        "func_name": name,
        "args": args,
        "caller_address": "[book.xlsx]Sheet1!B2",
        "session_id": "s1",
        "culture_info_name": "en-US",
        "date_format": "m/d/yyyy",
        "version": version,
        "runtime": runtime,
    }


def plan(formula):
    """A formula of one call, with calls inside: ``{"call": name, "args": [...]}``.

    >>> plan("=LEADS_NEEDED(20, 5%)")
    {'call': 'leads_needed', 'args': [[[20]], [[0.05]], None]}
    """
    return _call(parse(formula.removeprefix("=")))


def _call(node):
    parameters = CATALOGUE[node.name.upper()].parameters
    args = [_argument(child) for child in node.children]
    fixed = len(parameters)
    if parameters[-1].kind == "columns":
        fixed -= 1
        args = [*args[:fixed], args[fixed:]]
    # what is left out is undefined in JavaScript, which JSON writes as null
    args += [None] * (len(parameters) - len(args))
    return {"call": node.name.lower(), "args": args}


def _argument(node):
    if node.kind == "call":
        return _call(node)
    if node.kind == "omitted":
        return None
    if node.kind == "array":
        return [[as_sent(value) for value in row] for row in node.value]
    return [[as_sent(node.value if node.kind != "operation" else signed_number(node))]]


def as_sent(value):
    """A value of a cell as the client sends it: JavaScript writes 20.0 as 20, and knows errors as objects."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Exception):
        value = {"type": "Error", "errorType": next(name for name, sign in ERRORS.items() if sign == value.sign)}
    if isinstance(value, dict) and value.get("type") == "Error":
        return {**value, "basicType": "Error", "basicValue": ERRORS[value["errorType"]]}
    return value


def as_handed_over(function, args):
    """Arguments as xlwings hands them to a function: one cell without its brackets, one row without the outer ones.

    What is None then, an argument left out or a blank cell, is the default of the function's argument.
    """
    parameters = list(inspect.signature(function).parameters.values())
    if parameters[-1].kind is inspect.Parameter.VAR_POSITIONAL:
        args = [*args[:-1], *args[-1]]
    taken = [parameters[min(place, len(parameters) - 1)] for place in range(len(args))]
    bare = [_bare(argument) for argument in args]
    return [
        parameter.default if value is None and parameter.default is not parameter.empty else value
        for parameter, value in zip(taken, bare, strict=True)
    ]


def _bare(argument):
    if isinstance(argument, list) and len(argument) == 1:
        return argument[0][0] if len(argument[0]) == 1 else argument[0]
    return argument


def run(planned, call):
    """The rows that a planned call answers, inner calls first; ``call(name, args)`` raises Refused for a sentence."""
    args = [_made(argument, call) for argument in planned["args"]]
    return json.loads(json.dumps(call(planned["call"], json.loads(json.dumps(args)))))


def _made(argument, call):
    if isinstance(argument, list):
        return [_made(inner, call) for inner in argument]
    if not (isinstance(argument, dict) and "call" in argument):
        return argument
    try:
        rows = run(argument, call)
    except Refused:
        rows = [[{"type": "Error", "errorType": "Value"}]]
    return [[as_sent(value) for value in row] for row in rows]


def shown(formula, call):
    """The cells that a formula fills, as the tests of every host compare them."""
    try:
        return cells_of(run(plan(formula), call))
    except Refused as refused:
        # Where nobody can look up an input, it is a sentence (beside #VALUE!) that says what elsewhere #N/A says.
        return [[Propagated("#N/A" if LEFT_OUT in str(refused) else "#VALUE!")]]


def cells_of(rows):
    """The cells that an answer fills: errors as errors, empty texts as blanks."""
    return [[_cell(value) for value in row] for row in rows]


def _cell(value):
    if isinstance(value, dict):
        return Propagated(ERRORS[value["errorType"]])
    return None if value == "" else value
