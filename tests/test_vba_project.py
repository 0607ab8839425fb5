"""What the VBA project is made of: sources that would make a dead workbook are refused, and no setting is left open."""

import re
import shutil
from pathlib import Path

import pytest
import xlwings

from xlsmkt.build import ROOT
from xlsmkt.errors import UserError
from xlsmkt.hosts.windows.project import SETTINGS, project_sources

VBA = ROOT / "workbook" / "vba"
FINE = b'Attribute VB_Name = "%s"\r\nOption Explicit\r\n\r\nPublic Sub Nothing_()\r\nEnd Sub\r\n'

# What xlwings asks for on a Mac only, where this edition does not run.
ON_A_MAC = {
    "INTERPRETER_MAC",  # in place of INTERPRETER_WIN
    "ONEDRIVE_CONSUMER_MAC", "ONEDRIVE_COMMERCIAL_MAC", "SHAREPOINT_MAC",  # in place of those that end in _WIN
}  # fmt: skip


@pytest.fixture
def vba(tmp_path):
    return Path(shutil.copytree(VBA, tmp_path / "vba"))


def refused(vba):
    with pytest.raises(UserError) as caught:
        project_sources(vba)
    told = str(caught.value)
    assert "\n" not in told and told.endswith(".")
    return told


def test_the_sources_as_they_are_make_a_project(vba):
    assert list(project_sources(vba)) == ["xlwings.bas", "Dictionary.cls", *sorted(path.name for path in VBA.iterdir())]
    (vba / "more.bas").write_bytes(FINE % b"more")
    (vba / "notes.txt").write_bytes(b"of no concern")
    assert "more.bas" in project_sources(vba)


@pytest.mark.parametrize("name", sorted(path.name for path in VBA.iterdir()))
def test_every_file_is_needed(name, vba):
    (vba / name).unlink()
    assert refused(vba) == f"The VBA sources lack {name}; put back what is missing."


@pytest.mark.parametrize("name", sorted(path.name for path in VBA.iterdir()))
def test_an_emptied_file_is_refused(name, vba):
    header = f'Attribute VB_Name = "{Path(name).stem}"\r\nOption Explicit\r\n'.encode()
    for left in (b"", header):
        (vba / name).write_bytes(left)
        assert name in refused(vba)


def test_the_macro_of_the_buttons_must_be_there(vba):
    source = (vba / "xlsmkt.bas").read_bytes()
    for spoiled in (
        b"Public Sub Refresh()",
        b"Private Sub RefreshCRM()",
        b"Public Sub RefreshCRM(ByVal file As String)",
    ):
        (vba / "xlsmkt.bas").write_bytes(source.replace(b"Public Sub RefreshCRM()", spoiled))
        assert "xlsmkt.bas has no Public Sub RefreshCRM(), which the buttons call" in refused(vba)


@pytest.mark.parametrize("written", [b"other", b"XLSMKT", b""])
def test_a_module_bears_the_name_of_its_file(written, vba):
    source = (vba / "xlsmkt.bas").read_bytes()
    (vba / "xlsmkt.bas").write_bytes(source.replace(b'VB_Name = "xlsmkt"', b'VB_Name = "%s"' % written))
    assert refused(vba) == 'xlsmkt.bas must name itself once, with the line: Attribute VB_Name = "xlsmkt".'
    (vba / "xlsmkt.bas").write_bytes(source.partition(b"\n")[2])
    assert "xlsmkt.bas must name itself once" in refused(vba)


def test_the_module_of_the_workbook_may_name_itself_but_not_otherwise(vba):
    source = (vba / "ThisWorkbook.cls").read_bytes()
    for name, fine in ((b"ThisWorkbook", True), (b"DieseArbeitsmappe", False)):
        (vba / "ThisWorkbook.cls").write_bytes(b'Attribute VB_Name = "%s"\r\n' % name + source)
        if fine:
            assert "ThisWorkbook.cls" in project_sources(vba)
        else:
            assert "ThisWorkbook.cls must name itself once" in refused(vba)


@pytest.mark.parametrize("name", ["a b.bas", "Sheet1.cls", "1st.bas", "more.BAS", "m" * 32 + ".bas", "gr.oss.bas"])
def test_a_file_that_cannot_be_a_module(name, vba):
    (vba / name).write_bytes(FINE % Path(name).stem.encode())
    told = refused(vba)
    assert told.startswith(f"{name} cannot be a module: ") and "the only .cls is ThisWorkbook.cls" in told


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("xlwings.bas", "xlwings.bas of xlwings"), ("XLwings.bas", "xlwings.bas of xlwings"),
        ("dictionary.bas", "Dictionary.cls of xlwings"), ("thisworkbook.bas", "ThisWorkbook.cls"),
    ],
)  # fmt: skip
def test_two_files_never_make_one_module(name, other, vba):
    (vba / name).write_bytes(FINE % Path(name).stem.encode())
    assert refused(vba) == f"{name} would be the same module as {other}; give it another name."


def test_no_setting_that_xlwings_asks_for_can_come_from_elsewhere():
    source = Path(xlwings.__file__).with_name("xlwings.bas").read_text("ascii")
    code = "\n".join(line for line in source.splitlines() if not line.lstrip().startswith("'"))
    asked = re.findall(r'\bGetConfig\("([^"]+)"', code)
    declared = len(re.findall(r"\bFunction GetConfig\(", code))
    assert len(asked) + declared == len(re.findall(r"\bGetConfig\(", code)), "a key that is not written out"
    assert declared == 1 and set(asked) > ON_A_MAC, "keys that xlwings no longer asks for"
    assert set(asked) - ON_A_MAC <= set(SETTINGS)
    assert all(key == key.upper() for key in SETTINGS), "xlwings reads the sheet's keys in capitals"
