"""Workbooks computed without a spreadsheet program: what the cells hold afterwards, and what is left as it was."""

import datetime as dt

import pytest
import xlsxwriter
from computed_books import Shown, computed, inputs, leads, spill

from xlsmkt.errors import NotAvailable, OutOfRange, Propagated
from xlsmkt.hosts.headless import compute
from xlsmkt.package import Edit

BLOCKED = ("C1", "D1", "E1", "H1")
NA, NUM, SPILL = NotAvailable(""), OutOfRange(""), Propagated("#SPILL!")


@pytest.fixture
def shown(tmp_path):
    """Computes the workbook that a function fills."""
    return lambda fill, **options: computed(tmp_path / "book.xlsx", fill, **options)


# --- arguments ---


def test_inputs_fill_what_is_left_out(shown):
    def fill(book, model):
        inputs(book)
        model.write_formula("A1", "=LEADS_NEEDED()")
        model.write_formula("A2", "=LEADS_NEEDED(,10%)")
        model.write_formula("A3", "=LEADS_NEEDED(30)")
        model.write_formula("A4", "=LEADS_NEEDED(Z9,10%)")  # a blank cell counts as 0

    came = shown(fill)
    assert came("A1:A4") == [[400], [200], [600], [0]]
    assert (came.kept, came.cells) == ([], 4)


def test_a_sheets_own_name_wins(shown):
    def fill(book, model):
        inputs(book)
        model.write("H1", 0.5)
        book.define_name("Model!Agreed_Close_Rate", "=Model!$H$1")
        model.write_formula("A1", "=LEADS_NEEDED(20)")
        model.write_formula("A2", "=LEADS_NEEDED(20,Agreed_Close_Rate*1)")
        book.add_worksheet("Other").write_formula("A1", "=LEADS_NEEDED(20)")

    came = shown(fill)
    assert came("A1:A2") == [[40], [40]]
    assert came("A1", "Other") == 400


def test_names_that_are_constants_formulas_or_calls(shown):
    def fill(book, model):
        inputs(book, "In puts")
        book.define_name("Half", "=0.5")
        book.define_name("Double_Goal", "='In puts'!$B$1*2")
        book.define_name("Target", "=LEADS_NEEDED(Double_Goal,Agreed_Close_Rate)")
        model.write_formula("A1", "=LEADS_NEEDED(Double_Goal,Half)")
        model.write_formula("A2", "=Target+1")
        model.write_formula("A3", "=LEADS_NEEDED(Target,50%)")

    assert shown(fill)("A1:A3") == [[80], [801], [1600]]


def test_table_references(shown):
    def fill(book, model):
        leads(book)
        model.write_formula("A1", "=CLOSE_RATE(SUM(Daily[Cust''s]),SUM(Daily[Leads]))")
        spill(model, "C1", "=CLOSE_RATE(Daily[Cust''s],Daily[Leads])")
        spill(model, "E1", "=FUNNEL_BY(Daily[[#All],[Source]],Daily[[#All],[Leads]],Daily[[#All],[Cust''s]])")
        spill(model, "E10", "=FUNNEL_BY('The data'!A1:A4,'The data'!B1:B4,'The data'!C1:C4)")
        model.write_formula("A2", "=COUNTA(Daily[[#Headers],[Source]:[Leads]])+CUSTOMERS_EXPECTED(Daily[Leads],100%)")

    came = shown(fill)
    assert came.kept == []
    assert came("A1:A2") == [[0.06], [202]]
    assert came("C1:C4") == [[0.05], [0.1], [0.05], [None]]
    table = [["Source", "Leads", "Cust's"], ["Web", 160, 8], ["Fair", 40, 4], ["All", 200, 12]]
    assert [row[:3] for row in came("E1:H4")] == table
    assert came("E10:H13") == came("E1:H4")


