"""Stage and month targets: what each stage must hold, and when the leads must be made."""

from collections import defaultdict
from math import floor
from typing import Dict, Literal, Optional

from xlsmkt.catalogue import Input, cell_function
from xlsmkt.columns import step_rates, whole
from xlsmkt.days import first_day, month_of
from xlsmkt.errors import DividedByZero, NotAvailable, WrongType, quoted
from xlsmkt.units import Cells, Column, Count, Date, Months, Number, Rate, Table, Text


@cell_function
def funnel_targets(customers: Count, stages: Column[Text], rates: Cells[Rate]) -> Table:
    """What each stage of the funnel must hold, from the customers back up to the visits.

    needed = customers / product of the rates below the stage, rounded up at each stage

    Parameters
    ----------
    customers
        Customers to win: what the last stage must hold.
    stages
        The stages, top of the funnel first, the customers last.
    rates
        Rate of each stage from the stage before. The first stage has none: leave its cell blank, or leave it out.

    Raises
    ------
    #DIV/0!
        A rate is 0: nothing gets through.
    #VALUE!
        There is not one rate for each stage but the first.

    References
    ----------
    The counts are rounded up for showing only, so the top equals LEADS_NEEDED at the overall rate.

    Examples
    --------
    >>> funnel_targets(6, ["Leads", "Proposals", "Sales"], [0.5, 0.5])
    [['Stage', 'Rate from the stage before', 'Needed'],
     ['Leads', None, 24],
     ['Proposals', 0.5, 12],
     ['Sales', 0.5, 6]]
    >>> funnel_targets(6, ["Leads", "Sales"], [0])
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: FUNNEL_TARGETS: the rate of Sales is 0; nothing gets through to it
    >>> funnel_targets(6, ["Leads", "Proposals", "Sales"], [0.5])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: FUNNEL_TARGETS: rates has 1 for 3 stages; give one for each stage but the first
    """
    steps = step_rates("rates", rates, stages)
    rows = [(stage, rate) for stage, rate in zip(stages, steps) if stage is not None or rate is not None]
    table: Table = []
    needed = customers
    for stage, rate in rows[:0:-1]:
        if rate is None or stage is None:
            raise WrongType(
                f"the rate of {quoted(stage)} is blank; fill it" if stage else "a rate has no stage; name it"
            )
        if rate == 0:
            raise DividedByZero(f"the rate of {quoted(stage)} is 0; nothing gets through to it")
        table.append([stage, rate, whole(needed)])
        needed /= rate
    table += [[stage, None, whole(needed)] for stage, _ in rows[:1]]
    return [["Stage", "Rate from the stage before", "Needed"], *table[::-1]]


@cell_function
def lead_month(customers_due: Date, sales_cycle_months: Months = Input("Sales_Cycle_Months")) -> Date:
    """First day of the month in which the leads must be made.

    the month of customers_due, one sales cycle earlier

    Parameters
    ----------
    customers_due
        A day of the month in which the customers are due; "2026-03" is its first day.
    sales_cycle_months
        Months from lead to customer; 0.5 is half a month.

    Raises
    ------
    #NUM!
        The cycle is negative or above 1200 months, or the month lies before 1900.
    #VALUE!
        The due month is no date.

    Examples
    --------
    >>> lead_month("2026-03", 2)
    datetime.date(2026, 1, 1)
    >>> lead_month("2026-03-31", 0.5)
    datetime.date(2026, 3, 1)
    >>> lead_month(["2026-03", "2026-04"], 2)
    [datetime.date(2026, 1, 1), datetime.date(2026, 2, 1)]
    >>> lead_month("2026-03", -2)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: LEAD_MONTH: sales_cycle_months is -2; give 0 to 1200 months
    >>> lead_month("next March", 2)
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: LEAD_MONTH: customers_due is the text "next March"; give a date, such as 2026-03-31
    """
    # the tolerance: a cycle of 0.1 + 0.2 months may end a hair before the month begins
    return first_day(floor(month_of(customers_due) + (customers_due.day - 1) / 31 - sales_cycle_months + 1e-9))


