"""xlsmkt update: a workbook of an earlier version gets new macros, and keeps all that is its user's."""

import shutil
import zipfile

import pytest
import xlwings
from extracted_vba import extracted
from pyopenvba import ExcelFile

from xlsmkt import cli
from xlsmkt.hosts.windows.project import SETTINGS
from xlsmkt.package import Book, Edit
from xlsmkt.template.shipped import shipped_template

MINE = 'Public Sub Mine()\r\n    MsgBox "mine"\r\nEnd Sub\r\n'


@pytest.fixture
def old(tmp_path):
    """A workbook as an earlier version made it, with a module of the user's and code behind the workbook."""
    path = tmp_path / "sla.xlsm"
    with ExcelFile(str(shipped_template(".xlsm"))) as file:
        file.set_module("xlwings", file.get_module("xlwings").replace(xlwings.__version__, "0.30.1"))
        file.set_module("xlsmkt", file.get_module("xlsmkt").replace("Refresh", "Renew"))
        file.set_module("ThisWorkbook", file.get_module("ThisWorkbook") + "\r\nPublic Sub Own()\r\nEnd Sub\r\n")
        file.vba_project().delete_module("xlsmkt_charts")
        file.vba_project().add_module("Mine", MINE)
        file.save(str(path))
    return path


def settings(book):
    with Book.open(book) as opened:
        return {key: value for key, value in opened.range("xlwings.conf", "A1:B40") if key}


def test_the_macros_are_those_of_the_installed_version_and_the_users_stay(old, capsys):
    own = extracted(old)
    parts = {name: zipfile.ZipFile(old).read(name) for name in zipfile.ZipFile(old).namelist()}
    assert cli.main(["doctor", str(old)]) == 1
    assert f"run: xlsmkt update {old}" in capsys.readouterr().out
    assert cli.main(["update", str(old)]) == 0
    assert capsys.readouterr().out.startswith(f"Updated in {old}: xlwings, xlsmkt, xlsmkt_charts.")
    new, shipped = extracted(old), extracted(shipped_template(".xlsm"))
    assert {name: new[name] for name in shipped if name != "ThisWorkbook.cls"} == {
        name: shipped[name] for name in shipped if name != "ThisWorkbook.cls"
    }
    assert new["Mine.bas"].endswith(MINE) and new["ThisWorkbook.cls"] == own["ThisWorkbook.cls"]
    assert set(new) == {*shipped, "Mine.bas"}
    after = zipfile.ZipFile(old)
    assert [name for name in parts if after.read(name) != parts[name]] == ["xl/vbaProject.bin"]
    assert after.namelist() == list(parts)
    assert cli.main(["doctor", str(old)]) == 0


def test_a_workbook_that_is_new_stays_as_it_is(tmp_path, capsys):
    book = shutil.copy(shipped_template(".xlsm"), tmp_path / "sla.xlsm")
    before = book.read_bytes()
    assert cli.main(["update", str(book)]) == 0
    assert "are those of the installed version already" in capsys.readouterr().out
    assert book.read_bytes() == before


def test_settings_are_put_back_but_a_python_of_the_users_own_stays(old, tmp_path, capsys):
    edit = Edit.open(old)
    edit.set_cell("xlwings.conf", 1, 2, r"C:\Own\python.exe")
    edit.set_cell("xlwings.conf", 2, 2, "other.module")
    edit.set_cell("xlwings.conf", 3, 1, "MINE")
    edit.set_cell("xlwings.conf", 3, 2, "kept")
    edit.save(old)
    assert cli.main(["update", str(old)]) == 0
    assert "xlwings.conf" in capsys.readouterr().out
    assert settings(old) == {
        **{key: value for key, value in SETTINGS.items() if value},
        **{key: None for key, value in SETTINGS.items() if not value},
        "INTERPRETER_WIN": r"C:\Own\python.exe",
        "MINE": "kept",
    }
    assert cli.main(["doctor", str(old)]) == 0
    assert cli.main(["update", str(old)]) == 0
    assert "already" in capsys.readouterr().out


def test_what_cannot_be_updated_is_told(tmp_path, old, capsys):
    signed = tmp_path / "signed.xlsm"
    with zipfile.ZipFile(old) as source, zipfile.ZipFile(signed, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
        target.writestr("xl/vbaProjectSignature.bin", b"signature")
        kind = "http://schemas.microsoft.com/office/2006/relationships/vbaProjectSignature"
        relationship = f'<Relationship Id="rId1" Type="{kind}" Target="vbaProjectSignature.bin"/>'
        target.writestr(
            "xl/_rels/vbaProject.bin.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f"{relationship}</Relationships>",
        )
    foreign = tmp_path / "foreign.xlsm"
    with ExcelFile.create_new(str(foreign)) as file:
        file.set_module("Module1", MINE)
        file.save()
    plain = shutil.copy(shipped_template(), tmp_path / "plain.xlsx")
    for book, told in (
        (signed, "are signed; take the signature off"),
        (foreign, "has no macros of xlsmkt"),
        (plain, "has no macros to update"),
        (tmp_path / "gone.xlsm", "gone.xlsm"),
    ):
        before = book.read_bytes() if book.exists() else b""
        assert cli.main(["update", str(book)]) == 2
        error = capsys.readouterr().err
        assert told in error and error.count("\n") == 1
        assert (book.read_bytes() if book.exists() else b"") == before