def test_a_calculated_column(shown):
    def fill(book, model):
        sheet = book.add_worksheet("Data")
        sheet.write_column("A2", [10, 20, 30])
        own = "T[[#This Row],[Customers]]"
        formulas = [f"=LEADS_NEEDED({own},50%)", f"=LEADS_NEEDED({own}*2,50%)", "=T[[#This Row],[Leads]]+1"]
        headings = ["Customers", "Leads", "Twice", "More"]
        sheet.add_table("A1:D4", {"name": "T", "columns": [{"header": heading} for heading in headings]})
        for row in range(1, 4):
            for column, formula in enumerate(formulas, 1):
                sheet.write_formula(row, column, formula)
        model.write_formula("A1", "=SUM(T[Twice])")
        model.write_formula("A2", "=LEADS_NEEDED(SUM(T[More]),50%)")
        spill(model, "C1", "=LEADS_NEEDED(T[Leads],50%)")

    came = shown(fill)
    assert came.kept == []
    assert came("B2:D4", "Data") == [[20, 40, 21], [40, 80, 41], [60, 120, 61]]
    assert came("A1:A2") == [[240], [246]]
    assert came("C1:C4") == [[40], [80], [120], [None]]


def test_blank_cells_stay_blank_in_columns(shown):
    def fill(book, model):
        model.write_column("A1", [10, None, 30])
        spill(model, "B1", "=LEADS_NEEDED(A1:A3,50%)")
        spill(model, "C1", "=LEADS_NEEDED(OFFSET(A1,0,0,3,1),50%)")
        spill(model, "D1", "=LEADS_NEEDED(IF(TRUE,A1:A3,0),50%)")
        model.write_formula("E1", "=COUNT(B1:B3)")
        book.define_name("Moving", "=OFFSET(Model!$A$1,0,0,COUNTA(Model!$A$1:$A$9)+1,1)")
        spill(model, "F1", "=LEADS_NEEDED(Moving,50%)")
        spill(model, "G1", '=LEADS_NEEDED(INDIRECT("A1:A"&COUNT(A1:A9)+1),50%)')
        book.define_name("Own", "=Model!$A$1:$A$3")
        spill(model, "I1", '=LEADS_NEEDED(INDIRECT("Own"),50%)')
        spill(model, "H1", "=OFFSET(OFFSET(A1,1,0),-1,0,3,1)*2")

    came = shown(fill)
    assert came.kept == []
    assert came("B1:D3") == [[20] * 3, [None] * 3, [60] * 3]
    assert came("E1") == 2
    assert came("F1:I3") == [[20] * 4, [None, None, 0, None], [60] * 4]


def test_whole_columns_and_rows(shown):
    def fill(book, model):
        leads(book)
        model.write_row("A5", [1, 2, 3])
        model.write_formula("A1", "=CUSTOMERS_EXPECTED('The data'!B2:B99,100%)")
        model.write_formula("A2", "=CLOSE_RATE(SUM('The data'!C:C),SUM('The data'!B:B))")
        model.write_formula("A3", "=CUSTOMERS_EXPECTED(5:5,100%)")
        model.write_formula("A4", "=CUSTOMERS_EXPECTED(Other!A:A,100%)")
        book.add_worksheet("Other").write_column("A3", [5, 6])

    assert shown(fill)("A1:A4") == [[200], [0.06], [6], [11]]


def test_expressions_that_depend_on_where_they_stand(shown):
    def fill(book, model):
        model.write_column("A1", [10, 20, 30, 40, 50, 60])
        for row in (2, 5):
            spill(model, f"C{row}", "=LEADS_NEEDED(IF({1;1},_xlfn.SINGLE(A1:A6)),50%)")
            spill(model, f"E{row}", "=LEADS_NEEDED(SEQUENCE(2)*ROW(),50%)")
            spill(model, f"G{row}", "=LEADS_NEEDED(SEQUENCE(1,2)*COLUMN(),50%)")

    came = shown(fill)
    assert [came(place) for place in ("C2", "C3", "C5", "C6")] == [40, 40, 100, 100]
    assert [came(place) for place in ("E2", "E3", "E5", "E6")] == [4, 8, 10, 20]
    assert came("G2:H2") == came("G5:H5") == [[14, 28]]


def test_every_spelling(shown):
    spellings = ("LEADS_NEEDED", "leads_needed", "_xldudf_LEADS_NEEDED", "_xludf.LEADS_NEEDED", "_xll.LEADS_NEEDED",
                 "XLSMKT.LEADS_NEEDED", "_xldudf_XLSMKT_LEADS_NEEDED")  # fmt: skip

    def fill(book, model):
        for row, name in enumerate(spellings):
            model.write_formula(row, 0, f"={name}(20,5%)")
            model.write_formula(row, 1, f"=1*{name}(20,5%)")

    assert shown(fill)(f"A1:B{len(spellings)}") == [[400, 400]] * len(spellings)


