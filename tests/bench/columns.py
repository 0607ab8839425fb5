"""Tables over 100,000 rows in cells, beside pandas doing the same. Run: python tests/bench/columns.py

A case is a function, its columns, and the same figures with pandas. Cells come as hosts hand them over, rows of one
cell each; pandas builds its frame from the same cells ("from cells") or has it already ("frame ready").
"""

from collections.abc import Callable
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from calls import seconds

from xlsmkt.catalogue import CATALOGUE

ROWS = 100_000
CHANNELS = ["Google", "google", "LinkedIn", "Trade fair", "Referral", "E-mail", "Webinar", "Partner"]


def cells(value: Callable[[int], Any]) -> list[list[Any]]:
    """A column of a sheet."""
    return [[value(n)] for n in range(ROWS)]


CHANNEL = cells(lambda n: CHANNELS[n * 7 % 8])
SPEND = cells(lambda n: 250.5 + n % 90)
VISITS = cells(lambda n: float(100 + n % 900))
LEADS = cells(lambda n: float(n % 40))
OPPORTUNITIES = cells(lambda n: float(n % 9))
CUSTOMERS = cells(lambda n: float(n % 3))
REVENUE = cells(lambda n: 5000.25 * (n % 3))
AS_OF = 46000.0
STARTED = cells(lambda n: 45000.0 + n % 1200)
ENDED = cells(lambda n: 45400.0 + n % 1900 if n % 5 == 0 and n % 1200 < 400 else None)
OWNER = cells(lambda n: f"Team {n * 7 % 40}")
ASSIGNED = cells(lambda n: 45730.0 + n % 290 + n * 37 % 1440 / 1440)
WORKED = cells(lambda n: ASSIGNED[n][0] + n * 11 % 7200 / 1440 if n % 10 else None)
ATTEMPTS = cells(lambda n: float(n % 8) if n % 10 else 0.0)
CONNECTED = cells(lambda n: WORKED[n][0] if n % 3 == 0 else None)
HOLIDAYS = [[45700.0 + 11 * n] for n in range(30)]
LEAD = cells(lambda n: f"L{n * 7919 % 30_000}")
TOUCHED = cells(lambda n: 45000.0 + n * 104729 % 500_000 / 1440)
WORTH = [[1000.5 + len(lead) if lead.endswith("7") else None] for (lead,) in LEAD]


def kpis(frame: pd.DataFrame) -> pd.DataFrame:
    frame.columns = ["channel", "spend", "leads", "opportunities", "customers", "revenue"]
    table = frame.groupby(frame["channel"].str.lower()).sum(numeric_only=True)
    table.loc["All"] = table.sum()
    for name in ("leads", "opportunities", "customers"):
        table[f"cost of {name}"] = table["spend"] / table[name]
    table["close rate"] = table["customers"] / table["leads"]
    table["roi"] = (table["revenue"] - table["spend"]) / table["spend"]
    return table


def funnels(frame: pd.DataFrame) -> pd.DataFrame:
    frame.columns = ["channel", "visits", "leads", "customers"]
    table = frame.groupby(frame["channel"].str.lower()).sum(numeric_only=True)
    table.loc["All"] = table.sum()
    table["leads %"] = table["leads"] / table["visits"]
    table["customers %"] = table["customers"] / table["leads"]
    table["overall %"] = table["customers"] / table["visits"]
    return table


def retention(frame: pd.DataFrame) -> pd.DataFrame:
    frame.columns = ["channel", "started", "ended"]
    customers = frame[frame["started"] <= AS_OF]
    lost = customers["ended"] <= AS_OF
    table = lost.groupby(customers["channel"].str.lower()).agg(["size", "sum"])
    table.loc["All"] = table.sum()
    table["churn rate"] = table["sum"] / table["size"]
    return table


def sales_slas(frame: pd.DataFrame) -> pd.DataFrame:
    frame.columns = ["owner", "assigned", "worked", "attempts", "connected"]
    frame = frame[~(frame["assigned"] >= AS_OF + 1)].copy()
    worked = frame["worked"] < AS_OF + 1
    connected = worked & (frame["connected"] < AS_OF + 1)
    frame["open hours"] = business_hours(frame["worked"].where(worked)) - business_hours(frame["assigned"])
    waited = business_hours(frame["worked"].where(worked, AS_OF + 1)) - business_hours(frame["assigned"])
    # a lead that nobody has worked counts from the moment that the agreed hours are over
    within = (waited <= 8).astype(float).where(worked | (waited > 8))
    frame = frame.assign(worked=worked, connected=connected, within=within)
    frame["tried"] = worked & ~connected & (frame["attempts"] >= 5)
    frame["given up"] = worked & ~connected & (frame["attempts"] < 5)
    groups = [frame["owner"].str.lower(), pd.Series("all", index=frame.index)]
    tables = []
    for group in groups:
        table = frame.groupby(group)[["worked", "connected", "tried", "given up"]].sum()
        table["leads"] = frame.groupby(group).size()
        table["median hours"] = frame.groupby(group)["open hours"].median()
        table["within hours"] = frame.groupby(group)["within"].mean()
        tables.append(table)
    return pd.concat(tables)


