"""The import in plain Python: what it needs, and what it takes that the full one does not."""

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest
import xlsxwriter
from openpyxl import Workbook
from plain_beside import assert_same, import_both

from xlsmkt.crm.asking import Answers
from xlsmkt.crm.importing import import_files
from xlsmkt.crm.plain import import_plain, pasted, read_file
from xlsmkt.errors import UserError

TODAY = dt.date(2026, 6, 30)
SAMPLE = sorted((Path(__file__).parents[1] / "workbook" / "sample").glob("*.csv"))
DATA = Path(os.environ.get("XLSMKT_OPEN_DATA", Path(__file__).parents[2] / "shared" / "data"))
LEADS = "Lead ID,Created,Source,Amount\n1,2026-01-02,Web,5\n2,2026-01-03,Fair,\n"
ROWS = [line.split(",") for line in LEADS.splitlines()]


def bring(*tables, **how):
    answers = Answers(**how)
    return import_plain(list(tables), answers, today=TODAY)


def refusal(call):
    with pytest.raises(UserError) as error:
        call()
    assert str(error.value).isprintable()
    return str(error.value)


# --- the same as the full import ---


def test_the_sample():
    assert len(SAMPLE) == 4
    result = import_both(SAMPLE)
    assert result.taken["Leads"] > 5000


SFDC, DEMO = "salesforce_sfdc_assets", "salesforce_powerbi_demo"


@pytest.mark.parametrize(
    ("names", "leads"),
    [
        (["dubai_real_estate/Leads.csv"], 5000),
        ([f"{DEMO}/Opportunity.csv"], 17),
        ([f"{SFDC}/Lead.csv"], 60),
        ([f"{SFDC}/Opportunity.csv"], 35),
        ([f"{SFDC}/Lead.csv", f"{SFDC}/Opportunity.csv"], 60),
        ([f"{DEMO}/Lead.csv"], None),
        ([f"{SFDC}/CampaignMember.csv"], None),
        (["dubai_real_estate/Leads.csv", "dubai_real_estate/Sales.csv"], None),
        (["dubai_real_estate/Agents.csv"], None),
    ],
)
def test_open_data_are_taken_or_refused_alike(names, leads):
    if not DATA.is_dir():
        told = "the open data sets are not there; name their folder in XLSMKT_OPEN_DATA"
        pytest.fail(told) if "XLSMKT_OPEN_DATA" in os.environ else pytest.skip(told)
    paths = [DATA / name for name in names]
    if leads is None:
        assert "is no export that is known" in refusal(lambda: import_both(paths, today=TODAY, date_order="month"))
    else:
        assert import_both(paths, today=TODAY, date_order="month").taken == {"Leads": leads}


@pytest.fixture
def typed_sample(tmp_path):
    """The sample's leads as a workbook whose days and numbers are typed, and the same cells."""

    def typed(text):
        for way in (float, dt.datetime.fromisoformat):
            try:
                return way(text)
            except ValueError:
                pass
        return text or None

    head, *rows = [line.split(",") for line in SAMPLE[0].read_text("utf-8").splitlines()[:800]]
    cells = [head, *[[row[0], *map(typed, row[1:])] for row in rows if len(row) == len(head)]]
    book = Workbook()
    for row in cells:
        book.active.append(row)
    book.create_sheet("Notes").append(["not taken"])
    path = tmp_path / "leads.xlsx"
    book.save(path)
    return path, cells


def test_a_workbook_and_cells_pasted_from_it(typed_sample):
    path, cells = typed_sample
    full = import_both([path], today=TODAY)
    assert full.taken["Leads"] > 700
    assert full.noted["Reason"].tolist()[0].startswith("the sheet Sheet was taken; left out: Notes")
    table = pasted(cells, "leads.xlsx")
    table.remark = (
        "the sheet Sheet was taken; left out: Notes (save one alone, or name it in a mapping: sheet = 'Notes')"
    )
    assert_same(bring(table), full)


def test_days_pasted_as_serial_numbers(typed_sample):
    path, cells = typed_sample
    origin = dt.datetime(1899, 12, 30)
    serial = [
        [(cell - origin) / dt.timedelta(days=1) if isinstance(cell, dt.datetime) else cell for cell in row]
        for row in cells
    ]
    plain, full = bring(pasted(serial, "leads.xlsx")), import_files([path], today=TODAY)
    assert {name: plain.columns(name) for name in plain.tables} == {name: full.lists(name) for name in full.tables}


@pytest.mark.parametrize("options", [{}, {"date_1904": True}, {"constant_memory": True}, {"in_memory": True}])
def test_a_workbook_of_another_program(tmp_path, options):
    path = tmp_path / "leads.xlsx"
    with xlsxwriter.Workbook(path, options) as book:
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        moment = book.add_format({"num_format": "dd.mm.yyyy hh:mm:ss"})
        hidden, leads = book.add_worksheet("Hidden"), book.add_worksheet("Leads")
        hidden.write_row(0, 0, ["Date", "Cost"])
        leads.activate()
        hidden.hide()
        leads.write_row(2, 1, ["Lead ID", "Created", "First worked", "Connected", "Won", "Amount", "Attempts"])
        for row in range(3, 30):
            leads.write_number(row, 1, row)
            leads.write_datetime(row, 2, dt.datetime(2026, 1, row), day)
            leads.write_datetime(row, 3, dt.datetime(2026, 2, row % 28 + 1, row % 24, 59, 59 - row), moment)
            leads.write_datetime(row, 4, dt.time(9, 30) if row % 9 == 0 else dt.date(2026, 2, 3), moment)
            leads.write_boolean(row, 5, row % 2)
            leads.write_formula(row, 6, f"={row}/4", None, row / 4 if row % 5 else "#DIV/0!")
            leads.write_formula(row, 7, '="x"', None, "n/a" if row % 3 else "")
    result = import_both([path], today=TODAY)
    assert result.tables["Leads"]["Lead ID"].tolist()[:3] == ["3", "4", "6"]
    assert result.tables["Leads"]["Amount"].tolist()[:3] == [0.75, 1.0, 1.5]
    assert result.columns("Leads")["Created"][0].as_py() == 46025


