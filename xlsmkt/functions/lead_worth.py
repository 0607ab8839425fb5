"""Lead worth: what leads are worth, in points or money."""

from typing import Any, Dict, Optional

from xlsmkt.catalogue import Input, cell_function
from xlsmkt.columns import folded, grouped
from xlsmkt.errors import NotAvailable, WrongType, quoted
from xlsmkt.units import Cells, Column, Count, Money, Number, Price, Rate, Text


@cell_function
def lead_points(close_rate: Rate) -> Number:
    """Points of a lead in a point-based SLA.

    points = close rate in percent

    Parameters
    ----------
    close_rate
        Close rate of the lead's type.

    Raises
    ------
    #NUM!
        The close rate is outside 0% to 100%.

    Examples
    --------
    >>> lead_points(0.1)
    10.0
    >>> lead_points(0.01)
    1.0
    >>> lead_points([0.1, 0.01])
    [10.0, 1.0]
    >>> lead_points(10)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: LEAD_POINTS: close_rate is 10; give 0% to 100%
    """
    return close_rate * 100


@cell_function
def lead_value(
    close_rate: Rate = Input("Agreed_Close_Rate"), average_deal_size: Price = Input("Agreed_Deal_Size")
) -> Money:
    """Money that a lead is worth on average.

    value = close_rate * average_deal_size

    Parameters
    ----------
    close_rate
        Close rate of the lead's type.
    average_deal_size
        Revenue of one new customer.

    Raises
    ------
    #NUM!
        The close rate is outside 0% to 100%, or the deal size is negative.

    Examples
    --------
    >>> lead_value(0.01, 160000)
    1600.0
    >>> lead_value([0.1, 0.01], 5000)
    [500.0, 50.0]
    >>> lead_value(1.5, 160000)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: LEAD_VALUE: close_rate is 1.5; give 0% to 100%
    """
    return close_rate * average_deal_size


@cell_function
def leads_worth(
    lead_types: Column[Text],
    types: Cells[Text],
    worths: Cells[Number],
    counts: Optional[Column[Count]] = None,
) -> Number:
    """Points or money of a batch of leads.

    sum over the leads of the worth of each lead's type

    Parameters
    ----------
    lead_types
        The type of each lead, or of each row of counted leads. Upper and lower case are the same.
    types
        The list of lead types.
    worths
        Points or money of each type in the list.
    counts
        Leads in each row. Left out: each row is one lead.

    Raises
    ------
    #N/A
        A lead's type is not in the list, or has no worth there.
    #VALUE!
        The list of types and the list of worths have different lengths.

    Examples
    --------
    >>> leads_worth(["Demo", "Whitepaper", "demo"], ["Demo", "Whitepaper"], [10, 1])
    21.0
    >>> leads_worth(["Demo", "Whitepaper"], ["Demo", "Whitepaper"], [500, 50], [4, 20])
    3000.0
    >>> leads_worth(["Demo", "Webinar"], ["Demo", "Whitepaper"], [10, 1])
    Traceback (most recent call last):
    xlsmkt.errors.NotAvailable: LEADS_WORTH: the type Webinar has no worth; add it to the list of types
    >>> leads_worth(["Demo"], ["Demo", "Whitepaper"], [10])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: LEADS_WORTH: types has 2 and worths has 1 rows; give columns of one length
    """
    if len(types) != len(worths):
        raise WrongType(f"types has {len(types)} and worths has {len(worths)} rows; give columns of one length")
    worth_of: Dict[Any, float] = {}
    for name, worth in zip(types, worths):
        if name is not None and worth is not None:
            worth_of.setdefault(folded(name), worth)  # of a type that stands there twice the first, as a lookup does
    names, numbers = grouped(lead_types)
    totals = [0.0] * len(names)
    for number, count in zip(numbers, counts if counts is not None else [1] * len(numbers)):
        if number is not None:
            totals[number] += count or 0
    for name in names:
        if folded(name) not in worth_of:
            raise NotAvailable(f"the type {quoted(name)} has no worth; add it to the list of types")
    return sum(total * worth_of[folded(name)] for name, total in zip(names, totals))


@cell_function
def revenue_pipeline(leads: Column[Count], close_rate: Column[Rate], average_deal_size: Column[Price]) -> Money:
    """Revenue to expect from the leads at hand.

    revenue = leads * close_rate * average_deal_size; columns are summed

    Parameters
    ----------
    leads
        Leads at hand, in all or of each type.
    close_rate
        Their close rate, one for all or one for each type. A row with a blank cell adds nothing.
    average_deal_size
        Revenue of one new customer, one for all or one for each type.

    Raises
    ------
    #NUM!
        A close rate is outside 0% to 100%.

    Examples
    --------
    >>> revenue_pipeline(500, 0.1, 1200)
    60000.0
    >>> revenue_pipeline([100, 500], [0.1, 0.01], 1200)
    18000.0
    >>> revenue_pipeline(500, 10, 1200)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: REVENUE_PIPELINE: close_rate, row 1, is 10; give 0% to 100%
    """
    rows = zip(leads, close_rate, average_deal_size)
    return sum(n * rate * deal for n, rate, deal in rows if n is not None and rate is not None and deal is not None)
