"""RETENTION_BY: tables worked by hand, laws, agreement with pandas, and the corners of real data."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlsmkt import retention_by
from xlsmkt.catalogue import CATALOGUE
from xlsmkt.errors import CellError, NotAvailable, OutOfRange, WrongType

HEADINGS = ["Group", "Customers", "Stayed", "Lost", "Retention rate", "Churn rate"]
EMPTY = [[None], [""]]  # the rows of a table without data
CHANNELS = st.sampled_from(["Web", "web", " WEB ", "Fair", "", None, "Ads", 7.0])


def test_retention_by_channel_worked_by_hand():
    rows = [
        ("Web", "2025-01-10", None), ("web", "2025-02-10", "2025-08-01"), ("Web", "2025-03-10", "2026-03-31"),
        ("Web", "2025-04-10", "2026-04-01"), ("Web", "2026-04-01", None), ("Web", None, "2025-05-01"),
        ("Fair", "2026-03-31", ""), ("Fair", "2025-05-10", ""), ("Partner", "2026-05-01", "2026-06-01"),
        (None, "2025-01-01", None),
    ]  # fmt: skip
    groups, started, ended = (list(column) for column in zip(*rows, strict=True))
    assert retention_by(groups, started, ended, "2026-03-31") == [
        HEADINGS,
        ["Web", 4, 2, 2, 0.5, 0.5],  # who leaves on the day is lost, who leaves on the next has stayed
        ["Fair", 2, 2, 0, 1, 0],
        ["Partner", 0, 0, 0, None, None],
        ["All", 6, 4, 2, pytest.approx(2 / 3), pytest.approx(1 / 3)],
    ]


def test_retention_over_no_data_is_a_heading_and_a_row_for_all():
    for nothing in (EMPTY, None, [], ""):
        assert retention_by(nothing, nothing, nothing, "2026-03-31") == [
            HEADINGS,
            ["All", 0, 0, 0, None, None],
        ]


def test_an_end_before_the_start_is_told_by_its_row():
    with pytest.raises(OutOfRange, match=r"ended, row 2, is 2025-01-31, before the start 2025-03-01; mend one of them"):
        retention_by(["Web", "Web"], ["2025-01-01", "2025-03-01"], [None, "2025-01-31"], "2026-03-31")
    # on the day of the start is a customer that changed its mind
    assert retention_by("Web", "2025-03-01", "2025-03-01", "2026-03-31")[1] == ["Web", 1, 0, 1, 0, 1]


def test_the_day_comes_from_the_workbook():
    with pytest.raises(NotAvailable, match="as_of is missing; give it, or fill the cell named As_Of"):
        retention_by("Web", "2025-03-01", "")
    lookup = {"As_Of": dt.date(2025, 2, 28)}.__getitem__
    assert CATALOGUE["RETENTION_BY"].cells(["Web", "2025-03-01", None], lookup)[1][1] == 0


def test_errors_in_cells_of_dates_are_told_by_argument_and_row():
    cells = CATALOGUE["RETENTION_BY"].cells([[["Web"], ["Web"]], [[45000.0], ["#REF!"]], None, 46000.0])
    assert isinstance(cells[0][0], CellError) and cells[0][0].sign == "#REF!"
    assert "started, row 2" in str(cells[0][0])
    with pytest.raises(WrongType, match='ended, row 1, is the text "soon"'):
        retention_by("Web", "2025-03-01", "soon", "2026-03-31")


AS_OF = dt.date(2026, 3, 31)
DAYS = st.dates(dt.date(2025, 1, 1), dt.date(2026, 12, 31))
STAYS = st.lists(
    st.tuples(CHANNELS, DAYS, st.one_of(st.none(), st.integers(0, 500))).map(
        lambda row: (row[0], row[1], None if row[2] is None else row[1] + dt.timedelta(days=row[2]))
    ),
    min_size=1,
    max_size=40,
)


@given(STAYS)
def test_retention_by_agrees_with_pandas(rows):
    kept = [
        (str(group).strip().lower(), start <= AS_OF, start <= AS_OF and end is not None and end <= AS_OF)
        for group, start, end in rows
        if group
    ]
    theirs = pd.DataFrame(kept, columns=["group", "customers", "lost"]).groupby("group").sum()
    table = retention_by(*([list(column) for column in zip(*rows, strict=True)]), AS_OF)
    ours = {str(row[0]).lower(): (row[1], row[3]) for row in table[1:-1]}
    assert ours == {str(group): (int(c), int(lost)) for group, c, lost in theirs.itertuples()}
    assert table[-1][1:4] == [sum(row[position] for row in table[1:-1]) for position in (1, 2, 3)]
    for _, customers, stayed, lost, retained, churned in table[1:]:
        assert stayed + lost == customers
        assert customers == 0 or retained + churned == pytest.approx(1, abs=1e-15)
    assert [row[1] for row in table[1:-1]] == sorted((row[1] for row in table[1:-1]), reverse=True)


@given(STAYS)
def test_who_lost_nobody_kept_everybody(rows):
    groups, started, _ = (list(column) for column in zip(*rows, strict=True))
    for ended in (None, [AS_OF + dt.timedelta(days=1)] * len(rows)):
        for _, customers, stayed, lost, retained, churned in retention_by(groups, started, ended, AS_OF)[1:]:
            assert (stayed, lost) == (customers, 0)
            assert (retained, churned) == ((1, 0) if customers else (None, None))
