"""KPIs: what leads and customers cost, what marketing returns, what the pipeline promises."""

from xlsmkt.catalogue import cell_function
from xlsmkt.errors import DividedByZero
from xlsmkt.units import Count, Days, Money, Number, Price, Rate, Ratio


@cell_function
def cost_per_lead(spend: Price, leads: Count) -> Money:
    """What one lead cost (CPL).

    cost per lead = spend / leads

    Parameters
    ----------
    spend
        What marketing spent to make these leads.
    leads
        Leads made.

    Raises
    ------
    #DIV/0!
        There are no leads.
    #NUM!
        The spend or the count is negative.

    References
    ----------
    Two readings: ours counts what was paid for campaigns. For the loaded one, add salaries and tools to spend.

    Examples
    --------
    >>> cost_per_lead(300, 15)
    20.0
    >>> cost_per_lead([300, 450], [15, 30])
    [20.0, 15.0]
    >>> cost_per_lead(300, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: COST_PER_LEAD: leads is 0; there is nothing to divide by
    >>> cost_per_lead(-300, 15)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: COST_PER_LEAD: spend is -300; give an amount of 0 or more
    """
    return spend / leads


@cell_function
def cost_per_opportunity(spend: Price, opportunities: Count) -> Money:
    """What one opportunity cost.

    cost per opportunity = spend / opportunities

    Parameters
    ----------
    spend
        What marketing spent to open these opportunities.
    opportunities
        Opportunities opened, whatever became of them.

    Raises
    ------
    #DIV/0!
        There are no opportunities.
    #NUM!
        The spend or the count is negative.

    Examples
    --------
    >>> cost_per_opportunity(300, 8)
    37.5
    >>> cost_per_opportunity(300, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: COST_PER_OPPORTUNITY: opportunities is 0; there is nothing to divide by
    >>> cost_per_opportunity(300, -8)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: COST_PER_OPPORTUNITY: opportunities is -8; give 0 or more
    """
    return spend / opportunities


@cell_function
def customer_acquisition_cost(spend: Price, customers: Count) -> Money:
    """What one new customer cost (CAC).

    acquisition cost = spend / customers

    Parameters
    ----------
    spend
        What marketing and sales spent to win these customers.
    customers
        New customers won.

    Raises
    ------
    #DIV/0!
        There are no new customers.
    #NUM!
        The spend or the count is negative.

    References
    ----------
    Two readings: ours takes the spend of marketing and sales together. For marketing's alone, give that as spend; it
    is lower, and says nothing about whether a customer pays.

    Examples
    --------
    >>> customer_acquisition_cost(300, 8)
    37.5
    >>> customer_acquisition_cost([300, 600], [8, 3])
    [37.5, 200.0]
    >>> customer_acquisition_cost(300, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: CUSTOMER_ACQUISITION_COST: customers is 0; there is nothing to divide by
    >>> customer_acquisition_cost(-300, 8)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: CUSTOMER_ACQUISITION_COST: spend is -300; give an amount of 0 or more
    """
    return spend / customers


@cell_function
def marketing_roi(revenue: Money, cost: Price, gross_margin: Rate = 1) -> Ratio:
    """What marketing returned on each unit of money spent (return on investment).

    ROI = (revenue * gross_margin - cost) / cost

    Parameters
    ----------
    revenue
        Revenue that marketing brought in.
    cost
        What marketing cost.
    gross_margin
        Share of the revenue that is left after the cost of what was sold. Left out: 100%.

    Raises
    ------
    #DIV/0!
        The cost is 0.
    #NUM!
        The cost is negative, or the margin is outside 0% to 100%.

    References
    ----------
    Two readings: revenue / cost is the return on ad spend (ROAS), which is 100% higher at a margin of 100%.

    Examples
    --------
    >>> marketing_roi(4000, 1000)
    3.0
    >>> marketing_roi(4000, 1000, 0.2)
    -0.2
    >>> marketing_roi(4000, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: MARKETING_ROI: cost is 0; there is nothing to divide by
    >>> marketing_roi(4000, 1000, 20)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: MARKETING_ROI: gross_margin is 20; give 0% to 100%
    """
    return (revenue * gross_margin - cost) / cost