# --- results ---


def test_kinds_of_results(shown):
    def fill(book, model):
        model.write_formula("A1", '=SLA_STATUS(120,100)&"!"')
        model.write_formula("A2", "=LEADS_NEEDED(20,5)")
        model.write_formula("A3", "=ISERROR(LEADS_NEEDED(20,5))")
        model.write_formula("A4", "=LEADS_NEEDED(A2,5%)")
        model.write_formula("A5", "=ERROR.TYPE(LEADS_NEEDED(20,0))")
        model.write_formula("A6", '=LEADS_NEEDED("x",5%)')
        model.write_formula("A7", '=IF(LEADS_NEEDED(20,5%)>300,"many","few")')

    came = shown(fill)
    assert came.kept == []
    assert came("A1:A7") == [["ahead!"], [NUM], [True], [NUM], [2], [Propagated("#VALUE!")], ["many"]]


def test_spills_feed_formulas_and_calls(shown):
    def fill(book, model):
        model.write_column("A1", [10, 20, 30])
        spill(model, "B1", "=LEADS_NEEDED(A1:A3,50%)")
        spill(model, "C1", "=ANCHORARRAY(B1)*2")
        spill(model, "D1", "=LEADS_NEEDED(ANCHORARRAY(C1),50%)")
        spill(model, "E1", "=LEADS_NEEDED(ANCHORARRAY(D1),50%)")
        model.write_formula("F1", "=SUM(ANCHORARRAY(B1))+ROWS(ANCHORARRAY(C1))")
        model.write_formula("F2", "=SUM(E:E)")
        model.write_formula("F3", "=LEADS_NEEDED(SUM(B1:B99),50%)")
        spill(model, "G1", "=SORT(LEADS_NEEDED(ANCHORARRAY(B1),50%),1,-1)")

    came = shown(fill)
    assert came.kept == []
    assert came("B1:E4") == [[20, 40, 80, 160], [40, 80, 160, 320], [60, 120, 240, 480], [None] * 4]
    assert came("F1:F3") == [[123], [960], [240]]
    assert came("G1:G3") == [[120], [80], [40]]


@pytest.mark.parametrize("count", [1, 2, 6])
def test_a_spill_takes_its_new_size(tmp_path, count):
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path, {"use_future_functions": True}) as book:
        model = book.add_worksheet("Model")
        data = book.add_worksheet("Data")
        data.write_column("A1", ["Customers", 1, 2, 3])
        data.add_table("A1:A4", {"name": "T", "columns": [{"header": "Customers"}]})
        spill(model, "A1", "=LEADS_NEEDED(T[Customers],50%)")
        model.write_formula("C1", "=SUM(ANCHORARRAY(A1))")
        model.write_formula("C2", "=COUNT(A1:A50)")
        spill(model, "D1", "=ANCHORARRAY(A1)+1")
    edit = Edit.open(path)
    compute(edit)
    edit.save(path)
    edit = Edit.open(path)
    edit.replace_rows("T", {"Customers": [10.0] * count})
    assert compute(edit).kept == []
    edit.save(path)
    came = Shown(Edit.open(path), compute(Edit.open(path)))
    assert came(f"A1:A{count + 5}") == [[20]] * count + [[None]] * 5
    assert came(f"D1:D{count + 5}") == [[21]] * count + [[None]] * 5
    assert came("C1:C2") == [[20 * count], [count]]


def test_what_stands_in_the_way_of_a_spill(shown):
    def fill(book, model):
        model.write_column("A1", [10, 20, 30])
        for column, obstacle in enumerate(("a constant", "=1+1", "merged", "")):
            spill(model, f"{'CDEF'[column]}1", "=LEADS_NEEDED(A1:A3,50%)")
            if obstacle == "merged":
                model.merge_range("E2:E3", "")
            elif obstacle:
                model.write(2, 2 + column, obstacle)
        spill(model, "H1", "=A1:A3*2")
        model.write("H3", "a constant")
        model.write_formula("J1", '=IFERROR(SUM(ANCHORARRAY(E1)),"blocked")')
        model.write_formula("J2", '=IFERROR(H1,"blocked")')
        model.write_formula("J3", "=SUM(F1:F3)")

    came = shown(fill)
    assert came.kept == []
    assert came("C1:F1") == [[SPILL, SPILL, SPILL, 20]]
    assert came("C3:D3") == [["a constant", 2]]
    assert came("H1") == SPILL
    assert came("J1:J3") == [["blocked"], ["blocked"], [120]]
    told = [f"Model!{cell}: the result has no room; clear or move the cells below and beside it" for cell in BLOCKED]
    assert sorted(came.errors) == told


