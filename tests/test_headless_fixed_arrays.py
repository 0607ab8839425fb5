"""Spills that other programs saved as array formulas of a fixed size still take the size of their results."""

import warnings

import openpyxl
import pytest
import xlsxwriter
from computed_books import computed, leads
from libreoffice import convert

from xlsmkt.crm.importing import import_files
from xlsmkt.crm.sample import LAST_DAY
from xlsmkt.demo import new_demo_book, run_demo
from xlsmkt.hosts.headless import compute
from xlsmkt.package import Book, Edit
from xlsmkt.refresh import refresh_book


def refreshed(book, samples):
    refresh_book(
        book, lambda _, told: import_files(samples, today=LAST_DAY, progress=told), compute, lambda part, words: None
    )
    return figures(book)


def figures(path):
    """All values of a workbook by place, except the moment of the refresh."""
    with Book.open(path) as book:
        moment = next(name.refers_to for name in book.names if name.name == "Last_Refresh")
        cells = {(sheet, c.row, c.column): c.value for sheet in book.sheet_names for c in book.cells(sheet)}
        for sheet in book.sheet_names:  # followers of arrays are in the anchor's area
            for cell in book.cells(sheet, bodies=False):
                if cell.array:
                    cells[sheet, cell.row, cell.column] = book.range(sheet, cell.array)
    place = openpyxl.utils.cell.range_to_tuple(moment.replace("=", ""))
    del cells[place[0], place[1][1], place[1][0]]
    return {key: value for key, value in cells.items() if value not in (None, "")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of the demonstration that the tests may change."""
    folder = tmp_path_factory.mktemp("round trips")
    run_demo(folder, lambda part, words: None)
    return folder


@pytest.fixture(scope="module")
def samples(folder):
    return sorted((folder / "sample").iterdir())


@pytest.fixture(scope="module")
def direct(folder, samples):
    """What a refresh of the filled workbook shows, without another program in between."""
    copy = folder / "direct.xlsx"
    copy.write_bytes((folder / "sla.xlsx").read_bytes())
    return refreshed(copy, samples)


def through_openpyxl(book, path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it leaves out sparklines and says so
        openpyxl.load_workbook(book).save(path)
    return path


def test_a_filled_workbook_that_openpyxl_saved(folder, samples, direct):
    assert refreshed(through_openpyxl(folder / "sla.xlsx", folder / "filled.xlsx"), samples) == direct


def test_a_new_workbook_that_openpyxl_saved(folder, samples, direct):
    new_demo_book(folder / "new.xlsx")
    assert refreshed(through_openpyxl(folder / "new.xlsx", folder / "openpyxl.xlsx"), samples) == direct


@pytest.mark.parametrize("new", [False, True])
def test_a_workbook_that_libreoffice_saved(soffice, folder, samples, direct, tmp_path, new):
    book = folder / "sla.xlsx"
    if new:
        book = tmp_path / "fresh.xlsx"
        new_demo_book(book)
    came = refreshed(convert(soffice, book, tmp_path), samples)
    # LibreOffice keeps 15 digits of the constants that it saves
    assert {key: rounded(value) for key, value in came.items()} == {k: rounded(v) for k, v in direct.items()}


def rounded(value):
    if isinstance(value, list):
        return [list(map(rounded, row)) for row in value]
    return float(f"{value:.14g}") if isinstance(value, float) else value


@pytest.fixture
def shown(tmp_path):
    """Computes the workbook that a function fills."""
    return lambda fill, **options: computed(tmp_path / "book.xlsx", fill, **options)


def test_a_table_grows_and_shrinks(shown):
    def fill(book, model):
        leads(book)
        groups = "CLOSE_RATE_BY(Daily[Source],Daily[Cust''s],Daily[Leads])"
        model.write_array_formula("A1:A1", "{=" + groups + "}")
        model.write_array_formula("A20:J29", "{=" + groups + "}")
        model.write("K29", "mine")

    came = shown(fill)
    [[*first], [*second]] = came("A1:A4"), came("A20:A29")
    assert first == [["Group"], ["Web"], ["Fair"], ["All"]]  # the largest group first, upper and lower case alike
    assert second == [*first, *[[None]] * 6]
    assert came("I20:K29") == [[None, None, None]] * 9 + [[None, None, "mine"]]
    arrays = [cell.array for cell in came.book.cells("Model") if cell.formula]
    assert arrays == ["A1:H4", "A20:H23"]


def test_a_result_without_room_shows_it(shown):
    def fill(book, model):
        leads(book)
        model.write_array_formula("A1:A1", "{=CLOSE_RATE_BY(Daily[Source],Daily[Cust''s],Daily[Leads])}")
        model.write("A3", "in the way")

    came = shown(fill)
    assert came("A1").sign == "#SPILL!"
    assert came("A3") == "in the way"


def test_a_result_without_room_keeps_the_cells_that_it_was_given(shown):
    """As when somebody selects cells in LibreOffice and types an array formula that has more to say."""

    def fill(book, model):
        leads(book)
        model.write_array_formula("A1:B2", "{=CLOSE_RATE_BY(Daily[Source],Daily[Cust''s],Daily[Leads])}")
        model.write("A3", "in the way")
        model.write("C1", "=COUNTA(A1:B2)")

    came = shown(fill)
    assert [came("A1"), came("A3"), came("C1")] == ["Group", "in the way", 4]
    assert came("B2") is not None


def test_native_arrays_keep_their_size(shown):
    def fill(book, model):
        model.write_column("A1", [10, 20, 30])
        model.write_array_formula("B1:B2", "{=A1:A3*2}")
        model.write_array_formula("C1:C4", "{=A1:A3*2}")

    came = shown(fill)
    assert came("B1:B3") == [[20], [40], [None]]
    assert [row[0] for row in came("C1:C3")] == [20, 40, 60]
    assert came("C4").sign == "#N/A"


def test_names_in_lower_case_are_ours(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        book.add_worksheet().write_array_formula("A1:A1", "{=leads_needed({20;30},5%)}")
    edit = Edit.open(tmp_path / "book.xlsx")
    compute(edit)
    assert edit.range("Sheet1", "A1:A3") == [[400], [600], [None]]
