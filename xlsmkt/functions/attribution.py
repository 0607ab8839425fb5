"""Attribution: which channels earned the customers and the revenue."""

import datetime as dt
from itertools import repeat
from math import fsum
from typing import Any, Callable, Dict, Iterable, List, Literal, NamedTuple, Optional, Sequence, Tuple

from xlsmkt.catalogue import cell_function
from xlsmkt.columns import grouped
from xlsmkt.errors import OutOfRange, WrongType, quoted
from xlsmkt.units import Cells, Column, Days, Label, Price, Table, Text, Time

DAY = dt.timedelta(days=1)

MOST_CHANNELS = 500
"""How many channels a Markov chain takes: its time grows with their cube, and 500 take some seconds."""


class Journey(NamedTuple):
    """The touches of one lead, in the order of their times."""

    channels: List[int]
    times: List[dt.datetime]


@cell_function
def attribution(
    leads: Column[Text],
    times: Column[Time],
    channels: Column[Label],
    values: Cells[Price],
    model: Literal["first", "last", "linear", "time decay", "U-shaped", "W-shaped", "Markov", "Shapley"] = "linear",
    value_leads: Optional[Cells[Text]] = None,
    half_life: Days = 7,
) -> Table:
    """How the customers and their revenue are shared among the channels that touched them, most credit first.

    credit = sum over the converted leads of the channel's share in each; value = sum of share * the lead's revenue

    Parameters
    ----------
    leads
        The lead of each touch: its ID, upper and lower case as written. A row that lacks its lead, time or channel is
        left out.
    times
        When each touch was. Touches at the same time count in the order of their rows.
    channels
        The channel of each touch. Upper and lower case are the same.
    values
        The revenue of each touch's lead, in one of the lead's rows or in all of them. With value_leads, a column of
        another table, one row for each lead. A lead converted when its value is more than 0: blank, 0 and FALSE are
        leads that did not buy. Leads that no channel touched are not attributed: the last row speaks of the others.
    model
        "first" or "last" touch takes all; "linear": all touches alike; "time decay": half as much for each half_life
        before the last touch; "U-shaped": 40% first, 40% last, 20% spread over the others; "W-shaped": 30% first, 30%
        middle (of an even number the earlier), 30% last, 10% spread over the others; where there are too few touches,
        the shares that remain are scaled to 100%. "Markov": by removal effect, the part of the conversions that would
        be lost without the channel, in a first-order chain made of all leads, converted or not. "Shapley": a lead
        is shared equally among the channels that touched it, however often.
    value_leads
        The lead of each value, where the values stand in a table of their own.
    half_life
        Days in which a touch loses half its weight, for "time decay".

    Raises
    ------
    #NUM!
        A value is negative, a lead has two values, half_life is 0, or a Markov chain has more than 500 channels.
    #VALUE!
        The columns have different lengths, a time is no time, or there is no such model.

    References
    ----------
    Markov: Anderl, Becker, von Wangenheim, Schumann (2016), "Mapping the customer journey". Shapley (1953), "A value
    for n-person games"; Zhao, Mahboobi, Bagheri (2018), "Shapley value methods for attribution modeling in online
    advertising": exact for any number of channels when a set of channels is worth the conversions of the leads that
    no other channel touched. Two readings: others take a set's conversion rate for its worth, by which a channel can
    earn less than nothing; take lead creation (and the opportunity) for the second (and third) high point of U-shaped
    and W-shaped, where ours knows touches only; and take other half-lives. Values are rounded to cents by largest
    remainder, so the rows add up to the last one; credits are not rounded.

    Examples
    --------
    >>> attribution(["L1", "L1", "L1", "L1", "L1"],
    ...             ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"],
    ...             ["Search", "E-mail", "Blog", "Social", "Fair"], [200, 200, 200, 200, 200])
    [['Channel', 'Credit', 'Value'],
     ['Search', 0.2, 40.0],
     ['E-mail', 0.2, 40.0],
     ['Blog', 0.2, 40.0],
     ['Social', 0.2, 40.0],
     ['Fair', 0.2, 40.0],
     ['All', 1, 200.0]]
    >>> attribution(["L1", "L1", "L2", "L2", "L3"],
    ...             ["2026-03-01", "2026-03-08", "2026-03-02", "2026-03-05", "2026-03-03"],
    ...             ["Search", "E-mail", "Search", "Blog", "E-mail"], [300, 100], "time decay", ["L1", "L3"])
    [['Channel', 'Credit', 'Value'],
     ['E-mail', 1.6667, 300.0],
     ['Search', 0.3333, 100.0],
     ['Blog', 0.0, 0.0],
     ['All', 2, 400.0]]
    >>> attribution(["L1", "L1", "L2", "L3"], ["2026-03-01", "2026-03-08", "2026-03-02", "2026-03-03"],
    ...             ["Search", "E-mail", "Search", "E-mail"], [900, "", "", ""], "Markov")
    [['Channel', 'Credit', 'Value'],
     ['E-mail', 0.6667, 600.0],
     ['Search', 0.3333, 300.0],
     ['All', 1, 900.0]]
    >>> attribution(["L1", "L1", "L2"], ["2026-03-01", "2026-03-08", "2026-03-02"], ["Search", "E-mail", "Search"],
    ...             [100, 300, 50])
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: ATTRIBUTION: values has 100 and 300 for the lead L1; give each lead one value
    >>> attribution(["L1", "L2"], ["2026-03-01", "2026-03-02"], ["Search", "Search"], [100, -50])
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: ATTRIBUTION: values, row 2, is -50; give an amount of 0 or more
    >>> attribution(["L1", "L2"], ["2026-03-01", "2026-03-02"], ["Search", "Search"], [100, 50], "time decay", "", 0)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: ATTRIBUTION: half_life is 0; give more than 0 days, such as 7
    >>> attribution(["L1", "L2"], ["2026-03-01", "2026-03-02"], ["Search", "Search"], [100, 50, 70])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: ATTRIBUTION: leads has 2 and values has 3 rows; give columns of one length
    >>> attribution(["L1", "L2"], ["2026-03-01", "?"], ["Search", "Search"], [100, 50])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: ATTRIBUTION: times, row 2, is the text "?"; give a date and time, such as 2026-03-31 14:05
    """
    if model == "time decay" and half_life == 0:
        raise OutOfRange("half_life is 0; give more than 0 days, such as 7")
    value_of = _values(leads, values) if value_leads is None else _values_in_a_list(value_leads, values)
    names, journeys = _journeys(leads, times, channels)
    sold = [(journey, value_of[lead]) for lead, journey in journeys.items() if lead in value_of]
    if model == "Markov" and sold:
        effects = _removal_effects(len(names), [(path.channels, lead in value_of) for lead, path in journeys.items()])
        total = fsum(effects)
        credits = [len(sold) * effect / total for effect in effects]
        revenues = effects
    else:
        credits, revenues = _added_up(len(names), sold, model, half_life)
    revenue = round(fsum(value for _, value in sold) * 100)
    order = sorted(range(len(names)), key=lambda number: -credits[number])
    cents = _whole_parts(revenue, [revenues[number] for number in order])
    rows = [[names[number], credits[number], part / 100] for number, part in zip(order, cents)]
    return [["Channel", "Credit", "Value"], *rows, ["All", len(sold), revenue / 100]]