def test_array_formulas_of_a_fixed_size(shown):
    def fill(book, model):
        model.write_column("A1", [10, 20, 30])
        model.write_array_formula("B1:C5", "{=LEADS_NEEDED(A1:A3,50%)}")
        model.write_array_formula("D1:D2", "{=LEADS_NEEDED(A1:A3,50%)}")
        model.write_array_formula("E1:E3", "{=LEADS_NEEDED(A1,50%)}")
        model.write_array_formula("F1:F3", "{=LEADS_NEEDED(A1:A3,50%)+1}")
        model.write_formula("G1", "=SUM(B1:B3,D1:F2)")

    came = shown(fill)
    # what is one call of ours takes the size of its result: programs that know no spills save them with a fixed one
    assert came("B1:C5") == [[20, None], [40, None], [60, None], [None, None], [None, None]]
    assert came("D1:F3") == [[20, 20, 21], [40, 20, 41], [60, 20, 61]]
    assert came("G1") == 120 + 20 + 40 + 20 + 20 + 21 + 41


def test_a_formula_that_is_no_array_formula_takes_one_value(shown):
    def fill(book, model):
        model.write_column("A1", [10, 20, 30])
        model.write_formula("B2", "=LEADS_NEEDED(A1:A3,50%)")  # the first of the result
        model.write_formula("C2", "=LEADS_NEEDED(A1:A3*2,50%)")  # the range meets row 2
        model.write_formula("D2", "=SUM(LEADS_NEEDED(A1:A3,50%))")
        model.write_formula("E2", "=LEADS_NEEDED(A1:A3,50%)+1")
        model.write_formula("F2", "=FUNNEL({1;2},{5;4})")
        model.write_formula("G2", "=INDEX(FUNNEL({1;2},{5;4}),3,2)")

    assert shown(fill)("B2:G2") == [[20, 80, 120, 21, "Stage", 4]]


def test_dates_that_count_from_1904(shown):
    def fill(book, model):
        day = dt.datetime(2026, 3, 1)
        model.write_datetime("A1", day)
        model.write_formula("B1", "=LEAD_MONTH(A1,2)")
        model.write_formula("B2", '=TEXT(LEAD_MONTH(A1,2),"yyyy-mm-dd")')
        model.write_formula("B3", '=LEAD_MONTH("2026-03-01",2)')
        model.write_formula("B4", "=YEAR(TODAY())")
        model.write_column("D1", [5, 6])
        for row in (0, 1):
            model.write_datetime(row, 2, dt.datetime(2026, 3, 2 + row))
        spill(model, "F1", '=SLA_WATERFALL(C1:C2,D1:D2,21,A1,A1+2,,"calendar")')

    came = shown(fill, date_1904=True)
    first_of_january = (dt.date(2026, 1, 1) - dt.date(1904, 1, 1)).days
    assert came.kept == []
    assert came("B1:B4") == [[first_of_january], ["2026-01-01"], [first_of_january], [dt.date.today().year]]
    assert came("F2:F4") == [[first_of_january + 59 + n] for n in range(3)]
    assert came("H32") == came("H4") or came("G4") == 6


@pytest.mark.parametrize(
    "reference", ["Daily[[#This Row],Leads]", "[[#This Row],Leads]", "Daily[[#This Row], [Leads]]"]
)
def test_this_row_without_brackets_around_the_column(shown, reference):
    def fill(book, model):
        sheet = leads(book)
        sheet.write_formula("C2", f"={reference}/20")
        sheet.write_formula("C3", f'=LEADS_NEEDED({reference},10%)&"[[#This Row],Leads]"')

    came = shown(fill)
    assert came.kept == []
    assert came("C2:C3", "The data") == [[5], ["400[[#This Row],Leads]"]]
