"""KPI tables: all KPIs by channel, campaign or rep, and whose customers stay."""

from typing import Any, List, Optional

from xlsmkt.catalogue import Input, cell_function
from xlsmkt.columns import grouped, ratio, summed
from xlsmkt.errors import OutOfRange
from xlsmkt.units import Column, Count, Date, Label, Money, Rate, Table


@cell_function
def kpi_by(
    channels: Column[Label],
    spend: Column[Money],
    leads: Column[Count],
    opportunities: Column[Count],
    customers: Column[Count],
    revenue: Column[Money],
    gross_margin: Rate = 1,
    most: Optional[Count] = None,
) -> Table:
    """The KPIs of each channel, campaign or rep, most leads first.

    the sums of each group's rows, and of these COST_PER_LEAD, COST_PER_OPPORTUNITY, CUSTOMER_ACQUISITION_COST,
    CLOSE_RATE and MARKETING_ROI

    Parameters
    ----------
    channels
        The channel, campaign or rep of each row. Upper and lower case are the same; rows without one are left out.
    spend
        What was spent; a credit is negative. Rows of spend may hold no leads and rows of leads no spend, so tables
        may be stacked.
    leads
        Leads made.
    opportunities
        Opportunities opened.
    customers
        Customers won.
    revenue
        Revenue won.
    gross_margin
        Share of the revenue that is left after the cost of what was sold. Left out: 100%.
    most
        How many groups to show at most; the others, those with the fewest leads, stand together in the row "(others)".
        Left out or 0: all.

    Raises
    ------
    #NUM!
        A count is negative, or the margin is outside 0% to 100%.
    #VALUE!
        A cell holds a text where a number belongs, or the columns have different lengths.

    References
    ----------
    A ratio of nothing stays blank: no cost per lead without leads. What no row tells is not known, and not 0: the costs
    and the ROI of a group without spend, or with more credits than bills, stay blank, and so does the ROI of customers
    that brought no revenue. Two readings: the close rate is customers / leads of the rows given; where leads
    take months to close, see MATURE_CLOSE_RATE.

    Examples
    --------
    >>> kpi_by(["Ads", "Fair", "ads"], [300, 500, ""], ["", 10, 15], ["", 4, 8], ["", 2, 3], ["", 2000, 1200])
    [['Group', 'Spend', 'Leads', 'Opportunities', 'Customers', 'Revenue', 'Cost per lead', 'Cost per opportunity',
      'Acquisition cost', 'Close rate', 'ROI'],
     ['Ads', 300.0, 15.0, 8.0, 3.0, 1200.0, 20.0, 37.5, 100.0, 0.2, 3.0],
     ['Fair', 500.0, 10.0, 4.0, 2.0, 2000.0, 50.0, 125.0, 250.0, 0.2, 3.0],
     ['All', 800.0, 25.0, 12.0, 5.0, 3200.0, 32.0, 66.6667, 160.0, 0.2, 3.0]]
    >>> kpi_by("Ads", 1000, 0, 0, 0, 4000, 0.2)
    [['Group', 'Spend', 'Leads', 'Opportunities', 'Customers', 'Revenue', 'Cost per lead', 'Cost per opportunity',
      'Acquisition cost', 'Close rate', 'ROI'],
     ['Ads', 1000, 0, 0, 0, 4000, None, None, None, None, -0.2],
     ['All', 1000, 0, 0, 0, 4000, None, None, None, None, -0.2]]
    >>> kpi_by(["Ads", "Fair", "Blog"], [300, 500, ""], [15, 10, 5], [8, 4, 0], [3, 2, 0], [1200, 2000, 0], 1, 1)
    [['Group', 'Spend', 'Leads', 'Opportunities', 'Customers', 'Revenue', 'Cost per lead', 'Cost per opportunity',
      'Acquisition cost', 'Close rate', 'ROI'],
     ['Ads', 300.0, 15, 8, 3, 1200, 20.0, 37.5, 100.0, 0.2, 3.0],
     ['(others)', 500.0, 15, 4, 2, 2000, 33.3333, 125.0, 250.0, 0.1333, 3.0],
     ['All', 800.0, 30, 12, 5, 3200, 26.6667, 66.6667, 160.0, 0.1667, 3.0]]
    >>> kpi_by(["Ads", "Fair"], [300, 500], [15, -10], [8, 4], [3, 2], [1200, 2000])
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: KPI_BY: leads, row 2, is -10; give 0 or more
    >>> kpi_by("Ads", "much", 15, 8, 3, 1200)
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: KPI_BY: spend, row 1, is the text "much"; give an amount
    >>> kpi_by(["Ads", "Fair"], [300, 500, 100], 0, 0, 0, 0)
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: KPI_BY: channels has 2 and spend has 3 rows; give columns of one length
    """
    names, numbers = grouped(channels)
    sums = summed(numbers, (spend, leads, opportunities, customers, revenue), len(names))
    headings = ["Group", "Spend", "Leads", "Opportunities", "Customers", "Revenue"]
    headings += ["Cost per lead", "Cost per opportunity", "Acquisition cost", "Close rate", "ROI"]
    order = sorted(range(len(names)), key=lambda number: (-sums[number][1], -sums[number][0]))
    listed = len(order) if not most else int(most)
    rows: Table = [[names[number], *sums[number]] for number in order[:listed]]
    others = [sums[number] for number in order[listed:]]
    if others:
        rows.append(["(others)", *map(sum, zip(*others))])
    rows.append(["All", *(sum(row[position] for row in sums) for position in range(5))])
    return [headings, *([*row, *_ratios(row[1:], gross_margin)] for row in rows)]


