"""Files that the workbook itself names on Inputs: refresh without saying what to import."""

import pytest

from xlsmkt import cli
from xlsmkt.crm.sample import write_sample
from xlsmkt.package import Book, Edit
from xlsmkt.refresh import new_book

LEADS = "Lead ID,Created,Source\nA1,2026-01-05,Web\nA2,2026-01-06,Fair\n"


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path / "home"))  # no connections
    (tmp_path / "my exports").mkdir()
    (tmp_path / "my exports" / "leads-1.csv").write_text(LEADS)
    new_book(tmp_path / "sla.xlsx")
    return tmp_path / "sla.xlsx"


def name_files(book, source="", mapping=""):
    edit = Edit.open(book)
    edit.set_named_value("CRM_Source", source or None)
    edit.set_named_value("CRM_Mapping", mapping or None)
    edit.save(book)


def leads(book):
    with Book.open(book) as opened:
        return opened.column("Leads", "Lead ID")


@pytest.mark.parametrize(
    "named",
    [
        "my exports/leads-1.csv",
        r"my exports\leads-1.csv",
        "my exports/leads-*.csv",
        ' "my exports/leads-1.csv" ;',
        "{folder}/my exports/leads-1.csv",
    ],
)
def test_the_files_on_inputs_are_found_from_the_workbook_on(book, named, monkeypatch):
    monkeypatch.chdir("/")
    name_files(book, named.format(folder=book.parent))
    assert cli.main(["refresh", str(book)]) == 0
    assert leads(book) == ["A1", "A2"]


def test_several_files_and_what_the_command_line_says_wins(book, tmp_path):
    write_sample(tmp_path / "sample")
    name_files(book, "my exports/leads-1.csv; sample/spend.csv")
    assert cli.main(["refresh", str(book)]) == 0
    with Book.open(book) as opened:
        assert (
            len(opened.column("Spend", "Cost")) == len((tmp_path / "sample" / "spend.csv").read_text().splitlines()) - 1
        )
        assert opened.named_value("CRM_Source") == "my exports/leads-1.csv; sample/spend.csv"
    (tmp_path / "other.csv").write_text(LEADS.replace("A1", "B1"))
    assert cli.main(["refresh", str(book), "--from", str(tmp_path / "other.csv")]) == 0
    assert leads(book) == ["B1", "A2"]


@pytest.mark.parametrize("pattern", ["*.csv", "**.csv", "*"])
def test_a_pattern_passes_over_the_workbook_and_the_lists_of_a_refresh(book, pattern):
    export = LEADS + "A3,no day,Web\n"  # refused: there will be a list of it
    (book.parent / "leads.csv").write_text(export)
    (book.parent / "sla-left-over.csv").write_text("Refreshed,Table,Row,Column,Value\n")
    (book.parent / "~$other.xlsx").write_text("open in Excel")
    name_files(book, pattern)
    for _ in range(2):
        assert cli.main(["refresh", str(book)]) == 0
        assert leads(book) == ["A1", "A2"]
    assert (book.parent / "sla-refused.csv").exists()


def test_a_mapping_on_inputs(book):
    (book.parent / "odd.csv").write_text("Key;Day\nK1;2026-02-03\n")
    (book.parent / "odd.toml").write_text(
        '[[file]]\npath = "odd.csv"\ntable = "Leads"\ncolumns = { "Lead ID" = "Key", Created = "Day" }\n'
    )
    name_files(book, mapping="odd.toml")
    assert cli.main(["refresh", str(book)]) == 0
    assert leads(book) == ["K1"]


@pytest.mark.parametrize(
    "source, mapping, told",
    [
        ("", "", "name the files on the sheet Inputs"),
        ("gone.csv", "", "gone.csv is not there; put the file there, or mend Import from on the sheet Inputs."),
        ("exports/*.csv", "", "mend Import from"),
        ("leads.csv, spend.csv", "", "is not there (put ; between several files)"),
        ("my exports", "", "my exports is a folder; name the files in it (my exports/*.csv) in Import from"),
        ("a" * 300 + ".csv", "", "mend Import from"),
        ("http://crm.example/leads.csv", "", "is no address of a database; save the file and name that"),
        ("hubspto", "", "hubspto is no file that is there and no connection; did you mean hubspot?"),
        ("postgres://crm.example/sales", "", "you have not connected"),
        ("my exports/leads-1.csv; hubspot", "", "cannot be imported together"),
        ("my exports/leads-1.csv", "gone.toml", "mend Mapping"),
    ],
)
def test_what_is_not_there_is_told(book, source, mapping, told, capsys):
    name_files(book, source, mapping)
    before = book.read_bytes()
    assert cli.main(["refresh", str(book)]) == 2
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1
    assert book.read_bytes() == before
