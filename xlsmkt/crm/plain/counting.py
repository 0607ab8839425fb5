"""The leads counted: Daily, what fits on a sheet, and the last day that the data speak of."""

import datetime as dt
from collections.abc import Callable, Sized
from typing import Any, TypeVar

from xlsmkt.crm.model import COUNTED, COUNTED_BY, DAILY, GIVEN_UP, DataTable
from xlsmkt.crm.plain.columns import DAY
from xlsmkt.crm.plain.joining import day_of
from xlsmkt.crm.plain.rows import Frame
from xlsmkt.crm.reasons import leads_left_out, words_left_out

_Counted = TypeVar("_Counted", bound=Sized)


def count_days(leads: Frame, words: list[str]) -> Frame:
    """Daily: for each day of creation and combination of words, what became of the leads of that day.

    A lead is worked when it has a date of first work or at least one attempt, or is connected. ``words`` are the
    columns to tell apart; the others are left blank. Rows are in order of day and of the words' code points, blanks
    first.
    """
    columns = leads.columns
    words_of = {name: sorted(leads.words[name]) for name in words}
    order = {name: {word: number for number, word in enumerate(words_of[name], 1)} for name in words}
    codes = [[order[name].get(word, 0) for word in columns[name]] for name in words]
    keys = list(zip(columns["Created"], *codes, strict=True))
    group_of = {key: group for group, key in enumerate(sorted(set(keys)))}
    groups = [group_of[key] for key in keys]
    worked = [
        first is not None or (attempts is not None and attempts > 0) or connected is not None
        for first, attempts, connected in zip(
            columns["First worked"], columns["Attempts"], columns["Connected"], strict=True
        )
    ]
    revenue = [
        amount if won is not None and amount is not None else 0.0
        for won, amount in zip(columns["Won"], columns["Amount"], strict=True)
    ]
    size = len(group_of)
    daily: dict[str, list[Any]] = {"Date": [created - created % DAY for created, *_ in group_of]}
    for place, name in enumerate(words, 1):
        daily[name] = [words_of[name][key[place] - 1] if key[place] else None for key in group_of]
    for name in COUNTED_BY:
        daily.setdefault(name, [None] * size)
    daily["Leads"] = _sums(groups, [1.0] * len(groups), size)
    for name, stage in COUNTED.items():
        daily[name] = _sums(groups, [float(moment is not None) for moment in columns[stage]], size)
    daily["Worked"] = _sums(groups, [float(one) for one in worked], size)
    daily["Revenue"] = _sums(groups, revenue, size)
    return Frame({name: daily[name] for name in DAILY.columns}, leads.places[:size])


def _sums(groups: list[int], values: list[float], size: int) -> list[float]:
    sums = [0.0] * size
    for group, value in zip(groups, values, strict=True):
        sums[group] += value
    return sums


def daily_that_fits(leads: Frame, most: int) -> tuple[Frame, str]:
    """Daily, with as many columns of words told apart as a sheet has rows for; and a sentence when some are not."""
    return as_many_words_as_fit(lambda words: count_days(leads, words), most)


def as_many_words_as_fit(count: Callable[[list[str]], _Counted], most: int) -> tuple[_Counted, str]:
    """What ``count`` makes of as many columns of words as leave at most ``most`` rows; a sentence about the others."""
    words = list(COUNTED_BY)
    daily = count(words)
    for left_out in GIVEN_UP:
        if len(daily) <= most:
            break
        words.remove(left_out)
        daily = count(words)
    gone = [name for name in COUNTED_BY if name not in words]
    return daily, words_left_out(gone) if gone else ""


def leads_that_fit(leads: Frame, most: int) -> tuple[Frame, str]:
    """The open and the most recent leads, in their order, as many as a sheet holds; a sentence when some are not."""
    if len(leads) <= most:
        return leads, ""
    columns = leads.columns
    is_open = [closed is None and won is None for closed, won in zip(columns["Closed"], columns["Won"], strict=True)]
    ranked = sorted(range(len(leads)), key=lambda row: (is_open[row], columns["Created"][row]))
    return leads.take(sorted(ranked[-most:])), leads_left_out(len(leads), most)


def last_day(frame: Frame, model: DataTable, today: dt.date) -> dt.date | None:
    """The last day in a table that is not after today."""
    dated = [frame.columns[field.name] for field in model.fields if field.kind in ("date", "time")]
    moments = {moment for column in dated for moment in column if moment is not None}
    return max((day for moment in moments if (day := day_of(moment)) <= today), default=None)
