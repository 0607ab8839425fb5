"""Sales SLA: what sales promised, leads worked, soon enough and often enough."""

import datetime as dt
from functools import lru_cache
from statistics import median
from typing import Any, List, Optional, Sequence, Tuple

from xlsmkt.catalogue import Input, cell_function
from xlsmkt.columns import grouped, ratio
from xlsmkt.errors import NotAvailable
from xlsmkt.hours import BusinessHours
from xlsmkt.units import Cells, Clock, Column, Count, Date, Hours, Label, Rate, Table, Tally, Time, Truth


@cell_function
def sales_sla(
    owners: Column[Label],
    assigned: Column[Time],
    first_worked: Column[Time],
    attempts: Column[Count],
    connected: Column[Tally],
    as_of: Optional[Date] = Input("As_Of", None),
    worked_goal: Rate = Input("Worked_Goal", 0.9),
    min_attempts: Count = Input("Min_Attempts", 5),
    max_hours: Hours = Input("Max_Hours", 8),
    opens: Clock = Input("Opens", 9),
    closes: Clock = Input("Closes", 17),
    holidays: Cells[Date] = Input("Holidays", ()),
) -> Table:
    """What each rep did with the leads: worked, connected, tried, touched in time; SLA met by the share worked.

    worked % = worked / leads; connected % = connected / worked; SLA met = worked % is at least worked_goal

    Parameters
    ----------
    owners
        The rep of each lead. Upper and lower case are the same; leads without a rep are left out.
    assigned
        Day and hour at which the rep got the lead. Blank: a lead of which the hours are not known.
    first_worked
        Day and hour of the first touch. Blank, but tried or connected: worked, the hour unknown; else not worked yet.
    attempts
        Calls and e-mails to the lead so far; blank is none.
    connected
        Whether the lead was reached: TRUE, 1, "yes" or the date.
    as_of
        The day that the figures speak of: what is dated after it does not count; attempts have no date and do. Left
        out, without an input: all counts.
    worked_goal
        Share of their leads that reps promised to work.
    min_attempts
        Attempts promised before a lead that is not reached may be given up.
    max_hours
        Business hours promised from assignment to first touch.
    opens
        Hour at which the business day begins.
    closes
        Hour at which it ends; 0 and 24 are a team that works around the clock.
    holidays
        Days off besides Saturdays and Sundays.

    Raises
    ------
    #NUM!
        A number is outside its limits, or the business day does not end after it begins.
    #VALUE!
        A cell holds no moment, number or mark where it must, or the columns have different lengths.

    References
    ----------
    Tried enough and given up early are the leads worked but not reached, with at least min_attempts and with fewer;
    a lead still being tried is among the second. Median hours are business hours as SPEED_TO_LEAD, of the leads worked
    that have both moments. Within hours is the share touched within max_hours: a lead not worked counts from the moment
    that these hours are over; one without assignment, or worked at an unknown hour, is in neither part.
    Two readings: hours run from assignment; for the hours since creation, give the column of creation times as
    assigned.

    Examples
    --------
    >>> sales_sla(["North", "North", "South", "South"],
    ...           ["2026-03-02 09:00", "2026-03-02 16:00", "2026-03-02 09:00", "2026-03-03 09:00"],
    ...           ["2026-03-02 11:00", "2026-03-03 10:00", "2026-03-04 09:00", ""],
    ...           [1, 5, 2, 0], ["yes", "no", "no", "no"], "2026-03-06", 0.9, 5, 8)
    [['Owner', 'Leads', 'Worked', 'Worked %', 'Connected %', 'Tried enough', 'Given up early', 'Median hours',
      'Within hours %', 'SLA met', 'Goal', 'Agreed hours'],
     ['North', 2, 2, 1.0, 0.5, 1, 0, 2.0, 1.0, 'yes', 0.9, 8.0],
     ['South', 2, 1, 0.5, 0.0, 0, 1, 16.0, 0.0, 'no', 0.9, 8.0],
     ['All', 4, 3, 0.75, 0.3333, 1, 1, 2.0, 0.5, 'no', 0.9, 8.0]]
    >>> sales_sla("North", "2026-03-02", "", -1, "no")
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: SALES_SLA: attempts, row 1, is -1; give 0 or more
    >>> sales_sla("North", "2026-03-02", "", 1, "no", "", 0.9, 5, 8, 17, 9)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: SALES_SLA: closes is 9, opens 17; close later, or give 0 and 24 for work past midnight
    >>> sales_sla("North", "2026-03-02", "", "many", "no")
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: SALES_SLA: attempts, row 1, is the text "many"; give 0 or more
    """
    team = BusinessHours(opens, closes, holidays)
    last = as_of or dt.date.max
    end = dt.datetime.combine(last, dt.time.max)
    max_seconds = round(max_hours * 3600)  # whole seconds, as the hours are
    names, numbers = grouped(owners)
    reps = [_Rep() for _ in names]
    for number, given, touched, tries, reached in zip(
        numbers, assigned, first_worked, attempts, _known_marks(connected, as_of)
    ):
        if number is None or (given is not None and given.date() > last):
            continue
        rep = reps[number]
        rep.leads += 1
        worked = touched.date() <= last if touched is not None else (tries or 0) > 0 or bool(reached)
        if not worked:
            # within the agreed hours a rep may still keep the promise
            rep.missed += given is not None and team.seconds(given, end) > max_seconds
            continue
        rep.worked += 1
        if reached:
            rep.connected += 1
        elif (tries or 0) >= min_attempts:
            rep.tried_enough += 1
        if given is not None and touched is not None:
            rep.seconds.append(team.seconds(given, touched))
    shown = sorted((number for number, rep in enumerate(reps) if rep.leads), key=lambda number: -reps[number].leads)
    table: Table = [["Owner", "Leads", "Worked", "Worked %", "Connected %", "Tried enough", "Given up early",
                     "Median hours", "Within hours %", "SLA met", "Goal", "Agreed hours"]]  # fmt: skip
    rows = [reps[number].row(names[number], worked_goal, max_seconds) for number in shown]
    rows.append(_together(reps).row("All", worked_goal, max_seconds))
    # what was agreed stands beside what came of it, as a chart over the table wants it
    return table + [[*row, worked_goal, max_hours] for row in rows]


