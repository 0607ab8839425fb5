"""Columns of numbers: the decimal sign is settled for a column from all its values."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xlsmkt.crm.amounts import LARGEST, SIGNS, SURE, number_readings, settled_sign
from xlsmkt.crm.asking import Answers
from xlsmkt.crm.texts import RawColumn


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
    bare = pc.replace_substring_regex(texts, SIGNS, "")
    for pattern, sign in SURE:
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
        answer = settled_sign(text, readings, proved, file, heading, answers, decimal)
        for index, _, readings in open_texts:
            values[index] = readings[answer]
    return values, bad
