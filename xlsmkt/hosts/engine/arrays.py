"""Columns of cell values as numpy arrays: which kind each value is of, the numbers, and the texts by number."""

import re
from collections.abc import Sequence
from itertools import count
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
        self._things = np.zeros(0, object)  # the same as an array
        self._folds: dict[object, int] = {}
        self._folded = np.zeros(0, np.int32)  # of each thing, as far as somebody asked; else -1
        self.empty = self.number("")
        self.value, self.division, self.range = (
            self.number(error_value(sign)) for sign in ("#VALUE!", "#DIV/0!", "#NUM!")
        )

    def number(self, thing: object) -> int:
        """The number of a text or an error."""
        self._learn([thing])
        return self._numbers[thing]

    def _learn(self, things: Sequence[object]) -> None:
        new = set(things).difference(self._numbers)
        self._numbers.update(zip(new, count(len(self.things))))
        self.things += new

    def folded(self, words: Words) -> Words:
        """Numbers that are equal where texts are, upper and lower case being one."""
        if len(self._folded) < len(self.things):
            self._folded = np.pad(self._folded, (0, len(self.things) - len(self._folded)), constant_values=-1)
        folded: Words = self._folded[words]
        for word in set(words[folded < 0].tolist()):
            thing = self.things[word]
            key = thing.lower() if isinstance(thing, str) else thing
            self._folded[word] = self._folds.setdefault(key, len(self._folds))
        return self._folded[words]

    def array(self, value: object) -> Array:
        """A value or a list of values."""
        values: Sequence[Any] = value if isinstance(value, list) else [value]
        height, kinds = len(values), {_KINDS[kind] for kind in set(map(type, values))}
        things = np.empty(height, object)
        things[:] = values
        if len(kinds) == 1:
            kind = np.full(height, max(kinds), np.int8)
        elif len(kinds) == 2 and BLANK in kinds:
            kind = np.where(np.equal(things, np.array(None)), BLANK, max(kinds)).astype(np.int8)
        else:
            kind = np.fromiter(map(_KINDS.__getitem__, map(type, values)), np.int8, height)
        number = np.broadcast_to(np.zeros(1), height)  # takes no room
        word = np.broadcast_to(np.zeros(1, np.int32), height)
        if kinds & {NUMBER, LOGICAL}:
            has_number = (kind == NUMBER) | (kind == LOGICAL)
            number = np.zeros(height)
            number[has_number] = things[has_number].astype(np.float64)
        if kinds & {TEXT, ERROR}:
            has_word = (kind == TEXT) | (kind == ERROR)
            worded = things[has_word].tolist()
            self._learn(worded)
            word = np.zeros(height, np.int32)
            word[has_word] = np.fromiter(map(self._numbers.__getitem__, worded), np.int32, len(worded))
        return Array(kind, number, word)

    def values(self, array: Array) -> list[object]:
        """The values of an array as cells hold them."""
        if (array.kind == NUMBER).all():
            numbers: list[object] = array.number.tolist()
            return numbers
        result = array.number.astype(object)
        result[array.kind == BLANK] = None
        truth, has_word = array.kind == LOGICAL, (array.kind == TEXT) | (array.kind == ERROR)
        result[truth] = (array.number[truth] != 0).astype(object)
        if has_word.any():
            if len(self._things) < len(self.things):
                self._things = np.append(self._things, np.array(self.things[len(self._things) :], object))
            result[has_word] = self._things[array.word[has_word]]
        values: list[object] = result.tolist()
        return values

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
