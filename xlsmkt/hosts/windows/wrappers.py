"""The VBA module of the functions: a wrapper each, and what Excel's function wizard tells about it."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

import xlsmkt.functions  # noqa: F401 - fills the catalogue
from xlsmkt.calling import Parameter
from xlsmkt.catalogue import CATALOGUE, Entry
from xlsmkt.cell_texts import help_text
from xlsmkt.hosts.windows.signs import CODES, LONGEST
from xlsmkt.hosts.windows.words import vba_name

MODULE = "xlsmkt_functions"

# VBA sources are text of a code page: what is not ASCII would change with the language of Windows.
_ASCII = str.maketrans(
    {
        "\u00a0": " ", "\u00b7": "-", "\u00d7": "x", "\u00f7": "/", "\u2009": " ", "\u2013": "-", "\u2014": "-",
        "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2026": "...", "\u202f": " ", "\u2192": "->",
        "\u2212": "-", "\u2248": "about", "\u2260": "<>", "\u2264": "<=", "\u2265": ">=", "\u20ac": "EUR",
    }
)  # fmt: skip


def functions_module() -> str:
    """The text of ``xlsmkt_functions.bas``, made from the catalogue alone; lines end as VBA ends them.

    A function a catalogue entry, with the same arguments in the same order; ``RegisterFunctions`` with the words of
    the function wizard; the error signs with their numbers.
    """
    entries = sorted(CATALOGUE.values(), key=lambda entry: entry.category_title)
    categories = [(title, list(group)) for title, group in groupby(entries, key=lambda entry: entry.category_title)]
    lines = [
        f'Attribute VB_Name = "{MODULE}"',
        "Option Explicit",
        "",
        "' The functions of xlsmkt, as cells call them. Made from the catalogue: do not edit.",
        "",
        *_error_numbers(),
    ]
    for entry in entries:
        lines += ["", *_wrapper(entry)]
    lines += ["", *_registration(categories), ""]
    return "\r\n".join(lines)


def write_functions_module(folder: Path) -> Path:
    """Write the module into the folder of the VBA sources."""
    path = folder / f"{MODULE}.bas"
    path.write_bytes(functions_module().encode("ascii"))
    return path


def to_ascii(text: str) -> str:
    """A text in letters that every code page has; raises UnicodeEncodeError for one that has no equivalent yet.

    >>> to_ascii("5 × 3 → “15” …")
    '5 x 3 -> "15" ...'
    """
    return text.translate(_ASCII).encode("ascii").decode("ascii")


def category_of(entry: Entry) -> str:
    """The category in Excel's function wizard: ours stand together."""
    return to_ascii(f"xlsmkt: {entry.category_title}")


def description_of(entry: Entry) -> str:
    """What the function wizard tells about a function."""
    return _help(entry.summary)


def argument_help(parameter: Parameter) -> str:
    """What the function wizard tells about an argument, and the name that fills it when it is left out."""
    if not parameter.input_name:
        return _help(parameter.text)
    left_out = f" The workbook's {parameter.input_name} fills it when left out."
    return _help(parameter.text, LONGEST - len(left_out)) + left_out


def _help(text: str, longest: int = LONGEST) -> str:
    # two characters less: "..." takes the place of one
    return to_ascii(help_text(to_ascii(text), longest - 2))


def _error_numbers() -> Iterator[str]:
    """The signs of errors with the numbers that CVErr takes, as one text: a function would show in the wizard."""
    numbers = " ".join(f"{sign}={code}" for sign, code in CODES.items())
    yield f'Public Const CELL_ERRORS As String = "{numbers}"'


def _wrapper(entry: Entry) -> Iterator[str]:
    signature = ", ".join(_declared(parameter) for parameter in entry.parameters)
    yield f"Public Function {entry.name}({signature}) As Variant"
    names = [vba_name(parameter.name) for parameter in entry.parameters]
    for name, parameter in zip(names, entry.parameters, strict=True):
        if parameter.input_name:
            yield f"    If IsMissing({name}) Then"
            # here, not in FillInput: it is this function that Excel must call again
            yield "        Application.Volatile"
            yield f'        FillInput {name}, "{parameter.input_name}"'
            yield "    End If"
    if entry.parameters[-1].kind == "columns":
        yield from _all_in_one(names)
        yield f'    {entry.name} = CallPython("{entry.name}", all_arguments)'
    else:
        yield f'    {entry.name} = CallPython("{entry.name}", Array({", ".join(names)}))'
    yield "End Function"


def _declared(parameter: Parameter) -> str:
    name = vba_name(parameter.name)
    if parameter.kind == "columns":
        return f"ParamArray {name}() As Variant"
    return f"{'' if parameter.required else 'Optional '}{name} As Variant"


def _all_in_one(names: list[str]) -> Iterator[str]:
    """Put the arguments of a ParamArray behind the others; a range stays a range."""
    *first, many = names
    yield "    Dim all_arguments() As Variant"
    yield "    Dim place As Long"
    yield f"    ReDim all_arguments(0 To {len(first)} + UBound({many}))"
    for place, name in enumerate(first):
        yield from _put(f"all_arguments({place})", name, "    ")
    yield f"    For place = 0 To UBound({many})"
    yield from _put(f"all_arguments({len(first)} + place)", f"{many}(place)", "        ")
    yield "    Next place"


def _put(target: str, value: str, indent: str) -> Iterator[str]:
    yield f"{indent}If IsObject({value}) Then Set {target} = {value} Else {target} = {value}"


def _registration(categories: list[tuple[str, list[Entry]]]) -> Iterator[str]:
    """The words of the function wizard; a procedure a category, because VBA compiles none above 64 KB."""
    yield "Public Sub RegisterFunctions()"
    for number, _ in enumerate(categories, 1):
        yield f"    Describe{number}"
    yield "End Sub"
    for number, (_, entries) in enumerate(categories, 1):
        yield ""
        yield f"Private Sub Describe{number}()"
        for entry in entries:
            texts = [category_of(entry), description_of(entry), *map(argument_help, entry.parameters)]
            yield from _broken(f'    Describe "{entry.name}"', map(_quoted, texts))
        yield "End Sub"
    yield from _DESCRIBE


def _broken(start: str, arguments: Iterable[str]) -> Iterator[str]:
    """A call with one argument a line."""
    lines = [start, *(f"        {argument}" for argument in arguments)]
    yield from (f"{line}, _" for line in lines[:-1])
    yield lines[-1]


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


_DESCRIBE = """
Private Sub Describe(ByVal function_name As String, ByVal category As String, ByVal summary As String, _
        ParamArray arguments() As Variant)
    Dim texts() As String
    Dim place As Long
    ' a function without its words still computes
    On Error Resume Next
    ReDim texts(0 To UBound(arguments))
    For place = 0 To UBound(arguments)
        texts(place) = arguments(place)
    Next place
    ' another workbook that is open may have the same functions
    Application.MacroOptions Macro:="'" & Replace(ThisWorkbook.Name, "'", "''") & "'!" & function_name, _
        Description:=summary, Category:=category, _
        ArgumentDescriptions:=texts
End Sub""".splitlines()
