"""What cannot be computed is named and left as it was; what the engine is given, and when it gives up."""

import pytest
import xlsxwriter
from computed_books import computed, leads, spill

from xlsmkt.errors import CellError
from xlsmkt.hosts.engine.cellrune_engine import CellruneEngine
from xlsmkt.hosts.engine.interface import EngineFailure
from xlsmkt.hosts.headless import compute
from xlsmkt.package import Edit


@pytest.fixture
def shown(tmp_path):
    """Computes the workbook that a function fills."""
    return lambda fill, **options: computed(tmp_path / "book.xlsx", fill, **options)


def test_what_cannot_be_computed_keeps_its_value(shown):
    def fill(book, model):
        old = 7
        for place, formula in {
            "A1": "=NOBODY_KNOWS(1)",
            "A2": "=A1+1",
            "A3": "=LEADS_NEEDED(A2,5%)",
            "A4": "=IFERROR(LEADS_NEEDED(A3,5%),0)",
            "A5": "=RAND()",
            "A6": "=[1]Sheet1!A1",
            "A7": "=A8",
            "A8": "=LEADS_NEEDED(A7,50%)",
            "A9": "=B9",
            "B9": "=A9",
            "A10": "=LEADS_NEEDED(A10,50%)",
            "A11": "=SUM(MAP({1;2},LAMBDA(_xlpm.n,LEADS_NEEDED(_xlpm.n,50%))))",
            "A12": "=1+",
            "A13": "=LEADS_NEEDED(20,RAND())",
            "A14": "=Nobody_Named+1",
            "A15": "=ISFORMULA(C1)",
        }.items():
            model.write_formula(place, formula, None, old)
        model.write_formula("C1", "=LEADS_NEEDED(20,5%)")
        model.write_formula("C2", "=IF(TRUE,1,2)")

    came = shown(fill)
    assert came("A1:A15") == [[7]] * 15
    assert came("C1:C2") == [[400], [1]]
    assert came.cells == 2
    told = dict(line.split(": ", 1) for line in came.kept)
    assert len(told) == 16
    assert "NOBODY_KNOWS" in told["Model!A1"]
    assert "depends on a cell" in told["Model!A2"]
    assert "random" in told["Model!A5"]
    assert "another workbook" in told["Model!A6"]
    assert "depends on itself" in told["Model!A8"]
    assert "circular" in told["Model!A9"]
    assert "LAMBDA" in told["Model!A11"]
    assert "position 4" in told["Model!A12"]


def test_a_circle_through_the_cells_of_a_spill(shown):
    def fill(book, model):
        spill(model, "A1", "=LEADS_NEEDED(SEQUENCE(IF(B3>0,1,3)),50%)", 7)
        model.write_formula("B3", "=A3", None, 7)

    came = shown(fill)
    assert [line.partition(":")[0] for line in came.kept] == ["Model!A1", "Model!B3"]
    assert came("A1") == came("B3") == 7


def test_an_engine_that_gives_up(tmp_path, monkeypatch):
    def refuse(self, book):
        raise EngineFailure("too much")

    monkeypatch.setattr(CellruneEngine, "open", refuse)
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Model")
        sheet.write_formula("A1", "=1+1", None, 7)
        sheet.write_formula("A2", "=LEADS_NEEDED(A1,5%)", None, 7)
        sheet.write_formula("A3", "=LEADS_NEEDED(20,5%)")
    edit = Edit.open(path)
    came_to = compute(edit)
    assert [row[0] for row in edit.range("Model", "A1:A3")] == [7, 7, 400]
    assert [line.partition(":")[0] for line in came_to.kept] == ["Model!A1", "Model!A2"]
    assert all("too much" in line for line in came_to.kept)


def test_arrays_have_room_for_a_thousand_columns(shown):
    def fill(book, model):
        spill(model, "A1", "=LEADS_NEEDED(SEQUENCE(1,1000)*1,50%)")
        spill(model, "A2", "=SUM(LEADS_NEEDED(SEQUENCE(1,1000),50%))")
        spill(model, "A3", "=SUM(A1#)")
        spill(model, "A5", "=LEADS_NEEDED(SEQUENCE(1,1100)*1,50%)")
        spill(model, "A6", "=SUM(LEADS_NEEDED(SEQUENCE(1,1100),50%))")

    came = shown(fill)
    assert came("ALL1:ALM1") == [[2000, None]]
    assert came("A2:A3") == [[1_001_000], [1_001_000]]
    assert [line.partition(":")[0] for line in came.kept] == ["Model!A5", "Model!A6"]
    assert "1,024 columns" in came.kept[0]


# --- what the engine is given ---


def test_columns_that_only_our_functions_read_stay_out_of_the_engine(tmp_path, monkeypatch):
    seen = []
    open_book = CellruneEngine.open
    monkeypatch.setattr(CellruneEngine, "open", lambda self, book: (seen.append(book), open_book(self, book)))
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        model = book.add_worksheet("Model")
        leads(book)
        model.write_formula("A1", "=CLOSE_RATE_BY(Daily[Source],Daily[Cust''s],Daily[Leads])")
        model.write_formula("A2", "=STDEV(Daily[Leads])+SUM(Daily[Cust''s])")
    compute(Edit.open(path))
    [slim] = seen
    assert [column for column, _, _ in slim.sheets["The data"].columns] == [2]


def test_errors_are_cell_errors(shown):
    came = shown(lambda book, model: model.write_formula("A1", "=1/0"))
    assert isinstance(came("A1"), CellError)
    assert came("A1").sign == "#DIV/0!"


def test_values_that_python_leaves_to_the_engine(shown):
    def fill(book, model):
        leads(book)
        for row in range(1, 9):  # each waits for the one before
            above = f'&A{row - 1}&"."' if row > 1 else '&""'
            model.write_formula(f"A{row}", f'=COUNTIF(Daily[Source],">G"{above})')

    came = shown(fill)
    assert came("A1:A8") == [[2]] * 8  # Web and web, which come after G2.
    assert came.kept == []