def _known_marks(marks: Column[float], as_of: Optional[dt.date]) -> List[Any]:
    """Whether each mark is set; a date, which arrives as its serial number, counts from its day on."""
    if as_of is None:
        return list(marks)
    after = (as_of - dt.date(1899, 12, 30)).days + 1  # the next day's serial, far above any count
    return [mark and mark < after for mark in marks]


class _Rep:
    """What one rep did with the leads."""

    def __init__(self) -> None:
        self.leads = self.worked = self.connected = self.tried_enough = 0
        self.missed = 0  # not worked, and the agreed hours are over
        self.seconds: List[int] = []  # from assignment to first touch

    def row(self, owner: object, worked_goal: float, max_seconds: int) -> List[Any]:
        worked_share = ratio(self.worked, self.leads)
        in_time = sum(seconds <= max_seconds for seconds in self.seconds)
        return [
            owner,
            self.leads,
            self.worked,
            worked_share,
            ratio(self.connected, self.worked),
            self.tried_enough,
            self.worked - self.connected - self.tried_enough,
            median(self.seconds) / 3600 if self.seconds else None,
            ratio(in_time, len(self.seconds) + self.missed) if self.seconds or not self.worked else None,
            # what binary arithmetic adds to a goal breaks no promise
            None if worked_share is None else "yes" if worked_share >= worked_goal * (1 - 1e-14) else "no",
        ]


def _together(reps: Sequence[_Rep]) -> _Rep:
    every = _Rep()
    for rep in reps:
        every.leads += rep.leads
        every.worked += rep.worked
        every.connected += rep.connected
        every.tried_enough += rep.tried_enough
        every.missed += rep.missed
        every.seconds += rep.seconds
    return every


