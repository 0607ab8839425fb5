"""The catalogue: every function is told whole, and shows the values that were agreed for it."""

import ast
import datetime as dt
import inspect
import sys
from pathlib import Path

import pytest

import xlsmkt
from xlsmkt import docstrings, errors
from xlsmkt.calling import OMITTED, Input
from xlsmkt.catalogue import CATALOGUE
from xlsmkt.errors import CellError
from xlsmkt.readings import to_serial

ENTRIES = list(CATALOGUE.values())
FUNCTIONS = Path(xlsmkt.__file__).parent / "functions"
every_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)


def serial(year, month, day):
    return to_serial(dt.date(year, month, day))


# The values that the field's literature and this project's specification give, written down by hand: what is typed,
# the same as Python values, what the cells show (rounded to four decimals).
GOLDEN = [
    ("=CUSTOMERS_NEEDED(100000, 5000)", (100000, 5000), [[20]]),
    ("=LEADS_NEEDED(20, 5%)", (20, 0.05), [[400]]),
    ("=LEADS_NEEDED(7, 5%)", (7, 0.05), [[140]]),
    ("=LEADS_NEEDED(20, 3.25%)", (20, 0.0325), [[616]]),
    ("=LEADS_NEEDED(20, 5%, 90%)", (20, 0.05, 0.9), [[515]]),
    ("=CHANCE_OF_GOAL(400, 5%, 20)", (400, 0.05, 20), [[0.5320]]),
    ("=LEADS_PER_REP(25000, 5000, 5%)", (25000, 5000, 0.05), [[100]]),
    ('=LEAD_MONTH("2026-03", 2)', ("2026-03", 2), [[serial(2026, 1, 1)]]),
    (
        '=LEAD_SCHEDULE("2026-03", 20, 5%, 2)',
        ("2026-03", 20, 0.05, 2),
        [["Month", "Customers due", "Leads to make"], [serial(2026, 1, 1), 20, 400]],
    ),
    (
        '=FUNNEL_TARGETS(6, {"Leads";"Proposals";"Sales"}, {0.5;0.5})',
        (6, ["Leads", "Proposals", "Sales"], [0.5, 0.5]),
        [
            ["Stage", "Rate from the stage before", "Needed"],
            ["Leads", None, 24],
            ["Proposals", 0.5, 12],
            ["Sales", 0.5, 6],
        ],
    ),
    ("=CLOSE_RATE(5, 100)", (5, 100), [[0.05]]),
    ("=WEIGHTED_CLOSE_RATE({0.1;0.01}, {0.25;0.75})", ([0.1, 0.01], [0.25, 0.75]), [[0.0325]]),
    ("=CLOSE_RATE_INTERVAL(5, 100, 95%)", (5, 100, 0.95), [[0.0215, 0.1118]]),
    ("=CLOSE_RATE_INTERVAL(0, 10)", (0, 10), [[0, 0.2775]]),
    ("=LEAD_POINTS(10%)", (0.1,), [[10]]),
    ("=LEAD_POINTS(1%)", (0.01,), [[1]]),
    ("=LEAD_VALUE(1%, 160000)", (0.01, 160000), [[1600]]),
    ("=REVENUE_PIPELINE(500, 10%, 1200)", (500, 0.1, 1200), [[60000]]),
    ('=SLA_PROJECTION(96000, "2026-06-12", , "calendar")', (96000, "2026-06-12", None, "calendar"), [[240000]]),
    ("=LEAD_VELOCITY_RATE(230, 200)", (230, 200), [[0.15]]),
    (
        '=FUNNEL({"Visits";"Leads";"MQLs";"Opportunities";"Customers"}, {1000;300;120;50;15})',
        (["Visits", "Leads", "MQLs", "Opportunities", "Customers"], [1000, 300, 120, 50, 15]),
        [
            ["Stage", "Count", "% of previous", "% of first", "Lost"],
            ["Visits", 1000, None, 1, None],
            ["Leads", 300, 0.3, 0.3, 700],
            ["MQLs", 120, 0.4, 0.12, 180],
            ["Opportunities", 50, 0.4167, 0.05, 70],
            ["Customers", 15, 0.3, 0.015, 35],
        ],
    ),
    ("=COST_PER_LEAD(300, 15)", (300, 15), [[20]]),
    ("=CUSTOMER_ACQUISITION_COST(300, 8)", (300, 8), [[37.5]]),
    ("=MARKETING_ROI(4000, 1000)", (4000, 1000), [[3]]),
    ("=RETENTION_RATE(500, 550, 100)", (500, 550, 100), [[0.9]]),
    ("=CHURN_RATE(500, 550, 100)", (500, 550, 100), [[0.1]]),
    ("=WIN_RATE(45, 135)", (45, 135), [[0.25]]),
    ("=PIPELINE_VELOCITY(40, 25%, 25000, 90)", (40, 0.25, 25000, 90), [[2777.7778]]),
    ("=LIFETIME_VALUE(80, 100%, 5%)", (80, 1, 0.05), [[1600]]),
    ("=LTV_TO_CAC(1600, 200)", (1600, 200), [[8]]),
    ("=CAC_PAYBACK_MONTHS(200, 80)", (200, 80), [[2.5]]),
    # both leads of North are worked, of South's one; from Monday 16:00 to Tuesday 10:00 two hours are open ones
    (
        '=SALES_SLA({"North";"North";"South";"South"}, '
        '{"2026-03-02 09:00";"2026-03-02 16:00";"2026-03-02 09:00";"2026-03-03 09:00"}, '
        '{"2026-03-02 11:00";"2026-03-03 10:00";"2026-03-04 09:00";""}, '
        '{1;5;2;0}, {"yes";"no";"no";"no"}, "2026-03-06", 90%, 5, 8)',
        (
            ["North", "North", "South", "South"],
            ["2026-03-02 09:00", "2026-03-02 16:00", "2026-03-02 09:00", "2026-03-03 09:00"],
            ["2026-03-02 11:00", "2026-03-03 10:00", "2026-03-04 09:00", ""],
            [1, 5, 2, 0],
            ["yes", "no", "no", "no"],
            "2026-03-06",
            0.9,
            5,
            8,
        ),
        [
            ["Owner", "Leads", "Worked", "Worked %", "Connected %", "Tried enough", "Given up early", "Median hours",
             "Within hours %", "SLA met", "Goal", "Agreed hours"],
            ["North", 2, 2, 1, 0.5, 1, 0, 2, 1, "yes", 0.9, 8],
            ["South", 2, 1, 0.5, 0, 0, 1, 16, 0, "no", 0.9, 8],
            ["All", 4, 3, 0.75, 0.3333, 1, 1, 2, 0.5, "no", 0.9, 8],
        ],
    ),
    # Friday 16:30 to 17:00, Monday 9:00 to 9:15
    ('=SPEED_TO_LEAD("2026-03-06 16:30", "2026-03-09 09:15")', ("2026-03-06 16:30", "2026-03-09 09:15"), [[0.75]]),
    ("=ATTEMPTS_MET(5, FALSE)", (5, False), [[True]]),
    # a company of the usual size earns 10, one of half the size half, one of three times the size a third of it
    (
        '=LEAD_SCORE({"Company size","Industry","Downloads"}, '
        '{100,"Retail",2;50,"retail","";300,"Mining",1}, '
        '{"Company size","ideal",100,10,"explicit";"Industry","is one of","Retail; Finance",5,"explicit";'
        '"Downloads","at least",1,10,"implicit"})',
        (
            [["Company size", "Industry", "Downloads"]],
            [[100, "Retail", 2], [50, "retail", None], [300, "Mining", 1]],
            [
                ["Company size", "ideal", 100, 10, "explicit"],
                ["Industry", "is one of", "Retail; Finance", 5, "explicit"],
                ["Downloads", "at least", 1, 10, "implicit"],
            ],
        ),
        [["Explicit", "Implicit", "Score"], [15, 10, 25], [10, 0, 10], [3.3333, 10, 13.3333]],
    ),
    ("=SALES_READY(40, 40)", (40, 40), [[True]]),
    # 90 is above both leads that were lost, 70 above one of the two
    ("=SCORE_AUC({90;80;70;60}, {1;0;1;0})", ([90, 80, 70, 60], [1, 0, 1, 0]), [[0.75]]),
    (
        '=ATTRIBUTION({"L1";"L1";"L1";"L1";"L1"}, '
        '{"2026-03-01";"2026-03-02";"2026-03-03";"2026-03-04";"2026-03-05"}, '
        '{"Search";"E-mail";"Blog";"Social";"Fair"}, {200;200;200;200;200})',
        (
            ["L1"] * 5,
            [f"2026-03-0{day}" for day in range(1, 6)],
            ["Search", "E-mail", "Blog", "Social", "Fair"],
            [200] * 5,
        ),
        [
            ["Channel", "Credit", "Value"],
            *([channel, 0.2, 40] for channel in ("Search", "E-mail", "Blog", "Social", "Fair")),
            ["All", 1, 200],
        ],
    ),
]  # fmt: skip


