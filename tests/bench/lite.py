"""The code of the built workbook in Pyodide, beside the least that the same work takes. Run: python tests/bench/lite.py

Excel, its browser and the transfer between them are not included. What runs through xlwings itself, the calls as Lite
makes them and the refresh, is measured where XLSMKT_XLWINGS_LICENSE_KEY is set.
"""

import json
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from data import write_leads
from fake_office_js import FakeExcel
from pyodide_lite import NAMED_BY_WORKBOOK, NEWEST, WORKBOOK, Lite
from web_calls import body

RUNS = 3
CALLS, ROWS, LEADS = 10_000, 100_000, 20_000
SAMPLE = WORKBOOK.with_name("sample")
DATA = "/data"  # where xlwings Lite keeps its user's files
PREPARE = f"""
from pyodide.code import run_js
def made(value):  # in JavaScript, where Excel's client has its cells
    return run_js(f"Array.from({{{{length: {ROWS}}}}}, (_, n) => [{{value}}])").to_py()
main.customers, main.leads, main.dates = made("n % 40"), made("100 + n % 900"), made("46023 + n % 90")
result = None
"""
TIMED = """
import time
{bare}
{ours}
def best(work):
    seconds = []
    for _ in range({runs}):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)
result = [best(bare), best(ours)]
"""
BARE_CALLS = f"""
def needed(customers, close_rate):
    return customers / close_rate
def bare():
    for _ in range({CALLS}):
        needed(20, 0.05)
"""
BARE_SUM = """
def bare():
    for cells in ({cells}):
        sum(row[0] for row in cells)
"""
DIRECT = {  # what is done: the least that it takes, and ours
    f"{CALLS:,} calls of LEADS_NEEDED": (
        BARE_CALLS,
        f"""
def ours():
    for _ in range({CALLS}):
        main.leads_needed(20, 0.05)
""",
    ),
    f"SLA_WATERFALL of {ROWS:,} dates": (
        BARE_SUM.format(cells="main.dates, main.leads"),
        """
def ours():
    shown = main.sla_waterfall(main.dates, main.leads, 1000.0, 46053.0, 46060.0)
    assert len(shown) > 10, shown
""",
    ),
    f"CLOSE_RATE of two ranges of {ROWS:,} rows": (
        BARE_SUM.format(cells="main.customers, main.leads"),
        """
def ours():
    assert len(main.close_rate(main.customers, main.leads)) == len(main.leads)
""",
    ),
}
THROUGH_XLWINGS = """
import types
import xlwings.server as server
def through(module, **asked):
    call = server.custom_functions_call({{**given, **asked}}, module)
    try:
        call.send(None)  # nothing in it waits
    except StopIteration as done:
        return done.value
own = types.ModuleType("own")
@server.func
def needed(customers, close_rate):
    return customers / close_rate
@server.func
def cell_by_cell(dates, amounts):
    return sum(dates) + sum(amounts)
own.needed, own.cell_by_cell = needed, cell_by_cell
def bare():
    {bare}
def ours():
    {ours}
"""
LICENSED = {  # what is done: a function whose body does next to nothing, and ours
    f"the {CALLS:,} calls through xlwings": (
        f"for _ in range({CALLS}): through(own, func_name='needed', args=[[[20]], [[0.05]]])",
        f"for _ in range({CALLS}): through(main, func_name='leads_needed', args=[[[20]], [[0.05]], None])",
    ),
    "the waterfall through xlwings": (
        "through(own, func_name='cell_by_cell', args=[main.dates, main.leads])",
        "assert len(through(main, func_name='sla_waterfall', args=[main.dates, main.leads, [[1000]], [[46053]], "
        "[[46060]], None, None])) > 10",
    ),
}

REFRESH = f"""
import csv, json
from pathlib import Path
import xlwings
import xlwings.server as server
def bare():
    json.loads(given["book"])
    for path in Path("{DATA}").iterdir():
        with path.open(encoding="utf-8", newline="") as file:
            list(csv.reader(file))
def ours():
    book = xlwings.Book(json=json.loads(given["book"]))
    try:
        server.custom_scripts_call(main, given["script"], typehint_to_value={{xlwings.Book: book}}).send(None)
    except StopIteration:
        json.dumps(book.json())
    book.close()
"""


def main():
    licence = os.environ.get("XLSMKT_XLWINGS_LICENSE_KEY")
    with tempfile.TemporaryDirectory() as folder:
        wheels = Path(folder) / "wheels"
        for pyodide in (NEWEST, NAMED_BY_WORKBOOK):
            starts = []
            for _ in range(RUNS):
                with Lite(WORKBOOK, wheels, pyodide) as lite:
                    starts.append(lite.started)
            print(f"\nPyodide {starts[0]['version']:34}     bare      ours   ratio")
            times = min((start["times"] for start in starts), key=lambda times: times["started"])
            line("start: packages, import of main", times["pyodide"], times["started"])
            with Lite(WORKBOOK, wheels, pyodide) as lite:
                lite.ask("run", source=PREPARE, given=None)
                for name, (bare, ours) in DIRECT.items():
                    compare(lite, name, bare, ours)
            if licence:
                with Lite(WORKBOOK, wheels, pyodide, licence) as lite:
                    lite.ask("run", source=PREPARE, given=None)
                    for name, (bare, ours) in LICENSED.items():
                        source = THROUGH_XLWINGS.format(bare=bare, ours=ours)
                        compare(lite, name, source, "", given=body("", [], version("xlwings")))
                    sent = what_a_click_sends(lite)
                    for name, files in {
                        "refresh of the sample": sorted(SAMPLE.glob("*.csv")),
                        f"refresh of {LEADS:,} leads": [write_leads(Path(folder) / "leads.csv", LEADS)],
                    }.items():
                        lite.ask("empty", folder=DATA)
                        for path in files:
                            lite.put(f"{DATA}/{path.name}", path.read_bytes())
                        compare(lite, name, REFRESH, "", given=sent)


def what_a_click_sends(lite):
    """The script, and the workbook without the sheets that it does not want."""
    [script] = lite.ask("metadata")["scripts"]
    sheets = [name.strip() for name in script["exclude"].split(",")]
    return {"script": script["function_name"], "book": json.dumps(FakeExcel.opened(WORKBOOK).json(sheets))}


def compare(lite, name, bare, ours, given=None):
    line(name, *lite.ask("run", source=TIMED.format(bare=bare, ours=ours, runs=RUNS), given=given))


def line(name, bare, ours):
    print(f"{name:42} {bare:7.3f} s {ours:7.3f} s {ours / bare:7.1f}")


if __name__ == "__main__":
    main()
