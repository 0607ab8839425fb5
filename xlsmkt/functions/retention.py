"""Customer value: how many customers stay, and what each of them is worth."""

from xlsmkt.catalogue import cell_function
from xlsmkt.errors import DividedByZero, OutOfRange
from xlsmkt.units import Count, Money, Months, Number, Price, Rate


@cell_function
def retention_rate(at_start: Count, at_end: Count, new: Count) -> Rate:
    """Share of a period's first customers that are still customers at its end.

    retention rate = (at_end - new) / at_start

    Parameters
    ----------
    at_start
        Customers on the first day of the period.
    at_end
        Customers on its last day.
    new
        Customers won in the period.

    Raises
    ------
    #DIV/0!
        There were no customers at the start.
    #NUM!
        The counts contradict each other: more new customers than customers at the end, or more old ones at the end
        than there were at the start; or a count is negative.

    References
    ----------
    Two readings: here a new customer that leaves within the period is one lost. For 1 - lost / at_start, with only the
    first customers among the lost, count in new only those that are still there at the end.

    Examples
    --------
    >>> retention_rate(500, 550, 100)
    0.9
    >>> retention_rate([500, 40], [550, 40], [100, 0])
    [0.9, 1.0]
    >>> retention_rate(0, 100, 100)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: RETENTION_RATE: at_start is 0; there is nothing to divide by
    >>> retention_rate(500, 550, 600)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: RETENTION_RATE: new is 600 of 550 customers at the end; give at most as many as at_end
    >>> retention_rate(500, 550, 20)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: RETENTION_RATE: at_end less new leaves 530 of 500 customers at the start; check the counts
    >>> retention_rate(-500, 550, 100)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: RETENTION_RATE: at_start is -500; give 0 or more
    """
    return _stayed(at_start, at_end, new) / at_start


@cell_function
def churn_rate(at_start: Count, at_end: Count, new: Count) -> Rate:
    """Share of a period's first customers that were lost by its end.

    churn rate = 1 - RETENTION_RATE = (at_start + new - at_end) / at_start

    Parameters
    ----------
    at_start
        Customers on the first day of the period.
    at_end
        Customers on its last day.
    new
        Customers won in the period.

    Raises
    ------
    #DIV/0!
        There were no customers at the start.
    #NUM!
        The counts contradict each other: more new customers than customers at the end, or more old ones at the end
        than there were at the start; or a count is negative.

    References
    ----------
    Two readings: as for RETENTION_RATE. The rate is that of the period: 5% a month is 46% a year, not 60%.

    Examples
    --------
    >>> churn_rate(500, 550, 100)
    0.1
    >>> churn_rate([500, 40], [550, 40], [100, 0])
    [0.1, 0.0]
    >>> churn_rate(0, 100, 100)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: CHURN_RATE: at_start is 0; there is nothing to divide by
    >>> churn_rate(500, 550, 600)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: CHURN_RATE: new is 600 of 550 customers at the end; give at most as many as at_end
    >>> churn_rate(500, 550, 20)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: CHURN_RATE: at_end less new leaves 530 of 500 customers at the start; check the counts
    """
    return (at_start - _stayed(at_start, at_end, new)) / at_start


def _stayed(at_start: float, at_end: float, new: float) -> float:
    """The customers of the first day that are there on the last; no more than there were."""
    if at_start == 0:
        raise DividedByZero("at_start is 0; there is nothing to divide by")
    if new > at_end:
        raise OutOfRange(f"new is {new:.15g} of {at_end:.15g} customers at the end; give at most as many as at_end")
    stayed = at_end - new
    if stayed > at_start * (1 + 1e-12):  # averages of counts may pass each other by a hair in binary
        raise OutOfRange(
            f"at_end less new leaves {stayed:.15g} of {at_start:.15g} customers at the start; check the counts"
        )
    return min(stayed, at_start)


