"""Lead scores over 100,000 leads, beside pandas doing the same. Run: python tests/bench/scores.py

Cells come as hosts hand them over; pandas builds its frame from the same cells.
"""

import random
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from calls import seconds
from columns import ROWS, cells

from xlsmkt.catalogue import CATALOGUE

NUMBERS = 16
HEADINGS = ["Lead ID", "Size", "Industry", "Title", *(f"Clicks {number}" for number in range(NUMBERS))]
RULES: list[list[Any]] = [
    ["Size", "ideal", 100.0, 10.0, "explicit"],
    ["Industry", "is one of", "IT; Mining", 5.0, "explicit"],
    ["Industry", "is", "Retail", -5.0, "explicit"],
    ["Title", "contains", "head", 5.0, "explicit"],
    *(["Clicks " + str(number), "at least", 3.0, 2.0, "implicit"] for number in range(NUMBERS)),
]


def make_lead(number: int, chance: random.Random) -> list[Any]:
    title = f"{chance.choice(['Head of', 'Buyer,', 'Student of'])} team {chance.randrange(3000)}"
    clicks = (float(chance.randrange(10)) if chance.random() < 0.8 else None for _ in range(NUMBERS))
    return [f"L{number}", float(chance.randrange(1, 5000)), chance.choice(["Retail", "Mining", "IT"]), title, *clicks]


CHANCE = random.Random(7)
LEADS = [make_lead(number, CHANCE) for number in range(ROWS)]
SCORES = cells(lambda n: n * 7919 % 1009 / 10)
WON = cells(lambda n: 45000.0 if n * 104729 % 1013 < n * 7919 % 1009 / 5 else None)
OWNERS = cells(lambda n: f"Rep {n % 40}")
IDS = cells(lambda n: f"L{n}")


def column(cells: list[list[Any]]) -> pd.Series:
    return pd.Series([row[0] for row in cells])


def scores_with_pandas() -> list[list[Any]]:
    frame = pd.DataFrame(LEADS, columns=HEADINGS)
    size, industry = frame["Size"], frame["Industry"].str.lower()
    explicit = 10 * np.minimum(size, 100) / np.maximum(size, 100) + 5 * industry.isin(["it", "mining"])
    explicit += -5 * (industry == "retail") + 5 * frame["Title"].str.lower().str.contains("head", regex=False)
    implicit = sum(2 * (frame[f"Clicks {number}"] >= 3) for number in range(NUMBERS))
    table = pd.DataFrame({"Explicit": explicit, "Implicit": implicit, "Score": explicit + implicit}).round(9)
    return [list(table), *table.to_numpy().tolist()]


def bands_with_pandas() -> list[list[Any]]:
    """By limits, because qcut would cut elsewhere."""
    frame = pd.DataFrame({"score": column(SCORES), "won": column(WON).notna()})
    band = pd.cut(frame["score"], [-np.inf, 20, 40, 60, 80, np.inf], right=False)
    table = frame.groupby(band, observed=True)["won"].agg(["size", "sum"]).iloc[::-1]
    table.loc["All"] = table.sum()
    rate = table["sum"] / table["size"]
    rows = zip(
        table["size"], table["sum"], rate, table["sum"] / table["sum"].iloc[-1], rate / rate.iloc[-1], strict=True
    )
    return [["Leads", "Customers", "Close rate", "Share of customers", "Lift"], *map(list, rows)]


def auc_with_pandas() -> list[list[Any]]:
    won, ranks = column(WON).notna(), column(SCORES).rank()
    customers, others = won.sum(), (~won).sum()
    return [[(ranks[won].sum() - customers * (customers + 1) / 2) / (customers * others)]]


def queue_with_pandas() -> list[list[Any]]:
    frame = pd.DataFrame({"Lead": column(IDS), "Score": column(SCORES), "Owner": column(OWNERS)})
    frame = frame[column(WON).isna()].sort_values("Score", ascending=False, kind="stable")
    calls = frame["Score"] >= 50
    frame.insert(0, "Place", (frame[calls].groupby("Owner").cumcount() + 1).astype(object))
    frame["Next step"] = np.where(calls, "call", "nurture")
    table = frame.astype(object).where(frame.notna(), None)
    return [list(table), *table.to_numpy().tolist()]


class Case(NamedTuple):
    function: str
    arguments: list[Any]
    with_pandas: Callable[[], list[list[Any]]]
    first: int = 0  # the first column that both have


CASES = [
    Case("LEAD_SCORE", [[HEADINGS], LEADS, RULES], scores_with_pandas),
    Case("SCORE_BANDS", [SCORES, WON, [20.0, 40.0, 60.0, 80.0]], bands_with_pandas, 1),
    Case("SCORE_AUC", [SCORES, WON], auc_with_pandas),
    Case("LEAD_QUEUE", [IDS, SCORES, OWNERS, 50.0, WON], queue_with_pandas),
]


def same(one: Any, other: Any) -> bool:
    """Whether two cells show the same; the last digits of sums depend on the order of adding."""
    return abs(one - other) <= 1.1e-9 if isinstance(one, float) else bool(one == other)


def main() -> None:
    print(f"{ROWS:,} leads, seconds      cells   pandas   ratio")
    for case in CASES:
        entry = CATALOGUE[case.function]
        ours, theirs = [row[case.first :] for row in entry.cells(case.arguments)], case.with_pandas()
        assert len(ours) == len(theirs), case.function
        for row, expected in zip(ours, theirs, strict=True):
            assert all(map(same, row, expected)), f"{case.function}: {row} beside {expected}"
        called, beside = seconds(lambda entry=entry, case=case: entry.cells(case.arguments)), seconds(case.with_pandas)
        print(f"{case.function:24} {called:8.3f} {beside:8.3f} {called / beside:7.2f}")


if __name__ == "__main__":
    main()
