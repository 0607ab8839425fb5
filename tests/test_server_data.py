"""What a workbook names is read from the server's folder of data and from nowhere else."""

import os
from pathlib import Path

import pytest

from xlsmkt.errors import UserError
from xlsmkt.hosts.server.data_folder import own_files

LEADS = "Lead ID,Created\nL1,2026-01-05\n"


class Inputs:
    """A workbook whose name was given by whoever calls."""

    def __init__(self, source="", mapping="", name="/etc/book.xlsx"):
        self.cells = {"CRM_Source": source, "CRM_Mapping": mapping}
        self.path = Path(name)

    def named_value(self, name):
        return self.cells.get(name)


@pytest.fixture
def data(tmp_path):
    """The folder, with an export; a file of somebody else lies outside."""
    folder = tmp_path / "srv" / "data"
    (folder / "2026").mkdir(parents=True)
    for place in (folder, folder / "2026", tmp_path / "srv", tmp_path):
        (place / "leads.csv").write_text(LEADS)
    return folder


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("leads.csv", ["leads.csv"]),
        ("2026/leads.csv", ["2026/leads.csv"]),
        ("2026\\leads.csv", ["2026/leads.csv"]),
        ('"leads.csv"; 2026/*.csv', ["leads.csv", "2026/leads.csv"]),
        ("./leads.csv", ["leads.csv"]),
        ("", []),
    ],
)
def test_files_are_found_from_the_folder_on(data, named, found):
    assert own_files(Inputs(named), data) == ([data / name for name in found], None)


OUTSIDE = [
    "../leads.csv",
    "..\\leads.csv",
    "2026/../../leads.csv",
    "leads.csv; ../leads.csv",
    '"../leads.csv"',
    ' " ../leads.csv" ',
    "../*.csv",
    "../../nothing-of-that-name.csv",
    "..",
    "/etc/passwd",
    "\\etc\\passwd",
    "//server/share/leads.csv",
    "\\\\server\\share\\leads.csv",
    "C:/leads.csv",
    "c:leads.csv",
    "leads.csv\0",
]


@pytest.mark.parametrize("named", OUTSIDE)
def test_no_name_leads_out_of_the_folder(data, named):
    said = {}
    for cell in ("source", "mapping"):
        with pytest.raises(UserError) as refused:
            own_files(Inputs(**{cell: named}), data)
        said[cell] = str(refused.value)
    assert said["source"].startswith("Import from on the sheet Inputs names a file outside of the server's folder")
    assert said["mapping"].startswith("Mapping on the sheet Inputs names a file outside of the server's folder")


@pytest.mark.parametrize("named", ["leads.csv", "*.csv"])
def test_nor_does_the_name_of_the_workbook(data, named):
    for name in ("/etc/book.xlsx", "../book.xlsx", str(data.parent / "book.xlsx")):
        assert own_files(Inputs(named, name=name), data)[0] == [data / "leads.csv"]


@pytest.mark.skipif(os.name == "nt", reason="Windows lets few users make links")
@pytest.mark.parametrize("cells", [{"source": "linked.csv"}, {"mapping": "map.toml"}, {"mapping": "2026/map.toml"}])
@pytest.mark.parametrize("link", ["linked.csv", "2026/map.toml", "2026/more/linked.csv"])
def test_nor_does_a_link_whether_inputs_a_pattern_or_a_mapping_names_it(data, link, cells):
    (data / "map.toml").write_text('[[file]]\npath = "l*.csv"\ntable = "Leads"\n')
    path = data / link
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(data.parent / "leads.csv")
    with pytest.raises(UserError) as refused:
        own_files(Inputs(**cells), data)
    assert str(refused.value) == (
        f"{link} in the server's folder data is a link to a file elsewhere; put the file itself there."
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows lets few users make links")
def test_nor_does_a_link_to_a_folder_but_the_folder_itself_may_be_one(data):
    own = data.with_name("linked")
    own.symlink_to(data)
    assert own_files(Inputs("leads.csv"), own) == ([own / "leads.csv"], None)
    (data / "up").symlink_to(data.parent)
    with pytest.raises(UserError, match=r"^up in the server's folder data is a link"):
        own_files(Inputs("leads.csv"), own)


def test_where_the_folder_lies_is_not_told(data):
    with pytest.raises(UserError, match=r"^the folder data is a folder; ") as refused:
        own_files(Inputs("."), data)
    assert str(data) not in str(refused.value)


@pytest.mark.parametrize(
    "entry",
    [
        'path = "../leads.csv"\ntable = "Leads"\ncolumns = { "Lead ID" = "Lead ID", Created = "Created" }',
        'path = "/etc/passwd"\ntable = "Leads"\ncolumns = { "Lead ID" = "Lead ID", Created = "Created" }',
        'path = "leads.csv"\ntable = "Leads"\ncolumns = { "Lead ID" = "Lead ID", Created = "Created", Owner = "x" }\n'
        'lookup = { Owner = { path = "../leads.csv", key = "Lead ID", value = "Created" } }',
    ],
    ids=["above", "absolute", "names"],
)
def test_nor_does_a_mapping(data, entry):
    (data / "crm.toml").write_text(f"[[file]]\n{entry}\n")
    with pytest.raises(UserError, match=r"the mapping crm\.toml names a file outside"):
        own_files(Inputs(mapping="crm.toml"), data)


def test_a_mapping_in_the_folder_is_taken(data):
    (data / "crm.toml").write_text(
        '[[file]]\npath = "leads.csv"\ntable = "Leads"\ncolumns = { "Lead ID" = "Lead ID", Created = "Created" }\n'
    )
    assert own_files(Inputs(mapping="crm.toml"), data) == ([], data / "crm.toml")


@pytest.mark.parametrize(("cell", "label"), [("source", "Import from"), ("mapping", "Mapping")])
def test_a_file_that_is_missing_names_the_folder_and_the_cell(data, cell, label):
    with pytest.raises(UserError) as refused:
        own_files(Inputs(**{cell: "2026\\nosuch.csv"}), data)
    assert str(refused.value) == (
        f"2026/nosuch.csv is not in the folder data of the server; put it there, or mend {label} on the sheet Inputs."
    )


def test_several_files_with_commas_are_told_of_the_semicolon(data):
    with pytest.raises(UserError, match=r"of the server \(put ; between several files\); put it there"):
        own_files(Inputs("leads.csv, spend.csv"), data)


@pytest.mark.parametrize("named", ["nothing.csv", "2026", "nothing/*.csv"])
def test_a_sentence_does_not_tell_where_on_the_server_the_folder_lies(data, named):
    with pytest.raises(UserError) as refused:
        own_files(Inputs(named), data)
    assert str(data.parent) not in str(refused.value) and named.partition("*")[0] in str(refused.value)
