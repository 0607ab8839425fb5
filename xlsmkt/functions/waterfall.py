"""Marketing SLA: the waterfall of a month, its goal to date and what is still to do."""

import datetime as dt
from bisect import bisect_left
from collections import Counter
from typing import Dict, Literal, Optional

from xlsmkt.catalogue import Input, cell_function
from xlsmkt.columns import ratio
from xlsmkt.days import counted_days, listed_days, month_ends
from xlsmkt.errors import DividedByZero, NotAvailable
from xlsmkt.units import Cells, Column, Count, Date, Number, Rate, Ratio, Table, Text


@cell_function
def sla_waterfall(
    dates: Column[Date],
    amounts: Optional[Column[Number]] = None,
    goal: Count = Input("Lead_Goal"),
    month: Optional[Date] = Input("SLA_Month", None),
    as_of: Optional[Date] = Input("As_Of", None),
    holidays: Cells[Date] = Input("Holidays", ()),
    days: Literal["business", "calendar"] = Input("SLA_Days", "business"),
) -> Table:
    """The month day by day: what came in, what it adds up to, and what the goal asks for.

    goal to date = goal * days so far / days of the month; gap = to date - goal to date

    Parameters
    ----------
    dates
        Day of each lead, or of each row of counted leads. Rows without a date are left out.
    amounts
        Leads, points or money of each row. Left out: each row is one lead.
    goal
        What marketing promised for the month.
    month
        The month: any day of it. Left out, without an input: that of as_of, or else of the last date.
    as_of
        The last day that is known. Later days show the goal and leave the actuals blank. Left out: all are known.
    holidays
        Days off besides Saturdays and Sundays.
    days
        "business" spreads the goal over Mondays to Fridays without the holidays; what arrives on a day off counts on
        the next business day, after the month's last one on that last one, so that the last row always equals the
        month's total. "calendar" takes every day.

    Raises
    ------
    #N/A
        No month is given and there is no date, or the month has no business day.
    #VALUE!
        A date is none, or the columns have different lengths.

    References
    ----------
    Business days: the NETWORKDAYS convention. The goal accrues evenly; a lead counts on the day it was made.

    Examples
    --------
    >>> sla_waterfall(["2026-02-02", "2026-02-03", "2026-02-07"], [30, 20, 10], 200, "2026-02", "2026-02-04",
    ...               ["2026-02-05", "2026-02-06", "2026-02-09", "2026-02-10", "2026-02-11", "2026-02-12", "2026-02-13",
    ...                "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20", "2026-02-23", "2026-02-24",
    ...                "2026-02-25", "2026-02-26"], "business")
    [['Day', 'Amount', 'To date', 'Goal to date', 'Gap', '% of goal'],
     [datetime.date(2026, 2, 2), 30.0, 30.0, 50.0, -20.0, 0.6],
     [datetime.date(2026, 2, 3), 20.0, 50.0, 100.0, -50.0, 0.5],
     [datetime.date(2026, 2, 4), 0.0, 50.0, 150.0, -100.0, 0.3333],
     [datetime.date(2026, 2, 27), None, None, 200.0, None, None]]
    >>> sla_waterfall(["", ""], None, 200)
    Traceback (most recent call last):
    xlsmkt.errors.NotAvailable: SLA_WATERFALL: month is missing and there is no date; give a day of the month
    >>> sla_waterfall(["2026-02-02", "soon"], None, 200, "2026-02")
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: SLA_WATERFALL: dates, row 2, is the text "soon"; give a date, such as 2026-03-31
    """
    totals = _total_of_each_day(dates, amounts)
    month = month or as_of or max(totals, default=None)
    if month is None:
        raise NotAvailable("month is missing and there is no date; give a day of the month")
    first, last = month_ends(month)
    shown = listed_days(first, last, holidays, days)
    if not shown:
        raise NotAvailable(f"{first:%Y-%m} has no business day; mend the holidays, or give the days as 'calendar'")
    known = min(as_of or last, last)
    amount_of = [0.0] * len(shown)
    for day, amount in sorted(totals.items()):
        if first <= day <= known:
            # a day off counts on the next day shown, after the last one on that
            amount_of[min(bisect_left(shown, day), len(shown) - 1)] += amount
    table: Table = [["Day", "Amount", "To date", "Goal to date", "Gap", "% of goal"]]
    to_date = 0.0
    for number, day in enumerate(shown):
        due = goal * (number + 1) / len(shown)
        if day > known:
            table.append([day, None, None, due, None, None])
            continue
        to_date += amount_of[number]
        table.append([day, amount_of[number], to_date, due, to_date - due, ratio(to_date, due)])
    return table


