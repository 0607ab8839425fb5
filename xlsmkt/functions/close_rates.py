"""Close rates: which leads become customers."""

from datetime import timedelta
from math import ceil
from typing import Any, List, Optional

from xlsmkt.catalogue import Input, cell_function
from xlsmkt.columns import grouped, normal_quantile, ratio, single_marks, summed, weighted, wilson
from xlsmkt.errors import DividedByZero, OutOfRange, quoted
from xlsmkt.units import Column, Count, Date, Days, Label, Rate, Row, Table, Tally

_COUNTED = "give the column of leads, too, when the rows are counted"


@cell_function
def close_rate(customers: Count, leads: Count) -> Rate:
    """Share of leads that became customers.

    close rate = customers / leads

    Parameters
    ----------
    customers
        Customers won from these leads.
    leads
        Leads made.

    Raises
    ------
    #DIV/0!
        There are no leads.
    #NUM!
        A count is negative.

    References
    ----------
    Two readings: ours follows the leads of a period (a cohort) to their end. For the other, give the customers closed
    in the period and the leads made in it; it is quicker to know and may pass 100%. Young leads: MATURE_CLOSE_RATE.

    Examples
    --------
    >>> close_rate(5, 100)
    0.05
    >>> close_rate([5, 7], [100, 140])
    [0.05, 0.05]
    >>> close_rate(0, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: CLOSE_RATE: leads is 0; there is nothing to divide by
    >>> close_rate(-5, 100)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: CLOSE_RATE: customers is -5; give 0 or more
    """
    return customers / leads


@cell_function
def weighted_close_rate(close_rates: Column[Rate], weights: Column[Count]) -> Rate:
    """Close rate of several kinds of lead together.

    weighted close rate = sum of rate * weight / sum of weights

    Parameters
    ----------
    close_rates
        Close rate of each kind of lead.
    weights
        Share of each kind in the leads, or its lead count. A row with a blank cell is left out.

    Raises
    ------
    #DIV/0!
        The weights add up to 0.
    #NUM!
        A close rate is outside 0% to 100%, or a weight is negative.
    #VALUE!
        The columns have different lengths.

    References
    ----------
    Two readings: the simple mean, AVERAGE(close_rates), is wrong as soon as the kinds differ in volume.

    Examples
    --------
    >>> weighted_close_rate([0.1, 0.01], [0.25, 0.75])
    0.0325
    >>> weighted_close_rate([0.1, 0.01], [50, 150])
    0.0325
    >>> weighted_close_rate([0.1, 0.01], [0, 0])
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: WEIGHTED_CLOSE_RATE: weights add up to 0; give each kind its share or lead count
    >>> weighted_close_rate([10, 1], [25, 75])
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: WEIGHTED_CLOSE_RATE: close_rates, row 1, is 10; give 0% to 100%
    >>> weighted_close_rate([0.1, 0.01], [1, 2, 3])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: WEIGHTED_CLOSE_RATE: close_rates has 2 and weights has 3 rows; give columns of one length
    """
    rows = [(rate, weight) for rate, weight in zip(close_rates, weights) if rate is not None and weight is not None]
    if sum(weight for _, weight in rows) == 0:
        raise DividedByZero("weights add up to 0; give each kind its share or lead count")
    return weighted([rate for rate, _ in rows], [weight for _, weight in rows])


@cell_function
def close_rate_interval(customers: Count, leads: Count, confidence: Rate = 0.95) -> Row[Rate]:
    """Between which rates the true close rate lies: low and high, side by side.

    (p + z^2/2n -+ z sqrt(p (1-p)/n + z^2/4n^2)) / (1 + z^2/n), p = customers / leads, n = leads, z the normal quantile

    Parameters
    ----------
    customers
        Customers won from these leads.
    leads
        Leads made.
    confidence
        How sure to be, more than 0% and less than 100%.

    Raises
    ------
    #DIV/0!
        There are no leads.
    #NUM!
        There are more customers than leads, or the confidence is 0% or 100%.

    References
    ----------
    Wilson (1927), the score interval: right also for few leads and rates near 0, where the usual
    rate -+ 1.96 standard errors falls below 0%.

    Examples
    --------
    >>> close_rate_interval(5, 100, 0.95)
    [0.0215, 0.1118]
    >>> close_rate_interval(0, 10)
    [0.0, 0.2775]
    >>> close_rate_interval([5, 0], [100, 10])
    [[0.0215, 0.1118], [0.0, 0.2775]]
    >>> close_rate_interval(0, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: CLOSE_RATE_INTERVAL: leads is 0; there is nothing to divide by
    >>> close_rate_interval(15, 10)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: CLOSE_RATE_INTERVAL: customers is 15 of 10 leads; give at most as many as leads
    """
    return Row(wilson(customers, leads, normal_quantile(confidence)))


