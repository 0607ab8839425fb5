"""Funnel tables: stage by stage, group by group, and where the funnel leaks."""

from typing import Any, List

from xlsmkt.catalogue import cell_function
from xlsmkt.columns import grouped, ratio, step_rates, summed
from xlsmkt.errors import WrongType
from xlsmkt.units import Cells, Column, Count, HeadedCount, Label, Rate, Table, Text


@cell_function
def funnel(stages: Column[Text], counts: Column[Count]) -> Table:
    """The funnel stage by stage: how many, what share of the stage before and of the first, and how many were lost.

    % of previous = count / count of the stage before; % of first = count / count of the first stage

    Parameters
    ----------
    stages
        The stages, top of the funnel first. Blank rows are left out.
    counts
        How many reached each stage.

    Raises
    ------
    #NUM!
        A count is negative.
    #VALUE!
        The columns have different lengths.

    References
    ----------
    The overall rate is the last row's % of first. A percentage of nothing stays blank.

    Examples
    --------
    >>> funnel(["Visits", "Leads", "MQLs", "Opportunities", "Customers"], [1000, 300, 120, 50, 15])
    [['Stage', 'Count', '% of previous', '% of first', 'Lost'],
     ['Visits', 1000, None, 1.0, None],
     ['Leads', 300, 0.3, 0.3, 700],
     ['MQLs', 120, 0.4, 0.12, 180],
     ['Opportunities', 50, 0.4167, 0.05, 70],
     ['Customers', 15, 0.3, 0.015, 35]]
    >>> funnel(["Visits", "Leads"], [1000, -1])
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: FUNNEL: counts, row 2, is -1; give 0 or more
    >>> funnel(["Visits", "Leads"], [1000, 300, 120])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: FUNNEL: stages has 2 and counts has 3 rows; give columns of one length
    """
    table: Table = [["Stage", "Count", "% of previous", "% of first", "Lost"]]
    first = previous = None
    for stage, count in zip(stages, counts):
        if stage is None:
            continue
        count = count or 0
        if first is None or previous is None:
            first = count
            table.append([stage, count, None, ratio(count, first), None])
        else:
            table.append([stage, count, ratio(count, previous), ratio(count, first), previous - count])
        previous = count
    return table


@cell_function
def funnel_by(groups: Column[Label], *counts: Column[HeadedCount]) -> Table:
    """The funnel of each group (source, campaign, industry), the largest group first.

    each rate = count / count of the stage before; overall = last count / first count

    Parameters
    ----------
    groups
        The group of each row. Upper and lower case are the same; rows without a group are left out.
    *counts
        A column for each stage, top of the funnel first: how many of the row reached it. With their headings in the
        first row of every range, the table takes them; else the stages are numbered.

    Raises
    ------
    #NUM!
        A count is negative.
    #VALUE!
        There is no count, some ranges have a heading and some have none, or their lengths differ.

    Examples
    --------
    >>> funnel_by(["Fair", "Web", "web"], [10, 300, 100], [5, 60, 20])
    [['Group', 'Stage 1', 'Stage 2', 'Stage 2 %'],
     ['Web', 400, 80, 0.2],
     ['Fair', 10, 5, 0.5],
     ['All', 410, 85, 0.2073]]
    >>> funnel_by(["Source", "Web", "Fair"], ["Visits", 1000, 200], ["Leads", 300, 20], ["Customers", 15, 2])
    [['Source', 'Visits', 'Leads', 'Customers', 'Leads %', 'Customers %', 'Overall %'],
     ['Web', 1000, 300, 15, 0.3, 0.05, 0.015],
     ['Fair', 200, 20, 2, 0.1, 0.1, 0.01],
     ['All', 1200, 320, 17, 0.2667, 0.0531, 0.0142]]
    >>> funnel_by(["Web", "Fair"], [300, -10])
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: FUNNEL_BY: counts, row 2, is -10; give 0 or more, below a heading
    >>> funnel_by(["Web", "Fair"])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: FUNNEL_BY: counts is missing; give a column for each stage
    """
    if not counts:
        raise WrongType("counts is missing; give a column for each stage")
    headings: List[Any] = ["Group", *(f"Stage {number}" for number in range(1, len(counts) + 1))]
    headed = [isinstance(column[0], str) if column else False for column in counts]
    if any(headed):
        if not all(headed) or not isinstance(groups[0], (str, type(None))):
            raise WrongType("some ranges begin with a heading and some do not; give all with their headings, or none")
        headings = [groups[0] or "Group", *(column[0] for column in counts)]
        groups = Column(groups[1:])
        counts = tuple(Column(column[1:]) for column in counts)
        if any(isinstance(column[0], str) for column in counts if column):  # a lone heading, repeated for every row
            raise WrongType("counts holds a heading and no numbers; give the numbers below it as well")
    names, numbers = grouped(groups)
    sums = summed(numbers, counts, len(names))  # type: ignore[arg-type]  # the headings are gone
    order = sorted(range(len(names)), key=lambda number: -sums[number][0])
    rows: Table = [[names[number], *sums[number]] for number in order]
    rows.append(["All", *(sum(row[stage] for row in sums) for stage in range(len(counts)))])
    headings += [f"{heading} %" for heading in headings[2:]] + ["Overall %"] * (len(counts) > 2)
    return [headings, *([*row, *_rates(row[1:])] for row in rows)]