def rounded(cells):
    return [[round(cell, 4) if isinstance(cell, float) else cell for cell in row] for row in cells]


@pytest.mark.parametrize(("formula", "values", "cells"), GOLDEN, ids=[formula for formula, _, _ in GOLDEN])
def test_golden_value(formula, values, cells):
    entry = CATALOGUE[formula[1:].partition("(")[0]]
    assert rounded(entry.cells(values)) == cells
    told = {example.formula: example for example in entry.examples}
    assert formula in told, f"the docstring of {entry.name} lacks this example"
    assert told[formula].agrees(cells)


def test_ten_reps_with_a_hundred_leads_each_are_a_thousand_a_month():
    rows = CATALOGUE["LEADS_PER_REP"].cells([[[25000.0]] * 10, 5000.0, 0.05])
    assert sum(row[0] for row in rows) == 1000


@every_entry
def test_is_told_whole(entry):
    assert entry.summary.endswith(".")
    assert entry.definition, "the formula or the rule belongs below the summary"
    assert entry.usage.startswith(f"{entry.name}(")
    assert entry.category_title and entry.category_title[0].isupper()
    assert entry.examples
    for parameter in entry.parameters:
        assert parameter.text.endswith("."), parameter.name
    assert entry.raises
    assert set(entry.raises) <= {"#VALUE!", "#NUM!", "#DIV/0!", "#N/A"}
    for text in entry.raises.values():
        assert text.endswith(".")


