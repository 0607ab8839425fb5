"""Native formulas that workbooks made from the template use, computed without a spreadsheet program.

A workbook that XlsxWriter makes; every expected value is worked out in Python from the rows that were written.
"""

import datetime as dt
import random
from statistics import mean

import pytest
import xlsxwriter

from xlsmkt.hosts.headless import compute
from xlsmkt.package import Edit

COUNT = 200
HOLIDAYS = [dt.date(2026, 1, 1), dt.date(2026, 1, 19), dt.date(2026, 4, 3)]
TARGET, RATE = 250_000, 0.05


def _leads():
    draw = random.Random(7)
    first = dt.date(2026, 1, 1)
    return [
        (
            i + 1,
            first + dt.timedelta(days=(i * 7) % 120),
            draw.choice(["Web", "Webinar", "Email", "Event"]),
            draw.choice(["Ana", "Bo", "Cy", "Di"]),
            draw.choice(["New", "Working", "MQL", "Won", "Lost"]),
            round(draw.uniform(100, 9000), 2),
        )
        for i in range(COUNT)
    ]


LEADS = _leads()
WON = [lead for lead in LEADS if lead[4] == "Won"]


def serial(day):
    return (day - dt.date(1899, 12, 30)).days


def _business_days(first, last):
    days = (first + dt.timedelta(days=n) for n in range((last - first).days + 1))
    return sum(day.weekday() < 5 and day not in HOLIDAYS for day in days)