def _values(leads: Sequence[Optional[str]], values: Sequence[Optional[float]]) -> Dict[str, float]:
    """The value of each lead that converted; it stands in one row of the lead or in several."""
    value_of: Dict[str, float] = {}
    for lead, value in _pairs("leads", leads, values):
        if value and lead is not None and value_of.setdefault(lead, value) != value:
            told = f"{value_of[lead]:.15g} and {value:.15g}"
            raise OutOfRange(f"values has {told} for the lead {quoted(lead)}; give each lead one value")
    return value_of


def _values_in_a_list(leads: Sequence[Optional[str]], values: Sequence[Optional[float]]) -> Dict[str, float]:
    """The value of each lead that converted, from a table with one row for each lead."""
    value_of: Dict[str, float] = {}
    for lead, value in _pairs("value_leads", leads, values):
        if value and lead is not None:
            if lead in value_of:
                raise OutOfRange(f"value_leads has the lead {quoted(lead)} with two values; give each lead one value")
            value_of[lead] = value
    return value_of


def _pairs(
    name: str, leads: Sequence[Optional[str]], values: Sequence[Optional[float]]
) -> Iterable[Tuple[Optional[str], Optional[float]]]:
    """Leads and their values; the columns are equally long but for blank ends, and one value goes with every lead."""
    if len(values) == 1:
        return zip(leads, repeat(values[0]))
    length = min(len(leads), len(values))
    if any(cell is not None for column in (leads, values) for cell in column[length:]):
        raise WrongType(f"{name} has {len(leads)} and values has {len(values)} rows; give columns of one length")
    return zip(leads, values)


def _journeys(
    leads: Sequence[Optional[str]], times: Sequence[Optional[dt.datetime]], channels: Sequence[Any]
) -> Tuple[List[Any], Dict[str, Journey]]:
    """The channels in the order of their first touch, and the journey of each lead over them."""
    names, numbers = grouped(channels)
    touches = [
        (time, row, lead, number)
        for row, (lead, time, number) in enumerate(zip(leads, times, numbers))
        if lead is not None and time is not None and number is not None
    ]
    touches.sort()  # one order for all, so the result does not depend on that of the rows
    place = {number: place for place, number in enumerate(dict.fromkeys(touch[3] for touch in touches))}
    journeys: Dict[str, Journey] = {}
    for time, _, lead, number in touches:
        if lead not in journeys:
            journeys[lead] = Journey([], [])
        journeys[lead].channels.append(place[number])
        journeys[lead].times.append(time)
    return [names[number] for number in place], journeys


