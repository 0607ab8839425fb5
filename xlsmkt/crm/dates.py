"""Columns of dates and times: the order of day and month is settled for a column from all its values."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xlsmkt.crm.asking import Answers
from xlsmkt.crm.moments import DAY_AND_TIME, FALSE, TRUE, seconds_of, settled_days, typed_moment
from xlsmkt.crm.texts import RawColumn, distinct

_MISSING = np.iinfo(np.int64).min  # numpy's NaT


@dataclass
class Dates:
    """A column of moments, the rows whose text is none, and the rows that only say that it happened."""

    values: np.ndarray  # datetime64[s]
    bad: np.ndarray  # mask
    marked: np.ndarray  # mask: TRUE, yes, 1 instead of a date


def read_dates(column: RawColumn, file: str, heading: str, answers: Answers, order: str | None = None) -> Dates:
    """The moments of a column.

    Raises
    ------
    UserError
        Some values can be read day first, month first or year first, nothing in the
        column tells, and nobody can be asked.
    """
    texts, codes = column.distinct()
    moments, bad, marked = _moments(texts, file, heading, answers, order)
    values, wrong, marks = moments[codes], bad[codes], marked[codes]
    if column.typed is not None:
        for row, value in enumerate(column.typed):
            if value is not None:
                moment, mark = typed_moment(value)
                values[row] = _MISSING if moment is None else moment
                wrong[row] = moment is None and mark is None
                marks[row] = bool(mark)
    return Dates(values.view("datetime64[s]"), wrong, marks)


def _moments(
    texts: pa.Array, file: str, heading: str, answers: Answers, order: str | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each text, and for none at the end: seconds since 1970, whether it is no date, whether it is a mark."""
    none = np.array([_MISSING])
    if not len(texts):
        return none, np.array([False]), np.array([False])
    parts = pc.extract_regex(texts, DAY_AND_TIME)
    day_texts = pc.if_else(pc.is_valid(parts), pc.struct_field(parts, 0), texts)
    days, day_codes = distinct(pa.chunked_array([day_texts]))
    clocks = pc.binary_join_element_wise(pc.struct_field(parts, 1), pc.struct_field(parts, 2), "")  # "2:05pm"
    hours, hour_codes = distinct(pa.chunked_array([clocks]))

    day_list = days.to_pylist()
    settled = settled_days(day_list, file, heading, answers, order)
    day_numbers = np.array([_MISSING if day is None else day for day in [*settled, None]])
    seconds = np.array([*(seconds_of(text) for text in hours.to_pylist()), 0])
    at_day, at_second = day_numbers[day_codes], seconds[hour_codes]
    is_date = (at_day != _MISSING) & (at_second >= 0)
    moments = np.where(is_date, at_day * 86400 + at_second, _MISSING)
    truths = {i for i, text in enumerate(day_list) if text and text.lower() in TRUE}
    falsehoods = {i for i, text in enumerate(day_list) if text and text.lower() in FALSE}
    marks = np.isin(day_codes, list(truths)) & (hour_codes < 0)
    blanks = (np.isin(day_codes, list(falsehoods)) & (hour_codes < 0)) | pc.is_null(texts).to_numpy(False)
    bad = ~is_date & ~marks & ~blanks
    return np.append(moments, none), np.append(bad, False), np.append(marks, False)
