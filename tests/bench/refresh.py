"""Import, refresh and compute of many leads, beside pandas + openpyxl doing the import and the writing.

Run: python tests/bench/refresh.py [LEADS]      (default 100,000; whole processes, in turn, on this machine)
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import openpyxl
import pandas as pd
from data import write_leads

from xlsmkt.crm.model import DAILY, LEADS
from xlsmkt.template.shipped import shipped_template

HEADINGS = {
    "Created Date": "Created", "Lead Type": "Lead type", "Lead Source": "Source", "Campaign Name": "Campaign",
    "No. of Employees": "Company size", "Title": "Job title", "Lead Owner": "Owner", "Assigned Date": "Assigned",
    "First Response Date": "First worked", "Call Attempts": "Attempts", "Connected Date": "Connected",
    "MQL Date": "MQL",
    "SQL Date": "SQL", "Converted Date": "Opportunity", "Close Date": "Closed", "Opportunity Amount": "Amount",
}  # fmt: skip


def by_pandas_and_openpyxl(leads: Path, book: Path) -> None:
    """What a careful analyst writes: read, convert, count, load the workbook, write the rows, resize, save."""
    frame = pd.read_csv(leads, dtype=str).rename(columns=HEADINGS)
    frame["Won"] = frame["Closed"].where(frame["Stage"] == "Closed Won")
    for field in LEADS.fields:
        if field.kind in ("date", "time"):
            frame[field.name] = pd.to_datetime(frame[field.name], format="ISO8601")
            if field.kind == "date":
                frame[field.name] = frame[field.name].dt.normalize()
        elif field.kind == "number":
            frame[field.name] = pd.to_numeric(frame[field.name])
    counted = frame.assign(Date=frame["Created"], Revenue=frame["Amount"].where(frame["Won"].notna()))
    keys = ["Date", "Lead type", "Source", "Campaign", "Industry", "Owner"]
    daily = counted.groupby(keys, dropna=False, sort=True).agg(
        Leads=("Created", "size"), MQLs=("MQL", "count"), SQLs=("SQL", "count"), Opportunities=("Opportunity", "count"),
        Customers=("Won", "count"), Worked=("First worked", "count"), Connected=("Connected", "count"),
        Revenue=("Revenue", "sum"),
    ).reset_index()  # fmt: skip
    workbook = openpyxl.load_workbook(book)
    for table, rows in ((LEADS, frame[LEADS.columns]), (DAILY, daily[DAILY.columns])):
        sheet = workbook[table.sheet]
        made = sheet.tables[table.name]
        first = openpyxl.utils.cell.range_boundaries(made.ref)[1] + 1
        for number, row in enumerate(rows.astype(object).where(rows.notna(), None).itertuples(index=False), first):
            for column, value in enumerate(row, 1):
                if value is not None:
                    sheet.cell(number, column, value)
        made.ref = (
            f"{made.ref.split(':')[0]}:{openpyxl.utils.get_column_letter(len(table.columns))}{first + len(rows) - 1}"
        )
    workbook.save(book)


def timed(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("leads", nargs="?", type=int, default=100_000)
    parser.add_argument("--baseline", nargs=2, type=Path, metavar=("LEADS", "BOOK"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.baseline:
        by_pandas_and_openpyxl(*options.baseline)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        leads = write_leads(folder / "leads.csv", options.leads)
        ours, theirs = [], []
        for run in range(3):
            for times, book in ((ours, folder / f"ours{run}.xlsx"), (theirs, folder / f"theirs{run}.xlsx")):
                shutil.copy(shipped_template(), book)
                command = [sys.executable, "-m", "xlsmkt", "refresh", str(book), "--from", str(leads)]
                if times is theirs:
                    command = [sys.executable, __file__, "--baseline", str(leads), str(book)]
                times.append(timed(command))
        print(f"{options.leads:,} leads, seconds of whole processes, three runs in turn")
        print("xlsmkt refresh (import, write, compute):", *(f"{t:.1f}" for t in ours))
        print("pandas + openpyxl (import, write):      ", *(f"{t:.1f}" for t in theirs))
        print("ratio, run by run:                      ", *(f"{b / a:.1f}" for a, b in zip(ours, theirs, strict=True)))


if __name__ == "__main__":
    main()