@cell_function
def close_rate_by(
    groups: Column[Label],
    customers: Column[Tally],
    leads: Optional[Column[Count]] = None,
    confidence: Rate = 0.95,
) -> Table:
    """Close rates by lead type, industry, source or any other group, the largest group first.

    close rate = customers / leads of the group; low and high as CLOSE_RATE_INTERVAL; points as LEAD_POINTS

    Parameters
    ----------
    groups
        The group of each row. Upper and lower case are the same; rows without a group are left out.
    customers
        Without leads, a row is one lead: TRUE, 1, "won" or the date it was won make it a customer. With leads, the
        number of customers in the row.
    leads
        The number of leads in the row, for data that are counted already.
    confidence
        How sure low and high are to be.

    Raises
    ------
    #NUM!
        A group has more customers than leads, or the confidence is 0% or 100%.
    #VALUE!
        The columns have different lengths.

    References
    ----------
    Wilson (1927). The last row's close rate is the weighted one: all customers / all leads.

    Examples
    --------
    >>> close_rate_by(["Demo", "Whitepaper"], [10, 3], [100, 300])
    [['Group', 'Leads', 'Customers', 'Close rate', 'Low', 'High', 'Share of leads', 'Points'],
     ['Whitepaper', 300, 3, 0.01, 0.0034, 0.0290, 0.75, 1.0],
     ['Demo', 100, 10, 0.1, 0.0552, 0.1744, 0.25, 10.0],
     ['All', 400, 13, 0.0325, 0.0191, 0.0548, 1.0, 3.25]]
    >>> close_rate_by(["Demo", "demo", "Fair", "Demo"], [True, False, False, "won"])
    [['Group', 'Leads', 'Customers', 'Close rate', 'Low', 'High', 'Share of leads', 'Points'],
     ['Demo', 3, 2, 0.6667, 0.2077, 0.9385, 0.75, 66.6667],
     ['Fair', 1, 0, 0.0, 0.0, 0.7935, 0.25, 0.0],
     ['All', 4, 2, 0.5, 0.1500, 0.8500, 1.0, 50.0]]
    >>> close_rate_by(["Demo", "Fair"], [10, 3], [5, 300])
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: CLOSE_RATE_BY: group Demo: customers is 10 of 5 leads; give at most as many as leads
    >>> close_rate_by(["Demo", "Fair"], [1, 0, 1])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: CLOSE_RATE_BY: groups has 2 and customers has 3 rows; give columns of one length
    """
    z = normal_quantile(confidence)
    if leads is None:
        won = Column(single_marks("customers", customers, _COUNTED))
        leads = Column([1] * len(won))
    else:
        won = customers
    names, numbers = grouped(groups)
    sums = summed(numbers, (leads, won), len(names))
    total = sum(leads for leads, _ in sums)
    table: Table = [["Group", "Leads", "Customers", "Close rate", "Low", "High", "Share of leads", "Points"]]
    for number in sorted(range(len(names)), key=lambda number: -sums[number][0]):
        table.append(_close_rate_row(names[number], sums[number][0], sums[number][1], total, z))
    return [*table, _close_rate_row("All", total, sum(customers for _, customers in sums), total, z)]


def _close_rate_row(group: object, leads: float, customers: float, total: float, z: float) -> List[Any]:
    rate = ratio(customers, leads)
    if rate is None:
        return [group, leads, customers, None, None, None, ratio(leads, total), None]
    try:
        low, high = wilson(customers, leads, z)
    except OutOfRange as error:
        raise OutOfRange(f"group {quoted(group)}: {error}") from None
    return [group, leads, customers, rate, low, high, ratio(leads, total), rate * 100]


@cell_function
def mature_close_rate(
    created: Column[Date],
    closed: Column[Date],
    won: Column[Tally],
    as_of: Date = Input("As_Of"),
    sales_cycle_days: Days = Input("Sales_Cycle_Days"),
) -> Rate:
    """Close rate of the leads that had at least one sales cycle to close.

    customers / leads, of the leads created at least sales_cycle_days before as_of

    Parameters
    ----------
    created
        Day on which each lead was made; rows without it are left out.
    closed
        Day on which it was won or lost; blank while it is open. Later than as_of, it counts as open.
    won
        Whether it became a customer: TRUE, 1, "won" or a date.
    as_of
        The day that the figure speaks of.
    sales_cycle_days
        Days from lead to customer.

    Raises
    ------
    #DIV/0!
        No lead is old enough.
    #VALUE!
        A cell of the dates is no date, or the columns have different lengths.

    References
    ----------
    Two readings: CLOSE_RATE over all leads counts young leads as lost, and falls whenever marketing makes more of them.

    Examples
    --------
    >>> mature_close_rate(["2026-01-05", "2026-01-20", "2026-03-20"], ["2026-02-10", "", ""], [1, 0, 0],
    ...                   "2026-03-31", 60)
    0.5
    >>> mature_close_rate("2026-03-20", "", 0, "2026-03-31", 60)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: MATURE_CLOSE_RATE: no lead was made by 2026-01-30, 60 days before 2026-03-31
    >>> mature_close_rate("last week", "", 0, "2026-03-31", 60)
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: MATURE_CLOSE_RATE: created, row 1, is the text "last week"; give a date, such as 2026-03-31
    """
    latest = as_of - timedelta(days=ceil(sales_cycle_days))  # a lead half a day short has not had its time
    leads = customers = 0
    for made, end, mark in zip(created, closed, won):
        if made is not None and made <= latest:
            leads += 1
            if mark and (end is None or end <= as_of):
                customers += 1
    if leads == 0:
        raise DividedByZero(f"no lead was made by {latest}, {sales_cycle_days:.15g} days before {as_of}")
    return customers / leads
