"""The criteria of SUMIFS and its kin, as Excel reads them: which values of a column meet one."""

import operator
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from xlsmkt.errors import SIGNS, CellError
from xlsmkt.hosts.engine.arrays import (
    BLANK,
    ERROR,
    NUMBER,
    TEXT,
    Array,
    Beyond,
    Floats,
    Lexicon,
    Mask,
    difference,
    spelled_number,
)

_CRITERION = re.compile(r"(<>|<=|>=|=|<|>)?(.*)", re.DOTALL)
_ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def met(lexicon: Lexicon, column: Array, criterion: object) -> Mask:
    """Where a column meets a criterion. Raises Beyond for criteria that the engine shall judge."""
    if criterion is None:
        criterion = 0.0  # a blank cell as a criterion asks for zeros
    if isinstance(criterion, float):
        return _equals_number(lexicon, column, criterion)
    if not isinstance(criterion, str) or len(criterion) > 255:
        raise Beyond
    match = _CRITERION.fullmatch(criterion)
    assert match
    sign, wanted = match[1] or "", match[2]
    if not wanted:
        return _blank(lexicon, column, sign)
    if wanted.upper() in ("TRUE", "FALSE", *SIGNS):
        raise Beyond
    number = spelled_number(wanted)
    found: Mask
    if sign in _ORDER:
        if number is None:
            raise Beyond  # texts in the order of a language
        found = _ORDER[sign](difference(column.number, np.array([number])), 0)
        return found & np.equal(column.kind, NUMBER)
    if number is None:
        found = _is_text(lexicon, column, wanted)
    else:
        found = _equals_number(lexicon, column, number)
        if sign == "<>" and (found & (column.kind == TEXT)).any():
            raise Beyond
    return ~found if sign == "<>" else found


def _blank(lexicon: Lexicon, column: Array, sign: str) -> Mask:
    """Nothing after the sign: "=" asks for blank cells, "" also for empty texts, "<>" for all that is not blank."""
    blank: Mask = column.kind == BLANK
    if sign == "=":
        return blank
    if sign == "<>":
        return ~blank
    if sign:
        raise Beyond
    empty: Mask = blank | ((column.kind == TEXT) & (column.word == lexicon.empty))
    return empty


def _equals_number(lexicon: Lexicon, column: Array, wanted: float) -> Mask:
    """Numbers, and texts that spell the number."""
    found: Mask = (column.kind == NUMBER) & (difference(column.number, np.array([wanted])) == 0)
    texts = column.kind == TEXT
    if texts.any():
        spelled = lexicon.spelled_numbers(column.word[texts])
        same = [word for word, number in spelled.items() if number is not None and _same(number, wanted)]
        if same:
            found |= texts & np.isin(column.word, same)
    return found


def _same(one: float, other: float) -> bool:
    return bool(difference(np.array([one]), np.array([other]))[0] == 0)


def _is_text(lexicon: Lexicon, column: Array, wanted: str) -> Mask:
    """Texts that are the wanted one, in which ? is any sign, * any signs and ~ takes a sign as it is."""
    texts: Mask = column.kind == TEXT
    if not any(sign in wanted for sign in "*?~"):
        one = lexicon.folded(np.array([lexicon.number(wanted)], np.int32))[0]
        same: Mask = texts & (lexicon.folded(column.word) == one)
        return same
    parts = re.findall(r"~[*?~]|.", wanted.lower(), re.DOTALL)
    if "~" in parts:
        raise Beyond
    signs = {"*": ".*", "?": "."}
    pattern = re.compile("".join(signs.get(p) or re.escape(p[-1]) for p in parts), re.DOTALL)
    words = np.unique(column.word[texts]).tolist()
    fits = [word for word in words if pattern.fullmatch(lexicon.things[word].lower())]
    return texts & np.isin(column.word, fits)


def folded_up(lexicon: Lexicon, name: str, column: Array, chosen: Mask) -> float | CellError:
    """SUM, AVERAGE, MAX, MIN or COUNT of the chosen values of a column, texts and truth values left out."""
    if name == "COUNT":
        return float(np.count_nonzero(chosen))
    errors = np.flatnonzero(chosen & (column.kind == ERROR))
    if len(errors):
        if name in ("MAX", "MIN"):
            raise Beyond  # MAXIFS and MINIFS are told differently
        first: CellError = lexicon.things[column.word[errors[0]]]
        return first
    return fold(lexicon, name, column.number[chosen & (column.kind == NUMBER)])


def fold(lexicon: Lexicon, name: str, values: Floats) -> float | CellError:
    """SUM, AVERAGE, MEDIAN, MAX or MIN of numbers."""
    if not len(values):
        error = {"AVERAGE": lexicon.division, "MEDIAN": lexicon.range}.get(name)
        nothing: float | CellError = 0.0 if error is None else lexicon.things[error]
        return nothing
    if name == "MEDIAN":
        return float(np.median(values))
    if name in ("MAX", "MIN"):
        return float(values.max() if name == "MAX" else values.min())
    with np.errstate(over="ignore", invalid="ignore"):
        total = float(values.sum())
    if not np.isfinite(total):
        out_of_range: CellError = lexicon.things[lexicon.range]
        return out_of_range
    return total / len(values) if name == "AVERAGE" else total
