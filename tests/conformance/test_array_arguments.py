"""Array expressions as arguments of native functions and of ours; expected values worked out by hand from the cells.

A1:A5 are 10, 20, 30, 40, 50; B1:B5 are c, a, b, e, d; C1:C5 are the days 2025-12-29, 2026-01-18, 2026-02-07,
2026-02-27 and 2026-03-19; D3 is blank between D1:D5 = 1, 2, blank, 4, 5.
"""

import datetime as dt

import pytest
import xlsxwriter

from xlsmkt.hosts.headless import compute
from xlsmkt.package import Edit

DAYS = [dt.date(2025, 12, 29) + dt.timedelta(days=20 * n) for n in range(5)]

# formula -> what it spills, row by row
CASES = {
    "=SUM(YEAR(C1:C5))": 2025 + 4 * 2026,
    "=SUM(WEEKDAY(C1:C5))": 2 + 1 + 7 + 6 + 5,
    '=SUM(--(TEXT(C1:C5,"yyyy-mm")="2026-02"))': 2,
    "=SUM(LEN(B1:B5&A1:A5))": 15,
    "=SUM(IF(A1:A5>20,A1:A5,0))": 120,
    "=SUM(ROUND(A1:A5/7,0))": 1 + 3 + 4 + 6 + 7,
    "=SUMPRODUCT(--(MONTH(C1:C5)=2),A1:A5)": 70,
    "=MAX(IF(B1:B5<\"c\",A1:A5))": 30,
    "=SUM(LARGE(A1:A5,{1;2}))": 90,
    "=SUM(SUMIFS(A1:A5,B1:B5,{\"a\",\"e\"}))": 60,
    "=SUM(COUNTIFS(B1:B5,{\"a\";\"z\"}))": 1,
    "=INDEX(SORT(B1:B5),2)": "b",
    "=MATCH(1,(A1:A5>20)*(B1:B5=\"e\"),0)": 4,
    "=TEXTJOIN(\"-\",TRUE,UPPER(B1:B5))": "C-A-B-E-D",
    "=SUM(MOD(A1:A5,3))": 1 + 2 + 0 + 1 + 2,
    "=SUM(INT(A1:A5/20))": 0 + 1 + 1 + 2 + 2,
    "=AVERAGE(ABS(A1:A5-30))": 12,
    "=SUM(MMULT({1,2},{3;4}))": 11,
    "=SUM(TRANSPOSE(A1:A3)*{1,2,3})": 10 + 40 + 90,
    "=SUM(EOMONTH(+C1:C2,0)-C1:C2)": 2 + 13,
    "=SUM((A1:A5>=20)*(A1:A5<=40)*A1:A5)": 90,
    "=COUNT(1/(A1:A5>25))": 3,
    "=SUM(IFERROR(A1:A5/(B1:B5=\"a\"),1))": 24,
    "=SUM(XLOOKUP({\"a\";\"d\"},B1:B5,A1:A5))": 70,
    "=ROWS(UNIQUE(VSTACK(B1:B5,B1:B2)))": 5,
    "=SUM(CHOOSE({1,2},A1,A2))": 30,
    "=SUM(DATE(2026,{1;2;3},1)-DATE(2026,1,1))": 31 + 59,
    "=SUM(FREQUENCY(A1:A5,{25;35})*{1;10;100})": 2 + 10 + 200,
    # arguments of ours
    "=LEADS_NEEDED(A1:A3*2,5%)": [[400], [800], [1200]],
    "=SUM(LEADS_NEEDED(A1:A3*2,5%))": 2400,
    "=LEADS_NEEDED(A1:A2,TRANSPOSE(A1:A2/100))": [[100, 50], [200, 100]],
    "=LEADS_NEEDED(FILTER(A1:A5,B1:B5>\"c\"),50%)": [[80], [100]],
    "=LEADS_NEEDED(IF(B1:B5=\"a\",A1:A5,\"\"),50%)": [[""], [40], [""], [""], [""]],
    "=LEADS_NEEDED(INDEX(D1:D5,2):INDEX(D1:D5,4),50%)": [[4], [""], [8]],
    "=LEADS_NEEDED(SUMIFS(A1:A5,B1:B5,{\"a\",\"e\"}),50%)": [[40, 80]],
    "=LEADS_NEEDED(SEQUENCE(2,2),50%)": [[2, 4], [6, 8]],
    "=IF(A1:A3>10,LEADS_NEEDED(A1:A3,50%),0)": [[0], [40], [60]],
    "=LEADS_NEEDED(LET(_xlpm.x,A1:A2,_xlpm.x+1),50%)": [[22], [42]],
    "=LET(_xlpm.x,A1:A2,LEADS_NEEDED(_xlpm.x+1,50%))": [[22], [42]],
    "=SORT(LEADS_NEEDED(A1:A3,50%),1,-1)": [[60], [40], [20]],
}  # fmt: skip


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    path = tmp_path_factory.mktemp("arrays") / "arrays.xlsx"
    book = xlsxwriter.Workbook(path, {"use_future_functions": True})
    sheet = book.add_worksheet("S")
    sheet.write_column("A1", [10, 20, 30, 40, 50])
    sheet.write_column("B1", ["c", "a", "b", "e", "d"])
    sheet.write_column("C1", [(day - dt.date(1899, 12, 30)).days for day in DAYS])
    sheet.write_column("D1", [1, 2, None, 4, 5])
    for number, formula in list(enumerate(CASES)):
        sheet.write_dynamic_array_formula(10 * number, 7, 10 * number, 7, formula)
    book.close()
    edit = Edit.open(path)
    assert compute(edit).kept == []
    return edit.range("S", f"H1:K{10 * len(CASES)}")


@pytest.mark.parametrize("number,formula", list(enumerate(CASES)), ids=list(CASES))
def test_an_array_argument(computed, number, formula):
    expected = CASES[formula]
    rows = expected if isinstance(expected, list) else [[expected]]
    shown = [row[: len(rows[0]) + 1] for row in computed[10 * number : 10 * number + len(rows) + 1]]
    wanted = [[*(value if value != "" else None for value in row), None] for row in rows] + [
        [None] * (len(rows[0]) + 1)
    ]
    assert [[None if value == "" else value for value in row] for row in shown] == wanted