@cell_function
def lifetime_value(revenue_per_period: Price, gross_margin: Rate, churn_rate: Rate) -> Money:
    """What a customer is worth over all the time that it stays (LTV, also CLV).

    lifetime value = revenue_per_period * gross_margin / churn_rate

    Parameters
    ----------
    revenue_per_period
        Revenue of one customer in a month, or in another period.
    gross_margin
        Share of the revenue that is left after the cost of what was sold.
    churn_rate
        Share of the customers lost in the same period; see CHURN_RATE.

    Raises
    ------
    #DIV/0!
        Nobody leaves, so the value has no end.
    #NUM!
        A rate is outside 0% to 100%, or the revenue is negative.

    References
    ----------
    Two readings: for the value without margin, give 100%; it is revenue, and nothing that an acquisition cost may be
    held against. Money of later years counts in full.

    Examples
    --------
    >>> lifetime_value(80, 1, 0.05)
    1600.0
    >>> lifetime_value([100, 50], 0.8, 0.05)
    [1600.0, 800.0]
    >>> lifetime_value(100, 0.8, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: LIFETIME_VALUE: churn_rate is 0, and nobody ever leaves; give that of a longer period
    >>> lifetime_value(100, 80, 0.05)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: LIFETIME_VALUE: gross_margin is 80; give 0% to 100%
    """
    if churn_rate == 0:
        raise DividedByZero("churn_rate is 0, and nobody ever leaves; give that of a longer period")
    return revenue_per_period * gross_margin / churn_rate


@cell_function
def ltv_to_cac(lifetime_value: Price, acquisition_cost: Price) -> Number:
    """How many times a customer brings in what it cost to win.

    LTV to CAC = lifetime_value / acquisition_cost

    Parameters
    ----------
    lifetime_value
        What a customer is worth; see LIFETIME_VALUE.
    acquisition_cost
        What a new customer cost; see CUSTOMER_ACQUISITION_COST.

    Raises
    ------
    #DIV/0!
        The acquisition cost is 0.
    #NUM!
        An amount is negative.

    References
    ----------
    3 and more is usually called healthy; below 1 each customer loses money.

    Examples
    --------
    >>> ltv_to_cac(1600, 200)
    8.0
    >>> ltv_to_cac(1600, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: LTV_TO_CAC: acquisition_cost is 0; there is nothing to divide by
    >>> ltv_to_cac(1600, -200)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: LTV_TO_CAC: acquisition_cost is -200; give an amount of 0 or more
    """
    return lifetime_value / acquisition_cost


@cell_function
def cac_payback_months(acquisition_cost: Price, revenue_per_month: Price, gross_margin: Rate = 1) -> Months:
    """Months until a new customer has paid back what it cost to win.

    months = acquisition_cost / (revenue_per_month * gross_margin)

    Parameters
    ----------
    acquisition_cost
        What a new customer cost; see CUSTOMER_ACQUISITION_COST.
    revenue_per_month
        Revenue of one customer in a month.
    gross_margin
        Share of the revenue that is left after the cost of what was sold. Left out: 100%, for a revenue that is net
        of that cost already.

    Raises
    ------
    #DIV/0!
        The revenue or the margin is 0: it never pays back.
    #NUM!
        An amount is negative, or the margin is outside 0% to 100%.

    References
    ----------
    A customer that leaves earlier never pays back: compare with the months that customers stay, 1 / CHURN_RATE.

    Examples
    --------
    >>> cac_payback_months(200, 80)
    2.5
    >>> cac_payback_months([200, 400], 100, 0.8)
    [2.5, 5.0]
    >>> cac_payback_months(200, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: CAC_PAYBACK_MONTHS: revenue_per_month is 0; there is nothing to divide by
    >>> cac_payback_months(200, 100, 80)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: CAC_PAYBACK_MONTHS: gross_margin is 80; give 0% to 100%
    """
    return acquisition_cost / (revenue_per_month * gross_margin)