CASES = {
    "=SUM(Leads[Amount])": sum(lead[5] for lead in LEADS),
    '=SUMIFS(Leads[Amount],Leads[Status],"Won",Leads[Created],">="&DATE(2026,3,1))': sum(
        lead[5] for lead in WON if lead[1] >= dt.date(2026, 3, 1)
    ),
    '=COUNTIFS(Leads[Status],"won",Leads[Source],"Web*")': sum(lead[2].startswith("Web") for lead in WON),
    '=AVERAGEIFS(Leads[Amount],Leads[Owner],"Ana")': mean(lead[5] for lead in LEADS if lead[3] == "Ana"),
    '=MAXIFS(Leads[Amount],Leads[Status],"Won")': max(lead[5] for lead in WON),
    "=INDEX(Leads[Owner],XMATCH(103,Leads[Id]))": LEADS[102][3],
    '=XLOOKUP(57,Leads[Id],Leads[Status],"none")': LEADS[56][4],
    '=XLOOKUP(-5,Leads[Id],Leads[Status],"none")': "none",
    '=LET(_xlpm.w,COUNTIFS(Leads[Status],"Won"),_xlpm.n,ROWS(Leads[Id]),ROUND(_xlpm.w/_xlpm.n,4))': round(
        len(WON) / COUNT, 4
    ),
    '=ROWS(FILTER(Leads[Id],(Leads[Status]="Won")*(Leads[Amount]>5000)))': sum(lead[5] > 5000 for lead in WON),
    '=COUNTA(UNIQUE(FILTER(Leads[Owner],Leads[Status]="Lost")))': len({x[3] for x in LEADS if x[4] == "Lost"}),
    '=TEXTJOIN(",",TRUE,SORT(UNIQUE(Leads[Source])))': "Email,Event,Web,Webinar",
    "=SUM(Leads[IsWon])": len(WON),
    "=Target_Revenue*Agreed_Close_Rate": TARGET * RATE,
    "=ROUND(100*Uplift,2)": 110,
    "=EOMONTH(DATE(2026,1,31),1)": serial(dt.date(2026, 2, 28)),
    "=NETWORKDAYS(DATE(2026,1,1),DATE(2026,4,30),Holidays)": _business_days(dt.date(2026, 1, 1), dt.date(2026, 4, 30)),
    "=WORKDAY(DATE(2026,1,1),10,Holidays)": serial(dt.date(2026, 1, 15)),
    '=IFERROR(1/0,"n/a")': "n/a",
    '=TEXT(1234567.891,"#,##0.00")': "1,234,567.89",
    '=TEXT(DATE(2026,3,9),"yyyy-mm-dd")': "2026-03-09",
    '=TEXT(0.0567,"0.0%")': "5.7%",
    '=SUMPRODUCT((Leads[Status]="Won")*(Leads[Source]="Email")*Leads[Amount])': sum(
        lead[5] for lead in WON if lead[2] == "Email"
    ),
    "=Leads[[#Headers],[Status]]": "Status",
    "=ROWS(Leads[[#All],[Amount]])": COUNT + 1,
    "=COLUMNS(Leads[[Id]:[Owner]])": 4,
    "=SUM(Leads!F:F)": sum(lead[5] for lead in LEADS),
    '=IFS(Agreed_Close_Rate>0.1,"hi",Agreed_Close_Rate>0.01,"mid",TRUE,"lo")': "mid",
    '=SWITCH(2,1,"a",2,"b","z")': "b",
    '=SUM(INDIRECT("Cfg!C2:C3"))': TARGET + RATE,
    "=SUM(SEQUENCE(10,1,1,2))": 100,
    "=SUM(BYROW(Leads[[Amount]:[Amount]],LAMBDA(_xlpm.x,IF(SUM(_xlpm.x)>5000,1,0))))": sum(x[5] > 5000 for x in LEADS),
    "=PERCENTILE.INC(Leads[Id],0.9)": 1 + 0.9 * (COUNT - 1),
}


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    """What the cells of the sheet Model show."""
    path = tmp_path_factory.mktemp("native") / "native.xlsx"
    book = xlsxwriter.Workbook(path, {"use_future_functions": True})
    model, leads, settings = (book.add_worksheet(name) for name in ("Model", "Leads", "Cfg"))
    for row, lead in enumerate(LEADS, 1):
        leads.write_row(row, 0, [lead[0], serial(lead[1]), *lead[2:]])
    headings = ["Id", "Created", "Source", "Owner", "Status", "Amount"]
    columns = [{"header": heading} for heading in headings]
    columns.append({"header": "IsWon", "formula": '=IF(Leads[@[Status]]="Won",1,0)'})
    leads.add_table(0, 0, COUNT, 6, {"name": "Leads", "columns": columns})
    settings.write_column("A2", [serial(day) for day in HOLIDAYS])
    settings.write_column("C2", [TARGET, RATE])
    book.define_name("Holidays", "=Cfg!$A$2:$A$4")
    book.define_name("Target_Revenue", "=Cfg!$C$2")
    book.define_name("Agreed_Close_Rate", "=Cfg!$C$3")
    book.define_name("Uplift", "=1.1")
    for row, formula in list(enumerate(CASES)):
        model.write_formula(row, 1, formula)
        model.write_dynamic_array_formula(row, 2, row, 2, formula)
    model.write_dynamic_array_formula("E1:E1", "=SORT(UNIQUE(Leads[Status]))")
    model.write_formula("F1", "=COUNTIFS(Leads[Status],E1)")
    model.write_dynamic_array_formula("G1:G1", "=COUNTIFS(Leads[Status],ANCHORARRAY(E1))")
    model.write_dynamic_array_formula("H1:H1", '=SUM((ANCHORARRAY(E1)="Won")*1)+ROWS(ANCHORARRAY(E1))')
    book.close()
    edit = Edit.open(path)
    came_to = compute(edit)
    assert came_to.kept == []
    return edit.range("Model", "A1:H60")


ARRAYS = ("FILTER", "BYROW", "SEQUENCE", "SORT")


@pytest.mark.parametrize("row,formula", list(enumerate(CASES)), ids=[formula[:40] for formula in CASES])
def test_a_native_formula(computed, row, formula):
    expected = CASES[formula]
    as_dynamic_array = computed[row][2]
    for value in (
        [as_dynamic_array] if any(name in formula for name in ARRAYS) else [as_dynamic_array, computed[row][1]]
    ):
        assert value == (pytest.approx(expected, rel=1e-12) if not isinstance(expected, str) else expected)


def test_spills_feed_formulas(computed):
    statuses = sorted({lead[4] for lead in LEADS})
    counts = [sum(lead[4] == status for lead in LEADS) for status in statuses]
    assert [row[4] for row in computed[:6]] == [*statuses, None]
    assert computed[0][5] == counts[0]
    assert [row[6] for row in computed[:6]] == [*counts, None]
    assert computed[0][7] == 6