def _total_of_each_day(dates: Column[dt.date], amounts: Optional[Column[float]]) -> Dict[dt.date, float]:
    totals: Dict[Optional[dt.date], float] = dict(Counter(dates)) if amounts is None else {}
    for day, amount in zip(dates, amounts or ()):
        totals[day] = totals.get(day, 0.0) + (amount or 0.0)
    return {day: total for day, total in totals.items() if day is not None}


@cell_function
def sla_goal_to_date(
    goal: Count = Input("Lead_Goal"),
    date: Date = Input("As_Of"),
    holidays: Cells[Date] = Input("Holidays", ()),
    days: Literal["business", "calendar"] = Input("SLA_Days", "business"),
) -> Number:
    """What the month's goal asks for by a date: the waterfall's goal line on that day.

    goal to date = goal * days so far / days of the month

    Parameters
    ----------
    goal
        What marketing promised for the month.
    date
        The day, itself counted. On a day off: as on the business day before.
    holidays
        Days off besides Saturdays and Sundays.
    days
        "business": Mondays to Fridays without the holidays count; "calendar": every day.

    Raises
    ------
    #N/A
        The month has no business day, or an argument is missing that the workbook does not hold.
    #NUM!
        The goal is negative.

    References
    ----------
    Business days: the NETWORKDAYS convention.

    Examples
    --------
    >>> sla_goal_to_date(220, "2018-03-15")
    110.0
    >>> sla_goal_to_date(310, "2018-03-15", None, "calendar")
    150.0
    >>> sla_goal_to_date(210, "2018-03-15", "2018-03-30")
    110.0
    >>> sla_goal_to_date()
    Traceback (most recent call last):
    xlsmkt.errors.NotAvailable: SLA_GOAL_TO_DATE: goal is missing; give it, or fill the cell named Lead_Goal
    >>> sla_goal_to_date(-10, "2018-03-15")
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: SLA_GOAL_TO_DATE: goal is -10; give 0 or more
    """
    return goal * counted_days(date.replace(day=1), date, holidays, days) / _month_days(date, holidays, days)


def _month_days(date: dt.date, holidays: Cells[dt.date], days: str) -> int:
    first, last = month_ends(date)
    number = counted_days(first, last, holidays, days)
    if number == 0:
        raise NotAvailable(f"{first:%Y-%m} has no business day; mend the holidays, or give the days as 'calendar'")
    return number


@cell_function
def sla_attainment(actual: Number, goal: Number) -> Ratio:
    """How much of a goal is reached: of leads, points or revenue, of a day, a month or a quarter.

    attainment = actual / goal

    Parameters
    ----------
    actual
        What was reached.
    goal
        What was promised for the same time.

    Raises
    ------
    #DIV/0!
        The goal is 0.

    Examples
    --------
    >>> sla_attainment(90, 120)
    0.75
    >>> sla_attainment([90, 130], [120, 130])
    [0.75, 1.0]
    >>> sla_attainment(90, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: SLA_ATTAINMENT: goal is 0; there is nothing to divide by
    """
    return actual / goal


