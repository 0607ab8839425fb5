"""What the doctor finds of LibreOffice on the three systems, from its files alone."""

import shutil
import sys
from importlib.metadata import version

import pytest
from office_of_files import EMPTY_LIST, put, script, unpacked
from xlsxwriter import Workbook

from xlsmkt.hosts.calc import setup

VERSION = version("xlsmkt")
AGAIN = "run: xlsmkt install libreoffice"


@pytest.fixture(autouse=True)
def never_started(request, monkeypatch):
    """Nothing of what the doctor finds needs LibreOffice to run."""

    def started(*_):
        raise AssertionError("unopkg was started")

    monkeypatch.setattr(setup, "_run", started)


def test_all_is_well_where_this_version_is_installed_from_this_python(libreoffice):
    folder = put(libreoffice.store, VERSION, sys.executable)
    assert libreoffice.to_mend() == []
    assert libreoffice.good() == [
        f"LibreOffice 7.4: {libreoffice.program}",
        f"LibreOffice has the extension xlsmkt {VERSION} for this user: {folder}",
        f"Refresh in Calc starts this Python, {sys.executable}",
    ]


def test_a_computer_without_libreoffice_is_nothing_to_mend(libreoffice):
    shutil.rmtree(libreoffice.program)
    [line] = libreoffice.good()
    assert line.startswith("LibreOffice was not found") and line.endswith("everything else works without it")
    assert libreoffice.to_mend() == []


def test_a_libreoffice_that_was_named_and_is_not_there_is_to_mend(libreoffice):
    libreoffice.computer = libreoffice.with_variables(XLSMKT_SOFFICE="/none")
    assert "XLSMKT_SOFFICE names /none" in libreoffice.to_mend()[0]


def test_a_libreoffice_without_the_extension_is_nothing_to_mend(libreoffice):
    assert libreoffice.to_mend() == []
    assert libreoffice.good()[1].endswith(AGAIN) and len(libreoffice.good()) == 2


@pytest.mark.parametrize(("release", "fine"), [("7.4", True), ("7.3", False), ("6.4", False), ("24.8", True)])
def test_the_release(release, fine, libreoffice):
    libreoffice.is_release(release)
    assert any(f"LibreOffice {release}" in line for line in (libreoffice.good() if fine else libreoffice.to_mend()))
    assert (libreoffice.to_mend() == []) is fine


def test_a_release_that_does_not_tell_its_number_is_not_blamed(libreoffice):
    libreoffice.is_release("")
    assert libreoffice.to_mend() == []


def test_a_libreoffice_without_python(libreoffice):
    (libreoffice.own_files / "pythonloader.py").unlink()
    [line] = libreoffice.to_mend()
    assert "cannot run Python" in line and "sudo apt install python3-uno" in line and "libreoffice-pyuno" in line


def test_another_version_of_the_extension(libreoffice):
    put(libreoffice.store, "0.0.9", sys.executable)
    assert libreoffice.to_mend() == [
        f"LibreOffice has the extension xlsmkt 0.0.9 for this user, but {VERSION} is installed here: {AGAIN}"
    ]


def test_an_extension_that_was_removed_is_not_there(libreoffice):
    put(libreoffice.store, VERSION, sys.executable)
    (libreoffice.store / "uno_packages.pmap").write_bytes(EMPTY_LIST)
    assert libreoffice.good()[-1].startswith("LibreOffice does not have the extension")


@pytest.mark.parametrize("words", [b"", b"<description", b"<description/>"])
def test_an_extension_whose_files_are_damaged_is_not_there(words, libreoffice):
    (put(libreoffice.store, VERSION) / "description.xml").write_bytes(words)
    assert libreoffice.good()[-1].startswith("LibreOffice does not have the extension")


def test_settings_may_stand_in_another_folder_on_linux(on_linux, tmp_path):
    on_linux.computer = on_linux.with_variables(XDG_CONFIG_HOME=str(tmp_path / "settings"))
    folder = put(tmp_path / "settings/libreoffice/4/user/uno_packages/cache", VERSION, sys.executable)
    assert f"LibreOffice has the extension xlsmkt {VERSION} for this user: {folder}" in on_linux.good()


# --- for all users, twice ---


def test_for_all_users(libreoffice):
    folder = put(libreoffice.shared_store, VERSION, sys.executable)
    assert libreoffice.to_mend() == []
    assert f"LibreOffice has the extension xlsmkt {VERSION} for all users: {folder}" in libreoffice.good()


