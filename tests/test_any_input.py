"""Whatever is thrown at them, functions answer with cells."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlsmkt.catalogue import CATALOGUE
from xlsmkt.errors import CellError, OutOfRange

ODD = st.one_of(
    st.none(), st.booleans(), st.floats(), st.integers(-(10**400), 10**400), st.text(max_size=8), st.decimals(),
    st.dates(), st.datetimes(),
    st.sampled_from(["", "#N/A", "5%", "2026-03", "1,234", "9" * 400, OutOfRange("x"), b"x", 1j]),
)  # fmt: skip
ARGUMENTS = st.lists(
    st.one_of(ODD, st.lists(ODD, max_size=3), st.lists(st.lists(ODD, max_size=3), max_size=3)), max_size=7
)


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.name)
@settings(max_examples=60, deadline=None)
@given(values=ARGUMENTS)
def test_cells_are_cells_whatever_the_arguments(entry, values):
    rows = entry.cells(values)
    assert rows and len({len(row) for row in rows}) == 1 and rows[0]
    for cell in (cell for row in rows for cell in row):
        assert cell is None or isinstance(cell, (str, bool, int, float, Decimal, CellError)), cell
        if isinstance(cell, (int, float)):
            assert abs(cell) < 1.8e308
