"""What several functions do with counts and columns. Standard library and Python 3.8 only, as the units are."""

from math import ceil, sqrt
from statistics import NormalDist
from typing import Any, Dict, List, Optional, Sequence, Tuple, TypeVar

from xlsmkt.errors import OutOfRange, WrongType

L = TypeVar("L")


def whole(things: float) -> int:
    """Things to do, rounded up to whole ones; what binary arithmetic adds is not a thing (21 / 35 % is 60)."""
    # 1e-14: some 45 units of a number's last place; where that is much, numbers have no places behind the point
    return ceil(things - min(max(things, 1) * 1e-14, 0.01))


def weighted(rates: Sequence[float], weights: Sequence[float]) -> float:
    """The mean of rates by weights that do not add up to 0."""
    mean = sum(rate * weight for rate, weight in zip(rates, weights)) / sum(weights)
    # no further than the rates themselves: binary arithmetic puts three times 10% above 10%
    return min(max(rates), max(min(rates), mean))


def ratio(part: float, base: float) -> Optional[float]:
    """A ratio in a row of a table, whose cell stays blank where there is nothing to divide by."""
    return part / base if base else None


def folded(label: Any) -> Any:
    """What labels have in common that are the same to SUMIFS: it knows no upper and lower case."""
    return label.lower() if isinstance(label, str) else label


def grouped(labels: Sequence[Optional[L]]) -> Tuple[List[L], List[Optional[int]]]:
    """The groups of a column in the order they appear, and the number of the group that each row is in.

    Upper and lower case are the same group, as they are to SUMIFS; it shows the spelling seen first. A blank row is in
    none. A group that is called All is shown as "All (group)": a table's last row has that name.

    >>> grouped(["Google", None, "google", "Fair"])
    (['Google', 'Fair'], [0, None, 0, 1])
    """
    groups: List[L] = []
    numbers: Dict[Any, int] = {}
    number_of: Dict[Optional[L], Optional[int]] = {None: None}
    for label in dict.fromkeys(labels):
        if label is not None:
            key = folded(label)
            if key not in numbers:
                numbers[key] = len(groups)
                groups.append(f"{label} (group)" if key == "all" else label)  # type: ignore[arg-type]
            number_of[label] = numbers[key]
    return groups, [number_of[label] for label in labels]


def single_marks(name: str, marks: Sequence[Optional[float]], advice: str) -> List[float]:
    """1 for each row that is marked; a date arrives from a cell as its serial number, far above any count."""
    for row, mark in enumerate(marks, 1):
        if mark and mark != 1 and mark < 10000:
            raise OutOfRange(f"{name}, row {row}, is {mark:.15g}; {advice}")
    return [1 if mark else 0 for mark in marks]


def normal_quantile(confidence: float) -> float:
    """How many standard deviations to either side hold this share of a normal distribution."""
    if not 0 < confidence < 1:
        raise OutOfRange(f"confidence is {confidence:.0%}; give more than 0% and less than 100%, such as 95%")
    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson(customers: float, leads: float, z: float) -> Tuple[float, float]:
    """The Wilson interval of a close rate, low and high; z is the normal quantile of its confidence."""
    if customers > leads > 0:
        raise OutOfRange(f"customers is {customers:.15g} of {leads:.15g} leads; give at most as many as leads")
    rate = customers / leads
    middle = rate + z * z / (2 * leads)
    reach = z * sqrt(rate * (1 - rate) / leads + z * z / (4 * leads * leads))
    base = 1 + z * z / leads
    # at the ends, where binary arithmetic would miss 0% or 100% by a hair, the interval reaches the rate
    low = 0.0 if customers == 0 else min((middle - reach) / base, rate)
    high = 1.0 if customers == leads else max((middle + reach) / base, rate)
    return low, high


def summed(
    numbers: Sequence[Optional[int]], columns: Sequence[Sequence[Optional[float]]], groups: int
) -> List[List[float]]:
    """The sums of several columns for each group; ``numbers`` say which group a row is in, as ``grouped`` gives them.

    >>> summed([0, None, 1, 0], [[5, 6, 7, 8], [1, 1, None, 1]], 2)
    [[13, 2], [7, 0]]
    """
    sums: List[List[float]] = [[0] * len(columns) for _ in range(groups)]
    for position, column in enumerate(columns):
        for number, amount in zip(numbers, column):
            if number is not None and amount is not None:
                sums[number][position] += amount
    return sums


def step_rates(name: str, rates: Sequence[Optional[float]], stages: Sequence[object]) -> List[Optional[float]]:
    """The rate of each stage from the stage before; the first stage has none, and its cell may be left off."""
    if len(rates) == len(stages) and rates[:1] != [None] and len(stages) > 0:
        raise WrongType(f"{name}, row 1, belongs to no step: the first stage has none before it; leave it blank")
    if len(rates) not in (len(stages), len(stages) - 1):
        raise WrongType(f"{name} has {len(rates)} for {len(stages)} stages; give one for each stage but the first")
    return [None] * (len(stages) - len(rates)) + list(rates)
