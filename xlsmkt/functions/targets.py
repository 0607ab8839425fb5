"""Lead targets: how many customers, leads and visits a goal asks for, and when."""

from math import ceil
from typing import Optional

from xlsmkt.catalogue import Input, cell_function
from xlsmkt.units import Count, Rate


def whole(things: float) -> int:
    """Things to do, rounded up to whole ones; what binary arithmetic adds is not a thing (21 / 35 % is 60)."""
    return ceil(things - 1e-9 * max(1.0, abs(things)))


@cell_function
def leads_needed(
    customers: Count = Input("Customers_Goal"),
    close_rate: Rate = Input("Close_Rate"),
    confidence: Optional[Rate] = None,
) -> Count:
    """Leads that marketing must make to win a number of customers.

    leads = customers / close_rate, rounded up to whole leads

    Parameters
    ----------
    customers
        New customers to win, one sales cycle from now.
    close_rate
        Share of leads that become customers. Several kinds of lead: see WEIGHTED_CLOSE_RATE.
    confidence
        Chance of reaching the customers that the leads must give (binomial). Left out: the plain average, which
        misses the goal about half the time.

    Raises
    ------
    #DIV/0!
        The close rate is 0: no number of leads is enough.

    Examples
    --------
    >>> leads_needed(20, 0.05)
    400
    >>> leads_needed([20, 30], 0.05)
    [400, 600]
    >>> leads_needed([20, 30], [0.05, 0])
    [400, #DIV/0!]
    >>> leads_needed(20, 5)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: LEADS_NEEDED: close_rate is 5; give 0% to 100%
    """
    return whole(customers / close_rate)