def _rates(counts: List[float]) -> List[Any]:
    rates = [ratio(counts[stage], counts[stage - 1]) for stage in range(1, len(counts))]
    return [*rates, ratio(counts[-1], counts[0])] if len(counts) > 2 else rates


@cell_function
def bottleneck(stages: Column[Text], counts: Column[Count], usual_rates: Cells[Rate]) -> Table:
    """The stage of the funnel that falls furthest below its usual rate.

    difference = rate from the stage before - usual rate; the stage with the lowest

    Parameters
    ----------
    stages
        The stages, top of the funnel first.
    counts
        How many reached each stage.
    usual_rates
        The usual rate of each stage from the stage before. The first stage has none: leave its cell blank, or leave it
        out. A stage with a blank rate is not compared.

    Raises
    ------
    #NUM!
        A usual rate is outside 0% to 100%.
    #VALUE!
        There is not one usual rate for each stage but the first.

    References
    ----------
    Two readings: the difference is in percentage points. For the relative one divide Rate by Usual rate. Where every
    stage keeps its usual rate, the table says "none"; where there are no counts yet, its row is blank.

    Examples
    --------
    >>> bottleneck(["Visits", "Leads", "MQLs", "Customers"], [1000, 300, 120, 15], [0.25, 0.5, 0.15])
    [['Stage', 'Rate', 'Usual rate', 'Difference'],
     ['MQLs', 0.4, 0.5, -0.1]]
    >>> bottleneck(["Visits", "Leads"], [1000, 300], [0.25])
    [['Stage', 'Rate', 'Usual rate', 'Difference'],
     ['none', None, None, None]]
    >>> bottleneck(["Visits", "Leads"], [1000, 300], [25])
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: BOTTLENECK: usual_rates, row 1, is 25; give 0% to 100%
    >>> bottleneck(["Visits", "Leads", "MQLs"], [1000, 300, 120], [0.25])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: BOTTLENECK: usual_rates has 1 for 3 stages; give one for each stage but the first
    """
    usual = step_rates("usual_rates", usual_rates, stages)
    worst: List[Any] = [None, None, None, None]
    lowest = -1e-9  # the tolerance: 300 / 1000 is no leak where 30% is usual
    before = 0.0
    for stage, count, rate in zip(stages, counts, usual):
        if stage is None:
            continue
        count = count or 0.0
        if before and rate is not None:
            worst = worst if worst[0] else ["none", None, None, None]
            if count / before - rate < lowest:
                lowest = count / before - rate
                worst = [stage, count / before, rate, lowest]
        before = count
    return [["Stage", "Rate", "Usual rate", "Difference"], worst]