@cell_function
def lead_schedule(
    months: Column[Date],
    customers: Column[Count],
    close_rate: Rate = Input("Agreed_Close_Rate"),
    sales_cycle_months: Months = Input("Sales_Cycle_Months"),
) -> Table:
    """The leads to make in each month, so that the customers come when they are due.

    leads = customers due one sales cycle later / close_rate, rounded up to whole leads

    Parameters
    ----------
    months
        The months in which customers are due: any day of the month. A month may stand in several rows.
    customers
        Customers due in each month.
    close_rate
        Share of leads that become customers.
    sales_cycle_months
        Months from lead to customer. A fraction splits a month's customers over two lead months, as if they came
        evenly through the month.

    Raises
    ------
    #DIV/0!
        The close rate is 0.
    #VALUE!
        The columns have different lengths.

    Examples
    --------
    >>> lead_schedule("2026-03", 20, 0.05, 2)
    [['Month', 'Customers due', 'Leads to make'],
     [datetime.date(2026, 1, 1), 20.0, 400]]
    >>> lead_schedule(["2026-03", "2026-04"], [20, 30], 0.05, 1.5)
    [['Month', 'Customers due', 'Leads to make'],
     [datetime.date(2026, 1, 1), 10.0, 200],
     [datetime.date(2026, 2, 1), 25.0, 500],
     [datetime.date(2026, 3, 1), 15.0, 300]]
    >>> lead_schedule("2026-03", 20, 0, 2)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: LEAD_SCHEDULE: close_rate is 0; no number of leads is enough
    >>> lead_schedule(["2026-03", "2026-04"], [20, 30, 40], 0.05, 2)
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: LEAD_SCHEDULE: months has 2 and customers has 3 rows; give columns of one length
    """
    if close_rate == 0:
        raise DividedByZero("close_rate is 0; no number of leads is enough")
    due: Dict[int, float] = defaultdict(float)
    for day, number in zip(months, customers):
        if day is not None and number is not None:
            begins = month_of(day) - sales_cycle_months
            month = floor(begins + 1e-9)
            later = max(begins - month, 0.0)
            due[month] += number * (1 - later)
            if later > 1e-9:
                due[month + 1] += number * later
    rows = [[first_day(month), float(due[month]), whole(due[month] / close_rate)] for month in sorted(due)]
    return [["Month", "Customers due", "Leads to make"], *rows]


_MONTHS_BEFORE = {"last month": (1,), "12 months ago": (12,), "3-month average": (1, 2, 3)}


@cell_function
def sla_goal(
    method: Literal["custom", "last month", "12 months ago", "3-month average"],
    months: Column[Date],
    totals: Column[Number],
    month: Date = Input("SLA_Month"),
    custom: Optional[Number] = Input("Custom_Goal", None),
) -> Number:
    """The month's marketing goal, agreed by hand or taken from the months before.

    "custom": the custom goal; "last month", "12 months ago": that month's total; "3-month average": the mean of the
    three months before

    Parameters
    ----------
    method
        How the goal is set.
    months
        The months of the history, or the days: any day of the month will do, the rows of a month are added up.
    totals
        Leads, points or money of each row.
    month
        The month that the goal is for: any day of it.
    custom
        The goal agreed by hand, for the method "custom".

    Raises
    ------
    #N/A
        The history has no row for a month that the method needs, or there is no custom goal.
    #VALUE!
        The method is another word, or the columns have different lengths.

    Examples
    --------
    >>> sla_goal("last month", ["2026-01", "2026-02"], [300, 330], "2026-03")
    330.0
    >>> sla_goal("3-month average", ["2025-12", "2026-01", "2026-02"], [240, 300, 330], "2026-03")
    290.0
    >>> sla_goal("12 months ago", ["2025-03-05", "2025-03-20"], [100, 150], "2026-03-14")
    250.0
    >>> sla_goal("custom", ["2026-01", "2026-02"], [300, 330], "2026-03", 400)
    400.0
    >>> sla_goal("12 months ago", ["2026-01", "2026-02"], [300, 330], "2026-03")
    Traceback (most recent call last):
    xlsmkt.errors.NotAvailable: SLA_GOAL: months has no row in 2025-03; add it, or choose another method
    >>> sla_goal("last month", ["2026-01", "2026-02"], [300, 330, 360], "2026-03")
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: SLA_GOAL: months has 2 and totals has 3 rows; give columns of one length
    """
    if method == "custom":
        if custom is None:
            raise NotAvailable('the method is "custom" and custom is missing; give the goal, or another method')
        return custom
    wanted = {month_of(month) - before: 0.0 for before in _MONTHS_BEFORE[method]}
    found = set()
    for day, total in zip(months, totals):
        if day is not None and total is not None and month_of(day) in wanted:
            wanted[month_of(day)] += total
            found.add(month_of(day))
    for number in wanted:
        if number not in found:
            raise NotAvailable(f"months has no row in {first_day(number):%Y-%m}; add it, or choose another method")
    return sum(wanted.values()) / len(wanted)
