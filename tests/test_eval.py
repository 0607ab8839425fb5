"""Single formulas, as the command line computes them."""

import datetime as dt

import pytest

from xlsmkt.errors import CellError
from xlsmkt.hosts.headless import FormulaError, evaluate


def value(formula):
    [result] = evaluate([formula])
    assert result.formula == formula
    return result.rows if len(result.rows) > 1 or len(result.rows[0]) > 1 else result.rows[0][0]


@pytest.mark.parametrize(
    "formula,expected",
    [
        ("=LEADS_NEEDED(20,5%)", 400),
        ("LEADS_NEEDED(20, 5%)", 400),
        (" = leads_needed( 20 , 5% ) ", 400),
        ("=LEADS_NEEDED (20, 5%)", 400),
        ("=LEADS_NEEDED(10+10, 2%+3%)", 400),
        ('=LEADS_NEEDED("20", "5%")', 400),
        ("=XLSMKT.LEADS_NEEDED(20,5%)", 400),
        ("=_xll.LEADS_NEEDED(20,5%)", 400),
        ("=_xludf.LEADS_NEEDED(20,5%)", 400),
        ("=_xldudf_LEADS_NEEDED(20,5%)", 400),
        ("=_xldudf_XLSMKT_LEADS_NEEDED(20,5%)", 400),
        ("=WEIGHTED_CLOSE_RATE({10%;1%},{25%;75%})", 0.0325),
        ("=WEIGHTED_CLOSE_RATE({10%,1%},{25%,75%})", 0.0325),
        ("=ROUND(SUM({10%;-1%})*100,6)", 9),
        ("=LEADS_NEEDED(20,5%)/4+1", 101),
        ("=ROUND(LEADS_NEEDED(20,5%)*1.1,0)+SUM(1,2)", 443),
        ("=LEADS_NEEDED(LEADS_NEEDED(1,50%),5%)", 40),
        ("=SUM(LEADS_NEEDED({20;30},5%))", 1000),
        ("=INDEX(LEADS_NEEDED({20;30},5%),2)", 600),
        ('=IF(1>2,"no",LEADS_NEEDED(20,5%))', 400),
        ('=IFERROR(LEADS_NEEDED(20,0),"none")', "none"),
        ("=LET(rate,5%,LEADS_NEEDED(20,rate)+1)", 401),
        ("=LET(a,LEADS_NEEDED(20,5%),b,a*2,LEADS_NEEDED(b,5%))", 16_000),
        ("=LEADS_NEEDED({20;30},{5%;10%})", [[400], [300]]),
        ("=LEADS_NEEDED({20,30},5%)", [[400, 600]]),
        ("=LEADS_NEEDED(SEQUENCE(2)*10,5%)", [[200], [400]]),
        ('=LEAD_MONTH("2026-03-01",2)', 46023),
        ('=TEXT(LEAD_MONTH("2026-03-01",2),"yyyy-mm-dd")', "2026-01-01"),
        ("=CLOSE_RATE(5,100)&\"\"", "0.05"),
        ("=-5%", -0.05),
        ("=2^10", 1024),
        ("=1=1", True),
        ('="a"&"b"', "ab"),
        ("=A1+1", 1),
        ("={1,2;3,4}", [[1, 2], [3, 4]]),
    ],
)  # fmt: skip
def test_a_value(formula, expected):
    assert value(formula) == expected
    assert evaluate([formula])[0].message == ""


@pytest.mark.parametrize(
    "formula,sign,message",
    [
        ("=LEADS_NEEDED(20,5)", "#NUM!", "LEADS_NEEDED: close_rate is 5; give 0% to 100%"),
        ("=1+LEADS_NEEDED(20,5)", "#NUM!", "LEADS_NEEDED: close_rate is 5; give 0% to 100%"),
        ("=LEADS_NEEDED(LEADS_NEEDED(20,5),5%)", "#NUM!", "LEADS_NEEDED: close_rate is 5; give 0% to 100%"),
        ("=1/0", "#DIV/0!", "a division by zero"),
        ("=SQRT(-1)", "#NUM!", "a number outside the limits of a function"),
        ('=1+"x"', "#VALUE!", "a value of the wrong kind, such as a text where a number is expected"),
        ("=LEEDS_NEEDED(1)", "#NAME?", "LEEDS_NEEDED is no function that is known here; did you mean LEADS_NEEDED?"),
        ("=1+QQ(1)", "#NAME?", "QQ is no function that is known here"),
        ("=nonsense+1", "#NAME?", "it uses a name that the workbook does not define"),
        ("=MAP({1;2},LAMBDA(n,LEADS_NEEDED(n,5%)))", "#CALC!", "it uses the parameters of a LAMBDA"),
        ("=RAND()", "#CALC!", "it draws random numbers"),
    ],
)
def test_an_error(formula, sign, message):
    [result] = evaluate([formula])
    [[error]] = result.rows
    assert isinstance(error, CellError)
    assert (error.sign, result.message) == (sign, message)


def test_an_input_that_is_missing_is_named():
    [result] = evaluate(["=LEADS_NEEDED(20)"])
    assert result.rows[0][0].sign == "#N/A"
    assert "Agreed_Close_Rate" in result.message


@pytest.mark.parametrize(
    "formula,position",
    [
        ("=LEADS_NEEDED(20,5%", 14),
        ("=1+", 4),
        ("=1+*2", 4),
        ("=)", 2),
        ('="open', 2),
        ("=SUM({1;2)", 10),
        ("=SUM({A1})", 7),
        ("=(1,2)3", 7),
        ("=1 2", 4),
        ("=T[a", 3),
    ],
)
def test_a_formula_that_cannot_be_read(formula, position):
    with pytest.raises(FormulaError) as raised:
        evaluate([formula])
    told = str(raised.value)
    assert told.endswith(f"at position {position}.")
    assert "\n" not in told


@pytest.mark.parametrize("formula", ["", "=", "  "])
def test_nothing_is_no_formula(formula):
    with pytest.raises(FormulaError, match="There is no formula"):
        evaluate([formula])


def test_today_is_the_local_day():
    before = dt.date.today()
    shown = value("=TODAY()")
    assert shown in [(day - dt.date(1899, 12, 30)).days for day in (before, dt.date.today())]


def test_a_table_shows_errors_in_its_cells():
    [result] = evaluate(["=LEADS_NEEDED({20;30},{5%;0})"])
    assert result.rows[0] == [400]
    assert result.rows[1][0].sign == "#DIV/0!"
    assert result.message == ""


@pytest.mark.parametrize(
    "formula,dates",
    [
        ("=LEAD_MONTH(DATE(2026,3,1),2)", True),
        ("=lead_month(DATE(2026,3,1),2)", True),
        ("=LEAD_MONTH(DATE(2026,3,1),2)+0", False),
        ("=LEADS_NEEDED(20,5%)", False),
        ("=DATE(2026,3,1)", False),
        ("=LEAD_SCHEDULE(DATE(2026,3,1),20,5%,2)", False),  # a table: only its first columns are days
    ],
)
def test_whether_a_result_is_a_day(formula, dates):
    assert evaluate([formula])[0].dates is dates
