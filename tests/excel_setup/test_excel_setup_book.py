"""What the doctor says of a workbook: its macros, its settings, and files that are no workbook; on every system."""

import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest
import xlwings
from windows_computer import EXCEL, book_with_macros, to_mend

from xlsmkt import cli
from xlsmkt.hosts.windows import setup
from xlsmkt.hosts.windows.machine import ThisMachine
from xlsmkt.hosts.windows.project import SETTINGS
from xlsmkt.template.shipped import shipped_template


def test_the_macros_of_xlwings_are_compared_with_the_version_installed(template, book, monkeypatch):
    assert setup.embedded_version(book) == xlwings.__version__
    monkeypatch.setattr(setup, "version", lambda name: "9.9.9")
    lines = to_mend(ThisMachine(), book)
    assert len(lines) == 2 and all(f"carries xlwings {xlwings.__version__}, but 9.9.9 is" in line for line in lines)


def test_books_that_cannot_refresh_in_excel(windows, template, tmp_path):
    def said(path):
        [line] = to_mend(windows, path)
        return line

    none = tmp_path / "none.xlsm"
    assert said(none) == f"mend  {none} is not there: check the name, or make it with: xlsmkt new {none}"
    plain = Path(shutil.copy(shipped_template(), tmp_path / "plain.xlsx"))
    assert f"do not compute in Excel on Windows: bring it up to date without Excel, with: xlsmkt compute {plain}" in (
        said(plain)
    )
    assert to_mend(windows, shipped_template("lite")) == []
    renamed = Path(shutil.copy(shipped_template(), tmp_path / "renamed.xlsm"))
    assert f"has no macros of xlwings: bring it up to date without Excel, with: xlsmkt compute {renamed}" in (
        said(renamed)
    )
    torn = book_with_macros(tmp_path / "torn.xlsm")
    with ZipFile(torn) as whole, ZipFile(tmp_path / "copy.xlsm", "w") as copy:
        for name in whole.namelist():
            copy.writestr(name, b"torn" if name == "xl/vbaProject.bin" else whole.read(name))
    assert "the macros of the workbook" in said(tmp_path / "copy.xlsm") and "cannot be read" in (
        said(tmp_path / "copy.xlsm")
    )


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)  # how an .xls begins, and a workbook with a password


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("secret.xlsm", OLE), ("old.xls", OLE), ("notes.txt", b"notes"), ("notes.xlsm", b"notes"), ("empty.xlsm", b""),
        ("cut.xlsm", b"PK\x03\x04"), ("none.xls", None), ("none.xlsx", None), ("none", None), ("folder.xlsm", "folder"),
        (".", "folder"), ("", "folder"),
    ],
)  # fmt: skip
def test_what_is_no_workbook_gets_the_sentence_of_the_other_commands(
    name, content, windows, template, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    if isinstance(content, bytes):
        Path(name).write_bytes(content)
    elif content:
        Path(name).mkdir(exist_ok=True)
    assert cli.main(["compute", name]) == 2
    sentence = capsys.readouterr().err.removeprefix("xlsmkt: ").strip()
    assert to_mend(windows, Path(name)) == [f"mend  {sentence}"] and "xlsmkt new" not in sentence


def said_of_the_sheet(machine, path, settings, **more):
    return to_mend(machine, book_with_macros(path / "own.xlsm", settings, **more))


@pytest.mark.parametrize("key", SETTINGS)
def test_a_setting_that_is_changed_or_gone_is_named_with_what_it_must_be(key, windows, template, tmp_path):
    built = f"{key} = {SETTINGS[key] or '(blank)'}"
    for settings in (
        SETTINGS | {key: "other"},
        {name: value for name, value in SETTINGS.items() if name != key},
        [*SETTINGS.items(), (key, SETTINGS[key])],  # xlwings refuses a key that comes twice
    ):
        for machine in (windows, ThisMachine()):
            lines = said_of_the_sheet(machine, tmp_path, settings)
            [line] = [line for line in lines if "xlwings.conf" in line]
            assert f"is not as it was built ({built}): run: xlsmkt update " in line


def test_settings_are_read_as_xlwings_reads_them(windows, template, tmp_path):
    lower = {key.lower(): value for key, value in SETTINGS.items()}
    assert said_of_the_sheet(windows, tmp_path, lower) == []
    assert said_of_the_sheet(windows, tmp_path, [*SETTINGS.items(), ("mine", "1"), (), ("PYTHONPATH", "x")]) == []
    pairs = list(SETTINGS.items())
    [line] = said_of_the_sheet(windows, tmp_path, [*pairs[:-1], (), pairs[-1]])  # a blank row ends them
    assert f"({pairs[-1][0]} = {pairs[-1][1]})" in line
    # the word for True is another one in another Excel
    [line] = said_of_the_sheet(windows, tmp_path, SETTINGS | {"USE UDF SERVER": True})
    assert "(USE UDF SERVER = True)" in line
    [line] = said_of_the_sheet(windows, tmp_path, [])
    assert all(key in line for key in SETTINGS)


def test_a_sheet_of_settings_that_is_gone(windows, template, tmp_path):
    [line] = said_of_the_sheet(windows, tmp_path, None)
    assert "has no sheet xlwings.conf" in line and "copy that hidden sheet from an earlier copy" in line
    [line] = said_of_the_sheet(windows, tmp_path, None, sheets=("_xlwings.conf",))  # xlwings' name for one asleep
    assert "has no sheet xlwings.conf" in line


def test_a_workbook_may_start_a_python_of_its_own(windows, template, tmp_path):
    windows.variables["HOME"] = r"C:\Users\me"
    windows.files[r"C:\Users\me\Own\python.exe"] = b"MZ"
    book = book_with_macros(tmp_path / "own.xlsm", SETTINGS | {"INTERPRETER_WIN": r"%HOME%\Gone\python.exe"})
    assert "INTERPRETER_WIN = %XLSMKT_PYTHON%" in to_mend(windows, book)[0]  # not there
    book = book_with_macros(tmp_path / "own.xlsm", SETTINGS | {"INTERPRETER_WIN": r"%HOME%\Own\python.exe"})
    assert to_mend(windows, book) == []
    told = [str(finding) for finding in setup.findings(book, windows)]
    assert [r"a Python of its own, C:\Users\me\Own\python.exe" in line for line in told].count(True) == 1
    book = book_with_macros(tmp_path / "own.xlsm", SETTINGS | {"INTERPRETER_WIN": EXCEL})  # there, but no Python
    assert "INTERPRETER_WIN = %XLSMKT_PYTHON%" in to_mend(windows, book)[0]


def test_a_sheet_that_xlwings_takes_for_code(windows, template, tmp_path):
    [line] = said_of_the_sheet(windows, tmp_path, SETTINGS, sheets=("Data", "plan.py", "plan.PY2", "py"))
    assert "has the sheet plan.py, whose ending makes xlwings ask for a LICENSE_KEY" in line
    assert line.endswith(": rename the sheet")


def test_a_damaged_sheet_of_settings_is_told_in_a_sentence(windows, template, tmp_path):
    book = book_with_macros(tmp_path / "own.xlsm")
    with ZipFile(book) as whole, ZipFile(tmp_path / "torn.xlsm", "w") as torn:
        for name in whole.namelist():
            data = whole.read(name)
            torn.writestr(name, data.replace(b"<v>0</v>", b"<v>x</v>") if name.endswith("sheet2.xml") else data)
    [line] = to_mend(windows, tmp_path / "torn.xlsm")
    assert "is damaged in xl/worksheets/sheet2.xml" in line


def test_the_workbook_that_new_makes_has_its_settings():
    assert [line for line in to_mend(ThisMachine(), shipped_template(".xlsm")) if "xlwings" in line] == []