@cell_function
def win_rate(won: Count, lost: Count) -> Rate:
    """Share of closed deals that were won.

    win rate = won / (won + lost)

    Parameters
    ----------
    won
        Deals won.
    lost
        Deals lost. Open ones are neither.

    Raises
    ------
    #DIV/0!
        No deal is closed yet.
    #NUM!
        A count is negative.

    References
    ----------
    Two readings: won / all opportunities counts the open ones as lost; see OPPORTUNITY_TO_CUSTOMER_RATE.

    Examples
    --------
    >>> win_rate(45, 135)
    0.25
    >>> win_rate([45, 3], [135, 0])
    [0.25, 1.0]
    >>> win_rate(0, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: WIN_RATE: no deal was won or lost yet; there is nothing to divide by
    >>> win_rate(45, -135)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: WIN_RATE: lost is -135; give 0 or more
    """
    if won + lost == 0:
        raise DividedByZero("no deal was won or lost yet; there is nothing to divide by")
    return won / (won + lost)


@cell_function
def pipeline_coverage(open_pipeline: Price, quota: Price, already_won: Price = 0) -> Number:
    """How many times the open deals cover what is still to be won.

    coverage = open_pipeline / (quota - already_won)

    Parameters
    ----------
    open_pipeline
        Value of the deals still open.
    quota
        Revenue to win in the period.
    already_won
        Revenue won in the period so far.

    Raises
    ------
    #DIV/0!
        The quota is 0, or reached already: nothing is left to cover.
    #NUM!
        An amount is negative.

    References
    ----------
    Two readings: ours is over the remaining quota. For the coverage of the whole quota, leave already_won out.

    Examples
    --------
    >>> pipeline_coverage(300000, 100000)
    3.0
    >>> pipeline_coverage(300000, 100000, 40000)
    5.0
    >>> pipeline_coverage(300000, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: PIPELINE_COVERAGE: quota is 0; there is nothing to divide by
    >>> pipeline_coverage(300000, 100000, 120000)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: PIPELINE_COVERAGE: already_won is 120000 of a quota of 100000; nothing is left to cover
    >>> pipeline_coverage(-300000, 100000)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: PIPELINE_COVERAGE: open_pipeline is -300000; give an amount of 0 or more
    """
    if quota == 0:
        raise DividedByZero("quota is 0; there is nothing to divide by")
    if quota - already_won <= quota * 1e-12:  # deals that add up to the quota may miss it by a hair in binary
        raise DividedByZero(f"already_won is {already_won:.15g} of a quota of {quota:.15g}; nothing is left to cover")
    return open_pipeline / (quota - already_won)


@cell_function
def pipeline_velocity(opportunities: Count, win_rate: Rate, average_deal_size: Price, cycle_days: Days) -> Money:
    """Revenue a day that the pipeline yields at its present pace.

    velocity = opportunities * win_rate * average_deal_size / cycle_days

    Parameters
    ----------
    opportunities
        Opportunities in the pipeline.
    win_rate
        Share of them that will be won; see WIN_RATE.
    average_deal_size
        Revenue of one won deal.
    cycle_days
        Days from opportunity to won deal.

    Raises
    ------
    #DIV/0!
        The cycle has no days.
    #NUM!
        The win rate is outside 0% to 100%, or another number is negative.

    References
    ----------
    Two readings: give the median cycle, as we do; the mean one is drawn out by a few deals that took for ever, and
    makes the velocity too low.

    Examples
    --------
    >>> pipeline_velocity(40, 0.25, 25000, 90)
    2777.78
    >>> pipeline_velocity([40, 20], 0.25, 25000, 100)
    [2500.0, 1250.0]
    >>> pipeline_velocity(40, 0.25, 25000, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: PIPELINE_VELOCITY: cycle_days is 0; there is nothing to divide by
    >>> pipeline_velocity(40, 25, 25000, 90)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: PIPELINE_VELOCITY: win_rate is 25; give 0% to 100%
    """
    return opportunities * win_rate * average_deal_size / cycle_days
