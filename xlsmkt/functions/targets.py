"""Lead targets: how many customers, leads and visits a goal asks for."""

from math import floor, sqrt
from statistics import NormalDist
from typing import Optional

from xlsmkt.catalogue import Input, cell_function
from xlsmkt.columns import weighted, whole
from xlsmkt.errors import DividedByZero, OutOfRange
from xlsmkt.units import Column, Count, Money, Number, Price, Rate, Table, Text


@cell_function
def customers_needed(
    revenue_goal: Money = Input("Revenue_Goal"),
    average_deal_size: Price = Input("Agreed_Deal_Size"),
    expected_revenue: Money = Input("Expected_Revenue", 0),
) -> Count:
    """New customers to win so that a revenue goal is reached.

    customers = (revenue_goal - expected_revenue) / average_deal_size, rounded up to whole customers

    Parameters
    ----------
    revenue_goal
        Revenue to reach in the period.
    average_deal_size
        Revenue of one new customer.
    expected_revenue
        Revenue of the period that is certain without new customers (renewals, signed deals). Left out: none.

    Raises
    ------
    #DIV/0!
        The average deal size is 0.
    #NUM!
        The average deal size is negative.

    Examples
    --------
    >>> customers_needed(100000, 5000)
    20
    >>> customers_needed(100000, 5000, 30000)
    14
    >>> customers_needed([100000, 101000], 5000)
    [20, 21]
    >>> customers_needed(100000, 5000, 120000)
    0
    >>> customers_needed(100000, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: CUSTOMERS_NEEDED: average_deal_size is 0; there is nothing to divide by
    >>> customers_needed(100000, -5000)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: CUSTOMERS_NEEDED: average_deal_size is -5000; give an amount of 0 or more
    """
    return max(0, whole((revenue_goal - expected_revenue) / average_deal_size))