@cell_function
def speed_to_lead(
    assigned: Time,
    first_worked: Optional[Time] = None,
    opens: Clock = Input("Opens", 9),
    closes: Clock = Input("Closes", 17),
    holidays: Cells[Date] = Input("Holidays", ()),
) -> Hours:
    """Business hours from the assignment of a lead to its first touch.

    hours from assigned to first_worked that lie between opens and closes on a business day; none when touched before

    Parameters
    ----------
    assigned
        Day and hour at which the rep got the lead, local; a time zone in it is left aside.
    first_worked
        Day and hour of the first touch, of the same clock.
    opens
        Hour at which the business day begins: 9, 8.5, "8:30" or a cell that shows a time.
    closes
        Hour at which it ends; 0 and 24 are a team that works around the clock.
    holidays
        Days off besides Saturdays and Sundays.

    Raises
    ------
    #N/A
        The lead has not been worked yet.
    #NUM!
        The business day does not end after it begins.
    #VALUE!
        A moment is no date.

    References
    ----------
    Business days: the NETWORKDAYS convention. Two readings: hours since the assignment are those that a rep can
    answer for; for those that the lead has waited, give the time of creation as assigned.

    Examples
    --------
    >>> speed_to_lead("2026-03-06 16:30", "2026-03-09 09:15")
    0.75
    >>> speed_to_lead("2026-03-06 16:30", "2026-03-09 09:15", 0, 24)
    16.75
    >>> speed_to_lead(["2026-03-02 10:00", "2026-03-02 22:00"], "2026-03-04 12:00", "8:30", 17.5, "2026-03-03")
    [11.0, 3.5]
    >>> speed_to_lead("2026-03-06 16:30")
    Traceback (most recent call last):
    xlsmkt.errors.NotAvailable: SPEED_TO_LEAD: the lead has not been worked yet; fill first_worked
    >>> speed_to_lead("2026-03-06 16:30", "2026-03-09 09:15", 22, 6)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: SPEED_TO_LEAD: closes is 6, opens 22; close later, or give 0 and 24 for work past midnight
    >>> speed_to_lead("soon", "2026-03-09 09:15")
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: SPEED_TO_LEAD: assigned is the text "soon"; give a date and time, such as 2026-03-31 14:05
    """
    if first_worked is None:
        raise NotAvailable("the lead has not been worked yet; fill first_worked")
    return _team(opens, closes, tuple(holidays)).seconds(assigned, first_worked) / 3600


@lru_cache(maxsize=64)
def _team(opens: float, closes: float, holidays: Tuple[Optional[dt.date], ...]) -> BusinessHours:
    """The business hours of a team, which remember their days: a column asks for the same ones again and again."""
    return BusinessHours(opens, closes, holidays)


@cell_function
def attempts_met(attempts: Count, connected: Tally, min_attempts: Count = Input("Min_Attempts", 5)) -> Truth:
    """Whether a lead got the attempts that sales promised: it was reached, or tried often enough.

    TRUE when connected, or when attempts are at least min_attempts

    Parameters
    ----------
    attempts
        Calls and e-mails to the lead so far.
    connected
        Whether the lead was reached: TRUE, 1, "yes" or the date.
    min_attempts
        Attempts promised before a lead that is not reached may be given up.

    Raises
    ------
    #NUM!
        A number is negative.
    #VALUE!
        An argument is a text that says no number, date or mark.

    Examples
    --------
    >>> attempts_met(5, False)
    True
    >>> attempts_met([1, 6, 2], ["2026-03-02", "no", "no"], 5)
    [True, True, False]
    >>> attempts_met(-1, "no")
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: ATTEMPTS_MET: attempts is -1; give 0 or more
    >>> attempts_met(2, "maybe")
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: ATTEMPTS_MET: connected is the text "maybe"; give a count, TRUE or FALSE, or a date
    """
    return bool(connected) or attempts >= min_attempts
