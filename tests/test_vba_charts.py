"""Charts over tables that spill: their ranges follow the rows, and no other range is touched.

The spilling is pyOpenVBA's; charts are stand-ins that hold the formulas of their series as Excel writes them.
"""

import pytest
from vba_book import Holder, VbaBook


class Charts(VbaBook):
    """A workbook whose table spills from Model!B4, a heading and as many rows as Model!A1 says."""

    def __init__(self, *formulas, sheet="Inputs", name="Model"):
        super().__init__()
        self.sheet("Model").vba_set("Name", name)
        self.rows(3)
        self.range("B4", name).vba_set("Formula2", "=IF(A1=0,NA(),SEQUENCE(A1+1,3))")
        # pyOpenVBA, unlike Excel, tells of a calculation only where an ordinary formula was worked out, too
        self.range("H1", name).vba_set("Formula", "=A1+A2")
        self.holder = Holder(formulas)
        self.sheet(sheet).charts = [self.holder]
        self.run("ThisWorkbook.Workbook_Open")

    def rows(self, number):
        self.app.sheet(2).set_value("A1", float(number))

    @property
    def formulas(self):
        return [curve.formula for curve in self.holder.curves]

    @property
    def written(self):
        return sum(curve.written for curve in self.holder.curves)


def series(values, categories="Model!$B$5:$B$7", name="Model!$C$4", order=1):
    return f"=SERIES({name},{categories},{values},{order})"


BODY = series("Model!$C$5:$C$7")


@pytest.mark.parametrize("sheet", ["Inputs", "Model"])
@pytest.mark.parametrize("rows", [1, 2, 4, 50])
def test_a_chart_follows_the_rows_of_its_table(rows, sheet):
    book = Charts(BODY, series("Model!$D$5:$D$7", order=2), sheet=sheet)
    book.rows(rows)
    last = f"$B${4 + rows}"
    categories = f"Model!$B$5:{last}" if rows > 1 else "Model!$B$5"
    values = [categories.replace("$B", f"${column}") for column in "CD"]
    assert book.formulas == [series(values[0], categories), series(values[1], categories, order=2)]


def test_it_follows_again_and_again():
    book = Charts(BODY)
    for rows in (5, 1, 2, 12, 3):
        book.rows(rows)
    assert book.formulas == [BODY]
    assert book.written == 5


def test_a_table_of_one_row_may_be_written_as_a_range_or_as_a_cell():
    for cell in ("$B$5", "$B$5:$B$5"):
        book = VbaBook()
        book.app.sheet("Model").set_value("A1", 1.0)
        book.range("B4").vba_set("Formula2", "=SEQUENCE(A1+1,3)")
        book.range("H1").vba_set("Formula", "=A1")
        holder = Holder([series(f"Model!{cell.replace('B', 'C')}", f"Model!{cell}")])
        book.sheet("Model").charts = [holder]
        book.run("LearnCharts")
        book.app.sheet("Model").set_value("A1", 4.0)
        assert holder.curves[0].formula == series("Model!$C$5:$C$8", "Model!$B$5:$B$8")


def test_while_a_table_shows_an_error_its_charts_wait():
    book = Charts(BODY)
    book.rows(0)
    assert book.formulas == [BODY]
    book.rows(6)
    assert book.formulas == [series("Model!$C$5:$C$10", "Model!$B$5:$B$10")]


OTHER = [
    pytest.param(series("Model!$C$5:$C$6", "Model!$B$5:$B$6"), id="the first rows only"),
    pytest.param(series("Model!$C$4:$C$7", "Model!$B$4:$B$7"), id="the headings, too"),
    pytest.param(series("Model!$C$5:$C$8", "Model!$B$5:$B$8"), id="a row more"),
    pytest.param(series("Inputs!$C$5:$C$7", "Inputs!$B$5:$B$7"), id="another sheet"),
    pytest.param(series("Model!$H$5:$H$7", "Model!$G$5:$G$7"), id="beside the table"),
    pytest.param(series("(Model!$C$5:$C$7,Model!$C$20:$C$22)", ""), id="several areas"),
    pytest.param(series("(Model!$C$20:$C$22,Model!$C$5:$C$7)", ""), id="several areas, ours last"),
    pytest.param(series("{1,2,3}", '{"a","b","c"}', '"Plan"'), id="no cells"),
    pytest.param(series("Book1.xlsm!Values", "Book1.xlsm!Months"), id="names"),
    pytest.param(series("Model!$C$5:$D$7", ""), id="two columns"),
    pytest.param(series("#REF!", "", ""), id="lost cells"),
    pytest.param(None, id="no formula"),
]