def business_hours(moments: "pd.Series[float]") -> "pd.Series[float]":
    """From 9:00 to 17:00 of business days, since 1970; None for no moment."""
    minutes = (moments.fillna(0) * 1440).round()
    days = (minutes // 1440 - 25569).to_numpy().astype("datetime64[D]")
    off = np.array([row[0] - 25569 for row in HOLIDAYS]).astype("datetime64[D]")
    today = np.clip(minutes % 1440 / 60 - 9, 0, 8) * np.is_busday(days, holidays=off)
    return (np.busday_count(np.datetime64(0, "D"), days, holidays=off) * 8 + today).where(moments.notna())


def last_touch(frame: pd.DataFrame) -> pd.DataFrame:
    frame.columns = ["lead", "time", "channel", "value"]
    touches = frame.sort_values("time", kind="stable")
    last = touches[touches["value"] > 0].drop_duplicates("lead", keep="last")
    return credits(touches, last["channel"], pd.Series(1.0, last.index), last["value"])


def linear(frame: pd.DataFrame) -> pd.DataFrame:
    frame.columns = ["lead", "time", "channel", "value"]
    sold = frame[frame["value"] > 0]
    share = 1 / sold.groupby("lead")["lead"].transform("size")
    return credits(frame, sold["channel"], share, share * sold["value"])


def credits(frame: pd.DataFrame, channel: pd.Series, share: pd.Series, value: pd.Series) -> pd.DataFrame:
    shares = pd.DataFrame({"channel": channel.str.lower(), "credit": share, "value": value})
    every = frame["channel"].str.lower().unique()
    table = shares.groupby("channel").sum().reindex(every, fill_value=0).sort_values("credit", ascending=False)
    table.loc["All"] = table.sum()
    return table.round({"value": 2})


class Case(NamedTuple):
    """A function over columns, and what pandas does with a frame of the same columns (0, 1, 2, ...)."""

    function: str
    columns: list[list[list[Any]]]
    with_pandas: Callable[[pd.DataFrame], pd.DataFrame]
    options: tuple[Any, ...] = ()  # arguments after the columns
    compared: int = -1  # the column of our last row that is the last one of pandas


CASES = [
    Case("KPI_BY", [CHANNEL, SPEND, LEADS, OPPORTUNITIES, CUSTOMERS, REVENUE], kpis),
    Case("FUNNEL_BY", [CHANNEL, VISITS, LEADS, CUSTOMERS], funnels),
    Case("RETENTION_BY", [CHANNEL, STARTED, ENDED], retention, (AS_OF,)),
    Case("ATTRIBUTION", [LEAD, TOUCHED, CHANNEL, WORTH], linear, ("linear",)),
    Case("ATTRIBUTION", [LEAD, TOUCHED, CHANNEL, WORTH], last_touch, ("last",)),
    Case(
        "SALES_SLA",
        [OWNER, ASSIGNED, WORKED, ATTEMPTS, CONNECTED],
        sales_slas,
        (AS_OF, 0.9, 5.0, 8.0, 9.0, 17.0, HOLIDAYS),
        -4,
    ),
]


MODELS = ("first", "last", "linear", "time decay", "U-shaped", "W-shaped", "Markov", "Shapley")


def frame_of(columns: list[list[list[Any]]]) -> pd.DataFrame:
    return pd.DataFrame({number: list(chain.from_iterable(column)) for number, column in enumerate(columns)})


def show(case: Case) -> None:
    entry, frame = CATALOGUE[case.function], frame_of(case.columns)
    ours = entry.cells([*case.columns, *case.options])
    theirs = case.with_pandas(frame.copy())
    assert len(ours) == 1 + len(theirs), f"{case.function}: {ours[-1]} beside\n{theirs}"
    last = ours[-1][case.compared]
    expected = float(theirs.iloc[-1, -1])
    # the last digits of a sum of 100,000 numbers depend on the order of adding
    assert abs(last - expected) <= 1e-9 * abs(expected), f"{case.function}: {ours[-1]} beside\n{theirs}"
    called = seconds(lambda: entry.cells([*case.columns, *case.options]))
    built = seconds(lambda: case.with_pandas(frame_of(case.columns)))
    ready = seconds(lambda: case.with_pandas(frame.copy()))
    print(f"{case.function:24} {called:8.3f} {built:12.3f} {called / built:7.2f} {ready:13.3f} {called / ready:7.2f}")


def main() -> None:
    print(f"{ROWS:,} rows, seconds         cells   from cells   ratio   frame ready   ratio")
    for case in CASES:
        show(case)
    print(f"\nATTRIBUTION of {ROWS:,} touches by model, seconds")
    for model in MODELS:
        called = seconds(lambda model=model: CATALOGUE["ATTRIBUTION"].cells([LEAD, TOUCHED, CHANNEL, WORTH, model]), 2)
        print(f"{model:24} {called:8.3f}")


if __name__ == "__main__":
    main()
