"""From a CSV file to Daily and the close rates: ours, bare SQL in DuckDB, and pandas; seconds and peak memory of each.

Run: python tests/bench/figures.py [LEADS] [--runs N]      (default 1,000,000 leads, 5 runs)

Each way is a process of its own, in turn. "Work" is the time from the file to the tables, "all" that of the whole
process, with what Python takes to import packages. The ratios at the end are those of the shortest times, for what else
runs on a machine only makes times longer.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

BY = {"Lead type": "Lead Type", "Source": "Lead Source", "Industry": "Industry", "Owner": "Lead Owner"}
KEYS = ["Lead Type", "Lead Source", "Campaign Name", "Industry", "Lead Owner"]
MOMENTS = ["Assigned Date", "First Response Date"]
DAYS = ["Created Date", "Connected Date", "MQL Date", "SQL Date", "Converted Date", "Close Date"]


def write(path: Path, count: int) -> None:
    """Leads with the headings and ids of a Salesforce report; written by DuckDB.

    As in life, words go together: a source brings two types of lead, a rep works one industry.
    """
    import duckdb

    def word(number: str, *words: str) -> str:
        listed = ", ".join(f"'{one}'" if one else "null" for one in words)
        return f"[{listed}][1 + ({number} % {len(words)})::int]"

    def later(column: str, moment: str, share: int, minutes: int, shape: str) -> str:
        after = f"{moment} + to_minutes((hash(i, '{column}a') % {minutes})::int)"
        return f"case when hash(i, '{column}') % 100 < {share} then strftime({after}, '{shape}') else null end"

    day, minute = "%Y-%m-%d", "%Y-%m-%d %H:%M"
    reps = [f"Rep {part} {n}" for part in ("North", "South", "West") for n in range(1, 8)]
    sources = ["Organic search", "Paid search", "Event", "Referral", "Social", "Webinar"]
    duckdb.sql("set enable_progress_bar = false")
    duckdb.sql(f"""
        copy (select '00Q5g0000' || lpad(to_base(i, 36), 6, '0') "Lead ID", strftime(made, '{minute}') "Created Date",
            {word("src + hash(i, 't') % 2", "Newsletter", "Demo", "Trial", "Contact", "")} "Lead Type",
            {word("src", *sources)} "Lead Source",
            case when src % 2 = 1 then {word("quarter(made)", "Winter", "Spring", "Summer", "Autumn")} else null end
                "Campaign Name",
            {word("rep", "Retail", "Finance", "Health", "Media", "Software", "")} "Industry",
            {word("hash(i, 'l')", "Germany", "France", "United Kingdom", "Spain", "Austria")} "Country",
            ((hash(i, 'n') % 50)::int * 20)::varchar "No. of Employees",
            {word("hash(i, 'j')", "Marketing manager", "Head of sales", "Analyst", "Buyer")} "Title",
            {word("rep", *reps)} "Lead Owner",
            {later("a", "made", 95, 120, minute)} "Assigned Date",
            {later("f", "made", 80, 3000, minute)} "First Response Date",
            case when hash(i, 'f') % 100 < 80 then (1 + hash(i, 'x') % 6)::varchar else null end "Call Attempts",
            {later("k", "made", 50, 6000, day)} "Connected Date", {later("m", "made", 45, 15000, day)} "MQL Date",
            {later("q", "made", 25, 30000, day)} "SQL Date", {later("p", "made", 15, 40000, day)} "Converted Date",
            {later("z", "made", 12, 90000, day)} "Close Date",
            case when hash(i, 'z') % 100 < 5 then 'Closed Won' when hash(i, 'z') % 100 < 12 then 'Closed Lost'
                when hash(i, 'z') % 100 < 30 then 'Qualification' else null end "Stage",
            case when hash(i, 'z') % 100 < 12 then (hash(i, 'v') % 5000000 / 100)::decimal(12, 2)::varchar else null end
                "Opportunity Amount"
        from (select i, hash(i, 's') % 6 src, hash(i, 'o') % 21 rep,
            timestamp '2023-01-01' + to_minutes((hash(i, 'd') % 1576800)::int) made
            from range({count}) r(i)))
        to '{path}' (header, delimiter ',')""")


def ours(path: Path) -> None:
    import datetime as dt

    import ibis.backends.duckdb  # noqa: F401  (else imported with the first use of it)

    from xlsmkt.crm.delivering import figure
    from xlsmkt.crm.importing import import_files

    started = time.perf_counter()
    result = import_files([path], today=dt.date(2026, 6, 30), most_leads=1)
    for name in BY:
        figure("close-rates", result.leads, by=name)
    tell(started, len(result.tables["Daily"]))


def bare(path: Path) -> None:
    import duckdb
    import pyarrow as pa  # noqa: F401

    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        connection = duckdb.connect(str(Path(folder, "leads.duckdb")))
        connection.execute("set memory_limit = '1200MB'; set enable_progress_bar = false")
        connection.execute(f"create table leads as from read_csv('{path}')")
        days = ", ".join(f'"{name}"::date as "{name}"' for name in DAYS)
        won = 'case when "Stage" = \'Closed Won\' then "Close Date"::date end'
        connection.execute(f"create view counted as select * replace ({days}), {won} won from leads")
        counts = ", ".join(f'count("{name}")' for name in DAYS[1:])
        worked = '"First Response Date" is not null or "Call Attempts" > 0 or "Connected Date" is not null'
        keys = ", ".join(f'"{name}"' for name in ["Created Date", *KEYS])
        daily = connection.sql(
            f"select {keys}, count(*), {counts}, count(won), count(*) filter (where {worked}), "
            'sum("Opportunity Amount") filter (where won is not null) from counted group by all order by all'
        ).to_arrow_table()
        for name in BY.values():
            connection.execute(
                f'select "{name}", count(*), count(won), count(won) / count(*) from counted group by 1'
            ).fetchall()
        tell(started, len(daily))
        connection.close()


def pandas(path: Path) -> None:
    import pandas as pd

    started = time.perf_counter()
    frame = pd.read_csv(path, parse_dates=[*MOMENTS, *DAYS], date_format="ISO8601")
    for name in DAYS:
        frame[name] = frame[name].dt.normalize()
    frame["won"] = frame["Close Date"].where(frame["Stage"] == "Closed Won")
    frame["worked"] = (
        frame["First Response Date"].notna() | (frame["Call Attempts"] > 0) | frame["Connected Date"].notna()
    )
    frame["revenue"] = frame["Opportunity Amount"].where(frame["won"].notna())
    groups = frame.groupby(["Created Date", *KEYS], dropna=False, sort=True)
    daily = groups.agg(
        leads=("Stage", "size"), worked=("worked", "sum"), won=("won", "count"), revenue=("revenue", "sum"),
        **{name: (name, "count") for name in DAYS[1:]},
    )  # fmt: skip
    for name in BY.values():
        frame.groupby(name, dropna=False).agg(leads=("Stage", "size"), won=("won", "count"))
    tell(started, len(daily))


def tell(started: float, rows: int) -> None:
    print(time.perf_counter() - started, rows)


WAYS = {"xlsmkt": ours, "bare DuckDB": bare, "pandas": pandas}


@dataclass
class Run:
    """Seconds of the work and of the whole process, its peak memory in MiB, and the rows of Daily."""

    work: float
    all: float
    peak: float
    rows: int


def measured(way: str, path: Path) -> Run:
    """A process of its own."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, __file__, "--way", way, str(path)], stdout=subprocess.PIPE, text=True)
    told = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit(f"{way} failed ({status})")
    work, rows = told.split()
    return Run(float(work), seconds, usage.ru_maxrss / 1024, int(rows))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("leads", nargs="?", default="1000000")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    if options.way:
        WAYS[options.way](Path(options.leads))
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    found: dict[str, list[Run]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "leads.csv"
        write(path, int(options.leads))
        print(f"{int(options.leads):,} leads, {path.stat().st_size / 2**20:,.0f} MiB")
        for _ in range(options.runs):
            for way in WAYS:
                run = measured(way, path)
                found[way].append(run)
                print(f"{way:12} work {run.work:5.1f} s, all {run.all:5.1f} s, {run.peak:6,.0f} MiB, {run.rows:,} rows")
    for what in ("work", "all"):
        least = {way: min(getattr(run, what) for run in runs) for way, runs in found.items()}
        ours = least.pop("xlsmkt")
        told = ", ".join(f"{ours / seconds:.2f} of {way} ({seconds:.1f} s)" for way, seconds in least.items())
        print(f"{what}: {ours:.1f} s, {told}")


if __name__ == "__main__":
    main()
