"""What Calc's cells hand to our functions and show of their results, typed into a real Calc."""

import pytest
from hosts import calc_value

from xlsmkt.errors import Propagated

WATERFALL = 'SLA_WATERFALL({"2026-02-02"},{5},200,"2026-02","2026-02-04",{"2026-02-05"})'


@pytest.fixture
def typed(office):
    """Types formulas; what each shows, a single cell as a value."""

    def type_in(*formulas, **options):
        answers = office.run("evaluate", formulas=list(formulas), **options)
        shown = [[[calc_value(cell) for cell in row] for row in rows] for rows in answers]
        return [rows[0][0] if len(rows) == len(rows[0]) == 1 else rows for rows in shown]

    return type_in


NA, NUM, VALUE, DIV = (Propagated(sign) for sign in ("#N/A", "#NUM!", "#VALUE!", "#DIV/0!"))

CELLS = {"A1": 20, "A2": "20", "A4": "=NA()", "A5": "=TRUE()", "A6": '=""', "A7": "5%", "A8": "five", "A9": 30}
CELLS |= {"B1": 0.05, "B2": 0.1, "B9": 0.5, "C1": "Demo", "C2": "Whitepaper", "C3": "demo", "D1": 10, "D2": 1}

# each by itself in one cell, with the cells above on the sheet (A3 is blank)
SINGLE = {
    "=LEADS_NEEDED(A1,B1)": 400,
    "=LEADS_NEEDED(A2,B1)": 400,
    '=LEADS_NEEDED("20","5%")': 400,
    "=LEADS_NEEDED(A1,A7)": 400,
    '=LEADS_NEEDED(20," 0,05 ")': 400,
    "=LEADS_NEEDED(A8,B1)": VALUE,
    "=LEADS_NEEDED(A6,B1)": VALUE,
    "=LEADS_NEEDED(A3,B1)": 0,  # a blank is 0 customers
    "=LEADS_NEEDED(A1,A3)": DIV,  # and a rate of 0
    "=LEADS_NEEDED(A5,50%)": 2,
    "=LEADS_NEEDED(A1,B1,A3)": 400,  # a blank option is one left out
    '=SLA_GOAL("custom",{"2026-01";"2026-02"},{3;4},"2026-03",A3)': NA,  # the custom goal is blank
    "=LEADS_NEEDED(20,5)": NUM,
    "=LEADS_NEEDED(A4,B1)": NA,
    "=LEADS_NEEDED(1/0,B1)": DIV,
    "=LEADS_NEEDED(20)": NA,  # the workbook holds no close rate
    "=CLOSE_RATE(5)": VALUE,
    "=LEADS_NEEDED(20,5%,,1)": Propagated("Err:504"),
    "=CUSTOMERS_EXPECTED(A1:A3,B1:B3)": 3,  # 20 * 5% + "20" * 10%, and a blank row
    "=CUSTOMERS_EXPECTED({20;30},{0.05;0.1})": 4,
    "=CUSTOMERS_EXPECTED({20,30},{0.05,0.1})": 4,
    "=CUSTOMERS_EXPECTED(A1:A4,B1:B4)": Propagated("Err:504"),  # Calc hands over no range with an error in it
    "=IFERROR(CUSTOMERS_EXPECTED(A1:A4,B1:B4),0)": 0,
    "=CUSTOMERS_EXPECTED(IF(ISNUMBER(A1:A4),A1:A4,0),IF(ISNUMBER(B1:B4),B1:B4,0))": 1,
    "=LEADS_WORTH(C1:C3,C1:C2,D1:D2)": 21,
    "=IFERROR(CLOSE_RATE(5,0),-1)": -1,
    "=ISNA(LEADS_NEEDED(20))": 1,
    "=ROUND(CLOSE_RATE(1,3),2)+1": 1.33,
    "=IF(LEADS_NEEDED(20,5%)>399,\"many\",\"few\")": "many",
    "=SUM(LEADS_NEEDED({20;30},5%))": 1000,
    '=SLA_STATUS(120,100)="ahead"': 1,
    '=SLA_STATUS(120,100)&"!"': "ahead!",
    "=SALES_READY(55,40)+1": 2,
    "=SALES_READY(39,40)+1": 1,
    f'=INDEX({WATERFALL},20,2)=""': 1,
}  # fmt: skip


