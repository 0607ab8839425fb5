"""Columns of cells read as moments, numbers, ids and words; what a text means is found once for each different text."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from xlsmkt.crm.amounts import LARGEST, settled_numbers
from xlsmkt.crm.asking import Answers
from xlsmkt.crm.moments import DAY_AND_TIME, FALSE, TRUE, seconds_of, settled_days, typed_moment
from xlsmkt.crm.sheet_errors import SheetError
from xlsmkt.crm.values import plain, tidied, written

DAY = 86_400  # seconds
_DAY_AND_TIME = re.compile(DAY_AND_TIME)

Column = list[Any]  # cells: a text, a typed value, None for a blank
Rows = set[int]  # places in a column


@dataclass
class Moments:
    """A column of moments in seconds since 1970, the rows whose cell is none, and those that only say it happened."""

    values: list[int | None]
    bad: Rows
    marked: Rows


def read_moments(column: Column, file: str, heading: str, answers: Answers) -> Moments:
    """The moments of a column.

    Raises
    ------
    UserError
        Some values can be read in more than one way, nothing in the column tells, and nobody can be asked.
    """
    meaning = _meanings(_different(column), file, heading, answers)
    values: list[int | None] = []
    bad, marked = set(), set()
    for row, cell in enumerate(column):
        if isinstance(cell, str):
            moment, is_bad, mark = meaning[cell]
        elif cell is None:
            moment, is_bad, mark = None, False, False
        else:
            moment, told = typed_moment(cell)
            is_bad, mark = moment is None and told is None, bool(told)
        values.append(moment)
        if is_bad:
            bad.add(row)
        if mark:
            marked.add(row)
    return Moments(values, bad, marked)


def _meanings(texts: list[str], file: str, heading: str, answers: Answers) -> dict[str, tuple[int | None, bool, bool]]:
    """For each text its moment, whether it is none, and whether it only says that something happened."""
    parts: dict[str, tuple[str, str]] = {}  # the text of the day, and that of the hour
    for raw in texts:
        trimmed = tidied(raw) or ""
        found = _DAY_AND_TIME.match(trimmed)
        parts[raw] = (found["day"], found["time"] + (found["half"] or "")) if found else (trimmed, "")
    day_texts = {day: tidied(day) for day, _ in parts.values()}
    days = list(dict.fromkeys(day_texts.values()))
    day_of = dict(zip(days, settled_days(days, file, heading, answers), strict=True))
    second_of = {clock: seconds_of(clock) for clock in {clock for _, clock in parts.values()}}
    meaning: dict[str, tuple[int | None, bool, bool]] = {}
    for raw, (day_text, clock) in parts.items():
        text, second = day_texts[day_text], second_of[clock]
        day = day_of[text]
        if day is not None and second >= 0:
            meaning[raw] = day * DAY + second, False, False
        else:
            word = text.lower() if text and not clock else ""
            blank = (text is None and not clock) or word in FALSE
            meaning[raw] = None, word not in TRUE and not blank, word in TRUE
    return meaning


@dataclass
class Numbers:
    """A column of numbers, None where blank, the rows whose cell is none, and those whose number is too large."""

    values: list[float | None]
    bad: Rows
    huge: Rows


def read_numbers(column: Column, file: str, heading: str, answers: Answers) -> Numbers:
    """The numbers of a column.

    Raises
    ------
    UserError
        Some values can be read in two ways (1.234), nothing in the column tells, and nobody can be asked.
    """
    tidy = {raw: tidied(raw) for raw in _different(column)}
    texts = list(dict.fromkeys(text for text in tidy.values() if text is not None))
    number_of = dict(zip(texts, settled_numbers(texts, file, heading, answers), strict=True))
    values: list[float | None] = []
    bad, huge = set(), set()
    for row, cell in enumerate(column):
        number: float | None = None
        if isinstance(cell, str):
            text = tidy[cell]
            number = None if text is None else number_of[text]
            if number is None and text is not None:
                bad.add(row)
        elif isinstance(cell, int | float):
            number = float(cell)
        elif cell is not None:
            bad.add(row)
        if number is not None and abs(number) > LARGEST:
            huge.add(row)
            number = None
        values.append(number)
    return Numbers(values, bad, huge)


def read_texts(column: Column) -> list[str | None]:
    """The texts of a column, None for a blank; typed cells as they would be typed."""
    texts = ["" if cell is None else cell if isinstance(cell, str) else written(cell) for cell in column]
    tidy = {text: tidied(text) for text in dict.fromkeys(texts)}
    return [tidy[text] for text in texts]


def is_one_of(column: Column, words: Iterable[str]) -> list[bool]:
    """Which rows hold one of these words, whatever their case and signs."""
    wanted = {plain(word) for word in words}
    texts = read_texts(column)
    hits = {text: text is not None and plain(text) in wanted for text in dict.fromkeys(texts)}
    return [hits[text] for text in texts]


def is_blank(cell: Any) -> bool:
    """Whether nothing stands in a cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def errors_of(column: Column) -> dict[str, Rows]:
    """The rows that hold an error of a sheet, by what is said of it."""
    found: dict[str, Rows] = {}
    for row in [row for row, cell in enumerate(column) if isinstance(cell, SheetError)]:
        found.setdefault(column[row].what, set()).add(row)
    return found


def _different(column: Column) -> list[str]:
    return list(dict.fromkeys(cell for cell in column if isinstance(cell, str)))