# --- cells that were pasted ---


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_lines_of_a_csv_file_pasted_into_one_column_are_split(tmp_path, sign):
    text = 'Report\n\nLead ID,Created,Source,Amount\n1,2026-01-02,"two\nlines",5\n2,soon,Fair,\n\n3,2026-01-02\n'
    path = tmp_path / "leads.csv"
    path.write_text(text.replace(",", sign))
    cells = [[line] for line in path.read_text().split("\n")]
    full = import_files([path], today=TODAY)
    assert full.refused["Line"].tolist() == [6, 8]
    assert_same(bring(pasted(cells, "leads.csv")), full)
    assert_same(bring(pasted([[None, *row, None, ""] for row in cells], "leads.csv")), full)


def test_a_single_column_of_days_is_not_split():
    result = bring(pasted([["Created"], ["Jan 2, 2026"], ["Jan 3, 2026"], [None]], "pasted"))
    assert result.columns("Leads")["Created"] == [46024.0, 46025.0]


def test_blank_cells_around_a_table_that_was_pasted(tmp_path):
    framed = [[], [None, ""], *[["", *row, None] for row in ROWS], ["", ""]]
    result = bring(pasted(framed, "pasted"))
    assert result.columns("Leads")["Lead ID"] == ["1", "2"]
    assert result.columns("Leads")["Amount"] == [5.0, None]


@pytest.mark.parametrize("cells", [[], [[]], [[None, ""], []], [[""]] * 3, [[None]] * 60 + ROWS])
def test_nothing_was_pasted(cells):
    assert refusal(lambda: pasted(cells, "the sheet")).startswith("the sheet is empty")


def test_errors_that_were_pasted_are_errors():
    result = bring(pasted([*ROWS, ["3", "#REF!", "Web", 1], ["4", "2026-01-02", "#N/A", "#DIV/0!"]], "pasted"))
    assert [line[1:] for line in result.refused] == [
        (4, "Created", "#REF!", "an error in the sheet"),
        (5, "Amount", "#DIV/0!", "an error in the sheet"),
    ]


# --- what cannot be taken ---


def test_a_file_that_is_not_known_is_told_what_helps_without_a_command_line(tmp_path):
    path = tmp_path / "wrong.csv"
    path.write_text("Date,Source\n2026-01-01,x\n")
    assert refusal(lambda: bring(read_file(path, Answers()))) == (
        "wrong.csv is no export that is known (its headings are Date, Source); "
        "give its columns the headings of the sheet that they are for: Leads, Spend, Web or Touches"
    )


@pytest.mark.parametrize("ending", [".xls", ".xlsb", ".ods", ".XLS"])
def test_other_workbooks_are_to_be_saved_otherwise(tmp_path, ending):
    path = tmp_path / f"leads{ending}"
    path.write_bytes(b"whatever")
    said = f"leads{ending} cannot be read here; save it as .xlsx or as CSV"
    assert refusal(lambda: read_file(path, Answers())) == said


def test_a_workbook_with_a_password(tmp_path):
    path = tmp_path / "leads.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"))
    assert "is protected by a password; save a copy" in refusal(lambda: read_file(path, Answers()))


def test_a_copy_of_a_file_would_count_twice(tmp_path):
    for name in ("leads.csv", "leads (1).csv"):
        (tmp_path / name).write_text(LEADS)
    tables = [read_file(tmp_path / name, Answers()) for name in ("leads.csv", "leads (1).csv")]
    assert "leads (1).csv is given twice (also as leads.csv)" in refusal(lambda: bring(*tables))
    assert "no file was given" in refusal(bring)


def test_what_stays_open_is_told_in_the_callers_words():
    table = pasted([["Lead ID", "Created", "Amount"], ["1", "05/04/2026", "5"]], "pasted")
    answers = Answers(advice=lambda question: f"write {' or '.join(question.readings)} beside {question.key}")
    assert refusal(lambda: import_plain([table], answers, today=TODAY)) == (
        "pasted, column Created: 05/04/2026 can mean 5 April 2026 or 4 May 2026; write day or month beside date_order"
    )
    assert bring(table, date_order="month").columns("Leads")["Created"] == [46146.0]


# --- what it needs ---

BLOCKED = """
import sys
from pathlib import Path

for name in ("numpy", "pandas", "pyarrow", "lxml", "rapidfuzz", "python_calamine", "filelock"):
    sys.modules[name] = None  # an import of it fails
before = set(sys.modules)
from xlsmkt.crm.asking import Answers
from xlsmkt.crm.plain import import_plain, read_file

others = {name.partition(".")[0] for name in set(sys.modules) - before} - {"xlsmkt"} - set(sys.stdlib_module_names)
assert not others, others
answers = Answers()
result = import_plain([read_file(Path(path), answers) for path in sys.argv[1:]], answers)
print(result.taken)
"""


def test_it_needs_the_standard_library_and_for_workbooks_openpyxl(typed_sample):
    path, cells = typed_sample
    for paths in (SAMPLE, [path]):
        done = subprocess.run(
            [sys.executable, "-c", BLOCKED, *map(str, paths)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str({"Leads": len(cells) - 1})
