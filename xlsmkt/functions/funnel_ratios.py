"""Funnel ratios: the metrics that marketing and sales share."""

from xlsmkt.catalogue import cell_function
from xlsmkt.units import Count, Money, Rate, Ratio


@cell_function
def reach(email_contacts: Count, social_followers: Count = 0, blog_subscribers: Count = 0, others: Count = 0) -> Count:
    """How many people marketing can address.

    reach = e-mail contacts + social followers + blog subscribers + others

    Parameters
    ----------
    email_contacts
        People on the e-mail list.
    social_followers
        Followers in the social networks.
    blog_subscribers
        Subscribers of the blog.
    others
        Any other audience.

    Raises
    ------
    #NUM!
        A count is negative.

    References
    ----------
    The same person in two lists counts twice, as is usual.

    Examples
    --------
    >>> reach(5000, 2500, 500)
    8000.0
    >>> reach([5000, 5200], [2500, 2600])
    [7500.0, 7800.0]
    >>> reach(-1)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: REACH: email_contacts is -1; give 0 or more
    """
    return email_contacts + social_followers + blog_subscribers + others


@cell_function
def visit_to_lead_rate(leads: Count, visits: Count) -> Rate:
    """Share of visits that left a lead.

    rate = leads / visits

    Parameters
    ----------
    leads
        Leads made from these visits.
    visits
        Visits to the site.

    Raises
    ------
    #DIV/0!
        There are no visits.

    Examples
    --------
    >>> visit_to_lead_rate(300, 1000)
    0.3
    >>> visit_to_lead_rate([300, 45], [1000, 300])
    [0.3, 0.15]
    >>> visit_to_lead_rate(300, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: VISIT_TO_LEAD_RATE: visits is 0; there is nothing to divide by
    """
    return leads / visits


@cell_function
def lead_to_mql_rate(mqls: Count, leads: Count) -> Rate:
    """Share of leads that marketing qualified.

    rate = mqls / leads

    Parameters
    ----------
    mqls
        Leads that became marketing qualified leads (MQLs).
    leads
        Leads made.

    Raises
    ------
    #DIV/0!
        There are no leads.

    Examples
    --------
    >>> lead_to_mql_rate(120, 300)
    0.4
    >>> lead_to_mql_rate(120, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: LEAD_TO_MQL_RATE: leads is 0; there is nothing to divide by
    """
    return mqls / leads


@cell_function
def leads_worked_rate(worked: Count, leads: Count) -> Rate:
    """Share of leads that sales worked.

    rate = worked / leads

    Parameters
    ----------
    worked
        Leads that sales tried to reach at least once.
    leads
        Leads handed to sales.

    Raises
    ------
    #DIV/0!
        There are no leads.

    Examples
    --------
    >>> leads_worked_rate(90, 100)
    0.9
    >>> leads_worked_rate([90, 60], [100, 80])
    [0.9, 0.75]
    >>> leads_worked_rate(90, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: LEADS_WORKED_RATE: leads is 0; there is nothing to divide by
    """
    return worked / leads


@cell_function
def worked_to_connected_rate(connected: Count, worked: Count) -> Rate:
    """Share of worked leads that sales reached.

    rate = connected / worked

    Parameters
    ----------
    connected
        Leads that answered.
    worked
        Leads that sales tried to reach at least once.

    Raises
    ------
    #DIV/0!
        No lead was worked.

    Examples
    --------
    >>> worked_to_connected_rate(45, 90)
    0.5
    >>> worked_to_connected_rate(45, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: WORKED_TO_CONNECTED_RATE: worked is 0; there is nothing to divide by
    """
    return connected / worked


@cell_function
def mql_to_opportunity_rate(opportunities: Count, mqls: Count) -> Rate:
    """Share of qualified leads that became opportunities.

    rate = opportunities / mqls

    Parameters
    ----------
    opportunities
        Opportunities opened from these leads.
    mqls
        Marketing qualified leads (MQLs).

    Raises
    ------
    #DIV/0!
        There are no qualified leads.

    Examples
    --------
    >>> mql_to_opportunity_rate(50, 120)
    0.4167
    >>> mql_to_opportunity_rate(50, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: MQL_TO_OPPORTUNITY_RATE: mqls is 0; there is nothing to divide by
    """
    return opportunities / mqls