@every_entry
def test_its_cells_show_its_examples(entry):
    calls = docstrings.read_words(inspect.getdoc(entry.body)).calls
    for example, call in zip(entry.examples, calls, strict=True):
        names = [parameter.name for parameter in entry.parameters]
        values = [*call.arguments, *[OMITTED] * (len(names) - len(call.arguments))]
        for name, value in call.keywords.items():
            values[names.index(name)] = value
        assert example.agrees(entry.cells(values)), example.formula


@every_entry
def test_each_error_that_is_told_has_an_example(entry):
    signs = {cell.sign for e in entry.examples for row in e.shows for cell in row if isinstance(cell, CellError)}
    assert signs == set(entry.raises)


@every_entry
def test_required_arguments_come_first(entry):
    required = [parameter.required for parameter in entry.parameters if parameter.kind != "columns"]
    assert required == sorted(required, reverse=True)


@every_entry
def test_is_importable_under_its_name(entry):
    assert callable(getattr(xlsmkt, entry.name.lower()))


def test_names_cannot_be_cell_addresses_or_repeat_each_other():
    for entry in ENTRIES:
        assert not entry.name.isalpha() or len(entry.name) > 3, entry.name
        assert not any(letter.isdigit() for letter in entry.name), entry.name
    assert len({entry.category_title for entry in ENTRIES}) == len({entry.category for entry in ENTRIES})


def test_inputs_are_the_names_of_the_template():
    names = {p.input_name for entry in ENTRIES for p in entry.parameters if isinstance(p.default, Input)}
    assert names == {
        "Revenue_Goal", "Expected_Revenue", "Agreed_Deal_Size", "Customers_Goal", "Agreed_Close_Rate",
        "Sales_Cycle_Months", "Sales_Cycle_Days", "Quota", "As_Of", "Holidays", "Lead_Goal", "Custom_Goal", "SLA_Month",
        "SLA_Days", "Worked_Goal", "Min_Attempts", "Max_Hours", "Opens", "Closes",
        "Score_Threshold",
    }  # fmt: skip


@pytest.mark.parametrize("path", sorted(FUNCTIONS.glob("*.py")), ids=lambda path: path.name)
def test_a_function_module_imports_only_the_ground_floor(path):
    allowed = {f"xlsmkt.{name}" for name in ("catalogue", "columns", "days", "errors", "hours", "scoring", "units")}
    tree = ast.parse(path.read_text("utf-8"), feature_version=(3, 8))
    for node in ast.walk(tree):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            if path.name == "__init__.py" and name.startswith("xlsmkt.functions."):
                continue
            assert name in allowed or name.partition(".")[0] in sys.stdlib_module_names, name


def test_a_new_function_is_in_the_catalogue_by_being_written():
    source = (
        "from xlsmkt.catalogue import cell_function\nfrom xlsmkt.units import Count\n"
        + '''
@cell_function
def doubled(leads: Count) -> Count:
    """Twice the leads.

    leads * 2

    Parameters
    ----------
    leads
        Leads made.

    Examples
    --------
    >>> doubled(21)
    42
    """
    return leads * 2
'''
    )
    try:
        exec(compile(source, "doubled.py", "exec"), {"__name__": __name__})
        entry = CATALOGUE["DOUBLED"]
        assert entry.usage == "DOUBLED(leads)"
        assert [example.formula for example in entry.examples] == ["=DOUBLED(21)"]
        assert entry.cells([4.0]) == [[8.0]]
    finally:
        CATALOGUE.pop("DOUBLED", None)


def test_every_sign_of_ours_has_a_kind():
    for kind in (errors.WrongType, errors.OutOfRange, errors.DividedByZero, errors.NotAvailable):
        assert errors.error_kind(kind.sign) is kind