@cell_function
def leads_needed(
    customers: Count = Input("Customers_Goal"),
    close_rate: Rate = Input("Agreed_Close_Rate"),
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
        Chance of reaching the customers that the leads must give, each lead closing by itself (binomial). Left out or
        0: the plain average, which misses the goal about half the time.

    Raises
    ------
    #DIV/0!
        The close rate is 0: no number of leads is enough.
    #NUM!
        A rate is outside 0% to 100%, or the confidence is 100%: no number of leads makes it certain.

    References
    ----------
    Two readings: the plain average is the field's usual one; with a confidence it is the smallest binomial sample that
    holds the customers with that chance.

    Examples
    --------
    >>> leads_needed(20, 0.05)
    400
    >>> leads_needed(7, 0.05)
    140
    >>> leads_needed(20, 0.0325)
    616
    >>> leads_needed(20, 0.05, 0.9)
    515
    >>> leads_needed([20, 30], 0.05)
    [400, 600]
    >>> leads_needed([20, 30], [0.05, 0])
    [400, #DIV/0!]
    >>> leads_needed(20, 5)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: LEADS_NEEDED: close_rate is 5; give 0% to 100%
    >>> leads_needed(20, 0.05, 1)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: LEADS_NEEDED: confidence is 100%; give less, such as 90%
    """
    if confidence:
        return _leads_for_chance(whole(customers), close_rate, confidence)
    return whole(customers / close_rate)


_MOST_TRIALS = 1e9  # a chance over more leads than this would take seconds


def _leads_for_chance(customers: int, close_rate: float, confidence: float) -> int:
    """The fewest leads that give at least this chance of the customers."""
    if close_rate == 0:
        raise DividedByZero("close_rate is 0; no number of leads is enough")
    if confidence == 1:
        raise OutOfRange("confidence is 100%; give less, such as 90%")
    if customers / close_rate > _MOST_TRIALS:
        raise OutOfRange("customers / close_rate is above 1,000,000,000 leads; leave confidence out")
    if customers == 0 or close_rate == 1:
        return customers

    def enough(leads: int) -> bool:
        return _chance(leads, close_rate, customers) >= confidence

    # start where the normal curve says, widen until the answer lies between, then halve
    spread = NormalDist().inv_cdf(confidence) * sqrt((1 - close_rate) * customers) / close_rate
    low = high = max(customers, round(customers / close_rate + spread))
    step = 1 + round(sqrt(customers) / close_rate / 50)
    while not enough(high):
        low, high, step = high, high + step, step * 2
    while low >= customers and enough(low):
        low, high, step = low - step, low, step * 2
    low = max(low, customers - 1)  # fewer leads than customers are never enough
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _chance(leads: int, rate: float, customers: int) -> float:
    """The chance of at least that many customers from the leads (binomial).

    Sums the likelihoods outward from the most likely number, relative to it: no factorials, so nothing overflows and
    nothing is lost, however many leads there are.
    """
    if customers <= 0:
        return 1.0
    if customers > leads or rate in (0, 1):
        return 1.0 if rate == 1 and customers <= leads else 0.0
    odds = rate / (1 - rate)
    likeliest = min(floor((leads + 1) * rate), leads)
    reached = missed = 0.0
    weight, number = 1.0, likeliest
    while weight > 1e-18 and number <= leads:
        if number >= customers:
            reached += weight
        else:
            missed += weight
        weight *= (leads - number) / (number + 1) * odds
        number += 1
    weight, number = likeliest / (leads - likeliest + 1) / odds, likeliest - 1
    while weight > 1e-18 and number >= 0:
        if number >= customers:
            reached += weight
        else:
            missed += weight
        weight *= number / (leads - number + 1) / odds
        number -= 1
    return reached / (reached + missed)


@cell_function
def chance_of_goal(leads: Count, close_rate: Rate, customers: Count) -> Rate:
    """Chance that a number of leads wins at least that many customers.

    chance = P(X >= customers), X binomial with that many leads and that close rate

    Parameters
    ----------
    leads
        Leads made.
    close_rate
        Share of leads that become customers.
    customers
        Customers to reach.

    Raises
    ------
    #NUM!
        The close rate is outside 0% to 100%, or there are more than a thousand million leads.

    References
    ----------
    Binomial distribution; the same as 1-BINOM.DIST(customers-1, leads, close_rate, TRUE).

    Examples
    --------
    >>> chance_of_goal(400, 0.05, 20)
    0.5320
    >>> chance_of_goal([400, 515], 0.05, 20)
    [0.5320, 0.9007]
    >>> chance_of_goal(400, 5, 20)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: CHANCE_OF_GOAL: close_rate is 5; give 0% to 100%
    """
    if leads > _MOST_TRIALS:
        raise OutOfRange(f"leads is {leads:.15g}; give at most 1,000,000,000")
    return _chance(floor(leads + 1e-9), close_rate, whole(customers))


@cell_function
def leads_needed_by_type(customers: Count, types: Column[Text], close_rates: Column[Rate], mix: Column[Count]) -> Table:
    """Leads to make of each lead type so that together they win a number of customers.

    leads = customers / weighted close rate, rounded up, then split by the mix into whole leads

    Parameters
    ----------
    customers
        New customers to win, one sales cycle from now.
    types
        The lead types (demo, whitepaper). Rows with a blank cell are left out.
    close_rates
        Close rate of each type.
    mix
        Share of each type in the leads, or its lead count; only the proportions matter.

    Raises
    ------
    #DIV/0!
        The weighted close rate is 0, or the mix is empty.

    References
    ----------
    The total is that of LEADS_NEEDED at the WEIGHTED_CLOSE_RATE; what is left after rounding down goes to the types
    with the largest remainder (Hamilton's method), so that the types add up to it.

    Examples
    --------
    >>> leads_needed_by_type(20, ["Demo", "Whitepaper"], [0.1, 0.01], [0.25, 0.75])
    [['Lead type', 'Mix', 'Close rate', 'Leads', 'Customers'],
     ['Demo', 0.25, 0.1, 154, 15.4],
     ['Whitepaper', 0.75, 0.01, 462, 4.62],
     ['All', 1.0, 0.0325, 616, 20.02]]
    >>> leads_needed_by_type(20, ["Demo", "Whitepaper"], [0, 0], [0.25, 0.75])
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: LEADS_NEEDED_BY_TYPE: the weighted close rate is 0; no number of leads is enough
    """
    rows = [(t, r, m) for t, r, m in zip(types, close_rates, mix) if t is not None and r is not None and m is not None]
    whole_mix = sum(m for _, _, m in rows)
    if whole_mix == 0:
        raise DividedByZero("mix is empty; give each type its share of the leads")
    shares = [m / whole_mix for _, _, m in rows]
    rate = weighted([r for _, r, _ in rows], shares)
    if rate == 0:
        raise DividedByZero("the weighted close rate is 0; no number of leads is enough")
    total = whole(customers / rate)
    leads = [floor(total * share + 1e-9) for share in shares]
    by_remainder = sorted(range(len(rows)), key=lambda i: leads[i] - total * shares[i])
    for i in by_remainder[: total - sum(leads)]:
        leads[i] += 1
    table: Table = [["Lead type", "Mix", "Close rate", "Leads", "Customers"]]
    table += [[t, share, r, n, n * r] for (t, r, _), share, n in zip(rows, shares, leads)]
    return [*table, ["All", 1.0, rate, total, sum(n * r for n, (_, r, _) in zip(leads, rows))]]


@cell_function
def customers_expected(leads: Column[Count], close_rates: Column[Rate]) -> Number:
    """Customers to expect from the leads at hand, type by type.

    customers = sum of leads * close_rate

    Parameters
    ----------
    leads
        Leads of each type.
    close_rates
        Close rate of each type; one rate for all is taken, too. A row with a blank cell adds nothing.

    Raises
    ------
    #NUM!
        A close rate is outside 0% to 100%.
    #VALUE!
        The columns have different lengths.

    Examples
    --------
    >>> customers_expected([100, 500], [0.1, 0.01])
    15.0
    >>> customers_expected(400, 0.05)
    20.0
    >>> customers_expected([100, 500], [10, 1])
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: CUSTOMERS_EXPECTED: close_rates, row 1, is 10; give 0% to 100%
    >>> customers_expected([100, 500], [0.1, 0.01, 0.02])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: CUSTOMERS_EXPECTED: leads has 2 and close_rates has 3 rows; give columns of one length
    """
    return sum(n * rate for n, rate in zip(leads, close_rates) if n is not None and rate is not None)


@cell_function
def leads_per_rep(
    quota: Price = Input("Quota"),
    average_deal_size: Price = Input("Agreed_Deal_Size"),
    close_rate: Rate = Input("Agreed_Close_Rate"),
) -> Count:
    """Leads that one sales rep needs to reach the quota.

    leads = quota / average_deal_size / close_rate, rounded up to whole leads

    Parameters
    ----------
    quota
        Revenue that the rep must close. A column of quotas: the leads of each rep; their sum is what marketing owes.
    average_deal_size
        Revenue of one new customer.
    close_rate
        Share of leads that become customers.

    Raises
    ------
    #DIV/0!
        The average deal size or the close rate is 0.
    #NUM!
        The close rate is outside 0% to 100%.

    References
    ----------
    Two readings: deals are not rounded on the way (a quota of 2.4 deals asks for the leads of 2.4 deals, right over
    several periods). For whole deals: LEADS_NEEDED(CUSTOMERS_NEEDED(quota, average_deal_size, 0), close_rate).

    Examples
    --------
    >>> leads_per_rep(25000, 5000, 0.05)
    100
    >>> leads_per_rep([25000, 12000], 5000, 0.05)
    [100, 48]
    >>> leads_per_rep(25000, 5000, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: LEADS_PER_REP: close_rate is 0; there is nothing to divide by
    >>> leads_per_rep(25000, 5000, 5)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: LEADS_PER_REP: close_rate is 5; give 0% to 100%
    """
    return whole(quota / average_deal_size / close_rate)
