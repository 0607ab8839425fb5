"""Whatever Excel or VBA hands over, every function answers xlwings' COM server with what cells can take."""

import datetime as dt
from decimal import Decimal

import pytest
from fake_windows import MISSING, CDispatch, Range, Workbook, com_time, on_windows
from hypothesis import given, settings
from hypothesis import strategies as st

from xlsmkt.catalogue import CATALOGUE

ERRORS = [-2146826281, -2146826246, -2146826273, -2146826235]
MOMENTS = st.datetimes(dt.datetime(1900, 3, 1)).map(
    lambda t: com_time(t.year, t.month, t.day, t.hour, t.minute, t.second)
)
CELL = st.one_of(
    st.none(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8), MOMENTS,
    st.decimals(-(10**9), 10**9, places=4), st.sampled_from(ERRORS),
    st.sampled_from(["", "#N/A", "#NUM!\u2002because", "5%", "2026-03", "1,234", "9" * 400, "x" * 400, 5.0, 0.05]),
)  # fmt: skip
ODD = st.one_of(
    CELL, st.integers(-(10**400), 10**400), st.floats(), st.decimals(), st.binary(max_size=3), st.builds(CDispatch)
)


def block(cells, least):
    """Rows of one length, as a range has them and most arrays do."""
    return st.tuples(st.integers(least, 3), st.integers(least, 3)).flatmap(
        lambda size: st.tuples(*[st.tuples(*[cells] * size[1])] * size[0])
    )


def cells_of_a_sheet(rows, height, width):
    sheet = Workbook().sheet
    sheet.put(rows, 2, 2)
    return Range(sheet, 2, 2, height or len(rows), width or len(rows[0]))


RANGES = st.builds(cells_of_a_sheet, block(CELL, 1), st.sampled_from([0, 1, 1_048_575]), st.sampled_from([0, 1, 5000]))
RAGGED = st.lists(st.one_of(ODD, st.lists(ODD, max_size=3).map(tuple)), max_size=3).map(tuple)
ARGUMENT = st.one_of(ODD, st.just(MISSING), RANGES, block(ODD, 0), RAGGED)


@pytest.fixture(scope="module")
def excel():
    with on_windows() as excel:
        yield excel


@pytest.fixture(autouse=True)
def log(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    return tmp_path / "xlsmkt" / "excel.log"


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.name)
def test_every_function_answers_whatever_it_is_given(excel, log, entry):
    @settings(max_examples=60, deadline=None)
    @given(st.lists(ARGUMENT, max_size=len(entry.parameters)), st.booleans())
    def answers(arguments, date1904):
        result = excel.call(entry.name, *arguments, book=Workbook(date1904=date1904))
        rows = result if isinstance(result, (list, tuple)) else [result]
        rows = rows if isinstance(rows[0], (list, tuple)) else [rows]
        assert len({len(row) for row in rows}) == 1 and rows[0]
        several = len(rows) > 1 or len(rows[0]) > 1
        for value in (value for row in rows for value in row):
            assert type(value) in (float, int, bool, str), value
            if isinstance(value, str):
                assert len(value) <= (255 if several else 32767)
            else:
                assert abs(value) < (2**31 + 1 if type(value) is int else 1.8e308)

    answers()
    assert not log.exists(), log.read_text("utf-8")  # nothing that anybody types is a fault of ours


def test_decimals_that_are_no_numbers(excel):
    for odd in (Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1e999")):
        assert excel.call("LEADS_NEEDED", odd, 0.05, MISSING).startswith("#NUM!")
        assert excel.call("LEADS_NEEDED", ((odd,), (20.0,)), 0.05, MISSING)[1] == [400]
