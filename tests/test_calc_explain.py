"""Explain error, in LibreOffice: why a cell shows an error, and which cell it comes from."""

from types import SimpleNamespace

import pytest

from xlsmkt.hosts.calc.inside.reads import ranges_read

RATE = "LEADS_NEEDED: close_rate is 5; give 0% to 100%"
OTHER = f"'Sales SLA'.B2 shows #NUM!: {RATE}."
CELLS = {
    "A1": "=LEADS_NEEDED(20, 5)",
    "A2": "=A1*2",
    "A3": "=WEIGHTED_CLOSE_RATE(A1:A2, B1:B2)",
    "A4": "=1/0",
    "A5": "=IFERROR(A1, 0) + LEADS_NEEDED(20, 0)",
    "A6": "=NO_SUCH_FUNCTION(1)",
    "A7": "=LEADS_NEEDED(20, 5%)",
    "A8": "words",
    "A9": "=IF(ISERROR(A1), A4, 0)",  # reads A1 first, but has not its error
    "A10": "=SQRT(-1)",
    "A11": "=A12",
    "A12": "=A11",
    "C1:C2": "{=LEADS_NEEDED({20;30}, 5)}",
    "D1": "=C2",
    "A13": "=LEADS_NEEDED()",
    "Sales SLA!B2": "=LEADS_NEEDED(20, 5)",
    "Rate": "=$'Sales SLA'!$B$1:$B$3",
    "Twice": "=2*Rate",
    "E1": "='Sales SLA'!B2",
    "E2": "=SUM(Rate)",
    "F2": "=SUM(Twice)",  # of the rows of Rate the one that it stands in
    "E4": '=IF("Rate B2"="", A4, 1/0)',
    "E5": "=LEADS_NEEDED(20, 5%, 50%, 1, 2, 3)",
}


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("A1", f"Sheet1.A1 shows #NUM!: {RATE}."),
        ("A2", f"Sheet1.A2 has its error from another cell.\n\nSheet1.A1 shows #NUM!: {RATE}."),
        ("A3", f"Sheet1.A3 has its error from another cell.\n\nSheet1.A1 shows #NUM!: {RATE}."),
        ("A4", "Sheet1.A4 shows #DIV/0!: a number is divided by zero."),
        ("A9", "Sheet1.A9 has its error from another cell.\n\nSheet1.A4 shows #DIV/0!: a number is divided by zero."),
        ("A7", "Sheet1.A7 shows no error."),
        ("A8", "Sheet1.A8 shows no error."),
        ("A10", "Sheet1.A10 shows Err:502: an argument of a function is not one that it takes."),
        ("C2", f"Sheet1.C2 shows #NUM!: {RATE}."),
        *((cell, f"Sheet1.{cell} has its error from another cell.\n\n{OTHER}") for cell in ("E1", "E2", "F2")),
        ("E4", "Sheet1.E4 has its error from another cell.\n\nSheet1.A4 shows #DIV/0!: a number is divided by zero."),
        ("D1", f"Sheet1.D1 has its error from another cell.\n\nSheet1.C2 shows #NUM!: {RATE}."),
    ],
)
def test_what_is_said(office, cell, said):
    assert office.run("explained", cells=CELLS, cell=cell) == {"said": said, "unchanged": True}


@pytest.mark.parametrize(
    ("cell", "begins", "holds"),
    [
        ("A5", "Sheet1.A5 shows #DIV/0!: LEADS_NEEDED: ", "close_rate"),  # not A1, whose error it does not take over
        ("A6", "Sheet1.A6 shows #NAME?: ", "xlsmkt, Recalculate"),
        ("E5", "Sheet1.E5 shows Err:504: ", "LEADS_NEEDED was given too few arguments, too many"),
        ("A11", "Sheet1.A1", "depends on its own result"),
        ("A13", "Sheet1.A13 shows #N/A: LEADS_NEEDED: ", "Customers_Goal"),
    ],
)
def test_what_is_said_in_words_of_others(office, cell, begins, holds):
    told = office.run("explained", cells=CELLS, cell=cell)
    assert told["said"].startswith(begins), told
    assert holds in told["said"] and told["unchanged"]


class Sheet:
    """A sheet with one table in B2:D5; what is asked for is given back as its numbers."""

    NamedRanges = SimpleNamespace(hasByName=lambda name: False)

    def getCellRangeByPosition(self, left, top, right, bottom):  # noqa: N802
        return SimpleNamespace(area=(left, top, right, bottom), getDataArray=lambda: [("Id", "Won", "Close date")])


@pytest.mark.parametrize(
    ("formula", "areas"),
    [
        ("=SUM(Leads[Won])", [(2, 2, 2, 4)]),
        ("=MAX(Leads[Close date])+COUNT(Leads[Id])", [(3, 2, 3, 4), (1, 2, 1, 4)]),
        ("=COUNTA(Leads[#data])", [(1, 2, 3, 4)]),
        ('="Leads[Won]"&Others[Won]', []),
    ],
)
def test_the_columns_of_tables_are_read(formula, areas):
    sheet = Sheet()
    place = SimpleNamespace(Sheet=0, StartColumn=1, StartRow=1, EndColumn=3, EndRow=4)
    document = SimpleNamespace(
        NamedRanges=sheet.NamedRanges,
        Sheets=SimpleNamespace(getByIndex=lambda number: sheet),
        DatabaseRanges=SimpleNamespace(
            hasByName=lambda name: name == "Leads", getByName=lambda name: SimpleNamespace(DataArea=place)
        ),
    )
    assert [cells.area for cells in ranges_read(document, sheet, formula)] == areas