def test_for_all_users_in_another_version(libreoffice):
    unpacked(libreoffice.bundled / "other", "0.0.9", sys.executable)
    [line] = libreoffice.to_mend()
    assert "0.0.9 for all users" in line and line.endswith(f"to have this one for yourself, {AGAIN}")


@pytest.mark.parametrize("how", ["shared", "bundled"])
def test_for_all_users_and_for_this_one(how, libreoffice):
    put(libreoffice.store, VERSION, sys.executable)
    if how == "shared":
        folder = put(libreoffice.shared_store, VERSION, sys.executable)
    else:
        folder = unpacked(libreoffice.bundled / "xlsmkt", VERSION, sys.executable)
    [line] = libreoffice.to_mend()
    assert f"twice, for all users in {folder}: " in line and line.endswith("xlsmkt uninstall libreoffice")


def test_other_extensions_are_none_of_ours(libreoffice):
    folder = unpacked(libreoffice.bundled / "other", VERSION)
    description = folder / "description.xml"
    description.write_text(description.read_text().replace("org.xlsmkt.addin", "org.example.addin"))
    assert libreoffice.good()[-1].startswith("LibreOffice does not have the extension")


# --- the Python that Refresh starts ---


def test_a_python_that_is_gone(libreoffice):
    put(libreoffice.store, VERSION, "/none/python")
    assert libreoffice.to_mend() == [f"Refresh in Calc starts /none/python, which is not there: {AGAIN}"]


def test_an_extension_that_was_added_by_hand_knows_no_python(libreoffice):
    put(libreoffice.store, VERSION)
    assert libreoffice.to_mend() == [f"Refresh in Calc was not told which Python has xlsmkt: {AGAIN}"]


def test_a_python_without_xlsmkt(on_linux, tmp_path):
    python = script(tmp_path / "python", "echo ModuleNotFoundError >&2; exit 1")
    put(on_linux.store, VERSION, str(python))
    assert on_linux.to_mend() == [f"Refresh in Calc starts {python}, which does not have xlsmkt: {AGAIN}"]
    python.chmod(0o644)
    assert "which does not have xlsmkt" in on_linux.to_mend()[0]


def test_a_python_with_another_xlsmkt(on_linux, tmp_path):
    python = script(tmp_path / "python", "echo 0.0.9")
    put(on_linux.store, VERSION, str(python))
    [line] = on_linux.to_mend()
    assert f"starts {python}, which has xlsmkt 0.0.9 and not {VERSION}: {AGAIN}" in line


def test_another_python_that_has_the_same_xlsmkt_is_fine(on_linux, tmp_path):
    python = script(tmp_path / "python", f'exec "{sys.executable}" "$@"')
    put(on_linux.store, VERSION, str(python))
    assert on_linux.to_mend() == []
    assert f"Refresh in Calc starts another Python that has xlsmkt {VERSION}: {python}" in on_linux.good()


# --- a workbook ---


def book_with(path, formula):
    with Workbook(str(path)) as book:
        book.add_worksheet().write_formula("A1", formula)
    return path


def test_a_workbook_with_the_names_of_the_add_in_is_to_mend(on_linux, tmp_path):
    book = book_with(tmp_path / "sla.xlsx", "=2*ORG.XLSMKT.ADDIN.LEADSNEEDED(20,5%)")
    [line] = on_linux.to_mend(book)
    assert line.startswith(f"{book} names our functions ORG.XLSMKT.ADDIN...")
    assert line.endswith("and save it again")


def test_a_defined_name_with_the_names_of_the_add_in_is_to_mend(on_linux, tmp_path):
    with Workbook(str(tmp_path / "sla.xlsx")) as book:
        book.add_worksheet()
        book.define_name("Needed", "=ORG.XLSMKT.ADDIN.LEADSNEEDED(20,5%)")
    assert len(on_linux.to_mend(tmp_path / "sla.xlsx")) == 1


def test_a_workbook_with_plain_names_is_well(on_linux, tmp_path):
    assert on_linux.to_mend(book_with(tmp_path / "sla.xlsx", "=LEADS_NEEDED(20,5%)")) == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"text", None])
def test_what_is_no_workbook_is_left_to_the_checks_for_excel(content, on_linux, tmp_path):
    book = tmp_path / "sla.xlsx"
    if content is not None:
        book.write_bytes(content)
    assert on_linux.to_mend(book) == []
