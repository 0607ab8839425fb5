"""What must be known about native functions before they are computed."""

from collections.abc import Iterable


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# They always give one value, whatever ranges they are given.
ONE_VALUE = _names(
    """
    SUM SUMPRODUCT SUMSQ PRODUCT COUNT COUNTA COUNTBLANK AVERAGE AVERAGEA MEDIAN MIN MAX MINA MAXA STDEV STDEV.S
    STDEV.P VAR VAR.S VAR.P AND OR XOR ROWS COLUMNS SUBTOTAL CONCAT TEXTJOIN NETWORKDAYS NETWORKDAYS.INTL NPV IRR
    CORREL SLOPE INTERCEPT GEOMEAN HARMEAN TODAY NOW PI NA TRUE FALSE ISREF AREAS
    """
)

# They give cells or an array whole, even where the formula around them is no array formula.
MANY_VALUES = _names(
    """
    INDEX OFFSET INDIRECT CHOOSE IF IFS SWITCH XLOOKUP LET FILTER SORT SORTBY UNIQUE SEQUENCE RANDARRAY TAKE DROP
    CHOOSECOLS CHOOSEROWS EXPAND HSTACK VSTACK TOCOL TOROW WRAPCOLS WRAPROWS TRANSPOSE MMULT MUNIT FREQUENCY TEXTSPLIT
    MAP BYROW BYCOL SCAN MAKEARRAY REDUCE GROUPBY PIVOTBY ANCHORARRAY LINEST LOGEST TREND GROWTH MODE.MULT IFERROR IFNA
    SINGLE
    """
)

# Of those, the ones that give one value when they are given single ones.
_PASS_ON = _names("IF IFS SWITCH IFERROR IFNA CHOOSE")

# They look one value up in ranges, or take one number k of a range.
_FIRST = _names("MATCH XMATCH VLOOKUP HLOOKUP")
_SECOND = _names("SUMIF AVERAGEIF COUNTIF LARGE SMALL PERCENTILE PERCENTILE.INC PERCENTILE.EXC QUARTILE QUARTILE.INC")
_FIRST_CONDITION = {"COUNTIFS": 1, "SUMIFS": 2, "AVERAGEIFS": 2, "MAXIFS": 2, "MINIFS": 2}


def bare_name(name: str) -> str:
    """A native function's name without the prefixes that the file puts before newer ones."""
    name = name.upper()
    while name.startswith(("_XLFN.", "_XLWS.")):
        name = name[6:]
    return name


def takes_ranges(name: str) -> bool:
    """Whether the function (by its bare name) takes ranges as they are."""
    return name in ONE_VALUE | MANY_VALUES | _FIRST | _SECOND or name in _FIRST_CONDITION


def spreading(name: str, count: int) -> list[int] | None:
    """The positions of ``count`` arguments that make the result an array when they are one; None: it may always be."""
    if name in ONE_VALUE:
        return []
    if name in _FIRST:
        return [0]
    if name in _SECOND:
        return [1]
    if name in _FIRST_CONDITION:
        return list(range(_FIRST_CONDITION[name], count, 2))
    if name in MANY_VALUES and name not in _PASS_ON:
        return None
    return list(range(count))


def beyond_engine(names: Iterable[str], filtered: bool) -> str:
    """Why an engine cannot be trusted with functions (by their bare names): it does not see what they ask for.

    Empty if it can. ``filtered``: a table of the workbook hides rows by a filter.
    """
    names = set(names)
    if names & {"FORMULATEXT", "ISFORMULA", "CELL", "SHEET", "SHEETS"}:
        return "it asks how the workbook is made, not what it holds"
    if names & {"SUBTOTAL", "AGGREGATE"} and filtered:
        return "it depends on which rows a filter hides"
    return ""
