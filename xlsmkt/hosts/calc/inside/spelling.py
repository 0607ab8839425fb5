"""How LibreOffice's programming interface spells formulas. Runs inside LibreOffice; needs no UNO."""

import re

_PARTS = re.compile(r"\"[^\"]*\"|'[^']*'|[{},;]|(?<=[\w'])!(?=[$A-Za-z])|.", re.DOTALL)


def in_calc(formula: str) -> str:
    """A formula of Excel's English spelling as LibreOffice's programming interface takes it, whatever its settings.

    >>> in_calc('=IF(Sheet1!A1>1,"a,b",{1,2;3,4})')
    '=IF(Sheet1.A1>1;"a,b";{1;2|3;4})'
    """
    parts = []
    in_array = False
    for part in _PARTS.findall(formula if formula.startswith("=") else "=" + formula):
        if part in "{}":
            in_array = part == "{"
        elif part == ",":
            part = ";"
        elif part == ";" and in_array:
            part = "|"
        elif part == "!":
            part = "."
        parts.append(part)
    return "".join(parts)
