"""Our functions in LibreOffice Calc beside Calc's own, and a whole run. Run: python tests/bench/calc.py [BOOK]

BOOK is a refreshed workbook, such as xlsmkt-demo/sla.xlsx; it stays as it is.
"""

import sys
import tempfile
import time
from pathlib import Path

from xlsmkt.hosts.calc.office import Office

RUNS = 5
CALLS = 5_000
ROWS = 100_000
ONE = {"own": "=ROUNDUP($A$1/5%,0)", "ours": "=LEADS_NEEDED($A$1,5%)"}
COLUMN = {
    "own": f"=SUM(ROUNDUP(ROW(A1:A{ROWS})/5%,0))",
    "ours": f"=SUM(LEADS_NEEDED(ROW(A1:A{ROWS}),5%))",
}


def seconds(office, formula, cells=None):
    start = time.perf_counter()
    [[[value]]] = office.run("evaluate", formulas=[formula], cells=cells)
    taken = time.perf_counter() - start
    assert isinstance(value, float), value
    return taken


def best(office, formulas, cells):
    """The shortest of some runs by host, taken in turn so that a busy machine slows both."""
    times = {host: float("inf") for host in formulas}
    for _ in range(RUNS):
        for host, formula in formulas.items():
            times[host] = min(times[host], seconds(office, formula, cells(host)))
    return times


def whole_run(book):
    """Start, load, relink, recalculate, print the values; then the office is gone."""
    start = time.perf_counter()
    with Office() as office:
        office.run("compute", path=str(book))
    return time.perf_counter() - start


def main():
    with Office() as office:
        sheets = {
            host: {"A1": 20} | {f"C{row}": formula for row, formula in enumerate([formula] * CALLS, 1)}
            for host, formula in ONE.items()
        }
        single = best(office, {host: f"=SUM(C1:C{CALLS})" for host in ONE}, sheets.get)
        empty = min(seconds(office, "=1", {"A1": 20}) for _ in range(RUNS))
        own, ours = ((single[host] - empty) / CALLS * 1e6 for host in ("own", "ours"))
        print("                                Calc       ours   ratio")
        print(f"one cell, typed, µs       {own:10.1f} {ours:10.1f} {ours / own:7.2f}   more: {ours - own:.1f}")
        column = best(office, COLUMN, lambda host: None)
        own, ours = ((column[host] - empty) * 1e3 for host in ("own", "ours"))
        print(f"{ROWS:,} rows, ms          {own:10.1f} {ours:10.1f} {ours / own:7.2f}")
    if len(sys.argv) > 1:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "book.xlsx"
            copy.write_bytes(Path(sys.argv[1]).read_bytes())
            print(f"whole run, s              {min(whole_run(copy) for _ in range(3)):21.1f}")


if __name__ == "__main__":
    main()
