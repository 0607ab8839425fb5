"""Files that would be counted wrongly: given twice, with stray quotation marks, errors of a sheet, values too large."""

import csv
import datetime as dt
import os

import pytest
from openpyxl import Workbook

from xlsmkt.crm.amounts import number_readings
from xlsmkt.crm.asking import Answers
from xlsmkt.crm.importing import import_files
from xlsmkt.crm.moments import day_readings
from xlsmkt.crm.reading import read_csv
from xlsmkt.errors import UserError

TODAY = dt.date(2026, 6, 30)
SPEND = "Date,Channel,Campaign,Cost\n2026-05-01,Web,A,100\n"
SPEND_ENTRY = (
    '[[file]]\npath = "{}"\ntable = "Spend"\n[file.columns]\nDate = "Date"\nChannel = "Channel"\nCost = "Cost"\n'
)


@pytest.fixture
def take(tmp_path):
    def take(text, **options):
        path = tmp_path / "file.csv"
        path.write_bytes(text.encode())
        return import_files([path], today=TODAY, **options)

    return take


# --- the same file twice ---


def test_a_file_given_twice_would_count_twice(tmp_path):
    path = tmp_path / "spend.csv"
    path.write_text(SPEND)
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.csv").symlink_to(path)
    os.link(path, tmp_path / "hard.csv")
    for other in (path, tmp_path / "folder" / ".." / "spend.csv", tmp_path / "link.csv", tmp_path / "hard.csv"):
        with pytest.raises(UserError, match=rf"{other.name} is given twice.*name it once"):
            import_files([path, other], today=TODAY)


def test_a_file_that_a_pattern_finds_by_two_names_counts_once(tmp_path):
    (tmp_path / "spend1.csv").write_text(SPEND)
    (tmp_path / "spend2.csv").symlink_to(tmp_path / "spend1.csv")
    mapping = tmp_path / "map.toml"
    mapping.write_text(SPEND_ENTRY.format("spend*.csv"))
    assert import_files([], mapping, today=TODAY).tables["Spend"]["Cost"].sum() == 100
    given = [tmp_path / "other.csv"]
    given[0].symlink_to(tmp_path / "spend1.csv")
    assert import_files(given, mapping, today=TODAY).tables["Spend"]["Cost"].sum() == 100


def test_a_file_may_stand_in_two_entries(tmp_path):
    path = tmp_path / "spend.csv"
    path.write_text(SPEND)
    mapping = tmp_path / "map.toml"
    mapping.write_text(2 * SPEND_ENTRY.format("spend.csv"))
    assert import_files([path], mapping, today=TODAY).tables["Spend"]["Cost"].sum() == 200


def test_summed_and_plain_rows_of_costs_come_together(tmp_path):
    (tmp_path / "spend.csv").write_text(SPEND)
    mapping = tmp_path / "map.toml"
    entry = SPEND_ENTRY.format("spend.csv")
    mapping.write_text(entry + entry.replace('"Spend"\n', '"Spend"\nsum = true\n'))
    assert import_files([], mapping, today=TODAY).tables["Spend"]["Cost"].tolist() == [100, 100]


# --- quotation marks ---

GOOD = "".join(f"L{number},2026-01-14,Web,G,5,\n" for number in range(50, 55))
HEAD = "Lead ID,Created,Source,Owner,Attempts,Country\n"


def test_two_stray_quotation_marks_would_swallow_the_rows_between_them(take):
    text = HEAD + "L1,2026-01-02,Web,G,1,\n" + 'L44,2026-01-13,"Demo,G,5,\n' + GOOD + 'L99,2026-01-13,"Demo,G,5,\n'
    with pytest.raises(UserError, match=r"mark opened on line 3 is closed in the middle of a value further down; mend"):
        take(text + "L100,2026-01-15,Web,G,1,\n")


