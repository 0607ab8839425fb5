"""How well scores predict: whether leads of a high score become customers, and what points the past suggests."""

from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import Any, Dict, List, Optional, Sequence, Tuple

from xlsmkt.catalogue import cell_function
from xlsmkt.columns import grouped, normal_quantile, ratio, single_marks, wilson
from xlsmkt.errors import NotAvailable, OutOfRange
from xlsmkt.units import Cells, Column, Count, Label, Number, Table, Tally

_MARK = "give TRUE, 1 or a date for a customer"
_USUAL_BANDS = 5

_Counted = Tuple[float, int, float]
"""A score, its leads and its customers."""


@cell_function
def score_bands(
    scores: Column[Number],
    won: Column[Tally],
    bands: Optional[Cells[Number]] = None,
    counted: Optional[Column[Tally]] = None,
) -> Table:
    """Close rate of the leads by bands of their score, the best band first.

    lift = close rate of the band / close rate of all; share of customers = customers of the band / all customers

    Parameters
    ----------
    scores
        Score of each lead. Rows without it are left out.
    won
        Whether it became a customer: TRUE, 1, "won" or a date.
    bands
        One number: so many bands, of as nearly equal lead counts as equal scores, which stay together, allow. Several:
        the lowest score of each band; leads below all of them form a last band, and a band without leads has no row.
        Left out or 0: 5 bands. One limit alone would be read as a number of bands: write it twice, {80, 80}.
    counted
        A mark (TRUE, 1 or a date) for the leads that count: those that have had the time to become customers. Left out:
        all.

    Raises
    ------
    #NUM!
        The number of bands is no whole number above 0, or won is a count.
    #VALUE!
        A score is no number, or the columns have different lengths.

    References
    ----------
    A band is called by the lowest and the highest score in it, to one decimal, or to as many as it takes to call no
    two bands the same. A score that predicts closing has a lift that falls from band to band. Two readings: lift over
    all leads, as here; others give it cumulated from the top.

    Examples
    --------
    >>> score_bands([90, 80, 70, 60, 50, 40, 30, 20], [1, 1, 0, 1, 0, 0, 0, 0], 2)
    [['Band', 'Leads', 'Customers', 'Close rate', 'Share of customers', 'Lift'],
     ['60 to 90', 4, 3, 0.75, 1.0, 2.0],
     ['20 to 50', 4, 0, 0.0, 0.0, 0.0],
     ['All', 8, 3, 0.375, 1.0, 1.0]]
    >>> score_bands([90, 58.5, 40, 12], ["won", "", "won", ""], [80, 40])
    [['Band', 'Leads', 'Customers', 'Close rate', 'Share of customers', 'Lift'],
     ['90', 1, 1, 1.0, 0.5, 2.0],
     ['40 to 58.5', 2, 1, 0.5, 0.5, 1.0],
     ['12', 1, 0, 0.0, 0.0, 0.0],
     ['All', 4, 2, 0.5, 1.0, 1.0]]
    >>> score_bands([90, 80, 95], [1, 0, 0], 2, [1, 1, 0])
    [['Band', 'Leads', 'Customers', 'Close rate', 'Share of customers', 'Lift'],
     ['90', 1, 1, 1.0, 1.0, 2.0],
     ['80', 1, 0, 0.0, 0.0, 0.0],
     ['All', 2, 1, 0.5, 1.0, 1.0]]
    >>> score_bands([90, 80], [1, 0], 2.5)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: SCORE_BANDS: bands is 2.5; give a whole number of bands, or the lowest scores of several
    >>> score_bands([90, 80], [3, 0])
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: SCORE_BANDS: won, row 1, is 3; give TRUE, 1 or a date for a customer
    >>> score_bands(["high", 80], [1, 0])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: SCORE_BANDS: scores, row 1, is the text "high"; give a number
    >>> score_bands([90, 80], [1, 0, 1])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: SCORE_BANDS: scores has 2 and won has 3 rows; give columns of one length
    """
    counts = _counts_by_score(scores, won, counted)[::-1]
    given = sorted((number for number in bands or [] if number is not None), reverse=True)
    ends = _ends_above(counts, given) if len(given) > 1 else _even_ends(counts, given[0] if given else 0)
    leads, customers = (sum(row[part] for row in counts) for part in (1, 2))
    table: Table = [["Band", "Leads", "Customers", "Close rate", "Share of customers", "Lift"]]
    bounds = [(start, end) for start, end in zip([0, *ends], [*ends, len(counts)]) if start < end]
    names = _band_names([(counts[end - 1][0], counts[start][0]) for start, end in bounds])
    for name, (start, end) in zip(names, bounds):
        inside = [sum(row[part] for row in counts[start:end]) for part in (1, 2)]
        table.append([name, *_band(inside[0], inside[1], leads, customers)])
    return [*table, ["All", *_band(leads, customers, leads, customers)]]