def _ratios(sums: List[float], gross_margin: float) -> List[Any]:
    spend, leads, opportunities, customers, revenue = sums
    close = ratio(customers, leads)
    if spend <= 0:
        return [None, None, None, close, None]
    known = revenue or not customers
    roi = (revenue * gross_margin - spend) / spend if known else None
    return [ratio(spend, leads), ratio(spend, opportunities), ratio(spend, customers), close, roi]


@cell_function
def retention_by(
    groups: Column[Label], started: Column[Date], ended: Column[Date], as_of: Date = Input("As_Of")
) -> Table:
    """Which channel's customers stay: how many of each group's customers are still there, the largest group first.

    retention rate = stayed / customers; churn rate = lost / customers

    Parameters
    ----------
    groups
        The channel, campaign or rep that won each customer. Upper and lower case are the same; rows without a group
        are left out.
    started
        Day on which each became a customer. Rows without it, or with a later one than as_of, are left out.
    ended
        Day on which it left, the first day without it; blank while it is a customer. Later than as_of, it has stayed.
    as_of
        The day that the table speaks of.

    Raises
    ------
    #N/A
        as_of is left out and the workbook has none.
    #NUM!
        A customer ended before it started.
    #VALUE!
        A cell of the dates is no date, or the columns have different lengths.

    References
    ----------
    Two readings: RETENTION_RATE is that of one period; here it is since each customer's start, so an older group has
    had more time to lose customers.

    Examples
    --------
    >>> retention_by(["Fair", "Web", "web", "Web"], ["2025-02-01", "2025-03-01", "2025-06-01", "2026-05-01"],
    ...              ["", "2025-12-31", "", ""], "2026-03-31")
    [['Group', 'Customers', 'Stayed', 'Lost', 'Retention rate', 'Churn rate'],
     ['Web', 2, 1, 1, 0.5, 0.5],
     ['Fair', 1, 1, 0, 1.0, 0.0],
     ['All', 3, 2, 1, 0.6667, 0.3333]]
    >>> retention_by(["Fair", "Web"], ["2025-02-01", "2025-03-01"], ["", "2025-01-31"], "2026-03-31")
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: RETENTION_BY: ended, row 2, is 2025-01-31, before the start 2025-03-01; mend one of them
    >>> retention_by("Fair", "last year", "", "2026-03-31")
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: RETENTION_BY: started, row 1, is the text "last year"; give a date, such as 2026-03-31
    >>> retention_by(["Fair", "Web"], ["2025-02-01", "2025-03-01", "2025-04-01"], "", "2026-03-31")
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: RETENTION_BY: groups has 2 and started has 3 rows; give columns of one length
    >>> retention_by("Fair", "2025-02-01", "")
    Traceback (most recent call last):
    xlsmkt.errors.NotAvailable: RETENTION_BY: as_of is missing; give it, or fill the cell named As_Of
    """
    names, numbers = grouped(groups)
    customers, lost = [0] * len(names), [0] * len(names)
    for row, (number, start, end) in enumerate(zip(numbers, started, ended), 1):
        if number is None or start is None or start > as_of:
            continue
        customers[number] += 1
        if end is not None and end <= as_of:
            if end < start:
                raise OutOfRange(f"ended, row {row}, is {end}, before the start {start}; mend one of them")
            lost[number] += 1
    order = sorted(range(len(names)), key=lambda number: -customers[number])
    rows = [_retention_row(names[number], customers[number], lost[number]) for number in order]
    headings = ["Group", "Customers", "Stayed", "Lost", "Retention rate", "Churn rate"]
    return [headings, *rows, _retention_row("All", sum(customers), sum(lost))]


def _retention_row(group: object, customers: int, lost: int) -> List[Any]:
    stayed = customers - lost
    return [group, customers, stayed, lost, ratio(stayed, customers), ratio(lost, customers)]