@pytest.mark.parametrize("other", OTHER)
def test_no_other_range_is_touched(other):
    book = Charts(other, BODY, other)
    book.rows(9)
    book.rows(2)
    assert book.formulas == [other, series("Model!$C$5:$C$6", "Model!$B$5:$B$6"), other]
    assert [curve.written for curve in book.holder.curves] == [0, 2, 0]


def test_one_range_of_a_series_may_be_ours_and_the_other_not():
    book = Charts(series("Model!$C$5:$C$7", "Inputs!$B$5:$B$7"))
    book.rows(5)
    assert book.formulas == [series("Model!$C$5:$C$9", "Inputs!$B$5:$B$7")]


@pytest.mark.parametrize("name", ["Sales SLA", "Sam's plan", "2026", "Plan (B)"])
def test_a_sheet_whose_name_stands_in_quotes(name):
    quoted = "'" + name.replace("'", "''") + "'!"
    book = Charts(BODY.replace("Model!", quoted), name=name)
    book.rows(4)
    assert book.formulas == [series("Model!$C$5:$C$8", "Model!$B$5:$B$8").replace("Model!", quoted)]


def test_a_table_that_moved_is_followed_from_the_next_refresh_on_at_the_latest():
    book = Charts(BODY)
    book.range("A2").vba_get("EntireRow").vba_get("Insert")
    book.holder.curves[0].formula = series("Model!$C$6:$C$8", "Model!$B$6:$B$8")  # as Excel itself moves it
    book.python.refresh = lambda: book.rows(4)
    book.run("RefreshCRM")  # in Excel the cell remembered moves along; pyOpenVBA's does not
    assert book.formulas == [series("Model!$C$6:$C$9", "Model!$B$6:$B$9")]


def test_a_calculation_that_changes_no_rows_reads_no_chart():
    book = Charts(BODY)
    before = book.holder.curves[0].reads
    book.range("F1").vba_set("Formula", "=A1*2")
    book.app.sheet("Model").set_value("A2", 5.0)
    book.excel.vba_get("Calculate")
    assert book.holder.curves[0].reads == before
    assert book.written == 0


def test_the_refresh_fits_charts_that_no_event_could():
    book = Charts(BODY)
    book.python.refresh = lambda: book.rows(7)  # events are off meanwhile
    book.run("RefreshCRM")
    assert book.formulas == [series("Model!$C$5:$C$11", "Model!$B$5:$B$11")]


def test_a_chart_made_since_the_workbook_was_opened_is_fitted_by_the_refresh():
    book = Charts()
    book.holder.curves.extend(Holder([BODY]).curves)
    book.python.refresh = lambda: book.rows(7)
    book.run("RefreshCRM")
    assert book.formulas == [series("Model!$C$5:$C$11", "Model!$B$5:$B$11")]


def test_a_table_that_was_deleted_is_forgotten_without_a_word():
    book = Charts(BODY)
    book.range("B4").vba_get("ClearContents")
    book.rows(5)
    book.run("FitCharts")
    assert book.formulas == [BODY] and book.messages == []


def test_two_tables_and_their_charts_stay_apart():
    book = Charts(BODY, series("Model!$G$5:$G$6", "Model!$F$5:$F$6"))
    book.range("F4").vba_set("Formula2", "=SEQUENCE(A2+1,2)")
    book.app.sheet("Model").set_value("A2", 2.0)
    book.run("LearnCharts")
    book.app.sheet("Model").set_value("A2", 4.0)
    assert book.formulas == [BODY, series("Model!$G$5:$G$8", "Model!$F$5:$F$8")]
    book.rows(2)
    assert book.formulas[0] == series("Model!$C$5:$C$6", "Model!$B$5:$B$6")
    assert book.formulas[1] == series("Model!$G$5:$G$8", "Model!$F$5:$F$8")
