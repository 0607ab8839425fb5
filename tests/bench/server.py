"""Our functions on xlwings Server over HTTP, beside the same calls without it. Run: python tests/bench/server.py DIR

DIR is a folder made by `xlsmkt server init`; run this with a Python that has xlsmkt[server].
"""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from server_run import Served
from web_calls import body

import xlsmkt.functions  # noqa: F401 - fills the catalogue
from xlsmkt.catalogue import CATALOGUE

RUNS = 5
CALLS = 1_000
ROWS = 100_000
ONE = ("LEADS_NEEDED", [[[20]], [[0.05]], None], [20.0, 0.05])
WON, LEADS = [[row % 7] for row in range(ROWS)], [[20 + row % 5] for row in range(ROWS)]
RANGES = ("CLOSE_RATE", [WON, LEADS], [[[float(v) for v in row] for row in rows] for rows in (WON, LEADS)])


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compared(server, name, sent, given, times):
    """The shortest of some runs over HTTP and called directly, taken in turn so that a busy machine slows both."""
    message = json.dumps(body(name.lower(), sent, "0.37.8")).encode()

    def asked():
        for _ in range(times):
            status, text = server.call_status(message)
            assert status == 200, text

    def called():
        for _ in range(times):
            CATALOGUE[name].cells(given)

    pairs = [(seconds(asked), seconds(called)) for _ in range(RUNS)]
    return (min(pair[side] for pair in pairs) for side in (0, 1))


def main():
    if len(sys.argv) != 2:
        sys.exit("Give the folder of a server, made by: xlsmkt server init DIR")
    with Served(sys.executable, Path(sys.argv[1]).resolve()) as server:
        for told, times, call in (("single calls", CALLS, ONE), (f"call of two ranges of {ROWS:,} rows", 1, RANGES)):
            over_http, direct = compared(server, *call, times)
            print(
                f"{times:>6,} {told}: {over_http:.2f} s over HTTP, {direct:.3f} s directly, {over_http / direct:.0f} x"
            )


if __name__ == "__main__":
    main()
