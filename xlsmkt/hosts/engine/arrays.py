"""Columns of cell values as numpy arrays: which kind each value is of, the numbers, and the texts by number."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from xlsmkt.errors import CellError
from xlsmkt.package.cells import error_value

BLANK, NUMBER, TEXT, LOGICAL, ERROR = range(5)  # numbers, texts and truth values compare in this order
Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Words = npt.NDArray[np.int32]


class Beyond(Exception):
    """A value that this evaluator does not judge; the formula is left to the engine."""


class Array(NamedTuple):
    """A column of values, or one value (length 1) that goes with any column."""

    kind: npt.NDArray[np.int8]
    number: Floats  # of numbers and truth values; else 0
    word: Words  # of texts and errors: their number in the Lexicon; else 0

    @property
    def height(self) -> int:
        return len(self.kind)

    def at(self, rows: Mask | Rows) -> "Array":
        """The values of some rows."""
        return Array(self.kind[rows], self.number[rows], self.word[rows])


class Lexicon:
    """Gives each text and each error a number."""

    def __init__(self) -> None:
        self._numbers: dict[object, int] = {}
        self.things: list[Any] = []
        self._folded: list[int] = []
        self._as_array = np.zeros(0, np.int32)
        self.empty = self.number("")
        self.value, self.division, self.range = (
            self.number(error_value(sign)) for sign in ("#VALUE!", "#DIV/0!", "#NUM!")
        )

    def number(self, thing: object) -> int:
        """The number of a text or an error."""
        found = self._numbers.get(thing)
        if found is None:
            found = self._numbers[thing] = len(self.things)
            self.things.append(thing)
            lower = thing.lower() if isinstance(thing, str) else thing
            self._folded.append(found if lower == thing else self.number(lower))
        return found

    def folded(self, words: Words) -> Words:
        """Numbers that are equal where texts are, upper and lower case being one."""
        if len(self._as_array) < len(self._folded):
            self._as_array = np.array(self._folded, np.int32)
        folded: Words = self._as_array[words]
        return folded

    def array(self, value: object) -> Array:
        """A value or a list of values."""
        values: Sequence[Any] = value if isinstance(value, list) else [value]
        count = len(values)
        kind = np.fromiter(map(_KINDS.__getitem__, map(type, values)), np.int8, count)
        number = np.broadcast_to(np.zeros(1), count)  # takes no room
        word = np.broadcast_to(np.zeros(1, np.int32), count)
        kinds = set(np.flatnonzero(np.bincount(kind, minlength=5)).tolist())
        if kinds == {NUMBER}:
            return Array(kind, np.array(values, np.float64), word)
        if kinds & {NUMBER, LOGICAL}:
            has_number = (kind == NUMBER) | (kind == LOGICAL)
            number = np.zeros(count)
            number[has_number] = [v for v, has in zip(values, has_number.tolist(), strict=True) if has]
        if kinds & {TEXT, ERROR}:
            word = np.zeros(count, np.int32)
            known: dict[object, int] = {}
            for thing in set(values) if not kinds & {NUMBER, LOGICAL} else values:
                if isinstance(thing, (str, CellError)) and thing not in known:
                    known[thing] = self.number(thing)
            word[:] = [known.get(v, 0) for v in values]
        return Array(kind, number, word)

    def values(self, array: Array) -> list[object]:
        """The values of an array as cells hold them."""
        result: list[object] = array.number.tolist()
        if (array.kind == NUMBER).all():
            return result
        if array.kind.any() and not ((array.kind == NUMBER) | (array.kind == LOGICAL)).any():
            things = np.empty(len(self.things) + 1, object)
            things[:-1] = self.things
            taken: list[object] = things[np.where(array.kind == BLANK, -1, array.word)].tolist()
            return taken
        for row, kind in enumerate(array.kind.tolist()):
            if kind != NUMBER:
                result[row] = (
                    None if kind == BLANK else bool(result[row]) if kind == LOGICAL else self.things[array.word[row]]
                )
        return result

    def spelled_numbers(self, words: Words) -> dict[int, float | None]:
        """For each of some texts the number that it spells, or None. Raises Beyond where that is hard to say."""
        return {word: spelled_number(self.things[word]) for word in np.unique(words).tolist()}


class _Kinds(dict[type, int]):
    def __missing__(self, kind: type) -> int:
        if issubclass(kind, CellError):
            return ERROR
        raise Beyond


_KINDS = _Kinds({type(None): BLANK, float: NUMBER, int: NUMBER, str: TEXT, bool: LOGICAL})

_PLAIN = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*", re.IGNORECASE | re.ASCII)
# What a spreadsheet may read as a number, a percentage, an amount, a date or a time: nothing but these.
_PERHAPS = re.compile(
    r"(?:[\d\s.,/:%()+'’−–-]|[$€£¥₹]|(?<=[\d.])e(?=[\d+-])|(?<=[\d\s])[ap]m?\b|"
    r"(?:jan|febr?|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*|(?:mon|tues?|wed|thur?s?|fri|sat|sun)[a-z]*)+",
    re.IGNORECASE,
)


def spelled_number(text: str) -> float | None:
    """The number that a text spells; None if it spells none. Raises Beyond for dates, amounts and the like."""
    if _PLAIN.fullmatch(text):
        return float(text)
    if any(map(str.isdigit, text)) and _PERHAPS.fullmatch(text):
        raise Beyond
    return None


def numbers(number: Floats, errors: Words) -> Array:
    """Numbers, except where there are errors."""
    failed = errors != 0
    kind = np.where(failed, ERROR, NUMBER).astype(np.int8)
    return Array(kind, np.where(failed, 0.0, number) + 0.0, errors.astype(np.int32))


def logicals(truth: Mask, errors: Words) -> Array:
    """Truth values, except where there are errors."""
    array = numbers(truth.astype(np.float64), errors)
    return array._replace(kind=np.where(array.kind == NUMBER, LOGICAL, ERROR).astype(np.int8))


def errors_in(array: Array) -> Words:
    """The errors of an array, 0 where there is none."""
    found: Words = np.where(array.kind == ERROR, array.word, 0)
    return found


def difference(a: Floats, b: Floats) -> npt.NDArray[np.int8]:
    """-1, 0 or 1: how numbers compare. Those that have their first 15 digits in common are equal, as in Excel."""
    a, b = np.broadcast_arrays(a, b)
    sign: npt.NDArray[np.int8] = (a > b).astype(np.int8) - (a < b).astype(np.int8)
    with np.errstate(over="ignore"):
        near = (sign != 0) & (np.abs(a - b) <= 1e-14 * np.maximum(np.abs(a), np.abs(b)))
    for row in np.flatnonzero(near).tolist():
        if f"{a[row]:.15g}" == f"{b[row]:.15g}":
            sign[row] = 0
    return sign