@pytest.mark.parametrize("formula", SINGLE)
def test_one_cell(typed, formula):
    # where Calc is to compute a range cell by cell, it wants an array formula, be it of one cell
    as_array = "IF(ISNUMBER" in formula
    assert typed(formula, cells=CELLS, plain=not as_array) == [SINGLE[formula]]


# array formulas
ARRAYS = {
    "=LEADS_NEEDED(A1:A2,B1:B2)": [[400], [200]],
    "=LEADS_NEEDED({20,40},5%)": [[400, 800]],
    "=LEADS_NEEDED({20,40;60,80},5%)": [[400, 800], [1200, 1600]],
    "=LEADS_NEEDED(A1:A3,5%)": [[400], [400], [None]],  # a blank row stays blank
    "=LEADS_NEEDED(A7:A9,50%)": [[1], [VALUE], [60]],
    "=IF(A1:A2>0,LEADS_NEEDED(A1:A2*1,5%),0)": [[400], [400]],
    "=IFERROR(LEADS_NEEDED(A7:A9,50%),-1)": [[1], [-1], [60]],
    '=SLA_STATUS({120;50;100},100)': [["ahead"], ["behind"], ["on track"]],
    "=SALES_READY({39;55},40)": [[0], [1]],
}  # fmt: skip


@pytest.mark.parametrize("formula", ARRAYS)
def test_an_array_formula(typed, formula):
    assert typed(formula, cells=CELLS) == [ARRAYS[formula]]


# --- arguments left out ---

INPUTS = {"Customers_Goal": "=$A$1", "Agreed_Close_Rate": "=$B$1", "Holidays": "=$C$1:$C$3"}


def test_they_come_from_the_names_of_the_document(typed):
    formulas = ("=LEADS_NEEDED()", "=LEADS_NEEDED(30)", "=LEADS_NEEDED(,10%)", "=LEADS_NEEDED({10;20})")
    shown = typed(*formulas, cells={"A1": 20, "B1": 0.05}, names=INPUTS)
    assert shown == [400, 600, 200, [[200], [400]]]


def test_a_name_may_be_a_constant_or_a_computed_cell(typed):
    cells = {"A1": "=A2*2", "A2": 10, "B1": "5%"}
    assert typed("=LEADS_NEEDED()", cells=cells, names=INPUTS) == [400]
    assert typed("=LEADS_NEEDED()", cells={"A1": 20}, names=INPUTS | {"Agreed_Close_Rate": 0.1}) == [200]


def test_a_range_of_days(typed):
    # March 2018 has 22 business days; two of the three days below are among its first 11
    formula = '=SLA_GOAL_TO_DATE(220,"2018-03-15")'
    assert typed(formula) == [110]
    days = {"C1": "2018-03-05", "C2": "2018-03-06", "C3": "2018-03-24"}
    assert typed(formula, cells=days, names=INPUTS) == [pytest.approx(220 * 9 / 20)]


def test_an_input_that_is_blank_wrong_or_missing(typed):
    assert typed("=LEADS_NEEDED()", cells={"A1": 20}, names=INPUTS) == [NA]
    assert typed("=LEADS_NEEDED()", cells={"A1": 20, "B1": "=1/0"}, names=INPUTS) == [DIV]
    assert typed("=LEADS_NEEDED()", cells={"A1": 20, "B1": 5}, names=INPUTS) == [NUM]
    assert typed("=LEADS_NEEDED()", cells={"A1": 20}, names={"Customers_Goal": "=$A$1"}) == [NA]
    formula_name = INPUTS | {"Agreed_Close_Rate": "=$B$1*2"}  # Calc hands over no cells for it
    assert typed("=LEADS_NEEDED()", cells={"A1": 20, "B1": 0.05}, names=formula_name) == [VALUE]


def test_the_one_row_of_a_table_without_data(typed):
    """Calc hands a range of one blank cell over as 0, which is no day and no choice."""
    waterfall = 'SLA_WATERFALL(A3:A3,A3:A3,200,"2026-02","2026-02-04")'
    assert typed(f"=INDEX({waterfall},2,3)", f"=ROWS({waterfall})", cells=CELLS) == [0, 21]


def test_texts_of_tables_are_found_as_texts_made_anew(typed):
    """LibreOffice finds no text of a table that an add-in gives; with &"" it does. If this fails, the README is old."""
    table = 'FUNNEL({"Visits";"Leads"},{10;5})'
    found = f'=SUM(({table}="Leads")*1)'
    assert typed(found, found.replace('="Leads"', '&""="Leads"')) == [0, 1]
