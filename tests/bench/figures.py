"""From a CSV file to Daily and the close rates: ours, bare SQL in DuckDB, and pandas; seconds and peak memory of each.

Run: python tests/bench/figures.py [LEADS]      (default 1,000,000; whole processes, in turn, on this machine)
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BY = {"Lead type": "Lead Type", "Source": "Lead Source", "Industry": "Industry", "Owner": "Lead Owner"}
KEYS = ["Lead Type", "Lead Source", "Campaign Name", "Industry", "Lead Owner"]
MOMENTS = ["Assigned Date", "First Response Date"]
DAYS = ["Created Date", "Connected Date", "MQL Date", "SQL Date", "Converted Date", "Close Date"]


def write(path: Path, count: int) -> None:
    """Leads with the headings of a Salesforce report, each with an id of its own; written by DuckDB.

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
        copy (select (10000 + i)::varchar "Lead ID", strftime(made, '{minute}') "Created Date",
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

    from xlsmkt.crm.delivering import figure
    from xlsmkt.crm.importing import import_files

    result = import_files([path], today=dt.date(2026, 6, 30), most_leads=1)
    for name in BY:
        figure("close-rates", result.leads, by=name)
    print(len(result.tables["Daily"]), result.taken["Leads"])


def bare(path: Path) -> None:
    import duckdb

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
        print(len(daily))
        connection.close()


def pandas(path: Path) -> None:
    import pandas as pd

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
    print(len(daily))


WAYS = {"xlsmkt": ours, "bare DuckDB": bare, "pandas": pandas}


def measured(way: str, path: Path) -> tuple[float, float, str]:
    """Seconds and peak memory in MiB of a process of its own, and what it printed."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, __file__, "--way", way, str(path)], stdout=subprocess.PIPE, text=True)
    told = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        told = f"failed ({status})"
    return seconds, usage.ru_maxrss / 1024, told.strip()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("leads", nargs="?", default="1000000")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    if options.way:
        WAYS[options.way](Path(options.leads))
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "leads.csv"
        write(path, int(options.leads))
        print(f"{int(options.leads):,} leads, {path.stat().st_size / 2**20:,.0f} MiB; seconds and peak MiB, in turn")
        for _ in range(options.runs):
            found = {way: measured(way, path) for way in WAYS}
            for way, (seconds, peak, told) in found.items():
                print(f"{way:12} {seconds:6.1f} s {peak:8,.0f} MiB   {told}")
            base = found["xlsmkt"][0]
            print(
                f"ratio: {base / found['bare DuckDB'][0]:.2f} of bare DuckDB, {base / found['pandas'][0]:.2f} of pandas"
            )


if __name__ == "__main__":
    main()
