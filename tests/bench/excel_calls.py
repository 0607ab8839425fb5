"""Our dispatch of Excel's calls, beside xlwings' own of the same body. Run: python tests/bench/excel_calls.py

Excel itself and the transfer over COM are not included: they are the same for both, so a real ratio is nearer to 1.
"""

import sys
from pathlib import Path
from types import ModuleType

sys.path.insert(0, str(Path(__file__).parents[1]))

from calls import CUSTOMERS, LEADS, RATES, ROWS, seconds
from fake_windows import MISSING, on_windows

from xlsmkt.catalogue import CATALOGUE

RUNS = 25
COLUMNS = {"CLOSE_RATE": (CUSTOMERS, LEADS), "LEADS_NEEDED": (CUSTOMERS, RATES)}
SCALARS = {"CLOSE_RATE": (5.0, 100.0), "LEADS_NEEDED": (20.0, 0.05)}
LEFT_OUT = {"CLOSE_RATE": (), "LEADS_NEEDED": (MISSING,)}


def plain_functions(xw):
    """A module with the bodies as people write them for xlwings: bare, and spread over columns."""
    module = ModuleType("plain_functions")
    module.__file__ = ""  # xlwings asks for it, and takes a missing file for one that never changes

    @xw.func
    def CLOSE_RATE(customers, leads):  # noqa: N802 - names of functions in cells
        return CATALOGUE["CLOSE_RATE"].body(customers, leads)

    @xw.func
    def LEADS_NEEDED(customers, close_rate, confidence=None):  # noqa: N802
        return CATALOGUE["LEADS_NEEDED"].body(customers, close_rate, confidence)

    @xw.func
    def CLOSE_RATE_COLUMN(customers, leads):  # noqa: N802
        body = CATALOGUE["CLOSE_RATE"].body
        return [[body(*row)] for row in zip(customers, leads, strict=True)]

    @xw.func
    def LEADS_NEEDED_COLUMN(customers, close_rate):  # noqa: N802
        body = CATALOGUE["LEADS_NEEDED"].body
        return [[body(*row, None)] for row in zip(customers, close_rate, strict=True)]

    for function in (CLOSE_RATE, LEADS_NEEDED, CLOSE_RATE_COLUMN, LEADS_NEEDED_COLUMN):
        setattr(module, function.__name__, function)
    sys.modules[module.__name__] = module
    return module.__name__


def main():
    with on_windows() as excel:
        plain = plain_functions(sys.modules["xlwings"])
        sheet = excel.book.sheet

        def line(name, arguments, theirs, rest, times, scale):
            """One line of the table: ``rest`` are arguments left out, which the plain function may not have."""

            def called(module, name, *arguments):
                return seconds(lambda: [excel.call(name, *arguments, module=module) for _ in range(times)], 1) / times

            own = ours = float("inf")
            for _ in range(RUNS):  # in turn, so that a busy machine slows both
                own = min(own, called(plain, theirs, *arguments))
                ours = min(ours, called(excel.functions.__name__, name, *arguments, *rest))
            print(f"{name:24} {own * scale:10.1f} {ours * scale:10.1f} {ours / own:7.2f}")

        print("one call, µs                xlwings       ours   ratio")
        for name, arguments in SCALARS.items():
            line(name, arguments, name, LEFT_OUT[name], 500, 1e6)
        print("\none call with cells, µs     xlwings       ours   ratio")
        for name, arguments in SCALARS.items():
            cells = [sheet.put([[value]], 1, column) for column, value in enumerate(arguments, 1)]
            line(name, cells, name, LEFT_OUT[name], 500, 1e6)
        print(f"\n{ROWS:,} rows, ms            xlwings       ours   ratio")
        for name, columns in COLUMNS.items():
            ranges = [sheet.put(rows, 1, number) for number, rows in enumerate(columns, 1)]
            line(name, ranges, name + "_COLUMN", LEFT_OUT[name], 1, 1e3)  # the first of the runs fills the ranges


if __name__ == "__main__":
    main()