def _counts_by_score(scores: Column[float], won: Column[float], counted: Optional[Column[float]]) -> List[_Counted]:
    """Each score with its leads and its customers, the lowest first."""
    if counted is not None:
        scores = Column(score if counts else None for score, counts in zip(scores, counted))
    leads: Dict[float, int] = {}
    customers: Dict[float, float] = {}
    for score, mark in zip(scores, single_marks("won", won, _MARK)):
        if score is not None:
            leads[score] = leads.get(score, 0) + 1
            customers[score] = customers.get(score, 0) + mark
    return [(score, leads[score], customers[score]) for score in sorted(leads)]


def _ends_above(counts: Sequence[_Counted], limits: Sequence[float]) -> List[int]:
    """Where the bands of these lowest scores end in a list that begins with the best score."""
    falling = [-score for score, _, _ in counts]
    return [bisect_right(falling, -limit) for limit in limits]  # a score that reaches its limit is above the end


def _even_ends(counts: Sequence[_Counted], bands: float) -> List[int]:
    """Where bands of nearly equal lead counts end: at the scores nearest to the even shares of the leads."""
    if bands < 0 or bands % 1:
        raise OutOfRange(f"bands is {bands:.15g}; give a whole number of bands, or the lowest scores of several")
    so_far = [0, *accumulate(leads for _, leads, _ in counts)]
    number = min(int(bands) or _USUAL_BANDS, max(so_far[-1], 1))  # more bands than leads are as many as leads
    ends: List[int] = []
    start = 0
    for left in range(
        number, 1, -1
    ):  # each band takes an even share of the leads that are left, but one score at least
        target = so_far[start] + (so_far[-1] - so_far[start]) / left
        after = bisect_left(so_far, target)
        nearest = after - 1 if target - so_far[after - 1] <= so_far[after] - target else after
        start = max(nearest, start + 1)
        if start >= len(counts):
            break
        ends.append(start)
    return ends


def _band_names(bands: Sequence[Tuple[float, float]]) -> List[str]:
    """What bands of these lowest and highest scores are called, with as few decimals as make the names differ."""
    for decimals in range(1, 16):
        names = [_band_name(*(f"{round(score, decimals) + 0.0:.15g}" for score in band)) for band in bands]
        if len(set(names)) == len(names):
            return names
    return [_band_name(repr(low), repr(high)) for low, high in bands]  # scores that differ in their last digit


