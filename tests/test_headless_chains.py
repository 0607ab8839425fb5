"""Long chains of calls, circles, and the errors that functions tell."""

import pytest
from computed_books import computed, spill

from xlsmkt.hosts.engine.calculation import Calculation


@pytest.fixture
def shown(tmp_path):
    """Computes the workbook that a function fills."""
    return lambda fill, **options: computed(tmp_path / "book.xlsx", fill, **options)


@pytest.mark.parametrize("upwards", [False, True])
@pytest.mark.parametrize(
    "formula", ["=LEADS_NEEDED(MIN(A{0},50),50%)", "=LEADS_NEEDED(A{0}/2,50%)", "=LEADS_NEEDED(A{0},100%)"]
)
def test_a_chain_of_any_length(shown, formula, upwards):
    count = 400

    def fill(book, model):
        rows = range(count, -1, -1) if upwards else range(1, count + 2)
        first, *others = [row + 1 for row in rows] if upwards else rows
        model.write(f"A{first}", 30)
        for before, row in zip([first, *others], others, strict=False):
            model.write_formula(f"A{row}", formula.format(before))

    came = shown(fill)
    assert came.kept == []
    last = [30.0]
    for _ in range(count):  # customers / close rate, rounded up: all of these divide evenly
        last.append(min(last[-1], 50) / 0.5 if "MIN" in formula else last[-1])
    numbers = [row[0] for row in came(f"A1:A{count + 1}")]
    assert (numbers[::-1] if upwards else numbers) == last


def test_a_chain_through_native_cells_computes_only_what_is_new(shown, monkeypatch):
    looked_at = []
    compute = Calculation._compute
    monkeypatch.setattr(Calculation, "_compute", lambda self, call: looked_at.append(call) or compute(self, call))

    def fill(book, model):
        model.write("A1", 30)
        for row in range(2, 1502):
            model.write_formula(f"B{row}", f"=MIN(A{row - 1},50)")
            model.write_formula(f"A{row}", f"=LEADS_NEEDED(B{row},50%)")

    came = shown(fill)
    assert len(looked_at) < 10 * 1500  # each a few times; a chain that is gone through anew each turn takes a million
    assert came.kept == []
    assert came("A1:A3") == [[30], [60], [100]]
    assert came("A1501") == 100


def test_each_error_of_ours_is_told_where_it_arose(shown):
    def fill(book, model):
        model.write_formula("A1", "=LEADS_NEEDED(20,5)")
        model.write_formula("A2", "=A1+1")
        model.write_formula("A3", "=LEADS_NEEDED(A1,5%)")
        model.write_formula("A4", '=IFERROR(LEADS_NEEDED(20,6),"none")')
        model.write_formula("A5", "=LEADS_NEEDED(20,7)*2")
        model.write_formula("A6", "=1/0")
        model.write_formula("A7", "=LEADS_NEEDED(A6,5%)")
        model.write_formula("A8", "=LEADS_NEEDED(20,5%)")
        model.write_dynamic_array_formula("B1:B1", "=LEADS_NEEDED(20,{5%;8})")

    edit_errors = shown(fill).errors
    assert [line.split("; ")[0] for line in edit_errors] == [
        "Model!A1: LEADS_NEEDED: close_rate is 5",
        "Model!B1: LEADS_NEEDED: close_rate is 8",
        "Model!A5: LEADS_NEEDED: close_rate is 7",
    ]


def test_a_result_that_keeps_changing_itself_is_circular_and_a_chain_beside_it_is_not(shown):
    def fill(book, model):
        spill(model, "B1", "=LEADS_NEEDED(SEQUENCE(IF(COUNT(B2:B9)=0,3,1)),50%)", 7)
        model.write("A1", 30)
        for row in range(2, 202):
            model.write_formula(f"A{row}", f"=LEADS_NEEDED(MIN(A{row - 1},50),50%)")

    came = shown(fill)
    [line] = came.kept
    assert line.startswith("Model!B1: ")
    assert "circular" in line
    assert came("B1:B3") == [[7], [None], [None]]
    assert came("A200:A201") == [[100], [100]]