def test_text_behind_a_closing_quotation_mark_is_damage(take):
    with pytest.raises(UserError, match="mark opened on line 3 is closed in the middle of a value; mend"):
        take(HEAD + 'L1,2026-01-02,"a ""b""",G,1,\nL2,2026-01-02,"5" pipe",G,1,\n')


@pytest.mark.parametrize(
    "value",
    ['5" pipe', '"a ""b"" c"', '""', '"two\nlines"', '"x, y"', '"x" ', ' "x"', '"""x"""', 'a"b"c', '"x\r\n\r\ny"'],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_sound_quotation_marks_are_left_alone(take, value, end):
    result = take(HEAD + f"L1,2026-01-02,Web,G,1,{value}\nL2,2026-01-02,Web,G,1,{value}{end}")
    expected = [row[5].strip() for row in csv.reader([f"a,b,c,d,1,{value}"])] if "\n" not in value else None
    held = result.tables["Leads"]["Country"].astype(object)
    assert len(held) == 2
    if expected:
        assert held.fillna("").tolist() == expected * 2


# --- errors in a sheet ---


def book(path, **sheets):
    workbook = Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


def test_errors_in_a_sheet_are_refused_or_noted_with_their_sign(tmp_path):
    head = ["Lead ID", "Created", "Amount", "Source", "Attempts"]
    day = dt.date(2026, 1, 2)
    rows = [
        head, ["1", day, "#DIV/0!", "Web", 1], ["2", "#VALUE!", 5, "Web", 1], ["3", day, 5, "#REF!", "#NUM!"],
        ["4", day, "=2*3", "Web", 1], ["#NAME?", day, 5, "Web", 1], ["6", day, "#N/A", "Web", 1],
    ]  # fmt: skip
    result = import_files([book(tmp_path / "leads.xlsx", One=rows)], today=TODAY)
    error, never = (
        "an error in the sheet",
        "a formula without a value: open the file in Excel, save it, and import it again",
    )
    assert result.refused[["Line", "Column", "Value", "Reason"]].values.tolist() == [
        [2, "Amount", "#DIV/0!", error],
        [3, "Created", "#VALUE!", error],
        [5, "Amount", "=2*3", never],
        [6, "Lead ID", "#NAME?", error],
    ]
    assert sorted(result.noted[["Line", "Column", "Value", "Reason"]].values.tolist()) == [
        [4, "Attempts", "#NUM!", f"{error}; left blank"],
        [4, "Source", "#REF!", f"{error}; left blank"],
    ]
    leads = result.tables["Leads"]
    assert leads["Lead ID"].tolist() == ["3", "6"]
    assert leads["Source"].astype(object).fillna("").tolist() == ["", "Web"]


def test_the_first_sheet_that_is_not_empty_is_taken_and_the_others_are_named(tmp_path):
    spend = [row.split(",") for row in SPEND.splitlines()]
    path = book(tmp_path / "spend.xlsx", Cover=[], May=spend, June=spend, Notes=[])
    result = import_files([path], today=TODAY)
    assert len(result.tables["Spend"]) == 1
    assert result.noted["Reason"].tolist() == [
        "the sheet May was taken; left out: June (save one alone, or name it in a mapping: sheet = 'June')"
    ]
    with pytest.raises(UserError, match="the sheet A is empty, and no other one holds rows"):
        import_files([book(tmp_path / "none.xlsx", A=[], B=[])], today=TODAY)


# --- dates with a year of two digits in front ---


def test_a_year_of_two_digits_may_stand_first():
    assert day_readings("25-12-31") == (dt.date(2031, 12, 25), None, dt.date(2025, 12, 31))
    assert day_readings("31-12-99") == (dt.date(1999, 12, 31), None, None)


def created(result):
    return result.tables["Leads"]["Created"].dt.strftime("%Y-%m-%d").tolist()


def test_such_a_date_is_asked_for_unless_the_column_settles_it(take):
    with pytest.raises(UserError, match=r"26-01-13 can mean 26 January 2013 or 13 January 2026"):
        take("Lead ID,Created\n1,26-01-13\n2,25-12-31\n")
    assert created(take("Lead ID,Created\n1,26-01-13\n2,99-12-31\n")) == ["2026-01-13", "1999-12-31"]
    assert created(take("Lead ID,Created\n1,26-01-13\n2,31-12-99\n")) == ["2013-01-26", "1999-12-31"]
    assert created(take("Lead ID,Created\n1,26-01-13\n", date_order="day")) == ["2013-01-26"]
    asked = []

    def ask(question):
        asked.append(question)
        return "year"

    assert created(take("Lead ID,Created\n1,26-01-13\n2,25-12-31\n3,05-04-03\n", ask=ask)) == [
        "2026-01-13", "2025-12-31", "2005-04-03",
    ]  # fmt: skip
    assert len(asked) == 1


# --- numbers and texts that no cell holds ---


@pytest.mark.parametrize("text", ["1e400", "9" * 400, "$1e400", "-1e16", "2000000000000001", "$" + "9" * 20, "5,5e999"])
def test_a_number_that_no_sheet_holds_is_refused(take, text):
    result = take(f'Lead ID,Created,Amount,Attempts\n1,2026-01-02,"{text}",1\n2,2026-01-02,5,"{text}"\n')
    assert result.refused[["Value", "Reason"]].values.tolist() == [[text[:200], "not a number that a sheet can hold"]]
    assert result.noted["Reason"].tolist() == ["not a number that a sheet can hold; left blank"]
    assert result.tables["Leads"]["Amount"].tolist() == [5]


def test_exponents_are_read_as_before():
    assert number_readings("1.5e3")["."] == 1500
    assert number_readings("1e15") == {"": 1e15}
    assert number_readings("5e-3") == {"": 0.005}


def test_texts_longer_than_a_cell(take):
    long = "x" * 32_768
    smile = "\U0001f600" * 16_384  # two units each, as Excel counts
    result = take(
        f"Lead ID,Created,Source\n{long},2026-01-02,Web\n2,2026-01-02,{long}\n"
        f"3,2026-01-02,{smile}\n{long[1:]},2026-01-02,A\n"
    )
    assert result.refused[["Line", "Column", "Value", "Reason"]].values.tolist() == [
        [2, "Lead ID", "x" * 200, "longer than the 32,767 characters that a cell holds"]
    ]
    assert result.noted[["Line", "Reason"]].values.tolist() == [
        [3, "longer than the 32,767 characters that a cell holds; cut"],
        [4, "longer than the 32,767 characters that a cell holds; cut"],
    ]
    leads = result.tables["Leads"]
    assert [len(word) for word in leads["Source"]] == [32_767, 16_383, 1]
    assert leads["Lead ID"].tolist() == ["2", "3", long[1:]]


# --- the list of refusals ---


def test_nothing_in_the_list_of_refusals_begins_like_a_formula(take, tmp_path):
    values = [
        "=1+1",
        "  =1",
        "\n=1",
        "\t=1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff201",
        "a;=1",
        "a; +1",
        'a;"=1',
        "a;b",
    ]
    cells = ['"' + value.replace('"', '""') + '"' for value in values]
    result = take("Lead ID,Created\n" + "".join(f"1,{cell}\n" for cell in cells))
    path = tmp_path / "refused.csv"
    result.write_refusals_csv(path)
    data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    first, second = data.split(b"\r\n")[:2]
    assert first == b"File,Line,Column,Value,Reason"
    assert second == b'"file.csv",2,"Created","\'=1+1","not a date"'
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in list(csv.reader(file))[1:]:
            for piece in row[3].split(";"):
                assert piece.lstrip(' \t\r\n"')[:1] not in tuple("=+-@\uff1d\uff0b\uff0d\uff20"), row
    assert read_csv(path, Answers()).headings == ["File", "Line", "Column", "Value", "Reason"]