@cell_function
def opportunity_to_customer_rate(customers: Count, opportunities: Count) -> Rate:
    """Share of opportunities that became customers.

    rate = customers / opportunities

    Parameters
    ----------
    customers
        Customers won from these opportunities.
    opportunities
        Opportunities opened.

    Raises
    ------
    #DIV/0!
        There are no opportunities.

    References
    ----------
    Two readings: open opportunities count below the line here. Won / (won + lost) leaves them out.

    Examples
    --------
    >>> opportunity_to_customer_rate(15, 50)
    0.3
    >>> opportunity_to_customer_rate([15, 10], [50, 40])
    [0.3, 0.25]
    >>> opportunity_to_customer_rate(15, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: OPPORTUNITY_TO_CUSTOMER_RATE: opportunities is 0; there is nothing to divide by
    """
    return customers / opportunities


@cell_function
def lead_to_customer_rate(customers: Count, leads: Count) -> Rate:
    """Share of leads that became customers, from one end of the funnel to the other.

    rate = customers / leads

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

    References
    ----------
    The same ratio as CLOSE_RATE, under its funnel name; the leads of a cohort, not of the month.

    Examples
    --------
    >>> lead_to_customer_rate(15, 300)
    0.05
    >>> lead_to_customer_rate([15, 20], [300, 400])
    [0.05, 0.05]
    >>> lead_to_customer_rate(15, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: LEAD_TO_CUSTOMER_RATE: leads is 0; there is nothing to divide by
    """
    return customers / leads


@cell_function
def average_deal_size(revenue: Money, customers: Count) -> Money:
    """Revenue of one new customer on average.

    deal size = revenue / customers

    Parameters
    ----------
    revenue
        Revenue of the new customers.
    customers
        New customers.

    Raises
    ------
    #DIV/0!
        There are no customers.

    References
    ----------
    The mean; one very large deal moves it. For the usual deal take MEDIAN over the deals.

    Examples
    --------
    >>> average_deal_size(100000, 20)
    5000.0
    >>> average_deal_size([100000, 36000], [20, 30])
    [5000.0, 1200.0]
    >>> average_deal_size(100000, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: AVERAGE_DEAL_SIZE: customers is 0; there is nothing to divide by
    """
    return revenue / customers


@cell_function
def landing_page_conversion_rate(submissions: Count, views: Count) -> Rate:
    """Share of a landing page's views that ended in a submitted form.

    rate = submissions / views

    Parameters
    ----------
    submissions
        Forms submitted.
    views
        Views of the landing page.

    Raises
    ------
    #DIV/0!
        The page was not viewed.

    References
    ----------
    Low here and high in CLICK_THROUGH_RATE: the page is at fault.

    Examples
    --------
    >>> landing_page_conversion_rate(60, 300)
    0.2
    >>> landing_page_conversion_rate(60, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: LANDING_PAGE_CONVERSION_RATE: views is 0; there is nothing to divide by
    """
    return submissions / views


@cell_function
def click_through_rate(clicks: Count, views: Count) -> Rate:
    """Share of a call to action's views that were clicked.

    rate = clicks / views

    Parameters
    ----------
    clicks
        Clicks on the call to action.
    views
        Views of the call to action.

    Raises
    ------
    #DIV/0!
        It was not viewed.

    References
    ----------
    Low here and high in LANDING_PAGE_CONVERSION_RATE: the call to action is at fault.

    Examples
    --------
    >>> click_through_rate(30, 1000)
    0.03
    >>> click_through_rate(30, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: CLICK_THROUGH_RATE: views is 0; there is nothing to divide by
    """
    return clicks / views


@cell_function
def lead_velocity_rate(this_month: Count, last_month: Count) -> Ratio:
    """Growth of the leads from month to month.

    rate = (this_month - last_month) / last_month

    Parameters
    ----------
    this_month
        Qualified leads of this month.
    last_month
        Qualified leads of the month before.

    Raises
    ------
    #DIV/0!
        There were no leads last month.

    References
    ----------
    Two readings: the field counts qualified leads; give all leads for the other. -10% is a month that shrank.

    Examples
    --------
    >>> lead_velocity_rate(230, 200)
    0.15
    >>> lead_velocity_rate([230, 180], 200)
    [0.15, -0.1]
    >>> lead_velocity_rate(230, 0)
    Traceback (most recent call last):
    xlsmkt.errors.DividedByZero: LEAD_VELOCITY_RATE: last_month is 0; there is nothing to divide by
    """
    return (this_month - last_month) / last_month
