"""Each function of the catalogue as a custom function of xlwings, for xlwings Lite and xlwings Server.

A function there sees nothing but its arguments: no workbook, so no inputs for those left out.
"""

import inspect
from collections.abc import Callable
from typing import Any

import xlwings as xw

import xlsmkt.functions  # noqa: F401 - fills the catalogue
from xlsmkt.calling import OMITTED, Parameter
from xlsmkt.catalogue import CATALOGUE, Entry, Rows
from xlsmkt.cell_texts import help_text
from xlsmkt.errors import CellError, NotAvailable
from xlsmkt.hosts.web.defects import told_of_defect
from xlsmkt.hosts.web.values import AsItIs, read, written


def register(namespace: dict[str, Any]) -> None:
    """Put every function of the catalogue, under its name in lower case, where xlwings looks for functions."""
    for entry in CATALOGUE.values():
        namespace[entry.name.lower()] = web_function(entry)


def web_function(entry: Entry) -> Callable[..., Rows]:
    """The function that xlwings calls for ``entry``: it takes and gives what Office.js carries.

    It raises nothing but XlwingsError, whose text is shown beside #VALUE!; other errors are cells of its result.
    """
    parameters, cells = entry.parameters, entry.cells

    def function(*values):  # type: ignore[no-untyped-def]  # xlwings reads type hints as instructions
        try:
            rows = cells(read(parameters, values))
            first = rows[0][0]
            if isinstance(first, CellError) and len(rows) == len(rows[0]) == 1:
                sentence = _sentence(entry, first, values)
                if sentence:
                    raise xw.XlwingsError(sentence)
            return written(rows)
        except xw.XlwingsError:
            raise
        except CellError as error:
            raise xw.XlwingsError(f"{entry.name}: {error}") from None
        except Exception:  # a defect of ours; a traceback helps nobody in a cell
            sentence = told_of_defect(entry.name)
        raise xw.XlwingsError(sentence)

    function.__name__ = function.__qualname__ = entry.name.lower()
    function.__module__ = __name__
    function.__doc__ = help_text(entry.summary)
    function.__signature__ = _signature(parameters)  # type: ignore[attr-defined]
    for parameter in parameters:
        function = xw.arg(parameter.name, AsItIs, doc=help_text(parameter.text))(function)
    return xw.func(xw.ret(AsItIs)(function))


def _signature(parameters: tuple[Parameter, ...]) -> inspect.Signature:
    # xlwings takes no optional arguments beside a repeated one; there they must be given, and may be blank.
    all_given = any(parameter.kind == "columns" for parameter in parameters)
    return inspect.Signature([_in_signature(parameter, all_given) for parameter in parameters])


def _in_signature(parameter: Parameter, all_given: bool) -> inspect.Parameter:
    if parameter.kind == "columns":
        return inspect.Parameter(parameter.name, inspect.Parameter.VAR_POSITIONAL)
    default = inspect.Parameter.empty if parameter.required or all_given else OMITTED
    return inspect.Parameter(parameter.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)


def _sentence(entry: Entry, error: CellError, values: tuple[Any, ...]) -> str:
    """What is told beside #VALUE! when a call fails as a whole; empty for an error that has a sign of its own."""
    if isinstance(error, NotAvailable) and (left_out := _inputs_left_out(entry, values)):
        *names, last = [parameter.name for parameter in left_out]
        told = f"{', '.join(names)} and {last} are" if names else f"{last} is"
        shown = entry.parameters[: entry.parameters.index(left_out[-1]) + 1]
        return (
            f"{entry.name}: {told} missing or blank, and a function cannot look into the workbook here; give "
            f"{'them' if names else 'it'}, as in {entry.name}({', '.join(p.input_name or p.name for p in shown)})"
        )
    return str(error) if error.sign == "#VALUE!" else ""


def _inputs_left_out(entry: Entry, values: tuple[Any, ...]) -> list[Parameter]:
    """The arguments that a workbook would fill, and that must be given where there is none."""
    given = {p.name for p, v in zip(entry.parameters, read(entry.parameters, values), strict=False) if not _is_blank(v)}
    return [p for p in entry.parameters if p.filled_by_workbook and p.name not in given]


def _is_blank(value: Any) -> bool:
    while isinstance(value, (list, tuple)) and len(value) == 1:
        value = value[0]
    return value is OMITTED or value is None or value == ""
