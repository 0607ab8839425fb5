"""References in formulas: found where they are, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlsmkt.package.following import SpillMove, TableMove
from xlsmkt.package.references import (
    Area,
    column_letters,
    column_number,
    followed,
    followed_list,
    parse_area,
    translated,
)


@pytest.mark.parametrize(
    ("number", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA"), (16384, "XFD")]
)
def test_columns(number: int, letters: str) -> None:
    assert column_letters(number) == letters
    assert column_number(letters) == number


@given(st.integers(1, 16384), st.integers(1, 1048576), st.integers(1, 16384), st.integers(1, 1048576))
def test_areas_are_read_as_they_are_written(left: int, top: int, right: int, bottom: int) -> None:
    area = Area(min(left, right), min(top, bottom), max(left, right), max(top, bottom))
    assert parse_area(str(area)) == area
    assert parse_area(area.as_range()) == area


# What Excel shows when the formula in A1 is copied to B3 (two down, one right).
COPIED = [
    ("A1+1", "B3+1"),
    ("$A1+A$1+$A$1", "$A3+B$1+$A$1"),
    ("SUM(A1:B2)", "SUM(B3:C4)"),
    ("Sheet2!A1&'My ''own'' sheet'!A1", "Sheet2!B3&'My ''own'' sheet'!B3"),
    ('"A1"&A1&"say ""A1"""', '"A1"&B3&"say ""A1"""'),
    ("LOG10(A1)+Q1_total+_A1+A1B", "LOG10(B3)+Q1_total+_A1+A1B"),
    ("Leads[A1]+Leads[[#This Row],[B2]]", "Leads[A1]+Leads[[#This Row],[B2]]"),
    ("[1]Sheet1!A1", "[1]Sheet1!B3"),
    ("SUM(A:A)+SUM($A:B)+SUM(1:1)+SUM($1:2)", "SUM(B:B)+SUM($A:C)+SUM(3:3)+SUM($1:4)"),
    ("1E5+2.5E-3+A1", "1E5+2.5E-3+B3"),
    ("A1:INDEX(C:C,2)", "B3:INDEX(D:D,2)"),
    ("_xlfn.ANCHORARRAY(A1)", "_xlfn.ANCHORARRAY(B3)"),
    ("XFD1", "#REF!"),
    ("A1048575", "#REF!"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "copied"), COPIED)
def test_copied_formulas(formula: str, copied: str) -> None:
    assert translated(formula, 2, 1) == copied


@given(st.sampled_from([formula for formula, copied in COPIED if "#" not in copied]), st.integers(0, 900))
def test_copying_there_and_back_is_nothing(formula: str, down: int) -> None:
    assert translated(translated(formula, down, 3), -down, -3) == formula


# A table over A3:F11 (headings in 3) with totals in 12 gets its last body row in 20; what is below moves by 7.
MOVE = TableMove("Leads", Area(1, 4, 6, 11), 20, totals=1, below=7)
FOLLOWED = [
    ("D4:D11", "D4:D20"),
    ("$D$3:$D$11", "$D$3:$D$20"),
    ("A3:F12", "A3:F21"),
    ("D12", "D21"),
    ("D4:D9", "D4:D9"),
    ("D5:D11", "D5:D11"),
    ("D4", "D4"),
    ("D15+H15", "D22+H15"),
    ("D15:F18", "D22:F25"),
    ("D15:H18", "D15:H18"),
    ("D4:D15", "D4:D22"),
    ("D4:H11", "D4:H20"),
    ("H4:H11", "H4:H11"),
    ("leads!D4:D11&'Leads'!D4:D11", "leads!D4:D20&'Leads'!D4:D20"),
    ("Other!D4:D11&[1]Leads!D4:D11&Leads:Other!D4:D11", "Other!D4:D11&[1]Leads!D4:D11&Leads:Other!D4:D11"),
    ('"D4:D11"&Leads[D4]', '"D4:D11"&Leads[D4]'),
    ("D:D+4:11", "D:D+4:11"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "expected"), FOLLOWED)
def test_references_follow_a_growing_table(formula: str, expected: str) -> None:
    assert followed(formula, "Leads", MOVE) == expected


def test_references_follow_a_shrinking_table() -> None:
    move = TableMove("Leads", Area(1, 4, 6, 11), 5, totals=1, below=0)
    assert followed("D4:D11+D12+D15+D9+D4:F12+D9:D12", "Leads", move) == "D4:D5+D6+D15+D9+D4:F6+D9:D12"


def test_lists_of_areas() -> None:
    assert followed_list("D4:D11 A1 D15 A:A", "Leads", MOVE) == "D4:D20 A1 D22 A:A"


@pytest.mark.parametrize(
    ("area", "expected"),
    [
        ("B5:B9", "B5:B12"), ("B6:B9", "B6:B12"), ("B6:B8", "B6:B11"), ("A5:F9", "A5:G12"), ("A5:A8", "A5:A11"),
        ("B7:B9", "B7:B9"), ("B6:B7", "B6:B7"), ("H6:H9", "H6:H9"), ("B6:B20", "B6:B20"),
    ],
)  # fmt: skip
def test_ranges_over_a_spill_keep_their_distance_to_its_end(area: str, expected: str) -> None:
    move = SpillMove("S", parse_area("A5:F9"), parse_area("A5:G12"))
    assert str(move("S", parse_area(area), True)) == expected
    assert str(move("T", parse_area(area), True)) == area
    assert str(move("S", parse_area(area), False)) == area


@pytest.mark.parametrize(
    ("area", "expected"),
    [("A5", "A5:A9"), ("B6", "B6:B9"), ("A5:A7", "A5:A7"), ("B6:B30", "B6:B30"), ("H6", "H6"), ("B7", "B7")],
)
def test_a_spill_that_was_one_cell_stretches_only_ranges_of_one_row(area: str, expected: str) -> None:
    move = SpillMove("S", parse_area("A5"), parse_area("A5:F9"))
    assert str(move("S", parse_area(area), True)) == expected
    assert str(move("S", parse_area(area), False)) == area


def test_ranges_come_back_after_a_spill_had_no_room() -> None:
    whole, one = parse_area("A5:F9"), parse_area("A5")
    for area in ("A5:A9", "B6:B9"):
        shrunk = SpillMove("S", whole, one)("S", parse_area(area), True)
        assert str(SpillMove("S", one, whole)("S", shrunk, True)) == area


@given(st.text(alphabet="AB$1:!'\"[]()# ,.x\\é", max_size=30))
def test_no_text_breaks_the_reader(text: str) -> None:
    followed(text, "Leads", MOVE)
    translated(text, 1, 1)


def test_a_range_that_begins_above_the_heading_grows_too():
    assert MOVE("Leads", Area(1, 1, 6, 11), True) == Area(1, 1, 6, 20)
    assert MOVE("Leads", Area(2, 1, 2, 9), True) == Area(2, 1, 2, 9)