def _band_name(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"


def _band(leads: float, customers: float, all_leads: float, all_customers: float) -> List[Any]:
    rate = ratio(customers, leads)
    lift = ratio(rate, all_customers / all_leads) if rate is not None else None
    return [leads, customers, rate, ratio(customers, all_customers), lift]


@cell_function
def score_auc(scores: Column[Number], won: Column[Tally], counted: Optional[Column[Tally]] = None) -> Number:
    """How well a score tells customers from the other leads: 1 always, 0.5 like a coin, below 0.5 the wrong way round.

    chance that a customer has a higher score than a lead that is none; equal scores count half

    Parameters
    ----------
    scores
        Score of each lead. Rows without it are left out.
    won
        Whether it became a customer: TRUE, 1, "won" or a date.
    counted
        A mark (TRUE, 1 or a date) for the leads that count: those that have had the time to become customers. Left out:
        all.

    Raises
    ------
    #N/A
        No lead is a customer, or all are.
    #NUM!
        won is a count.
    #VALUE!
        A score is no number, or the columns have different lengths.

    References
    ----------
    Hanley and McNeil (1982): the area under the ROC curve (AUC) is the Mann-Whitney statistic U / (customers * others).
    Two readings: the Gini coefficient is 2 * AUC - 1.

    Examples
    --------
    >>> score_auc([90, 80, 70, 60], [1, 0, 1, 0])
    0.75
    >>> score_auc([50, 50], ["won", "lost"])
    0.5
    >>> score_auc([90, 80, 70, 95], [1, 0, 1, 0], [1, 1, 1, 0])
    0.5
    >>> score_auc([90, 80], [0, 0])
    Traceback (most recent call last):
    xlsmkt.errors.NotAvailable: SCORE_AUC: no lead is a customer; give leads of which some were won
    >>> score_auc([90, 80], [1, 1])
    Traceback (most recent call last):
    xlsmkt.errors.NotAvailable: SCORE_AUC: every lead is a customer; give the leads that were not won, too
    >>> score_auc([90, 80], [7, 0])
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: SCORE_AUC: won, row 1, is 7; give TRUE, 1 or a date for a customer
    >>> score_auc(["high", 80], [1, 0])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: SCORE_AUC: scores, row 1, is the text "high"; give a number
    >>> score_auc([90, 80], [1, 0, 1])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: SCORE_AUC: scores has 2 and won has 3 rows; give columns of one length
    """
    customers = others = twice_higher = 0.0
    for _, leads, won_here in _counts_by_score(scores, won, counted):
        others_here = leads - won_here
        twice_higher += won_here * (2 * others + others_here)
        customers += won_here
        others += others_here
    if customers == 0:
        raise NotAvailable("no lead is a customer; give leads of which some were won")
    if others == 0:
        raise NotAvailable("every lead is a customer; give the leads that were not won, too")
    return twice_higher / (2 * customers * others)


@cell_function
def suggested_points(values: Column[Label], won: Column[Tally], scale: Count = 10) -> Table:
    """Points for each value of an attribute from the close rate of its leads, the most points first.

    points = scale * low / highest low, in whole points; low as CLOSE_RATE_INTERVAL at 95%

    Parameters
    ----------
    values
        Each lead's value of the attribute (industry, country, job title). Upper and lower case are the same; rows
        without it are left out.
    won
        Whether it became a customer: TRUE, 1, "won" or a date.
    scale
        Points of the best value.

    Raises
    ------
    #NUM!
        The scale is negative, or won is a count.
    #VALUE!
        The columns have different lengths.

    References
    ----------
    Wilson (1927). The low end, which few leads cannot lift, keeps one lucky customer from earning the most points. Two
    readings: for the plain rates, as LEAD_POINTS, take scale * close rate / highest close rate. Without any customer
    the points are blank.

    Examples
    --------
    >>> suggested_points(["Retail", "Retail", "retail", "Mining", "Mining", "Finance"], [1, 1, 0, 1, 0, 0])
    [['Value', 'Leads', 'Customers', 'Close rate', 'Low', 'Points'],
     ['Retail', 3, 2, 0.6667, 0.2077, 10],
     ['Mining', 2, 1, 0.5, 0.0945, 5],
     ['Finance', 1, 0, 0.0, 0.0, 0],
     ['All', 6, 3, 0.5, 0.1876, None]]
    >>> suggested_points(["Retail", "Mining"], [1, 0], -5)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: SUGGESTED_POINTS: scale is -5; give 0 or more
    >>> suggested_points(["Retail", "Mining"], [4, 0])
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: SUGGESTED_POINTS: won, row 1, is 4; give TRUE, 1 or a date for a customer
    >>> suggested_points(["Retail", "Mining"], [1, 0, 1])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: SUGGESTED_POINTS: values has 2 and won has 3 rows; give columns of one length
    """
    names, numbers = grouped(values)
    counts: List[List[float]] = [[0, 0] for _ in names]
    for number, mark in zip(numbers, single_marks("won", won, _MARK)):
        if number is not None:
            counts[number][0] += 1
            counts[number][1] += mark
    z = normal_quantile(0.95)
    rows: Table = [
        [name, leads, customers, customers / leads, wilson(customers, leads, z)[0]]
        for name, (leads, customers) in zip(names, counts)
    ]
    rows.sort(key=lambda row: (-row[4], -row[1]))
    highest = rows[0][4] if rows else 0.0
    for row in rows:
        part = ratio(row[4], highest)
        row.append(int(scale * part + 0.5) if part is not None else None)
    leads, customers = (sum(row[part] for row in counts) for part in (0, 1))
    low = wilson(customers, leads, z)[0] if leads else None
    table: Table = [["Value", "Leads", "Customers", "Close rate", "Low", "Points"]]
    return [*table, *rows, ["All", leads, customers, ratio(customers, leads), low, None]]
