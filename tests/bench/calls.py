"""Calls per second of cell functions, beside the bare Python body. Run: python tests/bench/calls.py"""

import time

from xlsmkt.catalogue import CATALOGUE

ROWS = 100_000
CUSTOMERS = [[float(n % 40)] for n in range(ROWS)]
LEADS = [[float(100 + n % 900)] for n in range(ROWS)]
RATES = [[(1 + n % 60) / 100] for n in range(ROWS)]


def seconds(work, times=5):
    """The best of several runs, so that a busy machine blurs the ratio less."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def main():
    print(f"column of {ROWS:,} rows        bare    cells   ratio")
    for name, columns in {"CLOSE_RATE": (CUSTOMERS, LEADS), "LEADS_NEEDED": (CUSTOMERS, RATES)}.items():
        entry = CATALOGUE[name]
        flat = [[row[0] for row in column] for column in columns]
        rest = [parameter.default for parameter in entry.parameters[2:]]
        bare = seconds(
            lambda body=entry.body, flat=flat, rest=rest: [body(a, b, *rest) for a, b in zip(*flat, strict=True)]
        )
        spread = seconds(lambda entry=entry, columns=columns: entry.cells(columns))
        print(f"{name:24} {bare:8.3f} {spread:8.3f} {spread / bare:7.2f}")
    print("\nscalar calls a second        bare      cells   ratio")
    for name, values in {"CLOSE_RATE": (5.0, 100.0), "LEADS_NEEDED": (20.0, 0.05)}.items():
        entry = CATALOGUE[name]
        rest = [parameter.default for parameter in entry.parameters[2:]]
        bare = seconds(lambda body=entry.body, values=values, rest=rest: [body(*values, *rest) for _ in range(10_000)])
        called = seconds(lambda entry=entry, values=values: [entry.cells(values) for _ in range(10_000)])
        print(f"{name:24} {10_000 / bare:10,.0f} {10_000 / called:10,.0f} {called / bare:7.2f}")


if __name__ == "__main__":
    main()
