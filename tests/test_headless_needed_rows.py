"""Native formulas see all the rows of a long result that they need, however they name them."""

import pytest
from computed_books import computed, spill

NEEDED = [400, 600, 800, 1000]  # customers / 5%


@pytest.fixture
def shown(tmp_path):
    """Shows what formulas come to beside a result of four rows, all of them plain."""

    def show(formulas, names=()):
        def fill(book, model):
            results = book.add_worksheet("Results")
            spill(results, "A1", "=LEADS_NEEDED({20;30;40;50},5%)")
            book.add_worksheet("Keys").write_column("A1", ["x", "y", "x", "x"])
            for name, formula in names:
                book.define_name(name, formula)
            for place, formula in formulas.items():
                model.write_formula(place, formula)

        came = computed(tmp_path / "book.xlsx", fill)
        assert came.kept == []
        assert came("A1:A4", "Results") == [[number] for number in NEEDED]
        return [came(place) for place in formulas]

    return show


def test_cells_columns_and_parts_of_a_result(shown):
    assert shown({"A1": "=Results!A3"}) == [800]
    assert shown({"A1": "=Results!A2", "A2": "=SUM(Results!A1:A3)"}) == [600, 1800]
    assert shown({"A1": "=Results!A1", "A2": "=INDEX(Results!A:A,4)"}) == [400, 1000]
    assert shown({"A1": "=Results!A6", "A2": "=COUNT(Results!A2:A3)"}) == [0, 2]


@pytest.mark.parametrize(("function", "expected"), [("SUMIF", 2200), ("AVERAGEIF", 2200 / 3)])
def test_what_is_added_is_as_tall_as_the_cells_that_are_compared(shown, function, expected):
    assert shown({"B2": f'={function}(Keys!A1:A4,"x",Results!A1)'}) == [pytest.approx(expected)]


def test_names_of_cells_and_of_expressions(shown):
    names = [("Third", "=Results!$A$3"), ("One_more", "=Results!$A$4+1"), ("First_ones", "=Results!$A$1:$A$2")]
    assert shown({"A1": "=Third", "A2": "=One_more", "A3": "=SUM(First_ones)"}, names) == [800, 1001, 1000]


def test_what_a_text_names_may_be_any_cell(shown):
    assert shown({"A1": '=INDIRECT("Results!A"&4)', "A2": "=SUM(OFFSET(Results!A1,2,0,2,1))"}) == [1000, 1800]
