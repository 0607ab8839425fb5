"""The rules of a lead score: how a sheet writes them, and what a lead's cells earn.

Standard library and Python 3.8 only, as the units are.
"""

from difflib import get_close_matches
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Union

from xlsmkt.columns import folded
from xlsmkt.errors import CellError, NotAvailable, OutOfRange, WrongType, quoted
from xlsmkt.readings import ISO, number_readings, to_datetime, to_number, to_serial
from xlsmkt.units import Block, Label

EXPLICIT, IMPLICIT = KINDS = ("explicit", "implicit")
"""Who a lead is, and what it did."""

COLUMNS = ("attribute", "test", "value", "points", "kind")

Comparable = Union[float, str, None]

Share = Callable[[Any], float]
"""The share of a rule's points that a lead's cell earns: 0 to 1."""


class Rule(NamedTuple):
    """One line of the rules."""

    column: int  # of the leads, 0 is the first
    test: str
    share: Share
    points: float
    kind: str


def comparable(value: Any) -> Comparable:
    """What a cell is compared by: a number, which a date is, too, or a text without upper and lower case.

    As to COUNTIFS, the text of a number or of a date is that number or date.

    >>> comparable("Retail "), comparable("200"), comparable("2026-03-31"), comparable(True), comparable("1,234")
    ('retail', 200.0, 46112.0, 1.0, '1,234')
    """
    if value is None or type(value) is float:
        return value
    if not isinstance(value, str):
        return to_number(value)
    text = value.strip().lower()
    if text in ("true", "false"):
        return float(text == "true")
    if not _may_be_number(text):
        return text
    readings = number_readings(text)
    if len(readings) == 1:
        return readings[0]
    try:
        return to_serial(to_datetime(text)) if ISO.match(text) else text
    except CellError:
        return text


def _may_be_number(text: str) -> bool:
    """Whether a text begins as a number or a date does; most texts do not, and need no closer look."""
    return text[:1].isdigit() or text[:1] in ("+", "-", ".", ",")


def _is(value: Any) -> Share:
    wanted = comparable(value)
    return lambda cell: cell == wanted


def _is_one_of(value: Any) -> Share:
    separator = ";" if isinstance(value, str) and ";" in value else ","
    listed = value.split(separator) if isinstance(value, str) else [value]
    wanted = {comparable(part) for part in listed} - {""}
    whole = comparable(value)
    if isinstance(whole, str):  # one value may hold the separator itself; of "1,5" the number 1.5 is not meant
        wanted.add(whole)
    return lambda cell: cell in wanted


def _at_least(value: Any) -> Share:
    limit = _number(value)
    return lambda cell: type(cell) is float and cell >= limit


def _at_most(value: Any) -> Share:
    limit = _number(value)
    return lambda cell: type(cell) is float and cell <= limit


def _contains(value: Any) -> Share:
    wanted = _text(value)
    return lambda text: wanted in text


def _ideal(value: Any) -> Share:
    ideal = _number(value)
    if ideal <= 0:
        raise OutOfRange(f"is {ideal:.15g}; give an ideal above 0")
    return lambda cell: min(cell, ideal) / max(cell, ideal) if type(cell) is float and cell > 0 else 0.0


_TESTS: Dict[str, Callable[[Any], Share]] = {
    "is": _is,
    "is one of": _is_one_of,
    "at least": _at_least,
    "at most": _at_most,
    "contains": _contains,
    "ideal": _ideal,
}
_NUMERIC = ("at least", "at most", "ideal")


def _number(value: Any) -> float:
    number = comparable(value)
    return to_number(number if isinstance(number, float) else value, "a number or a date")


def _text(value: Any) -> str:
    """A cell's text in lower case, a whole number without decimals."""
    if value is None:
        return ""
    return str(int(value) if isinstance(value, float) and value.is_integer() else value).strip().lower()


def read_rules(rules: Block[Label], headings: Sequence[Optional[str]]) -> List[Rule]:
    """The rules of a sheet, with or without their heading row; blank rows are none."""
    if rules.width != len(COLUMNS):
        if all(rules.blank_rows()):
            return []
        raise WrongType(f"rules has {rules.width} columns; give five: attribute, test, value, points, kind")
    found = []
    column_of: Dict[Any, int] = {}
    for column, heading in enumerate(headings):
        column_of.setdefault(folded(heading), column)  # of a heading that stands there twice the first
    for row, cells in enumerate(zip(*(rules.column(number) for number in range(len(COLUMNS)))), 1):
        is_heading = row == 1 and [_text(cell) for cell in cells[:2]] == ["attribute", "test"]
        if is_heading or cells.count(None) == len(COLUMNS):
            continue
        try:
            found.append(_read_rule(cells, column_of, headings))
        except CellError as error:
            error.args = (f"rules, row {row}: {error}",)
            raise
    return found


def _read_rule(cells: Sequence[Any], column_of: Dict[Any, int], headings: Sequence[Optional[str]]) -> Rule:
    for name, cell in zip(COLUMNS, cells):
        if cell is None:
            raise WrongType(f"{name} is blank; fill it, or clear the whole row")
    attribute, test, value, points, kind = cells
    test, kind = _text(test), _text(kind)
    column = column_of.get(_text(attribute))
    if column is None:
        near = get_close_matches(_text(attribute), [key for key in column_of if key], 1)
        advice = f'write "{quoted(headings[column_of[near[0]]])}"' if near else "write a heading of the leads"
        raise NotAvailable(f'attribute is "{quoted(attribute)}", which is no heading; {advice}')
    if test not in _TESTS:
        *most, last = _TESTS
        raise WrongType(f'test is "{quoted(cells[1])}"; give {", ".join(most)} or {last}')
    if kind not in KINDS:
        raise WrongType(f'kind is "{quoted(cells[4])}"; give {EXPLICIT} or {IMPLICIT}')
    argument = "value"
    try:
        share = _TESTS[test](value)
        argument = "points"
        return Rule(column, test, share, to_number(points), kind)
    except CellError as error:
        error.args = (f"{argument} {error}",)
        raise


def points_of(rules: Sequence[Rule], values: Sequence[Any], name: str) -> Dict[str, Dict[Any, float]]:
    """What each value of a column earns, by kind; all rules are about this column, which is called ``name``.

    A column has far fewer values than rows, so that a value is tested once and not in every row.
    """
    different = list(dict.fromkeys(values))
    cells = [comparable(value) for value in different]
    if any(rule.test in _NUMERIC for rule in rules):
        _refuse_ambiguous(different, cells, values, name)
    earned = {rule.kind: [0.0] * len(cells) for rule in rules}
    for rule in rules:
        given = [_text(value) for value in different] if rule.test == "contains" else cells
        earned[rule.kind] = [sum_ + rule.points * rule.share(cell) for sum_, cell in zip(earned[rule.kind], given)]
    return {kind: dict(zip(different, points)) for kind, points in earned.items()}


def _refuse_ambiguous(different: Sequence[Any], cells: Sequence[Comparable], values: Sequence[Any], name: str) -> None:
    """Raise an error for a text that can mean two numbers; any other text is none, and earns nothing as a number."""
    for value, cell in zip(different, cells):
        if isinstance(cell, str) and _may_be_number(cell) and len(number_readings(cell)) > 1:
            try:
                to_number(cell)
            except CellError as error:
                error.args = (f"rows, {name}, row {values.index(value) + 1}, {error}",)
                raise