def _added_up(
    count: int, sold: List[Tuple[Journey, float]], model: str, half_life: float
) -> Tuple[List[float], List[float]]:
    """The credit and the revenue of each channel: the shares in single leads, added up."""
    credits: List[List[float]] = [[] for _ in range(count)]
    revenues: List[List[float]] = [[] for _ in range(count)]
    by_length: Dict[int, List[float]] = {}
    for journey, value in sold:
        touched = journey.channels
        if model == "Shapley":
            touched = list(dict.fromkeys(touched))
        if model == "time decay":
            shares = _decaying(journey.times, half_life)
        else:
            length = len(touched)
            if length not in by_length:
                by_length[length] = _scaled(_WEIGHTS[model](length))
            shares = by_length[length]
        for channel, share in zip(touched, shares):
            credits[channel].append(share)
            revenues[channel].append(share * value)
    # fsum: exact, so that nothing depends on the order in which shares are added
    return [fsum(parts) for parts in credits], [fsum(parts) for parts in revenues]


def _scaled(weights: List[float]) -> List[float]:
    """Weights as shares of 1."""
    total = fsum(weights)
    return [weight / total for weight in weights]


def _decaying(times: List[dt.datetime], half_life: float) -> List[float]:
    last = times[-1]
    return _scaled([2.0 ** -((last - time) / DAY / half_life) for time in times])


def _first(length: int) -> List[float]:
    return [1.0] + [0.0] * (length - 1)


def _last(length: int) -> List[float]:
    return [0.0] * (length - 1) + [1.0]


def _alike(length: int) -> List[float]:
    return [1.0] * length


def _u_shaped(length: int) -> List[float]:
    weights = [20 / max(length - 2, 1)] * length
    weights[0] = weights[-1] = 40
    return weights


def _w_shaped(length: int) -> List[float]:
    weights = [10 / max(length - 3, 1)] * length
    weights[0] = weights[(length - 1) // 2] = weights[-1] = 30
    return weights


# What each touch of a journey of some length weighs; of Shapley, each channel of it.
_WEIGHTS: Dict[str, Callable[[int], List[float]]] = {
    "first": _first,
    "last": _last,
    "linear": _alike,
    "U-shaped": _u_shaped,
    "W-shaped": _w_shaped,
    "Shapley": _alike,
}


def _removal_effects(count: int, paths: List[Tuple[List[int], bool]]) -> List[float]:
    """How likely a journey of the Markov chain passes through each channel and converts.

    That is what is lost without the channel: P(it is hit) * P(conversion from it).
    """
    if count > MOST_CHANNELS:
        raise OutOfRange(f"channels has {count} names and Markov takes {MOST_CHANNELS}; put the smaller ones together")
    starts = [0.0] * count
    converts = [0.0] * count
    leaves = [0.0] * count
    steps = [[0.0] * count for _ in range(count)]
    for path, converted in paths:
        starts[path[0]] += 1
        converts[path[-1]] += converted
        leaves[path[-1]] += 1
        for here, there in zip(path, path[1:]):  # noqa: RUF007 - Python 3.8 has no pairwise
            if here != there:  # a touch repeated at once changes no chance of what comes after
                steps[here][there] += 1
                leaves[here] += 1
    matrix = [
        [(here == there) - step / leaves[here] for there, step in enumerate(row)] for here, row in enumerate(steps)
    ]
    visits = _inverse(matrix)  # how often each channel is visited from each: the fundamental matrix
    bought = [convert / leave for convert, leave in zip(converts, leaves)]
    effects = []
    for channel in range(count):
        reached = fsum(start * row[channel] for start, row in zip(starts, visits)) / visits[channel][channel]
        wins = fsum(visit * chance for visit, chance in zip(visits[channel], bought))
        effects.append(reached / len(paths) * wins)
    return effects


def _inverse(matrix: List[List[float]]) -> List[List[float]]:
    """The inverse of a matrix I - Q, in its place, by Gauss and Jordan.

    Its pivots are the chances of never coming back, all above 0, so no rows need be exchanged.
    """
    for number, pivot_row in enumerate(matrix):
        pivot = pivot_row[number]
        pivot_row[number] = 1.0
        pivot_row = matrix[number] = [cell / pivot for cell in pivot_row]
        for other, row in enumerate(matrix):
            factor = row[number]
            if other != number and factor:
                row[number] = 0.0
                matrix[other] = [cell - factor * above for cell, above in zip(row, pivot_row)]
    return matrix


def _whole_parts(total: int, weights: List[float]) -> List[int]:
    """A total in whole parts by weight: all rounded down, and what is left over to the largest remainders."""
    most = max(weights, default=0.0)
    if not most:
        return [0] * len(weights)
    whole = [int(weight / most * 2.0**53) for weight in weights]  # whole numbers, so that nothing is lost on the way
    base = sum(whole)
    parts = [total * weight // base for weight in whole]
    by_remainder = sorted(range(len(whole)), key=lambda number: -(total * whole[number] % base))
    for number in by_remainder[: total - sum(parts)]:
        parts[number] += 1
    return parts
