"""Columns of numbers: the decimal sign is settled for a column from all its values."""

import math
import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xlsmkt.crm.asking import Answers, Question
from xlsmkt.crm.texts import RawColumn

# Texts that can mean one number only, and so need no second look.
_WHOLE = r"^[+-]?\d+$"
_POINT = r"^[+-]?(?:\d*\.(?:\d|\d\d|\d{4,})|\d{4,}\.\d{3}|0\.\d{3})$"
_COMMA = r"^[+-]?(?:\d*,(?:\d|\d\d|\d{4,})|\d{4,},\d{3}|0,\d{3})$"
_POINT_GROUPED = r"^[+-]?[1-9]\d{0,2}(?:,\d{3})+\.\d*$"
_COMMA_GROUPED = r"^[+-]?[1-9]\d{0,2}(?:\.\d{3})+,\d*$"
_SIGNS = r"^[$€£] ?| ?[€£]$"

_SPACES = re.compile(r"[\s'’\u00a0\u202f]")
_CURRENCY = re.compile(
    r"^(?:[A-Z]{0,3}\$|[A-Z]{3}|[^\w.,()+-]|(?:rs|kr|fr)\.?|r|zł)(?=[\d.,$+-])|(?:[A-Z]{3}|[^\w.,()+%-]|kr\.?|fr\.|zł)$",
    re.I,
)
LARGEST = 1e15  # a sheet keeps 15 digits
_SCALES = {"": 1.0, "k": 1e3, "m": 1e6, "mm": 1e6, "mn": 1e6, "mio": 1e6, "b": 1e9, "bn": 1e9, "t": 1e12}
_BODY = re.compile(r"(\d[\d.,]*|[.,]\d+)(?:e([+-]?\d{1,3}))?([a-z]{0,3})(%?)$", re.I)


@dataclass
class Numbers:
    """A column of numbers, NaN where blank, the rows whose text is no number, and those whose number is too large."""

    values: np.ndarray
    bad: np.ndarray
    huge: np.ndarray


def read_numbers(column: RawColumn, file: str, heading: str, answers: Answers, decimal: str | None = None) -> Numbers:
    """The numbers of a column.

    Raises
    ------
    UserError
        Some values can be read in two ways (1.234), nothing in the column tells, and nobody can be asked.
    """
    texts, codes = column.distinct()
    numbers, bad = _numbers(texts, file, heading, answers, decimal)
    values, wrong = numbers[codes], bad[codes]
    if column.typed is not None:
        for row, value in enumerate(column.typed):
            if value is not None:
                is_number = isinstance(value, int | float)
                values[row] = float(value) if is_number else np.nan
                wrong[row] = not is_number
    huge = np.abs(values) > LARGEST
    values[huge] = np.nan
    return Numbers(values, wrong, huge)


def _numbers(
    texts: pa.Array, file: str, heading: str, answers: Answers, decimal: str | None
) -> tuple[np.ndarray, np.ndarray]:
    """For each text, and for none at the end: its number, and whether it is none."""
    values = np.full(len(texts) + 1, np.nan)
    bad = np.zeros(len(texts) + 1, bool)
    if not len(texts):
        return values, bad
    proved: set[str] = set()
    rest = ~pc.is_null(texts).to_numpy(False)
    bare = pc.replace_substring_regex(texts, _SIGNS, "")
    for pattern, sign in ((_WHOLE, ""), (_POINT, "."), (_COMMA, ","), (_POINT_GROUPED, "."), (_COMMA_GROUPED, ",")):
        hits = pc.fill_null(pc.match_substring_regex(bare, pattern), False).to_numpy(False)
        if hits.any():
            matched = pc.replace_substring(bare.filter(pa.array(hits)), "," if sign == "." else ".", "")
            matched = pc.replace_substring(matched, ",", ".")
            values[:-1][hits] = pc.cast(pc.utf8_ltrim(matched, "+"), pa.float64()).to_numpy(False)
            rest &= ~hits
            proved.update(sign)
    open_texts = []
    for index in np.flatnonzero(rest):
        text = texts[index].as_py()
        readings = number_readings(text)
        if len(readings) == 1:
            (sign, number), *_ = readings.items()
            values[index] = number
            proved.update(sign)
        elif readings:
            open_texts.append((index, text, readings))
        else:
            bad[index] = True
    if open_texts:
        _, text, readings = open_texts[0]
        if len(proved) == 1:
            (answer,) = proved
        else:
            words = {sign: f"{number:.15g}" for sign, number in readings.items()}
            answer = answers.answer(
                Question(file, heading, text, words, "--decimal", "decimal"), decimal or answers.decimal
            )
        for index, _, readings in open_texts:
            values[index] = readings[answer]
    return values, bad


def number_readings(text: str) -> dict[str, float]:
    """What a text can mean as a number, by decimal sign; the sign "" when there is none to be told.

    >>> number_readings("1.234,56 €"), number_readings("(1,200.5)"), number_readings("R$ 100.000")
    ({',': 1234.56}, {'.': -1200.5}, {'.': 100.0, ',': 100000.0})
    >>> number_readings("$1,117.10K"), number_readings("12 000"), number_readings("a lot")
    ({'.': 1117100.0}, {'': 12000.0}, {})
    """
    text = _SPACES.sub("", text).replace("−", "-")
    sign = 1.0
    if text.startswith("(") and text.endswith(")"):
        sign, text = -1.0, text[1:-1]
    for _ in range(2):  # a minus may stand before or after the currency
        if text[:1] in ("-", "+"):
            sign, text = -sign if text[0] == "-" else sign, text[1:]
        text = _CURRENCY.sub("", text)
    if text.endswith("-"):
        sign, text = -sign, text[:-1]
    found = _BODY.match(text)
    if not found or found[3].lower() not in _SCALES:
        return {}
    exponent = int(found[2] or 0)
    scale = sign * _SCALES[found[3].lower()] * (10.0 ** min(exponent, 300)) / (100 if found[4] else 1)
    digits = found[1]
    readings = {}
    for point, thousands in ((".", ","), (",", ".")):
        plain = re.fullmatch(rf"\d*(?:\{point}\d*)?", digits)
        grouped = re.fullmatch(rf"[1-9]\d{{0,2}}(?:\{thousands}\d{{2,3}})*\{thousands}\d{{3}}(?:\{point}\d*)?", digits)
        if plain or grouped:
            number = float(digits.replace(thousands, "").replace(point, ".")) * scale
            readings[point] = round(number, 9) if abs(number) <= LARGEST else math.copysign(math.inf, number)
    if len(set(readings.values())) == 1 and len(readings) == 2:
        return {"": readings["."]}
    return readings