@cell_function
def sla_status(actual_to_date: Number, goal_to_date: Number, tolerance: Rate = 0.05) -> Text:
    """Whether marketing is ahead, on track or behind.

    "ahead": more than the tolerance above the goal to date; "behind": more than the tolerance below; else "on track"

    Parameters
    ----------
    actual_to_date
        What came in so far.
    goal_to_date
        What the goal asks for so far.
    tolerance
        Share of the goal to date that is still on track. Left out: 5%.

    Raises
    ------
    #NUM!
        The tolerance is outside 0% to 100%.

    Examples
    --------
    >>> sla_status(120, 100)
    'ahead'
    >>> sla_status([97, 105, 80], 100)
    ['on track', 'on track', 'behind']
    >>> sla_status(97, 100, 0)
    'behind'
    >>> sla_status(97, 100, 5)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: SLA_STATUS: tolerance is 5; give 0% to 100%
    """
    gap, still_fine = actual_to_date - goal_to_date, abs(goal_to_date) * (tolerance + 1e-9)
    return "ahead" if gap > still_fine else "behind" if gap < -still_fine else "on track"


@cell_function
def sla_projection(
    actual_to_date: Number,
    date: Date = Input("As_Of"),
    holidays: Cells[Date] = Input("Holidays", ()),
    days: Literal["business", "calendar"] = Input("SLA_Days", "business"),
) -> Number:
    """The month's end at the pace so far.

    projection = actual to date / days so far * days of the month

    Parameters
    ----------
    actual_to_date
        What came in so far.
    date
        The day up to which it came in, itself counted.
    holidays
        Days off besides Saturdays and Sundays.
    days
        "business": Mondays to Fridays without the holidays count; "calendar": every day.

    Raises
    ------
    #DIV/0!
        No business day of the month has passed.
    #N/A
        The month has no business day, or the date is missing and the workbook holds none.

    References
    ----------
    Business days: the NETWORKDAYS convention.

    Examples
    --------
    >>> sla_projection(96000, "2026-06-12", None, "calendar")
    240000.0
    >>> sla_projection(110, "2018-03-15")
    220.0
    >>> sla_projection(5, "2018-04-01")
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: SLA_PROJECTION: no business day has passed by 2018-04-01; there is no pace yet
    >>> sla_projection(110)
    Traceback (most recent call last):
    xlsmkt.errors.NotAvailable: SLA_PROJECTION: date is missing; give it, or fill the cell named As_Of
    """
    number = _month_days(date, holidays, days)
    passed = counted_days(date.replace(day=1), date, holidays, days)
    if passed == 0:
        raise DividedByZero(f"no business day has passed by {date}; there is no pace yet")
    return actual_to_date * number / passed


@cell_function
def sla_pace_needed(
    actual_to_date: Number,
    goal: Count = Input("Lead_Goal"),
    date: Date = Input("As_Of"),
    holidays: Cells[Date] = Input("Holidays", ()),
    days: Literal["business", "calendar"] = Input("SLA_Days", "business"),
) -> Number:
    """What must come in on each remaining day of the month so that the goal is reached.

    pace = (goal - actual to date) / days after the date; 0 once the goal is reached

    Parameters
    ----------
    actual_to_date
        What came in so far.
    goal
        What marketing promised for the month.
    date
        The day up to which it came in; the days after it remain.
    holidays
        Days off besides Saturdays and Sundays.
    days
        "business": Mondays to Fridays without the holidays count; "calendar": every day.

    Raises
    ------
    #DIV/0!
        The goal is not reached and no business day is left.
    #N/A
        The date is missing and the workbook holds none.

    References
    ----------
    Business days: the NETWORKDAYS convention.

    Examples
    --------
    >>> sla_pace_needed(110, 220, "2018-03-15")
    10.0
    >>> sla_pace_needed(230, 220, "2018-03-15")
    0.0
    >>> sla_pace_needed(200, 220, "2018-03-30")
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: SLA_PACE_NEEDED: no day is left after 2018-03-30; the goal is missed by 20
    >>> sla_pace_needed(200, 220)
    Traceback (most recent call last):
    xlsmkt.errors.NotAvailable: SLA_PACE_NEEDED: date is missing; give it, or fill the cell named As_Of
    """
    missing = max(goal - actual_to_date, 0.0)
    left = counted_days(date, month_ends(date)[1], holidays, days) - counted_days(date, date, holidays, days)
    if missing and not left:
        raise DividedByZero(f"no day is left after {date}; the goal is missed by {missing:.15g}")
    return missing / left if missing else 0.0
